package dev.lanewise.train;

/** How an epoch of training ended. */
public sealed interface Epoch {
    /**
     * All batches were trained on.
     *
     * @param loss mean over the samples, each as it was trained on
     */
    record Done(double loss) implements Epoch {
    }

    /**
     * The listener ended it before the last batch: the parameters are between two epochs.
     *
     * @param samples trained on
     */
    record Stopped(int samples) implements Epoch {
    }

    /**
     * The loss of a batch is no longer a number, or infinite: the parameters are of no use.
     *
     * @param samples trained on, that batch included
     */
    record Diverged(int samples) implements Epoch {
    }
}
