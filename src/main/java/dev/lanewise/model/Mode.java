package dev.lanewise.model;

import dev.lanewise.kernel.Tuning;

/**
 * What a network is put to work for.
 *
 * @param training whether gradients are wanted, and units dropped
 * @param seed of what is drawn at random while training
 * @param tuning for how long a run
 * @param zeros what becomes of an input's zeros
 */
public record Mode(boolean training, long seed, Tuning tuning, Zeros zeros) {
    /** What a first layer does about inputs that are 0. No choice changes a bit. */
    public enum Zeros {
        /** Leaves them out where that is faster. */
        LEFT_OUT_IF_FASTER,
        /** Leaves them out where that is possible. */
        LEFT_OUT,
        /** Computes with them as with all others. */
        MULTIPLIED
    }

    /** Training. */
    public static Mode training(long seed, Tuning tuning) {
        return new Mode(true, seed, tuning, Zeros.LEFT_OUT_IF_FASTER);
    }

    /** Evaluation: no gradients, nothing dropped. */
    public static Mode evaluation(Tuning tuning) {
        return new Mode(false, 0, tuning, Zeros.LEFT_OUT_IF_FASTER);
    }

    /** The same with another treatment of zeros. */
    public Mode with(Zeros other) {
        return new Mode(training, seed, tuning, other);
    }
}
