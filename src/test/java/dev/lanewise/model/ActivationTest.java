package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest {
    @ParameterizedTest
    @CsvSource({"NONE, -2, -2, 1", "NONE, 3, 3, 1", "RELU, -2, 0, 0", "RELU, 3, 3, 1", "RELU, 0, 0, 0",
            "SIGMOID, 0, 0.5, 0.25", "SIGMOID, 2, 0.8807970780, 0.1049935854", "SIGMOID, -200, 0, 0",
            "TANH, 0, 0, 1", "TANH, 1, 0.7615941560, 0.4199743416", "TANH, -30, -1, 0"})
    void valueAndDerivative(Activation activation, float z, double value, double derivative) {
        float[] y = {7, z, 7};
        activation.forward(y, 1, 1);
        assertEquals(value, y[1], 1e-7);
        float[] dy = {7, -3, 7};
        activation.backward(y, dy, 1, 1);
        assertEquals(-3 * derivative, dy[1], 1e-6);
        assertArrayEquals(new float[]{7, 7, 7, 7}, new float[]{y[0], y[2], dy[0], dy[2]}, "neighbours change");
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void nanIsPassedOn(Activation activation) {
        float[] y = {Float.NaN};
        activation.forward(y, 0, 1);
        assertEquals(Float.NaN, y[0]);
    }

    @Test
    void noElementsAreFine() {
        for (Activation activation : Activation.values()) {
            float[] y = {2};
            activation.forward(y, 1, 0);
            activation.backward(y, y, 1, 0);
            assertEquals(2f, y[0]);
        }
    }
}
