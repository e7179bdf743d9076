package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdxReaderTest {
    @TempDir
    Path directory;

    /** An IDX file with this magic number, these sizes and this data. */
    static byte[] idx(int magic, int[] sizes, byte... data) {
        ByteBuffer file = ByteBuffer.allocate(4 + 4 * sizes.length + data.length).putInt(magic);
        for (int size : sizes) {
            file.putInt(size);
        }
        return file.put(data).array();
    }

    static byte[] images(int count, int rows, int columns, byte... pixels) {
        return idx(IdxReader.IMAGES_MAGIC, new int[]{count, rows, columns}, pixels);
    }

    static byte[] labels(byte... labels) {
        return idx(IdxReader.LABELS_MAGIC, new int[]{labels.length}, labels);
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(IdxReader.newSha256().digest(bytes));
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("file"), bytes);
    }

    /** Asserts one sentence that names the file and contains each of the parts. */
    private static void assertRefused(Path file, Executable reading, String... parts) {
        String message = assertThrows(InputException.class, reading).getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        assertFalse(message.contains("\n"), message);
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    private void assertImagesRefused(byte[] bytes, String... parts) throws IOException {
        Path file = file(bytes);
        assertRefused(file, () -> IdxReader.images(file), parts);
    }

    private void assertLabelsRefused(byte[] bytes, String... parts) throws IOException {
        Path file = file(bytes);
        assertRefused(file, () -> IdxReader.labels(file), parts);
    }

    @Test
    void imagesOfAnySizeComeBackWithTheirDigestRawOrGzipped() throws IOException {
        long seed = 20261123;
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 60; i++) {
            int count = random.nextInt(0, i % 10 == 9 ? 2000 : 20);
            int rows = random.nextInt(1, 40);
            int columns = random.nextInt(1, 40);
            byte[] pixels = new byte[count * rows * columns];
            if (random.nextBoolean()) { // noise; otherwise zeros, which are packed a thousandfold
                random.nextBytes(pixels);
            }
            byte[] raw = images(count, rows, columns, pixels);
            for (byte[] bytes : new byte[][]{raw, gzip(raw)}) {
                Images images = IdxReader.images(file(bytes));
                assertEquals(count, images.count());
                assertEquals(new Shape(rows, columns, 1), images.shape());
                assertArrayEquals(pixels, images.pixels());
                assertEquals(new DatasetPair.SourceFile("file", raw.length, sha256(raw)),
                        IdxReader.read(file(bytes), true).source());
            }
        }
    }

    @Test
    void labelsComeBackWithTheirDigestRawOrGzipped() throws IOException {
        byte[] raw = labels((byte) 9, (byte) 0, (byte) 5);
        for (byte[] bytes : new byte[][]{raw, gzip(raw)}) {
            IdxReader.Labels labels = IdxReader.labels(file(bytes));
            assertArrayEquals(new byte[]{9, 0, 5}, labels.values());
            assertEquals(new DatasetPair.SourceFile("file", raw.length, sha256(raw)), labels.source());
        }
    }

    @Test
    void gzipIsToldByContentAndItsEndingLeavesTheName() throws IOException {
        Path raw = Files.write(directory.resolve("raw-idx1-ubyte.gz"), labels((byte) 1));
        assertEquals("raw-idx1-ubyte", IdxReader.labels(raw).source().name());
        Path packed = Files.write(directory.resolve("packed"), gzip(labels((byte) 1)));
        assertEquals("packed", IdxReader.labels(packed).source().name());
    }

    @Test
    void missingFileAndDirectoryAreRefused() {
        Path missing = directory.resolve("missing");
        assertRefused(missing, () -> IdxReader.images(missing), "does not exist");
        assertRefused(missing, () -> IdxReader.isIdx(missing), "does not exist");
        assertRefused(directory, () -> IdxReader.labels(directory), "is a directory");
    }

    @Test
    void emptyFileIsRefused() throws IOException {
        assertImagesRefused(new byte[0], "is empty");
        assertLabelsRefused(gzip(new byte[0]), "is empty");
    }

    @Test
    void everyTruncationOfAnIdxFileIsRefused() throws IOException {
        byte[] raw = images(2, 2, 3, new byte[12]);
        for (int length = 1; length < raw.length; length++) {
            byte[] cut = Arrays.copyOf(raw, length);
            assertImagesRefused(cut, "is cut short");
            assertImagesRefused(gzip(cut), "is cut short");
        }
        assertImagesRefused(Arrays.copyOf(raw, 20), "announces 12 bytes of data and 4 are there");
        assertImagesRefused(Arrays.copyOf(raw, 13), "header has 13 of 16 bytes");
    }

    @Test
    void everyTruncationOfAGzipFileIsRefused() throws IOException {
        byte[] packed = gzip(images(2, 2, 3, new byte[12]));
        for (int length = 2; length < packed.length; length++) {
            assertImagesRefused(Arrays.copyOf(packed, length), "is cut short", "gzip");
        }
    }

    @Test
    void noFlippedBitOfGzippedDataChangesLabelsUnnoticed() throws IOException {
        byte[] labels = {3, 1, 4};
        byte[] packed = gzip(labels(labels));
        int refused = 0;
        for (int bit = 10 * 8; bit < packed.length * 8; bit++) { // after the ten bytes of gzip's header
            byte[] damaged = packed.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            Path file = file(damaged);
            try {
                assertArrayEquals(labels, IdxReader.labels(file).values()); // deflate's last byte has unused bits
            } catch (InputException e) {
                refused++;
            }
        }
        assertTrue(refused >= (packed.length - 10) * 8 - 7, refused + " refused");
    }

    @Test
    void wrongCrcOfGzipIsRefused() throws IOException {
        byte[] packed = gzip(labels((byte) 3));
        packed[packed.length - 8] ^= 1;
        assertLabelsRefused(packed, "is damaged");
    }

    @Test
    void bytesAfterTheDataAreRefused() throws IOException {
        byte[] longer = Arrays.copyOf(labels((byte) 1, (byte) 2), 11);
        assertLabelsRefused(longer, "more data than the 2 bytes");
        assertLabelsRefused(gzip(longer), "more data than the 2 bytes");
    }

    @Test
    void labelsInPlaceOfImagesAreNamedAndTheReverse() throws IOException {
        assertImagesRefused(labels((byte) 1, (byte) 2), "images", "0x00000801 (labels)", "0x00000803");
        assertLabelsRefused(images(1, 1, 1, (byte) 7), "labels", "0x00000803 (images)", "0x00000801");
        assertImagesRefused("PK\3\4 and so on, a zip archive".getBytes(StandardCharsets.US_ASCII), "0x504b0304");
    }

    @Test
    void webPageIsRecognised() throws IOException {
        byte[] page = "\r\n <!DOCTYPE html><title>Not found</title>".getBytes(StandardCharsets.US_ASCII);
        assertImagesRefused(page, "web page");
        assertLabelsRefused(gzip(page), "web page");
    }

    @Test
    void everyByteIsALabel() throws IOException {
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++) {
            all[i] = (byte) i;
        }
        assertArrayEquals(all, IdxReader.labels(file(labels(all))).values());
    }

    @Test
    void impossibleSizesAreRefused() throws IOException {
        assertImagesRefused(images(1, 0, 5), "1 x 0 x 5");
        assertImagesRefused(images(1, 5, 0), "1 x 5 x 0");
        assertImagesRefused(images(-1, 1, 1), "4294967295 x 1 x 1");
        assertImagesRefused(images(1 << 16, 1 << 16, 1), "65536 x 65536 x 1"); // 2^32, 0 in an int
        assertImagesRefused(images(4, 1 << 31, 1 << 31), "4 x 2147483648 x 2147483648"); // 2^64, 0 in a long
        assertImagesRefused(images(0, 1 << 16, 1 << 16), "0 x 65536 x 65536");
    }

    @Test
    void headerThatClaimsTwoGigabytesCostsNothing() throws IOException {
        var thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] claim = images(1, 1, Integer.MAX_VALUE - 8, new byte[84]);
        assertImagesRefused(claim, "2147483639", "84"); // loads the classes
        for (byte[] bytes : new byte[][]{claim, gzip(claim)}) {
            Path file = file(bytes);
            long before = thread.getCurrentThreadAllocatedBytes();
            assertThrows(InputException.class, () -> IdxReader.images(file));
            long allocated = thread.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 4 << 20, allocated + " bytes allocated");
        }
    }

    /** A byte of gzip stands for 1032 at most. */
    @Test
    void moreThanGzipCanHoldIsRefusedByItsHeader() throws IOException {
        byte[] packed = gzip(images(100_000, 28, 28, new byte[1 << 12]));
        assertImagesRefused(packed, "cut short", "78400000 bytes of data, more than %d bytes of gzip can hold"
                .formatted(packed.length));
    }

    @Test
    void imagesAreToldFromOtherFilesByContent() throws IOException {
        byte[] images = images(1, 1, 1, (byte) 7);
        assertTrue(IdxReader.isIdx(file(images)));
        assertTrue(IdxReader.isIdx(file(gzip(images))));
        assertFalse(IdxReader.isIdx(file(labels((byte) 7))));
        assertFalse(IdxReader.isIdx(file(new byte[0])));
        assertFalse(IdxReader.isIdx(file(new byte[]{0, 0, 8})));
        assertFalse(IdxReader.isIdx(file(new byte[]{(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10})));
    }

    @Test
    void digestReadsNoFurtherThanItsLimit() throws IOException {
        byte[] bytes = new byte[1 << 20];
        for (int limit : new int[]{0, 1, bytes.length - 1, bytes.length, bytes.length + 1}) {
            String expected = sha256(Arrays.copyOf(bytes, Math.min(limit, bytes.length)));
            assertEquals(expected, IdxReader.sha256(file(bytes), limit));
            assertEquals(expected, IdxReader.sha256(file(gzip(bytes)), limit));
        }
    }

    /** Numbers of a type as they stand in a file. */
    private static byte[] numbers(int type, double... values) {
        ByteBuffer data = ByteBuffer.allocate(8 * values.length);
        for (double value : values) {
            switch (type) {
                case 0x08, 0x09 -> data.put((byte) value);
                case 0x0b -> data.putShort((short) value);
                case 0x0c -> data.putInt((int) value);
                case 0x0d -> data.putFloat((float) value);
                default -> data.putDouble(value);
            }
        }
        return Arrays.copyOf(data.array(), data.position());
    }

    private static byte[] numbers(int type, int[] sizes, double... values) {
        return idx(type << 8 | sizes.length, sizes, numbers(type, values));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e})
    void wholeNumbersOfEveryTypeBecomeThePixelsThatTheyAre(int type) throws IOException {
        double[] values = new double[24];
        SplittableRandom random = new SplittableRandom(type);
        Arrays.setAll(values, i -> i == 0 ? 2 : random.nextInt(type == 0x09 ? 128 : 256));
        byte[] expected = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            expected[i] = (byte) (int) values[i];
        }
        byte[] raw = numbers(type, new int[]{2, 3, 4}, values);
        for (byte[] bytes : new byte[][]{raw, gzip(raw)}) {
            Images images = IdxReader.images(file(bytes));
            assertArrayEquals(expected, images.pixels());
            assertEquals(2, images.count());
            assertEquals(new Shape(3, 4, 1), images.shape());
            assertEquals(new DatasetPair.SourceFile("file", raw.length, sha256(raw)),
                    IdxReader.read(file(bytes), true).source());
            assertTrue(IdxReader.isIdx(file(bytes)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0d, 0x0e})
    void floatsFromZeroToOneAreSharesOfWhite(int type) throws IOException {
        byte[] shares = numbers(type, new int[]{1, 2, 3}, 0, 1, 0.5, 0.25, 0.999, 1 / 255.0);
        assertArrayEquals(new byte[]{0, (byte) 255, (byte) 128, 64, (byte) 255, 1},
                IdxReader.images(file(shares)).pixels());
        byte[] black = numbers(type, new int[]{1, 1, 2}, 0, 0);
        assertArrayEquals(new byte[2], IdxReader.images(file(black)).pixels());
        byte[] none = numbers(type, new int[]{0, 1, 2});
        assertEquals(0, IdxReader.images(file(none)).pixels().length);
    }

    @Test
    void imagesHaveTwoToFourDimensions() throws IOException {
        byte[] pixels = new byte[24];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) i;
        }
        int[][] sizes = {{4, 6}, {4, 2, 3}, {2, 2, 2, 3}};
        List<Shape> expected = List.of(new Shape(1, 6, 1), new Shape(2, 3, 1), new Shape(2, 2, 3));
        for (int i = 0; i < sizes.length; i++) {
            Images images = IdxReader.images(file(idx(0x0800 | sizes[i].length, sizes[i], pixels)));
            assertEquals(sizes[i][0], images.count());
            assertEquals(expected.get(i), images.shape());
            assertArrayEquals(pixels, images.pixels());
            assertNull(images.note());
        }
        Images turned = IdxReader.images(file(idx(0x0804, new int[]{2, 3, 2, 2}, pixels)));
        assertEquals(new Shape(2, 2, 3), turned.shape());
        assertArrayEquals(new byte[]{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}, Arrays.copyOf(turned.pixels(), 12));
        assertEquals("taken as [N, C, H, W]", turned.note());
    }

    @ParameterizedTest
    @ValueSource(ints = {0x08, 0x09, 0x0b, 0x0c})
    void labelsAreWholeNumbersOfAnyType(int type) throws IOException {
        for (int[] sizes : new int[][]{{3}, {3, 1}}) {
            assertArrayEquals(new byte[]{7, 0, 100}, IdxReader.labels(file(numbers(type, sizes, 7, 0, 100))).values());
        }
    }

    @Test
    void labelsUpTo255AreKeptAndOthersRefusedWithTheirImage() throws IOException {
        assertArrayEquals(new byte[]{(byte) 255}, IdxReader.labels(file(numbers(0x0b, new int[]{1}, 255))).values());
        assertLabelsRefused(numbers(0x0b, new int[]{3}, 1, 2, 256), "image 2 has the label 256", "0 to 255");
        assertLabelsRefused(numbers(0x0c, new int[]{2}, 1, Integer.MAX_VALUE), "image 1 has the label 2147483647");
        assertLabelsRefused(numbers(0x09, new int[]{1}, -1), "image 0 has the label -1");
        assertLabelsRefused(numbers(0x0d, new int[]{1}, 1), "floating-point labels");
        assertLabelsRefused(numbers(0x0c, new int[]{1, 8}, 1, 2, 3, 4, 5, 6, 7, 8), "8 numbers a label");
        assertLabelsRefused(numbers(0x08, new int[]{1, 2}, 1, 2), "2 numbers a label");
    }

    @Test
    void pixelsOutOfRangeAreRefusedWithTheirRange() throws IOException {
        int[] sizes = {1, 1, 3};
        assertImagesRefused(numbers(0x09, sizes, -5, 0, 127), "pixels from -5 to 127", "0 to 255; scale");
        assertImagesRefused(numbers(0x0b, sizes, 0, 1, 256), "pixels from 0 to 256");
        assertImagesRefused(numbers(0x0c, sizes, 0, 1, 65535), "pixels from 0 to 65535");
        assertImagesRefused(numbers(0x0d, sizes, 0, 1, 1.5), "pixels from 0 to 1.5", "or all lie from 0 to 1");
        assertImagesRefused(numbers(0x0d, sizes, -0.5, 0, 0.5), "pixels from -0.5 to 0.5");
        assertImagesRefused(numbers(0x0e, sizes, 0, 1, Double.NaN), "NaN");
        assertImagesRefused(numbers(0x0e, sizes, 0, 1, Double.POSITIVE_INFINITY), "Infinity");
        assertImagesRefused(numbers(0x0e, sizes, 0.5, 200, 255), "pixels from 0.5 to 255");
    }

    @Test
    void everyTruncationOfLargerNumbersIsRefused() throws IOException {
        byte[] raw = numbers(0x0d, new int[]{1, 1, 2, 1}, 0, 1);
        for (int length = 1; length < raw.length; length++) {
            assertImagesRefused(Arrays.copyOf(raw, length), "is cut short");
            assertImagesRefused(gzip(Arrays.copyOf(raw, length)), "is cut short");
        }
        assertImagesRefused(Arrays.copyOf(raw, raw.length + 1), "more data than the 8 bytes");
    }

    @Test
    void unknownTypesAndOtherNumbersOfDimensionsAreRefused() throws IOException {
        for (int type : new int[]{0x00, 0x07, 0x0a, 0x0f, 0xff}) {
            assertImagesRefused(idx(type << 8 | 3, new int[]{1, 1, 1}, (byte) 1), "a type that IDX does not have");
            assertLabelsRefused(idx(type << 8 | 1, new int[]{1}, (byte) 1), "a type that IDX does not have");
            assertFalse(IdxReader.isIdx(file(idx(type << 8 | 3, new int[]{1, 1, 1}, (byte) 1))));
        }
        assertImagesRefused(idx(0x0805, new int[]{1, 1, 1, 1, 1}, (byte) 1), "5 dimensions", "0x00000803");
        assertImagesRefused(idx(0x0800, new int[0]), "0 dimensions");
        assertLabelsRefused(idx(0x0800, new int[0]), "0 dimensions");
        assertLabelsRefused(idx(0x0805, new int[]{1, 1, 1, 1, 1}, (byte) 1), "5 dimensions");
        assertImagesRefused(numbers(0x0c, new int[]{1}, 1), "0x00000c01 (labels)");
        assertLabelsRefused(numbers(0x0d, new int[]{1, 1, 1, 1}, 1), "0x00000d04 (images)");
    }

    @Test
    void impossibleSizesOfLargerNumbersAreRefused() throws IOException {
        assertImagesRefused(numbers(0x0e, new int[]{1, 1 << 14, 1 << 14}), "1 x 16384 x 16384 x 8 bytes"); // 2^31
        assertImagesRefused(numbers(0x0d, new int[]{1, 0}), "1 x 0 x 4");
        assertImagesRefused(idx(0x0804, new int[]{1, 1, 1, 0}), "1 x 1 x 1 x 0");
        assertImagesRefused(idx(0x0804, new int[]{0, 1 << 31, 1 << 31, 1 << 31}), "2147483648 x 2147483648");
    }
}
