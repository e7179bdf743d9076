package dev.lanewise.model;

import dev.lanewise.kernel.Workers;
import java.util.List;

/**
 * A {@link Stage} that owners share by units: each has some columns of the output and, in arrays of his own, the columns of
 * the parameters that make them. He multiplies with them, computes their gradient and changes them, so that they never leave
 * his core's cache; what travels between cores is the batch. It works on the stage's buffers and computes the same bits.
 *
 * <p>A step calls, with a barrier after each:
 * <ol>
 * <li>{@link #prepare} for all rows, in any split;
 * <li>{@link #forward} by every owner;
 * <li>{@link #prepareGradients} for all parts, in any split;
 * <li>{@link #backward} for all units of the input;
 * <li>{@link #gradients} or {@link #descend} by every owner.
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
    boolean readsAllUnits();

    /** The owner's parts of the parameters; allocated by the caller's thread, which should be his. */
    default List<Shard> shards(int owner) {
        return List.of();
    }

    /** Bytes that {@link #prepare} and {@link #prepareGradients} write for a row, roughly. */
    default double prepared() {
        return 0;
    }

    /** Prepares rows from to to - 1 of the batch for {@link #forward}. */
    default void prepare(int from, int to) {
    }

    /** The owner's units of y, for rows 0 to rows - 1. */
    void forward(int rows, int owner);

    /** Prepares parts from to to - 1 of {@link Parts#COUNT} for {@link #gradients}, after all have gone forward. */
    default void prepareGradients(int rows, int from, int to) {
    }

    /** Units {@code unit} to {@code endUnit - 1} of the gradient of x from that of y, for rows 0 to rows - 1. */
    void backward(int rows, int unit, int endUnit);

    /** The gradients of the owner's shards. */
    default void gradients(int rows, int owner) {
    }

    /** Plain gradient descent of the owner's shards, as of {@link Stage#descend}. */
    default void descend(int rows, float decayFactor, int owner) {
    }
}
