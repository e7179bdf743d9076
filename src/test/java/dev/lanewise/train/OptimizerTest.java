package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Shares;
import dev.lanewise.train.Optimizer.Rule;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class OptimizerTest {
    private static Network two(int inputs, int outputs) {
        return Network.of(new Architecture(inputs, List.of(), outputs, Activation.RELU, Loss.CROSS_ENTROPY), 1);
    }

    /** Norm 5 over weights and bias; clipped to 2.5, every gradient is halved; to 5 and more, none is changed. */
    @ParameterizedTest
    @CsvSource({"2.5, -1.5, -2", "5, -3, -4", "7, -3, -4"})
    void gradientsAreClippedByTheirNormOverAllParameters(double maxNorm, float weight, float bias) {
        List<Parameter> parameters = two(40, 3).parameters();
        Optimizer optimizer = new Optimizer(Rule.SGD, parameters, 0, 0).clipTo(maxNorm);
        parameters.get(0).gradient()[119] = 3f;
        parameters.get(1).gradient()[1] = -4f;
        for (int share = 0; share < 3; share++) {
            optimizer.measure(Shares.ALL * share / 3, Shares.ALL * (share + 1) / 3);
        }
        assertEquals(5.0, optimizer.clip());
        optimizer.step(0, 1f, 0, Shares.ALL);
        assertEquals(weight, parameters.get(0).value()[119]);
        assertEquals(-bias, parameters.get(1).value()[1]);
    }

    @Test
    void averageKeepsAGrowingShareOfItself() {
        List<Parameter> parameters = two(2, 2).parameters();
        List<Parameter> averages = two(2, 2).parameters();
        parameters.get(0).value()[0] = 10f;
        Optimizer optimizer = new Optimizer(Rule.SGD, parameters, 0, 0).averageInto(averages, 0.15);
        assertEquals(10f, averages.get(0).value()[0], "begins with the weights as they are");
        double expected = 10;
        for (int step = 0; step < 4; step++) {
            parameters.get(0).gradient()[0] = 1f;
            optimizer.step(step, 1f, 0, Shares.ALL);
            double keeps = List.of(0.1, 0.15, 0.15, 0.15).get(step);
            expected = keeps * expected + (1 - keeps) * (9 - step);
            assertEquals(expected, averages.get(0).value()[0], 1e-5);
            assertEquals(9f - step, parameters.get(0).value()[0]);
        }
    }

    @Test
    void plainDescentFoldsUntilItClips() {
        for (Rule rule : Rule.values()) {
            assertEquals(rule == Rule.SGD, new Optimizer(rule, parameters(), 0.9, 0).folds(), rule::toString);
        }
        Optimizer optimizer = new Optimizer(Rule.SGD, parameters(), 0, 0.25);
        assertEquals(0.875f, optimizer.keep(0.5f));
        assertEquals(1f, new Optimizer(Rule.SGD, parameters(), 0, 0).keep(0.5f));
        assertFalse(optimizer.clipTo(1).folds());
    }

    @Test
    void badNormsDecaysAndAveragesAreRefused() {
        Optimizer optimizer = new Optimizer(Rule.SGD, two(2, 2).parameters(), 0, 0);
        for (double bad : new double[]{0, -1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> optimizer.clipTo(bad));
        }
        for (double bad : new double[]{1, -1, 0.999999999, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> optimizer.averageInto(two(2, 2).parameters(), bad));
        }
        assertThrows(IllegalArgumentException.class, () -> optimizer.averageInto(two(3, 2).parameters(), 0.9));
    }

    private static final int STEPS = 12;
    private static final double RATE = 0.05;
    private static final double MOMENTUM = 0.8;
    private static final double DECAY = 0.01;

    /** A matrix that decays and a vector that does not, with the same random values every time. */
    private static List<Parameter> parameters() {
        Parameter weight = new Parameter("dense1.weight", List.of(37, 3), new float[111], new float[111], true);
        Parameter bias = new Parameter("dense1.bias", List.of(53), new float[53], new float[53], false);
        SplittableRandom random = new SplittableRandom(6);
        for (Parameter parameter : List.of(weight, bias)) {
            for (int i = 0; i < parameter.size(); i++) {
                parameter.value()[i] = (float) (2 * random.nextDouble() - 1);
            }
        }
        return List.of(weight, bias);
    }

    /** Gradients of step {@code step}; some are as small as Adam's epsilon, some are 0. */
    private static void drawGradients(List<Parameter> parameters, int step) {
        SplittableRandom random = new SplittableRandom(100 + step);
        for (Parameter parameter : parameters) {
            for (int i = 0; i < parameter.size(); i++) {
                double scale = switch (i % 4) {
                    case 0 -> 1;
                    case 1 -> 1e-3;
                    case 2 -> 3e-8;
                    default -> i % 8 == 3 ? 0 : 20;
                };
                parameter.gradient()[i] = (float) (scale * (2 * random.nextDouble() - 0.7));
            }
        }
    }

    /** One element of a parameter, updated as the textbooks and PyTorch's documentation write it, in double. */
    private static final class Textbook {
        private final Rule rule;
        private final double decay;
        private double w;
        private double first; // velocity or mean of the gradients
        private double second; // mean of their squares

        Textbook(Rule rule, double w, double decay) {
            this.rule = rule;
            this.w = w;
            this.decay = decay;
        }

        void step(double gradient, double rate, int t) {
            double g = rule == Rule.ADAMW ? gradient : gradient + decay * w;
            switch (rule) {
                case SGD -> w -= rate * g;
                case MOMENTUM -> {
                    first = t == 1 ? g : MOMENTUM * first + g;
                    w -= rate * first;
                }
                case NESTEROV -> {
                    first = t == 1 ? g : MOMENTUM * first + g;
                    w -= rate * (g + MOMENTUM * first);
                }
                case ADAM, ADAMW -> {
                    if (rule == Rule.ADAMW) {
                        w -= rate * decay * w;
                    }
                    first = 0.9 * first + 0.1 * g;
                    second = 0.999 * second + 0.001 * g * g;
                    double mean = first / (1 - Math.pow(0.9, t));
                    double square = second / (1 - Math.pow(0.999, t));
                    w -= rate * mean / (Math.sqrt(square) + 1e-8);
                }
            }
        }
    }

    private static double rate(int step) {
        return RATE / (1 + step); // as under a schedule
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void stepsAreTheTextbooksUpdates(Rule rule) {
        List<Parameter> parameters = parameters();
        Textbook[][] expected = new Textbook[2][];
        for (int p = 0; p < 2; p++) {
            expected[p] = new Textbook[parameters.get(p).size()];
            for (int i = 0; i < expected[p].length; i++) {
                expected[p][i] = new Textbook(rule, parameters.get(p).value()[i], p == 0 ? DECAY : 0);
            }
        }
        Optimizer optimizer = new Optimizer(rule, parameters, MOMENTUM, DECAY);
        double worst = 0;
        for (int step = 0; step < STEPS; step++) {
            drawGradients(parameters, step);
            optimizer.step(step, (float) rate(step), 0, Shares.ALL);
            for (int p = 0; p < 2; p++) {
                for (int i = 0; i < expected[p].length; i++) {
                    Textbook textbook = expected[p][i];
                    textbook.step(parameters.get(p).gradient()[i], rate(step), step + 1);
                    double error = Math.abs(parameters.get(p).value()[i] - textbook.w)
                            / Math.max(0.1, Math.abs(textbook.w));
                    worst = Math.max(worst, error);
                }
            }
        }
        double error = worst;
        // Measured: 8.8e-7 at most.
        assertTrue(error < 5e-6, () -> rule + ": relative error " + error);
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void sharesAreTheSameBitsAsTheWhole(Rule rule) {
        List<Parameter> whole = parameters();
        Optimizer wholeOptimizer = new Optimizer(rule, whole, MOMENTUM, DECAY);
        for (int step = 0; step < STEPS; step++) {
            drawGradients(whole, step);
            wholeOptimizer.step(step, (float) rate(step), 0, Shares.ALL);
        }
        for (int shares : new int[]{2, 3, 8}) {
            List<Parameter> shared = parameters();
            Optimizer optimizer = new Optimizer(rule, shared, MOMENTUM, DECAY);
            for (int step = 0; step < STEPS; step++) {
                drawGradients(shared, step);
                for (int share = shares - 1; share >= 0; share--) {
                    optimizer.step(step, (float) rate(step), Shares.ALL * share / shares,
                            Shares.ALL * (share + 1) / shares);
                }
            }
            for (int p = 0; p < 2; p++) {
                assertArrayEquals(bits(whole.get(p).value()), bits(shared.get(p).value()), rule + " " + shares);
            }
        }
    }

    @Test
    void shareChangesItsOwnElementsOnly() {
        List<Parameter> parameters = parameters();
        parameters.forEach(parameter -> Arrays.fill(parameter.gradient(), 1f));
        float[] before = parameters.getFirst().value().clone();
        new Optimizer(Rule.SGD, parameters, 0, 0).step(0, 0.5f, Shares.ALL / 3 + 1, 2 * Shares.ALL / 3 + 1);
        for (int i = 0; i < before.length; i++) {
            // 37 rows of 3 are 3 runs of 16 rows; the middle share is the second.
            boolean own = i >= 16 * 3 && i < 32 * 3;
            assertEquals(own, before[i] != parameters.getFirst().value()[i], "element " + i);
        }
    }

    @Test
    void stateIsNamedAfterTheParametersAndStartsAtZero() {
        for (Rule rule : Rule.values()) {
            List<String> names = new Optimizer(rule, parameters(), 0.9, 0).state().stream()
                    .map(Safetensors.Tensor::name).toList();
            assertEquals(switch (rule) {
                case SGD -> List.of();
                case MOMENTUM, NESTEROV -> List.of("optimizer.dense1.weight.0", "optimizer.dense1.bias.0");
                case ADAM, ADAMW -> List.of("optimizer.dense1.weight.0", "optimizer.dense1.weight.1",
                        "optimizer.dense1.bias.0", "optimizer.dense1.bias.1");
            }, names);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN, Double.POSITIVE_INFINITY})
    void badMomentumIsRefused(double momentum) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> new Optimizer(Rule.MOMENTUM, parameters(), momentum, 0));
        assertEquals("momentum: from 0 to below 1, not " + momentum, e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1e-9, Double.NaN, Double.POSITIVE_INFINITY})
    void badWeightDecayIsRefused(double decay) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> new Optimizer(Rule.SGD, parameters(), 0, decay));
        assertEquals("weightDecay: 0 or more, not " + decay, e.getMessage());
    }

    @Test
    void rulesAreNamedAsOnTheCommandLine() {
        assertEquals("[sgd, momentum, nesterov, adam, adamw]", List.of(Rule.values()).toString());
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToIntBits(values[i]);
        }
        return bits;
    }
}
