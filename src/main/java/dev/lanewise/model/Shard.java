package dev.lanewise.model;

/**
 * A part of a parameter that has one owner while it is trained: his values and their gradient, in arrays of his own, so that
 * nobody else's cache has them; or a parameter as it is, which all workers share by {@link Parts}.
 */
public final class Shard {
    /** Where the elements of a shard lie in the parameter. */
    interface Layout {
        /** Elements of the shard. */
        int size();

        /** From an array like the parameter's to one like the shard's. */
        void load(float[] whole, float[] shard);

        /** From an array like the shard's to one like the parameter's. */
        void store(float[] shard, float[] whole);
    }

    private final Parameter parameter;
    private final Layout layout; // null: the parameter as it is
    private final float[] value;
    private float[] gradient; // null until asked for

    /** A part of a parameter, with the values of that. */
    Shard(Parameter parameter, Layout layout) {
        this.parameter = parameter;
        this.layout = layout;
        value = new float[layout.size()];
    }

    private Shard(Parameter parameter) {
        this.parameter = parameter;
        layout = null;
        value = parameter.value();
    }

    /** The parameter as it is: a shard of its own arrays. */
    public static Shard whole(Parameter parameter) {
        return new Shard(parameter);
    }

    /** Columns from to end - 1 of a matrix, or elements of a vector, row by row. */
    static Shard columns(Parameter parameter, int rows, int columns, int from, int end) {
        return new Shard(parameter, new Layout() {
            @Override
            public int size() {
                return rows * (end - from);
            }

            @Override
            public void load(float[] whole, float[] shard) {
                for (int i = 0; i < rows; i++) {
                    System.arraycopy(whole, i * columns + from, shard, i * (end - from), end - from);
                }
            }

            @Override
            public void store(float[] shard, float[] whole) {
                for (int i = 0; i < rows; i++) {
                    System.arraycopy(shard, i * (end - from), whole, i * columns + from, end - from);
                }
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
            gradient = layout == null ? parameter.gradient() : new float[value.length];
        }
        return gradient;
    }

    /** An array in the shard's order for one that is in the parameter's: that itself where they are the same. */
    public float[] arrayFor(float[] whole) {
        return layout == null ? whole : new float[value.length];
    }

    /** Copies to the shard's order. */
    public void load(float[] whole, float[] shard) {
        if (layout != null) {
            layout.load(whole, shard);
        }
    }

    /** Copies to the parameter's order. */
    public void store(float[] shard, float[] whole) {
        if (layout != null) {
            layout.store(shard, whole);
        }
    }

    /** First element of part {@code part} of {@link Parts#COUNT}; a part of a parameter is taken whole by its owner. */
    public int element(int part) {
        if (layout == null) {
            return Parts.element(parameter, part);
        }
        return part < Parts.COUNT ? 0 : value.length;
    }
}
