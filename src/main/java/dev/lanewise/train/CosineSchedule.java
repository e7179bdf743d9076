package dev.lanewise.train;

import dev.lanewise.model.Spec;
import java.util.Map;

/**
 * From the base rate to 0 along half a cosine (Loshchilov and Hutter 2017, without restarts).
 *
 * @param warmUp share of the run, from 0 to below 1, for which the rate first rises in a line from a 25th
 */
public record CosineSchedule(double warmUp) implements Schedule {
    static final Map<String, Double> USUAL = Map.of("warmup", 0.0);

    /** Refuses a share out of its range with an IllegalArgumentException. */
    public CosineSchedule {
        WarmUp.check(warmUp);
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions("cosine", Map.of("warmup", warmUp), USUAL);
    }

    @Override
    public double factor(double progress) {
        return progress < warmUp
                ? WarmUp.rise(progress, warmUp)
                : HalfCosine.at((progress - warmUp) / (1 - warmUp));
    }
}
