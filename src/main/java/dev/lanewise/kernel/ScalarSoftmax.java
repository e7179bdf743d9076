package dev.lanewise.kernel;

/** The specification of {@link Softmax}: one element at a time, the same bits. */
public final class ScalarSoftmax {
    private ScalarSoftmax() {
    }

    /** Softmax along rows; see {@link Softmax#softmax(float[], float[], int, int)}. */
    public static void softmax(float[] x, float[] y, int rows, int cols) {
        for (int i = 0; i < rows; i++) {
            float max = max(x, i * cols, cols);
            exps(x, i * cols, cols, max, y, i * cols);
            float sum = sum(y, i * cols, cols);
            for (int j = i * cols; j < (i + 1) * cols; j++) {
                y[j] /= sum;
            }
        }
    }

    /** Logarithm of the softmax; see {@link Softmax#logSoftmax}. */
    public static void logSoftmax(float[] x, float[] y, int rows, int cols) {
        float[] exps = new float[cols]; // y may be x
        for (int i = 0; i < rows; i++) {
            float max = max(x, i * cols, cols);
            exps(x, i * cols, cols, max, exps, 0);
            float log = ScalarMath.log(sum(exps, 0, cols));
            for (int j = 0; j < cols; j++) {
                y[i * cols + j] = x[i * cols + j] - max - log;
            }
        }
    }

    /** The largest of n elements. */
    static float max(float[] x, int offset, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = offset; j < offset + n; j++) {
            max = Math.max(max, x[j]);
        }
        return max;
    }

    /** n elements of y: e to the power of x's above the largest. */
    static void exps(float[] x, int offset, int n, float max, float[] y, int yOffset) {
        for (int j = 0; j < n; j++) {
            y[yOffset + j] = ScalarMath.exp(x[offset + j] - max);
        }
    }

    /** Element j goes to lane j mod 16; then lanes 8, 4, 2 and 1 apart are added. */
    static float sum(float[] x, int offset, int n) {
        if (n <= 16) {
            return tree(x, offset, n);
        }
        float[] lanes = new float[16];
        for (int j = 0; j < n; j++) {
            lanes[j % 16] += x[offset + j];
        }
        return tree(lanes, 0, 16);
    }

    private static float tree(float[] lanes, int offset, int n) {
        float even = quarter(lanes, offset, n, 0) + quarter(lanes, offset, n, 2);
        return even + (quarter(lanes, offset, n, 1) + quarter(lanes, offset, n, 3));
    }

    /** Lanes l, l + 4, l + 8 and l + 12, of which those from n on are 0. */
    private static float quarter(float[] x, int offset, int n, int l) {
        float first = lane(x, offset, n, l) + lane(x, offset, n, l + 8);
        return first + (lane(x, offset, n, l + 4) + lane(x, offset, n, l + 12));
    }

    private static float lane(float[] x, int offset, int n, int l) {
        return l < n ? 0f + x[offset + l] : 0f;
    }
}
