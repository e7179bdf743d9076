package dev.lanewise.data;

import static dev.lanewise.data.IdxReaderTest.gzip;
import static dev.lanewise.data.IdxReaderTest.images;
import static dev.lanewise.data.IdxReaderTest.labels;
import static dev.lanewise.data.IdxReaderTest.sha256;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdxSourceTest {
    static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
    static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
    static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
    static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

    @TempDir
    Path directory;

    /** Two images of 1 x 2 pixels to train on and one to test on. */
    static Path write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve(TRAIN_IMAGES), images(2, 1, 2, (byte) 1, (byte) 2, (byte) 3, (byte) 4));
        Files.write(directory.resolve(TRAIN_LABELS), labels((byte) 8, (byte) 9));
        Files.write(directory.resolve(TEST_IMAGES), images(1, 1, 2, (byte) 5, (byte) 6));
        Files.write(directory.resolve(TEST_LABELS), labels((byte) 7));
        return directory;
    }

    static void assertRefused(Executable loading, Object... parts) {
        String message = assertThrows(InputException.class, loading).getMessage();
        assertFalse(message.contains("\n"), message);
        for (Object part : parts) {
            assertTrue(message.contains(part.toString()), message);
        }
    }

    private void assertLoadRefused(Object... parts) {
        assertRefused(() -> Sources.read(directory, null), parts);
    }

    @Test
    void fourFilesBecomeAPairNamedAsTheirDirectory() throws IOException {
        DatasetPair pair = Sources.read(write(directory.resolve("tiny")), null);
        assertEquals("tiny", pair.name());
        assertEquals(directory.resolve("tiny").toString(), pair.origin());
        assertEquals(new Shape(1, 2, 1), pair.train().shape());
        assertEquals(Mnist.CLASSES, pair.train().classes());
        assertArrayEquals(new byte[]{1, 2, 3, 4}, pair.train().pixels());
        assertArrayEquals(new byte[]{8, 9}, pair.train().labels());
        assertArrayEquals(new byte[]{5, 6}, pair.test().pixels());
        assertArrayEquals(new byte[]{7}, pair.test().labels());
        assertEquals(List.of(TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS),
                pair.files().stream().map(DatasetPair.SourceFile::name).toList());
        assertEquals(sha256(labels((byte) 8, (byte) 9)), pair.files().get(1).sha256());
        assertEquals(10, pair.files().get(1).bytes());
    }

    @Test
    void gzippedAndDottedNamesAreFound() throws IOException {
        write(directory);
        Files.move(directory.resolve(TRAIN_IMAGES), directory.resolve("train-images.idx3-ubyte"));
        Path labels = directory.resolve(TRAIN_LABELS);
        Files.write(directory.resolve("train-labels.idx1-ubyte.gz"), gzip(Files.readAllBytes(labels)));
        Files.delete(labels);
        Files.write(directory.resolve(TEST_LABELS + ".gz"), gzip(labels((byte) 3)));
        DatasetPair pair = Sources.read(directory, null);
        assertEquals(2, pair.train().size());
        assertArrayEquals(new byte[]{3}, pair.test().labels(), "gzip comes before raw");
    }

    private void assertClasses(int count, byte[] trainLabels, byte testLabel) throws IOException {
        write(directory);
        Files.write(directory.resolve(TRAIN_LABELS), labels(trainLabels));
        Files.write(directory.resolve(TEST_LABELS), labels(testLabel));
        DatasetPair pair = Sources.read(directory, null);
        List<String> numbers = IntStream.range(0, count).mapToObj(String::valueOf).toList();
        assertEquals(numbers, pair.train().classes());
        assertEquals(numbers, pair.test().classes());
        assertArrayEquals(trainLabels, pair.train().labels());
        assertEquals(testLabel & 0xff, pair.test().label(0));
    }

    @Test
    void thereAreAsManyClassesAsTheLargestLabelOfBothPartsSays() throws IOException {
        assertClasses(3, new byte[]{2, 0}, (byte) 1);
        assertClasses(10, new byte[]{3, 9}, (byte) 0);
        assertClasses(11, new byte[]{10, 0}, (byte) 3);
        assertClasses(11, new byte[]{1, 0}, (byte) 10);
        assertClasses(129, new byte[]{127, 1}, (byte) 128);
        assertClasses(256, new byte[]{(byte) 200, (byte) 255}, (byte) 100);
    }

    @Test
    void imagesThatAreAllOfOneClassAreLoaded() throws IOException {
        assertClasses(4, new byte[]{3, 3}, (byte) 3);
        assertClasses(2, new byte[]{0, 0}, (byte) 0);
    }

    @Test
    void directoryWithoutDataIsRefusedWithWhatWasLookedFor() {
        assertLoadRefused(directory, "no data set", TRAIN_IMAGES, ".gz");
    }

    @Test
    void eachMissingFileIsNamed() throws IOException {
        for (String name : List.of(TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)) {
            write(directory);
            Files.delete(directory.resolve(name));
            assertLoadRefused(directory, "no ", name + ", say");
        }
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

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(directory.resolve(name), bytes);
    }

    private static final byte[] ONE_IMAGE = images(1, 1, 2, (byte) 5, (byte) 6);

    /** Names as programs give them; each pair is a part. */
    @ParameterizedTest
    @ValueSource(strings = {"train-images labels-train test_images labels_test",
            "MyTrainingImages.idx MyTrainingLabels.idx MyTestImages.idx.gz MyTestLabels.idx",
            "train.images.bin train.labels.bin t10k.images t10k.labels",
            "emnist-x-train-images-idx3-ubyte emnist-x-train-labels-idx1-ubyte emnist-x-test-images-idx3-ubyte emnist-x-test-labels-idx1-ubyte",
            "contest-train-images contest-train-labels contest-test-images contest-test-labels"})
    void namesThatTellTheirRolesAreEnough(String names) throws IOException {
        String[] files = names.split(" ");
        byte[][] contents = {images(2, 1, 2, (byte) 1, (byte) 2, (byte) 3, (byte) 4), labels((byte) 8, (byte) 9),
                ONE_IMAGE, labels((byte) 7)};
        for (int i = 0; i < files.length; i++) {
            write(files[i], files[i].endsWith(".gz") ? gzip(contents[i]) : contents[i]);
        }
        write("train-images.txt", "what the images to train on are".getBytes(StandardCharsets.UTF_8));
        write("train-images-idx3-ubyte.gz.part", new byte[1]);
        DatasetPair pair = Sources.read(directory, null);
        assertArrayEquals(new byte[]{1, 2, 3, 4}, pair.train().pixels());
        assertArrayEquals(new byte[]{8, 9}, pair.train().labels());
        assertArrayEquals(new byte[]{5, 6}, pair.test().pixels());
        assertArrayEquals(new byte[]{7}, pair.test().labels());
    }

    @Test
    void testFilesMayBeAbsent() throws IOException {
        write(directory);
        Files.delete(directory.resolve(TEST_IMAGES));
        Files.delete(directory.resolve(TEST_LABELS));
        DatasetPair pair = Sources.read(directory, null);
        assertEquals(2, pair.train().size());
        assertNull(pair.test());
    }

    @Test
    void twoFilesOfOneRoleAreNamed() throws IOException {
        write(directory);
        write("old-train-labels.idx", labels((byte) 1, (byte) 1));
        assertLoadRefused(directory, "more than one file of training labels", "old-train-labels.idx", TRAIN_LABELS,
                "one by one");
    }

    @Test
    void fewFilesThatAreNamedOneByOneAreRead() throws IOException {
        Path images = write("a", images(2, 1, 2, (byte) 1, (byte) 2, (byte) 3, (byte) 4));
        Path labels = write("b", labels((byte) 8, (byte) 9));
        DatasetPair pair = Sources.read(List.of(images, labels));
        assertEquals("a", pair.name());
        assertEquals(directory.getFileName() + "/digits",
                Sources.read(List.of(Files.copy(images, directory.resolve("digits")), labels)).name(), "not that set");
        assertArrayEquals(new byte[]{8, 9}, pair.train().labels());
        assertNull(pair.test());
        assertArrayEquals(new byte[]{5, 6},
                Sources.read(List.of(images, labels, write("c", ONE_IMAGE), write("d", labels((byte) 7)))).test()
                        .pixels());
    }

    @Test
    void coloursAndVectorsKeepTheirShape() throws IOException {
        write(directory);
        write(TRAIN_IMAGES, IdxReaderTest.idx(0x0804, new int[]{2, 1, 2, 3}, new byte[12]));
        write(TEST_IMAGES, IdxReaderTest.idx(0x0804, new int[]{1, 1, 2, 3}, new byte[6]));
        assertEquals(new Shape(1, 2, 3), Sources.read(directory, null).train().shape());
        write(TRAIN_IMAGES, IdxReaderTest.idx(0x0802, new int[]{2, 5}, new byte[10]));
        assertLoadRefused(TRAIN_IMAGES, "1 x 5", "1 x 2 x 3");
        write(TEST_IMAGES, IdxReaderTest.idx(0x0802, new int[]{1, 5}, new byte[5]));
        assertEquals(new Shape(1, 5, 1), Sources.read(directory, null).train().shape());
    }
}
