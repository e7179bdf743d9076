package dev.lanewise.train;

import dev.lanewise.kernel.Updates;
import dev.lanewise.model.Spec;
import java.util.Map;

/**
 * Heavy-ball momentum: v = momentum * v + g, w -= rate * v.
 *
 * @param momentum from 0 to below 1
 */
public record Momentum(double momentum) implements Optimizer {
    private static final Map<String, Double> USUAL = Map.of("momentum", 0.9);

    /** {@code momentum momentum=0.9}. */
    static final class MomentumKind implements Kind {
        @Override
        public String kind() {
            return "momentum";
        }

        @Override
        public double usualRate() {
            return 0.1;
        }

        @Override
        public Optimizer create(Spec spec) {
            return new Momentum(spec.options(USUAL).get("momentum"));
        }
    }

    /** Checks the momentum. */
    public Momentum {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum: from 0 to below 1, not %s".formatted(momentum));
        }
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions("momentum", Map.of("momentum", momentum), USUAL);
    }

    @Override
    public int states() {
        return 1; // the velocity
    }

    @Override
    public void update(float[] w, float[] g, float[][] state, int from, int to, float[] coefficients, float decay) {
        Updates.momentum(w, g, state[0], from, to, coefficients[0], (float) momentum, decay);
    }

    @Override
    public double reference(double w, double g, double[] state, long step, double rate, double decay) {
        double gradient = g + decay * w;
        state[0] = momentum * state[0] + gradient;
        return w - rate * state[0];
    }
}
