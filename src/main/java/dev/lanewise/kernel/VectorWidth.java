package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Species;
import java.util.Optional;

/**
 * The vector width of every kernel, chosen once: what the JVM prefers on this CPU, or less where the system property
 * {@code lanewise.vectorBits} says 128, 256 or 512. Results do not depend on it; speed does.
 */
public final class VectorWidth {
    /** The system property that overrides the choice. */
    public static final String PROPERTY = Species.PROPERTY;

    private VectorWidth() {
    }

    /** Bits of a vector: 128, 256 or 512. */
    public static int bits() {
        return Species.bits();
    }

    /** Why this width, in a few words. */
    public static String reason() {
        return Species.reason();
    }

    /** Why this JVM does not compile the Vector API to SIMD instructions; empty where nothing says that it does not. */
    public static Optional<String> obstacle() {
        return Species.obstacle();
    }
}
