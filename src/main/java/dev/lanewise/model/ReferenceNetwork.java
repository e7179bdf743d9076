package dev.lanewise.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The formulas of a {@link Network} in double: the references of its layers, one behind the other, and its loss. It is what
 * {@link GradientCheck} trusts, after comparing its gradients with central differences.
 */
final class ReferenceNetwork {
    private final List<Reference> layers;
    private final Loss loss;

    /** With the weights that the network has now. */
    ReferenceNetwork(Network network) {
        layers = network.layers().stream().map(layer -> layer.reference().orElseThrow(
                () -> new IllegalArgumentException(
                        "%s has no formulas in double (Layer.reference); check it with GradientCheck.layer"
                                .formatted(layer.spec()))))
                .toList();
        loss = network.loss();
    }

    List<double[]> parameters() {
        return layers.stream().flatMap(layer -> layer.parameters().stream()).toList();
    }

    /** The layer that a parameter belongs to, both counted from 0. */
    int layer(int parameter) {
        int layer = 0;
        for (int end = layers.getFirst().parameters().size(); end <= parameter; end += layers.get(layer).parameters()
                .size()) {
            layer++;
        }
        return layer;
    }

    /** The outputs of all layers, in order. */
    List<double[]> forward(double[] x, int rows) {
        return forward(0, List.of(), x, rows);
    }

    /** The same where those of the layers before number {@code from} are known. */
    List<double[]> forward(int from, List<double[]> known, double[] x, int rows) {
        List<double[]> outputs = new ArrayList<>(known.subList(0, from));
        double[] y = from == 0 ? x : outputs.getLast();
        for (Reference layer : layers.subList(from, layers.size())) {
            y = layer.forward(y, rows);
            outputs.add(y);
        }
        return outputs;
    }

    /** On which of their smooth pieces the layers are: differences across a change of it are of no use. */
    int[] pieces(double[] x, List<double[]> outputs, int rows) {
        return IntStream.range(0, layers.size()).boxed().flatMapToInt(l -> Arrays.stream(layers.get(l).pieces(
                l == 0 ? x : outputs.get(l - 1), rows))).toArray();
    }

    /** The batch's mean loss, from the last layer's outputs. */
    double meanLoss(double[] z, byte[] labels, int rows) {
        double[] losses = new double[rows];
        loss(loss, z, labels, rows, losses);
        return Arrays.stream(losses).sum() / rows;
    }

    /** The gradient of the mean loss with respect to every parameter, in the order of {@link #parameters}. */
    List<double[]> gradients(double[] x, byte[] labels, int rows) {
        List<double[]> outputs = forward(x, rows);
        List<double[]> gradients = parameters().stream().map(values -> new double[values.length]).toList();
        double[] dy = loss(loss, outputs.getLast(), labels, rows, new double[rows]);
        int end = gradients.size();
        for (int l = layers.size() - 1; l >= 0; l--) {
            int first = end - layers.get(l).parameters().size();
            dy = layers.get(l).backward(l == 0 ? x : outputs.get(l - 1), outputs.get(l), dy, rows,
                    gradients.subList(first, end));
            end = first;
        }
        return gradients;
    }

    /** The gradient of the mean loss with respect to the logits, [rows, classes], and each sample's loss. */
    static double[] loss(Loss loss, double[] z, byte[] labels, int rows, double[] losses) {
        int classes = z.length / rows;
        double[] dz = new double[z.length];
        double[] row = new double[classes];
        for (int i = 0; i < rows; i++) {
            losses[i] = loss.reference(Arrays.copyOfRange(z, i * classes, (i + 1) * classes), labels[i] & 0xff, row);
            for (int j = 0; j < classes; j++) {
                dz[i * classes + j] = row[j] / rows;
            }
        }
        return dz;
    }
}
