package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of optimizers: one step on elements from to to - 1 of a parameter w, where the gradient of w[i] is g[i + shift]; the
 * sum of squares that clipping needs before it, the moving average after it. Every step first adds {@code decay * w} to the gradient (L2 weight
 * decay), but AdamW, which multiplies w itself.
 *
 * <p>Each element stands alone, and vectors and what is left behind them do the same operations, so the bits do not depend on
 * shares or widths.
 */
public final class Updates {
    // Written with vectors because C2 does not know that w and g are apart where shift is not 0: LAB 57.
    private Updates() {
    }

    /** w -= rate * g. */
    public static void sgd(float[] w, float[] g, int shift, int from, int to, float rate, float decay) {
        check(w, g, shift, from, to);
        int end = Species.SCALAR ? from : Lanes.sgd(w, g, shift, from, to, rate, decay);
        for (int i = end; i < to; i++) {
            w[i] = Math.fma(-rate, Math.fma(decay, w[i], g[i + shift]), w[i]);
        }
    }

    /** v = momentum * v + g; w -= rate * v (Polyak's heavy ball, with the rate outside the velocity). */
    public static void momentum(float[] w, float[] g, int shift, float[] v, int from, int to, float rate,
            float momentum,
            float decay) {
        check(w, g, shift, from, to);
        Check.range("v", v.length, from, to - from);
        int end = Species.SCALAR ? from : Lanes.momentum(w, g, shift, v, from, to, rate, momentum, decay);
        for (int i = end; i < to; i++) {
            v[i] = Math.fma(momentum, v[i], Math.fma(decay, w[i], g[i + shift]));
            w[i] = Math.fma(-rate, v[i], w[i]);
        }
    }

    /** v = momentum * v + g; w -= rate * (g + momentum * v): the gradient looks one step ahead (Nesterov). */
    public static void nesterov(float[] w, float[] g, int shift, float[] v, int from, int to, float rate,
            float momentum,
            float decay) {
        check(w, g, shift, from, to);
        Check.range("v", v.length, from, to - from);
        int end = Species.SCALAR ? from : Lanes.nesterov(w, g, shift, v, from, to, rate, momentum, decay);
        for (int i = end; i < to; i++) {
            float gradient = Math.fma(decay, w[i], g[i + shift]);
            v[i] = Math.fma(momentum, v[i], gradient);
            w[i] = Math.fma(-rate, Math.fma(momentum, v[i], gradient), w[i]);
        }
    }

    /**
     * Adam (Kingma and Ba 2015): m and v are running means of g and g squared, w -= rate * m / (sqrt(v) + epsilon).
     * The corrections of the first steps are part of rate and epsilon. w is multiplied by {@code decayFactor} first: below 1
     * it is AdamW's decoupled weight decay (Loshchilov and Hutter 2019); then {@code decay} should be 0.
     */
    public static void adam(float[] w, float[] g, int shift, float[] m, float[] v, int from, int to, float rate,
            float beta1,
            float beta2, float epsilon, float decay, float decayFactor) {
        check(w, g, shift, from, to);
        Check.range("m", m.length, from, to - from);
        Check.range("v", v.length, from, to - from);
        int end = Species.SCALAR
                ? from
                : Lanes.adam(w, g, shift, m, v, from, to, rate, beta1, beta2, epsilon, decay, decayFactor);
        for (int i = end; i < to; i++) {
            float gradient = Math.fma(decay, w[i], g[i + shift]);
            m[i] = Math.fma(beta1, m[i], (1f - beta1) * gradient);
            v[i] = Math.fma(beta2, v[i], (1f - beta2) * (gradient * gradient));
            w[i] = decayFactor * w[i] - rate * (m[i] / ((float) Math.sqrt(v[i]) + epsilon));
        }
    }

    /** average += (1 - decay) * (w - average): the exponential moving average of w. */
    public static void movingAverage(float[] w, float[] average, int from, int to, float decay) {
        Check.fromTo(from, to, "w", w.length);
        Check.range("average", average.length, from, to - from);
        for (int i = from; i < to; i++) {
            average[i] = Math.fma(1f - decay, w[i] - average[i], average[i]);
        }
    }

    /**
     * The sum of the squares of g in double, in one defined order: the first, second, ... of every eight
     * elements apart, these eight sums in pairs, then the elements after the last eight. In double a square is exact
     * and no gradient overflows.
     */
    public static double sumOfSquares(float[] g, int from, int to) {
        Check.fromTo(from, to, "g", g.length);
        double sum0 = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        double sum4 = 0;
        double sum5 = 0;
        double sum6 = 0;
        double sum7 = 0;
        int i = from;
        for (; i <= to - 8; i += 8) { // eight chains, as one alone would wait for each addition
            sum0 += square(g[i]);
            sum1 += square(g[i + 1]);
            sum2 += square(g[i + 2]);
            sum3 += square(g[i + 3]);
            sum4 += square(g[i + 4]);
            sum5 += square(g[i + 5]);
            sum6 += square(g[i + 6]);
            sum7 += square(g[i + 7]);
        }
        double rest = 0;
        for (; i < to; i++) {
            rest += square(g[i]);
        }
        return ((sum0 + sum1) + (sum2 + sum3)) + ((sum4 + sum5) + (sum6 + sum7)) + rest;
    }

    private static double square(float x) {
        return (double) x * x;
    }

    private static void check(float[] w, float[] g, int shift, int from, int to) {
        Check.fromTo(from, to, "w", w.length);
        Check.range("g", g.length, from + shift, to - from);
    }

    /** The whole vectors of each step; where they end is returned. */
    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final int LANES = S.length();

        private Lanes() {
        }

        static int sgd(float[] w, float[] g, int shift, int from, int to, float rate, float decay) {
            int end = from + S.loopBound(to - from);
            FloatVector descent = FloatVector.broadcast(S, -rate);
            FloatVector decays = FloatVector.broadcast(S, decay);
            for (int i = from; i < end; i += LANES) {
                FloatVector x = FloatVector.fromArray(S, w, i);
                descent.fma(decays.fma(x, FloatVector.fromArray(S, g, i + shift)), x).intoArray(w, i);
            }
            return end;
        }

        static int momentum(float[] w, float[] g, int shift, float[] v, int from, int to, float rate, float momentum,
                float decay) {
            int end = from + S.loopBound(to - from);
            FloatVector descent = FloatVector.broadcast(S, -rate);
            FloatVector decays = FloatVector.broadcast(S, decay);
            FloatVector keeps = FloatVector.broadcast(S, momentum);
            for (int i = from; i < end; i += LANES) {
                FloatVector x = FloatVector.fromArray(S, w, i);
                FloatVector gradient = decays.fma(x, FloatVector.fromArray(S, g, i + shift));
                FloatVector velocity = keeps.fma(FloatVector.fromArray(S, v, i), gradient);
                velocity.intoArray(v, i);
                descent.fma(velocity, x).intoArray(w, i);
            }
            return end;
        }

        static int nesterov(float[] w, float[] g, int shift, float[] v, int from, int to, float rate, float momentum,
                float decay) {
            int end = from + S.loopBound(to - from);
            FloatVector descent = FloatVector.broadcast(S, -rate);
            FloatVector decays = FloatVector.broadcast(S, decay);
            FloatVector keeps = FloatVector.broadcast(S, momentum);
            for (int i = from; i < end; i += LANES) {
                FloatVector x = FloatVector.fromArray(S, w, i);
                FloatVector gradient = decays.fma(x, FloatVector.fromArray(S, g, i + shift));
                FloatVector velocity = keeps.fma(FloatVector.fromArray(S, v, i), gradient);
                velocity.intoArray(v, i);
                descent.fma(keeps.fma(velocity, gradient), x).intoArray(w, i);
            }
            return end;
        }

        static int adam(float[] w, float[] g, int shift, float[] m, float[] v, int from, int to, float rate,
                float beta1, float beta2, float epsilon, float decay, float decayFactor) {
            int end = from + S.loopBound(to - from);
            FloatVector decays = FloatVector.broadcast(S, decay);
            FloatVector keeps1 = FloatVector.broadcast(S, beta1);
            FloatVector takes1 = FloatVector.broadcast(S, 1f - beta1);
            FloatVector keeps2 = FloatVector.broadcast(S, beta2);
            FloatVector takes2 = FloatVector.broadcast(S, 1f - beta2);
            for (int i = from; i < end; i += LANES) {
                FloatVector x = FloatVector.fromArray(S, w, i);
                FloatVector gradient = decays.fma(x, FloatVector.fromArray(S, g, i + shift));
                FloatVector mean = keeps1.fma(FloatVector.fromArray(S, m, i), takes1.mul(gradient));
                FloatVector square = keeps2.fma(FloatVector.fromArray(S, v, i), takes2.mul(gradient.mul(gradient)));
                mean.intoArray(m, i);
                square.intoArray(v, i);
                x.mul(decayFactor).sub(mean.div(square.sqrt().add(epsilon)).mul(rate)).intoArray(w, i);
            }
            return end;
        }
    }
}
