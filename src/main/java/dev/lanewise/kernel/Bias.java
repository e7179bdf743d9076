package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;

/** Adds a bias, the same vector, to every row of a matrix; so the gradient of the bias is the sum over the rows. */
public final class Bias {
    private Bias() {
    }

    /** y[i, j] += bias[j] for the rows that begin at yOffset; y is [rows, cols]. */
    public static void add(float[] bias, float[] y, int yOffset, int rows, int cols) {
        Check.size("rows", rows);
        Check.size("cols", cols);
        Check.range("bias", bias.length, 0, cols);
        Check.matrix("y", y.length, yOffset, rows, cols, Math.max(1, cols));
        // Plain loops: C2 turns them into full-width vectors, and one addition an element leaves no order to define.
        for (int i = 0; i < rows; i++) {
            int at = yOffset + i * cols;
            for (int j = 0; j < cols; j++) {
                y[at + j] += bias[j];
            }
        }
    }

    /**
     * dBias[j] = the sum over i ascending of dy[i, j], begun with beta dBias[j] (with 0 if beta is 0), for columns from
     * to to - 1; dy is [rows, cols].
     */
    public static void gradient(float[] dy, int rows, int cols, int from, int to, float beta, float[] dBias) {
        Check.size("rows", rows);
        Check.size("cols", cols);
        Check.fromTo(from, to, "cols", cols);
        Check.matrix("dy", dy.length, 0, rows, cols, Math.max(1, cols));
        Check.range("dBias", dBias.length, from, to - from);
        for (int j = from; j < to; j++) {
            dBias[j] = beta == 0f ? 0f : beta * dBias[j];
        }
        for (int i = 0; i < rows; i++) {
            int at = i * cols;
            for (int j = from; j < to; j++) {
                dBias[j] += dy[at + j];
            }
        }
    }
}
