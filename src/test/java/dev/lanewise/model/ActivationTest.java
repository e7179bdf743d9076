package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.Activation.Function;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest {
    private static final Shape ONE = Shape.vector(1);
    private static final Mode TRAINING = Mode.training(1, Tuning.LONG);

    /** An input of three rows, which the activation may overwrite or not. */
    private static Input input(boolean overwritable) {
        return Input.output(Input.of(ONE, 3), ONE, TRAINING, overwritable);
    }

    private static void set(float[] values, float first, float second, float third) {
        System.arraycopy(new float[]{first, second, third}, 0, values, 0, 3);
    }

    @ParameterizedTest
    @CsvSource({"RELU, -2, 0, 0", "RELU, 3, 3, 1", "RELU, 0, 0, 0",
            "SIGMOID, 0, 0.5, 0.25", "SIGMOID, 2, 0.8807970780, 0.1049935854", "SIGMOID, -200, 0, 0",
            "TANH, 0, 0, 1", "TANH, 1, 0.7615941560, 0.4199743416", "TANH, -30, -1, 0"})
    void valueAndDerivative(Function function, float z, double value, double derivative) {
        for (boolean inPlace : new boolean[]{true, false}) {
            Input x = input(inPlace);
            Stage stage = new Activation(function, ONE).stage(x, TRAINING);
            float[] y = stage.output().values();
            float[] dy = stage.output().gradient();
            set(y, 7, 7, 7);
            x.values()[1] = z;
            stage.forward(1, 2);
            assertEquals(value, y[1], 1e-7);
            set(x.gradient(), 7, 7, 7);
            set(dy, 7, -3, 7);
            stage.backward(1, 2);
            assertEquals(-3 * derivative, x.gradient()[1], 1e-6);
            assertArrayEquals(new float[]{7, 7, 7, 7}, new float[]{y[0], y[2], x.gradient()[0], x.gradient()[2]},
                    "neighbours change");
        }
    }

    @ParameterizedTest
    @EnumSource(Function.class)
    void nanIsPassedOn(Function function) {
        Input x = input(true);
        Stage stage = new Activation(function, ONE).stage(x, TRAINING);
        set(x.values(), Float.NaN, 0, 0);
        stage.forward(0, 1);
        assertEquals(Float.NaN, stage.output().values()[0]);
    }

    @Test
    void noElementsAreFine() {
        for (Function function : Function.values()) {
            Input x = input(true);
            Stage stage = new Activation(function, ONE).stage(x, TRAINING);
            set(x.values(), 5, 2, 5);
            stage.forward(1, 1);
            stage.backward(1, 1);
            assertEquals(2f, stage.output().values()[1]);
        }
    }

    /** Behind a layer that needs its output on the way back, another array; so behind another activation. */
    @Test
    void worksInPlaceWhereTheStageBeforeDoesWithoutItsOutput() {
        Input x = input(true);
        Stage first = new Activation(Function.TANH, ONE).stage(x, TRAINING);
        Stage second = new Activation(Function.RELU, ONE).stage(first.output(), TRAINING);
        assertSame(x.values(), first.output().values());
        assertNotSame(first.output().values(), second.output().values());
    }

    @Test
    void areNamedAsInADescription() {
        assertTrue(Layers.KINDS.names().containsAll(List.of("relu", "sigmoid", "tanh")));
        assertEquals("'relu 3': write it as 'relu'", assertThrows(IllegalArgumentException.class,
                () -> Layers.KINDS.kind("relu").create(Spec.parse("relu 3"), "relu1", ONE)).getMessage());
    }
}
