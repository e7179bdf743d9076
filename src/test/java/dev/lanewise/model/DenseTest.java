package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A layer by hand, in numbers that floats hold exactly; {@link GradientTest} has the rest. */
class DenseTest {
    private static final Mode TRAINING = Mode.training(1, Tuning.LONG);

    private static Dense layer() {
        Dense layer = new Dense("dense1", Shape.vector(2), 3);
        System.arraycopy(new float[]{1, 2, 3, 4, 5, 6}, 0, layer.weight().value(), 0, 6);
        System.arraycopy(new float[]{0.5f, -20, 0}, 0, layer.bias().value(), 0, 3);
        return layer;
    }

    /** The layer at work on these values, alone or with a function behind it. */
    private static List<Stage> atWork(Layer layer, Activation.Function function, boolean gradient, float... x) {
        Shape shape = layer.input();
        int rows = x.length / shape.size();
        Input input = gradient ? Input.withGradient(shape, rows) : Input.of(shape, rows);
        System.arraycopy(x, 0, input.values(), 0, x.length);
        Stage dense = layer.stage(input, TRAINING);
        return function == null
                ? List.of(dense)
                : List.of(dense, new Activation(function, layer.output()).stage(dense.output(), TRAINING));
    }

    private static float[] forward(List<Stage> stages, float before, int from, int to) {
        float[] y = stages.getLast().output().values();
        Arrays.fill(y, before);
        stages.forEach(stage -> stage.forward(from, to));
        return y;
    }

    @Test
    void forwardIsInputTimesWeightsPlusBias() {
        float[] y = forward(atWork(layer(), null, true, 0, 0, 1, 2, -1, 0), 9, 1, 3);
        assertArrayEquals(new float[]{9, 9, 9, 9.5f, -8, 15, -0.5f, -22, -3}, y); // row 0 is not asked for
    }

    @Test
    void activationIsAppliedToTheAskedRowsOnly() {
        float[] y = forward(atWork(layer(), Activation.Function.RELU, true, 0, 0, 1, 2, -1, 0), -9, 1, 2);
        assertArrayEquals(new float[]{-9, -9, -9, 9.5f, 0, 15, -9, -9, -9}, y);
    }

    @Test
    void backwardGivesTheGradientOfTheInputAndThenTheGradients() {
        Input input = Input.withGradient(Shape.vector(2), 2);
        System.arraycopy(new float[]{1, 2, -1, 3}, 0, input.values(), 0, 4);
        Dense layer = layer();
        Stage dense = layer.stage(input, TRAINING);
        Stage relu = new Activation(Activation.Function.RELU, layer.output()).stage(dense.output(), TRAINING);
        forward(List.of(dense, relu), 0, 0, 2); // 9.5 0 15; 11.5 0 15
        float[] dy = relu.output().gradient();
        System.arraycopy(new float[]{1, 100, -2, 3, 100, 4}, 0, dy, 0, 6);
        relu.backward(0, 2);
        dense.backward(0, 2);
        assertArrayEquals(new float[]{1, 0, -2, 3, 0, 4}, dense.output().gradient()); // the second unit is off
        assertArrayEquals(new float[]{1 - 6, 4 - 12, 3 + 12, 12 + 24}, input.gradient());
        dense.gradients(2, 0, Parts.COUNT);
        assertArrayEquals(new float[]{1 - 3, 0, -2 - 4, 2 + 9, 0, -4 + 12}, layer.weight().gradient());
        assertArrayEquals(new float[]{4, 0, 2}, layer.bias().gradient());
    }

    @Test
    void firstLayerNeedsNoGradientOfItsInput() {
        List<Stage> stages = atWork(layer(), Activation.Function.SIGMOID, false, 1, 2);
        float[] dy = stages.getLast().output().gradient();
        System.arraycopy(new float[]{0.5f, 0.25f, 1}, 0, stages.getLast().output().values(), 0, 3);
        System.arraycopy(new float[]{8, 16, 5}, 0, dy, 0, 3);
        stages.getLast().backward(0, 1);
        stages.getFirst().backward(0, 1);
        assertArrayEquals(new float[]{2, 3, 0}, stages.getFirst().output().gradient()); // y (1 - y): 1/4, 3/16, 0
        assertFalse(Input.of(Shape.vector(2), 1).hasGradient());
        assertThrows(IllegalStateException.class, () -> Input.of(Shape.vector(2), 1).gradient());
    }

    @Test
    void anInputTakesOnlyWhatItIsMadeFor() {
        Input floats = Input.of(Shape.vector(2), 1);
        assertThrows(IllegalStateException.class, () -> floats.put(new byte[2], 0, 0, 1));
        assertThrows(IllegalStateException.class, () -> floats.gather(new int[1], 0, 1));
    }

    @Test
    void partsCoverEveryRowOfTheWeightsOnce() {
        Dense layer = new Dense("dense1", Shape.vector(100), 33);
        for (int shares : List.of(1, 2, 3, 8, 50)) {
            for (Parameter parameter : layer.parameters()) {
                assertEquals(0, Parts.row(parameter, 0));
                assertEquals(parameter.shape().getFirst(), Parts.row(parameter, Parts.COUNT));
                assertEquals(parameter.size(), Parts.element(parameter, Parts.COUNT));
                for (int share = 0; share < shares; share++) {
                    int part = Parts.COUNT * share / shares;
                    int from = Parts.row(parameter, part);
                    assertTrue(from <= Parts.row(parameter, Parts.COUNT * (share + 1) / shares));
                    assertTrue(from % 16 == 0 || from == parameter.shape().getFirst());
                    assertEquals(from * (parameter == layer.weight() ? 33 : 1),
                            Parts.element(parameter, part));
                }
            }
        }
    }

    @Test
    void sizesBelowOneAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Dense("d", Shape.vector(0), 1));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> new Dense("dense7", Shape.vector(3), 0));
        assertEquals("dense7: 3 inputs and 0 outputs", e.getMessage());
    }
}
