package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("every-width")
class SoftmaxTest {
    private static final int[] ROWS = {0, 1, 2, 3, 17};
    private static final int[] COLS = {0, 1, 2, 3, 5, 8, 10, 15, 16, 17, 31, 32, 33, 64, 100, 1000};
    private static final double U = 0x1p-24;

    @FunctionalInterface
    private interface Rows {
        void run(float[] x, int xOffset, int ldx, float[] y, int yOffset, int ldy, int rows, int cols);

        default void run(float[] x, float[] y, int rows, int cols) {
            run(x, 0, Math.max(1, cols), y, 0, Math.max(1, cols), rows, cols);
        }
    }

    private static float[] by(Rows kernel, float[] x, int rows, int cols) {
        float[] y = new float[x.length];
        kernel.run(x, y, rows, cols);
        return y;
    }

    private static float[] softmax(float... x) {
        return by(Softmax::softmax, x, 1, x.length);
    }

    private static float[] logSoftmax(float... x) {
        return by(Softmax::logSoftmax, x, 1, x.length);
    }

    @Test
    void bitsAreThoseOfTheSpecification() {
        long seed = 1;
        SplittableRandom random = new SplittableRandom(seed);
        for (int rows : ROWS) {
            for (int cols : COLS) {
                for (double limit : new double[]{0.01, 5, 60, 1e4}) {
                    float[] x = Bits.uniform(random, rows * cols, limit);
                    String label = "seed %d, %d x %d, limit %s".formatted(seed, rows, cols, limit);
                    assertSpecified(Softmax::softmax, ScalarSoftmax::softmax, x, rows, cols, "softmax, " + label);
                    assertSpecified(Softmax::logSoftmax, ScalarSoftmax::logSoftmax, x, rows, cols,
                            "logSoftmax, " + label);
                }
            }
        }
    }

    @Test
    void bitsOfSpecialValuesAreThoseOfTheSpecification() {
        float[] edges = Bits.edges();
        for (long seed = 100; seed < 500; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int cols = 1 + random.nextInt(40);
            float[] x = Bits.uniform(random, 3 * cols, 10);
            for (int i = random.nextInt(6); i >= 0; i--) {
                x[random.nextInt(x.length)] = edges[random.nextInt(edges.length)];
            }
            assertSpecified(Softmax::softmax, ScalarSoftmax::softmax, x, 3, cols, "softmax, seed " + seed);
            assertSpecified(Softmax::logSoftmax, ScalarSoftmax::logSoftmax, x, 3, cols, "logSoftmax, seed " + seed);
        }
    }

    /** Two arrays, in place, and arrays longer than the matrix: always the same bits, and nothing else written. */
    private static void assertSpecified(Rows simd, Rows scalar, float[] x, int rows, int cols, String label) {
        float[] before = x.clone();
        float[] expected = by(scalar, x, rows, cols);
        Bits.assertSame(expected, by(simd, x, rows, cols), label);
        Bits.assertSame(before, x, "x, " + label);
        float[] longer = Arrays.copyOf(x, x.length + 9);
        Arrays.fill(longer, x.length, longer.length, 7f);
        simd.run(longer, longer, rows, cols);
        Bits.assertSame(expected, Arrays.copyOf(longer, x.length), "in place, " + label);
        for (int i = x.length; i < longer.length; i++) {
            assertEquals(7f, longer[i], "beyond the matrix, " + label);
        }
        float[] inPlace = x.clone();
        scalar.run(inPlace, inPlace, rows, cols);
        Bits.assertSame(expected, inPlace, "specification in place, " + label);
        for (Rows kernel : new Rows[]{simd, scalar}) {
            assertPadded(kernel, x, expected, rows, cols, label);
        }
    }

    /** Rows at an offset and with gaps, which hold what would show if it were read, and stay as they are. */
    private static void assertPadded(Rows kernel, float[] x, float[] expected, int rows, int cols, String label) {
        int ldx = cols + 3;
        int ldy = cols + 20;
        float[] from = new float[5 + rows * ldx];
        Arrays.fill(from, Float.NaN);
        float[] to = new float[7 + rows * ldy];
        Arrays.fill(to, 7f);
        float[] wanted = to.clone();
        for (int i = 0; i < rows; i++) {
            System.arraycopy(x, i * cols, from, 5 + i * ldx, cols);
            System.arraycopy(expected, i * cols, wanted, 7 + i * ldy, cols);
        }
        kernel.run(from, 5, ldx, to, 7, ldy, rows, cols);
        Bits.assertSame(wanted, to, "with gaps, " + label);
    }

    @Test
    void rowsSumToOne() {
        long seed = 2;
        SplittableRandom random = new SplittableRandom(seed);
        for (int cols : COLS) {
            if (cols == 0) {
                continue;
            }
            float[] y = by(Softmax::softmax, Bits.uniform(random, 20 * cols, 12), 20, cols);
            // Longest chain of additions in the sum, then one division an element.
            double bound = (Math.ceilDiv(cols, 16) + 6) * U;
            for (int i = 0; i < 20; i++) {
                double sum = 0;
                for (int j = 0; j < cols; j++) {
                    sum += y[i * cols + j];
                }
                assertEquals(1, sum, bound, "seed " + seed + ", cols " + cols);
            }
        }
    }

    @Test
    void valuesAreThoseOfTheDoubleFormula() {
        long seed = 3;
        SplittableRandom random = new SplittableRandom(seed);
        for (int cols : COLS) {
            for (double limit : new double[]{0.5, 8, 50}) {
                float[] x = Bits.uniform(random, 5 * cols, limit);
                float[] y = by(Softmax::softmax, x, 5, cols);
                float[] logs = by(Softmax::logSoftmax, x, 5, cols);
                for (int i = 0; i < 5 && cols > 0; i++) {
                    double max = Double.NEGATIVE_INFINITY;
                    for (int j = 0; j < cols; j++) {
                        max = Math.max(max, x[i * cols + j]);
                    }
                    double sum = 0;
                    for (int j = 0; j < cols; j++) {
                        sum += Math.exp(x[i * cols + j] - max);
                    }
                    // Roundings of x - max (up to 2 limit), of exp (below 3 U) in numerator and sum, of the sum.
                    double relative = (4 * limit + 8 + Math.ceilDiv(cols, 16)) * U;
                    for (int j = 0; j < cols; j++) {
                        String label = "seed %d, cols %d, limit %s".formatted(seed, cols, limit);
                        double log = x[i * cols + j] - max - Math.log(sum);
                        double probability = Math.exp(log);
                        assertEquals(probability, y[i * cols + j], relative * probability + Float.MIN_VALUE, label);
                        assertEquals(log, logs[i * cols + j], relative + 2 * U * Math.abs(log), label);
                    }
                }
            }
        }
    }

    @Test
    void equalLogitsGiveEqualProbabilities() {
        for (int cols : new int[]{1, 2, 3, 10, 16, 17, 1000}) {
            for (float logit : new float[]{0f, 1e4f, -1e4f, 3e38f, -3e38f}) {
                float[] x = new float[cols];
                Arrays.fill(x, logit);
                float[] equal = new float[cols];
                Arrays.fill(equal, 1f / cols);
                Bits.assertSame(equal, softmax(x), cols + " of " + logit);
            }
        }
    }

    @Test
    void largeLogitsDoNotOverflow() {
        Bits.assertSame(new float[]{1f, 0f, 0f}, softmax(1e4f, -1e4f, 0f), "softmax");
        Bits.assertSame(new float[]{0f, -2e4f, -1e4f}, logSoftmax(1e4f, -1e4f, 0f), "logSoftmax");
        Bits.assertSame(new float[]{0.5f, 0.5f}, softmax(3e38f, 3e38f), "softmax");
        Bits.assertSame(new float[]{1f, 0f}, softmax(3e38f, -3e38f), "softmax");
    }

    @Test
    void minusInfinityBesideAFiniteLogitHasProbabilityZero() {
        float none = Float.NEGATIVE_INFINITY;
        Bits.assertSame(new float[]{0f, 0.5f, 0.5f}, softmax(none, 2f, 2f), "softmax");
        Bits.assertSame(new float[]{none, 0f}, logSoftmax(none, -3f), "logSoftmax");
    }

    @Test
    void rowsWithNanOrInfinityOrNothingButMinusInfinityAreNanAndOthersAreNot() {
        float infinity = Float.POSITIVE_INFINITY;
        float[][] bad = {{1f, Float.NaN, 3f}, {1f, infinity, 3f}, {infinity, infinity, infinity},
                {-infinity, -infinity, -infinity}, {-infinity, Float.NaN, infinity}};
        for (float[] row : bad) {
            float[] x = {1f, 1f, 1f, row[0], row[1], row[2], 2f, 2f, 2f};
            float[] y = by(Softmax::softmax, x, 3, 3);
            float[] logs = by(Softmax::logSoftmax, x, 3, 3);
            for (int i = 0; i < 9; i++) {
                boolean nan = i / 3 == 1;
                if (!nan) {
                    Bits.assertSame(1f / 3f, y[i], "beside " + Arrays.toString(row));
                }
                assertEquals(nan, Float.isNaN(y[i]), "softmax of " + Arrays.toString(row));
                // One infinity: the others are -infinity less NaN.
                assertEquals(nan, Float.isNaN(logs[i]), "logSoftmax of " + Arrays.toString(row));
            }
        }
    }

    /** Against softmax's own change when one logit moves, in double. */
    @Test
    void jacobianIsTheDerivativeOfSoftmax() {
        long seed = 4;
        SplittableRandom random = new SplittableRandom(seed);
        for (int n : new int[]{1, 2, 10, 33}) {
            float[] x = Bits.uniform(random, n, 3);
            float[] jacobian = new float[2 + n * (n + 1)];
            Softmax.jacobian(softmax(x), 0, jacobian, 2, n + 1, n);
            double[] logits = new double[n];
            Arrays.setAll(logits, i -> x[i]);
            double step = 1e-5;
            for (int k = 0; k < n; k++) {
                double[] up = logits.clone();
                up[k] += step;
                double[] down = logits.clone();
                down[k] -= step;
                double[] above = LossesTest.Loss.softmax(up);
                double[] below = LossesTest.Loss.softmax(down);
                for (int i = 0; i < n; i++) {
                    assertEquals((above[i] - below[i]) / (2 * step), jacobian[2 + i * (n + 1) + k], 3e-7,
                            "seed %d, n %d, (%d, %d)".formatted(seed, n, i, k));
                }
            }
        }
    }

    @Test
    void jacobianRefusesWrongArgumentsByName() {
        float[] four = new float[4];
        Bits.assertRefused("n", () -> Softmax.jacobian(four, 0, four, 0, 1, -1), -1);
        Bits.assertRefused("y", () -> Softmax.jacobian(four, 0, new float[25], 0, 5, 5), 5, 4);
        Bits.assertRefused("j", () -> Softmax.jacobian(four, 0, new float[15], 0, 4, 4), 16, 15);
    }

    @Test
    void rowsWithoutColumnsAreNothingToDo() throws InterruptedException {
        float[] y = {1f};
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread first = new Thread(() -> Softmax.softmax(new float[0], 0, 1, y, 0, 1, 3, 0)); // with a block that had no rows yet
        first.setUncaughtExceptionHandler((_, e) -> thrown.set(e));
        first.start();
        first.join();
        Softmax.logSoftmax(new float[0], 0, 1, y, 0, 1, 3, 0);
        assertNull(thrown.get());
        assertEquals(1f, y[0]);
    }

    @Test
    void wrongArgumentsAreRefusedByName() {
        for (Rows kernel : new Rows[]{Softmax::softmax, Softmax::logSoftmax}) {
            float[] six = new float[6];
            Bits.assertRefused("rows", () -> kernel.run(six, six, -1, 3), -1);
            Bits.assertRefused("cols", () -> kernel.run(six, six, 1, -3), -3);
            Bits.assertRefused("x", () -> kernel.run(new float[5], six, 2, 3), 5, 6);
            Bits.assertRefused("xOffset", () -> kernel.run(six, -1, 3, six, 0, 3, 1, 3), -1);
            Bits.assertRefused("y", () -> kernel.run(six, 0, 3, six, 1, 3, 2, 3), 7, 6);
            Bits.assertRefused("ldx", () -> kernel.run(six, 0, 2, six, 0, 3, 1, 3), 2, 3);
            assertThrows(IndexOutOfBoundsException.class, () -> kernel.run(six, 0, 3, six, 0, 4, 2, 3));
            Bits.assertRefused("y", () -> kernel.run(six, new float[5], 2, 3), 5, 6);
            Bits.assertRefused("x", () -> kernel.run(six, six, 65536, 65536), 65536);
        }
    }
}
