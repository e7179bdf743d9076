package dev.lanewise.model;

import dev.lanewise.kernel.Interleaved;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.sparse.SparseBatch;
import dev.lanewise.kernel.sparse.SparseRows;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Stage} reads: a batch of samples, row by row, and where the gradient with respect to them goes. It is the
 * output of the stage before or, for the first one, gathered from {@link Samples} in the form that this stage asked for.
 */
public final class Input {
    private static final int PREFETCHED = 16; // images at a time, 12 KiB of MNIST

    private final Shape shape;
    private final int capacity;
    private final @Nullable Samples samples; // null: computed, or filled by a caller
    private final boolean overwritable;
    private final float @Nullable [] gradient; // in the layout; null where nobody needs it
    private final boolean handed; // whether a caller hands the samples over as bytes
    private Layout layout; // of samples until somebody takes them
    private float @Nullable [] values; // in the layout; of samples null until asked for
    private @Nullable SparseBatch nonZeros; // null: not asked for
    private final @Nullable ByteMatrix varied; // of a batch, where its samples vary or are handed over
    private @Nullable SparseRows variedRows; // null: not asked for
    private float @Nullable [] floats; // of samples handed over, where they can be non-zeros but turn out not to be sparse
    private final int[] places; // 0, 1, ...: of the samples of a batch among those that vary; empty where none do
    private long step; // in which they vary

    private Input(Shape shape, int capacity, Layout layout, @Nullable Samples samples, boolean overwritable,
            boolean gradient) {
        this(shape, capacity, layout, samples, overwritable, gradient, null);
    }

    /** @param handed where a caller's pixels go, which {@code samples} are; else null */
    private Input(Shape shape, int capacity, Layout layout, @Nullable Samples samples, boolean overwritable,
            boolean gradient,
            @Nullable ByteMatrix handed) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: at least 1, not %d".formatted(capacity));
        }
        this.shape = shape;
        this.capacity = capacity;
        this.layout = layout;
        this.samples = samples;
        this.overwritable = overwritable;
        this.gradient = gradient ? new float[length()] : null;
        values = samples == null ? new float[length()] : null;
        this.handed = handed != null;
        varied = handed != null || samples == null || samples.variation() == null
                ? handed
                : new ByteMatrix(new byte[Math.multiplyExact(capacity, shape.size())], capacity, shape.size());
        places = IntStream.range(0, varied == null ? 0 : capacity).toArray();
    }

    private int length() {
        return Check.elements("a batch",
                List.of(Math.ceilDiv(capacity, layout.group()) * layout.group(), shape.size()));
    }

    /** Batches of up to {@code capacity} of these samples, which {@link #gather} picks by their numbers. */
    public static Input of(Samples samples, int capacity) {
        return new Input(samples.shape(), capacity, Layout.ROWS, samples, false, false);
    }

    /** Batches of up to {@code capacity} samples that a caller writes to {@link #values}. */
    public static Input of(Shape shape, int capacity) {
        return new Input(shape, capacity, Layout.ROWS, null, false, false);
    }

    /**
     * Batches of up to {@code capacity} samples that a caller hands over as {@linkplain #put bytes}; the stage that reads them may
     * leave out their zeros.
     */
    public static Input ofPixels(Shape shape, int capacity) {
        ByteMatrix bytes = new ByteMatrix(new byte[Check.elements("a batch", List.of(capacity, shape.size()))],
                capacity,
                shape.size());
        return new Input(shape, capacity, Layout.ROWS, new Samples(bytes, shape), false, false, bytes);
    }

    /**
     * Batches of up to {@code capacity} samples that a caller writes to {@link #values}, row by row, with the gradient of the loss
     * with respect to them.
     */
    public static Input withGradient(Shape shape, int capacity) {
        return withGradient(shape, capacity, Layout.ROWS);
    }

    /**
     * Batches of up to {@code capacity} samples that a caller writes to {@link #values} in a layout, with the gradient of the loss
     * with respect to them.
     */
    public static Input withGradient(Shape shape, int capacity, Layout layout) {
        return new Input(shape, capacity, layout, null, false, true);
    }

    /**
     * The output of a stage that reads {@code x}, in its layout.
     *
     * @param overwritable whether the stage does without it on the way back, so that the next one may work in place
     */
    public static Input output(Input x, Shape shape, Mode mode, boolean overwritable) {
        return new Input(shape, x.capacity, x.layout, null, overwritable, mode.training());
    }

    /** The output of a stage that works element by element and, on the way back, with what came out: {@code x} if it may be. */
    public static Input inPlace(Input x, Mode mode) {
        return x.overwritable ? new Input(x) : output(x, x.shape, mode, false);
    }

    private Input(Input x) { // the same arrays, from now on needed as they are
        shape = x.shape;
        capacity = x.capacity;
        layout = x.layout;
        samples = null;
        overwritable = false;
        handed = false;
        varied = null;
        places = new int[0];
        gradient = x.gradient;
        values = x.values;
    }

    /** A copy of this in another layout, with a gradient exactly where this has one. */
    Input in(Layout other, Mode mode) {
        return new Input(shape, capacity, other, null, true, mode.training() && hasGradient());
    }

    /** Whether it has that layout: samples that nobody has taken yet can have any. */
    boolean take(Layout wanted) {
        if (samples != null && values == null && nonZeros == null) {
            layout = wanted;
        }
        return layout == wanted;
    }

    /** How the samples lie in {@link #values} and {@link #gradient}. */
    public Layout layout() {
        return layout;
    }

    /** First element of a sample, and of those that go together with it; {@code sample} is the first of them. */
    public int offset(int sample) {
        return sample * shape.size();
    }

    /** Elements of samples from to to - 1, and of those that go together with the last one. */
    public int length(int from, int to) {
        return (Math.ceilDiv(to, layout.group()) * layout.group() - from) * shape.size();
    }

    /** The elements of one sample, in the order of its shape, whatever the layout of the array, which is {@link #values} or {@link #gradient}. */
    public float[] sample(float[] array, int sample) {
        int group = layout.group();
        float[] elements = new float[shape.size()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = array[(sample / group * elements.length + i) * group + sample % group];
        }
        return elements;
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

    /** The samples as floats: [capacity, size] where they lie row by row. */
    public float[] values() {
        if (values == null) {
            values = new float[length()];
        }
        return values;
    }

    /** Whether the gradient of the loss with respect to them is needed. */
    public boolean hasGradient() {
        return gradient != null;
    }

    /**
     * The gradient of the loss with respect to them, in the same layout.
     *
     * @throws IllegalStateException where nobody needs it, as {@link #hasGradient} tells
     */
    public float[] gradient() {
        if (gradient == null) {
            throw new IllegalStateException(
                    "nobody needs the gradient with respect to this batch; ask hasGradient first");
        }
        return gradient;
    }

    /** The samples as their non-zeros, for products with {@code outputs} units, if that is possible and wanted. */
    Optional<SparseBatch> nonZeros(int outputs, Mode mode) {
        if (samples == null || layout != Layout.ROWS || mode.zeros() == Mode.Zeros.MULTIPLIED
                || !SparseBatch.supports(outputs)) {
            return Optional.empty();
        }
        // First without the density, which takes reading all images; of those to come it is not known.
        if (mode.zeros() == Mode.Zeros.LEFT_OUT_IF_FASTER && !(SparseBatch.isWorthwhile(outputs, 0)
                && (handed || SparseBatch.isWorthwhile(outputs, samples.nonZeros().density())))) {
            return Optional.empty();
        }
        floats = handed ? new float[length()] : null;
        variedRows = varied == null ? null : new SparseRows(varied);
        SparseBatch batch = new SparseBatch(variedRows == null ? samples.nonZeros() : variedRows, capacity, outputs,
                mode.tuning());
        nonZeros = batch;
        return Optional.of(batch);
    }

    /** The share of the samples' elements that the first stage computes with: 1 where zeros are not left out. */
    double density() {
        return nonZeros == null || samples == null ? 1 : samples.nonZeros().density();
    }

    /** Whether leaving out the zeros of samples from to to - 1 pays; where the samples are known before, that is decided. */
    boolean isSparse(int outputs, int from, int to) {
        return !handed || variedRows == null || SparseBatch.isWorthwhile(outputs, variedRows.density(from, to));
    }

    /** Samples from to to - 1, of which the non-zeros were asked for, as floats in their places of [capacity, size]. */
    float[] floats(int from, int to) {
        if (varied == null || floats == null) {
            throw notHanded();
        }
        int size = shape.size();
        Pixels.toFloats(varied.bytes(), varied.offset(from), floats, from * size, (to - from) * size);
        return floats;
    }

    /**
     * Samples from to to - 1 become images that a caller {@linkplain #ofPixels hands over}.
     *
     * @param pixels unsigned bytes, a sample after the other, from an offset on
     */
    public void put(byte[] pixels, int offset, int from, int to) {
        if (varied == null) {
            throw notHanded();
        }
        System.arraycopy(pixels, offset, varied.bytes(), varied.offset(from), (to - from) * shape.size());
        for (int i = from; i < to && variedRows != null; i++) {
            variedRows.refresh(i);
        }
        gather(varied, places, from, to);
    }

    private static IllegalStateException notHanded() {
        return new IllegalStateException("nobody hands this batch over as bytes: Input.ofPixels makes one");
    }

    /** Begins a step, in which samples vary anew. */
    void begin(long step) {
        this.step = step;
    }

    /** Rows from to to - 1 of the batch become the samples of these numbers, from the same places of the array. */
    public void gather(int[] numbers, int from, int to) {
        if (samples == null) {
            throw new IllegalStateException("this batch is of no samples: Input.of(samples, capacity) makes one");
        }
        ByteMatrix images = samples.images();
        Samples.Variation variation = samples.variation();
        if (varied == null || variation == null) {
            gather(images, numbers, from, to);
            return;
        }
        for (int i = from; i < to; i++) {
            variation.apply(step, numbers[i], images.bytes(), images.offset(numbers[i]), varied.bytes(),
                    varied.offset(i));
            if (variedRows != null) {
                variedRows.refresh(i);
            }
        }
        gather(varied, places, from, to);
    }

    private void gather(ByteMatrix images, int[] numbers, int from, int to) {
        if (nonZeros != null) {
            for (int i = from; i < to; i++) {
                nonZeros.set(i, numbers[i]);
            }
        }
        if (values != null && layout == Layout.ROWS) {
            gatherRows(images, numbers, values, from, to);
        } else if (values != null) {
            Interleaved.fromPixels(images.bytes(), images.columns(), numbers, to, values, from / Interleaved.GROUP,
                    Interleaved.groups(to));
        }
    }

    private void gatherRows(ByteMatrix images, int[] numbers, float[] rows, int from, int to) {
        int size = shape.size();
        byte[] bytes = images.bytes();
        for (int first = from; first < to; first += PREFETCHED) {
            int end = Math.min(first + PREFETCHED, to);
            for (int i = first; i < end; i++) { // so that all cache misses are under way together (LAB 35)
                Pixels.prefetch(bytes, images.offset(numbers[i]), size);
            }
            for (int i = first; i < end; i++) {
                Pixels.toFloats(bytes, images.offset(numbers[i]), rows, i * size, size);
            }
        }
    }
}
