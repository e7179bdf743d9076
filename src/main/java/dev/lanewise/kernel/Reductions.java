package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reduces an array to one number. Sums have one defined order: 16 virtual lanes, lane l taking elements l, l + 16, ... of the
 * array, filled up with zeros to a multiple of 16; then the lanes that are 8, 4, 2 and 1 apart are added. Whatever the
 * hardware's width, the bits are the same.
 */
public final class Reductions {
    static final int VIRTUAL_LANES = 16;

    private Reductions() {
    }

    /** The sum of x[xOffset + i] y[xOffset + i] for i from 0 to n - 1, each lane a chain of fused multiply-adds. */
    public static float dot(float[] x, int xOffset, float[] y, int yOffset, int n) {
        Check.range("x", x.length, xOffset, n);
        Check.range("y", y.length, yOffset, n);
        return Species.SCALAR
                ? ScalarReductions.dot(x, xOffset, y, yOffset, n)
                : Lanes.dot(x, xOffset, y, yOffset, n);
    }

    /**
     * The index, from 0, of the first largest of x[offset] to x[offset + n - 1]. Nothing is larger than a NaN, nor a NaN than
     * anything: one at the first place is the answer, others never are.
     */
    public static int argmax(float[] x, int offset, int n) {
        if (n < 1) {
            throw new IllegalArgumentException("n: at least 1, not %d".formatted(n));
        }
        Check.range("x", x.length, offset, n);
        int best = 0;
        for (int i = 1; i < n; i++) {
            if (x[offset + i] > x[offset + best]) {
                best = i;
            }
        }
        return best;
    }

    /** The same of vectors. */
    static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final int LANES = S.length();
        private static final IntVector INDEX = IntVector.zero(Species.INTS).addIndex(1);
        private static final VectorShuffle<Float> BY_8 = swapping(8);
        private static final VectorShuffle<Float> BY_4 = swapping(4);
        private static final VectorShuffle<Float> BY_2 = swapping(2);
        private static final VectorShuffle<Float> BY_1 = swapping(1);

        private Lanes() {
        }

        static float dot(float[] x, int xOffset, float[] y, int yOffset, int n) {
            FloatVector a = FloatVector.zero(S);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            int i = 0;
            for (; i <= n - VIRTUAL_LANES; i += VIRTUAL_LANES) {
                a = FloatVector.fromArray(S, x, xOffset + i).fma(FloatVector.fromArray(S, y, yOffset + i), a);
                if (LANES <= 8) {
                    b = FloatVector.fromArray(S, x, xOffset + i + LANES)
                            .fma(FloatVector.fromArray(S, y, yOffset + i + LANES), b);
                }
                if (LANES == 4) {
                    c = FloatVector.fromArray(S, x, xOffset + i + 8).fma(FloatVector.fromArray(S, y, yOffset + i + 8),
                            c);
                    d = FloatVector.fromArray(S, x, xOffset + i + 12)
                            .fma(FloatVector.fromArray(S, y, yOffset + i + 12), d);
                }
            }
            if (i < n) {
                a = load(x, xOffset + i, n - i).fma(load(y, yOffset + i, n - i), a);
                if (LANES <= 8) {
                    b = load(x, xOffset + i + LANES, n - i - LANES).fma(load(y, yOffset + i + LANES, n - i - LANES), b);
                }
                if (LANES == 4) {
                    c = load(x, xOffset + i + 8, n - i - 8).fma(load(y, yOffset + i + 8, n - i - 8), c);
                    d = load(x, xOffset + i + 12, n - i - 12).fma(load(y, yOffset + i + 12, n - i - 12), d);
                }
            }
            return tree(a, b, c, d);
        }

        /** n elements of an array, then zeros; n may be more than a vector holds, or negative. */
        private static FloatVector load(float[] x, int offset, int n) {
            return n <= 0 ? FloatVector.zero(S) : FloatVector.fromArray(S, x, offset, first(n));
        }

        /** The first n lanes. */
        private static VectorMask<Float> first(int n) {
            return INDEX.compare(VectorOperators.LT, n).cast(S);
        }

        /** The sum of the virtual lanes, which lie in as many of the vectors as it takes. */
        static float tree(FloatVector a, FloatVector b, FloatVector c, FloatVector d) {
            return switch (LANES) {
                case 4 -> sum(a.add(c).add(b.add(d)));
                case 8 -> sum(a.add(b));
                default -> sum(a);
            };
        }

        /** The lanes' sum; of fewer than 16 lanes, what the tree does after its first steps. */
        private static float sum(FloatVector v) {
            FloatVector s = LANES == 16 ? v.add(v.rearrange(BY_8)) : v;
            s = LANES >= 8 ? s.add(s.rearrange(BY_4)) : s;
            s = s.add(s.rearrange(BY_2));
            return s.add(s.rearrange(BY_1)).lane(0);
        }

        private static VectorShuffle<Float> swapping(int distance) {
            return VectorShuffle.fromOp(S, lane -> (lane ^ distance) % LANES);
        }
    }
}
