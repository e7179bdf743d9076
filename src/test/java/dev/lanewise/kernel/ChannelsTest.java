package dev.lanewise.kernel;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("every-width")
class ChannelsTest {
    @Test
    void sumsFollowTheOneDefinedOrder() {
        for (long seed = 1; seed < 80; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Shape shape = new Shape(1 + random.nextInt(9), 1 + random.nextInt(9), 1 + random.nextInt(20));
            int groups = random.nextInt(4);
            float[] x = Bits.spread(random, groups * 16 * shape.size());
            float[] expected = new float[shape.channels()];
            for (int channel = 0; channel < shape.channels(); channel++) {
                float[] lanes = new float[16];
                for (int place = 0; place < groups * shape.height() * shape.width(); place++) {
                    for (int lane = 0; lane < 16; lane++) {
                        lanes[lane] += x[(place * shape.channels() + channel) * 16 + lane];
                    }
                }
                for (int distance = 8; distance > 0; distance /= 2) {
                    for (int lane = 0; lane < distance; lane++) {
                        lanes[lane] += lanes[lane + distance];
                    }
                }
                expected[channel] = lanes[0];
            }
            float[] sums = new float[shape.channels() + 2];
            Arrays.fill(sums, Float.NaN);
            int middle = random.nextInt(shape.channels() + 1);
            Channels.sum(x, shape, groups, middle, shape.channels(), sums, 2 + middle);
            Channels.sum(x, shape, groups, 0, middle, sums, 2);
            Bits.assertSame(expected, Arrays.copyOfRange(sums, 2, sums.length), "seed " + seed);
        }
    }

    @Test
    void wrongArgumentsAreRefusedByName() {
        Shape shape = new Shape(2, 3, 4);
        float[] x = new float[16 * 24];
        float[] sums = new float[4];
        Bits.assertRefused("from", () -> Channels.sum(x, shape, 1, 0, 5, sums, 0), 5, 4);
        Bits.assertRefused("x", () -> Channels.sum(x, shape, 2, 0, 4, sums, 0), 2, 384);
        Bits.assertRefused("sums", () -> Channels.sum(x, shape, 1, 1, 4, sums, 2), 3, 2, 4);
    }
}
