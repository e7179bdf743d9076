package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("every-width")
class ReductionsTest {
    private static final int MOST = 70;

    /** The definition: 16 lanes over the elements and the zeros after them, then the tree. */
    private static float dot(float[] x, int xOffset, float[] y, int yOffset, int n) {
        float[] lanes = new float[16];
        for (int i = 0; i < Math.ceilDiv(n, 16) * 16; i++) {
            float a = i < n ? x[xOffset + i] : 0f;
            float b = i < n ? y[yOffset + i] : 0f;
            lanes[i % 16] = Math.fma(a, b, lanes[i % 16]);
        }
        for (int distance = 8; distance > 0; distance /= 2) {
            for (int l = 0; l < distance; l++) {
                lanes[l] += lanes[l + distance];
            }
        }
        return lanes[0];
    }

    @Test
    void dotHasTheBitsOfItsDefinitionAtAnyLengthAndOffset() {
        long seed = 1;
        SplittableRandom random = new SplittableRandom(seed);
        for (int n = 0; n <= MOST; n++) {
            for (int xOffset : new int[]{0, 1, 15}) {
                for (int yOffset : new int[]{0, 3}) {
                    float[] x = Bits.spread(random, xOffset + n + random.nextInt(20));
                    float[] y = Bits.spread(random, yOffset + n + random.nextInt(20));
                    Bits.assertSame(dot(x, xOffset, y, yOffset, n), Reductions.dot(x, xOffset, y, yOffset, n),
                            "seed %d, n=%d xOffset=%d yOffset=%d".formatted(seed, n, xOffset, yOffset));
                }
            }
        }
    }

    /** Each lane's additions are visible: 2^24 + 1 is 2^24, so another order gives other bits. */
    @Test
    void sumsFollowTheOneDefinedOrder() {
        float[] x = new float[33];
        x[0] = 0x1p24f;
        x[16] = 1f; // lost: same lane
        x[32] = 1f; // lost
        x[8] = 1f; // lost: added to lane 0 first
        x[1] = 1f;
        x[9] = 1f; // lanes 1 and 9 make 2, which is not lost
        float[] ones = new float[33];
        Arrays.fill(ones, 1f);
        Bits.assertSame(0x1p24f + 2f, Reductions.dot(x, 0, ones, 0, 33), "sum");
    }

    @Test
    void argmaxIsTheFirstOfTheLargest() {
        float infinity = Float.POSITIVE_INFINITY;
        assertEquals(1, Reductions.argmax(new float[]{1f, 3f, 2f}, 0, 3));
        assertEquals(0, Reductions.argmax(new float[]{3f, 1f, 3f}, 0, 3));
        assertEquals(0, Reductions.argmax(new float[]{-0f, 0f}, 0, 2), "zeros are equal");
        assertEquals(0, Reductions.argmax(new float[]{-infinity, -infinity}, 0, 2));
        assertEquals(2, Reductions.argmax(new float[]{9f, -infinity, -5f, infinity, infinity, 9f}, 1, 3));
        long seed = 3;
        SplittableRandom random = new SplittableRandom(seed);
        for (int n = 1; n <= MOST; n++) {
            float[] x = new float[n];
            for (int i = 0; i < n; i++) {
                x[i] = random.nextInt(10); // often equal
            }
            float largest = x[0];
            for (float element : x) {
                largest = Math.max(largest, element);
            }
            int first = 0;
            while (x[first] != largest) {
                first++;
            }
            assertEquals(first, Reductions.argmax(x, 0, n), "seed %d, n=%d".formatted(seed, n));
        }
    }

    /** A prediction of a network that has gone NaN is class 0; a single NaN elsewhere does not win. */
    @Test
    void argmaxPassesNansOverButTheFirstElement() {
        float nan = Float.NaN;
        assertEquals(2, Reductions.argmax(new float[]{1f, nan, 3f, nan}, 0, 4));
        assertEquals(0, Reductions.argmax(new float[]{1f, nan}, 0, 2));
        assertEquals(0, Reductions.argmax(new float[]{nan, 1f, 2f}, 0, 3));
        assertEquals(0, Reductions.argmax(new float[]{nan, nan}, 0, 2));
    }

    @Test
    void wrongArgumentsAreRefusedByName() {
        Bits.assertRefused("n", () -> Reductions.argmax(new float[3], 0, 0), 0);
        Bits.assertRefused("x", () -> Reductions.argmax(new float[3], 1, 3), 3, 1);
        float[] ten = new float[10];
        float[] twenty = new float[20];
        Bits.assertRefused("n", () -> Reductions.dot(ten, 0, twenty, 0, -1), -1);
        Bits.assertRefused("x", () -> Reductions.dot(ten, 3, twenty, 0, 8), 8, 3, 10);
        Bits.assertRefused("y", () -> Reductions.dot(twenty, 0, ten, -1, 8), 8, -1, 10);
    }
}
