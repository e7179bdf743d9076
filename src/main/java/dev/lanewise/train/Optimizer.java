package dev.lanewise.train;

import dev.lanewise.model.Spec;

/**
 * A rule that changes parameters along their gradients. It has no state of its own: {@link Update} keeps that, and takes
 * care of clipping, averaging and frozen parameters for all rules alike.
 */
public interface Optimizer {
    /** Makes optimizers of one kind; a service, so that a jar can bring kinds of its own. */
    interface Kind {
        /** The first word of a description in a recipe: {@code adam}. */
        String kind();

        /** The learning rate that suits it where nobody chose one. */
        double usualRate();

        /** An optimizer as described. */
        Optimizer create(Spec spec);
    }

    /** Numbers of a step that are the same for all elements; as many as {@link #prepare} may write. */
    int COEFFICIENTS = 4;

    /** The optimizer as described. */
    static Optimizer of(Spec spec) {
        return Optimizers.KINDS.kind(spec.kind()).create(spec);
    }

    /** What {@link #of} needs to make it again. */
    Spec spec();

    /** Arrays of a parameter's size that it keeps from step to step, 0 at first. */
    int states();

    /**
     * Computes a step's coefficients, once for all parameters.
     *
     * @param step number of the step, from 0
     * @param rate learning rate
     * @param coefficients to be written
     */
    default void prepare(long step, float rate, float[] coefficients) {
        coefficients[0] = rate;
    }

    /**
     * Changes elements from to to - 1 of a parameter; each element for itself, so that shares change no bit.
     *
     * @param w the parameter
     * @param g its gradient: that of w[i] is g[i + shift]
     * @param state of the parameter, {@link #states} arrays
     * @param coefficients from {@link #prepare}
     * @param decay weight decay of this parameter
     */
    void update(float[] w, float[] g, int shift, float[][] state, int from, int to, float[] coefficients,
            float decay);

    /**
     * The rule in double, for one element: returns the new w.
     *
     * @param state of the element, {@link #states} numbers, to be changed
     * @param step number of the step, from 0
     */
    double reference(double w, double g, double[] state, long step, double rate, double decay);
}
