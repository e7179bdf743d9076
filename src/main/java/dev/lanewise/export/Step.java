package dev.lanewise.export;

import dev.lanewise.data.InputException;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Network;
import dev.lanewise.model.Operation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One layer of a trained network, and what it computes.
 *
 * @param name the layer's kind with a number that counts it from 1: {@code conv2}
 */
record Step(String name, Layer layer, Operation operation) {
    /**
     * The layers of a network but those that are for training only.
     *
     * @throws InputException if one has no form that other programs know
     */
    static List<Step> of(Network network, Path file) throws InputException {
        List<Step> steps = new ArrayList<>();
        Map<String, Integer> counts = new HashMap<>();
        for (Layer layer : network.forEvaluation().layers()) {
            String kind = layer.spec().kind();
            steps.add(new Step(kind + counts.merge(kind, 1, Integer::sum), layer,
                    layer.operation().orElseThrow(() -> new InputException(
                            "%s: the layer '%s' has no form that other programs know; write .safetensors or .npz with the layout lanewise"
                                    .formatted(file, layer.spec()))
                            .about("layout lanewise"))));
        }
        return steps;
    }

    /** What a network makes of its last layer's numbers. */
    static Operation.Function output(Network network, Path file) throws InputException {
        return network.loss().output().orElseThrow(() -> new InputException(
                "%s: the loss '%s' makes probabilities in a way that other programs do not know; let it give logits"
                        .formatted(file, network.loss().spec()))
                .about("output logits"));
    }
}
