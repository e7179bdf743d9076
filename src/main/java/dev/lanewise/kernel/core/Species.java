package dev.lanewise.kernel.core;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.function.Function;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the vector width of every kernel, once: what the JVM prefers on this CPU, or less where the system property
 * {@code lanewise.vectorBits} says 128, 256 or 512. Results do not depend on it; speed does.
 *
 * <p>On a JVM that does not compile the Vector API to SIMD instructions, every vector operation is a call that
 * allocates, slower than a plain loop: there the kernels are their scalar twins, which give the same bits. So they are
 * where the module of the Vector API is missing, which is told once. Classes that calculate with vectors could not even be
 * verified then: none may be used but behind {@link #SCALAR}, so a class with both has its vectors in a nested one.
 */
public final class Species {
    /** The system property that overrides the choice. */
    public static final String PROPERTY = "lanewise.vectorBits";

    /** The flag that brings the module. */
    private static final String FLAG = "--add-modules jdk.incubator.vector";
    private static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private static final int BITS = PRESENT
            ? choose(System.getProperty(PROPERTY), Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 128, 512))
            : 128; // of no account

    private static final @Nullable String OBSTACLE = PRESENT
            ? obstacle(System.getProperty("java.vm.name"), System.getProperty("java.vm.info", ""), Species::flag)
            : "Java was started without " + FLAG;
    /** Whether the kernels are their scalar twins; a constant to C2, so that the question costs nothing. */
    public static final boolean SCALAR = OBSTACLE != null;

    /** Lanes of a vector of floats. */
    public static final int LANES = BITS / Float.SIZE;
    /** The species of all kernels: a compile-time constant to C2, as the Vector API needs; null without the module. */
    @SuppressWarnings("NullAway") // who calculates with vectors is behind SCALAR
    public static final VectorSpecies<Float> FLOATS = PRESENT
            ? VectorSpecies.of(float.class, VectorShape.forBitSize(BITS))
            : null;
    /** Integers as many as {@link #FLOATS} has lanes. */
    @SuppressWarnings("NullAway")
    public static final VectorSpecies<Integer> INTS = PRESENT ? FLOATS.withLanes(int.class) : null;

    /** Whether there are 32 vector registers: AVX-512, AArch64. Else there are 16: x86 below AVX-512. */
    public static final boolean MANY_REGISTERS = BITS == 512 || System.getProperty("os.arch").equals("aarch64");

    static {
        if (!PRESENT) {
            System.getLogger("dev.lanewise").log(Level.WARNING,
                    "The Vector API is missing: kernels are scalar, slower by far, with the same results. Start Java with "
                            + FLAG);
        }
    }

    private Species() {
    }

    /** Whether the module of the Vector API is there. */
    public static boolean isPresent() {
        return PRESENT;
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

    /**
     * The obstacle, or null. The JVM's name and flags tell at once what a measurement would take half a second to find.
     *
     * @param flag gives the value of a HotSpot flag, null where there is none of that name
     */
    static @Nullable String obstacle(String vmName, String vmInfo, Function<String, @Nullable String> flag) {
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

    private static @Nullable String flag(String name) {
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
    static int choose(@Nullable String property, int preferred) {
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
