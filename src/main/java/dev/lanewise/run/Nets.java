package dev.lanewise.run;

import dev.lanewise.model.Spec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Networks by their names: all layers but the last one, in words. */
final class Nets {
    private static final Map<String, String> LAYERS = layers();

    private Nets() {
    }

    private static Map<String, String> layers() {
        Map<String, String> layers = new LinkedHashMap<>();
        layers.put("mlp", "dense 128, relu");
        // LeNet-5 (LeCun et al. 1998) as it is taught today, with relu and the largest of each window.
        layers.put("lenet", "conv 6 5x5, relu, pool 2, conv 16 5x5, relu, pool 2, dense 120, relu, dense 84, relu");
        // The introductory examples of Keras and of PyTorch.
        layers.put("small", "conv 32 3x3, relu, pool 2, conv 64 3x3, relu, pool 2, dropout 0.5");
        layers.put("example",
                "conv 32 3x3, relu, conv 64 3x3, relu, pool 2, dropout 0.25, dense 128, relu, dropout 0.5");
        layers.put("best",
                "conv 32 5x5, batch-norm, relu, pool 2, conv 64 3x3, batch-norm, relu, conv 64 3x3, batch-norm, relu, "
                        + "pool 2, dense 128, batch-norm, relu, dropout 0.3");
        return layers;
    }

    static List<String> names() {
        return List.copyOf(LAYERS.keySet());
    }

    /**
     * The layers of a network.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    static List<Spec> layers(String name) {
        if (!LAYERS.containsKey(name)) {
            throw new IllegalArgumentException(
                    "'%s' is not one of %s".formatted(name, String.join(", ", LAYERS.keySet())));
        }
        return Spec.parseList(LAYERS.get(name));
    }
}
