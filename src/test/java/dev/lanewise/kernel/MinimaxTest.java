package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Derives the coefficients in {@link ScalarMath}; prints nothing, fails where they differ by a bit. */
class MinimaxTest {
    private static void assertDerived(DoubleUnaryOperator f, DoubleUnaryOperator weight, double low, double high,
            double limit, float... coefficients) {
        float[] derived = Minimax.floatCoefficients(f, weight, coefficients.length - 1, low, high);
        double error = Minimax.error(f, weight, derived, low, high);
        assertTrue(error < limit, "relative error " + error);
        Bits.assertSame(derived, coefficients, "coefficients");
    }

    /** (e^r - 1 - r) / r^2, so that the error of 1 + r + r^2 P(r) relative to e^r is least; by the series near 0. */
    @Test
    void exp() {
        double end = Math.log(2) / 2 + 1e-5; // n is the nearest integer to a rounded product
        assertDerived(r -> {
            double sum = 0;
            for (int k = 20; k >= 2; k--) {
                sum = sum * r / (k + 1) + 1;
            }
            return sum / 2;
        }, r -> r * r / Math.exp(r), -end, end, 3.2e-9, ScalarMath.EXP_2, ScalarMath.EXP_3, ScalarMath.EXP_4,
                ScalarMath.EXP_5, ScalarMath.EXP_6);
    }

    /** (ln((1 + s) / (1 - s)) - 2s) / s^3 as a function of z = s^2, for the least error relative to the logarithm. */
    @Test
    void log() {
        double s = (Math.sqrt(2) - 1) / (Math.sqrt(2) + 1);
        assertDerived(z -> {
            double sum = 0;
            for (int k = 20; k >= 1; k--) {
                sum = sum * z + 2.0 / (2 * k + 1);
            }
            return sum;
        }, z -> z * Math.sqrt(z) / (2 * atanh(Math.sqrt(z))), 0, s * s, 1e-9, ScalarMath.LOG_1, ScalarMath.LOG_2,
                ScalarMath.LOG_3);
    }

    private static double atanh(double x) {
        return (Math.log1p(x) - Math.log1p(-x)) / 2;
    }

    /** (tanh(x) / x - 1) / x^2 as a function of z = x^2, for the least error relative to tanh. */
    @Test
    void tanh() {
        assertDerived(z -> (Math.tanh(Math.sqrt(z)) / Math.sqrt(z) - 1) / z,
                z -> z * Math.sqrt(z) / Math.tanh(Math.sqrt(z)), 0, ScalarMath.TANH_SMALL * ScalarMath.TANH_SMALL, 1e-8,
                ScalarMath.TANH_3, ScalarMath.TANH_5, ScalarMath.TANH_7, ScalarMath.TANH_9, ScalarMath.TANH_11);
    }
}
