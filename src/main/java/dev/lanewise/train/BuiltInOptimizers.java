package dev.lanewise.train;

import dev.lanewise.model.Spec;
import java.util.List;
import java.util.function.Function;

/** The kinds of optimizers that the library brings. */
final class BuiltInOptimizers {
    static final List<Optimizer.Kind> KINDS = List.of(
            new Kind("sgd", 0.1, spec -> {
                spec.requireArguments(0, "sgd");
                return new Sgd();
            }),
            new Kind("momentum", 0.1, Momentum::of),
            new Kind("nesterov", 0.1, Momentum::of),
            new Kind("adam", 0.001, Adam::of),
            new Kind("adamw", 0.001, spec -> new AdamW(Adam.of(spec))));

    private record Kind(String kind, double usualRate, Function<Spec, Optimizer> creator) implements Optimizer.Kind {
        @Override
        public Optimizer create(Spec spec) {
            return creator.apply(spec);
        }
    }

    private BuiltInOptimizers() {
    }
}
