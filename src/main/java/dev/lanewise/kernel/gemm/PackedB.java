package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.core.Transpose;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Copies of B's strips as tiles read them: the vectors of a row of a strip side by side, row after row. */
final class PackedB {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();
    private static final int PACKED_NR = Blocking.PACKED_NR;
    private static final int ROWS_AT_A_TIME = 8;

    /** One strip at 0, or a block of strips, {@link Blocking#stripSize} apart. */
    float[] data = new float[Blocking.KC * Blocking.NR];
    private final Transpose transpose;

    PackedB(Transpose transpose) {
        this.transpose = transpose;
    }

    /** Copies one strip from step p0 on; what lies beyond n columns is of no account. */
    void strip(Operand b, int n, Strips strips, int strip, int p0, int kc) {
        int width = strips.width(strip);
        for (int v = 0; v < width; v++) {
            int at = b.at(p0, strips.column(strip) + strips.vector(strip, v));
            if (b.transposed) {
                transpose.copy(b.data, at, b.ld, Math.min(LANES, n), kc, data, v * LANES, width * LANES);
            } else {
                vectors(b.data, at, b.ld, n, kc, v, width);
            }
        }
    }

    /** Copies whole vectors as long as none reaches beyond the array: a copy of n floats takes longer (LAB 15). */
    private void vectors(float[] b, int at, int ldb, int n, int kc, int v, int width) {
        int whole = Math.clamp(Math.floorDiv(b.length - LANES - at, ldb) + 1, 0, kc);
        for (int p = 0; p < whole; p++) {
            FloatVector.fromArray(S, b, at + p * ldb).intoArray(data, (p * width + v) * LANES);
        }
        for (int p = whole; p < kc; p++) {
            System.arraycopy(b, at + p * ldb, data, p * LANES, n);
        }
    }

    /** Copies the strips from {@code first} to {@code end}, each of two vectors: one that is alone is there twice. */
    void block(Operand b, Strips strips, int first, int end, int p0, int kc) {
        int size = Blocking.stripSize(kc);
        if (data.length < (end - first) * size) {
            data = new float[(end - first) * size];
        }
        if (b.transposed) {
            for (int strip = first; strip < end; strip++) {
                int at = b.at(p0, strips.column(strip));
                int to = (strip - first) * size;
                transpose.copy(b.data, at, b.ld, LANES, kc, data, to, PACKED_NR);
                transpose.copy(b.data, at + strips.last(strip) * b.ld, b.ld, LANES, kc, data, to + LANES, PACKED_NR);
            }
            return;
        }
        // Some rows at a time: each is read from left to right, and some lines of each strip are written.
        for (int p = 0; p < kc; p += ROWS_AT_A_TIME) {
            int rows = Math.min(ROWS_AT_A_TIME, kc - p);
            for (int strip = first; strip < end; strip++) {
                twoVectors(rows, b.data, b.at(p0 + p, strips.column(strip)), strips.last(strip), b.ld,
                        (strip - first) * size + p * PACKED_NR);
            }
        }
    }

    private void twoVectors(int rows, float[] b, int from, int last, int ldb, int to) {
        for (int i = 0; i < rows; i++) {
            FloatVector.fromArray(S, b, from + i * ldb).intoArray(data, to + i * PACKED_NR);
            FloatVector.fromArray(S, b, from + i * ldb + last).intoArray(data, to + i * PACKED_NR + LANES);
        }
    }
}
