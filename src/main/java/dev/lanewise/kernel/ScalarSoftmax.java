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
            float sum = ScalarReductions.sum(y, i * cols, cols);
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
