package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;

/**
 * The shapes of register tiles: rows of C, and vectors of a row. There are up to 24 accumulators where there are 32 vector
 * registers, 12 where there are 16. What was tried beside them is in LAB 7.
 */
enum Tile {
    ROWS_1_VECTORS_1(1, 1), ROWS_1_VECTORS_2(1, 2), ROWS_1_VECTORS_3(1, 3), ROWS_1_VECTORS_4(1, 4), ROWS_8_VECTORS_1(8,
            1), ROWS_4_VECTORS_2(4, 2), // for 16 registers
    ROWS_6_VECTORS_2(6, 2), // for 16 registers
    ROWS_8_VECTORS_2(8, 2), // for 32 registers
    ROWS_6_VECTORS_3(6, 3), // for 32 registers
    ROWS_4_VECTORS_4(4, 4), // for 32 registers
    ROWS_6_VECTORS_4(6, 4); // for 32 registers

    /** The vectors of the widest tile that is used. */
    static final int MAX_VECTORS = Species.MANY_REGISTERS ? 4 : 2;
    /** The rows of the highest tile. */
    static final int MAX_ROWS = 8;

    final int rows;
    final int vectors;

    Tile(int rows, int vectors) {
        this.rows = rows;
        this.vectors = vectors;
    }

    /** The tile of a single row. */
    static Tile ofOneRow(int vectors) {
        return switch (vectors) {
            case 1 -> ROWS_1_VECTORS_1;
            case 2 -> ROWS_1_VECTORS_2;
            case 3 -> ROWS_1_VECTORS_3;
            case 4 -> ROWS_1_VECTORS_4;
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

    /** The next tile where so many rows are left; the last tile of a strip may have fewer rows than its shape. */
    static Tile next(int vectors, int rowsLeft) {
        return switch (vectors) {
            case 1 -> ROWS_8_VECTORS_1;
            case 2 -> Species.MANY_REGISTERS
                    ? ROWS_8_VECTORS_2
                    : fours(rowsLeft) ? ROWS_4_VECTORS_2 : ROWS_6_VECTORS_2;
            case 3 -> ROWS_6_VECTORS_3;
            case 4 -> fours(rowsLeft) ? ROWS_4_VECTORS_4 : ROWS_6_VECTORS_4;
            default -> throw new AssertionError(vectors);
        };
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
