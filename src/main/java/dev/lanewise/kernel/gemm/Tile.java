package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.core.Warmth;

/**
 * The shapes of register tiles: rows of C, and vectors of a row. There are up to 24 accumulators where there are 32 vector
 * registers, 12 where there are 16. What was tried beside them is in LAB 7.
 */
enum Tile {
    ROWS_2_VECTORS_1(2, 1), //
    ROWS_2_VECTORS_2(2, 2), //
    ROWS_2_VECTORS_3(2, 3), //
    ROWS_2_VECTORS_4(2, 4), //
    ROWS_4_VECTORS_1(4, 1), //
    ROWS_4_VECTORS_3(4, 3), // for 32 registers
    ROWS_8_VECTORS_1(8, 1), //
    ROWS_16_VECTORS_1(16, 1), // for 32 registers, on a transposed A
    ROWS_4_VECTORS_2(4, 2), //
    ROWS_6_VECTORS_2(6, 2), //
    ROWS_8_VECTORS_2(8, 2), // for 32 registers
    ROWS_12_VECTORS_2(12, 2), // for 32 registers, on copies of both operands
    ROWS_6_VECTORS_3(6, 3), // for 32 registers
    ROWS_4_VECTORS_4(4, 4), // for 32 registers
    ROWS_6_VECTORS_4(6, 4); // for 32 registers

    /** The vectors of the widest tile that is used. */
    static final int MAX_VECTORS = Species.MANY_REGISTERS ? 4 : 2;
    /** The rows of the highest tile. */
    static final int MAX_ROWS = 16;

    /** So many rows are one tile, which reads B where it lies and fills no panel. */
    static final int FEW_ROWS = Species.MANY_REGISTERS ? 8 : 6;

    final int rows;
    final int vectors;
    private final Warmth fill = new Warmth();
    private final Warmth ofColumns = new Warmth();
    private final Warmth ofRows = new Warmth();
    private final Warmth packedColumns = new Warmth();
    private final Warmth packedRows = new Warmth();

    Tile(int rows, int vectors) {
        this.rows = rows;
        this.vectors = vectors;
    }

    /** Whether such tiles, of one of three kinds in place, are compiled. */
    Warmth warmth(boolean fills, boolean columns) {
        return fills ? fill : columns ? ofColumns : ofRows;
    }

    /** Whether such tiles on copies are compiled. */
    Warmth packedWarmth(boolean columns) {
        return columns ? packedColumns : packedRows;
    }

    /** The vectors of a strip of few rows: two at least, as the last one may overlap the one before it. */
    static int directVectors(int rows) {
        return rows > 6 ? 2 : MAX_VECTORS;
    }

    /** The only tile of a strip of few rows. */
    static Tile direct(int rows, int vectors) {
        return switch (vectors) {
            case 1 -> rows <= 2 ? ROWS_2_VECTORS_1 : rows <= 4 ? ROWS_4_VECTORS_1 : ROWS_8_VECTORS_1;
            case 2 -> rows <= 2
                    ? ROWS_2_VECTORS_2
                    : rows <= 4 ? ROWS_4_VECTORS_2 : rows <= 6 ? ROWS_6_VECTORS_2 : ROWS_8_VECTORS_2;
            case 3 -> rows <= 2 ? ROWS_2_VECTORS_3 : rows <= 4 ? ROWS_4_VECTORS_3 : ROWS_6_VECTORS_3;
            case 4 -> rows <= 2 ? ROWS_2_VECTORS_4 : rows <= 4 ? ROWS_4_VECTORS_4 : ROWS_6_VECTORS_4;
            default -> throw new AssertionError(vectors);
        };
    }

    /** The first tile of a strip, which reads B where it lies. */
    static Tile first(int vectors) {
        return switch (vectors) {
            case 1 -> ROWS_8_VECTORS_1;
            case 2 -> Species.MANY_REGISTERS ? ROWS_8_VECTORS_2 : ROWS_4_VECTORS_2;
            case 3 -> ROWS_6_VECTORS_3;
            case 4 -> ROWS_6_VECTORS_4;
            default -> throw new AssertionError(vectors);
        };
    }

    /**
     * The next tile where so many rows are left; the last tile of a strip may have fewer rows than its shape.
     *
     * @param transposed whether A is
     */
    static Tile next(int vectors, int rowsLeft, boolean transposed) {
        return switch (vectors) {
            case 1 -> Species.MANY_REGISTERS && transposed && rowsLeft >= 16 ? ROWS_16_VECTORS_1 : ROWS_8_VECTORS_1;
            case 2 -> Species.MANY_REGISTERS && rowsLeft > 4
                    ? ROWS_8_VECTORS_2
                    : fours(rowsLeft) ? ROWS_4_VECTORS_2 : ROWS_6_VECTORS_2;
            case 3 -> ROWS_6_VECTORS_3;
            case 4 -> fours(rowsLeft) ? ROWS_4_VECTORS_4 : ROWS_6_VECTORS_4;
            default -> throw new AssertionError(vectors);
        };
    }

    /** The next tile of two vectors on copies of both operands. */
    static Tile nextPacked(int rowsLeft) {
        if (Species.MANY_REGISTERS) {
            return ROWS_12_VECTORS_2; // also for fewer: less is to be compiled
        }
        return fours(rowsLeft) ? ROWS_4_VECTORS_2 : ROWS_6_VECTORS_2;
    }

    /** Whether tiles of four rows suit the rest better than tiles of six: 7 and 8 are two of 4. */
    private static boolean fours(int rowsLeft) {
        return rowsLeft <= 4 || rowsLeft == 7 || rowsLeft == 8;
    }

    /** Whether there is such a tile that reads a transposed A where it lies. */
    boolean readsColumns() {
        return rows >= 6 && this != ROWS_6_VECTORS_2;
    }
}
