package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.gemm.Blocking;
import dev.lanewise.kernel.gemm.ScalarGemm;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests the products by the kernels of a short run and of a long one: both have the bits that are specified. */
@Tag("every-width")
@ParameterizedClass
@EnumSource(Tuning.class)
class GemmTest {
    private static final int LANES = VectorWidth.bits() / 32;
    private static final boolean[] NO_YES = {false, true};
    private static final float[] FACTORS = {0f, -0f, 1f, -1f, 0.37f, -2.71f};
    private static final double U = 0x1p-24;

    private final Tuning tuning;

    GemmTest(Tuning tuning) {
        this.tuning = tuning;
    }

    private interface Sgemm {
        void run(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset, int lda,
                float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc);
    }

    /** The arguments of one product. Elements of A and B outside their windows are NaN: who reads them shows it. */
    private static final class Product {
        final boolean transA;
        final boolean transB;
        int m;
        int n;
        int k;
        float alpha = 1f;
        float[] a;
        int aOffset;
        int lda;
        float[] b;
        int bOffset;
        int ldb;
        float beta = 1f;
        float[] c;
        int cOffset;
        int ldc;

        /** Random contents; offsets, and what rows lie apart beyond their length, are 0 to slack. */
        Product(SplittableRandom random, boolean transA, boolean transB, int m, int n, int k, int slack) {
            this.transA = transA;
            this.transB = transB;
            this.m = m;
            this.n = n;
            this.k = k;
            aOffset = random.nextInt(slack + 1);
            bOffset = random.nextInt(slack + 1);
            cOffset = random.nextInt(slack + 1);
            lda = Math.max(1, (transA ? m : k) + random.nextInt(slack + 1));
            ldb = Math.max(1, (transB ? k : n) + random.nextInt(slack + 1));
            ldc = Math.max(1, n + random.nextInt(slack + 1));
            a = matrix(random, aOffset, transA ? k : m, transA ? m : k, lda, slack);
            b = matrix(random, bOffset, transB ? n : k, transB ? k : n, ldb, slack);
            c = Bits.spread(random, size(random, cOffset, m, n, ldc, slack));
        }

        private static int size(SplittableRandom random, int offset, int rows, int cols, int ld, int slack) {
            return (rows == 0 || cols == 0 ? 0 : offset + (rows - 1) * ld + cols) + random.nextInt(slack + 1);
        }

        private static float[] matrix(SplittableRandom random, int offset, int rows, int cols, int ld, int slack) {
            float[] x = new float[size(random, offset, rows, cols, ld, slack)];
            Arrays.fill(x, Float.NaN);
            for (int i = 0; i < rows && cols > 0; i++) {
                System.arraycopy(Bits.spread(random, cols), 0, x, offset + i * ld, cols);
            }
            return x;
        }

        Product scaled(float alpha, float beta) {
            this.alpha = alpha;
            this.beta = beta;
            if (beta == 0f) {
                Arrays.fill(c, Float.NaN); // must not be read
            }
            return this;
        }

        int aAt(int i, int p) {
            return aOffset + (transA ? p * lda + i : i * lda + p);
        }

        int bAt(int p, int j) {
            return bOffset + (transB ? j * ldb + p : p * ldb + j);
        }

        int cAt(int i, int j) {
            return cOffset + i * ldc + j;
        }

        /** C as the kernel leaves it, with what lies around it. */
        float[] by(Sgemm kernel) {
            float[] result = c.clone();
            kernel.run(transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, result, cOffset, ldc);
            return result;
        }

        /** The chain of the numeric contract, written down a second time. */
        float[] chain() {
            float[] result = c.clone();
            for (int j = 0; j < n; j++) {
                for (int i = 0; i < m; i++) {
                    float[] terms = new float[k];
                    for (int p = 0; p < k; p++) {
                        terms[p] = alpha * a[aAt(i, p)];
                    }
                    float chained = beta == 0f ? 0f : beta * c[cAt(i, j)];
                    for (int p = 0; p < k; p++) {
                        chained = Math.fma(terms[p], b[bAt(p, j)], chained);
                    }
                    result[cAt(i, j)] = chained;
                }
            }
            return result;
        }

        @Override
        public String toString() {
            return "m=%d n=%d k=%d transA=%b transB=%b alpha=%s beta=%s offsets %d %d %d, lda=%d ldb=%d ldc=%d"
                    .formatted(m, n, k, transA, transB, alpha, beta, aOffset, bOffset, cOffset, lda, ldb, ldc);
        }
    }

    private void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset,
            int lda,
            float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc) {
        Gemm.sgemm(tuning, transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset, ldc);
    }

    /** Gemm's bits are ScalarGemm's; nothing but C changes. */
    private float[] assertSpecified(Product product, String what) {
        String label = what + ", " + product;
        float[] a = product.a.clone();
        float[] b = product.b.clone();
        float[] simd = product.by(this::sgemm);
        Bits.assertSame(a, product.a, "A, " + label);
        Bits.assertSame(b, product.b, "B, " + label);
        Bits.assertSame(product.by(ScalarGemm::sgemm), simd, label);
        assertOutsideUntouched(product, simd, label);
        return simd;
    }

    private static void assertOutsideUntouched(Product product, float[] c, String label) {
        float[] outside = c.clone();
        for (int i = 0; i < product.m && product.n > 0; i++) {
            System.arraycopy(product.c, product.cAt(i, 0), outside, product.cAt(i, 0), product.n);
        }
        Bits.assertSame(product.c, outside, "outside of C, " + label);
    }

    private static void forEachTranspose(SplittableRandom random, int m, int n, int k, int slack,
            Consumer<Product> test) {
        for (boolean transA : NO_YES) {
            for (boolean transB : NO_YES) {
                test.accept(new Product(random, transA, transB, m, n, k, slack));
            }
        }
    }

    @Test
    void sizesAtTheEdgesOfVectorsAndTilesHaveTheSpecifiedBits() {
        long seed = 1;
        SplittableRandom random = new SplittableRandom(seed);
        TreeSet<Integer> sizes = new TreeSet<>();
        for (int edge : new int[]{1, 4, 6, 8, 13, LANES, 2 * LANES, 3 * LANES, 4 * LANES}) {
            sizes.addAll(Arrays.asList(edge - 1, edge, edge + 1));
        }
        for (int m : sizes) {
            for (int n : sizes) {
                for (int k : new int[]{0, 1, 2, 5, LANES + 1}) {
                    forEachTranspose(random, m, n, k, 2, product -> {
                        product.scaled(FACTORS[random.nextInt(FACTORS.length)],
                                FACTORS[random.nextInt(FACTORS.length)]);
                        assertSpecified(product, "seed " + seed);
                    });
                }
            }
        }
    }

    @Test
    void everyNumberOfRowsAndVectorsThatTilesMakeOfItHasTheSpecifiedBits() {
        long seed = 5;
        SplittableRandom random = new SplittableRandom(seed);
        for (int m = 1; m <= 20; m++) {
            for (int vectors = 1; vectors <= 9; vectors++) {
                forEachTranspose(random, m, vectors * LANES - random.nextInt(LANES), 1 + random.nextInt(9), 2,
                        product -> assertSpecified(product.scaled(1f, random.nextInt(2)), "seed " + seed));
            }
        }
    }

    @Test
    void sizesAtTheEdgesOfBlocksHaveTheSpecifiedBits() {
        long seed = 2;
        SplittableRandom random = new SplittableRandom(seed);
        for (int off = -1; off <= 1; off++) {
            int[][] shapes = {{Blocking.MC + off, 9, 7},
                    {Blocking.MC + off, 2 * LANES + 1, 9},
                    {2 * Blocking.MC + off, 3, 5},
                    {13 + off, 2 * LANES, 5}, {13 + off, Blocking.NR + off, 3},
                    {5, 2 * Blocking.NR + off, 11},
                    {9, 2 * LANES + 1, Blocking.KC + off},
                    {5, 7, Blocking.KC + off},
                    {37, 2 * LANES, Blocking.KC + off},
                    {3, Blocking.NR + off, 2 * Blocking.KC + off},
                    {97 + off, 5 * Blocking.NR + off, 200},
                    {48 + off, 3 * Blocking.NR + off, 1024 + off}};
            for (int[] shape : shapes) {
                forEachTranspose(random, shape[0], shape[1], shape[2], 3, product -> {
                    assertSpecified(product.scaled(random.nextBoolean() ? 1f : 0.37f, random.nextInt(3) * 0.5f),
                            "seed " + seed);
                });
            }
        }
        assertSpecified(new Product(random, true, true, 129, 1025, 257, 1).scaled(1f, 0f), "seed " + seed);
        assertSpecified(new Product(random, false, false, 66, 1111, 1027, 1).scaled(-2f, 1f), "seed " + seed);
    }

    @Test
    void everyAlphaAndBetaHasTheSpecifiedBits() {
        long seed = 3;
        SplittableRandom random = new SplittableRandom(seed);
        for (float alpha : FACTORS) {
            for (float beta : FACTORS) {
                for (int k : new int[]{0, 3, 300}) {
                    forEachTranspose(random, 9, 2 * LANES + 3, k, 4, product -> {
                        float[] c = assertSpecified(product.scaled(alpha, beta), "seed " + seed);
                        Bits.assertSame(product.chain(), c, "seed " + seed + ", " + product);
                    });
                }
            }
        }
    }

    /** Most products are small, where the edges are; every tenth is large enough to be shared out. */
    @Test
    void randomShapesHaveTheSpecifiedBitsOnEveryTeam() {
        try (Workers two = new Workers(2, tuning);
                Workers three = new Workers(3, tuning);
                Workers seven = new Workers(7, tuning)) {
            for (long seed = 1000; seed < 3000; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                boolean large = seed % 10 == 0;
                int least = large ? 75 : 0;
                int k = large
                        ? 90 + random.nextInt(40)
                        : random.nextInt(20) == 0
                                ? random.nextInt(700)
                                : random.nextInt(60);
                Product product = new Product(random, random.nextBoolean(), random.nextBoolean(),
                        least + random.nextInt(80), least + random.nextInt(80), k, random.nextInt(12));
                product.scaled(FACTORS[random.nextInt(FACTORS.length)], FACTORS[random.nextInt(FACTORS.length)]);
                float[] c = assertSpecified(product, "seed " + seed);
                for (Workers team : new Workers[]{two, three, seven}) {
                    Bits.assertSame(c, product.by(on(team)), "seed %d, %d threads, %s".formatted(seed, team.count(),
                            product));
                }
            }
        }
    }

    private static Sgemm on(Workers team) {
        return (transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset, ldc) -> Gemm
                .sgemm(team, transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset, ldc);
    }

    @Test
    void scalarGemmIsTheChainOverKAscending() {
        for (long seed = 2000; seed < 2200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Product product = new Product(random, random.nextBoolean(), random.nextBoolean(), random.nextInt(12),
                    random.nextInt(12), random.nextInt(40), random.nextInt(5));
            product.scaled(FACTORS[random.nextInt(FACTORS.length)], FACTORS[random.nextInt(FACTORS.length)]);
            float[] c = product.by(ScalarGemm::sgemm);
            Bits.assertSame(product.chain(), c, "seed " + seed + ", " + product);
            assertOutsideUntouched(product, c, "seed " + seed + ", " + product);
        }
    }

    /** Exact decimal arithmetic, rounded once a step: no other fused multiply-add is trusted here. */
    @Test
    void everyStepOfTheChainRoundsOnce() {
        long seed = 4;
        Product product = new Product(new SplittableRandom(seed), false, true, 5, LANES + 3, 20, 2).scaled(0.37f, 0f);
        float[] c = product.by(this::sgemm);
        for (int i = 0; i < product.m; i++) {
            for (int j = 0; j < product.n; j++) {
                float chained = 0f;
                for (int p = 0; p < product.k; p++) {
                    float x = exact(0.37f).multiply(exact(product.a[product.aAt(i, p)])).floatValue();
                    chained = exact(x).multiply(exact(product.b[product.bAt(p, j)])).add(exact(chained)).floatValue();
                }
                Bits.assertSame(chained, c[product.cAt(i, j)], "seed %d, row %d, column %d".formatted(seed, i, j));
            }
        }
    }

    private static BigDecimal exact(float x) {
        return new BigDecimal(x);
    }

    @Test
    void errorStaysWithinGammaOfTheDoubleProduct() {
        int[][] shapes = {{1, 1, 1}, {17, 33, 2}, {40, 23, 100}, {8, 64, 257}, {31, 9, 784}, {3, 5, 3000}};
        for (int[] shape : shapes) {
            long seed = 3000 + shape[2];
            SplittableRandom random = new SplittableRandom(seed);
            forEachTranspose(random, shape[0], shape[1], shape[2], 3, product -> {
                product.scaled(1f, 0f);
                assertWithinGamma(product, product.by(this::sgemm), "Gemm, seed " + seed);
                assertWithinGamma(product, product.by(ScalarGemm::sgemm), "ScalarGemm, seed " + seed);
                // alpha's rounding lengthens the chain by one.
                Product scaled = new Product(random, product.transA, product.transB, product.m, product.n, product.k,
                        2).scaled(-2.71f, 0.37f);
                assertWithinGamma(scaled, scaled.by(this::sgemm), "Gemm, seed " + seed);
            });
        }
    }

    private static void assertWithinGamma(Product product, float[] c, String label) {
        int m = product.m;
        int n = product.n;
        int k = product.k;
        RealMatrix a = MatrixUtils.createRealMatrix(m, k);
        RealMatrix b = MatrixUtils.createRealMatrix(k, n);
        for (int p = 0; p < k; p++) {
            for (int i = 0; i < m; i++) {
                a.setEntry(i, p, product.a[product.aAt(i, p)]);
            }
            for (int j = 0; j < n; j++) {
                b.setEntry(p, j, product.b[product.bAt(p, j)]);
            }
        }
        RealMatrix reference = a.multiply(b);
        RealMatrix magnitude = abs(a).multiply(abs(b));
        double roundings = product.alpha == 1f && product.beta == 0f ? k : k + 1;
        double gamma = roundings * U / (1 - roundings * U) + (k + 2) * 0x1p-53; // the reference's own roundings
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double start = product.beta == 0f ? 0 : (double) product.beta * product.c[product.cAt(i, j)];
                double expected = product.alpha * reference.getEntry(i, j) + start;
                double bound = gamma * (Math.abs(product.alpha) * magnitude.getEntry(i, j) + Math.abs(start));
                double error = Math.abs(c[product.cAt(i, j)] - expected);
                assertTrue(error <= bound, "%s, %s: error %g at %d, %d is above %g".formatted(label, product, error, i,
                        j, bound));
            }
        }
    }

    private static RealMatrix abs(RealMatrix matrix) {
        double[][] data = matrix.getData();
        for (double[] row : data) {
            Arrays.setAll(row, i -> Math.abs(row[i]));
        }
        return MatrixUtils.createRealMatrix(data);
    }

    @Test
    void nanReachesItsRowAlone() {
        forEachTranspose(new SplittableRandom(5), 11, 2 * LANES + 3, 7, 2, product -> {
            product.a[product.aAt(9, 3)] = Float.NaN;
            float[] c = assertSpecified(product, "NaN in A");
            for (int i = 0; i < product.m; i++) {
                for (int j = 0; j < product.n; j++) {
                    assertEquals(i == 9, Float.isNaN(c[product.cAt(i, j)]), "row " + i + ", column " + j);
                }
            }
        });
    }

    @Test
    void infinityReachesItsColumnAndNanWhereItMeetsZero() {
        forEachTranspose(new SplittableRandom(6), 11, 2 * LANES + 3, 7, 2, product -> {
            int column = 2 * LANES + 1;
            for (int i = 0; i < product.m; i++) {
                product.a[product.aAt(i, 4)] = i - 5; // 0 in row 5
            }
            product.b[product.bAt(4, column)] = Float.POSITIVE_INFINITY;
            float[] c = assertSpecified(product, "infinity in B");
            for (int i = 0; i < product.m; i++) {
                for (int j = 0; j < product.n; j++) {
                    float value = c[product.cAt(i, j)];
                    if (j == column) {
                        assertEquals(i == 5 ? Float.NaN : (i - 5) * Float.POSITIVE_INFINITY, value, "row " + i);
                    } else {
                        assertTrue(Float.isFinite(value), "row " + i + ", column " + j);
                    }
                }
            }
        });
    }

    @Test
    void subnormalsAndSignsOfZeroAreKept() {
        forEachTranspose(new SplittableRandom(7), 9, 2 * LANES + 1, 3, 2, product -> {
            fill(product, 0x1p-100f, 0x1p-40f);
            product.scaled(1f, 0f);
            assertWindow(0x3p-140f, product, assertSpecified(product, "subnormal products"));
            fill(product, Float.MIN_VALUE, 1f);
            assertWindow(3 * Float.MIN_VALUE, product, assertSpecified(product, "subnormal operand"));
            fill(product, -0f, 1f);
            assertWindow(0f, product, assertSpecified(product, "-0 added to +0"));
            product.scaled(1f, 1f);
            Arrays.fill(product.c, -0f);
            assertWindow(-0f, product, assertSpecified(product, "-0 added to -0"));
            product.scaled(-1f, 1f);
            assertWindow(0f, product, assertSpecified(product, "+0 added to -0"));
        });
    }

    private static void fill(Product product, float x, float y) {
        Arrays.fill(product.a, x);
        Arrays.fill(product.b, y);
    }

    private static void assertWindow(float expected, Product product, float[] c) {
        for (int i = 0; i < product.m; i++) {
            for (int j = 0; j < product.n; j++) {
                Bits.assertSame(expected, c[product.cAt(i, j)], product + ", row " + i + ", column " + j);
            }
        }
    }

    @Test
    void specialValuesAnywhereHaveTheSpecifiedBits() {
        float[] special = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f, 0f, Float.MIN_VALUE,
                -0x1p-130f, Float.MAX_VALUE, -Float.MAX_VALUE};
        for (long seed = 4000; seed < 4200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Product product = new Product(random, random.nextBoolean(), random.nextBoolean(), 1 + random.nextInt(20),
                    1 + random.nextInt(40), 1 + random.nextInt(9), 2);
            for (float[] matrix : new float[][]{product.a, product.b, product.c}) {
                for (int i = 1 + random.nextInt(3); i > 0; i--) {
                    matrix[random.nextInt(matrix.length)] = special[random.nextInt(special.length)];
                }
            }
            product.alpha = FACTORS[random.nextInt(FACTORS.length)];
            product.beta = random.nextInt(8) == 0 ? Float.NaN : FACTORS[random.nextInt(FACTORS.length)];
            Bits.assertSame(product.chain(), assertSpecified(product, "seed " + seed), "seed " + seed);
        }
    }

    @Test
    void betaZeroDoesNotReadC() {
        for (int k : new int[]{0, 1, 300}) {
            forEachTranspose(new SplittableRandom(8), 9, 2 * LANES + 1, k, 0, product -> {
                for (float value : product.scaled(1f, 0f).by(this::sgemm)) {
                    assertFalse(Float.isNaN(value), product.toString());
                }
            });
        }
    }

    @Test
    void kOfZeroLeavesBetaC() {
        Product product = new Product(new SplittableRandom(9), false, false, 5, LANES + 3, 0, 2).scaled(1f, -0.37f);
        float[] c = product.by(this::sgemm);
        for (int i = 0; i < product.m; i++) {
            for (int j = 0; j < product.n; j++) {
                Bits.assertSame(-0.37f * product.c[product.cAt(i, j)], c[product.cAt(i, j)], product.toString());
            }
        }
        product.beta = 0f;
        assertWindow(0f, product, product.by(this::sgemm));
    }

    @Test
    void everyNumberOfThreadsGivesTheSameBits() {
        for (int threads : new int[]{1, 2, 3, 7}) {
            try (Workers workers = new Workers(threads, tuning)) {
                Sgemm team = on(workers);
                for (long seed = 5000; seed < 5060; seed++) {
                    SplittableRandom random = new SplittableRandom(seed);
                    int limit = seed % 4 == 0 ? 10 : 150;
                    Product product = new Product(random, random.nextBoolean(), random.nextBoolean(),
                            random.nextInt(limit), random.nextInt(limit), random.nextInt(2 * limit), 5);
                    product.scaled(FACTORS[random.nextInt(FACTORS.length)], FACTORS[random.nextInt(FACTORS.length)]);
                    String label = "%d threads, seed %d, %s".formatted(threads, seed, product);
                    float[] c = product.by(team);
                    Bits.assertSame(product.by(ScalarGemm::sgemm), c, label);
                    assertOutsideUntouched(product, c, label);
                }
            }
        }
    }

    private void assertRefused(String name, boolean transA, boolean transB, Consumer<Product> spoil,
            long... numbers) {
        Product product = new Product(new SplittableRandom(10), transA, transB, 5, 7, 3, 0);
        spoil.accept(product);
        Bits.assertRefused(name, () -> product.by(this::sgemm), numbers);
        Bits.assertRefused(name, () -> product.by(ScalarGemm::sgemm), numbers);
        try (Workers workers = new Workers(2, tuning)) {
            Bits.assertRefused(name, () -> Gemm.sgemm(workers, transA, transB, product.m, product.n, product.k, 1f,
                    product.a, product.aOffset, product.lda, product.b, product.bOffset, product.ldb, 1f, product.c,
                    product.cOffset, product.ldc), numbers);
        }
    }

    @Test
    void wrongArgumentsAreRefusedByName() {
        for (boolean transA : NO_YES) {
            for (boolean transB : NO_YES) {
                int aCols = transA ? 5 : 3;
                int bCols = transB ? 3 : 7;
                assertRefused("m", transA, transB, p -> p.m = -1, -1);
                assertRefused("n", transA, transB, p -> p.n = Integer.MIN_VALUE, Integer.MIN_VALUE);
                assertRefused("k", transA, transB, p -> p.k = -3, -3);
                assertRefused("lda", transA, transB, p -> p.lda = aCols - 1, aCols, aCols - 1);
                assertRefused("ldb", transA, transB, p -> p.ldb = bCols - 1, bCols, bCols - 1);
                assertRefused("ldc", transA, transB, p -> p.ldc = 6, 7, 6);
                assertRefused("lda", transA, transB, p -> p.lda = -1, -1);
                assertRefused("aOffset", transA, transB, p -> p.aOffset = -1, -1);
                assertRefused("bOffset", transA, transB, p -> p.bOffset = -2, -2);
                assertRefused("cOffset", transA, transB, p -> p.cOffset = Integer.MIN_VALUE, Integer.MIN_VALUE);
                assertRefused("a", transA, transB, p -> p.a = new float[14], 15, 14);
                assertRefused("b", transA, transB, p -> p.b = new float[20], 21, 20);
                assertRefused("c", transA, transB, p -> p.c = new float[34], 35, 34);
                assertRefused("a", transA, transB, p -> p.aOffset = 1, 16, 15);
                assertRefused("b", transA, transB, p -> p.bOffset = Integer.MAX_VALUE, 21);
                assertRefused("c", transA, transB, p -> p.cOffset = Integer.MAX_VALUE, 35);
                assertRefused("c", transA, transB, p -> p.ldc = 8, 39, 35);
                assertRefused("c", transA, transB, p -> p.ldc = Integer.MAX_VALUE, 35);
            }
        }
    }

    @Test
    void leadingDimensionsOfEmptyMatricesMustBePositive() {
        assertRefused("lda", false, false, p -> {
            p.k = 0;
            p.lda = 0;
        }, 0);
        assertRefused("ldc", false, false, p -> {
            p.n = 0;
            p.ldc = 0;
        }, 0);
    }

    /** 65536 x 65536 is 2^32, which is 0 to an int. */
    @Test
    void sizesBeyondIntAreRefused() {
        assertRefused("a", false, false, p -> {
            p.m = 65537;
            p.lda = 65536;
        }, 65537, 65536);
        assertRefused("a", true, false, p -> {
            p.k = 65537;
            p.lda = 65536;
        }, 65537, 65536);
        assertRefused("b", false, true, p -> {
            p.n = 65537;
            p.ldb = 65536;
        }, 65537, 65536);
        assertRefused("c", false, false, p -> {
            p.m = 65537;
            p.k = 0;
            p.ldc = 65536;
        }, 65537, 65536);
    }

    @Test
    void oneRowMayHaveAHugeLeadingDimension() {
        Product product = new Product(new SplittableRandom(11), false, true, 1, 1, 40, 0);
        product.lda = Integer.MAX_VALUE;
        product.ldb = Integer.MAX_VALUE;
        product.ldc = Integer.MAX_VALUE;
        assertSpecified(product, "one row");
    }
}
