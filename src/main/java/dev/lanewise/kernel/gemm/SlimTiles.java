package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tiles for 16 vector registers, x86 below AVX-512, where A is read where it lies: as {@link WideTiles},
 * whose 8 x 1 fits here too, with 8 or 12 accumulators. 6 x 2 is at 97 % of the FMA peak of Zen 3; 3 x 3 was at 93, and 4 x 3
 * does not fit.
 */
final class SlimTiles {
    private static final VectorSpecies<Float> S = Species.FLOATS;
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

    static void rows6x2(int kc, float[] a, int aAt, int lda, int last, float[] panel, boolean fromZero, float[] c,
            int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int a3 = aAt + Math.min(3, last) * lda;
        int a4 = aAt + Math.min(4, last) * lda;
        int a5 = aAt + Math.min(5, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        int c3 = cAt + Math.min(3, last) * ldc;
        int c4 = cAt + Math.min(4, last) * ldc;
        int c5 = cAt + Math.min(5, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s41 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s51 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + cLast);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + cLast);
            s40 = FloatVector.fromArray(S, c, c4);
            s41 = FloatVector.fromArray(S, c, c4 + cLast);
            s50 = FloatVector.fromArray(S, c, c5);
            s51 = FloatVector.fromArray(S, c, c5 + cLast);
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
            x = FloatVector.broadcast(S, a[a4 + p]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            x = FloatVector.broadcast(S, a[a5 + p]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + cLast);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + cLast);
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + cLast);
    }
}
