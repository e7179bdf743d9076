package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UpdatesTest {
    /** The order is spelled out with small numbers beside a large one, which only some orders keep. */
    @Test
    void squaresAreSummedInTheDefinedOrder() {
        SplittableRandom random = new SplittableRandom(4);
        for (int n : new int[]{0, 1, 7, 8, 9, 24, 100, 784}) {
            float[] g = Bits.uniform(random, n + 3, 1e18);
            double[] lanes = new double[8];
            double rest = 0;
            for (int i = 0; i < n; i++) {
                double square = (double) g[2 + i] * g[2 + i];
                if (i < n / 8 * 8) {
                    lanes[i % 8] += square;
                } else {
                    rest += square;
                }
            }
            double expected = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
                    + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7])) + rest;
            assertEquals(expected, Updates.sumOfSquares(g, 2, n + 2));
        }
        assertEquals(2.0 * Float.MAX_VALUE * Float.MAX_VALUE,
                Updates.sumOfSquares(new float[]{Float.MAX_VALUE, Float.MAX_VALUE}, 0, 2));
        assertEquals(Double.NaN, Updates.sumOfSquares(new float[]{1, Float.NaN}, 0, 2));
    }

    @Test
    void scaleAndAverageChangeTheirRangeOnly() {
        float[] g = {1, 2, 3, 4};
        Elementwise.scale(0.5f, g, 1, g, 1, 2);
        assertArrayEquals(new float[]{1, 1, 1.5f, 4}, g);
        float[] average = {0, 8, 8, 0};
        Updates.movingAverage(new float[]{16, 16, 4, 16}, average, 1, 3, 0.75f);
        assertArrayEquals(new float[]{0, 10, 7, 0}, average);
    }

    private static final double U = 0x1p-24;
    private static final float RATE = 0.03f;
    private static final float BETA = 0.9f;
    private static final float BETA2 = 0.999f;
    private static final float EPSILON = 1e-7f;
    private static final float DECAY = 0.01f;
    private static final float DECAY_FACTOR = 0.998f;

    /** A parameter, its gradient and two arrays of optimizer state. */
    private record State(float[] w, float[] g, float[] first, float[] second) {
        static State random(long seed, int n) {
            SplittableRandom random = new SplittableRandom(seed);
            float[] second = Bits.uniform(random, n, 0.1);
            for (int i = 0; i < n; i++) {
                second[i] = Math.abs(second[i]); // a mean of squares
            }
            return new State(Bits.uniform(random, n, 1), Bits.uniform(random, n, 2), Bits.uniform(random, n, 1),
                    second);
        }

        State copy() {
            return new State(w.clone(), g.clone(), first.clone(), second.clone());
        }
    }

    /** w, first and second after the step, and the size of what was rounded on the way to w. */
    private record Expected(double w, double first, double second, double magnitude) {
    }

    /** Each update beside its formula in double. */
    enum Method {
        SGD {
            @Override
            void step(State x, int from, int to) {
                Updates.sgd(x.w, x.g, 0, from, to, RATE, DECAY);
            }

            @Override
            Expected formula(double w, double g, double first, double second) {
                return new Expected(w - RATE * (g + DECAY * w), first, second, 1.1);
            }
        },
        MOMENTUM {
            @Override
            void step(State x, int from, int to) {
                Updates.momentum(x.w, x.g, 0, x.first, from, to, RATE, BETA, DECAY);
            }

            @Override
            Expected formula(double w, double g, double v, double second) {
                double velocity = BETA * v + g + DECAY * w;
                return new Expected(w - RATE * velocity, velocity, second, 1.2);
            }
        },
        NESTEROV {
            @Override
            void step(State x, int from, int to) {
                Updates.nesterov(x.w, x.g, 0, x.first, from, to, RATE, BETA, DECAY);
            }

            @Override
            Expected formula(double w, double g, double v, double second) {
                double gradient = g + DECAY * w;
                double velocity = BETA * v + gradient;
                return new Expected(w - RATE * (gradient + BETA * velocity), velocity, second, 1.3);
            }
        },
        ADAM {
            @Override
            void step(State x, int from, int to) {
                Updates.adam(x.w, x.g, 0, x.first, x.second, from, to, RATE, BETA, BETA2, EPSILON, DECAY, 1f);
            }

            @Override
            Expected formula(double w, double g, double m, double v) {
                return adam(w, g + DECAY * w, m, v, 1);
            }
        },
        ADAMW {
            @Override
            void step(State x, int from, int to) {
                Updates.adam(x.w, x.g, 0, x.first, x.second, from, to, RATE, BETA, BETA2, EPSILON, 0f, DECAY_FACTOR);
            }

            @Override
            Expected formula(double w, double g, double m, double v) {
                return adam(w, g, m, v, DECAY_FACTOR);
            }
        };

        abstract void step(State state, int from, int to);

        abstract Expected formula(double w, double g, double first, double second);

        private static Expected adam(double w, double gradient, double m, double v, double decayFactor) {
            double mean = BETA * m + (1.0 - BETA) * gradient;
            double square = BETA2 * v + (1.0 - BETA2) * gradient * gradient;
            double scale = RATE / (Math.sqrt(square) + EPSILON);
            return new Expected(decayFactor * w - scale * mean, mean, square, 1.1 + scale * 1.5);
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneStepIsThatOfTheDoubleFormula(Method method) {
        for (int n : new int[]{0, 1, 7, 16, 1003}) {
            long seed = n;
            State before = State.random(seed, n);
            State after = before.copy();
            method.step(after, 0, n);
            for (int i = 0; i < n; i++) {
                String label = "%s, seed %d, element %d".formatted(method, seed, i);
                Expected expected = method.formula(before.w[i], before.g[i], before.first[i], before.second[i]);
                assertEquals(expected.w, after.w[i], 8 * U * expected.magnitude, "w, " + label);
                assertEquals(expected.first, after.first[i], 12 * U, "first state, " + label);
                assertEquals(expected.second, after.second[i], 4 * U * expected.second, "second state, " + label);
            }
            Bits.assertSame(before.g, after.g, "g, " + method);
        }
    }

    /** Threads take ranges of a parameter; large enough for C2's vectors in the whole and its tail in the parts. */
    @ParameterizedTest
    @EnumSource
    void rangesGiveTheBitsOfTheWholeAndTouchNothingElse(Method method) {
        for (long seed = 1; seed <= 30; seed++) {
            int n = 4001;
            State whole = State.random(seed, n);
            State parts = whole.copy();
            State before = whole.copy();
            method.step(whole, 0, n);
            SplittableRandom random = new SplittableRandom(seed);
            for (int from = 0; from < n;) {
                int to = Math.min(n, from + random.nextInt(random.nextBoolean() ? 5 : 700));
                method.step(parts, from, to);
                String label = "%s, seed %d, %d to %d".formatted(method, seed, from, to);
                assertSplit(whole.w, before.w, to, parts.w, "w, " + label);
                assertSplit(whole.first, before.first, to, parts.first, "first state, " + label);
                assertSplit(whole.second, before.second, to, parts.second, "second state, " + label);
                from = to;
            }
        }
    }

    /** Done up to {@code to}, untouched from there. */
    private static void assertSplit(float[] done, float[] before, int to, float[] actual, String label) {
        float[] expected = before.clone();
        System.arraycopy(done, 0, expected, 0, to);
        Bits.assertSame(expected, actual, label);
    }

    @Test
    void withoutMomentumAndDecayAllOfThemAreSgd() {
        State state = State.random(1, 100);
        float[] sgd = state.w.clone();
        Updates.sgd(sgd, state.g, 0, 0, 100, RATE, 0f);
        float[] momentum = state.w.clone();
        Updates.momentum(momentum, state.g, 0, state.first.clone(), 0, 100, RATE, 0f, 0f);
        Bits.assertSame(sgd, momentum, "momentum 0");
        float[] nesterov = state.w.clone();
        Updates.nesterov(nesterov, state.g, 0, state.first.clone(), 0, 100, RATE, 0f, 0f);
        Bits.assertSame(sgd, nesterov, "nesterov 0");
    }

    @Test
    void aZeroGradientWithoutStateLeavesTheParameter() {
        float[] w = {1f, -0.3f, 1e-40f};
        float[] before = w.clone();
        float[] zero = new float[3];
        Updates.sgd(w, zero, 0, 0, 3, RATE, 0f);
        Updates.momentum(w, zero, 0, new float[3], 0, 3, RATE, BETA, 0f);
        Updates.nesterov(w, zero, 0, new float[3], 0, 3, RATE, BETA, 0f);
        Updates.adam(w, zero, 0, new float[3], new float[3], 0, 3, RATE, BETA, BETA2, EPSILON, 0f, 1f);
        Bits.assertSame(before, w, "w");
    }

    @ParameterizedTest
    @EnumSource
    void wrongArgumentsAreRefusedByName(Method method) {
        float[] ten = new float[10];
        State good = new State(ten, new float[10], new float[10], new float[10]);
        Bits.assertRefused("from", () -> method.step(good, -1, 3), -1, 3, 10);
        Bits.assertRefused("from", () -> method.step(good, 4, 3), 4, 3, 10);
        Bits.assertRefused("from", () -> method.step(good, 4, 11), 4, 11, 10);
        Bits.assertRefused("from", () -> method.step(good, Integer.MIN_VALUE, 11), Integer.MIN_VALUE);
        float[] nine = new float[9];
        Bits.assertRefused("g", () -> method.step(new State(ten, nine, ten, ten), 0, 10), 10, 9);
        if (method != Method.SGD) {
            boolean adam = method == Method.ADAM || method == Method.ADAMW;
            Bits.assertRefused(adam ? "m" : "v", () -> method.step(new State(ten, ten, nine, ten), 0, 10), 10, 9);
            if (adam) {
                Bits.assertRefused("v", () -> method.step(new State(ten, ten, ten, nine), 0, 10), 10, 9);
            }
        }
    }
}
