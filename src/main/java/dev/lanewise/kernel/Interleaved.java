package dev.lanewise.kernel;

import dev.lanewise.kernel.conv.Geometry;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.kernel.core.Pool;
import dev.lanewise.kernel.core.Transpose;
import java.util.Arrays;

/**
 * Batches whose samples lie interleaved in groups of 16: [groups, height, width, channels, 16], so that vector lanes are
 * samples, whatever the shape. Lane l of group g is sample 16 g + l. Where the batch is no multiple of 16, the last group has
 * lanes without a sample.
 */
public final class Interleaved {
    /** Samples in a group. */
    public static final int GROUP = Geometry.GROUP;

    /** Elements of a sample that are interleaved at a time: 16 of them in 4 KiB, which stay in L1. */
    private static final int BLOCK = 64;
    private static final Pool<Scratch> SCRATCH = new Pool<>(Scratch::new);

    private static final class Scratch {
        final Transpose transpose = new Transpose();
        final float[] rows = new float[GROUP * BLOCK];
    }

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
            throw new IndexOutOfBoundsException("%s: %d groups of 16 samples of %s do not fit an array of %d"
                    .formatted(name, toGroup, shape, x.length));
        }
    }

    /**
     * y = pixels / 255 of a range of groups of a batch, whose sample i is image {@code samples[i]}: the floats that dense
     * networks take. Lanes without a sample become +0.
     *
     * @param pixels unsigned bytes, [images, size]
     * @param size bytes of an image
     * @param samples the numbers of the batch's images, {@code count} or more
     * @param y [groups, size, 16]
     */
    public static void fromPixels(byte[] pixels, int size, int[] samples, int count, float[] y, int fromGroup,
            int toGroup) {
        Check.size("size", size);
        Check.range("samples", samples.length, 0, count);
        checkBatch("y", y, count, size, fromGroup, toGroup);
        Scratch scratch = SCRATCH.take();
        float[] rows = scratch.rows;
        for (int g = fromGroup; g < toGroup; g++) {
            for (int block = 0; block < size; block += BLOCK) {
                int n = Math.min(BLOCK, size - block);
                for (int lane = 0; lane < GROUP; lane++) {
                    int sample = g * GROUP + lane;
                    if (sample < count) {
                        Pixels.toFloats(pixels, samples[sample] * size + block, rows, lane * BLOCK, n);
                    } else {
                        Arrays.fill(rows, lane * BLOCK, lane * BLOCK + n, 0f);
                    }
                }
                scratch.transpose.copy(rows, 0, BLOCK, GROUP, n, y, (g * size + block) * GROUP, GROUP);
            }
        }
        SCRATCH.give(scratch);
    }

    /** y = the interleaved groups of row-major x, [count, size], from an offset on. Lanes without a sample become +0. */
    public static void fromRows(float[] x, int xOffset, int count, int size, float[] y, int fromGroup, int toGroup) {
        Check.matrix("x", x.length, xOffset, count, size, Math.max(1, size));
        checkBatch("y", y, count, size, fromGroup, toGroup);
        Scratch scratch = SCRATCH.take();
        for (int g = fromGroup; g < toGroup; g++) {
            int lanes = Math.min(GROUP, count - g * GROUP);
            scratch.transpose.copy(x, xOffset + g * GROUP * size, size, lanes, size, y, g * size * GROUP, GROUP);
            for (int i = 0; lanes < GROUP && i < size; i++) {
                Arrays.fill(y, (g * size + i) * GROUP + lanes, (g * size + i + 1) * GROUP, 0f);
            }
        }
        SCRATCH.give(scratch);
    }

    /** y, row-major [count, size] from an offset on, = the samples of a range of groups of interleaved x. */
    public static void toRows(float[] x, float[] y, int yOffset, int count, int size, int fromGroup, int toGroup) {
        Check.matrix("y", y.length, yOffset, count, size, Math.max(1, size));
        checkBatch("x", x, count, size, fromGroup, toGroup);
        Scratch scratch = SCRATCH.take();
        for (int g = fromGroup; g < toGroup; g++) {
            int lanes = Math.min(GROUP, count - g * GROUP);
            scratch.transpose.copy(x, g * size * GROUP, GROUP, size, lanes, y, yOffset + g * GROUP * size, size);
        }
        SCRATCH.give(scratch);
    }

    private static void checkBatch(String name, float[] x, int count, int size, int fromGroup, int toGroup) {
        Check.size("count", count);
        Check.fromTo(fromGroup, toGroup, "groups", groups(count));
        if ((long) toGroup * GROUP * size > x.length) { // without a shape, which would be made anew in every call
            throw new IndexOutOfBoundsException("%s: %d groups of 16 samples of %d do not fit an array of %d"
                    .formatted(name, toGroup, size, x.length));
        }
    }
}
