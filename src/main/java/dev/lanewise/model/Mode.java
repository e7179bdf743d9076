package dev.lanewise.model;

import dev.lanewise.kernel.Tuning;

/**
 * What a network is put to work for.
 *
 * @param purpose what is wanted of it
 * @param seed of what is drawn at random while training
 * @param tuning for how long a run
 * @param zeros what becomes of an input's zeros
 */
public record Mode(Purpose purpose, long seed, Tuning tuning, Zeros zeros) {
    /** What is wanted of a network at work; all but what is dropped while training have the same outputs, to the bit. */
    public enum Purpose {
        /** Gradients; units are dropped. */
        TRAINING,
        /** Outputs and losses. */
        EVALUATION,
        /** Outputs alone: no array for losses or gradients is made. */
        PREDICTION,
        /** Outputs alone of samples that come one at a time, for which other kernels are faster than for batches. */
        PREDICTION_ONE_BY_ONE
    }

    /** What a first layer does about inputs that are 0. No choice changes a bit. */
    public enum Zeros {
        /** Leaves them out where that is faster. */
        LEFT_OUT_IF_FASTER,
        /** Leaves them out where that is possible. */
        LEFT_OUT,
        /** Computes with them as with all others. */
        MULTIPLIED
    }

    /** Training: gradients are wanted, and units are dropped as the seed decides. */
    public static Mode training(long seed, Tuning tuning) {
        return new Mode(Purpose.TRAINING, seed, tuning, Zeros.LEFT_OUT_IF_FASTER);
    }

    /** Evaluation: no gradients but the loss's, nothing dropped. */
    public static Mode evaluation(Tuning tuning) {
        return new Mode(Purpose.EVALUATION, 0, tuning, Zeros.LEFT_OUT_IF_FASTER);
    }

    /** Prediction: outputs alone. */
    public static Mode prediction(Tuning tuning) {
        return new Mode(Purpose.PREDICTION, 0, tuning, Zeros.LEFT_OUT_IF_FASTER);
    }

    /** Prediction of samples that come one at a time. */
    public static Mode oneByOne(Tuning tuning) {
        return new Mode(Purpose.PREDICTION_ONE_BY_ONE, 0, tuning, Zeros.LEFT_OUT_IF_FASTER);
    }

    /** Whether gradients are wanted, and units dropped. */
    public boolean training() {
        return purpose == Purpose.TRAINING;
    }

    /** Whether outputs alone are wanted. */
    boolean predicts() {
        return purpose == Purpose.PREDICTION || isOneByOne();
    }

    /** Whether samples come one at a time. */
    boolean isOneByOne() {
        return purpose == Purpose.PREDICTION_ONE_BY_ONE;
    }

    /** This mode with another treatment of zeros. */
    public Mode with(Zeros other) {
        return new Mode(purpose, seed, tuning, other);
    }
}
