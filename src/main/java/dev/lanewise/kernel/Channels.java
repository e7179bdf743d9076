package dev.lanewise.kernel;

import dev.lanewise.kernel.conv.LaneSum;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Pool;
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
    private static final Pool<float[]> SCRATCH = new Pool<>(() -> new float[8 * Species.LANES]);

    private Channels() {
    }

    /** sums[sumsOffset + c - fromChannel] = the sum of channel c of x, for channels in a range. */
    public static void sum(float[] x, Shape shape, int groups, int fromChannel, int toChannel, float[] sums,
            int sumsOffset) {
        Check.fromTo(fromChannel, toChannel, "channels", shape.channels());
        Interleaved.check("x", x, shape, 0, groups);
        Check.range("sums", sums.length, sumsOffset, toChannel - fromChannel);
        int places = groups * shape.height() * shape.width();
        if (Species.SCALAR || toChannel - fromChannel < Lanes.CHANNELS) {
            for (int channel = fromChannel; channel < toChannel; channel++) {
                sums[sumsOffset + channel - fromChannel] = Species.SCALAR
                        ? scalarSum(x, channel, shape.channels(), places)
                        : Lanes.sum(x, channel, shape.channels(), places);
            }
            return;
        }
        float[] lanes = SCRATCH.take();
        for (int next = fromChannel; next < toChannel; next += Lanes.CHANNELS) {
            int channel = Math.min(next, toChannel - Lanes.CHANNELS); // the last ones, some of them once more
            Lanes.sums(x, channel, shape.channels(), places, lanes);
            for (int c = 0; c < Lanes.CHANNELS; c++) {
                sums[sumsOffset + channel + c - fromChannel] = LaneSum.of(lanes, c * GROUP);
            }
        }
        SCRATCH.give(lanes);
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

        static void sums(float[] x, int channel, int channels, int places, float[] lanes) {
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
            a.intoArray(lanes, 0);
            b.intoArray(lanes, LANES);
            c.intoArray(lanes, 2 * LANES);
            d.intoArray(lanes, 3 * LANES);
            e.intoArray(lanes, 4 * LANES);
            f.intoArray(lanes, 5 * LANES);
            g.intoArray(lanes, 6 * LANES);
            h.intoArray(lanes, 7 * LANES);
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
