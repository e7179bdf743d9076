package dev.lanewise.model;

import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;

/** All kinds of losses: those of the library here, those of others as services. */
public final class Losses {
    private static final List<Loss.Kind> BUILT_IN = List.of(
            new Kind("cross-entropy", CrossEntropyLoss::of),
            new Kind("mse", spec -> {
                spec.requireArguments(0, "mse");
                return new SigmoidSquaredErrorLoss();
            }),
            new Kind("softmax-mse", spec -> {
                spec.requireArguments(0, "softmax-mse");
                return new SoftmaxSquaredErrorLoss();
            }));

    /** The kinds of losses by their names. */
    public static final Registry<Loss.Kind> KINDS = new Registry<>("loss", Loss.Kind::kind, BUILT_IN,
            ServiceLoader.load(Loss.Kind.class));

    private record Kind(String kind, Function<Spec, Loss> creator) implements Loss.Kind {
        @Override
        public Loss create(Spec spec) {
            return creator.apply(spec);
        }
    }

    private Losses() {
    }
}
