package dev.lanewise.kernel.core;

import java.util.List;

/**
 * Checks arguments at the kernels' doors; messages name the argument and both numbers. What does not lie in its array is an
 * IndexOutOfBoundsException, as in the JDK, all else an IllegalArgumentException.
 */
public final class Check {
    private Check() {
    }

    /** n elements from offset lie within an array of the given length. */
    public static void range(String name, int length, int offset, int n) {
        if (n < 0) {
            throw new IllegalArgumentException("n is negative: " + n);
        }
        if (offset < 0 || offset > length - n) {
            throw new IndexOutOfBoundsException("%s: %d elements from %d do not fit an array of %d"
                    .formatted(name, n, offset, length));
        }
    }

    /** from to to - 1 lies within 0 to length - 1. */
    public static void fromTo(int from, int to, String name, int length) {
        if (from < 0 || from > to || to > length) {
            throw new IndexOutOfBoundsException("from %d to %d is no range within the %d of %s"
                    .formatted(from, to, length, name));
        }
    }

    /** A row-major matrix of rows x cols with rows {@code ld} apart lies within an array of the given length. */
    public static void matrix(String name, int length, int offset, int rows, int cols, int ld) {
        if (ld < Math.max(1, cols)) {
            throw new IllegalArgumentException(
                    "ld%s: rows of %d elements cannot lie %d apart".formatted(name, cols, ld));
        }
        if (offset < 0) {
            throw new IndexOutOfBoundsException("%sOffset is negative: %d".formatted(name, offset));
        }
        long end = rows == 0 || cols == 0 ? 0 : offset + (rows - 1L) * ld + cols;
        if (end > length) {
            throw new IndexOutOfBoundsException(
                    "%s: %d x %d elements from %d, rows %d apart, end at %d in an array of %d"
                            .formatted(name, rows, cols, offset, ld, end, length));
        }
    }

    /**
     * Number of elements of an array of these extents.
     *
     * @throws ArithmeticException if they are more than an array can have
     */
    public static int elements(String name, List<Integer> extents) {
        int elements = 1;
        for (int extent : extents) {
            try {
                elements = Math.multiplyExact(elements, extent);
            } catch (ArithmeticException _) {
                throw new ArithmeticException("%s of %s would have more elements than an array can, 2^31 - 1"
                        .formatted(name, String.join(" x ", extents.stream().map(String::valueOf).toList())));
            }
        }
        return elements;
    }

    /** A size is not negative. */
    public static void size(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException("%s is negative: %d".formatted(name, value));
        }
    }
}
