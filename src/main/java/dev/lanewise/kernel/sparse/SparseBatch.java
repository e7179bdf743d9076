package dev.lanewise.kernel.sparse;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Pool;
import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.core.Warmth;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A batch of rows x of {@link SparseRows}, and the two products that a first layer makes of them: {@code x w} forward
 * and {@code x^T dz} for the gradient of w. Both have the bits of {@link dev.lanewise.kernel.Gemm}'s chains, for zeros change nothing there.
 *
 * <p>Both products are sums of rows of a dense matrix, each row times a number. Two or three sums are computed together, over
 * {@link MergedLists} of their non-zeros: those of images forward, of neighbouring pixels for the gradient (LAB 31). The
 * columns of the dense matrix are worked on in blocks of at most 8 or 6 vectors: a block of w (784 x 128 floats, 392 KiB)
 * stays in L2 for all sums. A block's rows are brought side by side in a panel first: 512 or 2048 bytes apart, they would
 * share few sets of the caches. Where w is so narrow that some of its rows fit into L1, the gradient is scattered instead:
 * two images at a time add to the rows of w that they have ink for (LAB 32).
 *
 * <p>A step calls, in this order:
 * <ol>
 * <li>{@link #list} for all rows of the batch;
 * <li>{@link #multiply} for all rows;
 * <li>{@link #listColumns} for all columns of x, which overwrites the lists of the rows;
 * <li>{@link #gradient} for all columns of x.
 * </ol>
 * Threads may split each of the four as they like, by the range of rows or columns. The columns of w, and of what is computed
 * from it, may have several owners, each with panels of his own; the products are then each owner's. A product's range
 * begins where a range that was listed began. Whoever multiplies what another has listed waits for him first; before the
 * third all must have done with the second.
 */
public final class SparseBatch {
    private static final int LANES = Species.LANES;
    private static final int BLOCK = Species.MANY_REGISTERS ? 8 : 6; // vectors
    private static final int STRIDE = BLOCK * LANES; // of a panel, also where a block is narrower
    private static final boolean SCATTER = MergedLists.GROUP == 2 && LANES == 8; // gradients of narrow w: LAB 32
    private static final int SCATTERED = 128; // rows of w at a time
    private static final int GATHERED = 32; // rows of w at a time, 6 or 16 KiB

    private static final Warmth[] SUMS = Warmth.many(BLOCK + 1); // by width
    private static final float[] ZEROS = new float[STRIDE];
    private static final Pool<float[]> PANELS = new Pool<>(() -> new float[0]); // of dz
    private static final Pool<float[]> GRADIENTS = new Pool<>(() -> new float[0]);

    private final int capacity;
    private final int columns; // of x
    private final int n; // columns of w and of the products
    private final int[] units; // [owners + 1], the column of w where an owner's begin
    private final int[] blocks; // [owners + 1], the block where an owner's begin
    private final int[] bounds; // [blocks + 1], the column of w where a block begins
    private final boolean narrow; // one panel has all columns of an owner
    private final int stride; // of the panels of w
    private final int[] rows; // [capacity], of the data
    private final RowLists rowLists;
    private final @Nullable ColumnLists columnLists; // null: gradients are scattered
    private final boolean inPlace; // w is a panel as it is

    /** A batch of at most {@code capacity} rows, for matrices of n columns, which must be {@link #supports supported}. */
    public SparseBatch(SparseRows data, int capacity, int n, Tuning tuning) {
        this(data, new int[capacity], new int[]{0, n}, tuning, null);
    }

    /**
     * The same rows for owners side by side. One of the two is used at a time: the lists are in the same place.
     *
     * @param units where the columns of an owner begin, and n; each none or as many as are {@link #supports supported}
     */
    public SparseBatch(SparseBatch other, int[] units, Tuning tuning) {
        this(other.rowLists.data, other.rows, units, tuning, other.rowLists);
    }

    private SparseBatch(SparseRows data, int[] rows, int[] units, Tuning tuning, @Nullable RowLists place) {
        this.rows = rows;
        this.units = units.clone();
        capacity = rows.length;
        int owners = units.length - 1;
        n = units[owners];
        columns = data.columns();
        int most = 0; // vectors of an owner
        for (int owner = 0; owner < owners; owner++) {
            int own = units[owner + 1] - units[owner];
            if (own != 0 && !supports(own)) {
                throw new IllegalArgumentException("n: %d columns are fewer than a vector's %d".formatted(own, LANES));
            }
            most = Math.max(most, Math.ceilDiv(own, LANES));
        }
        blocks = new int[owners + 1];
        bounds = bounds(units, blocks);
        narrow = most <= BLOCK;
        stride = narrow ? most * LANES : STRIDE;
        boolean scatters = narrow && SCATTER;
        boolean vectors = scatters || tuning == Tuning.LONG && LANES != 4; // LAB 34
        rowLists = new RowLists(data, rows, stride, vectors, place);
        columnLists = scatters ? null : new ColumnLists(data, rows, STRIDE, rowLists);
        inPlace = owners == 1 && n == stride;
    }

    /**
     * Where blocks of columns begin, of each owner the odd ones first: his last vector may overlap the one before it, and then
     * both are in the same block, and loaded before either is stored.
     *
     * @param blocks the number of an owner's first block, to be written
     */
    private static int[] bounds(int[] units, int[] blocks) {
        int[] bounds = new int[Math.ceilDiv(units[units.length - 1], LANES) + units.length];
        int block = 0;
        for (int owner = 0; owner < blocks.length - 1; owner++) {
            blocks[owner] = block;
            int vectors = Math.ceilDiv(units[owner + 1] - units[owner], LANES);
            for (int v = 0; v < vectors; block++) {
                int over = (vectors - v) % BLOCK;
                v += over == 0 ? BLOCK : Integer.lowestOneBit(over);
                bounds[block + 1] = Math.min(units[owner] + v * LANES, units[owner + 1]);
            }
        }
        blocks[blocks.length - 1] = block;
        return Arrays.copyOf(bounds, block + 1);
    }

    /**
     * Whether the products take less time than {@link dev.lanewise.kernel.Gemm}'s with zeros: a matter of the vectors in a row of w (LAB 33).
     *
     * @param density share of elements that are not zero
     */
    public static boolean isWorthwhile(int columns, double density) {
        int vectors = Math.ceilDiv(columns, LANES);
        if (SCATTER) {
            return supports(columns) && density < (vectors >= 2 * BLOCK ? 0.35 : 0.25);
        }
        return supports(columns) && vectors >= BLOCK && density < (LANES == 16 ? 0.3 : 0.35);
    }

    /** Whether products with so many columns are offered: at least a vector of them, compiled to SIMD. */
    public static boolean supports(int columns) {
        return columns >= LANES && !Species.SCALAR;
    }

    /** Bytes that the two lists take for a non-zero, roughly: an offset for a group, a value for each of it, ink being shared. */
    public double listed() {
        return 2 * (Integer.BYTES / 1.5 + Float.BYTES * 1.25);
    }

    /** Row i of the batch is row {@code row} of the data. */
    public void set(int i, int row) {
        rows[i] = row;
    }

    /** How many panels an owner has, each of all rows of w; of {@link #stride} elements a row. */
    public int panels(int owner) {
        int panels = blocks[owner + 1] - blocks[owner];
        return narrow ? Math.min(1, panels) : panels;
    }

    /** Elements of a panel's row. */
    public int stride() {
        return stride;
    }

    /** Whether panels are w as it is. */
    public boolean isRowMajor() {
        return inPlace;
    }

    /** Copies the owner's columns of rows from to to - 1 of w [columns of x, n] to panels. */
    public void pack(int owner, int from, int to, float[] w, float[] panels) {
        Check.fromTo(from, to, "columns", columns);
        check(w, to, "w");
        for (int block = blocks[owner]; block < blocks[owner + 1]; block++) {
            copy(from, to, block, w, panels, panel(owner, block), stride);
        }
    }

    /** Copies rows from to to - 1 of panels to the owner's columns of w [columns of x, n]. */
    public void unpack(int owner, int from, int to, float[] panels, float[] w) {
        Check.fromTo(from, to, "columns", columns);
        check(w, to, "w");
        for (int block = blocks[owner]; block < blocks[owner + 1]; block++) {
            int last = (width(block) - 1) * LANES;
            for (int i = from; i < to; i++) {
                int at = panel(owner, block) + i * stride;
                System.arraycopy(panels, at, w, i * n + bounds[block], last);
                System.arraycopy(panels, at + last, w, i * n + bounds[block + 1] - LANES, LANES);
            }
        }
    }

    /** Rows of a block of columns, side by side. */
    private void copy(int from, int to, int block, float[] w, float[] panel, int at, int stride) {
        int column = bounds[block];
        int columns = bounds[block + 1] - column;
        int last = (width(block) - 1) * LANES;
        for (int i = from; i < to; i++) {
            int next = at + i * stride;
            System.arraycopy(w, i * n + column, panel, next, columns);
            if (columns - LANES != last) { // it overlaps the one before it, but not in the panel
                System.arraycopy(w, i * n + column + columns - LANES, panel, next + last, LANES);
            }
        }
    }

    /** Lists the non-zeros of rows from to to - 1 of the batch. */
    public void list(int from, int to) {
        Check.fromTo(from, to, "batch", capacity);
        rowLists.list(from, to);
    }

    /**
     * The owner's columns of y = x w for rows from to to - 1 of the batch; y [capacity, n].
     *
     * @param panels his columns of w, as {@link #pack} leaves them
     *
     * @throws IllegalStateException if a row was not listed
     */
    public void multiply(int owner, int from, int to, float[] panels, float[] y) {
        Check.fromTo(from, to, "batch", capacity);
        Check.range("panels", panels.length, 0, panels(owner) * stride * columns);
        check(y, to, "y");
        for (int block = blocks[owner]; block < blocks[owner + 1]; block++) {
            int last = bounds[block + 1] - LANES - bounds[block];
            int rowsTogether;
            for (int i = from; i < to; i += rowsTogether) {
                rowsTogether = rowLists.groupSize(i);
                sums(width(block), rowLists, i, Math.min(i + rowsTogether, to) - 1, panels,
                        panel(owner, block), y, bounds[block], n, last);
            }
        }
    }

    /** Lists the non-zeros of columns from to to - 1 of x, for rows 0 to size - 1 of the batch. */
    public void listColumns(int size, int from, int to) {
        Check.fromTo(0, size, "batch", capacity);
        Check.fromTo(from, to, "columns", columns);
        if (columnLists != null) {
            columnLists.list(size, from, to);
        }
    }

    /** Takes the gradient of w piece by piece. */
    @FunctionalInterface
    public interface Sink {
        /** That of elements from to to - 1 of the owner's panels: of element i {@code g[i + shift]}, until this returns. */
        void take(int from, int to, float[] g, int shift);
    }

    /**
     * Rows from to to - 1 of the owner's columns of x^T dz, for rows 0 to size - 1 of the batch; dz [capacity, n].
     *
     * @throws IllegalStateException if a row of the batch, or a column from to to - 1 of it, was not listed
     */
    public void gradient(int owner, int size, int from, int to, float[] dz, Sink sink) {
        Check.fromTo(0, size, "batch", capacity);
        Check.fromTo(from, to, "columns", columns);
        check(dz, size, "dz");
        if (columnLists != null) {
            gather(columnLists, owner, size, from, to, dz, sink);
        } else if (panels(owner) > 0) {
            scatter(owner, size, from, to, dz, sink);
        }
    }

    private static float[] scratch(Pool<float[]> pool, int size) {
        float[] scratch = pool.take();
        return scratch.length < size ? new float[size] : scratch;
    }

    /**
     * Two or three columns of x at a time, each with the rows of dz that it has non-zeros for; a few of them, then the sink,
     * while they are in L1.
     */
    private void gather(ColumnLists lists, int owner, int size, int from, int to, float[] dz, Sink sink) {
        float[] panel = scratch(PANELS, size * STRIDE);
        float[] g = scratch(GRADIENTS, (GATHERED + MergedLists.GROUP) * stride);
        int end;
        for (int first = blocks[owner]; first < blocks[owner + 1]; first = end) {
            end = narrow ? blocks[owner + 1] : first + 1; // the blocks of a panel
            for (int block = first; block < end; block++) {
                copy(0, size, block, dz, panel, bounds[block] - bounds[first], STRIDE);
            }
            int next;
            for (int j = from; j < to; j = next) {
                next = j;
                while (next < to && next - j < GATHERED) {
                    next += lists.groupSize(next);
                }
                next = Math.min(next, to);
                if (narrow) {
                    Arrays.fill(g, 0, (next - j) * stride, 0f); // also what a row has too many
                }
                for (int block = first; block < end; block++) {
                    int at = bounds[block] - bounds[first];
                    gather(lists, width(block), j, next, panel, at, g, at - j * stride);
                }
                int element = panel(owner, first) + j * stride;
                sink.take(element, element + (next - j) * stride, g, -element);
            }
        }
        PANELS.give(panel);
        GRADIENTS.give(g);
    }

    private void gather(ColumnLists lists, int width, int from, int to, float[] panel, int at, float[] g, int gAt) {
        int together;
        for (int j = from; j < to; j += together) {
            together = lists.groupSize(j);
            sums(width, lists, j, Math.min(j + together, to) - 1, panel, at, g, gAt, stride,
                    (width - 1) * LANES);
        }
    }

    /** Two rows of x at a time, each of dz to the rows of an owner's only panel that it has non-zeros for. */
    private void scatter(int owner, int size, int from, int to, float[] dz, Sink sink) {
        float[] g = scratch(GRADIENTS, SCATTERED * stride);
        for (int first = from, end; first < to; first = end) {
            end = Math.min(to, first + SCATTERED);
            Arrays.fill(g, 0, (end - first) * stride, 0f);
            for (int i = 0; i < size; i += rowLists.groupSize(i)) {
                int e = rowLists.position(i, first);
                int rest = rowLists.position(i, end);
                for (int block = blocks[owner]; block < blocks[owner + 1]; block++) {
                    add(width(block), e, rest, i, size, dz, bounds[block], bounds[block + 1] - LANES - bounds[block], g,
                            panel(owner, block) - first * stride);
                }
            }
            sink.take(first * stride, end * stride, g, -first * stride);
        }
        GRADIENTS.give(g);
    }

    private void check(float[] matrix, int rows, String name) {
        Check.matrix(name, matrix.length, 0, rows, n, n);
    }

    /** Vectors of a block. */
    private int width(int block) {
        return Math.ceilDiv(bounds[block + 1] - bounds[block], LANES);
    }

    /** Where a block begins in the owner's panels. */
    private int panel(int owner, int block) {
        return narrow ? bounds[block] - units[owner] : (block - blocks[owner]) * columns * stride;
    }

    /** A block of columns of rows i and the next one or two, up to {@code end}, of y: listed values times a panel's rows. */
    private void sums(int width, MergedLists lists, int i, int end, float[] panel, int at, float[] y, int yAt, int ldy,
            int last) {
        int count = lists.counts[i];
        int[] offsets = lists.offsets;
        float[] values = lists.values;
        int pitch = lists.pitch;
        int second = Math.min(i + 1, end);
        int third = Math.min(i + 2, end);
        int y0 = yAt + i * ldy;
        int y1 = yAt + second * ldy;
        int y2 = yAt + third * ldy;
        int x0 = i * pitch;
        int x1 = second * pitch;
        int x2 = third * pitch;
        if (SUMS[width].isCold()) {
            warm(width);
        }
        sums(width, count, offsets, x0, x1, x2, values, panel, at, last, y, y0, y1, y2);
    }

    private static void warm(int width) {
        int[] offsets = new int[Warmth.STEPS];
        float[] values = new float[Warmth.STEPS];
        float[] panel = new float[STRIDE];
        float[] y = new float[MergedLists.GROUP * STRIDE];
        SUMS[width].warm((long) Warmth.STEPS * MergedLists.GROUP * width,
                (count, _) -> sums(width, count, offsets, 0, 0, 0, values, panel, 0, (width - 1) * LANES, y, 0,
                        STRIDE, (MergedLists.GROUP - 1) * STRIDE));
    }

    private static void sums(int width, int count, int[] offsets, int x0, int x1, int x2, float[] values,
            float[] panel, int at, int last, float[] y, int y0, int y1, int y2) {
        if (MergedLists.GROUP == 3) {
            switch (width) {
                case 8 -> SparseSums.sum3x8(count, offsets, x0, x1, x2, values, panel, at, last, y, y0, y1, y2);
                case 4 -> SparseSums.sum3x4(count, offsets, x0, x1, x2, values, panel, at, last, y, y0, y1, y2);
                case 2 -> SparseSums.sum3x2(count, offsets, x0, x1, x2, values, panel, at, last, y, y0, y1, y2);
                case 1 -> SparseSums.sum3x1(count, offsets, x0, x1, x2, values, panel, at, y, y0, y1, y2);
                default -> throw new AssertionError(width);
            }
            return;
        }
        switch (width) {
            case 6 -> SparseSums.sum2x6(count, offsets, x0, x1, values, panel, at, last, y, y0,
                    y1);
            case 4 -> SparseSums.sum2x4(count, offsets, x0, x1, values, panel, at, last, y, y0,
                    y1);
            case 2 -> SparseSums.sum2x2(count, offsets, x0, x1, values, panel, at, last, y, y0,
                    y1);
            case 1 -> SparseSums.sum2x1(count, offsets, x0, x1, values, panel, at, y, y0, y1);
            default -> throw new AssertionError(width);
        }
    }

    /** A block of columns of rows i and, if they were listed together and both are asked for, i + 1 of dz to rows of y. */
    private void add(int width, int from, int to, int i, int size, float[] dz, int column, int last, float[] y,
            int at) {
        boolean pair = rowLists.groupSize(i) == 2 && i + 1 < size;
        int[] offsets = rowLists.offsets;
        float[] values = rowLists.values;
        int x0 = i * rowLists.pitch;
        int x1 = pair ? x0 + rowLists.pitch : x0;
        int dz0 = i * n + column;
        float[] second = pair ? dz : ZEROS;
        int dz1 = pair ? dz0 + n : 0;
        switch (width) {
            case 6 -> SparseSums.add2x6(from, to, offsets, x0, x1, values, dz, dz0, second, dz1, last, y, at);
            case 4 -> SparseSums.add2x4(from, to, offsets, x0, x1, values, dz, dz0, second, dz1, last, y, at);
            case 2 -> SparseSums.add2x2(from, to, offsets, x0, x1, values, dz, dz0, second, dz1, last, y, at);
            case 1 -> SparseSums.add2x1(from, to, offsets, x0, x1, values, dz, dz0, second, dz1, y, at);
            default -> throw new AssertionError(width);
        }
    }
}
