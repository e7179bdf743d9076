package dev.lanewise.model;

import dev.lanewise.kernel.CrossEntropy;
import dev.lanewise.kernel.DropoutMask;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.sparse.SparseBatch;
import dev.lanewise.kernel.sparse.SparseRows;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A chain of layers with a loss at its end, and the buffers between them for up to {@code capacity} rows (samples).
 *
 * <p>To train on a batch: fill {@link #input} and {@link #labels}; {@link #forward}, {@link #lossAndGradient} and
 * {@link #backward} for all rows, in any split of them between threads; then {@link #gradients}, in shares. Nothing is
 * allocated after construction.
 */
public final class Network {
    private final List<Layer> layers;
    private final List<Dropout> dropouts; // those of the layers
    private final Loss loss;
    private final float smoothing; // of the labels
    private final List<Parameter> parameters;
    private final int capacity;
    private final float[][] activations; // [0] is the input; [l + 1] the output of layer l, [N, outputs]
    private final float[][] gradients; // of the loss with respect to activations; [0] is not needed
    private final byte[] labels; // [N]
    private final float[] losses; // [N]

    /**
     * A network of these layers.
     *
     * @param capacity rows that the buffers hold
     * @throws IllegalArgumentException if there is no layer or one's outputs are not the next one's inputs
     */
    public Network(List<Layer> layers, Loss loss, int capacity) {
        this(layers, loss, 0f, capacity);
    }

    private Network(List<Layer> layers, Loss loss, float smoothing, int capacity) {
        if (layers.isEmpty() || capacity < 1) {
            throw new IllegalArgumentException("%d layers and %d rows".formatted(layers.size(), capacity));
        }
        this.layers = List.copyOf(layers);
        dropouts = layers.stream().filter(Dropout.class::isInstance).map(Dropout.class::cast).toList();
        this.loss = loss;
        this.smoothing = smoothing;
        this.capacity = capacity;
        parameters = layers.stream().flatMap(layer -> layer.parameters().stream()).toList();
        activations = new float[layers.size() + 1][];
        gradients = new float[layers.size() + 1][];
        activations[0] = new float[Math.multiplyExact(capacity, layers.getFirst().inputs())];
        int width = layers.getFirst().inputs();
        for (int l = 0; l < layers.size(); l++) {
            Layer layer = layers.get(l);
            if (layer.inputs() != width) {
                throw new IllegalArgumentException("layer %d takes %d inputs after %d outputs"
                        .formatted(l + 1, layer.inputs(), width));
            }
            width = layer.outputs();
            activations[l + 1] = new float[Math.multiplyExact(capacity, width)];
            gradients[l + 1] = new float[Math.multiplyExact(capacity, width)];
        }
        labels = new byte[capacity];
        losses = new float[capacity];
    }

    /** A multilayer perceptron as described, weights 0. */
    public static Network of(Architecture architecture, int capacity) {
        List<Layer> layers = new ArrayList<>();
        int inputs = architecture.inputs();
        for (int hidden : architecture.hidden()) {
            layers.add(new Dense("dense" + (layers.size() + 1), inputs, hidden, architecture.activation()));
            inputs = hidden;
        }
        layers.add(new Dense("dense" + (layers.size() + 1), inputs, architecture.classes(), Activation.NONE));
        return new Network(layers, architecture.loss(), capacity);
    }

    /**
     * This network as it trains, with the same parameters and buffers of its own: units dropped at random after every
     * layer but the last, and smoothed labels; see {@link DropoutMask} and {@link CrossEntropy#smoothLabels}. For evaluation,
     * use this one.
     *
     * @param capacity rows that its buffers hold
     * @param dropout probability that a unit is dropped, from 0 to below 1
     * @param smoothing share of the labels that is spread over all classes, from 0 to below 1; for cross-entropy
     * @param seed of what is dropped
     */
    public Network regularized(int capacity, double dropout, double smoothing, long seed) {
        if (!(dropout >= 0 && (float) dropout < 1)) {
            throw new IllegalArgumentException("dropout: from 0 to below 1, not %s".formatted(dropout));
        }
        if (!(smoothing >= 0 && (float) smoothing < 1)) {
            throw new IllegalArgumentException("smoothing: from 0 to below 1, not %s".formatted(smoothing));
        }
        if (smoothing > 0 && loss != Loss.CROSS_ENTROPY) {
            throw new IllegalArgumentException("smoothing: of labels for cross-entropy, not for " + loss);
        }
        List<Layer> trained = new ArrayList<>();
        for (int l = 0; l < layers.size(); l++) {
            trained.add(layers.get(l));
            if (dropout > 0 && l + 1 < layers.size()) {
                trained.add(new Dropout(layers.get(l).outputs(), dropout, seed, trained.size()));
            }
        }
        return new Network(trained, loss, (float) smoothing, capacity);
    }

    /** Draws all weights from a seed, each layer by the initializer that suits its activation. */
    public Network initialize(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (Layer layer : layers) {
            if (layer instanceof Dense dense) {
                Initializer.suiting(dense.activation()).initialize(dense, random);
            }
        }
        return this;
    }

    /** Rows that the buffers hold. */
    public int capacity() {
        return capacity;
    }

    /** Outputs of the last layer. */
    public int classes() {
        return layers.getLast().outputs();
    }

    /** Inputs of the first layer. */
    public int inputs() {
        return layers.getFirst().inputs();
    }

    /** All layers' parameters, in order. */
    public List<Parameter> parameters() {
        return parameters;
    }

    /** Where the samples go, [capacity, inputs]. */
    public float[] input() {
        return activations[0];
    }

    /** Where the right classes go, [capacity]. */
    public byte[] labels() {
        return labels;
    }

    /** The last layer's outputs (logits), [capacity, classes]. */
    public float[] output() {
        return activations[layers.size()];
    }

    /** The loss of each sample, [capacity], after {@link #lossAndGradient}. */
    public float[] losses() {
        return losses;
    }

    /** Begins a step, whose number decides what its forward drops. */
    public void begin(long step) {
        for (int i = 0; i < dropouts.size(); i++) {
            dropouts.get(i).step(step);
        }
    }

    /** Takes rows from to to - 1 of {@link #input} through all layers. */
    public void forward(int from, int to) {
        forward(0, from, to);
    }

    /**
     * Takes rows from to to - 1 of x through all layers, with weights of the first that are packed; see
     * {@link #takesSparse}; of {@link #input} if x is null.
     */
    public void forward(SparseBatch x, int from, int to) {
        if (x == null) {
            forward(0, from, to);
        } else {
            ((Dense) layers.getFirst()).forward(x, activations[1], from, to);
            forward(1, from, to);
        }
    }

    private void forward(int first, int from, int to) {
        for (int l = first; l < layers.size(); l++) {
            layers.get(l).forward(activations[l], activations[l + 1], from, to);
        }
    }

    /** Whether the first layer is faster with its input as non-zeros, of which the input has such a share. */
    public boolean takesSparse(double density) {
        return layers.getFirst() instanceof Dense dense && SparseBatch.isWorthwhile(dense.outputs(), density);
    }

    /** Each row's loss, and its gradient times {@code scale}: 1 / N for that of the mean over N rows. */
    public void lossAndGradient(int from, int to, float scale) {
        float[] dz = gradients[layers.size()];
        loss.gradient(output(), labels, from, to, classes(), scale, dz, losses);
        if (smoothing > 0) {
            CrossEntropy.smoothLabels(output(), labels, from, to, classes(), scale, smoothing, dz, losses);
        }
    }

    /** Takes the gradients of rows from to to - 1 back through all layers. */
    public void backward(int from, int to) {
        for (int l = layers.size() - 1; l >= 0; l--) {
            layers.get(l).backward(activations[l], activations[l + 1], gradients[l + 1], gradients[l], from, to);
        }
    }

    /**
     * A share of every parameter's gradient, over rows 0 to rows - 1: parts from to to - 1 of {@link Shares#ALL}. All rows
     * must have come back.
     */
    public void gradients(int rows, int from, int to) {
        gradients(null, rows, from, to);
    }

    /** As {@link #gradients(int, int, int)}, of what {@link #forward(SparseBatch, int, int)} was given. */
    public void gradients(SparseBatch x, int rows, int from, int to) {
        if (x != null) {
            ((Dense) layers.getFirst()).gradients(x, gradients[1], rows, from, to);
        }
        for (int l = x == null ? 0 : 1; l < layers.size(); l++) {
            layers.get(l).gradients(activations[l], gradients[l + 1], rows, from, to);
        }
    }

    /**
     * Instead of {@link #gradients(SparseBatch, int, int, int)}: adds them straight to the parameters, which decay to
     * {@code keep} of themselves before; see {@link Layer#descend}. With x not null, the first layer's weights change
     * where they are packed; {@link #unpack} brings them back.
     */
    public void descend(SparseBatch x, int rows, float keep, int from, int to) {
        if (x != null) {
            ((Dense) layers.getFirst()).descend(x, gradients[1], rows, keep, from, to);
        }
        for (int l = x == null ? 0 : 1; l < layers.size(); l++) {
            layers.get(l).descend(activations[l], gradients[l + 1], rows, keep, from, to);
        }
    }

    /** A batch for the first layer, which must be {@link Dense}, in place of {@link #input}. */
    public SparseBatch sparseInput(SparseRows data, int capacity) {
        return new SparseBatch(data, capacity, layers.getFirst().outputs(), Tuning.LONG);
    }

    /** Packs a share of the first layer's weights, as they are now, for {@link #forward(SparseBatch, int, int)}. */
    public void pack(SparseBatch x, int from, int to) {
        ((Dense) layers.getFirst()).pack(x, from, to);
    }

    /** Copies a share of the packed weights back, after {@link #descend}. */
    public void unpack(SparseBatch x, int from, int to) {
        ((Dense) layers.getFirst()).unpack(x, from, to);
    }

    /** The class with the largest output in a row; the lower class of two equal ones. */
    public int predicted(int row) {
        float[] z = output();
        int at = row * classes();
        int best = 0;
        for (int j = 1; j < classes(); j++) {
            if (z[at + j] > z[at + best]) {
                best = j;
            }
        }
        return best;
    }

    /**
     * What the network says of each class, rows 0 to rows - 1: softmax or, trained with {@code mse}, sigmoid of the
     * outputs.
     */
    public float[] probabilities(int rows) {
        float[] probabilities = new float[rows * classes()];
        loss.predict(output(), probabilities, rows, classes());
        return probabilities;
    }
}
