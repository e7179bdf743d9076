package dev.lanewise.model;

import java.util.List;

/**
 * One layer of a {@link Network}: forward beside backward. It owns its parameters; the network owns what flows between
 * layers, row-major with a row per sample.
 *
 * <p>A step has two phases. In the first each thread takes some rows (samples) forward and backward; rows do not depend
 * on each other. In the second each thread takes a share of every parameter's gradient, which sums over all rows.
 */
public interface Layer {
    /** Elements of a row of x. */
    int inputs();

    /** Elements of a row of y. */
    int outputs();

    /** What training changes. */
    List<Parameter> parameters();

    /** y[from..to) from x[from..to); x is [N, inputs], y is [N, outputs]. */
    void forward(float[] x, float[] y, int from, int to);

    /**
     * The gradient of x from the gradient of y, rows from to to - 1. dy may be changed into what {@link #gradients}
     * needs.
     *
     * @param x as given to forward, [N, inputs]
     * @param y as returned by forward, [N, outputs]
     * @param dy gradient of the loss with respect to y, [N, outputs]
     * @param dx where its gradient with respect to x goes, [N, inputs]; null where nobody needs it (the first layer)
     */
    void backward(float[] x, float[] y, float[] dy, float[] dx, int from, int to);

    /** A share of every parameter's gradient, over rows 0 to rows - 1: parts from to to - 1 of {@link Shares#ALL}. */
    void gradients(float[] x, float[] dy, int rows, int from, int to);

    /**
     * A share of plain gradient descent: each parameter becomes {@code keep} times itself (without keep if it does not
     * decay) plus its gradient. Layers that can, add their products straight to the parameters.
     *
     * @param dy as for {@link #gradients}, of the loss times minus the learning rate
     * @param keep 1 minus learning rate times weight decay
     */
    default void descend(float[] x, float[] dy, int rows, float keep, int from, int to) {
        gradients(x, dy, rows, from, to);
        for (Parameter parameter : parameters()) {
            float[] w = parameter.value();
            for (int i = Shares.element(parameter, from), end = Shares.element(parameter, to); i < end; i++) {
                w[i] = (parameter.decays() ? keep * w[i] : w[i]) + parameter.gradient()[i];
            }
        }
    }
}
