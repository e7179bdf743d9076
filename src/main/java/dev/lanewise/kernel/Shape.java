package dev.lanewise.kernel;

/**
 * The shape of one sample, [H, W, C]: an image, or what a layer makes of it. A vector of n is [1, 1, n].
 *
 * @param height rows
 * @param width columns
 * @param channels numbers at each place; innermost in memory
 */
public record Shape(int height, int width, int channels) {
    /** Checks that there is at least one element, and no more than an array holds. */
    public Shape {
        if (height < 1 || width < 1 || channels < 1 || (long) height * width > Integer.MAX_VALUE / channels) {
            throw new IllegalArgumentException(
                    "a shape of %,d x %,d x %,d is not from 1 number to as many as fit into an array".formatted(height,
                            width, channels));
        }
    }

    /** The shape of a vector. */
    public static Shape vector(int n) {
        return new Shape(1, 1, n);
    }

    /** Number of elements. */
    public int size() {
        return height * width * channels;
    }

    /** {@code 28 x 28}, {@code 28 x 28 x 3} where there are channels, {@code 128} for a vector. */
    @Override
    public String toString() {
        if (height == 1 && width == 1) {
            return String.valueOf(channels);
        }
        return height + " x " + width + (channels == 1 ? "" : " x " + channels);
    }
}
