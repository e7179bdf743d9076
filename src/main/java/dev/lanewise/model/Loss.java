package dev.lanewise.model;

import dev.lanewise.kernel.Tuning;
import java.util.Optional;

/**
 * What training makes small. A loss turns the network's last outputs z (logits) into predictions and compares them with
 * the labels; each is fused with the output function whose derivative it meets.
 */
public interface Loss {
    /** Makes losses of one kind; a service, so that a jar can bring kinds of its own. */
    interface Kind {
        /** The first word of a description in a recipe or a model file: {@code cross-entropy}. */
        String kind();

        /** A loss as described. */
        Loss create(Spec spec);
    }

    /** The loss as described. */
    static Loss of(Spec spec) {
        return Losses.KINDS.kind(spec.kind()).create(spec);
    }

    /** What {@link #of} needs to make it again. */
    Spec spec();

    /**
     * The loss of each sample and its gradient, for rows from to to - 1.
     *
     * @param tuning for how long a run
     * @param z the network's outputs, [N, classes]
     * @param labels the right classes, [N], unsigned
     * @param scale multiplies the gradient: 1/N for the gradient of the batch's mean
     * @param dz where the gradient with respect to z goes, [N, classes]
     * @param loss where each sample's loss goes, [N]
     */
    void lossAndGradient(Tuning tuning, float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss);

    /** What the network says of each class, from its outputs z: softmax or sigmoid; both [rows, classes], from an offset on. */
    void predict(float[] z, int zOffset, float[] p, int pOffset, int rows, int classes);

    /** What the network says of each class, from its outputs z: softmax or sigmoid; both [rows, classes], from their beginnings. */
    default void predict(float[] z, float[] p, int rows, int classes) {
        predict(z, 0, p, 0, rows, classes);
    }

    /** The function that {@link #predict} computes; empty where other programs have none such. */
    default Optional<Operation.Function> output() {
        return Optional.empty();
    }

    /** The loss that judges, where training's is changed to regularize: this one, without that. */
    default Loss forEvaluation() {
        return this;
    }

    /**
     * The formula in double, for one sample: returns its loss.
     *
     * @param dz where the gradient with respect to z goes
     */
    double reference(double[] z, int label, double[] dz);
}
