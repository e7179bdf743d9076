package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Batches;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Pipeline;
import dev.lanewise.run.files.IndependentSafetensors;
import dev.lanewise.run.files.Safetensors;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import dev.lanewise.train.Optimizers;
import dev.lanewise.train.Profile;
import dev.lanewise.train.Trainer;
import dev.lanewise.train.Update;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
    private static final Dataset DIGITS = BuiltInDigits.draw(8, 150);
    private static final int EPOCHS = 4;
    private static final Recipe RECIPE = Recipe.mlp(17).with(Recipe.BATCH_SIZE, 32).with(Recipe.RATE, 0.02)
            .with(Recipe.WEIGHT_DECAY, 1e-3).epochs(EPOCHS);

    @TempDir
    Path directory;

    static List<String> optimizers() {
        return Optimizers.KINDS.names();
    }

    private Path file() {
        return directory.resolve("checkpoint.safetensors");
    }

    /** A network, its averages and its update, as a program makes them at its start. */
    private record Run(Recipe recipe, Model trained, Model averaged, Update update) {
        static Run start(Recipe recipe, long seed) {
            Model trained = model(recipe, seed);
            Update.Rule rule = recipe.update();
            Model averaged = rule.averageDecay() == null ? trained : model(recipe, seed);
            return new Run(recipe, trained, averaged,
                    new Update(rule, trained.network(), averaged == trained ? null : averaged.network()));
        }

        static Run start(String optimizer, long seed) {
            return start(RECIPE.with(Recipe.OPTIMIZER, optimizer), seed);
        }

        private static Model model(Recipe recipe, long seed) {
            return new Model(recipe.seed(seed).network(DIGITS.shape(), DIGITS.classes().size()), DIGITS.classes(),
                    Map.of());
        }

        void train(int fromEpoch, int toEpoch) {
            Batches batches = new Batches(DIGITS, 32);
            Pipeline pipeline = new Pipeline(trained.network(),
                    Input.of(DIGITS.samples(), batches.capacity()),
                    Mode.training(7, Tuning.LONG));
            try (Workers workers = new Workers(2)) {
                Trainer trainer = new Trainer(pipeline, batches, update, recipe.seed(5).plan(), workers, Profile.OFF);
                for (int epoch = fromEpoch; epoch <= toEpoch; epoch++) {
                    trainer.epoch(epoch, (_, _) -> true);
                }
            }
        }

        private Checkpoint.Content content() {
            return new Checkpoint.Content(trained, update, averaged == trained ? null : averaged, null);
        }

        void write(Path file, Checkpoint position) throws IOException {
            position.write(file, content());
        }

        Checkpoint read(Path file) throws IOException {
            return Checkpoint.read(file, content());
        }

        List<int[]> optimizerBits() {
            return update.state().stream().map(Parameter::value).map(values -> {
                int[] bits = new int[values.length];
                for (int i = 0; i < bits.length; i++) {
                    bits[i] = Float.floatToIntBits(values[i]);
                }
                return bits;
            }).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void resumedRunEndsInTheSameBitsAsOneThatNeverStopped(String optimizer) throws IOException {
        Run whole = Run.start(optimizer, 1);
        whole.train(1, EPOCHS);
        for (int stop = 1; stop < EPOCHS; stop++) {
            Run first = Run.start(optimizer, 1);
            first.train(1, stop);
            first.write(file(), new Checkpoint(stop, 0.25, 1));
            Run second = Run.start(optimizer, 99); // whose weights are overwritten
            Checkpoint checkpoint = second.read(file());
            assertEquals(new Checkpoint(stop, 0.25, 1), checkpoint);
            assertEquals(first.trained.sha256(), second.trained.sha256());
            assertNotEquals(whole.trained.sha256(), second.trained.sha256());
            second.train(checkpoint.epoch() + 1, EPOCHS);
            assertEquals(whole.trained.sha256(), second.trained.sha256(), optimizer + " from " + stop);
            for (int s = 0; s < whole.optimizerBits().size(); s++) {
                assertArrayEquals(whole.optimizerBits().get(s), second.optimizerBits().get(s));
            }
        }
    }

    /** Dropout draws by the step's number; averages are kept beside the weights. */
    @Test
    void resumedRunWithDropoutSmoothingClippingAndAveragesEndsInTheSameBits() throws IOException {
        Recipe recipe = RECIPE.with(Recipe.DROPOUT, 0.2).with(Recipe.LABEL_SMOOTHING, 0.1).with(Recipe.CLIP_NORM, 0.5)
                .with(Recipe.EMA, 0.9).with(Recipe.SCHEDULE, "cosine").with(Recipe.WARMUP, 0.3);
        Run whole = Run.start(recipe, 1);
        whole.train(1, EPOCHS);
        for (int stop = 1; stop < EPOCHS; stop++) {
            Run first = Run.start(recipe, 1);
            first.train(1, stop);
            first.write(file(), new Checkpoint(stop, 0.25, 1));
            Run second = Run.start(recipe, 99);
            second.read(file());
            assertEquals(first.averaged.sha256(), second.averaged.sha256());
            second.train(stop + 1, EPOCHS);
            assertEquals(whole.trained.sha256(), second.trained.sha256(), "from " + stop);
            assertEquals(whole.averaged.sha256(), second.averaged.sha256(), "from " + stop);
            assertNotEquals(whole.averaged.sha256(), whole.trained.sha256());
        }
    }

    @Test
    void checkpointWithoutAveragesIsRefusedWhereTheyAreKept() throws IOException {
        Run.start("sgd", 1).write(file(), Checkpoint.START);
        Run averaging = Run.start(RECIPE.with(Recipe.OPTIMIZER, "sgd").with(Recipe.EMA, 0.9), 1);
        assertRefused(averaging, "the tensor average.dense1.weight is missing; use another file");
    }

    /** So that the test above can fail. */
    @ParameterizedTest
    @MethodSource("optimizers")
    void weightsAloneWouldNotDo(String optimizer) {
        Run whole = Run.start(optimizer, 1);
        whole.train(1, EPOCHS);
        Run first = Run.start(optimizer, 1);
        first.train(1, 2);
        Run second = new Run(first.recipe, first.trained, first.trained,
                new Update(first.recipe.update(), first.trained.network(), null));
        second.train(3, EPOCHS);
        if (first.update.state().isEmpty()) {
            assertEquals(whole.trained.sha256(), second.trained.sha256());
        } else {
            assertNotEquals(whole.trained.sha256(), second.trained.sha256());
        }
    }

    @Test
    void startIsBeforeTheFirstEpochAndIsKept() throws IOException {
        Run run = Run.start("sgd", 1);
        run.write(file(), Checkpoint.START);
        assertEquals(new Checkpoint(0, Double.POSITIVE_INFINITY, 0), run.read(file()));
    }

    @Test
    void checkpointIsAModelFileToo() throws IOException {
        Run run = Run.start("adam", 1);
        run.write(file(), Checkpoint.START);
        Model model = Model.read(file());
        assertEquals(run.trained.network().specs(), model.network().specs());
        assertEquals(DIGITS.classes(), model.classes());
        assertEquals(run.trained.sha256(), model.sha256());
        assertEquals(List.of("dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias",
                "optimizer.dense1.weight.0", "optimizer.dense1.weight.1", "optimizer.dense1.bias.0",
                "optimizer.dense1.bias.1", "optimizer.dense2.weight.0", "optimizer.dense2.weight.1",
                "optimizer.dense2.bias.0", "optimizer.dense2.bias.1"),
                List.copyOf(new IndependentSafetensors(Files.readAllBytes(file())).tensors.keySet()));
    }

    private static Metrics metrics(double validationLoss) {
        return new Metrics(1, 0.1, new Evaluation(new int[0][], validationLoss), 0.9, 0.01, 1, 1);
    }

    @Test
    void positionCountsEpochsSinceTheSmallestValidationLoss() {
        Checkpoint one = Checkpoint.START.next(metrics(0.5));
        assertEquals(new Checkpoint(1, 0.5, 0), one);
        Checkpoint two = one.next(metrics(0.5)); // equal is no gain
        assertEquals(new Checkpoint(2, 0.5, 1), two);
        assertEquals(new Checkpoint(3, 0.4, 0), two.next(metrics(0.4)));
        assertEquals(new Checkpoint(1, Double.POSITIVE_INFINITY, 1),
                Checkpoint.START.next(new Metrics(1, 0.1, null, 0.9, 0.01, 1, 1)));
    }

    private void assertRefused(Run into, String message) {
        InputException e = assertThrows(InputException.class, () -> into.read(file()));
        assertEquals(file() + ": " + message, e.getMessage());
    }

    @Test
    void modelWithoutAPositionIsRefused() throws IOException {
        Run run = Run.start("sgd", 1);
        run.trained.write(file(), Map.of());
        assertRefused(run, "this is not a checkpoint (epoch: nothing is not a whole number from 0 to 2147483647); use "
                + "another file");
    }

    @ParameterizedTest
    @CsvSource({"epoch, two", "epoch, -1", "epoch, 4.9", "epoch, 4294967300", "epoch, ٣", "epochs_without_gain, -1",
            "best_validation_loss, NaN", "best_validation_loss, small"})
    void positionThatCannotBeIsRefusedByName(String key, String value) throws IOException {
        Run run = Run.start("sgd", 1);
        Map<String, String> position = new HashMap<>(
                Map.of("epoch", "3", "best_validation_loss", "1", "epochs_without_gain", "0"));
        run.trained.write(file(), position);
        assertEquals(new Checkpoint(3, 1, 0), run.read(file()));
        position.put(key, value);
        run.trained.write(file(), position);
        String message = assertThrows(InputException.class, () -> run.read(file())).getMessage();
        assertTrue(message.startsWith("%s: this is not a checkpoint (%s: %s is not a ".formatted(file(), key, value)),
                message);
    }

    @Test
    void modelWithoutTheOptimizersStateIsRefused() throws IOException {
        Run run = Run.start("momentum", 1);
        run.trained.write(file(), Map.of("epoch", "1", "best_validation_loss", "1", "epochs_without_gain", "0"));
        assertRefused(run, "the tensor optimizer.dense1.weight.0 is missing; use another file");
    }

    @Test
    void checkpointOfAnotherOptimizerIsRefused() throws IOException {
        for (String written : optimizers()) {
            Run.start(written, 1).write(file(), Checkpoint.START);
            for (String other : optimizers()) {
                if (!other.equals(written)) {
                    assertRefused(Run.start(other, 2),
                            "this is a checkpoint of the optimizer %s, not %s; use another file".formatted(written,
                                    other));
                }
            }
        }
    }

    @Test
    void checkpointOfAnotherNetworkIsRefused() throws IOException {
        Run.start("sgd", 1).write(file(), Checkpoint.START);
        assertRefused(Run.start(RECIPE.with(Recipe.HIDDEN, List.of(18)).with(Recipe.OPTIMIZER, "sgd"), 1),
                "this is a checkpoint of another network (layers: dense 17, relu, dense 10); use another file");
    }

    /** A position that no run can stand at. */
    @Test
    void moreEpochsWithoutGainThanEpochsAreRefused() throws IOException {
        Run run = Run.start("sgd", 1);
        run.trained.write(file(), Map.of("optimizer", "sgd", "epoch", "2", "best_validation_loss", "1",
                "epochs_without_gain", "3"));
        assertRefused(run, "this is not a checkpoint (epoch 2, 3 without gain, best validation loss 1.0); use another "
                + "file");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"format | lanewise 3", "input | 14 56 1", "layers | dense 17, tanh, dense 10",
            "loss | mse", "classes | [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]"})
    void checkpointWhoseWordsAreNotTheRunsIsRefused(String key, String value) throws IOException {
        Run run = Run.start("sgd", 1);
        run.write(file(), Checkpoint.START);
        Safetensors content = Safetensors.read(file());
        Map<String, String> metadata = new LinkedHashMap<>(content.metadata());
        metadata.put(key, value);
        new Safetensors(metadata, content.tensors()).write(file());
        assertRefused(run, "this is a checkpoint of another network (%s: %s); use another file".formatted(key, value));
    }

    @Test
    void bestWeightsAreKeptBesideTheOthers() throws IOException {
        Run run = Run.start("sgd", 1);
        Model best = Run.start("sgd", 2).trained;
        new Checkpoint(3, 0.5, 2).write(file(), new Checkpoint.Content(run.trained, run.update, null, best));
        Run into = Run.start("sgd", 3);
        Model read = Run.start("sgd", 4).trained;
        assertEquals(new Checkpoint(3, 0.5, 2),
                Checkpoint.read(file(), new Checkpoint.Content(into.trained, into.update, null, read)));
        assertEquals(run.trained.sha256(), into.trained.sha256());
        assertEquals(best.sha256(), read.sha256());
        run.write(file(), Checkpoint.START);
        assertEquals(file() + ": the tensor best.dense1.weight is missing; use another file",
                assertThrows(InputException.class, () -> Checkpoint.read(file(),
                        new Checkpoint.Content(into.trained, into.update, null, read))).getMessage());
    }
}
