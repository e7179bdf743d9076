package dev.lanewise.model;

import java.util.List;
import java.util.Optional;

/**
 * A {@link Layer} at work: it owns its output, the gradient of that, masks and scratch, all for as many samples as its
 * {@link Input} holds.
 *
 * <p>Workers split the samples: each takes some rows of the batch, which do not depend on each other, forward and backward; but
 * where a stage {@link #summarizes}, all wait for each other.
 * Gradients sum over all rows of the batch; a worker takes some <em>parts</em> of every parameter ({@link Parts}). No split
 * changes a bit. Stages that can also be split by units say so ({@link #split}).
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

    /** Whether it needs sums over all samples of the batch before it goes forward, and again before it goes back. */
    default boolean summarizes() {
        return false;
    }

    /** Sums over samples from to to - 1 of x, if it {@link #summarizes}; when all are summed, it can go forward. */
    default void summarize(int from, int to) {
    }

    /** Sums over samples from to to - 1 of the gradient of y, if it {@link #summarizes}; when all are summed, it can go back. */
    default void summarizeGradient(int from, int to) {
    }

    /** y from x for samples from to to - 1. */
    void forward(int from, int to);

    /** Whether one sample's way forward is so much work that several workers may {@linkplain #forwardShare share} it. */
    default boolean sharesOne() {
        return false;
    }

    /** A worker's share of y from x for one sample; the shares of all workers are what {@link #forward} does. */
    default void forwardShare(int row, int worker, int workers) {
        if (worker == 0) {
            forward(row, row + 1);
        }
    }

    /**
     * The gradient of x from that of y for samples from to to - 1; {@link Input#hasGradient} tells where nobody needs it. The
     * gradient of y may be changed into what {@link #gradients} needs.
     */
    void backward(int from, int to);

    /**
     * A share of every parameter's gradient, over rows 0 to rows - 1: parts from to to - 1 of {@link Parts#COUNT}, written to
     * {@link Parameter#gradient}. All rows must have come back.
     */
    default void gradients(int rows, int from, int to) {
    }

    /** Tells that the parameters have changed, so that packed copies follow. */
    default void parametersChanged() {
    }

    /**
     * This stage as it trains, for so many owners of units; empty if it cannot be split so. For one owner a stage that knows
     * samples alone needs not say anything.
     *
     * @param sink takes the gradients of the parameters that are trained
     */
    default Optional<SplitStage> split(int owners, GradientSink sink) {
        return owners == 1 ? Optional.of(new UnsplitStage(this, sink)) : Optional.empty();
    }
}
