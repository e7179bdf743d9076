package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.core.Transpose;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Holds rows of tiles that cannot be stored as they are: those of C^T, and of a C narrower than a vector. */
final class TileBuffer {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();
    private static final int NR = Blocking.NR;

    final float[] data = new float[(LANES + Tile.MAX_ROWS - 1) * NR]; // [rows, NR]
    private final Transpose transpose;

    TileBuffer(Transpose transpose) {
        this.transpose = transpose;
    }

    /** Loads rows of a strip of C, from row i on, to row {@code held}. */
    void load(Operand c, int n, Strips strips, int strip, int i, int rows, int held) {
        for (int v = 0; v < strips.width(strip); v++) {
            int at = c.at(i, strips.column(strip) + strips.vector(strip, v));
            if (c.transposed) {
                transpose.copy(c.data, at, c.ld, LANES, rows, data, held * NR + v * LANES, NR);
            } else {
                VectorMask<Float> columns = S.indexInRange(0, n);
                for (int row = 0; row < rows; row++) {
                    FloatVector.fromArray(S, c.data, at + row * c.ld, columns).intoArray(data, (held + row) * NR);
                }
            }
        }
    }

    /** Stores the rows that are held to a strip of C, from row i on. */
    void store(Operand c, int n, Strips strips, int strip, int i, int held) {
        for (int v = 0; v < strips.width(strip); v++) {
            int at = c.at(i, strips.column(strip) + strips.vector(strip, v));
            if (c.transposed) {
                transpose.copy(data, v * LANES, NR, held, LANES, c.data, at, c.ld);
            } else {
                VectorMask<Float> columns = S.indexInRange(0, n);
                for (int row = 0; row < held; row++) {
                    FloatVector.fromArray(S, data, row * NR).intoArray(c.data, at + row * c.ld, columns);
                }
            }
        }
    }
}
