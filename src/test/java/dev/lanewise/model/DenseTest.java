package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A layer by hand, in numbers that floats hold exactly; {@link GradientTest} has the rest. */
class DenseTest {
    private static Dense layer(Activation activation) {
        Dense layer = new Dense("dense1", 2, 3, activation);
        System.arraycopy(new float[]{1, 2, 3, 4, 5, 6}, 0, layer.weight().value(), 0, 6);
        System.arraycopy(new float[]{0.5f, -20, 0}, 0, layer.bias().value(), 0, 3);
        return layer;
    }

    @Test
    void forwardIsInputTimesWeightsPlusBias() {
        float[] y = {9, 9, 9, 9, 9, 9, 9, 9, 9};
        layer(Activation.NONE).forward(new float[]{0, 0, 1, 2, -1, 0}, y, 1, 3);
        assertArrayEquals(new float[]{9, 9, 9, 9.5f, -8, 15, -0.5f, -22, -3}, y); // row 0 is not asked for
    }

    @Test
    void activationIsAppliedToTheAskedRowsOnly() {
        float[] y = {-9, -9, -9, -9, -9, -9, -9, -9, -9};
        layer(Activation.RELU).forward(new float[]{0, 0, 1, 2, -1, 0}, y, 1, 2);
        assertArrayEquals(new float[]{-9, -9, -9, 9.5f, 0, 15, -9, -9, -9}, y);
    }

    @Test
    void backwardGivesTheGradientOfTheInputAndThenTheGradients() {
        Dense layer = layer(Activation.RELU);
        float[] x = {1, 2, -1, 3};
        float[] y = new float[6];
        layer.forward(x, y, 0, 2); // 9.5 0 15; 11.5 0 15
        float[] dy = {1, 100, -2, 3, 100, 4};
        float[] dx = new float[4];
        layer.backward(x, y, dy, dx, 0, 2);
        assertArrayEquals(new float[]{1, 0, -2, 3, 0, 4}, dy); // the second unit is off
        assertArrayEquals(new float[]{1 - 6, 4 - 12, 3 + 12, 12 + 24}, dx);
        layer.gradients(x, dy, 2, 0, Shares.ALL);
        assertArrayEquals(new float[]{1 - 3, 0, -2 - 4, 2 + 9, 0, -4 + 12}, layer.weight().gradient());
        assertArrayEquals(new float[]{4, 0, 2}, layer.bias().gradient());
    }

    @Test
    void descentAddsTheGradientsToWhatIsKeptOfTheWeightsAndToTheBias() {
        Dense layer = layer(Activation.NONE);
        layer.descend(new float[]{1, 2, -1, 3}, new float[]{1, 0, -2, 3, 0, 4}, 2, 0.5f, 0, Shares.ALL);
        assertArrayEquals(new float[]{0.5f + 1 - 3, 1, 1.5f - 2 - 4, 2 + 2 + 9, 2.5f, 3 - 4 + 12},
                layer.weight().value());
        assertArrayEquals(new float[]{0.5f + 4, -20, 0 + 2}, layer.bias().value());
    }

    @Test
    void firstLayerNeedsNoGradientOfItsInput() {
        Dense layer = layer(Activation.SIGMOID);
        float[] x = {1, 2};
        float[] y = {0.5f, 0.25f, 1};
        float[] dy = {8, 16, 5};
        layer.backward(x, y, dy, null, 0, 1);
        assertArrayEquals(new float[]{2, 3, 0}, dy); // y (1 - y) is 1/4, 3/16, 0
    }

    @Test
    void sharesCoverEveryRowOfTheWeightsOnce() {
        Dense layer = new Dense("dense1", 100, 33, Activation.TANH);
        for (int shares : List.of(1, 2, 3, 8, 50)) {
            for (Parameter parameter : layer.parameters()) {
                assertEquals(0, Shares.row(parameter, 0));
                assertEquals(parameter.shape().getFirst(), Shares.row(parameter, Shares.ALL));
                assertEquals(parameter.size(), Shares.element(parameter, Shares.ALL));
                for (int share = 0; share < shares; share++) {
                    int part = Shares.ALL * share / shares;
                    int from = Shares.row(parameter, part);
                    assertTrue(from <= Shares.row(parameter, Shares.ALL * (share + 1) / shares));
                    assertTrue(from % 16 == 0 || from == parameter.shape().getFirst());
                    assertEquals(from * (parameter == layer.weight() ? 33 : 1),
                            Shares.element(parameter, part));
                }
            }
        }
    }

    @Test
    void sizesBelowOneAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Dense("d", 0, 1, Activation.NONE));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> new Dense("dense7", 3, 0, Activation.NONE));
        assertEquals("dense7: 3 inputs and 0 outputs", e.getMessage());
    }
}
