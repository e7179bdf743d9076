package dev.lanewise.kernel;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A batch of rows x of {@link SparseRows}, and the two products that a first layer makes of them: {@code x w} forward
 * and {@code x^T dz} for the gradient of w. Both are sums of rows of a dense matrix, each times a number, and both
 * have the bits of {@link Gemm}'s chains, for zeros change nothing there.
 *
 * <p>A sum keeps up to 8 vectors of columns in registers and reads a row of the matrix from L2 for every entry. The
 * outer loop goes over such blocks of columns, so that a block of w (784 x 128 floats, 392 KiB) stays in L2 for all
 * rows of a batch. For the gradient, entries are listed by column first: {@link #list}.
 */
public final class SparseBatch {
    private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
    private static final int LANES = S.length();
    private static final int BLOCK = 8; // vectors

    private final SparseRows data;
    private final int capacity;
    private final int[] rows; // [capacity], of data
    private final int[] lists; // [columns, capacity], the entries of a column: row of the batch << 8 | byte
    private final int[] counts; // [columns], entries of each list

    /** A batch of at most {@code capacity} rows. */
    public SparseBatch(SparseRows data, int capacity) {
        this.data = data;
        this.capacity = capacity;
        rows = new int[capacity];
        lists = new int[Math.multiplyExact(capacity, data.columns())];
        counts = new int[data.columns()];
    }

    /** Whether products with so many columns are offered: at least a vector of them. */
    public static boolean fits(int columns) {
        return columns >= LANES;
    }

    /** Row i of the batch is row {@code row} of the data. */
    public void set(int i, int row) {
        rows[i] = row;
    }

    /** y = x w for rows from to to - 1 of the batch; w [columns of x, n], y [capacity, n]. */
    public void multiply(int from, int to, int n, float[] w, float[] y) {
        Check.fromTo(from, to, "batch", capacity);
        check(n, w, data.columns(), "w");
        check(n, y, to, "y");
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0; v < vectors; v += width) {
            width = width(vectors - v);
            int column = column(v, n);
            int last = column(v + width - 1, n) - column;
            for (int i = from; i < to; i++) {
                int row = rows[i];
                sum(width, data.entries, data.starts[row], data.starts[row + 1], w, column, n, last, y,
                        i * n + column);
            }
        }
    }

    /**
     * Lists the entries of columns from to to - 1 in rows 0 to size - 1, in ascending rows: what {@link #gradient} of
     * those columns needs.
     */
    public void list(int size, int from, int to) {
        Check.fromTo(0, size, "batch", capacity);
        Check.fromTo(from, to, "columns", data.columns());
        Arrays.fill(counts, from, to, 0);
        for (int i = 0; i < size; i++) {
            int end = data.starts[rows[i] + 1];
            for (int e = first(data.starts[rows[i]], end, from); e < end; e++) {
                int column = data.entries[e] >>> 8;
                if (column >= to) {
                    break;
                }
                lists[column * capacity + counts[column]++] = i << 8 | data.entries[e] & 0xff;
            }
        }
    }

    /** The first of a row's entries that is not before a column. */
    private int first(int start, int end, int column) {
        if (column == 0) {
            return start;
        }
        int found = Arrays.binarySearch(data.entries, start, end, column << 8);
        return found < 0 ? -found - 1 : found;
    }

    /** Rows from to to - 1 of g = x^T dz, of listed columns of x; dz [capacity, n], g [columns of x, n]. */
    public void gradient(int from, int to, int n, float[] dz, float[] g) {
        Check.fromTo(from, to, "columns", data.columns());
        check(n, dz, 0, "dz");
        check(n, g, to, "g");
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0; v < vectors; v += width) {
            width = width(vectors - v);
            int column = column(v, n);
            int last = column(v + width - 1, n) - column;
            for (int p = from; p < to; p++) {
                sum(width, lists, p * capacity, p * capacity + counts[p], dz, column, n, last, g, p * n + column);
            }
        }
    }

    private static void check(int n, float[] matrix, int rows, String name) {
        if (!fits(n)) {
            throw new IllegalArgumentException("n: %d columns are fewer than a vector's %d".formatted(n, LANES));
        }
        Check.matrix(name, matrix.length, 0, rows, n, n);
    }

    /** Vectors of the next block. The last vector of all may overlap the one before: sums are written, not added to. */
    private static int width(int rest) {
        return rest >= BLOCK ? BLOCK : rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
    }

    private static int column(int vector, int n) {
        return Math.min(vector * LANES, n - LANES);
    }

    private static void sum(int width, int[] entries, int from, int to, float[] m, int mAt, int ldm, int last,
            float[] y,
            int yAt) {
        switch (width) {
            case 8 -> sum8(entries, from, to, SparseRows.VALUES, m, mAt, ldm, last, y, yAt);
            case 4 -> sum4(entries, from, to, SparseRows.VALUES, m, mAt, ldm, last, y, yAt);
            case 2 -> sum2(entries, from, to, SparseRows.VALUES, m, mAt, ldm, last, y, yAt);
            default -> sum1(entries, from, to, SparseRows.VALUES, m, mAt, ldm, y, yAt);
        }
    }

    private static void sum8(int[] entries, int from, int to, float[] values, float[] m, int mAt, int ldm, int last,
            float[] y, int yAt) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        FloatVector s2 = FloatVector.zero(S);
        FloatVector s3 = FloatVector.zero(S);
        FloatVector s4 = FloatVector.zero(S);
        FloatVector s5 = FloatVector.zero(S);
        FloatVector s6 = FloatVector.zero(S);
        FloatVector s7 = FloatVector.zero(S);
        for (int e = from; e < to; e++) {
            int entry = entries[e];
            FloatVector x = FloatVector.broadcast(S, values[entry & 0xff]);
            int row = mAt + (entry >>> 8) * ldm;
            s0 = x.fma(FloatVector.fromArray(S, m, row), s0);
            s1 = x.fma(FloatVector.fromArray(S, m, row + LANES), s1);
            s2 = x.fma(FloatVector.fromArray(S, m, row + 2 * LANES), s2);
            s3 = x.fma(FloatVector.fromArray(S, m, row + 3 * LANES), s3);
            s4 = x.fma(FloatVector.fromArray(S, m, row + 4 * LANES), s4);
            s5 = x.fma(FloatVector.fromArray(S, m, row + 5 * LANES), s5);
            s6 = x.fma(FloatVector.fromArray(S, m, row + 6 * LANES), s6);
            s7 = x.fma(FloatVector.fromArray(S, m, row + last), s7);
        }
        s0.intoArray(y, yAt);
        s1.intoArray(y, yAt + LANES);
        s2.intoArray(y, yAt + 2 * LANES);
        s3.intoArray(y, yAt + 3 * LANES);
        s4.intoArray(y, yAt + 4 * LANES);
        s5.intoArray(y, yAt + 5 * LANES);
        s6.intoArray(y, yAt + 6 * LANES);
        s7.intoArray(y, yAt + last);
    }

    private static void sum4(int[] entries, int from, int to, float[] values, float[] m, int mAt, int ldm, int last,
            float[] y, int yAt) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        FloatVector s2 = FloatVector.zero(S);
        FloatVector s3 = FloatVector.zero(S);
        for (int e = from; e < to; e++) {
            int entry = entries[e];
            FloatVector x = FloatVector.broadcast(S, values[entry & 0xff]);
            int row = mAt + (entry >>> 8) * ldm;
            s0 = x.fma(FloatVector.fromArray(S, m, row), s0);
            s1 = x.fma(FloatVector.fromArray(S, m, row + LANES), s1);
            s2 = x.fma(FloatVector.fromArray(S, m, row + 2 * LANES), s2);
            s3 = x.fma(FloatVector.fromArray(S, m, row + last), s3);
        }
        s0.intoArray(y, yAt);
        s1.intoArray(y, yAt + LANES);
        s2.intoArray(y, yAt + 2 * LANES);
        s3.intoArray(y, yAt + last);
    }

    private static void sum2(int[] entries, int from, int to, float[] values, float[] m, int mAt, int ldm, int last,
            float[] y, int yAt) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        for (int e = from; e < to; e++) {
            int entry = entries[e];
            FloatVector x = FloatVector.broadcast(S, values[entry & 0xff]);
            int row = mAt + (entry >>> 8) * ldm;
            s0 = x.fma(FloatVector.fromArray(S, m, row), s0);
            s1 = x.fma(FloatVector.fromArray(S, m, row + last), s1);
        }
        s0.intoArray(y, yAt);
        s1.intoArray(y, yAt + last);
    }

    private static void sum1(int[] entries, int from, int to, float[] values, float[] m, int mAt, int ldm, float[] y,
            int yAt) {
        FloatVector s0 = FloatVector.zero(S);
        for (int e = from; e < to; e++) {
            int entry = entries[e];
            FloatVector x = FloatVector.broadcast(S, values[entry & 0xff]);
            int row = mAt + (entry >>> 8) * ldm;
            s0 = x.fma(FloatVector.fromArray(S, m, row), s0);
        }
        s0.intoArray(y, yAt);
    }
}
