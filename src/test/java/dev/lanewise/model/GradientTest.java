package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradients of every activation and loss at 0 to 3 hidden layers: those of {@link ReferenceNetwork} against central
 * differences, all in double; then the float kernels' against those.
 */
class GradientTest {
    private static final int INPUTS = 7;
    private static final int CLASSES = 5;
    private static final int ROWS = 6;
    /** Of the five-point difference, whose error is about h^4 from its formula and 1e-16 / h from rounding. */
    private static final double H = 1e-3;
    /** Elements below this share of the parameter's largest gradient are compared with that floor instead. */
    private static final double FLOOR = 1e-3;

    static List<Architecture> architectures() {
        List<Architecture> all = new ArrayList<>();
        for (Activation activation : Activation.values()) {
            for (Loss loss : Loss.values()) {
                for (List<Integer> hidden : List.<List<Integer>>of(List.of(), List.of(9), List.of(8, 6),
                        List.of(9, 7, 6))) {
                    all.add(new Architecture(INPUTS, hidden, CLASSES, activation, loss));
                }
            }
        }
        return all;
    }

    /** A network with random weights, biases, inputs and labels, all drawn from the architecture. */
    private static Network network(Architecture architecture, int rows) {
        Network network = Network.of(architecture, rows).initialize(architecture.hidden().hashCode());
        SplittableRandom random = new SplittableRandom(31 * architecture.activation().ordinal()
                + architecture.loss().ordinal());
        for (Parameter parameter : network.parameters()) {
            if (!parameter.decays()) { // a bias: 0 would hide that it is left out
                fill(parameter.value(), random);
            }
        }
        fill(network.input(), random);
        for (int i = 0; i < rows; i++) {
            network.labels()[i] = (byte) random.nextInt(architecture.classes());
        }
        return network;
    }

    private static void fill(float[] values, SplittableRandom random) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
    }

    /** Which units of hidden layers are above 0: a central difference across a change of it meets relu's kink. */
    private static boolean[] signs(ReferenceNetwork network, double[] x, int rows) {
        double[][] a = network.forward(x, rows);
        boolean[] signs = new boolean[0];
        for (int l = 1; l < a.length - 1; l++) {
            int at = signs.length;
            signs = Arrays.copyOf(signs, at + a[l].length);
            for (int i = 0; i < a[l].length; i++) {
                signs[at + i] = a[l][i] > 0;
            }
        }
        return signs;
    }

    private static double error(double analytic, double other, double largest) {
        return Math.abs(analytic - other) / Math.max(Math.abs(analytic), FLOOR * largest);
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void analyticGradientsInDoubleAreTheCentralDifferences(Architecture architecture) {
        Network network = network(architecture, ROWS);
        ReferenceNetwork reference = new ReferenceNetwork(architecture, network);
        double[] x = ReferenceNetwork.doubles(network.input(), ROWS * INPUTS);
        byte[] labels = network.labels();
        List<double[]> gradients = reference.gradients(x, labels, ROWS);
        boolean[] signs = signs(reference, x, ROWS);
        int checked = 0;
        int kinks = 0;
        double worst = 0;
        double[] offsets = {-2 * H, -H, H, 2 * H};
        double[] factors = {1, -8, 8, -1}; // over 12 h
        for (int p = 0; p < gradients.size(); p++) {
            double[] values = reference.parameters.get(p);
            double largest = largest(gradients.get(p));
            for (int i = 0; i < values.length; i++) {
                double at = values[i];
                double difference = 0;
                boolean kink = false;
                for (int o = 0; o < offsets.length; o++) {
                    values[i] = at + offsets[o];
                    difference += factors[o] * reference.meanLoss(x, labels, ROWS);
                    kink |= architecture.activation() == Activation.RELU
                            && !Arrays.equals(signs, signs(reference, x, ROWS));
                }
                values[i] = at;
                if (kink) {
                    kinks++;
                    continue;
                }
                checked++;
                worst = Math.max(worst, error(gradients.get(p)[i], difference / (12 * H), largest));
            }
        }
        double worstError = worst;
        int skipped = kinks;
        int compared = checked;
        // Measured: 2.5e-8 at most, and 2 elements at a kink of all 48 networks.
        assertAll(
                () -> assertTrue(worstError < 1e-6, () -> architecture + ": relative error " + worstError),
                () -> assertTrue(skipped <= compared / 10, () -> "%s: %d of %d elements lie at a kink"
                        .formatted(architecture, skipped, skipped + compared)));
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void floatGradientsAreTheAnalyticOnes(Architecture architecture) {
        assertFloatGradients(architecture, ROWS);
    }

    @Test
    void floatGradientsOfTheDefaultNetworkAreTheAnalyticOnes() {
        assertFloatGradients(new Architecture(784, List.of(128), 10, Activation.RELU, Loss.CROSS_ENTROPY), 64);
    }

    private static void assertFloatGradients(Architecture architecture, int rows) {
        Network network = network(architecture, rows);
        ReferenceNetwork reference = new ReferenceNetwork(architecture, network);
        List<double[]> expected = reference.gradients(
                ReferenceNetwork.doubles(network.input(), rows * architecture.inputs()), network.labels(), rows);
        network.forward(0, rows);
        network.lossAndGradient(0, rows, rows);
        network.backward(0, rows);
        network.gradients(rows, 0, 1);
        double worst = 0;
        double worstNorm = 0;
        for (int p = 0; p < expected.size(); p++) {
            double[] gradient = expected.get(p);
            double largest = largest(gradient);
            assertTrue(largest > 0, "a gradient of nothing but 0 shows nothing");
            double squares = 0;
            double errorSquares = 0;
            for (int i = 0; i < gradient.length; i++) {
                double actual = network.parameters().get(p).gradient()[i];
                worst = Math.max(worst, error(gradient[i], actual, largest));
                squares += gradient[i] * gradient[i];
                errorSquares += (gradient[i] - actual) * (gradient[i] - actual);
            }
            worstNorm = Math.max(worstNorm, Math.sqrt(errorSquares / squares));
        }
        double element = worst;
        double norm = worstNorm;
        assertAll(
                // Measured: 1.2e-4 and 3.7e-7 at most.
                () -> assertTrue(element < 1e-3, () -> architecture + ": relative error " + element),
                () -> assertTrue(norm < 1e-5, () -> architecture + ": relative error of the norm " + norm));
    }
}
