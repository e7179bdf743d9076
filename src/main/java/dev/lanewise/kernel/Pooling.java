package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;
import java.util.Arrays;

/**
 * Pools batches of {@link Interleaved} images: of every window and channel one number is left, the largest or the average.
 * Windows lie wholly within the image; rows and columns that fill none are left out. An object holds the sizes, never
 * changes, and serves any number of threads. Pooling with a window of the image's size is global.
 *
 * <p>Every result is defined to the bit. The gradient of an input begins with +0; the windows that it lies in are added row by
 * row from the top left.
 */
public final class Pooling {
    private static final int GROUP = Interleaved.GROUP;
    private static final int MOST = 256; // places in a window: their numbers are bytes

    private final Shape input;
    private final Shape output;
    private final int height;
    private final int width;
    private final int stride;

    /** Pools images of a shape by windows of so many rows and columns, a stride apart. */
    public Pooling(Shape input, int height, int width, int stride) {
        Convolution.atLeast("height", height, 1);
        Convolution.atLeast("width", width, 1);
        Convolution.atLeast("stride", stride, 1);
        Convolution.fits("height", height, input.height(), 0);
        Convolution.fits("width", width, input.width(), 0);
        this.input = input;
        this.height = height;
        this.width = width;
        this.stride = stride;
        output = new Shape((input.height() - height) / stride + 1, (input.width() - width) / stride + 1,
                input.channels());
    }

    /** Shape of an image. */
    public Shape input() {
        return input;
    }

    /** Shape of what an image becomes. */
    public Shape output() {
        return output;
    }

    /**
     * y = the largest of each window, for groups in a range; places[i] = where in the window y[i] lay, counted row by row: the
     * first of equals (-0 and +0 are equal). A NaN is larger than all else, and the first NaN is taken.
     *
     * @param places receives as many bytes as y has elements
     * @throws IllegalArgumentException for windows of more than 256 places
     */
    public void max(float[] x, float[] y, byte[] places, int fromGroup, int toGroup) {
        checkPlaces(places, toGroup);
        Interleaved.check("x", x, input, fromGroup, toGroup);
        Interleaved.check("y", y, output, fromGroup, toGroup);
        int lanes = input.channels() * GROUP;
        for (int window = window(fromGroup); window < window(toGroup); window++) {
            int from = firstPlace(window) * lanes;
            for (int to = window * lanes, end = to + lanes; to < end; to++, from++) {
                float best = x[from];
                int bestPlace = 0;
                for (int place = 1; place < height * width; place++) {
                    float value = x[from + place(place) * lanes];
                    if (!(value <= best) && best == best) {
                        best = value;
                        bestPlace = place;
                    }
                }
                y[to] = best;
                places[to] = (byte) bestPlace;
            }
        }
    }

    /** dx = the gradient with respect to x, for groups in a range: dy, added at the places that {@link #max} found. */
    public void maxGradient(float[] dy, byte[] places, float[] dx, int fromGroup, int toGroup) {
        checkPlaces(places, toGroup);
        Interleaved.check("dy", dy, output, fromGroup, toGroup);
        Interleaved.check("dx", dx, input, fromGroup, toGroup);
        int lanes = input.channels() * GROUP;
        Arrays.fill(dx, fromGroup * GROUP * input.size(), toGroup * GROUP * input.size(), 0f);
        for (int window = window(fromGroup); window < window(toGroup); window++) {
            int to = firstPlace(window) * lanes;
            for (int from = window * lanes, end = from + lanes; from < end; from++, to++) {
                dx[to + place(places[from] & 0xff) * lanes] += dy[from];
            }
        }
    }

    /** y = the average of each window, for groups in a range: the sum from +0 row by row, divided by the window's size. */
    public void average(float[] x, float[] y, int fromGroup, int toGroup) {
        Interleaved.check("x", x, input, fromGroup, toGroup);
        Interleaved.check("y", y, output, fromGroup, toGroup);
        int lanes = input.channels() * GROUP;
        for (int window = window(fromGroup); window < window(toGroup); window++) {
            int from = firstPlace(window) * lanes;
            for (int to = window * lanes, end = to + lanes; to < end; to++, from++) {
                float sum = 0f;
                for (int place = 0; place < height * width; place++) {
                    sum += x[from + place(place) * lanes];
                }
                y[to] = sum / (height * width);
            }
        }
    }

    /** dx = the gradient with respect to x, for groups in a range: dy divided by the window's size, added at all its places. */
    public void averageGradient(float[] dy, float[] dx, int fromGroup, int toGroup) {
        Interleaved.check("dy", dy, output, fromGroup, toGroup);
        Interleaved.check("dx", dx, input, fromGroup, toGroup);
        int lanes = input.channels() * GROUP;
        Arrays.fill(dx, fromGroup * GROUP * input.size(), toGroup * GROUP * input.size(), 0f);
        for (int window = window(fromGroup); window < window(toGroup); window++) {
            int to = firstPlace(window) * lanes;
            for (int from = window * lanes, end = from + lanes; from < end; from++, to++) {
                float share = dy[from] / (height * width);
                for (int place = 0; place < height * width; place++) {
                    dx[to + place(place) * lanes] += share;
                }
            }
        }
    }

    /** Windows before a group. */
    private int window(int group) {
        return group * output.height() * output.width();
    }

    /** The first place of a window, counted from that of the batch. */
    private int firstPlace(int window) {
        int row = window / output.width();
        int group = row / output.height();
        return ((group * input.height()) + row % output.height() * stride) * input.width()
                + window % output.width() * stride;
    }

    /** A place of a window, counted in places of the image from the window's first. */
    private int place(int place) {
        return place / width * input.width() + place % width;
    }

    private void checkPlaces(byte[] places, int toGroup) {
        if (height * width > MOST) {
            throw new IllegalArgumentException("a window of %d x %d has more than %d places".formatted(height, width,
                    MOST));
        }
        long n = (long) toGroup * GROUP * output.size();
        if (n > places.length) {
            throw new IllegalArgumentException("places: %d elements do not fit an array of %d".formatted(n,
                    places.length));
        }
    }
}
