package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
}
