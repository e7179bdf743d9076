package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Readiness;
import dev.lanewise.kernel.core.Species;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Pools batches of {@link Interleaved} images: of every window and channel one number is left, the largest or the average.
 * Windows lie wholly within the image; rows and columns that fill none are left out. An object holds the sizes, never
 * changes, and serves any number of threads. Pooling with a window of the image's size is global.
 *
 * <p>Every result is defined to the bit, by plain loops. The gradient of an input begins with +0; the windows that it lies in are added row by
 * row from the top left.
 */
public final class Pooling {
    private static final int GROUP = Interleaved.GROUP;
    private static final int MOST = 256; // places in a window: their numbers are bytes
    private static final Readiness MAX_OF_ONE = new Readiness(4 + 9, () -> {
        float[] x = new float[9 * Species.LANES];
        int[] four = new int[4];
        int[] nine = new int[9];
        return () -> {
            Lanes.max(x, 0, four, x, 0, Species.LANES);
            Lanes.max(x, 0, nine, x, 0, Species.LANES);
        };
    });

    private final Shape input;
    private final Shape output;
    private final int height;
    private final int width;
    private final int stride;
    private final int lanes; // of a place: channels times samples
    private final boolean cuts; // whether the windows cut the image into pieces: each place lies in exactly one
    private final int[] places; // where the places of a window begin, counted from its first
    private final int[] rowPlaces; // the same where an image lies by itself

    /** Pools images of a shape by windows of so many rows and columns, a stride apart. */
    public Pooling(Shape input, int height, int width, int stride) {
        Convolution.atLeast("height", height, 1);
        Convolution.atLeast("width", width, 1);
        Convolution.atLeast("stride", stride, 1);
        Convolution.fits(height, width, input, 0);
        this.input = input;
        this.height = height;
        this.width = width;
        this.stride = stride;
        output = new Shape((input.height() - height) / stride + 1, (input.width() - width) / stride + 1,
                input.channels());
        cuts = stride == height && stride == width && output.height() * stride == input.height()
                && output.width() * stride == input.width();
        lanes = input.channels() * GROUP;
        places = new int[height * width];
        for (int place = 0; place < places.length; place++) {
            places[place] = (place / width * input.width() + place % width) * lanes;
        }
        rowPlaces = Arrays.stream(places).map(place -> place / GROUP).toArray();
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
     * y = the largest of each window, for groups in a range; found[i] = where in the window y[i] lay, counted row by row: the first
     * of equals (-0 and +0 are equal). A NaN is larger than all else, and the first NaN is taken.
     *
     * @param found receives as many bytes as y has elements
     * @throws IllegalArgumentException for windows of more than 256 places
     */
    public void max(float[] x, float[] y, byte[] found, int fromGroup, int toGroup) {
        checkFound(found, toGroup);
        check("x", x, "y", y, fromGroup, toGroup);
        for (int window = window(fromGroup), end = window(toGroup); window < end; window++) {
            int from = first(window);
            int to = window * lanes;
            if (Species.SCALAR) {
                ScalarPooling.max(x, from, places, y, to, found, lanes);
            } else {
                Lanes.max(x, from, places, y, to, found, lanes);
            }
        }
    }

    /** y = the largest of each window, for groups in a range, without the places, which only gradients need. */
    public void max(float[] x, float[] y, int fromGroup, int toGroup) {
        check("x", x, "y", y, fromGroup, toGroup);
        for (int window = window(fromGroup), end = window(toGroup); window < end; window++) {
            max(!Species.SCALAR, x, first(window), places, y, window * lanes, lanes);
        }
    }

    /**
     * y = the largest of each window of one image that lies by itself, [height, width, channels] from an offset on, with the bits of
     * {@link #max(float[], float[], int, int)}.
     */
    public void maxOfOne(float[] x, int xOffset, float[] y, int yOffset) {
        checkOne(x, xOffset, y, yOffset);
        int channels = input.channels();
        boolean ready = MAX_OF_ONE.isReady();
        for (int window = 0, end = window(1); window < end; window++) {
            max(ready, x, xOffset + first(window) / GROUP, rowPlaces, y, yOffset + window * channels, channels);
        }
    }

    /** The largest numbers of a window, of so many lanes. */
    private static void max(boolean vectors, float[] x, int from, int[] places, float[] y, int to, int lanes) {
        int bound = vectors ? Lanes.max(x, from, places, y, to, lanes) : 0;
        for (int i = bound; i < lanes; i++) {
            float best = x[from + i];
            for (int p = 1; p < places.length; p++) {
                float value = x[from + places[p] + i];
                best = value <= best || Float.isNaN(best) ? best : value;
            }
            y[to + i] = best;
        }
    }

    /** dx = the gradient with respect to x, for groups in a range: dy, added at the places that {@link #max} found. */
    public void maxGradient(float[] dy, byte[] found, float[] dx, int fromGroup, int toGroup) {
        checkFound(found, toGroup);
        check("dx", dx, "dy", dy, fromGroup, toGroup);
        for (int g = fromGroup; g < toGroup; g++) { // one by one, so that it is still near when the windows come
            fill(dx, g);
            for (int window = window(g), end = window(g + 1); window < end; window++) {
                int from = window * lanes;
                int to = first(window);
                if (Species.SCALAR) {
                    ScalarPooling.maxGradient(dy, from, found, places, dx, to, lanes);
                } else {
                    Lanes.maxGradient(dy, from, found, places, dx, to, lanes, cuts);
                }
            }
        }
    }

    /** y = the average of each window, for groups in a range: the sum from +0 row by row, divided by the window's size. */
    public void average(float[] x, float[] y, int fromGroup, int toGroup) {
        check("x", x, "y", y, fromGroup, toGroup);
        for (int window = window(fromGroup), end = window(toGroup); window < end; window++) {
            int from = first(window);
            int to = window * lanes;
            if (Species.SCALAR) {
                ScalarPooling.average(x, from, places, y, to, lanes);
            } else {
                Lanes.average(x, from, places, y, to, lanes);
            }
        }
    }

    /**
     * y = the average of each window of one image that lies by itself, [height, width, channels] from an offset on, with the bits of
     * {@link #average}.
     */
    public void averageOfOne(float[] x, int xOffset, float[] y, int yOffset) {
        checkOne(x, xOffset, y, yOffset);
        int channels = input.channels();
        for (int window = 0, end = window(1); window < end; window++) {
            int from = xOffset + first(window) / GROUP;
            int to = yOffset + window * channels;
            Arrays.fill(y, to, to + channels, 0f);
            for (int place : rowPlaces) {
                for (int c = 0; c < channels; c++) {
                    y[to + c] += x[from + place + c];
                }
            }
            for (int c = to; c < to + channels; c++) {
                y[c] /= places.length;
            }
        }
    }

    /** dx = the gradient with respect to x, for groups in a range: dy divided by the window's size, added at all its places. */
    public void averageGradient(float[] dy, float[] dx, int fromGroup, int toGroup) {
        check("dx", dx, "dy", dy, fromGroup, toGroup);
        for (int g = fromGroup; g < toGroup; g++) {
            fill(dx, g);
            for (int window = window(g), end = window(g + 1); window < end; window++) {
                int from = window * lanes;
                int to = first(window);
                if (Species.SCALAR) {
                    ScalarPooling.averageGradient(dy, from, places, dx, to, lanes);
                } else {
                    Lanes.averageGradient(dy, from, places, dx, to, lanes, cuts);
                }
            }
        }
    }

    private void fill(float[] dx, int group) {
        if (!cuts || Species.SCALAR) {
            Arrays.fill(dx, group * GROUP * input.size(), (group + 1) * GROUP * input.size(), 0f);
        }
    }

    /** Windows before a group. */
    private int window(int group) {
        return group * output.height() * output.width();
    }

    /** Where the first place of a window begins in the images. */
    private int first(int window) {
        int row = window / output.width();
        int group = row / output.height();
        int place = (group * input.height() + row % output.height() * stride) * input.width()
                + window % output.width() * stride;
        return place * lanes;
    }

    private void check(String image, float[] x, String pooled, float[] y, int fromGroup, int toGroup) {
        Interleaved.check(image, x, input, fromGroup, toGroup);
        Interleaved.check(pooled, y, output, fromGroup, toGroup);
    }

    private void checkOne(float[] x, int xOffset, float[] y, int yOffset) {
        Check.range("x", x.length, xOffset, input.size());
        Check.range("y", y.length, yOffset, output.size());
    }

    private void checkFound(byte[] found, int toGroup) {
        if (places.length > MOST) {
            throw new IllegalArgumentException("a window of %d x %d has more than %d places".formatted(height, width,
                    MOST));
        }
        long n = (long) toGroup * GROUP * output.size();
        if (n > found.length) {
            throw new IndexOutOfBoundsException("found: %d elements do not fit an array of %d".formatted(n,
                    found.length));
        }
    }

    /** The same of vectors. */
    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final int LANES = S.length();
        /** As many bytes as there are lanes; 8, the fewest that there are vectors of, for 4 lanes. */
        private static final VectorSpecies<Byte> BYTES = LANES == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

        private Lanes() {
        }

        static void max(float[] x, int from, int[] places, float[] y, int to, byte[] found, int lanes) {
            if (places.length == 4 && LANES == BYTES.length()) {
                maxOfFour(x, from, places[1], places[2], places[3], y, to, found, lanes);
                return;
            }
            for (int i = 0; i < lanes; i += BYTES.length()) {
                ByteVector bytes = ByteVector.zero(BYTES);
                for (int part = 0; part < BYTES.length() / LANES; part++) {
                    int at = i + part * LANES;
                    FloatVector best = FloatVector.fromArray(S, x, from + at);
                    IntVector place = IntVector.zero(Species.INTS);
                    for (int p = 1; p < places.length; p++) {
                        FloatVector value = FloatVector.fromArray(S, x, from + places[p] + at);
                        VectorMask<Float> keep = keeps(best, value);
                        best = value.blend(best, keep);
                        place = IntVector.broadcast(Species.INTS, p).blend(place, keep.cast(Species.INTS));
                    }
                    best.intoArray(y, to + at);
                    // No or where there is one part: C2 may leave it a call, with vectors in boxes.
                    bytes = part == 0 ? bytes(place, 0) : bytes.or(bytes(place, part));
                }
                bytes.intoArray(found, to + i);
            }
        }

        /** The usual window: the larger of the first two, of the last two, and of both, which is the same. */
        private static void maxOfFour(float[] x, int from, int second, int third, int fourth, float[] y, int to,
                byte[] found, int lanes) {
            IntVector zero = IntVector.zero(Species.INTS);
            for (int i = 0; i < lanes; i += LANES) {
                FloatVector above = FloatVector.fromArray(S, x, from + i);
                FloatVector aboveRight = FloatVector.fromArray(S, x, from + second + i);
                FloatVector below = FloatVector.fromArray(S, x, from + third + i);
                FloatVector belowRight = FloatVector.fromArray(S, x, from + fourth + i);
                VectorMask<Float> left = keeps(above, aboveRight);
                IntVector place = zero.add(1).blend(0, left.cast(Species.INTS));
                above = aboveRight.blend(above, left);
                left = keeps(below, belowRight);
                IntVector placeBelow = zero.add(3).blend(2, left.cast(Species.INTS));
                below = belowRight.blend(below, left);
                VectorMask<Float> upper = keeps(above, below);
                below.blend(above, upper).intoArray(y, to + i);
                bytes(placeBelow.blend(place, upper.cast(Species.INTS)), 0).intoArray(found, to + i);
            }
        }

        private static ByteVector bytes(IntVector places, int part) {
            return (ByteVector) places.convertShape(VectorOperators.I2B, BYTES, -part);
        }

        /** Where the first is the larger, where they are equal, and where it is no number. */
        private static VectorMask<Float> keeps(FloatVector first, FloatVector second) {
            return second.compare(VectorOperators.LE, first).or(first.compare(VectorOperators.NE, first));
        }

        /** Returns where whole vectors end. */
        static int max(float[] x, int from, int[] places, float[] y, int to, int lanes) {
            int bound = S.loopBound(lanes);
            if (places.length == 4) {
                maxOfFour(x, from, places[1], places[2], places[3], y, to, bound);
            }
            for (int i = places.length == 4 ? bound : 0; i < bound; i += LANES) {
                FloatVector best = FloatVector.fromArray(S, x, from + i);
                for (int p = 1; p < places.length; p++) {
                    best = larger(best, FloatVector.fromArray(S, x, from + places[p] + i));
                }
                best.intoArray(y, to + i);
            }
            return bound;
        }

        /** The usual window: the larger of the first two, of the last two, and of both, which is the same. */
        private static void maxOfFour(float[] x, int from, int second, int third, int fourth, float[] y, int to,
                int n) {
            for (int i = 0; i < n; i += LANES) {
                FloatVector above = larger(FloatVector.fromArray(S, x, from + i),
                        FloatVector.fromArray(S, x, from + second + i));
                FloatVector below = larger(FloatVector.fromArray(S, x, from + third + i),
                        FloatVector.fromArray(S, x, from + fourth + i));
                larger(above, below).intoArray(y, to + i);
            }
        }

        /** The first where they are equal, or where it is no number. */
        private static FloatVector larger(FloatVector first, FloatVector second) {
            return second.blend(first, keeps(first, second));
        }

        static void maxGradient(float[] dy, int from, byte[] found, int[] places, float[] dx, int to, int lanes,
                boolean cuts) {
            if (cuts && places.length == 4 && LANES == BYTES.length()) {
                gradientOfFour(dy, from, found, dx, to, places[1], places[2], places[3], lanes);
                return;
            }
            for (int i = 0; i < lanes; i += BYTES.length()) {
                ByteVector bytes = ByteVector.fromArray(BYTES, found, from + i);
                for (int part = 0; part < BYTES.length() / LANES; part++) {
                    int at = i + part * LANES;
                    IntVector place = (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, Species.INTS,
                            part);
                    FloatVector d = FloatVector.fromArray(S, dy, from + at);
                    for (int p = 0; p < places.length; p++) {
                        FloatVector sum = cuts
                                ? FloatVector.zero(S)
                                : FloatVector.fromArray(S, dx, to + places[p] + at);
                        sum.blend(sum.add(d), is(place, p)).intoArray(dx, to + places[p] + at);
                    }
                }
            }
        }

        private static void gradientOfFour(float[] dy, int from, byte[] found, float[] dx, int to, int second,
                int third, int fourth, int lanes) {
            FloatVector zero = FloatVector.zero(S);
            for (int i = 0; i < lanes; i += LANES) {
                IntVector place = (IntVector) ByteVector.fromArray(BYTES, found, from + i)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Species.INTS, 0);
                FloatVector d = zero.add(FloatVector.fromArray(S, dy, from + i)); // -0 becomes +0
                zero.blend(d, is(place, 0)).intoArray(dx, to + i);
                zero.blend(d, is(place, 1)).intoArray(dx, to + second + i);
                zero.blend(d, is(place, 2)).intoArray(dx, to + third + i);
                zero.blend(d, is(place, 3)).intoArray(dx, to + fourth + i);
            }
        }

        private static VectorMask<Float> is(IntVector place, int p) {
            return place.compare(VectorOperators.EQ, p).cast(S);
        }

        static void average(float[] x, int from, int[] places, float[] y, int to, int lanes) {
            for (int i = 0; i < lanes; i += LANES) {
                FloatVector sum = FloatVector.zero(S);
                for (int place : places) {
                    sum = sum.add(FloatVector.fromArray(S, x, from + place + i));
                }
                sum.div(places.length).intoArray(y, to + i);
            }
        }

        static void averageGradient(float[] dy, int from, int[] places, float[] dx, int to, int lanes, boolean cuts) {
            for (int i = 0; i < lanes; i += LANES) {
                FloatVector share = FloatVector.fromArray(S, dy, from + i).div(places.length);
                for (int place : places) {
                    FloatVector sum = cuts ? FloatVector.zero(S) : FloatVector.fromArray(S, dx, to + place + i);
                    sum.add(share).intoArray(dx, to + place + i);
                }
            }
        }
    }
}
