package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;

/**
 * Multiplies the windows of an image, which lies by itself as [height, width, channels], with a matrix of filters, without copying
 * them: a row of a window is a run of neighbours, and the windows of a row of the output are rows of a matrix that overlap. So
 * the tiles of {@code Gemm} read them where they lie, a row of the kernel at a time, and filters from panels that are packed once.
 */
public final class WindowProduct {
    private static final int LANES = Species.LANES;
    /** With shorter runs, loading and storing sums takes longer than multiplying. */
    private static final int LEAST_RUN = 24;

    private final int imageRow; // floats of a row of the image
    private final int step; // floats from one window of a row to the next
    private final int stride;
    private final int kernelHeight;
    private final int run; // floats of a row of a window
    private final int outputHeight;
    private final int outputWidth;
    private final int filters;
    private final Strips strips = new Strips();
    private final float[][] panels; // [strips, kernel height], each [run, vectors of the strip]

    /**
     * Products for images of that width and channels.
     *
     * @param stride from one window to the next, right and down
     */
    public WindowProduct(int width, int channels, int stride, int kernelHeight, int kernelWidth, int outputHeight,
            int outputWidth, int filters) {
        imageRow = width * channels;
        step = stride * channels;
        this.stride = stride;
        this.kernelHeight = kernelHeight;
        run = kernelWidth * channels;
        this.outputHeight = outputHeight;
        this.outputWidth = outputWidth;
        this.filters = filters;
        strips.cut(filters);
        panels = new float[strips.count * kernelHeight][];
    }

    /** Whether windows with so long runs and so many filters are multiplied, and fast. */
    public static boolean isWorthwhile(int run, int filters) {
        return !Species.SCALAR && filters >= LANES && run >= LEAST_RUN;
    }

    /** Takes the matrix of filters, [kernel height times run, filters]. */
    public void pack(float[] w) {
        Check.range("w", w.length, 0, kernelHeight * run * filters);
        for (int strip = 0; strip < strips.count; strip++) {
            int width = strips.width(strip) * LANES;
            for (int row = 0; row < kernelHeight; row++) {
                float[] panel = new float[run * width];
                for (int i = 0; i < run; i++) {
                    int from = (row * run + i) * filters + strips.column(strip);
                    for (int v = 0; v < strips.width(strip); v++) {
                        System.arraycopy(w, from + strips.vector(strip, v), panel, i * width + v * LANES, LANES);
                    }
                }
                panels[strip * kernelHeight + row] = panel;
            }
        }
    }

    /** y, [output height, output width, filters] from yOffset on, is continued by the products of the image from xOffset on. */
    public void multiply(float[] x, int xOffset, float[] y, int yOffset) {
        for (int strip = 0; strip < strips.count; strip++) {
            int width = strips.width(strip);
            for (int row = 0; row < outputHeight; row++) {
                int rows;
                for (int column = 0; column < outputWidth; column += rows) {
                    Tile tile = Tile.next(width, outputWidth - column);
                    rows = Math.min(tile.rows, outputWidth - column);
                    int to = yOffset + (row * outputWidth + column) * filters + strips.column(strip);
                    for (int k = 0; k < kernelHeight; k++) {
                        InPlaceTiles.rows(tile, run, x, xOffset + (row * stride + k) * imageRow + column * step, step,
                                rows - 1, panels[strip * kernelHeight + k], false, y, to, filters,
                                strips.last(strip));
                    }
                }
            }
        }
    }
}
