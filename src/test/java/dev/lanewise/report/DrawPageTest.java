package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.Chromium;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.ImageReader;
import dev.lanewise.data.NamedSet;
import dev.lanewise.data.Preparation;
import dev.lanewise.data.Preparer;
import dev.lanewise.data.Preparer.Prepared;
import dev.lanewise.data.SetFiles;
import dev.lanewise.kernel.Reductions;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Layers;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Losses;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.Predictor;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page with the network inside, in Chromium: it must say what Java says. */
class DrawPageTest {
    /** Names that a page could take for something else: markup, quotes, an emoji, words from right to left. */
    private static final List<String> AWKWARD = List.of("</script><script>throw 1</script>",
            "<img src=x onerror=throw>",
            "it's \"quoted\" & 'so'", "\ud83d\ude00", "\u05e9\u05dc\u05d5\u05dd", "@page@ $1 \\ ${2}",
            "a name that is much longer than there is room for it beside a bar or under a small picture");

    @TempDir
    static Path temp;
    private static Chromium browser;

    @BeforeAll
    static void start() throws IOException {
        browser = Chromium.start(temp.resolve("profile"));
    }

    @AfterAll
    static void end() {
        if (browser != null) {
            browser.close();
        }
    }

    private static Model model(String layers, String loss, Shape input, List<String> classes,
            Map<String, String> metadata) {
        Network network = Network.of(input, Spec.parseList(layers), Loss.of(Spec.parse(loss))).initialize(1);
        return new Model(network, classes, metadata);
    }

    private static Model digits(String layers) {
        return model(layers, "cross-entropy", new Shape(28, 28, 1), digits(), Map.of("data", "digits"));
    }

    private static List<String> digits() {
        return IntStream.range(0, 10).mapToObj(String::valueOf).toList();
    }

    private static Chromium.Page open(Model model, String name, int width, boolean dark) throws IOException {
        Path file = Files.writeString(Files.createTempFile(temp, "page", ".html"), DrawPage.inside(model, name));
        return browser.open(file.toUri().toString(), width, 900, dark);
    }

    /** Strokes of the mouse over the canvas; numbers are x and y from 0 to 1. */
    private static void draw(Chromium.Page page, double[]... strokes) {
        double[] box = Stream.of(page.evaluate("(b => [b.x, b.y, b.width, b.height].join(' '))"
                + "(canvas.getBoundingClientRect())").getAsString().split(" ")).mapToDouble(Double::parseDouble)
                .toArray();
        for (double[] stroke : strokes) {
            page.drag(IntStream.range(0, stroke.length / 2).mapToObj(i -> new double[]{
                    box[0] + stroke[2 * i] * box[2], box[1] + stroke[2 * i + 1] * box[3]}).toArray(double[][]::new));
        }
        page.await("stroke === null && !reading && !stale");
    }

    private static final double[] SEVEN = {.1, .2, .18, .2, .26, .2, .22, .5, .16, .8};
    private static final double[] TWO = {.42, .3, .44, .2, .5, .2, .55, .3, .5, .5, .42, .75, .5, .76, .6, .75};
    private static final double[][] FOUR = {{.72, .2, .7, .4, .7, .5, .8, .5, .85, .5}, {.8, .3, .79, .6, .79, .85}};

    /** What Java makes of the drawing that the page shows, as {@code predict} would. */
    private static void assertAsJava(Model model, Chromium.Page page) throws IOException {
        byte[] png = Base64.getDecoder().decode(page.evaluate("canvas.toDataURL()").getAsString().split(",")[1]);
        ImageReader.Image drawing = Preparer.read(png, "the drawing");
        Preparer preparer = model.preparer();
        List<Prepared> expected = List.of(preparer.prepare(drawing, "the drawing"));
        if (page.evaluate("document.getElementById('several').checked").getAsBoolean()) {
            List<Prepared> split = preparer.split(drawing, "the drawing").stream().flatMap(List::stream).toList();
            expected = split.size() > 1 ? split : expected;
        }
        JsonArray found = array(page,
                "characters.map(c => ({...c, pixels: [...c.pixels], probabilities: [...c.probabilities]}))");
        assertEquals(expected.size(), found.size());
        Predictor predictor = new Predictor(new Ensemble(List.of(model)));
        for (int i = 0; i < expected.size(); i++) {
            JsonObject character = found.get(i).getAsJsonObject();
            Prepared prepared = expected.get(i);
            byte[] seen = new byte[prepared.pixels().length];
            for (int k = 0; k < seen.length; k++) {
                seen[k] = (byte) character.getAsJsonArray("pixels").get(k).getAsInt();
            }
            assertArrayEquals(prepared.pixels(), seen);
            assertEquals(prepared.box().left(), character.getAsJsonObject("box").get("left").getAsInt());
            assertEquals(prepared.box().bottom(), character.getAsJsonObject("box").get("bottom").getAsInt());
            assertProbabilities(predictor.predict(prepared.pixels(), 0, 1), character.getAsJsonArray("probabilities"));
        }
    }

    private static JsonArray array(Chromium.Page page, String expression) {
        return JsonParser.parseString(page.evaluate("JSON.stringify(" + expression + ")").getAsString())
                .getAsJsonArray();
    }

    private static void assertProbabilities(float[] expected, JsonArray found) {
        float[] p = new float[expected.length];
        for (int i = 0; i < p.length; i++) {
            p[i] = found.get(i).getAsFloat();
            assertEquals(expected[i], p[i], 1e-5, () -> Arrays.toString(expected) + " and " + found);
        }
        assertEquals(Reductions.argmax(expected, 0, p.length), Reductions.argmax(p, 0, p.length));
    }

    /** MNIST's test images where they are, else the built-in digits. */
    private static DatasetPair images() throws IOException {
        NamedSet mnist = NamedSet.ALL.getFirst();
        return SetFiles.find(mnist).isPresent()
                ? SetFiles.load(mnist, SetFiles.find(mnist).get())
                : new DatasetPair("digits", "digits", BuiltInDigits.draw(1, 2000), BuiltInDigits.draw(2, 1000),
                        Preparation.CENTRE, List.of());
    }

    /** Trained, so that probabilities are as sure as a user's. */
    @ParameterizedTest
    @CsvSource({"mlp, 1000", "small, 1000", "best, 1000"})
    void answersOnTestImagesAreThoseOfJava(String net, int count) throws IOException {
        DatasetPair data = images();
        Dataset test = data.test();
        Model model;
        try (Training training = new Training(Recipe.USUAL.with(Recipe.NET, net).epochs(1),
                data.limit(net.equals("mlp") ? 2000 : 300, 1), Training.Execution.USUAL)) {
            training.run(_ -> {
            });
            model = training.model();
        }
        try (Chromium.Page page = open(model, net, 800, false)) {
            Predictor predictor = new Predictor(new Ensemble(List.of(model)));
            int right = 0;
            int size = test.shape().size();
            byte[] images = test.pixels();
            for (int first = 0; first < count; first += 100) {
                String pixels = Base64.getEncoder().encodeToString(Arrays.copyOfRange(images,
                        first * size, (first + 100) * size));
                JsonArray answers = array(page, ("(all => Array.from({length: 100}, (_, i) => [...network.predict("
                        + "all.subarray(i * %1$d, (i + 1) * %1$d))]))(Uint8Array.from(atob('%2$s'), c => c.charCodeAt(0)))")
                        .formatted(size, pixels));
                float[] expected = predictor.predict(images, first, 100);
                for (int i = 0; i < 100; i++) {
                    float[] p = Arrays.copyOfRange(expected, 10 * i, 10 * i + 10);
                    assertProbabilities(p, answers.get(i).getAsJsonArray());
                    right += Reductions.argmax(p, 0, 10) == test.label(first + i) ? 1 : 0;
                }
            }
            assertTrue(right > count / 3, right + " of " + count + ": it has learned something");
        }
    }

    /** All kinds of layers, sizes that do not divide, windows that reach into the padding, both outputs. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "conv 3 5x3 padding=2 stride=2, batch-norm epsilon=0.01, tanh, pool 3x2 stride=2, dropout 0.5, dense 10 | mse",
            "conv 4 3x3, relu, drop-channels 0.3, average-pool 2x3 stride=3, conv 10 2x2 padding=1, global-pool | cross-entropy smoothing=0.1",
            "dense 20, sigmoid, dense 17, relu, dense 10 | softmax-mse"})
    void everyKindOfLayerIsComputed(String layers, String loss) throws IOException {
        Model model = model(layers, loss, new Shape(28, 28, 1), digits(), Map.of());
        model.network().parameters().stream().filter(parameter -> parameter.shape().size() == 1)
                .forEach(parameter -> { // means, variances and biases that are not 0 or 1
                    for (int i = 0; i < parameter.size(); i++) {
                        parameter.value()[i] = 0.4f + 0.13f * (i % 7);
                    }
                });
        try (Chromium.Page page = open(model, "run", 800, false)) {
            draw(page, SEVEN);
            assertAsJava(model, page);
        }
    }

    @Test
    void thePageKnowsTheLibrarysLayersAndLosses() throws IOException {
        Set<String> forTraining = Set.of("dropout", "drop-channels");
        try (Chromium.Page page = open(digits("dense 10"), "run", 800, false)) {
            Set<String> known = array(page, "Object.keys(kinds)").asList().stream().map(JsonElement::getAsString)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(new TreeSet<>(DrawPage.LAYERS), known);
            Set<String> library = new TreeSet<>(Layers.KINDS.names());
            library.removeAll(forTraining);
            library.remove("prelu"); // of these tests
            assertEquals(library, known);
        }
        for (String loss : List.of("cross-entropy", "mse", "softmax-mse")) {
            assertTrue(Losses.KINDS.names().contains(loss));
            assertFalse(DrawPage.inside(model("dense 2", loss, new Shape(28, 28, 1), List.of("a", "b"), Map.of()), "r")
                    .isEmpty());
        }
    }

    @Test
    void whatAPageCannotDoIsRefused() {
        for (Model model : List.of(digits("dense 4, prelu, dense 10"),
                model("dense 2", "mse", Shape.vector(784), List.of("a", "b"), Map.of()))) {
            String message = assertThrows(IllegalArgumentException.class, () -> DrawPage.inside(model, "run"))
                    .getMessage();
            assertTrue(message.contains("prelu") || message.contains("784"), message);
        }
    }

    /** Broad and thin pens, dots, corners, strokes out of the sheet and back; one character and several. */
    @Test
    void drawingsArePreparedAsJavaPreparesThem() throws IOException {
        Model model = digits("dense 10");
        try (Chromium.Page page = open(model, "run", 1000, false)) {
            int pen = 0;
            for (double[][] drawing : new double[][][]{{SEVEN}, {SEVEN, TWO}, {SEVEN, TWO, FOUR[0], FOUR[1]},
                    {{.5, .5}}, {{.02, .5, .3, .4, .98, .5}}, {{.5, .1, .2, 1.3, .7, .2}, {.9, .9, .95, .95}},
                    {{.1, .1, .2, .1, .2, .3}, {.1, .6, .2, .6, .2, .9}, {.6, .1, .6, .4}, {.7, .62, .72, .9}}}) {
                page.evaluate("document.getElementById('pen').value = " + new int[]{8, 28, 60}[pen++ % 3]);
                draw(page, drawing);
                assertAsJava(model, page);
                page.click("#several");
                page.await("!reading && !stale");
                assertAsJava(model, page);
                page.click("#several");
                page.click("#clear");
            }
            assertEquals(List.of(), page.messages());
        }
    }

    /** Dark ink, other sizes, colours, images that are taken as they are. */
    @ParameterizedTest
    @CsvSource({"centre, dark, 28, 28, 1", "centre, light, 20, 32, 1", "scale, light, 28, 28, 1",
            "scale, dark, 33, 47, 1", "scale, none, 16, 12, 3", "none, light, 28, 28, 1", "none, none, 40, 20, 3"})
    void everyPreparationIsThatOfJava(String prepare, String ink, int height, int width, int channels)
            throws IOException {
        Model model = model("dense 3", "mse", new Shape(height, width, channels), List.of("a", "b", "c"),
                Map.of("prepare", prepare, "ink", ink));
        try (Chromium.Page page = open(model, "run", 800, false)) {
            draw(page, SEVEN);
            assertAsJava(model, page);
            draw(page, TWO);
            assertAsJava(model, page);
            if (!prepare.equals("none")) {
                page.click("#several");
                page.await("!reading && !stale");
                assertAsJava(model, page);
            }
            assertEquals(List.of(), page.messages());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 800, 1600})
    void everyWindowShowsAllInBothThemes(int width) throws IOException {
        for (boolean dark : new boolean[]{false, true}) {
            try (Chromium.Page page = open(digits("dense 16, relu, dense 10"), "run", width, dark)) {
                draw(page, SEVEN, TWO);
                assertEquals(2, page.evaluate("document.getElementById('text').textContent").getAsString().length());
                assertEquals(2, page.evaluate("document.querySelectorAll('#seen button').length").getAsInt());
                assertEquals(10, page.evaluate("document.querySelectorAll('.bar').length").getAsInt());
                Browser.assertShown(page, dark);
                page.click("#seen button");
                assertEquals(0, page.evaluate("chosen").getAsInt());
                page.click("#undo");
                page.await("characters.length === 1 && !reading");
                page.click("#clear");
                page.await("characters.length === 0 && !reading");
                assertTrue(page.evaluate("context.getImageData(0, 0, canvas.width, canvas.height).data"
                        + ".every((v, i) => v === (i % 4 === 3 ? 255 : 0))").getAsBoolean(), "a blank sheet");
                assertEquals(List.of(), page.messages());
                assertEquals(1, page.requests().size(), () -> page.requests().toString());
            }
        }
    }

    @Test
    void aFingerDraws() throws IOException {
        try (Chromium.Page page = open(digits("dense 10"), "run", 400, false)) {
            page.touch(new double[]{100, 200}, new double[]{130, 230}, new double[]{150, 300});
            page.await("characters.length === 1 && stroke === null && !reading");
            assertEquals(1, page.evaluate("strokes.length").getAsInt());
            double times = page.evaluate("document.querySelector('#seen canvas').clientWidth / 28").getAsDouble();
            assertEquals(Math.rint(times), times, "all pixels are of one size");
            assertTrue(page.evaluate("strokes[0].points.length").getAsInt() >= 2);
        }
    }

    @Test
    void noNameIsRun() throws IOException {
        for (String title : List.of(AWKWARD.get(0), AWKWARD.get(2) + AWKWARD.get(4), AWKWARD.get(5))) {
            try (Chromium.Page page = open(model("dense 7", "mse", new Shape(28, 28, 1), AWKWARD,
                    Map.of("data", title)), title, 400, true)) {
                draw(page, SEVEN);
                assertEquals(AWKWARD, array(page, "[...document.querySelectorAll('.class')].map(c => c.textContent)")
                        .asList().stream().map(JsonElement::getAsString).toList());
                assertEquals("Draw: " + title, page.evaluate("document.title").getAsString());
                assertTrue(page.evaluate("document.querySelector('footer').textContent").getAsString()
                        .contains(title + ", trained on " + title));
                assertEquals(List.of(), page.messages());
                assertEquals(1, page.requests().size(), () -> page.requests().toString());
                assertTrue(page.evaluate("document.documentElement.scrollWidth").getAsInt() <= 400);
            }
        }
    }

    /** Of many classes the likeliest are shown. */
    @Test
    void manyClassesAreThoseThatCount() throws IOException {
        List<String> names = IntStream.range(0, 40).mapToObj(i -> "class " + i).toList();
        try (Chromium.Page page = open(model("dense 40", "cross-entropy", new Shape(28, 28, 1), names, Map.of()),
                "run", 800, false)) {
            draw(page, SEVEN);
            List<Double> shown = array(page,
                    "[...document.querySelectorAll('.share')].map(c => parseFloat(c.textContent))").asList().stream()
                    .map(JsonElement::getAsDouble).toList();
            assertEquals(12, shown.size());
            List<Double> sorted = new ArrayList<>(shown);
            sorted.sort((a, b) -> Double.compare(b, a));
            assertEquals(sorted, shown);
        }
    }
}
