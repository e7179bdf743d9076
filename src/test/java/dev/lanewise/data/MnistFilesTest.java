package dev.lanewise.data;

import static dev.lanewise.data.IdxReaderTest.gzip;
import static dev.lanewise.data.IdxReaderTest.images;
import static dev.lanewise.data.IdxReaderTest.labels;
import static dev.lanewise.data.IdxReaderTest.sha256;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MnistFilesTest {
    private static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
    private static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
    private static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
    private static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

    @TempDir
    Path directory;

    /** Two images of 1 x 2 pixels to train on and one to test on. */
    private static Path write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve(TRAIN_IMAGES), images(2, 1, 2, (byte) 1, (byte) 2, (byte) 3, (byte) 4));
        Files.write(directory.resolve(TRAIN_LABELS), labels((byte) 8, (byte) 9));
        Files.write(directory.resolve(TEST_IMAGES), images(1, 1, 2, (byte) 5, (byte) 6));
        Files.write(directory.resolve(TEST_LABELS), labels((byte) 7));
        return directory;
    }

    private static void assertRefused(Executable loading, Object... parts) {
        String message = assertThrows(InputException.class, loading).getMessage();
        assertFalse(message.contains("\n"), message);
        for (Object part : parts) {
            assertTrue(message.contains(part.toString()), message);
        }
    }

    private void assertLoadRefused(Object... parts) {
        assertRefused(() -> MnistFiles.load(directory), parts);
    }

    @Test
    void fourFilesBecomeAPairNamedAsTheirDirectory() throws IOException {
        DatasetPair pair = MnistFiles.load(write(directory.resolve("tiny")));
        assertEquals("tiny", pair.name());
        assertEquals(directory.resolve("tiny").toString(), pair.origin());
        assertEquals(new Shape(1, 2, 1), pair.train().shape());
        assertEquals(Mnist.CLASSES, pair.train().classes(), "labels below ten are digits");
        assertArrayEquals(new byte[]{1, 2, 3, 4}, pair.train().images().bytes());
        assertArrayEquals(new byte[]{8, 9}, pair.train().labels());
        assertArrayEquals(new byte[]{5, 6}, pair.test().images().bytes());
        assertArrayEquals(new byte[]{7}, pair.test().labels());
        assertEquals(List.of(TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS),
                pair.files().stream().map(DatasetPair.SourceFile::name).toList());
        assertEquals(sha256(labels((byte) 8, (byte) 9)), pair.files().get(1).sha256());
        assertEquals(10, pair.files().get(1).bytes());
    }

    /** What a set is, its bytes say, not the place where they lie. */
    @ParameterizedTest
    @ValueSource(strings = {"mnist", "digits", "auto"})
    void aSetOfOnesOwnIsNotTakenForABuiltInOneByItsDirectory(String name) throws IOException {
        DatasetPair pair = MnistFiles.load(write(directory.resolve("my").resolve(name)));
        assertEquals(Path.of("my", name).toString(), pair.name());
        assertEquals(pair.name(), MnistFiles.load(directory.resolve("my").resolve(name).resolve(".")).name());
    }

    @Test
    void theBuiltInDigitsAreKnownByTheirDigestsWhereverTheyLie() throws IOException {
        DatasetPair digits = BuiltInDigits.generate();
        for (int part = 0; part < 2; part++) {
            Dataset data = part == 0 ? digits.train() : digits.test();
            Files.write(directory.resolve(part == 0 ? TRAIN_IMAGES : TEST_IMAGES),
                    images(data.size(), 28, 28, data.images().bytes()));
            Files.write(directory.resolve(part == 0 ? TRAIN_LABELS : TEST_LABELS), labels(data.labels()));
        }
        DatasetPair pair = MnistFiles.load(directory);
        assertEquals("digits", pair.name());
        assertEquals(digits.files(), pair.files());
    }

    @Test
    void gzippedAndDottedNamesAreFound() throws IOException {
        write(directory);
        Files.move(directory.resolve(TRAIN_IMAGES), directory.resolve("train-images.idx3-ubyte"));
        Path labels = directory.resolve(TRAIN_LABELS);
        Files.write(directory.resolve("train-labels.idx1-ubyte.gz"), gzip(Files.readAllBytes(labels)));
        Files.delete(labels);
        Files.write(directory.resolve(TEST_LABELS + ".gz"), gzip(labels((byte) 3)));
        DatasetPair pair = MnistFiles.load(directory);
        assertEquals(2, pair.train().size());
        assertArrayEquals(new byte[]{3}, pair.test().labels(), "gzip comes before raw");
    }

    private void assertClasses(int count, byte[] trainLabels, byte testLabel) throws IOException {
        write(directory);
        Files.write(directory.resolve(TRAIN_LABELS), labels(trainLabels));
        Files.write(directory.resolve(TEST_LABELS), labels(testLabel));
        DatasetPair pair = MnistFiles.load(directory);
        List<String> numbers = IntStream.range(0, count).mapToObj(String::valueOf).toList();
        assertEquals(numbers, pair.train().classes());
        assertEquals(numbers, pair.test().classes());
        assertArrayEquals(trainLabels, pair.train().labels());
        assertEquals(testLabel & 0xff, pair.test().label(0));
    }

    @Test
    void thereAreTenClassesOrAsManyAsTheLargestLabelOfBothPartsSays() throws IOException {
        assertClasses(10, new byte[]{3, 9}, (byte) 0);
        assertClasses(11, new byte[]{10, 0}, (byte) 3);
        assertClasses(11, new byte[]{1, 0}, (byte) 10);
        assertClasses(129, new byte[]{127, 1}, (byte) 128);
        assertClasses(256, new byte[]{(byte) 200, (byte) 255}, (byte) 100);
    }

    @Test
    void imagesThatAreAllOfOneClassAreLoaded() throws IOException {
        assertClasses(10, new byte[]{3, 3}, (byte) 3);
    }

    @Test
    void directoryWithoutDataIsRefusedWithWhatWasLookedFor() {
        assertLoadRefused(directory, "no data set", TRAIN_IMAGES, ".gz");
    }

    @Test
    void missingDirectoryAndFileInItsPlaceAreRefused() throws IOException {
        Path missing = directory.resolve("missing");
        assertRefused(() -> MnistFiles.load(missing), missing, "does not exist");
        assertRefused(() -> MnistFiles.verify(missing), missing, "does not exist");
        Path file = Files.write(directory.resolve("file"), new byte[1]);
        assertRefused(() -> MnistFiles.load(file), file, "not a directory");
    }

    @Test
    void eachMissingFileIsNamed() throws IOException {
        for (String name : List.of(TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)) {
            write(directory);
            Files.delete(directory.resolve(name));
            assertLoadRefused(directory, "but not " + name);
        }
        write(directory);
        Files.delete(directory.resolve(TEST_IMAGES));
        Files.delete(directory.resolve(TEST_LABELS));
        assertLoadRefused("but not " + TEST_IMAGES + " and " + TEST_LABELS);
    }

    @Test
    void countsThatDifferAreRefusedWithBothNumbers() throws IOException {
        write(directory);
        Files.write(directory.resolve(TRAIN_LABELS), labels((byte) 1, (byte) 2, (byte) 3));
        assertLoadRefused(TRAIN_IMAGES, "2 images", TRAIN_LABELS, "3 labels");
        write(directory);
        Files.write(directory.resolve(TEST_LABELS), labels());
        assertLoadRefused(TEST_IMAGES, "1 images", TEST_LABELS, "0 labels");
    }

    @Test
    void imageSizesThatDifferAreRefused() throws IOException {
        write(directory);
        Files.write(directory.resolve(TEST_IMAGES), images(1, 2, 2, new byte[4]));
        assertLoadRefused(TRAIN_IMAGES, "1 x 2", TEST_IMAGES, "2 x 2");
        Files.write(directory.resolve(TEST_IMAGES), images(1, 1, 3, new byte[3]));
        assertLoadRefused(TRAIN_IMAGES, "1 x 2", TEST_IMAGES, "1 x 3");
    }

    @Test
    void noImagesAreRefused() throws IOException {
        write(directory);
        Files.write(directory.resolve(TRAIN_IMAGES), images(0, 1, 2));
        Files.write(directory.resolve(TRAIN_LABELS), labels());
        assertLoadRefused(TRAIN_IMAGES, "no images");
    }

    @Test
    void brokenFileIsRefusedByName() throws IOException {
        write(directory);
        byte[] packed = gzip(images(1, 1, 2, (byte) 5, (byte) 6));
        Files.write(directory.resolve(TEST_IMAGES), Arrays.copyOf(packed, packed.length - 9));
        assertLoadRefused(directory.resolve(TEST_IMAGES), "cut short");
    }

    @Test
    void verifyReportsEveryFileThatIsNotThePublishedOne() throws IOException {
        write(directory);
        Files.delete(directory.resolve(TRAIN_LABELS));
        Files.write(directory.resolve(TEST_LABELS), labels((byte) 11));
        List<MnistFiles.Check> checks = MnistFiles.verify(directory);
        assertEquals(Mnist.FILES.stream().map(DatasetPair.SourceFile::name).toList(),
                checks.stream().map(MnistFiles.Check::name).toList());
        assertTrue(checks.stream().noneMatch(MnistFiles.Check::published));
        assertTrue(checks.get(0).finding().contains(Mnist.FILES.get(0).sha256()), checks.toString());
        assertTrue(checks.get(1).finding().contains("missing"), checks.toString());
        assertTrue(checks.get(3).finding().contains(Mnist.FILES.get(3).sha256()), checks.toString());
    }

    @Test
    void publishedFilesHaveTheSizesOfTheirImages() {
        long pixels = Mnist.SHAPE.size();
        assertEquals(List.of(16 + 60_000 * pixels, 8 + 60_000L, 16 + 10_000 * pixels, 8 + 10_000L),
                Mnist.FILES.stream().map(DatasetPair.SourceFile::bytes).toList());
    }

    @Test
    void publishedFilesAreKnownByTheirDigestsInOrder() {
        assertTrue(MnistFiles.isPublished(Mnist.FILES));
        assertFalse(MnistFiles.isPublished(Mnist.FILES.reversed()));
        assertFalse(MnistFiles.isPublished(Mnist.FILES.subList(0, 3)));
    }

    private Properties system(String os) {
        Properties system = new Properties();
        system.setProperty("os.name", os);
        system.setProperty("user.home", directory.resolve("home").toString());
        system.setProperty("user.dir", directory.resolve("work").toString());
        return system;
    }

    private List<Path> places(String os, String... environment) throws InputException {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < environment.length; i += 2) {
            variables.put(environment[i], environment[i + 1]);
        }
        return MnistFiles.places(variables, system(os));
    }

    @Test
    void placesAreWorkingDirectoryThenEnvironmentThenCacheOfTheSystem() throws InputException {
        Path working = directory.resolve("work/data/mnist");
        Path home = directory.resolve("home");
        Path caches = directory.resolve("caches");
        Path chosen = directory.resolve("chosen");
        assertEquals(List.of(working, chosen.resolve("mnist"), home.resolve(".cache/lanewise/mnist")),
                places("Linux", "LANEWISE_DATA", chosen.toString()));
        assertEquals(List.of(working, home.resolve(".cache/lanewise/mnist")),
                places("Linux", "LANEWISE_DATA", "", "XDG_CACHE_HOME", "relative"));
        assertEquals(caches.resolve("lanewise/mnist"), places("Linux", "XDG_CACHE_HOME", caches.toString()).getLast());
        assertEquals(home.resolve("Library/Caches/lanewise/mnist"), places("Mac OS X").getLast());
        assertEquals(caches.resolve("lanewise/mnist"),
                places("Windows 11", "LOCALAPPDATA", caches.toString()).getLast());
        assertEquals(home.resolve("AppData/Local/lanewise/mnist"), places("Windows 11").getLast());
    }

    @Test
    void firstCompletePlaceIsFoundAndIncompleteOnesArePassedOver() throws IOException {
        Properties system = system("Linux");
        Map<String, String> none = Map.of();
        assertEquals(Optional.empty(), MnistFiles.find(none, system));

        Path cache = write(directory.resolve("home/.cache/lanewise/mnist"));
        Path working = write(directory.resolve("work/data/mnist"));
        Files.delete(working.resolve(TEST_LABELS));
        assertEquals(Optional.of(cache), MnistFiles.find(none, system));

        Path chosen = directory.resolve("chosen/mnist");
        Map<String, String> environment = Map.of("LANEWISE_DATA", chosen.getParent().toString());
        assertEquals(Optional.of(cache), MnistFiles.find(environment, system), "an empty choice is passed over");
        write(chosen);
        assertEquals(Optional.of(chosen), MnistFiles.find(environment, system));

        write(working);
        assertEquals(Optional.of(working), MnistFiles.find(environment, system));
    }

    @Test
    void incompletePlaceOfTheEnvironmentIsRefused() throws IOException {
        Path chosen = write(directory.resolve("chosen/mnist"));
        Files.delete(chosen.resolve(TEST_LABELS));
        write(directory.resolve("home/.cache/lanewise/mnist"));
        assertRefused(() -> MnistFiles.find(Map.of("LANEWISE_DATA", chosen.getParent().toString()), system("Linux")),
                chosen, "but not " + TEST_LABELS);
    }

    @Test
    void realMnistHasItsPublishedDigestsSizesAndFirstLabels() throws IOException {
        String root = System.getenv("LANEWISE_DATA");
        assumeTrue(root != null && Files.isDirectory(Path.of(root, "mnist")),
                "real MNIST not found: set LANEWISE_DATA to the directory that holds mnist/");
        Path mnist = Path.of(root, "mnist");
        DatasetPair pair = MnistFiles.load(mnist);
        assertEquals("mnist", pair.name());
        assertEquals(Mnist.FILES, pair.files());
        assertEquals(60_000, pair.train().size());
        assertEquals(10_000, pair.test().size());
        for (Dataset part : List.of(pair.train(), pair.test())) {
            assertEquals(Mnist.SHAPE, part.shape());
            assertEquals(Mnist.CLASSES, part.classes());
        }
        assertArrayEquals(new byte[]{5, 0, 4, 1, 9}, Arrays.copyOf(pair.train().labels(), 5));
        assertArrayEquals(new byte[]{7, 2, 1, 0, 4}, Arrays.copyOf(pair.test().labels(), 5));
        assertTrue(MnistFiles.verify(mnist).stream().allMatch(MnistFiles.Check::published));
    }
}
