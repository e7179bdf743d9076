package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.model.CrossEntropyLoss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Spec;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class OptimizerTest {
    private static final int STEPS = 12;
    private static final double RATE = 0.05;
    private static final double MOMENTUM = 0.8;
    private static final double DECAY = 0.01;

    /** A matrix of 37 rows that decays and a vector that does not, with the same random values every time. */
    private static Network network() {
        Network network = Network.of(Shape.vector(37), List.of(Spec.of("dense", 53)), new CrossEntropyLoss());
        SplittableRandom random = new SplittableRandom(6);
        for (Parameter parameter : network.parameters()) {
            for (int i = 0; i < parameter.size(); i++) {
                parameter.value()[i] = (float) (2 * random.nextDouble() - 1);
            }
        }
        return network;
    }

    private static Optimizer optimizer(String description) {
        return Optimizer.of(Spec.parse(description));
    }

    private static Update update(String name, Network network) {
        boolean takesMomentum = List.of("momentum", "nesterov").contains(name);
        return new Update(new Update.Rule(optimizer(takesMomentum ? name + " momentum=" + MOMENTUM : name), DECAY),
                network, null);
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
        private final String rule;
        private final double decay;
        private double w;
        private double first; // velocity or mean of the gradients
        private double second; // mean of their squares

        Textbook(String rule, double w, double decay) {
            this.rule = rule;
            this.w = w;
            this.decay = decay;
        }

        void step(double gradient, double rate, int t) {
            double g = rule.equals("adamw") ? gradient : gradient + decay * w;
            switch (rule) {
                case "sgd" -> w -= rate * g;
                case "momentum" -> {
                    first = t == 1 ? g : MOMENTUM * first + g;
                    w -= rate * first;
                }
                case "nesterov" -> {
                    first = t == 1 ? g : MOMENTUM * first + g;
                    w -= rate * (g + MOMENTUM * first);
                }
                case "adam", "adamw" -> {
                    if (rule.equals("adamw")) {
                        w -= rate * decay * w;
                    }
                    first = 0.9 * first + 0.1 * g;
                    second = 0.999 * second + 0.001 * g * g;
                    double mean = first / (1 - Math.pow(0.9, t));
                    double square = second / (1 - Math.pow(0.999, t));
                    w -= rate * mean / (Math.sqrt(square) + 1e-8);
                }
                default -> throw new AssertionError(rule);
            }
        }
    }

    private static double rate(int step) {
        return RATE / (1 + step); // as under a schedule
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "momentum", "nesterov", "adam", "adamw"})
    void stepsAreTheTextbooksUpdates(String rule) {
        Network network = network();
        List<Parameter> parameters = network.parameters();
        Update update = update(rule, network);
        Optimizer optimizer = update.optimizer();
        Textbook[][] expected = new Textbook[2][];
        double[][] references = new double[2][];
        double[][][] states = new double[2][][];
        for (int p = 0; p < 2; p++) {
            int size = parameters.get(p).size();
            expected[p] = new Textbook[size];
            references[p] = new double[size];
            states[p] = new double[size][optimizer.states()];
            for (int i = 0; i < size; i++) {
                references[p][i] = parameters.get(p).value()[i];
                expected[p][i] = new Textbook(rule, references[p][i], p == 0 ? DECAY : 0);
            }
        }
        double worst = 0;
        for (int step = 0; step < STEPS; step++) {
            drawGradients(parameters, step);
            update.begin(step, (float) rate(step));
            update.apply(0, Parts.COUNT);
            for (int p = 0; p < 2; p++) {
                for (int i = 0; i < expected[p].length; i++) {
                    Textbook textbook = expected[p][i];
                    float gradient = parameters.get(p).gradient()[i];
                    textbook.step(gradient, rate(step), step + 1);
                    references[p][i] = optimizer.reference(references[p][i], gradient, states[p][i], step, rate(step),
                            p == 0 ? DECAY : 0);
                    assertEquals(textbook.w, references[p][i], 1e-12, "the optimizer's own formula");
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
    @ValueSource(strings = {"sgd", "momentum", "nesterov", "adam", "adamw"})
    void sharesAreTheSameBitsAsTheWhole(String rule) {
        Network whole = network();
        Update wholeUpdate = update(rule, whole);
        for (int step = 0; step < STEPS; step++) {
            drawGradients(whole.parameters(), step);
            wholeUpdate.begin(step, (float) rate(step));
            wholeUpdate.apply(0, Parts.COUNT);
        }
        for (int shares : new int[]{2, 3, 8}) {
            Network shared = network();
            Update update = update(rule, shared);
            for (int step = 0; step < STEPS; step++) {
                drawGradients(shared.parameters(), step);
                update.begin(step, (float) rate(step));
                for (int share = shares - 1; share >= 0; share--) {
                    update.apply(Parts.COUNT * share / shares, Parts.COUNT * (share + 1) / shares);
                }
            }
            for (int p = 0; p < 2; p++) {
                assertArrayEquals(bits(whole.parameters().get(p).value()), bits(shared.parameters().get(p).value()),
                        rule + " " + shares);
            }
        }
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToIntBits(values[i]);
        }
        return bits;
    }

    @Test
    void shareChangesItsOwnElementsOnly() {
        Network network = network();
        network.parameters().forEach(parameter -> Arrays.fill(parameter.gradient(), 1f));
        float[] w = network.parameters().getFirst().value();
        float[] before = w.clone();
        Update update = new Update(new Update.Rule(new Sgd(), 0), network, null);
        update.begin(0, 0.5f);
        update.apply(Parts.COUNT / 3 + 1, 2 * Parts.COUNT / 3 + 1);
        for (int i = 0; i < before.length; i++) {
            // 37 rows of 53 are 3 runs of 16 rows; the middle share is the second.
            boolean own = i >= 16 * 53 && i < 32 * 53;
            assertEquals(own, before[i] != w[i], "element " + i);
        }
    }

    @Test
    void namesAreThoseOfTheCommandLine() {
        assertEquals(List.of("sgd", "momentum", "nesterov", "adam", "adamw"), Optimizers.KINDS.names().subList(0, 5));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> optimizer("rmsprop"));
        assertTrue(e.getMessage().startsWith("optimizer 'rmsprop' is not one of sgd, momentum, nesterov, adam, adamw"),
                e::getMessage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "momentum", "momentum momentum=0.5", "nesterov", "nesterov momentum=0", "adam",
            "adam beta1=0.8", "adam beta1=0.8 beta2=0.99 epsilon=1.0E-6", "adamw beta2=0.99"})
    void descriptionIsWhatItWasMadeFrom(String description) {
        Optimizer optimizer = optimizer(description);
        assertEquals(description, optimizer.spec().toString());
        assertEquals(optimizer, Optimizer.of(optimizer.spec()));
    }

    @Test
    void usualNumbersAreTheFields() {
        assertEquals(new Momentum(0.9, false), optimizer("momentum"));
        assertEquals(new Momentum(0.9, true), optimizer("nesterov"));
        assertEquals(new Adam(0.9, 0.999, 1e-8), optimizer("adam"));
        assertEquals(new AdamW(new Adam(0.9, 0.999, 1e-8)), optimizer("adamw"));
        assertEquals(List.of(0.1, 0.1, 0.1, 0.001, 0.001), Optimizers.KINDS.names().stream().limit(5)
                .map(name -> Optimizers.KINDS.kind(name).usualRate()).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "momentum momentum=-0.1 | momentum: from 0 to below 1, not -0.1",
            "momentum momentum=1 | momentum: from 0 to below 1, not 1.0",
            "momentum momentum=NaN | momentum: from 0 to below 1, not NaN",
            "momentum momentum=Infinity | momentum: from 0 to below 1, not Infinity",
            "nesterov momentum=-0.1 | momentum: from 0 to below 1, not -0.1",
            "nesterov momentum=1 | momentum: from 0 to below 1, not 1.0",
            "adam beta1=1 | beta1, beta2: from 0 to below 1, not 1.0 and 0.999",
            "adam beta2=0.999999999 | beta1, beta2: from 0 to below 1, not 0.9 and 0.999999999",
            "adam beta1=NaN | beta1, beta2: from 0 to below 1, not NaN and 0.999",
            "adam epsilon=0 | epsilon: above 0, not 0.0",
            "adamw epsilon=Infinity | epsilon: above 0, not Infinity",
            "adam momentum=0.9 | "
                    + "'adam momentum=0.9': momentum=0.9 is not one of its options: beta1=..., beta2=..., epsilon=...",
            "sgd momentum=0.9 | 'sgd momentum=0.9': write it as 'sgd'",
    })
    void badOptionsAreRefused(String description, String message) {
        assertEquals(message,
                assertThrows(IllegalArgumentException.class, () -> optimizer(description)).getMessage());
    }

    /** Other betas and epsilons count: two steps by hand. */
    @Test
    void adamTakesItsNumbers() {
        Network network = network();
        Update update = new Update(new Update.Rule(optimizer("adam beta1=0.5 beta2=0.75 epsilon=0.5"), 0), network,
                null);
        Parameter weight = network.parameters().getFirst();
        weight.value()[0] = 1f;
        weight.gradient()[0] = 2f;
        update.begin(0, 0.5f);
        update.apply(0, Parts.COUNT);
        assertEquals(1 - 0.5 * 2 / (2 + 0.5), weight.value()[0], 1e-6); // the corrected means are 2 and 4
        weight.gradient()[0] = 0f;
        update.begin(1, 0.5f);
        update.apply(0, Parts.COUNT);
        double m = 0.5 * 0.5 * 2 / (1 - 0.25);
        double v = 0.75 * 0.25 * 4 / (1 - 0.5625);
        assertEquals(0.6 - 0.5 * m / (Math.sqrt(v) + 0.5), weight.value()[0], 1e-6);
    }
}
