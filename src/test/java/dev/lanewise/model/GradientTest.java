package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.GradientCheck.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradients of every activation and loss at 0 to 3 hidden layers: {@link GradientCheck} of {@link Network}, and the
 * float gradients' norms beside those in double.
 */
class GradientTest {
    private static final int INPUTS = 7;
    private static final int CLASSES = 5;
    private static final int ROWS = 6;

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

    /** A network with random weights, biases, inputs and labels, all drawn from the architecture, and its gradients. */
    static Network network(Architecture architecture, int rows) {
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
        network.forward(0, rows);
        network.lossAndGradient(0, rows, 1f / rows);
        network.backward(0, rows);
        network.gradients(rows, 0, Shares.ALL);
        return network;
    }

    private static void fill(float[] values, SplittableRandom random) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
    }

    private static List<Finding> check(Architecture architecture, Network network) {
        return GradientCheck.network(architecture, network.parameters(), network.input(), network.labels(),
                network.capacity(), Integer.MAX_VALUE, 1);
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void everyGradientOfANetworkIsTheDerivativeOfItsLoss(Architecture architecture) {
        Network network = network(architecture, ROWS);
        List<Finding> findings = check(architecture, network);
        int elements = findings.stream().filter(finding -> finding.checked().equals("formula"))
                .mapToInt(Finding::elements).sum();
        int kinks = findings.stream().mapToInt(Finding::kinks).sum();
        assertAll(
                () -> assertTrue(findings.stream().allMatch(Finding::passed), () -> architecture + ": " + findings),
                () -> assertTrue(findings.size() == 2 * network.parameters().size(), findings::toString),
                () -> assertTrue(kinks <= elements / 10, () -> "%s: %d of %d elements lie at a kink"
                        .formatted(architecture, kinks, kinks + elements)),
                () -> assertTrue(kinks == 0 || architecture.activation() == Activation.RELU));
    }

    static Stream<Architecture> withTheDefaultNetwork() {
        return Stream.concat(architectures().stream(),
                Stream.of(new Architecture(784, List.of(128), 10, Activation.RELU, Loss.CROSS_ENTROPY)));
    }

    @ParameterizedTest
    @MethodSource("withTheDefaultNetwork")
    void floatGradientsHaveTheLengthAndDirectionOfThoseInDouble(Architecture architecture) {
        int rows = architecture.inputs() == INPUTS ? ROWS : 64;
        Network network = network(architecture, rows);
        List<double[]> expected = new ReferenceNetwork(architecture, network.parameters()).gradients(
                ReferenceNetwork.doubles(network.input(), rows * architecture.inputs()), network.labels(), rows);
        for (int p = 0; p < expected.size(); p++) {
            double squares = 0;
            double errorSquares = 0;
            for (int i = 0; i < expected.get(p).length; i++) {
                double error = expected.get(p)[i] - network.parameters().get(p).gradient()[i];
                squares += expected.get(p)[i] * expected.get(p)[i];
                errorSquares += error * error;
            }
            double norm = Math.sqrt(errorSquares / squares);
            assertTrue(squares > 0, "a gradient of nothing but 0 shows nothing");
            assertTrue(norm < 1e-5, () -> architecture + ": relative error of the norm " + norm); // measured: 3.7e-7
        }
    }

    @Test
    void aSmallErrorInOneElementOfAGradientIsFound() {
        Architecture architecture = new Architecture(INPUTS, List.of(8, 6), CLASSES, Activation.TANH,
                Loss.CROSS_ENTROPY);
        Network network = network(architecture, ROWS);
        for (int p = 0; p < network.parameters().size(); p++) {
            Parameter parameter = network.parameters().get(p);
            float[] kept = parameter.gradient().clone();
            int largest = 0;
            for (int i = 0; i < kept.length; i++) {
                largest = Math.abs(kept[i]) > Math.abs(kept[largest]) ? i : largest;
            }
            parameter.gradient()[largest] *= 1.01f;
            List<String> failed = check(architecture, network).stream().filter(finding -> !finding.passed())
                    .map(Finding::name).toList();
            assertTrue(failed.equals(List.of(parameter.name())), failed::toString);
            Arrays.fill(parameter.gradient(), Float.NaN);
            assertTrue(check(architecture, network).stream().anyMatch(finding -> !finding.passed()));
            System.arraycopy(kept, 0, parameter.gradient(), 0, kept.length);
        }
    }
}
