package dev.lanewise.train;

import java.util.Locale;

/** How the learning rate changes over a run. StrictMath, so that the rates are the same bits everywhere. */
public enum Schedule {
    /** The base rate throughout. */
    CONSTANT {
        @Override
        double factor(double progress, double warmUp) {
            return rise(progress, warmUp);
        }
    },
    /** A tenth of the base rate after half of the run, a hundredth after three quarters. */
    STEP {
        @Override
        double factor(double progress, double warmUp) {
            return rise(progress, warmUp) * (progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01);
        }
    },
    /** From the base rate to 0 along half a cosine (Loshchilov and Hutter 2017, without restarts). */
    COSINE {
        @Override
        double factor(double progress, double warmUp) {
            return progress < warmUp ? rise(progress, warmUp) : halfCosine((progress - warmUp) / (1 - warmUp));
        }
    },
    /**
     * Up from a 25th of the base rate along half a cosine, usually for 30 % of the run, then down to a 10,000th of that
     * 25th (Smith and Topin 2018).
     */
    ONE_CYCLE {
        @Override
        public double usualWarmUp() {
            return 0.3;
        }

        @Override
        double factor(double progress, double warmUp) {
            double end = START / 10_000;
            return progress < warmUp
                    ? START + (1 - START) * (1 - halfCosine(progress / warmUp))
                    : end + (1 - end) * halfCosine((progress - warmUp) / (1 - warmUp));
        }
    };

    private static final double START = 1.0 / 25;

    /** The factor of the base rate, progress and warmUp from 0 to below 1. */
    abstract double factor(double progress, double warmUp);

    /** The share of the run that the rate rises for unless told otherwise. */
    public double usualWarmUp() {
        return 0;
    }

    /** The learning rate of step {@code step} (from 0) of {@code steps}, with the usual warm-up. */
    public float rate(double base, long step, long steps) {
        return rate(base, step, steps, usualWarmUp());
    }

    /**
     * The learning rate of step {@code step} (from 0) of {@code steps}.
     *
     * @param warmUp share of the run, from 0 to below 1, for which the rate rises first: in a line from a
     *     25th, or as one-cycle does
     */
    public float rate(double base, long step, long steps, double warmUp) {
        return (float) (base * factor((double) step / steps, warmUp));
    }

    private static double rise(double progress, double warmUp) {
        return progress < warmUp ? START + (1 - START) * progress / warmUp : 1;
    }

    /**
     * (1 + cos(pi progress)) / 2, by the half angle: StrictMath makes more garbage beyond pi / 4, 40 bytes a step, and at the
     * end 1 + cos would lose digits.
     */
    private static double halfCosine(double progress) {
        double root = progress < 0.5
                ? StrictMath.cos(StrictMath.PI / 2 * progress)
                : StrictMath.sin(StrictMath.PI / 2 * (1 - progress));
        return root * root;
    }

    /** The name on the command line: {@code one-cycle}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
