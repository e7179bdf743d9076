package dev.lanewise.model;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.CrossEntropy;
import dev.lanewise.kernel.Softmax;
import dev.lanewise.kernel.SquaredError;
import java.util.List;

/**
 * What training makes small. A loss turns the network's last outputs z (logits) into predictions and compares them with
 * the labels; each is fused with the output function whose derivative it meets.
 */
public enum Loss {
    /** -ln softmax(z)[label]; its gradient with respect to z is softmax(z) - onehot(label). */
    CROSS_ENTROPY("cross-entropy", CrossEntropy::ofSoftmax, Softmax::softmax),
    /** 1/2 |sigmoid(z) - onehot(label)|^2; gradient (a - y) a (1 - a). */
    SQUARED_ERROR("mse", SquaredError::ofSigmoid,
            (z, p, rows, classes) -> Elementwise.sigmoid(z, 0, p, 0, rows * classes)),
    /** 1/2 |softmax(z) - onehot(label)|^2; gradient through softmax's Jacobian: a (d - sum of d a), d = a - y. */
    SOFTMAX_SQUARED_ERROR("softmax-mse", SquaredError::ofSoftmax, Softmax::softmax);

    /** What {@link Loss#gradient} does, for a loss of one's own. */
    @FunctionalInterface
    public interface Gradient {
        /** The loss of each sample and its gradient; see {@link Loss#gradient}. */
        void apply(float[] z, byte[] labels, int from, int to, int classes, float scale, float[] dz, float[] loss);
    }

    private interface Prediction {
        void apply(float[] z, float[] p, int rows, int classes);
    }

    private final String label;
    private final Gradient gradient;
    private final Prediction prediction;

    Loss(String label, Gradient gradient, Prediction prediction) {
        this.label = label;
        this.gradient = gradient;
        this.prediction = prediction;
    }

    /** What the network says of each class, from its outputs z: softmax or sigmoid; both [rows, classes]. */
    public void predict(float[] z, float[] p, int rows, int classes) {
        prediction.apply(z, p, rows, classes);
    }

    /**
     * The loss of each sample and its gradient, for rows from to to - 1.
     *
     * @param z the network's outputs, [N, classes]
     * @param labels the right classes, [N]
     * @param scale multiplies the gradient: 1/N for the gradient of the batch's mean
     * @param dz where the gradient with respect to z goes, [N, classes]
     * @param loss where each sample's loss goes, [N]
     */
    public void gradient(float[] z, byte[] labels, int from, int to, int classes, float scale, float[] dz,
            float[] loss) {
        gradient.apply(z, labels, from, to, classes, scale, dz, loss);
    }

    /** The loss of that name. */
    public static Loss of(String name) {
        for (Loss loss : values()) {
            if (loss.label.equals(name)) {
                return loss;
            }
        }
        throw new IllegalArgumentException("loss: %s is not one of %s".formatted(name, List.of(values())));
    }

    /** The name on the command line: {@code cross-entropy}, {@code mse}, {@code softmax-mse}. */
    @Override
    public String toString() {
        return label;
    }
}
