package dev.lanewise.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Softmax along the rows of a row-major matrix. Stable: the row's maximum is subtracted first, so that no exponential
 * overflows and at least one is 1. x and y may be the same array.
 *
 * <p>A row with a NaN or a +infinity, or of nothing but -infinity, gives NaN; -infinity beside a finite logit gives
 * probability 0. {@link ScalarSoftmax} specifies the result to the bit.
 */
public final class Softmax {
    private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
    private static final int LANES = S.length();
    /** CPUs with 512-bit vectors store part of a vector in one instruction; the JVM emulates it on others. */
    private static final boolean MASKS = LANES == 16 && !VectorWidth.SCALAR;
    /** Floats of a block of rows: 8 KiB. */
    private static final int BLOCK = 2048;

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
        int block = blockRows(rows, cols);
        float[] exps = new float[block * cols];
        float[] logs = new float[block];
        for (int from = 0; from < rows; from += block) {
            int n = Math.min(block, rows - from);
            int at = from * cols;
            subtractMax(x, at, y, at, n, cols);
            Elementwise.exp(y, at, exps, 0, n * cols);
            for (int i = 0; i < n; i++) {
                logs[i] = Reductions.sum(exps, i * cols, cols);
            }
            Elementwise.log(logs, 0, logs, 0, n);
            int step = rowStep(cols);
            for (int first = 0; first < step; first++) {
                for (int i = first; i < n; i += step) {
                    subtract(y, at + i * cols, logs[i], y, at + i * cols, cols);
                }
            }
        }
    }

    /**
     * Softmax's derivatives, from one row of its outputs: {@code j[i, k]} is {@code y[i] (1 - y[i])} where i = k and
     * {@code -y[i] y[k]} elsewhere; y [n], j [n, n]. Training never forms it: losses need only products with it.
     */
    public static void jacobian(float[] y, float[] j, int n) {
        Check.size("n", n);
        Check.range("y", y.length, 0, n);
        Check.matrix("j", j.length, 0, n, n, Math.max(1, n));
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < n; k++) {
                j[i * n + k] = i == k ? y[i] * (1f - y[i]) : -y[i] * y[k];
            }
        }
    }

    /** Softmax of rows that begin at the offsets, without checks. */
    static void softmax(float[] x, int xOffset, float[] y, int yOffset, int rows, int cols) {
        int block = blockRows(rows, cols);
        for (int from = 0; from < rows; from += block) {
            int n = Math.min(block, rows - from);
            int at = yOffset + from * cols;
            subtractMax(x, xOffset + from * cols, y, at, n, cols);
            Elementwise.exp(y, at, y, at, n * cols);
            divideBySum(y, at, n, cols, 1f, null, 0);
        }
    }

    /**
     * Rows to be taken through all steps at a time: few enough for the first cache. One step for many rows beats all
     * steps for one: exp fills its vectors whatever the row's length, and no vector is read before it is written.
     */
    static int blockRows(int rows, int cols) {
        return Math.clamp(BLOCK / Math.max(1, cols), 1, Math.max(1, rows));
    }

    /** y = x - the largest of the row. */
    static void subtractMax(float[] x, int xOffset, float[] y, int yOffset, int rows, int cols) {
        for (int i = 0; i < rows; i++) {
            int at = xOffset + i * cols;
            subtract(x, at, Reductions.max(x, at, cols), y, yOffset + i * cols, cols);
        }
    }

    /** y = y / the row's sum * scale; the sums go to sums[sumsOffset + row] unless that is null. */
    static void divideBySum(float[] y, int yOffset, int rows, int cols, float scale, float[] sums, int sumsOffset) {
        int step = rowStep(cols);
        for (int first = 0; first < step; first++) {
            for (int i = first; i < rows; i += step) {
                int at = yOffset + i * cols;
                float sum = Reductions.sum(y, at, cols);
                divide(y, at, sum, scale, cols);
                if (sums != null) {
                    sums[sumsOffset + i] = sum;
                }
            }
        }
    }

    /**
     * How far apart to take short rows that are changed in place. In order, a vector that reaches into the next row
     * would have to wait until the last row has left the store buffer, which made divideBySum five times slower.
     */
    private static int rowStep(int cols) {
        return Math.ceilDiv(LANES, Math.max(1, cols));
    }

    private static void subtract(float[] x, int xAt, float c, float[] y, int yAt, int n) {
        int end = VectorWidth.loopBound(n);
        for (int j = 0; j < end; j += LANES) {
            FloatVector.fromArray(S, x, xAt + j).sub(c).intoArray(y, yAt + j);
        }
        if (MASKS && end < n) {
            VectorMask<Float> rest = Reductions.first(n - end);
            FloatVector.fromArray(S, x, xAt + end, rest).sub(c).intoArray(y, yAt + end, rest);
        } else {
            for (int j = end; j < n; j++) {
                y[yAt + j] = x[xAt + j] - c;
            }
        }
    }

    private static void divide(float[] y, int at, float sum, float scale, int n) {
        int end = VectorWidth.loopBound(n);
        for (int j = 0; j < end; j += LANES) {
            FloatVector.fromArray(S, y, at + j).div(sum).mul(scale).intoArray(y, at + j);
        }
        if (MASKS && end < n) {
            VectorMask<Float> rest = Reductions.first(n - end);
            FloatVector.fromArray(S, y, at + end, rest).div(sum).mul(scale).intoArray(y, at + end, rest);
        } else {
            for (int j = at + end; j < at + n; j++) {
                y[j] = y[j] / sum * scale;
            }
        }
    }

    private static void check(float[] x, float[] y, int rows, int cols) {
        Check.size("rows", rows);
        Check.size("cols", cols);
        Check.matrix("x", x.length, 0, rows, cols, Math.max(1, cols));
        Check.matrix("y", y.length, 0, rows, cols, Math.max(1, cols));
    }
}
