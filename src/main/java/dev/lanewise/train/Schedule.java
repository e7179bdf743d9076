package dev.lanewise.train;

import dev.lanewise.model.Spec;
import java.util.Map;

/** How the learning rate changes over a run. */
public interface Schedule {
    /** Makes schedules of one kind; a service, so that a jar can bring kinds of its own. */
    interface Kind {
        /** The first word of a description in a recipe: {@code one-cycle}. */
        String kind();

        /** Its numbers by name, with their usual values. */
        Map<String, Double> options();

        /** A schedule as described. */
        Schedule create(Spec spec);
    }

    /** The schedule as described. */
    static Schedule of(Spec spec) {
        return Schedules.KINDS.kind(spec.kind()).create(spec);
    }

    /** What {@link #of} needs to make it again. */
    Spec spec();

    /**
     * The factor of the base rate. By operations whose result Java defines, so that the rates are the same bits everywhere.
     *
     * @param progress from 0 at the run's first step to below 1
     */
    double factor(double progress);

    /** The learning rate of step {@code step} (from 0) of {@code steps}. */
    default float rate(double base, long step, long steps) {
        return (float) (base * factor((double) step / steps));
    }
}
