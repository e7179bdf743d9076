package dev.lanewise.train;

import java.util.Locale;

/** How the learning rate changes over a run. StrictMath, so that the rates are the same bits everywhere. */
public enum Schedule {
    /** The base rate throughout. */
    CONSTANT {
        @Override
        double factor(double progress) {
            return 1;
        }
    },
    /** A tenth of the base rate after half of the run, a hundredth after three quarters. */
    STEP {
        @Override
        double factor(double progress) {
            return progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01;
        }
    },
    /** From the base rate to 0 along half a cosine (Loshchilov and Hutter 2017, without restarts). */
    COSINE {
        @Override
        double factor(double progress) {
            return halfCosine(progress);
        }
    },
    /** Up from a 25th of the base rate for 30 % of the run, then down to a 10,000th of that (Smith and Topin 2018). */
    ONE_CYCLE {
        @Override
        double factor(double progress) {
            double start = 1.0 / 25;
            double end = start / 10_000;
            return progress < 0.3
                    ? start + (1 - start) * (1 - halfCosine(progress / 0.3))
                    : end + (1 - end) * halfCosine((progress - 0.3) / 0.7);
        }
    };

    /** The factor of the base rate, progress from 0 to below 1. */
    abstract double factor(double progress);

    /** The learning rate of step {@code step} (from 0) of {@code steps}. */
    public float rate(double base, long step, long steps) {
        return (float) (base * factor((double) step / steps));
    }

    private static double halfCosine(double progress) {
        return 0.5 * (1 + StrictMath.cos(StrictMath.PI * progress));
    }

    /** The name on the command line: {@code one-cycle}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
