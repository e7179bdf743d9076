package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.GradientCheck.Finding;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layers of convolutional networks: conv, pool, average-pool, global-pool, batch-norm. */
class ImageLayersTest {
    private static final Shape IMAGE = new Shape(7, 6, 3);
    private static final int ROWS = 37;

    private static Layer layer(String words, Shape input) {
        Spec spec = Spec.parse(words);
        Layer layer = Layers.KINDS.kind(spec.kind()).create(spec, spec.kind() + "1", input);
        layer.initialize(new SplitMix64(3), Initializer.HE);
        return layer;
    }

    @ParameterizedTest
    @CsvSource({"conv 4 3x3, 5 x 4 x 4", "conv 2 2x5 stride=2 padding=1, 4 x 2 x 2", "conv 1 1, 7 x 6",
            "pool 2, 3 x 3 x 3",
            "pool 3x2 stride=1, 5 x 5 x 3", "average-pool 7x6, 3", "global-pool, 3", "batch-norm, 7 x 6 x 3",
            "drop-channels 0.2, 7 x 6 x 3"})
    void shapesFollowTheWords(String words, String shape) {
        Layer layer = layer(words, IMAGE);
        assertEquals(shape, layer.output().toString());
        assertEquals(words, layer.spec().toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';',
            value = {"conv 4; conv FILTERS HEIGHTxWIDTH", "conv 4 3y3; 3y3 is not a size such as 3x3",
                    "conv 4 8x3; a window of 8 x 3 does not fit", "conv 4 3 stride=0; stride",
                    "conv 4 3 stride=2 stride=2; names stride twice", "conv 4 3 padding=2000000000; padding: at most",
                    "conv 2000000000 3; 2,000,000,000 filters of 3 x 3",
                    "conv 4 3 padding=1.5; padding must be a whole number",
                    "conv 4 3 dilation=2; dilation=2 is not one of its options", "pool; pool SIZE",
                    "pool 9; a window of 9 x 9 does not fit", "batch-norm momentum=0; momentum",
                    "global-pool 2; global-pool 2", "drop-channels 1; a probability from 0 to below 1",
                    "drop-channels; drop-channels PROBABILITY"})
    void wordsThatMakeNoSenseAreRefused(String words, String part) {
        String message = assertThrows(IllegalArgumentException.class, () -> layer(words, IMAGE)).getMessage();
        assertTrue(message.contains(part) && message.contains(words.split(" ")[0]), message);
    }

    /** Derivatives by differences, and every call that a training makes, in pieces and with padding lanes. */
    @ParameterizedTest
    @Tag("every-width")
    @CsvSource({"conv 4 3x3", "conv 18 2x3 stride=2 padding=1", "conv 2 1", "pool 2", "pool 3 stride=2",
            "average-pool 2",
            "average-pool 3x2 stride=1", "global-pool", "batch-norm", "batch-norm momentum=0.5 epsilon=0.001",
            "drop-channels 0.4"})
    void gradientsAreTheDerivatives(String words) {
        List<Finding> findings = GradientCheck.layer(layer(words, IMAGE), ROWS, 5);
        assertTrue(findings.stream().allMatch(Finding::passed), findings::toString);
    }

    /** A relu before a maximum works behind it: as where it stays, forward and back. */
    @ParameterizedTest
    @Tag("every-width")
    @CsvSource({"pool 2", "pool 3 stride=1", "pool 2x3 stride=2"})
    void reluBehindAMaximumChangesNoBit(String words) {
        Layer conv = layer("conv 4 3x3", IMAGE);
        Layer relu = layer("relu", conv.output());
        Layer pool = layer(words, relu.output());
        Layer conv2 = layer("conv 3 1", pool.output());
        Pipeline moved = pipeline(conv, relu, pool, conv2);
        Pipeline stays = pipeline(conv, new Staying(relu), pool, conv2);
        assertEquals("relu", moved.layers().get(2).spec().toString());
        assertEquals("relu", stays.layers().get(1).spec().toString());
        float[][] gradients = new float[2][];
        for (Pipeline pipeline : List.of(moved, stays)) {
            RandomGenerator random = new SplitMix64(9);
            for (int i = 0; i < pipeline.input().values().length; i++) {
                pipeline.input().values()[i] = (float) random.nextDouble(-1, 1);
            }
            pipeline.pass(ROWS);
            gradients[pipeline == moved ? 0 : 1] = pipeline.network().parameters().getFirst().gradient().clone();
        }
        assertArrayEquals(stays.logits(), moved.logits());
        assertArrayEquals(gradients[1], gradients[0]);
        assertTrue(IntStream.range(0, gradients[0].length).anyMatch(i -> gradients[0][i] != 0));
    }

    private static Pipeline pipeline(Layer... layers) {
        return new Pipeline(new Network(List.of(layers), new CrossEntropyLoss()), Input.of(IMAGE, ROWS),
                Mode.training(1, Tuning.LONG));
    }

    /** A layer that is not taken behind another. */
    private record Staying(Layer layer) implements Layer {
        @Override
        public Shape input() {
            return layer.input();
        }

        @Override
        public Shape output() {
            return layer.output();
        }

        @Override
        public Spec spec() {
            return layer.spec();
        }

        @Override
        public boolean accepts(Layout layout) {
            return layer.accepts(layout);
        }

        @Override
        public Stage stage(Input x, Mode mode) {
            return layer.stage(x, mode);
        }
    }

    /** Against the formulas in double, place by place. */
    @ParameterizedTest
    @CsvSource({"conv 4 3x3", "conv 18 2x3 stride=2 padding=1", "pool 2", "average-pool 3 stride=1", "global-pool",
            "batch-norm"})
    void forwardIsTheFormula(String words) {
        Layer layer = layer(words, IMAGE);
        Pipeline pipeline = new Pipeline(new Network(List.of(layer), new CrossEntropyLoss()), Input.of(IMAGE, ROWS),
                Mode.training(1, Tuning.LONG));
        float[] x = pipeline.input().values();
        RandomGenerator random = new SplitMix64(8);
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextFloat() - 0.5f;
        }
        pipeline.begin(0);
        pipeline.parametersChanged();
        pipeline.forward(0, ROWS);
        double[] expected = layer.reference().orElseThrow().forward(Reference.doubles(x), ROWS);
        float[] actual = pipeline.logits();
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 2e-6 * Math.max(1, Math.abs(expected[i])), words + " " + i);
        }
    }

    /** Running statistics move towards those of the batches, unbiased, and are what evaluation normalises by. */
    @Test
    void batchNormEvaluatesByRunningStatistics() {
        BatchNorm layer = (BatchNorm) layer("batch-norm momentum=0.25", Shape.vector(1));
        Input x = Input.of(Shape.vector(1), 4);
        Stage training = ConvertedStage.toRows(layer, x, Mode.training(1, Tuning.LONG));
        System.arraycopy(new float[]{1, 2, 3, 6}, 0, x.values(), 0, 4);
        training.begin(0);
        training.summarize(0, 4);
        training.forward(0, 4);
        training.summarizeGradient(0, 4);
        training.backward(0, 4);
        training.gradients(4, 0, Parts.COUNT);
        assertArrayEquals(new float[]{0.75f}, layer.parameters().get(2).value()); // a quarter of the way from 0 to 3
        assertEquals(0.75 + 0.25 * 14 / 3, layer.parameters().get(3).value()[0], 1e-6); // from 1 to 14 / 3
        assertFalse(layer.parameters().get(2).isTrained() || layer.parameters().get(3).isTrained());
        Input other = Input.of(Shape.vector(1), 1);
        Stage evaluation = ConvertedStage.toRows(layer, other, Mode.evaluation(Tuning.LONG));
        other.values()[0] = 2.75f;
        evaluation.forward(0, 1);
        assertEquals(2 / Math.sqrt(0.75 + 0.25 * 14 / 3 + 1e-5), evaluation.output().values()[0], 1e-6);
    }

    /** What drop-channels makes of ones in a step: [rows, 7, 6, channels]. */
    private static float[] dropped(String name, int channels, long step, int rows) {
        Spec spec = Spec.parse("drop-channels 0.25");
        Layer layer = Layers.KINDS.kind(spec.kind()).create(spec, name, new Shape(7, 6, channels));
        Input x = Input.of(layer.input(), rows);
        Arrays.fill(x.values(), 1f);
        Stage stage = ConvertedStage.toRows(layer, x, Mode.training(1, Tuning.LONG));
        stage.begin(step);
        stage.forward(0, rows);
        return stage.output().values();
    }

    /** All places of a channel share one fate; a quarter of the channels is dropped, others in every row, step and layer. */
    @Test
    void channelsAreDroppedWhole() {
        int channels = 40;
        float[] y = dropped("drop-channels1", channels, 3, ROWS);
        int zeros = 0;
        for (int i = 0; i < y.length; i++) {
            int first = i / (42 * channels) * 42 * channels + i % channels;
            assertEquals(y[first], y[i]);
            assertTrue(y[i] == 0 || y[i] == 1 / 0.75f, "" + y[i]);
            zeros += y[i] == 0 ? 1 : 0;
        }
        assertEquals(0.25, (double) zeros / y.length, 0.03);
        float[] rows = Arrays.copyOf(y, 42 * channels);
        assertFalse(Arrays.equals(rows, Arrays.copyOfRange(y, rows.length, 2 * rows.length)));
        assertFalse(Arrays.equals(y, dropped("drop-channels1", channels, 4, ROWS)));
        assertFalse(Arrays.equals(y, dropped("drop-channels2", channels, 3, ROWS)));
        assertArrayEquals(rows, dropped("drop-channels1", channels, 3, 1)); // whatever the batch
    }

    /** Neighbours in a network, each the first of its kind, must not drop the same. */
    @Test
    void dropoutAndDropChannelsDrawDifferentMasks() {
        float[] channels = dropped("drop-channels1", 40, 3, 1);
        for (int number = 1; number < 4; number++) {
            Spec spec = Spec.parse("dropout 0.25");
            Layer dropout = Layers.KINDS.kind("dropout").create(spec, "dropout" + number, Shape.vector(40));
            Input x = Input.of(Shape.vector(40), 1);
            Arrays.fill(x.values(), 1f);
            Stage stage = dropout.stage(x, Mode.training(1, Tuning.LONG));
            stage.begin(3);
            stage.forward(0, 1);
            assertFalse(Arrays.equals(Arrays.copyOf(channels, 40), stage.output().values()));
        }
    }

    @Test
    void samplesAreFoundInEveryLayout() {
        float[] image = new float[IMAGE.size()];
        for (int i = 0; i < image.length; i++) {
            image[i] = i;
        }
        for (Layout layout : Layout.values()) {
            Input x = Input.of(IMAGE, 20).in(layout, Mode.evaluation(Tuning.LONG));
            for (int i = 0; i < image.length; i++) {
                int group = layout.group();
                x.values()[(18 / group * image.length + i) * group + 18 % group] = i;
            }
            assertArrayEquals(image, x.sample(x.values(), 18));
        }
    }

    @Test
    void multiplyAddsCountEveryPlace() {
        assertEquals(3 * 3 * 3 * 4 * 5 * 4, layer("conv 4 3x3", IMAGE).multiplyAdds());
        assertEquals(0, layer("pool 2", IMAGE).multiplyAdds());
    }
}
