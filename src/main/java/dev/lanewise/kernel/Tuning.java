package dev.lanewise.kernel;

/**
 * How much a computation is going to be repeated. Until C2 has compiled a kernel's vectors, they cost it, C1 and the
 * interpreter up to half a second of CPU time, which a short run never gets back. For a short run kernels do without those
 * that save least, for the same bits.
 */
public enum Tuning {
    /** For a run that is over before every vector kernel has paid for its compilation. */
    SHORT,
    /** For everything else. */
    LONG;

    private static final long LONG_SAMPLES = 2_500_000; // when the first of those kernels have paid, on Zen 3

    /** What suits a run that trains on, or evaluates, so many samples in all. */
    public static Tuning forSamples(long samples) {
        return samples < LONG_SAMPLES ? SHORT : LONG;
    }
}
