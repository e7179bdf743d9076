package dev.lanewise.kernel.sparse;

/**
 * Lists of what sums are over: the non-zeros that two or three rows of a matrix have together, where {@link SparseBatch}
 * computes as many sums at a time. A list belongs to the first of its rows.
 */
abstract class Unions {
    /** Elements from one row's list to the next one's. */
    final int pitch;
    /** [rows, pitch], where in a panel the row lies that a non-zero is multiplied with. */
    final int[] terms;
    /** [rows, pitch], each row's own values for the terms of its list; 0 where another row has the non-zero. */
    final float[] values;
    /** [rows], terms of a list. */
    final int[] counts;

    Unions(int rows, int pitch) {
        this(rows, pitch, new int[Math.multiplyExact(rows, pitch)], new float[rows * pitch]);
    }

    Unions(int rows, int pitch, int[] terms, float[] values) {
        this.pitch = pitch;
        this.terms = terms;
        this.values = values;
        counts = new int[rows];
    }
}
