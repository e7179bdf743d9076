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

    @Test
    void aShareIsRoundedAndLeavesSomethingOnBothSides() {
        assertArrayEquals(new int[]{10, 2, 1, 1, 0, 0}, new Strata(of(1, 100, 15, 14, 2, 1, 0)).share(0.1));
        assertArrayEquals(new int[]{1, 0}, new Strata(of(1, 2, 1)).share(0.999));
    }

    @Test
    void aTotalIsDividedInProportionWithOneOfEachClass() {
        assertArrayEquals(new int[]{5, 3, 2, 0}, new Strata(of(1, 50, 30, 20, 0)).total(10));
        assertArrayEquals(new int[]{1, 1, 1, 1}, new Strata(of(1, 100, 1, 1, 1)).total(4));
        assertArrayEquals(new int[]{3, 3, 2}, new Strata(of(1, 9, 9, 9)).total(8), "of equal ones, the first");
        assertArrayEquals(new int[]{7, 2}, new Strata(of(1, 7, 2)).total(9), "all");
    }

    @Test
    void everyTotalIsKeptWithinWhatIsThere() {
        SplitMix64 random = new SplitMix64(20261128);
        for (int run = 0; run < 300; run++) {
            int[] counts = IntStream.range(0, 1 + random.nextInt(12)).map(_ -> random.nextInt(random.nextInt(2) == 0
                    ? 4
                    : 200)).toArray();
            if (Arrays.stream(counts).sum() == 0 || counts.length < 2) {
                continue;
            }
            Dataset data = of(run, counts);
            Strata strata = new Strata(data);
            int total = strata.classes() + random.nextInt(data.size() - strata.classes() + 1);
            int[] drawn = strata.total(total);
            assertEquals(total, Arrays.stream(drawn).sum());
            for (int label = 0; label < counts.length; label++) {
                assertTrue(drawn[label] <= counts[label] && (counts[label] == 0 || drawn[label] > 0),
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
