package dev.lanewise.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.report.TextTable;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.Json;
import dev.lanewise.sweep.RateSearch;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code lanewise lr-find}. */
@Command(name = "lr-find", mixinStandardHelpOptions = true, sortOptions = false, abbreviateSynopsis = true,
        header = "Suggests a learning rate.", description = {
                "Trains a hundred steps at a rate that grows from step to step, and shows what the loss makes of it: it falls, "
                        + "and rises where the rate is too large. A third of the rate with the smallest loss is a place to "
                        + "begin, unless the loss did not clearly fall, or not rise again; 'lanewise sweep' tells what is best."},
        footer = {"", "Examples:", "  lanewise lr-find --optimizer adam", "  lanewise lr-find --net lenet -o csv"})
final class LrFindCommand implements Callable<Integer> {
    private static final int MOST_ROWS = 25;
    private static final int LONGEST_BAR = 40;

    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Option(names = "--steps", defaultValue = "100", paramLabel = "N",
            description = "Steps to take (default: ${DEFAULT-VALUE}).")
    private int steps;

    @Option(names = "--from", defaultValue = "1e-6", paramLabel = "RATE", converter = RateConverter.class,
            description = "The first rate (default: ${DEFAULT-VALUE}).")
    private double from;

    @Option(names = "--to", defaultValue = "10", paramLabel = "RATE", converter = RateConverter.class,
            description = "The last rate (default: ${DEFAULT-VALUE}).")
    private double to;

    @Option(names = "-o", defaultValue = "text", paramLabel = "FORMAT", converter = EvalCommand.FormatConverter.class,
            description = "How to print: text, json or csv (default: ${DEFAULT-VALUE}).")
    private EvalCommand.Format format;

    /** A rate that a recipe may have. */
    static final class RateConverter implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            return RecipeOptions.value(() -> Recipe.RATE.parse(text));
        }
    }

    @Spec
    void setSpec(CommandSpec spec) {
        this.spec = spec;
        RecipeOptions.addTo(spec, DataRecipe.OPTIONS);
        RecipeOptions.addTo(spec, Recipe.OPTIONS.stream().filter(option -> !List.of(Recipe.RATE, Recipe.SCHEDULE,
                Recipe.SCHEDULE_EPOCHS, Recipe.WARMUP, Recipe.EPOCHS, Recipe.EARLY_STOP, Recipe.KEEP, Recipe.EMA)
                .contains(option)).toList());
    }

    @Override
    public Integer call() throws IOException {
        if (steps < 2 || steps > 1_000_000) {
            throw new ParameterException(spec.commandLine(), "--steps must be from 2 to 1000000, not " + steps);
        }
        if (to <= from) {
            throw new ParameterException(spec.commandLine(),
                    "--from %s --to %s: the rate grows; name a larger --to".formatted(from, to));
        }
        Recipe recipe = RecipeOptions.resolve(RecipeOptions.typed(spec.commandLine().getParseResult(), Recipe.USUAL,
                Recipe.OPTIONS, Recipe::with), spec.commandLine());
        DataRecipe dataRecipe = RecipeOptions.typed(spec.commandLine().getParseResult(), DataRecipe.USUAL,
                DataRecipe.OPTIONS, DataRecipe::with);
        DatasetPair data = DataOption.take(dataRecipe, DataOption.read(dataRecipe), recipe.get(Recipe.SEED));
        RateSearch search;
        try (Interrupt interrupt = Interrupt.asked(main, "lr-find")) {
            search = RecipeOptions.made(recipe, spec.commandLine(),
                    () -> RateSearch.of(recipe, data.train(), from, to, steps, interrupt::requested));
            if (interrupt.requested()) {
                return Main.INTERRUPTED;
            }
        }
        if (search.points().isEmpty()) {
            System.err.printf("lanewise: the loss is no number in the first step; use a smaller --from than %s%n",
                    from);
            return Main.FAILED;
        }
        System.out.print(switch (format) {
            case TEXT -> text(search);
            case JSON -> json(search) + "\n";
            case CSV -> new TextTable(List.of("learning_rate", "loss", "smoothed"), List.of(true, true, true),
                    search.points().stream().map(point -> List.of(String.valueOf(point.rate()),
                            String.valueOf(point.loss()), String.valueOf(point.smoothed()))).toList())
                    .csv();
        });
        if (format != EvalCommand.Format.TEXT && search.suggestion() == null) {
            System.err.println("lanewise: no suggestion: " + doubt(search));
        }
        return 0;
    }

    /** Why there is no suggestion, and what to do. */
    private String doubt(RateSearch search) {
        if (search.hasRisen() && !search.hasBegunBelow()) {
            return "the loss is smallest at one of the first rates; begin with a smaller --from than %s"
                    .formatted(from);
        }
        if (search.hasRisen()) {
            return "the loss rose before it had clearly fallen; take more --steps than %d, or a narrower range of --from and --to"
                    .formatted(steps);
        }
        return "the loss %s; name a larger --to than %s, or more --steps".formatted(
                search.hasFallen() ? "had not risen again at the last rate" : "did not clearly fall", to);
    }

    private String text(RateSearch search) {
        List<RateSearch.Point> points = search.points();
        int rows = Math.min(MOST_ROWS, points.size());
        double most = 1.25 * points.getFirst().smoothed(); // what is more is longer than a bar can be
        List<List<String>> table = IntStream.range(0, rows)
                .mapToObj(i -> points.get(rows == 1 ? 0 : (int) ((long) i * (points.size() - 1) / (rows - 1))))
                .map(point -> List.of("%.3g".formatted(point.rate()), "%.4f".formatted(point.smoothed()),
                        "#".repeat((int) Math.min(LONGEST_BAR, Math.round(LONGEST_BAR * point.smoothed() / most)))))
                .toList();
        return new TextTable(List.of("rate", "loss", ""), List.of(true, true, false), table).text()
                + "%nsmallest loss   %.4f at a rate of %.2g, step %d%nsuggestion      %s%n".formatted(
                        search.smallest().smoothed(), search.smallest().rate(),
                        points.indexOf(search.smallest()) + 1,
                        search.suggestion() == null ? "none: " + doubt(search) : "--lr " + search.suggestion());
    }

    private static JsonObject json(RateSearch search) {
        JsonObject json = new JsonObject();
        json.addProperty("suggestion", search.suggestion());
        json.add("smallest_loss_at", Json.number(search.smallest().rate()));
        JsonArray points = new JsonArray();
        for (RateSearch.Point point : search.points()) {
            JsonObject step = new JsonObject();
            step.add("learning_rate", Json.number(point.rate()));
            step.add("loss", Json.number(point.loss()));
            step.add("smoothed", Json.number(point.smoothed()));
            points.add(step);
        }
        json.add("steps", points);
        return json;
    }
}
