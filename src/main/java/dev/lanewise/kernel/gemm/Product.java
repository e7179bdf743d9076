package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.CacheSizes;
import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** The loops of a matrix multiply, with a thread's copies of what it multiplies. */
public final class Product {
    private static final VectorSpecies<Float> S = Species.FLOATS;
    private static final int LANES = S.length();

    // Up to 24 accumulators where there are 32 vector registers: 6 x 4 where C is wide, 6 x 3 and 8 rows where it is
    // narrow. 6 x 4 reads 10 operands a step and has little to do at its start and end. 12, 6 x 2, where there are 16.
    private static final boolean WIDE = Species.MANY_REGISTERS;
    private static final int VECTORS = WIDE ? 4 : 2;
    public static final int NR = VECTORS * LANES;

    // Block sizes from the caches. The panel, a strip of B (KC x NR floats), streams from L2 through every tile: about
    // 21 bytes a cycle at two FMAs of 512 bits. It may fill a quarter of L2. KC is long because every block of k loads
    // and stores C again: 512 x 512 x 784 on Zen 5 with KC 128, 400 and 1024 gave 215, 222 and 229 GFLOP/s, though 128
    // would keep the panel in L1. The rows of A stream once a strip, 2 bytes a cycle, which L3 gives too: a block of A
    // (MC x KC) may fill a quarter of it. MC 1200 against 480: 0 to 4 % for C of 784 x 800. Zen 5 (L2 of 1 MiB, L3 of
    // 32): KC 1024, MC 1200; with 512 KiB and 4 MiB: 512, 504.
    private static final CacheSizes CACHES = CacheSizes.here();
    public static final int KC = Math.clamp(CACHES.l2() / 4 / (4 * NR), 128, 1024);
    public static final int MC = 24 * Math.clamp(CACHES.l3() / 4 / (4 * KC) / 24, 2, 50); // whole tiles
    // With one or two vectors there are too few FMAs to hide that a transposed A, a cache line for each k, and the panel
    // come from L2: both stay in L1. 784 x 10, 16 and 30 x 512 gained 10 to 20 %; wider C, A as it is, and slim tiles lost 7.
    private static final int NARROW_KC = Math.max(128, CACHES.l1() / (64 + 4 * 2 * LANES));

    /**
     * A short run has its products of up to so many multiply-adds, and narrow ones of an A as it lies (those of a
     * last layer), with one kernel of slim tiles, 6 x 2: B is packed beforehand, a transposed A copied to rows. Epochs take up
     * to 3 % longer, but five kernels less are compiled: a cold start of 2.3 s on Zen 3 lasts 2.1 s.
     */
    private static final long SMALL = 100_000;

    /** Where part {@code i} of {@code parts} about equal parts of n begins: blocks have no thin rest. */
    static int part(int n, int i, int parts) {
        return (int) ((long) n * i / parts);
    }

    /** Rows of the next tile where there are tiles of 6 and of 4. */
    static int sixOrFour(int rest) {
        return rest <= 4 || rest == 7 || rest == 8 ? 4 : 6; // 7 and 8 are two of 4
    }

    private float[] blockA = {}; // [MC, KC] or [KC, MC] at most, alpha times a block of A
    private final float[] panel = new float[KC * NR]; // a strip of B
    private final float[] edgeA = new float[8 * KC]; // [rows, kc], rows of a transposed A that fill no tile
    private final float[] tiles = new float[(LANES + 7) * NR]; // [rows, NR], of tiles that are not stored as they are
    private final Transpose transpose = new Transpose();
    private final SlimGemm slim = WIDE ? null : new SlimGemm(); // where there are 16 registers
    private boolean transC; // whether C is computed as its transpose
    private boolean oneKernel; // of slim tiles

    public void multiply(boolean shortRun, boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a,
            int aOffset,
            int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc) {
        if (Species.SCALAR) {
            ScalarGemm.sgemm(transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset,
                    ldc);
            return;
        }
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0 || beta != 0f && beta != 1f) {
            scale(m, n, beta, c, cOffset, ldc);
        }
        // C^T = op(B)^T op(A)^T, the same chains: where that transposes fewer elements (of A, and of C as it is
        // stored, instead of B).
        boolean fewer = transB && !transA && (long) n * k > (long) m * k + 2L * m * n;
        transpose.setShortRun(shortRun);
        transC = alpha == 1f && m >= LANES && fewer;
        oneKernel = !WIDE && shortRun && ((long) m * n * k <= SMALL || !transA && n <= NR);
        if (!WIDE && !oneKernel && SlimGemm.repays(transA, m, n, k)) {
            slim.multiply(shortRun, transC, transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb,
                    beta == 0f, c,
                    cOffset, ldc);
            return;
        }
        if (transC) {
            blocks(!transB, !transA, n, m, k, 1f, b, bOffset, ldb, a, aOffset, lda, beta == 0f, c, cOffset, ldc);
        } else {
            blocks(transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta == 0f, c, cOffset, ldc);
        }
    }

    /** The three outer loops: blocks of k, of rows, strips of columns. */
    private void blocks(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset,
            int lda, float[] b, int bOffset, int ldb, boolean startFromZero, float[] c, int cOffset, int ldc) {
        int vectors = Math.ceilDiv(n, LANES);
        int strips = Math.ceilDiv(vectors, VECTORS);
        int kBlocks = Math.ceilDiv(k, WIDE && transA && vectors <= 2 ? Math.min(NARROW_KC, KC) : KC);
        for (int kBlock = 0; kBlock < kBlocks; kBlock++) {
            int pc = part(k, kBlock, kBlocks);
            int kc = part(k, kBlock + 1, kBlocks) - pc;
            boolean fromZero = startFromZero && pc == 0;
            int bAt = bOffset + (transB ? pc : pc * ldb);
            for (int ic = 0; ic < m; ic += MC) {
                int mc = Math.min(MC, m - ic);
                int aAt = aOffset + (transA ? pc * lda + ic : ic * lda + pc);
                float[] x = a;
                int ldx = lda;
                if (alpha != 1f) {
                    ldx = transA ? mc : kc;
                    copyA(alpha, transA ? kc : mc, ldx, a, aAt, lda);
                    x = blockA;
                    aAt = 0;
                }
                for (int s = 0; s < strips; s++) {
                    int first = part(vectors, s, strips);
                    int width = part(vectors, s + 1, strips) - first;
                    int col = column(first, n);
                    int last = column(first + width - 1, n) - col;
                    int cAt = cOffset + (transC ? col * ldc + ic : ic * ldc + col);
                    boolean packed = transB || n < LANES || oneKernel;
                    if (packed) {
                        pack(transB, kc, first, width, n, b, bAt, ldb);
                    }
                    strip(width, transA, mc, kc, x, aAt, ldx, packed, b, bAt + col, ldb, n, fromZero, c, cAt, ldc,
                            last);
                }
            }
        }
    }

    /** The inner loop: the tiles of a strip of C from top to bottom. */
    private void strip(int width, boolean transA, int mc, int kc, float[] a, int aAt, int lda, boolean packed,
            float[] b, int bAt, int ldb, int n, boolean fromZero, float[] c, int cAt, int ldc, int last) {
        boolean direct = !transC && n >= LANES;
        boolean fill = !packed;
        int held = 0; // rows in tiles
        int rows;
        for (int i = 0; i < mc; i += rows) {
            int height = fill && mc <= 2 ? 1 : height(mc - i, width, fill);
            rows = Math.min(height, mc - i);
            float[] x = a;
            int ldx = lda;
            int xAt = aAt + (transA ? i : i * lda);
            boolean cols = transA && rows == height && !fill && height != 4 && !oneKernel;
            if (transA && !cols) {
                transpose.copy(a, xAt, lda, kc, rows, edgeA, 0, kc);
                x = edgeA;
                ldx = kc;
                xAt = 0;
            }
            int to = cAt + (transC ? i : i * ldc);
            float[] y = direct ? c : tiles;
            int yAt = direct ? to : held * NR;
            int ldy = direct ? ldc : NR;
            int yLast = direct ? last : (width - 1) * LANES;
            if (!direct && !fromZero) {
                load(rows, width, n, c, to, ldc, last, yAt);
            }
            if (height == 1) {
                row(width, kc, x, xAt, b, bAt, ldb, last, fromZero, y, yAt, yLast);
            } else if (fill) {
                fill(width, kc, x, xAt, ldx, rows - 1, b, bAt, ldb, last, fromZero,
                        y, yAt, ldy, yLast);
                fill = false;
            } else {
                tile(cols, height, width, kc, x, xAt, ldx, rows - 1, fromZero, y, yAt, ldy, yLast);
            }
            held += rows;
            if (!direct && (held >= LANES || i + rows == mc)) {
                store(held, width, n, c, cAt + (i + rows - held) * (transC ? 1 : ldc), ldc, last);
                held = 0;
            }
        }
    }

    /** Rows of the next tile; the last one may have fewer. */
    private int height(int rest, int width, boolean fill) {
        if (!WIDE && width == 2) {
            return fill ? 4 : oneKernel ? 6 : sixOrFour(rest);
        }
        if (width < 3) {
            return 8;
        }
        return width == 4 && !fill ? sixOrFour(rest) : 6;
    }

    private static void row(int width, int kc, float[] a, int aAt, float[] b, int bAt, int ldb, int bLast,
            boolean fromZero, float[] c, int cAt, int cLast) {
        switch (width) {
            case 1 -> RowTiles.row1x1(kc, a, aAt, b, bAt, ldb, bLast, fromZero, c, cAt, cLast);
            case 2 -> RowTiles.row1x2(kc, a, aAt, b, bAt, ldb, bLast, fromZero, c, cAt, cLast);
            case 3 -> RowTiles.row1x3(kc, a, aAt, b, bAt, ldb, bLast, fromZero, c, cAt, cLast);
            case 4 -> RowTiles.row1x4(kc, a, aAt, b, bAt, ldb, bLast, fromZero, c, cAt, cLast);
            default -> throw new AssertionError(width);
        }
    }

    /** The first tile of a strip reads B where it lies and fills the panel. */
    private void fill(int width, int kc, float[] a, int aAt, int lda, int last, float[] b, int bAt, int ldb,
            int bLast, boolean fromZero, float[] c, int cAt, int ldc, int cLast) {
        switch (WIDE || width == 1 ? width : 10 + width) {
            case 1 -> WideTiles.pack8x1(kc, a, aAt, lda, last, b, bAt, ldb, bLast, panel, fromZero, c, cAt, ldc,
                    cLast);
            case 2 -> WideTiles.pack8x2(kc, a, aAt, lda, last, b, bAt, ldb, bLast, panel, fromZero, c, cAt, ldc,
                    cLast);
            case 3 -> WideTiles.pack6x3(kc, a, aAt, lda, last, b, bAt, ldb, bLast, panel, fromZero, c, cAt, ldc,
                    cLast);
            case 4 -> WideTiles.pack6x4(kc, a, aAt, lda, last, b, bAt, ldb, bLast, panel, fromZero, c, cAt, ldc,
                    cLast);
            case 12 -> SlimTiles.pack4x2(kc, a, aAt, lda, last, b, bAt, ldb, bLast, panel, fromZero, c, cAt, ldc,
                    cLast);
            default -> throw new AssertionError(width);
        }
    }

    private void tile(boolean cols, int height, int width, int kc, float[] a, int aAt, int lda, int last,
            boolean fromZero, float[] c, int cAt, int ldc, int cLast) {
        int shape = (cols ? 100 : 0) + 10 * height + width;
        if (WIDE || width == 1) {
            switch (shape) {
                case 44 -> WideTiles.rows4x4(kc, a, aAt, lda, last, panel, fromZero, c, cAt, ldc, cLast);
                case 64 -> WideTiles.rows6x4(kc, a, aAt, lda, last, panel, fromZero, c, cAt, ldc, cLast);
                case 63 -> WideTiles.rows6x3(kc, a, aAt, lda, last, panel, fromZero, c, cAt, ldc, cLast);
                case 81 -> WideTiles.rows8x1(kc, a, aAt, lda, last, panel, fromZero, c, cAt, ldc, cLast);
                case 82 -> WideTiles.rows8x2(kc, a, aAt, lda, last, panel, fromZero, c, cAt, ldc, cLast);
                case 164 -> WideTiles.cols6x4(kc, a, aAt, lda, panel, fromZero, c, cAt, ldc, cLast);
                case 181 -> WideTiles.cols8x1(kc, a, aAt, lda, panel, fromZero, c, cAt, ldc, cLast);
                case 182 -> WideTiles.cols8x2(kc, a, aAt, lda, panel, fromZero, c, cAt, ldc, cLast);
                case 163 -> WideTiles.cols6x3(kc, a, aAt, lda, panel, fromZero, c, cAt, ldc, cLast);
                default -> throw new AssertionError(shape);
            }
        } else if (height == 6) {
            SlimTiles.rows6x2(kc, a, aAt, lda, last, panel, fromZero, c, cAt, ldc, cLast);
        } else {
            SlimTiles.rows4x2(kc, a, aAt, lda, last, panel, fromZero, c, cAt, ldc, cLast);
        }
    }

    /** A tile from C: C^T's, or one narrower than a vector. */
    private void load(int rows, int width, int n, float[] c, int at, int ldc, int cLast, int to) {
        for (int v = 0; v < width; v++) {
            int j = v == width - 1 ? cLast : v * LANES;
            if (transC) {
                transpose.copy(c, at + j * ldc, ldc, LANES, rows, tiles, to + v * LANES, NR);
            } else {
                VectorMask<Float> columns = S.indexInRange(0, n);
                for (int i = 0; i < rows; i++) {
                    FloatVector.fromArray(S, c, at + i * ldc, columns).intoArray(tiles, to + i * NR);
                }
            }
        }
    }

    private void store(int rows, int width, int n, float[] c, int at, int ldc, int cLast) {
        for (int v = 0; v < width; v++) {
            int j = v == width - 1 ? cLast : v * LANES;
            if (transC) {
                transpose.copy(tiles, v * LANES, NR, rows, LANES, c, at + j * ldc, ldc);
            } else {
                VectorMask<Float> columns = S.indexInRange(0, n);
                for (int i = 0; i < rows; i++) {
                    FloatVector.fromArray(S, tiles, i * NR).intoArray(c, at + i * ldc, columns);
                }
            }
        }
    }

    /** alpha times a block of A as it lies, its rows side by side. */
    private void copyA(float alpha, int rows, int width, float[] a, int at, int lda) {
        if (blockA.length < rows * width) {
            blockA = new float[rows * width];
        }
        for (int i = 0; i < rows; i++) {
            scale(alpha, a, at + i * lda, blockA, i * width, width);
        }
    }

    /** Fills the panel with a strip of op(B); what lies beyond n columns is of no account. */
    private void pack(boolean trans, int kc, int first, int width, int n, float[] b, int at, int ldb) {
        for (int v = 0; v < width; v++) {
            int col = column(first + v, n);
            if (trans) {
                transpose.copy(b, at + col * ldb, ldb, Math.min(LANES, n), kc, panel, v * LANES, width * LANES);
            } else {
                // Whole vectors as long as none reaches beyond the array: a copy of n floats takes 8 ns.
                int whole = Math.clamp(Math.floorDiv(b.length - LANES - at - col, ldb) + 1, 0, kc);
                for (int p = 0; p < whole; p++) {
                    FloatVector.fromArray(S, b, at + col + p * ldb).intoArray(panel, (p * width + v) * LANES);
                }
                for (int p = whole; p < kc; p++) {
                    System.arraycopy(b, at + p * ldb, panel, p * LANES, n);
                }
            }
        }
    }

    /**
     * The first column of a vector of C: the last one ends where C does and overlaps the one before it if it must.
     * Both are in the same strip, and so loaded before either is stored: a last strip of one vector alone does not
     * occur.
     */
    private static int column(int vector, int n) {
        return Math.max(0, Math.min(vector * LANES, n - LANES));
    }

    /** y = alpha x for n elements; a plain loop, which C2 vectorises. */
    static void scale(float alpha, float[] x, int xOffset, float[] y, int yOffset, int n) {
        for (int i = 0; i < n; i++) {
            y[yOffset + i] = alpha * x[xOffset + i];
        }
    }

    private static void scale(int m, int n, float beta, float[] c, int cOffset, int ldc) {
        for (int i = 0; i < m; i++) {
            for (int at = cOffset + i * ldc, end = at + n; at < end; at++) {
                c[at] = beta == 0f ? 0f : beta * c[at];
            }
        }
    }

    /** The register tile's width and the block sizes, for people. */
    public static String blocking() {
        return "C in tiles of %d columns, KC %d, MC %d".formatted(NR, KC, MC);
    }
}
