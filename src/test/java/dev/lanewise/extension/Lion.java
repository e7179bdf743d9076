package dev.lanewise.extension;

import dev.lanewise.model.Spec;
import dev.lanewise.train.Optimizer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An optimizer that a user wrote, Lion (Chen et al. 2023): w -= rate * (sign(beta1 m + (1 - beta1) g) + decay w), then
 * m = beta2 m + (1 - beta2) g.
 */
public record Lion(double beta1, double beta2) implements Optimizer {
    private static final Map<String, Double> USUAL = options(0.9, 0.99);

    /** {@code lion beta1=0.9 beta2=0.99}. */
    public static final class LionKind implements Kind {
        @Override
        public String kind() {
            return "lion";
        }

        @Override
        public double usualRate() {
            return 3e-4;
        }

        @Override
        public Optimizer create(Spec spec) {
            return new Lion(spec.option(USUAL, "beta1"), spec.option(USUAL, "beta2"));
        }
    }

    private static Map<String, Double> options(double beta1, double beta2) {
        Map<String, Double> options = new LinkedHashMap<>();
        options.put("beta1", beta1);
        options.put("beta2", beta2);
        return options;
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions("lion", options(beta1, beta2), USUAL);
    }

    @Override
    public int states() {
        return 1; // m
    }

    @Override
    public void update(float[] w, float[] g, int shift, float[][] state, int from, int to, float[] coefficients,
            float decay) {
        float[] m = state[0];
        float rate = coefficients[0];
        for (int i = from; i < to; i++) {
            float direction = Math.signum((float) beta1 * m[i] + (1f - (float) beta1) * g[i + shift]);
            w[i] -= rate * (direction + decay * w[i]);
            m[i] = (float) beta2 * m[i] + (1f - (float) beta2) * g[i + shift];
        }
    }

    @Override
    public double reference(double w, double g, double[] state, long step, double rate, double decay) {
        double direction = Math.signum(beta1 * state[0] + (1 - beta1) * g);
        state[0] = beta2 * state[0] + (1 - beta2) * g;
        return w - rate * (direction + decay * w);
    }
}
