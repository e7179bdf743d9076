package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.data.Batches;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.CrossEntropyLoss;
import dev.lanewise.model.Input;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class EvaluatorTest {
    /** Three pixels, three classes: says the brightest pixel, and of equal ones the first. */
    private static Network brightest() {
        Network network = Network.of(new Shape(1, 3, 1), List.of(Spec.of("dense", 3)), new CrossEntropyLoss());
        float[] weight = network.parameters().getFirst().value();
        weight[0] = 1;
        weight[4] = 1;
        weight[8] = 1;
        return network;
    }

    private static Evaluator evaluator(Network network, Dataset data, Batches batches, Workers workers) {
        return new Evaluator(new Pipeline(network, Input.of(data.samples(),
                batches.capacity()), Mode.evaluation(Tuning.LONG)), batches, workers);
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
            Evaluation evaluation = evaluator(brightest(), SEVEN, new Batches(SEVEN, capacity), workers).evaluate();
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
            Evaluation evaluation = evaluator(brightest(), SEVEN, new Batches(SEVEN, new int[]{0, 3, 6}, 2),
                    workers).evaluate();
            assertArrayEquals(new int[][]{{1, 1, 0}, {0, 0, 0}, {1, 0, 0}}, evaluation.confusion());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-entropy", "mse", "softmax-mse"})
    void anyNumberOfThreadsAndAnyBatchGivesTheSameResult(String loss) {
        Dataset digits = BuiltInDigits.draw(4, 203);
        int[][] confusion = null;
        double mean = 0;
        for (int threads : new int[]{1, 2, 3, 8}) {
            for (int capacity : new int[]{1, 64, 500}) {
                try (Workers workers = new Workers(threads)) {
                    Network network = Network.of(digits.shape(), Spec.parseList("dense 20, relu, dense 10"),
                            Loss.of(Spec.of(loss))).initialize(3);
                    String before = Model.sha256(network);
                    Evaluation evaluation = evaluator(network, digits, new Batches(digits, capacity), workers)
                            .evaluate();
                    assertEquals(before, Model.sha256(network), "evaluation changed the weights");
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
            Network network = brightest();
            Pipeline pipeline = new Pipeline(network, Input.of(SEVEN.samples(), 2),
                    Mode.evaluation(Tuning.LONG));
            IllegalArgumentException large = assertThrows(IllegalArgumentException.class,
                    () -> new Evaluator(pipeline, new Batches(SEVEN, 3), workers));
            assertEquals("batches of 3 samples do not fit a pipeline of 2 rows", large.getMessage());
            Dataset other = Dataset.of(new Shape(1, 2, 1), new byte[2], new byte[1], CLASSES);
            IllegalArgumentException shape = assertThrows(IllegalArgumentException.class,
                    () -> evaluator(network, other, new Batches(other, 1), workers));
            assertEquals("samples of 1 x 2 do not fit a network that takes 1 x 3", shape.getMessage());
        }
    }
}
