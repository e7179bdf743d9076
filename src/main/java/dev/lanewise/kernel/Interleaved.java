package dev.lanewise.kernel;

import dev.lanewise.kernel.conv.Geometry;
import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Pixels;

/**
 * Batches whose samples lie interleaved in groups of 16: [groups, height, width, channels, 16], so that vector lanes are
 * samples, whatever the shape. Lane l of group g is sample 16 g + l. Where the batch is no multiple of 16, the last group has
 * lanes without a sample.
 */
public final class Interleaved {
    /** Samples in a group. */
    public static final int GROUP = Geometry.GROUP;

    private Interleaved() {
    }

    /** Groups of so many samples. */
    public static int groups(int samples) {
        return Math.ceilDiv(samples, GROUP);
    }

    /** Groups fromGroup to toGroup - 1 of a shape lie within x. */
    static void check(String name, float[] x, Shape shape, int fromGroup, int toGroup) {
        Check.fromTo(fromGroup, toGroup, "groups", toGroup);
        long end = (long) toGroup * GROUP * shape.size();
        if (end > x.length) {
            throw new IllegalArgumentException("%s: %d groups of 16 samples of %s do not fit an array of %d"
                    .formatted(name, toGroup, shape, x.length));
        }
    }

    /**
     * y = pixels / 255 of a range of groups of a batch, whose sample i is row {@code samples[i]} of a matrix: the floats that
     * dense networks take. Lanes without a sample become +0.
     */
    @SuppressWarnings("exports")
    public static void fromPixels(ByteMatrix images, int[] samples, int count, float[] y, int fromGroup, int toGroup) {
        int size = images.columns();
        checkBatch(samples.length, count, y, size, fromGroup, toGroup);
        byte[] bytes = images.bytes();
        for (int g = fromGroup; g < toGroup; g++) {
            for (int lane = 0; lane < GROUP; lane++) {
                int sample = g * GROUP + lane;
                int to = g * GROUP * size + lane;
                for (int i = 0; i < size; i++) {
                    y[to + i * GROUP] = sample < count
                            ? (bytes[images.offset(samples[sample]) + i] & 0xff) * Pixels.SCALE
                            : 0f;
                }
            }
        }
    }

    /** y = the interleaved groups of row-major x, [count, size], from an offset on. Lanes without a sample become +0. */
    public static void fromRows(float[] x, int xOffset, int count, int size, float[] y, int fromGroup, int toGroup) {
        Check.matrix("x", x.length, xOffset, count, size, Math.max(1, size));
        checkBatch(count, count, y, size, fromGroup, toGroup);
        for (int g = fromGroup; g < toGroup; g++) {
            for (int lane = 0; lane < GROUP; lane++) {
                int sample = g * GROUP + lane;
                int to = g * GROUP * size + lane;
                for (int i = 0; i < size; i++) {
                    y[to + i * GROUP] = sample < count ? x[xOffset + sample * size + i] : 0f;
                }
            }
        }
    }

    /** y, row-major [count, size] from an offset on, = the samples of a range of groups of interleaved x. */
    public static void toRows(float[] x, float[] y, int yOffset, int count, int size, int fromGroup, int toGroup) {
        Check.matrix("y", y.length, yOffset, count, size, Math.max(1, size));
        checkBatch(count, count, x, size, fromGroup, toGroup);
        for (int g = fromGroup; g < toGroup; g++) {
            for (int lane = 0; lane < Math.min(GROUP, count - g * GROUP); lane++) {
                int from = g * GROUP * size + lane;
                int to = yOffset + (g * GROUP + lane) * size;
                for (int i = 0; i < size; i++) {
                    y[to + i] = x[from + i * GROUP];
                }
            }
        }
    }

    private static void checkBatch(int length, int count, float[] interleaved, int size, int fromGroup, int toGroup) {
        Check.range("samples", length, 0, count);
        Check.fromTo(fromGroup, toGroup, "groups", groups(count));
        Check.range("interleaved", interleaved.length, 0, Math.multiplyExact(toGroup * GROUP, size));
    }
}
