package dev.lanewise.explain;

import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Dense;
import dev.lanewise.model.Initializer;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Shares;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The layers that train, in a chain whose every intermediate result can be looked at, and with a mistake where one is
 * asked for. One thread; for a few samples.
 */
final class Chain {
    final List<Dense> layers = new ArrayList<>();
    final float[][] y; // [0] is the input; [l + 1] the output of layer l, [N, outputs]
    final float[][] dy; // of the loss with respect to y; after backward with respect to what the activation was given
    final byte[] labels; // [N]
    final float[] losses; // [N]
    private final List<Layer> used = new ArrayList<>(); // the layers, spoiled or not
    private final Loss.Gradient loss;

    /** Weights 0. A mistake of null is none. */
    Chain(Architecture architecture, int capacity, Mistake mistake) {
        int inputs = architecture.inputs();
        List<Integer> widths = new ArrayList<>(architecture.hidden());
        widths.add(architecture.classes());
        y = new float[widths.size() + 1][];
        dy = new float[widths.size() + 1][];
        y[0] = new float[capacity * inputs];
        dy[0] = new float[capacity * inputs];
        for (int l = 0; l < widths.size(); l++) {
            Activation activation = l < widths.size() - 1 ? architecture.activation() : Activation.NONE;
            Dense layer = new Dense("dense" + (l + 1), inputs, widths.get(l), activation);
            layers.add(layer);
            used.add(mistake == null ? layer : mistake.in(layer));
            inputs = widths.get(l);
            y[l + 1] = new float[capacity * inputs];
            dy[l + 1] = new float[capacity * inputs];
        }
        labels = new byte[capacity];
        losses = new float[capacity];
        loss = mistake == null ? architecture.loss()::gradient : mistake.in(architecture.loss());
    }

    /** Draws the weights as {@code train} does. */
    Chain initialize(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        layers.forEach(layer -> Initializer.suiting(layer.activation()).initialize(layer, random));
        return this;
    }

    List<Parameter> parameters() {
        return layers.stream().flatMap(layer -> layer.parameters().stream()).toList();
    }

    /** The last layer's outputs, [N, classes]. */
    float[] logits() {
        return y[layers.size()];
    }

    void forward(int rows) {
        for (int l = 0; l < used.size(); l++) {
            used.get(l).forward(y[l], y[l + 1], 0, rows);
        }
    }

    /** The samples' losses and the gradient of their mean with respect to the logits. */
    void lossAndGradient(int rows) {
        int last = layers.size();
        loss.apply(logits(), labels, 0, rows, layers.getLast().outputs(), 1f / rows, dy[last], losses);
    }

    /** From the gradient of the logits to that of the input, too. */
    void backward(int rows) {
        for (int l = used.size() - 1; l >= 0; l--) {
            used.get(l).backward(y[l], y[l + 1], dy[l + 1], dy[l], 0, rows);
        }
    }

    void gradients(int rows) {
        for (int l = 0; l < used.size(); l++) {
            used.get(l).gradients(y[l], dy[l + 1], rows, 0, Shares.ALL);
        }
    }

    /** All of it; returns the mean loss. */
    double step(int rows) {
        forward(rows);
        lossAndGradient(rows);
        backward(rows);
        gradients(rows);
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            sum += losses[i];
        }
        return sum / rows;
    }
}
