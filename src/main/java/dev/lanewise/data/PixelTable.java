package dev.lanewise.data;

import dev.lanewise.kernel.Shape;

/**
 * What is known of images that are stored as bare numbers: which number is full ink, and what shape they have. A table of
 * numbers says neither, so both are told from all of its values and from how many there are to an image.
 */
final class PixelTable {
    static final int INK = 255;

    private double largest;
    private boolean fractional;

    /** Takes note of a value that is there. */
    void add(double value) {
        largest = Math.max(largest, value);
        fractional |= value != Math.rint(value);
    }

    /** Takes note of all values of another table, which belongs to this one. */
    void add(PixelTable other) {
        largest = Math.max(largest, other.largest);
        fractional |= other.fractional;
    }

    /** Whether some value is not whole, so that rounded ones do not tell all. */
    boolean isFractional() {
        return fractional;
    }

    /**
     * The number that stands for full ink: 1, 16 (as in the digits of 8 x 8 that scikit-learn has) or 255, the first that no
     * value is above. One image of a set then says the same as all do, unless it has next to no ink.
     */
    int fullInk() {
        return largest == 0 ? INK : largest <= 1 ? 1 : largest <= 16 ? 16 : INK;
    }

    /** What becomes of the values, for people; null if nothing. */
    String note() {
        return fullInk() == INK ? null : "values 0 to " + fullInk() + " scaled to 0 to " + INK;
    }

    /** The byte for a value from 0 to {@code fullInk}. */
    static byte pixel(double value, int fullInk) {
        return (byte) (value * INK / fullInk + 0.5);
    }

    /** Scales whole numbers that are there as bytes. */
    static void scale(byte[] pixels, int fullInk) {
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = pixel(pixels[i] & 0xff, fullInk);
        }
    }

    /** A square of one channel where that many pixels make one, else a vector. */
    static Shape shape(int pixels) {
        int side = (int) Math.round(Math.sqrt(pixels));
        return side * side == pixels ? new Shape(side, side, 1) : Shape.vector(pixels);
    }
}
