package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Pool;
import dev.lanewise.kernel.gemm.Blocking;
import dev.lanewise.kernel.gemm.Operand;
import dev.lanewise.kernel.gemm.Product;
import dev.lanewise.kernel.gemm.ScalarGemm;

/**
 * Matrix multiply, C = alpha op(A) op(B) + beta C, on row-major floats; op is the identity or the transpose.
 *
 * <p><b>The result is defined to the bit</b>: each element of C is the chain {@code c = fma(alpha * a, b, c)} over k
 * ascending, started from {@code beta * c} (from +0 where beta is 0; C is then not read). Blocks along k continue the
 * chain instead of adding partial sums, and threads share rows or columns of C, never k. So block sizes, tile, vector
 * width and number of threads change the speed alone; a plain loop with {@link Math#fma(float, float, float)} gives the same bits.
 *
 * <p>The five loops around the tiles are those of Goto and van de Geijn, "Anatomy of high-performance matrix
 * multiplication" (2008), with two changes for the small and skinny products of training: A mostly stays where it lies, a
 * tile reads its rows or columns in place; and B is mostly not packed beforehand: the first tile of a strip reads it where
 * it lies and leaves it in the panel for the tiles below.
 *
 * <p>A process's first products are computed by plain loops, while a daemon thread has HotSpot compile the tiles; the system
 * property {@code lanewise.rehearse} as {@code false} leaves that out.
 */
public final class Gemm {
    /** Below this many multiply-adds a product takes less time than sharing it (LAB 18). */
    private static final long MIN_TO_SHARE = 500_000;

    private static final Pool<Product> PRODUCTS = new Pool<>(Product::new);
    private static final Pool<Bands> BANDS = new Pool<>(Bands::new);

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
     * @param lda elements from one stored row of A to the next; {@code ldb} and {@code ldc} are those of B and C
     * @param beta multiplies C before the chain; with 0, C need not be initialised
     * @param c overwritten; must not overlap A or B
     * @throws IllegalArgumentException naming a size or a leading dimension that makes no sense
     * @throws IndexOutOfBoundsException naming the matrix that does not lie in its array
     */
    public static void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset,
            int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc) {
        sgemm(Tuning.LONG, transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset, ldc);
    }

    /**
     * C = alpha op(A) op(B) + beta C on the calling thread, to the same bits as without {@code tuning}, by the kernels that suit
     * the length of a run. The other arguments are those of {@link #sgemm(boolean, boolean, int, int, int, float, float[], int,
     * int, float[], int, int, float, float[], int, int)}.
     *
     * @param tuning for how long a run
     */
    public static void sgemm(Tuning tuning, boolean transA, boolean transB, int m, int n, int k, float alpha,
            float[] a, int aOffset, int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset,
            int ldc) {
        ScalarGemm.check(transA, transB, m, n, k, a, aOffset, lda, b, bOffset, ldb, c, cOffset, ldc);
        Product product = PRODUCTS.take();
        product.a.set(a, aOffset, lda, transA);
        product.b.set(b, bOffset, ldb, transB);
        product.c.set(c, cOffset, ldc, false);
        product.multiply(tuning == Tuning.SHORT, m, n, k, alpha, beta);
        PRODUCTS.give(product);
    }

    /**
     * C = alpha op(A) op(B) + beta C on a team of threads, to the same bits as on one: each worker computes a band of C, of
     * columns where they are many, else of rows. A product too small to share stays on the calling thread. The other arguments
     * are those of {@link #sgemm(boolean, boolean, int, int, int, float, float[], int, int, float[], int, int, float, float[],
     * int, int)}.
     *
     * @param workers the team, whose caller this thread is
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
        Bands bands = BANDS.take();
        bands.tuning = workers.tuning();
        bands.m = m;
        bands.n = n;
        bands.k = k;
        bands.alpha = alpha;
        bands.beta = beta;
        bands.a.set(a, aOffset, lda, transA);
        bands.b.set(b, bOffset, ldb, transB);
        bands.c.set(c, cOffset, ldc, false);
        workers.run(bands);
        bands.a.clear();
        bands.b.clear();
        bands.c.clear();
        BANDS.give(bands);
    }

    /** The register tile's width and the block sizes, for people. */
    public static String blocking() {
        return Blocking.describe();
    }

    /** A product that a team computes, cut into bands of C; an object of the caller's that is used again. */
    private static final class Bands implements Workers.Task {
        private Tuning tuning = Tuning.LONG;
        private int m;
        private int n;
        private int k;
        private float alpha;
        private float beta;
        private final Operand a = new Operand();
        private final Operand b = new Operand();
        private final Operand c = new Operand();

        @Override
        public void run(int worker, int count) {
            boolean ofColumns = n >= 2 * count * Blocking.NR;
            int size = ofColumns ? n : m;
            // Whole vectors of 64 bytes, so that no two workers write to one cache line of an aligned C.
            int grain = ofColumns ? 16 : 8;
            int from = Workers.share(size, grain, worker, count);
            int length = Workers.share(size, grain, worker + 1, count) - from;
            int row = ofColumns ? 0 : from;
            int column = ofColumns ? from : 0;
            Product product = PRODUCTS.take();
            product.a.setPart(a, row, 0);
            product.b.setPart(b, 0, column);
            product.c.setPart(c, row, column);
            product.multiply(tuning == Tuning.SHORT, ofColumns ? m : length, ofColumns ? length : n, k, alpha, beta);
            PRODUCTS.give(product);
        }
    }
}
