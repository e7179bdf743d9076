package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Input;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class BatchesTest {
    private static final int FEATURES = 21; // no multiple of any vector's lanes
    private static final List<String> CLASSES = IntStream.range(0, 200).mapToObj(String::valueOf).toList();

    private static int label(int image) {
        return image * 7 % CLASSES.size();
    }

    /** Image i says its own number in its first two pixels; the rest are the 256 values in turn. */
    private static Dataset numbered(int n) {
        byte[] pixels = new byte[n * FEATURES];
        byte[] labels = new byte[n];
        for (int i = 0; i < n; i++) {
            for (int j = 2; j < FEATURES; j++) {
                pixels[i * FEATURES + j] = (byte) (i * FEATURES + j);
            }
            pixels[i * FEATURES] = (byte) i;
            pixels[i * FEATURES + 1] = (byte) (i >> 8);
            labels[i] = (byte) label(i);
        }
        return new Dataset(new Shape(1, 7, 3), pixels, labels, CLASSES);
    }

    /** The numbers of the images in the order of an epoch's batches. */
    private static int[] order(Batches batches) {
        int[] order = new int[batches.samples()];
        int[] samples = new int[batches.capacity()];
        byte[] labels = new byte[batches.capacity()];
        int at = 0;
        for (int batch = 0; batch < batches.count(); batch++) {
            int rows = batches.size(batch);
            batches.pick(batch, 0, rows, samples, labels);
            for (int i = 0; i < rows; i++) {
                order[at] = samples[i];
                assertEquals(label(order[at]), labels[i] & 0xff, "label of image " + order[at]);
                at++;
            }
        }
        assertEquals(order.length, at);
        return order;
    }

    private static int[] shuffled(int n, int batchSize, long seed, int epoch) {
        Batches batches = new Batches(numbered(n), batchSize);
        batches.shuffle(seed, epoch);
        return order(batches);
    }

    private static int[] sorted(int[] values) {
        int[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    @Test
    void everyEpochIsAPermutation() {
        for (int n : new int[]{0, 1, 2, 17, 1000}) {
            for (int epoch = 1; epoch <= 5; epoch++) {
                assertArrayEquals(IntStream.range(0, n).toArray(), sorted(shuffled(n, 16, 5, epoch)));
            }
        }
    }

    @Test
    void epochsAndSeedsDiffer() {
        int[] first = shuffled(1000, 16, 5, 1);
        for (int[] other : new int[][]{shuffled(1000, 16, 5, 2), shuffled(1000, 16, 6, 1), shuffled(1000, 16, 4, 2),
                shuffled(1000, 16, 6, 0), IntStream.range(0, 1000).toArray()}) {
            long same = IntStream.range(0, 1000).filter(i -> first[i] == other[i]).count();
            assertTrue(same < 10, () -> same + " images are in the same place"); // one is to be expected
        }
    }

    /** Over 6000 epochs each of the 24 orders of four images comes about 250 times; chi-squared below its 99.9 %. */
    @Test
    void everyOrderIsEquallyLikely() {
        Batches batches = new Batches(numbered(4), 4);
        int[] counts = new int[256];
        for (int epoch = 1; epoch <= 6000; epoch++) {
            batches.shuffle(3, epoch);
            int[] order = order(batches);
            counts[((order[0] * 4 + order[1]) * 4 + order[2]) * 4 + order[3]]++;
        }
        assertEquals(24, Arrays.stream(counts).filter(count -> count > 0).count());
        double chiSquared = Arrays.stream(counts).filter(count -> count > 0)
                .mapToDouble(count -> (count - 250.0) * (count - 250) / 250).sum();
        assertTrue(chiSquared < 49.73, () -> "chi-squared with 23 degrees of freedom: " + chiSquared);
    }

    @Test
    void orderIsAFunctionOfSeedAndEpochAlone() {
        int[] direct = shuffled(300, 16, 8, 4);
        Batches batches = new Batches(numbered(300), 7);
        for (int epoch = 1; epoch <= 4; epoch++) {
            batches.shuffle(8, epoch);
        }
        assertArrayEquals(direct, order(batches));
        batches.shuffle(1, 9);
        batches.shuffle(8, 4);
        assertArrayEquals(direct, order(batches));
    }

    /** Numbers of another implementation of the generator, java.util.SplittableRandom of JDK 25. */
    @Test
    void orderOfASeedStaysTheSame() {
        assertArrayEquals(new int[]{5, 8, 9, 10, 11, 3, 2, 4, 1, 0, 7, 6}, shuffled(12, 5, 5, 3));
        assertArrayEquals(new int[]{2, 3, 8, 11, 17, 20, 21, 22, 47, 48}, Batches.Split.of(50, 0.2, 3).validation());
    }

    @Test
    void beforeTheFirstShuffleImagesComeAsGiven() {
        assertArrayEquals(IntStream.range(0, 40).toArray(), order(new Batches(numbered(40), 16)));
        assertArrayEquals(new int[]{9, 3, 30}, order(new Batches(numbered(40), new int[]{9, 3, 30}, 16)));
    }

    @Test
    void shuffleStaysWithinTheGivenSamples() {
        int[] samples = {4, 8, 15, 16, 23, 42};
        Batches batches = new Batches(numbered(50), samples, 4);
        samples[0] = 0; // a copy was taken
        batches.shuffle(2, 1);
        assertArrayEquals(new int[]{4, 8, 15, 16, 23, 42}, sorted(order(batches)));
        assertEquals(6, batches.samples());
    }

    @Test
    void pickFillsTheAskedRowsOnly() {
        Batches batches = new Batches(numbered(300), new int[]{7, 299, 8, 100, 3, 5}, 4);
        int[] samples = {-1, -1, -1, -1};
        byte[] labels = {-1, -1, -1, -1};
        batches.pick(0, 1, 3, samples, labels);
        assertArrayEquals(new int[]{-1, 299, 8, -1}, samples);
        assertArrayEquals(new byte[]{-1, (byte) label(299), (byte) label(8), -1}, labels);
        batches.pick(0, 2, 2, samples, labels);
        assertArrayEquals(new int[]{-1, 299, 8, -1}, samples, "no row, no change");
        batches.pick(1, 0, 2, samples, labels);
        assertArrayEquals(new int[]{3, 5, 8, -1}, samples);
        assertArrayEquals(new byte[]{(byte) label(3), (byte) label(5), (byte) label(8), -1}, labels);
    }

    @Test
    void rowsBeyondABatchAreRefused() {
        Batches batches = new Batches(numbered(6), 4);
        for (int[] wrong : new int[][]{{0, 0, 5, 4}, {1, 0, 3, 2}, {0, -1, 2, 4}, {0, 3, 2, 4}}) {
            IndexOutOfBoundsException e = assertThrows(IndexOutOfBoundsException.class,
                    () -> batches.pick(wrong[0], wrong[1], wrong[2], new int[8], new byte[8]));
            assertEquals("from %d to %d is no range within the %d of batch".formatted(wrong[1], wrong[2], wrong[3]),
                    e.getMessage());
        }
    }

    @Test
    void indicesBeyondTheDataAreRefused() {
        for (int wrong : new int[]{-1, 3}) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> new Batches(numbered(3), new int[]{0, wrong}, 1));
            assertEquals("samples: image %d is none of 3".formatted(wrong), e.getMessage());
        }
    }

    @Test
    void everyPixelOfWhatIsPickedIsConvertedIntoItsOwnRow() {
        Dataset data = numbered(300);
        Batches batches = new Batches(data, new int[]{7, 299, 8, 100, 3, 5}, 4);
        Input rows = Input.of(data.samples(), 4);
        float[] input = rows.values();
        Arrays.fill(input, -1f);
        byte[] labels = {-1, -1, -1, -1};
        int[] samples = {-1, -1, -1, -1};
        batches.pick(0, 1, 3, samples, labels);
        assertArrayEquals(new int[]{-1, 299, 8, -1}, samples);
        rows.gather(samples, 1, 3);
        int[] images = {-1, 299, 8, -1};
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < FEATURES; j++) {
                float expected = images[i] < 0 ? -1f : (data.pixels(images[i])[j] & 0xff) / 255f;
                assertEquals(expected, input[i * FEATURES + j], 6e-8, "row %d, pixel %d".formatted(i, j));
            }
            assertEquals(images[i] < 0 ? -1 : (byte) data.label(images[i]), labels[i]);
        }
        batches.pick(1, 0, 2, samples, labels);
        rows.gather(samples, 0, 2);
        assertEquals(3 / 255f, input[0], 6e-8);
        assertEquals(5 / 255f, input[FEATURES], 6e-8);
    }

    @ParameterizedTest
    @CsvSource({"10, 4, 3, 4, 2", "12, 4, 3, 4, 4", "3, 100, 1, 3, 3", "1, 1, 1, 1, 1", "5, 1, 5, 1, 1",
            "3, 2147483647, 1, 3, 3", "5, 2147483646, 1, 5, 5"})
    void sizesOfBatches(int samples, int batchSize, int count, int capacity, int last) {
        Batches batches = new Batches(numbered(samples), batchSize);
        assertEquals(count, batches.count());
        assertEquals(capacity, batches.capacity());
        assertEquals(last, batches.size(count - 1));
        assertEquals(samples, IntStream.range(0, count).map(batches::size).sum());
    }

    @Test
    void batchSizeBelowOneIsRefused() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new Batches(numbered(3), 0));
        assertEquals("batchSize: at least 1, not 0", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"1000, 0.1, 100", "1000, 0, 0", "7, 0.5, 4", "10, 0.04, 0", "10, 0.99, 10", "0, 0.5, 0"})
    void splitIsDisjointCoversAllAndIsAscending(int size, double fraction, int held) {
        Batches.Split split = Batches.Split.of(size, fraction, 3);
        assertEquals(held, split.validation().length);
        assertEquals(size - held, split.training().length);
        int[] all = IntStream.concat(Arrays.stream(split.training()), Arrays.stream(split.validation())).toArray();
        assertArrayEquals(IntStream.range(0, size).toArray(), sorted(all));
        assertArrayEquals(sorted(split.training()), split.training());
        assertArrayEquals(sorted(split.validation()), split.validation());
    }

    @Test
    void splitIsAFunctionOfItsSeed() {
        int[] first = Batches.Split.of(1000, 0.1, 3).validation();
        assertArrayEquals(first, Batches.Split.of(1000, 0.1, 3).validation());
        assertFalse(Arrays.equals(first, Batches.Split.of(1000, 0.1, 4).validation()));
        double mean = Arrays.stream(first).average().orElseThrow();
        assertEquals(500, mean, 4 * 289 / 10.0, "held out from all over the set"); // 4 standard errors
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void fractionOutsideZeroToOneIsRefused(double fraction) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> Batches.Split.of(10, fraction, 1));
        assertEquals("fraction: from 0 to below 1, not " + fraction, e.getMessage());
    }
}
