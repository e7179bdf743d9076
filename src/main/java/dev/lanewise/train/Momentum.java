package dev.lanewise.train;

import dev.lanewise.kernel.Updates;
import dev.lanewise.model.Spec;
import java.util.Map;

/**
 * Gradient descent with momentum: v = momentum * v + g, and w -= rate * v (heavy ball) or, looking one step ahead,
 * w -= rate * (g + momentum * v) (Nesterov).
 *
 * @param momentum what the velocity v keeps of itself in a step, from 0 to below 1
 */
public record Momentum(double momentum, boolean nesterov) implements Optimizer {
    private static final Map<String, Double> USUAL = Map.of("momentum", 0.9);

    /** Refuses a momentum out of its range with an IllegalArgumentException. */
    public Momentum {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum: from 0 to below 1, not %s".formatted(momentum));
        }
    }

    /** As described, {@code momentum momentum=0.9} or {@code nesterov momentum=0.9}. */
    static Momentum of(Spec spec) {
        return new Momentum(spec.option(USUAL, "momentum"), spec.kind().equals("nesterov"));
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions(nesterov ? "nesterov" : "momentum", Map.of("momentum", momentum), USUAL);
    }

    @Override
    public int states() {
        return 1; // the velocity
    }

    @Override
    public void update(float[] w, float[] g, int shift, float[][] state, int from, int to, float[] coefficients,
            float decay) {
        if (nesterov) {
            Updates.nesterov(w, g, shift, state[0], from, to, coefficients[0], (float) momentum, decay);
        } else {
            Updates.momentum(w, g, shift, state[0], from, to, coefficients[0], (float) momentum, decay);
        }
    }

    @Override
    public double reference(double w, double g, double[] state, long step, double rate, double decay) {
        double gradient = g + decay * w;
        state[0] = momentum * state[0] + gradient;
        return w - rate * (nesterov ? gradient + momentum * state[0] : state[0]);
    }
}
