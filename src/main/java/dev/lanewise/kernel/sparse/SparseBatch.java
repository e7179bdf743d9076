package dev.lanewise.kernel.sparse;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A batch of rows x of {@link SparseRows}, and the two products that a first layer makes of them: {@code x w} forward
 * and {@code x^T dz} for the gradient of w. Both are sums of rows of a dense matrix, each times a number, and both
 * have the bits of {@link Gemm}'s chains, for zeros change nothing there.
 *
 * <p>Such a sum alone is bound by reading the matrix from L2 (2.9 cycles for a vector that the multiply-add unit takes
 * in one, on Zen 4), so two or three sums are computed together, over the union of their non-zeros ({@link Unions}): images
 * forward, neighbouring pixels for the gradient. Blocks of columns, of at most 8 or 6 vectors, take all sums one after the
 * other, so that a block of w (784 x 128 floats, 392 KiB) stays in L2 for all rows of a batch. A block's rows are brought
 * side by side in a panel first: 512 or 2048 bytes apart, they would share few sets of the caches.
 *
 * <p>Where w has so few columns that some of its rows fit into L1, the gradient is computed the other way round: two images
 * at a time add to the rows of w that they have ink for, of which the lists are there already from the way forward. That
 * takes half the time with 30 columns.
 */
public final class SparseBatch {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();
    private static final int BLOCK = Species.MANY_REGISTERS ? 8 : 6; // vectors
    private static final int STRIDE = BLOCK * LANES; // of a panel, also where a block is narrower

    /** Sums computed together. */
    static final int SUMS = Species.MANY_REGISTERS ? 3 : 2;

    private static final boolean SCATTER = SUMS == 2 && LANES == 8; // gradients of narrow w: where it was measured
    private static final int SCATTERED = 128; // rows of w at a time

    private static final float[] ZEROS = new float[STRIDE];
    private static final ThreadLocal<float[]> PANELS = ThreadLocal.withInitial(() -> new float[0]);

    private final int capacity;
    private final int columns; // of x
    private final int n; // columns of w and of the products
    private final boolean narrow; // one panel has all columns of w
    private final int stride; // of the panels of w
    private final int[] rows; // [capacity], of the data
    private final RowUnions rowUnions;
    private final ColumnUnions columnUnions; // null: gradients are scattered
    private final int panelCount;
    private final boolean onePanel; // w is a panel as it is
    private float[] panels; // w, each block of columns [columns of x, stride]

    /** A batch of at most {@code capacity} rows, to be multiplied with matrices of n columns, which must {@link #fits fit}. */
    public SparseBatch(SparseRows data, int capacity, int n, Tuning tuning) {
        if (!fits(n)) {
            throw new IllegalArgumentException("n: %d columns are fewer than a vector's %d".formatted(n, LANES));
        }
        this.capacity = capacity;
        this.n = n;
        columns = data.columns();
        int vectors = Math.ceilDiv(n, LANES);
        narrow = vectors <= BLOCK;
        stride = narrow ? vectors * LANES : STRIDE;
        rows = new int[capacity];
        boolean scatters = narrow && SCATTER;
        // Vectors save 0.15 us a row, but cost C2, C1 and the interpreter 0.4 s of CPU time first.
        rowUnions = new RowUnions(data, rows, stride, scatters || tuning == Tuning.LONG && LANES != 4);
        columnUnions = scatters ? null : new ColumnUnions(data, rows, STRIDE, rowUnions);
        onePanel = n == stride;
        panelCount = narrow ? 1 : vectors / BLOCK + Integer.bitCount(vectors % BLOCK); // one for each width
        panels = onePanel ? null : new float[Math.multiplyExact(panelCount * stride, columns)];
    }

    /**
     * Whether the products take less time than {@link Gemm}'s with zeros. Measured on epochs with images made denser. At 512
     * bits on Zen 5 they do to a share of 0.30 that are not zero, and not at all with less than a whole block of columns (30
     * columns: 1.35 times Gemm's time, 64: 1, 96: 1.05, 128: 0.81). At 256 bits on Zen 3, to 0.35 with 128 columns and to
     * 0.25 with 30 and 64; of MNIST's 0.19, epochs with 30 columns take 0.7 of Gemm's time, with 16 columns 0.9.
     *
     * @param density share of elements that are not zero
     */
    public static boolean pays(int columns, double density) {
        int vectors = Math.ceilDiv(columns, LANES);
        if (SCATTER) {
            return fits(columns) && density < (vectors >= 2 * BLOCK ? 0.35 : 0.25);
        }
        return fits(columns) && vectors >= BLOCK && density < (LANES == 16 ? 0.3 : 0.35);
    }

    /** Whether products with so many columns are offered: at least a vector of them, compiled to SIMD. */
    public static boolean fits(int columns) {
        return columns >= LANES && !Species.SCALAR;
    }

    /** Row i of the batch is row {@code row} of the data. */
    public void set(int i, int row) {
        rows[i] = row;
    }

    /** Packs rows from to to - 1 of w [columns of x, n] for {@link #multiply}: to be called whenever they changed. */
    public void pack(int from, int to, float[] w) {
        Check.fromTo(from, to, "columns", columns);
        check(w, to, "w");
        if (onePanel) {
            panels = w;
            return;
        }
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0, at = 0; v < vectors; v += width, at += step(width)) {
            width = width(vectors - v);
            copy(from, to, v, width, w, panels, at, stride);
        }
    }

    /** Copies rows from to to - 1 of what was packed, and changed by {@link #descend}, back to w [columns of x, n]. */
    public void unpack(int from, int to, float[] w) {
        unpack(from, to, panels, w);
    }

    private void unpack(int from, int to, float[] panels, float[] w) {
        Check.fromTo(from, to, "columns", columns);
        check(w, to, "w");
        if (onePanel) {
            System.arraycopy(panels, from * n, w, from * n, (to - from) * n);
            return;
        }
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0, at = 0; v < vectors; v += width, at += step(width)) {
            width = width(vectors - v);
            int last = column(v + width - 1);
            for (int i = from; i < to; i++) {
                System.arraycopy(panels, at + i * stride, w, i * n + column(v), (width - 1) * LANES);
                System.arraycopy(panels, at + i * stride + (width - 1) * LANES, w, i * n + last, LANES);
            }
        }
    }

    /** Rows of a block of columns, side by side. */
    private void copy(int from, int to, int vector, int width, float[] w, float[] panel, int at, int stride) {
        int column = column(vector);
        int last = column(vector + width - 1);
        for (int i = from; i < to; i++) {
            int next = at + i * stride;
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
        rowUnions.list(from, to);
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0, at = 0; v < vectors; v += width, at += step(width)) {
            width = width(vectors - v);
            int last = column(v + width - 1) - column(v);
            for (int i = from; i < to; i += SUMS) {
                sums(width, rowUnions, i, to - 1, panels, at, true, y, column(v), n, last);
            }
        }
    }

    /**
     * Rows from to to - 1 of g = x^T dz, for rows 0 to size - 1 of the batch, of which each was {@link #multiply multiplied};
     * dz [capacity, n], g [columns of x, n].
     *
     * @throws IllegalStateException if a row was not multiplied
     */
    public void gradient(int size, int from, int to, float[] dz, float[] g) {
        check(g, to, "g");
        products(size, from, to, dz, 1f, g);
    }

    /** Rows from to to - 1 of the packed w = keep w + x^T dz, as of {@link #gradient}. */
    public void descend(int size, int from, int to, float[] dz, float keep) {
        products(size, from, to, dz, keep, null);
    }

    /** To g, or without one to the panels. */
    private void products(int size, int from, int to, float[] dz, float keep, float[] g) {
        Check.fromTo(0, size, "batch", capacity);
        Check.fromTo(from, to, "columns", columns);
        check(dz, size, "dz");
        if (g == null && keep != 1f) {
            keep(from, to, keep);
        }
        if (columnUnions != null) {
            gather(size, from, to, dz, g);
        } else if (g == null) {
            scatter(size, from, to, dz, panels);
        } else {
            float[] y = onePanel ? g : scratch(columns * stride);
            Arrays.fill(y, from * stride, to * stride, 0f);
            scatter(size, from, to, dz, y);
            if (!onePanel) {
                unpack(from, to, y, g);
            }
        }
    }

    private void keep(int from, int to, float keep) {
        for (int panel = 0; panel < panelCount; panel++) {
            int at = (panel * columns + from) * stride;
            int end = (panel * columns + to) * stride;
            if (keep == 0f) { // whatever was there
                Arrays.fill(panels, at, end, 0f);
            } else {
                Elementwise.scale(keep, panels, at, panels, at, end - at);
            }
        }
    }

    private static float[] scratch(int size) {
        float[] panel = PANELS.get();
        if (panel.length < size) {
            panel = new float[size];
            PANELS.set(panel);
        }
        return panel;
    }

    /** Two or three columns of x at a time, each with the rows of dz that it has non-zeros for. */
    private void gather(int size, int from, int to, float[] dz, float[] g) {
        columnUnions.list(size, from, to);
        float[] panel = scratch(size * STRIDE);
        float[] y = g == null ? panels : g;
        int ldy = g == null ? stride : n;
        int vectors = Math.ceilDiv(n, LANES);
        int width;
        for (int v = 0, at = 0; v < vectors; v += width, at += step(width)) {
            width = width(vectors - v);
            copy(0, size, v, width, dz, panel, 0, STRIDE);
            int yAt = g == null ? at : column(v);
            int last = g == null ? (width - 1) * LANES : column(v + width - 1) - column(v);
            for (int j = from; j < to; j += SUMS) {
                sums(width, columnUnions, j, to - 1, panel, 0, g != null, y, yAt, ldy, last);
            }
        }
    }

    /** Two rows of x at a time, each of dz to the rows of y, a panel, that it has non-zeros for. */
    private void scatter(int size, int from, int to, float[] dz, float[] y) {
        int vectors = Math.ceilDiv(n, LANES);
        for (int first = from, end; first < to; first = end) {
            end = Math.min(to, first + SCATTERED);
            for (int i = 0; i < size; i += rowUnions.together(i)) {
                int e = rowUnions.mark(i, first);
                int rest = rowUnions.mark(i, end);
                int width;
                for (int v = 0; v < vectors; v += width) {
                    width = width(vectors - v);
                    add(width, e, rest, i, size, dz, column(v), column(v + width - 1) - column(v), y, v * LANES);
                }
            }
        }
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

    /** From one block's rows in the panels to the next one's. */
    private int step(int width) {
        return narrow ? width * LANES : columns * stride;
    }

    private int column(int vector) {
        return Math.min(vector * LANES, n - LANES);
    }

    /** A block of columns of rows i and the next one or two, up to {@code end}, of y: listed values times a panel's rows. */
    private void sums(int width, Unions unions, int i, int end, float[] panel, int at, boolean fromZero, float[] y,
            int yAt, int ldy, int last) {
        int count = unions.counts[i];
        int[] terms = unions.terms;
        float[] values = unions.values;
        int lists = unions.pitch;
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

    /** A block of columns of rows i and, if they were listed together and both are asked for, i + 1 of dz to rows of y. */
    private void add(int width, int from, int to, int i, int size, float[] dz, int column, int last, float[] y,
            int at) {
        boolean pair = rowUnions.together(i) == 2 && i + 1 < size;
        int[] terms = rowUnions.terms;
        float[] values = rowUnions.values;
        int x0 = i * rowUnions.pitch;
        int x1 = pair ? x0 + rowUnions.pitch : x0;
        int dz0 = i * n + column;
        float[] second = pair ? dz : ZEROS;
        int dz1 = pair ? dz0 + n : 0;
        switch (width) {
            case 6 -> SparseSums.add2x6(from, to, terms, x0, x1, values, dz, dz0, second, dz1, last, y, at);
            case 4 -> SparseSums.add2x4(from, to, terms, x0, x1, values, dz, dz0, second, dz1, last, y, at);
            case 2 -> SparseSums.add2x2(from, to, terms, x0, x1, values, dz, dz0, second, dz1, last, y, at);
            case 1 -> SparseSums.add2x1(from, to, terms, x0, x1, values, dz, dz0, second, dz1, y, at);
            default -> throw new AssertionError(width);
        }
    }
}
