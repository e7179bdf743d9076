package dev.lanewise.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A batch of rows x of {@link SparseRows}, and the two products that a first layer makes of them: {@code x w} forward
 * and {@code x^T dz} for the gradient of w. Both are sums of rows of a dense matrix, each times a number, and both
 * have the bits of {@link Gemm}'s chains, for zeros change nothing there.
 *
 * <p>Such a sum alone is bound by reading the matrix from L2 (2.9 cycles for a vector that the multiply-add unit takes
 * in one, on Zen 4), so three sums are computed together, over the union of their non-zeros: three images forward,
 * three neighbouring pixels, which are mostly inked together, for the gradient. The outer loop goes over blocks of at
 * most 8 vectors of columns, so that a block of w (784 x 128 floats, 392 KiB) stays in L2 for all rows of a batch.
 */
public final class SparseBatch {
    private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
    private static final int LANES = S.length();
    private static final int BLOCK = LANES == 16 ? 8 : 4; // vectors: three times as many accumulators

    private static final float[] ZEROS = new float[BLOCK * LANES];
    private static final ThreadLocal<long[]> SQUARES = ThreadLocal.withInitial(() -> new long[Long.SIZE]);

    private final SparseRows data;
    private final int capacity;
    private final int columns;
    private final int[] starts; // [capacity], where a row of the batch begins in data.bytes
    private final int[] bitStarts; // [capacity], and in data.bits
    private final int batchWords;
    private final long[] byColumn; // [columns, batchWords], a bit for each row of the batch
    // What a sum is over, [capacity, columns]; each thread uses the part that its rows or columns give it.
    private final int[] at; // the element's place in data.bytes, but for what the three sums add to it
    private final int[] terms; // the row of the dense matrix

    /** A batch of at most {@code capacity} rows. */
    public SparseBatch(SparseRows data, int capacity) {
        this.data = data;
        this.capacity = capacity;
        columns = data.columns();
        starts = new int[capacity];
        bitStarts = new int[capacity];
        batchWords = Math.ceilDiv(capacity, Long.SIZE);
        byColumn = new long[columns * batchWords];
        at = new int[Math.multiplyExact(capacity, columns)];
        terms = new int[at.length];
    }

    /**
     * Whether the products take less time than {@link Gemm}'s with zeros. Measured on epochs of 784-128-10 and
     * 784-512-10 with images made denser, on Zen 5: at 512 bits to a share of 0.30 that are not zero, and not at all
     * with less than a whole block of columns (30 columns: 1.35 times Gemm's time, 64: 1, 96: 1.05, 128: 0.81). At 256
     * and 128 bits, as at the 512 of Zen 4, where Gemm is half as fast, to 0.4 at least.
     *
     * @param density share of elements that are not zero
     */
    public static boolean pays(int columns, double density) {
        return fits(columns) && Math.ceilDiv(columns, LANES) >= BLOCK && density < (LANES == 16 ? 0.3 : 0.4);
    }

    /** Whether products with so many columns are offered: at least a vector of them, compiled to SIMD. */
    public static boolean fits(int columns) {
        return columns >= LANES && !VectorWidth.SCALAR;
    }

    /** Row i of the batch is row {@code row} of the data. */
    public void set(int i, int row) {
        starts[i] = row * columns;
        bitStarts[i] = row * data.words;
    }

    /** y = x w for rows from to to - 1 of the batch; w [columns of x, n], y [capacity, n]. */
    public void multiply(int from, int to, int n, float[] w, float[] y) {
        Check.fromTo(from, to, "batch", capacity);
        check(n, w, columns, "w");
        check(n, y, to, "y");
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0; v < vectors; v += width) {
            width = width(vectors - v);
            for (int i = from; i < to; i += 3) {
                int second = Math.min(i + 1, to - 1);
                int third = Math.min(i + 2, to - 1);
                int list = from * columns;
                // Again for every block of columns: lists kept for all rows would come from L2, and gained nothing.
                int count = unionOfRows(i, second, third, list);
                sums(width, list, count, starts[i], starts[second], starts[third], w, v, n, true, y, i, second, third);
            }
        }
    }

    private int unionOfRows(int i, int second, int third, int list) {
        int next = list;
        for (int word = 0; word < data.words; word++) {
            long union = data.bits[bitStarts[i] + word] | data.bits[bitStarts[second] + word]
                    | data.bits[bitStarts[third] + word];
            for (; union != 0; union &= union - 1) {
                int column = word << 6 | Long.numberOfTrailingZeros(union);
                at[next] = column;
                terms[next++] = column;
            }
        }
        return next - list;
    }

    /** Notes which of rows 0 to size - 1 are not 0 in columns from to to - 1: {@link #gradient} needs it. */
    public void list(int size, int from, int to) {
        Check.fromTo(0, size, "batch", capacity);
        Check.fromTo(from, to, "columns", columns);
        long[] square = SQUARES.get();
        for (int word = from >>> 6; word << 6 < to; word++) {
            for (int block = 0; block < batchWords; block++) {
                for (int i = 0; i < Long.SIZE; i++) {
                    int row = block << 6 | i;
                    square[i] = row < size ? data.bits[bitStarts[row] + word] : 0;
                }
                transpose(square);
                for (int j = Math.max(from, word << 6), end = Math.min(to, word + 1 << 6); j < end; j++) {
                    byColumn[j * batchWords + block] = square[j & 63];
                }
            }
        }
    }

    /** Transposes 64 x 64 bits by swapping ever smaller squares. */
    private static void transpose(long[] square) {
        long mask = 0x00000000ffffffffL;
        for (int size = 32; size != 0; size >>= 1, mask ^= mask << size) {
            for (int i = 0; i < Long.SIZE; i = (i | size) + 1 & ~size) {
                long swapped = (square[i] >>> size ^ square[i | size]) & mask;
                square[i] ^= swapped << size;
                square[i | size] ^= swapped;
            }
        }
    }

    /**
     * Rows from to to - 1 of g = x^T dz + beta g, of listed columns of x; dz [capacity, n], g [columns of x, n]. With a
     * beta of 0, g need not be initialised.
     */
    public void gradient(int from, int to, int n, float[] dz, float beta, float[] g) {
        Check.fromTo(from, to, "columns", columns);
        check(n, dz, 0, "dz");
        check(n, g, to, "g");
        if (beta != 0f && beta != 1f) {
            Elementwise.scale(beta, g, from * n, g, from * n, (to - from) * n);
        }
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0; v < vectors; v += width) {
            width = width(vectors - v);
            for (int j = from; j < to; j += 3) {
                int second = Math.min(j + 1, to - 1);
                int third = Math.min(j + 2, to - 1);
                int list = from * capacity;
                int count = unionOfColumns(j, second, third, list);
                sums(width, list, count, j, second, third, dz, v, n, beta == 0f, g, j, second, third);
            }
        }
    }

    private int unionOfColumns(int j, int second, int third, int list) {
        int next = list;
        for (int word = 0; word < batchWords; word++) {
            long union = byColumn[j * batchWords + word] | byColumn[second * batchWords + word]
                    | byColumn[third * batchWords + word];
            for (; union != 0; union &= union - 1) {
                int row = word << 6 | Long.numberOfTrailingZeros(union);
                at[next] = starts[row];
                terms[next++] = row;
            }
        }
        return next - list;
    }

    private static void check(int n, float[] matrix, int rows, String name) {
        if (!fits(n)) {
            throw new IllegalArgumentException("n: %d columns are fewer than a vector's %d".formatted(n, LANES));
        }
        Check.matrix(name, matrix.length, 0, rows, n, n);
    }

    /**
     * Vectors of the next block, the odd ones first: the last vector of all may overlap the one before it, and then both
     * are in the same block, and loaded before either is stored.
     */
    private static int width(int rest) {
        return Math.min(BLOCK, Integer.lowestOneBit(rest));
    }

    private static int column(int vector, int n) {
        return Math.min(vector * LANES, n - LANES);
    }

    /** A block of columns of rows i0, i1 and i2 of y: listed elements of x, from x0, x1 and x2 on, times rows of m. */
    private void sums(int width, int list, int count, int x0, int x1, int x2, float[] m, int vector, int n,
            boolean fromZero, float[] y, int i0, int i1, int i2) {
        int column = column(vector, n);
        int last = column(vector + width - 1, n) - column;
        int y0 = i0 * n + column;
        int y1 = i1 * n + column;
        int y2 = i2 * n + column;
        float[] start = fromZero ? ZEROS : y;
        int start0 = fromZero ? 0 : y0;
        int start1 = fromZero ? 0 : y1;
        int start2 = fromZero ? 0 : y2;
        byte[] x = data.bytes;
        int end = list + count;
        switch (width) {
            case 8 -> sum3x8(list, end, at, terms, x, x0, x1, x2, m, column, n, last, start, start0, start1, start2,
                    y, y0, y1, y2);
            case 4 -> sum3x4(list, end, at, terms, x, x0, x1, x2, m, column, n, last, start, start0, start1, start2,
                    y, y0, y1, y2);
            case 2 -> sum3x2(list, end, at, terms, x, x0, x1, x2, m, column, n, last, start, start0, start1, start2,
                    y, y0, y1, y2);
            default -> sum3x1(list, end, at, terms, x, x0, x1, x2, m, column, n, start, start0, start1, start2,
                    y, y0, y1, y2);
        }
    }

    private static void sum3x8(int list, int end, int[] at, int[] rows, byte[] x, int x0, int x1, int x2, float[] m,
            int mAt, int ldm, int last,
            float[] start, int start0, int start1, int start2, float[] y, int y0, int y1, int y2) {
        float[] values = SparseRows.VALUES;
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s01 = FloatVector.fromArray(S, start, start0 + LANES);
        FloatVector s02 = FloatVector.fromArray(S, start, start0 + 2 * LANES);
        FloatVector s03 = FloatVector.fromArray(S, start, start0 + 3 * LANES);
        FloatVector s04 = FloatVector.fromArray(S, start, start0 + 4 * LANES);
        FloatVector s05 = FloatVector.fromArray(S, start, start0 + 5 * LANES);
        FloatVector s06 = FloatVector.fromArray(S, start, start0 + 6 * LANES);
        FloatVector s07 = FloatVector.fromArray(S, start, start0 + last);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s11 = FloatVector.fromArray(S, start, start1 + LANES);
        FloatVector s12 = FloatVector.fromArray(S, start, start1 + 2 * LANES);
        FloatVector s13 = FloatVector.fromArray(S, start, start1 + 3 * LANES);
        FloatVector s14 = FloatVector.fromArray(S, start, start1 + 4 * LANES);
        FloatVector s15 = FloatVector.fromArray(S, start, start1 + 5 * LANES);
        FloatVector s16 = FloatVector.fromArray(S, start, start1 + 6 * LANES);
        FloatVector s17 = FloatVector.fromArray(S, start, start1 + last);
        FloatVector s20 = FloatVector.fromArray(S, start, start2);
        FloatVector s21 = FloatVector.fromArray(S, start, start2 + LANES);
        FloatVector s22 = FloatVector.fromArray(S, start, start2 + 2 * LANES);
        FloatVector s23 = FloatVector.fromArray(S, start, start2 + 3 * LANES);
        FloatVector s24 = FloatVector.fromArray(S, start, start2 + 4 * LANES);
        FloatVector s25 = FloatVector.fromArray(S, start, start2 + 5 * LANES);
        FloatVector s26 = FloatVector.fromArray(S, start, start2 + 6 * LANES);
        FloatVector s27 = FloatVector.fromArray(S, start, start2 + last);
        for (int e = list; e < end; e++) {
            int p = at[e];
            int row = mAt + rows[e] * ldm;
            FloatVector v0 = FloatVector.broadcast(S, values[x[x0 + p] & 0xff]);
            FloatVector v1 = FloatVector.broadcast(S, values[x[x1 + p] & 0xff]);
            FloatVector v2 = FloatVector.broadcast(S, values[x[x2 + p] & 0xff]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            s20 = v2.fma(r, s20);
            r = FloatVector.fromArray(S, m, row + LANES);
            s01 = v0.fma(r, s01);
            s11 = v1.fma(r, s11);
            s21 = v2.fma(r, s21);
            r = FloatVector.fromArray(S, m, row + 2 * LANES);
            s02 = v0.fma(r, s02);
            s12 = v1.fma(r, s12);
            s22 = v2.fma(r, s22);
            r = FloatVector.fromArray(S, m, row + 3 * LANES);
            s03 = v0.fma(r, s03);
            s13 = v1.fma(r, s13);
            s23 = v2.fma(r, s23);
            r = FloatVector.fromArray(S, m, row + 4 * LANES);
            s04 = v0.fma(r, s04);
            s14 = v1.fma(r, s14);
            s24 = v2.fma(r, s24);
            r = FloatVector.fromArray(S, m, row + 5 * LANES);
            s05 = v0.fma(r, s05);
            s15 = v1.fma(r, s15);
            s25 = v2.fma(r, s25);
            r = FloatVector.fromArray(S, m, row + 6 * LANES);
            s06 = v0.fma(r, s06);
            s16 = v1.fma(r, s16);
            s26 = v2.fma(r, s26);
            r = FloatVector.fromArray(S, m, row + last);
            s07 = v0.fma(r, s07);
            s17 = v1.fma(r, s17);
            s27 = v2.fma(r, s27);
        }
        s00.intoArray(y, y0);
        s01.intoArray(y, y0 + LANES);
        s02.intoArray(y, y0 + 2 * LANES);
        s03.intoArray(y, y0 + 3 * LANES);
        s04.intoArray(y, y0 + 4 * LANES);
        s05.intoArray(y, y0 + 5 * LANES);
        s06.intoArray(y, y0 + 6 * LANES);
        s07.intoArray(y, y0 + last);
        s10.intoArray(y, y1);
        s11.intoArray(y, y1 + LANES);
        s12.intoArray(y, y1 + 2 * LANES);
        s13.intoArray(y, y1 + 3 * LANES);
        s14.intoArray(y, y1 + 4 * LANES);
        s15.intoArray(y, y1 + 5 * LANES);
        s16.intoArray(y, y1 + 6 * LANES);
        s17.intoArray(y, y1 + last);
        s20.intoArray(y, y2);
        s21.intoArray(y, y2 + LANES);
        s22.intoArray(y, y2 + 2 * LANES);
        s23.intoArray(y, y2 + 3 * LANES);
        s24.intoArray(y, y2 + 4 * LANES);
        s25.intoArray(y, y2 + 5 * LANES);
        s26.intoArray(y, y2 + 6 * LANES);
        s27.intoArray(y, y2 + last);
    }

    private static void sum3x4(int list, int end, int[] at, int[] rows, byte[] x, int x0, int x1, int x2, float[] m,
            int mAt, int ldm, int last,
            float[] start, int start0, int start1, int start2, float[] y, int y0, int y1, int y2) {
        float[] values = SparseRows.VALUES;
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s01 = FloatVector.fromArray(S, start, start0 + LANES);
        FloatVector s02 = FloatVector.fromArray(S, start, start0 + 2 * LANES);
        FloatVector s03 = FloatVector.fromArray(S, start, start0 + last);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s11 = FloatVector.fromArray(S, start, start1 + LANES);
        FloatVector s12 = FloatVector.fromArray(S, start, start1 + 2 * LANES);
        FloatVector s13 = FloatVector.fromArray(S, start, start1 + last);
        FloatVector s20 = FloatVector.fromArray(S, start, start2);
        FloatVector s21 = FloatVector.fromArray(S, start, start2 + LANES);
        FloatVector s22 = FloatVector.fromArray(S, start, start2 + 2 * LANES);
        FloatVector s23 = FloatVector.fromArray(S, start, start2 + last);
        for (int e = list; e < end; e++) {
            int p = at[e];
            int row = mAt + rows[e] * ldm;
            FloatVector v0 = FloatVector.broadcast(S, values[x[x0 + p] & 0xff]);
            FloatVector v1 = FloatVector.broadcast(S, values[x[x1 + p] & 0xff]);
            FloatVector v2 = FloatVector.broadcast(S, values[x[x2 + p] & 0xff]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            s20 = v2.fma(r, s20);
            r = FloatVector.fromArray(S, m, row + LANES);
            s01 = v0.fma(r, s01);
            s11 = v1.fma(r, s11);
            s21 = v2.fma(r, s21);
            r = FloatVector.fromArray(S, m, row + 2 * LANES);
            s02 = v0.fma(r, s02);
            s12 = v1.fma(r, s12);
            s22 = v2.fma(r, s22);
            r = FloatVector.fromArray(S, m, row + last);
            s03 = v0.fma(r, s03);
            s13 = v1.fma(r, s13);
            s23 = v2.fma(r, s23);
        }
        s00.intoArray(y, y0);
        s01.intoArray(y, y0 + LANES);
        s02.intoArray(y, y0 + 2 * LANES);
        s03.intoArray(y, y0 + last);
        s10.intoArray(y, y1);
        s11.intoArray(y, y1 + LANES);
        s12.intoArray(y, y1 + 2 * LANES);
        s13.intoArray(y, y1 + last);
        s20.intoArray(y, y2);
        s21.intoArray(y, y2 + LANES);
        s22.intoArray(y, y2 + 2 * LANES);
        s23.intoArray(y, y2 + last);
    }

    private static void sum3x2(int list, int end, int[] at, int[] rows, byte[] x, int x0, int x1, int x2, float[] m,
            int mAt, int ldm, int last,
            float[] start, int start0, int start1, int start2, float[] y, int y0, int y1, int y2) {
        float[] values = SparseRows.VALUES;
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s01 = FloatVector.fromArray(S, start, start0 + last);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s11 = FloatVector.fromArray(S, start, start1 + last);
        FloatVector s20 = FloatVector.fromArray(S, start, start2);
        FloatVector s21 = FloatVector.fromArray(S, start, start2 + last);
        for (int e = list; e < end; e++) {
            int p = at[e];
            int row = mAt + rows[e] * ldm;
            FloatVector v0 = FloatVector.broadcast(S, values[x[x0 + p] & 0xff]);
            FloatVector v1 = FloatVector.broadcast(S, values[x[x1 + p] & 0xff]);
            FloatVector v2 = FloatVector.broadcast(S, values[x[x2 + p] & 0xff]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            s20 = v2.fma(r, s20);
            r = FloatVector.fromArray(S, m, row + last);
            s01 = v0.fma(r, s01);
            s11 = v1.fma(r, s11);
            s21 = v2.fma(r, s21);
        }
        s00.intoArray(y, y0);
        s01.intoArray(y, y0 + last);
        s10.intoArray(y, y1);
        s11.intoArray(y, y1 + last);
        s20.intoArray(y, y2);
        s21.intoArray(y, y2 + last);
    }

    private static void sum3x1(int list, int end, int[] at, int[] rows, byte[] x, int x0, int x1, int x2, float[] m,
            int mAt, int ldm,
            float[] start, int start0, int start1, int start2, float[] y, int y0, int y1, int y2) {
        float[] values = SparseRows.VALUES;
        FloatVector s00 = FloatVector.fromArray(S, start, start0);
        FloatVector s10 = FloatVector.fromArray(S, start, start1);
        FloatVector s20 = FloatVector.fromArray(S, start, start2);
        for (int e = list; e < end; e++) {
            int p = at[e];
            int row = mAt + rows[e] * ldm;
            FloatVector v0 = FloatVector.broadcast(S, values[x[x0 + p] & 0xff]);
            FloatVector v1 = FloatVector.broadcast(S, values[x[x1 + p] & 0xff]);
            FloatVector v2 = FloatVector.broadcast(S, values[x[x2 + p] & 0xff]);
            FloatVector r = FloatVector.fromArray(S, m, row);
            s00 = v0.fma(r, s00);
            s10 = v1.fma(r, s10);
            s20 = v2.fma(r, s20);
        }
        s00.intoArray(y, y0);
        s10.intoArray(y, y1);
        s20.intoArray(y, y2);
    }
}
