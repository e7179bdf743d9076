package dev.lanewise.kernel;

/**
 * A matrix of unsigned bytes as the non-zeros of each row, in ascending columns. 81 % of MNIST's pixels are 0, and
 * {@code fma(0, w, sum)} is {@code sum}: leaving them out of a product changes no bit, as long as w is finite.
 */
public final class SparseRows {
    /** A byte's value between 0 and 1, as {@link Pixels} gives it. */
    static final float[] VALUES = values();

    final int[] entries; // column << 8 | byte
    final int[] starts; // [rows + 1], where each row's entries begin
    private final int columns;

    private SparseRows(int[] entries, int[] starts, int columns) {
        this.entries = entries;
        this.starts = starts;
        this.columns = columns;
    }

    /** The non-zeros of x [rows, columns]. */
    public static SparseRows of(byte[] x, int rows, int columns) {
        Check.size("rows", rows);
        Check.size("columns", columns);
        Check.matrix("x", x.length, 0, rows, columns, Math.max(1, columns));
        int[] starts = new int[rows + 1];
        for (int i = 0; i < rows; i++) {
            int count = 0;
            for (int at = i * columns, end = at + columns; at < end; at++) {
                count += x[at] == 0 ? 0 : 1;
            }
            starts[i + 1] = starts[i] + count;
        }
        int[] entries = new int[starts[rows]];
        int next = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                int value = x[i * columns + j] & 0xff;
                if (value != 0) {
                    entries[next++] = j << 8 | value;
                }
            }
        }
        return new SparseRows(entries, starts, columns);
    }

    /** The share of elements of x [rows, columns] that are not 0; 0 of no elements. */
    public static double density(byte[] x) {
        long count = 0;
        for (byte value : x) {
            count += value == 0 ? 0 : 1;
        }
        return x.length == 0 ? 0 : (double) count / x.length;
    }

    /** Number of rows. */
    public int rows() {
        return starts.length - 1;
    }

    /** Number of columns. */
    public int columns() {
        return columns;
    }

    private static float[] values() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < 256; i++) {
            bytes[i] = (byte) i;
        }
        float[] values = new float[256];
        Pixels.toFloats(bytes, 0, values, 0, 256);
        return values;
    }

    @Override
    public String toString() {
        return "%d x %d, %d entries".formatted(rows(), columns, entries.length);
    }
}
