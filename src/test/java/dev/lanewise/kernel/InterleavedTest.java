package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.core.Pixels;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("every-width")
class InterleavedTest {
    private static final int GROUP = Interleaved.GROUP;

    @Test
    void rowsComeBackAsTheyWereAndLanesWithoutASampleAreZero() {
        for (long seed = 1; seed < 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int count = random.nextInt(50);
            int size = 1 + random.nextInt(200);
            int groups = Interleaved.groups(count);
            float[] rows = Bits.spread(random, 3 + count * size);
            float[] x = new float[groups * GROUP * size];
            Arrays.fill(x, Float.NaN);
            float[] back = new float[rows.length];
            for (int group = 0; group < groups; group++) {
                Interleaved.fromRows(rows, 3, count, size, x, group, group + 1);
                Interleaved.toRows(x, back, 3, count, size, group, group + 1);
            }
            for (int i = 0; i < x.length; i++) {
                int sample = i / (GROUP * size) * GROUP + i % GROUP;
                float expected = sample < count ? rows[3 + sample * size + i / GROUP % size] : 0f;
                Bits.assertSame(expected, x[i], "seed %d, element %d".formatted(seed, i));
            }
            Arrays.fill(rows, 0, 3, 0f);
            Bits.assertSame(rows, back, "seed " + seed);
        }
    }

    @Test
    void pixelsAreTheFloatsOfDenseNetworks() {
        SplittableRandom random = new SplittableRandom(2);
        byte[] bytes = new byte[70 * 100];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        int[] samples = random.ints(40, 0, 70).toArray();
        float[] rows = new float[37 * 100];
        for (int i = 0; i < 37; i++) {
            Pixels.toFloats(bytes, samples[i] * 100, rows, i * 100, 100);
        }
        float[] expected = new float[3 * GROUP * 100];
        Interleaved.fromRows(rows, 0, 37, 100, expected, 0, 3);
        float[] x = new float[expected.length];
        Arrays.fill(x, Float.NaN);
        Interleaved.fromPixels(bytes, 100, samples, 37, x, 1, 3);
        Interleaved.fromPixels(bytes, 100, samples, 37, x, 0, 1);
        Bits.assertSame(expected, x, "x");
    }

    @Test
    void wrongArgumentsAreRefusedByName() {
        float[] x = new float[320];
        Bits.assertRefused("y", () -> Interleaved.fromRows(x, 0, 30, 10, new float[319], 0, 2), 2, 319);
        Bits.assertRefused("x", () -> Interleaved.fromRows(x, 30, 30, 10, x, 0, 2), 320);
        Bits.assertRefused("from", () -> Interleaved.fromRows(x, 0, 30, 10, x, 0, 3), 3, 2);
        Bits.assertRefused("x", () -> Interleaved.toRows(new float[319], x, 0, 30, 10, 0, 2), 319);
        Bits.assertRefused("y", () -> Interleaved.toRows(x, x, 21, 30, 10, 0, 2), 320);
        byte[] pixels = new byte[100];
        Bits.assertRefused("samples", () -> Interleaved.fromPixels(pixels, 10, new int[3], 4, x, 0, 1), 4, 3);
        Bits.assertRefused("y", () -> Interleaved.fromPixels(pixels, 10, new int[3], 3, new float[159], 0, 1), 159);
        assertEquals(0, Interleaved.groups(0));
        assertEquals(3, Interleaved.groups(33));
    }
}
