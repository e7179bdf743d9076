package dev.lanewise.kernel;

/**
 * The elementwise functions on one float: the specification of the SIMD bodies in {@link Elementwise}, which give the
 * same bits, and the code of their tails. Every operation is exactly rounded (add, multiply, divide, fused
 * multiply-add), so the bits are the same on every CPU.
 *
 * <p>The polynomials are minimax fits with float coefficients. exp does not
 * fall from one float to the next, and the roundings that sigmoid and tanh add around it keep the order, so they do not
 * fall either; that has been checked, and the errors measured, on every float.
 */
public final class ScalarMath {
    // exp: x = n ln 2 + r, |r| <= ln 2 / 2. LN2_HI is ln 2 rounded to float: a fused multiply-add leaves x - n LN2_HI
    // exact, since that is a multiple of 2^-25 below 1/2. LN2_LO is the rest of ln 2.
    static final float LOG2_E = 0x1.715476p0f;
    static final float LN2_HI = 0x1.62e43p-1f;
    static final float LN2_LO = -0x1.05c61p-29f;
    // e^r = 1 + (r + r^2 (EXP_2 + r (EXP_3 + ...))): r itself is not multiplied, so that exp never falls (LAB 43).
    static final float EXP_2 = 0x1.fffffcp-2f;
    static final float EXP_3 = 0x1.555494p-3f;
    static final float EXP_4 = 0x1.5558bep-5f;
    static final float EXP_5 = 0x1.123856p-7f;
    static final float EXP_6 = 0x1.6a3d1p-10f;
    /** Adding 1.5 * 2^23 leaves round(x) in the low bits: cheaper than a conversion and its fix-up of out-of-range. */
    static final float ROUND = 0x1.8p23f;
    static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);
    static final int ONE_BITS = Float.floatToRawIntBits(1f);
    /** Beyond these exp is infinity and 0; clamping keeps the exponent arithmetic in range. */
    static final float EXP_MAX = 89f;
    static final float EXP_MIN = -105f;
    /** From -87 to 87 both e^x and e^-x are normal floats. */
    static final float EXP_NORMAL = 87f;
    /** Below -24 ln 2, sigmoid is e^x to 2^-24, and 1 + e^-x would be rounded twice. */
    static final float SIGMOID_IS_EXP = -0x1.0a2b24p4f;

    // log: x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), s = f / (2 + f), z = s^2;
    // ln(1 + f) = 2s + s z (LOG_1 + z (LOG_2 + ...)). k LN2_HEAD is exact.
    static final int SQRT_HALF_BITS = 0x3f3504f3;
    static final float LOG_1 = 0x1.55557ap-1f;
    static final float LOG_2 = 0x1.995ed8p-2f;
    static final float LOG_3 = 0x1.31e03cp-2f;
    static final float LN2_HEAD = 0x1.62e3p-1f;
    static final float LN2_TAIL = 0x1.2fefa4p-17f;

    // tanh below 0.625: x + x^3 (TANH_3 + x^2 (TANH_5 + ...)); above: 1 - 2 / (e^2x + 1), which is 1 from 10.
    static final float TANH_SMALL = 0.625f;
    static final float TANH_ONE = 10f;
    static final float TANH_3 = -0x1.555532p-2f;
    static final float TANH_5 = 0x1.1106f6p-3f;
    static final float TANH_7 = -0x1.b835a4p-5f;
    static final float TANH_9 = 0x1.51f8cep-6f;
    static final float TANH_11 = -0x1.750ce4p-8f;

    private ScalarMath() {
    }

    /** e^x; infinity above 88.72, subnormal below -87.33, 0 below -103.97; NaN for NaN. */
    public static float exp(float x) {
        float clamped = x > EXP_MAX ? EXP_MAX : x;
        clamped = clamped < EXP_MIN ? EXP_MIN : clamped;
        float shifted = Math.fma(clamped, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float high = Math.fma(n, -LN2_HI, clamped);
        float low = n * -LN2_LO;
        float r = high + low;
        float p = Math.fma(EXP_6, r, EXP_5);
        p = Math.fma(p, r, EXP_4);
        p = Math.fma(p, r, EXP_3);
        p = Math.fma(p, r, EXP_2);
        p = high + Math.fma(p, r * r, low) + 1f;
        // 2^n in two factors, so that subnormal results are reached without leaving the exponent's range.
        int power = Float.floatToRawIntBits(shifted) - ROUND_BITS;
        int half = power >> 1;
        return p * powerOfTwo(half) * powerOfTwo(power - half);
    }

    private static float powerOfTwo(int n) {
        return Float.intBitsToFloat((n << 23) + ONE_BITS);
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
        float series = Math.fma(LOG_3, z, LOG_2);
        series = Math.fma(series, z, LOG_1);
        series = series * z;
        // 2s = f - s f and s f = f^2/2 - s f^2/2: the large terms f and f^2/2 come without the quotient's rounding.
        float halfSquare = 0.5f * f * f;
        float low = Math.fma(s, halfSquare + series, k * LN2_TAIL);
        float result = Math.fma(k, LN2_HEAD, f - (halfSquare - low));
        result = x > Float.MAX_VALUE ? Float.POSITIVE_INFINITY : result;
        result = x == 0f ? Float.NEGATIVE_INFINITY : result;
        return x >= 0f ? result : Float.NaN;
    }

    /** 1 / (1 + e^-x); e^x below -16.64; NaN for NaN. */
    public static float sigmoid(float x) {
        return x < SIGMOID_IS_EXP ? exp(x) : 1f / (1f + exp(-x));
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
        float clamped = magnitude > TANH_ONE ? TANH_ONE : magnitude;
        float large = 1f - 2f / (exp(clamped + clamped) + 1f);
        float result = magnitude < TANH_SMALL ? small : large;
        return Float.intBitsToFloat(Float.floatToRawIntBits(result) | (Float.floatToRawIntBits(x) & 0x80000000));
    }

    /** x where it is above 0, else +0; NaN for NaN. */
    public static float relu(float x) {
        return x <= 0f ? 0f : x;
    }
}
