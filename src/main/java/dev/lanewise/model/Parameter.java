package dev.lanewise.model;

import dev.lanewise.kernel.core.Check;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An array that belongs to a layer: its values, the gradient of the loss beside them, and what training may do to it.
 *
 * <p>Workers share its {@link #rows}: those of a matrix, which all extents but the last number, or the elements of a vector
 * ({@link Parts}).
 */
public final class Parameter {
    private static final int GRAIN = 16; // of a vector a cache line, of a matrix the rows of a tile

    private final String name;
    private final List<Integer> shape;
    private final int size;
    private float @Nullable [] value; // null until asked for, so that a description costs no memory
    private float @Nullable [] gradient; // null until asked for: plain descent and evaluation never write one
    private int grain = GRAIN;
    private boolean decays;
    private boolean trained = true;

    private Parameter(String name, boolean decays, List<Integer> shape) {
        this.name = name;
        this.shape = List.copyOf(shape);
        this.decays = decays;
        size = Check.elements(name, shape);
    }

    /** Weights of 0, which decay. */
    public static Parameter weight(String name, Integer... shape) {
        return new Parameter(name, true, List.of(shape));
    }

    /** Biases of 0, or others that do not decay. */
    public static Parameter bias(String name, Integer... shape) {
        return new Parameter(name, false, List.of(shape));
    }

    /** As in the model file: {@code dense1.weight}. */
    public String name() {
        return name;
    }

    /** Row-major; [in, out] for weights, [out] for biases. */
    public List<Integer> shape() {
        return shape;
    }

    /** Rows that workers share: elements over the last extent, or for a vector all elements. */
    public int rows() {
        return shape.size() == 1 ? size : size / shape.getLast();
    }

    /** Rows that stay together where workers share them. */
    int grain() {
        return grain;
    }

    /** Lets workers share runs of so many rows: fewer where there are few and each is much work. */
    Parameter setGrain(int grain) {
        this.grain = grain;
        return this;
    }

    /** Number of elements. */
    public int size() {
        return size;
    }

    /** The elements, which training changes. */
    public synchronized float[] value() {
        if (value == null) {
            value = new float[size];
        }
        return value;
    }

    /** The gradient of the batch's mean loss, of the same shape; allocated when first asked for, before the first step. */
    public synchronized float[] gradient() {
        if (gradient == null) {
            gradient = new float[size];
        }
        return gradient;
    }

    /** Whether weight decay applies: to weights, not to biases. */
    public boolean decays() {
        return decays;
    }

    /** Lets weight decay apply or not. */
    public Parameter setDecays(boolean decays) {
        this.decays = decays;
        return this;
    }

    /** Whether training changes it. */
    public boolean isTrained() {
        return trained;
    }

    /** Freezes it for trainings that begin from now on, whatever their optimizer, or lets it be trained again. */
    public Parameter setTrained(boolean trained) {
        this.trained = trained;
        return this;
    }
}
