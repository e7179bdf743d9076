package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Batches;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.sparse.SparseRows;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Shares;
import dev.lanewise.train.Optimizer.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class TrainerTest {
    private static final Dataset DIGITS = BuiltInDigits.draw(3, 500);
    private static final int EPOCHS = 2;
    private static final Trainer.Listener ON = (samples, loss) -> true;

    private static Architecture architecture(Activation activation, Loss loss) {
        return new Architecture(784, List.of(24), 10, activation, loss);
    }

    /** The weights after two epochs of 8 steps, the last of 52 samples. */
    private static String train(Activation activation, Loss loss, Rule rule, double rate, int threads, long seed,
            boolean sparse) {
        try (Workers workers = new Workers(threads)) {
            Batches batches = new Batches(DIGITS, 64);
            Network network = Network.of(architecture(activation, loss), 64).initialize(seed);
            Optimizer optimizer = new Optimizer(rule, network.parameters(), 0.9, 1e-3);
            Trainer trainer = new Trainer(network, batches, optimizer, Schedule.COSINE, rate, EPOCHS, seed,
                    sparse ? new SparseRows(DIGITS.images().bytes(), DIGITS.size(), DIGITS.shape().size()) : null,
                    workers);
            for (int epoch = 1; epoch <= EPOCHS; epoch++) {
                trainer.epoch(epoch, ON);
            }
            return ModelFile.sha256(network);
        }
    }

    /** One digest for every width of vectors, number of threads, compiled or interpreted. */
    @ParameterizedTest
    @CsvSource({
            "RELU, CROSS_ENTROPY, SGD, 0.1, 51aa7e770b9def01c72b4fa5db072c0dda9434ce4897de1beab3055bb3d02726",
            "RELU, CROSS_ENTROPY, MOMENTUM, 0.05, 38c095693e7948ce796b7e06dc51b4e7364e23c86e3e1a99b17c6b590f94bf9a",
            "RELU, CROSS_ENTROPY, NESTEROV, 0.05, 99c888ed83aa1a3278035ec22752c01748f590f7890fbd0c63fc3c99eee8ef97",
            "RELU, CROSS_ENTROPY, ADAM, 0.005, 24dd8af5c8e1f74aa3c15c988c0c2f072c06691cf92294d6b82fa3a853496992",
            "RELU, CROSS_ENTROPY, ADAMW, 0.005, e109c590ce25a23b84249dfe1c486e72a2bc7544d1799dc46d13547e0165e7c2",
            "SIGMOID, SQUARED_ERROR, MOMENTUM, 0.5, 268e122687b6e79652bbf615b7b3749bab640554a5564e70fc692dceaf73584c",
            "TANH, SOFTMAX_SQUARED_ERROR, ADAM, 0.005, "
                    + "89c7d7590760995b05e8bade4d49cabc18f74618d4d7fc2921c753103624557f",
            "TANH, CROSS_ENTROPY, SGD, 0.1, 6e4dd5fcda14cfce50064551c2eb8c2fe48e190b44b7cb9cb0ba5fe4b308c353",
    })
    void weightsAreTheSameBitsEverywhere(Activation activation, Loss loss, Rule rule, double rate, String sha256) {
        for (int threads : new int[]{1, 2, 3, 8}) {
            assertEquals(sha256, train(activation, loss, rule, rate, threads, 5, false), threads + " threads");
            assertEquals(sha256, train(activation, loss, rule, rate, threads, 5, true), threads + " threads, sparse");
        }
    }

    /** What regularizes, one at a time and all together; the averaged weights where there are such. */
    private static String regularized(double dropout, double smoothing, double clip, double ema, double warmUp,
            int threads, boolean sparse) {
        try (Workers workers = new Workers(threads)) {
            Batches batches = new Batches(DIGITS, 64);
            Architecture architecture = new Architecture(784, List.of(24, 18), 10, Activation.RELU, Loss.CROSS_ENTROPY);
            Network network = Network.of(architecture, 64).initialize(5);
            Network averaged = Network.of(architecture, 1);
            Optimizer optimizer = new Optimizer(Rule.MOMENTUM, network.parameters(), 0.9, 1e-3);
            if (clip > 0) {
                optimizer.clipTo(clip);
            }
            if (ema > 0) {
                optimizer.averageInto(averaged.parameters(), ema);
            }
            Trainer trainer = new Trainer(network.regularized(64, dropout, smoothing, 5), batches, optimizer,
                    Schedule.COSINE, 0.05, EPOCHS, 5,
                    sparse ? new SparseRows(DIGITS.images().bytes(), DIGITS.size(), DIGITS.shape().size()) : null,
                    workers).warmUp(warmUp);
            trainer.profile();
            for (int epoch = 1; epoch <= EPOCHS; epoch++) {
                trainer.epoch(epoch, ON);
            }
            return ModelFile.sha256(ema > 0 ? averaged : network);
        }
    }

    @ParameterizedTest
    @CsvSource({
            "0, 0, 0, 0, 0, 0af30e4926c476dc3e3291fad5805a7f02a4d292b0c277995f2658d06fa9bdcb",
            "0.3, 0, 0, 0, 0, 5656529c7db5e90338aa6bee51a9d1975b2faa2938dcf6d0f07783d25d5dfdd7",
            "0, 0.1, 0, 0, 0, df2424db528657a9fc89df6e9ad7e7a063a6fa7dd1cabe6c99c8537f2ede7157",
            "0, 0, 0.5, 0, 0, 82adb6c9c4a836eb93a3ca80c9e34beb7ef4f5bc1fc25cdc6a2c42a167ab6c5b",
            "0, 0, 1e6, 0, 0, 0af30e4926c476dc3e3291fad5805a7f02a4d292b0c277995f2658d06fa9bdcb",
            "0, 0, 0, 0.9, 0, 2cc97b8cb837c2849c3ca0e3d16cfad3e36d548b34bec19853608f445855e6be",
            "0, 0, 0, 0, 0.25, 0c307aac55b863fd82587e66b639472d261794bb4c7b2bebf6c9bc2faf59d34d",
            "0.3, 0.1, 0.5, 0.9, 0.25, 112a2ccea8cd75c3823e7520d831c29d2235f598b9c363e8ae15a89dc5742f36",
    })
    void regularizedWeightsAreTheSameBitsEverywhere(double dropout, double smoothing, double clip, double ema,
            double warmUp, String sha256) {
        for (int threads : new int[]{1, 2, 3, 8}) {
            for (boolean sparse : new boolean[]{false, true}) {
                assertEquals(sha256, regularized(dropout, smoothing, clip, ema, warmUp, threads, sparse),
                        threads + " threads, sparse " + sparse);
            }
        }
    }

    /** An average that keeps 0 of itself is the weights: the average is taken after the descent. */
    @Test
    void averageFollowsPlainDescentToo() {
        for (double keeps : new double[]{0, 0.9}) {
            try (Workers workers = new Workers(2)) {
                Architecture architecture = architecture(Activation.RELU, Loss.CROSS_ENTROPY);
                Network network = Network.of(architecture, 64).initialize(5);
                Network averaged = Network.of(architecture, 1);
                Optimizer optimizer = new Optimizer(Rule.SGD, network.parameters(), 0, 1e-3)
                        .averageInto(averaged.parameters(), keeps);
                new Trainer(network, new Batches(DIGITS, 64), optimizer, Schedule.CONSTANT, 0.1, 1, 5, null, workers)
                        .epoch(1, ON);
                double furthest = 0;
                for (int p = 0; p < network.parameters().size(); p++) {
                    float[] w = network.parameters().get(p).value();
                    for (int i = 0; i < w.length; i++) {
                        furthest = Math.max(furthest, Math.abs(w[i] - averaged.parameters().get(p).value()[i]));
                    }
                }
                assertEquals(keeps == 0, furthest < 1e-6, "furthest apart " + furthest);
            }
        }
    }

    @Test
    void profileSharesAddUpToOneAndNameWhatTakesTime() {
        try (Workers workers = new Workers(2)) {
            Network network = small(16);
            Trainer trainer = trainer(network, new Batches(brighterPixel(101), 16), Schedule.CONSTANT, 0.1, workers);
            Profile profile = trainer.profile();
            assertEquals(0, profile.shares().values().stream().mapToDouble(share -> share).sum());
            trainer.epoch(1, ON);
            assertEquals(List.of(Profile.Phase.values()), List.copyOf(profile.shares().keySet()));
            assertTrue(profile.shares().values().stream().allMatch(share -> share > 0), profile.shares()::toString);
            assertEquals(1, profile.shares().values().stream().mapToDouble(share -> share).sum(), 1e-9);
        }
    }

    @Test
    void sameSeedRepeatsTheRunAndAnotherDoesNot() {
        String first = train(Activation.RELU, Loss.CROSS_ENTROPY, Rule.MOMENTUM, 0.05, 2, 1, false);
        assertEquals(first, train(Activation.RELU, Loss.CROSS_ENTROPY, Rule.MOMENTUM, 0.05, 2, 1, false));
        assertNotEquals(first, train(Activation.RELU, Loss.CROSS_ENTROPY, Rule.MOMENTUM, 0.05, 2, 2, false));
    }

    /** Shuffle, gather, forward, loss, backward, gradients, update: the same steps without threads and shares. */
    @Test
    void epochIsTheSentenceWrittenOut() {
        Architecture architecture = architecture(Activation.RELU, Loss.CROSS_ENTROPY);
        Batches batches = new Batches(DIGITS, 64);
        Network network = Network.of(architecture, 64).initialize(9);
        Optimizer optimizer = new Optimizer(Rule.ADAM, network.parameters(), 0, 0);
        double loss = 0;
        List<Double> losses = new ArrayList<>();
        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            batches.shuffle(77, epoch);
            loss = 0;
            for (int batch = 0; batch < 8; batch++) {
                int rows = batch < 7 ? 64 : 52;
                batches.gather(batch, 0, rows, network.input(), network.labels());
                network.forward(0, rows);
                network.lossAndGradient(0, rows, 1f / rows);
                network.backward(0, rows);
                network.gradients(rows, 0, Shares.ALL);
                int step = (epoch - 1) * 8 + batch;
                optimizer.step(step, Schedule.ONE_CYCLE.rate(0.01, step, 16), 0, Shares.ALL);
                for (int i = 0; i < rows; i++) {
                    loss += network.losses()[i];
                }
                losses.add(loss / Math.min(500, 64 * (batch + 1)));
            }
        }
        String expected = ModelFile.sha256(network);

        network.initialize(9);
        network.parameters().stream().filter(p -> !p.decays()).forEach(p -> Arrays.fill(p.value(), 0f));
        try (Workers workers = new Workers(2)) {
            Trainer trainer = new Trainer(network, batches, new Optimizer(Rule.ADAM, network.parameters(), 0, 0),
                    Schedule.ONE_CYCLE, 0.01, EPOCHS, 77, null, workers);
            List<Integer> seen = new ArrayList<>();
            List<Double> told = new ArrayList<>();
            Trainer.Listener listener = (samples, mean) -> {
                seen.add(samples);
                told.add(mean);
                return true;
            };
            trainer.epoch(1, listener);
            double mean = trainer.epoch(2, listener);
            assertEquals(expected, ModelFile.sha256(network));
            assertEquals(List.of(64, 128, 192, 256, 320, 384, 448, 500), seen.subList(0, 8));
            assertEquals(told.size() / 2, seen.lastIndexOf(64), "the second epoch counts anew");
            assertEquals(told.getLast(), mean);
            for (int i = 0; i < told.size(); i++) {
                assertEquals(losses.get(i), told.get(i), 1e-9, "mean loss after step " + i);
            }
            assertEquals(Schedule.ONE_CYCLE.rate(0.01, 15, 16), trainer.rate());
        }
    }

    /** Two pixels; the class says which is brighter, and never are they nearly equal. */
    private static Dataset brighterPixel(int n) {
        SplittableRandom random = new SplittableRandom(12);
        byte[] pixels = new byte[2 * n];
        byte[] labels = new byte[n];
        for (int i = 0; i < n; i++) {
            labels[i] = (byte) random.nextInt(2);
            pixels[2 * i + labels[i]] = (byte) (128 + random.nextInt(128));
            pixels[2 * i + 1 - labels[i]] = (byte) random.nextInt(100);
        }
        return Dataset.of(new Shape(1, 2, 1), pixels, labels, List.of("left", "right"));
    }

    private static Network small(int capacity) {
        return Network.of(new Architecture(2, List.of(6), 2, Activation.RELU, Loss.CROSS_ENTROPY), capacity)
                .initialize(2);
    }

    private static Trainer trainer(Network network, Batches batches, Schedule schedule, double rate, Workers workers) {
        return new Trainer(network, batches, new Optimizer(Rule.MOMENTUM, network.parameters(), 0.9, 0), schedule,
                rate, 20, 3, null, workers);
    }

    @Test
    void lossFallsAndASeparableProblemIsLearnt() {
        Dataset data = brighterPixel(101);
        try (Workers workers = new Workers(2)) {
            Network network = small(16);
            Trainer trainer = trainer(network, new Batches(data, 16), Schedule.CONSTANT, 0.1, workers);
            double first = trainer.epoch(1, ON);
            double last = first;
            for (int epoch = 2; epoch <= 20; epoch++) {
                last = trainer.epoch(epoch, ON);
            }
            double end = last;
            assertTrue(end < first / 10, () -> "loss %s, then %s".formatted(first, end));
            assertEquals(1.0, new Evaluator(network, data, workers).evaluate().accuracy());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 64})
    void everySampleIsTrainedOnWhateverTheBatchSize(int batchSize) {
        Dataset data = brighterPixel(5);
        try (Workers workers = new Workers(3)) {
            Batches batches = new Batches(data, batchSize);
            Network network = small(batches.capacity());
            List<Integer> seen = new ArrayList<>();
            double loss = trainer(network, batches, Schedule.CONSTANT, 1e-30, workers).epoch(1, (samples, mean) -> {
                seen.add(samples);
                return true;
            });
            assertEquals(switch (batchSize) {
                case 1 -> List.of(1, 2, 3, 4, 5);
                case 4 -> List.of(4, 5);
                default -> List.of(5);
            }, seen);
            // With a rate of nearly nothing the weights stay, so this is the loss of all five.
            assertEquals(new Evaluator(network, data, workers).evaluate().loss(), loss, 1e-9);
        }
    }

    @Test
    void sampleAloneInTheLastBatchIsTrainedOn() {
        Dataset data = brighterPixel(5);
        Batches batches = new Batches(data, 4);
        String[] weights = new String[2];
        for (int steps = 1; steps <= 2; steps++) {
            int last = steps;
            try (Workers workers = new Workers(2)) {
                Network network = small(4);
                trainer(network, batches, Schedule.CONSTANT, 0.1, workers).epoch(1, (samples, mean) -> last == 2);
                weights[steps - 1] = ModelFile.sha256(network);
            }
        }
        assertNotEquals(weights[0], weights[1]);
    }

    @Test
    void listenerEndsTheEpochAndNaNSaysSo() {
        Dataset data = brighterPixel(20);
        try (Workers workers = new Workers(2)) {
            Network network = small(4);
            Trainer trainer = trainer(network, new Batches(data, 4), Schedule.CONSTANT, 0.1, workers);
            List<Integer> seen = new ArrayList<>();
            double loss = trainer.epoch(1, (samples, mean) -> {
                seen.add(samples);
                return samples < 12;
            });
            assertEquals(Double.NaN, loss);
            assertEquals(List.of(4, 8, 12), seen);
            // Ending it after the last batch ends nothing.
            assertTrue(Double.isFinite(trainer.epoch(2, (samples, mean) -> samples < 20)));
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (Workers workers = new Workers(1)) {
            Dataset data = brighterPixel(20);
            Network network = small(4);
            for (double rate : new double[]{0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
                IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                        () -> trainer(network, new Batches(data, 4), Schedule.CONSTANT, rate, workers));
                assertEquals("baseRate: above 0 and finite, not " + rate, e.getMessage());
            }
            IllegalArgumentException large = assertThrows(IllegalArgumentException.class,
                    () -> trainer(network, new Batches(data, 5), Schedule.CONSTANT, 0.1, workers));
            assertEquals("batches of 5 samples do not fit a network of 4 rows", large.getMessage());
            IllegalArgumentException other = assertThrows(IllegalArgumentException.class,
                    () -> trainer(network, new Batches(DIGITS, 4), Schedule.CONSTANT, 0.1, workers));
            assertEquals("images of 784 pixels do not fit a network of 2 inputs", other.getMessage());
        }
    }
}
