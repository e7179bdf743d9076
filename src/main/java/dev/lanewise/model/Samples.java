package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.sparse.SparseRows;
import org.jspecify.annotations.Nullable;

/**
 * Images as networks read them, N samples of H x W x C unsigned bytes: made once per data set and shared by all that read it.
 * They never change.
 */
public final class Samples {
    private final ByteMatrix images;
    private final Shape shape;
    private final @Nullable Variation variation; // null: none

    /** Makes another image of a sample, in every step a new one: augmentation. */
    @FunctionalInterface
    public interface Variation {
        /**
         * Writes what becomes of a sample in a step, as many bytes as a sample has.
         *
         * @param step of the training, from 0
         * @param number of the sample, from 0
         * @param images unsigned bytes, to be read only
         * @param offset where the sample begins in {@code images}
         * @param out to write to
         * @param outOffset where to begin in {@code out}
         */
        void apply(long step, int number, byte[] images, int offset, byte[] out, int outOffset);
    }

    /**
     * Samples of a shape. The array is kept, not copied: it must not change from now on.
     *
     * @param pixels unsigned bytes, [N, H, W, C]
     * @throws IllegalArgumentException if they are not N whole samples
     */
    public Samples(byte[] pixels, Shape shape) {
        if (pixels.length % shape.size() != 0) {
            throw new IllegalArgumentException("pixels: %d bytes are no whole number of samples of %s"
                    .formatted(pixels.length, shape));
        }
        this(new ByteMatrix(pixels, pixels.length / shape.size(), shape.size()), shape);
    }

    Samples(ByteMatrix images, Shape shape) {
        this(images, shape, null);
    }

    private Samples(ByteMatrix images, Shape shape, @Nullable Variation variation) {
        this.images = images;
        this.shape = shape;
        this.variation = variation;
    }

    /** These samples, varied as they are gathered; the pixels are shared. */
    public Samples varied(Variation variation) {
        return new Samples(images, shape, variation);
    }

    /**
     * These samples, taken as another shape with as many elements: images as vectors, say; the pixels are shared.
     *
     * @throws IllegalArgumentException if it has more elements or fewer
     */
    public Samples reshaped(Shape other) {
        if (other.size() != shape.size()) {
            throw new IllegalArgumentException("shape: samples of %s are not of %s".formatted(shape, other));
        }
        return new Samples(images, other, variation);
    }

    /** Shape of one sample. */
    public Shape shape() {
        return shape;
    }

    /** Number of samples. */
    public int size() {
        return images.rows();
    }

    ByteMatrix images() {
        return images;
    }

    /** What makes other images of them; null: nothing. */
    @Nullable
    Variation variation() {
        return variation;
    }

    /** A bit for every byte that is not 0. */
    SparseRows nonZeros() {
        return SparseRows.of(images);
    }
}
