package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.sparse.SparseRows;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The images of a data set as networks take them: made once per data set and shared by all that read it. */
public final class Samples {
    private final ByteMatrix images;
    private final Shape shape;
    private final @Nullable Variation variation; // null: none

    /** Makes another image of a sample, in every step a new one: augmentation. */
    @FunctionalInterface
    public interface Variation {
        /** Writes to {@code out} what becomes of sample {@code number}, which lies in {@code images}, in a step. */
        void apply(long step, int number, byte[] images, int offset, byte[] out, int outOffset);
    }

    /** Samples of that shape, a row each. */
    public Samples(ByteMatrix images, Shape shape) {
        this(images, shape, null);
    }

    /** Samples that are varied as they are gathered. */
    public Samples(ByteMatrix images, Shape shape, @Nullable Variation variation) {
        if (images.columns() != shape.size()) {
            throw new IllegalArgumentException("shape: images of %d bytes are not of %s".formatted(images.columns(),
                    shape));
        }
        this.images = Objects.requireNonNull(images);
        this.shape = shape;
        this.variation = variation;
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
