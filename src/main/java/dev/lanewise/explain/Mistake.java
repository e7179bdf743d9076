package dev.lanewise.explain;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.ScalarMath;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What people get wrong, made on purpose in an otherwise right network. */
public enum Mistake {
    /** Softmax without subtracting the row's maximum. */
    NO_MAX_SHIFT("softmax computed as e^z / sum of e^z, without subtracting the row's maximum",
            Set.of("softmax", "loss"), Set.of(Loss.CROSS_ENTROPY)),
    /** The bias is never updated. */
    NO_BIAS_UPDATE("the gradient of every bias left at 0, so that biases never move", Set.of("xor", "bias"),
            Set.of(Loss.values())),
    /** The squared error's delta under the cross-entropy. */
    MSE_DELTA_FOR_CROSS_ENTROPY("delta = (a - y) a (1 - a), which belongs to the squared error, under a cross-entropy",
            Set.of("xor", "loss"), Set.of(Loss.CROSS_ENTROPY)),
    /** Weights change by the whole gradient. */
    NO_LEARNING_RATE("the step w = w - gradient, without a learning rate: a learning rate of 1", Set.of("xor"),
            Set.of(Loss.values())),
    /** Softmax's Jacobian taken for its diagonal. */
    DIAGONAL_JACOBIAN("softmax's Jacobian taken for its diagonal s (1 - s), as if it were a sigmoid",
            Set.of("softmax"), Set.of(Loss.CROSS_ENTROPY, Loss.SOFTMAX_SQUARED_ERROR));

    private final String what;
    private final Set<String> topics;
    private final Set<Loss> losses;

    Mistake(String what, Set<String> topics, Set<Loss> losses) {
        this.what = what;
        this.topics = topics;
        this.losses = losses;
    }

    /** What is done wrong, half a sentence. */
    public String what() {
        return what;
    }

    /** Whether a topic of {@code explain} is about it. */
    public boolean concerns(String topic) {
        return topics.contains(topic);
    }

    /** The topics that are about it, in alphabetical order. */
    public List<String> topics() {
        return topics.stream().sorted().toList();
    }

    /** The losses with which it can be made. */
    public List<Loss> losses() {
        return Arrays.stream(Loss.values()).filter(losses::contains).toList();
    }

    /** A layer with the mistake, if it is one of layers. */
    Layer in(Layer layer) {
        return this == NO_BIAS_UPDATE ? new BiasForgotten(layer) : layer;
    }

    /** A loss with the mistake, if it is one of losses. */
    Loss.Gradient in(Loss loss) {
        return switch (this) {
            case NO_MAX_SHIFT -> Mistake::noMaxShift;
            case MSE_DELTA_FOR_CROSS_ENTROPY -> (z, labels, from, to, classes, scale, dz, losses) -> {
                loss.gradient(z, labels, from, to, classes, scale, dz, losses); // dz = (p - y) scale
                float[] p = new float[to * classes];
                loss.predict(z, p, to, classes);
                Elementwise.sigmoidBackward(p, from * classes, dz, from * classes, (to - from) * classes);
            };
            case DIAGONAL_JACOBIAN -> (z, labels, from, to, classes, scale, dz, losses) -> {
                loss.gradient(z, labels, from, to, classes, scale, dz, losses);
                float[] p = new float[to * classes];
                loss.predict(z, p, to, classes);
                for (int i = from; i < to; i++) { // dL/dp: what the Jacobian should carry back to z
                    for (int j = 0; j < classes; j++) {
                        float y = j == labels[i] ? 1f : 0f;
                        float a = p[i * classes + j];
                        dz[i * classes + j] = scale * (loss == Loss.CROSS_ENTROPY ? -y / a : a - y);
                    }
                }
                Elementwise.sigmoidBackward(p, from * classes, dz, from * classes, (to - from) * classes);
            };
            case NO_BIAS_UPDATE, NO_LEARNING_RATE -> loss::gradient;
        };
    }

    /** The learning rate that the step takes. */
    float in(float rate) {
        return this == NO_LEARNING_RATE ? 1f : rate;
    }

    private static void noMaxShift(float[] z, byte[] labels, int from, int to, int classes, float scale, float[] dz,
            float[] losses) {
        for (int i = from; i < to; i++) {
            int at = i * classes;
            Elementwise.exp(z, at, dz, at, classes);
            float sum = 0f;
            for (int j = at; j < at + classes; j++) {
                sum += dz[j];
            }
            for (int j = at; j < at + classes; j++) {
                dz[j] /= sum;
            }
            losses[i] = -ScalarMath.log(dz[at + labels[i]]);
            for (int j = at; j < at + classes; j++) {
                dz[j] *= scale;
            }
            dz[at + labels[i]] -= scale;
        }
    }

    /** The name on the command line: {@code no-max-shift}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private record BiasForgotten(Layer layer) implements Layer {
        @Override
        public int inputs() {
            return layer.inputs();
        }

        @Override
        public int outputs() {
            return layer.outputs();
        }

        @Override
        public List<Parameter> parameters() {
            return layer.parameters();
        }

        @Override
        public void forward(float[] x, float[] y, int from, int to) {
            layer.forward(x, y, from, to);
        }

        @Override
        public void backward(float[] x, float[] y, float[] dy, float[] dx, int from, int to) {
            layer.backward(x, y, dy, dx, from, to);
        }

        @Override
        public void gradients(float[] x, float[] dy, int rows, int from, int to) {
            layer.gradients(x, dy, rows, from, to);
            parameters().stream().filter(parameter -> !parameter.decays())
                    .forEach(bias -> Arrays.fill(bias.gradient(), 0f));
        }
    }
}
