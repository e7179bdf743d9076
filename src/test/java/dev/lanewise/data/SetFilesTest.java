package dev.lanewise.data;

import static dev.lanewise.data.IdxReaderTest.gzip;
import static dev.lanewise.data.IdxReaderTest.images;
import static dev.lanewise.data.IdxReaderTest.labels;
import static dev.lanewise.data.IdxReaderTest.sha256;
import static dev.lanewise.data.IdxSourceTest.TEST_IMAGES;
import static dev.lanewise.data.IdxSourceTest.TEST_LABELS;
import static dev.lanewise.data.IdxSourceTest.TRAIN_IMAGES;
import static dev.lanewise.data.IdxSourceTest.TRAIN_LABELS;
import static dev.lanewise.data.IdxSourceTest.assertRefused;
import static dev.lanewise.data.IdxSourceTest.write;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SetFilesTest {
    private static final NamedSet MNIST = NamedSet.of("mnist").orElseThrow();

    @TempDir
    Path directory;

    /** What a set is, its bytes say, not the place where they lie. */
    @ParameterizedTest
    @ValueSource(strings = {"mnist", "digits", "auto"})
    void aSetOfOnesOwnIsNotTakenForABuiltInOneByItsDirectory(String name) throws IOException {
        DatasetPair pair = Sources.read(write(directory.resolve("my").resolve(name)), null);
        assertEquals(Path.of("my", name).toString(), pair.name());
        assertEquals(pair.name(), Sources.read(directory.resolve("my").resolve(name).resolve("."), null).name());
    }

    @Test
    void theBuiltInDigitsAreKnownByTheirDigestsWhereverTheyLie() throws IOException {
        DatasetPair digits = BuiltInDigits.generate();
        for (int part = 0; part < 2; part++) {
            Dataset data = part == 0 ? digits.train() : digits.test();
            Files.write(directory.resolve(part == 0 ? TRAIN_IMAGES : TEST_IMAGES),
                    images(data.size(), 28, 28, data.pixels()));
            Files.write(directory.resolve(part == 0 ? TRAIN_LABELS : TEST_LABELS), labels(data.labels()));
        }
        DatasetPair pair = Sources.read(directory, null);
        assertEquals("digits", pair.name());
        assertEquals(digits.files(), pair.files());
    }

    @Test
    void missingDirectoryAndFileInItsPlaceAreRefused() throws IOException {
        Path missing = directory.resolve("missing");
        assertRefused(() -> Sources.read(missing, null), missing, "does not exist");
        assertRefused(() -> SetFiles.verify(missing), missing, "does not exist");
        Path file = Files.write(directory.resolve("file"), new byte[1]);
        assertRefused(() -> Sources.read(file, null), file, "no data set");
        assertRefused(() -> SetFiles.verify(file), file, "not a directory");
    }

    @Test
    void verifyReportsEveryFileThatIsNotThePublishedOne() throws IOException {
        write(directory);
        Files.delete(directory.resolve(TRAIN_LABELS));
        Files.write(directory.resolve(TEST_LABELS), labels((byte) 11));
        List<SetFiles.Check> checks = SetFiles.verify(directory);
        assertEquals(MNIST.files().stream().map(NamedSet.PublishedFile::name).toList(),
                checks.stream().map(SetFiles.Check::name).toList());
        assertTrue(checks.stream().noneMatch(SetFiles.Check::published));
        assertTrue(checks.get(0).finding().contains(MNIST.files().get(0).sha256()), checks.toString());
        assertTrue(checks.get(1).finding().contains("missing"), checks.toString());
        assertTrue(checks.get(3).finding().contains(MNIST.files().get(3).sha256()), checks.toString());
    }

    @Test
    void publishedFilesHaveTheSizesOfTheirImages() {
        long pixels = Mnist.SHAPE.size();
        assertEquals(List.of(16 + 60_000 * pixels, 8 + 60_000L, 16 + 10_000 * pixels, 8 + 10_000L),
                MNIST.files().stream().map(NamedSet.PublishedFile::bytes).toList());
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
        return SetFiles.places("mnist", variables, system(os));
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
        assertEquals(Optional.empty(), SetFiles.find(MNIST, none, system));

        Path cache = write(directory.resolve("home/.cache/lanewise/mnist"));
        Path working = write(directory.resolve("work/data/mnist"));
        Files.delete(working.resolve(TEST_LABELS));
        assertEquals(Optional.of(cache), SetFiles.find(MNIST, none, system));

        Path chosen = directory.resolve("chosen/mnist");
        Map<String, String> environment = Map.of("LANEWISE_DATA", chosen.getParent().toString());
        assertEquals(Optional.of(cache), SetFiles.find(MNIST, environment, system), "an empty choice is passed over");
        write(chosen);
        assertEquals(Optional.of(chosen), SetFiles.find(MNIST, environment, system));

        write(working);
        assertEquals(Optional.of(working), SetFiles.find(MNIST, environment, system));
    }

    @Test
    void incompletePlaceOfTheEnvironmentIsRefused() throws IOException {
        Path chosen = write(directory.resolve("chosen/mnist"));
        Files.delete(chosen.resolve(TEST_LABELS));
        write(directory.resolve("home/.cache/lanewise/mnist"));
        assertRefused(
                () -> SetFiles.find(MNIST, Map.of("LANEWISE_DATA", chosen.getParent().toString()), system("Linux")),
                chosen, "but not " + TEST_LABELS);
    }

    @Test
    void realMnistHasItsPublishedDigestsSizesAndFirstLabels() throws IOException {
        String root = System.getenv("LANEWISE_DATA");
        assumeTrue(root != null && Files.isDirectory(Path.of(root, "mnist")),
                "real MNIST not found: set LANEWISE_DATA to the directory that holds mnist/");
        Path mnist = Path.of(root, "mnist");
        DatasetPair pair = SetFiles.load(MNIST, mnist);
        assertEquals("mnist", pair.name());
        assertEquals(MNIST.files().stream()
                .map(file -> new DatasetPair.SourceFile(file.name(), file.bytes(), file.sha256())).toList(),
                pair.files());
        assertEquals(60_000, pair.train().size());
        assertEquals(10_000, pair.test().size());
        for (Dataset part : List.of(pair.train(), pair.test())) {
            assertEquals(Mnist.SHAPE, part.shape());
            assertEquals(Mnist.CLASSES, part.classes());
        }
        assertArrayEquals(new byte[]{5, 0, 4, 1, 9}, Arrays.copyOf(pair.train().labels(), 5));
        assertArrayEquals(new byte[]{7, 2, 1, 0, 4}, Arrays.copyOf(pair.test().labels(), 5));
        assertTrue(SetFiles.verify(mnist).stream().allMatch(SetFiles.Check::published));
    }

    private static List<String> names() {
        return NamedSet.ALL.stream().map(NamedSet::name).toList();
    }

    @Test
    void everySetIsThereByItsName() {
        assertEquals(List.of("mnist", "fashion-mnist", "kmnist", "qmnist", "emnist-digits", "emnist-letters",
                "emnist-balanced", "emnist-byclass", "emnist-bymerge", "digits"), names());
        assertEquals(List.of(10, 10, 10, 10, 10, 26, 47, 62, 47, 10),
                NamedSet.ALL.stream().map(set -> set.classes().size()).toList());
        for (NamedSet set : NamedSet.ALL) {
            assertEquals(set, NamedSet.of(set.name()).orElseThrow());
            assertEquals(4, set.files().size());
            assertEquals(set.classes().size(), Set.copyOf(set.classes()).size(), set.name());
            assertTrue(set.isDrawn() || set.mirrors().stream().allMatch(mirror -> mirror.matches("https?://.*/")));
            for (NamedSet.PublishedFile file : set.files()) {
                assertTrue(file.sha256() != null
                        ? file.sha256().matches("[0-9a-f]{64}")
                        : file.md5() != null ? file.md5().matches("[0-9a-f]{32}") : set.archive() != null,
                        file::toString);
            }
        }
        assertEquals(Optional.empty(), NamedSet.of("Mnist"));
        assertEquals("t", NamedSet.of("emnist-balanced").orElseThrow().classes().getLast());
        assertEquals("z", NamedSet.of("emnist-byclass").orElseThrow().classes().getLast());
    }

    /** Writes down digests as data fetch does where it has compared the archive; true sets are too large for a test. */
    private Path writeSet(NamedSet set, byte[]... contents) throws IOException {
        Path place = Files.createDirectories(directory.resolve(set.name()));
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < contents.length; i++) {
            String name = set.files().get(i).name();
            Files.write(place.resolve(name + ".gz"), gzip(contents[i]));
            lines.add(sha256(contents[i]) + "  " + name);
        }
        Files.write(place.resolve(set.name() + ".sha256"), lines);
        return place;
    }

    @Test
    void lettersOfEmnistAreTurnedUprightAndTheirLabelsBeginAtZero() throws IOException {
        NamedSet letters = NamedSet.of("emnist-letters").orElseThrow();
        byte[] stored = new byte[2 * 3 * 3];
        byte[] upright = new byte[stored.length];
        for (int i = 0; i < stored.length; i++) {
            stored[i] = (byte) (10 + i);
            upright[i / 9 * 9 + i % 3 * 3 + i % 9 / 3] = stored[i];
        }
        Path place = writeSet(letters, images(2, 3, 3, stored), labels((byte) 1, (byte) 26),
                images(1, 3, 3, new byte[9]),
                labels((byte) 2));
        for (DatasetPair pair : List.of(SetFiles.load(letters, place), Sources.read(place, null))) {
            assertEquals("emnist-letters", pair.name());
            assertArrayEquals(upright, pair.train().pixels());
            assertArrayEquals(new byte[]{0, 25}, pair.train().labels());
            assertArrayEquals(new byte[]{1}, pair.test().labels());
            assertEquals("z", pair.train().classes().get(pair.train().label(1)));
            assertEquals(Preparation.CENTRE, pair.prepared());
        }
        assertTrue(SetFiles.verify(letters, place).stream().allMatch(SetFiles.Check::published));
        assertTrue(SetFiles.verify(place).stream().allMatch(SetFiles.Check::published), "the set is told by its names");
    }

    @Test
    void classOfAnImageOfQmnistIsTheFirstOfEightNumbers() throws IOException {
        NamedSet qmnist = NamedSet.of("qmnist").orElseThrow();
        byte[] labels = IdxReaderTest.idx(0x0c02, new int[]{2, 8}, ByteBuffer.allocate(64).putInt(7).putInt(1000)
                .putInt(-1).putInt(32, 3).putInt(36, 99_999).array());
        byte[] one = Arrays.copyOf(labels, 12 + 32);
        one[7] = 1;
        Path place = writeSet(qmnist, images(2, 1, 2, new byte[4]), labels, images(1, 1, 2, new byte[2]), one);
        DatasetPair pair = SetFiles.load(qmnist, place);
        assertArrayEquals(new byte[]{7, 3}, pair.train().labels());
        assertArrayEquals(new byte[]{7}, pair.test().labels());
    }

    @Test
    void garmentsHaveTheirNamesAndAreScaled() throws IOException {
        NamedSet fashion = NamedSet.of("fashion-mnist").orElseThrow();
        Path place = writeSet(fashion, images(2, 1, 2, new byte[4]), labels((byte) 0, (byte) 9),
                images(1, 1, 2, new byte[2]),
                labels((byte) 7));
        DatasetPair pair = Sources.read(place, null);
        assertEquals("fashion-mnist", pair.name());
        assertEquals("Ankle boot", pair.train().classes().get(9));
        assertEquals(Preparation.SCALE, pair.prepared());
    }

    @Test
    void foreignFilesOfASetsNamesAreTheDirectorysOwn() throws IOException {
        NamedSet letters = NamedSet.of("emnist-letters").orElseThrow();
        Path place = writeSet(letters, images(1, 1, 2, (byte) 1, (byte) 2), labels((byte) 26),
                images(1, 1, 2, new byte[2]),
                labels((byte) 2));
        Files.write(place.resolve(letters.files().get(3).name() + ".gz"), gzip(labels((byte) 3)));
        DatasetPair own = Sources.read(place, null);
        assertEquals(directory.getFileName() + "/emnist-letters", own.name());
        assertArrayEquals(new byte[]{26}, own.train().labels());
        assertEquals(27, own.train().classes().size());
        assertRefused(() -> SetFiles.load(letters, place), place, "not the published EMNIST Letters files");
        assertFalse(SetFiles.verify(letters, place).getLast().published());

        Files.delete(place.resolve("emnist-letters.sha256"));
        assertRefused(() -> SetFiles.load(letters, place), "not the published EMNIST Letters files");
        List<SetFiles.Check> checks = SetFiles.verify(letters, place);
        assertTrue(checks.stream().noneMatch(SetFiles.Check::published));
        assertTrue(checks.getFirst().finding().contains("only gzip.zip"), checks::toString);
    }

    @Test
    void eachSetHasItsOwnPlaces() throws IOException {
        NamedSet kmnist = NamedSet.of("kmnist").orElseThrow();
        write(directory.resolve("home/.cache/lanewise/mnist"));
        assertEquals(Optional.empty(), SetFiles.find(kmnist, Map.of(), system("Linux")));
        Path place = write(directory.resolve("chosen/kmnist"));
        assertEquals(Optional.of(place),
                SetFiles.find(kmnist, Map.of("LANEWISE_DATA", directory.resolve("chosen").toString()),
                        system("Linux")));
    }
}
