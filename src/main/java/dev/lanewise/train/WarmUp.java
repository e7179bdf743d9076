package dev.lanewise.train;

/** What schedules have in common: the rise at their beginning. */
final class WarmUp {
    private static final double START = 1.0 / 25;

    private WarmUp() {
    }

    /** Refuses what is no share of a run. */
    static void check(double warmUp) {
        if (!(warmUp >= 0 && warmUp < 1)) {
            throw new IllegalArgumentException("warmup: from 0 to below 1, not %s".formatted(warmUp));
        }
    }

    /** From a 25th to 1 in a line over the share {@code warmUp} of the run, then 1. */
    static double rise(double progress, double warmUp) {
        return progress < warmUp ? START + (1 - START) * progress / warmUp : 1;
    }
}
