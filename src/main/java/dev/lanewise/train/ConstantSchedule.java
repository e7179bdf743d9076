package dev.lanewise.train;

import dev.lanewise.model.Spec;
import java.util.Map;

/**
 * The base rate throughout.
 *
 * @param warmUp share of the run, from 0 to below 1, for which the rate first rises in a line from a 25th
 */
public record ConstantSchedule(double warmUp) implements Schedule {
    static final Map<String, Double> USUAL = Map.of("warmup", 0.0);

    /** Refuses a share out of its range with an IllegalArgumentException. */
    public ConstantSchedule {
        WarmUp.check(warmUp);
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions("constant", Map.of("warmup", warmUp), USUAL);
    }

    @Override
    public double factor(double progress) {
        return WarmUp.rise(progress, warmUp);
    }
}
