package dev.lanewise.kernel.core;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of unsigned bytes that nobody changes: the images of a data set, a row each. The array is for kernels to read;
 * it is never handed to callers of the library.
 */
public final class ByteMatrix {
    private final byte[] bytes; // [rows, columns]
    private final int rows;
    private final int columns;
    private @Nullable Object kept;

    /** Keeps the array itself, which must not change from now on. */
    public ByteMatrix(byte[] bytes, int rows, int columns) {
        Check.size("rows", rows);
        Check.size("columns", columns);
        Check.matrix("bytes", bytes.length, 0, rows, columns, Math.max(1, columns));
        this.bytes = bytes;
        this.rows = rows;
        this.columns = columns;
    }

    /** The elements, row-major: to be read only. */
    public byte[] bytes() {
        return bytes;
    }

    /** Number of rows. */
    public int rows() {
        return rows;
    }

    /** Number of columns. */
    public int columns() {
        return columns;
    }

    /** Where a row begins in {@link #bytes}. */
    public int offset(int row) {
        return row * columns;
    }

    /** What a kernel reads in place of the bytes, of one kind: made by the first who asks, and kept for all others. */
    public synchronized <T> T kept(Class<T> kind, Function<ByteMatrix, T> maker) {
        if (kept == null) {
            kept = maker.apply(this);
        }
        return kind.cast(kept);
    }
}
