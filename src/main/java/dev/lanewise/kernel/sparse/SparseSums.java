package dev.lanewise.kernel.sparse;

import dev.lanewise.kernel.core.Species;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register blocks of {@link SparseBatch}: R sums by V vectors. Sum i, from {@code start} on, of value x[xi + e] times the
 * vectors at mAt + terms[x0 + e] of a panel, over e; it goes to y. In the panel they lie side by side; in start and y,
 * vector v is v vectors behind the first, but the last one at {@code last}.
 *
 * <p>The other way round, {@code add2xV} adds two rows a and b, each times its values, to the rows of a panel y. 2 x 4
 * and 2 x 2 one after the other took epochs with 48 columns 5 to 14 % longer than 2 x 6.
 *
 * <p>3 x 8 for 32 vector registers. 2 x 6 for 16, where 3 x 4 spills two of its accumulators. The fences are what they are
 * in {@link SliverTiles}: no instruction, but without them 2 x 6 spills too.
 */
final class SparseSums {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();

    private SparseSums() {
    }

    static void sum3x8(int count, int[] terms, int x0, int x1, int x2, float[] x, float[] m, int mAt, int last,
            float[] start, int start0, int start1, int start2, float[] y, int y0, int y1, int y2) {
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s01 = FloatVector.fromArray(S, start, start0 + LANES);
        FloatVector s02 = FloatVector.fromArray(S, start, start0 + 2 * LANES);
        FloatVector s03 = FloatVector.fromArray(S, start, start0 + 3 * LANES);
        FloatVector s04 = FloatVector.fromArray(S, start, start0 + 4 * LANES);
        FloatVector s05 = FloatVector.fromArray(S, start, start0 + 5 * LANES);
        FloatVector s06 = FloatVector.fromArray(S, start, start0 + 6 * LANES);
        FloatVector s07 = FloatVector.fromArray(S, start, start0 + last);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s11 = FloatVector.fromArray(S, start, start1 + LANES);
        FloatVector s12 = FloatVector.fromArray(S, start, start1 + 2 * LANES);
        FloatVector s13 = FloatVector.fromArray(S, start, start1 + 3 * LANES);
        FloatVector s14 = FloatVector.fromArray(S, start, start1 + 4 * LANES);
        FloatVector s15 = FloatVector.fromArray(S, start, start1 + 5 * LANES);
        FloatVector s16 = FloatVector.fromArray(S, start, start1 + 6 * LANES);
        FloatVector s17 = FloatVector.fromArray(S, start, start1 + last);
        FloatVector s20 = FloatVector.fromArray(S, start, start2);
        FloatVector s21 = FloatVector.fromArray(S, start, start2 + LANES);
        FloatVector s22 = FloatVector.fromArray(S, start, start2 + 2 * LANES);
        FloatVector s23 = FloatVector.fromArray(S, start, start2 + 3 * LANES);
        FloatVector s24 = FloatVector.fromArray(S, start, start2 + 4 * LANES);
        FloatVector s25 = FloatVector.fromArray(S, start, start2 + 5 * LANES);
        FloatVector s26 = FloatVector.fromArray(S, start, start2 + 6 * LANES);
        FloatVector s27 = FloatVector.fromArray(S, start, start2 + last);
        for (int e = 0; e < count; e++) {
            int row = mAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            FloatVector v2 = FloatVector.broadcast(S, x[x2 + e]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            s20 = v2.fma(r, s20);
            r = FloatVector.fromArray(S, m, row + LANES);
            s01 = v0.fma(r, s01);
            s11 = v1.fma(r, s11);
            s21 = v2.fma(r, s21);
            r = FloatVector.fromArray(S, m, row + 2 * LANES);
            s02 = v0.fma(r, s02);
            s12 = v1.fma(r, s12);
            s22 = v2.fma(r, s22);
            r = FloatVector.fromArray(S, m, row + 3 * LANES);
            s03 = v0.fma(r, s03);
            s13 = v1.fma(r, s13);
            s23 = v2.fma(r, s23);
            r = FloatVector.fromArray(S, m, row + 4 * LANES);
            s04 = v0.fma(r, s04);
            s14 = v1.fma(r, s14);
            s24 = v2.fma(r, s24);
            r = FloatVector.fromArray(S, m, row + 5 * LANES);
            s05 = v0.fma(r, s05);
            s15 = v1.fma(r, s15);
            s25 = v2.fma(r, s25);
            r = FloatVector.fromArray(S, m, row + 6 * LANES);
            s06 = v0.fma(r, s06);
            s16 = v1.fma(r, s16);
            s26 = v2.fma(r, s26);
            r = FloatVector.fromArray(S, m, row + 7 * LANES);
            s07 = v0.fma(r, s07);
            s17 = v1.fma(r, s17);
            s27 = v2.fma(r, s27);
        }
        s00.intoArray(y, y0);
        s01.intoArray(y, y0 + LANES);
        s02.intoArray(y, y0 + 2 * LANES);
        s03.intoArray(y, y0 + 3 * LANES);
        s04.intoArray(y, y0 + 4 * LANES);
        s05.intoArray(y, y0 + 5 * LANES);
        s06.intoArray(y, y0 + 6 * LANES);
        s07.intoArray(y, y0 + last);
        s10.intoArray(y, y1);
        s11.intoArray(y, y1 + LANES);
        s12.intoArray(y, y1 + 2 * LANES);
        s13.intoArray(y, y1 + 3 * LANES);
        s14.intoArray(y, y1 + 4 * LANES);
        s15.intoArray(y, y1 + 5 * LANES);
        s16.intoArray(y, y1 + 6 * LANES);
        s17.intoArray(y, y1 + last);
        s20.intoArray(y, y2);
        s21.intoArray(y, y2 + LANES);
        s22.intoArray(y, y2 + 2 * LANES);
        s23.intoArray(y, y2 + 3 * LANES);
        s24.intoArray(y, y2 + 4 * LANES);
        s25.intoArray(y, y2 + 5 * LANES);
        s26.intoArray(y, y2 + 6 * LANES);
        s27.intoArray(y, y2 + last);
    }

    static void sum3x4(int count, int[] terms, int x0, int x1, int x2, float[] x, float[] m, int mAt, int last,
            float[] start, int start0, int start1, int start2, float[] y, int y0, int y1, int y2) {
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s01 = FloatVector.fromArray(S, start, start0 + LANES);
        FloatVector s02 = FloatVector.fromArray(S, start, start0 + 2 * LANES);
        FloatVector s03 = FloatVector.fromArray(S, start, start0 + last);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s11 = FloatVector.fromArray(S, start, start1 + LANES);
        FloatVector s12 = FloatVector.fromArray(S, start, start1 + 2 * LANES);
        FloatVector s13 = FloatVector.fromArray(S, start, start1 + last);
        FloatVector s20 = FloatVector.fromArray(S, start, start2);
        FloatVector s21 = FloatVector.fromArray(S, start, start2 + LANES);
        FloatVector s22 = FloatVector.fromArray(S, start, start2 + 2 * LANES);
        FloatVector s23 = FloatVector.fromArray(S, start, start2 + last);
        for (int e = 0; e < count; e++) {
            int row = mAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            FloatVector v2 = FloatVector.broadcast(S, x[x2 + e]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            s20 = v2.fma(r, s20);
            r = FloatVector.fromArray(S, m, row + LANES);
            s01 = v0.fma(r, s01);
            s11 = v1.fma(r, s11);
            s21 = v2.fma(r, s21);
            r = FloatVector.fromArray(S, m, row + 2 * LANES);
            s02 = v0.fma(r, s02);
            s12 = v1.fma(r, s12);
            s22 = v2.fma(r, s22);
            r = FloatVector.fromArray(S, m, row + 3 * LANES);
            s03 = v0.fma(r, s03);
            s13 = v1.fma(r, s13);
            s23 = v2.fma(r, s23);
        }
        s00.intoArray(y, y0);
        s01.intoArray(y, y0 + LANES);
        s02.intoArray(y, y0 + 2 * LANES);
        s03.intoArray(y, y0 + last);
        s10.intoArray(y, y1);
        s11.intoArray(y, y1 + LANES);
        s12.intoArray(y, y1 + 2 * LANES);
        s13.intoArray(y, y1 + last);
        s20.intoArray(y, y2);
        s21.intoArray(y, y2 + LANES);
        s22.intoArray(y, y2 + 2 * LANES);
        s23.intoArray(y, y2 + last);
    }

    static void sum3x2(int count, int[] terms, int x0, int x1, int x2, float[] x, float[] m, int mAt, int last,
            float[] start, int start0, int start1, int start2, float[] y, int y0, int y1, int y2) {
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s01 = FloatVector.fromArray(S, start, start0 + last);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s11 = FloatVector.fromArray(S, start, start1 + last);
        FloatVector s20 = FloatVector.fromArray(S, start, start2);
        FloatVector s21 = FloatVector.fromArray(S, start, start2 + last);
        for (int e = 0; e < count; e++) {
            int row = mAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            FloatVector v2 = FloatVector.broadcast(S, x[x2 + e]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            s20 = v2.fma(r, s20);
            r = FloatVector.fromArray(S, m, row + LANES);
            s01 = v0.fma(r, s01);
            s11 = v1.fma(r, s11);
            s21 = v2.fma(r, s21);
        }
        s00.intoArray(y, y0);
        s01.intoArray(y, y0 + last);
        s10.intoArray(y, y1);
        s11.intoArray(y, y1 + last);
        s20.intoArray(y, y2);
        s21.intoArray(y, y2 + last);
    }

    static void sum3x1(int count, int[] terms, int x0, int x1, int x2, float[] x, float[] m, int mAt, float[] start,
            int start0, int start1, int start2, float[] y, int y0, int y1, int y2) {
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s20 = FloatVector.fromArray(S, start, start2);
        for (int e = 0; e < count; e++) {
            int row = mAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            FloatVector v2 = FloatVector.broadcast(S, x[x2 + e]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            s20 = v2.fma(r, s20);
        }
        s00.intoArray(y, y0);
        s10.intoArray(y, y1);
        s20.intoArray(y, y2);
    }

    static void sum2x6(int count, int[] terms, int x0, int x1, float[] x, float[] m, int mAt, int last, float[] start,
            int start0, int start1, float[] y, int y0, int y1) {
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s01 = FloatVector.fromArray(S, start, start0 + LANES);
        FloatVector s02 = FloatVector.fromArray(S, start, start0 + 2 * LANES);
        FloatVector s03 = FloatVector.fromArray(S, start, start0 + 3 * LANES);
        FloatVector s04 = FloatVector.fromArray(S, start, start0 + 4 * LANES);
        FloatVector s05 = FloatVector.fromArray(S, start, start0 + last);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s11 = FloatVector.fromArray(S, start, start1 + LANES);
        FloatVector s12 = FloatVector.fromArray(S, start, start1 + 2 * LANES);
        FloatVector s13 = FloatVector.fromArray(S, start, start1 + 3 * LANES);
        FloatVector s14 = FloatVector.fromArray(S, start, start1 + 4 * LANES);
        FloatVector s15 = FloatVector.fromArray(S, start, start1 + last);
        for (int e = 0; e < count; e++) {
            int row = mAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            VarHandle.loadLoadFence();
            r = FloatVector.fromArray(S, m, row + LANES);
            s01 = v0.fma(r, s01);
            s11 = v1.fma(r, s11);
            VarHandle.loadLoadFence();
            r = FloatVector.fromArray(S, m, row + 2 * LANES);
            s02 = v0.fma(r, s02);
            s12 = v1.fma(r, s12);
            VarHandle.loadLoadFence();
            r = FloatVector.fromArray(S, m, row + 3 * LANES);
            s03 = v0.fma(r, s03);
            s13 = v1.fma(r, s13);
            VarHandle.loadLoadFence();
            r = FloatVector.fromArray(S, m, row + 4 * LANES);
            s04 = v0.fma(r, s04);
            s14 = v1.fma(r, s14);
            VarHandle.loadLoadFence();
            r = FloatVector.fromArray(S, m, row + 5 * LANES);
            s05 = v0.fma(r, s05);
            s15 = v1.fma(r, s15);
            VarHandle.loadLoadFence();
        }
        s00.intoArray(y, y0);
        s01.intoArray(y, y0 + LANES);
        s02.intoArray(y, y0 + 2 * LANES);
        s03.intoArray(y, y0 + 3 * LANES);
        s04.intoArray(y, y0 + 4 * LANES);
        s05.intoArray(y, y0 + last);
        s10.intoArray(y, y1);
        s11.intoArray(y, y1 + LANES);
        s12.intoArray(y, y1 + 2 * LANES);
        s13.intoArray(y, y1 + 3 * LANES);
        s14.intoArray(y, y1 + 4 * LANES);
        s15.intoArray(y, y1 + last);
    }

    static void sum2x4(int count, int[] terms, int x0, int x1, float[] x, float[] m, int mAt, int last, float[] start,
            int start0, int start1, float[] y, int y0, int y1) {
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s01 = FloatVector.fromArray(S, start, start0 + LANES);
        FloatVector s02 = FloatVector.fromArray(S, start, start0 + 2 * LANES);
        FloatVector s03 = FloatVector.fromArray(S, start, start0 + last);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s11 = FloatVector.fromArray(S, start, start1 + LANES);
        FloatVector s12 = FloatVector.fromArray(S, start, start1 + 2 * LANES);
        FloatVector s13 = FloatVector.fromArray(S, start, start1 + last);
        for (int e = 0; e < count; e++) {
            int row = mAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            r = FloatVector.fromArray(S, m, row + LANES);
            s01 = v0.fma(r, s01);
            s11 = v1.fma(r, s11);
            r = FloatVector.fromArray(S, m, row + 2 * LANES);
            s02 = v0.fma(r, s02);
            s12 = v1.fma(r, s12);
            r = FloatVector.fromArray(S, m, row + 3 * LANES);
            s03 = v0.fma(r, s03);
            s13 = v1.fma(r, s13);
        }
        s00.intoArray(y, y0);
        s01.intoArray(y, y0 + LANES);
        s02.intoArray(y, y0 + 2 * LANES);
        s03.intoArray(y, y0 + last);
        s10.intoArray(y, y1);
        s11.intoArray(y, y1 + LANES);
        s12.intoArray(y, y1 + 2 * LANES);
        s13.intoArray(y, y1 + last);
    }

    static void sum2x2(int count, int[] terms, int x0, int x1, float[] x, float[] m, int mAt, int last, float[] start,
            int start0, int start1, float[] y, int y0, int y1) {
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s01 = FloatVector.fromArray(S, start, start0 + last);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s11 = FloatVector.fromArray(S, start, start1 + last);
        for (int e = 0; e < count; e++) {
            int row = mAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            r = FloatVector.fromArray(S, m, row + LANES);
            s01 = v0.fma(r, s01);
            s11 = v1.fma(r, s11);
        }
        s00.intoArray(y, y0);
        s01.intoArray(y, y0 + last);
        s10.intoArray(y, y1);
        s11.intoArray(y, y1 + last);
    }

    static void sum2x1(int count, int[] terms, int x0, int x1, float[] x, float[] m, int mAt, float[] start, int start0,
            int start1, float[] y, int y0, int y1) {
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        for (int e = 0; e < count; e++) {
            int row = mAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
        }
        s00.intoArray(y, y0);
        s10.intoArray(y, y1);
    }

    static void add2x6(int from, int to, int[] terms, int x0, int x1, float[] x, float[] a, int a0, float[] b, int b0,
            int last, float[] y, int yAt) {
        FloatVector av0 = FloatVector.fromArray(S, a, a0);
        FloatVector av1 = FloatVector.fromArray(S, a, a0 + LANES);
        FloatVector av2 = FloatVector.fromArray(S, a, a0 + 2 * LANES);
        FloatVector av3 = FloatVector.fromArray(S, a, a0 + 3 * LANES);
        FloatVector av4 = FloatVector.fromArray(S, a, a0 + 4 * LANES);
        FloatVector av5 = FloatVector.fromArray(S, a, a0 + last);
        FloatVector bv0 = FloatVector.fromArray(S, b, b0);
        FloatVector bv1 = FloatVector.fromArray(S, b, b0 + LANES);
        FloatVector bv2 = FloatVector.fromArray(S, b, b0 + 2 * LANES);
        FloatVector bv3 = FloatVector.fromArray(S, b, b0 + 3 * LANES);
        FloatVector bv4 = FloatVector.fromArray(S, b, b0 + 4 * LANES);
        FloatVector bv5 = FloatVector.fromArray(S, b, b0 + last);
        for (int e = from; e < to; e++) {
            int row = yAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            v1.fma(bv0, v0.fma(av0, FloatVector.fromArray(S, y, row))).intoArray(y, row);
            v1.fma(bv1, v0.fma(av1, FloatVector.fromArray(S, y, row + LANES))).intoArray(y, row + LANES);
            v1.fma(bv2, v0.fma(av2, FloatVector.fromArray(S, y, row + 2 * LANES))).intoArray(y, row + 2 * LANES);
            v1.fma(bv3, v0.fma(av3, FloatVector.fromArray(S, y, row + 3 * LANES))).intoArray(y, row + 3 * LANES);
            v1.fma(bv4, v0.fma(av4, FloatVector.fromArray(S, y, row + 4 * LANES))).intoArray(y, row + 4 * LANES);
            v1.fma(bv5, v0.fma(av5, FloatVector.fromArray(S, y, row + 5 * LANES))).intoArray(y, row + 5 * LANES);
        }
    }

    static void add2x4(int from, int to, int[] terms, int x0, int x1, float[] x, float[] a, int a0, float[] b, int b0,
            int last, float[] y, int yAt) {
        FloatVector av0 = FloatVector.fromArray(S, a, a0);
        FloatVector av1 = FloatVector.fromArray(S, a, a0 + LANES);
        FloatVector av2 = FloatVector.fromArray(S, a, a0 + 2 * LANES);
        FloatVector av3 = FloatVector.fromArray(S, a, a0 + last);
        FloatVector bv0 = FloatVector.fromArray(S, b, b0);
        FloatVector bv1 = FloatVector.fromArray(S, b, b0 + LANES);
        FloatVector bv2 = FloatVector.fromArray(S, b, b0 + 2 * LANES);
        FloatVector bv3 = FloatVector.fromArray(S, b, b0 + last);
        for (int e = from; e < to; e++) {
            int row = yAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            v1.fma(bv0, v0.fma(av0, FloatVector.fromArray(S, y, row))).intoArray(y, row);
            v1.fma(bv1, v0.fma(av1, FloatVector.fromArray(S, y, row + LANES))).intoArray(y, row + LANES);
            v1.fma(bv2, v0.fma(av2, FloatVector.fromArray(S, y, row + 2 * LANES))).intoArray(y, row + 2 * LANES);
            v1.fma(bv3, v0.fma(av3, FloatVector.fromArray(S, y, row + 3 * LANES))).intoArray(y, row + 3 * LANES);
        }
    }

    static void add2x2(int from, int to, int[] terms, int x0, int x1, float[] x, float[] a, int a0, float[] b, int b0,
            int last, float[] y, int yAt) {
        FloatVector av0 = FloatVector.fromArray(S, a, a0);
        FloatVector av1 = FloatVector.fromArray(S, a, a0 + last);
        FloatVector bv0 = FloatVector.fromArray(S, b, b0);
        FloatVector bv1 = FloatVector.fromArray(S, b, b0 + last);
        for (int e = from; e < to; e++) {
            int row = yAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            v1.fma(bv0, v0.fma(av0, FloatVector.fromArray(S, y, row))).intoArray(y, row);
            v1.fma(bv1, v0.fma(av1, FloatVector.fromArray(S, y, row + LANES))).intoArray(y, row + LANES);
        }
    }

    static void add2x1(int from, int to, int[] terms, int x0, int x1, float[] x, float[] a, int a0, float[] b, int b0,
            float[] y, int yAt) {
        FloatVector av0 = FloatVector.fromArray(S, a, a0);
        FloatVector bv0 = FloatVector.fromArray(S, b, b0);
        for (int e = from; e < to; e++) {
            int row = yAt + terms[x0 + e];
            FloatVector v0 = FloatVector.broadcast(S, x[x0 + e]);
            FloatVector v1 = FloatVector.broadcast(S, x[x1 + e]);
            v1.fma(bv0, v0.fma(av0, FloatVector.fromArray(S, y, row))).intoArray(y, row);
        }
    }
}
