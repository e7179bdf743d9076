package dev.lanewise.bench;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Network;
import dev.lanewise.run.Recipe;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Epochs of training, of multilayer perceptrons and of convolutional networks alike: ReLU, cross-entropy, plain SGD at 0.1, a
 * fresh shuffle every epoch. Each training has a process of its own, as everybody's has: what a JVM compiles for one network is
 * not what it compiles for several.
 */
public final class TrainBench {
    /** What no network here falls short of after an epoch on images of digits, unless its training is broken. */
    private static final double LEAST_ACCURACY = 0.7;
    /** Names of the sets that this holds for; of others a network must know no less than who names one class always. */
    private static final Set<String> DIGITS = Set.of("mnist", "digits");
    /** Rounds of all JVMs together: enough for the rank test among a thousand comparisons. */
    private static final int EPOCHS = 11;
    /** Of one JVM. */
    private static final int LEAST_EPOCHS = 5;
    /** Epochs that a process begins with, in which HotSpot still compiles and ways to divide a step are tried. */
    static final int WARM_UP = 3;

    /**
     * A network and a batch size.
     *
     * @param net the network's name; null where hidden layers make it
     * @param hidden widths of the hidden layers; null where it has a name
     */
    public record Configuration(@Nullable String net, @Nullable List<Integer> hidden, int batch) {
        static final List<Configuration> ALL = all("30:32,30:128,30:512,128:32,128:128,128:512,512:32,512:128,512:512,"
                + "800-800:32,800-800:128,800-800:512,lenet:32,lenet:128,small:128");
        static final List<Configuration> QUICK = all("30:128,128:128,lenet:128");

        /**
         * Configurations with commas between them: {@code 128:64,800-800:128,lenet:32}.
         *
         * @throws IllegalArgumentException with the sentence for the user
         */
        public static List<Configuration> all(String text) {
            return Arrays.stream(text.split(",", -1)).map(String::strip).map(Configuration::of).distinct().toList();
        }

        private static Configuration of(String text) {
            String[] parts = text.split(":", -1);
            String reason = "";
            try {
                if (parts.length == 2) {
                    int batch = Recipe.BATCH_SIZE.parse(parts[1]);
                    return parts[0].matches("[0-9-]+")
                            ? new Configuration(null, Recipe.HIDDEN.parse(parts[0].replace('-', ',')), batch)
                            : new Configuration(Recipe.NET.parse(parts[0]), null, batch);
                }
            } catch (IllegalArgumentException e) {
                reason = " (" + e.getMessage() + ")";
            }
            throw new IllegalArgumentException(String.format(Locale.ROOT, "'%s' is no network and batch size, such as "
                    + "128:64, 800-800:128 for two hidden layers, or one of %s: lenet:32%s", text,
                    String.join(", ", Recipe.NET.choices()), reason));
        }

        Recipe recipe(int epochs) {
            Recipe recipe = hidden != null
                    ? Recipe.USUAL.with(Recipe.HIDDEN, hidden)
                    : Recipe.USUAL.with(Recipe.NET, net);
            return recipe.with(Recipe.BATCH_SIZE, batch).with(Recipe.OPTIMIZER, "sgd")
                    .with(Recipe.SCHEDULE, "constant").with(Recipe.RATE, 0.1).with(Recipe.WEIGHT_DECAY, 0.0)
                    .epochs(epochs);
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

    /**
     * What a process that trained has told.
     *
     * @param seconds of each epoch; none: a loss or a weight was no longer a number
     * @param testAccuracy after all epochs, from 0 to 1
     */
    public record Trained(List<Double> seconds, double testAccuracy) {
        /** A training that diverged. */
        public static final Trained DIVERGED = new Trained(List.of(), Double.NaN);
    }

    /**
     * A configuration on the data at hand.
     *
     * @param name as results have it
     * @param flops of an epoch
     */
    record Work(Configuration configuration, String name, double flops) {
    }

    private final List<Work> works = new ArrayList<>();
    private final Set<String> leftOut = new LinkedHashSet<>();
    private final double leastAccuracy;

    /**
     * The trainings on these data, without those whose network cannot be made: the windows of a convolutional one may not fit
     * into small images.
     *
     * @param data with test images
     * @throws ArithmeticException if a network is too large
     */
    public TrainBench(DatasetPair data, List<Configuration> configurations) {
        Dataset train = data.train();
        for (Configuration configuration : configurations) {
            try {
                Network network = configuration.recipe(1).network(train.shape(), train.classes().size());
                works.add(new Work(configuration, configuration.name(network), flops(network, train.size())));
            } catch (IllegalArgumentException _) {
                leftOut.add(String.valueOf(configuration.net()));
            }
        }
        Dataset test = Objects.requireNonNull(data.test(), "data have test images here");
        leastAccuracy = DIGITS.contains(data.name())
                ? LEAST_ACCURACY
                : Arrays.stream(test.counts()).max().orElse(0) / (double) test.size();
    }

    /** Networks that are left out, as these images are too small for them. */
    public Set<String> leftOut() {
        return leftOut;
    }

    /** How many trainings there are, on each number of threads. */
    public int count() {
        return works.size();
    }

    List<Work> works() {
        return works;
    }

    /** Floating-point operations of an epoch: a layer's forward and twice as many backward; the first needs no gradient of its input. */
    static double flops(Network network, int samples) {
        double flops = 0;
        for (Layer layer : network.layers()) {
            flops += (flops == 0 ? 4 : 6) * layer.multiplyAdds();
        }
        return flops * samples;
    }

    /** Epochs that one of so many JVMs times, after those in which it warms up. */
    static int timedEpochs(int jvms) {
        return Math.max(LEAST_EPOCHS, Math.ceilDiv(EPOCHS, jvms));
    }

    /** The rounds of a process: its epochs without those in which it warmed up. */
    Measurement.Sample sample(Work work, int threads, Trained trained) {
        Configuration trains = work.configuration;
        String wrong = trained.seconds().isEmpty()
                ? "its loss is no longer a number"
                : trained.testAccuracy() < leastAccuracy
                        ? String.format(Locale.ROOT, "test accuracy of %.1f %%", 100 * trained.testAccuracy())
                        : null;
        return new Measurement.Sample("train", work.name, threads, work.flops, 0, "fma",
                wrong != null
                        ? List.of()
                        : trained.seconds().stream().skip(WARM_UP).map(seconds -> 1e9 * seconds).toList(),
                wrong, wrong != null
                        ? null
                        : new Outcome(trains.net(), trains.widths(), trains.batch(),
                                trained.testAccuracy()),
                null);
    }
}
