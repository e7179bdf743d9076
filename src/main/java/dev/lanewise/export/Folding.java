package dev.lanewise.export;

import dev.lanewise.model.Layer;
import dev.lanewise.model.Network;
import dev.lanewise.model.Operation;
import dev.lanewise.model.Parameter;
import dev.lanewise.run.Model;
import java.util.ArrayList;
import java.util.List;

/** Batch normalisation as a part of the layer before it: one multiplication and addition less, and the same answers but for rounding. */
final class Folding {
    private Folding() {
    }

    /**
     * The model without the batch normalisations that stand behind a layer with weights. Each product w x becomes (w factor) x; factor and
     * shift are computed in double and rounded once.
     */
    static Model folded(Model model) {
        Network network = model.network().forEvaluation();
        List<Layer> kept = new ArrayList<>();
        List<Operation.Normalization> behind = new ArrayList<>(); // of each that is kept; null: none
        for (Layer layer : network.layers()) {
            if (layer.operation().orElse(null) instanceof Operation.Normalization normalization && !kept.isEmpty()
                    && behind.getLast() == null && hasWeights(kept.getLast())) {
                behind.set(behind.size() - 1, normalization);
            } else {
                kept.add(layer);
                behind.add(null);
            }
        }
        Network folded = Network.of(network.input(), kept.stream().map(Layer::spec).toList(), model.network().loss());
        for (int l = 0; l < kept.size(); l++) {
            List<Parameter> from = kept.get(l).parameters();
            List<Parameter> to = folded.layers().get(l).parameters();
            for (int p = 0; p < from.size(); p++) {
                System.arraycopy(from.get(p).value(), 0, to.get(p).value(), 0, from.get(p).size());
            }
            if (behind.get(l) != null) {
                fold(folded.layers().get(l).operation().orElseThrow(), behind.get(l));
            }
        }
        return new Model(folded, model.classes(), model.metadata());
    }

    /** Whether a layer makes sums of products, which a factor can go into. */
    private static boolean hasWeights(Layer layer) {
        return switch (layer.operation().orElse(null)) {
            case Operation.Product _,Operation.Filters _ -> true;
            case null, default -> false;
        };
    }

    private static void fold(Operation operation, Operation.Normalization normalization) {
        switch (operation) {
            case Operation.Product product -> fold(product.weight(), product.bias(), normalization);
            case Operation.Filters filters -> fold(filters.weight(), filters.bias(), normalization);
            default -> throw new IllegalArgumentException(operation + " has no weights");
        }
    }

    /** @param weights [..., channels] */
    private static void fold(Parameter weights, Parameter biases, Operation.Normalization normalization) {
        float[] weight = weights.value();
        float[] bias = biases.value();
        for (int c = 0; c < bias.length; c++) {
            double factor = normalization.factor(c);
            for (int i = c; i < weight.length; i += bias.length) {
                weight[i] = (float) (weight[i] * factor);
            }
            bias[c] = (float) (bias[c] * factor + normalization.shift(c));
        }
    }
}
