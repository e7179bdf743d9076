package dev.lanewise.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix multiply, C = alpha op(A) op(B) + beta C, on row-major floats; op is the identity or the transpose.
 *
 * <p><b>The result is defined to the bit</b>: each element of C is the chain {@code c = fma(alpha * a, b, c)} over k
 * ascending, started from {@code beta * c} (from +0 where beta is 0; C is then not read). Blocks along k continue the
 * chain instead of adding partial sums, and threads share rows or columns of C, never k. So block sizes, tile, vector
 * width and number of threads change the speed alone; {@link ScalarGemm} gives the same bits.
 *
 * <p>The structure is that of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): three
 * loops cut the operands into blocks that fit the caches, two walk a block in register tiles.
 */
public final class Gemm {
    private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
    private static final int LANES = S.length();

    // A tile of MR x 2 vectors of C stays in registers. 512 bits come with 32 registers: 8 x 2 leaves room for
    // operands. 256 and 128 bits on x86 have 16, where more than 4 x 2 spills.
    private static final int MR = LANES == 16 ? 8 : 4;
    private static final int NR = 2 * LANES;

    // A panel of B, KC x NR, is read once per tile and stays in L1 (32 KiB at 512 bits); a block of A, MC x KC, stays
    // in L2 (128 KiB); a block of B, KC x NC, in L3 (1 MiB).
    private static final int KC = 256;
    private static final int MC = 128;
    private static final int NC = 1024;

    private static final ThreadLocal<Panels> PANELS = ThreadLocal.withInitial(Panels::new);

    /** A thread's packed blocks and the tile that catches the edges of C. */
    private static final class Panels {
        final float[] a = new float[MC * KC]; // [MC / MR][KC][MR]
        final float[] b = new float[KC * NC]; // [NC / NR][KC][NR]
        final float[] edge = new float[MR * NR]; // [MR, NR]
    }

    private Gemm() {
    }

    /**
     * C = alpha op(A) op(B) + beta C on the calling thread.
     *
     * @param transA whether A is stored [k, m] instead of [m, k]
     * @param transB whether B is stored [n, k] instead of [k, n]
     * @param m rows of op(A) and C
     * @param n columns of op(B) and C
     * @param k columns of op(A) and rows of op(B); 0 leaves beta C
     * @param alpha multiplies each element of A, rounded once, before the chain
     * @param lda elements from one stored row of A to the next; likewise ldb and ldc
     * @param beta multiplies C before the chain; with 0, C need not be initialised
     * @param c overwritten; must not overlap A or B
     * @throws IllegalArgumentException naming the argument that does not fit
     */
    public static void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset,
            int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc) {
        check(transA, transB, m, n, k, a, aOffset, lda, b, bOffset, ldb, c, cOffset, ldc);
        multiply(transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset, ldc);
    }

    /** As the single-threaded product, on a team: each worker computes a band of C along its longer side. */
    public static void sgemm(Workers workers, boolean transA, boolean transB, int m, int n, int k, float alpha,
            float[] a,
            int aOffset, int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc) {
        check(transA, transB, m, n, k, a, aOffset, lda, b, bOffset, ldb, c, cOffset, ldc);
        workers.run((worker, count) -> {
            if (m >= n) {
                int from = Workers.share(m, MR, worker, count);
                int rows = Workers.share(m, MR, worker + 1, count) - from;
                multiply(transA, transB, rows, n, k, alpha, a, aOffset + (transA ? from : from * lda), lda, b, bOffset,
                        ldb, beta, c, cOffset + from * ldc, ldc);
            } else {
                int from = Workers.share(n, NR, worker, count);
                int cols = Workers.share(n, NR, worker + 1, count) - from;
                multiply(transA, transB, m, cols, k, alpha, a, aOffset, lda, b, bOffset + (transB ? from * ldb : from),
                        ldb, beta, c, cOffset + from, ldc);
            }
        });
    }

    static void check(boolean transA, boolean transB, int m, int n, int k, float[] a, int aOffset, int lda, float[] b,
            int bOffset, int ldb, float[] c, int cOffset, int ldc) {
        Check.size("m", m);
        Check.size("n", n);
        Check.size("k", k);
        Check.matrix("a", a.length, aOffset, transA ? k : m, transA ? m : k, lda);
        Check.matrix("b", b.length, bOffset, transB ? n : k, transB ? k : n, ldb);
        Check.matrix("c", c.length, cOffset, m, n, ldc);
    }

    private static void multiply(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a,
            int aOffset,
            int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc) {
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0 || beta != 0f && beta != 1f) {
            scale(m, n, beta, c, cOffset, ldc);
        }
        Panels panels = PANELS.get();
        for (int jc = 0; jc < n; jc += NC) {
            int nc = Math.min(NC, n - jc);
            for (int pc = 0; pc < k; pc += KC) {
                int kc = Math.min(KC, k - pc);
                boolean fromZero = pc == 0 && beta == 0f;
                packB(transB, kc, nc, b, bOffset + (transB ? jc * ldb + pc : pc * ldb + jc), ldb, panels.b);
                for (int ic = 0; ic < m; ic += MC) {
                    int mc = Math.min(MC, m - ic);
                    packA(transA, mc, kc, alpha, a, aOffset + (transA ? pc * lda + ic : ic * lda + pc), lda, panels.a);
                    block(mc, nc, kc, panels, fromZero, c, cOffset + ic * ldc + jc, ldc);
                }
            }
        }
    }

    /** The two inner loops: every tile of an mc x nc block of C. */
    private static void block(int mc, int nc, int kc, Panels panels, boolean fromZero, float[] c, int cOffset,
            int ldc) {
        for (int jr = 0; jr < nc; jr += NR) {
            for (int ir = 0; ir < mc; ir += MR) {
                int at = cOffset + ir * ldc + jr;
                if (mc - ir >= MR && nc - jr >= NR) {
                    tile(kc, panels.a, ir * kc, panels.b, jr * kc, fromZero, c, at, ldc);
                } else {
                    edge(Math.min(MR, mc - ir), Math.min(NR, nc - jr), kc, panels, ir * kc, jr * kc, fromZero, c, at,
                            ldc);
                }
            }
        }
    }

    private static void tile(int kc, float[] a, int aAt, float[] b, int bAt, boolean fromZero, float[] c, int cAt,
            int ldc) {
        if (MR == 8) {
            tile8x2(kc, a, aAt, b, bAt, fromZero, c, cAt, ldc);
        } else {
            tile4x2(kc, a, aAt, b, bAt, fromZero, c, cAt, ldc);
        }
    }

    /** A tile that reaches over the edge of C is computed whole in a buffer; the panels are padded with zeros. */
    private static void edge(int rows, int cols, int kc, Panels panels, int aAt, int bAt, boolean fromZero, float[] c,
            int cAt, int ldc) {
        float[] edge = panels.edge;
        for (int i = 0; i < rows && !fromZero; i++) {
            System.arraycopy(c, cAt + i * ldc, edge, i * NR, cols);
        }
        tile(kc, panels.a, aAt, panels.b, bAt, fromZero, edge, 0, NR);
        for (int i = 0; i < rows; i++) {
            System.arraycopy(edge, i * NR, c, cAt + i * ldc, cols);
        }
    }

    /** op(A)[0..mc, 0..kc] times alpha, as panels of MR rows: for each k the MR elements that a tile broadcasts. */
    private static void packA(boolean trans, int mc, int kc, float alpha, float[] a, int at, int lda, float[] panel) {
        int rowStep = trans ? 1 : lda;
        int colStep = trans ? lda : 1;
        for (int ir = 0; ir < mc; ir += MR) {
            int rows = Math.min(MR, mc - ir);
            int to = ir * kc;
            for (int p = 0; p < kc; p++) {
                int from = at + ir * rowStep + p * colStep;
                for (int i = 0; i < rows; i++) {
                    panel[to + i] = alpha * a[from + i * rowStep];
                }
                for (int i = rows; i < MR; i++) {
                    panel[to + i] = 0f;
                }
                to += MR;
            }
        }
    }

    /** op(B)[0..kc, 0..nc] as panels of NR columns: for each k the two vectors that a tile multiplies. */
    private static void packB(boolean trans, int kc, int nc, float[] b, int at, int ldb, float[] panel) {
        for (int jr = 0; jr < nc; jr += NR) {
            int cols = Math.min(NR, nc - jr);
            int to = jr * kc;
            for (int p = 0; p < kc; p++) {
                if (trans) {
                    int from = at + jr * ldb + p;
                    for (int j = 0; j < cols; j++) {
                        panel[to + j] = b[from + j * ldb];
                    }
                } else {
                    System.arraycopy(b, at + p * ldb + jr, panel, to, cols);
                }
                for (int j = cols; j < NR; j++) {
                    panel[to + j] = 0f;
                }
                to += NR;
            }
        }
    }

    private static void scale(int m, int n, float beta, float[] c, int cOffset, int ldc) {
        for (int i = 0; i < m; i++) {
            for (int at = cOffset + i * ldc, end = at + n; at < end; at++) {
                c[at] = beta == 0f ? 0f : beta * c[at];
            }
        }
    }

    // The tiles load, chain and store in one method with a local per accumulator: vectors that are passed to or
    // returned from a method that is not inlined are boxed, at a tenth of the speed.

    private static void tile8x2(int kc, float[] a, int aAt, float[] b, int bAt, boolean fromZero, float[] c, int cAt,
            int ldc) {
        FloatVector c00 = FloatVector.zero(S);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        FloatVector c60 = c00;
        FloatVector c61 = c00;
        FloatVector c70 = c00;
        FloatVector c71 = c00;
        int row1 = cAt + ldc;
        int row2 = row1 + ldc;
        int row3 = row2 + ldc;
        int row4 = row3 + ldc;
        int row5 = row4 + ldc;
        int row6 = row5 + ldc;
        int row7 = row6 + ldc;
        if (!fromZero) {
            c00 = FloatVector.fromArray(S, c, cAt);
            c01 = FloatVector.fromArray(S, c, cAt + LANES);
            c10 = FloatVector.fromArray(S, c, row1);
            c11 = FloatVector.fromArray(S, c, row1 + LANES);
            c20 = FloatVector.fromArray(S, c, row2);
            c21 = FloatVector.fromArray(S, c, row2 + LANES);
            c30 = FloatVector.fromArray(S, c, row3);
            c31 = FloatVector.fromArray(S, c, row3 + LANES);
            c40 = FloatVector.fromArray(S, c, row4);
            c41 = FloatVector.fromArray(S, c, row4 + LANES);
            c50 = FloatVector.fromArray(S, c, row5);
            c51 = FloatVector.fromArray(S, c, row5 + LANES);
            c60 = FloatVector.fromArray(S, c, row6);
            c61 = FloatVector.fromArray(S, c, row6 + LANES);
            c70 = FloatVector.fromArray(S, c, row7);
            c71 = FloatVector.fromArray(S, c, row7 + LANES);
        }
        for (int p = 0; p < kc; p++) {
            FloatVector b0 = FloatVector.fromArray(S, b, bAt + p * NR);
            FloatVector b1 = FloatVector.fromArray(S, b, bAt + p * NR + LANES);
            int at = aAt + p * 8;
            FloatVector x = FloatVector.broadcast(S, a[at]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            x = FloatVector.broadcast(S, a[at + 1]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            x = FloatVector.broadcast(S, a[at + 2]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            x = FloatVector.broadcast(S, a[at + 3]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            x = FloatVector.broadcast(S, a[at + 4]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            x = FloatVector.broadcast(S, a[at + 5]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            x = FloatVector.broadcast(S, a[at + 6]);
            c60 = x.fma(b0, c60);
            c61 = x.fma(b1, c61);
            x = FloatVector.broadcast(S, a[at + 7]);
            c70 = x.fma(b0, c70);
            c71 = x.fma(b1, c71);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
        c10.intoArray(c, row1);
        c11.intoArray(c, row1 + LANES);
        c20.intoArray(c, row2);
        c21.intoArray(c, row2 + LANES);
        c30.intoArray(c, row3);
        c31.intoArray(c, row3 + LANES);
        c40.intoArray(c, row4);
        c41.intoArray(c, row4 + LANES);
        c50.intoArray(c, row5);
        c51.intoArray(c, row5 + LANES);
        c60.intoArray(c, row6);
        c61.intoArray(c, row6 + LANES);
        c70.intoArray(c, row7);
        c71.intoArray(c, row7 + LANES);
    }

    private static void tile4x2(int kc, float[] a, int aAt, float[] b, int bAt, boolean fromZero, float[] c, int cAt,
            int ldc) {
        FloatVector c00 = FloatVector.zero(S);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        int row1 = cAt + ldc;
        int row2 = row1 + ldc;
        int row3 = row2 + ldc;
        if (!fromZero) {
            c00 = FloatVector.fromArray(S, c, cAt);
            c01 = FloatVector.fromArray(S, c, cAt + LANES);
            c10 = FloatVector.fromArray(S, c, row1);
            c11 = FloatVector.fromArray(S, c, row1 + LANES);
            c20 = FloatVector.fromArray(S, c, row2);
            c21 = FloatVector.fromArray(S, c, row2 + LANES);
            c30 = FloatVector.fromArray(S, c, row3);
            c31 = FloatVector.fromArray(S, c, row3 + LANES);
        }
        for (int p = 0; p < kc; p++) {
            FloatVector b0 = FloatVector.fromArray(S, b, bAt + p * NR);
            FloatVector b1 = FloatVector.fromArray(S, b, bAt + p * NR + LANES);
            int at = aAt + p * 4;
            FloatVector x = FloatVector.broadcast(S, a[at]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            x = FloatVector.broadcast(S, a[at + 1]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            x = FloatVector.broadcast(S, a[at + 2]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            x = FloatVector.broadcast(S, a[at + 3]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
        c10.intoArray(c, row1);
        c11.intoArray(c, row1 + LANES);
        c20.intoArray(c, row2);
        c21.intoArray(c, row2 + LANES);
        c30.intoArray(c, row3);
        c31.intoArray(c, row3 + LANES);
    }
}
