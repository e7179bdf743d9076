package dev.lanewise.run;

import dev.lanewise.model.Spec;
import dev.lanewise.train.Schedule;

/**
 * A schedule for another number of epochs than a run has: its last rate stays where the run goes on longer, and a shorter run
 * ends within it.
 *
 * @param epochs that the schedule is for
 * @param all epochs of the run
 */
record PartSchedule(Schedule schedule, int epochs, int all) implements Schedule {
    @Override
    public Spec spec() {
        return schedule.spec();
    }

    @Override
    public double factor(double progress) {
        return schedule.factor(Math.min(progress * all / epochs, Math.nextDown(1.0)));
    }

    @Override
    public float rate(double base, long step, long steps) {
        long planned = steps / all * epochs;
        return schedule.rate(base, Math.min(step, planned - 1), planned); // the same bits as in a run of that length
    }
}
