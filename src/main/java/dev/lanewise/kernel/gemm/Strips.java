package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;

/**
 * The columns of C cut into strips as wide as a tile. The last vector of C ends where C does and overlaps the one before it
 * if it must. Both are in the same strip, and so loaded before either is stored: where a strip is one vector wide beside
 * wider ones, it is the first.
 */
final class Strips {
    private static final int LANES = Species.LANES;

    int count;
    int vectors;
    private int[] column = {};
    private int[] last = {};
    private int[] width = {};

    /** Cuts n columns into strips of up to so many vectors. */
    void cut(int n, int most) {
        vectors = Math.ceilDiv(n, LANES);
        count = Math.ceilDiv(vectors, most);
        if (column.length < count) {
            column = new int[count];
            last = new int[count];
            width = new int[count];
        }
        for (int strip = 0; strip < count; strip++) {
            int first = Blocking.part(vectors, strip, count);
            width[strip] = Blocking.part(vectors, strip + 1, count) - first;
            column[strip] = column(first, n);
            last[strip] = column(first + width[strip] - 1, n) - column[strip];
        }
    }

    private static int column(int vector, int n) {
        return Math.max(0, Math.min(vector * LANES, n - LANES));
    }

    /** The first column of a strip. */
    int column(int strip) {
        return column[strip];
    }

    /** From a strip's first column to the first of its last vector. */
    int last(int strip) {
        return last[strip];
    }

    /** The vectors of a strip. */
    int width(int strip) {
        return width[strip];
    }

    /** From a strip's first column to the first of one of its vectors. */
    int vector(int strip, int v) {
        return v == width[strip] - 1 ? last[strip] : v * LANES;
    }
}
