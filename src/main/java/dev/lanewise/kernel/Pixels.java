package dev.lanewise.kernel;

/** Unsigned bytes to floats from 0 to 1. */
public final class Pixels {
    private static final float SCALE = 1f / 255f;

    private Pixels() {
    }

    /** y[yOffset + i] = x[xOffset + i] / 255, as a product with the rounded reciprocal; 0 gives 0 and 255 gives 1. */
    public static void toFloats(byte[] x, int xOffset, float[] y, int yOffset, int n) {
        Check.range("x", x.length, xOffset, n);
        Check.range("y", y.length, yOffset, n);
        for (int i = 0; i < n; i++) {
            y[yOffset + i] = (x[xOffset + i] & 0xff) * SCALE;
        }
    }
}
