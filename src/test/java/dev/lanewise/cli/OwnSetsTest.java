package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.NpzFile;
import dev.lanewise.data.Sources;
import dev.lanewise.kernel.SplitMix64;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sets of one's own, of other sizes, classes and colours than MNIST's, from the training to the answer. */
class OwnSetsTest {
    @TempDir
    Path temp;

    /** Images of classes that are easily told apart: a bright stripe whose place is the class, and noise. */
    private record Drawn(byte[] pixels, byte[] labels) {
        static Drawn of(long seed, int images, int classes, int size) {
            SplitMix64 random = new SplitMix64(seed);
            byte[] pixels = new byte[images * size];
            byte[] labels = new byte[images];
            for (int i = 0; i < images; i++) {
                labels[i] = (byte) (i % classes);
                for (int p = 0; p < size; p++) {
                    pixels[i * size + p] = (byte) (p * classes / size == i % classes
                            ? 200 + random.nextInt(56)
                            : random.nextInt(30));
                }
            }
            return new Drawn(pixels, labels);
        }

        NpzFile addTo(NpzFile npz, String part, int... shape) {
            int[] all = IntStream.concat(IntStream.of(labels.length), Arrays.stream(shape)).toArray();
            return npz.with("x_" + part, pixels, all).with("y_" + part, labels, labels.length);
        }

        String csv(List<String> names, int size) {
            StringBuilder text = new StringBuilder("label," + IntStream.range(0, size).mapToObj(i -> "pixel" + i)
                    .collect(Collectors.joining(",")) + "\n");
            for (int i = 0; i < labels.length; i++) {
                text.append('"').append(names.get(labels[i])).append('"');
                for (int p = 0; p < size; p++) {
                    text.append(',').append(pixels[i * size + p] & 0xff);
                }
                text.append('\n');
            }
            return text.toString();
        }
    }

    private Outcome train(String name, Path data, Object... more) {
        List<Object> arguments = new ArrayList<>(
                List.of("train", "--data", data, "--out", temp.resolve(name), "--hidden",
                        "16", "--batch-size", "16"));
        arguments.addAll(List.of(more));
        Outcome outcome = Outcome.of(arguments.toArray()).expect(0);
        assertFalse(outcome.out().contains("NaN") || outcome.err().contains("NaN"), outcome::toString);
        return outcome;
    }

    private SmallRun run(String name) {
        return new SmallRun(temp.resolve(name));
    }

    /** Two epochs and a resumption to four are four. */
    private void assertResumes(Path data, Object... more) throws IOException {
        List<Object> four = new ArrayList<>(List.of(more));
        four.addAll(List.of("--epochs", "4", "--schedule-epochs", "4"));
        List<Object> two = new ArrayList<>(List.of(more));
        two.addAll(List.of("--epochs", "2", "--schedule-epochs", "4"));
        train("four", data, four.toArray());
        train("two", data, two.toArray());
        Outcome resumed = Outcome.of("train", "--resume", temp.resolve("two"), "--epochs", "4").expect(0);
        assertFalse(resumed.out().contains("NaN"), resumed::toString);
        assertEquals(run("four").sha256(), run("two").sha256());
        assertEquals(run("four").json().get("dataset"), run("two").json().get("dataset"));
    }

    @Test
    void fortySevenClassesAreTrainedMeasuredRecognisedAndResumed() throws IOException {
        Drawn test = Drawn.of(2, 94, 47, 784);
        Path data = test.addTo(Drawn.of(1, 470, 47, 784).addTo(new NpzFile(), "train", 28, 28), "test", 28, 28)
                .write(temp.resolve("letters.npz"));
        assertResumes(data);
        Outcome eval = Outcome.of("eval", temp.resolve("four")).expect(0);
        assertTrue(eval.err().contains(" test images of 28 x 28, 47 classes: 0, 1, 2, ... 46\n"), eval::toString);
        assertTrue(eval.out().contains("confusion: ") && !eval.out().contains("true class down"), eval::toString);
        JsonObject json = JsonParser.parseString(Outcome.of("eval", temp.resolve("four"), "-o", "json").expect(0).out())
                .getAsJsonObject();
        assertEquals(run("four").accuracy(), json.get("accuracy").getAsDouble());
        assertEquals(47, json.getAsJsonArray("confusion").size());
        assertEquals(94, json.getAsJsonArray("confusion").asList().stream()
                .flatMap(row -> row.getAsJsonArray().asList().stream()).mapToInt(count -> count.getAsInt()).sum());
        List<String> csv = Outcome.of("eval", temp.resolve("four"), "-o", "csv").expect(0).out().lines().toList();
        assertEquals(49, csv.size());
        csv.forEach(line -> assertEquals(8 + 47, line.split(",", -1).length, line));
        Path idx = Files.write(temp.resolve("some.idx"), SmallData.idx(0x803, test.pixels, 94, 28, 28));
        assertEquals(94, Outcome.of("predict", temp.resolve("four"), idx).expect(0).out().lines().count());
        Outcome page = Outcome.of("explain", "digit", 46, "--run", temp.resolve("four")).expect(0);
        assertTrue(page.out().startsWith("Test image 46 of letters.npz, a 46, read as a "), page::toString);
    }

    @Test
    void imagesInColourAreTrainedMeasuredExplainedAndResumed() throws IOException {
        int size = 64 * 64 * 3;
        Path data = Drawn.of(2, 12, 3, size).addTo(Drawn.of(1, 48, 3, size).addTo(new NpzFile(), "train", 64, 64, 3),
                "test", 64, 64, 3).write(temp.resolve("colours.npz"));
        assertResumes(data);
        assertEquals(1, run("four").accuracy(), "stripes are easy");
        assertEquals(List.of(size, 16), run("four").shape("dense1.weight"));
        assertTrue(Outcome.of("eval", temp.resolve("four")).expect(0).out().contains("100.00 % of 12 images"));
        Outcome page = Outcome.of("explain", "digit", 1, "--run", temp.resolve("four")).expect(0);
        assertFalse(page.out().contains("NaN"), page::toString);
        List<String> lines = page.out().lines().toList();
        assertEquals(
                34, lines.indexOf(lines.stream().filter(line -> line.startsWith("Right:")).findFirst().orElseThrow())
                        - lines.indexOf(lines.stream().filter(line -> line.startsWith("  the image")).findFirst()
                                .orElseThrow()),
                "two rows to a line");
    }

    @Test
    void imagesOfOnePixelAreTrainedMeasuredRecognisedAndResumed() throws IOException {
        Path data = Files.writeString(temp.resolve("grey.csv"), "dark,0\nlight,200\nlight,255\ndark,20\n".repeat(20));
        assertResumes(data);
        assertEquals(1, run("four").accuracy());
        assertTrue(train("names", data, "--epochs", 1).err().contains(", 2 classes: dark, light\n"));
        assertEquals(8, run("four").json().getAsJsonObject("dataset").get("test_images").getAsInt());
        Path pixels = Files.write(temp.resolve("pixels.idx"), SmallData.idx(0x803, new byte[]{3, (byte) 250}, 2, 1, 1));
        List<String> lines = Outcome.of("predict", temp.resolve("four"), pixels).expect(0).out().lines().toList();
        assertTrue(lines.get(0).startsWith(pixels + "[0]  dark ") && lines.get(1).startsWith(pixels + "[1]  light "),
                lines::toString);
        assertEquals("ImageId,Label\n1,dark\n2,light\n",
                Outcome.of("predict", temp.resolve("four"), pixels, "--csv").expect(0).out());
        Outcome.of("explain", "digit", 0, "--run", temp.resolve("four")).expect(0);
    }

    @Test
    void aSingleImageIsTrainedOnWithoutATest() throws IOException {
        Path data = Files.writeString(temp.resolve("one.csv"), "7,0,200,0,9\n");
        Outcome.of("train", "--data", data, "--out", temp.resolve("none")).expectRefusal("one.csv", "--test none");
        assertResumes(data, "--test", "none");
        Outcome outcome = train("one", data, "--test", "none", "--epochs", "1");
        assertEquals(List
                .of("lanewise: all training images are of one class, 7; there is nothing to tell apart (in a table, "
                        + "the label is in the first column, or in one that a header names label)"),
                outcome.messages());
        assertFalse(outcome.out().contains("accuracy") || outcome.out().contains("test"), outcome::toString);
        assertTrue(Outcome.of("predict", temp.resolve("four"), data).expect(0).out().startsWith(data + "[0]  7 "));
    }

    @Test
    void aRunWithoutATestSaysSoEverywhere() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        Outcome outcome = train("r", data, "--test", "none", "--epochs", "2", "--validation", "0.1");
        assertTrue(outcome.err().contains("600 training images of 28 x 28, no test images"), outcome::toString);
        outcome.out().lines().filter(line -> line.startsWith("epoch "))
                .forEach(line -> assertTrue(line.matches("epoch ./2  loss [\\d.]+  validation [\\d.]+, +[\\d.]+ %  "
                        + " *[\\d.]+ s"), line));
        SmallRun run = run("r");
        for (String name : List.of("test_accuracy", "test_accuracy_95", "test_loss")) {
            assertTrue(run.result().get(name).isJsonNull(), name);
        }
        assertTrue(run.metrics().getFirst().get("test_accuracy").isJsonNull());
        assertEquals(0, run.json().getAsJsonObject("dataset").get("test_images").getAsInt());
        assertEquals("%.2f %% of 60 images of small".formatted(100 * run.result().get("validation_accuracy")
                .getAsDouble()), outcome.field("validation accuracy").replaceAll(" \\(.*", ""));
        Outcome.of("eval", temp.resolve("r")).expectRefusal("this run has no test images; name some with --data");
        Outcome.of("eval", temp.resolve("r"), "--data", data).expectRefusal("no test images");
        Outcome.of("explain", "digit", 1, "--run", temp.resolve("r")).expectRefusal("no test images");
        Path other = SmallData.write(temp.resolve("other"), SmallData.TEST, SmallData.TRAIN);
        assertTrue(Outcome.of("eval", temp.resolve("r"), "--data", other).expect(0).out().contains("of 600 images"));
    }

    @Test
    void aTargetIsHeldAgainstTheValidationWhereThereIsNoTest() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        Object[] arguments = {"train", "--data", data, "--test", "none", "--hidden", "4", "--epochs", "1",
                "--target-accuracy", "99.9"};
        Outcome.of(arguments).expectRefusal("--target-accuracy 99.9 needs images to judge by", "--validation");
        List<Object> more = new ArrayList<>(Arrays.asList(arguments));
        more.addAll(List.of("--validation", "0.2", "--out", temp.resolve("r")));
        Outcome.of(more.toArray()).expect(Main.TARGET_MISSED);
    }

    @Test
    void aShareIsHeldOutThatDoesNotDependOnTheSeed() throws IOException {
        List<String> names = List.of("circle, filled", "square");
        Path data = Files.writeString(temp.resolve("shapes.csv"), Drawn.of(3, 180, 2, 16).csv(names, 16));
        Outcome first = train("a", data, "--epochs", "1");
        assertEquals(List.of("no test images: 18 of the 180 images are held out for the test"), first.messages());
        assertEquals(0.1, run("a").config().get("test_split").getAsDouble());
        assertEquals(162, run("a").json().getAsJsonObject("dataset").get("train_images").getAsInt());
        train("b", data, "--epochs", "1", "--seed", "2", "--test-split", "0.25");
        assertEquals(45, run("b").json().getAsJsonObject("dataset").get("test_images").getAsInt());

        Outcome eval = Outcome.of("eval", temp.resolve("b")).expect(0);
        assertEquals("%.2f %%".formatted(100 * run("b").accuracy()),
                eval.field("test accuracy").replaceAll(" % .*", " %"));
        assertTrue(eval.out().contains(" of 45 images "), eval::toString);
        Path moved = Files.copy(data, temp.resolve("moved.csv"));
        assertTrue(Outcome.of("eval", temp.resolve("b"), "--data", moved).expect(0).out().contains(" of 45 images "),
                "the same data elsewhere are not all of them a test");
        Path others = Files.writeString(temp.resolve("others.csv"), Drawn.of(4, 30, 2, 16).csv(names, 16));
        Outcome all = Outcome.of("eval", temp.resolve("b"), "--data", others).expect(0);
        assertTrue(all.out().contains(" of 30 images ")
                && all.err().contains(", all 30 images of 4 x 4, for none are set apart"), all::toString);
        Path wrong = Files.writeString(temp.resolve("wrong.csv"), Drawn.of(4, 30, 2, 16).csv(List.of("cross", "square"),
                16));
        Outcome.of("eval", temp.resolve("b"), "--data", wrong).expectRefusal("circle, filled", "cross");
    }

    @Test
    void aShareOfDataWithATestAndContradictionsAreRefused() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        Outcome.of("train", "--data", data, "--test-split", "0.2").expectRefusal("--test-split 0.2", "200 test images");
        Outcome.of("train", "--data", data, "--test-split", "0.2", "--test", "none").expectRefusal("--test none");
        Outcome.of("train", "--data", data, "--test-split", "1").expectRefusal("--test-split", "above 0 and below 1");
        Outcome.of("train", "--data", data, "--test", "some").expectRefusal("--test", "some");
        Outcome.of("train", "--data", data, "--limit", "0").expectRefusal("--limit");
        Outcome.of("train", "--data", data, "--limit", "9").expectRefusal("--limit 9", "10 classes");
    }

    @Test
    void aLimitIsDrawnByTheSeedRecordedAndResumed() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        assertResumes(data, "--limit", "100", "--seed", "3");
        assertEquals(100, run("two").config().get("limit").getAsInt());
        assertEquals(100, run("two").json().getAsJsonObject("dataset").get("train_images").getAsInt());
        assertEquals(200, run("two").json().getAsJsonObject("dataset").get("test_images").getAsInt());
        train("all", data, "--limit", "600", "--epochs", "1");
        train("usual", data, "--epochs", "1");
        assertEquals(run("usual").sha256(), run("all").sha256(), "all of them are all of them");
    }

    @Test
    void aSetIsNamedOnceWhereItsPlaceIsItsName() throws IOException {
        DatasetPair pair = Sources.read(SmallData.write(temp.resolve("small")), null);
        assertEquals("small (" + temp.resolve("small") + ")", DataOption.title(pair));
        assertEquals("small", DataOption.title(new DatasetPair(pair.name(), pair.name(), pair.train(), pair.test(),
                pair.prepared(), pair.files())));
    }

    @Test
    void classesWithoutImagesAreNamed() throws IOException {
        Path data = temp.resolve("set");
        Files.createDirectories(data);
        Files.writeString(data.resolve("train.csv"), "ape,0,200\nbee,200,0\n".repeat(20));
        Files.writeString(data.resolve("test.csv"), "ape,0,200\nyak,1,2\n");
        Outcome outcome = train("r", data, "--epochs", "3", "--lr", "0.1");
        assertEquals(List.of("lanewise: no training images of yak", "lanewise: no test images of bee"),
                outcome.messages().stream().filter(line -> line.contains(" images of ")).toList());
        Path numbered = Files.writeString(temp.resolve("seven.csv"), IntStream.of(0, 1, 3, 4, 6)
                .mapToObj("%d,0,200\n"::formatted).collect(Collectors.joining()).repeat(4));
        assertEquals(List.of("lanewise: no training or test images of 2, 5"),
                train("seven", numbered, "--epochs", "1").messages().stream()
                        .filter(line -> line.contains(" images of ")).toList());
        Outcome eval = Outcome.of("eval", temp.resolve("r")).expect(0);
        List<String> lines = eval.out().lines().toList();
        assertTrue(lines.stream().anyMatch(line -> line.matches("bee +0 .* - +-")), eval::toString);
        assertFalse(eval.out().contains("NaN"));
        assertFalse(Outcome.of("eval", temp.resolve("r"), "-o", "json").expect(0).out().contains("NaN"));
        assertFalse(Outcome.of("eval", temp.resolve("r"), "-o", "csv").expect(0).out().contains("NaN"));
    }

    @Test
    void numbersMakeAsManyClassesAsTheLargestSaysAndEvalTakesFewer() throws IOException {
        List<String> numbers = List.of("0", "1", "2");
        train("r", Files.writeString(temp.resolve("c.csv"), Drawn.of(3, 60, 3, 36).csv(numbers, 36)));
        assertEquals(List.of(16, 3), run("r").shape("dense2.weight"));
        Path two = Files.writeString(temp.resolve("two.csv"), Drawn.of(4, 20, 3, 36).csv(numbers, 36).lines()
                .filter(line -> !line.startsWith("\"2")).collect(Collectors.joining("\n")));
        List<String> csv = Outcome.of("eval", temp.resolve("r"), "--data", two, "-o", "csv").expect(0).out().lines()
                .toList();
        assertTrue(csv.get(3).startsWith("2,0,"), csv::toString);
        assertTrue(Outcome.of("explain", "digit", 1, "--run", temp.resolve("r"), "--data", two).expect(0).out()
                .contains("a 1, read as a "));
        Path words = Files.writeString(temp.resolve("words.csv"), Drawn.of(4, 20, 2, 36).csv(List.of("a", "b"), 36));
        Outcome.of("eval", temp.resolve("r"), "--data", words).expectRefusal("3 classes", "words.csv has 2");
    }

    @Test
    void longNamesLeaveColumnsAligned() throws IOException {
        List<String> names = List.of("T-shirt/top", "bag");
        train("r", Files.writeString(temp.resolve("c.csv"), Drawn.of(3, 60, 2, 16).csv(names, 16)), "--epochs", "1");
        List<String> lines = Outcome.of("eval", temp.resolve("r")).expect(0).out().lines().toList();
        List<String> matrix = lines.subList(lines.size() - 3, lines.size());
        assertEquals(1, matrix.stream().map(String::length).distinct().count(), matrix::toString);
        assertTrue(matrix.get(0).endsWith("T-shirt/top  bag") && matrix.get(1).startsWith("T-shirt/top "));
    }

    @Test
    void kagglesTestIsRecognisedAndWrittenAsKaggleWantsIt() throws IOException {
        Drawn drawn = Drawn.of(5, 40, 10, 100);
        List<String> digits = IntStream.range(0, 10).mapToObj(String::valueOf).toList();
        String labelled = drawn.csv(digits, 100);
        Path train = Files.writeString(temp.resolve("train.csv"), labelled);
        Path test = Files.writeString(temp.resolve("test.csv"), labelled.lines()
                .map(line -> line.substring(line.indexOf(',') + 1) + "\n").collect(Collectors.joining()));
        train("r", train, "--test", "none", "--epochs", "30");
        String submission = Outcome.of("predict", temp.resolve("r"), test, "--csv").expect(0).out();
        StringBuilder expected = new StringBuilder("ImageId,Label\n");
        for (int i = 0; i < 40; i++) {
            expected.append(i + 1).append(',').append(drawn.labels[i]).append('\n');
        }
        assertEquals(expected.toString(), submission);
        assertEquals(submission, Outcome.of("predict", temp.resolve("r"), train, "--csv").expect(0).out(),
                "labels or not");
        Outcome.of("train", "--data", test).expectRefusal("test.csv has no labels, only 100 columns");
        Outcome.of("train", "--data", temp).expectRefusal("test.csv has no labels");
        Path narrow = Files.writeString(temp.resolve("narrow.csv"), "1,2,3\n");
        Outcome.of("predict", temp.resolve("r"), narrow).expectRefusal("narrow.csv has 3 columns", "100 pixels");
    }

    @Test
    void aNetworkByNameThatIsTooLargeForTheImagesIsRefused() throws IOException {
        Path dots = Drawn.of(1, 20, 2, 1).addTo(new NpzFile(), "train", 1, 1).write(temp.resolve("dots.npz"));
        String err = Outcome.of("train", "--data", dots, "--net", "small", "--out", temp.resolve("r")).expect(2).err();
        assertTrue(err.contains("--net small: 'conv 32 3x3'") && err.contains("use --hidden"), err);
        assertFalse(err.contains("Exception"), err);
        assertFalse(Files.exists(temp.resolve("r")));
    }
}
