package dev.lanewise.kernel.sparse;

import dev.lanewise.kernel.core.Species;

/**
 * Lists, for each group of two or three neighbouring rows of a matrix, the columns that are non-zero in at least one of
 * them, with the values there. A group is as many rows as {@link SparseBatch} computes sums of together; its list lies at
 * the first of its rows.
 */
abstract class MergedLists {
    /** Rows of a group: for 32 vector registers three, for 16 two. */
    static final int GROUP = Species.MANY_REGISTERS ? 3 : 2;

    /** Elements from one row's list to the next one's. */
    final int pitch;
    /** [rows, pitch], at the first row of a group: where in a panel the row lies that an element is multiplied with. */
    final int[] offsets;
    /** [rows, pitch], each row's own values at the columns of its group's list; 0 where another row has the non-zero. */
    final float[] values;
    /** [rows], at the first row of a group: elements of its list. */
    final int[] counts;

    private final int[] sizes; // [rows], at the first row of a group its rows; 0 at the others
    private final String row; // what a row is, for people

    MergedLists(String row, int rows, int pitch, int[] offsets, float[] values) {
        this.row = row;
        this.pitch = pitch;
        this.offsets = offsets;
        this.values = values;
        counts = new int[rows];
        sizes = new int[rows];
    }

    /** Makes a group of rows first to last, at most {@link #GROUP} of them. */
    final void group(int first, int last) {
        for (int i = first + 1; i <= last; i++) {
            sizes[i] = 0;
        }
        sizes[first] = last - first + 1;
    }

    /** How many rows the group has that begins at row i; an error if none does. */
    final int groupSize(int i) {
        if (sizes[i] == 0) {
            throw noGroup(i);
        }
        return sizes[i];
    }

    private IllegalStateException noGroup(int i) {
        return new IllegalStateException(
                "no list begins at %s %d of the batch: list the %ss first".formatted(row, i, row));
    }
}
