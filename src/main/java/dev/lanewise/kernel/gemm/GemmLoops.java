package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.core.Transpose;
import dev.lanewise.kernel.core.Warmth;

/**
 * Multiplies matrices in the five loops of Goto and van de Geijn; each {@link Product} has its own, with its copies of parts of A and B.
 *
 * <p>The loops are the same for both register files. {@link Blocking} says how large the blocks are and whether operands
 * are copied first, {@link Tile} which register tiles there are.
 */
final class GemmLoops {
    private static final int LANES = Species.LANES;
    private static final int NR = Blocking.NR;
    private static final int MAX_ROWS = Tile.MAX_ROWS;

    /** A short run computes products of up to so many multiply-adds with one tile: less is to be compiled (LAB 13). */
    private static final long SMALL = 100_000;

    private final Transpose transpose = new Transpose();
    private final PackedA packedA = new PackedA(transpose);
    private final PackedB packedB = new PackedB(transpose);
    private final TileBuffer buffer = new TileBuffer(transpose);
    private final Strips strips = new Strips();
    private final Operand blockA = new Operand(); // a block of A where it lies, or alpha times it
    private final Operand rowsA = new Operand(); // rows of a transposed A that fill no tile
    private final Operand copiedC = new Operand();
    private float[] transposedC = {};
    private boolean oneTile; // ROWS_6_VECTORS_2 in place does it all, also what the first tile of a strip would do

    /** C = alpha op(A) op(B) + beta C; may leave the operands transposed. */
    void multiply(boolean shortRun, int m, int n, int k, float alpha, Operand a, Operand b, float beta, Operand c) {
        if (k == 0 || beta != 0f && beta != 1f) {
            scale(m, n, beta, c);
        }
        prepare(shortRun, a.transposed, m, n, k);
        multiply(Blocking.of(a.transposed, m, n, k, !oneTile), swaps(m, n, k, alpha, a.transposed, b.transposed), m, n,
                k,
                alpha, a, b, beta == 0f, c);
    }

    private void prepare(boolean shortRun, boolean transA, int m, int n, int k) {
        transpose.setShortRun(shortRun);
        // Small ones, and narrow ones of an A that is not transposed: those of a last layer.
        oneTile = !Species.MANY_REGISTERS && shortRun && ((long) m * n * k <= SMALL || !transA && n <= NR);
    }

    /**
     * Whether C^T = op(B)^T op(A)^T, the same chains, transposes fewer elements (of A, and of C as it is stored, instead of
     * B).
     */
    private static boolean swaps(int m, int n, int k, float alpha, boolean transA, boolean transB) {
        if (transA && !transB) { // whose lanes would be few: they lie along the rows of C instead
            return 8 * n <= 3 * LANES && m >= 2 * LANES && k >= 8 * n && alpha == 1f;
        }
        return transB && !transA && (long) n * k > (long) m * k + 2L * m * n && alpha == 1f && m >= LANES;
    }

    private void multiply(Blocking blocking, boolean swaps, int m, int n, int k, float alpha, Operand a, Operand b,
            boolean fromZero, Operand c) {
        if (!swaps) {
            loops(blocking, m, n, k, alpha, a, b, fromZero, c);
            return;
        }
        a.transpose();
        b.transpose();
        c.transpose();
        if (!blocking.packs()) {
            loops(blocking, n, m, k, 1f, b, a, fromZero, c);
            return;
        }
        if (transposedC.length < m * n) {
            transposedC = new float[m * n];
        }
        copiedC.set(transposedC, 0, m, false);
        if (!fromZero) {
            transpose.copy(c.data, c.offset, c.ld, m, n, transposedC, 0, m);
        }
        loops(blocking, n, m, k, 1f, b, a, fromZero, copiedC);
        transpose.copy(transposedC, 0, m, n, m, c.data, c.offset, c.ld);
    }

    /**
     * Multiplies zeros as a product of the given size would be multiplied, but fewer of them: m and n as {@code variant}
     * says, which goes through all that call for other tiles. Returns how many vectors were multiplied.
     */
    long rehearse(boolean shortRun, boolean transA, boolean transB, int m, int n, int k, int variant, int steps,
            boolean fromZero) {
        boolean swaps = swaps(m, n, k, 1f, transA, transB);
        int rows = swaps ? columns(m, variant) : some(m, MAX_ROWS, variant);
        int columns = swaps ? some(n, MAX_ROWS, variant) : columns(n, variant);
        int depth = Math.min(k, steps);
        Operand x = new Operand();
        Operand y = new Operand();
        Operand z = new Operand();
        x.set(new float[rows * depth], 0, transA ? rows : depth, transA);
        y.set(new float[columns * depth], 0, transB ? depth : columns, transB);
        z.set(new float[rows * columns], 0, columns, false);
        prepare(shortRun, transA, m, n, k);
        multiply(Blocking.of(transA, m, n, k, !oneTile), swaps, rows, columns, depth, 1f, x, y, fromZero, z);
        return (long) rows * Math.ceilDiv(columns, LANES) * depth;
    }

    private static int columns(int size, int variant) {
        return size < LANES ? size : some(size, NR, variant * LANES);
    }

    /** A size from {@code unit} to 3 times that, or the size itself where that is smaller. */
    private static int some(int size, int unit, int variant) {
        return size < 2 * unit ? size : unit + (size + variant) % (2 * unit);
    }

    /**
     * The five loops: blocks of k, of columns, of rows; strips of columns; and, in what they call, the tiles of a strip.
     * Where operands are copied, a block has the rows of one tile.
     */
    private void loops(Blocking blocking, int m, int n, int k, float alpha, Operand left, Operand right,
            boolean startFromZero, Operand result) {
        boolean packs = blocking.packs();
        boolean direct = !packs && !right.transposed && n >= LANES && m <= Tile.FEW_ROWS && !oneTile;
        strips.cut(n, packs ? 2 : direct ? Tile.directVectors(m) : Tile.MAX_VECTORS);
        int kBlocks = Math.ceilDiv(k, blocking.kc());
        for (int kBlock = 0; kBlock < kBlocks; kBlock++) { // blocks of k
            int p0 = Blocking.part(k, kBlock, kBlocks);
            int kc = Blocking.part(k, kBlock + 1, kBlocks) - p0;
            boolean fromZero = startFromZero && p0 == 0;
            int nBlocks = Math.ceilDiv(strips.count, blocking.strips(kc));
            for (int nBlock = 0; nBlock < nBlocks; nBlock++) { // blocks of columns
                int first = Blocking.part(strips.count, nBlock, nBlocks);
                int end = Blocking.part(strips.count, nBlock + 1, nBlocks);
                if (packs) {
                    packedB.block(right, strips, first, end, p0, kc);
                }
                for (int i = 0, height; i < m; i += height) { // blocks of rows
                    height = blocking.rows(m - i);
                    int rows = Math.min(height, m - i);
                    if (packs) {
                        packedA.fillMicroPanel(alpha, left, i, rows, height, p0, kc);
                        packedTiles(Tile.nextPacked(m - i), left.transposed, rows, first, end, kc, fromZero, result, i);
                    } else {
                        packedA.block(alpha, left, i, rows, p0, kc, blockA);
                        for (int strip = first; strip < end; strip++) { // strips of columns
                            tiles(strip, rows, n, kc, right, p0, direct, fromZero, result, i);
                        }
                    }
                }
            }
        }
    }

    /** The tiles of a micro-panel of A, one in each strip of a block. */
    private void packedTiles(Tile tile, boolean columns, int rows, int first, int end, int kc, boolean fromZero,
            Operand result, int i) {
        if (tile.packedWarmth(columns).isCold()) {
            warmPacked(tile, columns);
        }
        float[] x = packedA.microPanel; // locals: a field is read anew for each tile
        float[] y = packedB.data;
        float[] z = result.data;
        int ldc = result.ld;
        int cAt = result.at(i, 0);
        int size = Blocking.stripSize(kc);
        for (int strip = first, bAt = 0; strip < end; strip++, bAt += size) { // strips of columns
            int column = strips.column(strip);
            int cLast = strips.last(strip);
            if (columns) {
                PackedTiles.columns(tile, kc, x, rows - 1, y, bAt, fromZero, z, cAt + column, ldc, cLast);
            } else {
                PackedTiles.rows(tile, kc, x, rows - 1, y, bAt, fromZero, z, cAt + column, ldc, cLast);
            }
        }
    }

    /** The tiles of a strip of C from top to bottom, on A where it lies. */
    private void tiles(int strip, int mc, int n, int kc, Operand right, int p0, boolean direct, boolean fromZero,
            Operand result, int i0) {
        int width = strips.width(strip);
        int last = strips.last(strip);
        boolean buffered = result.transposed || n < LANES;
        boolean fill = !direct && !right.transposed && n >= LANES && !oneTile; // the first tile is to fill the panel
        if (!fill && !direct) {
            packedB.strip(right, n, strips, strip, p0, kc);
        }
        int bAt = right.at(p0, strips.column(strip));
        int held = 0; // rows in the buffer
        int rows;
        for (int i = 0; i < mc; i += rows) { // tiles
            Operand x = blockA;
            Tile tile = direct ? Tile.direct(mc, width) : tile(width, mc - i, x.transposed, fill);
            rows = Math.min(tile.rows, mc - i);
            int xAt = x.at(i, 0);
            boolean columns = x.transposed && rows == tile.rows && !fill && !direct && tile.readsColumns() && !oneTile;
            if (x.transposed && !columns) {
                packedA.rows(x, i, rows, kc, rowsA);
                x = rowsA;
                xAt = 0;
            }
            float[] y = result.data;
            int yAt = result.at(i0 + i, strips.column(strip));
            int ldy = result.ld;
            int yLast = last;
            if (buffered) {
                y = buffer.data;
                yAt = held * NR;
                ldy = NR;
                yLast = (width - 1) * LANES;
                if (!fromZero) {
                    buffer.load(result, n, strips, strip, i0 + i, rows, held);
                }
            }
            if (!direct && tile.warmth(fill, columns).isCold()) {
                warm(tile, fill, columns);
            }
            if (direct) {
                InPlaceTiles.direct(tile, kc, x.data, xAt, x.ld, rows - 1, right.data, bAt, right.ld, last, fromZero, y,
                        yAt, ldy, yLast);
            } else if (fill) {
                InPlaceTiles.fill(tile, kc, x.data, xAt, x.ld, rows - 1, right.data, bAt, right.ld, last, packedB.data,
                        fromZero, y, yAt, ldy, yLast);
                fill = false;
            } else if (columns) {
                InPlaceTiles.columns(tile, kc, x.data, xAt, x.ld, packedB.data, fromZero, y, yAt, ldy, yLast);
            } else {
                InPlaceTiles.rows(tile, kc, x.data, xAt, x.ld, rows - 1, packedB.data, fromZero, y, yAt, ldy, yLast);
            }
            held += rows;
            if (buffered && (held >= LANES || i + rows == mc)) {
                buffer.store(result, n, strips, strip, i0 + i + rows - held, held);
                held = 0;
            }
        }
    }

    private static void warm(Tile tile, boolean fill, boolean columns) {
        int steps = Warmth.STEPS;
        int width = tile.vectors * LANES;
        int last = width - LANES;
        float[] x = new float[MAX_ROWS * steps];
        float[] y = new float[steps * width];
        float[] panel = new float[steps * width];
        float[] z = new float[tile.rows * width];
        tile.warmth(fill, columns).warm((long) steps * tile.rows * tile.vectors, (kc, continued) -> {
            if (fill) {
                InPlaceTiles.fill(tile, kc, x, 0, steps, tile.rows - 1, y, 0, width, last, panel, !continued, z, 0,
                        width, last);
            } else if (columns) {
                InPlaceTiles.columns(tile, kc, x, 0, tile.rows, panel, !continued, z, 0, width, last);
            } else {
                InPlaceTiles.rows(tile, kc, x, 0, steps, tile.rows - 1, panel, !continued, z, 0, width, last);
            }
        });
    }

    private static void warmPacked(Tile tile, boolean columns) {
        int steps = Warmth.STEPS;
        int width = tile.vectors * LANES;
        float[] x = new float[MAX_ROWS * Blocking.PACKED_LDA];
        float[] y = new float[steps * width];
        float[] z = new float[tile.rows * width];
        tile.packedWarmth(columns).warm((long) steps * tile.rows * tile.vectors, (kc, continued) -> {
            if (columns) {
                PackedTiles.columns(tile, kc, x, tile.rows - 1, y, 0, !continued, z, 0, width, width - LANES);
            } else {
                PackedTiles.rows(tile, kc, x, tile.rows - 1, y, 0, !continued, z, 0, width, width - LANES);
            }
        });
    }

    private Tile tile(int width, int rowsLeft, boolean transposed, boolean fill) {
        if (fill) {
            return Tile.first(width);
        }
        return oneTile && width == 2 ? Tile.ROWS_6_VECTORS_2 : Tile.next(width, rowsLeft, transposed);
    }

    private static void scale(int m, int n, float beta, Operand c) {
        float[] data = c.data;
        for (int i = 0; i < m; i++) {
            for (int at = c.at(i, 0), end = at + n; at < end; at++) {
                data[at] = beta == 0f ? 0f : beta * data[at];
            }
        }
    }
}
