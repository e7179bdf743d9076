package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tiles of {@link Gemm}: R rows by V vectors of C stay in registers while k runs. For machines with 32
 * vector registers; {@link SlimTiles} is for 16.
 *
 * <p>A tile loads, chains and stores in one method with a local per accumulator: vectors passed to or returned from a
 * method that is not inlined are boxed, at a tenth of the speed. (With the loop over a strip's tiles in the method
 * too, short products gained 4 %, but C2 took a second to compile it and then sometimes boxed the accumulators.)
 *
 * <p>B comes from the panel, a strip of kc rows of V vectors side by side. At kc = 784 on Zen 5 the 6 x 4 tile runs at
 * 95 % of the FMA peak on the panel, and at 73 to 90 % on B where it lies. In native memory, aligned to cache lines, the
 * panel gained up to 2 % in a process that did nothing else, but in others C2 left checks of the segment's class in the
 * loop, at half the speed.
 *
 * <p>What differs is R, V, and how A lies: in {@code rows} element (i, p) is at aAt + i lda + p, in {@code cols} at
 * aAt + i + p lda. One index for both lost 3 to 10 % at k = 32: C2 then checks every element of A against the array's
 * length, instead of none or two a step. {@code pack} is {@code rows} with B where it lies, row p at bAt + p ldb and
 * the last vector bLast behind; it fills the panel on the way, by stores that the FMAs hide.
 *
 * <p>Row i of C is at cAt + i ldc, its v-th vector v LANES behind, but the last vector at cLast. So the last vector
 * may overlap the one before it at the right edge. Rows beyond {@code last} repeat row {@code last}: all loads of C
 * precede all stores, so that row is merely computed more than once. Neither edge needs masks. {@code cols} takes
 * whole tiles only.
 *
 * <p>24 accumulators where C2 keeps them: 6 x 4. 8 x 3 spilled three of them (C2 hoists the eight broadcasts above the
 * FMAs) and 7 x 3 and 7 x 2 gained nothing on 6 x 3 and 8 x 2.
 */
final class WideTiles {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();

    private WideTiles() {
    }

    static void pack8x1(int kc, float[] a, int aAt, int lda, int last, float[] b, int bAt, int ldb, int bLast,
            float[] panel, boolean fromZero, float[] c, int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int a3 = aAt + Math.min(3, last) * lda;
        int a4 = aAt + Math.min(4, last) * lda;
        int a5 = aAt + Math.min(5, last) * lda;
        int a6 = aAt + Math.min(6, last) * lda;
        int a7 = aAt + Math.min(7, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        int c3 = cAt + Math.min(3, last) * ldc;
        int c4 = cAt + Math.min(4, last) * ldc;
        int c5 = cAt + Math.min(5, last) * ldc;
        int c6 = cAt + Math.min(6, last) * ldc;
        int c7 = cAt + Math.min(7, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s60 = FloatVector.zero(S);
        FloatVector s70 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s10 = FloatVector.fromArray(S, c, c1);
            s20 = FloatVector.fromArray(S, c, c2);
            s30 = FloatVector.fromArray(S, c, c3);
            s40 = FloatVector.fromArray(S, c, c4);
            s50 = FloatVector.fromArray(S, c, c5);
            s60 = FloatVector.fromArray(S, c, c6);
            s70 = FloatVector.fromArray(S, c, c7);
        }
        for (int p = 0; p < kc; p++) {
            int row = bAt + p * ldb;
            int to = p * LANES;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            y0.intoArray(panel, to);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            x = FloatVector.broadcast(S, a[a1 + p]);
            s10 = x.fma(y0, s10);
            x = FloatVector.broadcast(S, a[a2 + p]);
            s20 = x.fma(y0, s20);
            x = FloatVector.broadcast(S, a[a3 + p]);
            s30 = x.fma(y0, s30);
            x = FloatVector.broadcast(S, a[a4 + p]);
            s40 = x.fma(y0, s40);
            x = FloatVector.broadcast(S, a[a5 + p]);
            s50 = x.fma(y0, s50);
            x = FloatVector.broadcast(S, a[a6 + p]);
            s60 = x.fma(y0, s60);
            x = FloatVector.broadcast(S, a[a7 + p]);
            s70 = x.fma(y0, s70);
        }
        s00.intoArray(c, cAt);
        s10.intoArray(c, c1);
        s20.intoArray(c, c2);
        s30.intoArray(c, c3);
        s40.intoArray(c, c4);
        s50.intoArray(c, c5);
        s60.intoArray(c, c6);
        s70.intoArray(c, c7);
    }

    static void pack8x2(int kc, float[] a, int aAt, int lda, int last, float[] b, int bAt, int ldb, int bLast,
            float[] panel, boolean fromZero, float[] c, int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int a3 = aAt + Math.min(3, last) * lda;
        int a4 = aAt + Math.min(4, last) * lda;
        int a5 = aAt + Math.min(5, last) * lda;
        int a6 = aAt + Math.min(6, last) * lda;
        int a7 = aAt + Math.min(7, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        int c3 = cAt + Math.min(3, last) * ldc;
        int c4 = cAt + Math.min(4, last) * ldc;
        int c5 = cAt + Math.min(5, last) * ldc;
        int c6 = cAt + Math.min(6, last) * ldc;
        int c7 = cAt + Math.min(7, last) * ldc;
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
        FloatVector s60 = FloatVector.zero(S);
        FloatVector s61 = FloatVector.zero(S);
        FloatVector s70 = FloatVector.zero(S);
        FloatVector s71 = FloatVector.zero(S);
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
            s60 = FloatVector.fromArray(S, c, c6);
            s61 = FloatVector.fromArray(S, c, c6 + cLast);
            s70 = FloatVector.fromArray(S, c, c7);
            s71 = FloatVector.fromArray(S, c, c7 + cLast);
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
            x = FloatVector.broadcast(S, a[a4 + p]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            x = FloatVector.broadcast(S, a[a5 + p]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            x = FloatVector.broadcast(S, a[a6 + p]);
            s60 = x.fma(y0, s60);
            s61 = x.fma(y1, s61);
            x = FloatVector.broadcast(S, a[a7 + p]);
            s70 = x.fma(y0, s70);
            s71 = x.fma(y1, s71);
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
        s60.intoArray(c, c6);
        s61.intoArray(c, c6 + cLast);
        s70.intoArray(c, c7);
        s71.intoArray(c, c7 + cLast);
    }

    static void pack6x3(int kc, float[] a, int aAt, int lda, int last, float[] b, int bAt, int ldb, int bLast,
            float[] panel, boolean fromZero, float[] c, int cAt, int ldc, int cLast) {
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
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        FloatVector s32 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s41 = FloatVector.zero(S);
        FloatVector s42 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s51 = FloatVector.zero(S);
        FloatVector s52 = FloatVector.zero(S);
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
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + LANES);
            s32 = FloatVector.fromArray(S, c, c3 + cLast);
            s40 = FloatVector.fromArray(S, c, c4);
            s41 = FloatVector.fromArray(S, c, c4 + LANES);
            s42 = FloatVector.fromArray(S, c, c4 + cLast);
            s50 = FloatVector.fromArray(S, c, c5);
            s51 = FloatVector.fromArray(S, c, c5 + LANES);
            s52 = FloatVector.fromArray(S, c, c5 + cLast);
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
            x = FloatVector.broadcast(S, a[a3 + p]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            s32 = x.fma(y2, s32);
            x = FloatVector.broadcast(S, a[a4 + p]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            s42 = x.fma(y2, s42);
            x = FloatVector.broadcast(S, a[a5 + p]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            s52 = x.fma(y2, s52);
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
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + LANES);
        s32.intoArray(c, c3 + cLast);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + LANES);
        s42.intoArray(c, c4 + cLast);
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + LANES);
        s52.intoArray(c, c5 + cLast);
    }

    static void pack6x4(int kc, float[] a, int aAt, int lda, int last, float[] b, int bAt, int ldb, int bLast,
            float[] panel, boolean fromZero, float[] c, int cAt, int ldc, int cLast) {
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
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s03 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s13 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        FloatVector s23 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        FloatVector s32 = FloatVector.zero(S);
        FloatVector s33 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s41 = FloatVector.zero(S);
        FloatVector s42 = FloatVector.zero(S);
        FloatVector s43 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s51 = FloatVector.zero(S);
        FloatVector s52 = FloatVector.zero(S);
        FloatVector s53 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + LANES);
            s02 = FloatVector.fromArray(S, c, cAt + 2 * LANES);
            s03 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + LANES);
            s12 = FloatVector.fromArray(S, c, c1 + 2 * LANES);
            s13 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + LANES);
            s22 = FloatVector.fromArray(S, c, c2 + 2 * LANES);
            s23 = FloatVector.fromArray(S, c, c2 + cLast);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + LANES);
            s32 = FloatVector.fromArray(S, c, c3 + 2 * LANES);
            s33 = FloatVector.fromArray(S, c, c3 + cLast);
            s40 = FloatVector.fromArray(S, c, c4);
            s41 = FloatVector.fromArray(S, c, c4 + LANES);
            s42 = FloatVector.fromArray(S, c, c4 + 2 * LANES);
            s43 = FloatVector.fromArray(S, c, c4 + cLast);
            s50 = FloatVector.fromArray(S, c, c5);
            s51 = FloatVector.fromArray(S, c, c5 + LANES);
            s52 = FloatVector.fromArray(S, c, c5 + 2 * LANES);
            s53 = FloatVector.fromArray(S, c, c5 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int row = bAt + p * ldb;
            int to = p * (4 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            y0.intoArray(panel, to);
            FloatVector y1 = FloatVector.fromArray(S, b, row + LANES);
            y1.intoArray(panel, to + LANES);
            FloatVector y2 = FloatVector.fromArray(S, b, row + 2 * LANES);
            y2.intoArray(panel, to + 2 * LANES);
            FloatVector y3 = FloatVector.fromArray(S, b, row + bLast);
            y3.intoArray(panel, to + 3 * LANES);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
            s03 = x.fma(y3, s03);
            x = FloatVector.broadcast(S, a[a1 + p]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            s12 = x.fma(y2, s12);
            s13 = x.fma(y3, s13);
            x = FloatVector.broadcast(S, a[a2 + p]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            s22 = x.fma(y2, s22);
            s23 = x.fma(y3, s23);
            x = FloatVector.broadcast(S, a[a3 + p]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            s32 = x.fma(y2, s32);
            s33 = x.fma(y3, s33);
            x = FloatVector.broadcast(S, a[a4 + p]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            s42 = x.fma(y2, s42);
            s43 = x.fma(y3, s43);
            x = FloatVector.broadcast(S, a[a5 + p]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            s52 = x.fma(y2, s52);
            s53 = x.fma(y3, s53);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + LANES);
        s02.intoArray(c, cAt + 2 * LANES);
        s03.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + LANES);
        s12.intoArray(c, c1 + 2 * LANES);
        s13.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + LANES);
        s22.intoArray(c, c2 + 2 * LANES);
        s23.intoArray(c, c2 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + LANES);
        s32.intoArray(c, c3 + 2 * LANES);
        s33.intoArray(c, c3 + cLast);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + LANES);
        s42.intoArray(c, c4 + 2 * LANES);
        s43.intoArray(c, c4 + cLast);
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + LANES);
        s52.intoArray(c, c5 + 2 * LANES);
        s53.intoArray(c, c5 + cLast);
    }

    static void rows8x1(int kc, float[] a, int aAt, int lda, int last, float[] panel, boolean fromZero, float[] c,
            int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int a3 = aAt + Math.min(3, last) * lda;
        int a4 = aAt + Math.min(4, last) * lda;
        int a5 = aAt + Math.min(5, last) * lda;
        int a6 = aAt + Math.min(6, last) * lda;
        int a7 = aAt + Math.min(7, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        int c3 = cAt + Math.min(3, last) * ldc;
        int c4 = cAt + Math.min(4, last) * ldc;
        int c5 = cAt + Math.min(5, last) * ldc;
        int c6 = cAt + Math.min(6, last) * ldc;
        int c7 = cAt + Math.min(7, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s60 = FloatVector.zero(S);
        FloatVector s70 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s10 = FloatVector.fromArray(S, c, c1);
            s20 = FloatVector.fromArray(S, c, c2);
            s30 = FloatVector.fromArray(S, c, c3);
            s40 = FloatVector.fromArray(S, c, c4);
            s50 = FloatVector.fromArray(S, c, c5);
            s60 = FloatVector.fromArray(S, c, c6);
            s70 = FloatVector.fromArray(S, c, c7);
        }
        for (int p = 0; p < kc; p++) {
            int from = p * LANES;
            FloatVector y0 = FloatVector.fromArray(S, panel, from);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            x = FloatVector.broadcast(S, a[a1 + p]);
            s10 = x.fma(y0, s10);
            x = FloatVector.broadcast(S, a[a2 + p]);
            s20 = x.fma(y0, s20);
            x = FloatVector.broadcast(S, a[a3 + p]);
            s30 = x.fma(y0, s30);
            x = FloatVector.broadcast(S, a[a4 + p]);
            s40 = x.fma(y0, s40);
            x = FloatVector.broadcast(S, a[a5 + p]);
            s50 = x.fma(y0, s50);
            x = FloatVector.broadcast(S, a[a6 + p]);
            s60 = x.fma(y0, s60);
            x = FloatVector.broadcast(S, a[a7 + p]);
            s70 = x.fma(y0, s70);
        }
        s00.intoArray(c, cAt);
        s10.intoArray(c, c1);
        s20.intoArray(c, c2);
        s30.intoArray(c, c3);
        s40.intoArray(c, c4);
        s50.intoArray(c, c5);
        s60.intoArray(c, c6);
        s70.intoArray(c, c7);
    }

    static void rows8x2(int kc, float[] a, int aAt, int lda, int last, float[] panel, boolean fromZero, float[] c,
            int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int a3 = aAt + Math.min(3, last) * lda;
        int a4 = aAt + Math.min(4, last) * lda;
        int a5 = aAt + Math.min(5, last) * lda;
        int a6 = aAt + Math.min(6, last) * lda;
        int a7 = aAt + Math.min(7, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        int c3 = cAt + Math.min(3, last) * ldc;
        int c4 = cAt + Math.min(4, last) * ldc;
        int c5 = cAt + Math.min(5, last) * ldc;
        int c6 = cAt + Math.min(6, last) * ldc;
        int c7 = cAt + Math.min(7, last) * ldc;
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
        FloatVector s60 = FloatVector.zero(S);
        FloatVector s61 = FloatVector.zero(S);
        FloatVector s70 = FloatVector.zero(S);
        FloatVector s71 = FloatVector.zero(S);
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
            s60 = FloatVector.fromArray(S, c, c6);
            s61 = FloatVector.fromArray(S, c, c6 + cLast);
            s70 = FloatVector.fromArray(S, c, c7);
            s71 = FloatVector.fromArray(S, c, c7 + cLast);
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
            x = FloatVector.broadcast(S, a[a6 + p]);
            s60 = x.fma(y0, s60);
            s61 = x.fma(y1, s61);
            x = FloatVector.broadcast(S, a[a7 + p]);
            s70 = x.fma(y0, s70);
            s71 = x.fma(y1, s71);
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
        s60.intoArray(c, c6);
        s61.intoArray(c, c6 + cLast);
        s70.intoArray(c, c7);
        s71.intoArray(c, c7 + cLast);
    }

    static void rows6x3(int kc, float[] a, int aAt, int lda, int last, float[] panel, boolean fromZero, float[] c,
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
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        FloatVector s32 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s41 = FloatVector.zero(S);
        FloatVector s42 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s51 = FloatVector.zero(S);
        FloatVector s52 = FloatVector.zero(S);
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
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + LANES);
            s32 = FloatVector.fromArray(S, c, c3 + cLast);
            s40 = FloatVector.fromArray(S, c, c4);
            s41 = FloatVector.fromArray(S, c, c4 + LANES);
            s42 = FloatVector.fromArray(S, c, c4 + cLast);
            s50 = FloatVector.fromArray(S, c, c5);
            s51 = FloatVector.fromArray(S, c, c5 + LANES);
            s52 = FloatVector.fromArray(S, c, c5 + cLast);
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
            x = FloatVector.broadcast(S, a[a3 + p]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            s32 = x.fma(y2, s32);
            x = FloatVector.broadcast(S, a[a4 + p]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            s42 = x.fma(y2, s42);
            x = FloatVector.broadcast(S, a[a5 + p]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            s52 = x.fma(y2, s52);
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
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + LANES);
        s32.intoArray(c, c3 + cLast);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + LANES);
        s42.intoArray(c, c4 + cLast);
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + LANES);
        s52.intoArray(c, c5 + cLast);
    }

    static void rows6x4(int kc, float[] a, int aAt, int lda, int last, float[] panel, boolean fromZero, float[] c,
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
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s03 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s13 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        FloatVector s23 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        FloatVector s32 = FloatVector.zero(S);
        FloatVector s33 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s41 = FloatVector.zero(S);
        FloatVector s42 = FloatVector.zero(S);
        FloatVector s43 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s51 = FloatVector.zero(S);
        FloatVector s52 = FloatVector.zero(S);
        FloatVector s53 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + LANES);
            s02 = FloatVector.fromArray(S, c, cAt + 2 * LANES);
            s03 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + LANES);
            s12 = FloatVector.fromArray(S, c, c1 + 2 * LANES);
            s13 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + LANES);
            s22 = FloatVector.fromArray(S, c, c2 + 2 * LANES);
            s23 = FloatVector.fromArray(S, c, c2 + cLast);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + LANES);
            s32 = FloatVector.fromArray(S, c, c3 + 2 * LANES);
            s33 = FloatVector.fromArray(S, c, c3 + cLast);
            s40 = FloatVector.fromArray(S, c, c4);
            s41 = FloatVector.fromArray(S, c, c4 + LANES);
            s42 = FloatVector.fromArray(S, c, c4 + 2 * LANES);
            s43 = FloatVector.fromArray(S, c, c4 + cLast);
            s50 = FloatVector.fromArray(S, c, c5);
            s51 = FloatVector.fromArray(S, c, c5 + LANES);
            s52 = FloatVector.fromArray(S, c, c5 + 2 * LANES);
            s53 = FloatVector.fromArray(S, c, c5 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int from = p * (4 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, panel, from);
            FloatVector y1 = FloatVector.fromArray(S, panel, from + LANES);
            FloatVector y2 = FloatVector.fromArray(S, panel, from + 2 * LANES);
            FloatVector y3 = FloatVector.fromArray(S, panel, from + 3 * LANES);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
            s03 = x.fma(y3, s03);
            x = FloatVector.broadcast(S, a[a1 + p]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            s12 = x.fma(y2, s12);
            s13 = x.fma(y3, s13);
            x = FloatVector.broadcast(S, a[a2 + p]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            s22 = x.fma(y2, s22);
            s23 = x.fma(y3, s23);
            x = FloatVector.broadcast(S, a[a3 + p]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            s32 = x.fma(y2, s32);
            s33 = x.fma(y3, s33);
            x = FloatVector.broadcast(S, a[a4 + p]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            s42 = x.fma(y2, s42);
            s43 = x.fma(y3, s43);
            x = FloatVector.broadcast(S, a[a5 + p]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            s52 = x.fma(y2, s52);
            s53 = x.fma(y3, s53);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + LANES);
        s02.intoArray(c, cAt + 2 * LANES);
        s03.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + LANES);
        s12.intoArray(c, c1 + 2 * LANES);
        s13.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + LANES);
        s22.intoArray(c, c2 + 2 * LANES);
        s23.intoArray(c, c2 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + LANES);
        s32.intoArray(c, c3 + 2 * LANES);
        s33.intoArray(c, c3 + cLast);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + LANES);
        s42.intoArray(c, c4 + 2 * LANES);
        s43.intoArray(c, c4 + cLast);
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + LANES);
        s52.intoArray(c, c5 + 2 * LANES);
        s53.intoArray(c, c5 + cLast);
    }

    static void rows4x4(int kc, float[] a, int aAt, int lda, int last, float[] panel, boolean fromZero, float[] c,
            int cAt, int ldc, int cLast) {
        int a1 = aAt + Math.min(1, last) * lda;
        int a2 = aAt + Math.min(2, last) * lda;
        int a3 = aAt + Math.min(3, last) * lda;
        int c1 = cAt + Math.min(1, last) * ldc;
        int c2 = cAt + Math.min(2, last) * ldc;
        int c3 = cAt + Math.min(3, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s03 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s13 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        FloatVector s23 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        FloatVector s32 = FloatVector.zero(S);
        FloatVector s33 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + LANES);
            s02 = FloatVector.fromArray(S, c, cAt + 2 * LANES);
            s03 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + LANES);
            s12 = FloatVector.fromArray(S, c, c1 + 2 * LANES);
            s13 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + LANES);
            s22 = FloatVector.fromArray(S, c, c2 + 2 * LANES);
            s23 = FloatVector.fromArray(S, c, c2 + cLast);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + LANES);
            s32 = FloatVector.fromArray(S, c, c3 + 2 * LANES);
            s33 = FloatVector.fromArray(S, c, c3 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int from = p * (4 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, panel, from);
            FloatVector y1 = FloatVector.fromArray(S, panel, from + LANES);
            FloatVector y2 = FloatVector.fromArray(S, panel, from + 2 * LANES);
            FloatVector y3 = FloatVector.fromArray(S, panel, from + 3 * LANES);
            FloatVector x = FloatVector.broadcast(S, a[aAt + p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
            s03 = x.fma(y3, s03);
            x = FloatVector.broadcast(S, a[a1 + p]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            s12 = x.fma(y2, s12);
            s13 = x.fma(y3, s13);
            x = FloatVector.broadcast(S, a[a2 + p]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            s22 = x.fma(y2, s22);
            s23 = x.fma(y3, s23);
            x = FloatVector.broadcast(S, a[a3 + p]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            s32 = x.fma(y2, s32);
            s33 = x.fma(y3, s33);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + LANES);
        s02.intoArray(c, cAt + 2 * LANES);
        s03.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + LANES);
        s12.intoArray(c, c1 + 2 * LANES);
        s13.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + LANES);
        s22.intoArray(c, c2 + 2 * LANES);
        s23.intoArray(c, c2 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + LANES);
        s32.intoArray(c, c3 + 2 * LANES);
        s33.intoArray(c, c3 + cLast);
    }

    static void cols8x1(int kc, float[] a, int aAt, int lda, float[] panel, boolean fromZero, float[] c, int cAt,
            int ldc, int cLast) {
        int c1 = cAt + ldc;
        int c2 = cAt + 2 * ldc;
        int c3 = cAt + 3 * ldc;
        int c4 = cAt + 4 * ldc;
        int c5 = cAt + 5 * ldc;
        int c6 = cAt + 6 * ldc;
        int c7 = cAt + 7 * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s60 = FloatVector.zero(S);
        FloatVector s70 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s10 = FloatVector.fromArray(S, c, c1);
            s20 = FloatVector.fromArray(S, c, c2);
            s30 = FloatVector.fromArray(S, c, c3);
            s40 = FloatVector.fromArray(S, c, c4);
            s50 = FloatVector.fromArray(S, c, c5);
            s60 = FloatVector.fromArray(S, c, c6);
            s70 = FloatVector.fromArray(S, c, c7);
        }
        for (int p = 0; p < kc; p++) {
            int at = aAt + p * lda;
            int from = p * LANES;
            FloatVector y0 = FloatVector.fromArray(S, panel, from);
            FloatVector x = FloatVector.broadcast(S, a[at]);
            s00 = x.fma(y0, s00);
            x = FloatVector.broadcast(S, a[at + 1]);
            s10 = x.fma(y0, s10);
            x = FloatVector.broadcast(S, a[at + 2]);
            s20 = x.fma(y0, s20);
            x = FloatVector.broadcast(S, a[at + 3]);
            s30 = x.fma(y0, s30);
            x = FloatVector.broadcast(S, a[at + 4]);
            s40 = x.fma(y0, s40);
            x = FloatVector.broadcast(S, a[at + 5]);
            s50 = x.fma(y0, s50);
            x = FloatVector.broadcast(S, a[at + 6]);
            s60 = x.fma(y0, s60);
            x = FloatVector.broadcast(S, a[at + 7]);
            s70 = x.fma(y0, s70);
        }
        s00.intoArray(c, cAt);
        s10.intoArray(c, c1);
        s20.intoArray(c, c2);
        s30.intoArray(c, c3);
        s40.intoArray(c, c4);
        s50.intoArray(c, c5);
        s60.intoArray(c, c6);
        s70.intoArray(c, c7);
    }

    static void cols8x2(int kc, float[] a, int aAt, int lda, float[] panel, boolean fromZero, float[] c, int cAt,
            int ldc, int cLast) {
        int c1 = cAt + ldc;
        int c2 = cAt + 2 * ldc;
        int c3 = cAt + 3 * ldc;
        int c4 = cAt + 4 * ldc;
        int c5 = cAt + 5 * ldc;
        int c6 = cAt + 6 * ldc;
        int c7 = cAt + 7 * ldc;
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
        FloatVector s60 = FloatVector.zero(S);
        FloatVector s61 = FloatVector.zero(S);
        FloatVector s70 = FloatVector.zero(S);
        FloatVector s71 = FloatVector.zero(S);
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
            s60 = FloatVector.fromArray(S, c, c6);
            s61 = FloatVector.fromArray(S, c, c6 + cLast);
            s70 = FloatVector.fromArray(S, c, c7);
            s71 = FloatVector.fromArray(S, c, c7 + cLast);
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
            x = FloatVector.broadcast(S, a[at + 4]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            x = FloatVector.broadcast(S, a[at + 5]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            x = FloatVector.broadcast(S, a[at + 6]);
            s60 = x.fma(y0, s60);
            s61 = x.fma(y1, s61);
            x = FloatVector.broadcast(S, a[at + 7]);
            s70 = x.fma(y0, s70);
            s71 = x.fma(y1, s71);
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
        s60.intoArray(c, c6);
        s61.intoArray(c, c6 + cLast);
        s70.intoArray(c, c7);
        s71.intoArray(c, c7 + cLast);
    }

    static void cols6x3(int kc, float[] a, int aAt, int lda, float[] panel, boolean fromZero, float[] c, int cAt,
            int ldc, int cLast) {
        int c1 = cAt + ldc;
        int c2 = cAt + 2 * ldc;
        int c3 = cAt + 3 * ldc;
        int c4 = cAt + 4 * ldc;
        int c5 = cAt + 5 * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        FloatVector s32 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s41 = FloatVector.zero(S);
        FloatVector s42 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s51 = FloatVector.zero(S);
        FloatVector s52 = FloatVector.zero(S);
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
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + LANES);
            s32 = FloatVector.fromArray(S, c, c3 + cLast);
            s40 = FloatVector.fromArray(S, c, c4);
            s41 = FloatVector.fromArray(S, c, c4 + LANES);
            s42 = FloatVector.fromArray(S, c, c4 + cLast);
            s50 = FloatVector.fromArray(S, c, c5);
            s51 = FloatVector.fromArray(S, c, c5 + LANES);
            s52 = FloatVector.fromArray(S, c, c5 + cLast);
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
            x = FloatVector.broadcast(S, a[at + 3]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            s32 = x.fma(y2, s32);
            x = FloatVector.broadcast(S, a[at + 4]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            s42 = x.fma(y2, s42);
            x = FloatVector.broadcast(S, a[at + 5]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            s52 = x.fma(y2, s52);
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
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + LANES);
        s32.intoArray(c, c3 + cLast);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + LANES);
        s42.intoArray(c, c4 + cLast);
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + LANES);
        s52.intoArray(c, c5 + cLast);
    }

    static void cols6x4(int kc, float[] a, int aAt, int lda, float[] panel, boolean fromZero, float[] c, int cAt,
            int ldc, int cLast) {
        int c1 = cAt + ldc;
        int c2 = cAt + 2 * ldc;
        int c3 = cAt + 3 * ldc;
        int c4 = cAt + 4 * ldc;
        int c5 = cAt + 5 * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s02 = FloatVector.zero(S);
        FloatVector s03 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s12 = FloatVector.zero(S);
        FloatVector s13 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s22 = FloatVector.zero(S);
        FloatVector s23 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        FloatVector s32 = FloatVector.zero(S);
        FloatVector s33 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s41 = FloatVector.zero(S);
        FloatVector s42 = FloatVector.zero(S);
        FloatVector s43 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s51 = FloatVector.zero(S);
        FloatVector s52 = FloatVector.zero(S);
        FloatVector s53 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, cAt);
            s01 = FloatVector.fromArray(S, c, cAt + LANES);
            s02 = FloatVector.fromArray(S, c, cAt + 2 * LANES);
            s03 = FloatVector.fromArray(S, c, cAt + cLast);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + LANES);
            s12 = FloatVector.fromArray(S, c, c1 + 2 * LANES);
            s13 = FloatVector.fromArray(S, c, c1 + cLast);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + LANES);
            s22 = FloatVector.fromArray(S, c, c2 + 2 * LANES);
            s23 = FloatVector.fromArray(S, c, c2 + cLast);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + LANES);
            s32 = FloatVector.fromArray(S, c, c3 + 2 * LANES);
            s33 = FloatVector.fromArray(S, c, c3 + cLast);
            s40 = FloatVector.fromArray(S, c, c4);
            s41 = FloatVector.fromArray(S, c, c4 + LANES);
            s42 = FloatVector.fromArray(S, c, c4 + 2 * LANES);
            s43 = FloatVector.fromArray(S, c, c4 + cLast);
            s50 = FloatVector.fromArray(S, c, c5);
            s51 = FloatVector.fromArray(S, c, c5 + LANES);
            s52 = FloatVector.fromArray(S, c, c5 + 2 * LANES);
            s53 = FloatVector.fromArray(S, c, c5 + cLast);
        }
        for (int p = 0; p < kc; p++) {
            int at = aAt + p * lda;
            int from = p * (4 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, panel, from);
            FloatVector y1 = FloatVector.fromArray(S, panel, from + LANES);
            FloatVector y2 = FloatVector.fromArray(S, panel, from + 2 * LANES);
            FloatVector y3 = FloatVector.fromArray(S, panel, from + 3 * LANES);
            FloatVector x = FloatVector.broadcast(S, a[at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
            s03 = x.fma(y3, s03);
            x = FloatVector.broadcast(S, a[at + 1]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            s12 = x.fma(y2, s12);
            s13 = x.fma(y3, s13);
            x = FloatVector.broadcast(S, a[at + 2]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            s22 = x.fma(y2, s22);
            s23 = x.fma(y3, s23);
            x = FloatVector.broadcast(S, a[at + 3]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            s32 = x.fma(y2, s32);
            s33 = x.fma(y3, s33);
            x = FloatVector.broadcast(S, a[at + 4]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            s42 = x.fma(y2, s42);
            s43 = x.fma(y3, s43);
            x = FloatVector.broadcast(S, a[at + 5]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            s52 = x.fma(y2, s52);
            s53 = x.fma(y3, s53);
        }
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + LANES);
        s02.intoArray(c, cAt + 2 * LANES);
        s03.intoArray(c, cAt + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + LANES);
        s12.intoArray(c, c1 + 2 * LANES);
        s13.intoArray(c, c1 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + LANES);
        s22.intoArray(c, c2 + 2 * LANES);
        s23.intoArray(c, c2 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + LANES);
        s32.intoArray(c, c3 + 2 * LANES);
        s33.intoArray(c, c3 + cLast);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + LANES);
        s42.intoArray(c, c4 + 2 * LANES);
        s43.intoArray(c, c4 + cLast);
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + LANES);
        s52.intoArray(c, c5 + 2 * LANES);
        s53.intoArray(c, c5 + cLast);
    }
}
