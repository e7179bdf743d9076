package dev.lanewise.model;

import java.util.List;
import java.util.stream.Stream;

/** The kinds of layers that the library brings. */
final class BuiltInLayers {
    static final List<Layer.Kind> KINDS = Stream.<Layer.Kind>concat(
            Stream.of(new Dense.DenseKind(), new Dropout.DropoutKind()), Stream.of(Activation.Function.values()))
            .toList();

    private BuiltInLayers() {
    }
}
