package dev.lanewise.train;

import dev.lanewise.model.Spec;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One cycle (Smith and Topin 2018): up from a fraction of the base rate along half a cosine, then down to a fraction of that.
 *
 * @param warmUp share of the run, from 0 to below 1, for which the rate rises
 * @param startDivisor what the base rate is divided by at the beginning
 * @param endDivisor what that is divided by at the end
 */
public record OneCycleSchedule(double warmUp, double startDivisor, double endDivisor) implements Schedule {
    static final Map<String, Double> USUAL = options(0.3, 25, 10_000);

    /** Refuses numbers out of their ranges with an IllegalArgumentException. */
    public OneCycleSchedule {
        WarmUp.check(warmUp);
        if (!(startDivisor >= 1 && endDivisor >= 1 && startDivisor * endDivisor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("start-divisor, end-divisor: 1 or more, not %s and %s"
                    .formatted(startDivisor, endDivisor));
        }
    }

    /** As described, {@code one-cycle warmup=0.3 start-divisor=25 end-divisor=10000}. */
    static OneCycleSchedule of(Spec spec) {
        return new OneCycleSchedule(spec.option(USUAL, "warmup"), spec.option(USUAL, "start-divisor"),
                spec.option(USUAL, "end-divisor"));
    }

    private static Map<String, Double> options(double warmUp, double startDivisor, double endDivisor) {
        Map<String, Double> options = new LinkedHashMap<>();
        options.put("warmup", warmUp);
        options.put("start-divisor", startDivisor);
        options.put("end-divisor", endDivisor);
        return options;
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions("one-cycle", options(warmUp, startDivisor, endDivisor), USUAL);
    }

    @Override
    public double factor(double progress) {
        double start = 1 / startDivisor;
        double end = start / endDivisor;
        return progress < warmUp
                ? start + (1 - start) * (1 - HalfCosine.at(progress / warmUp))
                : end + (1 - end) * HalfCosine.at((progress - warmUp) / (1 - warmUp));
    }
}
