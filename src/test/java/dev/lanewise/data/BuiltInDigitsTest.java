package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.DatasetPair.SourceFile;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

class BuiltInDigitsTest {
    private static final int FEATURES = 28 * 28;
    private static final DatasetPair DIGITS = BuiltInDigits.generate();

    @Test
    void fiveHundredImagesHaveTheirPublishedDigest() throws Exception {
        Dataset digits = BuiltInDigits.draw(1, 500);
        assertEquals("23b368cd711dc02bac9f87ac6463c8afdd3524a52c282bfc4075f2a843777236",
                sha256(digits.pixels(), digits.labels()));
    }

    @Test
    void digestsAreThoseOfIdxFiles() throws Exception {
        assertEquals(NamedSet.ALL.getFirst().files().stream().map(NamedSet.PublishedFile::name).toList(),
                DIGITS.files().stream().map(SourceFile::name).toList());
        for (int part = 0; part < 2; part++) {
            Dataset data = part == 0 ? DIGITS.train() : DIGITS.test();
            byte[] images = ByteBuffer.allocate(16).putInt(0x00000803).putInt(data.size()).putInt(28).putInt(28)
                    .array();
            byte[] labels = ByteBuffer.allocate(8).putInt(0x00000801).putInt(data.size()).array();
            assertEquals(sha256(images, data.pixels()), DIGITS.files().get(2 * part).sha256());
            assertEquals(sha256(labels, data.labels()), DIGITS.files().get(2 * part + 1).sha256());
            assertEquals(16 + 784L * data.size(), DIGITS.files().get(2 * part).bytes());
            assertEquals(8L + data.size(), DIGITS.files().get(2 * part + 1).bytes());
        }
    }

    @Test
    void splitsHaveTheSizesOfMnist() {
        assertEquals("digits", DIGITS.name());
        assertEquals(60_000, DIGITS.train().size());
        assertEquals(10_000, DIGITS.test().size());
        for (Dataset split : List.of(DIGITS.train(), DIGITS.test())) {
            assertEquals(Mnist.SHAPE, split.shape());
            assertEquals(Mnist.CLASSES, split.classes());
        }
    }

    @Test
    void bytesDoNotDependOnTheNumberOfThreads() throws Exception {
        Dataset expected = BuiltInDigits.draw(7, 2_003);
        for (int threads : new int[]{1, 3, 8}) {
            // A parallel stream that starts inside a pool runs on that pool.
            try (ForkJoinPool pool = new ForkJoinPool(threads)) {
                assertSameBytes(expected, pool.submit(() -> BuiltInDigits.draw(7, 2_003)).get());
            }
        }
    }

    @Test
    void shorterDrawIsTheBeginningOfALongerOne() {
        Dataset all = BuiltInDigits.draw(-5, 128);
        for (int count : new int[]{0, 1, 9, 10, 11, 127}) {
            assertSameBytes(first(all, count), BuiltInDigits.draw(-5, count));
        }
        assertSameBytes(first(DIGITS.train(), 500), BuiltInDigits.draw(1, 500));
    }

    @Test
    void everyTenImagesHoldEveryDigitOnce() {
        for (Dataset split : List.of(DIGITS.train(), DIGITS.test())) {
            byte[] labels = split.labels();
            for (int first = 0; first < split.size(); first += 10) {
                byte[] ten = Arrays.copyOfRange(labels, first, first + 10);
                Arrays.sort(ten);
                assertArrayEquals(new byte[]{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, ten, "from image " + first);
            }
        }
    }

    @Test
    void labelsComeInADifferentOrderEachTen() {
        Set<String> orders = new HashSet<>();
        for (int first = 0; first < 1_000; first += 10) {
            orders.add(Arrays.toString(Arrays.copyOfRange(DIGITS.train().labels(), first, first + 10)));
        }
        assertTrue(orders.size() >= 95, orders.size() + " orders in 100 tens");
    }

    @Test
    void noImageOccursTwiceInEitherSplitOrInBoth() {
        Set<ByteBuffer> seen = new HashSet<>();
        for (Dataset split : List.of(DIGITS.train(), DIGITS.test())) {
            for (int i = 0; i < split.size(); i++) {
                assertTrue(seen.add(ByteBuffer.wrap(split.pixels(i))), "image " + i);
            }
        }
        assertEquals(70_000, seen.size());
    }

    @Test
    void neighbouringSeedsDrawOtherImages() {
        Set<ByteBuffer> seen = new HashSet<>();
        for (long seed = 0; seed < 20; seed++) {
            Dataset digits = BuiltInDigits.draw(seed, 50);
            for (int i = 0; i < 50; i++) {
                assertTrue(seen.add(ByteBuffer.wrap(digits.pixels(i))), "seed " + seed + " image " + i);
            }
        }
    }

    @Test
    void fourFifthsOfThePixelsArePaper() {
        int zeros = 0;
        for (byte pixel : DIGITS.test().pixels()) {
            zeros += pixel == 0 ? 1 : 0;
        }
        double share = (double) zeros / 10_000 / FEATURES;
        assertTrue(share > 0.78 && share < 0.83, "share of zero pixels " + share);
    }

    @Test
    void inkStaysOffTheFrameAndFillsItsBox() {
        byte[] pixels = DIGITS.test().pixels();
        for (int i = 0; i < 10_000; i++) {
            int top = 28;
            int bottom = -1;
            int left = 28;
            int right = -1;
            int darkest = 0;
            for (int p = 0; p < FEATURES; p++) {
                int ink = pixels[i * FEATURES + p] & 0xff;
                if (ink > 0) {
                    top = Math.min(top, p / 28);
                    bottom = Math.max(bottom, p / 28);
                    left = Math.min(left, p % 28);
                    right = Math.max(right, p % 28);
                }
                darkest = Math.max(darkest, ink);
            }
            int box = Math.max(bottom - top, right - left) + 1;
            assertTrue(top >= 1 && left >= 1 && bottom <= 26 && right <= 26, "ink at the frame of image " + i);
            assertTrue(box >= 16 && box <= 23, "image " + i + " has a box of " + box + " pixels");
            assertTrue(darkest >= 160, "image " + i + " is as dark as " + darkest + " at most");
        }
    }

    @Test
    void digitsAreCentredByMassOnAverage() {
        double sum = 0;
        double sumX = 0;
        double sumY = 0;
        byte[] pixels = DIGITS.test().pixels();
        for (int p = 0; p < pixels.length; p++) {
            int ink = pixels[p] & 0xff;
            sum += ink;
            sumX += ink * (p % 28 + 0.5);
            sumY += ink * (p % FEATURES / 28 + 0.5);
        }
        assertEquals(14, sumX / sum, 0.25);
        assertEquals(14, sumY / sum, 0.25);
    }

    /** Nearest class mean is the simplest linear classifier: it must beat chance by far and leave much to learn. */
    @Test
    void classMeansTellDigitsApartOnlyRoughly() {
        double[][] mean = new double[10][FEATURES];
        byte[] train = DIGITS.train().pixels();
        byte[] test = DIGITS.test().pixels();
        for (int i = 0; i < 60_000; i++) {
            for (int p = 0; p < FEATURES; p++) {
                mean[DIGITS.train().label(i)][p] += (train[i * FEATURES + p] & 0xff)
                        / 6_000.0;
            }
        }
        int right = 0;
        for (int i = 0; i < 2_000; i++) {
            int nearest = -1;
            double least = Double.MAX_VALUE;
            for (int digit = 0; digit < 10; digit++) {
                double distance = 0;
                for (int p = 0; p < FEATURES; p++) {
                    double d = (test[i * FEATURES + p] & 0xff) - mean[digit][p];
                    distance += d * d;
                }
                if (distance < least) {
                    least = distance;
                    nearest = digit;
                }
            }
            right += nearest == DIGITS.test().label(i) ? 1 : 0;
        }
        double accuracy = right / 2_000.0;
        assertTrue(accuracy > 0.55 && accuracy < 0.88, "nearest mean is right for " + accuracy);
    }

    @Test
    void countThatNoArrayHoldsIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> BuiltInDigits.draw(1, -1));
        assertThrows(IllegalArgumentException.class, () -> BuiltInDigits.draw(1, Integer.MAX_VALUE));
    }

    private static Dataset first(Dataset all, int count) {
        return new Dataset(all.shape(), Arrays.copyOf(all.pixels(), count * FEATURES),
                Arrays.copyOf(all.labels(), count), all.classes());
    }

    private static void assertSameBytes(Dataset expected, Dataset actual) {
        assertArrayEquals(expected.labels(), actual.labels());
        assertArrayEquals(expected.pixels(), actual.pixels());
    }

    private static String sha256(byte[]... parts) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (byte[] part : parts) {
            digest.update(part);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
