package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.conv.Geometry;
import dev.lanewise.kernel.conv.ScalarConvolution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("every-width")
class ConvolutionTest {
    private static final double U = 0x1p-24;
    private static final int GROUP = 16;

    /** A convolution with contents: random numbers, and 0 in dy where a lane has no sample. */
    private static final class Case {
        final Geometry g;
        final Convolution convolution;
        final int samples;
        final int groups;
        final float[] x;
        final float[] w;
        final float[] bias;
        final float[] dy;

        Case(SplittableRandom random, Geometry g, int samples) {
            this.g = g;
            this.samples = samples;
            convolution = new Convolution(new Shape(g.height(), g.width(), g.channels()), g.kernelHeight(),
                    g.kernelWidth(), g.stride(), g.padding(), g.filters());
            groups = Interleaved.groups(samples);
            x = Bits.spread(random, g.inputAt(groups, 0, 0));
            w = Bits.spread(random, g.taps() * g.filters());
            bias = Bits.spread(random, g.filters());
            dy = Bits.spread(random, g.outputAt(groups, 0, 0));
            for (int i = g.outputAt(groups - 1, 0, 0); i < dy.length; i++) {
                if ((groups - 1) * GROUP + i % GROUP >= samples) {
                    dy[i] = 0f;
                }
            }
        }

        static Case random(SplittableRandom random) {
            while (true) {
                Geometry g = new Geometry(1 + random.nextInt(12), 1 + random.nextInt(12), 1 + random.nextInt(20),
                        1 + random.nextInt(5), 1 + random.nextInt(5), 1 + random.nextInt(3), random.nextInt(3),
                        1 + random.nextInt(40));
                boolean grey = random.nextInt(4) == 0; // a first layer's, which has tiles of its own
                int kernel = random.nextBoolean() ? 3 : 5;
                g = grey
                        ? new Geometry(g.height(), g.width(), 1, kernel, kernel, g.stride(), g.padding(), g.filters())
                        : g;
                if (g.kernelHeight() <= g.height() + 2 * g.padding()
                        && g.kernelWidth() <= g.width() + 2 * g.padding()) {
                    return new Case(random, g, 1 + random.nextInt(40));
                }
            }
        }

        Convolution.PackedFilters packed() {
            Convolution.PackedFilters filters = convolution.packedFilters(true);
            filters.pack(w, 0);
            return filters;
        }

        float[] forward() {
            float[] y = dirty(dy.length);
            convolution.forward(x, packed(), bias, y, 0, groups);
            return y;
        }

        float[] inputGradient() {
            float[] dx = dirty(x.length);
            convolution.inputGradient(dy, packed(), dx, 0, groups);
            return dx;
        }

        float[] weightGradient() {
            float[] dw = dirty(w.length);
            convolution.weightGradient(x, dy, groups, convolution.scratch(), 0, g.taps(), dw, 0);
            return dw;
        }

        float[] scalarForward() {
            float[] y = dirty(dy.length);
            ScalarConvolution.forward(g, x, w, bias, y, 0, groups);
            return y;
        }

        float[] scalarInputGradient() {
            float[] dx = dirty(x.length);
            ScalarConvolution.inputGradient(g, dy, w, dx, 0, groups);
            return dx;
        }

        float[] scalarWeightGradient() {
            float[] dw = dirty(w.length);
            ScalarConvolution.weightGradient(g, x, dy, groups, 0, g.taps(), dw, 0);
            return dw;
        }

        void assertSpecified(String label) {
            Bits.assertSame(scalarForward(), forward(), "y, " + label);
            Bits.assertSame(scalarInputGradient(), inputGradient(), "dx, " + label);
            Bits.assertSame(scalarWeightGradient(), weightGradient(), "dw, " + label);
        }

        @Override
        public String toString() {
            return samples + " samples, " + g;
        }
    }

    private static float[] dirty(int n) {
        float[] x = new float[n];
        Arrays.fill(x, Float.NaN);
        return x;
    }

    @Test
    void randomGeometriesHaveTheSpecifiedBits() {
        for (long seed = 1000; seed < 1400; seed++) {
            Case random = Case.random(new SplittableRandom(seed));
            random.assertSpecified("seed " + seed + ", " + random);
        }
    }

    /** Of networks for MNIST: where there are many places, filters and channels. */
    @Test
    void layersOfNetworksHaveTheSpecifiedBits() {
        SplittableRandom random = new SplittableRandom(1);
        for (Geometry g : List.of(new Geometry(28, 28, 1, 5, 5, 1, 0, 6), new Geometry(12, 12, 6, 5, 5, 1, 0, 16),
                new Geometry(28, 28, 1, 3, 3, 1, 1, 32), new Geometry(13, 13, 32, 3, 3, 1, 0, 64),
                new Geometry(14, 14, 64, 3, 3, 1, 1, 64), new Geometry(28, 40, 3, 7, 7, 2, 3, 5))) {
            Case layer = new Case(random, g, 17);
            layer.assertSpecified("seed 1, " + layer);
        }
    }

    /** The sums that the class promises, written down once more, in an order of their own and by another loop. */
    @Test
    void scalarTwinsAreTheSumsOfTheContract() {
        for (long seed = 2000; seed < 2060; seed++) {
            Case c = Case.random(new SplittableRandom(seed));
            Geometry g = c.g;
            String label = "seed " + seed + ", " + c;
            float[] y = c.scalarForward();
            float[] dx = c.scalarInputGradient();
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < 40; i++) {
                int group = random.nextInt(c.groups);
                int lane = random.nextInt(GROUP);
                int row = random.nextInt(g.outputHeight());
                int column = random.nextInt(g.outputWidth());
                int o = random.nextInt(g.filters());
                float sum = c.bias[o];
                for (int tap = 0; tap < g.taps(); tap++) {
                    int at = inputAt(g, group, row, column, tap);
                    sum = at < 0 ? sum : Math.fma(c.x[at + lane], c.w[tap * g.filters() + o], sum);
                }
                Bits.assertSame(sum, y[g.outputAt(group, row, column) + o * GROUP + lane], "y, " + label);
                int inputRow = random.nextInt(g.height());
                int inputColumn = random.nextInt(g.width());
                int channel = random.nextInt(g.channels());
                int place = g.inputAt(group, inputRow, inputColumn) + channel * GROUP;
                Bits.assertSame(inputSum(c, group, place, channel, lane), dx[place + lane], "dx, " + label);
            }
            float[] dw = c.scalarWeightGradient();
            for (int i = 0; i < 20; i++) {
                int tap = random.nextInt(g.taps());
                int o = random.nextInt(g.filters());
                Bits.assertSame(weightSum(c, tap, o), dw[tap * g.filters() + o], "dw, " + label);
            }
        }
    }

    /** Where in x the lanes of a window's tap begin; -1 in the padding. */
    private static int inputAt(Geometry g, int group, int row, int column, int tap) {
        int channel = tap % g.channels();
        int inputColumn = column * g.stride() - g.padding() + tap / g.channels() % g.kernelWidth();
        int inputRow = row * g.stride() - g.padding() + tap / g.channels() / g.kernelWidth();
        return inputRow < 0 || inputColumn < 0 || inputRow >= g.height() || inputColumn >= g.width()
                ? -1
                : g.inputAt(group, inputRow, inputColumn) + channel * GROUP;
    }

    private static float inputSum(Case c, int group, int place, int channel, int lane) {
        Geometry g = c.g;
        float sum = 0f;
        for (int row = 0; row < g.outputHeight(); row++) {
            for (int column = 0; column < g.outputWidth(); column++) {
                for (int tap = channel; tap < g.taps(); tap += g.channels()) {
                    if (inputAt(g, group, row, column, tap) == place) {
                        for (int o = 0; o < g.filters(); o++) {
                            sum = Math.fma(c.dy[g.outputAt(group, row, column) + o * GROUP + lane],
                                    c.w[tap * g.filters() + o], sum);
                        }
                    }
                }
            }
        }
        return sum;
    }

    private static float weightSum(Case c, int tap, int o) {
        Geometry g = c.g;
        float[] sums = new float[GROUP];
        int width = g.kernelHeight() * g.kernelWidth() * g.channels() < 32 ? GROUP : 1;
        for (int group = 0; group < c.groups; group++) {
            for (int row = 0; row < g.outputHeight(); row++) {
                for (int column = 0; column < g.outputWidth(); column++) {
                    int at = inputAt(g, group, row, column, tap);
                    for (int lane = 0; lane < GROUP && at >= 0; lane++) {
                        sums[lane % width] = Math.fma(c.x[at + lane],
                                c.dy[g.outputAt(group, row, column) + o * GROUP + lane], sums[lane % width]);
                    }
                }
            }
        }
        for (int distance = width / 2; distance > 0; distance /= 2) {
            for (int lane = 0; lane < distance; lane++) {
                sums[lane] += sums[lane + distance];
            }
        }
        return sums[0];
    }

    /** gamma_n times the sum of the terms' magnitudes bounds what rounding n terms can do, in whatever order. */
    @Test
    void errorStaysWithinGammaOfTheSumInDouble() {
        for (long seed = 3000; seed < 3040; seed++) {
            Case c = Case.random(new SplittableRandom(seed));
            Geometry g = c.g;
            double[] y = new double[c.dy.length];
            double[] yBound = new double[c.dy.length];
            double[] dx = new double[c.x.length];
            double[] dxBound = new double[c.x.length];
            double[] dw = new double[c.w.length];
            double[] dwBound = new double[c.w.length];
            for (int group = 0; group < c.groups; group++) {
                for (int row = 0; row < g.outputHeight(); row++) {
                    for (int column = 0; column < g.outputWidth(); column++) {
                        for (int o = 0; o < g.filters(); o++) {
                            int to = g.outputAt(group, row, column) + o * GROUP;
                            for (int lane = 0; lane < GROUP; lane++) {
                                y[to + lane] = c.bias[o];
                                yBound[to + lane] = Math.abs(c.bias[o]);
                            }
                            for (int tap = 0; tap < g.taps(); tap++) {
                                int at = inputAt(g, group, row, column, tap);
                                int weight = tap * g.filters() + o;
                                for (int lane = 0; lane < GROUP && at >= 0; lane++) {
                                    add(y, yBound, to + lane, c.x[at + lane], c.w[weight]);
                                    add(dx, dxBound, at + lane, c.dy[to + lane], c.w[weight]);
                                    add(dw, dwBound, weight, c.x[at + lane], c.dy[to + lane]);
                                }
                            }
                        }
                    }
                }
            }
            String label = "seed " + seed + ", " + c;
            assertWithin(y, yBound, g.taps() + 1, c.forward(), "y, " + label);
            assertWithin(dx, dxBound, g.taps() * g.filters(), c.inputGradient(), "dx, " + label);
            assertWithin(dw, dwBound, GROUP * c.groups * g.outputHeight() * g.outputWidth(), c.weightGradient(),
                    "dw, " + label);
        }
    }

    private static void add(double[] sums, double[] bounds, int at, float x, float y) {
        double product = (double) x * y;
        sums[at] += product;
        bounds[at] += Math.abs(product);
    }

    private static void assertWithin(double[] expected, double[] magnitudes, int terms, float[] actual, String what) {
        double gamma = terms * U / (1 - terms * U);
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs(actual[i] - expected[i]);
            assertTrue(error <= gamma * magnitudes[i] + Float.MIN_VALUE * terms,
                    "%s: element %d is %s, not %s".formatted(what, i, actual[i], expected[i]));
        }
    }

    @Test
    void everySplitGivesTheSameBits() {
        for (long seed = 4000; seed < 4100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Case c = Case.random(random);
            String label = "seed " + seed + ", " + c;
            float[] y = dirty(c.dy.length);
            float[] dx = dirty(c.x.length);
            Convolution.PackedFilters filters = c.packed();
            for (int group = c.groups - 1; group >= 0; group--) {
                c.convolution.forward(c.x, filters, c.bias, y, group, group + 1);
                c.convolution.inputGradient(c.dy, filters, dx, group, group + 1);
            }
            Bits.assertSame(c.scalarForward(), y, "y, " + label);
            Bits.assertSame(c.scalarInputGradient(), dx, "dx, " + label);
            float[] dw = dirty(c.w.length + 5);
            Convolution.Scratch scratch = c.convolution.scratch();
            int first = random.nextInt(c.g.taps() + 1);
            int second = first + random.nextInt(c.g.taps() - first + 1);
            for (int[] range : new int[][]{{second, c.g.taps()}, {0, first}, {first, second}}) {
                c.convolution.weightGradient(c.x, c.dy, c.groups, scratch, range[0], range[1], dw,
                        5 + range[0] * c.g.filters());
            }
            Bits.assertSame(c.scalarWeightGradient(), Arrays.copyOfRange(dw, 5, dw.length), "dw, " + label);
            Bits.assertSame(dirty(5), Arrays.copyOf(dw, 5), "before dw, " + label);
        }
    }

    @Test
    void groupsOutsideTheRangeAreLeftAlone() {
        Case c = new Case(new SplittableRandom(5), new Geometry(5, 4, 3, 3, 3, 1, 1, 7), 48);
        float[] y = dirty(c.dy.length);
        float[] dx = dirty(c.x.length);
        c.convolution.forward(c.x, c.packed(), c.bias, y, 1, 2);
        c.convolution.inputGradient(c.dy, c.packed(), dx, 1, 2);
        for (float[] z : List.of(y, dx)) {
            for (int i = 0; i < z.length; i++) {
                assertEquals(i < z.length / 3 || i >= 2 * z.length / 3, Float.isNaN(z[i]), "element " + i);
            }
        }
    }

    @Test
    void specialValuesHaveTheSpecifiedBits() {
        float[] special = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f, 0f, Float.MIN_VALUE,
                -0x1p-130f, Float.MAX_VALUE, -Float.MAX_VALUE};
        for (long seed = 6000; seed < 6100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Case c = Case.random(random);
            for (float[] array : List.of(c.x, c.w, c.bias, c.dy)) {
                for (int i = 1 + random.nextInt(4); i > 0; i--) {
                    array[random.nextInt(array.length)] = special[random.nextInt(special.length)];
                }
            }
            c.assertSpecified("seed " + seed + ", " + c);
        }
    }

    /** Zeros in x would make NaN of an infinite weight, and +0 of a bias of -0: those of the padding do not. */
    @Test
    void paddingIsLeftOut() {
        Geometry g = new Geometry(1, 1, 1, 3, 3, 1, 1, 1);
        Case c = new Case(new SplittableRandom(7), g, 16);
        Arrays.fill(c.x, 2f);
        Arrays.fill(c.w, Float.POSITIVE_INFINITY);
        c.w[4] = 3f;
        c.bias[0] = 1f;
        Bits.assertSame(7f, c.forward()[0], "beside infinite weights");
        Case empty = new Case(new SplittableRandom(7), new Geometry(1, 1, 1, 1, 1, 1, 2, 1), 16);
        empty.bias[0] = -0f;
        Bits.assertSame(-0f, empty.forward()[0], "a window that is all padding");
    }

    @Test
    void lanesWithoutASampleDoNotMatter() {
        Case c = new Case(new SplittableRandom(8), new Geometry(6, 6, 4, 3, 3, 1, 1, 8), 19);
        float[] dw = c.weightGradient();
        for (int i = c.g.inputAt(1, 0, 0); i < c.x.length; i++) {
            if (GROUP + i % GROUP >= c.samples) {
                c.x[i] = i;
            }
        }
        Bits.assertSame(dw, c.weightGradient(), "dw");
    }

    @Test
    void filtersMayLieAnywhereAndBePackedAnew() {
        Case c = new Case(new SplittableRandom(9), new Geometry(6, 5, 2, 3, 2, 1, 0, 9), 16);
        float[] shifted = new float[c.w.length + 3];
        System.arraycopy(c.w, 0, shifted, 3, c.w.length);
        Convolution.PackedFilters filters = c.convolution.packedFilters(false);
        filters.pack(shifted, 0);
        filters.pack(shifted, 3);
        float[] y = dirty(c.dy.length);
        c.convolution.forward(c.x, filters, c.bias, y, 0, 1);
        Bits.assertSame(c.scalarForward(), y, "y");
    }

    @Test
    void wrongArgumentsAreRefusedByName() {
        Shape shape = new Shape(6, 5, 2);
        Bits.assertRefused("kernelHeight", () -> new Convolution(shape, 0, 3, 1, 0, 4), 0);
        Bits.assertRefused("a", () -> new Convolution(shape, 9, 3, 1, 1, 4), 9, 6, 1);
        Bits.assertRefused("a", () -> new Convolution(shape, 3, 6, 1, 0, 4), 6, 5);
        Bits.assertRefused("stride", () -> new Convolution(shape, 3, 3, 0, 0, 4), 0);
        Bits.assertRefused("padding", () -> new Convolution(shape, 3, 3, 1, -1, 4), -1);
        Bits.assertRefused("filters", () -> new Convolution(shape, 3, 3, 1, 0, 0), 0);
        Case c = new Case(new SplittableRandom(10), new Geometry(6, 5, 2, 3, 3, 1, 0, 4), 32);
        Convolution.PackedFilters filters = c.packed();
        Convolution.Scratch scratch = c.convolution.scratch();
        float[] few = new float[100];
        Bits.assertRefused("x", () -> c.convolution.forward(few, filters, c.bias, c.dy, 0, 2), 2, 100);
        Bits.assertRefused("y", () -> c.convolution.forward(c.x, filters, c.bias, few, 0, 2), 2, 100);
        Bits.assertRefused("bias", () -> c.convolution.forward(c.x, filters, new float[3], c.dy, 0, 2), 4, 3);
        Bits.assertRefused("from", () -> c.convolution.forward(c.x, filters, c.bias, c.dy, -1, 2), -1);
        Bits.assertRefused("dy", () -> c.convolution.inputGradient(few, filters, c.x, 0, 2), 2, 100);
        Bits.assertRefused("dx", () -> c.convolution.inputGradient(c.dy, filters, few, 0, 2), 2, 100);
        Bits.assertRefused("w", () -> filters.pack(few, 90), 90, 72);
        Bits.assertRefused("from", () -> c.convolution.weightGradient(c.x, c.dy, 2, scratch, 3, 19, c.w, 0), 3, 19, 18);
        Bits.assertRefused("dw", () -> c.convolution.weightGradient(c.x, c.dy, 2, scratch, 0, 18, c.w, 1), 72, 1);
        Bits.assertRefused("x", () -> c.convolution.weightGradient(few, c.dy, 2, scratch, 0, 18, c.w, 0), 2, 100);
        Convolution other = new Convolution(shape, 3, 3, 1, 1, 4);
        Bits.assertRefused("filters", () -> other.forward(c.x, filters, c.bias, new float[9999], 0, 1));
        Bits.assertRefused("scratch", () -> other.weightGradient(c.x, new float[9999], 1, scratch, 0, 1, c.w, 0));
        Bits.assertRefused("filters",
                () -> c.convolution.inputGradient(c.dy, c.convolution.packedFilters(false), c.x, 0,
                        1));
    }

    @Test
    void shapesFollowFromSizes() {
        List<String> shapes = new ArrayList<>();
        for (int[] s : new int[][]{{3, 3, 1, 0}, {3, 3, 1, 1}, {5, 5, 1, 0}, {5, 4, 2, 0}, {3, 3, 2, 1}}) {
            Convolution convolution = new Convolution(new Shape(28, 28, 1), s[0], s[1], s[2], s[3], 6);
            shapes.add(convolution.output() + ", " + convolution.taps());
        }
        assertEquals(
                List.of("26 x 26 x 6, 9", "28 x 28 x 6, 9", "24 x 24 x 6, 25", "12 x 13 x 6, 20", "14 x 14 x 6, 9"),
                shapes);
    }

    /** Tiles whose lanes are filters, and windows that are copied where there are few. */
    @Test
    void sharesOfOneImageAreTheWholeAndThatOfABatch() {
        for (long seed = 3000; seed < 3200; seed++) {
            Case all = Case.random(new SplittableRandom(seed));
            if (!all.convolution.takesOne()) {
                continue;
            }
            float[] x = new float[all.convolution.input().size()];
            Interleaved.toRows(all.x, x, 0, 1, x.length, 0, 1);
            float[] expected = new float[all.convolution.output().size()];
            Interleaved.toRows(all.forward(), expected, 0, 1, expected.length, 0, 1);
            for (int workers = 1; workers <= 5; workers += 2) {
                float[] y = dirty(expected.length);
                for (int worker = workers - 1; worker >= 0; worker--) {
                    Convolution.One one = all.convolution.one();
                    one.pack(all.w);
                    all.convolution.forwardOne(Tuning.LONG, x, 0, one, all.bias, y, 0, worker, workers);
                }
                Bits.assertSame(expected, y, "seed " + seed + ", " + workers + " workers, " + all);
            }
        }
    }
}
