package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Samples;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Labelled images of one shape, which never change: N images of H x W x C unsigned bytes (0 is paper, 255 is ink), and
 * the class of each.
 *
 * <p>Pixels stay bytes: a quarter of the memory of floats, and they are converted as a batch is gathered.
 */
public final class Dataset {
    /** The most classes that a label, an unsigned byte, can tell apart. */
    public static final int MAX_CLASSES = 256;

    private final Shape shape;
    private final byte[] pixels; // [N, H, W, C], unsigned
    private final Samples samples; // of the same array
    private final byte[] labels; // [N], unsigned
    private final List<String> classes;

    /**
     * A data set with copies of these arrays.
     *
     * @param shape of an image
     * @param pixels unsigned bytes, [N, H, W, C]: N images, one after the other, row-major, channels innermost
     * @param labels N unsigned bytes, indices into {@code classes}
     * @param classes names of the 2 to 256 classes
     * @throws IllegalArgumentException if there are not as many pixels as the labels need, or a label is of no class
     */
    public static Dataset of(Shape shape, byte[] pixels, byte[] labels, List<String> classes) {
        return new Dataset(shape, pixels.clone(), labels.clone(), classes);
    }

    /** Keeps the arrays, which must not change from now on. */
    Dataset(Shape shape, byte[] pixels, byte[] labels, List<String> classes) {
        if (classes.size() < 2 || classes.size() > MAX_CLASSES) {
            throw new IllegalArgumentException("classes: from 2 to %d, not %d".formatted(MAX_CLASSES, classes.size()));
        }
        if ((long) labels.length * shape.size() != pixels.length) {
            throw new IllegalArgumentException("%d labels need %d pixels, not %d"
                    .formatted(labels.length, (long) labels.length * shape.size(), pixels.length));
        }
        for (int i = 0; i < labels.length; i++) {
            if ((labels[i] & 0xff) >= classes.size()) {
                throw new IllegalArgumentException("label %d of image %d is not 0 to %d"
                        .formatted(labels[i] & 0xff, i, classes.size() - 1));
            }
        }
        this.shape = shape;
        this.pixels = pixels;
        this.samples = new Samples(pixels, shape);
        this.labels = labels;
        this.classes = List.copyOf(classes);
    }

    /** Number of images, N. */
    public int size() {
        return labels.length;
    }

    /** Rows, columns and channels of an image. */
    public Shape shape() {
        return shape;
    }

    /** The names of the classes, by label. */
    public List<String> classes() {
        return classes;
    }

    /**
     * The class of an image, an index into {@link #classes}.
     *
     * @param image from 0 to {@link #size} - 1
     */
    public int label(int image) {
        return labels[image] & 0xff;
    }

    /** A copy of all labels, unsigned bytes. */
    public byte[] labels() {
        return labels.clone();
    }

    /**
     * A copy of an image's pixels, [H, W, C], unsigned bytes: 0 is paper, 255 is ink.
     *
     * @param image from 0 to {@link #size} - 1
     */
    public byte[] pixels(int image) {
        int from = Objects.checkIndex(image, labels.length) * shape.size(); // copyOfRange would pad
        return Arrays.copyOfRange(pixels, from, from + shape.size());
    }

    /** A copy of all images' pixels, [N, H, W, C], unsigned bytes. */
    public byte[] pixels() {
        return pixels.clone();
    }

    /** All images as networks read them, without a copy: for {@code Input.of(data.samples(), capacity)}. */
    public Samples samples() {
        return samples;
    }

    /**
     * A data set of copies of some images.
     *
     * @param chosen their indices, from 0 to {@link #size} - 1, in the order that the copy is to have
     */
    public Dataset subset(int[] chosen) {
        int size = shape.size();
        byte[] chosenPixels = new byte[Math.multiplyExact(chosen.length, size)];
        byte[] chosenLabels = new byte[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            int image = Objects.checkIndex(chosen[i], labels.length);
            System.arraycopy(pixels, image * size, chosenPixels, i * size, size);
            chosenLabels[i] = labels[image];
        }
        return new Dataset(shape, chosenPixels, chosenLabels, classes);
    }

    /** Images of each class, by label. */
    public int[] counts() {
        int[] counts = new int[classes.size()];
        for (byte label : labels) {
            counts[label & 0xff]++;
        }
        return counts;
    }

    /** The array itself, for readers of this package, which do not change it. */
    byte[] uncopied() {
        return pixels;
    }
}
