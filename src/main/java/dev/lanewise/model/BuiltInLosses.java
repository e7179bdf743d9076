package dev.lanewise.model;

import java.util.List;

/** The kinds of losses that the library brings. */
final class BuiltInLosses {
    static final List<Loss.Kind> KINDS = List.of(new CrossEntropyLoss.CrossEntropyKind(),
            new SigmoidSquaredErrorLoss.SquaredErrorKind(), new SoftmaxSquaredErrorLoss.SoftmaxKind());

    private BuiltInLosses() {
    }
}
