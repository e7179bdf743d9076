package dev.lanewise.model;

import dev.lanewise.kernel.Workers;
import java.util.List;

/**
 * A {@link Stage} as it trains. Owners share it by units: each has some columns of the output and, in arrays of his own, the
 * columns of the parameters that make them. He multiplies with them, computes their gradient and changes them, so that they
 * never leave his core's cache; what travels between cores is the batch. Or a team shares a single owner's work, by samples and
 * by parts. It works on the stage's buffers; which worker does what changes no bit.
 *
 * <p>A step calls, with a barrier after each, unless the same worker goes on with the same samples or parts:
 * <ol>
 * <li>{@link #prepare} for all samples, in any split;
 * <li>{@link #forward} for all samples and owners;
 * <li>{@link #backward} for all samples and all units of the input;
 * <li>{@link #prepareGradients} for all parts, in any split, after all have gone forward;
 * <li>{@link #gradients} for all parts and owners.
 * </ol>
 */
public interface SplitStage {
    /** Units begin at whole cache lines of a row. */
    int GRAIN = 16;

    /** Where the units of owner {@code owner} of {@code owners} begin, of n; n for {@code owner == owners}. */
    static int unit(int n, int owner, int owners) {
        return owner == owners ? n : Workers.share(n / GRAIN * GRAIN, GRAIN, owner, owners);
    }

    /** Whether the owner of a unit reads all units of the input, and not only the same one. */
    default boolean readsAllUnits() {
        return true;
    }

    /** The owner's parts of the parameters; allocated by the caller's thread, which should be his. */
    default List<Shard> shards(int owner) {
        return List.of();
    }

    /** Bytes that {@link #prepare} and {@link #prepareGradients} write for a row, roughly. */
    default double prepared() {
        return 0;
    }

    /** Prepares samples from to to - 1 of the batch for {@link #forward}. */
    default void prepare(int from, int to) {
    }

    /**
     * Whether it needs sums over all samples of the batch before it goes forward, and again before it goes back; then there is one
     * owner.
     */
    default boolean summarizes() {
        return false;
    }

    /** Sums over samples from to to - 1 of x, if it {@link #summarizes}, between {@link #prepare} and {@link #forward}. */
    default void summarize(int from, int to) {
    }

    /** Sums over samples from to to - 1 of the gradient of y, if it {@link #summarizes}, before {@link #backward}. */
    default void summarizeGradient(int from, int to) {
    }

    /** The owner's units of y, for samples from to to - 1. */
    void forward(int from, int to, int owner);

    /** Units {@code unit} to {@code endUnit - 1} of the gradient of x from that of y, for samples from to to - 1. */
    void backward(int from, int to, int unit, int endUnit);

    /** Prepares parts from to to - 1 of {@link Parts#COUNT} for {@link #gradients}. */
    default void prepareGradients(int rows, int from, int to) {
    }

    /**
     * The gradients of parts from to to - 1 of the owner's shards, of those that are trained, over samples 0 to rows - 1, to the
     * {@link GradientSink}. Where there are several owners, they take all parts.
     */
    default void gradients(int rows, int owner, int from, int to) {
    }
}
