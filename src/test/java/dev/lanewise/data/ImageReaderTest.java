package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReaderTest {
    private static final Shape GREY = new Shape(5, 7, 1);
    private static final Shape COLOUR = new Shape(5, 7, 3);

    @TempDir
    Path directory;

    private static byte[] noise(Shape shape, int seed) {
        byte[] pixels = new byte[shape.size()];
        new SplittableRandom(seed).nextBytes(pixels);
        return pixels;
    }

    private ImageReader.Image read(byte[] file) throws IOException {
        return ImageReader.read(Files.write(directory.resolve("image"), file));
    }

    private InputException refusal(byte[] file) throws IOException {
        Path path = Files.write(directory.resolve("image"), file);
        InputException refusal = assertThrows(InputException.class, () -> ImageReader.read(path));
        assertTrue(refusal.getMessage().startsWith(path + " "), refusal.getMessage());
        return refusal;
    }

    private static void assertImage(Shape shape, byte[] pixels, ImageReader.Image image) {
        assertEquals(shape, image.shape());
        assertArrayEquals(pixels, image.pixels());
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp"})
    void pixelsOfFormatsWithoutLossComeBack(String format) throws IOException {
        for (Shape shape : List.of(GREY, COLOUR, new Shape(1, 1, 1), new Shape(1, 1, 3), new Shape(64, 64, 3))) {
            byte[] pixels = noise(shape, shape.size());
            assertImage(shape, pixels, read(ImageFolders.encode(format, shape, pixels)));
        }
    }

    @Test
    void gifColoursComeBack() throws IOException {
        byte[] pixels = noise(COLOUR, 3); // 35 colours: they fit into a palette
        assertImage(COLOUR, pixels, read(ImageFolders.encode("gif", COLOUR, pixels)));
        byte[] levels = noise(GREY, 4);
        assertImage(GREY, levels, read(ImageFolders.encode("gif", GREY, levels)));
    }

    @Test
    void greyStoredAsColourIsGrey() throws IOException {
        byte[] levels = noise(GREY, 5);
        byte[] three = new byte[COLOUR.size()];
        for (int i = 0; i < three.length; i++) {
            three[i] = levels[i / 3];
        }
        assertImage(GREY, levels, read(ImageFolders.encode("png", COLOUR, three)));
        three[three.length - 1]++;
        assertImage(COLOUR, three, read(ImageFolders.encode("png", COLOUR, three)));
    }

    @Test
    void sixteenBitColoursAreRounded() throws IOException {
        int[] samples = {0, 32767, 65535, 128, 129, 65407};
        int[] levels = {0, 127, 255, 0, 1, 255};
        int[] image = new int[28 * 28 * 3];
        byte[] expected = new byte[image.length];
        for (int i = 0; i < image.length; i++) {
            image[i] = samples[i % 6];
            expected[i] = (byte) levels[i % 6];
        }
        assertImage(new Shape(28, 28, 3), expected, read(PngReaderTest.png(16, 2, image)));
    }

    @Test
    void transparencyOfColoursIsLaidOverPaperThatShowsThem() throws IOException {
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0xff800000); // dark red
        image.setRGB(1, 0, 0x80800000);
        image.setRGB(0, 1, 0x00ffffff);
        image.setRGB(1, 1, 0x000000ff); // a colour that nobody sees
        assertImage(new Shape(2, 2, 3), new byte[]{-128, 0, 0, (byte) 191, 127, 127, -1, -1, -1, -1, -1, -1},
                read(ImageFolders.encode("png", image, false)));
        image.setRGB(0, 0, 0xffffff80); // light yellow
        image.setRGB(1, 0, 0x00000000);
        assertImage(new Shape(2, 2, 3), new byte[]{-1, -1, -128, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                read(ImageFolders.encode("png", image, false)));
        image.setRGB(0, 0, 0xff808080);
        assertEquals(1, read(ImageFolders.encode("png", image, false)).shape().channels());
    }

    /** Blocks of one level each, which survive JPEG: 1 2 3 over 4 5 6, times 40. */
    private static byte[] blocks(int channels) {
        byte[] pixels = new byte[16 * 24 * channels];
        for (int i = 0; i < pixels.length; i++) {
            int x = i / channels % 24;
            int y = i / channels / 24;
            pixels[i] = (byte) (40 * (1 + x / 8 + 3 * (y / 8)));
        }
        return pixels;
    }

    private static void assertBlocks(String rows, ImageReader.Image image) {
        Shape shape = image.shape();
        String[] lines = rows.split("/");
        assertEquals(new Shape(8 * lines.length, 8 * lines[0].length(), 1), shape);
        for (int i = 0; i < shape.size(); i++) {
            int expected = 40 * (lines[i / shape.width() / 8].charAt(i % shape.width() / 8) - '0');
            assertEquals(expected, image.pixels()[i] & 0xff, 3, "pixel " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 123/456", "2, 321/654", "3, 654/321", "4, 456/123", "5, 14/25/36", "6, 41/52/63", "7, 63/52/41",
            "8, 36/25/14", "0, 123/456", "9, 123/456"})
    void jpegIsTurnedAsItsExifDataSay(int orientation, String rows) throws IOException {
        byte[] jpeg = ImageFolders.encode("jpg", new Shape(16, 24, 1), blocks(1));
        assertBlocks("123/456", read(jpeg));
        for (boolean littleEndian : new boolean[]{false, true}) {
            byte[] exif = PngReaderTest.exif(littleEndian, orientation);
            ByteBuffer turned = ByteBuffer.allocate(jpeg.length + exif.length + 10).put(jpeg, 0, 2)
                    .putChar((char) 0xffe1).putChar((char) (exif.length + 8)).put("Exif\0\0".getBytes()).put(exif);
            assertBlocks(rows, read(turned.put(jpeg, 2, jpeg.length - 2).array()));
        }
    }

    @Test
    void colourIsTurnedAsAWhole() {
        byte[] pixels = noise(COLOUR, 6);
        ImageReader.Image turned = Orientation.RIGHT_TOP.apply(new ImageReader.Image(COLOUR, pixels));
        assertEquals(new Shape(7, 5, 3), turned.shape());
        for (int y = 0; y < 7; y++) {
            for (int x = 0; x < 5; x++) {
                int from = ((4 - x) * 7 + y) * 3;
                int to = (y * 5 + x) * 3;
                assertArrayEquals(Arrays.copyOfRange(pixels, from, from + 3),
                        Arrays.copyOfRange(turned.pixels(), to, to + 3));
            }
        }
    }

    @Test
    void jpegInColourIsReadAndProgressiveOneIsTheSame() throws IOException {
        assertBlocks("123/456", read(ImageFolders.encode("jpg", new Shape(16, 24, 3), blocks(3))));
        byte[] red = new byte[16 * 16 * 3];
        for (int i = 0; i < red.length; i += 3) {
            red[i] = (byte) 200;
        }
        Shape shape = new Shape(16, 16, 3);
        ImageReader.Image image = read(ImageFolders.encode("jpg", shape, red));
        assertEquals(shape, image.shape());
        for (int i = 0; i < red.length; i++) {
            assertEquals(red[i] & 0xff, image.pixels()[i] & 0xff, 3, "sample " + i);
        }
        byte[] pixels = noise(shape, 8);
        byte[] progressive = ImageFolders.encode("jpg", ImageFolders.image(shape, pixels), true);
        assertTrue(IntStream.range(0, progressive.length - 1)
                .anyMatch(i -> progressive[i] == (byte) 0xff && progressive[i + 1] == (byte) 0xc2), "a frame of SOF2");
        assertArrayEquals(read(ImageFolders.encode("jpg", shape, pixels)).pixels(), read(progressive).pixels());
    }

    /** A JPEG image as far as its frame. */
    private static byte[] frame(int marker, int bits, int height, int width, int colours) {
        return ByteBuffer.allocate(100).putChar((char) 0xffd8).putChar((char) (0xff00 | marker)).putChar((char) 17)
                .put((byte) bits).putChar((char) height).putChar((char) width).put((byte) colours).array();
    }

    @Test
    void jpegOfARareKindIsRefusedBySaying() throws IOException {
        assertTrue(refusal(frame(0xc0, 8, 10, 10, 4)).getMessage().contains("4 inks (CMYK), which is not read"));
        for (byte[] rare : List.of(frame(0xc3, 8, 10, 10, 3), frame(0xc9, 8, 10, 10, 3), frame(0xc1, 12, 10, 10, 1))) {
            assertTrue(refusal(rare).getMessage().contains("rare kind"), refusal(rare).getMessage());
        }
    }

    @Test
    void gifFrameStandsWhereTheScreenHasIt() throws IOException {
        byte[] levels = noise(GREY, 9);
        byte[] gif = ImageFolders.encode("gif", GREY, levels);
        int descriptor = 13 + (3 << (gif[10] & 7) + 1);
        while (gif[descriptor] == 0x21) { // extensions of one block
            descriptor += 4 + gif[descriptor + 2];
        }
        assertEquals(0x2c, gif[descriptor]);
        ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN).putChar(6, (char) 9).putChar(8, (char) 6)
                .putChar(descriptor + 1, (char) 2).putChar(descriptor + 3, (char) 1);
        ImageReader.Image image = read(gif);
        assertEquals(new Shape(6, 9, 1), image.shape());
        for (int y = 0; y < 5; y++) {
            int from = (y + 1) * 9 + 2;
            assertArrayEquals(Arrays.copyOfRange(levels, 7 * y, 7 * y + 7),
                    Arrays.copyOfRange(image.pixels(), from, from + 7));
            assertEquals(image.pixels()[0], image.pixels()[(y + 1) * 9 + 1], "paper on the left");
        }
    }

    @Test
    void imageCutShortAnywhereIsRefused() throws IOException {
        byte[] pixels = noise(COLOUR, 10);
        for (String format : List.of("png", "jpg", "gif", "bmp")) {
            byte[] whole = ImageFolders.encode(format, COLOUR, pixels);
            int signature = Map.of("png", 8, "jpg", 3, "gif", 3, "bmp", 2).get(format);
            // A GIF's frame ends before the file does, and the padding of a BMP's last row says nothing.
            int end = whole.length - (format.equals("gif") ? 1 : format.equals("bmp") ? 3 : 0);
            for (int length = signature; length < end; length++) {
                String message = refusal(Arrays.copyOf(whole, length)).getMessage();
                assertTrue(message.contains("is cut short"), format + " of " + length + " bytes: " + message);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "gif", "bmp"})
    void damageIsASentenceOrAnotherImage(String format) throws IOException {
        byte[] whole = ImageFolders.encode(format, COLOUR, noise(COLOUR, 11));
        SplittableRandom random = new SplittableRandom(12);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = whole.clone();
            for (int k = random.nextInt(3); k >= 0; k--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path path = Files.write(directory.resolve("image"), damaged);
            try {
                ImageReader.read(path);
            } catch (InputException e) {
                assertTrue(e.getMessage().startsWith(path + " "), e.getMessage());
            }
        }
    }

    @Test
    void absurdSizesAreRefusedBeforeDecoding() throws IOException {
        byte[] gif = ImageFolders.encode("gif", GREY, noise(GREY, 13));
        Arrays.fill(gif, 6, 10, (byte) 0xff);
        byte[] bmp = ImageFolders.encode("bmp", GREY, noise(GREY, 14));
        ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 100_000).putInt(22, 100_000);
        for (byte[] absurd : List.of(gif, bmp, frame(0xc0, 8, 65535, 65535, 3))) {
            assertTrue(refusal(absurd).getMessage().contains("at most 64 megapixels"), refusal(absurd).getMessage());
        }
    }

    @Test
    void contentTellsWhatAFileIsAndNotItsName() throws IOException {
        byte[] levels = noise(GREY, 15);
        Path file = ImageFolders.write(directory.resolve("folder/photo.jpg"), "png", GREY, levels);
        assertImage(GREY, levels, ImageReader.read(file));
        for (String text : List.of("", "G", "RIFF....WEBPVP8 ", "just text")) {
            Path other = Files.writeString(directory.resolve("other.png"), text);
            assertFalse(ImageReader.isImage(other));
            assertEquals(other + " is no PNG, JPEG, GIF or BMP image; remove it, or save it as PNG first.",
                    assertThrows(InputException.class, () -> ImageReader.read(other)).getMessage());
        }
    }

    @Test
    void anyNumberOfThreadsReadAtATime() throws IOException {
        for (String format : List.of("png", "jpg", "gif", "bmp")) {
            Path file = ImageFolders.write(directory.resolve(format), format, COLOUR, noise(COLOUR, 16));
            byte[] expected = ImageReader.read(file).pixels();
            Parallel.run(200, _ -> assertArrayEquals(expected, ImageReader.read(file).pixels()));
        }
    }
}
