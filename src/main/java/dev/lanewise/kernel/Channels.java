package dev.lanewise.kernel;

import dev.lanewise.kernel.conv.LaneSum;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums over a batch of {@link Interleaved} images, one for each channel: the gradient of a bias. The order is one: lane l is
 * the chain from +0 over groups, rows and columns ascending; then the lanes that are 8, 4, 2 and 1 apart are added, as in
 * {@link Reductions}.
 */
public final class Channels {
    private static final int GROUP = Interleaved.GROUP;

    private Channels() {
    }

    /** sums[sumsOffset + c - fromChannel] = the sum of channel c of x, for channels in a range. */
    public static void sum(float[] x, Shape shape, int groups, int fromChannel, int toChannel, float[] sums,
            int sumsOffset) {
        Check.fromTo(fromChannel, toChannel, "channels", shape.channels());
        Interleaved.check("x", x, shape, 0, groups);
        Check.range("sums", sums.length, sumsOffset, toChannel - fromChannel);
        int places = groups * shape.height() * shape.width();
        int channel = fromChannel;
        for (; !Species.SCALAR && channel <= toChannel - Lanes.CHANNELS; channel += Lanes.CHANNELS) {
            Lanes.sums(x, channel, shape.channels(), places, sums, sumsOffset + channel - fromChannel);
        }
        for (; channel < toChannel; channel++) {
            sums[sumsOffset + channel - fromChannel] = Species.SCALAR
                    ? scalarSum(x, channel, shape.channels(), places)
                    : Lanes.sum(x, channel, shape.channels(), places);
        }
    }

    /** The specification, and the kernel where there are no vectors. */
    static float scalarSum(float[] x, int channel, int channels, int places) {
        float[] lanes = new float[GROUP];
        for (int place = 0; place < places; place++) {
            int at = (place * channels + channel) * GROUP;
            for (int lane = 0; lane < GROUP; lane++) {
                lanes[lane] += x[at + lane];
            }
        }
        return LaneSum.of(lanes, 0);
    }

    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final int LANES = S.length();

        /** Channels that fill eight vectors: so many chains hide that an addition takes its time. */
        static final int CHANNELS = 8 * LANES / GROUP;

        private Lanes() {
        }

        static void sums(float[] x, int channel, int channels, int places, float[] sums, int to) {
            FloatVector a = FloatVector.zero(S);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            FloatVector e = a;
            FloatVector f = a;
            FloatVector g = a;
            FloatVector h = a;
            for (int place = 0; place < places; place++) {
                int at = (place * channels + channel) * GROUP;
                a = a.add(FloatVector.fromArray(S, x, at));
                b = b.add(FloatVector.fromArray(S, x, at + LANES));
                c = c.add(FloatVector.fromArray(S, x, at + 2 * LANES));
                d = d.add(FloatVector.fromArray(S, x, at + 3 * LANES));
                e = e.add(FloatVector.fromArray(S, x, at + 4 * LANES));
                f = f.add(FloatVector.fromArray(S, x, at + 5 * LANES));
                g = g.add(FloatVector.fromArray(S, x, at + 6 * LANES));
                h = h.add(FloatVector.fromArray(S, x, at + 7 * LANES));
            }
            switch (LANES) {
                case 4 -> {
                    sums[to] = Reductions.Lanes.tree(a, b, c, d);
                    sums[to + 1] = Reductions.Lanes.tree(e, f, g, h);
                }
                case 8 -> {
                    sums[to] = Reductions.Lanes.tree(a, b, a, a);
                    sums[to + 1] = Reductions.Lanes.tree(c, d, c, c);
                    sums[to + 2] = Reductions.Lanes.tree(e, f, e, e);
                    sums[to + 3] = Reductions.Lanes.tree(g, h, g, g);
                }
                default -> {
                    sums[to] = Reductions.Lanes.tree(a, a, a, a);
                    sums[to + 1] = Reductions.Lanes.tree(b, b, b, b);
                    sums[to + 2] = Reductions.Lanes.tree(c, c, c, c);
                    sums[to + 3] = Reductions.Lanes.tree(d, d, d, d);
                    sums[to + 4] = Reductions.Lanes.tree(e, e, e, e);
                    sums[to + 5] = Reductions.Lanes.tree(f, f, f, f);
                    sums[to + 6] = Reductions.Lanes.tree(g, g, g, g);
                    sums[to + 7] = Reductions.Lanes.tree(h, h, h, h);
                }
            }
        }

        static float sum(float[] x, int channel, int channels, int places) {
            FloatVector a = FloatVector.zero(S);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            for (int place = 0; place < places; place++) {
                int at = (place * channels + channel) * GROUP;
                a = a.add(FloatVector.fromArray(S, x, at));
                if (LANES <= 8) {
                    b = b.add(FloatVector.fromArray(S, x, at + LANES));
                }
                if (LANES == 4) {
                    c = c.add(FloatVector.fromArray(S, x, at + 8));
                    d = d.add(FloatVector.fromArray(S, x, at + 12));
                }
            }
            return Reductions.Lanes.tree(a, b, c, d);
        }
    }
}
