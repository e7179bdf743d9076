package dev.lanewise.kernel.sparse;

/** Of a batch's columns, pixels: the rows where not all of two or three neighbours, mostly inked together, are 0. */
final class ColumnUnions extends Unions {
    private static final int SUMS = SparseBatch.SUMS;
    private static final ThreadLocal<long[]> SQUARES = ThreadLocal.withInitial(() -> new long[Long.SIZE]);

    private final SparseRows data;
    private final int[] rows; // of the data
    private final int stride; // of the panel that the terms are places in
    private final int words;
    private final long[] bits; // [columns, words], a bit for each row of the batch

    /**
     * For batches of such rows, of which there can be as many as {@code rows} holds. The lists take the place of those of
     * the rows, which is in L2: in a place of their own an epoch of 784-128-10 took 7 % longer.
     */
    ColumnUnions(SparseRows data, int[] rows, int stride, RowUnions rowUnions) {
        super(data.columns(), rows.length, rowUnions.terms, rowUnions.values);
        this.data = data;
        this.rows = rows;
        this.stride = stride;
        words = Math.ceilDiv(rows.length, Long.SIZE);
        bits = new long[data.columns() * words];
    }

    /** Lists columns from to to - 1 of rows 0 to size - 1 of the batch. */
    void list(int size, int from, int to) {
        note(size, from, to);
        for (int j = from; j < to; j += SUMS) {
            unite(j, Math.min(j + 1, to - 1), Math.min(j + 2, to - 1));
        }
    }

    private void note(int size, int from, int to) {
        long[] square = SQUARES.get();
        for (int word = from >>> 6; word << 6 < to; word++) {
            for (int block = 0; block < words; block++) {
                for (int i = 0; i < Long.SIZE; i++) {
                    int row = block << 6 | i;
                    square[i] = row < size ? data.bits[rows[row] * data.words + word] : 0;
                }
                transpose(square);
                for (int j = Math.max(from, word << 6), end = Math.min(to, word + 1 << 6); j < end; j++) {
                    bits[j * words + block] = square[j & 63];
                }
            }
        }
    }

    /** Transposes 64 x 64 bits by swapping ever smaller squares. */
    private static void transpose(long[] square) {
        long mask = 0x00000000ffffffffL;
        for (int size = 32; size != 0; size >>= 1, mask ^= mask << size) {
            for (int i = 0; i < Long.SIZE; i = (i | size) + 1 & ~size) {
                long swapped = (square[i] >>> size ^ square[i | size]) & mask;
                square[i] ^= swapped << size;
                square[i | size] ^= swapped;
            }
        }
    }

    private void unite(int j, int second, int third) {
        byte[] x = data.bytes;
        int at = j * pitch;
        int at1 = second * pitch;
        int at2 = third * pitch;
        int count = 0;
        for (int word = 0; word < words; word++) {
            long union = bits[j * words + word] | bits[second * words + word];
            if (SUMS == 3) {
                union |= bits[third * words + word];
            }
            for (; union != 0; union &= union - 1) {
                int row = word << 6 | Long.numberOfTrailingZeros(union);
                int start = rows[row] * data.columns();
                terms[at + count] = row * stride;
                values[at + count] = SparseRows.VALUES[x[start + j] & 0xff];
                values[at1 + count] = SparseRows.VALUES[x[start + second] & 0xff];
                if (SUMS == 3) {
                    values[at2 + count] = SparseRows.VALUES[x[start + third] & 0xff];
                }
                count++;
            }
        }
        counts[j] = count;
    }
}
