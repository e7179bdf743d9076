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

    /**
     * y[i, j] = e^x[i, j] / sum over j of e^x[i, j]; shapes [rows, cols].
     *
     * @param ldx elements from a row of x to the next, at least cols; {@code ldy} is that of y. What lies between rows of y stays.
     */
    public static void softmax(float[] x, int xOffset, int ldx, float[] y, int yOffset, int ldy, int rows, int cols) {
        check(x, xOffset, ldx, y, yOffset, ldy, rows, cols);
        RowBlock block = RowBlock.take();
        int n;
        for (int i = 0; cols > 0 && i < rows; i += n) {
            n = block.load(x, xOffset + i * ldx, ldx, rows - i, cols);
            softmax(block, 1f);
            block.store(y, yOffset + i * ldy, ldy);
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

    /** y[i, j] = x[i, j] - ln(sum over j of e^x[i, j]); shapes and arguments are those of {@link #softmax}. */
    public static void logSoftmax(float[] x, int xOffset, int ldx, float[] y, int yOffset, int ldy, int rows,
            int cols) {
        check(x, xOffset, ldx, y, yOffset, ldy, rows, cols);
        RowBlock block = RowBlock.take();
        int n;
        for (int i = 0; cols > 0 && i < rows; i += n) {
            n = block.load(x, xOffset + i * ldx, ldx, rows - i, cols);
            block.subtract(block.max);
            block.store(y, yOffset + i * ldy, ldy);
            block.exp();
            block.sum();
            // Not by the block: C2 would reach its limit of inlining and box vectors (LAB 42).
            for (int row = 0; row < n; row++) {
                float log = ScalarMath.log(block.sum[row]); // no vectors: LAB 44
                int at = yOffset + (i + row) * ldy;
                for (int j = at; j < at + cols; j++) {
                    y[j] -= log;
                }
            }
        }
        block.giveBack();
    }

    /**
     * Softmax's derivatives, from one row of its outputs: {@code j[i, k]} is {@code y[i] (1 - y[i])} where i = k and
     * {@code -y[i] y[k]} elsewhere; y [n], j [n, n] with rows {@code ldj} apart. Training never forms it: losses need only products with it.
     */
    public static void jacobian(float[] y, int yOffset, float[] j, int jOffset, int ldj, int n) {
        Check.size("n", n);
        Check.range("y", y.length, yOffset, n);
        Check.matrix("j", j.length, jOffset, n, n, ldj);
        for (int i = 0; i < n; i++) {
            float p = y[yOffset + i];
            for (int k = 0; k < n; k++) {
                j[jOffset + i * ldj + k] = i == k ? p * (1f - p) : -p * y[yOffset + k];
            }
        }
    }

    private static void check(float[] x, int xOffset, int ldx, float[] y, int yOffset, int ldy, int rows, int cols) {
        Check.size("rows", rows);
        Check.size("cols", cols);
        Check.matrix("x", x.length, xOffset, rows, cols, ldx);
        Check.matrix("y", y.length, yOffset, rows, cols, ldy);
    }
}
