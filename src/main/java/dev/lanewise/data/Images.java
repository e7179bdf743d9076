package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import org.jspecify.annotations.Nullable;

/** Images of a file without what they show. */
public final class Images {
    private final int count;
    private final Shape shape;
    private final byte[] pixels;
    private final @Nullable String note;

    /** Images of these pixels, [count, H, W, C], which are not copied. */
    public Images(int count, Shape shape, byte[] pixels, @Nullable String note) {
        this.count = count;
        this.shape = shape;
        this.pixels = pixels;
        this.note = note;
    }

    /** The number of images. */
    public int count() {
        return count;
    }

    /** The shape of each image, [H, W, C]. */
    public Shape shape() {
        return shape;
    }

    /** The pixels, [count, H, W, C], unsigned bytes; the array itself, as it may be large. */
    public byte[] pixels() {
        return pixels;
    }

    /** How they were taken, for people; null: as they are. */
    public @Nullable String note() {
        return note;
    }
}
