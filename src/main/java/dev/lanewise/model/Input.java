package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.kernel.sparse.SparseBatch;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link Stage} reads: a batch of samples, row by row, and where the gradient with respect to them goes. It is the
 * output of the stage before or, for the first one, gathered from {@link Samples} in the form that this stage asked for.
 */
public final class Input {
    private static final int PREFETCHED = 16; // images at a time, 12 KiB of MNIST

    private final Shape shape;
    private final int capacity;
    private final Samples samples; // null: computed, or filled by a caller
    private final boolean overwritable;
    private final float[] gradient; // [capacity, size]; null where nobody needs it
    private float[] values; // [capacity, size]; of samples null until asked for
    private SparseBatch nonZeros; // null: not asked for

    private Input(Shape shape, int capacity, Samples samples, boolean overwritable, boolean gradient) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: at least 1, not %d".formatted(capacity));
        }
        this.shape = shape;
        this.capacity = capacity;
        this.samples = samples;
        this.overwritable = overwritable;
        this.gradient = gradient ? new float[Check.elements("a batch", List.of(capacity, shape.size()))] : null;
        values = samples == null ? new float[Check.elements("a batch", List.of(capacity, shape.size()))] : null;
    }

    /** Batches of up to {@code capacity} samples. */
    public static Input of(Samples samples, int capacity) {
        return new Input(samples.shape(), capacity, samples, false, false);
    }

    /** Batches of up to {@code capacity} samples that a caller writes to {@link #values}. */
    public static Input of(Shape shape, int capacity) {
        return new Input(shape, capacity, null, false, false);
    }

    /** As {@link #of(Shape, int)}, with the gradient with respect to the samples. */
    public static Input withGradient(Shape shape, int capacity) {
        return new Input(shape, capacity, null, false, true);
    }

    /**
     * The output of a stage that reads {@code x}.
     *
     * @param overwritable whether the stage does without it on the way back, so that the next one may work in place
     */
    public static Input output(Input x, Shape shape, Mode mode, boolean overwritable) {
        return new Input(shape, x.capacity, null, overwritable, mode.training());
    }

    /** The output of a stage that works element by element and, on the way back, with what came out: {@code x} if it may be. */
    public static Input inPlace(Input x, Mode mode) {
        return x.overwritable ? new Input(x) : output(x, x.shape, mode, false);
    }

    private Input(Input x) { // the same arrays, from now on needed as they are
        shape = x.shape;
        capacity = x.capacity;
        samples = null;
        overwritable = false;
        gradient = x.gradient;
        values = x.values;
    }

    /** Shape of one sample. */
    public Shape shape() {
        return shape;
    }

    /** Samples that there is room for. */
    public int capacity() {
        return capacity;
    }

    /** Makes room for samples as floats, unless the stage that reads them has asked for another form. */
    void allocate() {
        if (nonZeros == null) {
            values();
        }
    }

    /** The samples as floats, [capacity, size]. */
    public float[] values() {
        if (values == null) {
            values = new float[Check.elements("a batch", List.of(capacity, shape.size()))];
        }
        return values;
    }

    /** The gradient of the loss with respect to them, [capacity, size]; null where nobody needs it. */
    public float[] gradient() {
        return gradient;
    }

    /** The samples as their non-zeros, for products with {@code outputs} units, if that is possible and wanted. */
    Optional<SparseBatch> nonZeros(int outputs, Mode mode) {
        if (samples == null || mode.zeros() == Mode.Zeros.MULTIPLIED || !SparseBatch.supports(outputs)) {
            return Optional.empty();
        }
        // First without the density, which takes reading all images.
        if (mode.zeros() == Mode.Zeros.LEFT_OUT_IF_FASTER && !(SparseBatch.isWorthwhile(outputs, 0)
                && SparseBatch.isWorthwhile(outputs, samples.nonZeros().density()))) {
            return Optional.empty();
        }
        nonZeros = new SparseBatch(samples.nonZeros(), capacity, outputs, mode.tuning());
        return Optional.of(nonZeros);
    }

    /** The share of the samples' elements that the first stage computes with: 1 where zeros are not left out. */
    double density() {
        return nonZeros == null ? 1 : samples.nonZeros().density();
    }

    /** Rows from to to - 1 of the batch become the samples of these numbers, from the same places of the array. */
    public void gather(int[] numbers, int from, int to) {
        if (nonZeros != null) {
            for (int i = from; i < to; i++) {
                nonZeros.set(i, numbers[i]);
            }
        }
        if (values != null) {
            gatherValues(numbers, from, to);
        }
    }

    private void gatherValues(int[] numbers, int from, int to) {
        int size = shape.size();
        byte[] bytes = samples.images().bytes();
        for (int first = from; first < to; first += PREFETCHED) {
            int end = Math.min(first + PREFETCHED, to);
            for (int i = first; i < end; i++) { // so that all cache misses are under way together (LAB 35)
                Pixels.prefetch(bytes, samples.images().offset(numbers[i]), size);
            }
            for (int i = first; i < end; i++) {
                Pixels.toFloats(bytes, samples.images().offset(numbers[i]), values, i * size, size);
            }
        }
    }
}
