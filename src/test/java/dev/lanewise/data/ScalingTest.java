package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lanewise.kernel.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScalingTest {
    private static ImageReader.Image noise(Shape shape, SplittableRandom random) {
        byte[] pixels = new byte[shape.size()];
        random.nextBytes(pixels);
        return new ImageReader.Image(shape, pixels);
    }

    /** How much of a pixel of the source is in one of the result, along one side: the definition, in double. */
    private static double weight(int source, int target, int from, int to) {
        double step = (double) source / target;
        if (target <= source) {
            return Math.max(0, Math.min(from + 1, (to + 1) * step) - Math.max(from, to * step)) / step;
        }
        double centre = Math.clamp((to + 0.5) * step - 0.5, 0.0, source - 1.0);
        return Math.max(0, 1 - Math.abs(centre - from));
    }

    @Test
    void shrinkingAveragesAndGrowingInterpolates() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 100; round++) {
            Shape from = new Shape(1 + random.nextInt(12), 1 + random.nextInt(12), round % 2 == 0 ? 1 : 3);
            int height = 1 + random.nextInt(16);
            int width = 1 + random.nextInt(16);
            ImageReader.Image image = noise(from, random);
            ImageReader.Image scaled = Scaling.scale(image, height, width);
            assertEquals(new Shape(height, width, from.channels()), scaled.shape());
            for (int i = 0; i < scaled.pixels().length; i++) {
                int c = i % from.channels();
                int x = i / from.channels() % width;
                int y = i / from.channels() / width;
                double expected = 0;
                for (int v = 0; v < from.height(); v++) {
                    for (int u = 0; u < from.width(); u++) {
                        expected += weight(from.height(), height, v, y) * weight(from.width(), width, u, x)
                                * (image.pixels()[(v * from.width() + u) * from.channels() + c] & 0xff);
                    }
                }
                assertEquals(expected, scaled.pixels()[i] & 0xff, 0.5 + 1e-9,
                        from + " to " + scaled.shape() + ", sample " + i);
            }
        }
    }

    @Test
    void halvesAreRoundedUp() {
        ImageReader.Image image = new ImageReader.Image(new Shape(1, 2, 1), new byte[]{0, 1});
        assertArrayEquals(new byte[]{1}, Scaling.scale(image, 1, 1).pixels());
    }

    @Test
    void anImageOfThatSizeIsTheSame() {
        ImageReader.Image image = noise(new Shape(4, 5, 3), new SplittableRandom(2));
        assertSame(image, Scaling.scale(image, 4, 5));
    }

    @Test
    void whiteStaysWhiteAtTheLargestSizes() {
        for (Shape shape : new Shape[]{new Shape(1, 3_000_000, 1), new Shape(30_000, 1, 1), new Shape(1, 1, 1)}) {
            byte[] white = new byte[shape.size()];
            Arrays.fill(white, (byte) 255);
            byte[] scaled = Scaling.scale(new ImageReader.Image(shape, white), 1024, 1024).pixels();
            byte[] expected = new byte[1 << 20];
            Arrays.fill(expected, (byte) 255);
            assertArrayEquals(expected, scaled);
        }
    }
}
