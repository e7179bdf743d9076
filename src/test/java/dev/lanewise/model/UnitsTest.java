package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.sparse.SparseBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Owners of units, side by side, compute the bits that one worker computes alone. */
@Tag("every-width")
class UnitsTest {
    private static final int ROWS = 37;
    private static final int[] ROW_CUTS = {0, 16, 17, ROWS};
    private static final int[] PART_CUTS = {0, 200, 700, Parts.COUNT};
    private static final Mode TRAINING = Mode.training(6, Tuning.LONG);

    private static Layer layer(String description, int inputs) {
        Spec spec = Spec.parse(description);
        Layer layer = Layers.KINDS.kind(spec.kind()).create(spec, spec.kind() + "1", Shape.vector(inputs));
        SplittableRandom random = new SplittableRandom(2);
        layer.parameters().forEach(parameter -> Perceptron.fill(parameter.value(), random));
        return layer;
    }

    /**
     * Compares a stage as a whole with one that owners share.
     *
     * @param before what made its input, whose owners get the gradient of that; null: it is gathered, and nobody needs one
     */
    private static void check(Layer layer, Stage before, Input x, Mode mode) {
        float[] dy = new float[ROWS * layer.output().size()];
        Perceptron.fill(dy, new SplittableRandom(9));
        float[] values = before == null ? null : x.values().clone();
        Stage whole = stage(layer, x, mode);
        if (before == null) {
            gather(x);
        }
        whole.forward(0, ROWS);
        System.arraycopy(dy, 0, whole.output().gradient(), 0, dy.length);
        whole.backward(0, ROWS);
        whole.gradients(ROWS, 0, Parts.COUNT);
        List<int[]> expected = results(whole, x, layer);
        for (int owners : new int[]{1, 2, 3, 5, 40}) {
            if (before != null) { // in-place work has changed them
                System.arraycopy(values, 0, x.values(), 0, values.length);
            }
            layer.parameters().forEach(parameter -> Arrays.fill(parameter.gradient(), Float.NaN));
            Stage stage = stage(layer, x, mode);
            SplitStage split = stage.split(owners).orElseThrow();
            List<Shard> shards = load(split, owners);
            if (before == null) {
                gather(x);
            }
            for (int c = 1; c < ROW_CUTS.length; c++) {
                split.prepare(ROW_CUTS[c - 1], ROW_CUTS[c]);
            }
            for (int owner = owners - 1; owner >= 0; owner--) {
                split.forward(ROWS, owner);
            }
            for (int c = PART_CUTS.length - 1; c > 0; c--) {
                split.prepareGradients(ROWS, PART_CUTS[c - 1], PART_CUTS[c]);
            }
            System.arraycopy(dy, 0, stage.output().gradient(), 0, dy.length);
            int units = x.shape().size();
            for (int owner = 0; owner < owners; owner++) {
                split.backward(ROWS, SplitStage.unit(units, owner, owners), SplitStage.unit(units, owner + 1, owners));
            }
            for (int owner = owners - 1; owner >= 0; owner--) {
                split.gradients(ROWS, owner);
            }
            for (Shard shard : shards) {
                shard.store(shard.gradient(), shard.parameter().gradient());
            }
            List<int[]> actual = results(stage, x, layer);
            for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i), actual.get(i), "array %d, %d owners".formatted(i, owners));
            }
            checkDescent(layer, stage, split, shards, owners);
        }
    }

    /** After the way back: the owners' descent is that of parts. */
    private static void checkDescent(Layer layer, Stage stage, SplitStage split, List<Shard> shards, int owners) {
        List<float[]> before = layer.parameters().stream().map(parameter -> parameter.value().clone()).toList();
        for (int owner = owners - 1; owner >= 0; owner--) {
            split.descend(ROWS, 0.75f, owner);
        }
        for (Shard shard : shards) {
            shard.store(shard.value(), shard.parameter().value());
        }
        List<int[]> descended = new ArrayList<>();
        layer.parameters().forEach(parameter -> descended.add(Perceptron.bits(parameter.value())));
        for (int p = 0; p < before.size(); p++) {
            System.arraycopy(before.get(p), 0, layer.parameters().get(p).value(), 0, before.get(p).length);
        }
        if (stage.output().gradient() != null && !layer.parameters().isEmpty()) {
            stage.parametersChanged(0, Parts.COUNT);
            stage.forward(0, ROWS); // whose lists the descent by parts needs
            stage.descend(ROWS, 0.75f, 0, Parts.COUNT);
            stage.updateParameters(0, Parts.COUNT);
            for (int p = 0; p < before.size(); p++) {
                assertArrayEquals(Perceptron.bits(layer.parameters().get(p).value()), descended.get(p),
                        "descent of %d owners".formatted(owners));
                System.arraycopy(before.get(p), 0, layer.parameters().get(p).value(), 0, before.get(p).length);
            }
        }
    }

    /** All shards, with the values of their parameters. */
    private static List<Shard> load(SplitStage split, int owners) {
        List<Shard> shards = new ArrayList<>();
        for (int owner = 0; owner < owners; owner++) {
            shards.addAll(split.shards(owner));
        }
        shards.forEach(shard -> shard.load(shard.parameter().value(), shard.value()));
        return shards;
    }

    private static Stage stage(Layer layer, Input x, Mode mode) {
        Stage stage = layer.stage(x, mode); // which decides how a batch is gathered
        stage.parametersChanged(0, Parts.COUNT);
        stage.begin(3);
        return stage;
    }

    private static List<int[]> results(Stage stage, Input x, Layer layer) {
        List<int[]> results = new ArrayList<>();
        results.add(Perceptron.bits(stage.output().values()));
        results.add(Perceptron.bits(stage.output().gradient()));
        if (x.gradient() != null) {
            results.add(Perceptron.bits(x.gradient()));
        }
        layer.parameters().forEach(parameter -> results.add(Perceptron.bits(parameter.gradient())));
        return results;
    }

    @ParameterizedTest
    @ValueSource(strings = {"dense 70", "dense 7", "relu", "sigmoid", "tanh", "dropout 0.3"})
    void ownersOfUnitsComputeTheBitsOfTheWhole(String description) {
        for (boolean inPlace : new boolean[]{true, false}) {
            Layer first = layer(inPlace ? "dense 53" : "tanh", inPlace ? 4 : 53);
            Stage before = first.stage(Input.withGradient(first.input(), ROWS), TRAINING);
            Perceptron.fill(before.output().values(), new SplittableRandom(1));
            check(layer(description, 53), before, before.output(), TRAINING);
        }
    }

    private static Samples images(int columns) {
        SplittableRandom random = new SplittableRandom(8);
        byte[] pixels = new byte[60 * columns];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : 0);
        }
        return new Samples(new ByteMatrix(pixels, 60, columns), Shape.vector(columns));
    }

    private static Input batch(Samples samples) {
        return Input.of(samples, ROWS);
    }

    private static void gather(Input x) {
        int[] numbers = new int[ROWS];
        Arrays.setAll(numbers, i -> (i * 7 + 3) % 60);
        x.gather(numbers, 0, ROWS);
    }

    /** Units as narrow as a vector, of one block and of many; where zeros cannot be left out, all that are. */
    @ParameterizedTest
    @CsvSource({"16, LEFT_OUT", "24, LEFT_OUT", "130, LEFT_OUT", "333, LEFT_OUT", "130, MULTIPLIED"})
    void ownersOfUnitsOfAFirstLayerComputeTheBitsOfTheWhole(int outputs, Mode.Zeros zeros) {
        for (Tuning tuning : Tuning.values()) {
            Mode mode = Mode.training(6, tuning).with(zeros);
            Layer layer = layer("dense " + outputs, 83);
            Input x = batch(images(83));
            check(layer, null, x, mode);
            boolean sparse = zeros == Mode.Zeros.LEFT_OUT && SparseBatch.supports(outputs);
            assertEquals(sparse, x.density() < 1, "zeros are left out");
        }
    }

    /** The same bits with zeros left out, multiplied, or whatever is faster; only the first really leaves them out. */
    @ParameterizedTest
    @ValueSource(ints = {16, 24, 33, 130})
    void leavingZerosOutChangesNoBit(int outputs) {
        assumeTrue(SparseBatch.supports(outputs), "plain Java multiplies");
        List<int[]> expected = null;
        for (Mode.Zeros zeros : Mode.Zeros.values()) {
            Layer layer = layer("dense " + outputs, 83);
            Input x = batch(images(83));
            Stage stage = stage(layer, x, TRAINING.with(zeros));
            assertTrue(zeros == Mode.Zeros.LEFT_OUT_IF_FASTER || zeros == Mode.Zeros.LEFT_OUT == x.density() < 1);
            gather(x);
            stage.forward(0, ROWS);
            Perceptron.fill(stage.output().gradient(), new SplittableRandom(9));
            stage.gradients(ROWS, 0, Parts.COUNT);
            stage.descend(ROWS, 0.75f, 0, 300);
            stage.descend(ROWS, 0.75f, 300, Parts.COUNT);
            stage.updateParameters(0, Parts.COUNT);
            List<int[]> results = results(stage, x, layer);
            layer.parameters().forEach(parameter -> results.add(Perceptron.bits(parameter.value())));
            expected = expected == null ? results : expected;
            for (int i = 0; i < results.size(); i++) {
                assertArrayEquals(expected.get(i), results.get(i), zeros + ", array " + i);
            }
        }
    }

    /** Units are whole cache lines of a row; with more owners than those some have none. */
    @Test
    void unitsAreSharedInOrderAndAboutEqually() {
        for (int n : new int[]{1, 7, 16, 17, 30, 33, 100, 128, 800, 1000}) {
            for (int owners : new int[]{1, 2, 3, 8, 64}) {
                assertEquals(0, SplitStage.unit(n, 0, owners) * (n / 16), "the first begins at 0, if he has any");
                assertEquals(n, SplitStage.unit(n, owners, owners));
                for (int owner = 1; owner < owners; owner++) {
                    int unit = SplitStage.unit(n, owner, owners);
                    assertEquals(0, unit % 16);
                    assertTrue(unit >= SplitStage.unit(n, owner - 1, owners));
                    assertTrue(Math.abs(unit - (double) n * owner / owners) < 32);
                }
            }
        }
    }

    /** A layer of one's own that only knows samples is not split. */
    @Test
    void layerThatOnlyKnowsSamplesIsNotSplit() {
        Stage stage = new SquareLayer(Parameter.weight("k", 3), 2f, true).stage(Input.of(Shape.vector(3), 1), TRAINING);
        assertTrue(stage.split(2).isEmpty());
    }

    /** Whether by parts, by units, by descent or by gradients: what is frozen has no gradient and does not descend. */
    @ParameterizedTest
    @EnumSource(value = Mode.Zeros.class, names = {"LEFT_OUT", "MULTIPLIED"})
    void frozenParametersGetNoGradient(Mode.Zeros zeros) {
        for (int frozen = 0; frozen < 2; frozen++) {
            Layer layer = layer("dense 40", 83);
            Mode mode = TRAINING.with(zeros);
            Input x = batch(images(83));
            Stage stage = stage(layer, x, mode);
            gather(x);
            layer.parameters().get(frozen).setTrained(false);
            stage.forward(0, ROWS);
            Perceptron.fill(stage.output().gradient(), new SplittableRandom(9));
            float[] before = layer.parameters().get(frozen).value().clone();
            float[] other = layer.parameters().get(1 - frozen).value().clone();
            stage.gradients(ROWS, 0, Parts.COUNT);
            SplitStage split = stage.split(2).orElseThrow();
            List<Shard> shards = load(split, 2);
            split.prepare(0, ROWS);
            split.prepareGradients(ROWS, 0, Parts.COUNT);
            for (int owner = 0; owner < 2; owner++) {
                split.gradients(ROWS, owner);
                split.descend(ROWS, 0.5f, owner);
            }
            Parameter kept = layer.parameters().get(frozen);
            for (Shard shard : shards) {
                float[] whole = new float[shard.parameter().size()];
                shard.load(shard.parameter().value(), whole);
                if (shard.parameter() == kept) {
                    assertArrayEquals(new float[shard.value().length], shard.gradient());
                    assertArrayEquals(Arrays.copyOf(whole, shard.value().length), shard.value());
                }
            }
            stage.forward(0, ROWS);
            for (float element : layer.parameters().get(frozen).gradient()) {
                assertEquals(0f, element);
            }
            stage.descend(ROWS, 0.5f, 0, Parts.COUNT);
            stage.updateParameters(0, Parts.COUNT);
            assertArrayEquals(before, layer.parameters().get(frozen).value());
            assertTrue(!Arrays.equals(other, layer.parameters().get(1 - frozen).value()), "the other is trained");
        }
    }

    @Test
    void frozenParameterOfALayerThatOnlyHasGradientsStays() {
        Parameter k = Parameter.weight("k", 3).setTrained(false);
        Stage stage = new SquareLayer(k, 2f, true).stage(Input.of(Shape.vector(3), 1), TRAINING);
        k.value()[1] = 2f;
        stage.descend(1, 0.5f, 0, Parts.COUNT);
        assertArrayEquals(new float[]{0, 2, 0}, k.value());
    }
}
