package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.model.Activation.Function;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitializerTest {
    @ParameterizedTest
    @CsvSource({"HE, 200, 300, 0.17320508", "HE, 24, 1000, 0.5", "GLOROT, 200, 400, 0.1", "GLOROT, 6, 18, 0.5"})
    void weightsAreUniformUpToTheLimitAndBiasesAreZero(Initializer initializer, int inputs, int outputs,
            double limit) {
        Dense layer = new Dense("dense1", Shape.vector(inputs), outputs);
        Arrays.fill(layer.bias().value(), 1f);
        layer.initialize(new SplittableRandom(4), initializer);
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
        Dense layer = new Dense("dense1", Shape.vector(3), 2);
        layer.initialize(new SplittableRandom(11), Initializer.HE);
        SplittableRandom random = new SplittableRandom(11);
        for (float value : layer.weight().value()) {
            assertEquals((float) ((2 * random.nextDouble() - 1) * Math.sqrt(2)), value);
        }
    }

    @Test
    void reluIsInitialisedByHeAndTheOthersByGlorot() {
        Shape shape = Shape.vector(3);
        assertEquals(Initializer.HE, new Activation(Function.RELU, shape).suits(Initializer.GLOROT));
        for (Layer layer : List.of(new Activation(Function.SIGMOID, shape), new Activation(Function.TANH, shape),
                new Dense("dense1", shape, 3))) {
            assertEquals(Initializer.GLOROT, layer.suits(Initializer.HE));
        }
    }

    /** The first layer's initializer is chosen by the relu behind it, through the dropout between. */
    @Test
    void networkTakesEachLayersInitializer() {
        for (String between : List.of("relu", "dropout 0.5, relu")) {
            Network network = Network.of(Shape.vector(50), Spec.parseList("dense 1000, " + between + ", dense 10"),
                    new CrossEntropyLoss()).initialize(1);
            assertEquals(Math.sqrt(6.0 / 50), largest(network.parameters().get(0)), 1e-3);
            assertEquals(Math.sqrt(6.0 / 1010), largest(network.parameters().get(2)), 1e-3); // the output layer: Glorot
        }
    }

    private static double largest(Parameter parameter) {
        double largest = 0;
        for (float value : parameter.value()) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** Whatever was there before: of one seed, layers draw one behind the other. */
    @Test
    void networkSetsEveryParameterAnew() {
        Network network = Perceptron.of("relu", "mse", 30, 20, 10).network().initialize(7);
        float[][] first = network.parameters().stream().map(p -> p.value().clone()).toArray(float[][]::new);
        network.parameters().forEach(p -> Arrays.fill(p.value(), Float.NaN));
        network.initialize(7);
        assertArrayEquals(Perceptron.bits(first),
                Perceptron.bits(network.parameters().stream().map(Parameter::value).toArray(float[][]::new)));
        SplitMix64 random = new SplitMix64(7);
        for (int i = 0; i < 30 * 20; i++) {
            random.nextDouble();
        }
        assertEquals((float) ((2 * random.nextDouble() - 1) * Math.sqrt(6.0 / 30)),
                network.parameters().get(2).value()[0]);
    }

    @Test
    void layersThatDoNotSayWhereTheirParametersBeginAreRefused() {
        Layer silent = new SquareLayer(Parameter.weight("k", 3), 2f, true);
        Network network = new Network(List.of(silent), new CrossEntropyLoss());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> network.initialize(1));
        assertEquals("square has parameters: its layer must override initialize", e.getMessage());
    }
}
