package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StrataTest {
    /** Images of so many of each class, in an order that is no order. */
    private static Dataset of(long seed, int... counts) {
        int size = Arrays.stream(counts).sum();
        byte[] labels = new byte[size];
        int filled = 0;
        for (int label = 0; label < counts.length; label++) {
            Arrays.fill(labels, filled, filled += counts[label], (byte) label);
        }
        SplitMix64 random = new SplitMix64(seed);
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            byte swapped = labels[i];
            labels[i] = labels[j];
            labels[j] = swapped;
        }
        return Dataset.of(new Shape(1, 1, 1), new byte[size], labels,
                IntStream.range(0, counts.length).mapToObj(String::valueOf).toList());
    }

    private static int[] divided(int total, int left, int... counts) {
        return new Strata(of(1, counts)).divide(total, left);
    }

    @Test
    void aTotalIsDividedInProportionWithOneOfEachClass() {
        assertArrayEquals(new int[]{5, 3, 2, 0}, divided(10, 0, 50, 30, 20, 0));
        assertArrayEquals(new int[]{1, 1, 1, 1}, divided(4, 0, 100, 1, 1, 1));
        assertArrayEquals(new int[]{3, 3, 2}, divided(8, 0, 9, 9, 9), "of equal ones, the first");
        assertArrayEquals(new int[]{7, 2}, divided(9, 0, 7, 2), "all");
    }

    @Test
    void whatIsLeftOfAClassIsNeverTooLittle() {
        assertArrayEquals(new int[]{9, 1, 1, 1, 0, 0}, divided(12, 1, 98, 15, 4, 2, 1, 0));
        assertArrayEquals(new int[]{1, 0}, divided(3, 1, 2, 1));
        assertArrayEquals(new int[]{1, 1}, divided(0, 1, 5, 5), "one of each class, however small the share");
    }

    @Test
    void everyTotalIsKeptWithinWhatIsThere() {
        SplitMix64 random = new SplitMix64(20261128);
        for (int run = 0; run < 300; run++) {
            int[] counts = IntStream.range(0, 2 + random.nextInt(12))
                    .map(_ -> random.nextInt(random.nextInt(2) == 0 ? 4 : 200)).toArray();
            int left = random.nextInt(2);
            int[] most = Arrays.stream(counts).map(n -> Math.max(0, n - left)).toArray();
            if (Arrays.stream(counts).sum() == 0) {
                continue;
            }
            int least = (int) Arrays.stream(most).filter(n -> n > 0).count();
            int total = least + random.nextInt(Arrays.stream(most).sum() - least + 1);
            int[] drawn = divided(total, left, counts);
            assertEquals(total, Arrays.stream(drawn).sum());
            for (int label = 0; label < counts.length; label++) {
                assertTrue(drawn[label] <= most[label] && (most[label] == 0 || drawn[label] > 0),
                        Arrays.toString(counts) + " " + total + " " + Arrays.toString(drawn));
            }
        }
    }

    @Test
    void whatIsDrawnDependsOnTheSeedAndOnNothingElse() {
        Dataset data = of(3, 40, 40);
        Strata strata = new Strata(data);
        int[] drawn = strata.draw(new int[]{10, 5}, 7);
        assertArrayEquals(drawn, strata.draw(new int[]{10, 5}, 7));
        assertFalse(Arrays.equals(drawn, strata.draw(new int[]{10, 5}, 8)));
        assertEquals(15, Arrays.stream(drawn).distinct().count());
        assertEquals(5, Arrays.stream(drawn).filter(image -> data.label(image) == 1).count());
        assertArrayEquals(drawn, Arrays.stream(drawn).sorted().toArray());
        assertArrayEquals(Arrays.stream(drawn).filter(image -> data.label(image) == 0).toArray(),
                Arrays.stream(strata.draw(new int[]{10, 30}, 7)).filter(image -> data.label(image) == 0).toArray(),
                "more of another class changes nothing");
    }
}
