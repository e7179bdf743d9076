package dev.lanewise.train;

import dev.lanewise.model.Spec;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The kinds of schedules that the library brings. */
final class BuiltInSchedules {
    static final List<Schedule.Kind> KINDS = List.of(
            new Kind("constant", ConstantSchedule.USUAL, spec -> new ConstantSchedule(warmUp(spec))),
            new Kind("step", StepSchedule.USUAL, spec -> new StepSchedule(warmUp(spec))),
            new Kind("cosine", CosineSchedule.USUAL, spec -> new CosineSchedule(warmUp(spec))),
            new Kind("one-cycle", OneCycleSchedule.USUAL, OneCycleSchedule::of));

    private record Kind(String kind, Map<String, Double> options, Function<Spec, Schedule> creator)
            implements
                Schedule.Kind {
        @Override
        public Schedule create(Spec spec) {
            return creator.apply(spec);
        }
    }

    private BuiltInSchedules() {
    }

    private static double warmUp(Spec spec) {
        return spec.options(ConstantSchedule.USUAL).get("warmup");
    }
}
