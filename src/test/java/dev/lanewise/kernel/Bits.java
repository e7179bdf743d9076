package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.SplittableRandom;
import org.junit.jupiter.api.function.Executable;

/** What the kernels' tests share: floats compared by their bits, seeded floats, the refusal of wrong arguments. */
public final class Bits {
    /** Floats at which something changes: IEEE 754's own and the limits inside {@link ScalarMath}. */
    public static final float[] EDGES = {0f, Float.MIN_VALUE, Float.MIN_NORMAL, 0x1p-25f, 0x1p-24f, 0x1p-12f, 0.5f,
            0.625f,
            0.70710677f, 1f, 1.4142135f, 2f, 10f, 16f, 16.635532f, 17.32868f, 44f, 87f, 87.33654f, 88.37626f, 88.72283f,
            89f, 103.27893f,
            103.97208f, 105f, 0x1p22f, 0x1p23f, 0x1p24f, 1e10f, 1e30f, Float.MAX_VALUE, Float.POSITIVE_INFINITY,
            Float.NaN};

    private Bits() {
    }

    /** All bits are equal; NaNs count as one value. */
    public static void assertSame(float[] expected, float[] actual, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
                fail("%s: element %d is %s (%a), not %s (%a)".formatted(what, i, actual[i], actual[i], expected[i],
                        expected[i]));
            }
        }
    }

    public static void assertSame(float expected, float actual, String what) {
        assertSame(new float[]{expected}, new float[]{actual}, what);
    }

    /**
     * The call is refused, by an IndexOutOfBoundsException where something does not lie in its array, and the message begins
     * with the name and contains each of the numbers.
     */
    public static void assertRefused(String name, Executable call, long... numbers) {
        RuntimeException e = assertThrows(RuntimeException.class, call, "wrong " + name);
        String message = e.getMessage();
        Class<?> kind = message.matches(".*(do not fit an array of|in an array of|Offset is negative|is no range).*")
                ? IndexOutOfBoundsException.class
                : IllegalArgumentException.class;
        assertEquals(kind, e.getClass(), message);
        assertTrue(message.startsWith(name + " ") || message.startsWith(name + ":"), name + " not named: " + message);
        for (long number : numbers) {
            assertTrue(message.matches(".*(?<![-\\d])" + number + "(?!\\d).*"), number + " not in: " + message);
        }
    }

    /** n floats, uniform in [-limit, limit). */
    public static float[] uniform(SplittableRandom random, int n, double limit) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) ((2 * random.nextDouble() - 1) * limit);
        }
        return x;
    }

    /** n floats of magnitudes 2^-12 to 2^12, so that the order of additions shows in the bits. */
    public static float[] spread(SplittableRandom random, int n) {
        float[] x = uniform(random, n, 1);
        for (int i = 0; i < n; i++) {
            x[i] = Math.scalb(x[i], random.nextInt(25) - 12);
        }
        return x;
    }

    /** Every stride-th bit pattern from 0 to 2^32 - 1: all exponents, both signs, NaNs. */
    public static float[] patterns(int stride) {
        float[] x = new float[(int) ((1L << 32) / stride) + 1];
        for (int i = 0; i < x.length; i++) {
            x[i] = Float.intBitsToFloat((int) ((long) i * stride));
        }
        return x;
    }

    /** {@link #EDGES}, two neighbours to each side, and all of them negated. */
    public static float[] edges() {
        float[] x = new float[EDGES.length * 10];
        int i = 0;
        for (float edge : EDGES) {
            for (float sign : new float[]{1f, -1f}) {
                float down = Math.nextDown(edge);
                float up = Math.nextUp(edge);
                for (float value : new float[]{Math.nextDown(down), down, edge, up, Math.nextUp(up)}) {
                    x[i++] = sign * value;
                }
            }
        }
        return x;
    }
}
