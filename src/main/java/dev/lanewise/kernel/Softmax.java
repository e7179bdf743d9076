package dev.lanewise.kernel;

/**
 * Softmax along the rows of a row-major matrix. Stable: the row's maximum is subtracted first, so that no exponential
 * overflows and at least one is 1. x and y may be the same array.
 *
 * <p>A row with a NaN or a +infinity, or of nothing but -infinity, gives NaN; -infinity beside a finite logit gives
 * probability 0. {@link ScalarSoftmax} specifies the result to the bit.
 */
public final class Softmax {
    private Softmax() {
    }

    /** y[i, j] = e^x[i, j] / sum over j of e^x[i, j]; shapes [rows, cols]. */
    public static void softmax(float[] x, float[] y, int rows, int cols) {
        check(x, y, rows, cols);
        softmax(x, 0, y, 0, rows, cols);
    }

    /** y[i, j] = x[i, j] - ln(sum over j of e^x[i, j]); shapes [rows, cols]. */
    public static void logSoftmax(float[] x, float[] y, int rows, int cols) {
        check(x, y, rows, cols);
        float[] exps = new float[cols];
        for (int i = 0; i < rows; i++) {
            int at = i * cols;
            float max = max(x, at, cols);
            for (int j = 0; j < cols; j++) {
                y[at + j] = x[at + j] - max;
            }
            Elementwise.exp(y, at, exps, 0, cols);
            float log = ScalarMath.log(sum(exps, 0, cols));
            for (int j = 0; j < cols; j++) {
                y[at + j] -= log;
            }
        }
    }

    /** Softmax of rows that begin at the offsets, without checks. */
    static void softmax(float[] x, int xOffset, float[] y, int yOffset, int rows, int cols) {
        for (int i = 0; i < rows; i++) {
            int xAt = xOffset + i * cols;
            int yAt = yOffset + i * cols;
            float max = max(x, xAt, cols);
            for (int j = 0; j < cols; j++) {
                y[yAt + j] = x[xAt + j] - max;
            }
        }
        Elementwise.exp(y, yOffset, y, yOffset, rows * cols);
        for (int at = yOffset, end = yOffset + rows * cols; at < end; at += cols) {
            float sum = sum(y, at, cols);
            for (int j = 0; j < cols; j++) {
                y[at + j] /= sum;
            }
        }
    }

    /** The largest of n elements; NaN if one is NaN. */
    static float max(float[] x, int offset, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = offset; i < offset + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    /**
     * The sum of n elements in the one defined order: 16 virtual lanes, lane l adding elements l, l + 16, ...; then the
     * upper half of the lanes is added to the lower, four times. Whatever the hardware's width, the bits are the same.
     */
    static float sum(float[] x, int offset, int n) {
        float even = fours(x, offset, n, 0) + fours(x, offset, n, 2);
        float odd = fours(x, offset, n, 1) + fours(x, offset, n, 3);
        return even + odd;
    }

    private static float fours(float[] x, int offset, int n, int lane) {
        return (lane(x, offset, n, lane) + lane(x, offset, n, lane + 8))
                + (lane(x, offset, n, lane + 4) + lane(x, offset, n, lane + 12));
    }

    private static float lane(float[] x, int offset, int n, int lane) {
        float sum = 0f;
        for (int i = lane; i < n; i += 16) {
            sum += x[offset + i];
        }
        return sum;
    }

    private static void check(float[] x, float[] y, int rows, int cols) {
        Check.size("rows", rows);
        Check.size("cols", cols);
        Check.matrix("x", x.length, 0, rows, cols, Math.max(1, cols));
        Check.matrix("y", y.length, 0, rows, cols, Math.max(1, cols));
    }
}
