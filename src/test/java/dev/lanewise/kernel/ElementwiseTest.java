package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("every-width")
class ElementwiseTest {
    private static final int LANES = VectorWidth.bits() / 32;
    /** A prime, so that the low bits vary; 1.7 million patterns. */
    private static final int STRIDE = 2503;
    private static final float SENTINEL = 12345.678f;

    private interface Simd {
        void run(float[] x, int xOffset, float[] y, int yOffset, int n);
    }

    private interface Scalar {
        float of(float x);
    }

    private interface ScalarBackward {
        float of(float y, float dy);
    }

    enum Forward {
        EXP(Elementwise::exp, ScalarMath::exp), //
        LOG(Elementwise::log, ScalarMath::log), //
        SIGMOID(Elementwise::sigmoid, ScalarMath::sigmoid), //
        TANH(Elementwise::tanh, ScalarMath::tanh), //
        RELU(Elementwise::relu, ScalarMath::relu);

        private final Simd simd;
        private final Scalar scalar;

        Forward(Simd simd, Scalar scalar) {
            this.simd = simd;
            this.scalar = scalar;
        }

        float[] scalar(float[] x) {
            float[] y = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                y[i] = scalar.of(x[i]);
            }
            return y;
        }
    }

    enum Backward {
        SIGMOID(Elementwise::sigmoidBackward, (y, dy) -> dy * (y * (1f - y))), //
        TANH(Elementwise::tanhBackward, (y, dy) -> dy * Math.fma(-y, y, 1f)), //
        RELU(Elementwise::reluBackward, (y, dy) -> y <= 0f ? 0f : dy);

        private final Simd simd;
        private final ScalarBackward scalar;

        Backward(Simd simd, ScalarBackward scalar) {
            this.simd = simd;
            this.scalar = scalar;
        }

        float[] scalar(float[] y, float[] dy) {
            float[] dx = new float[y.length];
            for (int i = 0; i < y.length; i++) {
                dx[i] = scalar.of(y[i], dy[i]);
            }
            return dx;
        }
    }

    @ParameterizedTest
    @EnumSource
    void denseSampleOfAllFloatsHasTheScalarBits(Forward function) {
        float[] x = Bits.patterns(STRIDE);
        float[] y = new float[x.length];
        function.simd.run(x, 0, y, 0, x.length);
        Bits.assertSame(function.scalar(x), y, function.name());
    }

    @ParameterizedTest
    @EnumSource
    void valuesAtTheEdgesHaveTheScalarBitsInEveryLane(Forward function) {
        float[] edges = Bits.edges();
        for (int shift = 0; shift < LANES; shift++) {
            float[] x = new float[edges.length + shift];
            System.arraycopy(edges, 0, x, shift, edges.length);
            float[] y = new float[x.length];
            function.simd.run(x, 0, y, 0, x.length);
            Bits.assertSame(function.scalar(x), y, function + ", shifted by " + shift);
        }
    }

    /** One value, alone among ordinary ones: a mask that leaks into other lanes shows here. */
    @ParameterizedTest
    @EnumSource
    void aLaneDoesNotChangeItsNeighbours(Forward function) {
        for (float edge : Bits.edges()) {
            float[] x = new float[2 * LANES];
            Arrays.fill(x, 0.75f);
            x[LANES / 2] = edge;
            float[] y = new float[x.length];
            function.simd.run(x, 0, y, 0, x.length);
            Bits.assertSame(function.scalar(x), y, function + " beside " + edge);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anyLengthAndOffsetTouchesItsOwnElementsAlone(Forward function) {
        long seed = 1;
        SplittableRandom random = new SplittableRandom(seed);
        for (int n = 0; n <= 4 * LANES + 1; n++) {
            for (int xOffset : new int[]{0, 1, LANES - 1}) {
                for (int yOffset : new int[]{0, 3}) {
                    String label = "%s, seed %d, n=%d xOffset=%d yOffset=%d".formatted(function, seed, n, xOffset,
                            yOffset);
                    float[] x = Bits.uniform(random, xOffset + n + random.nextInt(3), 10);
                    float[] xBefore = x.clone();
                    float[] y = new float[yOffset + n + random.nextInt(2 * LANES)];
                    Arrays.fill(y, SENTINEL);
                    float[] expected = y.clone();
                    System.arraycopy(function.scalar(Arrays.copyOfRange(x, xOffset, xOffset + n)), 0, expected,
                            yOffset, n);
                    function.simd.run(x, xOffset, y, yOffset, n);
                    Bits.assertSame(expected, y, label);
                    Bits.assertSame(xBefore, x, "x, " + label);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void inPlaceGivesTheSameBits(Forward function) {
        long seed = 2;
        for (int offset = 0; offset < 3; offset++) {
            float[] x = Bits.uniform(new SplittableRandom(seed), 5 * LANES + 7, 20);
            float[] expected = x.clone();
            int n = x.length - 5;
            System.arraycopy(function.scalar(Arrays.copyOfRange(x, offset, offset + n)), 0, expected, offset, n);
            function.simd.run(x, offset, x, offset, n);
            Bits.assertSame(expected, x, "%s in place, seed %d, offset %d".formatted(function, seed, offset));
        }
    }

    @ParameterizedTest
    @EnumSource
    void wrongArgumentsAreRefusedByName(Forward function) {
        assertRefused(function.simd, "x", "y");
    }

    @ParameterizedTest
    @EnumSource
    void gradientsOfADenseSampleHaveTheScalarBits(Backward function) {
        long seed = 3;
        SplittableRandom random = new SplittableRandom(seed);
        float[] y = Bits.patterns(STRIDE);
        float[] dy = new float[y.length];
        for (int i = 0; i < dy.length; i++) {
            dy[i] = i % 2 == 0 ? Float.intBitsToFloat(random.nextInt()) : (float) random.nextDouble() - 0.5f;
        }
        float[] expected = function.scalar(y, dy);
        function.simd.run(y, 0, dy, 0, y.length);
        Bits.assertSame(expected, dy, function + ", seed " + seed);
    }

    /** Outputs as they occur: 0 to 1 for sigmoid, -1 to 1 for tanh, from 0 for relu. */
    @ParameterizedTest
    @EnumSource
    void gradientsOfTrueOutputsHaveTheScalarBitsAndStayNearTheDerivative(Backward function) {
        long seed = 4;
        SplittableRandom random = new SplittableRandom(seed);
        float[] x = Bits.uniform(random, 20_001, 6);
        float[] y = Forward.valueOf(function.name()).scalar(x);
        float[] dy = Bits.uniform(random, x.length, 1);
        float[] dx = dy.clone();
        function.simd.run(y, 0, dx, 0, dx.length);
        Bits.assertSame(function.scalar(y, dy), dx, function + ", seed " + seed);
        for (int i = 0; i < x.length; i++) {
            double slope = switch (function) {
                case SIGMOID -> 1 / (2 + 2 * StrictMath.cosh(x[i]));
                case TANH -> 1 / StrictMath.pow(StrictMath.cosh(x[i]), 2);
                case RELU -> x[i] > 0f ? 1 : 0;
            };
            // Where y nears 1, 1 - y keeps the absolute, not the relative error of y.
            assertTrue(Math.abs(dx[i] - dy[i] * slope) < 1e-6, function + " at " + x[i] + ", seed " + seed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void gradientsOfAnyLengthAndOffsetTouchTheirOwnElementsAlone(Backward function) {
        long seed = 5;
        SplittableRandom random = new SplittableRandom(seed);
        for (int n = 0; n <= 4 * LANES + 1; n++) {
            for (int yOffset : new int[]{0, 1, LANES - 1}) {
                for (int dyOffset : new int[]{0, 3}) {
                    String label = "%s, seed %d, n=%d yOffset=%d dyOffset=%d".formatted(function, seed, n, yOffset,
                            dyOffset);
                    float[] y = Bits.uniform(random, yOffset + n + random.nextInt(3), 1);
                    float[] yBefore = y.clone();
                    float[] dy = Bits.uniform(random, dyOffset + n + random.nextInt(2 * LANES), 1);
                    float[] expected = dy.clone();
                    System.arraycopy(function.scalar(Arrays.copyOfRange(y, yOffset, yOffset + n),
                            Arrays.copyOfRange(dy, dyOffset, dyOffset + n)), 0, expected, dyOffset, n);
                    function.simd.run(y, yOffset, dy, dyOffset, n);
                    Bits.assertSame(expected, dy, label);
                    Bits.assertSame(yBefore, y, "y, " + label);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void wrongArgumentsOfGradientsAreRefusedByName(Backward function) {
        assertRefused(function.simd, "y", "dy");
    }

    @Test
    void scaleAndAxpyAreOneOperationAnElement() {
        long seed = 6;
        SplittableRandom random = new SplittableRandom(seed);
        for (int n : new int[]{0, 1, 15, 16, 17, 100, 1003}) {
            float[] x = Bits.spread(random, n + 5);
            float[] y = Bits.spread(random, n + 5);
            float[] scaled = y.clone();
            float[] added = y.clone();
            for (int i = 0; i < n; i++) {
                scaled[1 + i] = -0.3f * x[2 + i];
                added[1 + i] = Math.fma(-0.3f, x[2 + i], y[1 + i]);
            }
            float[] actual = y.clone();
            Elementwise.scale(-0.3f, x, 2, actual, 1, n);
            Bits.assertSame(scaled, actual, "scale, seed %d, n=%d".formatted(seed, n));
            Elementwise.axpy(-0.3f, x, 2, y, 1, n);
            Bits.assertSame(added, y, "axpy, seed %d, n=%d".formatted(seed, n));
        }
        assertRefused((x, xOffset, y, yOffset, n) -> Elementwise.scale(1f, x, xOffset, y, yOffset, n), "x", "y");
        assertRefused((x, xOffset, y, yOffset, n) -> Elementwise.axpy(1f, x, xOffset, y, yOffset, n), "x", "y");
    }

    private static void assertRefused(Simd function, String first, String second) {
        float[] ten = new float[10];
        float[] twenty = new float[20];
        Bits.assertRefused("n", () -> function.run(ten, 0, twenty, 0, -1), -1);
        Bits.assertRefused(first, () -> function.run(ten, 0, twenty, 0, 11), 11, 10);
        Bits.assertRefused(first, () -> function.run(ten, 3, twenty, 0, 8), 8, 3, 10);
        Bits.assertRefused(first, () -> function.run(ten, -1, twenty, 0, 8), 8, -1, 10);
        Bits.assertRefused(second, () -> function.run(twenty, 0, ten, 0, 11), 11, 10);
        Bits.assertRefused(second, () -> function.run(twenty, 0, ten, 3, 8), 8, 3, 10);
        Bits.assertRefused(second, () -> function.run(twenty, 0, ten, Integer.MIN_VALUE, 8), Integer.MIN_VALUE);
        Bits.assertRefused(first, () -> function.run(ten, Integer.MAX_VALUE, twenty, 0, 8), Integer.MAX_VALUE);
        Bits.assertRefused(first, () -> function.run(ten, 1, twenty, 1, Integer.MAX_VALUE), Integer.MAX_VALUE);
    }

    @Test
    void finiteAreAllNumbersButInfinities() {
        float[] x = {0, -0f, Float.MIN_VALUE, Float.MAX_VALUE, -Float.MAX_VALUE, 1};
        assertTrue(Elementwise.isFinite(x));
        assertTrue(Elementwise.isFinite(new float[0]));
        for (float special : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
                Float.intBitsToFloat(0xff800001)}) {
            for (int i = 0; i < x.length; i++) {
                float[] y = x.clone();
                y[i] = special;
                assertFalse(Elementwise.isFinite(y));
            }
        }
    }
}
