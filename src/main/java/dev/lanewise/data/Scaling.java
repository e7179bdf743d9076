package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.util.Arrays;

/**
 * Scales images to a height and a width, in whole numbers alone, so that the bits are the same everywhere: along a side that
 * shrinks, a pixel is the mean of what it covers, fractions counted; along one that grows, it is interpolated between the two
 * pixels whose centres are next to its own.
 */
final class Scaling {
    private Scaling() {
    }

    /** The whole image at another size; the same one where it has that size. */
    static ImageReader.Image scale(ImageReader.Image image, int height, int width) {
        Shape from = image.shape();
        if (from.height() == height && from.width() == width) {
            return image;
        }
        int channels = from.channels();
        Axis across = Axis.of(from.width(), width);
        Axis down = Axis.of(from.height(), height);
        long[] row = new long[width * channels]; // one of the source, scaled across
        long[] sums = new long[height * width * channels];
        int first = 0; // row of the result that the source's may still matter to
        for (int y = 0; y < from.height(); y++) {
            scaleRow(image.pixels(), y * from.width() * channels, channels, across, row);
            while (first < height - 1 && down.end(first) <= y) {
                first++;
            }
            for (int v = first; v < height && down.from[v] <= y; v++) {
                if (y < down.end(v)) {
                    long weight = down.weights[v][y - down.from[v]];
                    for (int i = 0; i < row.length; i++) {
                        sums[v * row.length + i] += weight * row[i];
                    }
                }
            }
        }
        long total = across.total * down.total; // 255 times as much is far from the end of a long
        byte[] pixels = new byte[sums.length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) ((sums[i] + total / 2) / total);
        }
        return new ImageReader.Image(new Shape(height, width, channels), pixels);
    }

    private static void scaleRow(byte[] pixels, int offset, int channels, Axis across, long[] row) {
        Arrays.fill(row, 0);
        for (int u = 0; u < across.from.length; u++) {
            int at = offset + across.from[u] * channels;
            for (long weight : across.weights[u]) {
                for (int c = 0; c < channels; c++) {
                    row[u * channels + c] += weight * (pixels[at++] & 0xff);
                }
            }
        }
    }

    /** Of each pixel along one side of the result, which pixels of the source it is made of. */
    private static final class Axis {
        private final int[] from; // the first of them
        private final int[][] weights; // of them, one after the other
        private final long total; // of the weights of a pixel

        Axis(int[] from, int[][] weights, long total) {
            this.from = from;
            this.weights = weights;
            this.total = total;
        }

        static Axis of(int source, int target) {
            return target <= source ? shrinking(source, target) : growing(source, target);
        }

        /** A pixel of the source is {@code target} units long, one of the result {@code source} units. */
        private static Axis shrinking(int source, int target) {
            int[] from = new int[target];
            int[][] weights = new int[target][];
            for (int i = 0; i < target; i++) {
                long begin = (long) i * source;
                long end = begin + source;
                from[i] = (int) (begin / target);
                weights[i] = new int[(int) Math.ceilDiv(end, (long) target) - from[i]];
                for (int k = 0; k < weights[i].length; k++) {
                    long pixel = (long) (from[i] + k) * target;
                    weights[i][k] = (int) (Math.min(end, pixel + target) - Math.max(begin, pixel));
                }
            }
            return new Axis(from, weights, source);
        }

        /** A pixel of the source is {@code 2 * target} units long; centres beyond the source's outermost ones take those. */
        private static Axis growing(int source, int target) {
            int[] from = new int[target];
            int[][] weights = new int[target][];
            for (int i = 0; i < target; i++) {
                long centre = Math.clamp((2L * i + 1) * source - target, 0, 2L * target * (source - 1)); // from the first's
                from[i] = (int) (centre / (2L * target));
                int beyond = (int) (centre % (2L * target));
                weights[i] = beyond == 0 ? new int[]{2 * target} : new int[]{2 * target - beyond, beyond};
            }
            return new Axis(from, weights, 2L * target);
        }

        int end(int i) {
            return from[i] + weights[i].length;
        }
    }
}
