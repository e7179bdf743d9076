package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.explain.Mistake;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExplainCommandTest {
    @TempDir
    static Path temp;
    private static Path data;
    private static Path run;
    private static Path convolutional;
    private static Path batchNorm;

    @BeforeAll
    static void trainOnce() throws IOException {
        data = SmallData.write(temp.resolve("small"));
        run = temp.resolve("run");
        Outcome.of("train", "--data", data, "--epochs", 4, "--hidden", "16,12", "--out", run).expect(0);
        convolutional = temp.resolve("convolutional");
        Outcome.of("train", "--data", data, "--epochs", 2, "--layers", "conv 3 5x5, relu, drop-channels 0.1, pool 4",
                "--out", convolutional).expect(0);
        batchNorm = temp.resolve("batch-norm");
        Outcome.of("train", "--data", data, "--epochs", 2, "--layers", "conv 3 5x5 stride=2, batch-norm, relu",
                "--out", batchNorm).expect(0);
    }

    @Test
    void anUnknownTopicIsToldWhichThereAre() {
        Outcome.of("explain", "foo").expectRefusal("unknown topic 'foo'", "xor", "softmax", "bias", "loss", "conv",
                "digit");
        Outcome.of("explain").expectRefusal("a topic is missing");
    }

    /** Plain text of 80 columns in ASCII, and the same numbers as Markdown. */
    private static void assertReadable(Object... command) {
        String plain = Outcome.of(command).out();
        assertFalse(plain.isEmpty());
        for (String line : plain.lines().toList()) {
            assertTrue(line.length() <= 80 && line.equals(line.stripTrailing()), line);
            assertTrue(line.chars().allMatch(c -> c >= ' ' && c < 127), line);
        }
        Object[] withFormat = Arrays.copyOf(command, command.length + 2);
        withFormat[command.length] = "-o";
        withFormat[command.length + 1] = "md";
        String md = Outcome.of(withFormat).out();
        assertTrue(md.startsWith("# ") && md.lines().filter(line -> line.startsWith("```")).count() % 2 == 0, md);
        assertEquals(numbers(plain), numbers(md));
    }

    private static List<String> numbers(String text) {
        return Pattern.compile("\\d+\\.\\d+").matcher(text).results().map(m -> m.group()).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"xor", "softmax", "bias", "loss", "conv"})
    void topicsFitATerminalAndAreMarkdownToo(String topic) {
        Outcome outcome = Outcome.of("explain", topic).expect(0);
        assertEquals(List.of(), outcome.messages());
        assertReadable("explain", topic);
    }

    @ParameterizedTest
    @EnumSource(Mistake.class)
    void mistakesAreShownByTheTopicsTheyConcernAndRefusedElsewhere(Mistake mistake) {
        for (String topic : List.of("xor", "softmax", "bias", "loss")) {
            Outcome outcome = Outcome.of("explain", topic, "--mistake", mistake);
            if (mistake.concerns(topic)) {
                assertTrue(outcome.expect(0).out().startsWith("Mistake: " + mistake + "\n"), outcome::toString);
                assertTrue(outcome.out().contains("FAIL"), outcome::toString);
            } else {
                outcome.expectRefusal("--mistake " + mistake, "explain " + mistake.topics().getFirst());
            }
        }
        assertReadable("explain", mistake.topics().getFirst(), "--mistake", mistake);
    }

    @Test
    void aDigitIsDrawnWithItsProbabilitiesAndItsGradients() {
        Outcome outcome = Outcome.of("explain", "digit", 3, "--run", run).expect(0);
        assertTrue(outcome.err().contains("Data: "), outcome::toString);
        int label = SmallData.TEST.label(3);
        assertTrue(outcome.out().startsWith("Test image 3 of"), outcome::toString);
        assertTrue(outcome.out().contains("a " + label + ", read as a "), outcome::toString);
        assertTrue(outcome.out().contains("(784-16-12-10)"), outcome::toString);
        assertReadable("explain", "digit", 3, "--run", run, "--data", data);
    }

    /** Shapes in place of formulas of dense layers; what works in its input's place shares its row, and relu comes behind a pool. */
    @Test
    void networksOfImagesShowTheShapeOfEveryLayer() {
        String page = Outcome.of("explain", "digit", 3, "--run", convolutional).expect(0).out();
        for (String row : List.of("  pixels / 255     28 x 28 ", "  conv 3 5x5         24 x 24 x 3 ",
                "  pool 4, relu       6 x 6 x 3 ", "  dense 10 ")) {
            assertTrue(page.replaceAll(" +", " ").contains("\n" + row.replaceAll(" +", " ")), row + " in " + page);
        }
        assertFalse(page.contains("W1") || page.contains("784-"), page);
        assertTrue(page.contains("Backward: the loss "), page);
        assertReadable("explain", "digit", 3, "--run", convolutional);
        String normalised = Outcome.of("explain", "digit", 3, "--run", batchNorm).expect(0).out();
        assertFalse(normalised.contains("Backward") || normalised.contains("pushed towards"), normalised);
        assertTrue(normalised.contains("The way back is left out"), normalised);
        assertReadable("explain", "digit", 3, "--run", batchNorm);
    }

    /** The probabilities of predict on the same image. */
    @ParameterizedTest
    @ValueSource(strings = {"run", "convolutional", "batch-norm"})
    void theDigitsProbabilitiesAreThoseOfPredict(String name) throws IOException {
        Path run = temp.resolve(name);
        Path image = temp.resolve("image-idx3-ubyte");
        Files.write(image, SmallData.idx(0x803, SmallData.TEST.pixels(5),
                1, 28, 28));
        String[] predicted = Outcome.of("predict", run, image).expect(0).out().strip().split("\\s+");
        String best = "%5d  ".formatted(Integer.parseInt(predicted[1]));
        String line = Outcome.of("explain", "digit", 5, "--run", run).expect(0).out().lines().map(l -> l.substring(
                Math.min(l.length(), 2))).filter(l -> l.startsWith(best)).findFirst().orElseThrow();
        assertEquals(Double.parseDouble(predicted[2]), Double.parseDouble(line.strip().split("\\s+")[2]), 0.0051, line);
    }

    @Test
    void wrongUseIsRefusedInASentence() {
        Outcome.of("explain").expectRefusal("xor, softmax, bias, loss, conv or digit");
        Outcome.of("explain", "softmaxx").expectRefusal("softmaxx", "softmax");
        Outcome.of("explain", "xor", "--mistake", "typo").expectRefusal("--mistake", "typo", "no-learning-rate");
        Outcome.of("explain", "xor", "-o", "pdf").expectRefusal("-o", "pdf", "plain, md");
        Outcome.of("explain", "digit", "--run", run).expectRefusal("N");
        Outcome.of("explain", "digit", "one", "--run", run).expectRefusal("one");
        Outcome.of("explain", "digit", -1, "--run", run).expectRefusal("-1");
        Outcome.of("explain", "digit", 200, "--run", run).expectRefusal("200", "0 to 199");
        Outcome.of("explain", "digit", 1, "--run", temp.resolve("nowhere")).expectRefusal("nowhere");
    }
}
