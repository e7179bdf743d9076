package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.model.CrossEntropyLoss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Spec;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class UpdateTest {
    private static final Optimizer SGD = new Sgd();

    private static Network two(int inputs, int outputs) {
        return Network.of(Shape.vector(inputs), List.of(Spec.of("dense", outputs)), new CrossEntropyLoss());
    }

    private static Update update(Update.Rule rule, Network network) {
        return new Update(rule, network, null);
    }

    /** Norm 5 over weights and bias; clipped to 2.5, every gradient is halved; to 5 and more, none is changed. */
    @ParameterizedTest
    @CsvSource({"2.5, -1.5, -2, 0.5", "5, -3, -4, 1", "7, -3, -4, 1"})
    void gradientsAreClippedByTheirNormOverAllParameters(double maxNorm, float weight, float bias, float factor) {
        Network network = two(40, 3);
        List<Parameter> parameters = network.parameters();
        Update update = update(new Update.Rule(SGD, 0, maxNorm, null), network);
        GradientClipping clipping = new GradientClipping(maxNorm, parameters);
        parameters.get(0).gradient()[119] = 3f;
        parameters.get(1).gradient()[1] = -4f;
        update.begin(0, 1f);
        for (int share = 0; share < 3; share++) {
            update.measure(Parts.COUNT * share / 3, Parts.COUNT * (share + 1) / 3);
            clipping.measure(Parts.COUNT * share / 3, Parts.COUNT * (share + 1) / 3);
        }
        assertEquals(factor, clipping.factor());
        update.clip();
        update.apply(0, Parts.COUNT);
        assertEquals(weight, parameters.get(0).value()[119]);
        assertEquals(-bias, parameters.get(1).value()[1]);
    }

    /** The norm is of what is trained: a frozen parameter's old gradient is nothing to the others. */
    @Test
    void frozenParametersCountForNoNorm() {
        Network network = two(40, 3);
        network.parameters().get(0).setTrained(false).gradient()[119] = 100f;
        network.parameters().get(1).gradient()[1] = -4f;
        Update update = update(new Update.Rule(SGD, 0, 5.0, null), network);
        update.begin(0, 1f);
        update.measure(0, Parts.COUNT);
        update.clip();
        update.apply(0, Parts.COUNT);
        assertEquals(4f, network.parameters().get(1).value()[1]);
        assertArrayEquals(new float[120], network.parameters().get(0).value());
    }

    @Test
    void averageKeepsAGrowingShareOfItself() {
        Network network = two(2, 2);
        Network averaged = two(2, 2);
        Parameter weight = network.parameters().get(0);
        float[] average = averaged.parameters().get(0).value();
        weight.value()[0] = 10f;
        Update update = new Update(new Update.Rule(SGD, 0, null, 0.15), network, averaged);
        assertEquals(10f, average[0], "begins with the weights as they are");
        double expected = 10;
        for (int step = 0; step < 4; step++) {
            weight.gradient()[0] = 1f;
            update.begin(step, 1f);
            update.apply(0, Parts.COUNT);
            double keeps = List.of(0.1, 0.15, 0.15, 0.15).get(step);
            expected = keeps * expected + (1 - keeps) * (9 - step);
            assertEquals(expected, average[0], 1e-5);
            assertEquals(9f - step, weight.value()[0]);
        }
    }

    @Test
    void badNormsDecaysAndAveragesAreRefused() {
        for (double bad : new double[]{0, -1, Double.NaN}) {
            assertEquals("clipNorm: above 0, not " + bad, assertThrows(IllegalArgumentException.class,
                    () -> new Update.Rule(SGD, 0, bad, null)).getMessage());
        }
        for (double bad : new double[]{1, -1, 0.999999999, Double.NaN}) {
            assertEquals("averageDecay: from 0 to below 1, not " + bad, assertThrows(IllegalArgumentException.class,
                    () -> new Update.Rule(SGD, 0, null, bad)).getMessage());
        }
        Update.Rule averaging = new Update.Rule(SGD, 0, null, 0.9);
        assertEquals("averages: not of the parameters' shapes", assertThrows(IllegalArgumentException.class,
                () -> new Update(averaging, two(2, 2), two(3, 2))).getMessage());
        assertEquals("averaged: a network exactly where parameters are averaged", assertThrows(
                IllegalArgumentException.class, () -> new Update(averaging, two(2, 2), null)).getMessage());
        assertThrows(IllegalArgumentException.class,
                () -> new Update(new Update.Rule(SGD, 0), two(2, 2), two(2, 2)));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1e-9, Double.NaN, Double.POSITIVE_INFINITY})
    void badWeightDecayIsRefused(double decay) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new Update.Rule(SGD, decay));
        assertEquals("weightDecay: 0 or more, not " + decay, e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"sgd, ''", "momentum, optimizer.dense1.weight.0 optimizer.dense1.bias.0",
            "nesterov, optimizer.dense1.weight.0 optimizer.dense1.bias.0",
            "adam, optimizer.dense1.weight.0 optimizer.dense1.weight.1 optimizer.dense1.bias.0 optimizer.dense1.bias.1",
            "adamw, "
                    + "optimizer.dense1.weight.0 optimizer.dense1.weight.1 optimizer.dense1.bias.0 "
                    + "optimizer.dense1.bias.1"})
    void stateIsNamedAfterTheParametersAndStartsAtZero(String name, String names) {
        List<Parameter> state = update(new Update.Rule(Optimizer.of(Spec.of(name)), 0), two(3, 5)).state();
        assertEquals(names, String.join(" ", state.stream().map(Parameter::name).toList()));
        for (Parameter array : state) {
            assertEquals(array.name().contains("weight") ? List.of(3, 5) : List.of(5), array.shape());
            assertArrayEquals(new float[array.size()], array.value());
        }
    }
}
