package dev.lanewise.sweep;

import dev.lanewise.data.InputException;
import dev.lanewise.run.Recipe;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What computes trainings, several at once: this machine, or a cluster that a jar brings. */
public interface Engine extends AutoCloseable {
    /** How many trainings it takes at once, at least 1. */
    int slots();

    /**
     * Trains a recipe and waits for it; called by as many threads as there are slots.
     *
     * @param left trainings of the sweep that have no outcome yet, this one included, as far as is known
     * @return null if it was cancelled
     */
    @Nullable
    Outcome train(Recipe recipe, int left, BooleanSupplier isCancelled) throws IOException;

    @Override
    void close();

    /** Makes engines; a service, so that a jar can bring one. */
    interface Kind {
        /** Whether {@code --on} names this one. */
        boolean takes(String on);

        /**
         * The engine at work.
         *
         * @throws InputException if it cannot be had, saying what to do
         */
        Engine open(String on, TrainingData data) throws InputException;
    }
}
