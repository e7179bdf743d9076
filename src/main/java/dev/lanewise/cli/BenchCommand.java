package dev.lanewise.cli;

import com.google.gson.JsonObject;
import dev.lanewise.bench.Bench;
import dev.lanewise.bench.Peaks;
import dev.lanewise.bench.PredictBench;
import dev.lanewise.bench.Result;
import dev.lanewise.bench.ResultFile;
import dev.lanewise.bench.TrainBench;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.export.Formats;
import dev.lanewise.kernel.VectorWidth;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.report.BenchPage;
import dev.lanewise.report.BenchTables;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Model;
import dev.lanewise.run.Recipe;
import dev.lanewise.system.Environment;
import dev.lanewise.system.Machine;
import dev.lanewise.run.files.Obstacle;
import dev.lanewise.run.files.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise bench}. */
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false, subcommands = CompareCommand.class,
        header = "Checks the kernels, then times them beside what the machine can do at its best.", description = {
                "Every kernel is compared with a reference in double precision first; one that is wrong is not timed, "
                        + "and the status is 1. Time and rate are the medians of all rounds, which of train are epochs; "
                        + "spread is what lies between the quartiles; share is the part of the peak (of fused "
                        + "multiply-adds, or of copying as much memory) that a quarter of its rounds reached in the "
                        + "same run on as many threads. Each network of train is trained by 'lanewise train' in a process "
                        + "of its own, whose first three epochs do not count. Rates of train and predict are effective "
                        + "ones: zeros of images, which are left out where that is faster, count as if they were "
                        + "multiplied. p50 and p99 are what "
                        + "50 and 99 of 100 predictions of one image take at most, each timed by itself.",
                ""},
        footer = {"", "Examples:", "  lanewise bench --quick",
                "  lanewise bench gemm --shapes NN128x512x784,TN784x128x32 --threads 1",
                "  lanewise bench train --nets 128:128,800-800:128,lenet:32 --threads 2",
                "  lanewise bench predict runs/NAME --threads 1",
                "  lanewise bench all --bits 128,256,512 --save cpu.json --html cpu.html",
                "  lanewise bench compare before.json after.json --fail-slower 5%%"})
final class BenchCommand implements Callable<Integer> {
    /** How results are printed. */
    enum Format {
        TABLE, JSON, CSV, MD;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Parameters(index = "0", arity = "0..1", defaultValue = "all", paramLabel = "TOPIC",
            description = "Kernels: gemm, conv (with pooling and batch normalisation), elementwise, softmax, update, train, "
                    + "predict or all (default: ${DEFAULT-VALUE}).")
    private String topic;

    @Parameters(index = "1", arity = "0..1", paramLabel = "RUN",
            description = "Of predict: a run, or a file with a model (default: 784-128-10 and small, not trained).")
    private @Nullable Path run;

    @Option(names = "--threads", defaultValue = "1,all", paramLabel = "N[,N...]",
            description = "Numbers of threads; all is one a core (default: ${DEFAULT-VALUE}).")
    private String threads;

    @Option(names = "--bits", paramLabel = "N[,N...]",
            description = "Vector widths: 128, 256, 512 (default: the JVM's).")
    private @Nullable String bits;

    @Option(names = "--shapes", paramLabel = "SHAPE[,...]",
            description = "Products of gemm, m x n x k; TN784x128x32 transposes the first operand (default: those of training).")
    private @Nullable String shapes;

    @Option(names = "--nets", paramLabel = "NET:BATCH[,...]",
            description = "Networks of train with their batch sizes: hidden layers such as 128:64 and 800-800:128, or a name of "
                    + "'lanewise train --net': lenet:32 (default: fifteen, by far the longest part).")
    private @Nullable String nets;

    @Option(names = "--quick", description = "Times fewer kernels and networks, shorter: some two minutes for all.")
    private boolean quick;

    @Option(names = "--jvms", paramLabel = "N",
            description = "JVMs a width, and of train a network, one after the other (default: 3; 1 with --quick).")
    private @Nullable Integer jvms;

    @Option(names = "--data", defaultValue = "auto", paramLabel = "DATA",
            description = "What train trains on, as for 'lanewise train', and whose images a RUN predicts "
                    + "(default: ${DEFAULT-VALUE}; of a RUN, what it was trained on).")
    private String dataName;

    @Option(names = "-o", defaultValue = "table", paramLabel = "FORMAT", converter = FormatConverter.class,
            description = "How to print: table, json, csv or md (default: ${DEFAULT-VALUE}).")
    private Format format;

    @Option(names = "--save", paramLabel = "FILE", description = "Writes all figures as JSON, for compare.")
    private @Nullable Path save;

    @Option(names = "--html", paramLabel = "FILE", description = "Writes a page with charts that needs no network.")
    private @Nullable Path html;

    /** Measures in this JVM; what this command starts for each width. */
    @Option(names = "--measure-here", hidden = true)
    private @Nullable Path samples;

    static final class FormatConverter implements ITypeConverter<Format> {
        @Override
        public Format convert(String value) {
            return Arrays.stream(Format.values()).filter(format -> format.toString().equalsIgnoreCase(value))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'%s' is not one of %s".formatted(value,
                            Arrays.toString(Format.values()).toLowerCase(Locale.ROOT).replaceAll("[\\[\\]]", ""))));
        }
    }

    @Override
    public Integer call() throws IOException {
        Bench bench = bench();
        if (samples != null) {
            main.answersForItself(); // the process that waits for this one says it
            measure(bench, samples);
            return 0;
        }
        requireWritable("--save", save);
        requireWritable("--html", html);
        if (run != null) { // whose faults are told before a JVM is started
            Formats.read(EvalCommand.model(run));
        }
        InfoCommand.warnOfScalars();
        TrainBench trainings = null;
        DataRecipe data = DataRecipe.USUAL;
        if (bench.topics().contains("train")) {
            data = DataOption.named(dataName);
            DatasetPair whole = DataOption.read(data);
            trainings = trainings(bench, DataOption.take(data, whole, Recipe.USUAL.get(Recipe.SEED)));
            data = DataOption.reference(data, whole);
        }
        String command = "lanewise " + String.join(" ", spec.commandLine().getParent().getParseResult().originalArgs());
        ResultFile results;
        try (Interrupt interrupt = Interrupt.asked(main, spec.name());
                Progress progress = new Progress("bench train")) {
            results = bench.run(command, Environment.machine(), trainings,
                    new Children(data.words(), trainings == null
                            ? 0
                            : trainings.count() * bench.threads().size() * bench.bits().size() * bench.jvms(),
                            interrupt,
                            progress));
        } catch (ChildFailure e) {
            System.err.print(e.getMessage()); // below the last progress, which is closed now
            return e.status;
        }
        System.out.print(switch (format) {
            case TABLE -> BenchTables.of(results).text();
            case JSON -> results.json();
            case CSV -> BenchTables.figures(results).csv();
            case MD -> BenchTables.of(results).markdown();
        });
        write("--save", save, results::json); // behind what is printed, which a full disk does not take away
        write("--html", html, () -> BenchPage.of(results));
        busy(results, Machine.physicalCores()).forEach(System.err::println);
        results.notes().forEach(note -> System.err.println("Note: " + note));
        for (ResultFile.Refusal refusal : results.refused()) {
            System.err.printf("lanewise: %s on %d threads at %d bits is wrong and was not timed: %s%n",
                    refusal.kernel(), refusal.threads(), refusal.bits(), refusal.reason());
        }
        return results.refused().isEmpty() ? 0 : Main.FAILED;
    }

    private TrainBench trainings(Bench bench, DatasetPair data) throws InputException {
        try {
            TrainBench trainings = new TrainBench(data, bench.trainings());
            if (!trainings.leftOut().isEmpty()) {
                System.err.printf("Note: train leaves out %s, for which images of %s are too small%n",
                        String.join(", ", trainings.leftOut()), data.train().shape());
            }
            return trainings;
        } catch (ArithmeticException e) { // an array cannot be as large
            throw new InputException("--nets %s: %s; use narrower layers".formatted(nets, e.getMessage()), e);
        }
    }

    private void measure(Bench bench, Path samples) throws IOException {
        try {
            try (Progress progress = new Progress("%d bits".formatted(VectorWidth.bits()))) {
                bench.measure(run == null ? null : predicting(run), samples,
                        (done, total) -> progress.update(done, total));
            }
        } catch (OutOfMemoryError e) {
            if (Main.isOfThreads(e)) {
                throw e;
            }
            throw new InputException(Main.tooLarge("measure less at a time: one topic, --threads 1, --quick"), e);
        }
    }

    /** A loud line for each width at which something held many threads up. */
    static List<String> busy(ResultFile results, int cores) {
        return results.results().stream().map(Result::bits).distinct()
                .flatMap(bits -> Peaks.of(results, 1, bits).stream().flatMap(one -> results.results().stream()
                        .map(Result::threads).distinct()
                        .flatMap(threads -> Peaks.of(results, threads, bits).stream())
                        .flatMap(all -> InfoCommand.busy(one, all, cores).stream()).limit(1)))
                .toList();
    }

    private PredictBench.Subject predicting(Path run) throws IOException {
        Path file = EvalCommand.model(run);
        Model model = Formats.read(file);
        DatasetPair data = DataOption.loadTest(run, model,
                dataName.equals("auto") ? null : DataOption.named(dataName, model));
        EvalCommand.requireFit(file, model, data);
        return new PredictBench.Subject(null, model, DataOption.testImages(data));
    }

    private Bench bench() {
        List<String> topics = topic.equals("all") ? Bench.TOPICS : List.of(topic);
        if (!Bench.TOPICS.containsAll(topics)) {
            throw wrong("'%s' is nothing to bench; choose one of %s, all, or compare"
                    .formatted(topic, String.join(", ", Bench.TOPICS)));
        }
        if (run != null && !topic.equals("predict")) {
            throw wrong("RUN is for predict, not for " + topic);
        }
        if (shapes != null && !topics.contains("gemm")) {
            throw wrong("--shapes is for gemm, not for " + topic);
        }
        if (nets != null && !topics.contains("train")) {
            throw wrong("--nets is for train, not for " + topic);
        }
        int processors = Runtime.getRuntime().availableProcessors();
        List<Integer> counts = numbers("--threads", threads.replace("all", String.valueOf(processors)));
        if (counts.stream().anyMatch(count -> count < 1 || count > 1024)) {
            throw wrong("--threads %s: from 1 to 1024, or all".formatted(threads));
        }
        List<Integer> widths = bits == null ? List.of(VectorWidth.bits()) : numbers("--bits", bits);
        if (!List.of(128, 256, 512).containsAll(widths)) {
            throw wrong("--bits %s: a width is 128, 256 or 512".formatted(bits));
        }
        if (widths.stream().anyMatch(width -> width > VectorWidth.bits())) {
            throw wrong("--bits %s: this JVM has vectors of %d bits at most here".formatted(bits, VectorWidth.bits()));
        }
        if (jvms != null && (jvms < 1 || jvms > 100)) {
            throw wrong("--jvms must be from 1 to 100, not " + jvms);
        }
        List<TrainBench.Configuration> trained;
        try {
            trained = nets == null ? null : TrainBench.Configuration.all(nets);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--nets: " + e.getMessage(), e);
        }
        try {
            return new Bench(topics, shapes, trained, counts, widths, quick, jvms != null ? jvms : quick ? 1 : 3);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--shapes: " + e.getMessage(), e);
        }
    }

    private List<Integer> numbers(String option, String text) {
        try {
            return Arrays.stream(text.split(",", -1)).map(Digits::parseInt).distinct().toList();
        } catch (NumberFormatException e) {
            throw new ParameterException(spec.commandLine(),
                    "%s %s: write whole numbers with commas between them".formatted(option, text), e);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static void requireWritable(String option, @Nullable Path file) throws InputException {
        if (file == null) {
            return;
        }
        if (Files.isDirectory(file)) {
            throw new InputException("%s %s: this is a directory; name a file".formatted(option, file));
        }
        Path parent = file.toAbsolutePath().resolveSibling("");
        if (!Files.isDirectory(parent) || !Files.isWritable(parent)) {
            throw new InputException("%s %s: %s is no directory that can be written to; name another"
                    .formatted(option, file, parent));
        }
    }

    private static void write(String option, @Nullable Path file, Supplier<String> text) throws IOException {
        if (file == null) {
            return;
        }
        try {
            WholeFile.replace(file, partial -> Files.writeString(partial, text.get()));
        } catch (IOException e) { // it could be written to when the measuring began
            throw new IOException("%s %s cannot be written (%s); %s and measure again".formatted(option, file,
                    InputException.reason(e), Obstacle.of(file.toAbsolutePath().resolveSibling(""), e).remedy()), e);
        }
    }

    /** The processes that measure. */
    private final class Children implements Bench.Child {
        private final List<String> data; // what train takes
        private final int trainings;
        private final Interrupt interrupt;
        private final Progress progress;
        private int trained;

        Children(List<String> data, int trainings, Interrupt interrupt, Progress progress) {
            this.data = data;
            this.trainings = trainings;
            this.interrupt = interrupt;
            this.progress = progress;
        }

        @Override
        public void measure(List<String> java, Path samples, int bits, int jvm) throws IOException {
            List<String> command = new ArrayList<>(java);
            command.addAll(List.of(Main.class.getName(), "bench", topic));
            if (run != null) {
                command.add(run.toString());
            }
            command.addAll(List.of("--threads", threads, "--data", dataName, "--measure-here", samples.toString()));
            if (quick) {
                command.add("--quick");
            }
            if (shapes != null) {
                command.addAll(List.of("--shapes", shapes));
            }
            System.err.printf("bench %s: vectors of %d bits, JVM %d%n", topic, bits, jvm);
            int status = end(new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start());
            if (status != 0) {
                throw new ChildFailure(status, ""); // it has said why
            }
        }

        @Override
        public TrainBench.Trained train(String name, Recipe recipe, int threads, int bits) throws IOException {
            progress.update(trained++, trainings, name, "%d threads".formatted(threads));
            List<String> words = new ArrayList<>(data);
            words.addAll(recipe.words());
            words.addAll(List.of("--threads", String.valueOf(threads)));
            try (TrainProcess training = new TrainProcess("bench")) {
                int status = end(training.start(words, narrower(bits)));
                if (status == Main.FAILED && training.messages().contains(TrainCommand.DIVERGED)) {
                    return TrainBench.Trained.DIVERGED;
                }
                if (status != 0) {
                    throw new ChildFailure(status, interrupt.requested() ? "" : training.messages());
                }
                List<JsonObject> epochs = training.run().readMetrics(false).epochs();
                return new TrainBench.Trained(
                        epochs.stream().map(epoch -> epoch.get("seconds").getAsDouble()).toList(),
                        epochs.getLast().get("test_accuracy").getAsDouble());
            }
        }

        /** What gives a JVM narrower vectors, whatever its launcher says. */
        private static Map<String, String> narrower(int bits) {
            String variable = "_JAVA_OPTIONS";
            return bits == VectorWidth.bits()
                    ? Map.of()
                    : Map.of(variable, "%s -XX:MaxVectorSize=%d -D%s=%d".formatted(
                            Objects.requireNonNullElse(System.getenv(variable), ""), bits / 8, VectorWidth.PROPERTY,
                            bits));
        }

        /** Waits for a process to end, which it does at once when this one is asked to; Ctrl-C alone reaches both. */
        private int end(Process process) throws IOException {
            try {
                while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
                    if (interrupt.requested()) {
                        process.destroy();
                    }
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new ChildFailure(Main.INTERRUPTED, "");
            } finally {
                process.destroy();
            }
            int status = process.exitValue();
            if (status > 128 && !interrupt.requested() && status != Main.INTERRUPTED) {
                throw new ChildFailure(Main.FAILED,
                        "lanewise: the JVM that measures was ended by signal %d%s; measure again%n".formatted(
                                status - 128,
                                status - 128 == 9 ? ", as systems do that run out of memory" : ""));
            }
            return status;
        }
    }

    /** A process that measured ended with this status; the message, in whole lines, is what it has not said itself. */
    private static final class ChildFailure extends IOException {
        private static final long serialVersionUID = 1L;
        private final int status;

        ChildFailure(int status, String message) {
            super(message);
            this.status = status;
        }
    }
}
