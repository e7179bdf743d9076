package dev.lanewise.kernel.conv;

import static dev.lanewise.kernel.conv.Geometry.GROUP;

import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Turns places whose lanes are samples into places whose lanes are channels, in blocks of as many rows as a vector has lanes.
 * A step swaps, for pairs of rows whose numbers differ in one bit, the elements whose numbers differ in that bit; two steps go
 * through registers at a time.
 */
final class LaneTranspose {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();
    private static final VectorShuffle<Float> BY_1 = swapping(1);
    private static final VectorShuffle<Float> BY_2 = swapping(2);
    private static final VectorShuffle<Float> BY_4 = swapping(4);
    private static final VectorShuffle<Float> BY_8 = swapping(8);
    private static final VectorMask<Float> BIT_1 = bit(1);
    private static final VectorMask<Float> BIT_2 = bit(2);
    private static final VectorMask<Float> BIT_4 = bit(4);
    private static final VectorMask<Float> BIT_8 = bit(8);

    private final float[] block = new float[LANES * LANES]; // between two passes

    private static VectorShuffle<Float> swapping(int distance) {
        return VectorShuffle.fromOp(S, lane -> (lane ^ distance) % LANES);
    }

    private static VectorMask<Float> bit(int bit) {
        boolean[] set = new boolean[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            set[lane] = (lane & bit) != 0;
        }
        return VectorMask.fromArray(S, set, 0);
    }

    /**
     * panel[place, lane, i] = x[place, i, lane] for so many places, GROUP lanes and a vector of channels i, of which the last is
     * repeated where there are fewer; places are xStep apart in x, lanes ld in the panel.
     */
    void copy(int places, float[] x, int xAt, int xStep, int channels, float[] panel, int panelAt, int ld) {
        int last = channels - 1;
        for (int place = 0; place < places; place++) {
            for (int lanes = 0; lanes < GROUP; lanes += LANES) {
                int from = xAt + place * xStep + lanes;
                int to = panelAt + (place * GROUP + lanes) * ld;
                if (LANES == 8 && channels == 8) {
                    eight(x, from, 0, panel, to, ld);
                    eight(x, from, 4, panel, to + 4 * ld, ld);
                } else if (LANES == 4) {
                    firstSteps(x, from, 0, last, panel, to, ld);
                } else {
                    for (int row = 0; row < LANES; row += 4) {
                        firstSteps(x, from, row, last, block, row * LANES, LANES);
                    }
                    if (LANES == 8) {
                        lastStep(block, panel, to, ld);
                    } else {
                        lastSteps(block, panel, to, ld);
                    }
                }
            }
        }
    }

    private static void firstSteps(float[] x, int xAt, int row, int last, float[] y, int yAt, int ldy) {
        FloatVector a = FloatVector.fromArray(S, x, xAt + Math.min(row, last) * GROUP);
        FloatVector b = FloatVector.fromArray(S, x, xAt + Math.min(row + 1, last) * GROUP);
        FloatVector c = FloatVector.fromArray(S, x, xAt + Math.min(row + 2, last) * GROUP);
        FloatVector d = FloatVector.fromArray(S, x, xAt + Math.min(row + 3, last) * GROUP);
        FloatVector e = a.blend(b.rearrange(BY_1), BIT_1);
        FloatVector f = a.rearrange(BY_1).blend(b, BIT_1);
        FloatVector g = c.blend(d.rearrange(BY_1), BIT_1);
        FloatVector h = c.rearrange(BY_1).blend(d, BIT_1);
        e.blend(g.rearrange(BY_2), BIT_2).intoArray(y, yAt);
        f.blend(h.rearrange(BY_2), BIT_2).intoArray(y, yAt + ldy);
        e.rearrange(BY_2).blend(g, BIT_2).intoArray(y, yAt + 2 * ldy);
        f.rearrange(BY_2).blend(h, BIT_2).intoArray(y, yAt + 3 * ldy);
    }

    private static void eight(float[] x, int xAt, int shift, float[] y, int yAt, int ldy) {
        FloatVector a = FloatVector.fromArray(S, x, xAt + shift)
                .blend(FloatVector.fromArray(S, x, xAt + 4 * GROUP - 4 + shift), BIT_4);
        FloatVector b = FloatVector.fromArray(S, x, xAt + GROUP + shift)
                .blend(FloatVector.fromArray(S, x, xAt + 5 * GROUP - 4 + shift), BIT_4);
        FloatVector c = FloatVector.fromArray(S, x, xAt + 2 * GROUP + shift)
                .blend(FloatVector.fromArray(S, x, xAt + 6 * GROUP - 4 + shift), BIT_4);
        FloatVector d = FloatVector.fromArray(S, x, xAt + 3 * GROUP + shift)
                .blend(FloatVector.fromArray(S, x, xAt + 7 * GROUP - 4 + shift), BIT_4);
        FloatVector e = a.blend(b.rearrange(BY_1), BIT_1);
        FloatVector f = a.rearrange(BY_1).blend(b, BIT_1);
        FloatVector g = c.blend(d.rearrange(BY_1), BIT_1);
        FloatVector h = c.rearrange(BY_1).blend(d, BIT_1);
        e.blend(g.rearrange(BY_2), BIT_2).intoArray(y, yAt);
        f.blend(h.rearrange(BY_2), BIT_2).intoArray(y, yAt + ldy);
        e.rearrange(BY_2).blend(g, BIT_2).intoArray(y, yAt + 2 * ldy);
        f.rearrange(BY_2).blend(h, BIT_2).intoArray(y, yAt + 3 * ldy);
    }

    /** The step of 8 lanes. */
    private static void lastStep(float[] x, float[] y, int yAt, int ldy) {
        for (int row = 0; row < 4; row++) {
            FloatVector a = FloatVector.fromArray(S, x, row * LANES);
            FloatVector b = FloatVector.fromArray(S, x, (row + 4) * LANES);
            a.blend(b.rearrange(BY_4), BIT_4).intoArray(y, yAt + row * ldy);
            a.rearrange(BY_4).blend(b, BIT_4).intoArray(y, yAt + (row + 4) * ldy);
        }
    }

    /** The last two steps of 16 lanes. */
    private static void lastSteps(float[] x, float[] y, int yAt, int ldy) {
        for (int row = 0; row < 4; row++) {
            FloatVector a = FloatVector.fromArray(S, x, row * LANES);
            FloatVector b = FloatVector.fromArray(S, x, (row + 4) * LANES);
            FloatVector c = FloatVector.fromArray(S, x, (row + 8) * LANES);
            FloatVector d = FloatVector.fromArray(S, x, (row + 12) * LANES);
            FloatVector e = a.blend(b.rearrange(BY_4), BIT_4);
            FloatVector f = a.rearrange(BY_4).blend(b, BIT_4);
            FloatVector g = c.blend(d.rearrange(BY_4), BIT_4);
            FloatVector h = c.rearrange(BY_4).blend(d, BIT_4);
            e.blend(g.rearrange(BY_8), BIT_8).intoArray(y, yAt + row * ldy);
            f.blend(h.rearrange(BY_8), BIT_8).intoArray(y, yAt + (row + 4) * ldy);
            e.rearrange(BY_8).blend(g, BIT_8).intoArray(y, yAt + (row + 8) * ldy);
            f.rearrange(BY_8).blend(h, BIT_8).intoArray(y, yAt + (row + 12) * ldy);
        }
    }
}
