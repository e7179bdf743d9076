package dev.lanewise.train;

import dev.lanewise.kernel.Updates;
import dev.lanewise.model.Spec;

/** Plain gradient descent: w -= rate * g. */
public record Sgd() implements Optimizer {

    @Override
    public Spec spec() {
        return Spec.of("sgd");
    }

    @Override
    public int states() {
        return 0;
    }

    @Override
    public void update(float[] w, float[] g, int shift, float[][] state, int from, int to, float[] coefficients,
            float decay) {
        Updates.sgd(w, g, shift, from, to, coefficients[0], decay);
    }

    @Override
    public double reference(double w, double g, double[] state, long step, double rate, double decay) {
        return w - rate * (g + decay * w);
    }
}
