package dev.lanewise.model;

/**
 * What a layer computes once it is trained, in terms that other programs share. A layer describes itself by one, so that
 * whatever writes networks for other programs knows no kinds of layers.
 */
public sealed interface Operation {
    /**
     * A product of matrices, x W + b.
     *
     * @param weight [in, out]; the input is read row by row, its channels innermost
     * @param bias [out]
     */
    record Product(Parameter weight, Parameter bias) implements Operation {
    }

    /**
     * A convolution whose filters are not turned.
     *
     * @param weight [kernel height, kernel width, in, out]
     * @param bias [out]
     * @param padding zeros on each of the four sides
     */
    record Filters(Parameter weight, Parameter bias, int stride, int padding) implements Operation {
    }

    /** weight (x - mean) / sqrt(variance + epsilon) + bias, all [channels]. */
    record Normalization(Parameter weight, Parameter bias, Parameter mean, Parameter variance,
            double epsilon) implements Operation {
        /** What a channel is multiplied by. */
        public double factor(int channel) {
            return weight.value()[channel] / Math.sqrt(variance.value()[channel] + epsilon);
        }

        /** What is added to a channel after that. */
        public double shift(int channel) {
            return bias.value()[channel] - mean.value()[channel] * factor(channel);
        }
    }

    /** The largest number or the average of every window. */
    record Windows(boolean largest, int height, int width, int stride) implements Operation {
    }

    /** A function of every number, or of all numbers of a sample. */
    enum Function implements Operation {
        /** max(x, 0). */
        RELU,
        /** 1 / (1 + e^-x). */
        SIGMOID,
        /** Hyperbolic tangent. */
        TANH,
        /** e^x over the sum of all of them. */
        SOFTMAX
    }
}
