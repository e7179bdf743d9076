package dev.lanewise.train;

import dev.lanewise.kernel.Updates;
import dev.lanewise.model.Spec;
import java.util.Map;

/**
 * Nesterov momentum: v = momentum * v + g, w -= rate * (g + momentum * v).
 *
 * @param momentum from 0 to below 1
 */
public record Nesterov(double momentum) implements Optimizer {
    private static final Map<String, Double> USUAL = Map.of("momentum", 0.9);

    /** {@code nesterov momentum=0.9}. */
    static final class NesterovKind implements Kind {
        @Override
        public String kind() {
            return "nesterov";
        }

        @Override
        public double usualRate() {
            return 0.1;
        }

        @Override
        public Optimizer create(Spec spec) {
            return new Nesterov(spec.options(USUAL).get("momentum"));
        }
    }

    /** Checks the momentum. */
    public Nesterov {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum: from 0 to below 1, not %s".formatted(momentum));
        }
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions("nesterov", Map.of("momentum", momentum), USUAL);
    }

    @Override
    public int states() {
        return 1; // the velocity
    }

    @Override
    public void update(float[] w, float[] g, float[][] state, int from, int to, float[] coefficients, float decay) {
        Updates.nesterov(w, g, state[0], from, to, coefficients[0], (float) momentum, decay);
    }

    @Override
    public double reference(double w, double g, double[] state, long step, double rate, double decay) {
        double gradient = g + decay * w;
        state[0] = momentum * state[0] + gradient;
        return w - rate * (gradient + momentum * state[0]);
    }
}
