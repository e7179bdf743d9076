package dev.lanewise.model;

import java.util.List;

/**
 * A {@link Layer} at work: it owns its output, the gradient of that, masks and scratch, all for as many samples as its
 * {@link Input} holds.
 *
 * <p>Work is split two ways, and neither changes a bit. By <em>samples</em>: a worker takes some rows of the batch, which do
 * not depend on each other, forward and backward. By <em>units</em>: a worker takes some columns of the output, with the
 * columns of the weights that make them. Gradients sum over all rows of the batch; a worker takes some <em>parts</em> of every
 * parameter ({@link Parts}), of some units. A layer that only knows samples leaves the units to one owner.
 */
public interface Stage {
    /** What comes out: the next stage's input. */
    Input output();

    /** What {@link #gradients} are of: the layer's parameters. */
    default List<Parameter> parameters() {
        return List.of();
    }

    /** Begins a step; its number decides what is drawn at random. */
    default void begin(long step) {
    }

    /** y from x for samples from to to - 1. */
    void forward(int from, int to);

    /**
     * The gradient of x from that of y for samples from to to - 1; {@link Input#gradient} is null where nobody needs it. The
     * gradient of y may be changed into what {@link #gradients} needs.
     */
    void backward(int from, int to);

    /** The first unit of an owner's share, of {@code shares} owners; the number of units for {@code share == shares}. */
    default int unit(int share, int shares) {
        return share == 0 ? 0 : output().shape().size();
    }

    /** Prepares samples from to to - 1 of x for a forward by units: after that of all samples, owners may go on alone. */
    default void prepare(int from, int to) {
    }

    /** Units {@code unit} to {@code endUnit - 1} of y, bounds from {@link #unit}, for samples from to to - 1. */
    default void forward(int from, int to, int unit, int endUnit) {
        if (unit < endUnit) {
            forward(from, to);
        }
    }

    /**
     * Units {@code unit} to {@code endUnit - 1} of the gradient of x, bounds from the stage that made x. A layer that only
     * knows samples leaves them all to the owner of the first unit.
     */
    default void backward(int from, int to, int unit, int endUnit) {
        if (unit == 0 && endUnit > 0) {
            backward(from, to);
        }
    }

    /**
     * A share of every parameter's gradient, over rows 0 to rows - 1: parts from to to - 1 of {@link Parts#COUNT}, written to
     * {@link Parameter#gradient}. All rows must have come back.
     */
    default void gradients(int rows, int from, int to) {
    }

    /** The share of those units alone. */
    default void gradients(int rows, int from, int to, int unit, int endUnit) {
        if (unit < endUnit) {
            gradients(rows, from, to);
        }
    }

    /**
     * A share of plain gradient descent: each parameter becomes {@code decayFactor} times itself (itself if it does not decay)
     * plus its gradient. Stages that can add their products straight to the parameters.
     *
     * @param decayFactor what weight decay leaves: 1 minus learning rate times weight decay
     */
    default void descend(int rows, float decayFactor, int from, int to) {
        gradients(rows, from, to);
        for (int p = 0; p < parameters().size(); p++) {
            parameters().get(p).descend(decayFactor, from, to);
        }
    }

    /** Tells that a share of the parameters has changed, so that packed copies follow. */
    default void parametersChanged(int from, int to) {
    }

    /** Brings a share of the parameters that {@link #descend} changed in a packed copy back to where they are kept. */
    default void updateParameters(int from, int to) {
    }
}
