package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.Preparation;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Pipeline;
import dev.lanewise.run.Training.End;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The session as a library's user has it. */
class TrainingTest {
    private static final DatasetPair DIGITS = new DatasetPair("few", "drawn here", BuiltInDigits.draw(1, 300),
            BuiltInDigits.draw(2, 100), Preparation.CENTRE, List.of());
    private static final int EPOCHS = 4;
    private static final Recipe RECIPE = Recipe.mlp(12).with(Recipe.BATCH_SIZE, 50).epochs(EPOCHS);
    private static final int STEPS = 6; // of an epoch

    @TempDir
    Path temp;

    private static Training training(Recipe recipe, int threads) throws IOException {
        return new Training(recipe, DIGITS,
                new Training.Execution(threads, Mode.Zeros.LEFT_OUT_IF_FASTER, false, Tuning.SHORT));
    }

    /** What a training tells, a line an event; may cancel it after so many steps. */
    private static final class Log implements Training.Events {
        private final List<String> lines = new ArrayList<>();
        private final List<Metrics> metrics = new ArrayList<>();
        private final int most;
        private int steps;

        Log(int most) {
            this.most = most;
        }

        @Override
        public void begin(int epoch) {
            lines.add("begin " + epoch);
        }

        @Override
        public void step(int samples, double meanLoss) {
            steps++;
            assertTrue(meanLoss > 0 && meanLoss < 10, () -> "mean loss " + meanLoss);
            lines.add("step " + samples);
        }

        @Override
        public void epoch(Metrics metrics) {
            this.metrics.add(metrics);
            lines.add("epoch " + metrics.epoch());
        }

        @Override
        public boolean isCancelled() {
            return steps >= most;
        }
    }

    private Path directory(String name) throws IOException {
        return RunDirectory.create(temp.resolve(name)).path();
    }

    private static String status(Path run) throws IOException {
        return new RunDirectory(run).readRun().get("status").getAsString();
    }

    private static String sha256(Recipe recipe) throws IOException {
        try (Training training = training(recipe, 1)) {
            assertEquals(End.FINISHED, training.run(_ -> {
            }));
            return training.model().sha256();
        }
    }

    @Test
    void withoutADirectoryItTrainsAndGivesAModel() throws IOException {
        try (Training training = new Training(RECIPE, DIGITS, Training.Execution.USUAL)) {
            assertNull(training.result());
            assertEquals(End.FINISHED, training.run(_ -> {
            }));
            Model model = training.model();
            assertEquals("784-12-10", model.network().toString());
            assertEquals(DIGITS.train().classes(), model.classes());
            assertEquals(model.sha256(), training.result().weightsSha256());
            assertEquals(EPOCHS, training.position().epoch());
            assertTrue(training.trainSeconds() >= training.bestEpochSeconds() && training.bestEpochSeconds() > 0);
            Evaluation test = training.result().test();
            assertEquals(DIGITS.test().size(), test.total());
            assertTrue(test.accuracy() > 0.4, () -> "accuracy " + test.accuracy());
            assertEquals(right(model), test.correct());
        }
        try (var left = Files.list(temp)) {
            assertEquals(0, left.count());
        }
    }

    /** Test images that a model reads right, counted here. */
    private static int right(Model model) {
        Pipeline pipeline = new Pipeline(model.network(), Input.of(model.network().input(), 1),
                Mode.evaluation(Tuning.SHORT));
        int right = 0;
        for (int i = 0; i < DIGITS.test().size(); i++) {
            byte[] pixels = DIGITS.test().pixels(i);
            for (int j = 0; j < pixels.length; j++) {
                pipeline.input().values()[j] = (pixels[j] & 0xff) / 255f;
            }
            pipeline.forward(0, 1);
            right += pipeline.predicted(0) == DIGITS.test().label(i) ? 1 : 0;
        }
        return right;
    }

    @Test
    void eventsComeInTheOrderOfTheWork() throws IOException {
        Log log = new Log(Integer.MAX_VALUE);
        try (Training training = training(RECIPE.epochs(2).with(Recipe.VALIDATION, 0.1), 2)) {
            training.run(log);
            assertEquals(270, training.samples());
        }
        assertEquals(List.of("begin 1", "step 50", "step 100", "step 150", "step 200", "step 250", "step 270",
                "epoch 1", "begin 2", "step 50", "step 100", "step 150", "step 200", "step 250", "step 270", "epoch 2"),
                log.lines);
        for (Metrics metrics : log.metrics) {
            assertEquals(30, metrics.validation().total());
            assertTrue(metrics.trainLoss() > 0 && metrics.testAccuracy() > 0 && metrics.learningRate() > 0
                    && metrics.seconds() > 0, metrics::toString);
        }
    }

    /** When an epoch is told, what belongs to it is written. */
    @Test
    void anEpochIsToldWhenItIsSaved() throws IOException {
        Path run = directory("run");
        try (Training training = training(RECIPE, 1)) {
            training.writeTo(run, Map.of("data", "few"));
            training.run(new Training.Events() {
                @Override
                public void epoch(Metrics metrics) {
                    try {
                        assertEquals(training.model().sha256(), Model.read(run.resolve("model.safetensors")).sha256());
                        assertEquals(metrics.epoch(), Files.readAllLines(run.resolve("metrics.jsonl")).size());
                        assertEquals("running", status(run));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
        }
        JsonObject json = new RunDirectory(run).readRun();
        assertEquals("finished", json.get("status").getAsString());
        assertEquals("few", json.getAsJsonObject("config").get("data").getAsString());
        assertEquals(RECIPE.resolve(), Recipe.fromJson(json.getAsJsonObject("config").toString(), run),
                "what the command line, which resolves before it reads data, would have written");
    }

    /** What does not fit together would be trained as something else: early stopping without a loss to judge by, say. */
    @Test
    void aRecipeThatDoesNotFitTogetherIsRefused() {
        for (Recipe wrong : List.of(RECIPE.with(Recipe.EARLY_STOP, 1), RECIPE.with(Recipe.KEEP, "best"),
                Recipe.mlp().with(Recipe.DROPOUT, 0.5), Recipe.mlp(3).with(Recipe.LAYERS, "dense 3"),
                RECIPE.with(Recipe.LOSS, "mse").with(Recipe.LABEL_SMOOTHING, 0.1))) {
            String message = assertThrows(IllegalArgumentException.class, () -> training(wrong, 1).close())
                    .getMessage();
            assertEquals(assertThrows(IllegalArgumentException.class, wrong::resolve).getMessage(), message);
            assertFalse(message.contains("--"), message);
        }
    }

    @Test
    void cancelledItKeepsTheLastFinishedEpochAndGoesOnToTheSameBits() throws IOException {
        String whole = sha256(RECIPE);
        for (int steps : new int[]{0, 1, STEPS - 1, STEPS, STEPS + 1, 3 * STEPS - 1}) {
            Path run = directory("run" + steps);
            Log log = new Log(steps);
            try (Training training = training(RECIPE, 2)) {
                training.writeTo(run, Map.of());
                assertEquals(End.CANCELLED, training.run(log));
                assertEquals(steps / STEPS, training.position().epoch(), "the epoch of a last step is finished");
                assertNull(training.result());
            }
            assertEquals("interrupted", status(run));
            assertEquals(steps / STEPS, log.metrics.size());
            try (Training training = training(RECIPE, 1)) {
                training.resume(run, Map.of());
                assertEquals(steps / STEPS, training.position().epoch());
                assertEquals(End.FINISHED, training.run(_ -> {
                }));
                assertEquals(whole, training.model().sha256(), "cancelled after step " + steps);
            }
            assertEquals(EPOCHS, Files.readAllLines(run.resolve("metrics.jsonl")).size());
        }
    }

    @Test
    void aFinishedRunIsResumedToItsResult() throws IOException {
        Path run = directory("run");
        Training.Result result;
        try (Training training = training(RECIPE.with(Recipe.EMA, 0.8), 1)) {
            training.writeTo(run, Map.of());
            training.run(_ -> {
            });
            result = training.result();
        }
        try (Training training = training(RECIPE.with(Recipe.EMA, 0.8), 1)) {
            training.resume(run, Map.of());
            Log log = new Log(Integer.MAX_VALUE);
            assertEquals(End.FINISHED, training.run(log));
            assertEquals(List.of(), log.lines);
            assertEquals(result.weightsSha256(), training.result().weightsSha256());
            assertArrayEquals(result.test().confusion(), training.result().test().confusion());
        }
    }

    /** The rate rises from harmless to absurd. */
    @Test
    void divergedItKeepsTheLastEpochThatWasGood() throws IOException {
        Recipe recipe = RECIPE.epochs(40).with(Recipe.OPTIMIZER, "sgd").with(Recipe.RATE, 1e6)
                .with(Recipe.SCHEDULE, "one-cycle start-divisor=1e7").with(Recipe.WARMUP, 0.99);
        Path run = directory("run");
        int epochs;
        try (Training training = training(recipe, 1)) {
            training.writeTo(run, Map.of());
            assertEquals(End.DIVERGED, training.run(_ -> {
            }));
            epochs = training.position().epoch();
            assertNull(training.result());
        }
        assertEquals("failed", status(run));
        assertTrue(epochs >= 1, "an epoch was good");
        assertEquals(epochs, Files.readAllLines(run.resolve("metrics.jsonl")).size());
        for (String file : List.of("model.safetensors", "checkpoint.safetensors")) {
            Model kept = Model.read(run.resolve(file));
            assertEquals(String.valueOf(epochs), kept.metadata().get("epoch"));
            for (Parameter parameter : kept.network().parameters()) {
                for (float value : parameter.value()) {
                    assertTrue(Float.isFinite(value), () -> parameter.name() + " has " + value);
                }
            }
        }
    }

    @Test
    void itStopsEarlyWhenTheValidationLossNoLongerFalls() throws IOException {
        Recipe recipe = RECIPE.epochs(200).with(Recipe.SCHEDULE, "constant").with(Recipe.RATE, 0.3)
                .with(Recipe.VALIDATION, 0.3).with(Recipe.EARLY_STOP, 2);
        Log log = new Log(Integer.MAX_VALUE);
        Path run = directory("run");
        try (Training training = training(recipe, 1)) {
            training.writeTo(run, Map.of());
            assertEquals(End.STOPPED_EARLY, training.run(log));
            assertEquals(2, training.position().epochsWithoutGain());
            assertNotNull(training.result());
        }
        assertEquals("finished", status(run));
        double best = log.metrics.stream().mapToDouble(metrics -> metrics.validation().loss()).min().orElseThrow();
        assertEquals(best, log.metrics.get(log.metrics.size() - 3).validation().loss());
        try (Training training = training(recipe, 1)) {
            training.resume(run, Map.of());
            assertEquals(End.STOPPED_EARLY, training.run(new Log(Integer.MAX_VALUE)), "and stays stopped");
        }
    }

    /** What the model is that is judged, saved and given. */
    @Test
    void averagesAreTheModelWhereTheRecipeWantsThem() throws IOException {
        Path run = directory("run");
        try (Training training = training(RECIPE.with(Recipe.EMA, 0.9), 2)) {
            training.writeTo(run, Map.of());
            training.run(_ -> {
            });
            assertEquals(training.model().sha256(), Model.read(run.resolve("model.safetensors")).sha256());
            assertEquals(right(training.model()), training.tested().correct());
            assertNotEquals(training.model().sha256(), Model.read(run.resolve("checkpoint.safetensors")).sha256());
        }
        assertEquals(sha256(RECIPE), Model.read(run.resolve("checkpoint.safetensors")).sha256(),
                "trained as without averages");
    }

    /** Epoch by epoch side by side, tuned for different lengths, on teams of their own. */
    @Test
    void twoTrainingsAtOnceDoNotDisturbEachOther() throws IOException, InterruptedException, ExecutionException {
        Recipe first = RECIPE.with(Recipe.DROPOUT, 0.1);
        Recipe second = Recipe.mlp(20, 9).with(Recipe.OPTIMIZER, "adam").with(Recipe.BATCH_SIZE, 32).epochs(EPOCHS)
                .seed(3);
        List<String> alone = List.of(sha256(first), sha256(second));
        CyclicBarrier together = new CyclicBarrier(2);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<String>> both = new ArrayList<>();
            both.add(threads.submit(beside(together, first, Tuning.SHORT)));
            both.add(threads.submit(beside(together, second, Tuning.LONG)));
            assertEquals(alone, List.of(both.get(0).get(), both.get(1).get()));
        }
    }

    private static Callable<String> beside(CyclicBarrier together, Recipe recipe, Tuning tuning) {
        return () -> {
            try (Training training = new Training(recipe, DIGITS,
                    new Training.Execution(2, Mode.Zeros.LEFT_OUT_IF_FASTER, false, tuning))) {
                training.run(new Training.Events() {
                    @Override
                    public void begin(int epoch) {
                        try {
                            together.await(1, TimeUnit.MINUTES);
                        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                            throw new IllegalStateException(e);
                        }
                    }

                    @Override
                    public void epoch(Metrics metrics) {
                        // the beginning counts
                    }
                });
                return training.model().sha256();
            }
        };
    }

    @Test
    void aModelStaysAsItWasWhenTrainingGoesOn() throws IOException {
        try (Training training = new Training(RECIPE, DIGITS)) {
            training.epoch(_ -> {
            });
            Model first = training.model();
            String sha256 = first.sha256();
            training.epoch(_ -> {
            });
            assertEquals(sha256, first.sha256());
            assertNotEquals(sha256, training.model().sha256());
        }
    }

    @Test
    void nothingAboutTheExecutionChangesABit() throws IOException {
        String expected = sha256(RECIPE);
        for (Mode.Zeros zeros : Mode.Zeros.values()) {
            for (Tuning tuning : Tuning.values()) {
                for (int threads : new int[]{1, 3}) {
                    Training.Execution execution = new Training.Execution(threads, zeros, threads == 3, tuning);
                    try (Training training = new Training(RECIPE, DIGITS, execution)) {
                        training.run(_ -> {
                        });
                        assertEquals(expected, training.model().sha256(), execution::toString);
                        double sum = training.profile().shares().values().stream().mapToDouble(share -> share).sum();
                        assertEquals(threads == 3 ? 1 : 0, sum, 1e-9, "shares of the time");
                    }
                }
            }
        }
    }

    /** Whatever ends it, out of memory for one: a run that is not running does not say so for ever. */
    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, StackOverflowError.class, IllegalStateException.class})
    void aRunThatIsEndedByAnErrorHasFailedAndCanGoOn(Class<? extends Throwable> kind) throws Exception {
        Path run = directory("run");
        Throwable error = kind.getConstructor(String.class).newInstance("for a test");
        try (Training training = training(RECIPE, 1)) {
            training.writeTo(run, Map.of());
            assertSame(error, assertThrows(kind, () -> training.run(new Training.Events() {
                @Override
                public void begin(int epoch) {
                    if (epoch == 3) {
                        switch (error) {
                            case Error e -> throw e;
                            case RuntimeException e -> throw e;
                            default -> throw new AssertionError(error);
                        }
                    }
                }

                @Override
                public void epoch(Metrics metrics) {
                    // the beginning counts
                }
            })));
        }
        assertEquals("failed", status(run));
        try (Training training = training(RECIPE, 1)) {
            training.resume(run, Map.of());
            assertEquals(2, training.position().epoch());
            assertEquals(End.FINISHED, training.run(new Log(Integer.MAX_VALUE)));
            assertEquals(sha256(RECIPE), training.model().sha256());
        }
    }

    @Test
    void aRunBelongsToOneTrainingUntilThatIsClosed() throws IOException {
        Path run = directory("run");
        try (Training training = training(RECIPE, 1); Training other = training(RECIPE, 1)) {
            training.writeTo(run, Map.of());
            assertTrue(assertThrows(InputException.class, () -> other.resume(run, Map.of())).getMessage()
                    .contains("is training this run"));
            assertTrue(assertThrows(InputException.class, () -> other.writeTo(run, Map.of())).getMessage()
                    .contains("is training this run"));
        }
        try (Training training = training(RECIPE, 1)) {
            assertTrue(assertThrows(InputException.class, () -> training.writeTo(run, Map.of())).getMessage()
                    .contains("the directory is not empty"), "taken between the look and the lock");
        }
        try (Training training = training(RECIPE, 1)) {
            training.resume(run, Map.of());
        }
    }

    /** It may be anybody's. */
    @Test
    void aDirectoryThatIsRefusedStaysAsItIs() throws IOException {
        Path place = directory("photos");
        Files.writeString(place.resolve("notes.txt"), "mine");
        try (Training training = training(RECIPE, 1)) {
            assertThrows(InputException.class, () -> training.writeTo(place, Map.of()));
            assertThrows(InputException.class, () -> training.resume(place, Map.of()));
        }
        try (Stream<Path> files = Files.list(place)) {
            assertEquals(List.of(place.resolve("notes.txt")), files.toList());
        }
    }

    /** Of a finished run run.json tells the weights; files of another run beside it are not taken for its own. */
    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "checkpoint.safetensors"})
    void aFinishedRunGoesOnWithItsOwnFilesAlone(String file) throws IOException {
        Path run = directory("run");
        Path other = directory("other");
        for (Map.Entry<Path, Recipe> entry : Map.of(run, RECIPE, other, RECIPE.seed(2)).entrySet()) {
            try (Training training = training(entry.getValue(), 1)) {
                training.writeTo(entry.getKey(), Map.of());
                training.run(new Log(Integer.MAX_VALUE));
            }
        }
        Files.copy(other.resolve(file), run.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        try (Training training = training(RECIPE.epochs(EPOCHS + 1), 1)) {
            String message = assertThrows(InputException.class, () -> training.resume(run, Map.of())).getMessage();
            assertTrue(message.startsWith(run.resolve(file) + ": ") && message.contains("weights_sha256"), message);
        }
        assertEquals("finished", status(run));
    }

    @Test
    void aSplitWithoutImagesOnOneSideIsRefused() {
        for (double share : new double[]{0.001, 0.999}) {
            String message = assertThrows(InputException.class,
                    () -> training(RECIPE.with(Recipe.VALIDATION, share), 1)).getMessage();
            assertEquals("validation %s: no image is left on one side of 300".formatted(share), message);
        }
    }

    @Test
    void itIsResumedWithItsOwnNetworkAndOptimizerAlone() throws IOException {
        Path run = directory("run");
        try (Training training = training(RECIPE, 1)) {
            training.writeTo(run, Map.of());
        }
        assertEquals("running", status(run));
        for (Recipe other : Arrays.asList(RECIPE.with(Recipe.HIDDEN, List.of(13)),
                RECIPE.with(Recipe.OPTIMIZER, "adam"), RECIPE.with(Recipe.EMA, 0.9))) {
            try (Training training = training(other, 1)) {
                assertThrows(InputException.class, () -> training.resume(run, Map.of()));
            }
        }
        AtomicInteger epochs = new AtomicInteger();
        try (Training training = training(RECIPE, 1)) {
            training.resume(run, Map.of());
            training.run(new Training.Events() {
                @Override
                public void epoch(Metrics metrics) {
                    assertEquals(epochs.incrementAndGet(), metrics.epoch());
                }
            });
        }
        assertEquals(EPOCHS, epochs.get());
    }
}
