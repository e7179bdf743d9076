package dev.lanewise.kernel;

/** The specification of {@link Softmax}: one element at a time, the same bits. */
public final class ScalarSoftmax {
    private ScalarSoftmax() {
    }

    /** Softmax along rows; see {@link Softmax#softmax(float[], float[], int, int)}. */
    public static void softmax(float[] x, float[] y, int rows, int cols) {
        softmax(x, 0, y, 0, rows, cols);
    }

    /** The same of matrices that begin at an offset. */
    public static void softmax(float[] x, int xOffset, float[] y, int yOffset, int rows, int cols) {
        for (int i = 0; i < rows; i++) {
            int to = yOffset + i * cols;
            float max = max(x, xOffset + i * cols, cols);
            exps(x, xOffset + i * cols, cols, max, y, to);
            float sum = ScalarReductions.sum(y, to, cols);
            for (int j = to; j < to + cols; j++) {
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
            float log = ScalarMath.log(ScalarReductions.sum(exps, 0, cols));
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
}
