package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.DiagonalMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What all losses have in common. */
@Tag("every-width")
class LossesTest {
    private interface Kernel {
        void run(float[] z, byte[] labels, int from, int to, int classes, float scale, float[] dz, float[] loss);
    }

    /** Each loss beside its formula in double: of one sample, z to the loss and to its gradient. */
    enum Loss {
        SOFTMAX_CROSS_ENTROPY(CrossEntropy::ofSoftmax) {
            @Override
            double value(double[] z, int label) {
                return -Math.log(softmax(z)[label]);
            }

            @Override
            double[] gradient(double[] z, int label) {
                // The chain rule spelled out: the loss's derivative by a is -1/a at the label, through the Jacobian.
                double[] a = softmax(z);
                RealVector slope = new ArrayRealVector(z.length);
                slope.setEntry(label, -1 / a[label]);
                return jacobian(a).operate(slope).toArray();
            }
        },
        CROSS_ENTROPY_OF_SHORT_RUNS((z, labels, from, to, classes, scale, dz, loss) -> CrossEntropy
                .ofSoftmax(Tuning.SHORT, z, labels, from, to, classes, scale, dz, loss)) {
            @Override
            double value(double[] z, int label) {
                return SOFTMAX_CROSS_ENTROPY.value(z, label);
            }

            @Override
            double[] gradient(double[] z, int label) {
                return SOFTMAX_CROSS_ENTROPY.gradient(z, label);
            }
        },
        SIGMOID_SQUARED_ERROR(SquaredError::ofSigmoid) {
            @Override
            double value(double[] z, int label) {
                return halfSquares(outputs(z), label);
            }

            @Override
            double[] gradient(double[] z, int label) {
                double[] a = outputs(z);
                RealVector difference = difference(a, label);
                for (int j = 0; j < z.length; j++) {
                    difference.setEntry(j, difference.getEntry(j) / (2 + 2 * Math.cosh(z[j])));
                }
                return difference.toArray();
            }

            private double[] outputs(double[] z) {
                return Arrays.stream(z).map(x -> 1 / (1 + Math.exp(-x))).toArray();
            }
        },
        SOFTMAX_SQUARED_ERROR(SquaredError::ofSoftmax) {
            @Override
            double value(double[] z, int label) {
                return halfSquares(softmax(z), label);
            }

            @Override
            double[] gradient(double[] z, int label) {
                double[] a = softmax(z);
                return jacobian(a).operate(difference(a, label)).toArray();
            }
        };

        final Kernel kernel;

        Loss(Kernel kernel) {
            this.kernel = kernel;
        }

        abstract double value(double[] z, int label);

        abstract double[] gradient(double[] z, int label);

        static double[] softmax(double[] z) {
            double sum = Arrays.stream(z).map(Math::exp).sum();
            return Arrays.stream(z).map(x -> Math.exp(x) / sum).toArray();
        }

        /** diag(a) - a a^T. */
        static RealMatrix jacobian(double[] a) {
            RealVector vector = new ArrayRealVector(a);
            return vector.outerProduct(vector).scalarMultiply(-1).add(new DiagonalMatrix(a));
        }

        static RealVector difference(double[] a, int label) {
            RealVector difference = new ArrayRealVector(a);
            difference.addToEntry(label, -1);
            return difference;
        }

        static double halfSquares(double[] a, int label) {
            RealVector difference = difference(a, label);
            return difference.dotProduct(difference) / 2;
        }
    }

    static byte[] labels(SplittableRandom random, int n, int classes) {
        byte[] labels = new byte[n];
        for (int i = 0; i < n; i++) {
            labels[i] = (byte) random.nextInt(classes);
        }
        return labels;
    }

    private static double[] row(float[] x, int row, int cols) {
        double[] values = new double[cols];
        Arrays.setAll(values, j -> x[row * cols + j]);
        return values;
    }

    @ParameterizedTest
    @EnumSource
    void lossesAndGradientsAreThoseOfTheDoubleFormulas(Loss function) {
        for (int classes : new int[]{1, 2, 3, 10, 15, 16, 17, 33, 128, 200, 256}) {
            for (double limit : new double[]{0.1, 3, 9}) {
                long seed = 100 * classes + (long) limit;
                SplittableRandom random = new SplittableRandom(seed);
                int n = 12;
                float[] z = Bits.uniform(random, n * classes, limit);
                byte[] labels = labels(random, n, classes);
                float[] dz = new float[z.length];
                float[] loss = new float[n];
                function.kernel.run(z, labels, 0, n, classes, 0.3f, dz, loss);
                for (int i = 0; i < n; i++) {
                    double[] logits = row(z, i, classes);
                    String label = "%s, seed %d, classes %d, row %d".formatted(function, seed, classes, i);
                    double expected = function.value(logits, labels[i] & 0xff);
                    assertEquals(expected, loss[i], 3e-6 * (1 + expected), label);
                    double[] gradient = function.gradient(logits, labels[i] & 0xff);
                    for (int j = 0; j < classes; j++) {
                        assertEquals(0.3f * gradient[j], dz[i * classes + j], 4e-7, label + ", class " + j);
                    }
                }
            }
        }
    }

    /** The formulas above are themselves checked: the gradient is what the loss does when z moves. */
    @ParameterizedTest
    @EnumSource
    void doubleGradientsAreCentralDifferencesOfTheDoubleLosses(Loss function) {
        long seed = 1;
        SplittableRandom random = new SplittableRandom(seed);
        double[] z = random.doubles(10, -3, 3).toArray();
        for (int label = 0; label < 10; label++) {
            double[] gradient = function.gradient(z, label);
            for (int j = 0; j < 10; j++) {
                double step = 1e-5;
                double[] up = z.clone();
                up[j] += step;
                double[] down = z.clone();
                down[j] -= step;
                double slope = (function.value(up, label) - function.value(down, label)) / (2 * step);
                assertEquals(slope, gradient[j], 1e-9, "%s, seed %d, label %d, %d".formatted(function, seed, label,
                        j));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void lossAndGradientAreFiniteForHugeLogits(Loss function) {
        float[][] logits = {{1e4f, -1e4f, 0f}, {-1e4f, 1e4f, 1e4f}, {3e38f, 0f, 1f}, {-3e38f, 0f, 1f},
                {3e38f, 3e38f, 3e38f}, {-3e38f, -3e38f, -3e38f}, {1e4f, 3e38f, -1e4f}};
        for (float[] z : logits) {
            for (byte label = 0; label < 3; label++) {
                float[] dz = new float[3];
                float[] loss = new float[1];
                function.kernel.run(z, new byte[]{label}, 0, 1, 3, 1f, dz, loss);
                String what = "%s of %s, label %d: %s, gradient %s".formatted(function, Arrays.toString(z), label,
                        loss[0], Arrays.toString(dz));
                assertTrue(Float.isFinite(loss[0]) && loss[0] >= 0f, what);
                for (float d : dz) {
                    assertTrue(Math.abs(d) <= 1f, what);
                }
            }
        }
    }

    /** Threads take ranges of rows, so a range must give the bits that the whole gives, and write nothing else. */
    @ParameterizedTest
    @EnumSource
    void aRangeOfRowsHasTheBitsOfTheWholeAndTouchesNoOtherRow(Loss function) {
        for (int classes : new int[]{1, 3, 10, 17, 40}) {
            long seed = classes;
            SplittableRandom random = new SplittableRandom(seed);
            int n = 23;
            float[] z = Bits.uniform(random, n * classes, 5);
            byte[] labels = labels(random, n, classes);
            float[] wholeDz = new float[z.length];
            float[] wholeLoss = new float[n];
            function.kernel.run(z, labels, 0, n, classes, 0.37f, wholeDz, wholeLoss);
            for (int from = 0; from <= n; from += 5) {
                for (int to : new int[]{from, Math.min(n, from + 1), Math.min(n, from + 7), n}) {
                    float[] dz = Bits.uniform(random, z.length, 1);
                    float[] loss = Bits.uniform(random, n, 1);
                    float[] expectedDz = dz.clone();
                    float[] expectedLoss = loss.clone();
                    System.arraycopy(wholeDz, from * classes, expectedDz, from * classes, (to - from) * classes);
                    System.arraycopy(wholeLoss, from, expectedLoss, from, to - from);
                    float[] before = z.clone();
                    function.kernel.run(z, labels, from, to, classes, 0.37f, dz, loss);
                    String label = "%s, seed %d, classes %d, rows %d to %d".formatted(function, seed, classes, from,
                            to);
                    Bits.assertSame(expectedDz, dz, "dz, " + label);
                    Bits.assertSame(expectedLoss, loss, "loss, " + label);
                    Bits.assertSame(before, z, "z, " + label);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void scaleMultipliesTheGradientAndNotTheLoss(Loss function) {
        long seed = 2;
        SplittableRandom random = new SplittableRandom(seed);
        float[] z = Bits.uniform(random, 200, 4);
        byte[] labels = labels(random, 20, 10);
        float[] dz = new float[200];
        float[] loss = new float[20];
        function.kernel.run(z, labels, 0, 20, 10, 1f, dz, loss);
        for (float scale : new float[]{0f, 0.125f, -2f}) { // powers of two multiply exactly
            float[] expected = new float[200];
            for (int i = 0; i < 200; i++) {
                expected[i] = scale * dz[i] + 0f;
            }
            float[] scaledDz = new float[200];
            float[] scaledLoss = new float[20];
            function.kernel.run(z, labels, 0, 20, 10, scale, scaledDz, scaledLoss);
            for (int i = 0; i < 200; i++) {
                scaledDz[i] += 0f; // the sign of a zero is nobody's business
            }
            Bits.assertSame(expected, scaledDz, "%s, seed %d, scale %s".formatted(function, seed, scale));
            Bits.assertSame(loss, scaledLoss, "%s, seed %d, scale %s".formatted(function, seed, scale));
        }
    }

    @ParameterizedTest
    @EnumSource
    void nanLogitsGiveNanLossesOfTheirOwnRowAlone(Loss function) {
        float[] z = {1f, 2f, Float.NaN, 2f, 1f, 2f};
        float[] dz = new float[6];
        float[] loss = new float[3];
        function.kernel.run(z, new byte[3], 0, 3, 2, 1f, dz, loss);
        assertTrue(Float.isNaN(loss[1]) && Float.isNaN(dz[2]), Arrays.toString(loss));
        assertTrue(Float.isFinite(loss[0]) && loss[0] == loss[2], Arrays.toString(loss));
        assertTrue(Float.isFinite(dz[0] + dz[1]) && dz[0] == dz[4] && dz[1] == dz[5], Arrays.toString(dz));
    }

    /** The bits of the loss and its gradient, one element at a time, by the scalar kernels. */
    @ParameterizedTest
    @EnumSource
    void bitsAreThoseOfTheScalarFormulas(Loss function) {
        for (int classes : new int[]{1, 2, 3, 10, 15, 16, 17, 33, 128, 200, 256}) {
            long seed = 7 + classes;
            SplittableRandom random = new SplittableRandom(seed);
            int n = 300; // several blocks of rows
            float[] z = Bits.uniform(random, n * classes, 6);
            byte[] labels = labels(random, n, classes);
            float[] dz = new float[z.length];
            float[] loss = new float[n];
            function.kernel.run(z, labels, 0, n, classes, 0.3f, dz, loss);
            float[] a = new float[z.length];
            if (function == Loss.SIGMOID_SQUARED_ERROR) {
                for (int i = 0; i < a.length; i++) {
                    a[i] = ScalarMath.sigmoid(z[i]);
                }
            } else {
                ScalarSoftmax.softmax(z, 0, classes, a, 0, classes, n, classes);
            }
            float[] logs = new float[z.length];
            ScalarSoftmax.logSoftmax(z, 0, classes, logs, 0, classes, n, classes);
            for (int i = 0; i < n; i++) {
                float[] row = Arrays.copyOfRange(a, i * classes, (i + 1) * classes);
                float[] others = row.clone();
                int right = labels[i] & 0xff;
                others[right] = 0f;
                float d = row[right] - 1f;
                float rest = Reductions.dot(others, 0, others, 0, classes);
                float[] gradient = new float[classes];
                for (int j = 0; j < classes; j++) {
                    float e = j == right ? d : row[j];
                    gradient[j] = switch (function) {
                        case SOFTMAX_CROSS_ENTROPY, CROSS_ENTROPY_OF_SHORT_RUNS ->
                            row[j] * 0.3f - (j == right ? 0.3f : 0f);
                        case SIGMOID_SQUARED_ERROR -> e * (row[j] * (1f - row[j])) * 0.3f;
                        case SOFTMAX_SQUARED_ERROR -> row[j] * (e - Math.fma(d, row[right], rest)) * 0.3f;
                    };
                }
                float expected = function == Loss.SOFTMAX_CROSS_ENTROPY || function == Loss.CROSS_ENTROPY_OF_SHORT_RUNS
                        ? -logs[i * classes + right]
                        : 0.5f * Math.fma(d, d, rest);
                String label = "%s, seed %d, classes %d, row %d".formatted(function, seed, classes, i);
                Bits.assertSame(expected + 0f, loss[i] + 0f, label);
                Bits.assertSame(gradient, Arrays.copyOfRange(dz, i * classes, (i + 1) * classes), label);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void wrongArgumentsAreRefusedByName(Loss function) {
        Kernel kernel = function.kernel;
        float[] z = new float[30];
        float[] loss = new float[3];
        byte[] labels = {0, 9, 3};
        Bits.assertRefused("labels", () -> kernel.run(z, new byte[]{0, 10, 3}, 0, 3, 10, 1f, z.clone(), loss), 10, 1,
                9);
        Bits.assertRefused("labels", () -> kernel.run(z, new byte[]{0, 0, -1}, 0, 3, 10, 1f, z.clone(), loss), 255, 2,
                9);
        Bits.assertRefused("labels", () -> kernel.run(z, labels, 0, 3, 9, 1f, z.clone(), loss), 9, 1, 8);
        Bits.assertRefused("classes", () -> kernel.run(z, labels, 0, 3, -10, 1f, z.clone(), loss), -10);
        Bits.assertRefused("z", () -> kernel.run(new float[29], labels, 1, 3, 10, 1f, z.clone(), loss), 29, 30);
        Bits.assertRefused("dz", () -> kernel.run(z, labels, 1, 3, 10, 1f, new float[29], loss), 29, 30);
        Bits.assertRefused("loss", () -> kernel.run(z, labels, 0, 3, 10, 1f, z.clone(), new float[2]), 3, 2);
        Bits.assertRefused("from", () -> kernel.run(z, labels, 0, 4, 10, 1f, z.clone(), loss), 0, 4, 3);
        Bits.assertRefused("from", () -> kernel.run(z, labels, -1, 3, 10, 1f, z.clone(), loss), -1, 3);
        Bits.assertRefused("from", () -> kernel.run(z, labels, 2, 1, 10, 1f, z.clone(), loss), 2, 1, 3);
        // Row 65536 of 65536 begins at element 2^32, which is 0 to an int.
        Bits.assertRefused("z", () -> kernel.run(new float[65536], new byte[65537], 65536, 65537, 65536, 1f,
                new float[65536], new float[65537]), 65537, 65536);
    }

    @ParameterizedTest
    @EnumSource
    void labelsOutsideTheRangeAreNotRead(Loss function) {
        float[] loss = new float[3];
        function.kernel.run(new float[30], new byte[]{99, 4, -1}, 1, 2, 10, 1f, new float[30], loss);
        assertTrue(loss[1] > 0f);
    }
}
