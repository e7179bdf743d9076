package dev.lanewise.extension;

import dev.lanewise.model.Spec;
import dev.lanewise.train.Schedule;
import java.util.Map;

/** A schedule that a user wrote: from the base rate in a line to a share of it. */
public record LinearSchedule(double end) implements Schedule {
    private static final Map<String, Double> USUAL = Map.of("end", 0.0);

    /** {@code linear end=0}. */
    public static final class LinearKind implements Kind {
        @Override
        public String kind() {
            return "linear";
        }

        @Override
        public Map<String, Double> options() {
            return USUAL;
        }

        @Override
        public Schedule create(Spec spec) {
            return new LinearSchedule(spec.option(USUAL, "end"));
        }
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions("linear", Map.of("end", end), USUAL);
    }

    @Override
    public double factor(double progress) {
        return 1 - (1 - end) * progress;
    }
}
