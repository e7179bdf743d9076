package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Readiness;
import dev.lanewise.kernel.core.Species;
import java.util.Arrays;

/**
 * Multiplies the windows of an image, which lies by itself as [height, width, channels], with a matrix of filters, without copying
 * them: an element of a window is where the window begins, and as far behind as its tap is. Lanes are filters, from panels that are
 * packed once. Until the tiles are compiled, plain loops compute the same bits.
 */
public final class WindowProduct {
    /** Places of a usual tile. */
    public static final int GRAIN = 6;

    private static final int LANES = Species.LANES;
    private static final long REHEARSED = (10 + 8) * 25L; // places times taps
    /** Of the tiles of strips of so many vectors. */
    private static final Readiness[] TILES = new Readiness[Tile.MAX_VECTORS + 1];

    static {
        Arrays.setAll(TILES, vectors -> new Readiness(REHEARSED * vectors, () -> rehearsal(vectors)));
    }

    private final int[] offsets; // of the places: where their windows begin in an image
    private final int[] taps; // of the taps: where they are in a window
    private final int filters;
    private final Strips strips = new Strips();
    private final float[][] panels; // [strips], each [taps, vectors of the strip]
    private float[] w = {}; // [taps, filters], what was packed
    private float[][] rows = {}; // of w, each an array of its own, as plain loops need them: none until they do
    private final float[] sums; // of a place in plain loops

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
        strips.cut(filters, Tile.MAX_VECTORS);
        panels = new float[strips.count][];
        sums = new float[filters];
    }

    /** Whether so many filters fill a vector. */
    public static boolean takes(int filters) {
        return !Species.SCALAR && filters >= LANES;
    }

    /** Takes the matrix of filters, [taps, filters], which must not change until it is taken again. */
    public void pack(float[] w) {
        Check.range("w", w.length, 0, taps.length * filters);
        this.w = w;
        rows = new float[0][];
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
        if (isReady()) {
            multiplyTiles(x, xOffset, start, y, yOffset, from, to);
        } else {
            multiplyPlain(x, xOffset, start, y, yOffset, from, to);
        }
    }

    private boolean isReady() {
        boolean ready = true;
        for (int strip = 0; strip < strips.count; strip++) {
            ready &= TILES[strips.width(strip)].isReady();
        }
        return ready;
    }

    /** The same by loops of which C2 makes vectors by itself, as those of {@link PlainGemm}. */
    private void multiplyPlain(float[] x, int xOffset, float[] start, float[] y, int yOffset, int from, int to) {
        if (rows.length == 0) {
            rows = new float[taps.length][];
            Arrays.setAll(rows, tap -> Arrays.copyOfRange(w, tap * filters, (tap + 1) * filters));
        }
        for (int place = from; place < to; place++) {
            System.arraycopy(start, 0, sums, 0, filters);
            int at = xOffset + offsets[place];
            int tap = 0;
            for (; tap < taps.length - 3; tap += 4) {
                PlainGemm.four(filters, x[at + taps[tap]], rows[tap], x[at + taps[tap + 1]], rows[tap + 1],
                        x[at + taps[tap + 2]], rows[tap + 2], x[at + taps[tap + 3]], rows[tap + 3], sums);
            }
            for (; tap < taps.length; tap++) {
                PlainGemm.one(filters, x[at + taps[tap]], rows[tap], sums);
            }
            System.arraycopy(sums, 0, y, yOffset + place * filters, filters);
        }
    }

    private void multiplyTiles(float[] x, int xOffset, float[] start, float[] y, int yOffset, int from, int to) {
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

    /** Calls the tiles of strips of so many vectors: of 25 taps, for 10 places and for 8, so that each number is one tile's. */
    private static Runnable rehearsal(int vectors) {
        int kernel = 5;
        int width = 9;
        int places = 10; // 2 rows of 5
        int filters = vectors * LANES;
        WindowProduct product = new WindowProduct(width, 1, 1, kernel, kernel, 2, 5, filters);
        product.pack(new float[kernel * kernel * filters]);
        float[] x = new float[(kernel + 1) * width];
        float[] start = new float[filters];
        float[] y = new float[places * filters];
        return () -> {
            product.multiplyTiles(x, 0, start, y, 0, 0, places);
            product.multiplyTiles(x, 0, start, y, 0, 0, places - 2);
        };
    }
}
