package dev.lanewise.bench;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Results as a run would leave them, with timings drawn from a seed. */
public final class ResultsFixture {
    private ResultsFixture() {
    }

    /** Two kernels, the peaks and a training at these widths; every call takes {@code slowness} times as long. */
    public static ResultFile file(long seed, double slowness, int jvms, int... widths) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Result> results = new ArrayList<>();
        for (int bits : widths) {
            double fma = 100.0 * bits / 512;
            add(results, random, jvms, bits, "peak", "fma", 1e6 * fma, 0, null, 1e6, null, null);
            add(results, random, jvms, bits, "peak", "copy 16384", 0, 131072, null, 1300, null, null);
            add(results, random, jvms, bits, "peak", "triad 16777216", 3.3e7, 2e8, null, 1e7, null, null);
            add(results, random, jvms, bits, "gemm", "NN128x512x784", 1.03e8, 2.3e6, "fma", slowness * 1.1e6, fma,
                    null);
            add(results, random, jvms, bits, "elementwise", "exp 16384", 3.6e5, 131072, "copy 16384", slowness * 3000,
                    100.0, null);
            add(results, random, jvms, bits, "train", "784-30-10 batch 32", 5.75e9, 0, "fma", slowness * 9e7, fma,
                    new TrainBench.Outcome(null, "30", 32, 0.9512));
        }
        JsonObject environment = new JsonObject();
        environment.addProperty("cpu", "Test <CPU> & Co");
        environment.addProperty("cores", 2);
        return new ResultFile(ResultFile.FORMAT, ResultFile.VERSION, "2026-11-23T00:00:00Z",
                "lanewise bench </script><b>", environment, results, List.of());
    }

    /** The same and a training of a network with a name. */
    public static ResultFile withNet(ResultFile file) {
        List<Result> results = new ArrayList<>(file.results());
        Result any = file.results().getLast();
        add(results, new SplittableRandom(1), any.nanos().size(), any.bits(), "train", "784-lenet-10 batch 32", 9e10, 0,
                "fma", 1.5e9, 100.0, new TrainBench.Outcome("lenet", null, 32, 0.98));
        return with(file, results, List.of());
    }

    /** The same and predictions of one image, in three JVMs, and of 256. */
    public static ResultFile withPredictions(ResultFile file) {
        List<Result> results = new ArrayList<>(file.results());
        int bits = file.results().getLast().bits();
        List<Measurement.Sample> one = new ArrayList<>();
        for (int jvm = 0; jvm < 3; jvm++) {
            one.add(new Measurement.Sample("predict", "784-128-10 predict 1", 1, 2e5, 0, "fma",
                    List.of(1020.0, 1040.0 + jvm), null, null, new PredictBench.Outcome(1, 1000.0 + 10 * jvm,
                            1300.0 + 10 * jvm)));
        }
        results.add(Result.of(one, bits, 100.0));
        results.add(Result.of(List.of(new Measurement.Sample("predict", "784-128-10 predict 256", 1, 5e7, 0, "fma",
                List.of(3e5), null, null, new PredictBench.Outcome(256, null, null))), bits, 100.0));
        return with(file, results, List.of());
    }

    /** The same with so many rounds of each JVM at most in a group. */
    public static ResultFile withRounds(ResultFile file, String group, int rounds) {
        return with(file, file.results().stream().map(r -> !r.group().equals(group)
                ? r
                : new Result(r.group(), r.kernel(), r.threads(), r.bits(), r.unit(), r.median(), r.low(), r.high(),
                        r.share(), r.roof(), r.flops(), r.bytes(),
                        r.nanos().stream().map(jvm -> jvm.subList(0, rounds)).toList(),
                        r.net(), r.hidden(), r.batch(), r.epochS(), r.testAccuracy(), r.images(), r.p50Ns(), r.p99Ns())
                        .summarized())
                .toList(), List.of());
    }

    /** The same and what two threads reached of the peaks, so many times as much as one. */
    public static ResultFile withPeaksOnTwoThreads(ResultFile file, double times) {
        Stream<Result> two = file.results().stream().filter(r -> r.group().equals("peak"))
                .map(r -> new Result(r.group(), r.kernel(), 2, r.bits(), r.unit(), r.median(), r.low(), r.high(),
                        r.share(), r.roof(), times * r.flops(), times * r.bytes(), r.nanos(), r.net(), r.hidden(),
                        r.batch(),
                        r.epochS(), r.testAccuracy(), r.images(), r.p50Ns(), r.p99Ns()).summarized());
        return with(file, Stream.concat(file.results().stream(), two).toList(), List.of());
    }

    /** The same without a kernel. */
    public static ResultFile without(ResultFile file, String kernel, List<ResultFile.Refusal> refused) {
        return with(file, file.results().stream().filter(r -> !r.kernel().equals(kernel)).toList(), refused);
    }

    private static ResultFile with(ResultFile file, List<Result> results, List<ResultFile.Refusal> refused) {
        return new ResultFile(file.format(), file.version(), file.created(), file.command(), file.environment(),
                results, refused);
    }

    private static void add(List<Result> results, SplittableRandom random, int jvms, int bits, String group,
            String kernel, double flops, double bytes, String roof, double nanos, Double roofRate,
            TrainBench.Outcome training) {
        List<Measurement.Sample> samples = new ArrayList<>();
        for (int jvm = 0; jvm < jvms; jvm++) {
            double layout = 1 + 0.01 * random.nextDouble();
            List<Double> rounds = random.doubles(25).map(v -> nanos * layout * (1 + 0.03 * v)).boxed().toList();
            samples.add(new Measurement.Sample(group, kernel, 1, flops, bytes, roof, rounds, null, training, null));
        }
        results.add(Result.of(samples, bits, roofRate));
    }
}
