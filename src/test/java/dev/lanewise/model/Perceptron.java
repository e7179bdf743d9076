package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * What the tests of networks share: multilayer perceptrons of every activation and loss, put to work on random batches.
 *
 * @param activation behind every layer but the last; {@code none} puts nothing there
 * @param widths of the input and of each layer
 */
record Perceptron(String activation, String loss, List<Integer> widths) {
    static final List<String> ACTIVATIONS = List.of("none", "relu", "sigmoid", "tanh");
    static final List<String> LOSSES = List.of("cross-entropy", "mse", "softmax-mse");

    static Perceptron of(String activation, String loss, Integer... widths) {
        return new Perceptron(activation, loss, List.of(widths));
    }

    /** One for every activation and every loss. */
    static Stream<Perceptron> all(Integer... widths) {
        return ACTIVATIONS.stream().flatMap(activation -> LOSSES.stream().map(loss -> of(activation, loss, widths)));
    }

    /** Its parameters are 0. */
    Network network() {
        List<Spec> specs = new ArrayList<>();
        for (int layer = 1; layer < widths.size(); layer++) {
            specs.add(Spec.of("dense", widths.get(layer)));
            if (layer < widths.size() - 1 && !activation.equals("none")) {
                specs.add(Spec.of(activation));
            }
        }
        return Network.of(Shape.vector(widths.getFirst()), specs, Loss.of(Spec.of(loss)));
    }

    /** Parameters, samples and labels drawn from the seed; biases too, as 0 would hide that they are left out. */
    Pipeline atWork(int rows, long seed) {
        return atWork(network(), rows, seed);
    }

    /** As above, of any network. */
    static Pipeline atWork(Network network, int rows, long seed) {
        Pipeline pipeline = new Pipeline(network.initialize(seed), Input.of(network.input(), rows),
                Mode.training(seed, Tuning.LONG));
        SplittableRandom random = new SplittableRandom(seed + 1);
        network.parameters().stream().filter(p -> !p.decays()).forEach(p -> fill(p.value(), random));
        fill(pipeline.input().values(), random);
        for (int i = 0; i < rows; i++) {
            pipeline.labels()[i] = (byte) random.nextInt(network.classes());
        }
        return pipeline;
    }

    /** Uniform in [-1, 1). */
    static void fill(float[] values, SplittableRandom random) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
    }

    /** Of all parameters, gradients or whatever arrays, one behind the other. */
    static int[] bits(float[]... arrays) {
        return Arrays.stream(arrays).flatMapToInt(values -> {
            int[] bits = new int[values.length];
            Arrays.setAll(bits, i -> Float.floatToIntBits(values[i]));
            return Arrays.stream(bits);
        }).toArray();
    }
}
