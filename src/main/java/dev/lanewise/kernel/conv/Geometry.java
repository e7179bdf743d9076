package dev.lanewise.kernel.conv;

/**
 * The sizes of a convolution. Its filters are a matrix [taps, filters]: a tap is a kernel row, a kernel column and an input
 * channel.
 *
 * @param height rows of the input
 * @param width columns of the input
 * @param channels of the input
 * @param kernelHeight rows of the kernel
 * @param kernelWidth columns of the kernel
 * @param stride from one window to the next, down and to the right
 * @param padding rows and columns of zeros around the input
 * @param filters channels of the output
 */
public record Geometry(int height, int width, int channels, int kernelHeight, int kernelWidth, int stride, int padding,
        int filters) {
    /** Samples in a group: lane l of group g is sample 16 g + l. */
    public static final int GROUP = 16;

    /** Rows of the output. */
    public int outputHeight() {
        return (height + 2 * padding - kernelHeight) / stride + 1;
    }

    /** Columns of the output. */
    public int outputWidth() {
        return (width + 2 * padding - kernelWidth) / stride + 1;
    }

    /** Rows of the matrix of filters. */
    public int taps() {
        return kernelHeight * kernelWidth * channels;
    }

    /** Multiplications with an addition that a sample takes; what would meet the padding is left out. */
    public double multiplyAdds() {
        return (double) channels * filters * inside(height, outputHeight(), kernelHeight)
                * inside(width, outputWidth(), kernelWidth);
    }

    /** Taps of all windows along one axis that are not in the padding. */
    private int inside(int size, int outputs, int kernel) {
        int count = 0;
        for (int i = 0; i < outputs; i++) {
            int first = i * stride - padding;
            count += Math.max(0, Math.min(size, first + kernel) - Math.max(0, first));
        }
        return count;
    }

    /** Whether a weight's gradient has a sum for each lane, added at the end, instead of one sum. */
    public boolean fewTaps() {
        return taps() < 32; // below, turning lanes into filters takes longer than the sums (LAB 60)
    }

    /** Where a place of the input begins in x. */
    public int inputAt(int group, int row, int column) {
        return ((group * height + row) * width + column) * channels * GROUP;
    }

    /** Where a place of the output begins in y. */
    public int outputAt(int group, int row, int column) {
        return ((group * outputHeight() + row) * outputWidth() + column) * filters * GROUP;
    }
}
