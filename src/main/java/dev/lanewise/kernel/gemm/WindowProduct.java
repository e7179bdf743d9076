package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;

/**
 * Multiplies the windows of an image, which lies by itself as [height, width, channels], with a matrix of filters, without copying
 * them: an element of a window is where the window begins, and as far behind as its tap is. Lanes are filters, from panels that are
 * packed once.
 */
public final class WindowProduct {
    /** Places of a usual tile. */
    public static final int GRAIN = 6;

    private static final int LANES = Species.LANES;

    private final int[] offsets; // of the places: where their windows begin in an image
    private final int[] taps; // of the taps: where they are in a window
    private final int filters;
    private final Strips strips = new Strips();
    private final float[][] panels; // [strips], each [taps, vectors of the strip]

    /**
     * Products for images of that width and channels.
     *
     * @param stride from one window to the next, right and down
     */
    public WindowProduct(int width, int channels, int stride, int kernelHeight, int kernelWidth, int outputHeight,
            int outputWidth, int filters) {
        int imageRow = width * channels;
        offsets = new int[Math.multiplyExact(outputHeight, outputWidth)];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = i / outputWidth * stride * imageRow + i % outputWidth * stride * channels;
        }
        int run = kernelWidth * channels; // a row of a window: neighbours
        taps = new int[kernelHeight * run];
        for (int i = 0; i < taps.length; i++) {
            taps[i] = i / run * imageRow + i % run;
        }
        this.filters = filters;
        strips.cut(filters);
        panels = new float[strips.count][];
    }

    /** Whether so many filters fill a vector. */
    public static boolean takes(int filters) {
        return !Species.SCALAR && filters >= LANES;
    }

    /** Takes the matrix of filters, [taps, filters]. */
    public void pack(float[] w) {
        Check.range("w", w.length, 0, taps.length * filters);
        for (int strip = 0; strip < strips.count; strip++) {
            int width = strips.width(strip) * LANES;
            float[] panel = new float[taps.length * width];
            for (int tap = 0; tap < taps.length; tap++) {
                int from = tap * filters + strips.column(strip);
                for (int v = 0; v < strips.width(strip); v++) {
                    System.arraycopy(w, from + strips.vector(strip, v), panel, tap * width + v * LANES, LANES);
                }
            }
            panels[strip] = panel;
        }
    }

    /** Windows of an image. */
    public int places() {
        return offsets.length;
    }

    /**
     * y, [places, filters] from yOffset on, = start, [filters], and the products of the image from xOffset on; of places from to to
     * - 1 alone, best from a multiple of {@link #GRAIN} on.
     */
    public void multiply(float[] x, int xOffset, float[] start, float[] y, int yOffset, int from, int to) {
        for (int strip = 0; strip < strips.count; strip++) {
            int width = strips.width(strip);
            int column = strips.column(strip);
            int rows;
            for (int place = from; place < to; place += rows) {
                rows = rows(width, to - place);
                PlaceTiles.tile(rows, width, taps, x, xOffset, offsets, place, Math.min(rows, to - place) - 1,
                        panels[strip], start, column, y,
                        yOffset + place * filters + column, filters, strips.last(strip));
            }
        }
    }

    /** The rows of the next tile, which may be more than are left. */
    private static int rows(int vectors, int left) {
        return switch (vectors) {
            case 1 -> 8;
            case 2 -> Species.MANY_REGISTERS ? 8 : 6;
            case 3 -> 6;
            default -> left <= 2 ? 2 : left <= 4 ? 4 : 6;
        };
    }
}
