package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.GradientCheck.Finding;
import java.util.Arrays;
import java.util.List;
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

    static List<Perceptron> perceptrons() {
        return Stream.of(Perceptron.all(INPUTS, CLASSES), Perceptron.all(INPUTS, 9, CLASSES),
                Perceptron.all(INPUTS, 8, 6, CLASSES), Perceptron.all(INPUTS, 9, 7, 6, CLASSES)).flatMap(all -> all)
                .toList();
    }

    /** At work, with the gradients of a batch. */
    private static Pipeline passed(Perceptron perceptron, int rows) {
        Pipeline pipeline = perceptron.atWork(rows, perceptron.widths().size());
        pipeline.pass(rows);
        return pipeline;
    }

    private static List<Finding> check(Pipeline pipeline) {
        return GradientCheck.network(pipeline.network(), pipeline.input().values(), pipeline.labels(),
                pipeline.capacity(), Integer.MAX_VALUE, 1);
    }

    @ParameterizedTest
    @MethodSource("perceptrons")
    void everyGradientOfANetworkIsTheDerivativeOfItsLoss(Perceptron perceptron) {
        Pipeline pipeline = passed(perceptron, ROWS);
        List<Finding> findings = check(pipeline);
        int elements = findings.stream().filter(finding -> finding.checked().equals("formula"))
                .mapToInt(Finding::elements).sum();
        int kinks = findings.stream().mapToInt(Finding::kinks).sum();
        assertAll(
                () -> assertTrue(findings.stream().allMatch(Finding::passed), () -> perceptron + ": " + findings),
                () -> assertTrue(findings.size() == 2 * pipeline.network().parameters().size(), findings::toString),
                () -> assertTrue(kinks <= elements / 10, () -> "%s: %d of %d elements lie at a kink"
                        .formatted(perceptron, kinks, kinks + elements)),
                () -> assertTrue(kinks == 0 || perceptron.activation().equals("relu")));
    }

    static Stream<Perceptron> withTheDefaultNetwork() {
        return Stream.concat(perceptrons().stream(), Stream.of(Perceptron.of("relu", "cross-entropy", 784, 128, 10)));
    }

    @ParameterizedTest
    @MethodSource("withTheDefaultNetwork")
    void floatGradientsHaveTheLengthAndDirectionOfThoseInDouble(Perceptron perceptron) {
        int rows = perceptron.widths().getFirst() == INPUTS ? ROWS : 64;
        Pipeline pipeline = passed(perceptron, rows);
        List<Parameter> parameters = pipeline.network().parameters();
        List<double[]> expected = new ReferenceNetwork(pipeline.network()).gradients(
                Reference.doubles(pipeline.input().values()), pipeline.labels(), rows);
        for (int p = 0; p < expected.size(); p++) {
            double squares = 0;
            double errorSquares = 0;
            for (int i = 0; i < expected.get(p).length; i++) {
                double error = expected.get(p)[i] - parameters.get(p).gradient()[i];
                squares += expected.get(p)[i] * expected.get(p)[i];
                errorSquares += error * error;
            }
            double norm = Math.sqrt(errorSquares / squares);
            assertTrue(squares > 0, "a gradient of nothing but 0 shows nothing");
            assertTrue(norm < 1e-5, () -> perceptron + ": relative error of the norm " + norm); // measured: 3.7e-7
        }
    }

    @Test
    void aSmallErrorInOneElementOfAGradientIsFound() {
        Pipeline pipeline = passed(Perceptron.of("tanh", "cross-entropy", INPUTS, 8, 6, CLASSES), ROWS);
        for (Parameter parameter : pipeline.network().parameters()) {
            float[] kept = parameter.gradient().clone();
            int largest = 0;
            for (int i = 0; i < kept.length; i++) {
                largest = Math.abs(kept[i]) > Math.abs(kept[largest]) ? i : largest;
            }
            parameter.gradient()[largest] *= 1.01f;
            List<String> failed = check(pipeline).stream().filter(finding -> !finding.passed())
                    .map(Finding::name).toList();
            assertTrue(failed.equals(List.of(parameter.name())), failed::toString);
            Arrays.fill(parameter.gradient(), Float.NaN);
            assertTrue(check(pipeline).stream().anyMatch(finding -> !finding.passed()));
            System.arraycopy(kept, 0, parameter.gradient(), 0, kept.length);
        }
    }
}
