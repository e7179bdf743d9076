package dev.lanewise.train;

import dev.lanewise.model.Spec;
import java.util.Map;

/**
 * A tenth of the base rate after half of the run, a hundredth after three quarters.
 *
 * @param warmUp share of the run, from 0 to below 1, for which the rate first rises in a line from a 25th
 */
public record StepSchedule(double warmUp) implements Schedule {
    static final Map<String, Double> USUAL = Map.of("warmup", 0.0);

    /** Refuses a share out of its range with an IllegalArgumentException. */
    public StepSchedule {
        WarmUp.check(warmUp);
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions("step", Map.of("warmup", warmUp), USUAL);
    }

    @Override
    public double factor(double progress) {
        return WarmUp.rise(progress, warmUp) * (progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01);
    }
}
