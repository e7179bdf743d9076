package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class ScalarMathTest {
    private interface Function {
        float of(float x);
    }

    /** The float function's largest error, in units of the last place of the exact value. */
    private static void assertUlps(String name, double limit, Function function, DoubleUnaryOperator exact,
            float... samples) {
        double worst = 0;
        float where = 0f;
        for (float x : samples) {
            double reference = exact.applyAsDouble(x);
            if (Double.isNaN(reference)) {
                assertTrue(Float.isNaN(function.of(x)), name + " of " + x);
                continue;
            }
            double error = ulps(function.of(x), reference);
            if (!(error <= worst)) {
                worst = error;
                where = x;
            }
        }
        assertTrue(worst <= limit, "%s: %.4f ULP at %s (%a)".formatted(name, worst, where, where));
    }

    /** Infinity stands for 2^128, the float that would come next. */
    static double ulps(float actual, double exact) {
        double reference = Math.clamp(exact, -0x1p128, 0x1p128);
        double value = Math.clamp((double) actual, -0x1p128, 0x1p128);
        int exponent = Math.clamp(Math.getExponent(reference), -126, 127);
        return Math.abs(value - reference) / Math.scalb(1.0, exponent - 23);
    }

    /** Every float that a stride of bit patterns meets; then, with a finer stride, those of 2^-14 to 2^7. */
    private static void assertUlps(String name, double limit, Function function, DoubleUnaryOperator exact) {
        assertUlps(name, limit, function, exact, Bits.patterns(6007));
        assertUlps(name + " at edges", limit, function, exact, Bits.edges());
        int low = Float.floatToRawIntBits(0x1p-14f);
        int high = Float.floatToRawIntBits(0x1p7f);
        int stride = 409;
        float[] fine = new float[2 * ((high - low) / stride + 1)];
        for (int i = 0; i < fine.length; i += 2) {
            fine[i] = Float.intBitsToFloat(low + i / 2 * stride);
            fine[i + 1] = -fine[i];
        }
        assertUlps(name + " from 2^-14 to 2^7", limit, function, exact, fine);
    }

    // The limits are the largest errors on all floats, which AllFloats finds, rounded up.

    @Test
    void expStaysWithinItsUlps() {
        assertUlps("exp", 0.877, ScalarMath::exp, StrictMath::exp);
    }

    @Test
    void logStaysWithinItsUlps() {
        assertUlps("log", 0.841, ScalarMath::log, StrictMath::log);
    }

    @Test
    void sigmoidStaysWithinItsUlps() {
        assertUlps("sigmoid", 2.0, ScalarMath::sigmoid, x -> 1 / (1 + StrictMath.exp(-x)));
    }

    @Test
    void tanhStaysWithinItsUlps() {
        assertUlps("tanh", 1.325, ScalarMath::tanh, StrictMath::tanh);
    }

    /** Fixed numbers, so that a CPU, a JIT or an edit that changes a bit is seen; new polynomials need new ones. */
    @Test
    void bitsAreTheSameOnEveryMachine() {
        assertHash(-125244944, ScalarMath::exp);
        assertHash(-797814745, ScalarMath::log);
        assertHash(-1024248673, ScalarMath::sigmoid);
        assertHash(659718588, ScalarMath::tanh);
    }

    private static void assertHash(int expected, Function function) {
        float[] y = Bits.patterns(6007);
        for (int i = 0; i < y.length; i++) {
            y[i] = function.of(y[i]);
        }
        assertEquals(expected, Arrays.hashCode(y)); // NaNs count as one
    }

    private static void assertValue(float expected, float actual) {
        Bits.assertSame(expected, actual, "value");
    }

    @Test
    void expIsExactWhereIeee754SaysSo() {
        assertValue(1f, ScalarMath.exp(0f));
        assertValue(1f, ScalarMath.exp(-0f));
        assertValue(1f, ScalarMath.exp(Float.MIN_VALUE));
        assertValue(Float.POSITIVE_INFINITY, ScalarMath.exp(Float.POSITIVE_INFINITY));
        assertValue(Float.POSITIVE_INFINITY, ScalarMath.exp(Float.MAX_VALUE));
        assertValue(0f, ScalarMath.exp(Float.NEGATIVE_INFINITY));
        assertValue(0f, ScalarMath.exp(-Float.MAX_VALUE));
        assertValue(Float.NaN, ScalarMath.exp(Float.NaN));
    }

    @Test
    void expOverflowsUnderflowsAndReachesSubnormalsAtTheRightFloats() {
        float last = 88.72283f; // e^88.72284 is above the largest float
        assertTrue(Float.isFinite(ScalarMath.exp(last)));
        assertValue(Float.POSITIVE_INFINITY, ScalarMath.exp(Math.nextUp(last)));
        assertTrue(ScalarMath.exp(-87.33655f) < Float.MIN_NORMAL && ScalarMath.exp(-87.33655f) > 0f);
        assertTrue(ScalarMath.exp(-87.33654f) >= Float.MIN_NORMAL);
        assertValue(Float.MIN_VALUE, ScalarMath.exp(-103.97207f));
        assertValue(0f, ScalarMath.exp(-103.97209f)); // below half of the smallest subnormal
    }

    @Test
    void expDoesNotFallFromOneFloatToTheNext() {
        for (int sign = 0; sign < 2; sign++) {
            for (int i = 0; i < 700_000; i++) {
                float x = Float.intBitsToFloat((sign << 31) + Float.floatToRawIntBits(0x1p-24f) + i * 379);
                float below = ScalarMath.exp(x);
                float above = ScalarMath.exp(Math.nextUp(x));
                assertTrue(below <= above, "exp falls from %s to %s after %a".formatted(below, above, x));
            }
        }
    }

    @Test
    void logIsExactWhereIeee754SaysSo() {
        Bits.assertSame(0f, ScalarMath.log(1f), "log 1"); // +0
        assertValue(Float.NEGATIVE_INFINITY, ScalarMath.log(0f));
        assertValue(Float.NEGATIVE_INFINITY, ScalarMath.log(-0f));
        assertValue(Float.POSITIVE_INFINITY, ScalarMath.log(Float.POSITIVE_INFINITY));
        assertValue(Float.NaN, ScalarMath.log(Float.NEGATIVE_INFINITY));
        assertValue(Float.NaN, ScalarMath.log(-Float.MIN_VALUE));
        assertValue(Float.NaN, ScalarMath.log(-1f));
        assertValue(Float.NaN, ScalarMath.log(Float.NaN));
        assertValue((float) StrictMath.log(Float.MIN_VALUE), ScalarMath.log(Float.MIN_VALUE));
        assertValue((float) StrictMath.log(Float.MAX_VALUE), ScalarMath.log(Float.MAX_VALUE));
    }

    @Test
    void sigmoidIsExactAtZeroAndAtTheEndsAndStaysFromZeroToOne() {
        assertValue(0.5f, ScalarMath.sigmoid(0f));
        assertValue(0.5f, ScalarMath.sigmoid(-0f));
        assertValue(1f, ScalarMath.sigmoid(Float.POSITIVE_INFINITY));
        assertValue(1f, ScalarMath.sigmoid(Float.MAX_VALUE));
        assertValue(0f, ScalarMath.sigmoid(Float.NEGATIVE_INFINITY));
        assertValue(0f, ScalarMath.sigmoid(-Float.MAX_VALUE));
        assertValue(Float.NaN, ScalarMath.sigmoid(Float.NaN));
        assertTrue(ScalarMath.sigmoid(-100f) > 0f, "subnormal, not flushed");
        for (float x : Bits.patterns(40_009)) {
            float y = ScalarMath.sigmoid(x);
            assertTrue(y >= 0f && y <= 1f || Float.isNaN(x), () -> "sigmoid of " + x + " is " + y);
        }
    }

    @Test
    void tanhIsOddStaysFromMinusOneToOneAndKeepsTheSignOfZero() {
        assertValue(0f, ScalarMath.tanh(0f));
        assertValue(-0f, ScalarMath.tanh(-0f));
        assertValue(1f, ScalarMath.tanh(Float.POSITIVE_INFINITY));
        assertValue(-1f, ScalarMath.tanh(Float.NEGATIVE_INFINITY));
        assertValue(Float.MIN_VALUE, ScalarMath.tanh(Float.MIN_VALUE));
        assertValue(0x1p-13f, ScalarMath.tanh(0x1p-13f));
        assertValue(Float.NaN, ScalarMath.tanh(Float.NaN));
        for (float x : Bits.patterns(20_011)) {
            float y = ScalarMath.tanh(x);
            Bits.assertSame(-y, ScalarMath.tanh(-x), "tanh of " + -x);
            assertTrue(Math.abs(y) <= 1f || Float.isNaN(x), () -> "tanh of " + x + " is " + y);
        }
    }

    @Test
    void reluKeepsWhatIsAboveZeroAndNan() {
        assertValue(0f, ScalarMath.relu(0f));
        assertValue(0f, ScalarMath.relu(-0f));
        assertValue(0f, ScalarMath.relu(-Float.MIN_VALUE));
        assertValue(0f, ScalarMath.relu(Float.NEGATIVE_INFINITY));
        assertValue(Float.MIN_VALUE, ScalarMath.relu(Float.MIN_VALUE));
        assertValue(Float.POSITIVE_INFINITY, ScalarMath.relu(Float.POSITIVE_INFINITY));
        assertValue(Float.NaN, ScalarMath.relu(Float.NaN));
    }

    @Test
    void ulpsCountsFromTheExactValue() {
        assertEquals(0.5, ulps(1f, 1 + 0x1p-24));
        assertEquals(1, ulps(Float.MIN_VALUE, 0));
        assertEquals(1, ulps(Float.POSITIVE_INFINITY, Float.MAX_VALUE));
        assertEquals(0, ulps(Float.POSITIVE_INFINITY, 1e300));
    }
}
