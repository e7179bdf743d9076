package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpzSourceTest {
    private static final byte[] PIXELS = {0, 1, (byte) 254, (byte) 255, 4, 5, 6, (byte) 200};
    private static final byte[] LABELS = {7, 3};

    @TempDir
    Path temp;

    private DatasetPair read(NpzFile npz) throws IOException {
        return Sources.read(npz.write(temp.resolve("set.npz")), null);
    }

    private static NpzFile keras() {
        return new NpzFile().with("x_train", PIXELS, 2, 2, 2).with("y_train", LABELS, 2);
    }

    private void assertRefused(NpzFile npz, String... words) throws IOException {
        assertRefused(npz.bytes(true), words);
    }

    private void assertRefused(byte[] file, String... words) throws IOException {
        Path path = Files.write(temp.resolve("bad.npz"), file);
        InputException refusal = assertThrows(InputException.class, () -> Sources.read(path, null));
        for (String word : words) {
            assertTrue(refusal.getMessage().contains(word), () -> word + " in " + refusal.getMessage());
        }
        assertTrue(refusal.getMessage().contains(path.toString()), refusal.getMessage());
    }

    @Test
    void kerasArchiveIsReadStoredAndCompressed() throws IOException {
        NpzFile npz = keras().with("x_test", new byte[]{9, 8, 7, 6}, 1, 2, 2).with("y_test", new byte[]{1}, 1);
        List<DatasetPair.SourceFile> files = null;
        for (boolean compressed : new boolean[]{false, true}) {
            DatasetPair pair = Sources.read(Files.write(temp.resolve("mnist.npz"), npz.bytes(compressed)), null);
            assertEquals("mnist.npz", pair.name());
            assertEquals(new Shape(2, 2, 1), pair.train().shape());
            assertArrayEquals(PIXELS, pair.train().pixels());
            assertArrayEquals(LABELS, pair.train().labels());
            assertArrayEquals(new byte[]{9, 8, 7, 6}, pair.test().pixels());
            assertArrayEquals(new byte[]{1}, pair.test().labels());
            assertEquals(List.of("x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"),
                    pair.files().stream().map(DatasetPair.SourceFile::name).toList());
            assertTrue(files == null || files.equals(pair.files()), "the same arrays, however they are packed");
            files = pair.files();
        }
        assertNull(read(keras()).test());
    }

    @ParameterizedTest
    @ValueSource(strings = {"|u1", "<u2", ">u2", "<i2", ">i2", "<i4", ">i4", "<u4", "<i8", ">i8", "<f4", ">f4", "<f8",
            ">f8", "<f2"})
    void everyTypeAndOrderOfBytesIsRead(String type) throws IOException {
        byte[] pixels = NpzFile.values(type, 0, 1, 254, 255, 4, 5, 6, 200);
        byte[] labels = NpzFile.values(type, 7, 3);
        for (int version = 1; version <= 3; version++) {
            DatasetPair pair = read(
                    new NpzFile().with("x_train", NpzFile.npy(version, type, new int[]{2, 2, 2}, pixels))
                            .with("y_train", NpzFile.npy(version, type, new int[]{2}, labels)));
            assertArrayEquals(PIXELS, pair.train().pixels());
            assertArrayEquals(LABELS, pair.train().labels());
        }
    }

    @Test
    void aShapeOfThousandsOfExtentsIsRefused() throws IOException {
        String words = "{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }".formatted("1,".repeat(20_000));
        assertRefused(new NpzFile().with("x_train", NpzFile.npy(2, words, new byte[1])).with("y_train", LABELS, 2),
                "has the shape [1, 1, ");
    }

    @Test
    void signedBytesAndBooleansAreRead() throws IOException {
        DatasetPair pair = read(new NpzFile()
                .with("x_train", NpzFile.npy(1, "|b1", new int[]{2, 2}, new byte[]{1, 0, 0, 1}))
                .with("y_train", NpzFile.npy(1, "|i1", new int[]{2, 1}, new byte[]{5, 127})));
        assertArrayEquals(new byte[]{(byte) 255, 0, 0, (byte) 255}, pair.train().pixels());
        assertArrayEquals(new byte[]{5, 127}, pair.train().labels());
        assertTrue(pair.origin().endsWith(", values 0 to 1 scaled to 0 to 255"), pair.origin());
    }

    /** More of them than are decoded at a time. */
    @Test
    void floatsFromZeroToOneAreTheBytesThatTheyWere() throws IOException {
        SplitMix64 random = new SplitMix64(20261128);
        int images = 40;
        byte[] pixels = new byte[images * 1024];
        double[] floats = new double[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) random.nextInt(256);
            floats[i] = (pixels[i] & 0xff) / 255.0;
        }
        DatasetPair pair = read(new NpzFile()
                .with("x_train", NpzFile.npy(1, "<f4", new int[]{images, 1024}, NpzFile.values("<f4", floats)))
                .with("y_train", new byte[images], images));
        assertArrayEquals(pixels, pair.train().pixels());
        assertEquals(new Shape(32, 32, 1), pair.train().shape());
        assertEquals(2, pair.files().size(), "each array once");
    }

    @Test
    void coloursVectorsAndOneHotLabelsAreTaken() throws IOException {
        DatasetPair colours = read(new NpzFile().with("x_train", PIXELS, 2, 2, 1, 2).with("y_train",
                NpzFile.npy(1, "<f8", new int[]{2, 3}, NpzFile.values("<f8", 0, 0, 1, 1, 0, 0))));
        assertEquals(new Shape(2, 1, 2), colours.train().shape());
        assertArrayEquals(new byte[]{2, 0}, colours.train().labels());
        assertEquals(List.of("0", "1", "2"), colours.train().classes(), "as many as there are columns");
        assertEquals(new Shape(2, 2, 1), read(new NpzFile().with("x_train", PIXELS, 2, 4).with("y_train", LABELS, 2))
                .train().shape());
        assertEquals(Shape.vector(8), read(new NpzFile().with("x_train", PIXELS, 1, 8).with("y_train",
                new byte[]{1}, 1)).train().shape());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void labelsThatAreWordsAreTheSortedNamesOfTheClasses(boolean big) throws IOException {
        ByteOrder order = big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        NpzFile words = keras().with("y_train", NpzFile.texts(order, 5, "zebra", "\u00c4ffin"));
        DatasetPair pair = read(words);
        assertEquals(List.of("zebra", "\u00c4ffin"), pair.train().classes());
        assertArrayEquals(new byte[]{0, 1}, pair.train().labels());
        assertArrayEquals(PIXELS, pair.train().pixels());
        pair = read(words.with("x_test", new byte[4], 1, 2, 2).with("y_test", NpzFile.texts(order, 4, "yak")));
        assertEquals(List.of("yak", "zebra", "\u00c4ffin"), pair.train().classes());
        assertArrayEquals(new byte[]{1, 2}, pair.train().labels());
        assertArrayEquals(new byte[]{0}, pair.test().labels());
        assertArrayEquals(LABELS, read(keras().with("y_train", NpzFile.texts(order, 2, "7", "3"))).train().labels());
        assertRefused(words.with("y_test", new byte[]{1}, 1), "y_train and y_test", "words", "numbers");
        assertRefused(keras().with("y_train", NpzFile.texts(order, 2, "a", "")), "y_train has an empty label");
    }

    @Test
    void channelsMayComeFirst() throws IOException {
        byte[] pixels = new byte[2 * 3 * 4];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (100 + i);
        }
        DatasetPair colours = read(new NpzFile().with("x_train", pixels, 2, 3, 2, 2).with("y_train", LABELS, 2));
        assertEquals(new Shape(2, 2, 3), colours.train().shape());
        assertArrayEquals(new byte[]{100, 104, 108, 101, 105, 109, 102, 106, 110, 103, 107, 111},
                colours.train().pixels(0));
        assertTrue(colours.origin().endsWith("set.npz, taken as [N, C, H, W]"), colours.origin());
        DatasetPair grey = read(new NpzFile().with("x_train", PIXELS, 2, 1, 2, 2).with("y_train", LABELS, 2));
        assertEquals(new Shape(2, 2, 1), grey.train().shape());
        assertArrayEquals(PIXELS, grey.train().pixels());
        byte[] shares = NpzFile.values("<f4", 1, 0, 0.2, 0.4, 0.6, 0.8);
        DatasetPair scaled = read(new NpzFile().with("x_train", NpzFile.npy(1, "<f4", new int[]{1, 3, 1, 2}, shares))
                .with("y_train", new byte[]{1}, 1));
        assertArrayEquals(new byte[]{(byte) 255, 51, (byte) 153, 0, 102, (byte) 204}, scaled.train().pixels(0));
        assertTrue(scaled.origin().endsWith("taken as [N, C, H, W], values 0 to 1 scaled to 0 to 255"),
                scaled.origin());
        assertEquals(new Shape(3, 2, 3), read(new NpzFile().with("x_train", new byte[36], 2, 3, 2, 3).with("y_train",
                LABELS, 2)).train().shape(), "three at the end are channels");
    }

    private Images recognised(NpzFile npz, int features) throws IOException {
        return Sources.images(npz.write(temp.resolve("set.npz")), features).orElseThrow();
    }

    @Test
    void imagesToBeRecognisedAreThoseOfTheTestOrTheOnlyOnes() throws IOException {
        byte[] four = {9, 8, 7, (byte) 200};
        Images images = recognised(keras().with("x_test", four, 1, 2, 2), 4);
        assertEquals(1, images.count());
        assertEquals(new Shape(2, 2, 1), images.shape());
        assertArrayEquals(four, images.pixels());
        assertNull(images.note());
        assertArrayEquals(PIXELS, recognised(keras(), 4).pixels());
        assertEquals(2, recognised(new NpzFile().with("arr_0", PIXELS, 2, 4).with("names",
                NpzFile.npy(1, "|O", new int[]{2, 2}, PIXELS)), 4).count());
        Images bits = recognised(new NpzFile().with("a", new byte[]{1, 0, 0, 1}, 1, 1, 2, 2), 4);
        assertArrayEquals(new byte[]{(byte) 255, 0, 0, (byte) 255}, bits.pixels());
        assertEquals("taken as [N, C, H, W], values 0 to 1 scaled to 0 to 255", bits.note());
        for (NpzFile wrong : List.of(new NpzFile(), keras().with("more", PIXELS, 2, 4))) {
            assertThrows(InputException.class, () -> recognised(wrong, 4));
        }
        assertTrue(assertThrows(InputException.class, () -> recognised(keras(), 5)).getMessage()
                .contains("holds x_train.npy, y_train.npy, and no x_test; save images of 5 pixels"));
    }

    @Test
    void arraysThatAreNoImagesWithLabelsAreRefused() throws IOException {
        assertRefused(new NpzFile(), "holds nothing");
        assertRefused(new NpzFile().with("images", PIXELS, 2, 4), "images.npy", "x_train and y_train");
        assertRefused(keras().with("x_test", PIXELS, 2, 2, 2), "x_test and y_test");
        assertRefused(new NpzFile().with("x_train", PIXELS, 8).with("y_train", LABELS, 2), "x_train", "[8]");
        assertRefused(new NpzFile().with("x_train", PIXELS, 2, 1, 2, 1, 2).with("y_train", LABELS, 2), "x_train");
        assertRefused(new NpzFile().with("x_train", new byte[0], 0, 2, 2).with("y_train", new byte[0], 0), "[0, 2, 2]");
        assertRefused(new NpzFile().with("x_train", new byte[0], 2, 0).with("y_train", LABELS, 2), "[2, 0]");
        assertRefused(keras().with("y_train", new byte[]{1, 2, 3}, 3), "2 images and y_train 3 labels");
        assertRefused(keras().with("y_train", new byte[]{1, 1, 0, 1}, 2, 2), "row 0 of y_train");
        assertRefused(keras().with("y_train", new byte[4], 2, 2), "row 0 of y_train");
        assertRefused(keras().with("y_train", NpzFile.npy(1, "<i2", new int[]{2}, NpzFile.values("<i2", 1, 256))),
                "label 256");
        assertRefused(keras().with("y_train", NpzFile.npy(1, "<f4", new int[]{2}, NpzFile.values("<f4", 1, 0.5))),
                "label 0.5");
        for (double wrong : new double[]{-1, 256, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertRefused(new NpzFile().with("x_train", NpzFile.npy(1, "<f8", new int[]{1, 2},
                    NpzFile.values("<f8", 1, wrong))).with("y_train", new byte[]{1}, 1), "x_train has a pixel of");
        }
        assertRefused(keras().with("x_test", PIXELS, 2, 4, 1).with("y_test", LABELS, 2), "2 x 2");
    }

    @Test
    void headersThatLieAreRefused() throws IOException {
        assertRefused(keras().with("x_train", NpzFile.npy(1, "|u1", new int[]{3, 2, 2}, PIXELS)), "announces 12 bytes",
                "8 are there");
        assertRefused(keras().with("x_train", NpzFile.npy(1, "|u1", new int[]{1, 2, 2}, PIXELS)), "announces 4 bytes");
        assertRefused(keras().with("x_train", NpzFile.npy(1, "<f8", new int[]{2, 2, 2}, PIXELS)), "announces 64 bytes");
        assertRefused(keras().with("x_train", NpzFile.npy(1, "|u1", new int[]{65536, 65536, 65536, 65536}, PIXELS)),
                "cannot be");
        assertRefused(keras().with("x_train", NpzFile.npy(1, "|u1", new int[]{2147483647, 2}, PIXELS)), "memory");
        assertRefused(keras().with("x_train",
                NpzFile.npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (-2, 2), }", PIXELS)), "(-2, 2)");
        assertRefused(keras().with("x_train",
                NpzFile.npy(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2), }", PIXELS)), "column by");
        assertRefused(keras().with("x_train", NpzFile.npy(1, "|O", new int[]{2, 2}, PIXELS)), "pickle");
        assertRefused(keras().with("x_train", NpzFile.npy(1, "<U1", new int[]{1, 2}, PIXELS)), "type U1");
        assertRefused(keras().with("y_train", NpzFile.npy(1, "|S4", new int[]{2}, PIXELS)), "type |S4");
        assertRefused(keras().with("x_train",
                NpzFile.npy(1, "{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (2, 2), }", PIXELS)),
                "header");
        assertRefused(keras().with("x_train", NpzFile.npy(4, "|u1", new int[]{2, 2, 2}, PIXELS)), "version 4");
        assertRefused(keras().with("x_train", "no array".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                "no array of NumPy's");
        assertRefused(keras().with("x_train", new byte[0]), "no array of NumPy's");
        byte[] cut = NpzFile.npy(1, "|u1", new int[]{2, 2, 2}, PIXELS);
        assertRefused(keras().with("x_train", Arrays.copyOf(cut, 40)), "cut short");
    }

    @Test
    void archivesThatAreDamagedAreRefused() throws IOException {
        byte[] good = keras().bytes(false);
        assertRefused(Arrays.copyOf(good, good.length / 2), "bad.npz");
        assertRefused("<html>".getBytes(java.nio.charset.StandardCharsets.UTF_8), "bad.npz");
        assertRefused(new byte[0], "bad.npz");
        byte[] flipped = good.clone();
        flipped[30 + "x_train.npy".length() + 128 + 3] ^= 1; // a pixel, stored as it is
        assertRefused(flipped, "check sum");
        byte[] encrypted = good.clone();
        for (int i = 0; i < encrypted.length - 4; i++) { // the flag in every entry of the directory
            if (encrypted[i] == 'P' && encrypted[i + 1] == 'K' && encrypted[i + 2] == 1 && encrypted[i + 3] == 2) {
                encrypted[i + 8] |= 1;
            }
        }
        assertRefused(encrypted, "is encrypted");
    }

    /** Whatever a byte is changed to, what is read is a set or a sentence. */
    @Test
    void noDamageEscapesAsAnotherException() throws IOException {
        byte[] good = keras().bytes(true);
        SplitMix64 random = new SplitMix64(20261128);
        int refused = 0;
        for (int run = 0; run < 2000; run++) {
            byte[] bad = good.clone();
            for (int change = 1 + random.nextInt(3); change > 0; change--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(temp.resolve("bad.npz"), run % 4 == 0
                    ? Arrays.copyOf(bad, random.nextInt(bad.length))
                    : bad);
            try {
                Sources.read(file, null);
            } catch (InputException _) {
                refused++;
            }
        }
        assertTrue(refused > 1000, refused + " refused");
    }
}
