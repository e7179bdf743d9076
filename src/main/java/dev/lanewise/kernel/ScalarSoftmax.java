package dev.lanewise.kernel;

/** The specification of {@link Softmax}: one element at a time, the same bits. */
public final class ScalarSoftmax {
    private ScalarSoftmax() {
    }

    /** Softmax along rows; see {@link Softmax#softmax(float[], float[], int, int)}. */
    public static void softmax(float[] x, float[] y, int rows, int cols) {
        for (int i = 0; i < rows; i++) {
            float max = max(x, i, cols);
            float[] exps = exps(x, i, cols, max);
            float sum = sum(exps, 0, cols);
            for (int j = 0; j < cols; j++) {
                y[i * cols + j] = exps[j] / sum;
            }
        }
    }

    /** Logarithm of the softmax; see {@link Softmax#logSoftmax}. */
    public static void logSoftmax(float[] x, float[] y, int rows, int cols) {
        for (int i = 0; i < rows; i++) {
            float max = max(x, i, cols);
            float log = ScalarMath.log(sum(exps(x, i, cols, max), 0, cols));
            for (int j = 0; j < cols; j++) {
                y[i * cols + j] = x[i * cols + j] - max - log;
            }
        }
    }

    private static float max(float[] x, int row, int cols) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < cols; j++) {
            max = Math.max(max, x[row * cols + j]);
        }
        return max;
    }

    private static float[] exps(float[] x, int row, int cols, float max) {
        float[] exps = new float[cols];
        for (int j = 0; j < cols; j++) {
            exps[j] = ScalarMath.exp(x[row * cols + j] - max);
        }
        return exps;
    }

    /** Element j goes to lane j mod 16; then lanes 8, 4, 2 and 1 apart are added. */
    static float sum(float[] x, int offset, int n) {
        if (n <= 16) { // the same tree, without an array
            float even = quarter(x, offset, n, 0) + quarter(x, offset, n, 2);
            return even + (quarter(x, offset, n, 1) + quarter(x, offset, n, 3));
        }
        float[] lanes = new float[16];
        for (int j = 0; j < n; j++) {
            lanes[j % 16] += x[offset + j];
        }
        for (int distance = 8; distance > 0; distance /= 2) {
            for (int l = 0; l < distance; l++) {
                lanes[l] += lanes[l + distance];
            }
        }
        return lanes[0];
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
