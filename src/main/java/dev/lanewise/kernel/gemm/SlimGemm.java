package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.CacheSizes;
import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The products of {@link Product} that repay copying both operands, where there are 16 vector registers: x86 below AVX-512.
 *
 * <p>Goto and van de Geijn's loops with the roles of A and B changed: a block of B is packed, as many strips as fit; a sliver
 * of A, the rows of one tile, is copied to where it stays in L1 while all strips of the block stream past it.
 */
final class SlimGemm {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();
    private static final int NR = 2 * LANES;
    private static final int KC = 1024; // 400 and 784 lost 12 and 4 % at 512 x 512 x 784: a tile's start and end count
    static final int LDA = KC + 16; // not whole pages: rows would share sets of L1
    private static final int MAX_HEIGHT = 6;
    // Strips stream from L3 as fast as the tiles read them, and slivers are copied once for each block of B: on Zen 3
    // 2 MiB against 512 KiB, all of L2, gained 5 % at 512 x 512 x 784.
    private static final int BLOCK = Math.max(CacheSizes.here().l3() / 16 / 4, strip(KC));
    private static final int ROWS_TO_PACK = 8;

    private float[] block = {}; // strips of B, each [kc, NR]
    private final float[] sliver = new float[MAX_HEIGHT * LDA]; // rows of op(A), LDA apart, or as columns, [kc, rows]
    private final Transpose transpose = new Transpose();
    private float[] transposed = {}; // C^T

    /** Whether copying repays: C must have at least a vector of columns. 48 rows of 800 x 800 are as quick either way. */
    static boolean repays(boolean transA, int m, int n, int k) {
        return transA ? m > 2 && n >= LANES : m >= 48 && n > 2 * NR && k >= 128;
    }

    /** C = alpha op(A) op(B) + C, or without C {@code fromZero}; with {@code transC} by way of C^T, alpha is then 1. */
    void multiply(boolean shortRun, boolean transC, boolean transA, boolean transB, int m, int n, int k, float alpha,
            float[] a,
            int aOffset, int lda, float[] b, int bOffset, int ldb, boolean fromZero, float[] c, int cOffset, int ldc) {
        transpose.setShortRun(shortRun);
        if (!transC) {
            blocks(transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, fromZero, c, cOffset, ldc);
            return;
        }
        if (transposed.length < m * n) {
            transposed = new float[m * n];
        }
        if (!fromZero) {
            transpose.copy(c, cOffset, ldc, m, n, transposed, 0, m);
        }
        blocks(!transB, !transA, n, m, k, 1f, b, bOffset, ldb, a, aOffset, lda, fromZero, transposed, 0, m);
        transpose.copy(transposed, 0, m, n, m, c, cOffset, ldc);
    }

    /** The loops: blocks of k, blocks of columns, slivers of rows, strips of columns. */
    private void blocks(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset,
            int lda, float[] b, int bOffset, int ldb, boolean startFromZero, float[] c, int cOffset, int ldc) {
        int strips = Math.ceilDiv(n, NR);
        int kBlocks = Math.ceilDiv(k, KC);
        for (int kBlock = 0; kBlock < kBlocks; kBlock++) {
            int pc = Product.part(k, kBlock, kBlocks);
            int kc = Product.part(k, kBlock + 1, kBlocks) - pc;
            boolean fromZero = startFromZero && pc == 0;
            int nBlocks = Math.ceilDiv(strips, BLOCK / strip(kc));
            for (int nBlock = 0; nBlock < nBlocks; nBlock++) {
                int first = Product.part(strips, nBlock, nBlocks);
                int end = Product.part(strips, nBlock + 1, nBlocks);
                pack(transB, kc, first, end, n, b, bOffset + (transB ? pc : pc * ldb), ldb);
                for (int i = 0, height; i < m; i += height) {
                    height = Product.sixOrFour(m - i); // of which the last tile may have fewer
                    int rows = Math.min(height, m - i);
                    load(alpha, transA, rows, height, kc, a, aOffset + (transA ? pc * lda + i : i * lda + pc), lda);
                    for (int s = first; s < end; s++) {
                        int col = column(s, 0, n);
                        tile(transA, height, kc, rows - 1, (s - first) * strip(kc), fromZero, c,
                                cOffset + i * ldc + col, ldc, column(s, 1, n) - col);
                    }
                }
            }
        }
    }

    private void tile(boolean cols, int height, int kc, int last, int bAt, boolean fromZero, float[] c, int cAt,
            int ldc, int cLast) {
        if (height == 4) {
            if (cols) {
                SliverTiles.cols4x2(kc, sliver, last, block, bAt, fromZero, c, cAt, ldc, cLast);
            } else {
                SliverTiles.rows4x2(kc, sliver, last, block, bAt, fromZero, c, cAt, ldc, cLast);
            }
        } else if (cols) {
            SliverTiles.cols6x2(kc, sliver, last, block, bAt, fromZero, c, cAt, ldc, cLast);
        } else {
            SliverTiles.rows6x2(kc, sliver, last, block, bAt, fromZero, c, cAt, ldc, cLast);
        }
    }

    /** Fills the sliver with alpha times rows of op(A); for a transposed A, with {@code height} elements for each k. */
    private void load(float alpha, boolean transA, int rows, int height, int kc, float[] a, int at, int lda) {
        if (!transA) {
            for (int i = 0; i < rows; i++) {
                if (alpha == 1f) { // the JVM's own copy: 2 % of a product of 128 rows
                    System.arraycopy(a, at + i * lda, sliver, i * LDA, kc);
                } else {
                    Product.scale(alpha, a, at + i * lda, sliver, i * LDA, kc);
                }
            }
            return;
        }
        // Whole vectors as long as none reaches beyond an array; what is too much the next one writes over.
        int second = Math.max(0, height - LANES);
        int whole = Math.clamp(Math.floorDiv(a.length - LANES - second - at, lda) + 1, 0, kc);
        for (int p = 0; p < whole; p++) {
            int from = at + p * lda;
            FloatVector.fromArray(S, a, from).mul(alpha).intoArray(sliver, p * height);
            if (LANES < MAX_HEIGHT) {
                FloatVector.fromArray(S, a, from + second).mul(alpha).intoArray(sliver, p * height + second);
            }
        }
        for (int p = whole; p < kc; p++) {
            Product.scale(alpha, a, at + p * lda, sliver, p * height, rows);
        }
    }

    /** Packs strips of op(B) from {@code first} to {@code end}. */
    private void pack(boolean trans, int kc, int first, int end, int n, float[] b, int at, int ldb) {
        if (block.length < (end - first) * strip(kc)) {
            block = new float[(end - first) * strip(kc)];
        }
        if (trans) {
            for (int s = first; s < end; s++) {
                int to = (s - first) * strip(kc);
                transpose.copy(b, at + column(s, 0, n) * ldb, ldb, LANES, kc, block, to, NR);
                transpose.copy(b, at + column(s, 1, n) * ldb, ldb, LANES, kc, block, to + LANES, NR);
            }
            return;
        }
        // Some rows at a time: each is read from left to right, and some lines of each strip are written.
        for (int p = 0; p < kc; p += ROWS_TO_PACK) {
            int rows = Math.min(ROWS_TO_PACK, kc - p);
            for (int s = first; s < end; s++) {
                int col = column(s, 0, n);
                copy(rows, b, at + p * ldb + col, column(s, 1, n) - col, ldb, (s - first) * strip(kc) + p * NR);
            }
        }
    }

    private void copy(int rows, float[] b, int from, int last, int ldb, int to) {
        for (int i = 0; i < rows; i++) {
            FloatVector.fromArray(S, b, from + i * ldb).intoArray(block, to + i * NR);
            FloatVector.fromArray(S, b, from + i * ldb + last).intoArray(block, to + i * NR + LANES);
        }
    }

    /** Elements from one strip of the block to the next: a line more than there are, or they would share sets of L1. */
    private static int strip(int kc) {
        return kc * NR + 16;
    }

    /**
     * The first column of vector 0 or 1 of a strip. The last vector of C ends where C does and overlaps the one before it
     * if it must: both are in one tile, and so loaded before either is stored. Where vectors are odd in number, it is the
     * first that is alone in its strip; it is computed twice.
     */
    private static int column(int strip, int vector, int n) {
        int alone = Math.ceilDiv(n, LANES) & 1;
        return Math.max(0, Math.min((2 * strip + vector - alone) * LANES, n - LANES));
    }
}
