package dev.lanewise.kernel.core;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Converts unsigned bytes to floats from 0 to 1. */
public final class Pixels {
    /** Bytes of a cache line; where they are more, some lines are read twice. */
    public static final int LINE = 64;

    public static final float SCALE = 1f / 255f;

    private static final int REHEARSED = 512;
    private static final Readiness VECTORS = new Readiness(REHEARSED / Species.LANES, () -> {
        byte[] x = new byte[REHEARSED];
        float[] y = new float[REHEARSED];
        return () -> Lanes.toFloats(x, 0, y, 0, REHEARSED);
    });

    private Pixels() {
    }

    /** y[yOffset + i] = x[xOffset + i] / 255, as a product with the rounded reciprocal; 0 gives 0 and 255 gives 1. */
    public static void toFloats(byte[] x, int xOffset, float[] y, int yOffset, int n) {
        toFloats(!Species.SCALAR, x, xOffset, y, yOffset, n);
    }

    /** The same of one image: by plain loops until the vectors are compiled. */
    public static void toFloatsOfOne(byte[] x, int xOffset, float[] y, int yOffset, int n) {
        toFloats(VECTORS.isReady(), x, xOffset, y, yOffset, n);
    }

    private static void toFloats(boolean vectors, byte[] x, int xOffset, float[] y, int yOffset, int n) {
        Check.range("x", x.length, xOffset, n);
        Check.range("y", y.length, yOffset, n);
        for (int i = vectors ? Lanes.toFloats(x, xOffset, y, yOffset, n) : 0; i < n; i++) {
            y[yOffset + i] = (x[xOffset + i] & 0xff) * SCALE;
        }
    }

    /**
     * Reads a byte of every cache line of x[xOffset] to x[xOffset + n - 1]. Called for some images that lie anywhere in
     * memory, it makes their lines miss together, where what works on the pixels would wait for one after the other.
     */
    public static void prefetch(byte[] x, int xOffset, int n) {
        Check.range("x", x.length, xOffset, n);
        int sum = n == 0 ? 0 : x[xOffset + n - 1];
        for (int i = 0; i < n; i += LINE) {
            sum += x[xOffset + i];
        }
        if (sum == Integer.MIN_VALUE) { // so few bytes never are; without a use, C2 would leave out the reads
            throw new AssertionError(sum);
        }
    }

    /** The whole vectors; where they end is returned. */
    private static final class Lanes {
        private static final int LANES = Species.FLOATS.length();
        /** As many bytes as there are lanes; 8, the fewest that there are vectors of, for 4 lanes. */
        private static final VectorSpecies<Byte> BYTES = LANES == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

        private Lanes() {
        }

        static int toFloats(byte[] x, int xOffset, float[] y, int yOffset, int n) {
            int end = BYTES.loopBound(n);
            for (int i = 0; i < end; i += BYTES.length()) {
                ByteVector bytes = ByteVector.fromArray(BYTES, x, xOffset + i);
                scaled(bytes, 0).intoArray(y, yOffset + i);
                if (LANES == 4) {
                    scaled(bytes, 1).intoArray(y, yOffset + i + 4);
                }
            }
            return end;
        }

        private static FloatVector scaled(ByteVector bytes, int part) {
            IntVector values = (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, Species.INTS, part);
            return ((FloatVector) values.convert(VectorOperators.I2F, 0)).mul(SCALE);
        }
    }
}
