package dev.lanewise.kernel;

import static dev.lanewise.kernel.ScalarMath.EXP_2;
import static dev.lanewise.kernel.ScalarMath.EXP_3;
import static dev.lanewise.kernel.ScalarMath.EXP_4;
import static dev.lanewise.kernel.ScalarMath.EXP_5;
import static dev.lanewise.kernel.ScalarMath.EXP_6;
import static dev.lanewise.kernel.ScalarMath.EXP_7;
import static dev.lanewise.kernel.ScalarMath.EXP_MAX;
import static dev.lanewise.kernel.ScalarMath.EXP_MIN;
import static dev.lanewise.kernel.ScalarMath.LN2_HI;
import static dev.lanewise.kernel.ScalarMath.LN2_LO;
import static dev.lanewise.kernel.ScalarMath.LOG2_E;
import static dev.lanewise.kernel.ScalarMath.LOG_1;
import static dev.lanewise.kernel.ScalarMath.LOG_2;
import static dev.lanewise.kernel.ScalarMath.LOG_3;
import static dev.lanewise.kernel.ScalarMath.LOG_4;
import static dev.lanewise.kernel.ScalarMath.LOG_LN2_HI;
import static dev.lanewise.kernel.ScalarMath.LOG_LN2_LO;
import static dev.lanewise.kernel.ScalarMath.ROUND;
import static dev.lanewise.kernel.ScalarMath.ROUND_BITS;
import static dev.lanewise.kernel.ScalarMath.SQRT_HALF_BITS;
import static dev.lanewise.kernel.ScalarMath.TANH_11;
import static dev.lanewise.kernel.ScalarMath.TANH_3;
import static dev.lanewise.kernel.ScalarMath.TANH_5;
import static dev.lanewise.kernel.ScalarMath.TANH_7;
import static dev.lanewise.kernel.ScalarMath.TANH_9;
import static dev.lanewise.kernel.ScalarMath.TANH_SMALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Functions of each element of an array: {@code y[yOffset + i] = f(x[xOffset + i])} for i in 0 to n - 1. x and y may be
 * the same array at the same offset; other overlaps are undefined. {@link ScalarMath} specifies each function to the
 * bit.
 *
 * <p>The derivatives take the function's output, which is what a network keeps:
 * {@code dx[i] = dy[i] * f'(x[i])}, written over dy.
 */
public final class Elementwise {
    private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
    private static final int LANES = S.length();
    private static final IntVector ROUND_BITS_V = IntVector.broadcast(VectorWidth.INTS, ROUND_BITS);

    private Elementwise() {
    }

    /** y = e^x; see {@link ScalarMath#exp}. */
    public static void exp(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += LANES) {
            exp(FloatVector.fromArray(S, x, xOffset + i)).intoArray(y, yOffset + i);
        }
        for (int i = end; i < n; i++) {
            y[yOffset + i] = ScalarMath.exp(x[xOffset + i]);
        }
    }

    /** y = ln x; see {@link ScalarMath#log}. */
    public static void log(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += LANES) {
            log(FloatVector.fromArray(S, x, xOffset + i)).intoArray(y, yOffset + i);
        }
        for (int i = end; i < n; i++) {
            y[yOffset + i] = ScalarMath.log(x[xOffset + i]);
        }
    }

    /** y = 1 / (1 + e^-x); see {@link ScalarMath#sigmoid}. */
    public static void sigmoid(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += LANES) {
            FloatVector v = FloatVector.fromArray(S, x, xOffset + i);
            FloatVector e = exp(v.abs().neg());
            FloatVector one = FloatVector.broadcast(S, 1f);
            one.blend(e, v.compare(VectorOperators.LT, 0f)).div(e.add(one)).intoArray(y, yOffset + i);
        }
        for (int i = end; i < n; i++) {
            y[yOffset + i] = ScalarMath.sigmoid(x[xOffset + i]);
        }
    }

    /** y = tanh x; see {@link ScalarMath#tanh}. */
    public static void tanh(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += LANES) {
            FloatVector v = FloatVector.fromArray(S, x, xOffset + i);
            FloatVector magnitude = v.abs();
            FloatVector square = v.mul(v);
            FloatVector p = FloatVector.broadcast(S, TANH_11).fma(square, FloatVector.broadcast(S, TANH_9));
            p = p.fma(square, FloatVector.broadcast(S, TANH_7));
            p = p.fma(square, FloatVector.broadcast(S, TANH_5));
            p = p.fma(square, FloatVector.broadcast(S, TANH_3));
            FloatVector small = p.mul(square).fma(magnitude, magnitude);
            FloatVector one = FloatVector.broadcast(S, 1f);
            FloatVector large = one.sub(FloatVector.broadcast(S, 2f).div(exp(magnitude.add(magnitude)).add(one)));
            FloatVector result = large.blend(small, magnitude.compare(VectorOperators.LT, TANH_SMALL));
            IntVector sign = v.reinterpretAsInts().and(0x80000000);
            result.reinterpretAsInts().or(sign).reinterpretAsFloats().intoArray(y, yOffset + i);
        }
        for (int i = end; i < n; i++) {
            y[yOffset + i] = ScalarMath.tanh(x[xOffset + i]);
        }
    }

    /** y = max(x, 0); see {@link ScalarMath#relu}. */
    public static void relu(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += LANES) {
            // Compare and blend are two instructions; max is five, for the rules of NaN and -0.
            FloatVector v = FloatVector.fromArray(S, x, xOffset + i);
            v.blend(0f, v.compare(VectorOperators.LE, 0f)).intoArray(y, yOffset + i);
        }
        for (int i = end; i < n; i++) {
            y[yOffset + i] = ScalarMath.relu(x[xOffset + i]);
        }
    }

    /** dy *= y (1 - y), y being sigmoid's output. */
    public static void sigmoidBackward(float[] y, int yOffset, float[] dy, int dyOffset, int n) {
        check("y", y, yOffset, "dy", dy, dyOffset, n);
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += LANES) {
            FloatVector v = FloatVector.fromArray(S, y, yOffset + i);
            FloatVector slope = v.mul(FloatVector.broadcast(S, 1f).sub(v));
            FloatVector.fromArray(S, dy, dyOffset + i).mul(slope).intoArray(dy, dyOffset + i);
        }
        for (int i = end; i < n; i++) {
            float v = y[yOffset + i];
            dy[dyOffset + i] *= v * (1f - v);
        }
    }

    /** dy *= 1 - y^2, y being tanh's output. */
    public static void tanhBackward(float[] y, int yOffset, float[] dy, int dyOffset, int n) {
        check("y", y, yOffset, "dy", dy, dyOffset, n);
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += LANES) {
            FloatVector v = FloatVector.fromArray(S, y, yOffset + i);
            FloatVector slope = v.neg().fma(v, FloatVector.broadcast(S, 1f));
            FloatVector.fromArray(S, dy, dyOffset + i).mul(slope).intoArray(dy, dyOffset + i);
        }
        for (int i = end; i < n; i++) {
            float v = y[yOffset + i];
            dy[dyOffset + i] *= Math.fma(-v, v, 1f);
        }
    }

    /** dy = 0 where y, relu's output, is 0; at the kink itself the derivative is taken as 0. */
    public static void reluBackward(float[] y, int yOffset, float[] dy, int dyOffset, int n) {
        check("y", y, yOffset, "dy", dy, dyOffset, n);
        int end = S.loopBound(n);
        for (int i = 0; i < end; i += LANES) {
            VectorMask<Float> off = FloatVector.fromArray(S, y, yOffset + i).compare(VectorOperators.LE, 0f);
            FloatVector.fromArray(S, dy, dyOffset + i).blend(0f, off).intoArray(dy, dyOffset + i);
        }
        for (int i = end; i < n; i++) {
            dy[dyOffset + i] = y[yOffset + i] <= 0f ? 0f : dy[dyOffset + i];
        }
    }

    private static FloatVector exp(FloatVector x) {
        FloatVector v = x.blend(EXP_MAX, x.compare(VectorOperators.GT, EXP_MAX));
        v = v.blend(EXP_MIN, v.compare(VectorOperators.LT, EXP_MIN));
        FloatVector shifted = v.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(S, -LN2_HI), v);
        r = n.fma(FloatVector.broadcast(S, -LN2_LO), r);
        FloatVector p = FloatVector.broadcast(S, EXP_7).fma(r, FloatVector.broadcast(S, EXP_6));
        p = p.fma(r, FloatVector.broadcast(S, EXP_5));
        p = p.fma(r, FloatVector.broadcast(S, EXP_4));
        p = p.fma(r, FloatVector.broadcast(S, EXP_3));
        p = p.fma(r, FloatVector.broadcast(S, EXP_2));
        p = p.fma(r.mul(r), r).add(1f);
        IntVector power = shifted.reinterpretAsInts().sub(ROUND_BITS_V);
        IntVector half = power.lanewise(VectorOperators.ASHR, 1);
        FloatVector first = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        FloatVector second = power.sub(half).add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        return p.mul(first).mul(second);
    }

    private static FloatVector log(FloatVector x) {
        VectorMask<Float> subnormal = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
        IntVector bits = x.blend(x.mul(0x1p25f), subnormal).reinterpretAsInts().sub(SQRT_HALF_BITS);
        FloatVector k = (FloatVector) bits.lanewise(VectorOperators.ASHR, 23).convert(VectorOperators.I2F, 0);
        k = k.blend(k.sub(25f), subnormal);
        FloatVector f = bits.and(0x007fffff).add(SQRT_HALF_BITS).reinterpretAsFloats().sub(1f);
        FloatVector s = f.div(f.add(2f));
        FloatVector z = s.mul(s);
        FloatVector series = FloatVector.broadcast(S, LOG_4).fma(z, FloatVector.broadcast(S, LOG_3));
        series = series.fma(z, FloatVector.broadcast(S, LOG_2));
        series = series.fma(z, FloatVector.broadcast(S, LOG_1));
        series = series.mul(z);
        FloatVector halfSquare = f.mul(0.5f).mul(f);
        FloatVector low = s.fma(halfSquare.add(series), k.mul(LOG_LN2_LO));
        FloatVector result = k.fma(FloatVector.broadcast(S, LOG_LN2_HI), f.sub(halfSquare.sub(low)));
        result = result.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, Float.MAX_VALUE));
        result = result.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0f));
        return FloatVector.broadcast(S, Float.NaN).blend(result, x.compare(VectorOperators.GE, 0f));
    }

    private static void check(String xName, float[] x, int xOffset, String yName, float[] y, int yOffset, int n) {
        Check.range(xName, x.length, xOffset, n);
        Check.range(yName, y.length, yOffset, n);
    }
}
