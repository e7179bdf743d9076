package dev.lanewise.kernel.conv;

import static dev.lanewise.kernel.conv.Geometry.GROUP;

import dev.lanewise.kernel.core.Species;

/**
 * Computes a result's channels from windows of a source: outputs from inputs, or gradients of inputs from those of outputs,
 * which is the same with the kernel turned around. An object holds the sizes and never changes.
 */
public final class Windows {
    private static final int LANES = Species.LANES;
    /** Places of a tile: its two vectors are one or two of them. */
    private static final int PLACES = LANES < GROUP ? 1 : 2;
    /** Channels of the highest tile. */
    private static final int MOST = 6;

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
        unrolls = !backward && sourceChannels == 1 && tall && (kernel == 3 || kernel == 5) && from < to;
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
        int width = columns.count().length;
        int place = channels * GROUP;
        for (int g = fromGroup; g < toGroup; g++) {
            for (int row = 0; row < height; row++) {
                int from = g * sourceSize + rows.source()[row] * sourceWidth * sourceChannels * GROUP;
                row(x, from, rows.count()[row], rows.tap()[row], panels, start, y, (g * height + row) * width * place);
            }
        }
    }

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

    /** Places of a row of the result: kernel row by kernel row, place by place, and there all channels. */
    private void places(int from, int to, float[] x, int xAt, int count, int tap, float[] panels, float[] start,
            float[] y,
            int yAt) {
        int kernelRow = columns.packed().length * sourceChannels;
        int n = 0;
        do {
            int xRow = xAt + n * sourceWidth * sourceChannels * GROUP;
            for (int column = from, next; column < to; column = next) {
                int taps = columns.count()[column];
                int source = columns.source()[column];
                next = column + 1;
                int xSecond = 0; // the same place once more, unless the next has the same taps
                int ySecond = 0;
                if (PLACES == 2 && next < Math.min(to, columns.alike()[column])) {
                    xSecond = (columns.source()[next] - source) * sourceChannels * GROUP;
                    ySecond = channels * GROUP;
                    next++;
                }
                place(n < count ? taps * sourceChannels : 0, x, xRow + source * sourceChannels * GROUP, xSecond, panels,
                        (tap + n) * kernelRow + columns.tap()[column] * sourceChannels, n > 0, start, y,
                        yAt + column * channels * GROUP, ySecond);
            }
            n++;
        } while (n < count);
    }

    /** All channels of a place, or of two. */
    private void place(int run, float[] x, int xAt, int xSecond, float[] panels, int tap, boolean continued,
            float[] start,
            float[] y, int yAt, int ySecond) {
        int panel = 0;
        int channel = 0;
        for (int block = 1; block <= blocks; block++) {
            int next = channels * block / blocks;
            int height = next - channel;
            int w = panel + tap * height;
            for (int part = 0; part < GROUP; part += 2 * LANES) {
                int from = xAt + part;
                int to = yAt + channel * GROUP + part;
                switch (height) {
                    case 6 -> WindowTiles.tile6x2(run, x, from, xSecond, panels, w, continued, start, channel, y, to,
                            ySecond);
                    case 5 -> WindowTiles.tile5x2(run, x, from, xSecond, panels, w, continued, start, channel, y, to,
                            ySecond);
                    case 4 -> WindowTiles.tile4x2(run, x, from, xSecond, panels, w, continued, start, channel, y, to,
                            ySecond);
                    case 3 -> WindowTiles.tile3x2(run, x, from, xSecond, panels, w, continued, start, channel, y, to,
                            ySecond);
                    case 2 -> WindowTiles.tile2x2(run, x, from, xSecond, panels, w, continued, start, channel, y, to,
                            ySecond);
                    default -> WindowTiles.tile1x2(run, x, from, xSecond, panels, w, continued, start, channel, y, to,
                            ySecond);
                }
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
        int even = places / PLACES * PLACES;
        image(even, x, xAt, xStep, count, tap, panels, start, y, yAt, yStep);
        if (even < places) { // twice the same
            image(1, x, xAt + even * xStep, 0, count, tap, panels, start, y, yAt + even * yStep, 0);
        }
    }

    private void image(int places, float[] x, int xAt, int xStep, int count, int tap, float[] panels, float[] start,
            float[] y, int yAt, int yStep) {
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
                    switch (100 * rows + 10 * width + height) {
                        case 336 -> WindowTiles.rows3x3tile6x2(places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                        case 335 -> WindowTiles.rows3x3tile5x2(places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                        case 334 -> WindowTiles.rows3x3tile4x2(places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                        case 136 -> WindowTiles.rows1x3tile6x2(places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                        case 135 -> WindowTiles.rows1x3tile5x2(places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                        case 134 -> WindowTiles.rows1x3tile4x2(places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                        case 156 -> WindowTiles.rows1x5tile6x2(places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                        case 155 -> WindowTiles.rows1x5tile5x2(places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                        default -> WindowTiles.rows1x5tile4x2(places, x, from, xStep, xRow, panels, w, continued,
                                start, channel, y, to, yStep);
                    }
                }
            }
            panel += height * taps;
            channel = next;
        }
    }
}
