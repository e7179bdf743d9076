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
import java.util.BitSet;
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

        /** x^T dz. */
        float[] gradient(float[] dz) {
            float[] g = new float[columns * n];
            Gemm.sgemm(true, false, columns, n, size, 1f, x, 0, columns, dz, 0, n, 0f, g, 0, n);
            return g;
        }

        float[] panels(SparseBatch batch, int owner) {
            return new float[batch.panels(owner) * batch.stride() * columns];
        }

        /** Rows listed and multiplied by samples. */
        void multiply(int from, int to, float[] w, float[] y) {
            float[] panels = panels(batch, 0);
            batch.pack(0, 0, columns, w, panels);
            batch.list(from, to);
            batch.multiply(0, from, to, panels, y);
        }

        /** Columns listed, and their gradients, by parts of rows of w. */
        void gradient(int rows, int from, int to, float[] dz, float[] g) {
            batch.listColumns(rows, from, to);
            float[] panels = panels(batch, 0);
            BitSet taken = new BitSet();
            batch.gradient(0, rows, from, to, dz, sink(panels, taken));
            assertEquals(batch.panels(0) * batch.stride() * (to - from), taken.cardinality(), "all of it");
            batch.unpack(0, from, to, panels, g);
        }

        /** Copies pieces to panels, and refuses those that were taken before. */
        static SparseBatch.Sink sink(float[] panels, BitSet taken) {
            return (from, to, g, shift) -> {
                assertEquals(0, taken.get(from, to).cardinality(), "each element once");
                taken.set(from, to);
                System.arraycopy(g, from + shift, panels, from, to - from);
            };
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
        float[] w = new float[example.columns * example.n];
        float[] y = new float[example.size * example.n];
        int middle = random.nextInt(example.size + 1);
        example.multiply(middle, example.size, w, y);
        example.multiply(0, middle, w, y);
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
            example.multiply(0, middle, w, y);
            for (int i = middle * example.n; i < y.length; i++) {
                assertTrue(Float.isNaN(y[i]), label + ", only the rows asked for");
            }
            example.multiply(middle, example.size, w, y);
            Bits.assertSame(expected, y, label);
        });
    }

    @ParameterizedTest
    @EnumSource
    void gradientHasTheBitsOfTheDenseOne(Tuning tuning) {
        forExamples(tuning, (random, example, label) -> {
            float[] dz = Bits.spread(random, example.size * example.n);
            float[] expected = example.gradient(dz);
            float[] g = new float[expected.length];
            Arrays.fill(g, Float.NaN);
            multiplied(random, example);
            int[] parts = parts(random, example.columns);
            for (int p = 1; p < parts.length; p++) {
                example.gradient(example.size, parts[p - 1], parts[p], dz, g);
                for (int i = parts[p] * example.n; i < g.length; i++) {
                    assertTrue(Float.isNaN(g[i]), label + ", only the columns asked for");
                }
            }
            Bits.assertSame(expected, g, label);
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
                float[] panels = example.panels(batch, owner);
                batch.pack(owner, 0, row, w, panels);
                batch.pack(owner, row, example.columns, w, panels);
                batch.multiply(owner, 0, example.size, panels, y);
                for (int i = 0; i < y.length; i++) {
                    assertTrue(i % example.n >= units[owner] || Float.isNaN(y[i]), label + ", only his columns");
                }
            }
            Bits.assertSame(expected, y, label + ", " + Arrays.toString(units));
        });
    }

    /** Every owner computes the gradient of his columns of w, of all pixels, of which anybody listed some. */
    @ParameterizedTest
    @EnumSource
    void gradientsOfOwnersHaveTheBitsOfTheDenseOne(Tuning tuning) {
        forExamples(tuning, (random, example, label) -> {
            float[] dz = Bits.spread(random, example.size * example.n);
            float[] expected = example.gradient(dz);
            float[] g = new float[expected.length];
            int[] units = example.units(random);
            SparseBatch batch = new SparseBatch(example.batch, units, tuning);
            batch.list(0, example.size);
            int[] columns = parts(random, example.columns);
            for (int p = 1; p < columns.length; p++) {
                batch.listColumns(example.size, columns[p - 1], columns[p]);
            }
            for (int owner = units.length - 2; owner >= 0; owner--) {
                int middle = columns[random.nextInt(columns.length)];
                float[] panels = example.panels(batch, owner);
                BitSet taken = new BitSet();
                batch.gradient(owner, example.size, middle, example.columns, dz, Example.sink(panels, taken));
                batch.gradient(owner, example.size, 0, middle, dz, Example.sink(panels, taken));
                assertEquals(panels.length, taken.cardinality(), label);
                batch.unpack(owner, 0, example.columns, panels, g);
            }
            Bits.assertSame(expected, g, label + ", " + Arrays.toString(units));
        });
    }

    /** Panels hold what w holds, the columns of a last vector that overlaps the one before it twice. */
    @Test
    void packingAndUnpackingIsLossless() {
        forExamples(Tuning.LONG, (random, example, label) -> {
            float[] w = Bits.spread(random, example.columns * example.n);
            float[] back = new float[w.length];
            float[] panels = example.panels(example.batch, 0);
            example.batch.pack(0, 0, example.columns, w, panels);
            int middle = random.nextInt(example.columns + 1);
            example.batch.unpack(0, middle, example.columns, panels, back);
            example.batch.unpack(0, 0, middle, panels, back);
            Bits.assertSame(w, back, label);
            assertEquals(example.batch.isRowMajor(), Arrays.equals(w, panels) && example.n == example.batch.stride());
        });
    }

    @Test
    void ownersOfLessThanAVectorAreRefused() {
        SparseRows data = new SparseRows(new ByteMatrix(new byte[6], 2, 3));
        SparseBatch batch = new SparseBatch(data, 2, 4 * LANES, Tuning.LONG);
        Bits.assertRefused("n", () -> new SparseBatch(batch, new int[]{0, LANES - 1, 4 * LANES}, Tuning.LONG),
                LANES - 1, LANES);
        SparseBatch owned = new SparseBatch(batch, new int[]{0, LANES, LANES, 4 * LANES}, Tuning.LONG);
        assertEquals(0, owned.panels(1), "an owner of nothing");
        owned.list(0, 2);
        int size = owned.panels(2) * owned.stride() * 3;
        Bits.assertRefused("panels", () -> owned.multiply(2, 0, 2, new float[size - 1], new float[8 * LANES]), size - 1,
                size);
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
        float[] w = new float[5 * batch.stride()];

        assertThrows(IllegalStateException.class, () -> batch.multiply(0, 0, 4, w, y));
        assertThrows(IllegalStateException.class, () -> batch.gradient(0, 4, 0, 5, y, (_, _, _, _) -> {
        }));
        batch.list(0, 4);
        assertThrows(IllegalStateException.class, () -> batch.multiply(0, 1, 4, w, y), "within a group");
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
