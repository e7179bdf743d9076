package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.data.Batches;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.train.Optimizer.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckpointTest {
    private static final Dataset DIGITS = BuiltInDigits.draw(8, 150);
    private static final Architecture ARCHITECTURE = new Architecture(784, List.of(17), 10, Activation.RELU,
            Loss.CROSS_ENTROPY);
    private static final int EPOCHS = 4;

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("checkpoint.safetensors");
    }

    /** A network and its optimizer, as a program makes them at its start. */
    private record Run(Network network, Optimizer optimizer) {
        static Run start(Rule rule, long seed) {
            Network network = Network.of(ARCHITECTURE, 32).initialize(seed);
            return new Run(network, new Optimizer(rule, network.parameters(), 0.9, 1e-3));
        }

        void train(int fromEpoch, int toEpoch) {
            try (Workers workers = new Workers(2)) {
                Trainer trainer = new Trainer(network, new Batches(DIGITS, 32), optimizer, Schedule.ONE_CYCLE, 0.02,
                        EPOCHS, 5, null, workers);
                for (int epoch = fromEpoch; epoch <= toEpoch; epoch++) {
                    trainer.epoch(epoch, (samples, loss) -> true);
                }
            }
        }

        List<int[]> optimizerBits() {
            return optimizer.state().stream().map(tensor -> {
                int[] bits = new int[tensor.data().length];
                for (int i = 0; i < bits.length; i++) {
                    bits[i] = Float.floatToIntBits(tensor.data()[i]);
                }
                return bits;
            }).toList();
        }
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void resumedRunEndsInTheSameBitsAsOneThatNeverStopped(Rule rule) throws IOException {
        Run whole = Run.start(rule, 1);
        whole.train(1, EPOCHS);
        for (int stop = 1; stop < EPOCHS; stop++) {
            Run first = Run.start(rule, 1);
            first.train(1, stop);
            new Checkpoint(stop, 0.25, 2).write(file(), ARCHITECTURE, first.network, first.optimizer);
            Run second = Run.start(rule, 99); // whose weights are overwritten
            Checkpoint checkpoint = Checkpoint.read(file(), second.network, second.optimizer);
            assertEquals(new Checkpoint(stop, 0.25, 2), checkpoint);
            assertEquals(ModelFile.sha256(first.network), ModelFile.sha256(second.network));
            assertNotEquals(ModelFile.sha256(whole.network), ModelFile.sha256(second.network));
            second.train(checkpoint.epoch() + 1, EPOCHS);
            assertEquals(ModelFile.sha256(whole.network), ModelFile.sha256(second.network), rule + " from " + stop);
            for (int s = 0; s < whole.optimizerBits().size(); s++) {
                assertArrayEquals(whole.optimizerBits().get(s), second.optimizerBits().get(s));
            }
        }
    }

    /** Dropout draws by the step's number; averages are kept beside the weights. */
    @Test
    void resumedRunWithDropoutSmoothingClippingAndAveragesEndsInTheSameBits() throws IOException {
        Averaging whole = Averaging.start(1);
        whole.train(1, EPOCHS);
        for (int stop = 1; stop < EPOCHS; stop++) {
            Averaging first = Averaging.start(1);
            first.train(1, stop);
            new Checkpoint(stop, 0.25, 2).write(file(), ARCHITECTURE, first.trained, first.optimizer);
            Averaging second = Averaging.start(99);
            Checkpoint.read(file(), second.trained, second.optimizer);
            assertEquals(ModelFile.sha256(first.average), ModelFile.sha256(second.average));
            second.train(stop + 1, EPOCHS);
            assertEquals(ModelFile.sha256(whole.trained), ModelFile.sha256(second.trained), "from " + stop);
            assertEquals(ModelFile.sha256(whole.average), ModelFile.sha256(second.average), "from " + stop);
            assertNotEquals(ModelFile.sha256(whole.average), ModelFile.sha256(whole.trained));
        }
    }

    private record Averaging(Network trained, Network average, Optimizer optimizer) {
        static Averaging start(long seed) {
            Network network = Network.of(ARCHITECTURE, 32).initialize(seed);
            Network average = Network.of(ARCHITECTURE, 1);
            return new Averaging(network.regularized(32, 0.2, 0.1, 7), average,
                    new Optimizer(Rule.MOMENTUM, network.parameters(), 0.9, 1e-3).clipTo(0.5)
                            .averageInto(average.parameters(), 0.9));
        }

        void train(int fromEpoch, int toEpoch) {
            try (Workers workers = new Workers(2)) {
                Trainer trainer = new Trainer(trained, new Batches(DIGITS, 32), optimizer, Schedule.COSINE, 0.02,
                        EPOCHS, 5, null, workers).warmUp(0.3);
                for (int epoch = fromEpoch; epoch <= toEpoch; epoch++) {
                    trainer.epoch(epoch, (samples, loss) -> true);
                }
            }
        }
    }

    @Test
    void checkpointWithoutAveragesIsRefusedWhereTheyAreKept() throws IOException {
        Run run = Run.start(Rule.SGD, 1);
        Checkpoint.START.write(file(), ARCHITECTURE, run.network, run.optimizer);
        run.optimizer.averageInto(Network.of(ARCHITECTURE, 1).parameters(), 0.9);
        assertRefused(run, "the tensor average.dense1.weight is missing; use another file");
    }

    /** So that the test above can fail. */
    @ParameterizedTest
    @EnumSource(value = Rule.class, mode = EnumSource.Mode.EXCLUDE, names = "SGD")
    void weightsAloneWouldNotDo(Rule rule) {
        Run whole = Run.start(rule, 1);
        whole.train(1, EPOCHS);
        Run first = Run.start(rule, 1);
        first.train(1, 2);
        Run second = new Run(first.network, new Optimizer(rule, first.network.parameters(), 0.9, 1e-3));
        second.train(3, EPOCHS);
        assertNotEquals(ModelFile.sha256(whole.network), ModelFile.sha256(second.network));
    }

    @Test
    void startIsBeforeTheFirstEpochAndIsKept() throws IOException {
        Run run = Run.start(Rule.SGD, 1);
        Checkpoint.START.write(file(), ARCHITECTURE, run.network, run.optimizer);
        assertEquals(new Checkpoint(0, Double.POSITIVE_INFINITY, 0),
                Checkpoint.read(file(), run.network, run.optimizer));
    }

    @Test
    void checkpointIsAModelFileToo() throws IOException {
        Run run = Run.start(Rule.ADAM, 1);
        Checkpoint.START.write(file(), ARCHITECTURE, run.network, run.optimizer);
        ModelFile model = ModelFile.read(file(), 1);
        assertEquals(ARCHITECTURE, model.architecture());
        assertEquals(ModelFile.sha256(run.network), ModelFile.sha256(model.network()));
        assertEquals(List.of("dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias",
                "optimizer.dense1.weight.0", "optimizer.dense1.weight.1", "optimizer.dense1.bias.0",
                "optimizer.dense1.bias.1", "optimizer.dense2.weight.0", "optimizer.dense2.weight.1",
                "optimizer.dense2.bias.0", "optimizer.dense2.bias.1"),
                List.copyOf(new IndependentSafetensors(Files.readAllBytes(file())).tensors.keySet()));
    }

    private static Metrics metrics(double validationLoss) {
        return new Metrics(1, 0.1, new Evaluation(new int[0][], validationLoss), 0.9, 0.01, 1, 1);
    }

    @Test
    void positionCountsEpochsSinceTheSmallestValidationLoss() {
        Checkpoint one = Checkpoint.START.next(metrics(0.5));
        assertEquals(new Checkpoint(1, 0.5, 0), one);
        Checkpoint two = one.next(metrics(0.5)); // equal is no gain
        assertEquals(new Checkpoint(2, 0.5, 1), two);
        Checkpoint three = two.next(metrics(Double.NaN));
        assertEquals(new Checkpoint(3, 0.5, 2), three);
        assertEquals(new Checkpoint(4, 0.4, 0), three.next(metrics(0.4)));
        assertEquals(new Checkpoint(1, Double.POSITIVE_INFINITY, 1),
                Checkpoint.START.next(new Metrics(1, 0.1, null, 0.9, 0.01, 1, 1)));
    }

    private void assertRefused(Run into, String message) {
        InputException e = assertThrows(InputException.class,
                () -> Checkpoint.read(file(), into.network, into.optimizer));
        assertEquals(file() + ": " + message, e.getMessage());
    }

    @Test
    void modelWithoutAPositionIsRefused() throws IOException {
        Run run = Run.start(Rule.SGD, 1);
        ModelFile.write(file(), ARCHITECTURE, run.network, Map.of());
        assertRefused(run, "this is not a checkpoint; use another file");
        ModelFile.write(file(), ARCHITECTURE, run.network, Map.of("epoch", "two",
                "best_validation_loss", "1", "epochs_without_gain", "0"));
        assertRefused(run, "this is not a checkpoint; use another file");
    }

    @Test
    void modelWithoutTheOptimizersStateIsRefused() throws IOException {
        Run run = Run.start(Rule.MOMENTUM, 1);
        ModelFile.write(file(), ARCHITECTURE, run.network, Map.of());
        assertRefused(run, "the tensor optimizer.dense1.weight.0 is missing; use another file");
    }

    @Test
    void checkpointOfAnotherOptimizerIsRefused() throws IOException {
        for (Rule written : Rule.values()) {
            Run run = Run.start(written, 1);
            Checkpoint.START.write(file(), ARCHITECTURE, run.network, run.optimizer);
            for (Rule other : Rule.values()) {
                if (other != written) {
                    assertRefused(Run.start(other, 2),
                            "this is a checkpoint of the optimizer %s, not %s".formatted(written, other));
                }
            }
        }
    }

    @Test
    void checkpointOfAnotherNetworkIsRefused() throws IOException {
        Run run = Run.start(Rule.SGD, 1);
        Checkpoint.START.write(file(), ARCHITECTURE, run.network, run.optimizer);
        Network wider = Network.of(new Architecture(784, List.of(18), 10, Activation.RELU, Loss.CROSS_ENTROPY), 1);
        assertRefused(new Run(wider, new Optimizer(Rule.SGD, wider.parameters(), 0, 0)),
                "the tensor dense1.weight is [784, 17] instead of [784, 18]; use another file");
    }
}
