package dev.lanewise.kernel;

/**
 * For how long a run kernels are chosen. Until C2 has compiled a kernel's vectors, they cost up to half a second of CPU time,
 * which a short run never gets back. For a short run kernels do without those that save least, for the same bits.
 */
public enum Tuning {
    /** For a run that is over before every vector kernel has paid for its compilation. */
    SHORT,
    /** For everything else. */
    LONG;

    private static final long LONG_SAMPLES = 2_500_000; // when the first of those kernels has paid: LAB 40

    /** What suits a run that trains on, or evaluates, so many samples in all. */
    public static Tuning forSamples(long samples) {
        return samples < LONG_SAMPLES ? SHORT : LONG;
    }
}
