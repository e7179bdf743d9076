package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.core.Transpose;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Copies of parts of A: a scaled block, the micro-panel of a tile, rows of a transposed A. */
final class PackedA {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();
    private static final int MAX_HEIGHT = Species.MANY_REGISTERS ? 12 : 6; // of a micro-panel

    /** The micro-panel: rows of op(A), PACKED_LDA apart, or of a transposed A as columns, [kc, height]. */
    final float[] microPanel = new float[MAX_HEIGHT * Blocking.PACKED_LDA];
    private float[] scaled = {};
    private final float[] rows = new float[Tile.MAX_ROWS * Blocking.KC];
    private final Transpose transpose;

    PackedA(Transpose transpose) {
        this.transpose = transpose;
    }

    /** Sets {@code block} to alpha times the block of A with rows from i and steps from p: in place where alpha is 1. */
    void block(float alpha, Operand a, int i, int mc, int p, int kc, Operand block) {
        if (alpha == 1f) {
            block.setPart(a, i, p);
            return;
        }
        int count = a.transposed ? kc : mc;
        int width = a.transposed ? mc : kc;
        if (scaled.length < count * width) {
            scaled = new float[count * width];
        }
        int from = a.at(i, p);
        for (int row = 0; row < count; row++) {
            scale(alpha, a.data, from + row * a.ld, scaled, row * width, width);
        }
        block.set(scaled, 0, width, a.transposed);
    }

    /** Sets {@code copy} to some rows of a block of a transposed A, copied to lie side by side. */
    void rows(Operand block, int i, int count, int kc, Operand copy) {
        transpose.copy(block.data, block.at(i, 0), block.ld, kc, count, rows, 0, kc);
        copy.set(rows, 0, kc, false);
    }

    /** Fills the micro-panel with alpha times rows of op(A); for a transposed A, with {@code height} elements for each k. */
    void fillMicroPanel(float alpha, Operand a, int i, int count, int height, int p0, int kc) {
        float[] data = a.data;
        int at = a.at(i, p0);
        int lda = a.ld;
        if (!a.transposed) {
            for (int row = 0; row < count; row++) {
                if (alpha == 1f) { // the JVM's own copy is the fastest (LAB 15)
                    System.arraycopy(data, at + row * lda, microPanel, row * Blocking.PACKED_LDA, kc);
                } else {
                    scale(alpha, data, at + row * lda, microPanel, row * Blocking.PACKED_LDA, kc);
                }
            }
            return;
        }
        // Whole vectors as long as none reaches beyond an array; what is too much the next one writes over.
        int second = Math.max(0, height - LANES);
        int whole = Math.clamp(Math.floorDiv(data.length - LANES - second - at, lda) + 1, 0, kc);
        for (int p = 0; p < whole; p++) {
            int from = at + p * lda;
            FloatVector.fromArray(S, data, from).mul(alpha).intoArray(microPanel, p * height);
            if (LANES < MAX_HEIGHT) {
                FloatVector.fromArray(S, data, from + second).mul(alpha).intoArray(microPanel, p * height + second);
            }
        }
        for (int p = whole; p < kc; p++) {
            scale(alpha, data, at + p * lda, microPanel, p * height, count);
        }
    }

    /** y = alpha x for n elements; a plain loop, which C2 vectorises. */
    private static void scale(float alpha, float[] x, int xOffset, float[] y, int yOffset, int n) {
        for (int i = 0; i < n; i++) {
            y[yOffset + i] = alpha * x[xOffset + i];
        }
    }
}
