package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.ImageFolders;
import dev.lanewise.kernel.Shape;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --data} with a folder for each class. */
class ImageFoldersTest {
    @TempDir
    Path temp;

    private static Outcome train(Path data, Path out, Object... more) {
        List<Object> command = new ArrayList<>(List.of("train", "--data", data, "--out", out, "--hidden", 8));
        command.addAll(List.of(more));
        return Outcome.of(command.toArray());
    }

    /** Images of random colours, of which the class is the brighter half: left or right. */
    private static Dataset halves(Shape shape, int count, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] pixels = new byte[count * shape.size()];
        byte[] labels = new byte[count];
        for (int i = 0; i < pixels.length; i++) {
            int image = i / shape.size();
            labels[image] = (byte) (image % 2);
            boolean right = i % shape.size() / shape.channels() % shape.width() >= shape.width() / 2;
            pixels[i] = (byte) (random.nextInt(100) + (right == (labels[image] == 1) ? 100 : 0));
        }
        return Dataset.of(shape, pixels, labels, List.of("left", "right"));
    }

    @Test
    void digitsInFoldersTrainToTheWeightsOfIdxFiles() throws IOException {
        Path idx = SmallData.write(temp.resolve("idx"));
        Path folder = ImageFolders.write(temp.resolve("folder"), SmallData.TRAIN, SmallData.TEST);
        String weights = train(idx, temp.resolve("a"), "--epochs", 3).expect(0).field("weights_sha256");
        Outcome first = train(folder, temp.resolve("b"), "--epochs", 3).expect(0);
        assertEquals(weights, first.field("weights_sha256"));
        assertEquals(weights, train(folder, temp.resolve("c"), "--epochs", 3).expect(0).field("weights_sha256"),
                "from the cache");
        assertTrue(first.field("test accuracy").contains(" of 200 images of folder "), first::toString);
        assertEquals(new SmallRun(temp.resolve("b")).accuracy(), new SmallRun(temp.resolve("a")).accuracy());
        Outcome eval = Outcome.of("eval", temp.resolve("b")).expect(0);
        assertEquals(first.field("test accuracy"), eval.field("test accuracy"));
    }

    @Test
    void runOnAFolderIsResumedOnTheSameImagesAlone() throws IOException {
        Path folder = ImageFolders.write(temp.resolve("folder"), SmallData.TRAIN, SmallData.TEST);
        String weights = train(folder, temp.resolve("a"), "--epochs", 3).expect(0).field("weights_sha256");
        train(folder, temp.resolve("b"), "--epochs", 1, "--schedule-epochs", 3).expect(0);
        Path moved = Files.move(folder, temp.resolve("moved"));
        Outcome.of("train", "--resume", temp.resolve("b"), "--epochs", 3).expectRefusal(folder, "--data");
        assertEquals(weights, Outcome.of("train", "--resume", temp.resolve("b"), "--epochs", 3, "--data", moved)
                .expect(0).field("weights_sha256"));
        Path image = moved.resolve("train/" + SmallData.TRAIN.label(7) + "/00007.png");
        Files.copy(moved.resolve("train/" + SmallData.TRAIN.label(8) + "/00008.png"), image,
                StandardCopyOption.REPLACE_EXISTING);
        Outcome.of("train", "--resume", temp.resolve("b"), "--epochs", 4).expectRefusal(moved, "is not what this run");
    }

    @Test
    void sizeBelongsToTheRun() throws IOException {
        Path folder = ImageFolders.write(temp.resolve("folder"), halves(new Shape(64, 64, 3), 60, 1),
                halves(new Shape(40, 30, 3), 20, 2));
        train(folder, temp.resolve("no"), "--epochs", 2).expectRefusal("00000.png", "40 x 30", "64 x 64", "--size");
        Path run = temp.resolve("run");
        Outcome trained = train(folder, run, "--size", "8x6", "--epochs", 20, "--batch-size", 10, "--lr", 0.01)
                .expect(0);
        assertTrue(trained.err().contains("60 training and 20 test images of 8 x 6 x 3"), trained::toString);
        assertTrue(trained.field("test accuracy").startsWith("100.00 %"), trained::toString);
        assertEquals("8x6", new SmallRun(run).config().get("size").getAsString());
        assertEquals(trained.field("test accuracy"), Outcome.of("eval", run).expect(0).field("test accuracy"));
        Outcome.of("train", "--resume", run, "--epochs", 21).expect(0);
        Outcome.of("train", "--resume", run, "--size", "8x6").expectRefusal("--size");

        Path others = ImageFolders.write(temp.resolve("others"), halves(new Shape(10, 10, 3), 4, 3),
                halves(new Shape(12, 20, 3), 8, 4));
        Outcome eval = Outcome.of("eval", run, "--data", others).expect(0);
        assertTrue(eval.field("test accuracy").startsWith("100.00 % of 8 images of others "), eval::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"28x", "0x28", "28x1025", "1025x1", "28X28", "28x28x3", "-1x5", "", "99999x1"})
    void sizeThatIsNoneIsRefused(String size) throws IOException {
        train(temp, temp.resolve("out"), "--size", size).expectRefusal("--size", "1x1 to 1024x1024, such as 28x28");
    }

    @Test
    void imagesOfOtherSourcesAreNotScaled() throws IOException {
        Path idx = SmallData.write(temp.resolve("idx"));
        train(idx, temp.resolve("out"), "--size", "14x14").expectRefusal(idx, "28 x 28", "14x14", "--size");
        assertFalse(Files.exists(temp.resolve("out")));
        train(idx, temp.resolve("out"), "--size", "28x28", "--epochs", 1).expect(0);
    }

    @Test
    void fileThatIsNoImageIsRefusedBeforeARunBegins() throws IOException {
        Path folder = ImageFolders.write(temp.resolve("folder"), SmallData.TRAIN, SmallData.TEST);
        Path file = folder.resolve("test/3/99999.txt");
        Files.writeString(file, "a note");
        train(folder, temp.resolve("out")).expectRefusal(file, "is no PNG, JPEG, GIF or BMP image");
        Files.write(file, Arrays.copyOf(Files.readAllBytes(folder.resolve(
                "train/" + SmallData.TRAIN.label(0) + "/00000.png")), 100));
        train(folder, temp.resolve("out")).expectRefusal(file, "is cut short");
        assertFalse(Files.exists(temp.resolve("out")));
    }

    private Process start(String heap, Path output, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Child.JAVA_HOME.resolve("bin").resolve("java").toString(), heap,
                "-XX:+UseSerialGC", "--add-modules", "jdk.incubator.vector", "-cp",
                System.getProperty("java.class.path"), Main.class.getName()));
        Stream.of(arguments).map(String::valueOf).forEach(command::add);
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(new File(output + ".out"))
                .redirectError(new File(output + ".err"));
        builder.environment().put("XDG_CACHE_HOME", temp.resolve("caches").toString());
        return builder.start();
    }

    private static Outcome await(Process process, Path output) throws IOException, InterruptedException {
        return new Outcome(process.waitFor(), Files.readString(Path.of(output + ".out")),
                Files.readString(Path.of(output + ".err")));
    }

    @Test
    void twoProcessesReadAFolderAtATime() throws IOException, InterruptedException {
        Path folder = ImageFolders.write(temp.resolve("folder"), SmallData.TRAIN, SmallData.TEST);
        List<Path> runs = List.of(temp.resolve("a"), temp.resolve("b"));
        List<Process> processes = new ArrayList<>();
        for (Path run : runs) {
            processes
                    .add(start("-Xmx256m", run, "train", "--data", folder, "--epochs", 1, "--hidden", 8, "--out", run));
        }
        List<String> weights = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            weights.add(await(processes.get(i), runs.get(i)).expect(0).field("weights_sha256"));
        }
        assertEquals(weights.get(0), weights.get(1));
        try (Stream<Path> kept = Files.list(temp.resolve("caches/lanewise/prepared"))) {
            assertEquals(1, kept.count());
        }
    }

    @Test
    void imagesThatTakeMoreThanTheMemoryAreRefusedBySaying() throws IOException, InterruptedException {
        Path folder = ImageFolders.write(temp.resolve("folder"), halves(new Shape(2, 2, 1), 80, 1));
        Path output = temp.resolve("large");
        await(start("-Xmx64m", output, "train", "--data", folder, "--size", "1024x1024"), output)
                .expectRefusal(folder, "do not fit in the memory of the JVM", "MiB", "--size", "-Xmx");
    }
}
