package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.sparse.SparseBatch;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class TrainerTest {
    private static final String MOMENTUM_SHA256 = "38c095693e7948ce796b7e06dc51b4e7364e23c86e3e1a99b17c6b590f94bf9a";

    /** In which plans a run must come to the same bits: alone or in teams, with zeros multiplied or left out. */
    private static void assertSameEverywhere(String sha256, Supplier<Setup> setups) {
        for (int threads : new int[]{1, 2, 3, 8}) {
            for (Mode.Zeros zeros : List.of(Mode.Zeros.MULTIPLIED, Mode.Zeros.LEFT_OUT)) {
                Setup setup = setups.get();
                setup.threads = threads;
                setup.zeros = zeros;
                try (Setup.Run run = setup.start()) {
                    assertEquals(sha256, run.train(), threads + " threads, " + zeros);
                    assertEquals(zeros == Mode.Zeros.LEFT_OUT && SparseBatch.supports(24), run.sparse,
                            "zeros are really left out");
                }
            }
        }
    }

    /** One digest for every width of vectors, number of threads, compiled or interpreted. */
    @ParameterizedTest
    @CsvSource({
            "relu, cross-entropy, sgd, 0.1, 6bfabde900b5ef8330a389866b85f310453be43c0c68e536db0a8e66690f7db2",
            "relu, cross-entropy, momentum, 0.05, " + MOMENTUM_SHA256,
            "relu, cross-entropy, nesterov, 0.05, 99c888ed83aa1a3278035ec22752c01748f590f7890fbd0c63fc3c99eee8ef97",
            "relu, cross-entropy, adam, 0.005, 24dd8af5c8e1f74aa3c15c988c0c2f072c06691cf92294d6b82fa3a853496992",
            "relu, cross-entropy, adamw, 0.005, e109c590ce25a23b84249dfe1c486e72a2bc7544d1799dc46d13547e0165e7c2",
            "sigmoid, mse, momentum, 0.5, 268e122687b6e79652bbf615b7b3749bab640554a5564e70fc692dceaf73584c",
            "tanh, softmax-mse, adam, 0.005, "
                    + "89c7d7590760995b05e8bade4d49cabc18f74618d4d7fc2921c753103624557f",
            "tanh, cross-entropy, sgd, 0.1, 30bcdc86482ee39031b4918e9ef1d216d72992dbf84dac0ccb28357d53e33237",
    })
    void weightsAreTheSameBitsEverywhere(String activation, String loss, String optimizer, double rate,
            String sha256) {
        assertSameEverywhere(sha256, () -> {
            Setup setup = new Setup();
            setup.layers = "dense 24, %s, dense 10".formatted(activation);
            setup.loss = loss;
            setup.optimizer = optimizer;
            setup.rate = rate;
            return setup;
        });
    }

    /** What regularizes, one at a time and all together; the averaged weights where there are such. */
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
        assertSameEverywhere(sha256, () -> {
            Setup setup = new Setup();
            String between = dropout > 0 ? "relu, dropout " + dropout : "relu";
            setup.layers = "dense 24, %1$s, dense 18, %1$s, dense 10".formatted(between);
            setup.loss = "cross-entropy smoothing=" + smoothing;
            setup.clip = clip > 0 ? clip : null;
            setup.ema = ema > 0 ? ema : null;
            setup.schedule = "cosine warmup=" + warmUp;
            setup.profiled = true;
            return setup;
        });
    }

    /** Each comes to what it comes to alone, however the other one is tuned, and at the same time. */
    @Test
    void trainingsAtTheSameTimeDoNotDisturbEachOther() throws Exception {
        List<Callable<String>> trainings = new ArrayList<>();
        for (Tuning tuning : Tuning.values()) {
            for (Mode.Zeros zeros : Mode.Zeros.values()) {
                Setup setup = new Setup();
                setup.threads = 2;
                setup.tuning = tuning;
                setup.zeros = zeros;
                trainings.add(() -> {
                    try (Setup.Run run = setup.start()) {
                        assertEquals(tuning, run.workers.tuning());
                        return run.train();
                    }
                });
            }
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (int i = 0; i < 3; i++) { // a short one beside a long one
                Future<String> first = threads.submit(trainings.get(i));
                Future<String> second = threads.submit(trainings.get(3 + i));
                assertEquals(MOMENTUM_SHA256, first.get());
                assertEquals(MOMENTUM_SHA256, second.get());
            }
        }
    }

    /** What is frozen keeps its bits, all else changes, to the same bits in every plan. */
    @ParameterizedTest
    @ValueSource(strings = {"sgd", "momentum", "nesterov", "adam", "adamw"})
    void frozenParametersStayWithEveryOptimizer(String optimizer) {
        for (String frozen : List.of("dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias")) {
            for (Double clip : Arrays.asList(null, 0.5)) {
                String first = null;
                for (int threads : new int[]{1, 3}) {
                    for (Mode.Zeros zeros : List.of(Mode.Zeros.MULTIPLIED, Mode.Zeros.LEFT_OUT)) {
                        Setup setup = new Setup();
                        setup.optimizer = optimizer;
                        setup.rate = 0.005;
                        setup.epochs = 1;
                        setup.threads = threads;
                        setup.zeros = zeros;
                        setup.clip = clip;
                        setup.frozen = List.of(frozen);
                        try (Setup.Run run = setup.start()) {
                            List<float[]> before = run.network.parameters().stream().map(p -> p.value().clone())
                                    .toList();
                            String sha256 = run.train();
                            first = first == null ? sha256 : first;
                            assertEquals(first, sha256, "%s, %d threads, %s".formatted(frozen, threads, zeros));
                            for (int p = 0; p < before.size(); p++) {
                                Parameter parameter = run.network.parameters().get(p);
                                assertEquals(parameter.name().equals(frozen),
                                        Arrays.equals(before.get(p), parameter.value()), parameter.name());
                            }
                            assertTrue(run.update.state().stream().noneMatch(state -> state.name().contains(frozen)));
                        }
                    }
                }
            }
        }
    }

    /** An average that keeps 0 of itself is the weights: the average is taken after the descent. */
    @Test
    void averageFollowsPlainDescentToo() {
        for (double keeps : new double[]{0, 0.9}) {
            for (Mode.Zeros zeros : List.of(Mode.Zeros.MULTIPLIED, Mode.Zeros.LEFT_OUT)) {
                Setup setup = new Setup();
                setup.optimizer = "sgd";
                setup.schedule = "constant";
                setup.rate = 0.1;
                setup.epochs = 1;
                setup.threads = 2;
                setup.zeros = zeros;
                setup.ema = keeps;
                try (Setup.Run run = setup.start()) {
                    run.train();
                    double furthest = 0;
                    for (int p = 0; p < run.network.parameters().size(); p++) {
                        float[] w = run.network.parameters().get(p).value();
                        for (int i = 0; i < w.length; i++) {
                            furthest = Math.max(furthest,
                                    Math.abs(w[i] - run.averaged.parameters().get(p).value()[i]));
                        }
                    }
                    assertEquals(keeps == 0, furthest < 1e-6, "furthest apart " + furthest);
                }
            }
        }
    }

    @Test
    void profileSharesAddUpToOneAndNameWhatTakesTime() {
        Setup setup = brighterPixel(101, 16);
        setup.threads = 2;
        setup.clip = 1.0; // or the update is part of the gradients
        setup.profiled = true;
        try (Setup.Run run = setup.start()) {
            assertEquals(0, run.profile.shares().values().stream().mapToDouble(share -> share).sum());
            run.loss(1);
            Map<Profile.Phase, Double> shares = run.profile.shares();
            assertEquals(List.of(Profile.Phase.values()), List.copyOf(shares.keySet()));
            assertTrue(shares.values().stream().allMatch(share -> share > 0), shares::toString);
            assertEquals(1, shares.values().stream().mapToDouble(share -> share).sum(), 1e-9);
        }
    }

    /** Of a division that moves less and one that moves more, each beside what one thread takes. */
    @Test
    void stepsOfEveryWayThatWasTriedAreToldWithThePrediction() {
        Setup setup = new Setup();
        setup.layers = "dense 64, relu, dense 32, relu, dense 10";
        setup.batchSize = 8;
        setup.epochs = 30;
        setup.train(); // on one thread, so that HotSpot has compiled what a trial of it needs
        setup.threads = 2;
        try (Setup.Run run = setup.start()) {
            assertEquals(List.of(), run.trainer.ways());
            run.train();
            Map<String, Way> ways = run.trainer.ways().stream().collect(Collectors.toMap(Way::name, way -> way));
            // On a busy machine others may have been hopeless, and nothing is predicted.
            assertTrue(ways.containsKey("one thread"), ways::toString);
            double alone = ways.get("one thread").seconds();
            ways.forEach((name, way) -> {
                assertTrue(way.seconds() > 0, way::toString);
                assertEquals(name.equals("one thread") ? 1 : 2, way.threads());
                assertTrue(name.equals("one thread") ? Double.isNaN(way.predicted()) : !(way.predicted() <= alone / 2),
                        way::toString);
            });
        }
    }

    @Test
    void oneWayIsNotCompared() {
        Setup setup = new Setup();
        setup.batchSize = 8;
        setup.epochs = 10;
        try (Setup.Run run = setup.start()) {
            run.train();
            assertEquals(List.of(), run.trainer.ways());
        }
    }

    @Test
    void sameSeedRepeatsTheRunAndAnotherDoesNot() {
        List<String> digests = new ArrayList<>();
        for (long seed : new long[]{1, 1, 2}) {
            Setup setup = new Setup();
            setup.seed = seed;
            setup.order = seed;
            setup.threads = 2;
            digests.add(setup.train());
        }
        assertEquals(digests.get(0), digests.get(1));
        assertNotEquals(digests.get(0), digests.get(2));
    }

    /** Shuffle, gather, forward, loss, backward, gradients, update: the same steps without threads and shares. */
    @Test
    void epochIsTheSentenceWrittenOut() {
        Setup setup = new Setup();
        setup.seed = 9;
        setup.order = 77;
        setup.optimizer = "adam";
        setup.decay = 0;
        setup.schedule = "one-cycle";
        setup.rate = 0.01;
        setup.threads = 2;
        Schedule schedule = Schedule.of(Spec.of("one-cycle"));
        String expected;
        List<Double> losses = new ArrayList<>();
        try (Setup.Run alone = setup.start()) {
            Pipeline pipeline = alone.pipeline;
            Batches batches = new Batches(Setup.DIGITS, 64);
            int[] samples = new int[64];
            for (int epoch = 1; epoch <= 2; epoch++) {
                batches.shuffle(77, epoch);
                double loss = 0;
                for (int batch = 0; batch < 8; batch++) {
                    int rows = batch < 7 ? 64 : 52;
                    batches.pick(batch, 0, rows, samples, pipeline.labels());
                    pipeline.input().gather(samples, 0, rows);
                    loss += pipeline.pass(rows) * rows;
                    int step = (epoch - 1) * 8 + batch;
                    alone.update.begin(step, schedule.rate(0.01, step, 16));
                    alone.update.apply(0, Parts.COUNT);
                    losses.add(loss / Math.min(500, 64 * (batch + 1)));
                }
            }
            expected = Model.sha256(alone.network);
        }
        try (Setup.Run run = setup.start()) {
            List<Integer> seen = new ArrayList<>();
            List<Double> told = new ArrayList<>();
            Trainer.Listener listener = (samples, mean) -> {
                seen.add(samples);
                told.add(mean);
                return true;
            };
            run.trainer.epoch(1, listener);
            Epoch last = run.trainer.epoch(2, listener);
            assertEquals(expected, Model.sha256(run.network));
            assertEquals(List.of(64, 128, 192, 256, 320, 384, 448, 500), seen.subList(0, 8));
            assertEquals(told.size() / 2, seen.lastIndexOf(64), "the second epoch counts anew");
            assertEquals(new Epoch.Done(told.getLast()), last);
            for (int i = 0; i < told.size(); i++) {
                assertEquals(losses.get(i), told.get(i), 1e-9, "mean loss after step " + i);
            }
            assertEquals(schedule.rate(0.01, 15, 16), run.update.rate());
        }
    }

    /** Two pixels; the class says which is brighter, and never are they nearly equal. */
    private static Setup brighterPixel(int n, int batchSize) {
        SplittableRandom random = new SplittableRandom(12);
        byte[] pixels = new byte[2 * n];
        byte[] labels = new byte[n];
        for (int i = 0; i < n; i++) {
            labels[i] = (byte) random.nextInt(2);
            pixels[2 * i + labels[i]] = (byte) (128 + random.nextInt(128));
            pixels[2 * i + 1 - labels[i]] = (byte) random.nextInt(100);
        }
        Setup setup = new Setup();
        setup.data = Dataset.of(new Shape(1, 2, 1), pixels, labels, List.of("left", "right"));
        setup.batchSize = batchSize;
        setup.layers = "dense 6, relu, dense 2";
        setup.seed = 2;
        setup.order = 3;
        setup.decay = 0;
        setup.schedule = "constant";
        setup.rate = 0.1;
        setup.epochs = 20;
        setup.threads = 2;
        return setup;
    }

    private static Evaluation evaluate(Setup.Run run, Dataset data) {
        return new Evaluator(new Pipeline(run.network, Input.of(data.samples(), 16),
                Mode.evaluation(Tuning.LONG)), new Batches(data, 16), run.workers).evaluate();
    }

    @Test
    void lossFallsAndASeparableProblemIsLearnt() {
        Setup setup = brighterPixel(101, 16);
        try (Setup.Run run = setup.start()) {
            double first = run.loss(1);
            double last = first;
            for (int epoch = 2; epoch <= 20; epoch++) {
                last = run.loss(epoch);
            }
            double end = last;
            assertTrue(end < first / 10, () -> "loss %s, then %s".formatted(first, end));
            assertEquals(1.0, evaluate(run, setup.data).accuracy());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 64})
    void everySampleIsTrainedOnWhateverTheBatchSize(int batchSize) {
        Setup setup = brighterPixel(5, batchSize);
        setup.threads = 3;
        setup.rate = 1e-30;
        try (Setup.Run run = setup.start()) {
            List<Integer> seen = new ArrayList<>();
            Epoch epoch = run.trainer.epoch(1, (samples, mean) -> {
                seen.add(samples);
                return true;
            });
            assertEquals(switch (batchSize) {
                case 1 -> List.of(1, 2, 3, 4, 5);
                case 4 -> List.of(4, 5);
                default -> List.of(5);
            }, seen);
            // With a rate of nearly nothing the weights stay, so this is the loss of all five.
            assertEquals(evaluate(run, setup.data).loss(), ((Epoch.Done) epoch).loss(), 1e-9);
        }
    }

    @Test
    void sampleAloneInTheLastBatchIsTrainedOn() {
        String[] weights = new String[2];
        for (int steps = 1; steps <= 2; steps++) {
            int last = steps;
            try (Setup.Run run = brighterPixel(5, 4).start()) {
                run.trainer.epoch(1, (samples, mean) -> last == 2);
                weights[steps - 1] = Model.sha256(run.network);
            }
        }
        assertNotEquals(weights[0], weights[1]);
    }

    @Test
    void listenerEndsTheEpoch() {
        try (Setup.Run run = brighterPixel(20, 4).start()) {
            List<Integer> seen = new ArrayList<>();
            Epoch epoch = run.trainer.epoch(1, (samples, mean) -> {
                seen.add(samples);
                return samples < 12;
            });
            assertEquals(new Epoch.Stopped(12), epoch);
            assertEquals(List.of(4, 8, 12), seen);
            // Ending it after the last batch ends nothing.
            Epoch second = run.trainer.epoch(2, (samples, mean) -> samples < 20);
            assertTrue(second instanceof Epoch.Done done && Double.isFinite(done.loss()), second::toString);
        }
    }

    /** Under whatever optimizer: it says after which sample the weights are of no use, and asks nobody. */
    @ParameterizedTest
    @ValueSource(strings = {"sgd", "momentum", "adam"})
    void hugeRatesDiverge(String optimizer) {
        Setup setup = brighterPixel(20, 4);
        setup.layers = "dense 6, relu, dense 6, relu, dense 2";
        setup.optimizer = optimizer;
        setup.rate = 1e38;
        try (Setup.Run run = setup.start()) {
            List<Integer> seen = new ArrayList<>();
            Epoch epoch = run.trainer.epoch(1, (samples, mean) -> {
                assertTrue(Double.isFinite(mean));
                seen.add(samples);
                return true;
            });
            assertEquals(new Epoch.Diverged(4 * (seen.size() + 1)), epoch);
            assertTrue(seen.size() < 5, seen::toString);
        }
    }

    @Test
    void epochsBesideThePlanAreRefused() {
        try (Setup.Run run = brighterPixel(20, 4).start()) {
            String before = Model.sha256(run.network);
            for (int epoch : new int[]{0, -1, 21}) {
                IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                        () -> run.trainer.epoch(epoch, Setup.ON));
                assertEquals("epoch: from 1 to 20, not " + epoch, e.getMessage());
            }
            assertEquals(before, Model.sha256(run.network));
            assertTrue(run.trainer.epoch(20, Setup.ON) instanceof Epoch.Done);
        }
    }

    @Test
    void badArgumentsAreRefused() {
        Schedule schedule = new ConstantSchedule(0);
        for (double rate : new double[]{0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> new Plan(20, schedule, rate, 3));
            assertEquals("epochs: at least 1, not 20; baseRate: above 0 and finite, not " + rate, e.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> new Plan(0, schedule, 0.1, 3));
        Setup setup = brighterPixel(20, 4);
        try (Setup.Run run = setup.start()) {
            IllegalArgumentException large = assertThrows(IllegalArgumentException.class,
                    () -> new Trainer(run.pipeline, new Batches(setup.data, 5), run.update,
                            new Plan(1, schedule, 0.1, 3), run.workers, Profile.OFF));
            assertEquals("batches of 5 samples do not fit a pipeline of 4 rows", large.getMessage());
        }
    }
}
