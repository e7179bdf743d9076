package dev.lanewise.bench;

import static dev.lanewise.kernel.conv.Geometry.GROUP;

import dev.lanewise.kernel.conv.Geometry;

/**
 * What the kernels of a convolution must give, element by element in double. A place is a group, a row and a column of
 * interleaved images; at each there are the 16 lanes of one channel after the other.
 */
final class ConvolutionReference {
    private final Geometry geometry;
    private final int groups;
    private final float[] x; // [groups, height, width, channels, 16]
    private final float[] w; // [taps, filters]
    private final float[] bias; // [filters]
    private final float[] dy; // [groups, output height, output width, filters, 16]

    ConvolutionReference(Geometry geometry, int groups, float[] x, float[] w, float[] bias, float[] dy) {
        this.geometry = geometry;
        this.groups = groups;
        this.x = x;
        this.w = w;
        this.bias = bias;
        this.dy = dy;
    }

    /** Of the convolution. */
    Geometry geometry() {
        return geometry;
    }

    /** Of interleaved images. */
    int groups() {
        return groups;
    }

    /** Places of the output. */
    int outputs() {
        return groups * geometry.outputHeight() * geometry.outputWidth();
    }

    /** Places of the input. */
    int inputs() {
        return groups * geometry.height() * geometry.width();
    }

    /** y at a place of the output and a lane of its channels. */
    double forward(int output, int lane) {
        double sum = bias[lane / GROUP];
        for (int tap = 0; tap < geometry.taps(); tap++) {
            int at = inputAt(output, tap);
            if (at >= 0) {
                sum += (double) x[at + lane % GROUP] * w[tap * geometry.filters() + lane / GROUP];
            }
        }
        return sum;
    }

    /** dx at a place of the input and a lane of its channels. */
    double inputGradient(int input, int lane) {
        int channels = geometry.channels();
        int filters = geometry.filters();
        int row = input / geometry.width() % geometry.height() + geometry.padding();
        int column = input % geometry.width() + geometry.padding();
        int group = input / geometry.width() / geometry.height();
        double sum = 0;
        for (int k = 0; k < geometry.kernelHeight() * geometry.kernelWidth(); k++) {
            int h = row - k / geometry.kernelWidth();
            int v = column - k % geometry.kernelWidth();
            if (isInside(h, geometry.outputHeight()) && isInside(v, geometry.outputWidth())) {
                int from = geometry.outputAt(group, h / geometry.stride(), v / geometry.stride()) + lane % GROUP;
                int tap = k * channels + lane / GROUP;
                for (int filter = 0; filter < filters; filter++) {
                    sum += (double) dy[from + filter * GROUP] * w[tap * filters + filter];
                }
            }
        }
        return sum;
    }

    /** Whether a window begins so many rows or columns from the edge of the padding. */
    private boolean isInside(int first, int outputs) {
        return first >= 0 && first % geometry.stride() == 0 && first / geometry.stride() < outputs;
    }

    /** dw of a tap of a filter. */
    double weightGradient(int tap, int filter) {
        double sum = 0;
        for (int output = 0; output < outputs(); output++) {
            int at = inputAt(output, tap);
            int from = (output * geometry.filters() + filter) * GROUP;
            for (int lane = 0; at >= 0 && lane < GROUP; lane++) {
                sum += (double) x[at + lane] * dy[from + lane];
            }
        }
        return sum;
    }

    /** Where the lanes of x begin that a tap meets at a place of the output; -1 in the padding. */
    private int inputAt(int output, int tap) {
        int k = tap / geometry.channels();
        int row = output / geometry.outputWidth() % geometry.outputHeight() * geometry.stride() - geometry.padding()
                + k / geometry.kernelWidth();
        int column = output % geometry.outputWidth() * geometry.stride() - geometry.padding()
                + k % geometry.kernelWidth();
        return row < 0 || row >= geometry.height() || column < 0 || column >= geometry.width()
                ? -1
                : geometry.inputAt(output / geometry.outputWidth() / geometry.outputHeight(), row, column)
                        + tap % geometry.channels() * GROUP;
    }
}
