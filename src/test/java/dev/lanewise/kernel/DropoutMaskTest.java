package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class DropoutMaskTest {
    private static final long KEY = DropoutMask.key(1, 2, 3, 4);

    /** Element by element, without vectors: the key's lower half is the counter's begin. */
    private static float[] oneByOne(float[] x, float rate) {
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            long key = KEY & 0xffffffff00000000L | (int) KEY + i & 0xffffffffL;
            DropoutMask.apply(x, i, y, i, 1, key, rate);
        }
        return y;
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, 0.1f, 0.5f, 0.99f})
    void vectorsDropWhatSingleElementsDo(float rate) {
        for (int n : new int[]{0, 1, 3, 4, 5, 15, 16, 17, 31, 33, 128, 1001}) {
            float[] x = Bits.uniform(new SplittableRandom(n), n, 3);
            float[] y = new float[n + 4];
            DropoutMask.apply(x, 0, y, 3, n, KEY, rate);
            int middle = n / 3;
            float[] pieces = y.clone();
            Arrays.fill(pieces, 3, 3 + n, Float.NaN);
            DropoutMask.apply(x, middle, pieces, 3 + middle, n - middle, KEY, middle, rate);
            DropoutMask.apply(x, 0, pieces, 3, middle, KEY, 0, rate);
            Bits.assertSame(y, pieces, "in pieces");
            assertArrayEquals(oneByOne(x, rate), Arrays.copyOfRange(y, 3, n + 3));
            assertEquals(0f, y[2]);
            assertEquals(0f, y[n + 3]);
            DropoutMask.apply(x, 0, x, 0, n, KEY, rate);
            assertArrayEquals(x, Arrays.copyOfRange(y, 3, n + 3), "in place");
        }
    }

    @Test
    void aFactorOfZeroMakesZeroOfAnything() {
        float[] x = {1f, Float.NaN, Float.NEGATIVE_INFINITY, -2f, 5f, 6f, 7f, -8f, Float.NaN, 10f, 11f, 12f, 13f, 14f,
                15f, -16f,
                17f, -18f, 19f};
        float[] factors = new float[17];
        float[] expected = new float[18];
        expected[0] = 9f;
        for (int i = 0; i < factors.length; i++) {
            factors[i] = i % 3 == 0 ? 1.5f : 0f;
            expected[i + 1] = i % 3 == 0 ? x[i + 1] * 1.5f : 0f;
        }
        float[] y = new float[18];
        y[0] = 9f;
        DropoutMask.multiply(x, 1, y, 1, factors);
        Bits.assertSame(expected, y, "multiply");
    }

    /** Computed outside of Java from the definition. */
    @Test
    void aKnownMask() {
        float[] y = new float[20];
        Arrays.fill(y, 1f);
        DropoutMask.apply(y, 0, y, 0, 20, KEY, 0.5f);
        StringBuilder mask = new StringBuilder();
        for (float element : y) {
            mask.append(element == 0f ? '-' : '2');
        }
        assertEquals("--2--2--2222--2-22--", mask.toString());
    }

    @Test
    void nothingIsDroppedAtRateZeroAndWhatIsDroppedIsZeroWhateverItWas() {
        float[] x = {1f, -2f, Float.NaN, Float.POSITIVE_INFINITY, 0f};
        float[] y = new float[5];
        DropoutMask.apply(x, 0, y, 0, 5, KEY, 0f);
        assertArrayEquals(x, y);
        float[] nans = new float[1000];
        Arrays.fill(nans, Float.NaN);
        DropoutMask.apply(nans, 0, nans, 0, 1000, KEY, 0.5f);
        for (float element : nans) {
            assertTrue(Float.isNaN(element) || Float.floatToRawIntBits(element) == 0);
        }
    }

    /** Six standard deviations of a binomial count, for single masks' sums and for neighbours that agree. */
    @ParameterizedTest
    @ValueSource(floats = {0.1f, 0.3f, 0.5f, 0.9f})
    void asManyAreDroppedAsTheRateSaysAndNeighboursAreIndependent(float rate) {
        int rows = 500;
        int n = 200;
        int dropped = 0;
        int both = 0; // this unit and the next
        int twice = 0; // this unit in this row and in the next
        float[] before = new float[n];
        float[] y = new float[n];
        for (int row = 0; row < rows; row++) {
            Arrays.fill(y, 1f);
            DropoutMask.apply(y, 0, y, 0, n, DropoutMask.key(7, 1, 0, row), rate);
            for (int i = 0; i < n; i++) {
                dropped += y[i] == 0f ? 1 : 0;
                both += y[i] == 0f && y[(i + 1) % n] == 0f ? 1 : 0;
                twice += row > 0 && y[i] == 0f && before[i] == 0f ? 1 : 0;
            }
            float[] swapped = before;
            before = y;
            y = swapped;
        }
        assertCount(dropped, rows * n, rate);
        assertCount(both, rows * n, rate * rate);
        assertCount(twice, (rows - 1) * n, rate * rate);
    }

    private static void assertCount(int count, int n, double p) {
        assertEquals(n * p, count, 6 * Math.sqrt(n * p * (1 - p)) * (1 + p));
    }

    @Test
    void keysTellSeedsLayersStepsAndRowsApart() {
        Set<Long> keys = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            for (int j = 0; j < 20; j++) {
                for (int k = 0; k < 20; k++) {
                    keys.add(DropoutMask.key(i, 1, j, k));
                    keys.add(DropoutMask.key(i, 3, j, k));
                }
            }
        }
        assertEquals(16_000, keys.size());
        assertNotEquals(DropoutMask.key(1, 2, 3, 4), DropoutMask.key(4, 3, 2, 1));
    }

    /** Of models that were trained before. */
    @Test
    void keysStayWhatTheyAre() {
        assertEquals(0x336c3255cbcc01feL, DropoutMask.key(1, 2, 3, 4));
        assertEquals(0x2130748aaac80268L, DropoutMask.key(0, 0, 0, 0));
        assertEquals(0x36f0e9b43c83fa8eL, DropoutMask.key(-5, 7, 1L << 40, 511));
    }

    @Test
    void badArgumentsAreRefused() {
        float[] x = new float[4];
        for (float rate : new float[]{-0.1f, 1f, Float.NaN}) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> DropoutMask.apply(x, 0, x, 0, 4, KEY, rate));
            assertEquals("rate: from 0 to below 1, not " + rate, e.getMessage());
        }
        assertThrows(IndexOutOfBoundsException.class, () -> DropoutMask.apply(x, 1, x, 0, 4, KEY, 0.5f));
        assertThrows(IndexOutOfBoundsException.class, () -> DropoutMask.apply(x, 0, x, -1, 4, KEY, 0.5f));
    }
}
