package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
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
            SplitStage split = stage.split(owners, UnitsTest::keep).orElseThrow();
            List<Shard> shards = load(split, owners);
            if (before == null) {
                gather(x);
            }
            for (int c = 1; c < ROW_CUTS.length; c++) {
                split.prepare(ROW_CUTS[c - 1], ROW_CUTS[c]);
            }
            for (int owner = owners - 1; owner >= 0; owner--) {
                split.forward(ROW_CUTS[1], ROWS, owner);
                split.forward(0, ROW_CUTS[1], owner);
            }
            for (int c = PART_CUTS.length - 1; c > 0; c--) {
                split.prepareGradients(ROWS, PART_CUTS[c - 1], PART_CUTS[c]);
            }
            System.arraycopy(dy, 0, stage.output().gradient(), 0, dy.length);
            int units = x.shape().size();
            for (int owner = 0; owner < owners; owner++) {
                int unit = SplitStage.unit(units, owner, owners);
                int end = SplitStage.unit(units, owner + 1, owners);
                split.backward(0, ROW_CUTS[2], unit, end);
                split.backward(ROW_CUTS[2], ROWS, unit, end);
            }
            for (int owner = owners - 1; owner >= 0; owner--) {
                for (int c = 1; c < PART_CUTS.length && owners == 1; c++) {
                    split.gradients(ROWS, owner, PART_CUTS[c - 1], PART_CUTS[c]);
                }
                if (owners > 1) {
                    split.gradients(ROWS, owner, 0, Parts.COUNT);
                }
            }
            for (Shard shard : shards) {
                shard.store(shard.gradient(), shard.parameter().gradient(), 0, Parts.COUNT);
            }
            List<int[]> actual = results(stage, x, layer);
            for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i), actual.get(i), "array %d, %d owners".formatted(i, owners));
            }
        }
    }

    /** A sink that keeps gradients. */
    private static void keep(Shard shard, int from, int to, float[] g, int shift) {
        System.arraycopy(g, from + shift, shard.gradient(), from, to - from);
    }

    /** All shards, with the values of their parameters. */
    private static List<Shard> load(SplitStage split, int owners) {
        List<Shard> shards = new ArrayList<>();
        for (int owner = 0; owner < owners; owner++) {
            shards.addAll(split.shards(owner));
        }
        shards.forEach(shard -> shard.load(shard.parameter().value(), shard.value(), 0, Parts.COUNT));
        shards.forEach(shard -> Arrays.fill(shard.gradient(), 0f));
        return shards;
    }

    private static Stage stage(Layer layer, Input x, Mode mode) {
        Stage stage = layer.stage(x, mode); // which decides how a batch is gathered
        stage.parametersChanged();
        stage.begin(3);
        return stage;
    }

    private static List<int[]> results(Stage stage, Input x, Layer layer) {
        List<int[]> results = new ArrayList<>();
        results.add(Perceptron.bits(stage.output().values()));
        results.add(Perceptron.bits(stage.output().gradient()));
        if (x.hasGradient()) {
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
        return new Samples(pixels, Shape.vector(columns));
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
        assertTrue(stage.split(2, UnitsTest::keep).isEmpty());
        assertEquals(List.of("k"), stage.split(1, UnitsTest::keep).orElseThrow().shards(0).stream()
                .map(shard -> shard.parameter().name()).toList());
    }

    /** Whether by parts or by units: what is frozen has no gradient. */
    @ParameterizedTest
    @EnumSource(value = Mode.Zeros.class, names = {"LEFT_OUT", "MULTIPLIED"})
    void frozenParametersGetNoGradient(Mode.Zeros zeros) {
        for (int frozen = 0; frozen < 2; frozen++) {
            Layer layer = layer("dense 40", 83);
            Input x = batch(images(83));
            Stage stage = stage(layer, x, TRAINING.with(zeros));
            gather(x);
            layer.parameters().get(frozen).setTrained(false);
            stage.forward(0, ROWS);
            Perceptron.fill(stage.output().gradient(), new SplittableRandom(9));
            stage.gradients(ROWS, 0, Parts.COUNT);
            for (float element : layer.parameters().get(frozen).gradient()) {
                assertEquals(0f, element);
            }
            for (int owners = 1; owners < 3; owners++) {
                List<Parameter> taken = new ArrayList<>();
                SplitStage split = stage.split(owners, (shard, _, _, _, _) -> taken.add(shard.parameter()))
                        .orElseThrow();
                load(split, owners);
                split.prepare(0, ROWS);
                split.prepareGradients(ROWS, 0, Parts.COUNT);
                for (int owner = 0; owner < owners; owner++) {
                    split.gradients(ROWS, owner, 0, Parts.COUNT);
                }
                assertEquals(List.of(layer.parameters().get(1 - frozen)), taken.stream().distinct().toList());
            }
        }
    }

    @Test
    void frozenParameterOfALayerThatOnlyKnowsSamplesStays() {
        Parameter k = Parameter.weight("k", 3).setTrained(false);
        Stage stage = new SquareLayer(k, 2f, true).stage(Input.of(Shape.vector(3), 1), TRAINING);
        SplitStage split = stage.split(1, (shard, _, _, _, _) -> fail(shard.parameter().name())).orElseThrow();
        assertEquals(1, split.shards(0).size());
        split.gradients(1, 0, 0, Parts.COUNT);
    }
}
