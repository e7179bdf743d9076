package dev.lanewise.train;

import java.util.List;

/** The kinds of optimizers that the library brings. */
final class BuiltInOptimizers {
    static final List<Optimizer.Kind> KINDS = List.of(new Sgd.SgdKind(), new Momentum.MomentumKind(),
            new Nesterov.NesterovKind(), new Adam.AdamKind(), new AdamW.AdamWKind());

    private BuiltInOptimizers() {
    }
}
