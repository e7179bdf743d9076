package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngReaderTest {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    /** 28 x 28 pixels, every grey level among them. */
    private static final int[] LEVELS = IntStream.range(0, 28 * 28).map(i -> i * 37 & 0xff).toArray();

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"8, 0", "16, 0", "8, 2", "16, 2", "8, 3", "8, 4", "16, 4", "8, 6", "16, 6"})
    void everyColourTypeKeepsTheLevels(int depth, int colourType) throws IOException {
        int colours = colourType == 2 || colourType == 6 ? 3 : 1;
        int channels = colours + (colourType >= 4 ? 1 : 0);
        int[] opaque = new int[LEVELS.length * channels];
        int[] asAlpha = new int[opaque.length];
        for (int i = 0; i < opaque.length; i++) {
            int level = LEVELS[i / channels] * (depth == 16 ? 257 : 1);
            boolean alpha = i % channels >= colours;
            opaque[i] = alpha ? (1 << depth) - 1 : level;
            asAlpha[i] = alpha ? level : (1 << depth) - 1;
        }
        assertArrayEquals(LEVELS, levels(png(depth, colourType, opaque)));
        if (channels > colours) {
            assertArrayEquals(LEVELS, levels(png(depth, colourType, asAlpha)), "white ink, levels as opacity");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void fewBitsAPixelAreRead(int depth) throws IOException {
        int full = (1 << depth) - 1;
        int[] samples = Arrays.stream(LEVELS).map(p -> p & full).toArray();
        int[] expected = Arrays.stream(samples).map(p -> p * 255 / full).toArray();
        assertArrayEquals(expected, levels(png(depth, 0, samples)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void transparentColourOfGreyAndRgbIsHonoured(int colourType) throws IOException {
        // Levels of 100 are declared transparent, so that only the ink of level 0 is visible, and white laid under it.
        int channels = colourType == 2 ? 3 : 1;
        int[] samples = new int[LEVELS.length * channels];
        Arrays.setAll(samples, i -> LEVELS[i / channels] > 127 ? 0 : 100);
        byte[] key = colourType == 2 ? new byte[]{0, 100, 0, 100, 0, 100} : new byte[]{0, 100};
        int[] onWhite = Arrays.stream(LEVELS).map(p -> p > 127 ? 0 : 255).toArray();
        assertArrayEquals(onWhite, levels(png(28, 28, 8, colourType, samples, key)));
    }

    @Test
    void interlacedImageIsReadLikeAPlainOne() throws IOException {
        Path file = directory.resolve("interlaced.png");
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setPixels(0, 0, 28, 28, LEVELS);
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        assertEquals(1, Files.readAllBytes(file)[28], "the header's interlace method");
        assertArrayEquals(LEVELS, read(file).levels());
    }

    /** Exif data with one tag before the orientation, as a TIFF header and a directory. */
    static byte[] exif(boolean littleEndian, int orientation) {
        return ByteBuffer.allocate(40).order(littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
                .put((littleEndian ? "II" : "MM").getBytes()).putShort((short) 42).putInt(10).putShort((short) 0) // a gap
                .putShort((short) 2)
                .putShort((short) 0x0100).putShort((short) 4).putInt(1).putInt(3)
                .putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation)
                .putShort((short) 0).array();
    }

    private static byte[] withExif(byte[] png, byte[] exif) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(png, 0, 33); // signature and header
        chunk(bytes, "eXIf", exif);
        bytes.write(png, 33, png.length - 33);
        return bytes.toByteArray();
    }

    /** The stored image is 3 wide and 2 high: 1 2 3 over 4 5 6. */
    @ParameterizedTest
    @CsvSource({"1, 123/456", "2, 321/654", "3, 654/321", "4, 456/123", "5, 14/25/36", "6, 41/52/63", "7, 63/52/41",
            "8, 36/25/14", "0, 123/456", "9, 123/456", "65535, 123/456"})
    void imageIsTurnedAsItsExifDataSay(int orientation, String rows) throws IOException {
        byte[] stored = png(3, 2, 8, 0, new int[]{1, 2, 3, 4, 5, 6}, null);
        for (boolean littleEndian : new boolean[]{false, true}) {
            Grey image = read(file("turned.png", withExif(stored, exif(littleEndian, orientation))));
            assertEquals(rows.indexOf('/'), image.width());
            assertArrayEquals(rows.replace("/", "").chars().map(c -> c - '0').toArray(), image.levels());
            assertEquals(rows.length() - rows.replace("/", "").length() + 1, image.height());
        }
    }

    @Test
    void exifDataThatMakeNoSenseTurnNothing() throws IOException {
        byte[] stored = png(3, 2, 8, 0, new int[]{1, 2, 3, 4, 5, 6}, null);
        byte[] whole = exif(true, 6);
        for (int length = 0; length < 36; length++) { // to before the value
            assertArrayEquals(new int[]{1, 2, 3, 4, 5, 6},
                    levels(withExif(stored, Arrays.copyOf(whole, Math.min(length, 33)))));
        }
        SplittableRandom random = new SplittableRandom(20);
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            Orientation.of(ByteBuffer.wrap(damaged)); // whatever it is
        }
        byte[] far = whole.clone();
        Arrays.fill(far, 4, 8, (byte) 0xff); // the directory's place
        assertEquals(Orientation.TOP_LEFT, Orientation.of(ByteBuffer.wrap(far)));
    }

    @Test
    void largeImageIsAveragedAndItsLastCellsMayBeSmaller() throws IOException {
        int[] samples = IntStream.range(0, 257 * 3).map(i -> i % 257 == 256 ? 60 : i % 257 % 2 * 200).toArray();
        Grey image = read(file("wide.png", png(257, 3, 8, 0, samples, null)));
        assertArrayEquals(new int[]{129, 2}, new int[]{image.width(), image.height()});
        int[] expected = IntStream.range(0, 129 * 2).map(i -> i % 129 == 128 ? 60 : 100).toArray();
        assertArrayEquals(expected, image.levels());
    }

    @Test
    void missingFileIsRefusedByName() {
        Path file = directory.resolve("nowhere.png");
        assertRefused(file, "%s does not exist; give the path of an image file.".formatted(file));
    }

    @Test
    void directoryIsRefusedByName() {
        assertRefused(directory, "%s is a directory; give the path of an image file.".formatted(directory));
    }

    @Test
    void otherContentIsRefusedByName() throws IOException {
        for (byte[] content : new byte[][]{{}, {1, 2, 3}, "any text".getBytes()}) {
            Path file = file("other.png", content);
            assertRefused(file,
                    "%s is no PNG, JPEG, GIF or BMP image; remove it, or save it as PNG first.".formatted(file));
        }
    }

    @Test
    void pngCutShortAnywhereIsRefusedByName() throws IOException {
        byte[] whole = png(8, 0, LEVELS);
        for (int length = 8; length < whole.length; length++) {
            Path file = file("short.png", Arrays.copyOf(whole, length));
            assertRefused(file, "%s is cut short: the PNG image in it has no end; copy or save it again."
                    .formatted(file));
        }
    }

    @Test
    void pngWithAnyByteChangedIsRefused() throws IOException {
        byte[] whole = png(8, 0, LEVELS);
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= 0x41;
            Path file = file("changed.png", changed);
            InputException refusal = assertThrows(InputException.class, () -> read(file), "byte " + at);
            assertTrue(refusal.getMessage().startsWith(file + " "), refusal.getMessage());
        }
        whole[60] ^= 1; // inside the compressed pixels
        Path file = file("damaged.png", whole);
        assertRefused(file, "%s is damaged: its PNG data contradict themselves; copy or save it again."
                .formatted(file));
    }

    @Test
    void validChunksWithBadPixelDataAreRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(SIGNATURE);
        chunk(bytes, "IHDR", header(28, 28, 8, 0));
        chunk(bytes, "IDAT", new byte[]{1, 2, 3, 4});
        chunk(bytes, "IEND", new byte[0]);
        Path file = file("bad.png", bytes.toByteArray());
        assertRefused(file, "%s is damaged: its PNG data contradict themselves; copy or save it again."
                .formatted(file));
    }

    /** Which the JDK's decoder takes for black. */
    @Test
    void aColourBeyondThePaletteIsRefused() throws IOException {
        int[] samples = IntStream.range(0, 28 * 28).map(i -> i % 4).toArray();
        for (int colours : new int[]{4, 3}) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            byte[] whole = png(2, 3, samples);
            int palette = SIGNATURE.length + 12 + 13; // where its chunk begins
            bytes.write(whole, 0, palette);
            chunk(bytes, "PLTE",
                    Arrays.copyOf(new byte[]{10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40}, 3 * colours));
            bytes.write(whole, palette + 12 + 3 * 256, whole.length - palette - 12 - 3 * 256);
            Path file = file("palette.png", bytes.toByteArray());
            if (colours == 4) {
                assertArrayEquals(IntStream.of(samples).map(i -> 10 * (i + 1)).toArray(), read(file).levels());
            } else {
                assertRefused(file, "%s is damaged: its PNG data contradict themselves; copy or save it again."
                        .formatted(file));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"100000, 100000", "2147483647, 2147483647", "64000001, 1", "-1, -1"})
    void absurdDimensionsAreRefusedBeforeDecoding(int width, int height) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(SIGNATURE);
        chunk(bytes, "IHDR", header(width, height, 8, 0));
        Path file = file("bomb.png", bytes.toByteArray());
        assertRefused(file, "%s claims %d x %d pixels, and at most 64 megapixels are read; scale it down first."
                .formatted(file, width & 0xffffffffL, height & 0xffffffffL));
    }

    private int[] levels(byte[] png) throws IOException {
        return read(file("image.png", png)).levels();
    }

    /** As predict sees it. */
    private static Grey read(Path file) throws IOException {
        return Grey.of(Preparer.read(file), 256);
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(directory.resolve(name), content);
    }

    private static void assertRefused(Path file, String message) {
        assertEquals(message, assertThrows(InputException.class, () -> read(file)).getMessage());
    }

    static int[] samples(byte[] pixels, IntUnaryOperator sample) {
        int[] samples = new int[pixels.length];
        Arrays.setAll(samples, i -> sample.applyAsInt(pixels[i] & 0xff));
        return samples;
    }

    static byte[] png(int depth, int colourType, int[] samples) throws IOException {
        return png(28, 28, depth, colourType, samples, null);
    }

    /** A PNG image with rows unfiltered, a palette of greys for colour type 3, and a tRNS chunk where one is given. */
    private static byte[] png(int width, int height, int depth, int colourType, int[] samples, byte[] transparency)
            throws IOException {
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(rows)) {
            int perRow = samples.length / height;
            for (int y = 0; y < height; y++) {
                out.write(0); // no filter
                int bits = 0;
                int filled = 0;
                for (int i = 0; i < perRow; i++) {
                    bits = bits << depth | samples[y * perRow + i];
                    filled += depth;
                    for (; filled >= 8; filled -= 8) {
                        out.write(bits >> filled - 8);
                    }
                }
                if (filled > 0) {
                    out.write(bits << 8 - filled);
                }
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(SIGNATURE);
        chunk(bytes, "IHDR", header(width, height, depth, colourType));
        if (colourType == 3) {
            byte[] greys = new byte[3 * 256];
            for (int i = 0; i < greys.length; i++) {
                greys[i] = (byte) (i / 3);
            }
            chunk(bytes, "PLTE", greys);
        }
        if (transparency != null) {
            chunk(bytes, "tRNS", transparency);
        }
        chunk(bytes, "IDAT", rows.toByteArray());
        chunk(bytes, "IEND", new byte[0]);
        return bytes.toByteArray();
    }

    private static byte[] header(int width, int height, int depth, int colourType) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(width);
        out.writeInt(height);
        out.write(new byte[]{(byte) depth, (byte) colourType, 0, 0, 0});
        return bytes.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream bytes, String type, byte[] content) throws IOException {
        DataOutputStream out = new DataOutputStream(bytes);
        CRC32 crc = new CRC32();
        crc.update(type.getBytes());
        crc.update(content);
        out.writeInt(content.length);
        out.writeBytes(type);
        out.write(content);
        out.writeInt((int) crc.getValue());
    }
}
