package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The passes of batch normalisation over one group of {@link Interleaved} images. All take numbers of channels as rows of
 * [channels, 16], the number of a channel in each lane, so that every loop runs over neighbours, and
 * there is no order to define but that of sums. A lane sums over places ascending; lanes are added as in {@link Reductions}.
 */
public final class Normalization {
    private static final int GROUP = Interleaved.GROUP;

    private Normalization() {
    }

    /** Sets all lanes of each of so many channels: row[c, lane] = values[c]. */
    public static void spread(float[] values, float[] row) {
        Check.range("row", row.length, 0, values.length * GROUP);
        for (int c = 0; c < values.length; c++) {
            Arrays.fill(row, c * GROUP, (c + 1) * GROUP, values[c]);
        }
    }

    /** sum[c, lane] = the sum of x over the places of a group. */
    public static void sum(float[] x, Shape shape, int group, float[] sum) {
        int width = width("sum", sum, shape);
        Interleaved.check("x", x, shape, group, group + 1);
        Arrays.fill(sum, 0, width, 0f);
        for (int at = first(shape, group), end = at + GROUP * shape.size(); at < end; at += width) {
            for (int i = Species.SCALAR ? 0 : Lanes.sum(x, at, width, sum); i < width; i++) {
                sum[i] += x[at + i];
            }
        }
    }

    /** sum[c, lane] = the sum of (x - center)^2 over the places of a group. */
    public static void squares(float[] x, Shape shape, int group, float[] center, float[] sum) {
        int width = width("sum", sum, shape);
        width("center", center, shape);
        Interleaved.check("x", x, shape, group, group + 1);
        Arrays.fill(sum, 0, width, 0f);
        for (int at = first(shape, group), end = at + GROUP * shape.size(); at < end; at += width) {
            for (int i = Species.SCALAR ? 0 : Lanes.squares(x, at, width, center, sum); i < width; i++) {
                sum[i] += (x[at + i] - center[i]) * (x[at + i] - center[i]);
            }
        }
    }

    /** sum[c, lane] = the sum of dy (x - center) over the places of a group. */
    public static void products(float[] dy, float[] x, Shape shape, int group, float[] center, float[] sum) {
        int width = width("sum", sum, shape);
        width("center", center, shape);
        Interleaved.check("dy", dy, shape, group, group + 1);
        Interleaved.check("x", x, shape, group, group + 1);
        Arrays.fill(sum, 0, width, 0f);
        for (int at = first(shape, group), end = at + GROUP * shape.size(); at < end; at += width) {
            for (int i = Species.SCALAR ? 0 : Lanes.products(dy, x, at, width, center, sum); i < width; i++) {
                sum[i] += dy[at + i] * (x[at + i] - center[i]);
            }
        }
    }

    /** The sum of a channel's first so many lanes. */
    public static float ofChannel(float[] sum, int channel, int lanes) {
        Check.range("sum", sum.length, channel * GROUP, GROUP);
        Arrays.fill(sum, channel * GROUP + lanes, (channel + 1) * GROUP, 0f); // they are of no sample
        return ScalarReductions.sum(sum, channel * GROUP, GROUP);
    }

    /** y = (x - center) factor + shift, for a group. */
    public static void forward(float[] x, Shape shape, int group, float[] center, float[] factor, float[] shift,
            float[] y) {
        int width = width("center", center, shape);
        width("factor", factor, shape);
        width("shift", shift, shape);
        Interleaved.check("x", x, shape, group, group + 1);
        Interleaved.check("y", y, shape, group, group + 1);
        for (int at = first(shape, group), end = at + GROUP * shape.size(); at < end; at += width) {
            for (int i = Species.SCALAR
                    ? 0
                    : Lanes.forward(x, at, width, center, factor, shift, y, at); i < width; i++) {
                y[at + i] = (x[at + i] - center[i]) * factor[i] + shift[i];
            }
        }
    }

    /**
     * y = (x - center) factor + shift, for one image that lies by itself, [height, width, channels] from an offset on; the numbers
     * of channels are [channels].
     */
    public static void forwardOne(float[] x, int xOffset, Shape shape, float[] center, float[] factor, float[] shift,
            float[] y, int yOffset) {
        int channels = shape.channels();
        Check.range("center", center.length, 0, channels);
        Check.range("factor", factor.length, 0, channels);
        Check.range("shift", shift.length, 0, channels);
        Check.range("x", x.length, xOffset, shape.size());
        Check.range("y", y.length, yOffset, shape.size());
        for (int at = 0; at < shape.size(); at += channels) {
            for (int c = Species.SCALAR
                    ? 0
                    : Lanes.forward(x, xOffset + at, channels, center, factor, shift, y,
                            yOffset + at); c < channels; c++) {
                y[yOffset + at + c] = (x[xOffset + at + c] - center[c]) * factor[c] + shift[c];
            }
        }
    }

    /** dx = dy factor - (x - center) slope - shift, for a group; +0 in lanes from {@code lanes} on, which are of no sample. */
    public static void backward(float[] dy, float[] x, Shape shape, int group, int lanes, float[] center,
            float[] factor,
            float[] slope, float[] shift, float[] dx) {
        int width = width("center", center, shape);
        width("factor", factor, shape);
        width("slope", slope, shape);
        width("shift", shift, shape);
        Interleaved.check("dy", dy, shape, group, group + 1);
        Interleaved.check("x", x, shape, group, group + 1);
        Interleaved.check("dx", dx, shape, group, group + 1);
        int first = first(shape, group);
        for (int at = first, end = first + GROUP * shape.size(); at < end; at += width) {
            for (int i = Species.SCALAR
                    ? 0
                    : Lanes.backward(dy, x, at, width, center, factor, slope, shift, dx); i < width; i++) {
                dx[at + i] = dy[at + i] * factor[i] - (x[at + i] - center[i]) * slope[i] - shift[i];
            }
        }
        for (int at = first; lanes < GROUP && at < first + GROUP * shape.size(); at += GROUP) {
            Arrays.fill(dx, at + lanes, at + GROUP, 0f);
        }
    }

    private static int first(Shape shape, int group) {
        return group * GROUP * shape.size();
    }

    private static int width(String name, float[] row, Shape shape) {
        Check.range(name, row.length, 0, shape.channels() * GROUP);
        return shape.channels() * GROUP;
    }

    /** The same for whole vectors of a row; each returns where they end. */
    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final int LANES = S.length();

        private Lanes() {
        }

        static int sum(float[] x, int at, int width, float[] sum) {
            for (int i = 0; i < width; i += LANES) {
                FloatVector.fromArray(S, sum, i).add(FloatVector.fromArray(S, x, at + i)).intoArray(sum, i);
            }
            return width;
        }

        static int squares(float[] x, int at, int width, float[] center, float[] sum) {
            for (int i = 0; i < width; i += LANES) {
                FloatVector d = FloatVector.fromArray(S, x, at + i).sub(FloatVector.fromArray(S, center, i));
                FloatVector.fromArray(S, sum, i).add(d.mul(d)).intoArray(sum, i);
            }
            return width;
        }

        static int products(float[] dy, float[] x, int at, int width, float[] center, float[] sum) {
            for (int i = 0; i < width; i += LANES) {
                FloatVector d = FloatVector.fromArray(S, x, at + i).sub(FloatVector.fromArray(S, center, i));
                FloatVector.fromArray(S, sum, i).add(FloatVector.fromArray(S, dy, at + i).mul(d)).intoArray(sum, i);
            }
            return width;
        }

        static int forward(float[] x, int xAt, int n, float[] center, float[] factor, float[] shift, float[] y,
                int yAt) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                FloatVector d = FloatVector.fromArray(S, x, xAt + i).sub(FloatVector.fromArray(S, center, i));
                d.mul(FloatVector.fromArray(S, factor, i)).add(FloatVector.fromArray(S, shift, i))
                        .intoArray(y, yAt + i);
            }
            return end;
        }

        static int backward(float[] dy, float[] x, int at, int width, float[] center, float[] factor, float[] slope,
                float[] shift, float[] dx) {
            for (int i = 0; i < width; i += LANES) {
                FloatVector d = FloatVector.fromArray(S, x, at + i).sub(FloatVector.fromArray(S, center, i));
                FloatVector.fromArray(S, dy, at + i).mul(FloatVector.fromArray(S, factor, i))
                        .sub(d.mul(FloatVector.fromArray(S, slope, i))).sub(FloatVector.fromArray(S, shift, i))
                        .intoArray(dx, at + i);
            }
            return width;
        }
    }
}
