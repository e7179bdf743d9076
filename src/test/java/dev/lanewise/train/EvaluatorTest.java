package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.data.Batches;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class EvaluatorTest {
    /** Three pixels, three classes: says the brightest pixel, and of equal ones the first. */
    private static Network brightest(int capacity) {
        Network network = Network.of(
                new Architecture(3, List.of(), 3, Activation.RELU, Loss.CROSS_ENTROPY), capacity);
        float[] weight = network.parameters().getFirst().value();
        weight[0] = 1;
        weight[4] = 1;
        weight[8] = 1;
        return network;
    }

    private static final List<String> CLASSES = List.of("first", "second", "third");
    private static final Dataset SEVEN = Dataset.of(new Shape(1, 3, 1), new byte[]{
            (byte) 255, 0, 0, // a 0, taken for 0
            0, (byte) 255, 0, // a 1, taken for 1
            0, 1, (byte) 200, // a 1, taken for 2
            9, 9, 9, // a 2, taken for 0: all equal
            0, 0, 51, // a 2, taken for 2
            0, 0, 102, // a 2, taken for 2
            1, 2, 1}, // a 0, taken for 1
            new byte[]{0, 1, 1, 2, 2, 2, 0}, CLASSES);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 50})
    void confusionAndLossByHand(int capacity) {
        try (Workers workers = new Workers(1)) {
            Evaluation evaluation = new Evaluator(brightest(capacity), SEVEN, workers).evaluate();
            assertArrayEquals(new int[][]{{1, 1, 0}, {0, 1, 1}, {1, 0, 2}}, evaluation.confusion());
            double loss = 0;
            for (int i = 0; i < 7; i++) {
                double sum = 0;
                for (int j = 0; j < 3; j++) {
                    sum += Math.exp((SEVEN.pixels(i)[j] & 0xff) / 255.0);
                }
                loss += Math.log(sum) - (SEVEN.pixels(i)[SEVEN.label(i)] & 0xff) / 255.0;
            }
            assertEquals(loss / 7, evaluation.loss(), 1e-6);
        }
    }

    @Test
    void heldOutSamplesAloneAreCounted() {
        try (Workers workers = new Workers(1)) {
            Evaluation evaluation = new Evaluator(brightest(2), new Batches(SEVEN, new int[]{0, 3, 6}, 2), null,
                    workers).evaluate();
            assertArrayEquals(new int[][]{{1, 1, 0}, {0, 0, 0}, {1, 0, 0}}, evaluation.confusion());
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void anyNumberOfThreadsAndAnyBatchGivesTheSameResult(Loss loss) {
        Dataset digits = BuiltInDigits.draw(4, 203);
        Architecture architecture = new Architecture(784, List.of(20), 10, Activation.RELU, loss);
        int[][] confusion = null;
        double mean = 0;
        for (int threads : new int[]{1, 2, 3, 8}) {
            for (int capacity : new int[]{1, 64, 500}) {
                try (Workers workers = new Workers(threads)) {
                    Network network = Network.of(architecture, capacity).initialize(3);
                    String before = ModelFile.sha256(network);
                    Evaluation evaluation = new Evaluator(network, digits, workers).evaluate();
                    assertEquals(before, ModelFile.sha256(network), "evaluation changed the weights");
                    if (confusion == null) {
                        confusion = evaluation.confusion();
                        mean = evaluation.loss();
                    }
                    assertArrayEquals(confusion, evaluation.confusion(), threads + " threads");
                    assertEquals(mean, evaluation.loss(), threads + " threads, bits of the loss");
                    assertEquals(203, evaluation.total());
                }
            }
        }
    }

    @Test
    void imagesOrBatchesThatDoNotFitTheNetworkAreRefused() {
        try (Workers workers = new Workers(1)) {
            Network network = brightest(2);
            IllegalArgumentException large = assertThrows(IllegalArgumentException.class,
                    () -> new Evaluator(network, new Batches(SEVEN, 3), null, workers));
            assertEquals("batches [3, 3] do not fit a network of [2, 3]", large.getMessage());
            assertThrows(IllegalArgumentException.class,
                    () -> new Evaluator(network, Dataset.of(new Shape(1, 2, 1), new byte[2], new byte[1], CLASSES),
                            workers));
        }
    }
}
