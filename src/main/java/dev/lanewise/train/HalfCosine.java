package dev.lanewise.train;

/**
 * Half a cosine from 1 to 0, with the bits that StrictMath would give: its sine and cosine below a quarter of pi are these
 * polynomials (fdlibm, Sun 1993). StrictMath makes an array with every call until C2 has compiled it, a step of training
 * makes nothing.
 */
final class HalfCosine {
    private static final double TINY = 0x1p-27; // below it, sin x = x and cos x = 1

    private HalfCosine() {
    }

    /** (1 + cos(pi progress)) / 2 for progress from 0 to 1, by the half angle: at the end 1 + cos would lose digits. */
    static double at(double progress) {
        double root = progress < 0.5
                ? cosine(Math.PI / 2 * progress)
                : sine(Math.PI / 2 * (1 - progress));
        return root * root;
    }

    /** cos x for x from 0 to pi / 4. */
    static double cosine(double x) {
        if (x < TINY) {
            return 1;
        }
        double z = x * x;
        double r = z * (0x1.555555555554cp-5 + z * (-0x1.6c16c16c15177p-10 + z * (0x1.a01a019cb159p-16
                + z * (-0x1.27e4f809c52adp-22 + z * (0x1.1ee9ebdb4b1c4p-29 + z * -0x1.8fae9be8838d4p-37)))));
        if (highWord(x) < 0x3fd33333) { // x < 0.3
            return 1 - (0.5 * z - z * r);
        }
        // About x / 4 with few digits, so that 1 - quarter is exact.
        double quarter = highWord(x) > 0x3fe90000
                ? 0.28125
                : Double.longBitsToDouble((long) (highWord(x) - 0x00200000) << 32);
        return (1 - quarter) - ((0.5 * z - quarter) - z * r);
    }

    /** sin x for x from 0 to pi / 4. */
    static double sine(double x) {
        if (x < TINY) {
            return x;
        }
        double z = x * x;
        double r = 0x1.111111110f8a6p-7 + z * (-0x1.a01a019c161d5p-13 + z * (0x1.71de357b1fe7dp-19
                + z * (-0x1.ae5e68a2b9cebp-26 + z * 0x1.5d93a5acfd57cp-33)));
        return x + z * x * (-0x1.5555555555549p-3 + z * r);
    }

    private static int highWord(double x) {
        return (int) (Double.doubleToRawLongBits(x) >>> 32);
    }
}
