package dev.lanewise.sweep;

/** Student's t distribution, for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4). */
final class Student {
    private static final double FAR = 1e6; // beyond every quantile that is asked for
    private static final int HALVINGS = 200;

    private Student() {
    }

    /** The probability of a value at least as far from 0 as this. */
    static double twoSided(double t, int degrees) {
        double angle = Math.atan(Math.abs(t) / Math.sqrt(degrees));
        double cos2 = Math.cos(angle) * Math.cos(angle);
        boolean odd = degrees % 2 == 1;
        double term = odd ? Math.cos(angle) : 1;
        double sum = degrees == 1 ? 0 : term;
        for (int i = odd ? 3 : 2; i <= degrees - 2; i += 2) {
            term *= cos2 * (i - 1) / i;
            sum += term;
        }
        double within = odd
                ? 2 / Math.PI * (angle + Math.sin(angle) * sum)
                : Math.sin(angle) * sum;
        return Math.clamp(1 - within, 0, 1);
    }

    /** What is exceeded, to either side, with a probability of 5 %. */
    static double bound95(int degrees) {
        double low = 0;
        double high = FAR;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (low + high) / 2;
            if (twoSided(middle, degrees) > 0.05) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }
}
