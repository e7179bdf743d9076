package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A chain of layers with a loss at its end: a description with parameters. {@link Pipeline} puts it to work on batches.
 */
public final class Network {
    private final Shape input;
    private final List<Layer> layers;
    private final Loss loss;
    private final List<Parameter> parameters;

    /**
     * A network of these layers.
     *
     * @throws IllegalArgumentException if there is no layer or one's output is not the next one's input
     */
    public Network(List<Layer> layers, Loss loss) {
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("layers: there must be at least one");
        }
        for (int l = 1; l < layers.size(); l++) {
            if (!layers.get(l).input().equals(layers.get(l - 1).output())) {
                throw new IllegalArgumentException("layer %d (%s) takes %s and is given %s".formatted(l + 1,
                        layers.get(l).spec(), layers.get(l).input(), layers.get(l - 1).output()));
            }
        }
        this.input = layers.getFirst().input();
        this.layers = List.copyOf(layers);
        this.loss = loss;
        parameters = layers.stream().flatMap(layer -> layer.parameters().stream()).toList();
    }

    /**
     * A network as described, all parameters 0.
     *
     * @param input shape of a sample
     * @throws IllegalArgumentException if a description makes no sense where it stands
     */
    public static Network of(Shape input, List<Spec> specs, Loss loss) {
        List<Layer> layers = new ArrayList<>();
        Map<String, Integer> counts = new HashMap<>();
        Shape shape = input;
        for (Spec spec : specs) {
            String name = spec.kind() + counts.merge(spec.kind(), 1, Integer::sum);
            Layer layer = Layers.KINDS.kind(spec.kind()).create(spec, name, shape);
            layers.add(layer);
            shape = layer.output();
        }
        return new Network(layers, loss);
    }

    /** Sets all parameters to where training begins, as the seed decides. */
    public Network initialize(long seed) {
        Initializer[] suiting = new Initializer[layers.size()];
        Initializer behind = Initializer.GLOROT; // a loss has softmax or sigmoid in it
        for (int l = layers.size() - 1; l >= 0; l--) {
            suiting[l] = behind;
            behind = layers.get(l).suits(behind);
        }
        RandomGenerator random = new SplitMix64(seed);
        for (int l = 0; l < layers.size(); l++) {
            layers.get(l).initialize(random, suiting[l]);
        }
        return this;
    }

    /** The layers and the loss that judge: without those that are for training only, on the same parameters. */
    public Network forEvaluation() {
        return new Network(layers.stream().filter(layer -> !layer.isForTrainingOnly()).toList(), loss.forEvaluation());
    }

    /** Shape of a sample. */
    public Shape input() {
        return input;
    }

    /** The layers, in order. */
    public List<Layer> layers() {
        return layers;
    }

    /** The descriptions of the layers: with {@link #input} and the loss's own, what {@link #of} needs. */
    public List<Spec> specs() {
        return layers.stream().map(Layer::spec).toList();
    }

    /** What is at its end. */
    public Loss loss() {
        return loss;
    }

    /** Outputs of the last layer. */
    public int classes() {
        return layers.getLast().output().size();
    }

    /** All layers' parameters, in order. */
    public List<Parameter> parameters() {
        return parameters;
    }

    /** Whether there are layers for images, as conv and pool are: what they make has a shape, not only a size. */
    public boolean isForImages() {
        return layers.stream().anyMatch(layer -> !layer.accepts(Layout.ROWS));
    }

    /**
     * The last layer's outputs by the formulas in double, which everything faster is compared with.
     *
     * @param x samples behind each other, [rows, input]
     * @return [rows, classes]; empty if a layer has no formulas
     */
    public Optional<double[]> reference(double[] x, int rows) {
        return layers.stream().allMatch(layer -> layer.reference().isPresent())
                ? Optional.of(new ReferenceNetwork(this).forward(x, rows).getLast())
                : Optional.empty();
    }

    /** Numbers that training changes: all weights and biases. */
    public long trainedParameters() {
        return layers.stream().mapToLong(Layer::trainedParameters).sum();
    }

    /** Multiplications with an addition that a sample takes forward; FLOPs are twice as many. */
    public double multiplyAdds() {
        return layers.stream().mapToDouble(Layer::multiplyAdds).sum();
    }

    /** The sizes of the input and of what every layer with units of its own makes of it: {@code 784-128-10}. */
    @Override
    public String toString() {
        StringBuilder sizes = new StringBuilder().append(input.size());
        layers.stream().filter(Network::hasUnits)
                .forEach(layer -> sizes.append('-').append(layer.output().size()));
        return sizes.toString();
    }

    /** A matrix of weights makes units; what has a number for each that it is given, or none, does not. */
    private static boolean hasUnits(Layer layer) {
        return layer.output().size() != layer.input().size()
                || layer.parameters().stream().anyMatch(parameter -> parameter.shape().size() > 1);
    }
}
