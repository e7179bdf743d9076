package dev.lanewise.kernel;

import dev.lanewise.kernel.conv.Geometry;
import dev.lanewise.kernel.conv.ScalarConvolution;
import dev.lanewise.kernel.conv.WeightGradient;
import dev.lanewise.kernel.conv.Windows;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.gemm.WindowProduct;
import org.jspecify.annotations.Nullable;

/**
 * Convolves batches of images: a filter's weights are multiplied with every window of an image. An object holds the sizes,
 * never changes, and serves any number of threads.
 *
 * <p>Images are {@link Interleaved}: x is [groups, height, width, channels, 16]. Filters are row-major [kernel height, kernel
 * width, channels, filters], or as a matrix [taps, filters]: a tap is a kernel row, a kernel column and an input channel.
 *
 * <p>Every result is defined to the bit. What lies in the zero padding is left out, not multiplied:
 * <ul>
 * <li>an output begins with the bias; taps are added to it by fused multiply-adds, ascending;
 * <li>an input's gradient begins with +0; to it are added the windows that the input lies in, row by row from the top left,
 * and for each window its filters ascending;
 * <li>a weight's gradient begins with +0; to it are added groups, rows, columns and lanes of the output, all ascending. Filters
 * of fewer than 32 taps have 16 such sums, one for each lane, of which those that are 8, 4, 2 and 1 apart are added in the end.
 * </ul>
 */
public final class Convolution {
    private final Geometry geometry;
    private static final int MOST_PADDING = 1 << 12;

    private final Shape input;
    private final Shape output;
    private final Windows forward;
    private final Windows backward;
    private final float[] zeros; // what gradients of inputs begin with

    /**
     * A convolution of images of a shape.
     *
     * @param stride from one window to the next, down and to the right
     * @param padding rows and columns of zeros on each side of the image
     * @param filters channels of the output
     */
    public Convolution(Shape input, int kernelHeight, int kernelWidth, int stride, int padding, int filters) {
        atLeast("kernelHeight", kernelHeight, 1);
        atLeast("kernelWidth", kernelWidth, 1);
        atLeast("stride", stride, 1);
        atLeast("padding", padding, 0);
        atLeast("filters", filters, 1);
        fits(kernelHeight, kernelWidth, input, padding);
        this.input = input;
        geometry = new Geometry(input.height(), input.width(), input.channels(), kernelHeight, kernelWidth, stride,
                padding, filters);
        if ((long) input.channels() * filters > Integer.MAX_VALUE / ((long) kernelHeight * kernelWidth)) {
            throw new IllegalArgumentException("%,d filters of %d x %d x %,d are more than fit into an array".formatted(
                    filters, kernelHeight, kernelWidth, input.channels()));
        }
        output = new Shape(geometry.outputHeight(), geometry.outputWidth(), filters);
        forward = Windows.forward(geometry);
        backward = Windows.backward(geometry);
        zeros = new float[input.channels()];
    }

    static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException("%s: at least %d, not %d".formatted(name, least, value));
        }
    }

    /** Whether a window lies in an image, which may go on by zeros; the whole must have a size. */
    static void fits(int height, int width, Shape input, int padding) {
        if (padding > MOST_PADDING) {
            throw new IllegalArgumentException("padding: at most %,d, not %,d".formatted(MOST_PADDING, padding));
        }
        if (height > input.height() + 2 * padding || width > input.width() + 2 * padding) {
            throw new IllegalArgumentException(
                    "a window of %d x %d does not fit into %d x %d places%s".formatted(height,
                            width, input.height(), input.width(), padding == 0 ? "" : " with a padding of " + padding));
        }
    }

    /** Shape of an image. */
    public Shape input() {
        return input;
    }

    /** Shape of what an image becomes: its windows, and for each the filters. */
    public Shape output() {
        return output;
    }

    /** Rows of the matrix of filters: kernel height times kernel width times channels. */
    public int taps() {
        return geometry.taps();
    }

    /** Where ranges of taps best begin in {@link #weightGradient}: at multiples of so many, which one kernel computes. */
    public int tapsTogether() {
        return Species.SCALAR ? 1 : WeightGradient.tapsTogether(geometry);
    }

    /** Room for filters as the kernels read them; {@code inputGradient} as well, which a first layer does not need. */
    public PackedFilters packedFilters(boolean inputGradient) {
        return new PackedFilters(this, inputGradient);
    }

    /** What {@link #forwardOne} needs, each thread its own. */
    public One one() {
        return new One(this);
    }

    /** Room for what {@link #weightGradient} keeps meanwhile: each thread needs its own. */
    public Scratch scratch() {
        return new Scratch(this);
    }

    /** Filters in the kernels' order: packed once after every update, then read by any number of threads. */
    public static final class PackedFilters {
        private final Convolution convolution;
        private final float[] forward; // as they are where there are no vectors
        private final float @Nullable [] backward;

        private PackedFilters(Convolution convolution, boolean inputGradient) {
            this.convolution = convolution;
            int n = convolution.taps() * convolution.geometry.filters();
            forward = new float[n];
            backward = inputGradient ? new float[n] : null;
        }

        /** Takes the matrix of filters, [taps, filters], from an offset on. */
        public void pack(float[] w, int wOffset) {
            Check.range("w", w.length, wOffset, forward.length);
            if (Species.SCALAR) {
                System.arraycopy(w, wOffset, forward, 0, forward.length);
                return;
            }
            convolution.forward.pack(w, wOffset, forward);
            if (backward != null) {
                convolution.backward.pack(w, wOffset, backward);
            }
        }
    }

    /** What a thread has for images one by one: filters as the kernel reads them, or room for windows. */
    public static final class One {
        private static final int FLOATS = 1 << 14; // 64 KiB, which stay in L2 until they are multiplied

        private final Convolution convolution;
        private final @Nullable WindowProduct product; // null: windows are copied first
        private final int rowsAtATime; // of the output
        private final float[] windows; // [taps, windows]
        private float[] w = {}; // [taps, filters]

        private One(Convolution convolution) {
            this.convolution = convolution;
            Geometry g = convolution.geometry;
            if (WindowProduct.takes(g.filters())) {
                product = new WindowProduct(g.width(), g.channels(), g.stride(), g.kernelHeight(), g.kernelWidth(),
                        g.outputHeight(), g.outputWidth(), g.filters());
                rowsAtATime = 0;
                windows = new float[0];
            } else {
                product = null;
                int row = Math.multiplyExact(g.outputWidth(), g.taps());
                rowsAtATime = Math.clamp(FLOATS / row, 1, g.outputHeight());
                windows = new float[Math.multiplyExact(rowsAtATime, row)];
            }
        }

        /** Takes the matrix of filters, [taps, filters], which must not change until it is taken again. */
        public void pack(float[] w) {
            Check.range("w", w.length, 0, convolution.taps() * convolution.output.channels());
            this.w = w;
            if (product != null) {
                product.pack(w);
            }
        }

        /** Copies the windows of rows from to to - 1 of the output, tap by tap: neighbours where windows are neighbours. */
        private void copy(float[] x, int xOffset, int from, int to) {
            Geometry g = convolution.geometry;
            int width = g.outputWidth();
            int step = g.stride() * g.channels();
            int at = 0;
            for (int tap = 0; tap < g.taps(); tap++) {
                int first = xOffset + tap / (g.kernelWidth() * g.channels()) * g.width() * g.channels()
                        + tap % (g.kernelWidth() * g.channels());
                for (int row = from; row < to; row++) {
                    int source = first + row * g.stride() * g.width() * g.channels();
                    if (step == 1) {
                        System.arraycopy(x, source, windows, at, width);
                    } else {
                        for (int column = 0; column < width; column++) {
                            windows[at + column] = x[source + column * step];
                        }
                    }
                    at += width;
                }
            }
        }
    }

    /** What a thread keeps while it computes a gradient of weights. */
    public static final class Scratch {
        private final Convolution convolution;
        private final @Nullable WeightGradient gradient;

        private Scratch(Convolution convolution) {
            this.convolution = convolution;
            gradient = Species.SCALAR ? null : new WeightGradient(convolution.geometry);
        }
    }

    /** y = x * filters + bias, for groups in a range; y is [groups, output height, output width, filters, 16]. */
    public void forward(float[] x, PackedFilters filters, float[] bias, float[] y, int fromGroup, int toGroup) {
        check("filters", filters.convolution);
        Check.range("bias", bias.length, 0, output.channels());
        Interleaved.check("x", x, input, fromGroup, toGroup);
        Interleaved.check("y", y, output, fromGroup, toGroup);
        if (Species.SCALAR) {
            ScalarConvolution.forward(geometry, x, filters.forward, bias, y, fromGroup, toGroup);
        } else {
            forward.run(x, filters.forward, bias, y, fromGroup, toGroup);
        }
    }

    /** Whether {@link #forwardOne} computes this convolution: one without padding. */
    public boolean takesOne() {
        return geometry.padding() == 0;
    }

    /**
     * y = x * filters + bias for one image that lies by itself, with the bits of {@link #forward}.
     *
     * @param x the image, [height, width, channels], from xOffset on
     * @param one with the filters packed
     * @param y receives [output height, output width, filters] from yOffset on
     * @throws IllegalArgumentException if it does not {@linkplain #takesOne take} one image, or an argument does not fit
     */
    public void forwardOne(Tuning tuning, float[] x, int xOffset, One one, float[] bias, float[] y, int yOffset) {
        forwardOne(tuning, x, xOffset, one, bias, y, yOffset, 0, 1);
    }

    /**
     * The part of {@link #forwardOne(Tuning, float[], int, One, float[], float[], int)} that is one worker's where several share an
     * image.
     *
     * @param worker from 0 to {@code workers - 1}
     */
    public void forwardOne(Tuning tuning, float[] x, int xOffset, One one, float[] bias, float[] y, int yOffset,
            int worker, int workers) {
        check("one", one.convolution);
        if (worker < 0 || worker >= workers) {
            throw new IndexOutOfBoundsException("worker: %d of %d".formatted(worker, workers));
        }
        if (!takesOne()) {
            throw new IllegalArgumentException("padding: must be 0 for one image, not " + geometry.padding());
        }
        int filters = output.channels();
        Check.range("bias", bias.length, 0, filters);
        Check.range("x", x.length, xOffset, input.size());
        Check.range("y", y.length, yOffset, output.size());
        if (one.product != null) {
            int places = one.product.places();
            one.product.multiply(x, xOffset, bias, y, yOffset,
                    Workers.share(places, WindowProduct.GRAIN, worker, workers),
                    Workers.share(places, WindowProduct.GRAIN, worker + 1, workers));
            return;
        }
        int to = Workers.share(output.height(), 1, worker + 1, workers);
        for (int row = Workers.share(output.height(), 1, worker, workers), end; row < to; row = end) {
            end = Math.min(to, row + one.rowsAtATime);
            int windows = (end - row) * output.width();
            int first = yOffset + row * output.width() * filters;
            System.arraycopy(bias, 0, y, first, filters);
            for (int done = filters, more; done < windows * filters; done += more) { // twice as many at a time
                more = Math.min(done, windows * filters - done);
                System.arraycopy(y, first, y, first + done, more);
            }
            one.copy(x, xOffset, row, end);
            Gemm.sgemm(tuning, true, false, windows, filters, taps(), 1f, one.windows, 0, windows, one.w, 0, filters,
                    1f, y, first, filters);
        }
    }

    /** dx = the gradient with respect to x, for groups in a range, from dy, that with respect to y. */
    public void inputGradient(float[] dy, PackedFilters filters, float[] dx, int fromGroup, int toGroup) {
        check("filters", filters.convolution);
        if (filters.backward == null) {
            throw new IllegalArgumentException("filters: not packed for gradients of inputs");
        }
        Interleaved.check("dy", dy, output, fromGroup, toGroup);
        Interleaved.check("dx", dx, input, fromGroup, toGroup);
        if (Species.SCALAR) {
            ScalarConvolution.inputGradient(geometry, dy, filters.forward, dx, fromGroup, toGroup);
        } else {
            backward.run(dy, filters.backward, zeros, dx, fromGroup, toGroup);
        }
    }

    /**
     * dw = the gradient with respect to the taps in a range, over all groups. Taps are what workers share: a range of them is a
     * piece of the matrix of filters. Lanes without a sample must be finite in x and 0 in dy.
     *
     * @param dw receives [toTap - fromTap, filters] from dwOffset on
     */
    public void weightGradient(float[] x, float[] dy, int groups, Scratch scratch, int fromTap, int toTap, float[] dw,
            int dwOffset) {
        check("scratch", scratch.convolution);
        Check.fromTo(fromTap, toTap, "taps", taps());
        Interleaved.check("x", x, input, 0, groups);
        Interleaved.check("dy", dy, output, 0, groups);
        Check.range("dw", dw.length, dwOffset, (toTap - fromTap) * output.channels());
        if (scratch.gradient == null) {
            ScalarConvolution.weightGradient(geometry, x, dy, groups, fromTap, toTap, dw, dwOffset);
        } else {
            scratch.gradient.run(x, dy, groups, fromTap, toTap, dw, dwOffset);
        }
    }

    private void check(String name, Convolution other) {
        if (!geometry.equals(other.geometry)) {
            throw new IllegalArgumentException(name + ": of another convolution");
        }
    }
}
