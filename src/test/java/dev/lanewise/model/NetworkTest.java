package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("every-width")
class NetworkTest {
    private static final int ROWS = 37;

    private static Network random(Architecture architecture, int rows, long seed) {
        Network network = Network.of(architecture, rows).initialize(seed);
        SplittableRandom random = new SplittableRandom(seed + 1);
        network.parameters().stream().filter(p -> !p.decays()).forEach(p -> fill(p.value(), random, -1));
        fill(network.input(), random, 0);
        for (int i = 0; i < rows; i++) {
            network.labels()[i] = (byte) random.nextInt(architecture.classes());
        }
        return network;
    }

    private static void fill(float[] values, SplittableRandom random, float from) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (from + (1 - from) * random.nextDouble());
        }
    }

    private static void step(Network network, int rows) {
        network.forward(0, rows);
        network.lossAndGradient(0, rows, 1f / rows);
        network.backward(0, rows);
        network.gradients(rows, 0, Shares.ALL);
    }

    private static int[] bits(float[] values) {
        return bits(values, values.length);
    }

    private static int[] bits(float[] values, int n) {
        int[] bits = new int[n];
        for (int i = 0; i < n; i++) {
            bits[i] = Float.floatToIntBits(values[i]);
        }
        return bits;
    }

    static Stream<Arguments> networks() {
        return Stream.of(Activation.values()).flatMap(activation -> Stream.of(Loss.values())
                .map(loss -> Arguments.of(activation, loss)));
    }

    /** Forward, loss, backward and gradients of 784-16-10, written with matrices of commons-math3 in double. */
    @ParameterizedTest
    @MethodSource("networks")
    void twoLayerNetworkIsTheMatrixFormula(Activation activation, Loss loss) {
        Architecture architecture = new Architecture(784, List.of(16), 10, activation, loss);
        Network network = random(architecture, ROWS, 5);
        step(network, ROWS);

        RealMatrix x = matrix(network.input(), ROWS, 784);
        RealMatrix w1 = matrix(network.parameters().get(0).value(), 784, 16);
        RealMatrix b1 = matrix(network.parameters().get(1).value(), 1, 16);
        RealMatrix w2 = matrix(network.parameters().get(2).value(), 16, 10);
        RealMatrix b2 = matrix(network.parameters().get(3).value(), 1, 10);
        RealMatrix ones = new Array2DRowRealMatrix(ROWS, 1).scalarAdd(1);
        RealMatrix y = new Array2DRowRealMatrix(ROWS, 10);
        for (int i = 0; i < ROWS; i++) {
            y.setEntry(i, network.labels()[i], 1);
        }

        RealMatrix a1 = map(x.multiply(w1).add(ones.multiply(b1)), switch (activation) {
            case NONE -> z -> z;
            case RELU -> z -> Math.max(0, z);
            case SIGMOID -> z -> 1 / (1 + Math.exp(-z));
            case TANH -> Math::tanh;
        });
        RealMatrix z2 = a1.multiply(w2).add(ones.multiply(b2));
        RealMatrix exps = map(z2, Math::exp);
        RealMatrix softmax = exps.copy();
        for (int i = 0; i < ROWS; i++) {
            softmax.setRowMatrix(i, softmax.getRowMatrix(i).scalarMultiply(1 / Arrays.stream(exps.getRow(i)).sum()));
        }
        RealMatrix p = loss == Loss.SQUARED_ERROR ? map(z2, z -> 1 / (1 + Math.exp(-z))) : softmax;
        RealMatrix d = p.subtract(y);
        RealMatrix losses = loss == Loss.CROSS_ENTROPY
                ? times(y, map(p, v -> -Math.log(v))).multiply(column(10))
                : times(d, d).multiply(column(10)).scalarMultiply(0.5);
        RealMatrix dz2 = switch (loss) {
            case CROSS_ENTROPY -> d;
            case SQUARED_ERROR -> times(d, times(p, map(p, v -> 1 - v)));
            // Row by row through softmax's Jacobian, diag(p) - p p^T.
            case SOFTMAX_SQUARED_ERROR -> {
                RealMatrix rows = d.copy();
                for (int i = 0; i < ROWS; i++) {
                    RealMatrix row = p.getRowMatrix(i);
                    RealMatrix jacobian = MatrixUtils.createRealDiagonalMatrix(p.getRow(i))
                            .subtract(row.transpose().multiply(row));
                    rows.setRowMatrix(i, d.getRowMatrix(i).multiply(jacobian));
                }
                yield rows;
            }
        };
        dz2 = dz2.scalarMultiply(1.0 / ROWS);
        RealMatrix da1 = dz2.multiply(w2.transpose());
        RealMatrix dz1 = times(da1, map(a1, switch (activation) {
            case NONE -> a -> 1;
            case RELU -> a -> a > 0 ? 1 : 0;
            case SIGMOID -> a -> a * (1 - a);
            case TANH -> a -> 1 - a * a;
        }));

        assertClose("logits", z2, network.output());
        assertClose("probabilities", p, network.probabilities(ROWS));
        assertClose("losses", losses, network.losses());
        assertClose("dW2", a1.transpose().multiply(dz2), network.parameters().get(2).gradient());
        assertClose("db2", ones.transpose().multiply(dz2), network.parameters().get(3).gradient());
        assertClose("dW1", x.transpose().multiply(dz1), network.parameters().get(0).gradient());
        assertClose("db1", ones.transpose().multiply(dz1), network.parameters().get(1).gradient());
        for (int i = 0; i < ROWS; i++) {
            double[] row = z2.getRow(i);
            int best = 0;
            for (int j = 1; j < row.length; j++) {
                best = row[j] > row[best] ? j : best;
            }
            assertEquals(best, network.predicted(i), "row " + i);
        }
    }

    private static RealMatrix matrix(float[] values, int rows, int cols) {
        RealMatrix matrix = new Array2DRowRealMatrix(rows, cols);
        for (int i = 0; i < rows * cols; i++) {
            matrix.setEntry(i / cols, i % cols, values[i]);
        }
        return matrix;
    }

    private static RealMatrix column(int rows) {
        return new Array2DRowRealMatrix(rows, 1).scalarAdd(1);
    }

    private static RealMatrix map(RealMatrix matrix, DoubleUnaryOperator f) {
        RealMatrix result = matrix.copy();
        for (int i = 0; i < matrix.getRowDimension(); i++) {
            for (int j = 0; j < matrix.getColumnDimension(); j++) {
                result.setEntry(i, j, f.applyAsDouble(matrix.getEntry(i, j)));
            }
        }
        return result;
    }

    /** Element by element. */
    private static RealMatrix times(RealMatrix a, RealMatrix b) {
        RealMatrix result = a.copy();
        for (int i = 0; i < a.getRowDimension(); i++) {
            for (int j = 0; j < a.getColumnDimension(); j++) {
                result.multiplyEntry(i, j, b.getEntry(i, j));
            }
        }
        return result;
    }

    /** Frobenius norms: the error is below 1e-5 of the expected matrix (measured: 4e-7 at most). */
    private static void assertClose(String name, RealMatrix expected, float[] actual) {
        assertTrue(expected.getFrobeniusNorm() > 0, name + " is nothing but 0");
        double error = expected.subtract(matrix(actual, expected.getRowDimension(), expected.getColumnDimension()))
                .getFrobeniusNorm() / expected.getFrobeniusNorm();
        assertTrue(error < 1e-5, () -> "%s: relative error %s".formatted(name, error));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void rowsInPiecesAndGradientsInSharesAreTheSameBits(Activation activation, Loss loss) {
        Architecture architecture = new Architecture(83, List.of(45, 21), 7, activation, loss);
        Network whole = random(architecture, ROWS, 8);
        step(whole, ROWS);
        for (int[] cuts : new int[][]{{0, 1, ROWS}, {0, 8, 16, 24, 32, ROWS}, {0, 5, 5, 36, ROWS}, {0, 18, ROWS}}) {
            Network pieces = random(architecture, ROWS, 8);
            for (int c = cuts.length - 2; c >= 0; c--) { // in any order
                pieces.forward(cuts[c], cuts[c + 1]);
                pieces.lossAndGradient(cuts[c], cuts[c + 1], 1f / ROWS);
                pieces.backward(cuts[c], cuts[c + 1]);
            }
            int shares = cuts.length; // 3 and more, also more than a narrow layer has runs of 16
            for (int share = shares - 1; share >= 0; share--) {
                pieces.gradients(ROWS, Shares.ALL * share / shares, Shares.ALL * (share + 1) / shares);
            }
            assertSameBits(whole, pieces, ROWS, Arrays.toString(cuts));
        }
    }

    /** One step of descent: the weights move as the gradients say, whatever the shares, whoever the layer is. */
    @ParameterizedTest
    @MethodSource("networks")
    void descentIsTheGradientsAddedToTheParameters(Activation activation, Loss loss) {
        Architecture architecture = new Architecture(83, List.of(45, 21), 7, activation, loss);
        Network expected = random(architecture, ROWS, 8);
        step(expected, ROWS);
        float keep = 0.875f;
        String[] weights = new String[3];
        for (int shares = 1; shares <= 3; shares++) {
            Network network = random(architecture, ROWS, 8);
            step(network, ROWS);
            for (int share = 0; share < shares; share++) {
                network.descend(null, ROWS, keep, Shares.ALL * share / shares, Shares.ALL * (share + 1) / shares);
            }
            for (int p = 0; p < expected.parameters().size(); p++) {
                Parameter before = expected.parameters().get(p);
                Parameter after = network.parameters().get(p);
                for (int i = 0; i < before.size(); i++) {
                    double kept = (before.decays() ? keep : 1) * before.value()[i];
                    assertEquals(kept + before.gradient()[i], after.value()[i], 1e-6, before.name());
                }
            }
            weights[shares - 1] = network.parameters().stream().map(Parameter::value).map(Arrays::toString).toList()
                    .toString();
        }
        assertEquals(weights[0], weights[1]);
        assertEquals(weights[0], weights[2]);
    }

    /** A layer that offers nothing but gradients descends too. */
    @Test
    void layerThatOnlyHasGradientsDescends() {
        Dense dense = new Dense("dense1", 40, 3, Activation.NONE);
        Initializer.suiting(Activation.NONE).initialize(dense, new SplittableRandom(4));
        Layer plain = new Layer() {
            @Override
            public int inputs() {
                return 40;
            }

            @Override
            public int outputs() {
                return 3;
            }

            @Override
            public List<Parameter> parameters() {
                return dense.parameters();
            }

            @Override
            public void forward(float[] x, float[] y, int from, int to) {
                dense.forward(x, y, from, to);
            }

            @Override
            public void backward(float[] x, float[] y, float[] dy, float[] dx, int from, int to) {
                dense.backward(x, y, dy, dx, from, to);
            }

            @Override
            public void gradients(float[] x, float[] dy, int rows, int from, int to) {
                dense.gradients(x, dy, rows, from, to);
            }
        };
        float[] x = new float[40];
        Arrays.fill(x, 0.5f);
        float[] dy = {1f, -2f, 4f};
        float[] before = dense.weight().value().clone();
        for (int share = 0; share < 3; share++) {
            plain.descend(x, dy, 1, 0.75f, Shares.ALL * share / 3, Shares.ALL * (share + 1) / 3);
        }
        for (int i = 0; i < before.length; i++) {
            assertEquals(0.75f * before[i] + 0.5f * dy[i % 3], dense.weight().value()[i], 1e-6f);
        }
        assertArrayEquals(dy, dense.bias().value());
    }

    private static void assertSameBits(Network expected, Network actual, int rows, String message) {
        int outputs = rows * expected.classes();
        assertArrayEquals(bits(expected.output(), outputs), bits(actual.output(), outputs), message);
        assertArrayEquals(bits(expected.losses(), rows), bits(actual.losses(), rows), message);
        for (int p = 0; p < expected.parameters().size(); p++) {
            Parameter parameter = expected.parameters().get(p);
            assertArrayEquals(bits(parameter.gradient()), bits(actual.parameters().get(p).gradient()),
                    () -> message + " " + parameter.name());
        }
    }

    @Test
    void batchSmallerThanTheBuffersLeavesTheOtherRowsOut() {
        Architecture architecture = new Architecture(20, List.of(18), 6, Activation.TANH, Loss.CROSS_ENTROPY);
        int rows = 11;
        Network large = random(architecture, ROWS, 2);
        step(large, ROWS); // leaves outputs and gradients in every row
        Network fitting = random(architecture, rows, 2);
        System.arraycopy(large.input(), 0, fitting.input(), 0, rows * 20);
        System.arraycopy(large.labels(), 0, fitting.labels(), 0, rows);
        for (int p = 0; p < 4; p++) {
            float[] value = large.parameters().get(p).value();
            System.arraycopy(value, 0, fitting.parameters().get(p).value(), 0, value.length);
        }
        int[] laterLogits = bits(large.output());
        step(large, rows);
        step(fitting, rows);
        assertSameBits(fitting, large, rows, "batch of 11");
        assertArrayEquals(Arrays.copyOfRange(laterLogits, rows * 6, ROWS * 6),
                Arrays.copyOfRange(bits(large.output()), rows * 6, ROWS * 6));
        assertEquals(rows * 6, large.probabilities(rows).length);
    }

    @Test
    void gradientIsOfTheMeanOverTheBatch() {
        Architecture architecture = new Architecture(5, List.of(), 4, Activation.RELU, Loss.CROSS_ENTROPY);
        Network network = random(architecture, 8, 3);
        network.forward(0, 8);
        network.lossAndGradient(0, 8, 1f / 8);
        network.backward(0, 8);
        network.gradients(8, 0, Shares.ALL);
        int[] ofEight = bits(network.parameters().getFirst().gradient());
        network.lossAndGradient(0, 8, 1f / 4); // a power of two: only the exponents change
        network.backward(0, 8);
        network.gradients(8, 0, Shares.ALL);
        float[] doubled = network.parameters().getFirst().gradient();
        for (int i = 0; i < doubled.length; i++) {
            assertEquals(ofEight[i], Float.floatToIntBits(doubled[i] / 2));
        }
    }

    @Test
    void layersThatDoNotFitAreRefused() {
        Dense first = new Dense("dense1", 4, 3, Activation.RELU);
        Dense second = new Dense("dense2", 2, 5, Activation.NONE);
        IllegalArgumentException mismatch = assertThrows(IllegalArgumentException.class,
                () -> new Network(List.of(first, second), Loss.CROSS_ENTROPY, 1));
        assertEquals("layer 2 takes 2 inputs after 3 outputs", mismatch.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Network(List.of(), Loss.CROSS_ENTROPY, 1));
        assertThrows(IllegalArgumentException.class, () -> new Network(List.of(first), Loss.CROSS_ENTROPY, 0));
    }

    @ParameterizedTest
    @CsvSource({"1 2 3, 2", "3 2 1, 0", "1 3 3, 1", "2 2 2, 0", "-3 -1 -1, 1", "0 -0.0 0, 0",
            "-Infinity 5 Infinity, 2"})
    void predictedClassIsTheLargestOutputAndTheLowerOfTwoEqualOnes(String outputs, int expected) {
        Network network = new Network(List.of(new Dense("dense1", 1, 3, Activation.NONE)), Loss.CROSS_ENTROPY, 2);
        String[] values = outputs.split(" ");
        for (int j = 0; j < 3; j++) {
            network.output()[j] = 9 - j; // another row, which must not matter
            network.output()[3 + j] = Float.parseFloat(values[j]);
        }
        assertEquals(expected, network.predicted(1));
    }

    @Test
    void architectureGivesLayersNamesAndShapes() {
        Network network = Network.of(new Architecture(12, List.of(7, 5), 3, Activation.SIGMOID, Loss.SQUARED_ERROR), 4);
        assertEquals(List.of("dense1.weight [12, 7] true", "dense1.bias [7] false", "dense2.weight [7, 5] true",
                "dense2.bias [5] false", "dense3.weight [5, 3] true", "dense3.bias [3] false"),
                network.parameters().stream().map(p -> p.name() + " " + p.shape() + " " + p.decays()).toList());
        assertEquals(12, network.inputs());
        assertEquals(3, network.classes());
        assertEquals(4, network.capacity());
        assertEquals(48, network.input().length);
        for (Parameter parameter : network.parameters()) {
            assertEquals(parameter.size(), parameter.shape().stream().reduce(1, (a, b) -> a * b));
        }
    }

    @Test
    void sameSeedGivesTheSameWeightsAndAnotherSeedOthers() {
        Architecture architecture = new Architecture(30, List.of(20), 10, Activation.RELU, Loss.CROSS_ENTROPY);
        Network first = Network.of(architecture, 1).initialize(7);
        Network again = Network.of(architecture, 9).initialize(7);
        Network other = Network.of(architecture, 1).initialize(8);
        for (int p = 0; p < 4; p++) {
            int[] bits = bits(first.parameters().get(p).value());
            assertArrayEquals(bits, bits(again.parameters().get(p).value()));
            boolean bias = !first.parameters().get(p).decays();
            assertEquals(bias, Arrays.equals(bits, bits(other.parameters().get(p).value())));
        }
        assertFalse(Arrays.equals(bits(first.parameters().get(0).value(), 200),
                bits(first.parameters().get(2).value(), 200)), "both layers begin with the same weights");
    }

    /** The gradient of a step with dropout and smoothed labels is the derivative of that very step's loss. */
    @ParameterizedTest
    @EnumSource(value = Activation.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void regularizedGradientsAreTheDerivativesOfTheLossOfTheSameStep(Activation activation) {
        SplittableRandom random = new SplittableRandom(31);
        int rows = 6;
        Network plain = Network.of(new Architecture(5, List.of(9, 7), 4, activation, Loss.CROSS_ENTROPY), rows)
                .initialize(3);
        Network network = plain.regularized(rows, 0.4, 0.1, 8);
        assertEquals(plain.parameters(), network.parameters(), "the same arrays");
        for (int i = 0; i < rows * 5; i++) {
            network.input()[i] = (float) random.nextDouble(-1, 1);
        }
        for (int i = 0; i < rows; i++) {
            network.labels()[i] = (byte) (i % 4);
        }
        double before = meanLoss(network, 11, rows);
        network.backward(0, rows);
        network.gradients(rows, 0, Shares.ALL);
        assertNotEquals(before, meanLoss(network, 12, rows), "another step drops others");
        assertEquals(before, meanLoss(network, 11, rows), "the same step drops the same");
        float h = 0x1p-7f;
        for (Parameter parameter : network.parameters()) {
            for (int i = 0; i < parameter.size(); i += 3) {
                float w = parameter.value()[i];
                parameter.value()[i] = w + h;
                double above = meanLoss(network, 11, rows);
                parameter.value()[i] = w - h;
                double below = meanLoss(network, 11, rows);
                parameter.value()[i] = w;
                assertEquals((above - below) / (2 * h), parameter.gradient()[i], 2e-3, parameter.name() + " " + i);
            }
        }
    }

    private static double meanLoss(Network network, int step, int rows) {
        network.begin(step);
        network.forward(0, rows);
        network.lossAndGradient(0, rows, 1f / rows);
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            sum += network.losses()[i];
        }
        return sum / rows;
    }

    @Test
    void whatCannotBeRegularizedIsRefused() {
        Network network = Network.of(new Architecture(2, List.of(3), 2, Activation.TANH, Loss.SQUARED_ERROR), 1);
        for (double bad : new double[]{-0.1, 1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> network.regularized(1, bad, 0, 1));
            assertThrows(IllegalArgumentException.class, () -> network.regularized(1, 0, bad, 1));
        }
        assertEquals("smoothing: of labels for cross-entropy, not for mse",
                assertThrows(IllegalArgumentException.class, () -> network.regularized(1, 0, 0.1, 1)).getMessage());
    }
}
