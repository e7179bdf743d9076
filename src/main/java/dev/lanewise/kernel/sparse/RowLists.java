package dev.lanewise.kernel.sparse;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Pixels;
import java.util.List;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** Lists, for each group of two or three images of a batch, the pixels that are non-zero in at least one of them. */
final class RowLists extends MergedLists {
    private static final VectorSpecies<Byte> EIGHT = ByteVector.SPECIES_64;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
    private static final byte[] ONES = ones(); // [256, 8], the places of the ones in a byte
    private static final int PREFETCHED = 24; // rows at a time, a multiple of two and of three
    private static final int INDEX_STEP = 16; // columns

    final SparseRows data;
    private final int[] rows; // of the data
    private final int columns;
    private final int stride; // of the panel that the offsets point into
    private final int whole; // columns, from 0, that are listed by vectors
    private final int indexWidth;
    private final int[] index; // [capacity, indexWidth], where a list reaches every 16th column

    /**
     * Lists for batches of such rows, of which there can be as many as {@code rows} holds.
     *
     * @param vectors whether to list by vectors, and so with an index
     * @param other lists of the same batches, whose place these take; null: a place of their own
     */
    RowLists(SparseRows data, int[] rows, int stride, boolean vectors, @Nullable RowLists other) {
        int pitch = data.columns() + EIGHT.length(); // what is written behind a list stays in its place
        int size = Check.elements("a batch", List.of(rows.length, pitch));
        super("row", rows.length, pitch, other == null ? new int[size] : other.offsets,
                other == null ? new float[size] : other.values);
        this.data = data;
        this.rows = rows;
        this.stride = stride;
        columns = data.columns();
        whole = vectors ? EIGHT.loopBound(columns) : 0;
        indexWidth = Math.ceilDiv(columns, INDEX_STEP);
        index = new int[rows.length * indexWidth];
    }

    /** Lists rows from to to - 1 of the batch, in groups that begin at {@code from}. */
    void list(int from, int to) {
        for (int i = from; i < to; i += GROUP) {
            if ((i - from) % PREFETCHED == 0) {
                prefetch(i, Math.min(i + PREFETCHED, to));
            }
            merge(i, Math.min(i + 1, to - 1), Math.min(i + 2, to - 1));
        }
    }

    /** Where the list that begins at row i, made by vectors, reaches a column. */
    int position(int i, int column) {
        if (column == columns) {
            return counts[i];
        }
        int e = index[i * indexWidth + column / INDEX_STEP];
        while (e < counts[i] && offsets[i * pitch + e] < column * stride) {
            e++;
        }
        return e;
    }

    /** Reads from every cache line of some rows and their bits, as {@link Pixels#prefetch} does (LAB 35). */
    private void prefetch(int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            Pixels.prefetch(data.bytes, rows[i] * columns, columns);
            for (int word = 0; word < data.words; word += Pixels.LINE / Long.BYTES) {
                sum += Long.bitCount(data.bits[rows[i] * data.words + word]);
            }
        }
        if (sum < 0) { // never: so that C2 does not leave out the reads
            throw new AssertionError(sum);
        }
    }

    /**
     * Lists a group. By vectors, eight columns at a time: where the ones are is looked up, and offsets and values are
     * permuted to there, with anything behind them (LAB 34). Else from one non-zero to the next.
     */
    private void merge(int i, int second, int third) {
        group(i, GROUP == 3 ? third : second);
        byte[] x = data.bytes;
        int x0 = rows[i] * columns;
        int x1 = rows[second] * columns;
        int x2 = rows[third] * columns;
        int at = i * pitch;
        int at1 = second * pitch;
        int at2 = third * pitch;
        int count = 0;
        for (int column = 0; column < whole; column += EIGHT.length()) {
            if (column % INDEX_STEP == 0) {
                index[i * indexWidth + column / INDEX_STEP] = count;
            }
            long merged = (long) SparseRows.EIGHT_BYTES.get(x, x0 + column)
                    | (long) SparseRows.EIGHT_BYTES.get(x, x1 + column);
            if (GROUP == 3) {
                merged |= (long) SparseRows.EIGHT_BYTES.get(x, x2 + column);
            }
            int ones = (int) SparseRows.nonZeros(merged);
            IntVector places = (IntVector) ByteVector.fromArray(EIGHT, ONES, ones * EIGHT.length())
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
            places.add(column).mul(stride).intoArray(offsets, at + count);
            if (GROUP == 3) {
                permute(places, x, x2 + column).intoArray(values, at2 + count);
            }
            permute(places, x, x1 + column).intoArray(values, at1 + count);
            permute(places, x, x0 + column).intoArray(values, at + count);
            count += Integer.bitCount(ones);
        }
        if (whole < columns && whole % INDEX_STEP == 0) {
            index[i * indexWidth + whole / INDEX_STEP] = count;
        }
        for (int word = whole >>> 6; word < data.words; word++) {
            long merged = bits(i, word) | bits(second, word);
            if (GROUP == 3) {
                merged |= bits(third, word);
            }
            if (word == whole >>> 6) {
                merged &= -1L << whole;
            }
            for (; merged != 0; merged &= merged - 1) {
                int column = word << 6 | Long.numberOfTrailingZeros(merged);
                offsets[at + count] = column * stride;
                if (GROUP == 3) {
                    values[at2 + count] = SparseRows.VALUES[x[x2 + column] & 0xff];
                }
                values[at1 + count] = SparseRows.VALUES[x[x1 + column] & 0xff];
                values[at + count] = SparseRows.VALUES[x[x0 + column] & 0xff];
                count++;
            }
        }
        counts[i] = count;
    }

    private long bits(int i, int word) {
        return data.bits[rows[i] * data.words + word];
    }

    /** Eight elements of x as floats, permuted. */
    private static FloatVector permute(IntVector places, byte[] x, int at) {
        IntVector values = (IntVector) ByteVector.fromArray(EIGHT, x, at).convertShape(VectorOperators.ZERO_EXTEND_B2I,
                INTS, 0);
        return ((FloatVector) places.selectFrom(values).convert(VectorOperators.I2F, 0)).mul(Pixels.SCALE);
    }

    private static byte[] ones() {
        byte[] places = new byte[256 * 8];
        for (int value = 0; value < 256; value++) {
            int at = value * 8;
            for (int bits = value; bits != 0; bits &= bits - 1) {
                places[at++] = (byte) Integer.numberOfTrailingZeros(bits);
            }
        }
        return places;
    }
}
