package dev.lanewise.kernel.conv;

import static dev.lanewise.kernel.conv.Geometry.GROUP;

import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.core.Warmth;
import java.util.Arrays;

/**
 * Computes the gradient of weights; a thread has one, with its copies and sums.
 *
 * <p>Lanes are filters: of each row of the output a copy is made in which the filters of a place and sample lie side by side,
 * so that a sample's input, times all of them, is added to the sums of its tap. Where there are few taps the copy would take
 * longer than the sums; there lanes are samples, and every weight has 16 sums, added at the end.
 */
public final class WeightGradient {
    private static final int LANES = Species.LANES;
    /** Filters of the widest tile. */
    private static final int NR = 2 * LANES;
    /** Taps of the highest tile. */
    private static final int MOST = 6;
    /** Taps of the highest tile of one vector of filters; where there are 32 registers, as many sums as of two. */
    private static final int MOST_NARROW = Species.MANY_REGISTERS ? 12 : MOST;
    /** Rows that are near together with the inputs of all their taps. */
    private static final int ROWS = 4;
    /** Places whose copy stays in L1 beside the inputs: 16 KiB at 256 bits. */
    private static final int PLACES = 16;

    private static final Warmth[] SAMPLES = Warmth.many(7 * 7); // tiles of taps by filters
    private static final Warmth[] FILTERS = Warmth.many(13 * 3); // tiles of taps by vectors

    private final Geometry geometry;
    private final Axis rows;
    private final Axis columns;
    private final LaneTranspose transpose = new LaneTranspose();
    private final boolean lanesAreSamples;
    private final int ld; // floats of a tap's sums
    private final float[] panels; // of some places of a row: [strips, places, GROUP, NR]; the last strip may be narrower
    private final float[] sums; // [taps, filters in whole vectors], or [taps, filters, GROUP]

    /** Room for a convolution. */
    public WeightGradient(Geometry g) {
        geometry = g;
        rows = Axis.forward(g.height(), g.outputHeight(), g.kernelHeight(), g.stride(), g.padding());
        columns = Axis.forward(g.width(), g.outputWidth(), g.kernelWidth(), g.stride(), g.padding());
        lanesAreSamples = g.fewTaps();
        ld = lanesAreSamples ? g.filters() * GROUP : Math.ceilDiv(g.filters(), LANES) * LANES;
        panels = new float[lanesAreSamples ? 0 : Math.min(PLACES, g.outputWidth()) * GROUP * ld];
        sums = new float[g.taps() * ld];
    }

    /**
     * Taps of a tile, where all tiles of a kernel's row have as many: ranges that begin at multiples of it are left to one tile,
     * which is one to compile.
     */
    public static int tapsTogether(Geometry g) {
        int row = g.kernelWidth() * g.channels();
        int most = !g.fewTaps() && g.filters() <= LANES ? MOST_NARROW : MOST;
        int tiles = Math.ceilDiv(row, most);
        return row % tiles == 0 ? row / tiles : 2; // few taps, and each is much work
    }

    /** dw = the gradient of the taps in a range, over groups. */
    public void run(float[] x, float[] dy, int groups, int fromTap, int toTap, float[] dw, int dwOffset) {
        int taps = toTap - fromTap;
        Arrays.fill(sums, 0, taps * ld, 0f);
        int filters = geometry.filters();
        int end = lanesAreSamples ? filters : ld;
        int strip = lanesAreSamples ? 6 : NR;
        int width = geometry.outputWidth();
        int rowsAtOnce = lanesAreSamples && columns.alike()[0] == width ? ROWS : 1; // else columns would not ascend
        int chunks = lanesAreSamples ? 1 : Math.ceilDiv(width, PLACES);
        for (int g = 0; g < groups; g++) {
            for (int row = 0, next; row < geometry.outputHeight(); row = next) {
                next = Math.min(row + rowsAtOnce, rows.alike()[row]);
                for (int chunk = 0; chunk < chunks; chunk++) {
                    int from = width * chunk / chunks;
                    int to = width * (chunk + 1) / chunks;
                    if (!lanesAreSamples) {
                        turn(dy, g, row, from, to);
                    }
                    for (int o = 0; o < end; o += strip) {
                        add(x, dy, g, row, next, from, to, fromTap, toTap, o, Math.min(strip, end - o));
                    }
                }
            }
        }
        for (int tap = 0; tap < taps; tap++) {
            int to = dwOffset + tap * filters;
            if (lanesAreSamples) {
                for (int o = 0; o < filters; o++) {
                    dw[to + o] = LaneSum.of(sums, tap * ld + o * GROUP);
                }
            } else {
                System.arraycopy(sums, tap * ld, dw, to, filters);
            }
        }
    }

    /** Fills the panels from some places of a row. */
    private void turn(float[] dy, int g, int row, int from, int to) {
        int places = to - from;
        for (int o = 0; o < ld; o += LANES) {
            int strip = o / NR * NR;
            int width = Math.min(NR, ld - strip);
            transpose.copy(places, dy, geometry.outputAt(g, row, from) + o * GROUP, geometry.filters() * GROUP,
                    Math.min(LANES, geometry.filters() - o), panels, places * strip * GROUP + o - strip, width);
        }
    }

    /** Adds some places of rows with the same taps, one row where lanes are filters: to a strip of filters, all taps in the range. */
    private void add(float[] x, float[] dy, int g, int row, int endRow, int from, int to, int fromTap, int toTap, int o,
            int width) {
        int channels = geometry.channels();
        for (int n = 0; n < rows.count()[row]; n++) {
            int kernelRow = (rows.tap()[row] + n) * geometry.kernelWidth() * channels;
            int inputRow = geometry.inputAt(g, rows.source()[row] + n, 0);
            for (int first = from, end; first < to; first = end) { // places with the same taps
                end = Math.min(columns.alike()[first], to);
                int firstTap = kernelRow + columns.tap()[first] * channels;
                int least = Math.max(firstTap, fromTap);
                int taps = Math.min(firstTap + columns.count()[first] * channels, toTap) - least;
                if (taps > 0) {
                    int xAt = inputRow + (columns.source()[first] * channels + least - firstTap) * GROUP;
                    int sumsAt = (least - fromTap) * ld;
                    if (lanesAreSamples) {
                        samples(endRow - row, end - first, taps, x, xAt, dy, geometry.outputAt(g, row, first), o,
                                o + width, sumsAt);
                    } else {
                        filters(end - first, taps, x, xAt, width, ((to - from) * o + (first - from) * width) * GROUP,
                                sumsAt + o);
                    }
                }
            }
        }
    }

    /** Lanes are samples. */
    private void samples(int height, int places, int taps, float[] x, int xAt, float[] dy, int dyAt, int from, int to,
            int sumsAt) {
        int xStep = geometry.stride() * geometry.channels() * GROUP;
        int xRow = geometry.width() * xStep;
        int dyRow = geometry.outputWidth() * ld;
        int blocks = Math.ceilDiv(taps, MOST);
        int tap = 0;
        for (int block = 1; block <= blocks; block++) {
            int next = taps * block / blocks;
            int run = next - tap;
            int width;
            for (int filter = from; filter < to; filter += width) {
                width = filtersOfTile(run, to - filter);
                warmSamples(run, width);
                for (int part = 0; part < GROUP; part += LANES) {
                    LaneTiles.add(run, width, height, places, x, xAt + tap * GROUP + part, xRow, xStep, dy,
                            dyAt + filter * GROUP + part, dyRow, ld, sums, sumsAt + tap * ld + filter * GROUP + part,
                            ld);
                }
            }
            tap = next;
        }
    }

    private static void warmSamples(int taps, int filters) {
        Warmth warmth = SAMPLES[7 * taps + filters];
        if (warmth.isCold()) {
            float[] x = new float[taps * GROUP];
            float[] y = new float[filters * GROUP];
            float[] c = new float[taps * filters * GROUP];
            warmth.warm((long) Warmth.STEPS * taps * filters,
                    (places, _) -> LaneTiles.add(taps, filters, 1, places, x, 0, 0,
                            0, y, 0, 0, 0, c, 0, filters * GROUP));
        }
    }

    private static void warmTaps(int taps, int vectors) {
        Warmth warmth = FILTERS[3 * taps + vectors];
        if (warmth.isCold()) {
            float[] x = new float[taps * GROUP];
            float[] panel = new float[Warmth.STEPS * GROUP * vectors * LANES];
            float[] c = new float[taps * vectors * LANES];
            warmth.warm((long) Warmth.STEPS * GROUP * taps * vectors,
                    (places, _) -> TapTiles.add(taps, vectors, places, x,
                            0, 0, panel, 0, c, 0, vectors * LANES));
        }
    }

    /** As many sums as there are registers for, beside the inputs or the gradients of a place. */
    private static int filtersOfTile(int taps, int left) {
        if (Species.MANY_REGISTERS && taps <= 3 && left >= 6) {
            return 6;
        }
        return left >= 3 && taps <= (Species.MANY_REGISTERS ? 5 : 3) ? 3 : Math.min(2, left);
    }

    /** Lanes are filters. */
    private void filters(int places, int taps, float[] x, int xAt, int width, int panel, int sumsAt) {
        int step = geometry.stride() * geometry.channels() * GROUP;
        int blocks = Math.ceilDiv(taps, width == LANES ? MOST_NARROW : MOST);
        int tap = 0;
        for (int block = 1; block <= blocks; block++) {
            int next = taps * block / blocks;
            int at = xAt + tap * GROUP;
            int c = sumsAt + tap * ld;
            warmTaps(next - tap, width / LANES);
            TapTiles.add(next - tap, width / LANES, places, x, at, step, panels, panel, sums, c, ld);
            tap = next;
        }
    }
}
