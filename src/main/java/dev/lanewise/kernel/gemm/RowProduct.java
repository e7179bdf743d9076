package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Readiness;
import dev.lanewise.kernel.core.Species;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Multiplies one row with a matrix, y = x W, with the bits of {@code Gemm}: for an output the chain of fused multiply-adds over
 * the inputs ascending, from +0. W is read once, from its beginning to its end, and its rows for inputs that are 0 not at all, as
 * those of the background of an image or of what relu has cut off: {@code fma(0, w, sum)} is {@code sum} as long as w is finite.
 *
 * <p>Eight rows of W at a time are added to y: then y is loaded and stored once for eight multiplications. Until that is
 * compiled, plain loops compute the same bits.
 */
public final class RowProduct {
    private static final int LANES = Species.LANES;
    private static final int TOGETHER = 8;
    private static final Readiness ONE_VECTOR = new Readiness(Long.SIZE, () -> rehearsal(LANES));
    private static final Readiness SEVERAL_VECTORS = new Readiness(2 * Long.SIZE, () -> rehearsal(2 * LANES));

    private final int inputs;
    private final int outputs;
    private final int stride; // of the rows of w
    private final int[] rows; // [inputs], where those of w begin that count
    private final float[] values; // [inputs], what they are multiplied with
    private final float[] sums; // [stride]
    private float[] w = {}; // [inputs, stride], what was packed or a copy of it with rows of whole vectors
    private boolean finite;
    private final Readiness vectors;

    /** Products of rows of so many numbers with matrices [inputs, outputs]. */
    public RowProduct(int inputs, int outputs) {
        this.inputs = inputs;
        this.outputs = outputs;
        stride = Species.SCALAR ? outputs : Math.ceilDiv(outputs, LANES) * LANES;
        rows = new int[inputs];
        values = new float[inputs];
        sums = new float[stride];
        Math.multiplyExact(inputs, stride);
        vectors = stride == LANES ? ONE_VECTOR : SEVERAL_VECTORS;
    }

    /** Takes the matrix, [inputs, outputs], which must not change until it is taken again. */
    public void pack(float[] matrix) {
        Check.range("w", matrix.length, 0, inputs * outputs);
        finite = true;
        for (int i = 0; i < inputs * outputs && finite; i++) {
            finite = Float.isFinite(matrix[i]);
        }
        if (stride == outputs) {
            w = matrix;
            return;
        }
        if (w.length != inputs * stride) {
            w = new float[inputs * stride];
        }
        for (int i = 0; i < inputs; i++) {
            System.arraycopy(matrix, i * outputs, w, i * stride, outputs);
        }
    }

    /** y[yOffset + j] = the sum over i of x[xOffset + i] w[i, j]. */
    public void multiply(float[] x, int xOffset, float[] y, int yOffset) {
        Check.range("x", x.length, xOffset, inputs);
        Check.range("y", y.length, yOffset, outputs);
        multiply(x, xOffset, vectors.isReady());
        System.arraycopy(sums, 0, y, yOffset, outputs);
    }

    private void multiply(float[] x, int xOffset, boolean ready) {
        if (stride == LANES && ready) {
            Lanes.oneVector(w, x, xOffset, inputs, finite, sums);
            return;
        }
        int count = !finite ? listAll(x, xOffset) : ready ? list(x, xOffset) : listPlain(x, xOffset);
        Arrays.fill(sums, 0f);
        int i = 0;
        for (; i + TOGETHER <= count && ready; i += TOGETHER) {
            Lanes.add(w, rows, values, i, sums);
        }
        for (; i < count; i++) {
            add(w, rows[i], values[i], sums);
        }
    }

    private int listAll(float[] x, int xOffset) {
        for (int i = 0; i < inputs; i++) {
            rows[i] = i * stride;
            values[i] = x[xOffset + i];
        }
        return inputs;
    }

    /** Lists what is not 0, 64 numbers at a time. */
    private int list(float[] x, int xOffset) {
        int count = 0;
        for (int first = 0; first < inputs; first += Long.SIZE) {
            for (long ones = Lanes.nonZeros(x, xOffset, first, inputs); ones != 0; ones &= ones - 1) {
                int at = first + Long.numberOfTrailingZeros(ones);
                rows[count] = at * stride;
                values[count] = x[xOffset + at];
                count++;
            }
        }
        return count;
    }

    private int listPlain(float[] x, int xOffset) {
        int count = 0;
        for (int i = 0; i < inputs; i++) {
            rows[count] = i * stride;
            values[count] = x[xOffset + i];
            count += values[count] != 0f ? 1 : 0;
        }
        return count;
    }

    /** Adds one row, times a value; C2 makes vectors of it by itself. */
    private static void add(float[] w, int row, float value, float[] sums) {
        for (int j = 0; j < sums.length; j++) {
            sums[j] = Math.fma(value, w[row + j], sums[j]);
        }
    }

    /** Calls the product of 64 inputs and so many outputs. */
    private static Runnable rehearsal(int outputs) {
        int inputs = Long.SIZE;
        RowProduct product = new RowProduct(inputs, outputs);
        product.pack(new float[inputs * outputs]);
        float[] x = new float[inputs];
        Arrays.fill(x, 1f);
        return () -> product.multiply(x, 0, true);
    }

    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;

        private Lanes() {
        }

        /**
         * A bit for each that is not 0 of the 64 numbers, or fewer at the end, from one on: a branch for each would be foretold
         * wrongly at every edge of the ink.
         */
        static long nonZeros(float[] x, int xOffset, int first, int inputs) {
            int end = Math.min(inputs, first + Long.SIZE);
            long ones = 0;
            int i = first;
            for (; i + LANES <= end; i += LANES) {
                ones |= FloatVector.fromArray(S, x, xOffset + i).compare(VectorOperators.NE, 0f).toLong() << i - first;
            }
            for (; i < end; i++) {
                ones |= x[xOffset + i] != 0f ? 1L << i - first : 0;
            }
            return ones;
        }

        /** All in one register where y is a vector; finding what is not 0 takes no time beside the chain of additions. */
        static void oneVector(float[] w, float[] x, int xOffset, int inputs, boolean finite, float[] sums) {
            FloatVector sum = FloatVector.zero(S);
            for (int first = 0; first < inputs; first += Long.SIZE) {
                long ones = finite
                        ? nonZeros(x, xOffset, first, inputs)
                        : -1L >>> Math.max(0, first + Long.SIZE - inputs);
                for (; ones != 0; ones &= ones - 1) {
                    int i = first + Long.numberOfTrailingZeros(ones);
                    sum = FloatVector.broadcast(S, x[xOffset + i]).fma(FloatVector.fromArray(S, w, i * LANES), sum);
                }
            }
            sum.intoArray(sums, 0);
        }

        /** Adds eight rows, each times its value. */
        static void add(float[] w, int[] rows, float[] values, int i, float[] sums) {
            int r0 = rows[i];
            int r1 = rows[i + 1];
            int r2 = rows[i + 2];
            int r3 = rows[i + 3];
            int r4 = rows[i + 4];
            int r5 = rows[i + 5];
            int r6 = rows[i + 6];
            int r7 = rows[i + 7];
            FloatVector v0 = FloatVector.broadcast(S, values[i]);
            FloatVector v1 = FloatVector.broadcast(S, values[i + 1]);
            FloatVector v2 = FloatVector.broadcast(S, values[i + 2]);
            FloatVector v3 = FloatVector.broadcast(S, values[i + 3]);
            FloatVector v4 = FloatVector.broadcast(S, values[i + 4]);
            FloatVector v5 = FloatVector.broadcast(S, values[i + 5]);
            FloatVector v6 = FloatVector.broadcast(S, values[i + 6]);
            FloatVector v7 = FloatVector.broadcast(S, values[i + 7]);
            for (int j = 0; j < sums.length; j += LANES) {
                FloatVector sum = FloatVector.fromArray(S, sums, j);
                sum = v0.fma(FloatVector.fromArray(S, w, r0 + j), sum);
                sum = v1.fma(FloatVector.fromArray(S, w, r1 + j), sum);
                sum = v2.fma(FloatVector.fromArray(S, w, r2 + j), sum);
                sum = v3.fma(FloatVector.fromArray(S, w, r3 + j), sum);
                sum = v4.fma(FloatVector.fromArray(S, w, r4 + j), sum);
                sum = v5.fma(FloatVector.fromArray(S, w, r5 + j), sum);
                sum = v6.fma(FloatVector.fromArray(S, w, r6 + j), sum);
                sum = v7.fma(FloatVector.fromArray(S, w, r7 + j), sum);
                sum.intoArray(sums, j);
            }
        }
    }
}
