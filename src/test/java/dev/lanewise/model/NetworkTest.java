package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class NetworkTest {
    private static final int ROWS = 37;

    static Stream<Perceptron> twoLayers() {
        return Perceptron.all(784, 16, 10);
    }

    static Stream<Perceptron> threeLayers() {
        return Perceptron.all(83, 45, 21, 7);
    }

    /** Forward, loss, backward and gradients of 784-16-10, written with matrices of commons-math3 in double. */
    @ParameterizedTest
    @MethodSource("twoLayers")
    void twoLayerNetworkIsTheMatrixFormula(Perceptron perceptron) {
        String loss = perceptron.loss();
        Pipeline pipeline = perceptron.atWork(ROWS, 5);
        Network network = pipeline.network();
        double meanLoss = pipeline.pass(ROWS);

        RealMatrix x = matrix(pipeline.input().values(), ROWS, 784);
        RealMatrix w1 = matrix(network.parameters().get(0).value(), 784, 16);
        RealMatrix b1 = matrix(network.parameters().get(1).value(), 1, 16);
        RealMatrix w2 = matrix(network.parameters().get(2).value(), 16, 10);
        RealMatrix b2 = matrix(network.parameters().get(3).value(), 1, 10);
        RealMatrix ones = new Array2DRowRealMatrix(ROWS, 1).scalarAdd(1);
        RealMatrix y = new Array2DRowRealMatrix(ROWS, 10);
        for (int i = 0; i < ROWS; i++) {
            y.setEntry(i, pipeline.labels()[i], 1);
        }

        RealMatrix a1 = map(x.multiply(w1).add(ones.multiply(b1)), switch (perceptron.activation()) {
            case "relu" -> z -> Math.max(0, z);
            case "sigmoid" -> z -> 1 / (1 + Math.exp(-z));
            case "tanh" -> Math::tanh;
            default -> z -> z;
        });
        RealMatrix z2 = a1.multiply(w2).add(ones.multiply(b2));
        RealMatrix exps = map(z2, Math::exp);
        RealMatrix softmax = exps.copy();
        for (int i = 0; i < ROWS; i++) {
            softmax.setRowMatrix(i, softmax.getRowMatrix(i).scalarMultiply(1 / Arrays.stream(exps.getRow(i)).sum()));
        }
        RealMatrix p = loss.equals("mse") ? map(z2, z -> 1 / (1 + Math.exp(-z))) : softmax;
        RealMatrix d = p.subtract(y);
        RealMatrix losses = loss.equals("cross-entropy")
                ? times(y, map(p, v -> -Math.log(v))).multiply(column(10))
                : times(d, d).multiply(column(10)).scalarMultiply(0.5);
        RealMatrix dz2 = switch (loss) {
            case "cross-entropy" -> d;
            case "mse" -> times(d, times(p, map(p, v -> 1 - v)));
            // Row by row through softmax's Jacobian, diag(p) - p p^T.
            case "softmax-mse" -> {
                RealMatrix rows = d.copy();
                for (int i = 0; i < ROWS; i++) {
                    RealMatrix row = p.getRowMatrix(i);
                    RealMatrix jacobian = MatrixUtils.createRealDiagonalMatrix(p.getRow(i))
                            .subtract(row.transpose().multiply(row));
                    rows.setRowMatrix(i, d.getRowMatrix(i).multiply(jacobian));
                }
                yield rows;
            }
            default -> throw new AssertionError(loss);
        };
        dz2 = dz2.scalarMultiply(1.0 / ROWS);
        RealMatrix da1 = dz2.multiply(w2.transpose());
        RealMatrix dz1 = times(da1, map(a1, switch (perceptron.activation()) {
            case "relu" -> a -> a > 0 ? 1 : 0;
            case "sigmoid" -> a -> a * (1 - a);
            case "tanh" -> a -> 1 - a * a;
            default -> a -> 1;
        }));

        float[] predictions = new float[ROWS * 10];
        pipeline.predict(predictions, ROWS);
        assertClose("logits", z2, pipeline.logits());
        assertClose("probabilities", p, predictions);
        assertClose("losses", losses, pipeline.losses());
        assertEquals(ones.transpose().multiply(losses).getEntry(0, 0) / ROWS, meanLoss, 1e-5 * meanLoss);
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
            assertEquals(best, pipeline.predicted(i), "row " + i);
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
    @MethodSource("threeLayers")
    void rowsInPiecesAndGradientsInSharesAreTheSameBits(Perceptron perceptron) {
        Pipeline whole = perceptron.atWork(ROWS, 8);
        whole.pass(ROWS);
        for (int[] cuts : new int[][]{{0, 1, ROWS}, {0, 8, 16, 24, 32, ROWS}, {0, 5, 5, 36, ROWS}, {0, 18, ROWS}}) {
            Pipeline pieces = perceptron.atWork(ROWS, 8);
            for (int c = cuts.length - 2; c >= 0; c--) { // in any order
                pieces.forward(cuts[c], cuts[c + 1]);
                pieces.lossAndGradient(cuts[c], cuts[c + 1], 1f / ROWS);
                pieces.backward(cuts[c], cuts[c + 1]);
            }
            int shares = cuts.length; // 3 and more, also more than a narrow layer has runs of 16
            for (int share = shares - 1; share >= 0; share--) {
                pieces.gradients(ROWS, Parts.COUNT * share / shares, Parts.COUNT * (share + 1) / shares);
            }
            assertSameBits(whole, pieces, ROWS, Arrays.toString(cuts));
        }
    }

    private static float[][] values(Pipeline pipeline) {
        return pipeline.network().parameters().stream().map(Parameter::value).toArray(float[][]::new);
    }

    private static void assertSameBits(Pipeline expected, Pipeline actual, int rows, String message) {
        int outputs = rows * expected.network().classes();
        assertArrayEquals(bits(expected.logits(), outputs), bits(actual.logits(), outputs), message);
        assertArrayEquals(bits(expected.losses(), rows), bits(actual.losses(), rows), message);
        for (int p = 0; p < expected.network().parameters().size(); p++) {
            Parameter parameter = expected.network().parameters().get(p);
            assertArrayEquals(Perceptron.bits(parameter.gradient()),
                    Perceptron.bits(actual.network().parameters().get(p).gradient()),
                    () -> message + " " + parameter.name());
        }
    }

    private static int[] bits(float[] values, int n) {
        return Perceptron.bits(Arrays.copyOf(values, n));
    }

    @Test
    void batchSmallerThanTheBuffersLeavesTheOtherRowsOut() {
        Perceptron perceptron = Perceptron.of("tanh", "cross-entropy", 20, 18, 6);
        int rows = 11;
        Pipeline large = perceptron.atWork(ROWS, 2);
        large.pass(ROWS); // leaves outputs and gradients in every row
        Pipeline fitting = perceptron.atWork(rows, 2);
        System.arraycopy(large.input().values(), 0, fitting.input().values(), 0, rows * 20);
        System.arraycopy(large.labels(), 0, fitting.labels(), 0, rows);
        for (int p = 0; p < 4; p++) {
            float[] value = large.network().parameters().get(p).value();
            System.arraycopy(value, 0, fitting.network().parameters().get(p).value(), 0, value.length);
        }
        int[] laterLogits = Perceptron.bits(large.logits());
        double loss = large.pass(rows);
        assertEquals(fitting.pass(rows), loss);
        assertSameBits(fitting, large, rows, "batch of 11");
        assertArrayEquals(Arrays.copyOfRange(laterLogits, rows * 6, ROWS * 6),
                Arrays.copyOfRange(Perceptron.bits(large.logits()), rows * 6, ROWS * 6));
    }

    @Test
    void gradientIsOfTheMeanOverTheBatch() {
        Pipeline pipeline = Perceptron.of("relu", "cross-entropy", 5, 4).atWork(8, 3);
        pipeline.pass(8);
        float[] ofEight = pipeline.network().parameters().getFirst().gradient().clone();
        pipeline.lossAndGradient(0, 8, 1f / 4); // a power of two: only the exponents change
        pipeline.backward(0, 8);
        pipeline.gradients(8, 0, Parts.COUNT);
        float[] doubled = pipeline.network().parameters().getFirst().gradient();
        for (int i = 0; i < doubled.length; i++) {
            assertEquals(Float.floatToIntBits(ofEight[i]), Float.floatToIntBits(doubled[i] / 2));
        }
    }

    @Test
    void layersThatDoNotFitAreRefused() {
        Loss loss = new CrossEntropyLoss();
        Dense first = new Dense("dense1", Shape.vector(4), 3);
        Dense second = new Dense("dense2", Shape.vector(2), 5);
        IllegalArgumentException mismatch = assertThrows(IllegalArgumentException.class,
                () -> new Network(List.of(first, second), loss));
        assertEquals("layer 2 (dense 5) takes 2 and is given 3", mismatch.getMessage());
        assertEquals("layers: there must be at least one",
                assertThrows(IllegalArgumentException.class, () -> new Network(List.of(), loss)).getMessage());
        Network network = new Network(List.of(first), loss);
        assertEquals("capacity: at least 1, not 0", assertThrows(IllegalArgumentException.class,
                () -> Input.of(network.input(), 0)).getMessage());
        assertEquals("samples of 5 do not fit a network that takes 4", assertThrows(IllegalArgumentException.class,
                () -> new Pipeline(network, Input.of(Shape.vector(5), 1), Mode.evaluation(Tuning.LONG)))
                .getMessage());
    }

    @ParameterizedTest
    @CsvSource({"1 2 3, 2", "3 2 1, 0", "1 3 3, 1", "2 2 2, 0", "-3 -1 -1, 1", "0 -0.0 0, 0",
            "-Infinity 5 Infinity, 2"})
    void predictedClassIsTheLargestOutputAndTheLowerOfTwoEqualOnes(String outputs, int expected) {
        Pipeline pipeline = Perceptron.of("none", "cross-entropy", 1, 3).atWork(2, 1);
        String[] values = outputs.split(" ");
        for (int j = 0; j < 3; j++) {
            pipeline.logits()[j] = 9 - j; // another row, which must not matter
            pipeline.logits()[3 + j] = Float.parseFloat(values[j]);
        }
        assertEquals(expected, pipeline.predicted(1));
    }

    /** Threads that asked for an array at the same time would each get one of their own. */
    @Test
    void nothingIsAllocatedAfterConstruction() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Samples samples = new Samples(new byte[3 * 20], Shape.vector(20));
        for (String words : List.of("dense 50, relu, dropout 0.5, dense 4", "tanh, dense 4", "dropout 0.5")) {
            for (boolean training : new boolean[]{true, false}) {
                Network network = Network.of(Shape.vector(20), Spec.parseList(words), new CrossEntropyLoss());
                Pipeline pipeline = new Pipeline(network, Input.of(samples, 3),
                        training ? Mode.training(1, Tuning.LONG) : Mode.evaluation(Tuning.LONG));
                long before = threads.getCurrentThreadAllocatedBytes();
                pipeline.logits();
                for (int i = 0; i < pipeline.stages().size(); i++) {
                    pipeline.stages().get(i).output().values();
                }
                assertEquals(0, threads.getCurrentThreadAllocatedBytes() - before, words);
            }
        }
    }

    /** Samples are read as floats whatever the first layer is. */
    @ParameterizedTest
    @ValueSource(strings = {"relu", "dropout 0", "dense 3"})
    void anyLayerCanBeTheFirst(String words) {
        byte[] pixels = {(byte) 255, 0, 51, 0, 102, 0};
        Samples samples = new Samples(pixels, Shape.vector(3));
        Network network = Network.of(Shape.vector(3), Spec.parseList(words), new CrossEntropyLoss());
        if (!network.parameters().isEmpty()) {
            for (int i = 0; i < 3; i++) {
                network.parameters().getFirst().value()[4 * i] = 1f; // the identity
            }
        }
        Pipeline pipeline = new Pipeline(network, Input.of(samples, 2), Mode.training(1, Tuning.LONG));
        pipeline.parametersChanged();
        pipeline.input().gather(new int[]{1, 0}, 0, 2);
        pipeline.forward(0, 2);
        assertArrayEquals(new float[]{0, 0.4f, 0, 1, 0, 0.2f}, pipeline.logits(), 1e-7f);
    }

    @Test
    void descriptionGivesLayersNamesAndShapes() {
        Network network = Network.of(new Shape(2, 3, 2), Spec.parseList("dense 7, sigmoid, dropout 0.5, dense 5, "
                + "sigmoid, dense 3"), new SigmoidSquaredErrorLoss());
        assertEquals(List.of("dense1.weight [12, 7] true", "dense1.bias [7] false", "dense2.weight [7, 5] true",
                "dense2.bias [5] false", "dense3.weight [5, 3] true", "dense3.bias [3] false"),
                network.parameters().stream().map(p -> p.name() + " " + p.shape() + " " + p.decays()).toList());
        assertEquals(new Shape(2, 3, 2), network.input());
        assertEquals(3, network.classes());
        Pipeline pipeline = new Pipeline(network, Input.of(network.input(), 4), Mode.evaluation(Tuning.LONG));
        assertEquals(4, pipeline.capacity());
        assertEquals(48, pipeline.input().values().length);
        for (Parameter parameter : network.parameters()) {
            assertEquals(parameter.size(), parameter.shape().stream().reduce(1, (a, b) -> a * b));
        }
    }

    @Test
    void isMadeAgainFromItsDescription() {
        String words = "dense 7, tanh, dropout 0.25, dense 3";
        Network network = Network.of(Shape.vector(4), Spec.parseList(words), new CrossEntropyLoss(0.1));
        assertEquals(words, Spec.join(network.specs()));
        Network again = Network.of(network.input(), network.specs(), Loss.of(network.loss().spec()));
        assertEquals(network.specs(), again.specs());
        assertEquals(network.loss(), again.loss());
    }

    @Test
    void isWrittenAsItsWidths() {
        assertEquals("784-128-10", Perceptron.of("relu", "mse", 784, 128, 10).network().toString());
        assertEquals("784-10", Perceptron.of("relu", "mse", 784, 10).network().toString());
        assertEquals("4-3-2-1", Perceptron.of("none", "mse", 4, 3, 2, 1).network().toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "dense 0 | 'dense 0': 0 is not a whole number above 0",
            "dense -3 | 'dense -3': -3 is not a whole number above 0",
            "dense 2.5 | 'dense 2.5': 2.5 is not a whole number above 0",
            "dense | 'dense': write it as 'dense UNITS'",
            "dense 3, tanh 2 | 'tanh 2': write it as 'tanh'",
            "dense 3, dropout | 'dropout': write it as 'dropout PROBABILITY'",
            "dense 3, dropout 1 | dropout: a probability from 0 to below 1, not 1.0",
            "dense 3, dropout x | 'dropout x': x is not a number",
    })
    void descriptionsThatMakeNoSenseAreRefused(String words, String message) {
        assertEquals(message, assertThrows(IllegalArgumentException.class,
                () -> Network.of(Shape.vector(7), Spec.parseList(words), new CrossEntropyLoss())).getMessage());
    }

    @Test
    void layersAreCopied() {
        List<Layer> layers = new ArrayList<>(List.of(new Dense("dense1", Shape.vector(2), 5)));
        Network network = new Network(layers, new CrossEntropyLoss());
        layers.clear();
        assertEquals(1, network.layers().size());
    }

    @Test
    void sameSeedGivesTheSameWeightsAndAnotherSeedOthers() {
        Perceptron perceptron = Perceptron.of("relu", "cross-entropy", 30, 20, 10);
        Network first = perceptron.network().initialize(7);
        Network again = perceptron.network().initialize(7);
        Network other = perceptron.network().initialize(8);
        for (int p = 0; p < 4; p++) {
            int[] bits = Perceptron.bits(first.parameters().get(p).value());
            assertArrayEquals(bits, Perceptron.bits(again.parameters().get(p).value()));
            boolean bias = !first.parameters().get(p).decays();
            assertEquals(bias, Arrays.equals(bits, Perceptron.bits(other.parameters().get(p).value())));
        }
        assertFalse(Arrays.equals(bits(first.parameters().get(0).value(), 200),
                bits(first.parameters().get(2).value(), 200)), "both layers begin with the same weights");
    }

    /** The gradient of a step with dropout and smoothed labels is the derivative of that very step's loss. */
    @ParameterizedTest
    @ValueSource(strings = {"relu", "sigmoid", "tanh"})
    void regularizedGradientsAreTheDerivativesOfTheLossOfTheSameStep(String activation) {
        SplittableRandom random = new SplittableRandom(31);
        int rows = 6;
        Network network = Network.of(Shape.vector(5), Spec.parseList("dense 9, %1$s, dropout 0.4, dense 7, %1$s, "
                .formatted(activation) + "dropout 0.4, dense 4"), new CrossEntropyLoss(0.1)).initialize(3);
        Pipeline pipeline = new Pipeline(network, Input.of(network.input(), rows), Mode.training(8, Tuning.LONG));
        for (int i = 0; i < rows * 5; i++) {
            pipeline.input().values()[i] = (float) random.nextDouble(-1, 1);
        }
        for (int i = 0; i < rows; i++) {
            pipeline.labels()[i] = (byte) (i % 4);
        }
        double before = meanLoss(pipeline, 11, rows);
        pipeline.backward(0, rows);
        pipeline.gradients(rows, 0, Parts.COUNT);
        assertNotEquals(before, meanLoss(pipeline, 12, rows), "another step drops others");
        assertEquals(before, meanLoss(pipeline, 11, rows), "the same step drops the same");
        float h = 0x1p-7f;
        for (Parameter parameter : network.parameters()) {
            for (int i = 0; i < parameter.size(); i += 3) {
                float w = parameter.value()[i];
                parameter.value()[i] = w + h;
                double above = meanLoss(pipeline, 11, rows);
                parameter.value()[i] = w - h;
                double below = meanLoss(pipeline, 11, rows);
                parameter.value()[i] = w;
                assertEquals((above - below) / (2 * h), parameter.gradient()[i], 2e-3, parameter.name() + " " + i);
            }
        }
    }

    private static double meanLoss(Pipeline pipeline, int step, int rows) {
        pipeline.begin(step);
        pipeline.forward(0, rows);
        pipeline.lossAndGradient(0, rows, 1f / rows);
        return pipeline.sumOfLosses(rows) / rows;
    }

    /** Without gradients, of whatever step: nothing is dropped, no label smoothed. */
    @Test
    void evaluationIsOfTheNetworkAsIfNothingRegularizedIt() {
        Network regularized = Network.of(Shape.vector(5), Spec.parseList("dense 9, tanh, dropout 0.4, dense 4"),
                new CrossEntropyLoss(0.1)).initialize(3);
        Network plain = Network.of(Shape.vector(5), Spec.parseList("dense 9, tanh, dense 4"), new CrossEntropyLoss())
                .initialize(3);
        float[][] losses = new float[2][];
        for (int n = 0; n < 2; n++) {
            Pipeline pipeline = new Pipeline(n == 0 ? regularized : plain, Input.of(Shape.vector(5), 3),
                    Mode.evaluation(Tuning.LONG));
            Perceptron.fill(pipeline.input().values(), new SplittableRandom(4));
            meanLoss(pipeline, n, 3);
            losses[n] = pipeline.losses();
            assertTrue(pipeline.stages().stream().allMatch(stage -> !stage.output().hasGradient()),
                    "evaluation keeps gradients");
        }
        assertArrayEquals(Perceptron.bits(losses[0]), Perceptron.bits(losses[1]));
    }
}
