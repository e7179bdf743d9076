package dev.lanewise.kernel.sparse;

import dev.lanewise.kernel.core.Pixels;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Of a batch's rows, images: the columns where not all of two or three are 0. */
final class RowUnions extends Unions {
    private static final int SUMS = SparseBatch.SUMS;
    private static final VectorSpecies<Byte> EIGHT = ByteVector.SPECIES_64;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
    private static final byte[] PLACES = places(); // [256, 8], of the ones in a byte
    private static final int TOUCHED = 24; // rows at a time, a multiple of two and of three
    private static final int MARK = 16; // columns

    private final SparseRows data;
    private final int[] rows; // of the data
    private final int columns;
    private final int stride; // of the panel that the terms are places in
    private final int whole; // columns, from 0, that are listed by vectors
    private final int[] together; // [capacity], rows of the list that begins here, 0 at its other rows
    private final int marksEach;
    private final int[] marks; // [capacity, marksEach], where a list comes to every 16th column

    /**
     * For batches of such rows, of which there can be as many as {@code rows} holds.
     *
     * @param vectors whether to list by vectors, and so with marks
     */
    RowUnions(SparseRows data, int[] rows, int stride, boolean vectors) {
        super(rows.length, data.columns() + EIGHT.length()); // what is written behind a list stays in its place
        this.data = data;
        this.rows = rows;
        this.stride = stride;
        columns = data.columns();
        whole = vectors ? EIGHT.loopBound(columns) : 0;
        together = new int[rows.length];
        marksEach = Math.ceilDiv(columns, MARK);
        marks = new int[rows.length * marksEach];
    }

    /** Lists rows from to to - 1 of the batch. */
    void list(int from, int to) {
        for (int i = from; i < to; i += SUMS) {
            if ((i - from) % TOUCHED == 0) {
                touch(i, Math.min(i + TOUCHED, to));
            }
            unite(i, Math.min(i + 1, to - 1), Math.min(i + 2, to - 1));
        }
    }

    /** How many rows share the list that begins at row i; an error if none does. */
    int together(int i) {
        if (together[i] == 0) {
            throw new IllegalStateException("row %d of the batch was not multiplied before its gradient".formatted(i));
        }
        return together[i];
    }

    /** Where the list that begins at row i, by vectors, comes to a column. */
    int mark(int i, int column) {
        if (column == columns) {
            return counts[i];
        }
        int e = marks[i * marksEach + column / MARK];
        while (e < counts[i] && terms[i * pitch + e] < column * stride) {
            e++;
        }
        return e;
    }

    /**
     * Reads from every cache line of some rows and their bits, as {@link Pixels#touch} does: 0.3 us less of 1.6 us a row on
     * Zen 3, where an epoch of 784-128-10 took 0 to 5 % less.
     */
    private void touch(int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            Pixels.touch(data.bytes, rows[i] * columns, columns);
            for (int word = 0; word < data.words; word += Pixels.LINE / Long.BYTES) {
                sum += Long.bitCount(data.bits[rows[i] * data.words + word]);
            }
        }
        if (sum < 0) { // never: so that C2 does not leave out the reads
            throw new AssertionError(sum);
        }
    }

    /**
     * By vectors, eight columns at a time: where the ones are is looked up, and terms and values are permuted to there, with
     * anything behind them, in two thirds of the time of going from one to the next ({@code compress} with a mask took
     * longer on Zen 3; at 128 bits so does this).
     */
    private void unite(int i, int second, int third) {
        together[second] = 0;
        together[third] = 0;
        together[i] = Math.min(SUMS, third - i + 1);
        byte[] x = data.bytes;
        int x0 = rows[i] * columns;
        int x1 = rows[second] * columns;
        int x2 = rows[third] * columns;
        int at = i * pitch;
        int at1 = second * pitch;
        int at2 = third * pitch;
        int count = 0;
        for (int column = 0; column < whole; column += EIGHT.length()) {
            if (column % MARK == 0) {
                marks[i * marksEach + column / MARK] = count;
            }
            long union = (long) SparseRows.EIGHT.get(x, x0 + column) | (long) SparseRows.EIGHT.get(x, x1 + column);
            if (SUMS == 3) {
                union |= (long) SparseRows.EIGHT.get(x, x2 + column);
            }
            int ones = (int) SparseRows.nonZeros(union);
            IntVector places = (IntVector) ByteVector.fromArray(EIGHT, PLACES, ones * EIGHT.length())
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
            places.add(column).mul(stride).intoArray(terms, at + count);
            if (SUMS == 3) {
                pick(places, x, x2 + column).intoArray(values, at2 + count);
            }
            pick(places, x, x1 + column).intoArray(values, at1 + count);
            pick(places, x, x0 + column).intoArray(values, at + count);
            count += Integer.bitCount(ones);
        }
        if (whole < columns && whole % MARK == 0) {
            marks[i * marksEach + whole / MARK] = count;
        }
        for (int word = whole >>> 6; word < data.words; word++) {
            long union = bits(i, word) | bits(second, word);
            if (SUMS == 3) {
                union |= bits(third, word);
            }
            if (word == whole >>> 6) {
                union &= -1L << whole;
            }
            for (; union != 0; union &= union - 1) {
                int column = word << 6 | Long.numberOfTrailingZeros(union);
                terms[at + count] = column * stride;
                if (SUMS == 3) {
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

    private static FloatVector pick(IntVector places, byte[] x, int at) {
        IntVector values = (IntVector) ByteVector.fromArray(EIGHT, x, at).convertShape(VectorOperators.ZERO_EXTEND_B2I,
                INTS, 0);
        return ((FloatVector) places.selectFrom(values).convert(VectorOperators.I2F, 0)).mul(Pixels.SCALE);
    }

    private static byte[] places() {
        byte[] places = new byte[256 * 8];
        for (int ones = 0; ones < 256; ones++) {
            int at = ones * 8;
            for (int bits = ones; bits != 0; bits &= bits - 1) {
                places[at++] = (byte) Integer.numberOfTrailingZeros(bits);
            }
        }
        return places;
    }
}
