package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.Digits;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** All kinds of layers: those of the library here, those of others as services. */
public final class Layers {
    private static final List<Layer.Kind> BUILT_IN = kinds();

    /** The kinds of layers by their names. */
    public static final Registry<Layer.Kind> KINDS = new Registry<>("layer", Layer.Kind::kind, BUILT_IN,
            ServiceLoader.load(Layer.Kind.class));

    private interface Creator {
        Layer create(Spec spec, String name, Shape input);
    }

    private record Kind(String kind, Creator creator) implements Layer.Kind {
        @Override
        public Layer create(Spec spec, String name, Shape input) {
            return creator.create(spec, name, input);
        }
    }

    private Layers() {
    }

    private static List<Layer.Kind> kinds() {
        List<Layer.Kind> kinds = new ArrayList<>();
        kinds.add(new Kind("dense", (spec, name, input) -> new Dense(name, input,
                spec.requireArguments(1, "dense UNITS").positive(0))));
        kinds.add(new Kind("conv", Conv::new));
        kinds.add(new Kind("batch-norm", BatchNorm::new));
        for (Pool.Kind kind : Pool.Kind.values()) {
            kinds.add(new Kind(kind.word(), (spec, _, input) -> new Pool(kind, spec, input)));
        }
        // The masks of a network's layers are told apart by numbers: dropout's are 1, 3, 5, ..., those of drop-channels 2, 4, 6, ...
        kinds.add(new Kind("dropout", (spec, name, input) -> new Dropout(input,
                spec.requireArguments(1, "dropout PROBABILITY").number(0), 2 * count("dropout", name) - 1)));
        kinds.add(new Kind("drop-channels", (spec, name, input) -> new DropChannels(input,
                spec.requireArguments(1, "drop-channels PROBABILITY").number(0), 2 * count("drop-channels", name))));
        for (Activation.Function function : Activation.Function.values()) {
            kinds.add(new Kind(function.kind(), (spec, _, input) -> {
                spec.requireArguments(0, function.kind());
                return new Activation(function, input);
            }));
        }
        return List.copyOf(kinds);
    }

    private static int count(String kind, String name) {
        return Digits.parseInt(name.substring(kind.length()));
    }
}
