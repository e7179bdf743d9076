package dev.lanewise.model;

import dev.lanewise.kernel.Elementwise;

/** What a layer applies to x W + b. The derivative is taken from the output, which is all that a network keeps. */
public enum Activation {
    /** The identity: an output layer whose loss expects logits. */
    NONE {
        @Override
        void forward(float[] y, int offset, int n) {
            // y is the output already
        }

        @Override
        void backward(float[] y, float[] dy, int offset, int n) {
            // the derivative is 1
        }
    },
    /** max(z, 0). */
    RELU {
        @Override
        void forward(float[] y, int offset, int n) {
            Elementwise.relu(y, offset, y, offset, n);
        }

        @Override
        void backward(float[] y, float[] dy, int offset, int n) {
            Elementwise.reluBackward(y, offset, dy, offset, n);
        }
    },
    /** 1 / (1 + e^-z). */
    SIGMOID {
        @Override
        void forward(float[] y, int offset, int n) {
            Elementwise.sigmoid(y, offset, y, offset, n);
        }

        @Override
        void backward(float[] y, float[] dy, int offset, int n) {
            Elementwise.sigmoidBackward(y, offset, dy, offset, n);
        }
    },
    /** Hyperbolic tangent. */
    TANH {
        @Override
        void forward(float[] y, int offset, int n) {
            Elementwise.tanh(y, offset, y, offset, n);
        }

        @Override
        void backward(float[] y, float[] dy, int offset, int n) {
            Elementwise.tanhBackward(y, offset, dy, offset, n);
        }
    };

    /** Replaces z by the activation of z, n elements from offset. */
    abstract void forward(float[] y, int offset, int n);

    /** Replaces the gradient of the output by the gradient of z, n elements from offset. */
    abstract void backward(float[] y, float[] dy, int offset, int n);
}
