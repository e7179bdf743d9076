package dev.lanewise.kernel;

/**
 * How much this process is going to compute. Until C2 has compiled a kernel's vectors, they cost it, C1 and the interpreter
 * up to half a second of CPU time, which a short run never gets back. Where little is expected, kernels do without those
 * that save least, for the same bits.
 */
public final class Workload {
    private static final long LARGE = 2_500_000; // when the first of those have paid for themselves, on Zen 3

    private static boolean small; // not volatile: a thread that sees it late computes the same

    private Workload() {
    }

    /** Says how many samples this process will train on, or evaluate, in all. Unless told, kernels expect many. */
    public static void expect(long samples) {
        small = samples < LARGE;
    }

    /** Whether little is expected. */
    static boolean isSmall() {
        return small;
    }
}
