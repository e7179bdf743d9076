package dev.lanewise.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Register tiles of {@link Gemm}: R rows by V vectors of C stay in registers while k runs; each step loads V vectors of
 * B and multiplies them by R elements of A, broadcast from where they lie.
 *
 * <p>A tile loads, chains and stores in one method with a local per accumulator: vectors passed to or returned from a
 * method that is not inlined are boxed, at a tenth of the speed. What differs between tiles is R and V alone.
 *
 * <p>The arguments, the same for all: element (i, p) of A is at a0 + i rowStep + p colStep; row p of B at bAt + p ldb,
 * its second and third vector b1 and b2 behind the first; row i of C at c0 + i ldc, its second and third vector v1 and
 * v2 behind the first. Rows beyond {@code last} repeat row {@code last}: all loads of C precede all stores, so that row
 * is merely computed more than once, and a tile at the lower edge needs no masks. In the same way vectors may overlap
 * at the right edge.
 */
final class GemmTiles {
    private static final VectorSpecies<Float> S = VectorWidth.FLOATS;

    private GemmTiles() {
    }

    static void tile8x3(int kc, float[] a, int a0, int rowStep, int colStep, int last, float[] b, int bAt, int ldb,
            int b1, int b2, boolean fromZero, float[] c, int c0, int ldc, int v1, int v2) {
        int a1 = a0 + Math.min(1, last) * rowStep;
        int a2 = a0 + Math.min(2, last) * rowStep;
        int a3 = a0 + Math.min(3, last) * rowStep;
        int a4 = a0 + Math.min(4, last) * rowStep;
        int a5 = a0 + Math.min(5, last) * rowStep;
        int a6 = a0 + Math.min(6, last) * rowStep;
        int a7 = a0 + Math.min(7, last) * rowStep;
        int c1 = c0 + Math.min(1, last) * ldc;
        int c2 = c0 + Math.min(2, last) * ldc;
        int c3 = c0 + Math.min(3, last) * ldc;
        int c4 = c0 + Math.min(4, last) * ldc;
        int c5 = c0 + Math.min(5, last) * ldc;
        int c6 = c0 + Math.min(6, last) * ldc;
        int c7 = c0 + Math.min(7, last) * ldc;
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
        FloatVector s60 = FloatVector.zero(S);
        FloatVector s61 = FloatVector.zero(S);
        FloatVector s62 = FloatVector.zero(S);
        FloatVector s70 = FloatVector.zero(S);
        FloatVector s71 = FloatVector.zero(S);
        FloatVector s72 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, c0);
            s01 = FloatVector.fromArray(S, c, c0 + v1);
            s02 = FloatVector.fromArray(S, c, c0 + v2);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + v1);
            s12 = FloatVector.fromArray(S, c, c1 + v2);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + v1);
            s22 = FloatVector.fromArray(S, c, c2 + v2);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + v1);
            s32 = FloatVector.fromArray(S, c, c3 + v2);
            s40 = FloatVector.fromArray(S, c, c4);
            s41 = FloatVector.fromArray(S, c, c4 + v1);
            s42 = FloatVector.fromArray(S, c, c4 + v2);
            s50 = FloatVector.fromArray(S, c, c5);
            s51 = FloatVector.fromArray(S, c, c5 + v1);
            s52 = FloatVector.fromArray(S, c, c5 + v2);
            s60 = FloatVector.fromArray(S, c, c6);
            s61 = FloatVector.fromArray(S, c, c6 + v1);
            s62 = FloatVector.fromArray(S, c, c6 + v2);
            s70 = FloatVector.fromArray(S, c, c7);
            s71 = FloatVector.fromArray(S, c, c7 + v1);
            s72 = FloatVector.fromArray(S, c, c7 + v2);
        }
        for (int p = 0; p < kc; p++) {
            int at = p * colStep;
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector y1 = FloatVector.fromArray(S, b, row + b1);
            FloatVector y2 = FloatVector.fromArray(S, b, row + b2);
            FloatVector x = FloatVector.broadcast(S, a[a0 + at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
            x = FloatVector.broadcast(S, a[a1 + at]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            s12 = x.fma(y2, s12);
            x = FloatVector.broadcast(S, a[a2 + at]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            s22 = x.fma(y2, s22);
            x = FloatVector.broadcast(S, a[a3 + at]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            s32 = x.fma(y2, s32);
            x = FloatVector.broadcast(S, a[a4 + at]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            s42 = x.fma(y2, s42);
            x = FloatVector.broadcast(S, a[a5 + at]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            s52 = x.fma(y2, s52);
            x = FloatVector.broadcast(S, a[a6 + at]);
            s60 = x.fma(y0, s60);
            s61 = x.fma(y1, s61);
            s62 = x.fma(y2, s62);
            x = FloatVector.broadcast(S, a[a7 + at]);
            s70 = x.fma(y0, s70);
            s71 = x.fma(y1, s71);
            s72 = x.fma(y2, s72);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + v1);
        s02.intoArray(c, c0 + v2);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + v1);
        s12.intoArray(c, c1 + v2);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + v1);
        s22.intoArray(c, c2 + v2);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + v1);
        s32.intoArray(c, c3 + v2);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + v1);
        s42.intoArray(c, c4 + v2);
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + v1);
        s52.intoArray(c, c5 + v2);
        s60.intoArray(c, c6);
        s61.intoArray(c, c6 + v1);
        s62.intoArray(c, c6 + v2);
        s70.intoArray(c, c7);
        s71.intoArray(c, c7 + v1);
        s72.intoArray(c, c7 + v2);
    }

    static void tile8x2(int kc, float[] a, int a0, int rowStep, int colStep, int last, float[] b, int bAt, int ldb,
            int b1, int b2, boolean fromZero, float[] c, int c0, int ldc, int v1, int v2) {
        int a1 = a0 + Math.min(1, last) * rowStep;
        int a2 = a0 + Math.min(2, last) * rowStep;
        int a3 = a0 + Math.min(3, last) * rowStep;
        int a4 = a0 + Math.min(4, last) * rowStep;
        int a5 = a0 + Math.min(5, last) * rowStep;
        int a6 = a0 + Math.min(6, last) * rowStep;
        int a7 = a0 + Math.min(7, last) * rowStep;
        int c1 = c0 + Math.min(1, last) * ldc;
        int c2 = c0 + Math.min(2, last) * ldc;
        int c3 = c0 + Math.min(3, last) * ldc;
        int c4 = c0 + Math.min(4, last) * ldc;
        int c5 = c0 + Math.min(5, last) * ldc;
        int c6 = c0 + Math.min(6, last) * ldc;
        int c7 = c0 + Math.min(7, last) * ldc;
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
            s00 = FloatVector.fromArray(S, c, c0);
            s01 = FloatVector.fromArray(S, c, c0 + v1);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + v1);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + v1);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + v1);
            s40 = FloatVector.fromArray(S, c, c4);
            s41 = FloatVector.fromArray(S, c, c4 + v1);
            s50 = FloatVector.fromArray(S, c, c5);
            s51 = FloatVector.fromArray(S, c, c5 + v1);
            s60 = FloatVector.fromArray(S, c, c6);
            s61 = FloatVector.fromArray(S, c, c6 + v1);
            s70 = FloatVector.fromArray(S, c, c7);
            s71 = FloatVector.fromArray(S, c, c7 + v1);
        }
        for (int p = 0; p < kc; p++) {
            int at = p * colStep;
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector y1 = FloatVector.fromArray(S, b, row + b1);
            FloatVector x = FloatVector.broadcast(S, a[a0 + at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = FloatVector.broadcast(S, a[a1 + at]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = FloatVector.broadcast(S, a[a2 + at]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = FloatVector.broadcast(S, a[a3 + at]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            x = FloatVector.broadcast(S, a[a4 + at]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            x = FloatVector.broadcast(S, a[a5 + at]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            x = FloatVector.broadcast(S, a[a6 + at]);
            s60 = x.fma(y0, s60);
            s61 = x.fma(y1, s61);
            x = FloatVector.broadcast(S, a[a7 + at]);
            s70 = x.fma(y0, s70);
            s71 = x.fma(y1, s71);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + v1);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + v1);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + v1);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + v1);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + v1);
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + v1);
        s60.intoArray(c, c6);
        s61.intoArray(c, c6 + v1);
        s70.intoArray(c, c7);
        s71.intoArray(c, c7 + v1);
    }

    static void tile8x1(int kc, float[] a, int a0, int rowStep, int colStep, int last, float[] b, int bAt, int ldb,
            int b1, int b2, boolean fromZero, float[] c, int c0, int ldc, int v1, int v2) {
        int a1 = a0 + Math.min(1, last) * rowStep;
        int a2 = a0 + Math.min(2, last) * rowStep;
        int a3 = a0 + Math.min(3, last) * rowStep;
        int a4 = a0 + Math.min(4, last) * rowStep;
        int a5 = a0 + Math.min(5, last) * rowStep;
        int a6 = a0 + Math.min(6, last) * rowStep;
        int a7 = a0 + Math.min(7, last) * rowStep;
        int c1 = c0 + Math.min(1, last) * ldc;
        int c2 = c0 + Math.min(2, last) * ldc;
        int c3 = c0 + Math.min(3, last) * ldc;
        int c4 = c0 + Math.min(4, last) * ldc;
        int c5 = c0 + Math.min(5, last) * ldc;
        int c6 = c0 + Math.min(6, last) * ldc;
        int c7 = c0 + Math.min(7, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s40 = FloatVector.zero(S);
        FloatVector s50 = FloatVector.zero(S);
        FloatVector s60 = FloatVector.zero(S);
        FloatVector s70 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, c0);
            s10 = FloatVector.fromArray(S, c, c1);
            s20 = FloatVector.fromArray(S, c, c2);
            s30 = FloatVector.fromArray(S, c, c3);
            s40 = FloatVector.fromArray(S, c, c4);
            s50 = FloatVector.fromArray(S, c, c5);
            s60 = FloatVector.fromArray(S, c, c6);
            s70 = FloatVector.fromArray(S, c, c7);
        }
        for (int p = 0; p < kc; p++) {
            int at = p * colStep;
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector x = FloatVector.broadcast(S, a[a0 + at]);
            s00 = x.fma(y0, s00);
            x = FloatVector.broadcast(S, a[a1 + at]);
            s10 = x.fma(y0, s10);
            x = FloatVector.broadcast(S, a[a2 + at]);
            s20 = x.fma(y0, s20);
            x = FloatVector.broadcast(S, a[a3 + at]);
            s30 = x.fma(y0, s30);
            x = FloatVector.broadcast(S, a[a4 + at]);
            s40 = x.fma(y0, s40);
            x = FloatVector.broadcast(S, a[a5 + at]);
            s50 = x.fma(y0, s50);
            x = FloatVector.broadcast(S, a[a6 + at]);
            s60 = x.fma(y0, s60);
            x = FloatVector.broadcast(S, a[a7 + at]);
            s70 = x.fma(y0, s70);
        }
        s00.intoArray(c, c0);
        s10.intoArray(c, c1);
        s20.intoArray(c, c2);
        s30.intoArray(c, c3);
        s40.intoArray(c, c4);
        s50.intoArray(c, c5);
        s60.intoArray(c, c6);
        s70.intoArray(c, c7);
    }

    static void tile4x2(int kc, float[] a, int a0, int rowStep, int colStep, int last, float[] b, int bAt, int ldb,
            int b1, int b2, boolean fromZero, float[] c, int c0, int ldc, int v1, int v2) {
        int a1 = a0 + Math.min(1, last) * rowStep;
        int a2 = a0 + Math.min(2, last) * rowStep;
        int a3 = a0 + Math.min(3, last) * rowStep;
        int c1 = c0 + Math.min(1, last) * ldc;
        int c2 = c0 + Math.min(2, last) * ldc;
        int c3 = c0 + Math.min(3, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s11 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s21 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        FloatVector s31 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, c0);
            s01 = FloatVector.fromArray(S, c, c0 + v1);
            s10 = FloatVector.fromArray(S, c, c1);
            s11 = FloatVector.fromArray(S, c, c1 + v1);
            s20 = FloatVector.fromArray(S, c, c2);
            s21 = FloatVector.fromArray(S, c, c2 + v1);
            s30 = FloatVector.fromArray(S, c, c3);
            s31 = FloatVector.fromArray(S, c, c3 + v1);
        }
        for (int p = 0; p < kc; p++) {
            int at = p * colStep;
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector y1 = FloatVector.fromArray(S, b, row + b1);
            FloatVector x = FloatVector.broadcast(S, a[a0 + at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = FloatVector.broadcast(S, a[a1 + at]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = FloatVector.broadcast(S, a[a2 + at]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = FloatVector.broadcast(S, a[a3 + at]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + v1);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + v1);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + v1);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + v1);
    }

    static void tile4x1(int kc, float[] a, int a0, int rowStep, int colStep, int last, float[] b, int bAt, int ldb,
            int b1, int b2, boolean fromZero, float[] c, int c0, int ldc, int v1, int v2) {
        int a1 = a0 + Math.min(1, last) * rowStep;
        int a2 = a0 + Math.min(2, last) * rowStep;
        int a3 = a0 + Math.min(3, last) * rowStep;
        int c1 = c0 + Math.min(1, last) * ldc;
        int c2 = c0 + Math.min(2, last) * ldc;
        int c3 = c0 + Math.min(3, last) * ldc;
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, c0);
            s10 = FloatVector.fromArray(S, c, c1);
            s20 = FloatVector.fromArray(S, c, c2);
            s30 = FloatVector.fromArray(S, c, c3);
        }
        for (int p = 0; p < kc; p++) {
            int at = p * colStep;
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector x = FloatVector.broadcast(S, a[a0 + at]);
            s00 = x.fma(y0, s00);
            x = FloatVector.broadcast(S, a[a1 + at]);
            s10 = x.fma(y0, s10);
            x = FloatVector.broadcast(S, a[a2 + at]);
            s20 = x.fma(y0, s20);
            x = FloatVector.broadcast(S, a[a3 + at]);
            s30 = x.fma(y0, s30);
        }
        s00.intoArray(c, c0);
        s10.intoArray(c, c1);
        s20.intoArray(c, c2);
        s30.intoArray(c, c3);
    }

    static void tile1x3(int kc, float[] a, int a0, int rowStep, int colStep, int last, float[] b, int bAt, int ldb,
            int b1, int b2, boolean fromZero, float[] c, int c0, int ldc, int v1, int v2) {
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        FloatVector s02 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, c0);
            s01 = FloatVector.fromArray(S, c, c0 + v1);
            s02 = FloatVector.fromArray(S, c, c0 + v2);
        }
        for (int p = 0; p < kc; p++) {
            int at = p * colStep;
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector y1 = FloatVector.fromArray(S, b, row + b1);
            FloatVector y2 = FloatVector.fromArray(S, b, row + b2);
            FloatVector x = FloatVector.broadcast(S, a[a0 + at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            s02 = x.fma(y2, s02);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + v1);
        s02.intoArray(c, c0 + v2);
    }

    static void tile1x2(int kc, float[] a, int a0, int rowStep, int colStep, int last, float[] b, int bAt, int ldb,
            int b1, int b2, boolean fromZero, float[] c, int c0, int ldc, int v1, int v2) {
        FloatVector s00 = FloatVector.zero(S);
        FloatVector s01 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, c0);
            s01 = FloatVector.fromArray(S, c, c0 + v1);
        }
        for (int p = 0; p < kc; p++) {
            int at = p * colStep;
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector y1 = FloatVector.fromArray(S, b, row + b1);
            FloatVector x = FloatVector.broadcast(S, a[a0 + at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + v1);
    }

    static void tile1x1(int kc, float[] a, int a0, int rowStep, int colStep, int last, float[] b, int bAt, int ldb,
            int b1, int b2, boolean fromZero, float[] c, int c0, int ldc, int v1, int v2) {
        FloatVector s00 = FloatVector.zero(S);
        if (!fromZero) {
            s00 = FloatVector.fromArray(S, c, c0);
        }
        for (int p = 0; p < kc; p++) {
            int at = p * colStep;
            int row = bAt + p * ldb;
            FloatVector y0 = FloatVector.fromArray(S, b, row);
            FloatVector x = FloatVector.broadcast(S, a[a0 + at]);
            s00 = x.fma(y0, s00);
        }
        s00.intoArray(c, c0);
    }
}
