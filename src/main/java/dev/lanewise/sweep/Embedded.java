package dev.lanewise.sweep;

import dev.lanewise.kernel.Tuning;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains in this process, on one thread a training as long as there are enough of them: nobody waits for anybody then. The
 * last ones share the cores, where their steps are large enough for it.
 *
 * @param data what is trained on
 * @param slots trainings at once
 * @param tuning for the length of the whole sweep, whose trainings share compiled kernels
 */
public record Embedded(TrainingData data, int slots, Tuning tuning) implements Engine {
    @Override
    public @Nullable Outcome train(Recipe recipe, int left, BooleanSupplier isCancelled) throws IOException {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / Math.min(left, slots));
        return Outcome.of(recipe, data, Training.Execution.beside(threads, tuning), isCancelled);
    }

    @Override
    public void close() {
        // nothing outlives a training
    }
}
