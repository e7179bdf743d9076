package dev.lanewise.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of every kernel, chosen once: what the JVM prefers on this CPU, or less where the system property
 * {@code lanewise.vectorBits} says 128, 256 or 512. Results do not depend on it; speed does.
 */
public final class VectorWidth {
    /** The system property that overrides the choice. */
    public static final String PROPERTY = "lanewise.vectorBits";

    private static final int PREFERRED = Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 128, 512);
    private static final int BITS = choose(System.getProperty(PROPERTY), PREFERRED);

    /** The species of all kernels: a compile-time constant to C2, as the Vector API needs. */
    static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    /** Integers as many as {@link #FLOATS} has lanes. */
    static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    private VectorWidth() {
    }

    /** Bits of a vector: 128, 256 or 512. */
    public static int bits() {
        return BITS;
    }

    /** Why this width, in a few words. */
    public static String reason() {
        return System.getProperty(PROPERTY) == null ? "preferred by the JVM" : "-D" + PROPERTY;
    }

    /**
     * The width asked for by {@code property}, or the preferred one where it is null.
     *
     * @throws IllegalArgumentException for anything but 128, 256 and 512, and for more than the JVM prefers: vectors
     *     wider than the hardware's are emulated lane by lane, about a hundred times slower
     */
    static int choose(String property, int preferred) {
        if (property == null) {
            return preferred;
        }
        int bits = switch (property) {
            case "128" -> 128;
            case "256" -> 256;
            case "512" -> 512;
            default -> throw new IllegalArgumentException(
                    "-D%s=%s: the width must be 128, 256 or 512".formatted(PROPERTY, property));
        };
        if (bits > preferred) {
            throw new IllegalArgumentException("-D%s=%d: this JVM has vectors of %d bits at most here"
                    .formatted(PROPERTY, bits, preferred));
        }
        return bits;
    }
}
