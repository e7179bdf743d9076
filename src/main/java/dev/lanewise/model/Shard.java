package dev.lanewise.model;

import dev.lanewise.kernel.core.Check;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one owner has of a parameter while it is trained: its values in the order that suits the products, in an array of his
 * own, so that nobody else's cache has them; or the parameter as it is. Its elements are blocks of rows, of which each
 * worker of a team takes some {@link Parts} where the team shares it.
 */
public final class Shard {
    /** Copies rows from to to - 1 of a parameter to where they are in the shard, or back. */
    interface Mover {
        /** Between two arrays, one like the parameter's and one like the shard's. */
        void move(float[] whole, float[] shard, int from, int to);
    }

    private final Parameter parameter;
    private final int blocks;
    private final int rows; // of a block
    private final int width; // of a row
    private final @Nullable Mover load; // null: the parameter as it is
    private final @Nullable Mover store; // likewise
    private final float[] value;
    private float @Nullable [] gradient; // null until asked for

    /** A part of a parameter, or one in another order: blocks of rows of {@code width} elements. */
    Shard(Parameter parameter, int blocks, int rows, int width, @Nullable Mover load, @Nullable Mover store) {
        this.parameter = parameter;
        this.blocks = blocks;
        this.rows = rows;
        this.width = width;
        this.load = load;
        this.store = store;
        value = load == null
                ? parameter.value()
                : new float[Check.elements(parameter.name(), List.of(blocks * rows, width))];
    }

    /** The parameter as it is: a shard of its own arrays. */
    public static Shard whole(Parameter parameter) {
        int rows = parameter.rows();
        return new Shard(parameter, 1, rows, parameter.size() / rows, null, null);
    }

    /** Columns from to end - 1 of a matrix of such rows, or elements of a vector, which is one row. */
    static Shard columns(Parameter parameter, int rows, int from, int end) {
        int columns = parameter.size() / rows;
        int width = end - from;
        return new Shard(parameter, 1, rows, width, (whole, shard, row, endRow) -> {
            for (int i = row; i < endRow; i++) {
                System.arraycopy(whole, i * columns + from, shard, i * width, width);
            }
        }, (whole, shard, row, endRow) -> {
            for (int i = row; i < endRow; i++) {
                System.arraycopy(shard, i * width, whole, i * columns + from, width);
            }
        });
    }

    /** What it is a part of. */
    public Parameter parameter() {
        return parameter;
    }

    /** The elements, in the shard's order. */
    public float[] value() {
        return value;
    }

    /** The gradient of the elements, in the same order; allocated when first asked for, before the first step. */
    public float[] gradient() {
        if (gradient == null) {
            gradient = arrayFor(parameter::gradient);
        }
        return gradient;
    }

    /** An array in the shard's order for one in the parameter's: that itself where they are the same. */
    public float[] arrayFor(Supplier<float[]> whole) {
        return load == null ? whole.get() : new float[value.length];
    }

    /** Copies parts from to to - 1 of {@link Parts#COUNT} to the shard's order. */
    public void load(float[] whole, float[] shard, int from, int to) {
        if (load != null) {
            load.move(whole, shard, row(from), row(to));
        }
    }

    /** Copies parts from to to - 1 of {@link Parts#COUNT} to the parameter's order. */
    public void store(float[] shard, float[] whole, int from, int to) {
        if (store != null) {
            store.move(whole, shard, row(from), row(to));
        }
    }

    private int row(int part) {
        return Parts.row(parameter, rows, part);
    }

    /** Blocks of rows. */
    public int blocks() {
        return blocks;
    }

    /** First element of a part of {@link Parts#COUNT} within a block; the end of the block for part {@link Parts#COUNT}. */
    public int element(int block, int part) {
        return (block * rows + row(part)) * width;
    }
}
