package dev.lanewise.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tiles for 16 vector registers, x86 below AVX-512: as {@link WideTiles}, whose 8 x 1 fits here too, with
 * 8 or 9 accumulators. Measured on Zen 4 with vectors of 256 bits: 104 GFLOP/s with strips of B copied, and 60 with B
 * where it lies.
 */
final class SlimTiles {
    private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
    private static final int LANES = S.length();

    private SlimTiles() {
    }

    static void pack4x2(int kc, float[] a, int aAt, int lda, int last, float[] b, int bAt, int ldb, int bLast,
            float[] panel, boolean fromZero, float[] c, int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int a3 = aAt + Math.min(3, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        int c3 = cAt + Math.min(3, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + cLast);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int row = bAt + p * ldb;
            int to = p * (2 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            y0.intoArray(panel, to);
            FloatVector y1 = FloatVector.fromArray(S, b, row + bLast);
            y1.intoArray(panel, to + LANES);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = FloatVector.broadcast(S, a[a1 + p]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = FloatVector.broadcast(S, a[a2 + p]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = FloatVector.broadcast(S, a[a3 + p]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + cLast);
    }

    static void pack3x3(int kc, float[] a, int aAt, int lda, int last, float[] b, int bAt, int ldb, int bLast,
            float[] panel, boolean fromZero, float[] c, int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + LANES);
            s02 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + LANES);
            s12 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + LANES);
            s22 = FloatVector.fromArray(S, c, c2 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int row = bAt + p * ldb;
            int to = p * (3 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            y0.intoArray(panel, to);
            FloatVector y1 = FloatVector.fromArray(S, b, row + LANES);
            y1.intoArray(panel, to + LANES);
            FloatVector y2 = FloatVector.fromArray(S, b, row + bLast);
            y2.intoArray(panel, to + 2 * LANES);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
            x = FloatVector.broadcast(S, a[a1 + p]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            s12 = x.fma(y2, s12);
            x = FloatVector.broadcast(S, a[a2 + p]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            s22 = x.fma(y2, s22);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + LANES);
        s02.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + LANES);
        s12.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + LANES);
        s22.intoArray(c, c2 + cLast);
    }

    static void rows4x2(int kc, float[] a, int aAt, int lda, int last, float[] panel, boolean fromZero, float[] c,
            int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int a3 = aAt + Math.min(3, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        int c3 = cAt + Math.min(3, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + cLast);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int from = p * (2 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, panel, from);
            FloatVector y1 = FloatVector.fromArray(S, panel, from + LANES);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = FloatVector.broadcast(S, a[a1 + p]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = FloatVector.broadcast(S, a[a2 + p]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = FloatVector.broadcast(S, a[a3 + p]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + cLast);
    }

    static void rows3x3(int kc, float[] a, int aAt, int lda, int last, float[] panel, boolean fromZero, float[] c,
            int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + LANES);
            s02 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + LANES);
            s12 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + LANES);
            s22 = FloatVector.fromArray(S, c, c2 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int from = p * (3 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, panel, from);
            FloatVector y1 = FloatVector.fromArray(S, panel, from + LANES);
            FloatVector y2 = FloatVector.fromArray(S, panel, from + 2 * LANES);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
            x = FloatVector.broadcast(S, a[a1 + p]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            s12 = x.fma(y2, s12);
            x = FloatVector.broadcast(S, a[a2 + p]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            s22 = x.fma(y2, s22);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + LANES);
        s02.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + LANES);
        s12.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + LANES);
        s22.intoArray(c, c2 + cLast);
    }

    static void cols4x2(int kc, float[] a, int aAt, int lda, float[] panel, boolean fromZero, float[] c, int cAt,
            int ldc, int cLast) {
        int c1 = cAt + ldc;
        int c2 = cAt + 2 * ldc;
        int c3 = cAt + 3 * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + cLast);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int at = aAt + p * lda;
            int from = p * (2 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, panel, from);
            FloatVector y1 = FloatVector.fromArray(S, panel, from + LANES);
            FloatVector x = FloatVector.broadcast(S, a[at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = FloatVector.broadcast(S, a[at + 1]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = FloatVector.broadcast(S, a[at + 2]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = FloatVector.broadcast(S, a[at + 3]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + cLast);
    }

    static void cols3x3(int kc, float[] a, int aAt, int lda, float[] panel, boolean fromZero, float[] c, int cAt,
            int ldc, int cLast) {
        int c1 = cAt + ldc;
        int c2 = cAt + 2 * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + LANES);
            s02 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + LANES);
            s12 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + LANES);
            s22 = FloatVector.fromArray(S, c, c2 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int at = aAt + p * lda;
            int from = p * (3 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, panel, from);
            FloatVector y1 = FloatVector.fromArray(S, panel, from + LANES);
            FloatVector y2 = FloatVector.fromArray(S, panel, from + 2 * LANES);
            FloatVector x = FloatVector.broadcast(S, a[at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
            x = FloatVector.broadcast(S, a[at + 1]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            s12 = x.fma(y2, s12);
            x = FloatVector.broadcast(S, a[at + 2]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            s22 = x.fma(y2, s22);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + LANES);
        s02.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + LANES);
        s12.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + LANES);
        s22.intoArray(c, c2 + cLast);
    }
}
