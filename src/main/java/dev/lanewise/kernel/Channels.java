package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;
import java.util.Arrays;

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
        float[] lanes = new float[GROUP];
        int places = groups * shape.height() * shape.width();
        for (int channel = fromChannel; channel < toChannel; channel++) {
            Arrays.fill(lanes, 0f);
            for (int place = 0; place < places; place++) {
                int at = (place * shape.channels() + channel) * GROUP;
                for (int lane = 0; lane < GROUP; lane++) {
                    lanes[lane] += x[at + lane];
                }
            }
            sums[sumsOffset + channel - fromChannel] = ScalarReductions.sum(lanes, 0, GROUP);
        }
    }
}
