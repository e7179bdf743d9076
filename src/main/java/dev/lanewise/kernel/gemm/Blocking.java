package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.CacheSizes;
import dev.lanewise.kernel.core.Species;

/**
 * How a product is cut into blocks, by the sizes of the caches, and whether its operands are copied first.
 *
 * @param packs whether both operands are copied: a block of B's strips, and the rows of A for one tile at a time, which
 *     stay in L1 while all strips of the block stream past them; else A is read where it lies, and B's strips are copied
 *     one by one, by the first tile that reads them
 * @param kc steps of k in a block
 */
public record Blocking(boolean packs, int kc) {
    private static final CacheSizes CACHES = CacheSizes.here();
    private static final int LANES = Species.LANES;
    private static final boolean LARGE_L2 = CACHES.l2() > 1 << 20; // as Intel's cores have, whose L3 is slow

    /** Columns of the widest tile. */
    public static final int NR = Tile.MAX_VECTORS * LANES;
    /** Steps of k where A is read in place: a strip of B streams from L2 and may fill a quarter of it (LAB 8). */
    public static final int KC = Math.clamp(CACHES.l2() / 4 / (4 * NR), 128, 1024);
    /** Rows where A is read in place: they stream from L3 and may fill a quarter of it; whole tiles (LAB 9). */
    public static final int MC = 24 * Math.clamp(CACHES.l3() / 4 / (4 * KC) / 24, 2, 50);
    /** Steps of k where a transposed A, a cache line for each, and one or two vectors of B are to stay in L1 (LAB 10). */
    private static final int NARROW_KC = Math.min(KC, Math.max(128, CACHES.l1() / (64 + 4 * 2 * LANES)));
    /**
     * Steps of k where both are copied: a tile's start and end count more than what stays in L2 (LAB 11), but the rows of a
     * higher tile must stay in L1.
     */
    private static final int PACKED_KC = Species.MANY_REGISTERS ? 512 : 1024;
    /** Columns of a strip where both are copied. */
    static final int PACKED_NR = 2 * LANES;
    /** From one row of A to the next where it is copied: not whole pages, or rows would share sets of L1. */
    static final int PACKED_LDA = PACKED_KC + 16;
    /**
     * Floats of a block of B: strips stream from L3 as fast as the tiles read them (LAB 12), but not where L2 is large, as on
     * Intel's servers (LAB 85).
     */
    private static final int PACKED_B = Math.max(stripSize(PACKED_KC),
            (LARGE_L2 ? CACHES.l2() / 2 : CACHES.l3() / 16) / 4);

    private static final Blocking IN_PLACE = new Blocking(false, KC);
    private static final Blocking NARROW = new Blocking(false, NARROW_KC);
    private static final Blocking PACKED = new Blocking(true, PACKED_KC);

    /** The blocking for a product; {@code mayPack} where compiling more tiles is no loss. */
    static Blocking of(boolean transA, int m, int n, int k, boolean mayPack) {
        if (Species.MANY_REGISTERS) {
            if (LARGE_L2 && LANES == 16 && mayPack && (transA
                    ? m >= 64 && n >= 3 * PACKED_NR && k >= 32
                    : m >= 384 && n >= 4 * PACKED_NR && k >= 64)) { // LAB 86
                return PACKED;
            }
            return transA && n <= 2 * LANES ? NARROW : IN_PLACE;
        }
        // From 48 rows on (LAB 14).
        boolean packingPays = transA ? m > 2 && n > LANES : m >= 48 && n > 2 * NR && k >= 128;
        return mayPack && packingPays ? PACKED : IN_PLACE;
    }

    /** Rows of the next block where so many are left; the last block may have fewer. */
    int rows(int rowsLeft) {
        return packs ? Tile.nextPacked(rowsLeft).rows : MC;
    }

    /** Strips in a block of columns: all where they are not copied beforehand. */
    int strips(int depth) {
        return packs ? PACKED_B / stripSize(depth) : Integer.MAX_VALUE;
    }

    /** Floats from one copied strip of B to the next: a line more than there are, or they would share sets of L1. */
    static int stripSize(int depth) {
        return depth * PACKED_NR + 16;
    }

    /** Where part {@code i} of {@code parts} about equal parts of n begins: blocks have no thin rest. */
    static int part(int n, int i, int parts) {
        return (int) ((long) n * i / parts);
    }

    /** The widest tile and the block sizes, for people. */
    public static String describe() {
        return "C in tiles of " + NR + " columns, KC " + KC + ", MC " + MC;
    }
}
