package dev.lanewise.model;

import java.util.List;
import java.util.function.Function;

/** The kinds of losses that the library brings. */
final class BuiltInLosses {
    static final List<Loss.Kind> KINDS = List.of(
            new Kind("cross-entropy", CrossEntropyLoss::of),
            new Kind("mse", spec -> {
                spec.requireArguments(0, "mse");
                return new SigmoidSquaredErrorLoss();
            }),
            new Kind("softmax-mse", spec -> {
                spec.requireArguments(0, "softmax-mse");
                return new SoftmaxSquaredErrorLoss();
            }));

    private record Kind(String kind, Function<Spec, Loss> creator) implements Loss.Kind {
        @Override
        public Loss create(Spec spec) {
            return creator.apply(spec);
        }
    }

    private BuiltInLosses() {
    }
}
