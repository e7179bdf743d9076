package dev.lanewise.bench;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.reflect.TypeToken;
import dev.lanewise.kernel.VectorWidth;
import dev.lanewise.kernel.Workers;
import dev.lanewise.run.Recipe;
import dev.lanewise.system.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A run of benchmarks, in JVMs of their own, as a JVM's vectors have one width and as two JVMs compile and lay out the
 * same program differently. The widths take turns, JVM by JVM; then trainings do, each in a process of its own.
 *
 * @param topics of {@link #TOPICS}
 * @param shapes of gemm; null for the usual ones
 * @param nets of train; null for the usual ones
 * @param threads numbers of threads to run on
 * @param bits vector widths
 * @param quick shorter and with fewer kernels
 * @param jvms for each width, and for each training
 */
public record Bench(List<String> topics, @Nullable String shapes, @Nullable List<TrainBench.Configuration> nets,
        List<Integer> threads, List<Integer> bits, boolean quick, int jvms) {
    /** All topics, in the order in which they are run. */
    public static final List<String> TOPICS = List.of("gemm", "conv", "elementwise", "softmax", "update", "train",
            "predict");

    private static final Gson GSON = new Gson();
    private static final long HEAP = 400L << 20; // for data, peaks and images
    private static final long HEAP_OF_A_TEAM = 200L << 20; // for kernels and what predicts

    /** Checks that the shapes can be read. Throws IllegalArgumentException, with the sentence for the user. */
    public Bench {
        if (shapes != null) {
            Kernels.shapes(shapes);
        }
    }

    /**
     * The measuring, in this JVM and at its width, of all but trainings.
     *
     * @param predicting a model and its images for predict; null: the usual networks
     * @param samples file for the JVM that started this one
     * @param progress told how many of how many steps are done
     */
    public void measure(PredictBench.@Nullable Subject predicting, Path samples,
            BiConsumer<Integer, Integer> progress) throws IOException {
        List<Workers> teams = new ArrayList<>();
        List<PredictBench.Run> predictions = new ArrayList<>();
        try {
            threads.forEach(count -> teams.add(new Workers(count)));
            List<Kernels.Shape> products = shapes != null
                    ? Kernels.shapes(shapes)
                    : quick ? Kernels.QUICK_SHAPES : Kernels.SHAPES;
            Measurement measurement = quick ? Measurement.QUICK : Measurement.FULL;
            List<Kernel> kernels = new ArrayList<>(Kernels.of(topics, products, teams, quick));
            if (topics.contains("predict")) {
                List<PredictBench.Subject> subjects = predicting != null ? List.of(predicting) : PredictBench.usual();
                for (int count : threads) {
                    subjects.forEach(subject -> predictions.add(new PredictBench.Run(subject, count, quick)));
                }
                predictions.forEach(run -> kernels.addAll(run.kernels()));
            }
            List<Measurement.Sample> seen = new ArrayList<>(measurement.of(kernels, progress));
            for (PredictBench.Run run : predictions) {
                for (Measurement.Sample sample : run.outcomes(seen)) {
                    seen.replaceAll(each -> each.kernel().equals(sample.kernel())
                            && each.threads() == sample.threads() ? sample : each);
                }
            }
            Files.writeString(samples, GSON.toJson(seen));
        } finally {
            predictions.forEach(PredictBench.Run::close);
            teams.forEach(Workers::close);
        }
    }

    /** What train trains. */
    public List<TrainBench.Configuration> trainings() {
        return nets != null ? nets : quick ? TrainBench.Configuration.QUICK : TrainBench.Configuration.ALL;
    }

    /** What starts the processes that measure, and waits for the end of each. */
    public interface Child {
        /**
         * All but trainings.
         *
         * @param command a java command line without the program's arguments
         * @param samples where it has to leave what it saw
         * @param bits of its vectors
         * @param jvm which of those of that width, from 1
         */
        void measure(List<String> command, Path samples, int bits, int jvm) throws IOException;

        /**
         * A training as everybody's is: nothing is different in its JVM.
         *
         * @param name of what is trained
         * @param recipe resolved
         * @param bits of its vectors
         */
        TrainBench.Trained train(String name, Recipe recipe, int threads, int bits) throws IOException;
    }

    /**
     * Runs everything.
     *
     * @param command for the record
     * @param environment of the results
     * @param trainings null: train is no topic
     */
    public ResultFile run(String command, JsonObject environment, @Nullable TrainBench trainings, Child child)
            throws IOException {
        Map<Integer, Map<String, List<Measurement.Sample>>> widths = new LinkedHashMap<>();
        for (int jvm = 0; jvm < jvms; jvm++) {
            for (int width : bits) {
                Path file = Files.createTempFile("lanewise-bench", ".json");
                try {
                    child.measure(java(width), file, width, jvm + 1);
                    add(widths, width, GSON.fromJson(Files.readString(file),
                            new TypeToken<List<Measurement.Sample>>() {
                            }));
                } finally {
                    Files.deleteIfExists(file);
                }
            }
        }
        for (int jvm = 0; jvm < jvms && trainings != null; jvm++) {
            for (int width : bits) {
                for (int count : threads) {
                    for (TrainBench.Work work : trainings.works()) {
                        Recipe recipe = work.configuration().recipe(TrainBench.WARM_UP + TrainBench.timedEpochs(jvms))
                                .resolve();
                        add(widths, width, List.of(trainings.sample(work, count,
                                child.train(work.name(), recipe, count, width))));
                    }
                }
            }
        }
        List<Result> results = new ArrayList<>();
        List<ResultFile.Refusal> refusals = new ArrayList<>();
        widths.forEach((width, kernels) -> collect(width, kernels, results, refusals));
        return new ResultFile(ResultFile.FORMAT, ResultFile.VERSION,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), command, environment, results, refusals);
    }

    private static void add(Map<Integer, Map<String, List<Measurement.Sample>>> widths, int width,
            List<Measurement.Sample> samples) {
        Map<String, List<Measurement.Sample>> kernels = widths.computeIfAbsent(width, _ -> new LinkedHashMap<>());
        for (Measurement.Sample sample : samples) {
            kernels.computeIfAbsent(key(sample.kernel(), sample.threads()), _ -> new ArrayList<>()).add(sample);
        }
    }

    private static void collect(int bits, Map<String, List<Measurement.Sample>> kernels, List<Result> results,
            List<ResultFile.Refusal> refusals) {
        Map<String, Double> rates = new HashMap<>();
        kernels.forEach((key, samples) -> {
            Measurement.Sample first = samples.getFirst();
            String refused = samples.stream().map(Measurement.Sample::refused).filter(why -> why != null).findFirst()
                    .orElse(null);
            if (refused != null) {
                refusals.add(new ResultFile.Refusal(first.kernel(), first.threads(), bits, refused));
                return;
            }
            Result result = Result.of(samples, bits,
                    first.roof() == null ? null : rates.get(key(first.roof(), first.threads())));
            // The peaks come before what they bound. A quarter of their rounds, and not half: what the machine can do is
            // seen where nothing disturbs it.
            rates.put(key, result.high());
            results.add(result);
        });
    }

    private static String key(String kernel, int threads) {
        return kernel + " on " + threads;
    }

    /** The java command of this process, with vectors of that many bits. */
    private List<String> java(int bits) {
        List<String> options = new ArrayList<>(Machine.options());
        heap(options, threads.size(), Runtime.getRuntime().maxMemory(), Machine.memory()).ifPresent(options::add);
        options.add("-Dlanewise.rehearse=false"); // the tiles are what is compared with the reference and timed
        if (bits < VectorWidth.bits()) {
            // Narrower for all that is compiled, loops that C2 vectorises by itself included.
            options.removeIf(option -> option.startsWith("-D" + VectorWidth.PROPERTY));
            options.add("-XX:MaxVectorSize=" + bits / 8); // the last one counts
        }
        return Machine.java(options);
    }

    /**
     * The option for a larger heap, where the usual one, a quarter of the memory, has no room for all kernels and nobody has
     * named one.
     *
     * @param teams numbers of threads that all are measured on
     * @param usual bytes of the heap without an option
     * @param memory bytes of the machine
     */
    static Optional<String> heap(List<String> options, int teams, long usual, long memory) {
        long heap = Math.min(HEAP + teams * HEAP_OF_A_TEAM, memory / 4 * 3);
        return usual >= heap || options.stream().anyMatch(option -> option.matches("-Xmx.*|-XX:Max(Heap|RAM).*"))
                ? Optional.empty()
                : Optional.of(String.format(Locale.ROOT, "-Xmx%dm", heap >> 20));
    }
}
