package dev.lanewise.kernel.conv;

/**
 * Windows along one axis, rows or columns: for each index of a result the indices of the source that it is computed from, a
 * run, and the taps that belong to them, a run too in the order in which taps are packed.
 */
final class Axis {
    private final int[] source;
    private final int[] tap;
    private final int[] count;
    private final int[] alike;
    private final int[] packed;

    private Axis(int size, int kernel) {
        source = new int[size];
        tap = new int[size];
        count = new int[size];
        alike = new int[size];
        packed = new int[kernel];
    }

    /** First index of the source. */
    int[] source() {
        return source;
    }

    /** First tap. */
    int[] tap() {
        return tap;
    }

    /** Taps, and indices of the source. */
    int[] count() {
        return count;
    }

    /** Where the indices end that have the same taps. */
    int[] alike() {
        return alike;
    }

    /** The kernel's index of each tap as packed. */
    int[] packed() {
        return packed;
    }

    /** From outputs to the inputs in their windows. */
    static Axis forward(int size, int outputs, int kernel, int stride, int padding) {
        Axis axis = new Axis(outputs, kernel);
        for (int k = 0; k < kernel; k++) {
            axis.packed[k] = k;
        }
        for (int i = 0; i < outputs; i++) {
            int first = i * stride - padding;
            int from = Math.max(0, -first);
            int to = Math.min(kernel, size - first);
            axis.set(i, first + from, from, to - from);
        }
        return axis.complete();
    }

    /**
     * From inputs to the outputs in whose windows they are: outputs ascending, so taps descending. With a stride only every
     * stride-th tap meets an input, so that those are packed together.
     */
    static Axis backward(int size, int outputs, int kernel, int stride, int padding) {
        Axis axis = new Axis(size, kernel);
        int packed = 0;
        for (int phase = 0; phase < stride && phase < kernel; phase++) { // taps phase + j stride
            int taps = Math.ceilDiv(kernel - phase, stride);
            for (int j = taps - 1; j >= 0; j--) {
                axis.packed[packed + taps - 1 - j] = phase + j * stride;
            }
            for (int i = 0; i < size; i++) {
                if ((i + padding) % stride == phase) {
                    int output = (i + padding) / stride; // whose window begins here: j outputs before, it is at j strides
                    int least = Math.max(0, output - outputs + 1);
                    int most = Math.min(taps - 1, output);
                    axis.set(i, output - most, packed + taps - 1 - most, most - least + 1);
                }
            }
            packed += taps;
        }
        return axis.complete();
    }

    /** Notes, when all is set, which runs have the same taps. */
    private Axis complete() {
        for (int i = alike.length - 1, end = alike.length; i >= 0; i--) {
            if (i + 1 < end && (tap[i] != tap[i + 1] || count[i] != count[i + 1])) {
                end = i + 1;
            }
            alike[i] = end;
        }
        return this;
    }

    private void set(int i, int firstSource, int firstTap, int length) {
        count[i] = Math.max(0, length);
        source[i] = length > 0 ? firstSource : 0;
        tap[i] = length > 0 ? firstTap : 0;
    }
}
