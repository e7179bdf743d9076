package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of images that are stored as bare numbers: which number is full ink, and what shape they have. A table of
 * numbers says neither, so both are told from all of its values and from how many there are to an image.
 */
final class PixelTable {
    static final int INK = 255;
    /** How images are taken that {@link #isChannelsFirst}. */
    static final String CHANNELS_FIRST = "taken as [N, C, H, W]";

    private double largest;
    private boolean fractional;
    private boolean channelsFirst;

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

    /** Takes note of the extents of an array of images. */
    void add(int[] extents) {
        channelsFirst |= isChannelsFirst(extents);
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

    /** What becomes of the values and the order of channels, for people; null if nothing. */
    @Nullable
    String note() {
        List<String> notes = new ArrayList<>();
        if (channelsFirst) {
            notes.add(CHANNELS_FIRST);
        }
        if (fullInk() != INK) {
            notes.add("values 0 to " + fullInk() + " scaled to 0 to " + INK);
        }
        return notes.isEmpty() ? null : String.join(", ", notes);
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

    /** Of images [N, H, W], [N, H, W, C] or [N, C, H, W]. */
    static Shape shape(int[] extents) {
        return extents.length == 3
                ? new Shape(extents[1], extents[2], 1)
                : isChannelsFirst(extents)
                        ? new Shape(extents[2], extents[3], extents[1])
                        : new Shape(extents[1], extents[2], extents[3]);
    }

    /** Whether images are [N, C, H, W], as some programs keep them: one or three channels lie there, and not at the end. */
    static boolean isChannelsFirst(int[] extents) {
        return extents.length == 4 && isChannels(extents[1]) && !isChannels(extents[3]);
    }

    private static boolean isChannels(int extent) {
        return extent == 1 || extent == 3;
    }

    /** The same images with their channels innermost; those that have them there already are not copied. */
    static byte[] channelsLast(int[] extents, byte[] pixels) {
        if (!isChannelsFirst(extents) || extents[1] == 1) {
            return pixels;
        }
        int channels = extents[1];
        int plane = extents[2] * extents[3];
        byte[] last = new byte[pixels.length];
        for (int image = 0; image < pixels.length; image += channels * plane) {
            for (int i = 0; i < channels * plane; i++) {
                last[image + i % plane * channels + i / plane] = pixels[image + i];
            }
        }
        return last;
    }
}
