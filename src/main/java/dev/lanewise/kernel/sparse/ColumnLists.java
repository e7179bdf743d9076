package dev.lanewise.kernel.sparse;

import dev.lanewise.kernel.core.Pool;

/**
 * Lists, for each group of two or three neighbouring pixels, the images of a batch where at least one of them is
 * non-zero; neighbours mostly have ink together.
 */
final class ColumnLists extends MergedLists {
    private static final Pool<long[]> SQUARES = new Pool<>(() -> new long[Long.SIZE]);

    private final SparseRows data;
    private final int[] rows; // of the data
    private final int stride; // of the panel that the offsets point into
    private final int words;
    private final long[] bits; // [columns, words], a bit for each row of the batch

    /**
     * Lists for batches of such rows, of which there can be as many as {@code rows} holds. They take the place of the
     * rows' lists, which is in L2 (LAB 36): listing columns makes the lists of the rows invalid.
     */
    ColumnLists(SparseRows data, int[] rows, int stride, RowLists rowLists) {
        super("column", data.columns(), rows.length, rowLists.offsets, rowLists.values);
        this.data = data;
        this.rows = rows;
        this.stride = stride;
        words = Math.ceilDiv(rows.length, Long.SIZE);
        bits = new long[data.columns() * words];
    }

    /** Lists columns from to to - 1 of rows 0 to size - 1 of the batch, in groups that begin at {@code from}. */
    void list(int size, int from, int to) {
        transposeBits(size, from, to);
        for (int j = from; j < to; j += GROUP) {
            merge(j, Math.min(j + 1, to - 1), Math.min(j + 2, to - 1));
        }
    }

    /** Sets the columns' bits from the rows', 64 x 64 at a time. */
    private void transposeBits(int size, int from, int to) {
        long[] square = SQUARES.take();
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
        SQUARES.give(square);
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

    /** Lists a group, from one non-zero to the next. */
    private void merge(int j, int second, int third) {
        group(j, GROUP == 3 ? third : second);
        byte[] x = data.bytes;
        int at = j * pitch;
        int at1 = second * pitch;
        int at2 = third * pitch;
        int count = 0;
        for (int word = 0; word < words; word++) {
            long merged = bits[j * words + word] | bits[second * words + word];
            if (GROUP == 3) {
                merged |= bits[third * words + word];
            }
            for (; merged != 0; merged &= merged - 1) {
                int row = word << 6 | Long.numberOfTrailingZeros(merged);
                int start = rows[row] * data.columns();
                offsets[at + count] = row * stride;
                values[at + count] = SparseRows.VALUES[x[start + j] & 0xff];
                values[at1 + count] = SparseRows.VALUES[x[start + second] & 0xff];
                if (GROUP == 3) {
                    values[at2 + count] = SparseRows.VALUES[x[start + third] & 0xff];
                }
                count++;
            }
        }
        counts[j] = count;
    }
}
