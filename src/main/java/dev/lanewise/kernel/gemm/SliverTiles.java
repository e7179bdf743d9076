package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tiles of {@link SlimGemm}: R rows by two vectors of C stay in registers while k runs. As {@link SlimTiles},
 * but with A in a sliver of its own, rows LDA apart ({@code rows}) or side by side as [kc, R] ({@code cols}): one index
 * with constants behind it reaches all R elements, and two steps of k can share the loop's overhead. That takes 25
 * instructions for 12 multiply-adds instead of 34, and what it saves counts where the other thread of the core is busy, as
 * it may be on a cloud machine: 79 GFLOP/s instead of 61 then, 96 and 95 else, of 99 (Zen 3).
 *
 * <p><b>The fences</b> are for C2, and no instruction on x86: loads do not move across them. Without, C2 loads all elements of
 * A for two steps before it multiplies the first, runs out of registers and stores accumulators to the stack, at 40
 * GFLOP/s.
 *
 * <p>Rows beyond {@code last} are computed from whatever is in the sliver; they are stored first, to row {@code last},
 * which then overwrites them.
 */
final class SliverTiles {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();
    private static final int LDA = SlimGemm.LDA;

    private SliverTiles() {
    }

    static void rows4x2(int kc, float[] a, int last, float[] b, int bAt, boolean fromZero, float[] c, int cAt, int ldc,
            int cLast) {
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
        int odd = kc & 1;
        if (odd != 0) {
            FloatVector y0 = FloatVector.fromArray(S, b, bAt);
            FloatVector y1 = FloatVector.fromArray(S, b, bAt + LANES);
            FloatVector x = FloatVector.broadcast(S, a[0]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = FloatVector.broadcast(S, a[LDA]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = FloatVector.broadcast(S, a[2 * LDA]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = FloatVector.broadcast(S, a[3 * LDA]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
        }
        for (int p = odd; p < kc; p += 2) {
            int from = bAt + p * (2 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, b, from);
            FloatVector y1 = FloatVector.fromArray(S, b, from + LANES);
            FloatVector x = FloatVector.broadcast(S, a[p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + LDA]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 2 * LDA]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 3 * LDA]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            VarHandle.loadLoadFence();
            y0 = FloatVector.fromArray(S, b, from + 2 * LANES);
            y1 = FloatVector.fromArray(S, b, from + 3 * LANES);
            x = FloatVector.broadcast(S, a[p + 1]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + LDA + 1]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 2 * LDA + 1]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 3 * LDA + 1]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            VarHandle.loadLoadFence();
        }
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + cLast);
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + cLast);
    }

    static void rows6x2(int kc, float[] a, int last, float[] b, int bAt, boolean fromZero, float[] c, int cAt, int ldc,
            int cLast) {
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
        int odd = kc & 1;
        if (odd != 0) {
            FloatVector y0 = FloatVector.fromArray(S, b, bAt);
            FloatVector y1 = FloatVector.fromArray(S, b, bAt + LANES);
            FloatVector x = FloatVector.broadcast(S, a[0]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = FloatVector.broadcast(S, a[LDA]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = FloatVector.broadcast(S, a[2 * LDA]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = FloatVector.broadcast(S, a[3 * LDA]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            x = FloatVector.broadcast(S, a[4 * LDA]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            x = FloatVector.broadcast(S, a[5 * LDA]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
        }
        for (int p = odd; p < kc; p += 2) {
            int from = bAt + p * (2 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, b, from);
            FloatVector y1 = FloatVector.fromArray(S, b, from + LANES);
            FloatVector x = FloatVector.broadcast(S, a[p]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + LDA]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 2 * LDA]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 3 * LDA]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 4 * LDA]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 5 * LDA]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            VarHandle.loadLoadFence();
            y0 = FloatVector.fromArray(S, b, from + 2 * LANES);
            y1 = FloatVector.fromArray(S, b, from + 3 * LANES);
            x = FloatVector.broadcast(S, a[p + 1]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + LDA + 1]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 2 * LDA + 1]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 3 * LDA + 1]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 4 * LDA + 1]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[p + 5 * LDA + 1]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            VarHandle.loadLoadFence();
        }
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + cLast);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + cLast);
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + cLast);
    }

    static void cols4x2(int kc, float[] a, int last, float[] b, int bAt, boolean fromZero, float[] c, int cAt, int ldc,
            int cLast) {
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
        int odd = kc & 1;
        if (odd != 0) {
            FloatVector y0 = FloatVector.fromArray(S, b, bAt);
            FloatVector y1 = FloatVector.fromArray(S, b, bAt + LANES);
            FloatVector x = FloatVector.broadcast(S, a[0]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = FloatVector.broadcast(S, a[1]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = FloatVector.broadcast(S, a[2]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = FloatVector.broadcast(S, a[3]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
        }
        for (int p = odd; p < kc; p += 2) {
            int at = 4 * p;
            int from = bAt + p * (2 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, b, from);
            FloatVector y1 = FloatVector.fromArray(S, b, from + LANES);
            FloatVector x = FloatVector.broadcast(S, a[at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 1]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 2]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 3]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            VarHandle.loadLoadFence();
            y0 = FloatVector.fromArray(S, b, from + 2 * LANES);
            y1 = FloatVector.fromArray(S, b, from + 3 * LANES);
            x = FloatVector.broadcast(S, a[at + 4]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 5]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 6]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 7]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            VarHandle.loadLoadFence();
        }
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + cLast);
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + cLast);
    }

    static void cols6x2(int kc, float[] a, int last, float[] b, int bAt, boolean fromZero, float[] c, int cAt, int ldc,
            int cLast) {
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
        int odd = kc & 1;
        if (odd != 0) {
            FloatVector y0 = FloatVector.fromArray(S, b, bAt);
            FloatVector y1 = FloatVector.fromArray(S, b, bAt + LANES);
            FloatVector x = FloatVector.broadcast(S, a[0]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = FloatVector.broadcast(S, a[1]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = FloatVector.broadcast(S, a[2]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = FloatVector.broadcast(S, a[3]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            x = FloatVector.broadcast(S, a[4]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            x = FloatVector.broadcast(S, a[5]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
        }
        for (int p = odd; p < kc; p += 2) {
            int at = 6 * p;
            int from = bAt + p * (2 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, b, from);
            FloatVector y1 = FloatVector.fromArray(S, b, from + LANES);
            FloatVector x = FloatVector.broadcast(S, a[at]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 1]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 2]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 3]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 4]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 5]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            VarHandle.loadLoadFence();
            y0 = FloatVector.fromArray(S, b, from + 2 * LANES);
            y1 = FloatVector.fromArray(S, b, from + 3 * LANES);
            x = FloatVector.broadcast(S, a[at + 6]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 7]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 8]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 9]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 10]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(S, a[at + 11]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
            VarHandle.loadLoadFence();
        }
        s50.intoArray(c, c5);
        s51.intoArray(c, c5 + cLast);
        s40.intoArray(c, c4);
        s41.intoArray(c, c4 + cLast);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + cLast);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + cLast);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + cLast);
        s00.intoArray(c, cAt);
        s01.intoArray(c, cAt + cLast);
    }
}
