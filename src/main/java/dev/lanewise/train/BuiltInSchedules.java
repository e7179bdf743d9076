package dev.lanewise.train;

import java.util.List;

/** The kinds of schedules that the library brings. */
final class BuiltInSchedules {
    static final List<Schedule.Kind> KINDS = List.of(new ConstantSchedule.ConstantKind(), new StepSchedule.StepKind(),
            new CosineSchedule.CosineKind(), new OneCycleSchedule.OneCycleKind());

    private BuiltInSchedules() {
    }
}
