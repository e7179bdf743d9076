package dev.lanewise.kernel.core;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Chooses the vector width of every kernel, once: what the JVM prefers on this CPU, or less where the system property
 * {@code lanewise.vectorBits} says 128, 256 or 512. Results do not depend on it; speed does.
 *
 * <p>On a JVM that does not compile the Vector API to SIMD instructions, every vector operation is a call that
 * allocates, slower than a plain loop: there the kernels are their scalar twins, which give the same bits.
 */
public final class Species {
    /** The system property that overrides the choice. */
    public static final String PROPERTY = "lanewise.vectorBits";

    static {
        VectorApi.require();
    }

    private static final int PREFERRED = Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 128, 512);
    private static final int BITS = choose(System.getProperty(PROPERTY), PREFERRED);

    private static final String OBSTACLE = obstacle(System.getProperty("java.vm.name"),
            System.getProperty("java.vm.info", ""), Species::flag);
    /** Whether the kernels are their scalar twins; a constant to C2, so that the question costs nothing. */
    public static final boolean SCALAR = OBSTACLE != null;

    /** The species of all kernels: a compile-time constant to C2, as the Vector API needs. */
    public static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    /** Integers as many as {@link #FLOATS} has lanes. */
    public static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    /** Whether there are 32 vector registers: AVX-512, AArch64. Else there are 16: x86 below AVX-512. */
    public static final boolean MANY_REGISTERS = BITS == 512 || System.getProperty("os.arch").equals("aarch64");

    private Species() {
    }

    /** Bits of a vector: 128, 256 or 512. */
    public static int bits() {
        return BITS;
    }

    /** Why this width, in a few words. */
    public static String reason() {
        return System.getProperty(PROPERTY) == null ? "preferred by the JVM" : "-D" + PROPERTY;
    }

    /** Why this JVM does not compile the Vector API to SIMD instructions; empty where nothing says that it does not. */
    public static Optional<String> obstacle() {
        return Optional.ofNullable(OBSTACLE);
    }

    /** Where the vector loop over n elements ends and the scalar tail begins: at 0 where there is no vector loop. */
    public static int loopBound(int n) {
        return SCALAR ? 0 : FLOATS.loopBound(n);
    }

    /**
     * The obstacle, or null. The JVM's name and flags tell at once what a measurement would take half a second to find.
     *
     * @param flag gives the value of a HotSpot flag, null where there is none of that name
     */
    static String obstacle(String vmName, String vmInfo, UnaryOperator<String> flag) {
        if (vmInfo.contains("interpreted mode")) {
            return "the JVM interprets (-Xint)";
        }
        if (vmInfo.contains("emulated-client")) {
            return "the JVM runs without its optimising compiler (-XX:TieredStopAtLevel)";
        }
        if (vmName.contains("OpenJ9")) {
            return vmName + " does not know it";
        }
        if ("false".equals(flag.apply("EnableVectorSupport"))) {
            return "-XX:-EnableVectorSupport";
        }
        if ("false".equals(flag.apply("UseFMA"))) {
            return "the JVM uses no fused multiply-add (an old CPU, -XX:-UseFMA or -XX:UseAVX=0)";
        }
        return null;
    }

    private static String flag(String name) {
        try {
            return ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).getVMOption(name).getValue();
        } catch (IllegalArgumentException _) { // experimental and locked, so it has its default; or not of this JVM
            return null;
        }
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
