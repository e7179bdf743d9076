package dev.lanewise.kernel;

import dev.lanewise.kernel.gemm.Product;
import dev.lanewise.kernel.gemm.ScalarGemm;

/**
 * Matrix multiply, C = alpha op(A) op(B) + beta C, on row-major floats; op is the identity or the transpose.
 *
 * <p><b>The result is defined to the bit</b>: each element of C is the chain {@code c = fma(alpha * a, b, c)} over k
 * ascending, started from {@code beta * c} (from +0 where beta is 0; C is then not read). Blocks along k continue the
 * chain instead of adding partial sums, and threads share rows or columns of C, never k. So block sizes, tile, vector
 * width and number of threads change the speed alone; {@link ScalarGemm} gives the same bits.
 *
 * <p>The five loops are those of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008),
 * with two changes for the small and skinny products of training: A mostly stays where it lies, a tile
 * reads its rows or columns in place; and B is not packed beforehand: the first
 * tile of a strip reads it where it lies and leaves it in the panel for the tiles below.
 */
public final class Gemm {
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
        sgemm(Tuning.LONG, transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset, ldc);
    }

    /** As above, by the kernels that suit a run of that length. */
    public static void sgemm(Tuning tuning, boolean transA, boolean transB, int m, int n, int k, float alpha,
            float[] a, int aOffset, int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset,
            int ldc) {
        ScalarGemm.check(transA, transB, m, n, k, a, aOffset, lda, b, bOffset, ldb, c, cOffset, ldc);
        PRODUCTS.get().multiply(tuning == Tuning.SHORT, transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset,
                ldb, beta, c, cOffset, ldc);
    }

    /**
     * As the single-threaded product, on a team: each worker computes a band of C, of columns where they are many, else
     * of rows. A product too small to share stays on the calling thread.
     */
    public static void sgemm(Workers workers, boolean transA, boolean transB, int m, int n, int k, float alpha,
            float[] a, int aOffset, int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset,
            int ldc) {
        if (workers.count() == 1 || (long) m * n * k < MIN_TO_SHARE) {
            sgemm(workers.tuning(), transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c,
                    cOffset, ldc);
            return;
        }
        ScalarGemm.check(transA, transB, m, n, k, a, aOffset, lda, b, bOffset, ldb, c, cOffset, ldc);
        Bands bands = BANDS.get();
        bands.tuning = workers.tuning();
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

    /** The register tile's width and the block sizes, for people. */
    public static String blocking() {
        return Product.blocking();
    }

    /** The arguments of a product while a team computes it; an object of the caller's that is used again. */
    private static final class Bands implements Workers.Task {
        private Tuning tuning;
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
            if (n >= 2 * count * Product.NR) {
                // Whole vectors of 64 bytes, so that no two workers write to one cache line of an aligned C.
                int from = Workers.share(n, 16, worker, count);
                int cols = Workers.share(n, 16, worker + 1, count) - from;
                PRODUCTS.get().multiply(tuning == Tuning.SHORT, transA, transB, m, cols, k, alpha, a, aOffset, lda, b,
                        bOffset + (transB ? from * ldb : from), ldb, beta, c, cOffset + from, ldc);
            } else {
                int from = Workers.share(m, 8, worker, count);
                int rows = Workers.share(m, 8, worker + 1, count) - from;
                PRODUCTS.get().multiply(tuning == Tuning.SHORT, transA, transB, rows, n, k, alpha, a,
                        aOffset + (transA ? from : from * lda),
                        lda, b, bOffset, ldb, beta, c, cOffset + from * ldc, ldc);
            }
        }
    }
}
