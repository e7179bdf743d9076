package dev.lanewise.train;

import dev.lanewise.model.Registry;
import dev.lanewise.model.Spec;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Function;

/** All kinds of schedules: those of the library here, those of others as services. */
public final class Schedules {
    private static final List<Schedule.Kind> BUILT_IN = List.of(
            new Kind("constant", ConstantSchedule.USUAL, spec -> new ConstantSchedule(warmUp(spec))),
            new Kind("step", StepSchedule.USUAL, spec -> new StepSchedule(warmUp(spec))),
            new Kind("cosine", CosineSchedule.USUAL, spec -> new CosineSchedule(warmUp(spec))),
            new Kind("one-cycle", OneCycleSchedule.USUAL, OneCycleSchedule::of));

    /** The kinds of schedules by their names. */
    public static final Registry<Schedule.Kind> KINDS = new Registry<>("schedule", Schedule.Kind::kind, BUILT_IN,
            ServiceLoader.load(Schedule.Kind.class));

    private record Kind(String kind, Map<String, Double> options, Function<Spec, Schedule> creator)
            implements
                Schedule.Kind {
        @Override
        public Schedule create(Spec spec) {
            return creator.apply(spec);
        }
    }

    private Schedules() {
    }

    private static double warmUp(Spec spec) {
        return spec.option(ConstantSchedule.USUAL, "warmup");
    }
}
