package dev.lanewise.kernel.conv;

import static dev.lanewise.kernel.conv.Geometry.GROUP;

import dev.lanewise.kernel.core.CacheSizes;
import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.core.Warmth;

/**
 * Computes a result's channels from windows of a source: outputs from inputs, or gradients of inputs from those of outputs,
 * which is the same with the kernel turned around. An object holds the sizes and never changes.
 */
public final class Windows {
    private static final int LANES = Species.LANES;
    /** Whether a vector is a group, so that a tile is of several places. */
    private static final boolean WHOLE = LANES == GROUP;
    /** Vectors of the widest tile: parts of a group, or the groups of so many places (LAB 68). */
    private static final int VECTORS = WHOLE ? 3 : 2;
    /** Channels of the highest tile. */
    private static final int MOST = 6;
    /** Bytes of L1 that windows may fill which are read once for every block of channels. */
    private static final int NEAR = CacheSizes.here().l1() / 3 * 2;
    private static final Warmth[] TILES = Warmth.many(4 * 7); // by rows and vectors
    private static final Warmth[] IMAGE = Warmth.many(8 * 7); // by rows of the tile and the kernel, and its width

    private final Axis rows;
    private final Axis columns;
    private final int sourceWidth;
    private final int sourceChannels;
    private final int sourceSize;
    private final int channels;
    private final int blocks;
    private final boolean backward;
    private final int taps;
    private final int sourceStep; // from one place to the next, forward
    private final boolean unrolls; // whether there are tiles with all taps unrolled
    private final int rowsAtOnce; // of the kernel
    private final int wholeFrom; // places whose windows lie wholly within the source
    private final int wholeTo;

    private Windows(Axis rows, Axis columns, int sourceHeight, int sourceWidth, int sourceChannels, int channels,
            int stride, boolean backward) {
        this.rows = rows;
        this.columns = columns;
        this.sourceWidth = sourceWidth;
        this.sourceChannels = sourceChannels;
        this.channels = channels;
        this.backward = backward;
        sourceSize = sourceHeight * sourceWidth * sourceChannels * GROUP;
        blocks = Math.ceilDiv(channels, MOST);
        taps = rows.packed().length * columns.packed().length * sourceChannels;
        sourceStep = stride;
        int kernel = columns.packed().length;
        boolean tall = true;
        for (int block = 0; block < blocks; block++) {
            tall &= height(block) >= 4;
        }
        int from = 0;
        int to = columns.count().length;
        while (from < to && columns.count()[from] < kernel) {
            from++;
        }
        while (to > from && columns.count()[to - 1] < kernel) {
            to--;
        }
        int windows = (columns.packed().length + VECTORS - 1) * sourceChannels * GROUP * Float.BYTES; // of a tile's places
        rowsAtOnce = WHOLE ? Math.max(1, NEAR / windows) : 1; // with loops in loops, 16 registers are too few (LAB 58)
        unrolls = !backward && sourceChannels == 1 && tall && (kernel == 3 || kernel == 5 && !WHOLE) && from < to;
        wholeFrom = from;
        wholeTo = to;
    }

    /** From the input to the output. */
    public static Windows forward(Geometry g) {
        return new Windows(Axis.forward(g.height(), g.outputHeight(), g.kernelHeight(), g.stride(), g.padding()),
                Axis.forward(g.width(), g.outputWidth(), g.kernelWidth(), g.stride(), g.padding()), g.height(),
                g.width(), g.channels(), g.filters(), g.stride(), false);
    }

    /** From the output to the input. */
    public static Windows backward(Geometry g) {
        return new Windows(Axis.backward(g.height(), g.outputHeight(), g.kernelHeight(), g.stride(), g.padding()),
                Axis.backward(g.width(), g.outputWidth(), g.kernelWidth(), g.stride(), g.padding()), g.outputHeight(),
                g.outputWidth(), g.filters(), g.channels(), 1, true);
    }

    /** The first channel of a block. */
    private int channel(int block) {
        return channels * block / blocks;
    }

    /** Channels of a block's tile: no fewer than 4, of which some are not stored then. */
    private int height(int block) {
        return channel(block + 1) - channel(block);
    }

    /** Floats of all panels. */
    public int panelsSize() {
        int heights = 0;
        for (int block = 0; block < blocks; block++) {
            heights += height(block);
        }
        return heights * taps;
    }

    /** Packs filters, [taps, filters] from an offset on, as panels: [taps, height] for each block of channels. */
    public void pack(float[] w, int wOffset, float[] panels) {
        int at = 0;
        for (int block = 0; block < blocks; block++) {
            int height = height(block);
            int first = channel(block);
            int count = channel(block + 1) - first;
            for (int row : rows.packed()) {
                for (int column : columns.packed()) {
                    int place = row * columns.packed().length + column;
                    for (int c = 0; c < sourceChannels; c++, at += height) {
                        int from = wOffset + (backward
                                ? (place * channels + first) * sourceChannels + c
                                : (place * sourceChannels + c) * channels + first);
                        int step = backward ? sourceChannels : 1;
                        for (int i = 0; i < count; i++) {
                            panels[at + i] = w[from + i * step];
                        }
                    }
                }
            }
        }
    }

    /** y = the result of groups in a range. */
    public void run(float[] x, float[] panels, float[] start, float[] y, int fromGroup, int toGroup) {
        int height = rows.count().length;
        int size = height * columns.count().length * channels * GROUP;
        for (int g = fromGroup, groups; g < toGroup; g += groups) {
            groups = WHOLE ? together(toGroup - g) : 1;
            for (int row = 0; row < height; row++) {
                int from = g * sourceSize + rows.source()[row] * sourceWidth * sourceChannels * GROUP;
                int to = g * size + row * (size / height);
                for (int i = 0; i < groups; i++) {
                    row(x, from + i * sourceSize, rows.count()[row], rows.tap()[row], panels, start, y, to + i * size);
                }
                if (WHOLE) {
                    single(groups, x, from, rows.count()[row], rows.tap()[row], panels, start, y, to, size);
                }
            }
        }
    }

    /** Vectors of the next tile where so many are left: so that none is left alone. */
    private static int together(int left) {
        return left == VECTORS + 1 ? VECTORS - 1 : Math.min(left, VECTORS);
    }

    /** A row of the result; where a tile is of several places, but for those that have no neighbour with the same taps. */
    private void row(float[] x, int xAt, int count, int tap, float[] panels, float[] start, float[] y, int yAt) {
        int first = 0;
        int end = 0;
        if (unrolls && count > 0) { // the places without padding
            first = wholeFrom;
            end = wholeTo;
            image(end - first, x, xAt + columns.source()[first] * GROUP, count, tap, panels, start, y,
                    yAt + first * channels * GROUP);
        }
        places(0, first, x, xAt, count, tap, panels, start, y, yAt);
        places(end, columns.count().length, x, xAt, count, tap, panels, start, y, yAt);
    }

    /** Columns of a row from from to to - 1; where a tile is of several places, but for those without such a neighbour. */
    private void places(int from, int to, float[] x, int xAt, int count, int tap, float[] panels, float[] start,
            float[] y, int yAt) {
        for (int n = 0; n == 0 || n < count; n += rowsAtOnce) {
            for (int column = from, places; column < to; column += places) {
                places = WHOLE ? together(Math.min(to, columns.alike()[column]) - column) : 1;
                if (!WHOLE) {
                    place(n, column, VECTORS, x, xAt, 0, count, tap, panels, start, y, yAt, 0);
                } else if (places > 1) {
                    int step = columns.source()[column + 1] - columns.source()[column];
                    place(n, column, places, x, xAt, step * sourceChannels * GROUP, count, tap, panels, start, y, yAt,
                            channels * GROUP);
                }
            }
        }
    }

    /** The places of a row that have no neighbour with the same taps: those of several groups at a time. */
    private void single(int groups, float[] x, int xAt, int count, int tap, float[] panels, float[] start, float[] y,
            int yAt, int size) {
        int end = columns.count().length;
        for (int column = 0, next; column < end; column = next) {
            boolean whole = unrolls && count > 0 && column >= wholeFrom && column < wholeTo;
            next = whole ? wholeTo : columns.alike()[column];
            for (int n = 0; !whole && next - column == 1 && (n == 0 || n < count); n += rowsAtOnce) {
                if (groups == 1) { // twice the same
                    place(n, column, 2, x, xAt, 0, count, tap, panels, start, y, yAt, 0);
                } else {
                    place(n, column, groups, x, xAt, sourceSize, count, tap, panels, start, y, yAt, size);
                }
            }
        }
    }

    /** From kernel row n on as many as are computed at once, at a place or several: all channels. */
    private void place(int n, int column, int vectors, float[] x, int xAt, int xStep, int count, int tap,
            float[] panels,
            float[] start, float[] y, int yAt, int yStep) {
        int xRow = sourceWidth * sourceChannels * GROUP;
        int kernelRow = columns.packed().length * sourceChannels;
        int run = n < count ? columns.count()[column] * sourceChannels : 0;
        int firstTap = (tap + n) * kernelRow + columns.tap()[column] * sourceChannels;
        int from = xAt + n * xRow + columns.source()[column] * sourceChannels * GROUP;
        int to = yAt + column * channels * GROUP;
        int panel = 0;
        int channel = 0;
        for (int block = 1; block <= blocks; block++) {
            int next = channels * block / blocks;
            int height = next - channel;
            for (int part = 0; part < GROUP; part += vectors * LANES) {
                warm(height, vectors);
                WindowTiles.tile(height, vectors, Math.min(rowsAtOnce, count - n), xRow, kernelRow * height, run, x,
                        from + part, xStep, panels, panel + firstTap * height, n > 0, start, channel, y,
                        to + channel * GROUP + part, yStep);
            }
            panel += height * taps;
            channel = next;
        }
    }

    /** Places of a row whose windows lie, from the left to the right, within an image of one channel. */
    private void image(int places, float[] x, int xAt, int count, int tap, float[] panels, float[] start, float[] y,
            int yAt) {
        int xStep = sourceStep * GROUP;
        int yStep = channels * GROUP;
        int even = WHOLE ? places / 2 * 2 : places;
        image(even, x, xAt, xStep, count, tap, panels, start, y, yAt, yStep);
        if (even < places) { // twice the same
            image(1, x, xAt + even * xStep, 0, count, tap, panels, start, y, yAt + even * yStep, 0);
        }
    }

    private void image(int places, float[] x, int xAt, int xStep, int count, int tap, float[] panels,
            float[] start, float[] y, int yAt, int yStep) {
        int width = columns.packed().length;
        int most = width == 3 ? 3 : 1; // of five taps two rows take longer to compile than they save (LAB 63)
        int xRow = sourceWidth * GROUP;
        int panel = 0;
        int channel = 0;
        for (int block = 1; block <= blocks; block++) {
            int next = channels * block / blocks;
            int height = next - channel;
            for (int n = 0, rows; n < count; n += rows) {
                rows = count - n >= most ? most : 1;
                boolean continued = n > 0;
                int w = panel + (tap + n) * width * height;
                for (int part = 0; part < GROUP; part += 2 * LANES) {
                    int from = xAt + n * xRow + part;
                    int to = yAt + channel * GROUP + part;
                    warmImage(height, rows, width);
                    if (rows == 3) {
                        WindowTiles.rows3x3tile(height, 2, places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                    } else if (width == 3) {
                        WindowTiles.rows1x3tile(height, 2, places, x, from, xStep, panels, w, continued,
                                start, channel, y, to, yStep);
                    } else {
                        WindowTiles.rows1x5tile(height, 2, places, x, from, xStep, panels, w, continued,
                                start, channel, y, to, yStep);
                    }
                }
            }
            panel += height * taps;
            channel = next;
        }
    }

    private static void warm(int height, int vectors) {
        Warmth warmth = TILES[4 * height + vectors];
        if (warmth.isCold()) {
            float[] x = new float[(Warmth.STEPS + vectors) * GROUP];
            float[] w = new float[Warmth.STEPS * height];
            float[] y = new float[vectors * height * GROUP];
            warmth.warm((long) Warmth.STEPS * height * vectors,
                    (run, continued) -> WindowTiles.tile(height, vectors, 1, 0, 0,
                            run, x, 0, GROUP, w, 0, continued, w, 0, y, 0, height * GROUP));
        }
    }

    private static void warmImage(int height, int rows, int width) {
        Warmth warmth = IMAGE[8 * height + rows + (width == 3 ? 0 : 4)];
        if (warmth.isCold()) {
            float[] x = new float[(Warmth.STEPS + width) * GROUP];
            float[] w = new float[rows * width * height];
            float[] y = new float[(Warmth.STEPS + 1) * height * GROUP];
            warmth.warm((long) Warmth.STEPS * rows * width * height, (places, continued) -> {
                if (rows == 3) {
                    WindowTiles.rows3x3tile(height, 2, places, x, 0, GROUP, 0, w, 0, continued, w, 0, y, 0,
                            height * GROUP);
                } else if (width == 3) {
                    WindowTiles.rows1x3tile(height, 2, places, x, 0, GROUP, w, 0, continued, w, 0, y, 0,
                            height * GROUP);
                } else {
                    WindowTiles.rows1x5tile(height, 2, places, x, 0, GROUP, w, 0, continued, w, 0, y, 0,
                            height * GROUP);
                }
            });
        }
    }
}
