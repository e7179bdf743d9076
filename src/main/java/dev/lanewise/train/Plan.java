package dev.lanewise.train;

/**
 * How long a run is, and how its learning rate and its order of samples come about.
 *
 * @param epochs of the whole run, those of a resumed one included
 * @param baseRate learning rate that the schedule scales, above 0
 * @param seed of the order of the samples
 */
public record Plan(int epochs, Schedule schedule, double baseRate, long seed) {
    /** Refuses numbers out of their ranges with an IllegalArgumentException. */
    public Plan {
        if (epochs < 1 || !(baseRate > 0 && baseRate < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("epochs: at least 1, not %d; baseRate: above 0 and finite, not %s"
                    .formatted(epochs, baseRate));
        }
    }

    /** The learning rate of step {@code step} of the run, from 0. */
    float rate(long step, int stepsAnEpoch) {
        return schedule.rate(baseRate, step, (long) epochs * stepsAnEpoch);
    }
}
