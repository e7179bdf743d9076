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
            batch.pack(0, columns, w);
        }

        /** Rows listed and multiplied by samples. */
        void multiply(int from, int to, float[] y) {
            batch.list(from, to);
            batch.multiply(from, to, y);
        }

        /** Columns listed, and their gradients, by parts of rows of w. */
        void gradient(int rows, int from, int to, float[] dz, float[] g) {
            batch.listColumns(rows, from, to);
            batch.gradient(rows, from, to, dz, g);
        }

        /** Where the columns of some owners begin, of whom some have none, and n. */
        int[] units(SplittableRandom random) {
            int owners = 1 + random.nextInt(4);
            int whole = (n / LANES - 1) * LANES; // the last owner has a vector at least, and what is left
            return IntStream.concat(IntStream.concat(IntStream.of(0), random.ints(owners - 1, 0, whole + 1)
                    .map(unit -> unit / LANES * LANES).sorted()), IntStream.of(n)).toArray();
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
            example.batch.pack(row, example.columns, w);
            example.batch.pack(0, row, w);
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
                example.batch.descend(example.size, parts[p - 1], parts[p], dz, beta);
            }
            int middle = random.nextInt(example.columns + 1);
            example.batch.unpack(0, middle, w);
            example.batch.unpack(middle, example.columns, w);
            Bits.assertSame(expected, w, label + ", beta " + beta);
        });
    }

    /** Every owner multiplies his columns of w with all rows, of which anybody listed some. */
    @ParameterizedTest
    @EnumSource
    void productsOfOwnersHaveTheBitsOfTheDenseOne(Tuning tuning) {
        forExamples(tuning, (random, example, label) -> {
            float[] w = Bits.spread(random, example.columns * example.n);
            float[] expected = example.product(w);
            float[] y = new float[expected.length];
            Arrays.fill(y, Float.NaN);
            int[] units = example.units(random);
            SparseBatch batch = new SparseBatch(example.batch, units, tuning);
            int[] rows = parts(random, example.size);
            for (int p = 1; p < rows.length; p++) {
                batch.list(rows[p - 1], rows[p]);
            }
            int row = random.nextInt(example.columns + 1);
            for (int owner = units.length - 2; owner >= 0; owner--) {
                float[] panels = new float[batch.panelSize(owner)];
                batch.setPanels(owner, panels);
                batch.pack(owner, 0, row, w, panels);
                batch.pack(owner, row, example.columns, w, panels);
                batch.multiply(owner, 0, example.size, y);
                for (int i = 0; i < y.length; i++) {
                    assertTrue(i % example.n >= units[owner] || Float.isNaN(y[i]), label + ", only his columns");
                }
            }
            Bits.assertSame(expected, y, label + ", " + Arrays.toString(units));
        });
    }

    /** Every owner descends in his columns of w, of all pixels, of which anybody listed some; or computes their gradient. */
    @ParameterizedTest
    @EnumSource
    void gradientAndDescentOfOwnersHaveTheBitsOfTheDenseProduct(Tuning tuning) {
        float[] betas = {1f, 0.75f, 0f};
        forExamples(tuning, (random, example, label) -> {
            float beta = betas[random.nextInt(betas.length)];
            float[] dz = Bits.spread(random, example.size * example.n);
            float[] w = Bits.spread(random, example.columns * example.n);
            float[] descended = example.descended(w, dz, beta);
            float[] gradient = example.descended(w, dz, 0f);
            float[] g = new float[w.length];
            int[] units = example.units(random);
            SparseBatch batch = new SparseBatch(example.batch, units, tuning);
            batch.list(0, example.size);
            int[] columns = parts(random, example.columns);
            for (int p = 1; p < columns.length; p++) {
                batch.listColumns(example.size, columns[p - 1], columns[p]);
            }
            for (int owner = units.length - 2; owner >= 0; owner--) {
                int middle = columns[random.nextInt(columns.length)];
                float[] panels = new float[batch.panelSize(owner)];
                Arrays.fill(panels, Float.NaN);
                batch.gradientOfPanels(owner, example.size, middle, example.columns, dz, panels);
                batch.gradientOfPanels(owner, example.size, 0, middle, dz, panels);
                batch.unpack(owner, 0, example.columns, panels, g);
                batch.setPanels(owner, panels);
                batch.pack(owner, 0, example.columns, w, panels);
                batch.descend(owner, example.size, 0, middle, dz, beta);
                batch.descend(owner, example.size, middle, example.columns, dz, beta);
                batch.unpack(owner, 0, example.columns, panels, w);
            }
            label += ", beta " + beta + ", " + Arrays.toString(units);
            Bits.assertSame(gradient, g, label);
            Bits.assertSame(descended, w, label);
        });
    }

    @Test
    void ownersOfLessThanAVectorAreRefused() {
        SparseRows data = new SparseRows(new ByteMatrix(new byte[6], 2, 3));
        SparseBatch batch = new SparseBatch(data, 2, 4 * LANES, Tuning.LONG);
        Bits.assertRefused("n", () -> new SparseBatch(batch, new int[]{0, LANES - 1, 4 * LANES}, Tuning.LONG),
                LANES - 1, LANES);
        SparseBatch owned = new SparseBatch(batch, new int[]{0, LANES, LANES, 4 * LANES}, Tuning.LONG);
        assertEquals(0, owned.panelSize(1), "an owner of nothing");
        Bits.assertRefused("panels", () -> owned.setPanels(0, new float[owned.panelSize(0) - 1]),
                owned.panelSize(0) - 1, owned.panelSize(0));
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
        batch.pack(0, 5, w);
        assertThrows(IllegalStateException.class, () -> batch.multiply(0, 4, y));
        assertThrows(IllegalStateException.class, () -> batch.gradient(4, 0, 5, y, w));
        assertThrows(IllegalStateException.class, () -> batch.descend(4, 0, 5, y, 1f));
        batch.list(0, 4);
        assertThrows(IllegalStateException.class, () -> batch.multiply(1, 4, y), "within a group");
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
