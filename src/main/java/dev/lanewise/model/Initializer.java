package dev.lanewise.model;

import java.util.SplittableRandom;

/**
 * Initial weights, uniform on (-limit, limit) so that signals keep their variance from layer to layer; biases stay 0.
 * The same seed gives the same bits everywhere.
 */
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

    /** The initializer that suits an activation. */
    public static Initializer suiting(Activation activation) {
        return activation == Activation.RELU ? HE : GLOROT;
    }

    abstract double limit(int inputs, int outputs);

    /** Draws the layer's weights. */
    public void initialize(Dense layer, SplittableRandom random) {
        double limit = limit(layer.inputs(), layer.outputs());
        float[] weight = layer.weight().value();
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (float) ((2.0 * random.nextDouble() - 1.0) * limit);
        }
    }
}
