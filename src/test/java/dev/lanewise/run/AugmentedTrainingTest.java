package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.Preparation;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.Mode;
import dev.lanewise.train.Metrics;
import dev.lanewise.run.files.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trainings on images that change, of networks that see images: the same bits by any team, resumed or not. */
@Tag("every-width")
class AugmentedTrainingTest {
    private static final DatasetPair DIGITS = new DatasetPair("few", "drawn here", BuiltInDigits.draw(1, 150),
            BuiltInDigits.draw(2, 40), Preparation.CENTRE, List.of());
    private static final int EPOCHS = 3;

    @TempDir
    Path temp;

    private static Recipe recipe(String layers) {
        return Recipe.USUAL.with(Recipe.LAYERS, layers).with(Recipe.BATCH_SIZE, 37).with(Recipe.EMA, 0.9)
                .with(Recipe.AUGMENT, "strong cutout=5").epochs(EPOCHS);
    }

    private static Training training(Recipe recipe, int threads, Mode.Zeros zeros) throws IOException {
        return new Training(recipe, DIGITS, new Training.Execution(threads, zeros, false, Tuning.LONG));
    }

    private static String sha256(Recipe recipe, int threads, Mode.Zeros zeros) throws IOException {
        try (Training training = training(recipe, threads, zeros)) {
            training.run(_ -> {
            });
            return training.model().sha256();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dense 40, relu",
            "conv 5 5x5 stride=3 padding=2, batch-norm, relu, pool 2, dropout 0.2, dense 12, tanh"})
    void everyTeamComesToTheSameBits(String layers) throws IOException {
        Recipe recipe = recipe(layers);
        String expected = sha256(recipe, 1, Mode.Zeros.MULTIPLIED);
        for (int threads : new int[]{1, 2, 3, 8}) {
            assertEquals(expected, sha256(recipe, threads, Mode.Zeros.LEFT_OUT), threads + " threads");
        }
        assertNotEquals(expected, sha256(recipe.with(Recipe.AUGMENT, "none"), 1, Mode.Zeros.MULTIPLIED));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dense 40, relu",
            "conv 5 5x5 stride=3 padding=2, batch-norm, relu, pool 2, dense 12, batch-norm"})
    void aResumedRunComesToTheSameBits(String layers) throws IOException {
        Recipe recipe = recipe(layers);
        Path run = RunDirectory.create(temp.resolve("run")).path();
        int[] steps = {0};
        try (Training training = training(recipe, 2, Mode.Zeros.LEFT_OUT)) {
            training.writeTo(run, Map.of());
            assertEquals(Training.End.CANCELLED, training.run(new Training.Events() {
                @Override
                public void step(int samples, double meanLoss) {
                    steps[0]++;
                }

                @Override
                public void epoch(Metrics metrics) {
                    // steps are counted
                }

                @Override
                public boolean isCancelled() {
                    return steps[0] == 7; // in the second epoch
                }
            }));
        }
        try (Training training = training(recipe, 3, Mode.Zeros.MULTIPLIED)) {
            training.resume(run, Map.of());
            training.run(_ -> {
            });
            assertEquals(sha256(recipe, 1, Mode.Zeros.MULTIPLIED), training.model().sha256());
            assertEquals(training.model().sha256(), Model.read(RunDirectory.model(run)).sha256());
        }
    }
}
