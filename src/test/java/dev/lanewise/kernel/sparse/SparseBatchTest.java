package dev.lanewise.kernel.sparse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Bits;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.kernel.core.Species;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("every-width")
class SparseBatchTest {
    private static final int LANES = Species.bits() / 32;

    /** A batch of rows in any order, some twice, beside the same rows as floats. */
    private static final class Example {
        final int columns;
        final int size;
        final int n;
        final SparseBatch batch;
        final float[] x; // [size, columns]

        Example(SplittableRandom random, int columns, int size, int n, double density, Tuning tuning) {
            this.columns = columns;
            this.size = size;
            this.n = n;
            int rows = 1 + random.nextInt(2 * size);
            byte[] bytes = new byte[rows * columns];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextDouble() < density ? (byte) random.nextInt(256) : 0;
            }
            SparseRows data = new SparseRows(new ByteMatrix(bytes, rows, columns));
            batch = new SparseBatch(data, size + random.nextInt(3), n, tuning);
            x = new float[size * columns];
            for (int i = 0; i < size; i++) {
                int row = random.nextInt(rows);
                batch.set(i, row);
                Pixels.toFloats(bytes, row * columns, x, i * columns, columns);
            }
        }

        float[] product(float[] w) {
            float[] y = new float[size * n];
            Gemm.sgemm(false, false, size, n, columns, 1f, x, 0, columns, w, 0, n, 0f, y, 0, n);
            return y;
        }

        /** beta w + x^T dz. */
        float[] descended(float[] w, float[] dz, float beta) {
            float[] result = w.clone();
            Gemm.sgemm(true, false, columns, n, size, 1f, x, 0, columns, dz, 0, n, beta, result, 0, n);
            return result;
        }

        void pack(float[] w) {
            batch.pack(0, columns, 0, n, w);
        }

        /** Rows listed and multiplied by samples. */
        void multiply(int from, int to, float[] y) {
            batch.list(from, to);
            batch.multiply(from, to, 0, n, y);
        }

        /** Columns listed, and their gradients, by parts of rows of w. */
        void gradient(int rows, int from, int to, float[] dz, float[] g) {
            batch.listColumns(rows, from, to);
            batch.gradient(rows, from, to, 0, n, dz, g);
        }

        /** Where the units of some owners begin, and n. */
        int[] units(SplittableRandom random) {
            int owners = 1 + random.nextInt(4);
            return IntStream.rangeClosed(0, owners).map(owner -> batch.unit(owner, owners)).toArray();
        }

        @Override
        public String toString() {
            return "%d x %d, n = %d".formatted(size, columns, n);
        }
    }

    private interface Check {
        void run(SplittableRandom random, Example example, String label);
    }

    private static void forExamples(Tuning tuning, Check test) {
        double[] densities = {0, 0.05, 0.2, 1};
        for (long seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int n = LANES + random.nextInt(seed % 4 == 0 ? 20 * LANES : 3 * LANES);
            Example example = new Example(random, 1 + random.nextInt(150), 1 + random.nextInt(seed % 8 == 0 ? 150 : 20),
                    n, densities[random.nextInt(densities.length)], tuning);
            test.run(random, example, "seed %d, %s, %s".formatted(seed, example, tuning));
        }
    }

    /** 0, some numbers between, and n: where the parts of 0 to n - 1 begin. */
    private static int[] parts(SplittableRandom random, int n) {
        return IntStream.concat(IntStream.of(0, n), random.ints(random.nextInt(4), 0, n + 1)).sorted().toArray();
    }

    /** The batch after a product in two parts, of which the gradient needs the lists. */
    private static void multiplied(SplittableRandom random, Example example) {
        example.pack(new float[example.columns * example.n]);
        float[] y = new float[example.size * example.n];
        int middle = random.nextInt(example.size + 1);
        example.multiply(middle, example.size, y);
        example.multiply(0, middle, y);
    }

    @ParameterizedTest
    @EnumSource
    void productHasTheBitsOfTheDenseOne(Tuning tuning) {
        forExamples(tuning, (random, example, label) -> {
            float[] w = Bits.spread(random, example.columns * example.n);
            float[] expected = example.product(w);
            float[] y = new float[expected.length];
            Arrays.fill(y, Float.NaN);
            int middle = random.nextInt(example.size + 1);
            int row = random.nextInt(example.columns + 1);
            example.batch.pack(row, example.columns, 0, example.n, w);
            example.batch.pack(0, row, 0, example.n, w);
            example.multiply(0, middle, y);
            for (int i = middle * example.n; i < y.length; i++) {
                assertTrue(Float.isNaN(y[i]), label + ", only the rows asked for");
            }
            example.multiply(middle, example.size, y);
            Bits.assertSame(expected, y, label);
        });
    }

    @ParameterizedTest
    @EnumSource
    void gradientHasTheBitsOfTheDenseOne(Tuning tuning) {
        forExamples(tuning, (random, example, label) -> {
            float[] dz = Bits.spread(random, example.size * example.n);
            float[] g = new float[example.columns * example.n];
            float[] expected = example.descended(g, dz, 0f);
            Arrays.fill(g, Float.NaN);
            int middle = random.nextInt(example.columns + 1);
            multiplied(random, example);
            example.gradient(example.size, 0, middle, dz, g);
            for (int i = middle * example.n; i < g.length; i++) {
                assertTrue(Float.isNaN(g[i]), label + ", only the columns asked for");
            }
            example.gradient(example.size, middle, example.columns, dz, g);
            Bits.assertSame(expected, g, label);
        });
    }

    @ParameterizedTest
    @EnumSource
    void descentOfPackedWeightsHasTheBitsOfTheDenseProduct(Tuning tuning) {
        float[] betas = {1f, 0.75f, -3f, 0f};
        forExamples(tuning, (random, example, label) -> {
            float beta = betas[random.nextInt(betas.length)];
            float[] dz = Bits.spread(random, example.size * example.n);
            float[] w = Bits.spread(random, example.columns * example.n);
            float[] expected = example.descended(w, dz, beta);
            multiplied(random, example);
            example.pack(w);
            int[] parts = parts(random, example.columns);
            for (int p = 1; p < parts.length; p++) {
                example.batch.listColumns(example.size, parts[p - 1], parts[p]);
                example.batch.descend(example.size, parts[p - 1], parts[p], 0, example.n, dz, beta);
            }
            int middle = random.nextInt(example.columns + 1);
            example.batch.unpack(0, middle, 0, example.n, w);
            example.batch.unpack(middle, example.columns, 0, example.n, w);
            Bits.assertSame(expected, w, label + ", beta " + beta);
        });
    }

    /** Every owner packs and multiplies his columns of w with all rows, of which anybody listed some. */
    @ParameterizedTest
    @EnumSource
    void productByUnitsHasTheBitsOfTheDenseOne(Tuning tuning) {
        forExamples(tuning, (random, example, label) -> {
            float[] w = Bits.spread(random, example.columns * example.n);
            float[] expected = example.product(w);
            float[] y = new float[expected.length];
            Arrays.fill(y, Float.NaN);
            int[] rows = parts(random, example.size);
            for (int p = 1; p < rows.length; p++) {
                example.batch.list(rows[p - 1], rows[p]);
            }
            int[] units = example.units(random);
            int row = random.nextInt(example.columns + 1);
            for (int owner = units.length - 1; owner > 0; owner--) {
                int first = units[owner - 1];
                example.batch.pack(0, row, first, units[owner], w);
                example.batch.pack(row, example.columns, first, units[owner], w);
                example.batch.multiply(0, example.size, first, units[owner], y);
                for (int i = 0; i < y.length; i++) {
                    assertTrue(i % example.n >= first || Float.isNaN(y[i]), label + ", only the units asked for");
                }
            }
            Bits.assertSame(expected, y, label + ", " + Arrays.toString(units));
        });
    }

    /** Every owner descends in his columns of w, of all pixels, of which anybody listed some; or computes a gradient. */
    @ParameterizedTest
    @EnumSource
    void gradientAndDescentByUnitsHaveTheBitsOfTheDenseProduct(Tuning tuning) {
        float[] betas = {1f, 0.75f, 0f};
        forExamples(tuning, (random, example, label) -> {
            float beta = betas[random.nextInt(betas.length)];
            float[] dz = Bits.spread(random, example.size * example.n);
            float[] w = Bits.spread(random, example.columns * example.n);
            float[] descended = example.descended(w, dz, beta);
            float[] gradient = example.descended(w, dz, 0f);
            float[] g = new float[w.length];
            Arrays.fill(g, Float.NaN);
            multiplied(random, example);
            example.pack(w);
            int[] columns = parts(random, example.columns);
            for (int p = 1; p < columns.length; p++) {
                example.batch.listColumns(example.size, columns[p - 1], columns[p]);
            }
            int[] units = example.units(random);
            for (int owner = units.length - 1; owner > 0; owner--) {
                int first = units[owner - 1];
                int middle = columns[random.nextInt(columns.length)];
                example.batch.gradient(example.size, middle, example.columns, first, units[owner], dz, g);
                example.batch.gradient(example.size, 0, middle, first, units[owner], dz, g);
                for (int i = 0; i < g.length; i++) {
                    assertTrue(i % example.n >= first || Float.isNaN(g[i]), label + ", only the units asked for");
                }
                example.batch.descend(example.size, 0, middle, first, units[owner], dz, beta);
                example.batch.descend(example.size, middle, example.columns, first, units[owner], dz, beta);
                example.batch.unpack(0, example.columns, first, units[owner], w);
            }
            label += ", beta " + beta + ", " + Arrays.toString(units);
            Bits.assertSame(gradient, g, label);
            Bits.assertSame(descended, w, label);
        });
    }

    @Test
    void unitsAreSharedInOrderAndAboutEqually() {
        SparseRows data = new SparseRows(new ByteMatrix(new byte[6], 2, 3));
        for (int n = LANES; n < 40 * LANES; n += 1 + n % 7) {
            SparseBatch batch = new SparseBatch(data, 2, n, Tuning.LONG);
            for (int owners = 1; owners < 6; owners++) {
                String label = "n = %d, %d owners".formatted(n, owners);
                assertEquals(0, batch.unit(0, owners), label);
                assertEquals(n, batch.unit(owners, owners), label);
                for (int owner = 1; owner < owners; owner++) {
                    int unit = batch.unit(owner, owners);
                    assertTrue(unit >= batch.unit(owner - 1, owners), label);
                    assertTrue(unit % LANES == 0 || unit == n, label);
                    assertTrue(Math.abs(unit - (double) n * owner / owners) <= 4 * LANES, label); // half a block
                }
            }
        }
    }

    @Test
    void rangesOfUnitsWithinABlockAreRefused() {
        SparseRows data = new SparseRows(new ByteMatrix(new byte[6], 2, 3));
        int n = 4 * LANES;
        SparseBatch batch = new SparseBatch(data, 2, n, Tuning.LONG);
        float[] w = new float[3 * n];
        float[] y = new float[2 * n];
        batch.list(0, 2);
        for (int bad : new int[]{-1, 1, LANES + 1, n - 1, n + 1}) {
            Bits.assertRefused("firstUnit", () -> batch.pack(0, 3, bad, n, w), bad, n);
            Bits.assertRefused("endUnit", () -> batch.pack(0, 3, 0, bad, w), bad, n);
            Bits.assertRefused("firstUnit", () -> batch.unpack(0, 3, bad, n, w), bad, n);
            Bits.assertRefused("endUnit", () -> batch.multiply(0, 2, 0, bad, y), bad, n);
            Bits.assertRefused("endUnit", () -> batch.gradient(2, 0, 3, 0, bad, y, w), bad, n);
            Bits.assertRefused("firstUnit", () -> batch.descend(2, 0, 3, bad, n, y, 1f), bad, n);
        }
        Bits.assertRefused("share", () -> batch.unit(3, 2), 3, 2);
        Bits.assertRefused("share", () -> batch.unit(0, 0), 0);
        Bits.assertRefused("share", () -> batch.unit(-1, 2), -1, 2);
    }

    @Test
    void aSmallerBatchAfterALargerForgetsIt() {
        SplittableRandom random = new SplittableRandom(1);
        Example example = new Example(random, 30, 12, LANES, 0.5, Tuning.LONG);
        float[] dz = Bits.spread(random, 12 * LANES);
        float[] g = new float[30 * LANES];
        multiplied(random, example);
        example.gradient(12, 0, 30, dz, g);
        example.gradient(5, 0, 30, dz, g);
        float[] expected = new float[g.length];
        Gemm.sgemm(true, false, 30, LANES, 5, 1f, example.x, 0, 30, dz, 0, LANES, 0f, expected, 0, LANES);
        Bits.assertSame(expected, g, "five of twelve rows");
    }

    @Test
    void productsOfWhatWasNotListedAreRefused() {
        SparseRows data = new SparseRows(new ByteMatrix(new byte[20], 4, 5));
        SparseBatch batch = new SparseBatch(data, 4, LANES, Tuning.LONG);
        float[] y = new float[4 * LANES];
        float[] w = new float[5 * LANES];
        batch.pack(0, 5, 0, LANES, w);
        assertThrows(IllegalStateException.class, () -> batch.multiply(0, 4, 0, LANES, y));
        assertThrows(IllegalStateException.class, () -> batch.gradient(4, 0, 5, 0, LANES, y, w));
        assertThrows(IllegalStateException.class, () -> batch.descend(4, 0, 5, 0, LANES, y, 1f));
        batch.list(0, 4);
        assertThrows(IllegalStateException.class, () -> batch.multiply(1, 4, 0, LANES, y), "within a group");
    }

    /** So that who compares training with and without zeros can see that it is not without both times. */
    @Test
    void oneVectorOfColumnsIsEnough() {
        assertFalse(SparseBatch.supports(LANES - 1));
        assertTrue(SparseBatch.supports(LANES));
        SparseRows data = new SparseRows(new ByteMatrix(new byte[6], 2, 3));
        Bits.assertRefused("n", () -> new SparseBatch(data, 2, LANES - 1, Tuning.LONG), LANES - 1, LANES);
    }

    @Test
    void productsAreWorthwhileWhereInkIsRare() {
        assertTrue(SparseBatch.isWorthwhile(128, 0.2));
        assertFalse(SparseBatch.isWorthwhile(128, 0.5));
        assertEquals(LANES == 8 && MergedLists.GROUP == 2, SparseBatch.isWorthwhile(3 * LANES, 0.2), "narrow");
        assertFalse(SparseBatch.isWorthwhile(LANES - 1, 0));
    }

    @Test
    void densityIsTheShareOfNonZeros() {
        assertEquals(0.5, new SparseRows(new ByteMatrix(new byte[]{0, 1, -1, 0}, 2, 2)).density());
        assertEquals(0, new SparseRows(new ByteMatrix(new byte[0], 0, 784)).density());
    }
}
