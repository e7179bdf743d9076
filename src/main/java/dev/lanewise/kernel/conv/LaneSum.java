package dev.lanewise.kernel.conv;

/** Sums the 16 lanes of a group in the one order of all reductions: those that are 8, 4, 2 and 1 apart are added. */
public final class LaneSum {
    private LaneSum() {
    }

    /** The sum of x[at] to x[at + 15]. */
    public static float of(float[] x, int at) {
        float even = quarter(x, at) + quarter(x, at + 2);
        return even + (quarter(x, at + 1) + quarter(x, at + 3));
    }

    private static float quarter(float[] x, int at) {
        return x[at] + x[at + 8] + (x[at + 4] + x[at + 12]);
    }
}
