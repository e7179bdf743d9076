package dev.lanewise.cli;

import com.google.gson.JsonObject;
import dev.lanewise.bench.Result;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.report.TextTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code lanewise speedrun}. */
@Command(name = "speedrun", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Times training from a cold start to a target accuracy.", description = {
                "Runs 'lanewise train' with a fixed recipe, each seed in a process of its own: from before the process "
                        + "is started until it has trained, tested, printed, saved and ended. The recipe was chosen on "
                        + "held-out training images; the test images only score it. Exit status 3 if fewer than nine "
                        + "tenths of the runs reach the target.",
                ""},
        footer = {"", "Examples:", "  lanewise speedrun", "  lanewise speedrun --target 99.5 --runs 3"})
final class SpeedrunCommand implements Callable<Integer> {
    /** What to give {@code train}, by the percentage that it reaches; for 99 and more LAB 62. */
    private static final Map<String, List<String>> RECIPES = new LinkedHashMap<>();

    static {
        RECIPES.put("98", List.of("--hidden", "192", "--batch-size", "48", "--epochs", "3", "--optimizer", "sgd",
                "--lr", "1", "--label-smoothing", "0.05"));
        RECIPES.put("99", List.of("--layers",
                "conv 6 5x5, batch-norm, relu, pool 2, conv 16 5x5, batch-norm, relu, pool 2, "
                        + "dense 128, batch-norm, relu",
                "--epochs", "2", "--lr", "0.2", "--label-smoothing", "0.05"));
        RECIPES.put("99.5", List.of("--layers",
                "conv 12 5x5, batch-norm, relu, pool 2, conv 24 3x3, batch-norm, relu, conv 24 3x3, batch-norm, relu, "
                        + "pool 2, dense 128, batch-norm, relu",
                "--augment", "light", "--epochs", "8", "--lr", "0.2", "--label-smoothing", "0.05"));
    }

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Option(names = "--target", defaultValue = "98", paramLabel = "PERCENT",
            description = "Test accuracy to reach: 98, 99 or 99.5 (default: ${DEFAULT-VALUE}).")
    private String target;

    @Option(names = "--runs", defaultValue = "10", paramLabel = "N",
            description = "Processes, one after the other, with seeds from 1 (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(names = "--data", defaultValue = "auto", paramLabel = "DATA",
            description = "What to train on, as for 'lanewise train' (default: ${DEFAULT-VALUE}).")
    private String dataName;

    /**
     * One process.
     *
     * @param accuracy on the test images, 0 to 1
     * @param total seconds from before its start until its end
     * @param training seconds that its epochs took
     */
    private record Run(int seed, double accuracy, double total, double training) {
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<String> words = RECIPES.get(target);
        if (words == null) {
            throw new ParameterException(spec.commandLine(),
                    "--target %s: there is a recipe for each of %s".formatted(target,
                            String.join(", ", RECIPES.keySet())));
        }
        if (runs < 1 || runs > 1000) {
            throw new ParameterException(spec.commandLine(), "--runs must be from 1 to 1000, not " + runs);
        }
        DataRecipe recipe = DataOption.named(dataName);
        DatasetPair data = DataOption.read(recipe); // found or downloaded before anything is timed
        DataOption.take(recipe, data, 0); // which says what it is
        List<String> command = new ArrayList<>(
                List.of("--data", DataOption.reference(recipe, data).get(DataRecipe.DATA)));
        command.addAll(words);
        List<Run> finished = new ArrayList<>();
        try (Interrupt interrupt = Interrupt.ofThisThread(main, spec.name());
                Progress progress = new Progress("speedrun")) {
            for (int seed = 1; seed <= runs; seed++) {
                try (TrainProcess training = new TrainProcess("speedrun")) {
                    int status = run(command, seed, training, finished);
                    if (interrupt.requested()) { // a terminal's Ctrl-C ends both processes
                        throw new InterruptedException();
                    }
                    if (status != 0) {
                        System.err.print(training.messages()); // it has said why
                        return status;
                    }
                }
                progress.update(seed, runs, "%.2f s".formatted(finished.getLast().total));
            }
        }
        return report(finished, words);
    }

    private static int run(List<String> command, int seed, TrainProcess training, List<Run> finished)
            throws IOException, InterruptedException {
        List<String> seeded = new ArrayList<>(command);
        seeded.addAll(List.of("--seed", String.valueOf(seed)));
        long start = System.nanoTime();
        int status = training.start(seeded, Map.of()).waitFor();
        double total = (System.nanoTime() - start) / 1e9;
        if (status == 0) {
            JsonObject result = training.run().readRun().getAsJsonObject("result");
            finished.add(new Run(seed, result.get("test_accuracy").getAsDouble(), total,
                    result.get("train_seconds").getAsDouble()));
        }
        return status;
    }

    private int report(List<Run> finished, List<String> words) {
        List<List<String>> rows = finished.stream().map(run -> List.of(String.valueOf(run.seed),
                "%.2f".formatted(100 * run.accuracy), "%.2f".formatted(run.total), "%.2f".formatted(run.training)))
                .toList();
        System.out.print(new TextTable(List.of("seed", "test %", "in all s", "training s"),
                List.of(true, true, true, true), rows).text());
        double least = Double.parseDouble(target) / 100; // rounded as the accuracy is, a quotient as well
        long reached = finished.stream().filter(run -> run.accuracy >= least).count();
        System.out.printf("%nrecipe     lanewise train %s%n", words.stream()
                .map(word -> word.contains(" ") ? '"' + word + '"' : word).collect(Collectors.joining(" ")));
        System.out.printf("reached    %s %% by %d of %d%n", target, reached, finished.size());
        System.out.printf("in all     %s, from the start of the process to its end%n",
                spread(finished, Run::total));
        System.out.printf("training   %s, the epochs alone%n", spread(finished, Run::training));
        return reached >= 0.9 * finished.size() ? 0 : Main.TARGET_MISSED;
    }

    private static String spread(List<Run> runs, ToDoubleFunction<Run> seconds) {
        double[] sorted = runs.stream().mapToDouble(seconds).sorted().toArray();
        return "%.2f s in the median (%.2f to %.2f)".formatted(Result.quantile(sorted, 0.5), sorted[0],
                sorted[sorted.length - 1]);
    }
}
