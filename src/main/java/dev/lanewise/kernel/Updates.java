package dev.lanewise.kernel;

/**
 * One optimizer step on elements from to to - 1 of a parameter w with gradient g. Every method first adds
 * {@code decay * w} to the gradient (L2 weight decay), but AdamW, which shrinks w itself.
 *
 * <p>Plain loops: each element stands alone, so C2 vectorises them and the bits do not depend on how.
 */
public final class Updates {
    private Updates() {
    }

    /** w -= rate * g. */
    public static void sgd(float[] w, float[] g, int from, int to, float rate, float decay) {
        check(w, g, from, to);
        for (int i = from; i < to; i++) {
            w[i] = Math.fma(-rate, Math.fma(decay, w[i], g[i]), w[i]);
        }
    }

    /** v = momentum * v + g; w -= rate * v (Polyak's heavy ball, with the rate outside the velocity). */
    public static void momentum(float[] w, float[] g, float[] v, int from, int to, float rate, float momentum,
            float decay) {
        check(w, g, from, to);
        Check.range("v", v.length, from, to - from);
        for (int i = from; i < to; i++) {
            v[i] = Math.fma(momentum, v[i], Math.fma(decay, w[i], g[i]));
            w[i] = Math.fma(-rate, v[i], w[i]);
        }
    }

    /** v = momentum * v + g; w -= rate * (g + momentum * v): the gradient looks one step ahead (Nesterov). */
    public static void nesterov(float[] w, float[] g, float[] v, int from, int to, float rate, float momentum,
            float decay) {
        check(w, g, from, to);
        Check.range("v", v.length, from, to - from);
        for (int i = from; i < to; i++) {
            float gradient = Math.fma(decay, w[i], g[i]);
            v[i] = Math.fma(momentum, v[i], gradient);
            w[i] = Math.fma(-rate, Math.fma(momentum, v[i], gradient), w[i]);
        }
    }

    /**
     * Adam (Kingma and Ba 2015): m and v are running means of g and g squared, w -= rate * m / (sqrt(v) + epsilon).
     * The caller folds the corrections of the first steps into rate and epsilon. With {@code shrink} below 1, w is
     * first multiplied by it: AdamW's decoupled weight decay (Loshchilov and Hutter 2019); then {@code decay} should be
     * 0.
     */
    public static void adam(float[] w, float[] g, float[] m, float[] v, int from, int to, float rate, float beta1,
            float beta2, float epsilon, float decay, float shrink) {
        check(w, g, from, to);
        Check.range("m", m.length, from, to - from);
        Check.range("v", v.length, from, to - from);
        for (int i = from; i < to; i++) {
            float gradient = Math.fma(decay, w[i], g[i]);
            m[i] = Math.fma(beta1, m[i], (1f - beta1) * gradient);
            v[i] = Math.fma(beta2, v[i], (1f - beta2) * (gradient * gradient));
            w[i] = shrink * w[i] - rate * (m[i] / ((float) Math.sqrt(v[i]) + epsilon));
        }
    }

    private static void check(float[] w, float[] g, int from, int to) {
        Check.fromTo(from, to, "w", w.length);
        Check.range("g", g.length, from, to - from);
    }
}
