package dev.lanewise.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix multiply, C = alpha op(A) op(B) + beta C, on row-major floats; op is the identity or the transpose.
 *
 * <p><b>The result is defined to the bit</b>: each element of C is the chain {@code c = fma(alpha * a, b, c)} over k
 * ascending, started from {@code beta * c} (from +0 where beta is 0; C is then not read). Blocks along k continue the
 * chain instead of adding partial sums, and threads share rows or columns of C, never k. So block sizes, tile, vector
 * width and number of threads change the speed alone; {@link ScalarGemm} gives the same bits.
 *
 * <p>The five loops are those of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008),
 * with one change for the small and skinny products of training: an operand stays where it lies unless copying it pays.
 * A tile ({@link GemmTiles}) reads any strides of A and any rows of B.
 */
public final class Gemm {
    private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
    private static final int LANES = S.length();

    // With 32 vector registers a tile of 8 x 3 leaves 8 for operands; with the 16 of x86 below AVX-512, 4 x 2 leaves 8
    // too. Measured on Zen 4 at 512 bits, share of the FMA peak where B is packed, K = 512: 8 x 3 and 6 x 4 88 %,
    // 4 x 4 and 8 x 2 86 %, 12 x 2 84 %; 8 x 3 divides the usual batches and reads least of B.
    private static final boolean WIDE = LANES == 16 || System.getProperty("os.arch").equals("aarch64");
    private static final int MR = WIDE ? 8 : 4;
    private static final int VECTORS = WIDE ? 3 : 2;
    private static final int NR = VECTORS * LANES;

    // A strip of B, KC x NR (150 KiB at 512 bits), streams from L2 under the tiles of a block of A. KC is long because
    // every block of k loads and stores C again: 128 x 800 x 800 with B and C transposed gave 71, 85 and 96 GFLOP/s
    // with KC 200, 400 and 800 (peak 118). MC bounds what the strips read of A again and again.
    private static final int KC = 800;
    private static final int MC = 512;
    /** Floats of copied strips: read from B row by row, as it lies in memory, a dozen strips at a time. */
    private static final int PANEL_B = 512 * 1024;
    /** A strip of B is read by every tile below another; copying it pays from this many rows on. */
    private static final int ROWS_TO_COPY_B = 96;
    /** Below this many multiply-adds a product takes less time than sharing it, about 10 microseconds. */
    private static final long MIN_TO_SHARE = 500_000;

    private static final ThreadLocal<Product> PRODUCTS = ThreadLocal.withInitial(Product::new);
    private static final ThreadLocal<Bands> BANDS = ThreadLocal.withInitial(Bands::new);

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
        PRODUCTS.get().multiply(transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset,
                ldc);
    }

    /**
     * As the single-threaded product, on a team: each worker computes a band of C, of columns where they are many, else
     * of rows. A product too small to share stays on the calling thread.
     */
    public static void sgemm(Workers workers, boolean transA, boolean transB, int m, int n, int k, float alpha,
            float[] a, int aOffset, int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset,
            int ldc) {
        if (workers.count() == 1 || (long) m * n * k < MIN_TO_SHARE) {
            sgemm(transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset, ldc);
            return;
        }
        check(transA, transB, m, n, k, a, aOffset, lda, b, bOffset, ldb, c, cOffset, ldc);
        Bands bands = BANDS.get();
        bands.transA = transA;
        bands.transB = transB;
        bands.m = m;
        bands.n = n;
        bands.k = k;
        bands.alpha = alpha;
        bands.a = a;
        bands.aOffset = aOffset;
        bands.lda = lda;
        bands.b = b;
        bands.bOffset = bOffset;
        bands.ldb = ldb;
        bands.beta = beta;
        bands.c = c;
        bands.cOffset = cOffset;
        bands.ldc = ldc;
        workers.run(bands);
        bands.a = null; // a caller's arrays are not to be kept alive
        bands.b = null;
        bands.c = null;
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

    /** The arguments of a product while a team computes it; an object of the caller's that is used again. */
    private static final class Bands implements Workers.Task {
        private boolean transA;
        private boolean transB;
        private int m;
        private int n;
        private int k;
        private float alpha;
        private float[] a;
        private int aOffset;
        private int lda;
        private float[] b;
        private int bOffset;
        private int ldb;
        private float beta;
        private float[] c;
        private int cOffset;
        private int ldc;

        @Override
        public void run(int worker, int count) {
            if (n >= 2 * count * NR) {
                // Whole vectors of 64 bytes, so that no two workers write to one cache line of an aligned C.
                int from = Workers.share(n, 16, worker, count);
                int cols = Workers.share(n, 16, worker + 1, count) - from;
                PRODUCTS.get().multiply(transA, transB, m, cols, k, alpha, a, aOffset, lda, b,
                        bOffset + (transB ? from * ldb : from), ldb, beta, c, cOffset + from, ldc);
            } else {
                int from = Workers.share(m, MR, worker, count);
                int rows = Workers.share(m, MR, worker + 1, count) - from;
                PRODUCTS.get().multiply(transA, transB, rows, n, k, alpha, a, aOffset + (transA ? from : from * lda),
                        lda, b, bOffset, ldb, beta, c, cOffset + from * ldc, ldc);
            }
        }
    }

    /** Where part {@code i} of {@code parts} about equal parts of n begins: blocks have no thin rest. */
    private static int part(int n, int i, int parts) {
        return (int) ((long) n * i / parts);
    }

    /** A thread's copies of what it multiplies, and the loops. */
    private static final class Product {
        private float[] blockA; // [MC * KC], alpha times a block of A, stored as A is; made when alpha is first not 1
        private final float[] panelB = new float[PANEL_B]; // strips of B, each [kc][vectors of the strip]
        private final float[] tile = new float[MR * NR]; // [MR, NR], for a tile that is not stored as it is
        private boolean transC; // whether C is computed as its transpose

        private void multiply(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset,
                int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc) {
            if (m == 0 || n == 0) {
                return;
            }
            if (k == 0 || beta != 0f && beta != 1f) {
                scale(m, n, beta, c, cOffset, ldc);
            }
            // B [n, k] has to be transposed. Where A is smaller, C^T = B A^T transposes A, and C as it is stored,
            // instead. The test compares elements moved; a scattered store was counted as four.
            transC = transB && !transA && alpha == 1f && m >= LANES && (long) n * k > (long) m * k + 4L * m * n;
            if (transC) {
                blocks(false, true, n, m, k, 1f, b, bOffset, ldb, a, aOffset, lda, beta == 0f, c, cOffset, ldc);
            } else {
                blocks(transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta == 0f, c, cOffset, ldc);
            }
        }

        /** The three outer loops: blocks of k, of columns, of rows. */
        private void blocks(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset,
                int lda, float[] b, int bOffset, int ldb, boolean startFromZero, float[] c, int cOffset, int ldc) {
            int vectors = Math.ceilDiv(n, LANES);
            int strips = Math.ceilDiv(vectors, VECTORS);
            int kBlocks = Math.ceilDiv(k, KC);
            boolean copyB = transB || n < LANES || m >= ROWS_TO_COPY_B;
            for (int kBlock = 0; kBlock < kBlocks; kBlock++) {
                int pc = part(k, kBlock, kBlocks);
                int kc = part(k, kBlock + 1, kBlocks) - pc;
                boolean fromZero = startFromZero && pc == 0;
                int bAt = bOffset + (transB ? pc : pc * ldb);
                int group = copyB ? PANEL_B / (NR * kc) : strips;
                for (int strip = 0; strip < strips; strip += group) {
                    int groupEnd = Math.min(strips, strip + group);
                    if (copyB) {
                        copyB(transB, kc, vectors, strip, groupEnd, strips, n, b, bAt, ldb);
                    }
                    for (int ic = 0; ic < m; ic += MC) {
                        int mc = Math.min(MC, m - ic);
                        int aAt = aOffset + (transA ? pc * lda + ic : ic * lda + pc);
                        float[] x = a;
                        int ldx = lda;
                        if (alpha != 1f) {
                            ldx = transA ? mc : kc;
                            scaleA(alpha, transA ? kc : mc, ldx, a, aAt, lda);
                            x = blockA;
                            aAt = 0;
                        }
                        for (int s = strip; s < groupEnd; s++) {
                            int first = part(vectors, s, strips);
                            int width = part(vectors, s + 1, strips) - first;
                            int col = column(first, n);
                            int v1 = column(first + 1, n) - col;
                            int v2 = column(first + 2, n) - col;
                            if (copyB) {
                                int panel = (first - part(vectors, strip, strips)) * LANES * kc;
                                strip(width, transA, mc, kc, x, aAt, ldx, panelB, panel, width * LANES, LANES,
                                        2 * LANES, n, fromZero, c, at(cOffset, ldc, ic, col), ldc, v1, v2);
                            } else {
                                strip(width, transA, mc, kc, x, aAt, ldx, b, bAt + col, ldb, v1, v2,
                                        n, fromZero, c, at(cOffset, ldc, ic, col), ldc, v1, v2);
                            }
                        }
                    }
                }
            }
        }

        /** Where element (i, j) of the C that is computed stands. */
        private int at(int cOffset, int ldc, int i, int j) {
            return cOffset + (transC ? j * ldc + i : i * ldc + j);
        }

        /** The inner loop: the tiles of a strip of C, at most three vectors wide, from top to bottom. */
        private void strip(int width, boolean transA, int mc, int kc, float[] a, int aAt, int lda, float[] b, int bAt,
                int ldb, int b1, int b2, int n, boolean fromZero, float[] c, int cAt, int ldc, int v1, int v2) {
            int rowStep = transA ? 1 : lda;
            int colStep = transA ? lda : 1;
            int rows;
            for (int i = 0; i < mc; i += rows) {
                // One or two rows that are left over cost less one by one than in a tile that repeats them.
                rows = mc - i <= 2 ? 1 : Math.min(MR, mc - i);
                int aTile = aAt + i * rowStep;
                if (transC) {
                    load(rows, width, v1, v2, !fromZero, c, cAt + i, ldc);
                    tile(width, kc, a, aTile, rowStep, colStep, rows - 1, b, bAt, ldb, b1, b2, fromZero, tile, 0, NR,
                            LANES, 2 * LANES);
                    store(rows, width, v1, v2, c, cAt + i, ldc);
                } else if (n < LANES) {
                    VectorMask<Float> columns = S.indexInRange(0, n);
                    for (int r = 0; r < rows && !fromZero; r++) {
                        FloatVector.fromArray(S, c, cAt + (i + r) * ldc, columns).intoArray(tile, r * NR);
                    }
                    tile(1, kc, a, aTile, rowStep, colStep, rows - 1, b, bAt, ldb, b1, b2, fromZero, tile, 0, NR, 0, 0);
                    for (int r = 0; r < rows; r++) {
                        FloatVector.fromArray(S, tile, r * NR).intoArray(c, cAt + (i + r) * ldc, columns);
                    }
                } else {
                    tile(width, kc, a, aTile, rowStep, colStep, rows - 1, b, bAt, ldb, b1, b2, fromZero, c,
                            cAt + i * ldc,
                            ldc, v1, v2);
                }
            }
        }

        /** C^T's tile from C: column j of the tile is a row of C. */
        private void load(int rows, int width, int v1, int v2, boolean wanted, float[] c, int at, int ldc) {
            for (int v = 0; v < width && wanted; v++) {
                int from = at + (v == 0 ? 0 : v == 1 ? v1 : v2) * ldc;
                for (int j = 0; j < LANES; j++) {
                    for (int i = 0; i < rows; i++) {
                        tile[i * NR + v * LANES + j] = c[from + j * ldc + i];
                    }
                }
            }
        }

        private void store(int rows, int width, int v1, int v2, float[] c, int at, int ldc) {
            for (int v = 0; v < width; v++) {
                int to = at + (v == 0 ? 0 : v == 1 ? v1 : v2) * ldc;
                for (int j = 0; j < LANES; j++) {
                    for (int i = 0; i < rows; i++) {
                        c[to + j * ldc + i] = tile[i * NR + v * LANES + j];
                    }
                }
            }
        }

        /** A block of A as it is stored, times alpha, rows side by side. */
        private void scaleA(float alpha, int rows, int cols, float[] a, int at, int lda) {
            if (blockA == null) {
                blockA = new float[MC * KC];
            }
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < cols; j++) {
                    blockA[i * cols + j] = alpha * a[at + i * lda + j];
                }
            }
        }

        /** Strips of op(B), each kc rows of its vectors; columns beyond n are zeros. */
        private void copyB(boolean trans, int kc, int vectors, int fromStrip, int toStrip, int strips, int n, float[] b,
                int at, int ldb) {
            int groupFirst = part(vectors, fromStrip, strips);
            if (trans) {
                for (int s = fromStrip; s < toStrip; s++) {
                    int first = part(vectors, s, strips);
                    int width = (part(vectors, s + 1, strips) - first) * LANES;
                    int panel = (first - groupFirst) * LANES * kc;
                    // A few rows of the panel at a time, so that they are still in L1 when the next column comes.
                    for (int pFrom = 0; pFrom < kc; pFrom += 64) {
                        int pTo = Math.min(kc, pFrom + 64);
                        for (int j = 0; j < width; j++) {
                            int col = column(first + j / LANES, n) + j % LANES;
                            int from = at + Math.min(col, n - 1) * ldb;
                            for (int p = pFrom; p < pTo; p++) {
                                panelB[panel + j + p * width] = b[from + p];
                            }
                        }
                    }
                }
                return;
            }
            if (n < LANES) {
                VectorMask<Float> columns = S.indexInRange(0, n);
                for (int p = 0; p < kc; p++) {
                    FloatVector.fromArray(S, b, at + p * ldb, columns).intoArray(panelB, p * LANES);
                }
                return;
            }
            // Row by row, so that B is read as it lies in memory.
            for (int p = 0; p < kc; p++) {
                int row = at + p * ldb;
                int first = groupFirst;
                for (int s = fromStrip; s < toStrip; s++) {
                    int end = part(vectors, s + 1, strips);
                    int to = (first - groupFirst) * LANES * kc + p * (end - first) * LANES;
                    for (; first < end; first++, to += LANES) {
                        FloatVector.fromArray(S, b, row + column(first, n)).intoArray(panelB, to);
                    }
                }
            }
        }

        /**
         * The first column of a vector of C: the last one ends where C does and overlaps the one before it if it must.
         * Both are in the same strip, and so loaded before either is stored: a last strip of one vector alone does not
         * occur.
         */
        private static int column(int vector, int n) {
            return Math.max(0, Math.min(vector * LANES, n - LANES));
        }

        private static void scale(int m, int n, float beta, float[] c, int cOffset, int ldc) {
            for (int i = 0; i < m; i++) {
                for (int at = cOffset + i * ldc, end = at + n; at < end; at++) {
                    c[at] = beta == 0f ? 0f : beta * c[at];
                }
            }
        }

        private static void tile(int width, int kc, float[] a, int a0, int rowStep, int colStep, int last, float[] b,
                int bAt, int ldb, int b1, int b2, boolean fromZero, float[] c, int c0, int ldc, int v1, int v2) {
            if (last == 0) {
                switch (width) {
                    case 1 -> GemmTiles.tile1x1(kc, a, a0, rowStep, colStep, last, b, bAt, ldb, b1, b2, fromZero, c, c0,
                            ldc, v1, v2);
                    case 2 -> GemmTiles.tile1x2(kc, a, a0, rowStep, colStep, last, b, bAt, ldb, b1, b2, fromZero, c, c0,
                            ldc, v1, v2);
                    default -> GemmTiles.tile1x3(kc, a, a0, rowStep, colStep, last, b, bAt, ldb, b1, b2, fromZero, c,
                            c0, ldc, v1, v2);
                }
            } else if (WIDE) {
                switch (width) {
                    case 1 -> GemmTiles.tile8x1(kc, a, a0, rowStep, colStep, last, b, bAt, ldb, b1, b2, fromZero, c, c0,
                            ldc, v1, v2);
                    case 2 -> GemmTiles.tile8x2(kc, a, a0, rowStep, colStep, last, b, bAt, ldb, b1, b2, fromZero, c, c0,
                            ldc, v1, v2);
                    default -> GemmTiles.tile8x3(kc, a, a0, rowStep, colStep, last, b, bAt, ldb, b1, b2, fromZero, c,
                            c0, ldc, v1, v2);
                }
            } else {
                switch (width) {
                    case 1 -> GemmTiles.tile4x1(kc, a, a0, rowStep, colStep, last, b, bAt, ldb, b1, b2, fromZero, c, c0,
                            ldc, v1, v2);
                    default -> GemmTiles.tile4x2(kc, a, a0, rowStep, colStep, last, b, bAt, ldb, b1, b2, fromZero, c,
                            c0, ldc, v1, v2);
                }
            }
        }
    }
}
