package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.report.WrongImages;
import dev.lanewise.run.Model;
import dev.lanewise.train.Predictions;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class EvalCommandTest {
    @TempDir
    static Path temp;
    private static Path data;
    private static Path run;
    private static Outcome trained;

    @BeforeAll
    static void trainOnce() throws IOException {
        data = SmallData.write(temp.resolve("small"));
        run = temp.resolve("run");
        trained = Outcome.of("train", "--data", data, "--epochs", 4, "--hidden", 16, "--out", run).expect(0);
    }

    @Test
    void theAccuracyIsThatOfTheRun() throws IOException {
        Map<String, String> before = SmallRun.content(run);
        Outcome outcome = Outcome.of("eval", run).expect(0);
        assertEquals(trained.field("test accuracy"), outcome.field("test accuracy"));
        JsonObject result = new SmallRun(run).result();
        assertEquals("%.4f".formatted(result.get("test_loss").getAsDouble()), outcome.field("test loss"));
        assertEquals(before, SmallRun.content(run), "eval changes nothing in the run");
    }

    @Test
    void aModelFileCanBeNamedInsteadOfTheRun() {
        assertEquals(Outcome.of("eval", run).expect(0).out(),
                Outcome.of("eval", run.resolve("model.safetensors")).expect(0).out());
    }

    /** A user may think that the program will choose. */
    @Test
    void theDirectoryThatRunsAreInIsToldFromARun() throws IOException {
        Path runs = Files.createDirectories(temp.resolve("runs"));
        Outcome.of("eval", runs).expectRefusal(runs.resolve("model.safetensors"));
        SmallRun.copy(run, runs.resolve("a"));
        for (List<Object> command : List.<List<Object>>of(List.of("eval", runs), List.of("draw", runs),
                List.of("report", runs), List.of("predict", runs, data), List.of("train", "--resume", runs))) {
            Outcome.of(command.toArray()).expectRefusal(
                    runs + ": there is no run here, but one is in it; name one, " + runs.resolve("a"));
        }
        SmallRun.copy(run, runs.resolve("b"));
        Outcome.of("eval", runs).expectRefusal("but 2 are in it", runs.resolve("b"));
    }

    /** By whatever names: the mean would be of others than it seems. */
    @Test
    void aRunThatIsNamedTwiceIsRefused() throws IOException {
        Path other = Files.createSymbolicLink(temp.resolve("other name"), run);
        for (Path again : List.of(run, run.resolve("model.safetensors"), other)) {
            Outcome.of("eval", run, again).expectRefusal(again, "is named twice");
            Outcome.of("predict", run, again, data).expectRefusal(again, "is named twice");
        }
    }

    /** It knows its data by name; where a directory lies, a model that is passed on does not tell. */
    @Test
    void aModelFileWithoutItsRunNeedsToBeToldWhereItsDataLie() throws IOException {
        Path alone = Files.copy(run.resolve("model.safetensors"), temp.resolve("alone.safetensors"));
        Outcome.of("eval", alone).expectRefusal(alone, "small", "--data");
        assertEquals(Outcome.of("eval", run).expect(0).out(),
                Outcome.of("eval", alone, "--data", data).expect(0).out());
    }

    /** Not on the built-in digits, though its directory has their name. */
    @Test
    void aModelOfAnOwnSetThatIsCalledDigitsIsNotEvaluatedOnTheBuiltInOnes() throws IOException {
        Path digits = SmallData.write(temp.resolve("own").resolve("digits"));
        Path trained = temp.resolve("ofDigits");
        Outcome outcome = Outcome.of("train", "--data", digits, "--epochs", 1, "--hidden", 4, "--out", trained)
                .expect(0);
        assertTrue(outcome.field("test accuracy").contains(" of 200 images of own/digits "), outcome::toString);
        assertTrue(Outcome.of("eval", trained).expect(0).out().contains(" of 200 images of own/digits "));
        Path alone = Files.copy(trained.resolve("model.safetensors"), temp.resolve("ofDigits.safetensors"));
        Outcome.of("eval", alone).expectRefusal(alone, "own/digits", "--data");
    }

    @Test
    void theConfusionMatrixAndTheClassFiguresAgreeWithTheAccuracy() throws IOException {
        Outcome outcome = Outcome.of("eval", run).expect(0);
        List<String> lines = outcome.out().lines().toList();
        int header = lines.indexOf(lines.stream().filter(line -> line.startsWith("confusion")).findFirst().get());
        int[][] confusion = lines.subList(header + 2, header + 12).stream().map(EvalCommandTest::numbers)
                .toArray(int[][]::new);
        int[] counted = new int[10];
        for (byte label : SmallData.TEST.labels()) {
            counted[label]++;
        }
        int correct = 0;
        int classes = lines.indexOf(lines.stream().filter(line -> line.startsWith("class ")).findFirst().get());
        for (int digit = 0; digit < 10; digit++) {
            assertEquals(digit, confusion[digit][0]);
            int[] row = Arrays.copyOfRange(confusion[digit], 1, 11);
            int right = row[digit];
            assertEquals(counted[digit], Arrays.stream(row).sum(), outcome::toString);
            correct += right;
            int predicted = 0;
            for (int[] other : confusion) {
                predicted += other[1 + digit];
            }
            String line = lines.get(classes + 1 + digit).replaceAll(" +", " ").strip();
            double precision = (double) right / predicted;
            double recall = (double) right / counted[digit];
            String expected = predicted == 0 || right == 0
                    ? "%d %d ".formatted(digit, counted[digit])
                    : "%d %d %.2f %% %.2f %% %.2f %%".formatted(digit, counted[digit], 100 * precision, 100 * recall,
                            200 * precision * recall / (precision + recall));
            assertTrue(line.startsWith(expected), () -> expected + " in " + line);
        }
        assertEquals(new SmallRun(run).accuracy(), correct / 200.0);
    }

    private static int[] numbers(String line) {
        return Arrays.stream(line.strip().split(" +")).mapToInt(Integer::parseInt).toArray();
    }

    @Test
    void anotherDataSetCanBeNamed() throws IOException {
        Path swapped = SmallData.write(temp.resolve("swapped"));
        Files.write(swapped.resolve(SmallData.TEST_IMAGES), SmallData.images(SmallData.TRAIN));
        Files.write(swapped.resolve(SmallData.TEST_LABELS), SmallData.labels(SmallData.TRAIN));
        Outcome outcome = Outcome.of("eval", run, "--data", swapped).expect(0);
        assertTrue(outcome.field("test accuracy").contains(" of 600 images of swapped "), outcome::toString);
    }

    @Test
    void imagesOfAnotherSizeAreRefused() throws IOException {
        Path small = temp.resolve("tiny");
        Files.createDirectories(small);
        for (String part : List.of("train", "t10k")) {
            Files.write(small.resolve(part + "-images-idx3-ubyte"), SmallData.idx(0x803, new byte[2 * 6], 2, 2, 3));
            Files.write(small.resolve(part + "-labels-idx1-ubyte"), SmallData.idx(0x801, new byte[2], 2));
        }
        Outcome.of("eval", run, "--data", small).expectRefusal("images of 28 x 28", "2 x 3", "--data");
    }

    @Test
    void theRunIsEvaluatedOnItsDataFromAnyWorkingDirectory() throws IOException {
        assertEquals(data.toAbsolutePath().toString(), new SmallRun(run).config().get("data").getAsString());
    }

    @Test
    void aCheckpointHoldsTheSameNetwork() {
        assertEquals(Outcome.of("eval", run).expect(0).out(),
                Outcome.of("eval", run.resolve("checkpoint.safetensors"), "--data", data).expect(0).out());
    }

    private static Path second() {
        Path second = temp.resolve("second");
        if (!Files.exists(second)) {
            Outcome.of("train", "--data", data, "--epochs", 2, "--layers", "conv 2 5x5, relu, pool 4", "--seed", 2,
                    "--out", second).expect(0);
        }
        return second;
    }

    @Test
    void severalRunsAnswerTogether() throws IOException {
        Path second = second();
        Outcome both = Outcome.of("eval", run, second).expect(0);
        List<String> lines = both.out().lines().toList();
        int table = lines.indexOf(lines.stream().filter(line -> line.matches("run +accuracy")).findFirst().get());
        for (int i = 0; i < 2; i++) {
            Path member = List.of(run, second).get(i);
            assertEquals("%s  %.2f %%".formatted(member, 100 * new SmallRun(member).accuracy()),
                    lines.get(table + 1 + i).replaceAll(" {2,}", "  ").strip());
        }
        JsonObject json = JsonParser.parseString(Outcome.of("eval", run, second, "-o", "json").expect(0).out())
                .getAsJsonObject();
        assertTrue(both.field("test accuracy").startsWith(
                "%.2f %% of 200 images of small ".formatted(100 * json.get("accuracy").getAsDouble())), both::toString);
        assertEquals(both.field("test loss"), "%.4f".formatted(json.get("loss").getAsDouble()));
        assertEquals(10, json.getAsJsonArray("confusion").size());
        assertEquals(2, json.getAsJsonArray("members").size());
        JsonObject member = json.getAsJsonArray("members").get(1).getAsJsonObject();
        assertEquals(second.toString(), member.get("run").getAsString());
        assertEquals(new SmallRun(second).result().get("test_accuracy"), member.get("accuracy"));
        assertEquals(new SmallRun(second).result().get("test_accuracy_95"), member.get("accuracy_95"));
        assertEquals(12, Outcome.of("eval", run, second, "-o", "csv").expect(0).out().lines().count());
    }

    /** Against the answers of predict, which are made one by one. */
    @Test
    void topTwoCalibrationAndMacroAveragesAreThoseOfTheAnswers() throws IOException {
        JsonObject json = JsonParser.parseString(Outcome.of("eval", run, "-o", "json").expect(0).out())
                .getAsJsonObject();
        JsonArray answers = JsonParser.parseString(Outcome.of("predict", run, data.resolve(SmallData.TEST_IMAGES), "-o",
                "json").expect(0).out()).getAsJsonArray();
        assertEquals(200, answers.size());
        int[] images = new int[15];
        double[] gaps = new double[15];
        int inTwo = 0;
        for (int i = 0; i < 200; i++) {
            JsonObject answer = answers.get(i).getAsJsonObject();
            String label = String.valueOf(SmallData.TEST.label(i));
            String best = answer.get("class").getAsString();
            inTwo += best.equals(label) || answer.get("class2").getAsString().equals(label) ? 1 : 0;
            double confidence = answer.get("probability").getAsDouble();
            int bin = (int) Math.ceil(15 * confidence) - 1;
            images[bin]++;
            gaps[bin] += (best.equals(label) ? 1 : 0) - confidence;
        }
        assertEquals(inTwo / 200.0, json.get("top2_accuracy").getAsDouble());
        double error = Arrays.stream(gaps).map(Math::abs).sum() / 200;
        assertEquals(error, json.get("expected_calibration_error").getAsDouble(), 1e-4);
        for (int bin = 0; bin < 15; bin++) {
            assertEquals(images[bin], json.getAsJsonArray("calibration").get(bin).getAsJsonObject().get("images")
                    .getAsInt());
        }
        double recall = json.getAsJsonArray("classes").asList().stream()
                .mapToDouble(c -> c.getAsJsonObject().get("recall").getAsDouble()).average().getAsDouble();
        assertEquals(recall, json.getAsJsonObject("macro").get("recall").getAsDouble(), 1e-12);

        Outcome text = Outcome.of("eval", run).expect(0);
        assertEquals("%.2f %%".formatted(100 * inTwo / 200.0), text.field("top-2 accuracy"));
        assertTrue(text.field("macro average").contains("recall %.2f %%,".formatted(100 * recall)), text::toString);
        assertTrue(text.field("calibration").startsWith("error %.2f %%:".formatted(
                100 * json.get("expected_calibration_error").getAsDouble())), text::toString);

        List<String> csv = Outcome.of("eval", run, "-o", "csv").expect(0).out().lines().toList();
        List<String> header = List.of(csv.getFirst().split(","));
        List<String> all = List.of(csv.getLast().split(","));
        assertEquals("(all)", all.getFirst());
        for (String name : List.of("top2_accuracy", "accuracy", "expected_calibration_error")) {
            assertEquals(json.get(name).getAsDouble(), Double.parseDouble(all.get(header.indexOf(name))), name);
        }
    }

    @Test
    void wrongImagesAreWrittenAsTheyAre() throws IOException {
        Path wrong = temp.resolve("wrong");
        Outcome outcome = Outcome.of("eval", run, "--wrong", wrong).expect(0);
        int count = (int) Math.round(200 * (1 - new SmallRun(run).accuracy()));
        assertTrue(count > 0 && outcome.err().contains("%s: %d wrong images".formatted(wrong, count)),
                outcome::toString);
        List<String> lines = Files.readAllLines(wrong.resolve("wrong.csv"));
        assertEquals("file,image,class,predicted,confidence,probability_of_the_class", lines.getFirst());
        assertEquals(count, lines.size() - 1);
        double before = 1;
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",");
            int image = Integer.parseInt(cells[1]);
            assertEquals("%s-as-%s_%d.png".formatted(cells[2], cells[3], image), cells[0]);
            assertEquals(String.valueOf(SmallData.TEST.label(image)), cells[2]);
            assertTrue(Double.parseDouble(cells[4]) <= before, "the worst come first");
            before = Double.parseDouble(cells[4]);
            Raster raster = ImageIO.read(wrong.resolve(cells[0]).toFile()).getRaster();
            int[] expected = new int[28 * 28];
            Arrays.setAll(expected, i -> SmallData.TEST.pixels(image)[i] & 0xff);
            assertArrayEquals(expected, raster.getPixels(0, 0, 28, 28, (int[]) null));
        }
        Outcome.of("eval", run, "--wrong", wrong).expectRefusal("--wrong", wrong, "not empty");
        Outcome.of("eval", run, "--wrong", wrong.resolve("wrong.csv")).expectRefusal("--wrong", "a file");
    }

    /** A table that cannot be written, as on a full disk: no half of the images is left, and what was there stays. */
    @Test
    void wrongImagesThatAreNotAllWrittenGoAway() throws IOException {
        Path wrong = temp.resolve("half");
        Path inTheWay = Files.createDirectories(wrong.resolve("wrong.csv").resolve("x"));
        Predictions predictions = new Predictions(null, new float[]{0.9f, 0.1f, 0.8f, 0.2f}, new int[]{0, 0},
                new int[]{1, 1});
        String message = assertThrows(InputException.class, () -> WrongImages.write(wrong, predictions,
                SmallData.TEST, List.of("a", "b"))).getMessage();
        assertTrue(message.startsWith("--wrong " + wrong + " cannot be written to"), message);
        try (Stream<Path> files = Files.walk(wrong)) {
            assertEquals(List.of(wrong, wrong.resolve("wrong.csv"), inTheWay), files.sorted().toList());
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLinkToNowhereStays() throws IOException {
        Path link = Files.createSymbolicLink(temp.resolve("link"), temp.resolve("nowhere"));
        Outcome.of("eval", run, "--wrong", link).expectRefusal("--wrong " + link);
        assertTrue(Files.isSymbolicLink(link));
    }

    @Test
    void aRunBesideCopiesOfItIsThatRun() throws IOException {
        Path copy = temp.resolve("copy");
        SmallRun.copy(run, copy);
        Path alone = Files.copy(run.resolve("model.safetensors"), temp.resolve("copied.safetensors"));
        assertEquals(Outcome.of("eval", run, "-o", "csv").expect(0).out(),
                Outcome.of("eval", run, alone, copy, "-o", "csv").expect(0).out());
        assertFalse(Outcome.of("eval", run, "-o", "json").expect(0).out().contains("members"));
    }

    @Test
    void runsForOtherImagesOrClassesAreRefused() throws IOException {
        Path narrow = temp.resolve("narrow.safetensors");
        new Model(Network.of(new Shape(27, 28, 1), Spec.parseList("dense 10"), Loss.of(Spec.of("mse"))).initialize(1),
                Mnist.CLASSES, Map.of()).write(narrow, Map.of());
        Outcome.of("eval", run, second(), narrow).expectRefusal(narrow, "27 x 28", run, "28 x 28");
        Path letters = temp.resolve("letters.safetensors");
        List<String> classes = List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
        new Model(Network.of(Mnist.SHAPE, Spec.parseList("dense 10"), Loss.of(Spec.of("mse"))).initialize(1), classes,
                Map.of()).write(letters, Map.of());
        Outcome.of("eval", run, letters).expectRefusal(letters, "knows class 0 as a", run, " as 0");
        Outcome.of("eval", run, temp.resolve("none")).expectRefusal(temp.resolve("none"));
    }
}
