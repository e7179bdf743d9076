package dev.lanewise.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A batch of rows x of {@link SparseRows}, and the two products that a first layer makes of them: {@code x w} forward
 * and {@code x^T dz} for the gradient of w. Both are sums of rows of a dense matrix, each times a number, and both
 * have the bits of {@link Gemm}'s chains, for zeros change nothing there.
 *
 * <p>Such a sum alone is bound by reading the matrix from L2 (2.9 cycles for a vector that the multiply-add unit takes
 * in one, on Zen 4), so two or three sums are computed together, over the union of their non-zeros: images forward,
 * neighbouring pixels, which are mostly inked together, for the gradient. The unions are listed once; then blocks of
 * columns, of at most 8 or 6 vectors, take all sums one after the other, so that a block of w (784 x 128 floats, 392 KiB)
 * stays in L2 for all rows of a batch. A block's rows are brought side by side in a panel first: 512 or 2048 bytes apart,
 * they would share few sets of the caches.
 */
public final class SparseBatch {
    private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
    private static final int LANES = S.length();
    private static final int SUMS = VectorWidth.MANY_REGISTERS ? 3 : 2;
    private static final int BLOCK = VectorWidth.MANY_REGISTERS ? 8 : 6; // vectors
    private static final int STRIDE = BLOCK * LANES; // of a panel, also where a block is narrower

    private static final int TOUCHED = 24; // rows at a time, a multiple of two and of three

    private static final float[] ZEROS = new float[STRIDE];
    private static final ThreadLocal<long[]> SQUARES = ThreadLocal.withInitial(() -> new long[Long.SIZE]);
    private static final ThreadLocal<float[]> PANELS = ThreadLocal.withInitial(() -> new float[0]);

    private final SparseRows data;
    private final int capacity;
    private final int columns; // of x
    private final int n; // columns of w and of the products
    private final int[] starts; // [capacity], where a row of the batch begins in data.bytes
    private final int[] bitStarts; // [capacity], and in data.bits
    private final int batchWords;
    private final long[] byColumn; // [columns, batchWords], a bit for each row of the batch
    private int listed; // rows of the batch that byColumn is of
    // What a sum is over, [capacity, columns]; each thread uses the part that its rows or columns give it.
    private final int[] terms; // the place of a row in a panel; of sums together, where the first one's are
    private final float[] values; // and what it is multiplied by
    private final int[] counts; // [max(capacity, columns)], how many
    private final boolean oneBlock; // w is a panel as it is
    private float[] panels; // w, each block of columns [columns of x, BLOCK vectors]

    /** A batch of at most {@code capacity} rows, to be multiplied with matrices of n columns, which must {@link #fits fit}. */
    public SparseBatch(SparseRows data, int capacity, int n) {
        if (!fits(n)) {
            throw new IllegalArgumentException("n: %d columns are fewer than a vector's %d".formatted(n, LANES));
        }
        this.data = data;
        this.capacity = capacity;
        this.n = n;
        columns = data.columns();
        starts = new int[capacity];
        bitStarts = new int[capacity];
        batchWords = Math.ceilDiv(capacity, Long.SIZE);
        byColumn = new long[columns * batchWords];
        terms = new int[Math.multiplyExact(capacity, columns)];
        values = new float[terms.length];
        counts = new int[Math.max(capacity, columns)];
        oneBlock = n == STRIDE;
        int blocks = 0;
        for (int v = Math.ceilDiv(n, LANES); v > 0; v -= width(v)) {
            blocks++;
        }
        panels = oneBlock ? null : new float[Math.multiplyExact(blocks * STRIDE, columns)];
    }

    /**
     * Whether the products take less time than {@link Gemm}'s with zeros. Measured on epochs of 784-128-10 and
     * 784-512-10 with images made denser: at 512 bits on Zen 5 to a share of 0.30 that are not zero, and not at all
     * with less than a whole block of columns (30 columns: 1.35 times Gemm's time, 64: 1, 96: 1.05, 128: 0.81). At 256
     * bits on Zen 3 to about 0.35, from 64 columns on.
     *
     * @param density share of elements that are not zero
     */
    public static boolean pays(int columns, double density) {
        return fits(columns) && Math.ceilDiv(columns, LANES) >= BLOCK && density < (LANES == 16 ? 0.3 : 0.35);
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

    /** Packs rows from to to - 1 of w [columns of x, n] for {@link #multiply}: to be called whenever they changed. */
    public void pack(int from, int to, float[] w) {
        Check.fromTo(from, to, "columns", columns);
        check(w, to, "w");
        if (oneBlock) {
            panels = w;
            return;
        }
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0, at = 0; v < vectors; v += width, at += columns * STRIDE) {
            width = width(vectors - v);
            copy(from, to, v, width, w, panels, at);
        }
    }

    /** Copies rows from to to - 1 of what was packed, and changed by {@link #descend}, back to w [columns of x, n]. */
    public void unpack(int from, int to, float[] w) {
        Check.fromTo(from, to, "columns", columns);
        check(w, to, "w");
        if (oneBlock) {
            System.arraycopy(panels, from * n, w, from * n, (to - from) * n);
            return;
        }
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0, at = 0; v < vectors; v += width, at += columns * STRIDE) {
            width = width(vectors - v);
            int last = column(v + width - 1);
            for (int i = from; i < to; i++) {
                System.arraycopy(panels, at + i * STRIDE, w, i * n + column(v), (width - 1) * LANES);
                System.arraycopy(panels, at + i * STRIDE + (width - 1) * LANES, w, i * n + last, LANES);
            }
        }
    }

    /** Rows of a block of columns, side by side. */
    private void copy(int from, int to, int vector, int width, float[] w, float[] panel, int at) {
        int column = column(vector);
        int last = column(vector + width - 1);
        for (int i = from; i < to; i++) {
            int next = at + i * STRIDE;
            System.arraycopy(w, i * n + column, panel, next, last + LANES - column);
            if (last - column != (width - 1) * LANES) { // it overlaps the one before it, but not in the panel
                System.arraycopy(w, i * n + last, panel, next + (width - 1) * LANES, LANES);
            }
        }
    }

    /** y = x w for rows from to to - 1 of the batch and the packed w; y [capacity, n]. */
    public void multiply(int from, int to, float[] y) {
        Check.fromTo(from, to, "batch", capacity);
        check(y, to, "y");
        for (int i = from; i < to; i += SUMS) {
            if ((i - from) % TOUCHED == 0) {
                touchRows(i, Math.min(i + TOUCHED, to));
            }
            listRows(i, Math.min(i + 1, to - 1), Math.min(i + 2, to - 1));
        }
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0, at = 0; v < vectors; v += width, at += columns * STRIDE) {
            width = width(vectors - v);
            int last = column(v + width - 1) - column(v);
            for (int i = from; i < to; i += SUMS) {
                sums(width, columns, i, to - 1, panels, at, true, y, column(v), n, last);
            }
        }
    }

    /**
     * Reads from every cache line of some rows and their bits, as {@link Pixels#touch} does: 0.3 us less of 1.6 us a row on
     * Zen 3, where an epoch of 784-128-10 took 0 to 5 % less.
     */
    private void touchRows(int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            Pixels.touch(data.bytes, starts[i], columns);
            for (int word = 0; word < data.words; word += Pixels.LINE / Long.BYTES) {
                sum += Long.bitCount(data.bits[bitStarts[i] + word]);
            }
        }
        if (sum < 0) { // never: so that C2 does not leave out the reads
            throw new AssertionError(sum);
        }
    }

    private void listRows(int i, int second, int third) {
        byte[] x = data.bytes;
        int x0 = starts[i];
        int x1 = starts[second];
        int x2 = starts[third];
        int at = i * columns;
        int at1 = second * columns;
        int at2 = third * columns;
        int count = 0;
        for (int word = 0; word < data.words; word++) {
            long union = data.bits[bitStarts[i] + word] | data.bits[bitStarts[second] + word];
            if (SUMS == 3) {
                union |= data.bits[bitStarts[third] + word];
            }
            for (; union != 0; union &= union - 1) {
                int column = word << 6 | Long.numberOfTrailingZeros(union);
                terms[at + count] = column * STRIDE;
                values[at + count] = SparseRows.VALUES[x[x0 + column] & 0xff];
                values[at1 + count] = SparseRows.VALUES[x[x1 + column] & 0xff];
                if (SUMS == 3) {
                    values[at2 + count] = SparseRows.VALUES[x[x2 + column] & 0xff];
                }
                count++;
            }
        }
        counts[i] = count;
    }

    /** Notes which of rows 0 to size - 1 are not 0 in columns from to to - 1: {@link #gradient} needs it. */
    public void list(int size, int from, int to) {
        Check.fromTo(0, size, "batch", capacity);
        Check.fromTo(from, to, "columns", columns);
        long[] square = SQUARES.get();
        listed = size;
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

    /** Rows from to to - 1 of g = x^T dz, of listed columns of x; dz [capacity, n], g [columns of x, n]. */
    public void gradient(int from, int to, float[] dz, float[] g) {
        check(g, to, "g");
        products(from, to, dz, 1f, g);
    }

    /** Rows from to to - 1 of the packed w = keep w + x^T dz, of listed columns of x; dz [capacity, n]. */
    public void descend(int from, int to, float[] dz, float keep) {
        products(from, to, dz, keep, null);
    }

    /** To g, or without one to the panels, whose rows lie otherwise. */
    private void products(int from, int to, float[] dz, float keep, float[] g) {
        Check.fromTo(from, to, "columns", columns);
        check(dz, listed, "dz");
        for (int j = from; j < to; j += SUMS) {
            listColumns(j, Math.min(j + 1, to - 1), Math.min(j + 2, to - 1));
        }
        float[] panel = PANELS.get();
        if (panel.length < listed * STRIDE) {
            panel = new float[listed * STRIDE];
            PANELS.set(panel);
        }
        boolean fromZero = g != null || keep == 0f;
        float[] y = g == null ? panels : g;
        int ldy = g == null ? STRIDE : n;
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0, at = 0; v < vectors; v += width, at += columns * STRIDE) {
            width = width(vectors - v);
            copy(0, listed, v, width, dz, panel, 0);
            int yAt = g == null ? at : column(v);
            int last = g == null ? (width - 1) * LANES : column(v + width - 1) - column(v);
            if (!fromZero && keep != 1f) {
                Elementwise.scale(keep, y, yAt + from * ldy, y, yAt + from * ldy, (to - from) * ldy);
            }
            for (int j = from; j < to; j += SUMS) {
                sums(width, capacity, j, to - 1, panel, 0, fromZero, y, yAt, ldy, last);
            }
        }
    }

    private void listColumns(int j, int second, int third) {
        byte[] x = data.bytes;
        int at = j * capacity;
        int at1 = second * capacity;
        int at2 = third * capacity;
        int count = 0;
        for (int word = 0; word < batchWords; word++) {
            long union = byColumn[j * batchWords + word] | byColumn[second * batchWords + word];
            if (SUMS == 3) {
                union |= byColumn[third * batchWords + word];
            }
            for (; union != 0; union &= union - 1) {
                int row = word << 6 | Long.numberOfTrailingZeros(union);
                int start = starts[row];
                terms[at + count] = row * STRIDE;
                values[at + count] = SparseRows.VALUES[x[start + j] & 0xff];
                values[at1 + count] = SparseRows.VALUES[x[start + second] & 0xff];
                if (SUMS == 3) {
                    values[at2 + count] = SparseRows.VALUES[x[start + third] & 0xff];
                }
                count++;
            }
        }
        counts[j] = count;
    }

    private void check(float[] matrix, int rows, String name) {
        Check.matrix(name, matrix.length, 0, rows, n, n);
    }

    /**
     * Vectors of the next block, the odd ones first: the last vector of all may overlap the one before it, and then both
     * are in the same block, and loaded before either is stored.
     */
    private static int width(int rest) {
        int over = rest % BLOCK;
        return over == 0 ? BLOCK : Integer.lowestOneBit(over);
    }

    private int column(int vector) {
        return Math.min(vector * LANES, n - LANES);
    }

    /** A block of columns of rows i and the next one or two, up to {@code end}, of y: listed values times a panel's rows. */
    private void sums(int width, int lists, int i, int end, float[] panel, int at, boolean fromZero, float[] y, int yAt,
            int ldy, int last) {
        int count = counts[i];
        if (count == 0 && !fromZero) {
            return;
        }
        int second = Math.min(i + 1, end);
        int third = Math.min(i + 2, end);
        int y0 = yAt + i * ldy;
        int y1 = yAt + second * ldy;
        int y2 = yAt + third * ldy;
        float[] start = fromZero ? ZEROS : y;
        int start0 = fromZero ? 0 : y0;
        int start1 = fromZero ? 0 : y1;
        int start2 = fromZero ? 0 : y2;
        int x0 = i * lists;
        int x1 = second * lists;
        int x2 = third * lists;
        switch (10 * SUMS + width) {
            case 38 -> SparseSums.sum3x8(count, terms, x0, x1, x2, values, panel, at, last, start, start0, start1,
                    start2, y, y0, y1, y2);
            case 34 -> SparseSums.sum3x4(count, terms, x0, x1, x2, values, panel, at, last, start, start0, start1,
                    start2, y, y0, y1, y2);
            case 32 -> SparseSums.sum3x2(count, terms, x0, x1, x2, values, panel, at, last, start, start0, start1,
                    start2, y, y0, y1, y2);
            case 31 -> SparseSums.sum3x1(count, terms, x0, x1, x2, values, panel, at, start, start0, start1, start2, y,
                    y0, y1, y2);
            case 26 ->
                SparseSums.sum2x6(count, terms, x0, x1, values, panel, at, last, start, start0, start1, y, y0, y1);
            case 24 ->
                SparseSums.sum2x4(count, terms, x0, x1, values, panel, at, last, start, start0, start1, y, y0, y1);
            case 22 ->
                SparseSums.sum2x2(count, terms, x0, x1, values, panel, at, last, start, start0, start1, y, y0, y1);
            case 21 -> SparseSums.sum2x1(count, terms, x0, x1, values, panel, at, start, start0, start1, y, y0, y1);
            default -> throw new AssertionError(width);
        }
    }
}
