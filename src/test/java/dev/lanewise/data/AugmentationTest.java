package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Augmentation.Strength;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AugmentationTest {
    private static final Shape GREY = new Shape(28, 28, 1);
    private static final byte[] DIGIT = BuiltInDigits.draw(1, 3).pixels(2);

    private static byte[] apply(Map<Strength, Double> strengths, long key, Shape shape, byte[] image) {
        byte[] out = new byte[image.length + 2];
        new Augmentation(strengths).apply(key, shape, image, 0, out, 1);
        assertEquals(0, out[0], "before");
        assertEquals(0, out[out.length - 1], "behind");
        return Arrays.copyOfRange(out, 1, out.length - 1);
    }

    private static byte[] noise(Shape shape, long seed) {
        byte[] image = new byte[shape.size()];
        SplitMix64 random = new SplitMix64(seed);
        for (int i = 0; i < image.length; i++) {
            image[i] = (byte) random.nextInt();
        }
        return image;
    }

    @Test
    void noStrengthChangesNothing() {
        assertArrayEquals(DIGIT, apply(Map.of(), 7, GREY, DIGIT));
        assertTrue(new Augmentation(Map.of(Strength.SHIFT, 0.0)).strengths().isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void everyStrengthChangesImagesByTheKeyAlone(Strength strength) {
        Map<Strength, Double> one = Map.of(strength,
                strength == Strength.FLIP ? 0.5 : Math.min(12, strength.most() / 3));
        int changed = 0;
        for (long key = 0; key < 8; key++) {
            byte[] image = apply(one, key, GREY, DIGIT);
            assertArrayEquals(image, apply(one, key, GREY, DIGIT));
            changed += Arrays.equals(image, DIGIT) ? 0 : 1;
        }
        assertTrue(changed >= 3, strength + ": " + changed);
    }

    @ParameterizedTest
    @EnumSource
    void aStrengthHasALimit(Strength strength) {
        for (double wrong : new double[]{-0.1, strength.most() + 0.1, Double.NaN}) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> new Augmentation(Map.of(strength, wrong))).getMessage();
            assertTrue(message.startsWith(strength.word() + " must be from 0 to "), message);
        }
    }

    @Test
    void aFlipIsExact() {
        byte[] mirrored = new byte[DIGIT.length];
        for (int i = 0; i < DIGIT.length; i++) {
            mirrored[i / 28 * 28 + 27 - i % 28] = DIGIT[i];
        }
        assertArrayEquals(mirrored, apply(Map.of(Strength.FLIP, 1.0), 3, GREY, DIGIT));
    }

    /** A shift moves the centre of the ink by as much; averaged over draws it stays where it is. */
    @Test
    void shiftsAreUniformToBothSides() {
        double sum = 0;
        double furthest = 0;
        for (long key = 0; key < 400; key++) {
            double moved = centerX(apply(Map.of(Strength.SHIFT, 3.0), key, GREY, DIGIT)) - centerX(DIGIT);
            assertTrue(Math.abs(moved) < 3.1, key + ": " + moved);
            furthest = Math.max(furthest, Math.abs(moved));
            sum += moved;
        }
        assertTrue(furthest > 2.9, "furthest " + furthest);
        assertEquals(0, sum / 400, 0.3); // the mean of 400 draws has a deviation of 0.087
    }

    private static double centerX(byte[] image) {
        double ink = 0;
        double at = 0;
        for (int i = 0; i < image.length; i++) {
            ink += image[i] & 0xff;
            at += (image[i] & 0xff) * (i % 28);
        }
        return at / ink;
    }

    @Test
    void thicknessStaysWithinTheNeighbours() {
        byte[] image = noise(GREY, 4);
        for (long key = 0; key < 20; key++) {
            byte[] other = apply(Map.of(Strength.THICKNESS, 1.0), key, GREY, image);
            for (int r = 1; r < 27; r++) {
                for (int c = 1; c < 27; c++) {
                    int[] around = {image[r * 28 + c] & 0xff, image[r * 28 + c - 1] & 0xff,
                            image[r * 28 + c + 1] & 0xff,
                            image[r * 28 - 28 + c] & 0xff, image[r * 28 + 28 + c] & 0xff};
                    int value = other[r * 28 + c] & 0xff;
                    assertTrue(value >= Arrays.stream(around).min().getAsInt() - 1
                            && value <= Arrays.stream(around).max().getAsInt(), r + " " + c);
                }
            }
        }
    }

    /** Paper may be of any colour: what comes in from beyond the edges, and a square that is cut out, are of the same. */
    @Test
    void evenPaperStaysAsItIs() {
        Shape colour = new Shape(9, 12, 3);
        byte[] paper = new byte[colour.size()];
        for (int i = 0; i < paper.length; i++) {
            paper[i] = (byte) new int[]{250, 130, 7}[i % 3];
        }
        Map<Strength, Double> all = Map.of(Strength.SHIFT, 5.0, Strength.ROTATE, 90.0, Strength.SCALE, 0.5,
                Strength.SHEAR, 20.0, Strength.ELASTIC, 4.0, Strength.THICKNESS, 1.0, Strength.CUTOUT, 5.0,
                Strength.FLIP,
                0.5);
        for (long key = 0; key < 50; key++) {
            assertArrayEquals(paper, apply(all, key, colour, paper), "key " + key);
        }
    }

    @Test
    void cutoutMakesASquarePaper() {
        byte[] white = new byte[GREY.size()]; // on black paper
        for (int r = 1; r < 27; r++) {
            Arrays.fill(white, r * 28 + 1, r * 28 + 27, (byte) 255);
        }
        for (long key = 0; key < 50; key++) {
            byte[] cut = apply(Map.of(Strength.CUTOUT, 6.0), key, GREY, white);
            int holes = 0;
            for (byte pixel : cut) {
                holes += pixel == 0 ? 1 : 0;
            }
            holes -= 4 * 27; // the edge
            assertTrue(holes >= 4 && holes <= 36, key + ": " + holes);
        }
    }

    /** The channels of a pixel go the same way: three equal ones stay equal, and equal to those of a grey image. */
    @Test
    void coloursAreWarpedLikeGrey() {
        Map<Strength, Double> all = Map.of(Strength.SHIFT, 2.0, Strength.ROTATE, 20.0, Strength.SCALE, 0.2,
                Strength.ELASTIC, 3.0,
                Strength.THICKNESS, 0.5);
        for (Shape shape : new Shape[]{new Shape(28, 28, 3), new Shape(5, 9, 3), new Shape(1, 1, 3)}) {
            Shape grey = new Shape(shape.height(), shape.width(), 1);
            byte[] image = noise(grey, 9);
            byte[] colours = new byte[shape.size()];
            for (int i = 0; i < colours.length; i++) {
                colours[i] = image[i / 3];
            }
            for (long key = 0; key < 10; key++) {
                byte[] expected = apply(all, key, grey, image);
                byte[] actual = apply(all, key, shape, colours);
                for (int i = 0; i < actual.length; i++) {
                    assertEquals(expected[i / 3], actual[i], shape + " " + key + " " + i);
                }
            }
        }
    }

    /** The same on every machine: runs depend on it. */
    @Test
    void bytesAreAsTheyHaveBeen() throws Exception {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        Map<Strength, Double> all = Map.of(Strength.SHIFT, 2.0, Strength.ROTATE, 15.0, Strength.SCALE, 0.15,
                Strength.SHEAR, 10.0,
                Strength.ELASTIC, 3.0, Strength.THICKNESS, 0.5, Strength.CUTOUT, 4.0, Strength.NOISE, 8.0,
                Strength.FLIP, 0.5);
        for (long key = 0; key < 100; key++) {
            sha256.update(apply(all, key, GREY, DIGIT));
        }
        assertEquals("61f6ef474cc7f2437793bf1310ceaa306545bcbcb9d5c230faa876ed723f5f09",
                HexFormat.of().formatHex(sha256.digest()));
    }
}
