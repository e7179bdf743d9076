package dev.lanewise.train;

import dev.lanewise.model.Spec;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019): w shrinks by rate * decay and then takes the step of
 * {@link Adam} without decay.
 *
 * @param adam its numbers
 */
public record AdamW(Adam adam) implements Optimizer {

    @Override
    public Spec spec() {
        return adam.spec("adamw");
    }

    @Override
    public int states() {
        return adam.states();
    }

    @Override
    public void prepare(long step, float rate, float[] coefficients) {
        adam.prepare(step, rate, coefficients);
    }

    @Override
    public void update(float[] w, float[] g, int shift, float[][] state, int from, int to, float[] coefficients,
            float decay) {
        adam.step(w, g, shift, state, from, to, coefficients, 0f, 1f - coefficients[2] * decay);
    }

    @Override
    public double reference(double w, double g, double[] state, long step, double rate, double decay) {
        return adam.reference(w, g, state, step, rate, 0) - rate * decay * w;
    }
}
