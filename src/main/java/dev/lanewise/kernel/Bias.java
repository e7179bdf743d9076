package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

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
        for (int i = 0; i < rows; i++) {
            int at = yOffset + i * ldy;
            for (int j = Species.SCALAR ? 0 : Lanes.add(y, at, bias, 0, cols); j < cols; j++) {
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
            for (int j = Species.SCALAR ? 0 : Lanes.add(dBias, dBiasOffset, dy, at, cols); j < cols; j++) {
                dBias[dBiasOffset + j] += dy[at + j];
            }
        }
    }

    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final int LANES = S.length();

        private Lanes() {
        }

        /** y += x for whole vectors of n elements; returns where they end. (C2 makes none by itself: the arrays might be one.) */
        static int add(float[] y, int yAt, float[] x, int xAt, int n) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                FloatVector.fromArray(S, y, yAt + i).add(FloatVector.fromArray(S, x, xAt + i)).intoArray(y, yAt + i);
            }
            return end;
        }
    }
}
