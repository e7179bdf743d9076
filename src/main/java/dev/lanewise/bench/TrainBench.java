package dev.lanewise.bench;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import dev.lanewise.train.Epoch;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Epochs of training, of multilayer perceptrons and of convolutional networks alike: ReLU, cross-entropy, plain SGD at 0.1, a
 * fresh shuffle every epoch.
 */
final class TrainBench {
    /** What no network here falls short of after an epoch on images of digits, unless its training is broken. */
    private static final double LEAST_ACCURACY = 0.7;
    /** Names of the sets that this holds for; of others a network must know no less than who names one class always. */
    private static final Set<String> DIGITS = Set.of("mnist", "digits");
    /** Rounds of all JVMs together: enough for the rank test among a thousand comparisons. */
    private static final int EPOCHS = 11;
    /** Of one JVM. */
    private static final int LEAST_EPOCHS = 5;

    /**
     * A network and a batch size.
     *
     * @param net the network's name; null where hidden layers make it
     * @param hidden widths of the hidden layers; null where it has a name
     */
    record Configuration(@Nullable String net, @Nullable List<Integer> hidden, int batch) {
        static final List<Configuration> ALL = Stream.concat(
                of(List.of(List.of(30), List.of(128), List.of(512), List.of(800, 800)), 32, 128, 512),
                Stream.of(of("lenet", 32), of("lenet", 128), of("small", 128))).toList();
        static final List<Configuration> QUICK = Stream.concat(of(List.of(List.of(30), List.of(128)), 128),
                Stream.of(of("lenet", 128))).toList();

        private static Stream<Configuration> of(List<List<Integer>> networks, int... batches) {
            return networks.stream().flatMap(
                    hidden -> Arrays.stream(batches).mapToObj(batch -> new Configuration(null, hidden, batch)));
        }

        static Configuration of(String net, int batch) {
            return new Configuration(net, null, batch);
        }

        Recipe recipe(int epochs) {
            Recipe recipe = hidden != null
                    ? Recipe.USUAL.with(Recipe.HIDDEN, hidden)
                    : Recipe.USUAL.with(Recipe.NET, net);
            return recipe.with(Recipe.BATCH_SIZE, batch).with(Recipe.OPTIMIZER, "sgd")
                    .with(Recipe.SCHEDULE, "constant").with(Recipe.RATE, 0.1).with(Recipe.WEIGHT_DECAY, 0.0)
                    .epochs(epochs);
        }

        /** Whether the network can be made: the windows of a convolutional one may not fit into small images. */
        boolean fits(Dataset images) {
            try {
                recipe(1).network(images.shape(), images.classes().size());
                return true;
            } catch (IllegalArgumentException _) {
                return false;
            }
        }

        /** Widths with dashes between them: {@code 800-800}; null where the network has a name. */
        @Nullable
        String widths() {
            return hidden == null ? null : hidden.stream().map(String::valueOf).collect(Collectors.joining("-"));
        }

        /** {@code 784-128-10 batch 32}, {@code 784-lenet-10 batch 32}. */
        String name(Network network) {
            String sizes = net == null
                    ? network.toString()
                    : String.format(Locale.ROOT, "%d-%s-%d", network.input().size(), net, network.classes());
            return String.format(Locale.ROOT, "%s batch %d", sizes, batch);
        }
    }

    /**
     * What a training came to.
     *
     * @param net the network's name, or null
     * @param hidden widths with dashes between them, or null
     * @param testAccuracy after all epochs, from 0 to 1
     */
    record Outcome(@Nullable String net, @Nullable String hidden, int batch, double testAccuracy) {
    }

    private TrainBench() {
    }

    /** Floating-point operations of an epoch: a layer's forward and twice as many backward; the first needs no gradient of its input. */
    static double flops(Network network, int samples) {
        double flops = 0;
        for (Layer layer : network.layers()) {
            flops += (flops == 0 ? 4 : 6) * layer.multiplyAdds();
        }
        return flops * samples;
    }

    /** Epochs that one of so many JVMs times. */
    static int timedEpochs(int jvms) {
        return Math.max(LEAST_EPOCHS, Math.ceilDiv(EPOCHS, jvms));
    }

    /** Trains all configurations on all teams, an epoch of each in turn; the first one of each is not timed. */
    static List<Measurement.Sample> run(DatasetPair data, List<Configuration> configurations, List<Integer> threads,
            int timedEpochs, BiConsumer<Integer, Integer> progress) throws IOException {
        List<Run> runs = new ArrayList<>();
        try {
            for (int count : threads) {
                for (Configuration configuration : configurations) {
                    runs.add(new Run(data, configuration, count, timedEpochs));
                }
            }
            for (int epoch = 0; epoch <= timedEpochs; epoch++) {
                for (int r = 0; r < runs.size(); r++) {
                    runs.get(r).epoch(epoch);
                    progress.accept(epoch * runs.size() + r + 1, runs.size() * (timedEpochs + 1));
                }
            }
            return runs.stream().map(Run::sample).toList();
        } finally {
            runs.forEach(run -> run.training.close());
        }
    }

    private static final class Run {
        private final Configuration configuration;
        private final Training training;
        private final Kernel kernel;
        private final double[] nanos;
        private final boolean ofDigits;
        private boolean diverged;

        Run(DatasetPair data, Configuration configuration, int threads, int timedEpochs) throws IOException {
            this.configuration = configuration;
            nanos = new double[timedEpochs];
            ofDigits = DIGITS.contains(data.name());
            Recipe recipe = configuration.recipe(timedEpochs + 1);
            training = new Training(recipe, data,
                    new Training.Execution(threads, Mode.Zeros.LEFT_OUT_IF_FASTER, false, Tuning.LONG));
            Network network = training.model().network();
            kernel = new Kernel("train", configuration.name(network), threads, flops(network, data.train().size()), 0,
                    "fma", () -> {
                    }, Optional::empty); // an epoch times itself
        }

        void epoch(int epoch) throws IOException {
            if (diverged) {
                return;
            }
            Epoch done = training.epoch(new Training.Events() {
                @Override
                public void epoch(Metrics metrics) {
                    if (epoch > 0) {
                        nanos[epoch - 1] = 1e9 * metrics.seconds();
                    }
                }
            });
            diverged = done instanceof Epoch.Diverged;
        }

        Measurement.Sample sample() {
            if (diverged) {
                return Measurement.Sample.refused(kernel, "its loss is no longer a number");
            }
            Evaluation test = Objects.requireNonNull(training.tested(), "data have test images here");
            double accuracy = test.accuracy();
            if (accuracy < (ofDigits ? LEAST_ACCURACY : test.largestShare())) {
                return Measurement.Sample.refused(kernel,
                        String.format(Locale.ROOT, "test accuracy of %.1f %%", 100 * accuracy));
            }
            return new Measurement.Sample(kernel.group(), kernel.name(), kernel.threads(), kernel.flops(), 0, "fma",
                    Arrays.stream(nanos).boxed().toList(), null,
                    new Outcome(configuration.net(), configuration.widths(), configuration.batch(), accuracy), null);
        }
    }
}
