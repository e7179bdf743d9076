package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.Dataset;
import dev.lanewise.run.Training;
import dev.lanewise.run.files.IndependentSafetensors;
import dev.lanewise.run.files.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainCommandTest {
    private static final Set<PosixFilePermission> READ_ONLY = PosixFilePermissions.fromString("r-xr-xr-x");

    @TempDir
    static Path shared;
    private static Path data;

    @TempDir
    Path temp;

    @BeforeAll
    static void writeData() throws IOException {
        data = SmallData.write(shared.resolve("small"));
    }

    /** What the tests train with unless they say otherwise, so that they do not hang on the defaults. */
    private static final Map<String, String> STANDARD = Map.of("--hidden", "8", "--epochs", "2", "--optimizer",
            "momentum", "--lr", "0.05", "--schedule", "cosine", "--batch-size", "50");

    /** Trains a small network into a directory of this name. */
    private Outcome train(String name, Object... more) {
        return Outcome.of(arguments(name, more));
    }

    private Object[] arguments(String name, Object... more) {
        List<Object> arguments = new ArrayList<>(List.of("train", "--data", data, "--out", temp.resolve(name)));
        arguments.addAll(List.of(more));
        for (Map.Entry<String, String> standard : STANDARD.entrySet()) {
            if (!arguments.contains(standard.getKey())) {
                arguments.addAll(List.of(standard.getKey(), standard.getValue()));
            }
        }
        return arguments.toArray();
    }

    private SmallRun run(String name) {
        return new SmallRun(temp.resolve(name));
    }

    private String sha256(String name, Object... options) throws IOException {
        train(name, options).expect(0);
        return run(name).sha256();
    }

    @Test
    void aRunSaysTheSameOnStdoutInRunJsonAndInTheModel() throws IOException {
        Outcome outcome = train("r", "--epochs", "4").expect(0);
        SmallRun run = run("r");
        JsonObject json = run.json();
        JsonObject result = run.result();
        assertEquals("finished", run.status());
        assertEquals(Set.of(".lock", "checkpoint.safetensors", "metrics.jsonl", "model.safetensors", "report.html",
                "run.json"),
                SmallRun.content(run.directory()).keySet());

        List<String> epochs = outcome.out().lines().filter(line -> line.startsWith("epoch ")).toList();
        List<JsonObject> metrics = run.metrics();
        assertEquals(4, epochs.size(), outcome.out());
        assertEquals(4, metrics.size());
        double best = Double.POSITIVE_INFINITY;
        double sum = 0;
        for (int i = 0; i < 4; i++) {
            JsonObject line = metrics.get(i);
            assertEquals(List.of("epoch", "train_loss", "test_accuracy", "learning_rate", "seconds",
                    "images_per_second", "wall_seconds"), List.copyOf(line.keySet()));
            assertEquals(i + 1, line.get("epoch").getAsInt());
            double seconds = line.get("seconds").getAsDouble();
            assertEquals(600 / seconds, line.get("images_per_second").getAsDouble(), 1e-6 * 600 / seconds);
            best = Math.min(best, seconds);
            sum += seconds;
            String expected = "epoch %d/4  loss %.4f  test %5.2f %%  ".formatted(i + 1,
                    line.get("train_loss").getAsDouble(), 100 * line.get("test_accuracy").getAsDouble());
            assertTrue(epochs.get(i).startsWith(expected), () -> expected + " in " + epochs);
        }
        double accuracy = metrics.getLast().get("test_accuracy").getAsDouble();
        assertTrue(accuracy > 0.3, () -> "accuracy " + accuracy);
        assertEquals(accuracy, run.accuracy());
        assertEquals(4, result.get("epochs").getAsInt());
        assertEquals(best, result.get("best_epoch_seconds").getAsDouble());
        assertEquals(sum, result.get("train_seconds").getAsDouble(), 1e-9);
        assertTrue(result.get("wall_seconds").getAsDouble() >= sum, result::toString);

        assertTrue(outcome.field("test accuracy").startsWith("%.2f %% of 200 images of small ".formatted(
                100 * accuracy)), outcome::toString);
        assertEquals(run.sha256(), outcome.field("weights_sha256"));
        assertEquals(run.sha256(), run.sha256OfModelData());
        assertEquals(run.directory().resolve("model.safetensors").toString(), outcome.field("saved"));
        assertEquals(List.of(784, 8), run.shape("dense1.weight"));
        assertEquals(List.of(8), run.shape("dense1.bias"));
        assertEquals(List.of(8, 10), run.shape("dense2.weight"));
        assertEquals(4, run.modelEpoch());
        assertEquals(4, run.checkpointEpoch());
        assertFalse(outcome.out().contains("BUILT-IN"), outcome::toString);

        assertTrue(json.getAsJsonObject("environment").keySet()
                .containsAll(List.of("cpu", "cores", "os", "jdk", "flags", "vector_bits", "version", "commit")));
        assertEquals(JsonParser.parseString("""
                {"layers": [{"layer": "dense 8", "output": [1, 1, 8], "parameters": 6280, "multiply_adds": 6272},
                    {"layer": "relu", "output": [1, 1, 8], "parameters": 0, "multiply_adds": 0},
                    {"layer": "dense 10", "output": [1, 1, 10], "parameters": 90, "multiply_adds": 80}],
                    "parameters": 6370, "multiply_adds": 6352, "flops": 12704}"""), json.get("network"));
        assertEquals(List.of(), outcome.messages());
        JsonObject dataset = json.getAsJsonObject("dataset");
        assertEquals("small", dataset.get("name").getAsString());
        assertEquals(600, dataset.get("train_images").getAsInt());
        assertEquals(200, dataset.get("test_images").getAsInt());
        List<JsonElement> files = dataset.getAsJsonArray("files").asList();
        List<byte[]> written = List.of(SmallData.images(SmallData.TRAIN), SmallData.labels(SmallData.TRAIN),
                SmallData.images(SmallData.TEST), SmallData.labels(SmallData.TEST));
        assertEquals(4, files.size());
        for (int i = 0; i < 4; i++) {
            JsonObject file = files.get(i).getAsJsonObject();
            assertEquals(SmallRun.sha256(written.get(i)), file.get("sha256").getAsString());
            assertEquals(written.get(i).length, file.get("bytes").getAsInt());
        }
    }

    @Test
    void aLabelAbove9IsOneMoreClass() throws IOException {
        Path eleven = SmallData.write(temp.resolve("eleven"));
        byte[] labels = SmallData.labels(SmallData.TRAIN);
        labels[8 + 17] = 10;
        Files.write(eleven.resolve(SmallData.TRAIN_LABELS), labels);
        Path out = temp.resolve("r");
        Outcome.of("train", "--data", eleven, "--epochs", 2, "--hidden", 8, "--out", out).expect(0);
        assertEquals(List.of(8, 11), new SmallRun(out).shape("dense2.weight"));
        Outcome evaluated = Outcome.of("eval", out).expect(0);
        assertEquals("%.2f %% of 200 images of eleven".formatted(100 * new SmallRun(out).accuracy()),
                evaluated.field("test accuracy").split(" \\(")[0]);
    }

    @Test
    void theIntervalIsWilsons() throws IOException {
        train("r").expect(0);
        JsonArray interval = run("r").result().getAsJsonArray("test_accuracy_95");
        double p = run("r").accuracy();
        // Both bounds q solve |p - q| = z sqrt(q (1 - q) / n).
        for (JsonElement bound : interval) {
            double q = bound.getAsDouble();
            assertEquals(1.959964 * Math.sqrt(q * (1 - q) / 200), Math.abs(p - q), 1e-6);
        }
        assertTrue(interval.get(0).getAsDouble() < p && p < interval.get(1).getAsDouble());
    }

    @Test
    void validationFieldsAreThereWithASplitOnly() throws IOException {
        Outcome outcome = train("r", "--validation", "0.25").expect(0);
        for (JsonObject line : run("r").metrics()) {
            assertTrue(line.get("validation_loss").getAsDouble() > 0, line::toString);
            double right = 150 * line.get("validation_accuracy").getAsDouble();
            assertEquals(Math.rint(right), right, 1e-9, "of 150 images held out of 600");
            assertEquals(450 / line.get("seconds").getAsDouble(), line.get("images_per_second").getAsDouble(),
                    450, "of the 450 images that are left");
        }
        List<JsonObject> metrics = run("r").metrics();
        for (int i = 0; i < 2; i++) { // the loss decides, the share is what people ask for
            String expected = "  validation %.4f, %5.2f %%  test ".formatted(
                    metrics.get(i).get("validation_loss").getAsDouble(),
                    100 * metrics.get(i).get("validation_accuracy").getAsDouble());
            assertTrue(outcome.out().lines().toList().get(i).contains(expected), () -> expected + " in " + outcome);
        }
    }

    @Test
    void programsGetAnObjectAnEpochAndOneOfTheResult() throws IOException {
        Outcome outcome = train("r", "-o", "json", "--epochs", "3").expect(0);
        List<JsonObject> lines = outcome.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
        assertEquals(run("r").metrics(), lines.subList(0, 3));
        assertEquals(4, lines.size(), outcome::toString);
        assertEquals("finished", lines.get(3).get("status").getAsString());
        assertEquals(run("r").result(), lines.get(3).get("result"));
        assertEquals(temp.resolve("r").toString(), lines.get(3).get("run").getAsString());
        assertEquals(1, train("quiet", "-q", "-o", "json").expect(0).out().lines().count(), "the result alone");
        train("wrong", "-o", "xml").expectRefusal("-o", "xml");
    }

    @Test
    void quietMeansTheSummaryAlone() throws IOException {
        Outcome outcome = train("r", "-q", "--epochs", "2").expect(0);
        assertTrue(outcome.out().startsWith("test accuracy "), outcome::toString);
        assertFalse(outcome.out().contains("epoch 1"), outcome::toString);
    }

    @Test
    void eventsForTensorBoardAreWrittenWhereTheyAreWanted() throws IOException {
        Path logs = temp.resolve("a").resolve("logs");
        train("r", "--tensorboard", logs, "--epochs", "2").expect(0);
        try (Stream<Path> files = Files.list(logs)) {
            Path file = files.findFirst().orElseThrow();
            assertTrue(file.getFileName().toString().contains("tfevents"), file::toString);
            assertTrue(Files.size(file) > 2000, "histograms of all weights");
        }
        Path taken = Files.writeString(temp.resolve("taken"), "");
        train("s", "--tensorboard", taken).expectRefusal("--tensorboard", taken.toString());
        assertFalse(Files.exists(temp.resolve("s")), "a run that never begins leaves no directory");
    }

    @Test
    void theSeedDecidesTheWeights() throws IOException {
        String first = sha256("a", "--seed", "7");
        assertEquals(first, sha256("b", "--seed", "7"));
        assertNotEquals(first, sha256("c", "--seed", "8"));
        assertNotEquals(sha256("d"), first);
        assertEquals(sha256("e", "--seed", "1"), run("d").sha256(), "the seed is 1 unless told");
    }

    @Test
    void threadsDoNotChangeTheWeights() throws IOException {
        String one = sha256("t1", "--threads", "1", "--validation", "0.1");
        for (int threads : new int[]{2, 3, 7}) {
            assertEquals(one, sha256("t" + threads, "--threads", threads, "--validation", "0.1"), threads + " threads");
        }
    }

    @Test
    void computingWithZerosDoesNotChangeTheWeights() throws IOException {
        assertEquals(sha256("sparse", "--hidden", "20"), sha256("dense", "--hidden", "20", "--dense"));
    }

    @Test
    void everyOptionIsTakenAndShownInConfig() throws IOException {
        train("r", "--hidden", "9,7", "--activation", "tanh", "--loss", "mse", "--optimizer", "nesterov", "--momentum",
                "0.8", "--lr", "0.02", "--schedule", "one-cycle", "--weight-decay", "0.003", "--batch-size", "50",
                "--epochs", "3", "--seed", "-5", "--threads", "3", "--validation", "0.2", "--early-stop", "2",
                "--target-accuracy", "0.5", "--warmup", "0.1", "--dropout", "0.2", "--clip-norm", "2", "--ema", "0.9",
                "--profile", "--dense", "--schedule-epochs", "2", "--keep", "last", "--augment", "shift=1",
                "--test", "none", "--limit", "500", "--prepare", "scale").expect(0);
        JsonObject expected = JsonParser.parseString(
                """
                        {"data": "%s", "hidden": [9, 7], "activation": "tanh", "loss": "mse", "optimizer": "nesterov",
                        "momentum": 0.8, "lr": 0.02, "schedule": "one-cycle", "warmup": 0.1, "weight_decay": 0.003,
                        "dropout": 0.2, "label_smoothing": 0.0, "clip_norm": 2.0, "ema": 0.9, "batch_size": 50,
                        "epochs": 3, "seed": -5, "threads": 3, "dense": true, "profile": true, "validation": 0.2,
                        "early_stop": 2, "target_accuracy": 0.5, "layers": null, "schedule_epochs": 2, "keep": "last",
                        "init": null, "init_sha256": null, "net": null, "augment": "shift=1", "size": null, "test": "none", "test_split": null, "limit": 500, "prepare": "scale",
                        "train_images": null, "train_labels": null, "test_images": null, "test_labels": null}
                        """
                        .formatted(data))
                .getAsJsonObject();
        JsonObject config = run("r").config();
        assertEquals(expected.keySet(), config.keySet());
        for (String option : expected.keySet()) {
            assertEquals(expected.get(option), config.get(option), option);
        }
        assertEquals(List.of(784, 9), run("r").shape("dense1.weight"));
        assertEquals(List.of(9, 7), run("r").shape("dense2.weight"));
        assertEquals(List.of(7, 10), run("r").shape("dense3.weight"));
    }

    /** Models and checkpoints are passed on; run.json stays with who trained. */
    @Test
    void noPathOfThisMachineIsInAModelOrACheckpoint() throws IOException {
        train("r", "--validation", "0.1", "--ema", "0.9").expect(0);
        for (String file : List.of("model.safetensors", "checkpoint.safetensors")) {
            IndependentSafetensors content = new IndependentSafetensors(
                    Files.readAllBytes(temp.resolve("r").resolve(file)));
            for (Map.Entry<String, String> entry : content.metadata.entrySet()) {
                assertTrue(entry.toString().chars().noneMatch(c -> c == '/' || c == '\\'), entry::toString);
            }
            String bytes = Files.readString(temp.resolve("r").resolve(file), StandardCharsets.ISO_8859_1);
            for (Path path : List.of(data, temp, Path.of("").toAbsolutePath(),
                    Path.of(System.getProperty("java.io.tmpdir")), Path.of(System.getProperty("user.home")))) {
                assertFalse(bytes.contains(path.toString()), path + " in " + file);
            }
        }
        assertEquals("small", Safetensors.read(temp.resolve("r").resolve("model.safetensors")).metadata().get("data"));
    }

    @Test
    void layersInWordsAreThoseOfTheOptionsTheyStandFor() throws IOException {
        String options = sha256("options", "--hidden", "9,7", "--activation", "tanh", "--dropout", "0.2");
        Outcome words = Outcome.of("train", "--data", data, "--out", temp.resolve("words"), "--layers",
                "dense 9, tanh, dropout 0.2, dense 7, tanh, dropout 0.2", "--epochs", "2", "--lr", "0.05",
                "--schedule", "cosine", "--batch-size", "50").expect(0);
        assertEquals(options, run("words").sha256());
        assertEquals("784-9-7-10, dense 9, tanh, dropout 0.2, dense 7, tanh, dropout 0.2, cross-entropy; seed 1",
                words.field("network"));
        assertEquals("dense 9, tanh, dropout 0.2, dense 7, tanh, dropout 0.2",
                run("words").config().get("layers").getAsString());
        Outcome resumed = Outcome.of("train", "--resume", temp.resolve("words"), "--epochs", "3").expect(0);
        assertTrue(resumed.out().startsWith("epoch 3/3 "), resumed::toString);
        assertEquals(words.field("network"), resumed.field("network"));
    }

    @Test
    void aTrainingLikeAnotherHasItsRecipeAndDataUnderWhatIsTyped() throws IOException {
        String first = sha256("first", "--hidden", "9,7", "--optimizer", "adam beta1=0.8", "--limit", "200");
        Outcome.of("train", "--like", temp.resolve("first"), "--out", temp.resolve("second")).expect(0);
        assertEquals(first, run("second").sha256());
        Outcome.of("train", "--like", temp.resolve("first"), "--out", temp.resolve("third"), "--layers",
                "dense 9, tanh", "--optimizer", "momentum", "--seed", "3").expect(0);
        JsonObject config = run("third").config();
        assertEquals("dense 9, tanh", config.get("layers").getAsString());
        assertEquals(0.9, config.get("momentum").getAsDouble(), "what suits the other optimizer");
        assertEquals(0.1, config.get("lr").getAsDouble());
        assertEquals(200, config.get("limit").getAsInt());
        Outcome.of("train", "--like", temp.resolve("none")).expectRefusal(temp.resolve("none"));
        Outcome.of("train", "--like", temp.resolve("first"), "--resume", temp.resolve("first"))
                .expectRefusal("--like", "--resume");
    }

    @Test
    void optionsStandInAFile() throws IOException {
        Path file = Files.writeString(temp.resolve("options.txt"), "--activation\n  tanh --seed 2\n");
        String typed = sha256("typed", "--activation", "tanh", "--seed", "2");
        assertEquals(typed, sha256("read", "@" + file));
        Outcome.of("train", "@" + temp.resolve("nothing")).expectRefusal(temp.resolve("nothing"));
    }

    /** Sizes tell nothing of images: a table on stderr, shapes and work in run.json, and the words in the summary. */
    @Test
    void networksOfImagesAreSummarized() throws IOException {
        Outcome outcome = Outcome.of("train", "--data", data, "--epochs", 1, "--out", temp.resolve("r"), "--layers",
                "conv 4 3x3, batch-norm, relu, pool 2").expect(0);
        List<String> table = outcome.messages().stream().map(line -> line.replaceAll(" +", " ")).toList();
        assertEquals(List.of("layer output parameters multiply-adds", "conv 4 3x3 26 x 26 x 4 40 24,336",
                "batch-norm 26 x 26 x 4 8 2,704", "relu 26 x 26 x 4 0 0", "pool 2 13 x 13 x 4 0 0",
                "dense 10 10 6,770 6,760",
                "in all 6,818 parameters, 33,800 multiply-adds (67,600 FLOPs) an image forward"), table);
        assertEquals("conv 4 3x3, batch-norm, relu, pool 2, 6,818 parameters, cross-entropy; seed 1",
                outcome.field("network"));
        JsonObject network = run("r").json().getAsJsonObject("network");
        assertEquals(JsonParser.parseString(
                "{'layer': 'conv 4 3x3', 'output': [26, 26, 4], 'parameters': 40, 'multiply_adds': 24336}"),
                network.getAsJsonArray("layers").get(0));
        assertEquals(5, network.getAsJsonArray("layers").size());
        assertEquals(6818, network.get("parameters").getAsInt());
        assertEquals(33800, network.get("multiply_adds").getAsInt());
        assertEquals(67600, network.get("flops").getAsInt());
        assertEquals(outcome.messages(), Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", 2).expect(0)
                .messages().stream().filter(line -> !line.startsWith("The learning rate")).toList());
        assertTrue(Outcome.of("train", "--data", data, "--epochs", 1, "--out", temp.resolve("net"), "--net", "mlp")
                .expect(0).field("network").startsWith("784-128-10, mlp, "));
        assertTrue(Outcome.of("train", "--data", data, "--epochs", 1, "--out", temp.resolve("lenet"), "--net", "lenet")
                .expect(0).field("network").startsWith("lenet, 44,426 parameters, "));
    }

    @Test
    void optionsOfAnOptimizerAndAScheduleAreTakenAndResumed() throws IOException {
        Object[] options = {"--optimizer", "adam beta1=0.8 epsilon=1e-6", "--schedule",
                "one-cycle start-divisor=10 end-divisor=20", "--epochs", "4"};
        Path cut = temp.resolve("cut");
        wholeAndCut(cut, options);
        Outcome.of("train", "--resume", cut).expect(0);
        assertEquals(run("whole").sha256(), run("cut").sha256());
        assertEquals("adam beta1=0.8 epsilon=1e-6", run("cut").config().get("optimizer").getAsString());
        assertNotEquals(run("whole").sha256(), sha256("usual", "--optimizer", "adam", "--schedule", "one-cycle",
                "--epochs", "4"));
    }

    @Test
    void everyOptionThatShouldChangesTheWeights() throws IOException {
        String standard = sha256("standard");
        String[][] changes = {{"--hidden", "9"}, {"--activation", "tanh"}, {"--activation", "sigmoid"},
                {"--loss", "mse"}, {"--loss", "softmax-mse"}, {"--optimizer", "sgd"}, {"--optimizer", "nesterov"},
                {"--optimizer", "adam"}, {"--optimizer", "adamw"}, {"--momentum", "0.5"}, {"--lr", "0.01"},
                {"--schedule", "constant"}, {"--schedule", "step"}, {"--schedule", "one-cycle"},
                {"--weight-decay", "0.01"}, {"--batch-size", "32"}, {"--epochs", "3"}, {"--seed", "2"},
                {"--validation", "0.1"}, {"--schedule-epochs", "1"}, {"--warmup", "0.1"}, {"--dropout", "0.1"},
                {"--label-smoothing", "0.1"},
                {"--clip-norm", "0.1"}, {"--ema", "0.5"}};
        Map<String, String> seen = new HashMap<>(Map.of(standard, "the defaults"));
        for (String[] change : changes) {
            String name = String.join("", change);
            String before = seen.put(sha256(name, (Object[]) change), name);
            assertNull(before, () -> name + " trains as " + before);
        }
    }

    @ParameterizedTest
    @CsvSource({"sgd,0.1", "momentum,0.05", "nesterov,0.05", "adam,0.005", "adamw,0.005"})
    void everyOptimizerLearns(String optimizer, String rate) throws IOException {
        train("r", "--optimizer", optimizer, "--lr", rate, "--epochs", "6", "--hidden", "32").expect(0);
        assertLearns();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "momentum", "nesterov", "adam", "adamw"})
    void everyOptimizerHasARateOfItsOwn(String optimizer) throws IOException {
        Outcome.of("train", "--data", data, "--out", temp.resolve("r"), "--epochs", 10, "--optimizer", optimizer)
                .expect(0);
        assertLearns();
        assertEquals(optimizer.startsWith("adam"), run("r").config().get("lr").getAsDouble() <= 0.01);
    }

    @ParameterizedTest
    @ValueSource(strings = {"relu", "sigmoid", "tanh"})
    void everyActivationLearns(String activation) throws IOException {
        train("r", "--activation", activation, "--optimizer", "adam", "--lr", "0.01", "--epochs", "6").expect(0);
        assertLearns();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-entropy", "mse", "softmax-mse"})
    void everyLossLearns(String loss) throws IOException {
        train("r", "--loss", loss, "--optimizer", "adam", "--lr", "0.01", "--epochs", "8", "--hidden", "32").expect(0);
        assertLearns();
    }

    private void assertLearns() throws IOException {
        List<JsonObject> metrics = run("r").metrics();
        double first = metrics.getFirst().get("train_loss").getAsDouble();
        double last = metrics.getLast().get("train_loss").getAsDouble();
        assertTrue(last < 0.8 * first, () -> "loss from " + first + " to " + last);
        assertTrue(run("r").accuracy() > 0.4, () -> metrics.toString());
    }

    @Test
    void everyScheduleShowsItsRates() throws IOException {
        Map<String, List<Double>> lastRates = Map.of(
                "constant", List.of(0.1, 0.1, 0.1, 0.1),
                "step", List.of(0.1, 0.1, 0.01, 0.001),
                // 10 steps an epoch of 4: half a cosine over 40 steps, at steps 9, 19, 29, 39
                "cosine", List.of(0.0880203, 0.0539230, 0.0175276, 0.0001541),
                // up for 12 steps, down for 28
                "one-cycle", List.of(0.0859411, 0.0853554, 0.0334863, 0.0003148));
        for (Map.Entry<String, List<Double>> schedule : lastRates.entrySet()) {
            String name = schedule.getKey();
            train(name, "--schedule", name, "--lr", "0.1", "--epochs", "4", "--batch-size", "60").expect(0);
            List<JsonObject> metrics = run(name).metrics();
            for (int i = 0; i < 4; i++) {
                assertEquals(schedule.getValue().get(i), metrics.get(i).get("learning_rate").getAsDouble(), 1e-7,
                        name + ", epoch " + (i + 1));
            }
        }
    }

    @Test
    void hiddenNoneIsALinearClassifier() throws IOException {
        Outcome outcome = train("r", "--hidden", "none").expect(0);
        assertEquals(List.of(784, 10), run("r").shape("dense1.weight"));
        assertEquals(0, run("r").config().getAsJsonArray("hidden").size());
        assertTrue(outcome.field("network").startsWith("784-10,"), outcome::toString);
        String accuracy = outcome.field("test accuracy");
        assertEquals(accuracy, Outcome.of("eval", temp.resolve("r")).expect(0).field("test accuracy"));
    }

    @Test
    void earlyStopEndsWhenTheValidationLossNoLongerFalls() throws IOException {
        Outcome outcome = train("r", "--validation", "0.3", "--early-stop", "2", "--epochs", "60", "--hidden", "64",
                "--lr", "0.2", "--schedule", "constant").expect(0);
        List<Double> losses = run("r").metrics().stream().map(line -> line.get("validation_loss").getAsDouble())
                .toList();
        int epochs = losses.size();
        assertTrue(epochs > 2 && epochs < 60, losses::toString);
        assertEquals(epochs, run("r").result().get("epochs").getAsInt());
        double best = losses.stream().min(Double::compare).orElseThrow();
        assertEquals(epochs - 3, losses.indexOf(best), () -> "two epochs after the best of " + losses);
        for (int i = 2; i < epochs - 1; i++) {
            List<Double> before = losses.subList(0, i - 1);
            double bestBefore = before.stream().min(Double::compare).orElseThrow();
            int end = i;
            assertTrue(losses.get(i - 1) < bestBefore || losses.get(i) < bestBefore,
                    () -> "should have ended after epoch " + (end + 1) + " of " + losses);
        }
        assertTrue(outcome.out().contains("stopped early"), outcome::toString);
    }

    @Test
    void aMissedTargetIsStatus3AndAReachedOneIs0() throws IOException {
        Outcome missed = train("missed", "--target-accuracy", "100").expect(Main.TARGET_MISSED);
        assertEquals(1, missed.messages().size(), missed::toString);
        assertTrue(missed.err().contains("100"), missed::toString);
        assertEquals("finished", run("missed").status());
        assertEquals(run("missed").sha256(), missed.field("weights_sha256"));
        train("reached", "--target-accuracy", "0.5").expect(0);
    }

    @Test
    void aTargetReachedExactlyIsNotMissed() throws IOException {
        train("a").expect(0);
        double accuracy = run("a").accuracy();
        train("b", "--target-accuracy", Math.round(20_000 * accuracy) / 200.0).expect(0);
    }

    /** Trains "whole", and puts in cut what a kill after two epochs would leave behind. */
    private Outcome wholeAndCut(Path cut, Object... options) {
        return Outcome.watching(line -> {
            if (line.startsWith("epoch 2/")) {
                try {
                    SmallRun.copy(temp.resolve("whole"), cut);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }, arguments("whole", options)).expect(0);
    }

    @Test
    void anUpdateThatIsMadeWithItsGradientIsNotCalledAPhaseOfItsOwn() throws IOException {
        assertTrue(train("r", "--profile").expect(0).field("profile").matches(
                "data [\\d.]+ %, forward [\\d.]+ %, loss [\\d.]+ %, backward [\\d.]+ %, gradients and update "
                        + "[\\d.]+ %, barriers [\\d.]+ %"));
        assertTrue(train("c", "--profile", "--clip-norm", "1").expect(0).field("profile").matches(
                ".*, gradients [\\d.]+ %, update [\\d.]+ %, barriers .*"));
    }

    /** With the averaged weights evaluated and saved, and the phases measured. */
    @Test
    void aRegularizedRunIsResumedToTheSameWeightsAndProfiled() throws IOException {
        Object[] options = {"--dropout", "0.2", "--label-smoothing", "0.1", "--clip-norm", "0.5", "--ema", "0.9",
                "--warmup", "0.2", "--epochs", "4", "--profile"};
        Path cut = temp.resolve("cut");
        Outcome whole = wholeAndCut(cut, options);
        Outcome.of("train", "--resume", cut, "--threads", "2", "--dense").expect(0);
        assertEquals(run("whole").sha256(), run("cut").sha256());
        assertEquals(run("whole").sha256(), run("whole").sha256OfModelData());
        assertEquals(run("whole").accuracy(), run("cut").accuracy());
        assertEquals(whole.field("test accuracy"),
                Outcome.of("eval", temp.resolve("whole")).expect(0).field("test accuracy"));
        JsonObject shares = run("whole").result().getAsJsonObject("profile");
        double sum = 0;
        for (String phase : List.of("data", "forward", "loss", "backward", "gradients", "update", "barriers")) {
            sum += shares.remove(phase).getAsDouble();
            assertTrue(whole.field("profile").contains(phase + " "), whole::toString);
        }
        assertEquals(1, sum, 1e-9);
        assertEquals(0, shares.size());
        assertNull(run("cut").result().get("profile"), "asked for anew with each command");
    }

    /** A network that small is not worth a second thread, whatever the machine. */
    @Test
    void threadsAreAsManyAsTheWorkKeepsBusy() throws IOException {
        train("auto").expect(0);
        assertEquals(1, run("auto").config().get("threads").getAsInt());
        train("named", "--threads", "auto").expect(0);
        assertEquals(1, run("named").config().get("threads").getAsInt());
        train("wide", "--hidden", "2000,2000", "--epochs", "1", "--batch-size", "600").expect(0);
        assertEquals(Training.Execution.allThreads(), run("wide").config().get("threads").getAsInt());
        train("three", "--threads", "3").expect(0);
        assertEquals(3, run("three").config().get("threads").getAsInt());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "momentum", "adam"})
    void aRunThatWasCutOffIsResumedToTheSameWeights(String optimizer) throws IOException {
        Object[] options = {"--optimizer", optimizer, "--epochs", "5", "--validation", "0.1"};
        Path cut = temp.resolve("cut");
        Outcome whole = wholeAndCut(cut, options);
        assertEquals("running", run("cut").status());
        assertEquals(2, run("cut").checkpointEpoch());
        assertEquals(2, run("cut").modelEpoch());
        assertEquals(2, run("cut").metrics().size());
        Outcome.of("eval", cut).expect(0);
        // Epochs whose checkpoint did not get written any more, the last line cut short.
        Files.writeString(cut.resolve("metrics.jsonl"), "{\"epoch\":3,\"train_loss\":1}\n{\"epo",
                StandardOpenOption.APPEND);

        Outcome resumed = Outcome.of("train", "--resume", cut, "--threads", "1").expect(0);
        assertEquals(3, resumed.out().lines().filter(line -> line.startsWith("epoch ")).count());
        assertTrue(resumed.out().startsWith("epoch 3/5 "), resumed::toString);
        assertEquals(run("whole").sha256(), run("cut").sha256());
        assertEquals(whole.field("weights_sha256"), resumed.field("weights_sha256"));
        assertEquals(run("whole").accuracy(), run("cut").accuracy());
        assertEquals(5, run("cut").result().get("epochs").getAsInt());
        List<JsonObject> expected = run("whole").metrics();
        List<JsonObject> metrics = run("cut").metrics();
        assertEquals(5, metrics.size());
        for (int i = 0; i < 5; i++) {
            for (String field : List.of("epoch", "train_loss", "validation_loss", "validation_accuracy",
                    "test_accuracy", "learning_rate")) {
                assertEquals(expected.get(i).get(field), metrics.get(i).get(field), field + " of epoch " + (i + 1));
            }
        }
    }

    @Test
    void runThatCanNoLongerBeWrittenKeepsItsCheckpoint() throws IOException {
        train("full", "--epochs", "1", "--schedule", "constant").expect(0);
        Path directory = temp.resolve("full");
        byte[] checkpoint = Files.readAllBytes(directory.resolve("checkpoint.safetensors"));
        Files.createDirectory(directory.resolve("model.safetensors.partial")); // in the way, as a full disk is

        Outcome.of("train", "--resume", directory, "--epochs", "2")
                .expectFailure(directory, "cannot be written", "see what is wrong there and go on with --resume");

        assertArrayEquals(checkpoint, Files.readAllBytes(directory.resolve("checkpoint.safetensors")));
        Outcome.of("train", "--resume", directory, "--epochs", "2").expect(0);
        assertEquals(2, run("full").metrics().size());
    }

    /** What happens to the directory after the first epoch, and what the sentence about it says. */
    private Outcome disturbed(String name, Disturbance disturbance) {
        return Outcome.watching(line -> {
            if (line.startsWith("epoch 1/")) {
                try {
                    disturbance.of(temp.resolve(name));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }, arguments(name));
    }

    private interface Disturbance {
        void of(Path directory) throws IOException;
    }

    @ParameterizedTest
    @ValueSource(strings = {"metrics.jsonl", "model.safetensors.partial", "checkpoint.safetensors.partial"})
    void aDiskThatIsFullInTheMiddleFailsTheRunAndAsksForRoom(String file) throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "/dev/full is needed");
        disturbed("r", directory -> {
            Files.deleteIfExists(directory.resolve(file));
            Files.createSymbolicLink(directory.resolve(file), full);
        }).expectFailure(temp.resolve("r"), "No space left on device",
                "the last checkpoint is kept: make room and go on with --resume " + temp.resolve("r"));
        assertEquals("failed", run("r").status());
    }

    @Test
    void aDirectoryThatIsDeletedOrMovedInTheMiddleIsNotAskedForRoom() throws IOException {
        for (Disturbance disturbance : List.<Disturbance>of(directory -> {
            for (String file : SmallRun.content(directory).keySet()) {
                Files.delete(directory.resolve(file));
            }
            Files.delete(directory);
        }, directory -> Files.move(directory, temp.resolve("moved")))) {
            Outcome outcome = disturbed("r", disturbance).expectFailure(temp.resolve("r"),
                    "it was moved or deleted in the meantime: go on with --resume and its new place, or start a new run");
            assertFalse(outcome.err().contains("room"), outcome::toString);
            assertFalse(Files.exists(temp.resolve("r")));
        }
        Outcome.of("train", "--resume", temp.resolve("moved")).expect(0);
    }

    /** In the middle that is a failure, from the start wrong input. */
    @Test
    void aDirectoryThatMayNotBeWrittenToIsToBeMadeWritable() throws IOException {
        Path probe = Files.createDirectory(temp.resolve("probe"), PosixFilePermissions.asFileAttribute(READ_ONLY));
        assumeFalse(Files.isWritable(probe), "this user may write everywhere");
        Path directory = temp.resolve("r");
        String remedy = "(permission denied); the last checkpoint is kept: make it writable and go on with --resume ";
        disturbed("r", run -> Files.setPosixFilePermissions(run, READ_ONLY)).expectFailure(remedy + directory);
        Outcome resumed = Outcome.of("train", "--resume", directory).expect(Main.WRONG_INPUT);
        assertTrue(resumed.err().contains(remedy + directory), resumed::toString);
        Outcome.of(arguments("probe")).expectRefusal("make it writable or name another directory with --out");
        Outcome.of(arguments("probe/r")).expectRefusal("--out", "permission denied");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Outcome.of("train", "--resume", directory).expect(0);
    }

    @Test
    void resumeKeepsTheConfigurationButForWhatMayChange() throws IOException {
        train("a", "--schedule", "constant", "--epochs", "2", "--seed", "9", "--hidden", "7").expect(0);
        train("b", "--schedule", "constant", "--epochs", "4", "--seed", "9", "--hidden", "7").expect(0);
        Outcome.of("train", "--resume", temp.resolve("a"), "--epochs", "4", "--threads", "3", "--target-accuracy", "1")
                .expect(0);
        assertEquals(run("b").sha256(), run("a").sha256());
        JsonObject config = run("a").config();
        assertEquals(4, config.remove("epochs").getAsInt());
        assertEquals(3, config.remove("threads").getAsInt());
        assertEquals(1, config.remove("target_accuracy").getAsInt());
        JsonObject expected = run("b").config();
        for (String name : config.keySet()) {
            assertEquals(expected.get(name), config.get(name), name);
        }
    }

    @Test
    void aResumedRunCountsTheTimeOfAllItsEpochs() throws IOException {
        train("r", "--schedule", "constant").expect(0);
        Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "4").expect(0);
        double sum = 0;
        double best = Double.POSITIVE_INFINITY;
        for (JsonObject line : run("r").metrics()) {
            double seconds = line.get("seconds").getAsDouble();
            sum += seconds;
            best = Math.min(best, seconds);
        }
        assertEquals(4, run("r").metrics().size());
        assertEquals(sum, run("r").result().get("train_seconds").getAsDouble(), 1e-9);
        assertEquals(best, run("r").result().get("best_epoch_seconds").getAsDouble());
    }

    @Test
    void aResumedRunTakesAtLeastAsLongAsItTrains() throws IOException {
        train("r", "--schedule", "constant").expect(0);
        Path metrics = temp.resolve("r").resolve("metrics.jsonl");
        List<String> lines = new ArrayList<>();
        for (JsonObject line : run("r").metrics()) {
            line.addProperty("seconds", 40_000);
            line.addProperty("wall_seconds", 50_000 * line.get("epoch").getAsInt());
            lines.add(line.toString());
        }
        Files.write(metrics, lines);
        Outcome outcome = Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "3").expect(0);
        double wall = run("r").result().get("wall_seconds").getAsDouble();
        assertTrue(wall > 100_000 && wall < 110_000, () -> "in all " + wall);
        assertTrue(outcome.field("time").matches("8000\\d\\.\\d\\d s training, 10\\d{4}\\.\\d\\d s in all"),
                outcome::toString);

        Files.write(metrics, lines.stream().map(line -> line.replaceFirst(",\"wall_seconds\":\\d+", "")).toList());
        train("old", "--schedule", "constant").expect(0);
        Files.copy(metrics, temp.resolve("old").resolve("metrics.jsonl"), StandardCopyOption.REPLACE_EXISTING);
        Outcome.of("train", "--resume", temp.resolve("old"), "--epochs", "3").expect(0);
        assertTrue(run("old").result().get("wall_seconds").getAsDouble() >= 80_000, "an older version's epochs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--threads=3", "--target-accuracy=0.5", "--epochs=2", "--data=there"})
    void aRunWithNothingLeftToDoSaysSoAndStaysAsItIs(String option) throws IOException {
        train("r").expect(0);
        Map<String, String> files = SmallRun.content(temp.resolve("r"));
        FileTime written = Files.getLastModifiedTime(temp.resolve("r").resolve("metrics.jsonl"));
        List<Object> command = new ArrayList<>(List.of("train", "--resume", temp.resolve("r")));
        if (!option.isEmpty()) {
            command.add(option.replace("there", data.toString()));
        }
        Outcome outcome = Outcome.of(command.toArray()).expect(0);
        assertEquals(
                List.of("Nothing is left to do in %s; go on with more --epochs than 2".formatted(temp.resolve("r"))),
                outcome.messages());
        assertEquals("", outcome.out());
        assertEquals(files, SmallRun.content(temp.resolve("r")));
        assertEquals(written, Files.getLastModifiedTime(temp.resolve("r").resolve("metrics.jsonl")));
    }

    /** A single value, less its mean, is 0. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"1 | all batches", "2 | the last batch of an epoch", "3 | "})
    void aBatchOfOneValueToNormaliseIsTold(int batch, String told) {
        Outcome outcome = Outcome
                .of("train", "--data", data, "--layers", "conv 2 5x5 stride=4, global-pool, batch-norm",
                        "--epochs", 1, "--limit", 15, "--batch-size", batch, "--out", temp.resolve("r"))
                .expect(0);
        List<String> warnings = outcome.messages().stream().filter(line -> line.contains("batch-norm' makes 0"))
                .toList();
        assertEquals(told == null ? 0 : 1, warnings.size(), outcome::toString);
        warnings.forEach(line -> assertTrue(line.contains(", as " + told + " here; use another --batch-size than "
                + batch), line));
        Outcome.of("train", "--data", data, "--layers", "conv 2 5x5, batch-norm", "--epochs", 1, "--limit", 15,
                "--batch-size", 1, "--out", temp.resolve("many places")).expect(0).messages()
                .forEach(line -> assertFalse(line.contains("makes 0"), line));
    }

    /** Killed between its last epoch and its last word. */
    @Test
    void aRunWithoutItsResultIsResumedToIt() throws IOException {
        train("r").expect(0);
        JsonObject json = run("r").json();
        json.addProperty("status", "running");
        json.add("result", JsonNull.INSTANCE);
        String sha256 = run("r").sha256();
        Files.writeString(temp.resolve("r").resolve("run.json"), json.toString());
        assertEquals(List.of(temp.resolve("r") + " ended without finishing; it goes on from its last checkpoint"),
                Outcome.of("train", "--resume", temp.resolve("r")).expect(0).messages());
        assertEquals("finished", run("r").status());
        assertEquals(sha256, run("r").sha256());
    }

    @Test
    void fewerEpochsThanAreDoneAreRefused() throws IOException {
        train("r", "--epochs", "3").expect(0);
        Map<String, String> files = SmallRun.content(temp.resolve("r"));
        Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "2")
                .expectRefusal(temp.resolve("r"), "3 epochs are done, more than 2", "--epochs");
        assertEquals(files, SmallRun.content(temp.resolve("r")));
    }

    private static List<Float> rates(SmallRun run) throws IOException {
        return run.metrics().stream().map(line -> line.get("learning_rate").getAsFloat()).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"step", "cosine", "one-cycle", "one-cycle warmup=0.5", "constant warmup=0.9"})
    void moreEpochsKeepTheScheduleAndItsLastRate(String schedule) throws IOException {
        train("r", "--schedule", schedule, "--epochs", "3").expect(0);
        List<Float> before = rates(run("r"));
        Outcome outcome = Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "5").expect(0);
        List<Float> expected = new ArrayList<>(before);
        expected.addAll(List.of(before.getLast(), before.getLast()));
        assertEquals(expected, rates(run("r")));
        assertEquals(
                List.of("The learning rate stays planned for 3 epochs, and at %s after them; --schedule plans it anew"
                        .formatted(before.getLast())),
                outcome.messages());
        assertEquals(3, run("r").config().get("schedule_epochs").getAsInt());
        Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "6").expect(0);
        assertEquals(before.getLast(), rates(run("r")).getLast());
        assertEquals(3, run("r").config().get("schedule_epochs").getAsInt());
    }

    @Test
    void aRunCutShorterStaysOnItsScheduleToo() throws IOException {
        Path cut = temp.resolve("cut");
        wholeAndCut(cut, "--epochs", "5");
        Outcome outcome = Outcome.of("train", "--resume", cut, "--epochs", "3").expect(0);
        assertEquals(rates(run("whole")).subList(0, 3), rates(run("cut")));
        assertEquals("The learning rate stays planned for 5 epochs, of which 3 are trained; --schedule plans it anew",
                outcome.messages().getLast());
        Outcome.of("train", "--resume", cut, "--epochs", "5").expect(0);
        assertEquals(run("whole").sha256(), run("cut").sha256(), "as if it had not been cut shorter");
        assertEquals(run("whole").config(), run("cut").config());
    }

    @Test
    void aScheduleNamedOnResumePlansTheRateAnew() throws IOException {
        train("whole", "--schedule", "step", "--epochs", "4").expect(0);
        train("r", "--schedule", "one-cycle warmup=0.2", "--epochs", "2").expect(0);
        Outcome outcome = Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "4", "--schedule", "step")
                .expect(0);
        assertEquals(rates(run("whole")).subList(2, 4), rates(run("r")).subList(2, 4));
        assertEquals(List.of("The learning rate is planned anew, step over all 4 epochs: epoch 3 begins with 0.005"),
                outcome.messages());
        JsonObject config = run("r").config();
        assertEquals("step", config.get("schedule").getAsString());
        assertEquals(0, config.get("warmup").getAsDouble());
        assertTrue(config.get("schedule_epochs").isJsonNull());
    }

    @Test
    void dataThatMovedAreNamedOnResume() throws IOException {
        Path moved = temp.resolve("moved");
        Path lost = SmallData.write(temp.resolve("lost"));
        Path out = temp.resolve("r");
        Outcome.of("train", "--data", lost, "--hidden", "4", "--epochs", "1", "--schedule", "constant", "--out", out)
                .expect(0);
        Files.move(lost, moved);
        Map<String, String> files = SmallRun.content(out);
        Outcome.of("train", "--resume", out, "--epochs", "2").expectRefusal(out, lost, "--data");
        Outcome.of("train", "--resume", out, "--epochs", "2", "--data", "digits").expectRefusal(out, "--data digits");
        assertEquals(files, SmallRun.content(out));
        Outcome.of("train", "--resume", out, "--epochs", "2", "--data", moved).expect(0);
        assertEquals(moved.toString(), run("r").config().get("data").getAsString());
        Outcome.of("train", "--resume", out, "--epochs", "3").expect(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--data=digits", "--hidden=9", "--activation=tanh", "--loss=mse", "--optimizer=sgd",
            "--momentum=0.5", "--lr=0.1", "--schedule-epochs=1", "--keep=last", "--weight-decay=0", "--batch-size=32",
            "--seed=2",
            "--validation=0.1", "--early-stop=2", "--warmup=0.1", "--dropout=0.1", "--label-smoothing=0.1",
            "--clip-norm=1",
            "--ema=0.9", "--layers=dense 8", "--out=elsewhere"})
    void resumeWithAnotherOptionIsRefused(String option) throws IOException {
        train("r", "--epochs", "1").expect(0);
        Map<String, String> before = SmallRun.content(temp.resolve("r"));
        Outcome.of("train", "--resume", temp.resolve("r"), option).expectRefusal(option.replaceFirst("=.*", ""));
        assertEquals(before, SmallRun.content(temp.resolve("r")));
        assertFalse(Files.exists(Path.of("elsewhere")));
    }

    @Test
    void anOutThatIsNotEmptyIsRefusedAndLeftAlone() throws IOException {
        train("r", "--epochs", "1").expect(0);
        Map<String, String> before = SmallRun.content(temp.resolve("r"));
        Outcome outcome = train("r", "--epochs", "2");
        outcome.expectRefusal("--out", temp.resolve("r"), "--resume");
        assertEquals("", outcome.out());
        assertEquals(before, SmallRun.content(temp.resolve("r")));
    }

    @Test
    void aRunThatWasKilledSaysSoOnceWhereItIsRead() throws IOException {
        Path killed = temp.resolve("killed");
        List<Outcome> whileItRuns = new ArrayList<>();
        Outcome.watching(line -> {
            if (line.startsWith("epoch 1/")) {
                try {
                    whileItRuns.add(Outcome.of("eval", temp.resolve("r")));
                    whileItRuns.add(other("eval", temp.resolve("r")));
                    SmallRun.copy(temp.resolve("r"), killed); // which lets go of the lock, as this process reads it
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }, arguments("r")).expect(0);
        whileItRuns.forEach(outcome -> assertEquals(List.of(), outcome.expect(0).messages()));
        String ended = killed + " ended without finishing; ";
        List<String> goOn = List.of(ended + "go on with: lanewise train --resume " + killed);
        Path image = data.resolve(SmallData.TEST_IMAGES);
        assertEquals(goOn, Outcome.of("eval", killed).expect(0).messages());
        assertEquals(goOn, Outcome.of("predict", killed, image).expect(0).messages().stream()
                .filter(message -> !message.contains(" are below 50 %")).toList());
        assertEquals(goOn, Outcome.of("explain", "digit", 1, "--run", killed).expect(0).messages());
        assertEquals(List.of(ended + "it goes on from its last checkpoint"),
                Outcome.of("train", "--resume", killed).expect(0).messages());
        assertEquals(run("r").sha256(), run("killed").sha256());
        assertEquals(List.of(), Outcome.of("eval", killed).expect(0).messages());
    }

    /** A finished run, one that was cut off, and one that lost it again. */
    @Test
    void metricsThatAreMissingAreWrittenAnewWithAWord() throws IOException {
        train("whole", "--epochs", "4", "--schedule", "constant").expect(0);
        train("r", "--schedule", "constant").expect(0);
        for (int epochs = 3; epochs <= 4; epochs++) {
            Files.delete(temp.resolve("r").resolve("metrics.jsonl"));
            Outcome outcome = Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", epochs).expect(0);
            assertEquals("%s has no metrics.jsonl: what it told of epochs 1 to %d is lost"
                    .formatted(temp.resolve("r"), epochs - 1), outcome.messages().getFirst());
            assertEquals(List.of(epochs), run("r").metrics().stream().map(line -> line.get("epoch").getAsInt())
                    .toList());
        }
        assertEquals(run("whole").sha256(), run("r").sha256());
        Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", 5).expect(0);
        assertEquals(2, run("r").metrics().size());
    }

    /** The same sentence, whoever has it: another process, or another training of this one. */
    @Test
    void aRunThatIsBeingTrainedIsRefusedToOthers() throws IOException {
        List<Outcome> others = new ArrayList<>();
        Outcome.watching(line -> {
            if (line.startsWith("epoch 1/")) {
                try {
                    others.add(Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "3"));
                    others.add(other("train", "--resume", temp.resolve("r"), "--epochs", "3"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }, arguments("r")).expect(0);
        assertEquals(2, others.size());
        for (Outcome other : others) {
            other.expectRefusal(temp.resolve("r"), "process " + ProcessHandle.current().pid() + ", since 2",
                    "is training this run");
        }
        assertEquals(2, run("r").metrics().size());
        other("train", "--resume", temp.resolve("r")).expect(0);
    }

    /** A process of its own, from the classes that are tested. */
    private Outcome other(Object... arguments) throws IOException {
        return Child.run(temp, List.of(Child.JAVA_HOME.resolve("bin").resolve("java"), "--add-modules",
                "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"), Main.class.getName()), arguments);
    }

    @Test
    void anEmptyOutAndNewParentsAreFine() throws IOException {
        Files.createDirectories(temp.resolve("empty"));
        train("empty", "--epochs", "1").expect(0);
        train("new/and new/deep", "--epochs", "1").expect(0);
        assertEquals(run("empty").sha256(), run("new/and new/deep").sha256());
    }

    @Test
    void theLastBatchMayBeSmallAndABatchLargerThanTheData() throws IOException {
        for (int size : new int[]{1, 7, 599, 600, 601, 65_536}) {
            train("b" + size, "--batch-size", size, "--epochs", "1", "--lr", "0.01").expect(0);
            assertEquals(run("b" + size).sha256(), run("b" + size).sha256OfModelData());
        }
        assertEquals(run("b600").sha256(), run("b601").sha256());
        assertEquals(run("b600").sha256(), run("b65536").sha256());
        assertNotEquals(run("b600").sha256(), run("b599").sha256());
    }

    @ParameterizedTest
    @CsvSource({"--lr, 1e6, sgd, 8", "--weight-decay, 1e6, momentum, 8", "--weight-decay, 1e6, adamw, 8",
            "--momentum, 0.999999, momentum, '30,30,30,30'"})
    void aRunThatDivergesNamesTheOptionThatDidIt(String option, String value, String optimizer, String hidden)
            throws IOException {
        Outcome outcome = train("r", "--optimizer", optimizer, "--hidden", hidden, "--schedule", "constant",
                "--batch-size", "2", "--epochs", "20", option, value);
        outcome.expectFailure("a smaller %s than %s".formatted(option, Double.valueOf(value)));
        assertEquals("failed", run("r").status());
        assertKept("r");
    }

    /** After a step of an epoch with one batch, the weights are absurd and the loss of before them is not. */
    @Test
    void aRunThatDivergesInTheLastStepOfAnEpochKeepsTheOneBefore() throws IOException {
        train("r", "--optimizer", "adam", "--lr", "1e6", "--hidden", "30,30,30,30,30,30", "--batch-size", "600",
                "--epochs",
                "2").expectFailure("--lr", "epoch 1;");
        assertEquals("failed", run("r").status());
        assertEquals(0, run("r").checkpointEpoch());
        assertKept("r");
    }

    /** What a run that has diverged leaves is numbers, in JSON too, and a position that they belong to. */
    private void assertKept(String name) throws IOException {
        assertEquals(run(name).checkpointEpoch(), run(name).metrics().size());
        for (String file : List.of("model.safetensors", "checkpoint.safetensors")) {
            for (Safetensors.Tensor tensor : Safetensors.read(temp.resolve(name).resolve(file)).tensors()) {
                for (float value : tensor.data()) {
                    assertTrue(Float.isFinite(value), () -> tensor.name() + " has " + value);
                }
            }
        }
        for (String file : List.of("run.json", "metrics.jsonl")) {
            if (Files.exists(temp.resolve(name).resolve(file))) {
                String text = Files.readString(temp.resolve(name).resolve(file));
                assertFalse(text.contains("NaN") || text.contains("Infinity"), text);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1e-20, sgd, --optimizer adam or a larger --lr than 1.0E-20",
            "300, momentum, a smaller --lr than 300.0",
            "0.1, sgd, --optimizer adam or --lr 0.01", "0.001, adamw, more --epochs or --lr 1.0E-4"})
    void aRunThatEndsAtChanceGetsAHint(double rate, String optimizer, String hint) throws IOException {
        Outcome outcome = train("r", "--lr", rate, "--optimizer", optimizer, "--epochs", "1", "--batch-size", "600",
                "--loss",
                "mse", "--weight-decay", "0").expect(0);
        assertEquals(List.of(chance(SmallData.TEST, hint)), outcome.messages());
        assertEquals(List.of(), train("good", "--lr", "0.1", "--epochs", "4").expect(0).messages());
    }

    private static String chance(Dataset data, String hint) {
        int[] counts = data.counts();
        return "lanewise: no better than always naming %d: try %s".formatted(IntStream.range(0, 10)
                .reduce((a, b) -> counts[b] > counts[a] ? b : a).orElseThrow(), hint);
    }

    @Test
    void withoutATestTheTrainingImagesSayWhetherItEndsAtChance() throws IOException {
        Object[] options = {"--test", "none", "--epochs", "4"};
        assertEquals(List.of(chance(SmallData.TRAIN, "--optimizer adam or a larger --lr than 1.0E-20")),
                train("r", "--lr", "1e-20", options[0], options[1], options[2], options[3]).messages());
        assertEquals(List.of(), train("good", options).messages());
    }

    /** Overfits from some epoch on. */
    private static final Object[] OVERFITTING = {"--validation", "0.3", "--epochs", "30", "--hidden", "64", "--lr",
            "0.2",
            "--schedule", "constant"};

    private static int best(List<JsonObject> metrics) {
        List<Double> losses = metrics.stream().map(line -> line.get("validation_loss").getAsDouble()).toList();
        return 1 + losses.indexOf(losses.stream().min(Double::compare).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--ema=0.5"})
    void theWeightsOfTheSmallestValidationLossAreTheModel(String average) throws IOException {
        List<Object> options = new ArrayList<>(List.of(OVERFITTING));
        if (!average.isEmpty()) {
            options.addAll(List.of(average.split("=")));
        }
        Outcome outcome = train("best", options.toArray()).expect(0);
        int best = best(run("best").metrics());
        assertTrue(best < 30, "or nothing is tested");
        options.addAll(List.of("--keep", "last"));
        train("last", options.toArray()).expect(0);
        assertNotEquals(run("last").sha256(), run("best").sha256());
        assertEquals(30, run("last").result().get("model_epoch").getAsInt());
        options.set(options.indexOf("30"), String.valueOf(best));
        train("short", options.toArray()).expect(0);
        assertEquals(run("short").sha256(), run("best").sha256(), "a run of that many epochs");
        assertEquals(run("short").sha256(), run("best").sha256OfModelData());
        assertEquals(best, run("best").modelEpoch());
        assertEquals(best, run("best").result().get("model_epoch").getAsInt());
        assertEquals(30, run("best").result().get("epochs").getAsInt());
        assertEquals(run("short").result().get("test_loss"), run("best").result().get("test_loss"));
        assertEquals(run("best").metrics().get(best - 1).get("test_accuracy").getAsDouble(), run("best").accuracy());
        assertTrue(outcome.field("kept").startsWith("epoch %d of 30, ".formatted(best)), outcome::toString);
        assertEquals(outcome.field("test accuracy"),
                Outcome.of("eval", temp.resolve("best")).expect(0).field("test accuracy"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--ema=0.5"})
    void aRunCutOffAfterItsBestEpochIsResumedToIt(String average) throws IOException {
        List<Object> options = new ArrayList<>(List.of(OVERFITTING));
        options.addAll(average.isEmpty() ? List.of() : List.of(average.split("=")));
        Path cut = temp.resolve("cut");
        Outcome.watching(line -> {
            if (line.startsWith("epoch 28/")) {
                try {
                    SmallRun.copy(temp.resolve("whole"), cut);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }, arguments("whole", options.toArray())).expect(0);
        assertTrue(best(run("whole").metrics()) < 28, "or nothing is tested");
        Outcome.of("train", "--resume", cut).expect(0);
        assertEquals(run("whole").sha256(), run("cut").sha256());
        assertEquals(run("whole").accuracy(), run("cut").accuracy());
        assertEquals(run("whole").result().get("model_epoch"), run("cut").result().get("model_epoch"));
    }

    @Test
    void aStoppedRunGoesOnWithMorePatience() throws IOException {
        List<Object> options = new ArrayList<>(List.of(OVERFITTING));
        options.addAll(List.of("--early-stop", "5"));
        train("five", options.toArray()).expect(0);
        options.set(options.size() - 1, "2");
        train("r", options.toArray()).expect(0);
        assertTrue(run("r").metrics().size() < run("five").metrics().size(), "or nothing is tested");
        Outcome idle = Outcome.of("train", "--resume", temp.resolve("r")).expect(0);
        assertEquals(List.of("Nothing is left to do in %s; go on with a larger --early-stop than 2"
                .formatted(temp.resolve("r"))), idle.messages());
        Outcome.of("train", "--resume", temp.resolve("r"), "--early-stop", "5").expect(0);
        assertEquals(run("five").sha256(), run("r").sha256());
        assertEquals(run("five").metrics().size(), run("r").metrics().size());
        assertEquals(5, run("r").config().get("early_stop").getAsInt());
    }
}
