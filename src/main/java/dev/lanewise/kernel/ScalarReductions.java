package dev.lanewise.kernel;

/** The specification of {@link Reductions}: one element at a time, the same bits. */
final class ScalarReductions {
    private static final int VIRTUAL_LANES = 16;

    private ScalarReductions() {
    }

    /** The sum of n elements: element i goes to lane i mod 16; then lanes 8, 4, 2 and 1 apart are added. */
    static float sum(float[] x, int offset, int n) {
        float even = quarter(x, offset, n, 0) + quarter(x, offset, n, 2);
        return even + (quarter(x, offset, n, 1) + quarter(x, offset, n, 3));
    }

    /** The sum of lanes l, l + 4, l + 8 and l + 12. */
    private static float quarter(float[] x, int offset, int n, int l) {
        float first = lane(x, offset, n, l) + lane(x, offset, n, l + 8);
        return first + (lane(x, offset, n, l + 4) + lane(x, offset, n, l + 12));
    }

    /** The sum of elements l, l + 16, ... */
    private static float lane(float[] x, int offset, int n, int l) {
        float sum = l < n ? 0f + x[offset + l] : 0f;
        for (int i = l + VIRTUAL_LANES; i < n; i += VIRTUAL_LANES) {
            sum += x[offset + i];
        }
        return sum;
    }

    /** The sum of the products of n pairs, each lane a chain of fused multiply-adds. */
    static float dot(float[] x, int xOffset, float[] y, int yOffset, int n) {
        float[] lanes = new float[VIRTUAL_LANES];
        for (int i = 0; i < n; i++) {
            lanes[i % VIRTUAL_LANES] = Math.fma(x[xOffset + i], y[yOffset + i], lanes[i % VIRTUAL_LANES]);
        }
        return sum(lanes, 0, VIRTUAL_LANES);
    }
}
