package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("every-width")
class PoolingTest {
    private static final int GROUP = 16;
    private static final float[] SPECIAL = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f, 0f};

    /** Where element (row, column, channel, lane) of a group is. */
    private static int at(Shape shape, int group, int row, int column, int channel, int lane) {
        return ((group * shape.height() + row) * shape.width() * shape.channels() + column * shape.channels() + channel)
                * GROUP + lane;
    }

    private interface Window {
        void visit(int group, int row, int column, int channel, int lane, int outputAt);
    }

    /** Pooling with contents. */
    private static final class Case {
        final Shape shape;
        final int height;
        final int width;
        final int stride;
        final Pooling pooling;
        final int groups;
        final float[] x;
        final float[] dy;

        Case(SplittableRandom random, Shape shape, int height, int width, int stride, int groups) {
            this.shape = shape;
            this.height = height;
            this.width = width;
            this.stride = stride;
            this.groups = groups;
            pooling = new Pooling(shape, height, width, stride);
            x = new float[groups * GROUP * shape.size()];
            for (int i = 0; i < x.length; i++) { // often equal, now and then special
                x[i] = random.nextInt(30) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextInt(-4, 5);
            }
            dy = Bits.spread(random, groups * GROUP * pooling.output().size());
        }

        static Case random(long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            int height = 1 + random.nextInt(4);
            int width = 1 + random.nextInt(4);
            if (seed % 4 == 0) { // windows that cut the image into pieces
                return new Case(random,
                        new Shape(height * (1 + random.nextInt(4)), height * (1 + random.nextInt(4)), 3),
                        height, height, height, 2);
            }
            return new Case(random,
                    new Shape(height + random.nextInt(8), width + random.nextInt(8), 1 + random.nextInt(20)), height,
                    width,
                    1 + random.nextInt(3), 1 + random.nextInt(3));
        }

        /** Windows row by row, each with the first place of its own. */
        void forEachWindow(Window window) {
            Shape output = pooling.output();
            for (int group = 0; group < groups; group++) {
                for (int row = 0; row < output.height(); row++) {
                    for (int column = 0; column < output.width(); column++) {
                        for (int channel = 0; channel < output.channels(); channel++) {
                            for (int lane = 0; lane < GROUP; lane++) {
                                window.visit(group, row * stride, column * stride, channel, lane,
                                        at(output, group, row, column, channel, lane));
                            }
                        }
                    }
                }
            }
        }
    }

    private static float[] dirty(int n) {
        float[] y = new float[n];
        Arrays.fill(y, 99f);
        return y;
    }

    @Test
    void maximaAndTheirGradientsHaveTheBitsOfThePlainLoops() {
        for (long seed = 100; seed < 300; seed++) {
            Case t = Case.random(seed);
            float[] largest = new float[t.dy.length];
            byte[] places = new byte[t.dy.length];
            float[] gradient = new float[t.x.length];
            t.forEachWindow((group, row, column, channel, lane, to) -> {
                int best = -1;
                for (int place = 0; place < t.height * t.width; place++) {
                    int at = at(t.shape, group, row + place / t.width, column + place % t.width, channel, lane);
                    if (best < 0 || t.x[at] > t.x[best] || Float.isNaN(t.x[at]) && !Float.isNaN(t.x[best])) {
                        best = at;
                        places[to] = (byte) place;
                    }
                }
                largest[to] = t.x[best];
                gradient[best] += t.dy[to];
            });
            float[] y = dirty(t.dy.length);
            byte[] found = new byte[t.dy.length];
            float[] dx = dirty(t.x.length);
            for (int group = 0; group < t.groups; group++) {
                t.pooling.max(t.x, y, found, group, group + 1);
                t.pooling.maxGradient(t.dy, found, dx, group, group + 1);
            }
            String label = "seed " + seed;
            Bits.assertSame(largest, y, label);
            assertArrayEquals(places, found, label);
            Bits.assertSame(gradient, dx, label);
        }
    }

    @Test
    void averagesAndTheirGradientsHaveTheBitsOfThePlainLoops() {
        for (long seed = 400; seed < 600; seed++) {
            Case t = Case.random(seed);
            float[] averages = new float[t.dy.length];
            float[] gradient = new float[t.x.length];
            t.forEachWindow((group, row, column, channel, lane, to) -> {
                float sum = 0f;
                for (int place = 0; place < t.height * t.width; place++) {
                    int at = at(t.shape, group, row + place / t.width, column + place % t.width, channel, lane);
                    sum += t.x[at];
                    gradient[at] += t.dy[to] / (t.height * t.width);
                }
                averages[to] = sum / (t.height * t.width);
            });
            float[] y = dirty(t.dy.length);
            float[] dx = dirty(t.x.length);
            t.pooling.average(t.x, y, 0, t.groups);
            t.pooling.averageGradient(t.dy, dx, 0, t.groups);
            Bits.assertSame(averages, y, "seed " + seed);
            Bits.assertSame(gradient, dx, "seed " + seed);
        }
    }

    @Test
    void placesBeyondTheSignOfAByteAreFound() {
        Shape wide = new Shape(16, 16, 1);
        Pooling global = new Pooling(wide, 16, 16, 1);
        float[] image = new float[GROUP * wide.size()];
        for (int lane = 0; lane < GROUP; lane++) {
            image[(255 - 16 * lane) * GROUP + lane] = 1f;
        }
        byte[] found = new byte[GROUP];
        global.max(image, new float[GROUP], found, 0, 1);
        float[] dx = new float[image.length];
        global.maxGradient(image, found, dx, 0, 1); // dy: the first pixels, all 0 but none in the last lane's
        for (int lane = 0; lane < GROUP; lane++) {
            assertEquals(255 - 16 * lane, found[lane] & 0xff);
        }
        float[] ones = new float[GROUP];
        Arrays.fill(ones, 1f);
        global.maxGradient(ones, found, dx, 0, 1);
        Bits.assertSame(image, dx, "dx");
    }

    @Test
    void wrongArgumentsAreRefusedByName() {
        Shape image = new Shape(6, 5, 2);
        Bits.assertRefused("a", () -> new Pooling(image, 7, 2, 1), 7, 6);
        Bits.assertRefused("width", () -> new Pooling(image, 2, 0, 1), 0);
        Bits.assertRefused("stride", () -> new Pooling(image, 2, 2, 0), 0);
        Pooling halves = new Pooling(image, 2, 2, 2);
        assertEquals(new Shape(3, 2, 2), halves.output());
        assertEquals(image, halves.input());
        float[] in = new float[GROUP * image.size()];
        float[] out = new float[GROUP * 12];
        byte[] found = new byte[GROUP * 12];
        Bits.assertRefused("x", () -> halves.max(out, out, found, 0, 1), 192);
        Bits.assertRefused("y", () -> halves.average(in, new float[191], 0, 1), 191);
        Bits.assertRefused("found", () -> halves.max(in, out, new byte[191], 0, 1), 192, 191);
        Bits.assertRefused("dy", () -> halves.maxGradient(new float[191], found, in, 0, 1), 191);
        Bits.assertRefused("dx", () -> halves.averageGradient(out, out, 0, 1), 192);
        Bits.assertRefused("a", () -> new Pooling(new Shape(20, 20, 1), 20, 13, 1).max(in, out, found, 0, 0), 20, 13);
    }
}
