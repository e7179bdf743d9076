package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.NpzFile;
import dev.lanewise.report.Browser;
import dev.lanewise.report.RunReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportCommandTest {
    private static final String SCRIPT = "</script><script>hacked=true</script>";
    private static final List<String> HOSTILE = List.of(SCRIPT, "\"><img src=x onerror=hacked=true>", "it's & \"so\"",
            "\uD83D\uDE00 smile", "\u05E9\u05DC\u05D5\u05DD \u05E2\u05D5\u05DC\u05DD", "@runs@ $1 \\", "a".repeat(120));
    private static final String HOSTILE_RUN = "<img src=x onerror=hacked=true> 'it' \"so\" \uD83D\uDE00 \u05E9\u05DC";

    @TempDir
    static Path temp;
    private static Path data;
    private static Path run;
    private static Outcome trained;

    @BeforeAll
    static void trainOnce() throws IOException {
        data = SmallData.write(temp.resolve("small"));
        run = temp.resolve("run");
        trained = train(run, "--data", data, "--epochs", 4, "--hidden", 16, "--validation", 0.1, "--seed", -3);
    }

    private static Outcome train(Path out, Object... options) {
        List<Object> command = new ArrayList<>(List.of("train", "--out", out));
        command.addAll(List.of(options));
        return Outcome.of(command.toArray()).expect(0);
    }

    /** A table of images of so many pixels, whose first one tells the class. */
    private static Path table(Path file, int pixels, List<String> classes, int images) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        StringBuilder csv = new StringBuilder();
        for (int i = 0; i < images; i++) {
            int label = i % classes.size();
            csv.append('"').append(classes.get(label).replace("\"", "\"\"")).append('"');
            for (int p = 0; p < pixels; p++) {
                csv.append(',').append(p == 0 ? 255 * label / classes.size() : random.nextInt(256));
            }
            csv.append('\n');
        }
        return Files.writeString(file, csv);
    }

    private static String page(Path directory) throws IOException {
        return Files.readString(directory.resolve("report.html"));
    }

    /** The data of a page's only run. */
    private static JsonObject embedded(String page) {
        Matcher json = Pattern.compile("(?s)<script type=\"application/json\" id=\"runs\">(.*?)</script>")
                .matcher(page);
        assertTrue(json.find());
        JsonArray runs = JsonParser.parseString(json.group(1)).getAsJsonArray();
        assertEquals(1, runs.size());
        return runs.get(0).getAsJsonObject();
    }

    @Test
    void trainWritesThePageThatReportWrites() throws IOException {
        assertEquals(run.resolve("report.html").toString(), trained.field("report"));
        String written = page(run);
        Path file = temp.resolve("again.html");
        assertEquals(file + System.lineSeparator(), Outcome.of("report", run, "-o", file).expect(0).out());
        assertEquals(written, Files.readString(file));
        assertTrue(written.length() < 700_000, () -> written.length() + " characters");
    }

    @Test
    void thePageHoldsTheFiguresOfTheRun() throws IOException {
        JsonObject json = embedded(page(run));
        assertEquals(new SmallRun(run).json(), json.get("run"));
        assertEquals(new SmallRun(run).metrics(), json.getAsJsonArray("epochs").asList());
        JsonObject evaluation = json.getAsJsonObject("evaluation");
        JsonObject eval = JsonParser.parseString(Outcome.of("eval", run, "-o", "json").expect(0).out())
                .getAsJsonObject();
        assertEquals("test", evaluation.remove("part").getAsString());
        assertEquals(eval, evaluation);
        assertEquals(JsonNull.INSTANCE, json.get("missing"));
    }

    @Test
    void thePicturesAreTheWorstMistakesAndTheLeastCertain() throws IOException {
        JsonObject pictures = embedded(page(run)).getAsJsonObject("pictures");
        List<JsonObject> images = pictures.getAsJsonArray("images").asList().stream().map(JsonElement::getAsJsonObject)
                .toList();
        for (JsonObject image : images) {
            int number = image.get("image").getAsInt();
            assertEquals(SmallData.TEST.label(number), image.get("label").getAsInt());
            assertEquals(Base64.getEncoder().encodeToString(SmallData.TEST.pixels(number)),
                    image.get("pixels").getAsString());
        }
        for (String kind : List.of("worst", "uncertain")) {
            List<JsonObject> chosen = pictures.getAsJsonArray(kind).asList().stream()
                    .map(index -> images.get(index.getAsInt())).toList();
            assertEquals(Math.min(40, kind.equals("worst") ? wrong() : 200), chosen.size());
            double before = kind.equals("worst") ? 1 : 0;
            for (JsonObject image : chosen) {
                double confidence = image.get("confidence").getAsDouble();
                assertTrue(kind.equals("worst") ? confidence <= before : confidence >= before);
                assertTrue(kind.equals("uncertain") || !image.get("label").equals(image.get("predicted")));
                before = confidence;
            }
        }
    }

    private static int wrong() throws IOException {
        return (int) Math.round(200 * (1 - embedded(page(run)).getAsJsonObject("evaluation").get("accuracy")
                .getAsDouble()));
    }

    /** To the last bit, as a shell takes it apart. */
    @Test
    void theCommandGivesTheSameRun() throws IOException, InterruptedException {
        Path sh = Path.of("/bin/sh");
        assumeTrue(Files.isExecutable(sh), "no shell");
        Path set = table(temp.resolve("it's a \"table\" & $more.csv"), 4, List.of("a", "b"), 60);
        for (List<Object> options : List.<List<Object>>of(
                List.of("--data", data, "--seed", -3, "--optimizer", "adam beta1=0.95", "--schedule",
                        "one-cycle warmup=0.1", "--limit", 300, "--epochs", 2, "--hidden", "8,6", "--lr", 1e-3),
                List.of("--data", set, "--layers", "dense 5, tanh, dropout 0.2", "--validation", 0.3, "--keep", "last",
                        "--early-stop", 5, "--ema", 0.99, "--epochs", 3, "--label-smoothing", 0.1))) {
            Path first = Files.createTempDirectory(temp, "first");
            Path second = Files.createTempDirectory(temp, "second");
            train(first, options.toArray());
            String command = embedded(page(first)).get("command").getAsString();
            assertTrue(command.startsWith("lanewise train "), command);
            Process shell = new ProcessBuilder(sh.toString(), "-c",
                    "printf '%s\\n' " + command.substring("lanewise train ".length())).start();
            List<Object> words = new ArrayList<>(new String(shell.getInputStream().readAllBytes(),
                    StandardCharsets.UTF_8).lines().toList());
            assertEquals(0, shell.waitFor());
            assertTrue(words.size() <= options.size() + 2, () -> "all that matters, nothing else: " + command);
            train(second, words.toArray());
            assertEquals(new SmallRun(first).sha256(), new SmallRun(second).sha256(), command);
            assertEquals(new SmallRun(first).config(), new SmallRun(second).config(), command);
        }
    }

    /** What each page shows, in light and in dark, at three widths. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBrowserShowsEveryPage(boolean dark) throws IOException, InterruptedException {
        Map<String, String> pages = pages();
        JsonObject seen = Browser.look(Files.createTempDirectory(temp, "browser"), dark, pages);
        assertEquals(3 * pages.size(), seen.size());
        for (String view : seen.keySet()) {
            JsonObject page = seen.getAsJsonObject(view);
            assertEquals(dark, page.get("dark").getAsBoolean(), view);
            assertEquals(0, page.get("overflow").getAsInt(), view + ": pixels beyond the window");
            assertEquals(new JsonArray(), page.get("faint"), view);
            assertFalse(page.get("hacked").getAsBoolean(), view);
            assertEquals(5, page.get("scripts").getAsInt(), view + ": the page's own and the one that watches");
            assertFalse(page.get("text").getAsString().matches("(?s).*(undefined|NaN|null|\\[object).*"),
                    () -> view + ": " + page.get("text").getAsString());
        }
        curvesAreTheMetrics(seen.getAsJsonObject("run 800"));
        lengthsAreTheFigures(seen.getAsJsonObject("run 400"));
        lengthsAreTheFigures(seen.getAsJsonObject("hostile 1600"));
        assertTrue(seen.getAsJsonObject("hostile 800").getAsJsonObject("charts").getAsJsonObject("accuracy").get("top")
                .getAsDouble() <= 100, "one epoch");
        for (String view : seen.keySet()) {
            seen.getAsJsonObject(view).getAsJsonArray("magnified").forEach(times -> assertTrue(times.getAsDouble() < 1
                    || times.getAsDouble() == Math.rint(times.getAsDouble()), view + ": pixels of unequal sizes"));
            seen.getAsJsonObject(view).getAsJsonArray("cut").forEach(table -> assertFalse(view.endsWith(" 1600")
                    && !table.getAsString().equals("classes"), view + ": a table is cut off: " + table));
            assertTrue(seen.getAsJsonObject(view).get("narrowest").getAsDouble() > 100,
                    view + ": facts in a column of letters");
        }
        fieldsAreThoseOfEval(seen.getAsJsonObject("run 800"));
        assertTrue(strings(seen.getAsJsonObject("run 1600").get("written")).contains("93\u2013100"),
                "a bin of calibration");
        assertTrue(seen.getAsJsonObject("hostile 800").get("text").getAsString().contains(HOSTILE_RUN));
        List<String> names = strings(seen.getAsJsonObject("hostile 800").get("bdi"));
        HOSTILE.forEach(name -> assertTrue(names.contains(name), name));
        assertEquals(50,
                seen.getAsJsonObject("many 800").getAsJsonObject("tables").getAsJsonArray("classes").size() - 2);
        assertTrue(seen.getAsJsonObject("none 800").get("text").getAsString().contains("there are no test images"));
        assertTrue(strings(seen.getAsJsonObject("colour 800").get("pixels")).contains("30 x 20"), "made smaller");
        List<String> runs = seen.getAsJsonObject("several 800").getAsJsonObject("tables").getAsJsonArray("runs")
                .asList()
                .stream().map(row -> strings(row).getFirst()).toList();
        assertEquals(List.of("run", "run", "none", HOSTILE_RUN).stream().sorted().toList(), runs.stream().sorted()
                .toList());
    }

    /** Bars are as long as the F1 beside them, to a pixel of 100. */
    private static void lengthsAreTheFigures(JsonObject page) {
        JsonArray meters = page.getAsJsonArray("meters");
        assertFalse(meters.isEmpty());
        meters.forEach(element -> {
            JsonObject meter = element.getAsJsonObject();
            String figure = meter.get("text").getAsString().replace(" %", "");
            assertEquals(figure.equals("-") ? 0 : Double.parseDouble(figure), meter.get("share").getAsDouble(), 0.5);
        });
    }

    private static List<String> strings(JsonElement array) {
        return array.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
    }

    private static Map<String, String> pages() throws IOException {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("run", page(run));
        Path hostile = temp.resolve(HOSTILE_RUN);
        Path none = temp.resolve("none");
        if (!Files.exists(hostile)) {
            train(hostile, "--data", table(temp.resolve("hostile.csv"), 9, HOSTILE, 210), "--epochs", 1, "--hidden", 4);
            List<String> fifty = IntStream.range(0, 50).mapToObj(i -> "c" + i).toList();
            train(temp.resolve("many"), "--data", table(temp.resolve("many.csv"), 1, fifty, 1000), "--epochs", 1,
                    "--hidden", "none");
            train(none, "--data", data, "--test", "none", "--epochs", 2, "--hidden", 4);
            byte[] pixels = new byte[40 * 40 * 60 * 3];
            new SplittableRandom(1).nextBytes(pixels);
            byte[] labels = new byte[40];
            for (int i = 0; i < 40; i++) {
                labels[i] = (byte) (i % 2);
            }
            train(temp.resolve("colour"), "--data", new NpzFile().with("x_train", pixels, 40, 40, 60, 3)
                    .with("y_train", labels, 40).with("x_test", pixels, 40, 40, 60, 3).with("y_test", labels, 40)
                    .write(temp.resolve("colour.npz")), "--epochs", 1, "--layers", "conv 3 5x5, relu, pool 8");
        }
        pages.put("hostile", page(hostile));
        pages.put("many", page(temp.resolve("many")));
        pages.put("none", page(none));
        pages.put("colour", page(temp.resolve("colour")));
        Path several = temp.resolve("several.html");
        Outcome.of("report", run, none, hostile, "-o", several).expect(0);
        pages.put("several", Files.readString(several));
        return pages;
    }

    private static void curvesAreTheMetrics(JsonObject page) throws IOException {
        Map<String, Map<String, String>> fields = Map.of("loss", Map.of("training", "train_loss", "validation",
                "validation_loss"), "accuracy", Map.of("test", "test_accuracy", "validation", "validation_accuracy"),
                "rate", Map.of("rate", "learning_rate"), "seconds", Map.of("seconds", "seconds"));
        List<JsonObject> metrics = new SmallRun(run).metrics();
        for (String chart : fields.keySet()) {
            JsonArray series = page.getAsJsonObject("charts").getAsJsonObject(chart).getAsJsonArray("series");
            assertEquals(fields.get(chart).size(), series.size(), chart);
            for (JsonElement one : series) {
                String field = fields.get(chart).get(one.getAsJsonObject().get("label").getAsString());
                JsonArray points = one.getAsJsonObject().getAsJsonArray("data");
                assertEquals(metrics.size(), points.size());
                for (int i = 0; i < points.size(); i++) {
                    JsonObject point = points.get(i).getAsJsonObject();
                    assertEquals(metrics.get(i).get("epoch").getAsInt(), point.get("x").getAsInt());
                    assertEquals((chart.equals("accuracy") ? 100 : 1) * metrics.get(i).get(field).getAsDouble(),
                            point.get("y").getAsDouble(), 1e-12, field);
                }
            }
        }
    }

    /** A click on each shows its images. */
    private static void fieldsAreThoseOfEval(JsonObject page) {
        JsonArray expected = JsonParser.parseString(Outcome.of("eval", run, "-o", "json").expect(0).out())
                .getAsJsonObject().getAsJsonArray("confusion");
        int[][] matrix = new int[10][10];
        for (JsonElement element : page.getAsJsonArray("clicked")) {
            JsonObject field = element.getAsJsonObject();
            int label = field.get("label").getAsInt();
            int predicted = field.get("predicted").getAsInt();
            matrix[label][predicted] = field.get("images").getAsInt();
            assertEquals(label + (label == predicted ? " as " : " taken for ") + predicted,
                    field.get("title").getAsString());
            int pictures = field.get("pictures").getAsInt();
            assertTrue(pictures >= 1 && pictures <= matrix[label][predicted], () -> pictures + " pictures");
        }
        assertEquals(expected.toString().replace(" ", ""), Arrays.deepToString(matrix).replace(" ", ""));
    }

    @Test
    void aPageIsMadeWithoutPicturesWhereTheDataAreGone() throws IOException {
        Path moved = SmallData.write(temp.resolve("to be moved").resolve("set"));
        Path other = temp.resolve("other");
        train(other, "--data", moved, "--epochs", 1, "--hidden", 4);
        String before = page(other);
        Path place = Files.move(moved.getParent(), temp.resolve("moved")).resolve("set");
        Outcome outcome = Outcome.of("report", other).expect(0);
        assertTrue(outcome.err().contains("the page is made without pictures"), outcome::toString);
        JsonObject json = embedded(page(other));
        assertFalse(json.has("pictures") || json.has("evaluation"));
        assertTrue(json.get("missing").getAsString().contains(moved.toString()), json.get("missing")::getAsString);
        Outcome.of("report", other, "--data", place).expect(0);
        assertEquals(before, page(other));
        Outcome.of("report", other, "--data", temp.resolve("nowhere")).expectRefusal("nowhere");
    }

    @Test
    void heldOutImagesStandInForATest() throws IOException {
        Path validated = temp.resolve("validated");
        Outcome outcome = train(validated, "--data", data, "--test", "none", "--validation", 0.2, "--epochs", 2,
                "--hidden", 6, "--limit", 400);
        String written = page(validated);
        JsonObject evaluation = embedded(written).getAsJsonObject("evaluation");
        assertEquals("validation", evaluation.get("part").getAsString());
        assertEquals(80, evaluation.get("images").getAsInt());
        assertEquals(new SmallRun(validated).result().get("validation_accuracy"), evaluation.get("accuracy"),
                outcome::toString);
        Outcome.of("report", validated).expect(0);
        assertEquals(written, page(validated));
    }

    @Test
    void aRunThatDivergedHasAPage() throws IOException {
        Path diverged = temp.resolve("diverged");
        Outcome.of("train", "--data", data, "--out", diverged, "--lr", 1e6, "--hidden", 4).expect(Main.FAILED);
        JsonObject json = embedded(page(diverged));
        assertEquals("failed", json.getAsJsonObject("run").get("status").getAsString());
        assertTrue(json.has("evaluation"), "of its last good weights");
    }

    @Test
    void aPageThatCannotBeWrittenDoesNotFailTheRun() throws IOException {
        Path taken = temp.resolve("taken");
        Outcome outcome = Outcome.watching(line -> {
            if (line.startsWith("epoch 1/")) {
                try {
                    Files.createDirectories(taken.resolve("report.html").resolve("in the way"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }, "train", "--data", data, "--out", taken, "--epochs", 2, "--hidden", 4).expect(0);
        assertEquals("finished", new SmallRun(taken).status());
        assertTrue(outcome.err().contains("report.html was not written"), outcome::toString);
        Outcome.of("report", taken).expectRefusal(taken.resolve("report.html"), "-o");
    }

    @Test
    void noPageIsWrittenWhereNoneIsWanted() {
        Path bare = temp.resolve("bare");
        train(bare, "--data", data, "--epochs", 1, "--hidden", 4, "--no-report");
        assertFalse(Files.exists(bare.resolve("report.html")));
        Outcome.of("train", "--resume", bare, "--epochs", 2).expect(0);
        assertTrue(Files.exists(bare.resolve("report.html")), "and on --resume it is");
    }

    /** The page would stumble over them. */
    @ParameterizedTest
    @ValueSource(strings = {"config", "network", "environment", "dataset", "result"})
    void aPartThatIsNullIsAsIfNothingWereSaid(String part) throws IOException {
        Path copy = Files.createTempDirectory(temp, "null").resolve("r");
        SmallRun.copy(run, copy);
        JsonObject json = new SmallRun(copy).json();
        json.add(part, JsonNull.INSTANCE);
        Files.writeString(copy.resolve("run.json"), new GsonBuilder().serializeNulls().create().toJson(json));
        JsonObject embedded = RunReport.of(copy).json().getAsJsonObject("run");
        assertFalse(embedded.has(part), embedded::toString);
    }

    /** The page has what is before the damage, and both say so. */
    @ParameterizedTest
    @ValueSource(strings = {"{\"epoch\":3,\"sec", "{\"epoch\":5,\"seconds\":1}\n",
            "{\"epoch\":3,\"seconds\":1,\"train_loss\":\"x\"}\n"})
    void damagedMetricsAreTold(String line) throws IOException {
        Path copy = Files.createTempDirectory(temp, "damaged").resolve("r");
        SmallRun.copy(run, copy);
        Path metrics = copy.resolve("metrics.jsonl");
        List<String> lines = Files.readAllLines(metrics);
        Files.writeString(metrics, lines.get(0) + "\n" + lines.get(1) + "\n" + line);
        Outcome outcome = Outcome.of("report", copy).expect(0);
        String sentence = metrics + " is damaged in line 3 (";
        assertTrue(outcome.err().contains(sentence), outcome::toString);
        JsonObject json = embedded(page(copy));
        assertEquals(2, json.getAsJsonArray("epochs").size());
        assertTrue(json.get("damage").getAsString().startsWith(sentence));
        Outcome several = Outcome.of("report", copy, run, "-o", copy.resolve("both.html")).expect(0);
        assertTrue(several.err().contains(sentence), several::toString);
    }

    @Test
    void wrongUseIsRefused() throws IOException {
        Outcome.of("report", run, run).expectRefusal("-o");
        Outcome.of("report", run, run, "-o", temp.resolve("x.html"), "--data", data).expectRefusal("--data");
        Outcome.of("report", temp.resolve("nothing")).expectRefusal(temp.resolve("nothing"), "no run");
        Outcome.of("report", run, "-o", temp.resolve("no").resolve("where.html")).expectRefusal("where.html", "-o");
    }
}
