package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Pool;
import dev.lanewise.kernel.core.Species;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * A few rows of a matrix, each filled up to a multiple of 16 columns so that all vectors are whole, and the steps of softmax
 * and the losses on them. A step is one loop over pieces of 16 columns, whichever row they are of; it handles all rows before
 * the next step begins, so that no vector waits for the one just written (LAB 37).
 *
 * <p>{@code Lanes.load} and {@code Lanes.sum} are written out so far that they have more than 325 bytecodes, the most that C2 inlines:
 * inlined into a loss they make it box vectors (LAB 38).
 */
final class RowBlock {
    private static final int VIRTUAL_LANES = Reductions.VIRTUAL_LANES;
    /** Floats of a block: a quarter of the usual first cache. */
    private static final int FLOATS = 2048;
    private static final int MOST_ROWS = FLOATS / VIRTUAL_LANES;

    private static final Pool<RowBlock> BLOCKS = new Pool<>(RowBlock::new);

    /** Each row's largest element; anything if one is NaN, for then every result of the row is. */
    final float[] max = new float[MOST_ROWS];
    /** Each row's sum. */
    final float[] sum = new float[MOST_ROWS];
    /** Each row's element that {@link #takeOut} took. */
    final float[] taken = new float[MOST_ROWS];

    private float[] x = new float[FLOATS]; // [rows, width]
    private int[] kept = new int[VIRTUAL_LANES]; // [width], all bits where the matrix has a column, none beyond
    private int rows;
    private int cols = -1; // of none yet
    private int width;

    private RowBlock() {
    }

    /** A block that no other thread has until it is given back. */
    static RowBlock take() {
        return BLOCKS.take();
    }

    void giveBack() {
        BLOCKS.give(this);
    }

    /**
     * Copies the first rows of a matrix at an offset, {@code ld} apart, as many as fit, of at most {@code most}, and finds
     * their {@link #max}; returns their number.
     */
    int load(float[] from, int offset, int ld, int most, int cols) {
        shape(most, cols);
        if (Species.SCALAR) {
            loadScalars(from, offset, ld);
        } else {
            Lanes.load(this, from, offset, ld);
        }
        return rows;
    }

    private void loadScalars(float[] from, int offset, int ld) {
        for (int row = 0; row < rows; row++) {
            System.arraycopy(from, offset + row * ld, x, row * width, cols);
            max[row] = ScalarSoftmax.max(from, offset + row * ld, cols);
        }
    }

    private void shape(int most, int cols) {
        if (this.cols != cols) {
            width = Math.max(VIRTUAL_LANES, Math.ceilDiv(cols, VIRTUAL_LANES) * VIRTUAL_LANES);
            if (x.length < width) {
                x = new float[width];
            }
            kept = new int[width];
            Arrays.fill(kept, 0, cols, -1);
            this.cols = cols;
        }
        rows = Math.clamp(FLOATS / width, 1, most);
    }

    /** How many rows, {@code ld} apart, end, filled up to the block's width, within so many floats from the first row on. */
    private int wholeRows(int floats, int ld) {
        return cols == 0 ? 0 : Math.clamp(Math.floorDiv(floats - width, ld) + 1, 0, rows);
    }

    /** Copies the rows into a matrix at an offset, {@code ld} apart; what lies between them stays. */
    void store(float[] to, int offset, int ld) {
        int whole = Species.SCALAR || ld != cols ? 0 : Lanes.store(this, to, offset);
        for (int row = whole; row < rows; row++) {
            System.arraycopy(x, row * width, to, offset + row * ld, cols);
        }
    }

    /** Puts 0 in each row's column {@code columns[first + row]}, an unsigned byte, and what was there in {@link #taken}. */
    void takeOut(byte[] columns, int first) {
        for (int i = 0; i < rows; i++) {
            int at = i * width + (columns[first + i] & 0xff);
            taken[i] = x[at];
            x[at] = 0f;
        }
    }

    /** Puts {@link #taken} where it was. */
    void putBack(byte[] columns, int first) {
        for (int i = 0; i < rows; i++) {
            x[i * width + (columns[first + i] & 0xff)] = taken[i];
        }
    }

    /** x = x - c[row]. */
    void subtract(float[] c) {
        int end = Species.SCALAR ? 0 : Lanes.subtract(this, c);
        for (int at = end; at < rows * width; at++) {
            x[at] -= c[at / width];
        }
    }

    /** x = e^x. */
    void exp() {
        Elementwise.exp(x, 0, x, 0, rows * width);
    }

    /** x = sigmoid(x). */
    void sigmoid() {
        Elementwise.sigmoid(x, 0, x, 0, rows * width);
    }

    /** Sums each row to {@link #sum}. */
    void sum() {
        sum(false);
    }

    /** Sums the squares of each row to {@link #sum}, each virtual lane a chain of fused multiply-adds. */
    void sumSquares() {
        sum(true);
    }

    private void sum(boolean squares) {
        if (Species.SCALAR) {
            for (int i = 0; i < rows; i++) {
                int at = i * width;
                sum[i] = squares ? ScalarReductions.dot(x, at, x, at, cols) : ScalarReductions.sum(x, at, cols);
            }
        } else {
            Lanes.sum(this, squares);
        }
    }

    /** x = x / sum * scale. */
    void divideBySum(float scale) {
        int end = Species.SCALAR ? 0 : Lanes.divideBySum(this, scale);
        for (int at = end; at < rows * width; at++) {
            x[at] = x[at] / sum[at / width] * scale;
        }
    }

    /**
     * Gradient of 1/2 |a - onehot|^2, times scale, through a = sigmoid(z): x and {@link #taken} are a, and become
     * {@code (a - onehot) a (1 - a) scale}.
     */
    void sigmoidBackward(float scale) {
        for (int i = 0; i < rows; i++) {
            float a = taken[i];
            taken[i] = (a - 1f) * (a * (1f - a)) * scale;
        }
        Elementwise.sigmoidBackward(x, 0, x, 0, rows * width);
        Elementwise.scale(scale, x, 0, x, 0, rows * width);
    }

    /**
     * Gradient of 1/2 |a - onehot|^2, times scale, through a = softmax(z): x and {@link #taken} are a, {@link #sum} is
     * of the squares of x. With d = a - onehot, they become {@code a (d - sum of d a) scale}.
     */
    void softmaxBackward(float scale) {
        for (int i = 0; i < rows; i++) {
            float a = taken[i];
            sum[i] = Math.fma(a - 1f, a, sum[i]); // of d a
            taken[i] = a * (a - 1f - sum[i]) * scale;
        }
        int end = Species.SCALAR ? 0 : Lanes.softmaxBackward(this, scale);
        for (int at = end; at < rows * width; at++) {
            x[at] = x[at] * (x[at] - sum[at / width]) * scale;
        }
    }

    /** The same of whole vectors. */
    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final VectorSpecies<Integer> I = Species.INTS;
        private static final int LANES = S.length();

        private Lanes() {
        }

        static void load(RowBlock block, float[] from, int offset, int ld) {
            int whole = block.wholeRows(from.length - offset, ld);
            IntVector largest = IntVector.broadcast(I, Integer.MIN_VALUE);
            for (int at = 0, row = 0, j = 0; at < whole * block.width; at += VIRTUAL_LANES) {
                for (int l = 0; l < VIRTUAL_LANES; l += LANES) {
                    FloatVector v = FloatVector.fromArray(S, from, offset + row * ld + j + l);
                    v.intoArray(block.x, at + l);
                    IntVector keep = IntVector.fromArray(I, block.kept, j + l);
                    IntVector bits = v.reinterpretAsInts();
                    IntVector ordered = bits.lanewise(VectorOperators.ASHR, 31).and(Integer.MAX_VALUE)
                            .lanewise(VectorOperators.XOR, bits); // integers in the order of the floats
                    largest = largest.max(ordered.and(keep).or(keep.not().and(Integer.MIN_VALUE)));
                }
                j += VIRTUAL_LANES;
                if (j == block.width) {
                    j = 0;
                    int m = largest.reduceLanes(VectorOperators.MAX);
                    block.max[row++] = Float.intBitsToFloat(m ^ (m >> 31 & Integer.MAX_VALUE));
                    largest = IntVector.broadcast(I, Integer.MIN_VALUE);
                }
            }
            for (int row = whole; row < block.rows; row++) {
                float largestYet = Float.NEGATIVE_INFINITY;
                for (int j = 0; j < block.cols; j++) {
                    float v = from[offset + row * ld + j];
                    block.x[row * block.width + j] = v;
                    largestYet = Math.max(largestYet, v);
                }
                block.max[row] = largestYet;
            }
        }

        /** Of rows without a gap; returns how many it has stored. */
        static int store(RowBlock block, float[] to, int offset) {
            int whole = block.wholeRows(block.rows * block.cols, block.cols);
            for (int at = 0, row = 0, j = 0; at < whole * block.width; at += VIRTUAL_LANES) {
                for (int l = 0; l < VIRTUAL_LANES; l += LANES) { // what lies after the row is overwritten by the next ones
                    FloatVector.fromArray(S, block.x, at + l).intoArray(to, offset + row * block.cols + j + l);
                }
                j += VIRTUAL_LANES;
                if (j == block.width) {
                    j = 0;
                    row++;
                }
            }
            return whole;
        }

        /** Returns, like the next two, where it ends. */
        static int subtract(RowBlock block, float[] c) {
            int end = S.loopBound(block.rows * block.width);
            for (int at = 0, row = 0, j = 0; at < end; at += VIRTUAL_LANES) {
                for (int l = 0; l < VIRTUAL_LANES; l += LANES) {
                    IntVector v = FloatVector.fromArray(S, block.x, at + l).sub(c[row]).reinterpretAsInts();
                    IntVector keep = IntVector.fromArray(I, block.kept, j + l); // the others' exponential need not be slow
                    v.and(keep).reinterpretAsFloats().intoArray(block.x, at + l);
                }
                j += VIRTUAL_LANES;
                if (j == block.width) {
                    j = 0;
                    row++;
                }
            }
            return end;
        }

        static int divideBySum(RowBlock block, float scale) {
            int end = S.loopBound(block.rows * block.width);
            for (int at = 0, row = 0, j = 0; at < end; at += VIRTUAL_LANES) {
                for (int l = 0; l < VIRTUAL_LANES; l += LANES) {
                    FloatVector.fromArray(S, block.x, at + l).div(block.sum[row]).mul(scale).intoArray(block.x, at + l);
                }
                j += VIRTUAL_LANES;
                if (j == block.width) {
                    j = 0;
                    row++;
                }
            }
            return end;
        }

        static int softmaxBackward(RowBlock block, float scale) {
            int end = S.loopBound(block.rows * block.width);
            for (int at = 0, row = 0, j = 0; at < end; at += VIRTUAL_LANES) {
                for (int l = 0; l < VIRTUAL_LANES; l += LANES) {
                    FloatVector v = FloatVector.fromArray(S, block.x, at + l);
                    v.mul(v.sub(block.sum[row])).mul(scale).intoArray(block.x, at + l);
                }
                j += VIRTUAL_LANES;
                if (j == block.width) {
                    j = 0;
                    row++;
                }
            }
            return end;
        }

        static void sum(RowBlock block, boolean squares) {
            FloatVector a = FloatVector.zero(S);
            FloatVector b = FloatVector.zero(S);
            FloatVector c = FloatVector.zero(S);
            FloatVector d = FloatVector.zero(S);
            for (int at = 0, row = 0, j = 0; at < block.rows * block.width; at += VIRTUAL_LANES) {
                FloatVector va = FloatVector.fromArray(S, block.x, at).reinterpretAsInts()
                        .and(IntVector.fromArray(I, block.kept, j)).reinterpretAsFloats();
                a = squares ? va.fma(va, a) : a.add(va);
                if (LANES <= 8) {
                    FloatVector vb = FloatVector.fromArray(S, block.x, at + LANES).reinterpretAsInts()
                            .and(IntVector.fromArray(I, block.kept, j + LANES)).reinterpretAsFloats();
                    b = squares ? vb.fma(vb, b) : b.add(vb);
                }
                if (LANES == 4) {
                    FloatVector vc = FloatVector.fromArray(S, block.x, at + 8).reinterpretAsInts()
                            .and(IntVector.fromArray(I, block.kept, j + 8)).reinterpretAsFloats();
                    c = squares ? vc.fma(vc, c) : c.add(vc);
                    FloatVector vd = FloatVector.fromArray(S, block.x, at + 12).reinterpretAsInts()
                            .and(IntVector.fromArray(I, block.kept, j + 12)).reinterpretAsFloats();
                    d = squares ? vd.fma(vd, d) : d.add(vd);
                }
                j += VIRTUAL_LANES;
                if (j == block.width) {
                    j = 0;
                    block.sum[row++] = Reductions.Lanes.tree(a, b, c, d);
                    a = FloatVector.zero(S);
                    b = FloatVector.zero(S);
                    c = FloatVector.zero(S);
                    d = FloatVector.zero(S);
                }
            }
        }
    }
}
