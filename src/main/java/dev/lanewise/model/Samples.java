package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.sparse.SparseRows;
import java.util.Objects;

/** The images of a data set as networks take them: made once per data set and shared by all that read it. */
public final class Samples {
    private final ByteMatrix images;
    private final Shape shape;
    private SparseRows nonZeros; // null until a first layer asks for it

    /** Samples of that shape, a row each. */
    @SuppressWarnings("exports")
    public Samples(ByteMatrix images, Shape shape) {
        if (images.columns() != shape.size()) {
            throw new IllegalArgumentException("shape: images of %d bytes are not of %s".formatted(images.columns(),
                    shape));
        }
        this.images = Objects.requireNonNull(images);
        this.shape = shape;
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

    /** A bit for every byte that is not 0. */
    synchronized SparseRows nonZeros() {
        if (nonZeros == null) {
            nonZeros = new SparseRows(images);
        }
        return nonZeros;
    }
}
