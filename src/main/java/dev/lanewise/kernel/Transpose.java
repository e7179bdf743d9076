package dev.lanewise.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Copies a matrix as its transpose, in blocks of 4 x 4 in registers. */
final class Transpose {
    // Four lanes whatever the machine's width: wider blocks gained nothing on Zen 4 (0.9 cycles an element; 1.6 to 2.5
    // without vectors, 0.8 with 8 x 8) and would need a body for each width.
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_128;
    private static final VectorShuffle<Float> LOW = VectorShuffle.fromValues(S, 0, 4, 1, 5);
    private static final VectorShuffle<Float> HIGH = VectorShuffle.fromValues(S, 2, 6, 3, 7);
    private static final VectorShuffle<Float> LOW_PAIRS = VectorShuffle.fromValues(S, 0, 1, 4, 5);
    private static final VectorShuffle<Float> HIGH_PAIRS = VectorShuffle.fromValues(S, 2, 3, 6, 7);

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Transpose() {
    }

    /**
     * y[j, i] = x[i, j] for x [rows, cols]; rows of x lie ldx apart, rows of y ldy. The last block of a row or column
     * begins early enough to be whole: what two blocks share is written twice, so x and y must be different arrays.
     */
    static void copy(float[] x, int xAt, int ldx, int rows, int cols, float[] y, int yAt, int ldy) {
        if (rows < 4 || cols < 4) {
            scalars(x, xAt, ldx, rows, cols, y, yAt, ldy);
            return;
        }
        for (int nextI = 0; nextI < rows; nextI += 4) {
            int i = Math.min(nextI, rows - 4);
            for (int nextJ = 0; nextJ < cols; nextJ += 4) {
                int j = Math.min(nextJ, cols - 4);
                int from = xAt + i * ldx + j;
                FloatVector x0 = FloatVector.fromArray(S, x, from);
                FloatVector x1 = FloatVector.fromArray(S, x, from + ldx);
                FloatVector x2 = FloatVector.fromArray(S, x, from + 2 * ldx);
                FloatVector x3 = FloatVector.fromArray(S, x, from + 3 * ldx);
                FloatVector low01 = x0.rearrange(LOW, x1);
                FloatVector high01 = x0.rearrange(HIGH, x1);
                FloatVector low23 = x2.rearrange(LOW, x3);
                FloatVector high23 = x2.rearrange(HIGH, x3);
                int to = yAt + j * ldy + i;
                low01.rearrange(LOW_PAIRS, low23).intoArray(y, to);
                low01.rearrange(HIGH_PAIRS, low23).intoArray(y, to + ldy);
                high01.rearrange(LOW_PAIRS, high23).intoArray(y, to + 2 * ldy);
                high01.rearrange(HIGH_PAIRS, high23).intoArray(y, to + 3 * ldy);
            }
        }
    }

    /** As above, into native memory: yAt and ldy in bytes. */
    static void copy(float[] x, int xAt, int ldx, int rows, int cols, MemorySegment y, long yAt, long ldy) {
        if (rows < 4 || cols < 4) {
            for (int j = 0; j < cols; j++) {
                for (int i = 0; i < rows; i++) {
                    y.set(ValueLayout.JAVA_FLOAT, yAt + j * ldy + 4L * i, x[xAt + i * ldx + j]);
                }
            }
            return;
        }
        for (int nextI = 0; nextI < rows; nextI += 4) {
            int i = Math.min(nextI, rows - 4);
            for (int nextJ = 0; nextJ < cols; nextJ += 4) {
                int j = Math.min(nextJ, cols - 4);
                int from = xAt + i * ldx + j;
                FloatVector x0 = FloatVector.fromArray(S, x, from);
                FloatVector x1 = FloatVector.fromArray(S, x, from + ldx);
                FloatVector x2 = FloatVector.fromArray(S, x, from + 2 * ldx);
                FloatVector x3 = FloatVector.fromArray(S, x, from + 3 * ldx);
                FloatVector low01 = x0.rearrange(LOW, x1);
                FloatVector high01 = x0.rearrange(HIGH, x1);
                FloatVector low23 = x2.rearrange(LOW, x3);
                FloatVector high23 = x2.rearrange(HIGH, x3);
                long to = yAt + j * ldy + 4L * i;
                low01.rearrange(LOW_PAIRS, low23).intoMemorySegment(y, to, ORDER);
                low01.rearrange(HIGH_PAIRS, low23).intoMemorySegment(y, to + ldy, ORDER);
                high01.rearrange(LOW_PAIRS, high23).intoMemorySegment(y, to + 2 * ldy, ORDER);
                high01.rearrange(HIGH_PAIRS, high23).intoMemorySegment(y, to + 3 * ldy, ORDER);
            }
        }
    }

    private static void scalars(float[] x, int xAt, int ldx, int rows, int cols, float[] y, int yAt, int ldy) {
        for (int j = 0; j < cols; j++) {
            for (int i = 0; i < rows; i++) {
                y[yAt + j * ldy + i] = x[xAt + i * ldx + j];
            }
        }
    }
}
