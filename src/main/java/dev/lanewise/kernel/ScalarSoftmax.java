package dev.lanewise.kernel;

/** The specification of {@link Softmax}: one element at a time, the same bits. */
public final class ScalarSoftmax {
    private ScalarSoftmax() {
    }

    /** Softmax along rows; see {@link Softmax#softmax}. */
    public static void softmax(float[] x, int xOffset, int ldx, float[] y, int yOffset, int ldy, int rows, int cols) {
        for (int i = 0; i < rows; i++) {
            int from = xOffset + i * ldx;
            int to = yOffset + i * ldy;
            exps(x, from, cols, max(x, from, cols), y, to);
            float sum = ScalarReductions.sum(y, to, cols);
            for (int j = to; j < to + cols; j++) {
                y[j] /= sum;
            }
        }
    }

    /** Logarithm of the softmax; see {@link Softmax#logSoftmax}. */
    public static void logSoftmax(float[] x, int xOffset, int ldx, float[] y, int yOffset, int ldy, int rows,
            int cols) {
        float[] exps = new float[cols]; // y may be x
        for (int i = 0; i < rows; i++) {
            int from = xOffset + i * ldx;
            int to = yOffset + i * ldy;
            float max = max(x, from, cols);
            exps(x, from, cols, max, exps, 0);
            float log = ScalarMath.log(ScalarReductions.sum(exps, 0, cols));
            for (int j = 0; j < cols; j++) {
                y[to + j] = x[from + j] - max - log;
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
}
