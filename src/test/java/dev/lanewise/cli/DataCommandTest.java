package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.ImageFolders;
import dev.lanewise.data.NamedSet;
import dev.lanewise.run.DataRecipe;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {
    private static final Pattern OPTION = Pattern.compile(" {2,6}(?:-\\w, )?(--[a-z-]+)[ =\\[]");

    @TempDir
    Path temp;

    @Test
    void verifyTellsForeignFilesFromThePublished() throws IOException {
        Outcome outcome = Outcome.of("data", "verify", SmallData.write(temp.resolve("small"))).expect(Main.FAILED);
        List<String> lines = outcome.out().lines().toList();
        assertEquals(4, lines.size(), outcome::toString);
        for (int i = 0; i < 4; i++) {
            assertTrue(lines.get(i).startsWith("WRONG " + NamedSet.ALL.getFirst().files().get(i).name()),
                    outcome::toString);
            assertTrue(lines.get(i).contains(NamedSet.ALL.getFirst().files().get(i).sha256()), outcome::toString);
        }
        assertEquals("", outcome.err());
    }

    @Test
    void verifyNamesWhatIsMissingOrBroken() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        Files.delete(data.resolve(SmallData.TRAIN_LABELS));
        Files.write(data.resolve(SmallData.TEST_IMAGES), new byte[]{0, 0, 8});
        List<String> lines = Outcome.of("data", "verify", data).expect(Main.FAILED).out().lines().toList();
        assertTrue(lines.get(1).contains("missing"), lines::toString);
        assertTrue(lines.get(2).contains("cut short"), lines::toString);
    }

    @Test
    void verifyRefusesADirectoryThatIsNone() {
        Outcome.of("data", "verify", temp.resolve("none")).expectRefusal(temp.resolve("none"));
    }

    @Test
    void verifyAndFetchKnowTheirNames() {
        Outcome.of("data", "fetch", "imagenet").expectRefusal("'imagenet'", "fashion-mnist", "emnist-bymerge");
        Outcome.of("data", "fetch", "digits").expectRefusal("drawn by the program", "--data digits");
        Outcome.of("data", "verify", "digits").expectRefusal("drawn by the program", "name a directory");
    }

    @Test
    void listHasARowForEverySetInEachForm() {
        List<String> names = NamedSet.ALL.stream().map(NamedSet::name).toList();
        List<String> table = Outcome.of("data", "list").expect(0).out().lines().toList();
        assertTrue(table.getFirst().matches("name +classes +training +test +size +licence +state +place"),
                table::toString);
        assertEquals(names, table.subList(1, 1 + names.size()).stream().map(row -> row.split(" ")[0]).toList());
        assertTrue(table.get(names.size()).matches("digits +10 +60,000 +10,000 +28 x 28 +Apache 2.0 +built in"),
                table::toString);

        List<String> csv = Outcome.of("data", "list", "-o", "csv").expect(0).out().lines().toList();
        assertEquals("name,classes,train_images,test_images,size,licence,state,place", csv.getFirst());
        assertTrue(csv.get(6).startsWith("emnist-letters,26,124800,20800,28 x 28,public domain,"), csv::toString);
        assertEquals(1 + names.size(), csv.size());

        JsonArray json = JsonParser.parseString(Outcome.of("data", "list", "-o", "json").expect(0).out())
                .getAsJsonArray();
        assertEquals(names,
                json.asList().stream().map(set -> set.getAsJsonObject().get("name").getAsString()).toList());
        assertEquals("MIT", json.get(1).getAsJsonObject().get("licence").getAsString());
        assertEquals("built in", json.get(9).getAsJsonObject().get("state").getAsString());
        Outcome.of("data", "list", "-o", "xml").expectRefusal("-o", "table, json, csv");
    }

    @Test
    void singleFilesAreTrainedOnMeasuredAndFoundAgain() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        Path run = temp.resolve("run");
        Object[] files = {"--train-images", data.resolve(SmallData.TRAIN_IMAGES), "--train-labels",
                data.resolve(SmallData.TRAIN_LABELS), "--test-images", data.resolve(SmallData.TEST_IMAGES),
                "--test-labels", data.resolve(SmallData.TEST_LABELS)};
        Outcome train = Outcome.of(Stream.concat(Stream.of("train", "--epochs", "2", "--hidden", "none", "--out", run),
                Stream.of(files)).toArray()).expect(0);
        JsonObject config = JsonParser.parseString(Files.readString(run.resolve("run.json"))).getAsJsonObject()
                .getAsJsonObject("config");
        for (int i = 0; i < files.length; i += 2) {
            assertEquals(((Path) files[i + 1]).toAbsolutePath().toString(),
                    config.get(files[i].toString().substring(2).replace('-', '_')).getAsString());
        }
        String accuracy = train.field("test accuracy");
        for (Outcome eval : List.of(Outcome.of("eval", run),
                Outcome.of("eval", run, files[4], files[5], files[6], files[7]))) {
            assertEquals(accuracy.split(" of ")[0], eval.expect(0).field("test accuracy").split(" of ")[0]);
        }
        Outcome.of("train", "--resume", run, "--epochs", "3").expect(0);
        Outcome.of("train", "--resume", run, "--epochs", "4", "--data", data).expect(0);
        Outcome.of("train", files[0], files[1]).expectRefusal("--train-labels is missing beside --train-images");
        Outcome.of("train", files[4], files[5], files[6], files[7]).expectRefusal("--train-images is missing");
        Outcome.of("train", files[0], files[1], files[2], files[3], files[4], files[5])
                .expectRefusal("--test-labels is missing beside --train-images");
        Outcome.of("train", "--data", data, files[0], files[1], files[2], files[3]).expectRefusal("--data",
                "leave one out");
        Outcome.of("eval", run, files[4], files[5]).expectRefusal("--train-images is missing beside --test-images");
        Outcome.of("eval", run, files[4], temp.resolve("none"), files[6], files[7])
                .expectRefusal(temp.resolve("none"), "does not exist");
    }

    @Test
    void showDrawsImagesAndWhatATrainingMakesOfThem() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        Path plain = temp.resolve("plain.png");
        Outcome.of("data", "show", "--data", data, "-o", plain).expect(0);
        BufferedImage sheet = ImageIO.read(plain.toFile());
        assertEquals(582, sheet.getWidth()); // ten images of 28, enlarged to 56, and 11 gaps of 2
        assertEquals(582, sheet.getHeight());
        assertTrue(SmallData.TRAIN.size() > 100);
        Set<String> training = IntStream.range(0, SmallData.TRAIN.size())
                .mapToObj(i -> Arrays.toString(SmallData.TRAIN.pixels(i))).collect(Collectors.toSet());
        Set<String> shown = IntStream.range(0, 100).mapToObj(i -> Arrays.toString(pixels(sheet, i)))
                .collect(Collectors.toSet());
        assertEquals(100, shown.size());
        assertTrue(training.containsAll(shown));

        Path varied = temp.resolve("varied.png");
        Outcome outcome = Outcome.of("data", "show", "--data", data, "--augment", "strong", "--seed", 4, "-o", varied)
                .expect(0);
        assertTrue(outcome.out().startsWith(varied + ": 10 training images, each as it is"), outcome::toString);
        BufferedImage rows = ImageIO.read(varied.toFile());
        for (int i = 0; i < 100; i++) {
            assertEquals(i % 10 == 0, training.contains(Arrays.toString(pixels(rows, i))), "image " + i);
        }
        byte[] first = Files.readAllBytes(varied);
        Outcome.of("data", "show", "--data", data, "--augment", "strong", "--seed", 4, "-o", varied).expect(0);
        assertArrayEquals(first, Files.readAllBytes(varied));
    }

    @Test
    void showTakesTheOptionsOfDataThatTrainTakes() throws IOException {
        assertEquals(Stream.concat(DataRecipe.OPTIONS.stream().map(RecipeOptions::name),
                Stream.of("--augment", "--seed", "--help", "--version")).toList(), options("data", "show"));
        Path folder = ImageFolders.write(temp.resolve("folder"), SmallData.TRAIN);
        Path sheet = temp.resolve("sheet.png");
        Outcome outcome = Outcome
                .of("data", "show", "--data", folder, "--size", "14x14", "--limit", 10, "--test", "none",
                        "-o", sheet)
                .expect(0);
        assertEquals(sheet + ": 10 training images", outcome.out().strip());
        assertTrue(outcome.err().contains("10 training images of 14 x 14"), outcome::toString);
        Outcome.of("data", "show", "--data", folder, "--size", "14", "-o", sheet).expectRefusal("--size", "14");
    }

    /** Image number i of a sheet of ten columns, reduced to its own 28 x 28. */
    private static byte[] pixels(BufferedImage sheet, int i) {
        byte[] pixels = new byte[784];
        for (int j = 0; j < pixels.length; j++) {
            pixels[j] = (byte) sheet.getRGB(2 + i % 10 * 58 + j % 28 * 2, 2 + i / 10 * 58 + j / 28 * 2);
        }
        return pixels;
    }

    @Test
    void showTellsWhereItCannotWrite() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        Outcome.of("data", "show", "--data", data, "-o", temp).expectRefusal(temp, "cannot be written", "-o");
        Outcome.of("data", "show", "--data", data, "-o", temp.resolve("none").resolve("a.png"))
                .expectRefusal("a.png cannot be written (there is no directory");
        Outcome.of("data", "show", "--data", data).expectRefusal("-o");
        Outcome.of("data", "show", "--data", data, "--augment", "wild", "-o", temp.resolve("a.png"))
                .expectRefusal("--augment", "wild");
        assertEquals(Set.of("small"), Set.of(temp.toFile().list()));
    }

    @Test
    void helpOfEveryCommandIsOnStdout() {
        List<List<String>> commands = List.of(List.of(), List.of("train"), List.of("eval"), List.of("predict"),
                List.of("report"),
                List.of("draw"),
                List.of("data"), List.of("data", "fetch"), List.of("data", "verify"), List.of("data", "list"),
                List.of("data", "show"),
                List.of("info"),
                List.of("bench"), List.of("bench", "compare"), List.of("speedrun"), List.of("gradcheck"),
                List.of("explain"), List.of("explain", "conv"));
        for (List<String> command : commands) {
            Object[] arguments = Stream.concat(command.stream(), Stream.of("--help"))
                    .toArray();
            Outcome outcome = Outcome.of(arguments).expect(0);
            String usage = "Usage: " + String.join(" ", "lanewise", String.join(" ", command)).strip();
            assertTrue(outcome.out().lines().anyMatch(line -> line.startsWith(usage)), outcome::toString);
            assertEquals("", outcome.err());
            assertFalse(outcome.out().matches("(?s).*[ a-z]\\.\\n +(csv|npz|onnx|safetensors|jsonl|png|html|json)\\b.*")
                    || outcome.out().contains("\ua78f"), () -> "a line ends within a word: " + outcome);
        }
        Outcome version = Outcome.of("--version").expect(0);
        assertTrue(version.out().matches("lanewise \\d+\\.\\d+\\.\\d+.*\\R"), version::toString);
    }

    @Test
    void trainHelpNamesEveryOptionInOrder() {
        assertEquals(List.of("--data", "--train-images", "--train-labels", "--test-images", "--test-labels",
                "--size", "--prepare", "--test", "--test-split", "--limit", "--validation", "--augment", "--hidden",
                "--activation",
                "--dropout", "--layers",
                "--net", "--init", "--loss",
                "--label-smoothing", "--epochs", "--batch-size", "--optimizer", "--momentum", "--lr", "--schedule",
                "--schedule-epochs", "--warmup", "--weight-decay", "--clip-norm", "--ema", "--early-stop", "--keep",
                "--seed", "--out", "--resume", "--like", "--target-accuracy", "--threads", "--dense", "--profile",
                "--no-report",
                "--serve", "--no-browser", "--tensorboard", "--quiet", "--no-progress", "--help",
                "--version"), options("train"));
        assertEquals(
                List.of("--hidden", "--activation", "--layers", "--net", "--loss", "--optimizer", "--momentum", "--lr",
                        "--weight-decay", "--seed", "--mistake", "--help", "--version"),
                options("gradcheck"));
    }

    private static List<String> options(String... command) {
        String help = Outcome.of(Stream.concat(Stream.of(command), Stream.of("--help")).toArray()).expect(0).out();
        return help.lines().map(line -> OPTION.matcher(line)).filter(Matcher::lookingAt).map(option -> option.group(1))
                .toList();
    }
}
