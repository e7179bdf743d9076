package dev.lanewise.kernel.sparse;

import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.kernel.core.Species;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A matrix of unsigned bytes with a bit for every element that is not 0. 81 % of MNIST's pixels are 0, and
 * {@code fma(0, w, sum)} is {@code sum}: leaving zeros out of a product changes no bit, as long as w is finite.
 */
public final class SparseRows {
    /** [256], the value between 0 and 1 of each byte, as {@link Pixels} gives it. */
    static final float[] VALUES = values();

    /** Reads eight bytes of a row as a long. */
    static final VarHandle EIGHT_BYTES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    final byte[] bytes; // [rows, columns]
    final long[] bits; // [rows, words], bit j % 64 of word j / 64 for column j
    final int words; // of a row
    private final int rows;
    private final int columns;

    /** Finds the non-zeros of x. */
    public SparseRows(ByteMatrix x) {
        bytes = x.bytes();
        rows = x.rows();
        columns = x.columns();
        words = Math.ceilDiv(columns, Long.SIZE);
        bits = new long[rows * words];
        for (int i = 0; i < rows; i++) {
            setBits(bytes, x.offset(i), columns, bits, i * words);
        }
    }

    /** The non-zeros of a matrix that nobody changes: found once, for all that multiply with it. */
    @SuppressWarnings("exports")
    public static SparseRows of(ByteMatrix x) {
        return x.kept(SparseRows.class, SparseRows::new);
    }

    /** Looks at a row again, which has changed. */
    public void refresh(int row) {
        Arrays.fill(bits, row * words, (row + 1) * words, 0L);
        int from = row * columns;
        int end = Species.SCALAR ? 0 : ByteLanes.setBits(bytes, from, columns, bits, row * words);
        for (int j = end; j < columns; j++) {
            bits[row * words + (j >>> 6)] |= (bytes[from + j] == 0 ? 0L : 1L) << j;
        }
    }

    /** Vectors of bytes: a training that refreshes nothing does not wait for their classes, a tenth of a second. */
    private static final class ByteLanes {
        private static final VectorSpecies<Byte> S = VectorSpecies.of(byte.class,
                VectorShape.forBitSize(Species.bits()));

        /** Sets the bits of all whole vectors, and returns where they end. */
        static int setBits(byte[] x, int at, int columns, long[] bits, int to) {
            int end = S.loopBound(columns);
            for (int j = 0; j < end; j += S.length()) {
                bits[to + (j >>> 6)] |= ByteVector.fromArray(S, x, at + j).compare(VectorOperators.NE, (byte) 0)
                        .toLong() << j;
            }
            return end;
        }
    }

    /** Sets a row's bits; as a method of its own it is compiled sooner (LAB 30). */
    private static void setBits(byte[] x, int at, int columns, long[] bits, int to) {
        int j = 0;
        for (; j + 8 <= columns; j += 8) {
            bits[to + (j >>> 6)] |= nonZeros((long) EIGHT_BYTES.get(x, at + j)) << j;
        }
        for (; j < columns; j++) {
            bits[to + (j >>> 6)] |= (x[at + j] == 0 ? 0L : 1L) << j;
        }
    }

    /** A bit for each of eight bytes that is not 0. */
    static long nonZeros(long eight) {
        long high = ((eight & 0x7f7f7f7f7f7f7f7fL) + 0x7f7f7f7f7f7f7f7fL | eight) >>> 7 & 0x0101010101010101L;
        return high * 0x0102040810204080L >>> 56; // byte i's bit to place 56 + i
    }

    /** The share of elements that are not 0; 0 of no elements. */
    public double density() {
        long count = 0;
        for (long word : bits) {
            count += Long.bitCount(word);
        }
        return bytes.length == 0 ? 0 : (double) count / rows / columns;
    }

    /** The same of rows from to to - 1. */
    public double density(int from, int to) {
        long count = 0;
        for (int word = from * words; word < to * words; word++) {
            count += Long.bitCount(bits[word]);
        }
        return (double) count / Math.max(1, to - from) / columns;
    }

    /** Number of rows. */
    public int rows() {
        return rows;
    }

    /** Number of columns. */
    public int columns() {
        return columns;
    }

    private static float[] values() {
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++) {
            all[i] = (byte) i;
        }
        float[] values = new float[256];
        Pixels.toFloats(all, 0, values, 0, 256);
        return values;
    }
}
