package dev.lanewise.bench;

import dev.lanewise.data.Batches;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.train.Evaluator;
import dev.lanewise.train.Optimizer;
import dev.lanewise.train.Schedule;
import dev.lanewise.train.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** Epochs of training: ReLU, cross-entropy, plain SGD at 0.1, a fresh shuffle every epoch. */
final class TrainBench {
    private static final int SEED = 1;
    private static final double RATE = 0.1;
    /** What no network here falls short of after an epoch on images of digits, unless its training is broken. */
    private static final double LEAST_ACCURACY = 0.7;
    /** With one to warm up, as many epochs as the accuracy is of. */
    private static final int TIMED_EPOCHS = 3;

    /**
     * A network and a batch size.
     *
     * @param hidden widths of the hidden layers
     */
    record Configuration(List<Integer> hidden, int batch) {
        static final List<Configuration> ALL = of(List.of(List.of(30), List.of(128), List.of(512), List.of(800, 800)),
                32, 128, 512);
        static final List<Configuration> QUICK = of(List.of(List.of(30), List.of(128)), 128);

        private static List<Configuration> of(List<List<Integer>> networks, int... batches) {
            return networks.stream().flatMap(
                    hidden -> Arrays.stream(batches).mapToObj(batch -> new Configuration(hidden, batch))).toList();
        }

        /** Widths with dashes between them: {@code 800-800}. */
        String widths() {
            return hidden.stream().map(String::valueOf).collect(Collectors.joining("-"));
        }
    }

    /**
     * What a training came to.
     *
     * @param hidden widths with dashes between them
     * @param testAccuracy after all epochs, from 0 to 1
     */
    record Outcome(String hidden, int batch, double testAccuracy) {
    }

    private TrainBench() {
    }

    /** Floating-point operations of an epoch's products; the first layer needs no gradient of its input. */
    static double flops(Architecture architecture, int samples) {
        List<Integer> widths = new ArrayList<>(architecture.hidden());
        widths.add(architecture.classes());
        double flops = 0;
        int inputs = architecture.inputs();
        for (int l = 0; l < widths.size(); l++) {
            flops += (l == 0 ? 4.0 : 6.0) * inputs * widths.get(l);
            inputs = widths.get(l);
        }
        return flops * samples;
    }

    /** Trains all configurations on all teams, an epoch of each in turn; the first one of each is not timed. */
    static List<Measurement.Sample> run(DatasetPair data, List<Configuration> configurations, List<Workers> teams,
            BiConsumer<Integer, Integer> progress) {
        List<Run> runs = new ArrayList<>();
        for (Workers team : teams) {
            configurations.forEach(configuration -> runs.add(new Run(data, configuration, team)));
        }
        for (int epoch = 0; epoch <= TIMED_EPOCHS; epoch++) {
            for (int r = 0; r < runs.size(); r++) {
                runs.get(r).epoch(epoch);
                progress.accept(epoch * runs.size() + r + 1, runs.size() * (TIMED_EPOCHS + 1));
            }
        }
        return runs.stream().map(run -> run.sample(data)).toList();
    }

    private static final class Run {
        private final Configuration configuration;
        private final Workers team;
        private final Network network;
        private final Trainer trainer;
        private final Kernel kernel;
        private final double[] nanos = new double[TIMED_EPOCHS];

        Run(DatasetPair data, Configuration configuration, Workers team) {
            this.configuration = configuration;
            this.team = team;
            Architecture architecture = new Architecture(data.train().shape().size(), configuration.hidden(),
                    data.train().classes().size(),
                    Activation.RELU, Loss.CROSS_ENTROPY);
            network = Network.of(architecture, Math.max(configuration.batch(), Evaluator.ROWS)).initialize(SEED);
            trainer = new Trainer(network, new Batches(data.train(), configuration.batch()),
                    new Optimizer(Optimizer.Rule.SGD, network.parameters(), 0, 0), Schedule.CONSTANT, RATE,
                    TIMED_EPOCHS + 1, SEED, Trainer.nonZeros(network, data.train()), team);
            kernel = new Kernel("train", "%s batch %d".formatted(architecture, configuration.batch()), team.count(),
                    flops(architecture, data.train().size()), 0, "fma", null, Optional::empty);
        }

        void epoch(int epoch) {
            long start = System.nanoTime();
            trainer.epoch(epoch + 1, (_, _) -> true);
            if (epoch > 0) {
                nanos[epoch - 1] = System.nanoTime() - start;
            }
        }

        Measurement.Sample sample(DatasetPair data) {
            double accuracy = new Evaluator(network, data.test(), team).evaluate().accuracy();
            if (accuracy < LEAST_ACCURACY) {
                return Measurement.Sample.refused(kernel, "test accuracy of %.1f %%".formatted(100 * accuracy));
            }
            return new Measurement.Sample(kernel.group(), kernel.name(), kernel.threads(), kernel.flops(), 0, "fma",
                    nanos, null, new Outcome(configuration.widths(), configuration.batch(), accuracy));
        }
    }
}
