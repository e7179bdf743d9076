package dev.lanewise.kernel.core;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies matrices as their transposes, in blocks of as many rows and columns as a vector has lanes. The vectors are those of
 * all other kernels: narrower ones slowed every kernel down (LAB 16).
 *
 * <p>A step takes row i and row i + LANES / 2 for all i and interleaves their elements, to rows 2 i and 2 i + 1: written
 * in binary, an element's row and column, one after the other, are rotated by a bit. When all bits of the row have
 * gone through, row and column have changed places. (The constant geometry of Pease's FFT, 1968.)
 */
public final class Transpose {
    private static final int LANES = Species.LANES;

    /** Elements that are copied one by one, in a short run four times as many: C2 compiles shuffles slowly (LAB 17). */
    private static final int FEW = 16 * LANES;

    private static final Warmth BLOCKS = new Warmth();

    private boolean shortRun;
    private final float[] half = new float[LANES * LANES]; // a block between two steps

    /** Whether compiling shuffles would cost more than they save. */
    public void setShortRun(boolean shortRun) {
        this.shortRun = shortRun;
    }

    /**
     * y[j, i] = x[i, j] for x [rows, cols]; rows of x lie ldx apart, rows of y ldy. The last block of a row or column
     * begins early enough to be whole: what two blocks share is written twice, so x and y must be different arrays.
     */
    public void copy(float[] x, int xAt, int ldx, int rows, int cols, float[] y, int yAt, int ldy) {
        if (Species.SCALAR || rows < LANES || cols < LANES || rows * cols <= (shortRun ? 4 * FEW : FEW)) {
            scalars(x, xAt, ldx, rows, cols, y, yAt, ldy);
            return;
        }
        if (BLOCKS.isCold()) {
            warm();
        }
        for (int nextI = 0; nextI < rows; nextI += LANES) {
            int i = Math.min(nextI, rows - LANES);
            for (int nextJ = 0; nextJ < cols; nextJ += LANES) {
                int j = Math.min(nextJ, cols - LANES);
                block(x, xAt + i * ldx + j, ldx, y, yAt + j * ldy + i, ldy);
            }
        }
    }

    private static void warm() {
        float[] x = new float[LANES * LANES];
        float[] y = new float[LANES * LANES];
        BLOCKS.warm(LANES, (steps, _) -> Lanes.twoSteps(x, 0, steps < 0 ? -1 : LANES, y, 0, LANES));
    }

    private void block(float[] x, int from, int ldx, float[] y, int to, int ldy) {
        switch (LANES) {
            case 4 -> Lanes.twoSteps(x, from, ldx, y, to, ldy);
            case 8 -> {
                Lanes.twoSteps(x, from, ldx, half, 0, LANES);
                Lanes.step(half, y, to, ldy);
            }
            case 16 -> {
                Lanes.twoSteps(x, from, ldx, half, 0, LANES);
                Lanes.twoSteps(half, 0, LANES, y, to, ldy);
            }
            default -> throw new AssertionError(LANES);
        }
    }

    private static void scalars(float[] x, int xAt, int ldx, int rows, int cols, float[] y, int yAt, int ldy) {
        for (int j = 0; j < cols; j++) {
            int to = yAt + j * ldy;
            for (int i = 0, from = xAt + j; i < rows; i++, from += ldx) {
                y[to + i] = x[from];
            }
        }
    }

    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final VectorShuffle<Float> LOW = interleave(0);
        private static final VectorShuffle<Float> HIGH = interleave(LANES / 2);

        private Lanes() {
        }

        /** Elements from {@code first} on of two vectors in turn. */
        private static VectorShuffle<Float> interleave(int first) {
            return VectorShuffle.fromOp(S, lane -> first + lane / 2 + (lane & 1) * LANES);
        }

        static void step(float[] x, float[] y, int to, int ldy) {
            for (int i = 0; i < LANES / 2; i++) {
                FloatVector a = FloatVector.fromArray(S, x, i * LANES);
                FloatVector b = FloatVector.fromArray(S, x, (i + LANES / 2) * LANES);
                a.rearrange(LOW, b).intoArray(y, to + 2 * i * ldy);
                a.rearrange(HIGH, b).intoArray(y, to + (2 * i + 1) * ldy);
            }
        }

        static void twoSteps(float[] x, int from, int ldx, float[] y, int to, int ldy) {
            if (ldx < 0) {
                return;
            }
            for (int i = 0; i < LANES / 4; i++) {
                int row = from + i * ldx;
                FloatVector a = FloatVector.fromArray(S, x, row);
                FloatVector b = FloatVector.fromArray(S, x, row + LANES / 4 * ldx);
                FloatVector c = FloatVector.fromArray(S, x, row + LANES / 2 * ldx);
                FloatVector d = FloatVector.fromArray(S, x, row + 3 * LANES / 4 * ldx);
                FloatVector lowAC = a.rearrange(LOW, c);
                FloatVector highAC = a.rearrange(HIGH, c);
                FloatVector lowBD = b.rearrange(LOW, d);
                FloatVector highBD = b.rearrange(HIGH, d);
                row = to + 4 * i * ldy;
                lowAC.rearrange(LOW, lowBD).intoArray(y, row);
                lowAC.rearrange(HIGH, lowBD).intoArray(y, row + ldy);
                highAC.rearrange(LOW, highBD).intoArray(y, row + 2 * ldy);
                highAC.rearrange(HIGH, highBD).intoArray(y, row + 3 * ldy);
            }
        }
    }
}
