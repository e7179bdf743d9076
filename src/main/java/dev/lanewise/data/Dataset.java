package dev.lanewise.data;

import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.sparse.SparseRows;

import java.util.Objects;

/**
 * Labelled images: {@code pixels} holds N images of {@code rows} x {@code columns} unsigned bytes, row-major, one after
 * the other (0 is paper, 255 is ink); {@code labels} holds N classes from 0 to 9.
 *
 * <p>Pixels stay bytes: a quarter of the memory of floats, and they are converted as a batch is gathered.
 */
public record Dataset(int rows, int columns, byte[] pixels, byte[] labels) {
    /** Number of classes: the ten digits. */
    public static final int CLASSES = 10;

    /** Checks that pixels and labels belong together. */
    public Dataset {
        Objects.requireNonNull(pixels, "pixels");
        Objects.requireNonNull(labels, "labels");
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException("images of %d x %d pixels".formatted(rows, columns));
        }
        if ((long) labels.length * rows * columns != pixels.length) {
            throw new IllegalArgumentException("%d labels need %d pixels, not %d"
                    .formatted(labels.length, (long) labels.length * rows * columns, pixels.length));
        }
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= CLASSES) {
                throw new IllegalArgumentException("label %d of image %d is not 0 to 9".formatted(labels[i] & 0xff, i));
            }
        }
    }

    /** Number of images, N. */
    public int size() {
        return labels.length;
    }

    /** Pixels per image: the number of inputs of a network. */
    public int features() {
        return rows * columns;
    }

    /** The images as rows of which zeros can be left out. */
    public SparseRows nonZeros() {
        return new SparseRows(new ByteMatrix(pixels, size(), features()));
    }
}
