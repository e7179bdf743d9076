package dev.lanewise.model;

import java.util.random.RandomGenerator;

/** The range of initial weights, uniform on (-limit, limit) so that signals keep their variance from layer to layer. */
public enum Initializer {
    /** limit = sqrt(6 / in), for relu, which halves the variance (He et al. 2015). */
    HE {
        @Override
        double limit(int inputs, int outputs) {
            return Math.sqrt(6.0 / inputs);
        }
    },
    /** limit = sqrt(6 / (in + out)), for sigmoid, tanh and softmax (Glorot and Bengio 2010). */
    GLOROT {
        @Override
        double limit(int inputs, int outputs) {
            return Math.sqrt(6.0 / (inputs + outputs));
        }
    };

    abstract double limit(int inputs, int outputs);

    /**
     * Draws weights.
     *
     * @param inputs that a unit sums over
     * @param outputs that an input goes to
     */
    public void fill(float[] weights, int inputs, int outputs, RandomGenerator random) {
        double limit = limit(inputs, outputs);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) ((2.0 * random.nextDouble() - 1.0) * limit);
        }
    }
}
