package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;

/** Adds a bias, the same vector, to every row of a matrix; so the gradient of the bias is the sum over the rows. */
public final class Bias {
    private Bias() {
    }

    /** y[i, j] += bias[j]; y is [rows, cols], its rows ldy elements apart, from yOffset on. */
    public static void add(float[] bias, float[] y, int yOffset, int ldy, int rows, int cols) {
        Check.size("rows", rows);
        Check.size("cols", cols);
        Check.range("bias", bias.length, 0, cols);
        Check.matrix("y", y.length, yOffset, rows, cols, ldy);
        // Plain loops: with vectors a cold first epoch took 0.08 s longer, and later ones no less (LAB 71). One addition an
        // element leaves no order to define.
        for (int i = 0; i < rows; i++) {
            int at = yOffset + i * ldy;
            for (int j = 0; j < cols; j++) {
                y[at + j] += bias[j];
            }
        }
    }

    /**
     * dBias[j] = the sum over i ascending of dy[i, j], begun with beta dBias[j] (with 0 if beta is 0); dy is [rows, cols], its
     * rows lddy elements apart, from dyOffset on; dBias begins at dBiasOffset.
     */
    public static void gradient(float[] dy, int dyOffset, int lddy, int rows, int cols, float beta, float[] dBias,
            int dBiasOffset) {
        Check.size("rows", rows);
        Check.size("cols", cols);
        Check.matrix("dy", dy.length, dyOffset, rows, cols, lddy);
        Check.range("dBias", dBias.length, dBiasOffset, cols);
        for (int j = dBiasOffset; j < dBiasOffset + cols; j++) {
            dBias[j] = beta == 0f ? 0f : beta * dBias[j];
        }
        for (int i = 0; i < rows; i++) {
            int at = dyOffset + i * lddy;
            for (int j = 0; j < cols; j++) {
                dBias[dBiasOffset + j] += dy[at + j];
            }
        }
    }
}
