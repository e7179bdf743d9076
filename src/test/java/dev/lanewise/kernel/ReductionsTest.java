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
    void wrongArgumentsAreRefusedByName() {
        float[] ten = new float[10];
        float[] twenty = new float[20];
        Bits.assertRefused("n", () -> Reductions.dot(ten, 0, twenty, 0, -1), -1);
        Bits.assertRefused("x", () -> Reductions.dot(ten, 3, twenty, 0, 8), 8, 3, 10);
        Bits.assertRefused("y", () -> Reductions.dot(twenty, 0, ten, -1, 8), 8, -1, 10);
    }
}
