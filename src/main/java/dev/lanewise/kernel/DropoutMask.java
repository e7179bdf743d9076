package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The random mask of inverted dropout (Srivastava et al. 2014): each element is 0 with probability {@code rate} and else
 * divided by {@code 1 - rate}, so that its expectation stays.
 *
 * <p>Whether element i is kept is a hash of the key and i, as counter-based random numbers are (Salmon et al. 2011), so
 * that the backward pass draws the same mask again and no order of threads or width of vectors changes it.
 */
public final class DropoutMask {
    // Multipliers of a 32-bit hash with little bias (Wellons, "Prospecting for hash functions", 2018).
    private static final int MULTIPLY_1 = 0x21f0aaad;
    private static final int MULTIPLY_2 = 0xd35a2d97;
    private static final float HASHES = 0x1p24f; // the hash's upper bits are compared, as many as a float holds

    private DropoutMask() {
    }

    /**
     * y[i] = x[i] / (1 - rate), or +0 where it is dropped, for n elements from the offsets; x and y may be the same.
     *
     * @param key of the mask, from {@link #key}
     * @param rate from 0 to below 1
     */
    public static void apply(float[] x, int xOffset, float[] y, int yOffset, int n, long key, float rate) {
        apply(x, xOffset, y, yOffset, n, key, 0, rate);
    }

    /**
     * y[i] = x[i] / (1 - rate), or +0 where it is dropped, for n elements in the middle of a row; x and y may be the same.
     *
     * @param key of the row's mask, from {@link #key}
     * @param first number of the first of them in the row's mask
     * @param rate from 0 to below 1
     */
    public static void apply(float[] x, int xOffset, float[] y, int yOffset, int n, long key, int first, float rate) {
        Check.range("x", x.length, xOffset, n);
        Check.range("y", y.length, yOffset, n);
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("rate: from 0 to below 1, not %s".formatted(rate));
        }
        int threshold = (int) (rate * HASHES);
        float scale = 1f / (1f - rate);
        int low = (int) key + first;
        int high = (int) (key >>> 32);
        int end = Species.SCALAR ? 0 : Lanes.apply(x, xOffset, y, yOffset, n, low, high, threshold, scale);
        for (int i = end; i < n; i++) {
            y[yOffset + i] = hash(i + low, high) >>> 8 >= threshold ? x[xOffset + i] * scale : 0f;
        }
    }

    /**
     * y[i] = x[i] * factors[i], or +0 where the factor is 0, whatever x is there; for as many elements as there are factors. x and y may
     * be the same.
     */
    public static void multiply(float[] x, int xOffset, float[] y, int yOffset, float[] factors) {
        int n = factors.length;
        Check.range("x", x.length, xOffset, n);
        Check.range("y", y.length, yOffset, n);
        int end = Species.SCALAR ? 0 : Lanes.multiply(x, xOffset, y, yOffset, factors);
        for (int i = end; i < n; i++) {
            y[yOffset + i] = factors[i] == 0f ? 0f : x[xOffset + i] * factors[i];
        }
    }

    private static int hash(int counter, int high) {
        int h = (counter ^ counter >>> 16) * MULTIPLY_1;
        h = (h ^ h >>> 15 ^ high) * MULTIPLY_2;
        return h ^ h >>> 15;
    }

    /** The key of a row's mask in a layer at a step of a run with that seed. */
    public static long key(long seed, long layer, long step, long row) {
        return SplitMix64.mix(SplitMix64.mix(SplitMix64.mix(SplitMix64.mix(seed) + layer) + step) + row);
    }

    /** The whole vectors; where they end is returned. */
    private static final class Lanes {
        private static final VectorSpecies<Float> S = Species.FLOATS;
        private static final int LANES = S.length();
        private static final IntVector LANE_NUMBERS = IntVector.zero(Species.INTS).addIndex(1);

        private Lanes() {
        }

        static int apply(float[] x, int xOffset, float[] y, int yOffset, int n, int low, int high, int threshold,
                float scale) {
            int end = S.loopBound(n);
            for (int i = 0; i < end; i += LANES) {
                IntVector h = LANE_NUMBERS.add(i + low);
                h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 16)).mul(MULTIPLY_1);
                h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 15));
                h = h.lanewise(VectorOperators.XOR, high).mul(MULTIPLY_2);
                h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 15));
                VectorMask<Float> kept = h.lanewise(VectorOperators.LSHR, 8).compare(VectorOperators.GE, threshold)
                        .cast(S);
                FloatVector scaled = FloatVector.fromArray(S, x, xOffset + i).mul(scale);
                FloatVector.zero(S).blend(scaled, kept).intoArray(y, yOffset + i);
            }
            return end;
        }

        static int multiply(float[] x, int xOffset, float[] y, int yOffset, float[] factors) {
            int end = S.loopBound(factors.length);
            for (int i = 0; i < end; i += LANES) {
                FloatVector factor = FloatVector.fromArray(S, factors, i);
                FloatVector product = FloatVector.fromArray(S, x, xOffset + i).mul(factor);
                product.blend(0f, factor.eq(0f)).intoArray(y, yOffset + i);
            }
            return end;
        }
    }
}
