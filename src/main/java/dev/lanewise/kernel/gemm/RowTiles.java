package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** A single row of C and V vectors, with A and B where they lie; the arguments are those of {@link WideTiles}. */
final class RowTiles {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();

    private RowTiles() {
    }

    static void row1x1(int kc, float[] a, int aAt, float[] b, int bAt, int ldb, int bLast, boolean fromZero, float[] c,
            int cAt, int cLast) {
        FloatVector s00 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
        }
        for (int p = 0; p < kc; p++) {
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
        }
        s00.intoArray(c, cAt);
    }

    static void row1x2(int kc, float[] a, int aAt, float[] b, int bAt, int ldb, int bLast, boolean fromZero, float[] c,
            int cAt, int cLast) {
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector y1 = FloatVector.fromArray(S, b, row + bLast);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + cLast);
    }

    static void row1x3(int kc, float[] a, int aAt, float[] b, int bAt, int ldb, int bLast, boolean fromZero, float[] c,
            int cAt, int cLast) {
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s02 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + LANES);
            s02 = FloatVector.fromArray(S, c, cAt + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector y1 = FloatVector.fromArray(S, b, row + LANES);
            FloatVector y2 = FloatVector.fromArray(S, b, row + bLast);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + LANES);
        s02.intoArray(c, cAt + cLast);
    }

    static void row1x4(int kc, float[] a, int aAt, float[] b, int bAt, int ldb, int bLast, boolean fromZero, float[] c,
            int cAt, int cLast) {
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s03 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + LANES);
            s02 = FloatVector.fromArray(S, c, cAt + 2 * LANES);
            s03 = FloatVector.fromArray(S, c, cAt + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector y1 = FloatVector.fromArray(S, b, row + LANES);
            FloatVector y2 = FloatVector.fromArray(S, b, row + 2 * LANES);
            FloatVector y3 = FloatVector.fromArray(S, b, row + bLast);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
            s03 = x.fma(y3, s03);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + LANES);
        s02.intoArray(c, cAt + 2 * LANES);
        s03.intoArray(c, cAt + cLast);
    }
}
