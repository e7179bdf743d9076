package dev.lanewise.model;

import dev.lanewise.kernel.Elementwise;

/** What a layer applies to x W + b. The derivative is taken from the output, which is all that a network keeps. */
public enum Activation {
    /** The identity: an output layer whose loss expects logits. */
    NONE((_, _, _) -> {
    }, (_, _, _, _) -> {
    }),
    /** max(z, 0). */
    RELU((y, at, n) -> Elementwise.relu(y, at, y, at, n), (y, dy, at, n) -> Elementwise.reluBackward(y, at, dy, at, n)),
    /** 1 / (1 + e^-z). */
    SIGMOID((y, at, n) -> Elementwise.sigmoid(y, at, y, at, n),
            (y, dy, at, n) -> Elementwise.sigmoidBackward(y, at, dy, at, n)),
    /** Hyperbolic tangent. */
    TANH((y, at, n) -> Elementwise.tanh(y, at, y, at, n), (y, dy, at, n) -> Elementwise.tanhBackward(y, at, dy, at, n));

    private interface Forward {
        void apply(float[] y, int offset, int n);
    }

    private interface Backward {
        void apply(float[] y, float[] dy, int offset, int n);
    }

    private final Forward forward;
    private final Backward backward;

    Activation(Forward forward, Backward backward) {
        this.forward = forward;
        this.backward = backward;
    }

    /** Replaces z by the activation of z, n elements from offset. */
    void forward(float[] y, int offset, int n) {
        forward.apply(y, offset, n);
    }

    /** Replaces the gradient of the output by the gradient of z, n elements from offset. */
    void backward(float[] y, float[] dy, int offset, int n) {
        backward.apply(y, dy, offset, n);
    }
}
