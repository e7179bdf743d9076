package dev.lanewise.train;

import dev.lanewise.model.Registry;
import dev.lanewise.model.Spec;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;

/** All kinds of optimizers: those of the library here, those of others as services. */
public final class Optimizers {
    private static final List<Optimizer.Kind> BUILT_IN = List.of(
            new Kind("sgd", 0.1, spec -> {
                spec.requireArguments(0, "sgd");
                return new Sgd();
            }),
            new Kind("momentum", 0.1, Momentum::of),
            new Kind("nesterov", 0.1, Momentum::of),
            new Kind("adam", 0.001, Adam::of),
            new Kind("adamw", 0.001, spec -> new AdamW(Adam.of(spec))));

    /** The kinds of optimizers by their names. */
    public static final Registry<Optimizer.Kind> KINDS = new Registry<>("optimizer", Optimizer.Kind::kind, BUILT_IN,
            ServiceLoader.load(Optimizer.Kind.class));

    private record Kind(String kind, double usualRate, Function<Spec, Optimizer> creator) implements Optimizer.Kind {
        @Override
        public Optimizer create(Spec spec) {
            return creator.apply(spec);
        }
    }

    private Optimizers() {
    }
}
