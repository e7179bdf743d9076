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
        if (Species.SCALAR) {
            for (int channel = fromChannel; channel < toChannel; channel++) {
                sums[sumsOffset + channel - fromChannel] = scalarSum(x, channel, shape.channels(), places);
            }
            return;
        }
        float[] lanes = SCRATCH.take();
        for (int channel = fromChannel, count; channel < toChannel; channel += count) {
            count = Math.min(Lanes.CHANNELS, toChannel - channel);
            Lanes.sums(x, channel, count, shape.channels(), places, lanes);
            for (int c = 0; c < count; c++) {
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

        /** The sums of the lanes of so many channels; eight vectors in any case, of which the last may be one several times. */
        static void sums(float[] x, int channel, int count, int channels, int places, float[] lanes) {
            int first = channel * GROUP;
            int last = count - 1;
            int fromB = first + vector(1, last);
            int fromC = first + vector(2, last);
            int fromD = first + vector(3, last);
            int fromE = first + vector(4, last);
            int fromF = first + vector(5, last);
            int fromG = first + vector(6, last);
            int fromH = first + vector(7, last);
            FloatVector a = FloatVector.zero(S);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            FloatVector e = a;
            FloatVector f = a;
            FloatVector g = a;
            FloatVector h = a;
            for (int place = 0; place < places; place++) {
                int at = place * channels * GROUP;
                a = a.add(FloatVector.fromArray(S, x, at + first));
                b = b.add(FloatVector.fromArray(S, x, at + fromB));
                c = c.add(FloatVector.fromArray(S, x, at + fromC));
                d = d.add(FloatVector.fromArray(S, x, at + fromD));
                e = e.add(FloatVector.fromArray(S, x, at + fromE));
                f = f.add(FloatVector.fromArray(S, x, at + fromF));
                g = g.add(FloatVector.fromArray(S, x, at + fromG));
                h = h.add(FloatVector.fromArray(S, x, at + fromH));
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

        /** Where a vector of the lanes begins, which is of the last channel at most. */
        private static int vector(int v, int last) {
            return Math.min(v * LANES / GROUP, last) * GROUP + v * LANES % GROUP;
        }
    }
}
