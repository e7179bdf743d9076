package dev.lanewise.kernel.sparse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Bits;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.kernel.core.Species;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

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

        Example(SplittableRandom random, int columns, int size, int n, double density) {
            this.columns = columns;
            this.size = size;
            this.n = n;
            int rows = 1 + random.nextInt(2 * size);
            byte[] bytes = new byte[rows * columns];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextDouble() < density ? (byte) random.nextInt(256) : 0;
            }
            batch = new SparseBatch(new SparseRows(bytes, rows, columns), size + random.nextInt(3), n, Tuning.LONG);
            x = new float[size * columns];
            for (int i = 0; i < size; i++) {
                int row = random.nextInt(rows);
                batch.set(i, row);
                Pixels.toFloats(bytes, row * columns, x, i * columns, columns);
            }
        }

        @Override
        public String toString() {
            return "%d x %d, n = %d".formatted(size, columns, n);
        }
    }

    private interface Check {
        void run(SplittableRandom random, Example example, String label);
    }

    private static void forExamples(Check test) {
        double[] densities = {0, 0.05, 0.2, 1};
        for (long seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int n = LANES + random.nextInt(seed % 4 == 0 ? 20 * LANES : 3 * LANES);
            Example example = new Example(random, 1 + random.nextInt(150), 1 + random.nextInt(seed % 8 == 0 ? 150 : 20),
                    n,
                    densities[random.nextInt(densities.length)]);
            test.run(random, example, "seed %d, %s".formatted(seed, example));
        }
    }

    /** The batch after a product in two parts. */
    private static void multiplied(SplittableRandom random, Example example) {
        example.batch.pack(0, example.columns, new float[example.columns * example.n]);
        float[] y = new float[example.size * example.n];
        int middle = random.nextInt(example.size + 1);
        example.batch.multiply(middle, example.size, y);
        example.batch.multiply(0, middle, y);
    }

    @Test
    void productHasTheBitsOfTheDenseOne() {
        forExamples((random, example, label) -> {
            float[] w = Bits.spread(random, example.columns * example.n);
            float[] expected = new float[example.size * example.n];
            Gemm.sgemm(false, false, example.size, example.n, example.columns, 1f, example.x, 0, example.columns, w, 0,
                    example.n, 0f, expected, 0, example.n);
            float[] y = new float[expected.length];
            Arrays.fill(y, Float.NaN);
            int middle = random.nextInt(example.size + 1);
            int row = random.nextInt(example.columns + 1);
            example.batch.pack(row, example.columns, w);
            example.batch.pack(0, row, w);
            example.batch.multiply(0, middle, y);
            for (int i = middle * example.n; i < y.length; i++) {
                assertTrue(Float.isNaN(y[i]), label + ", only the rows asked for");
            }
            example.batch.multiply(middle, example.size, y);
            Bits.assertSame(expected, y, label);
        });
    }

    @Test
    void gradientHasTheBitsOfTheDenseOne() {
        forExamples((random, example, label) -> {
            float[] dz = Bits.spread(random, example.size * example.n);
            float[] expected = new float[example.columns * example.n];
            Gemm.sgemm(true, false, example.columns, example.n, example.size, 1f, example.x, 0, example.columns, dz, 0,
                    example.n, 0f, expected, 0, example.n);
            float[] g = new float[expected.length];
            Arrays.fill(g, Float.NaN);
            int middle = random.nextInt(example.columns + 1);
            multiplied(random, example);
            example.batch.gradient(example.size, 0, middle, dz, g);
            for (int i = middle * example.n; i < g.length; i++) {
                assertTrue(Float.isNaN(g[i]), label + ", only the columns asked for");
            }
            example.batch.gradient(example.size, middle, example.columns, dz, g);
            Bits.assertSame(expected, g, label);
        });
    }

    @Test
    void descentOfPackedWeightsHasTheBitsOfTheDenseProduct() {
        float[] betas = {1f, 0.75f, -3f, 0f};
        forExamples((random, example, label) -> {
            float beta = betas[random.nextInt(betas.length)];
            float[] dz = Bits.spread(random, example.size * example.n);
            float[] w = Bits.spread(random, example.columns * example.n);
            float[] expected = w.clone();
            Gemm.sgemm(true, false, example.columns, example.n, example.size, 1f, example.x, 0, example.columns, dz, 0,
                    example.n, beta, expected, 0, example.n);
            int middle = random.nextInt(example.columns + 1);
            multiplied(random, example);
            example.batch.pack(0, example.columns, w);
            example.batch.descend(example.size, 0, middle, dz, beta);
            example.batch.descend(example.size, middle, example.columns, dz, beta);
            example.batch.unpack(0, middle, w);
            example.batch.unpack(middle, example.columns, w);
            Bits.assertSame(expected, w, label + ", beta " + beta);
        });
    }

    @Test
    void aSmallerBatchAfterALargerForgetsIt() {
        SplittableRandom random = new SplittableRandom(1);
        Example example = new Example(random, 30, 12, LANES, 0.5);
        float[] dz = Bits.spread(random, 12 * LANES);
        float[] g = new float[30 * LANES];
        multiplied(random, example);
        example.batch.gradient(12, 0, 30, dz, g);
        example.batch.gradient(5, 0, 30, dz, g);
        float[] expected = new float[g.length];
        Gemm.sgemm(true, false, 30, LANES, 5, 1f, example.x, 0, 30, dz, 0, LANES, 0f, expected, 0, LANES);
        Bits.assertSame(expected, g, "five of twelve rows");
    }

    /** Where gradients are scattered; elsewhere they need no product before. */
    @Test
    void gradientBeforeTheProductIsRefused() {
        SparseBatch batch = new SparseBatch(new SparseRows(new byte[6], 2, 3), 2, LANES, Tuning.LONG);
        if (LANES == 8 && SparseBatch.SUMS == 2) {
            assertThrows(IllegalStateException.class,
                    () -> batch.gradient(2, 0, 3, new float[2 * LANES], new float[3 * LANES]));
        } else {
            float[] g = new float[3 * LANES];
            Arrays.fill(g, Float.NaN);
            batch.gradient(2, 0, 3, new float[2 * LANES], g);
            Bits.assertSame(new float[3 * LANES], g, "no ink");
        }
    }

    @Test
    void fewerColumnsThanAVectorAreRefused() {
        assertFalse(SparseBatch.fits(LANES - 1));
        assertTrue(SparseBatch.fits(LANES));
        assertTrue(SparseBatch.pays(128, 0.2));
        assertFalse(SparseBatch.pays(128, 0.5));
        assertEquals(LANES == 8 && SparseBatch.SUMS == 2, SparseBatch.pays(3 * LANES, 0.2), "narrow");
        SparseRows rows = new SparseRows(new byte[6], 2, 3);
        assertThrows(IllegalArgumentException.class, () -> new SparseBatch(rows, 2, LANES - 1, Tuning.LONG));
    }

    @Test
    void densityIsTheShareOfNonZeros() {
        assertEquals(0.5, new SparseRows(new byte[]{0, 1, -1, 0}, 2, 2).density());
        assertEquals(0, new SparseRows(new byte[0], 0, 784).density());
    }
}
