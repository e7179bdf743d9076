package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitializerTest {
    @ParameterizedTest
    @CsvSource({"HE, 200, 300, 0.17320508", "HE, 24, 1000, 0.5", "GLOROT, 200, 400, 0.1", "GLOROT, 6, 18, 0.5"})
    void weightsAreUniformUpToTheLimitAndBiasesStayZero(Initializer initializer, int inputs, int outputs,
            double limit) {
        Dense layer = new Dense("dense1", inputs, outputs, Activation.RELU);
        initializer.initialize(layer, new SplittableRandom(4));
        float[] w = layer.weight().value();
        double largest = 0;
        double sum = 0;
        double squares = 0;
        for (float value : w) {
            largest = Math.max(largest, Math.abs(value));
            sum += value;
            squares += (double) value * value;
        }
        double deviation = limit / Math.sqrt(3); // of a uniform distribution; its mean's is that over sqrt(n)
        assertTrue(largest <= Math.nextUp((float) limit), "beyond the limit: " + largest);
        assertTrue(largest > limit * (1 - 20.0 / w.length), "never near the limit: " + largest);
        assertEquals(0, sum / w.length, 4 * deviation / Math.sqrt(w.length));
        assertEquals(deviation, Math.sqrt(squares / w.length), 4 * deviation / Math.sqrt(w.length));
        for (float value : layer.bias().value()) {
            assertEquals(0f, value);
        }
    }

    @Test
    void weightsAreTheSeedsDrawsInRowMajorOrder() {
        Dense layer = new Dense("dense1", 3, 2, Activation.NONE);
        Initializer.HE.initialize(layer, new SplittableRandom(11));
        SplittableRandom random = new SplittableRandom(11);
        for (float value : layer.weight().value()) {
            assertEquals((float) ((2 * random.nextDouble() - 1) * Math.sqrt(2)), value);
        }
    }

    @Test
    void reluIsInitialisedByHeAndTheOthersByGlorot() {
        assertEquals(Initializer.HE, Initializer.suiting(Activation.RELU));
        for (Activation activation : List.of(Activation.SIGMOID, Activation.TANH, Activation.NONE)) {
            assertEquals(Initializer.GLOROT, Initializer.suiting(activation));
        }
    }

    @Test
    void networkTakesEachLayersInitializer() {
        Network network = Network.of(
                new Architecture(50, List.of(1000), 10, Activation.RELU, Loss.CROSS_ENTROPY), 1).initialize(1);
        assertEquals(Math.sqrt(6.0 / 50), largest(network.parameters().get(0)), 1e-3);
        assertEquals(Math.sqrt(6.0 / 1010), largest(network.parameters().get(2)), 1e-3); // the output layer: Glorot
    }

    private static double largest(Parameter parameter) {
        double largest = 0;
        for (float value : parameter.value()) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
