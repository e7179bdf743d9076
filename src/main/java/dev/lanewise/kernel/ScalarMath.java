package dev.lanewise.kernel;

/**
 * The elementwise functions on one float: the specification of the SIMD bodies in {@link Elementwise}, which do the
 * same operations in the same order, and the code of their tails. Every operation is exactly rounded (add, multiply,
 * divide, fused multiply-add), so the bits are the same on every CPU.
 */
public final class ScalarMath {
    // exp: x = n ln 2 + r, |r| <= ln 2 / 2. LN2_HI is 355/512, so n * LN2_HI is exact; LN2_LO is the rest of ln 2.
    // The polynomial for (e^r - 1 - r) / r^2 has the coefficients of expf in Cephes (Moshier, netlib.org/cephes).
    static final float LOG2_E = 1.44269504f;
    static final float LN2_HI = 0.693359375f;
    static final float LN2_LO = -2.12194440e-4f;
    static final float EXP_2 = 5.0000001201e-1f;
    static final float EXP_3 = 1.6666665459e-1f;
    static final float EXP_4 = 4.1665795894e-2f;
    static final float EXP_5 = 8.3334519073e-3f;
    static final float EXP_6 = 1.3981999507e-3f;
    static final float EXP_7 = 1.9875691500e-4f;
    /** Adding 1.5 * 2^23 leaves round(x) in the low bits: cheaper than a conversion and its fix-up of out-of-range. */
    static final float ROUND = 0x1.8p23f;
    static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);
    /** Beyond these exp is infinity and 0; clamping keeps the exponent arithmetic in range. */
    static final float EXP_MAX = 89f;
    static final float EXP_MIN = -105f;

    // log: x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), s = f / (2 + f); coefficients of FreeBSD's e_logf.c.
    static final int SQRT_HALF_BITS = 0x3f3504f3;
    static final float LOG_1 = 0x1.555554p-1f;
    static final float LOG_2 = 0x1.999c26p-2f;
    static final float LOG_3 = 0x1.23d3dcp-2f;
    static final float LOG_4 = 0x1.f13c4cp-3f;
    static final float LOG_LN2_HI = 0x1.62e3p-1f;
    static final float LOG_LN2_LO = 0x1.2fefa2p-17f;

    // tanh below 0.625: x + x^3 P(x^2), coefficients of tanhf in Cephes; above: 1 - 2 / (e^2x + 1).
    static final float TANH_SMALL = 0.625f;
    static final float TANH_3 = -3.33332819422e-1f;
    static final float TANH_5 = 1.33314422036e-1f;
    static final float TANH_7 = -5.37397155531e-2f;
    static final float TANH_9 = 2.06390887954e-2f;
    static final float TANH_11 = -5.70498872745e-3f;

    private ScalarMath() {
    }

    /** e^x; infinity above 88.72, subnormal below -87.33, 0 below -103.97; NaN for NaN. */
    public static float exp(float x) {
        float clamped = x > EXP_MAX ? EXP_MAX : x;
        clamped = clamped < EXP_MIN ? EXP_MIN : clamped;
        float shifted = Math.fma(clamped, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_HI, clamped);
        r = Math.fma(n, -LN2_LO, r);
        float p = Math.fma(EXP_7, r, EXP_6);
        p = Math.fma(p, r, EXP_5);
        p = Math.fma(p, r, EXP_4);
        p = Math.fma(p, r, EXP_3);
        p = Math.fma(p, r, EXP_2);
        p = Math.fma(p, r * r, r) + 1f;
        // 2^n in two factors, so that subnormal results are reached without leaving the exponent's range.
        int power = Float.floatToRawIntBits(shifted) - ROUND_BITS;
        int half = power >> 1;
        return p * powerOfTwo(half) * powerOfTwo(power - half);
    }

    private static float powerOfTwo(int n) {
        return Float.intBitsToFloat((n + 127) << 23);
    }

    /** Natural logarithm; -infinity for 0, NaN below 0 and for NaN. */
    public static float log(float x) {
        boolean subnormal = x < Float.MIN_NORMAL;
        float scaled = subnormal ? x * 0x1p25f : x;
        int bits = Float.floatToRawIntBits(scaled) - SQRT_HALF_BITS;
        int exponent = bits >> 23;
        float k = subnormal ? exponent - 25f : (float) exponent;
        float f = Float.intBitsToFloat((bits & 0x007fffff) + SQRT_HALF_BITS) - 1f;
        float s = f / (2f + f);
        float z = s * s;
        float series = Math.fma(LOG_4, z, LOG_3);
        series = Math.fma(series, z, LOG_2);
        series = Math.fma(series, z, LOG_1);
        series = series * z;
        float halfSquare = 0.5f * f * f;
        float low = Math.fma(s, halfSquare + series, k * LOG_LN2_LO);
        float result = Math.fma(k, LOG_LN2_HI, f - (halfSquare - low));
        result = x > Float.MAX_VALUE ? Float.POSITIVE_INFINITY : result;
        result = x == 0f ? Float.NEGATIVE_INFINITY : result;
        return x >= 0f ? result : Float.NaN;
    }

    /** 1 / (1 + e^-x), computed from e^-|x| so that neither end loses its digits; NaN for NaN. */
    public static float sigmoid(float x) {
        float e = exp(-Math.abs(x));
        float numerator = x < 0f ? e : 1f;
        return numerator / (1f + e);
    }

    /** Hyperbolic tangent; NaN for NaN; -0 for -0. */
    public static float tanh(float x) {
        float magnitude = Math.abs(x);
        float square = x * x;
        float p = Math.fma(TANH_11, square, TANH_9);
        p = Math.fma(p, square, TANH_7);
        p = Math.fma(p, square, TANH_5);
        p = Math.fma(p, square, TANH_3);
        float small = Math.fma(p * square, magnitude, magnitude);
        float large = 1f - 2f / (exp(magnitude + magnitude) + 1f);
        float result = magnitude < TANH_SMALL ? small : large;
        return Float.intBitsToFloat(Float.floatToRawIntBits(result) | (Float.floatToRawIntBits(x) & 0x80000000));
    }

    /** x where it is above 0, else +0; NaN for NaN. */
    public static float relu(float x) {
        return x <= 0f ? 0f : x;
    }
}
