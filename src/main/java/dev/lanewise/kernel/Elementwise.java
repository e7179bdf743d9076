package dev.lanewise.kernel;

import static dev.lanewise.kernel.ScalarMath.EXP_2;
import static dev.lanewise.kernel.ScalarMath.EXP_3;
import static dev.lanewise.kernel.ScalarMath.EXP_4;
import static dev.lanewise.kernel.ScalarMath.EXP_5;
import static dev.lanewise.kernel.ScalarMath.EXP_6;
import static dev.lanewise.kernel.ScalarMath.EXP_MAX;
import static dev.lanewise.kernel.ScalarMath.EXP_MIN;
import static dev.lanewise.kernel.ScalarMath.EXP_NORMAL;
import static dev.lanewise.kernel.ScalarMath.LN2_HEAD;
import static dev.lanewise.kernel.ScalarMath.LN2_HI;
import static dev.lanewise.kernel.ScalarMath.LN2_LO;
import static dev.lanewise.kernel.ScalarMath.LN2_TAIL;
import static dev.lanewise.kernel.ScalarMath.LOG2_E;
import static dev.lanewise.kernel.ScalarMath.LOG_1;
import static dev.lanewise.kernel.ScalarMath.LOG_2;
import static dev.lanewise.kernel.ScalarMath.LOG_3;
import static dev.lanewise.kernel.ScalarMath.ONE_BITS;
import static dev.lanewise.kernel.ScalarMath.ROUND;
import static dev.lanewise.kernel.ScalarMath.ROUND_BITS;
import static dev.lanewise.kernel.ScalarMath.SIGMOID_IS_EXP;
import static dev.lanewise.kernel.ScalarMath.SQRT_HALF_BITS;
import static dev.lanewise.kernel.ScalarMath.TANH_11;
import static dev.lanewise.kernel.ScalarMath.TANH_3;
import static dev.lanewise.kernel.ScalarMath.TANH_5;
import static dev.lanewise.kernel.ScalarMath.TANH_7;
import static dev.lanewise.kernel.ScalarMath.TANH_9;
import static dev.lanewise.kernel.ScalarMath.TANH_ONE;
import static dev.lanewise.kernel.ScalarMath.TANH_SMALL;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Readiness;
import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Applies a function to each element of an array: {@code y[yOffset + i] = f(x[xOffset + i])} for i in 0 to n - 1. x and y may be
 * the same array at the same offset; other overlaps are undefined. {@link ScalarMath} specifies each function to the
 * bit.
 *
 * <p>The derivatives take the function's output, which is what a network keeps:
 * {@code dx[i] = dy[i] * f'(x[i])}, written over dy.
 */
public final class Elementwise {
    private static final int REHEARSED = 512;
    private static final Readiness RELU = new Readiness(REHEARSED / Species.LANES, () -> {
        float[] x = new float[REHEARSED];
        return () -> Lanes.relu(x, 0, x, 0, REHEARSED);
    });

    private Elementwise() {
    }

    /** Whether no element is infinite or no number. */
    public static boolean isFinite(float[] x) {
        int signs = 0;
        for (int i = 0; i < x.length; i++) { // without a way out, so that C2 makes vectors
            signs |= 0x7f7fffff - (Float.floatToRawIntBits(x[i]) & 0x7fffffff);
        }
        return signs >= 0;
    }

    /** y = e^x; see {@link ScalarMath#exp}. */
    public static void exp(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        int end = Species.SCALAR ? 0 : Lanes.exp(x, xOffset, y, yOffset, n);
        for (int i = end; i < n; i++) {
            y[yOffset + i] = ScalarMath.exp(x[xOffset + i]);
        }
    }

    /** y = ln x; see {@link ScalarMath#log}. */
    public static void log(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        int end = Species.SCALAR ? 0 : Lanes.log(x, xOffset, y, yOffset, n);
        for (int i = end; i < n; i++) {
            y[yOffset + i] = ScalarMath.log(x[xOffset + i]);
        }
    }

    /** y = 1 / (1 + e^-x); see {@link ScalarMath#sigmoid}. */
    public static void sigmoid(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        int end = Species.SCALAR ? 0 : Lanes.sigmoid(x, xOffset, y, yOffset, n);
        for (int i = end; i < n; i++) {
            y[yOffset + i] = ScalarMath.sigmoid(x[xOffset + i]);
        }
    }

    /** y = tanh x; see {@link ScalarMath#tanh}. */
    public static void tanh(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        int end = Species.SCALAR ? 0 : Lanes.tanh(x, xOffset, y, yOffset, n);
        for (int i = end; i < n; i++) {
            y[yOffset + i] = ScalarMath.tanh(x[xOffset + i]);
        }
    }

    /** y = max(x, 0); see {@link ScalarMath#relu}. */
    public static void relu(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        relu(!Species.SCALAR, x, xOffset, y, yOffset, n);
    }

    /** As {@link #relu}, of one sample: by plain loops until the vectors are compiled. */
    public static void reluOfOne(float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        relu(RELU.isReady(), x, xOffset, y, yOffset, n);
    }

    private static void relu(boolean vectors, float[] x, int xOffset, float[] y, int yOffset, int n) {
        for (int i = vectors ? Lanes.relu(x, xOffset, y, yOffset, n) : 0; i < n; i++) {
            y[yOffset + i] = ScalarMath.relu(x[xOffset + i]);
        }
    }

    /** y = alpha x. */
    public static void scale(float alpha, float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        for (int i = 0; i < n; i++) { // C2 vectorises it, as it does axpy
            y[yOffset + i] = alpha * x[xOffset + i];
        }
    }

    /** y = alpha x + y, one fused multiply-add an element. */
    public static void axpy(float alpha, float[] x, int xOffset, float[] y, int yOffset, int n) {
        check("x", x, xOffset, "y", y, yOffset, n);
        for (int i = 0; i < n; i++) {
            y[yOffset + i] = Math.fma(alpha, x[xOffset + i], y[yOffset + i]);
        }
    }

    /** dy *= y (1 - y), y being sigmoid's output. */
    public static void sigmoidBackward(float[] y, int yOffset, float[] dy, int dyOffset, int n) {
        check("y", y, yOffset, "dy", dy, dyOffset, n);
        int end = Species.SCALAR ? 0 : Lanes.sigmoidBackward(y, yOffset, dy, dyOffset, n);
        for (int i = end; i < n; i++) {
            float v = y[yOffset + i];
            dy[dyOffset + i] *= v * (1f - v);
        }
    }

    /** dy *= 1 - y^2, y being tanh's output. */
    public static void tanhBackward(float[] y, int yOffset, float[] dy, int dyOffset, int n) {
        check("y", y, yOffset, "dy", dy, dyOffset, n);
        int end = Species.SCALAR ? 0 : Lanes.tanhBackward(y, yOffset, dy, dyOffset, n);
        for (int i = end; i < n; i++) {
            float v = y[yOffset + i];
            dy[dyOffset + i] *= Math.fma(-v, v, 1f);
        }
    }

    /** dy = 0 where y, relu's output, is 0; at the kink itself the derivative is taken as 0. */
    public static void reluBackward(float[] y, int yOffset, float[] dy, int dyOffset, int n) {
        check("y", y, yOffset, "dy", dy, dyOffset, n);
        int end = Species.SCALAR ? 0 : Lanes.reluBackward(y, yOffset, dy, dyOffset, n);
        for (int i = end; i < n; i++) {
            dy[dyOffset + i] = y[yOffset + i] <= 0f ? 0f : dy[dyOffset + i];
        }
    }

    private static void check(String xName, float[] x, int xOffset, String yName, float[] y, int yOffset, int n) {
        Check.range(xName, x.length, xOffset, n);
        Check.range(yName, y.length, yOffset, n);
    }

    /** The whole vectors of each function; where they end is returned. */
    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final int LANES = S.length();
        private static final IntVector ROUND_BITS_V = IntVector.broadcast(Species.INTS, ROUND_BITS);

        private Lanes() {
        }

        static int exp(float[] x, int xOffset, float[] y, int yOffset, int n) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                FloatVector v = FloatVector.fromArray(S, x, xOffset + i);
                if (isNormal(v)) {
                    expNormal(v).intoArray(y, yOffset + i);
                } else {
                    expAny(v).intoArray(y, yOffset + i);
                }
            }
            return end;
        }

        static int log(float[] x, int xOffset, float[] y, int yOffset, int n) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                FloatVector v = FloatVector.fromArray(S, x, xOffset + i);
                VectorMask<Float> normal = v.compare(VectorOperators.GE, Float.MIN_NORMAL)
                        .and(v.compare(VectorOperators.LE, Float.MAX_VALUE));
                if (normal.allTrue()) {
                    logNormal(v).intoArray(y, yOffset + i);
                } else {
                    logAny(v).intoArray(y, yOffset + i);
                }
            }
            return end;
        }

        static int sigmoid(float[] x, int xOffset, float[] y, int yOffset, int n) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                FloatVector v = FloatVector.fromArray(S, x, xOffset + i);
                FloatVector one = FloatVector.broadcast(S, 1f);
                if (v.abs().compare(VectorOperators.LE, -SIGMOID_IS_EXP).allTrue()) {
                    one.div(expNormal(v.neg()).add(one)).intoArray(y, yOffset + i);
                } else {
                    VectorMask<Float> low = v.compare(VectorOperators.LT, SIGMOID_IS_EXP);
                    FloatVector e = expAny(v.neg().blend(v, low));
                    one.div(e.add(one)).blend(e, low).intoArray(y, yOffset + i);
                }
            }
            return end;
        }

        static int tanh(float[] x, int xOffset, float[] y, int yOffset, int n) {
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
                FloatVector clamped = magnitude.blend(TANH_ONE, magnitude.compare(VectorOperators.GT, TANH_ONE));
                FloatVector twice = clamped.add(clamped);
                FloatVector shifted = shifted(twice);
                FloatVector one = FloatVector.broadcast(S, 1f);
                FloatVector e1 = mantissa(twice, shifted).fma(power(shifted), one); // e^2x + 1
                FloatVector large = one.sub(FloatVector.broadcast(S, 2f).div(e1));
                FloatVector result = large.blend(small, magnitude.compare(VectorOperators.LT, TANH_SMALL));
                IntVector sign = v.reinterpretAsInts().and(0x80000000);
                result.reinterpretAsInts().or(sign).reinterpretAsFloats().intoArray(y, yOffset + i);
            }
            return end;
        }

        static int relu(float[] x, int xOffset, float[] y, int yOffset, int n) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                // Compare and blend are two instructions; max is five, for the rules of NaN and -0.
                FloatVector v = FloatVector.fromArray(S, x, xOffset + i);
                v.blend(0f, v.compare(VectorOperators.LE, 0f)).intoArray(y, yOffset + i);
            }
            return end;
        }

        static int sigmoidBackward(float[] y, int yOffset, float[] dy, int dyOffset, int n) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                FloatVector v = FloatVector.fromArray(S, y, yOffset + i);
                FloatVector slope = v.mul(FloatVector.broadcast(S, 1f).sub(v));
                FloatVector.fromArray(S, dy, dyOffset + i).mul(slope).intoArray(dy, dyOffset + i);
            }
            return end;
        }

        static int tanhBackward(float[] y, int yOffset, float[] dy, int dyOffset, int n) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                FloatVector v = FloatVector.fromArray(S, y, yOffset + i);
                FloatVector slope = v.neg().fma(v, FloatVector.broadcast(S, 1f));
                FloatVector.fromArray(S, dy, dyOffset + i).mul(slope).intoArray(dy, dyOffset + i);
            }
            return end;
        }

        static int reluBackward(float[] y, int yOffset, float[] dy, int dyOffset, int n) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                VectorMask<Float> off = FloatVector.fromArray(S, y, yOffset + i).compare(VectorOperators.LE, 0f);
                FloatVector.fromArray(S, dy, dyOffset + i).blend(0f, off).intoArray(dy, dyOffset + i);
            }
            return end;
        }

        /** Whether e^x and e^-x are normal floats in every lane, and x no NaN: the usual case, with less to do. */
        private static boolean isNormal(FloatVector x) {
            return x.abs().compare(VectorOperators.LE, EXP_NORMAL).allTrue();
        }

        /** e^x where {@link #isNormal}: the power of two is added to the exponent. */
        private static FloatVector expNormal(FloatVector x) {
            FloatVector shifted = shifted(x);
            IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            return mantissa(x, shifted).reinterpretAsInts().add(power).reinterpretAsFloats();
        }

        /** e^x. */
        private static FloatVector expAny(FloatVector x) {
            FloatVector v = x.blend(EXP_MAX, x.compare(VectorOperators.GT, EXP_MAX));
            v = v.blend(EXP_MIN, v.compare(VectorOperators.LT, EXP_MIN));
            FloatVector shifted = shifted(v);
            IntVector power = shifted.reinterpretAsInts().sub(ROUND_BITS_V);
            IntVector half = power.lanewise(VectorOperators.ASHR, 1);
            FloatVector first = half.lanewise(VectorOperators.LSHL, 23).add(ONE_BITS).reinterpretAsFloats();
            FloatVector second = power.sub(half).lanewise(VectorOperators.LSHL, 23).add(ONE_BITS).reinterpretAsFloats();
            return mantissa(v, shifted).mul(first).mul(second);
        }

        /** n + ROUND, n being x / ln 2 rounded. */
        private static FloatVector shifted(FloatVector x) {
            return x.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUND));
        }

        /** e^x / 2^n. */
        private static FloatVector mantissa(FloatVector x, FloatVector shifted) {
            FloatVector n = shifted.sub(ROUND);
            FloatVector high = n.fma(FloatVector.broadcast(S, -LN2_HI), x);
            FloatVector low = n.mul(-LN2_LO);
            FloatVector r = high.add(low);
            FloatVector p = FloatVector.broadcast(S, EXP_6).fma(r, FloatVector.broadcast(S, EXP_5));
            p = p.fma(r, FloatVector.broadcast(S, EXP_4));
            p = p.fma(r, FloatVector.broadcast(S, EXP_3));
            p = p.fma(r, FloatVector.broadcast(S, EXP_2));
            return high.add(p.fma(r.mul(r), low)).add(1f);
        }

        /** 2^n, for n from -126 to 127: what {@link ScalarMath#ROUND} brought falls out at the top. */
        private static FloatVector power(FloatVector shifted) {
            return shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(ONE_BITS).reinterpretAsFloats();
        }

        /** ln x of normal, finite x above 0. */
        private static FloatVector logNormal(FloatVector x) {
            IntVector bits = x.reinterpretAsInts().sub(SQRT_HALF_BITS);
            return logOfParts(bits,
                    (FloatVector) bits.lanewise(VectorOperators.ASHR, 23).convert(VectorOperators.I2F, 0));
        }

        /** ln x. */
        private static FloatVector logAny(FloatVector x) {
            VectorMask<Float> subnormal = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
            IntVector bits = x.blend(x.mul(0x1p25f), subnormal).reinterpretAsInts().sub(SQRT_HALF_BITS);
            FloatVector k = (FloatVector) bits.lanewise(VectorOperators.ASHR, 23).convert(VectorOperators.I2F, 0);
            FloatVector result = logOfParts(bits, k.blend(k.sub(25f), subnormal));
            result = result.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, Float.MAX_VALUE));
            result = result.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0f));
            return FloatVector.broadcast(S, Float.NaN).blend(result, x.compare(VectorOperators.GE, 0f));
        }

        /** k ln 2 + ln(1 + f), 1 + f having the mantissa in bits. */
        private static FloatVector logOfParts(IntVector bits, FloatVector k) {
            FloatVector f = bits.and(0x007fffff).add(SQRT_HALF_BITS).reinterpretAsFloats().sub(1f);
            FloatVector s = f.div(f.add(2f));
            FloatVector z = s.mul(s);
            FloatVector series = FloatVector.broadcast(S, LOG_3).fma(z, FloatVector.broadcast(S, LOG_2));
            series = series.fma(z, FloatVector.broadcast(S, LOG_1));
            series = series.mul(z);
            FloatVector halfSquare = f.mul(0.5f).mul(f);
            FloatVector low = s.fma(halfSquare.add(series), k.mul(LN2_TAIL));
            return k.fma(FloatVector.broadcast(S, LN2_HEAD), f.sub(halfSquare.sub(low)));
        }
    }
}
