package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;

/**
 * Computes softmax along the rows of a row-major matrix. Stable: the row's maximum is subtracted first, so that no exponential
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
        RowBlock block = RowBlock.take();
        int n;
        for (int i = 0; i < rows; i += n) {
            n = block.load(x, i * cols, rows - i, cols);
            softmax(block, 1f);
            block.store(y, i * cols);
        }
        block.giveBack();
    }

    /** Softmax of a block of rows, times scale. */
    static void softmax(RowBlock block, float scale) {
        block.subtract(block.max);
        block.exp();
        block.sum();
        block.divideBySum(scale);
    }

    /** y[i, j] = x[i, j] - ln(sum over j of e^x[i, j]); shapes [rows, cols]. */
    public static void logSoftmax(float[] x, float[] y, int rows, int cols) {
        check(x, y, rows, cols);
        RowBlock block = RowBlock.take();
        int n;
        for (int i = 0; i < rows; i += n) {
            n = block.load(x, i * cols, rows - i, cols);
            block.subtract(block.max);
            block.store(y, i * cols);
            block.exp();
            block.sum();
            // Not by the block: C2 would reach its limit of inlining and box vectors (LAB 42).
            for (int row = 0; row < n; row++) {
                float log = ScalarMath.log(block.sum[row]); // no vectors: LAB 44
                int at = (i + row) * cols;
                for (int j = at; j < at + cols; j++) {
                    y[j] -= log;
                }
            }
        }
        block.giveBack();
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

    private static void check(float[] x, float[] y, int rows, int cols) {
        Check.size("rows", rows);
        Check.size("cols", cols);
        Check.matrix("x", x.length, 0, rows, cols, Math.max(1, cols));
        Check.matrix("y", y.length, 0, rows, cols, Math.max(1, cols));
    }
}
