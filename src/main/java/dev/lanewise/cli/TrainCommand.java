package dev.lanewise.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.NamedSet;
import dev.lanewise.export.Formats;
import dev.lanewise.export.Weights;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.model.BatchNorm;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.report.EvaluationTables;
import dev.lanewise.report.LiveReport;
import dev.lanewise.report.ReportPage;
import dev.lanewise.report.RunReport;
import dev.lanewise.report.TensorBoard;
import dev.lanewise.report.TextTable;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Model;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.Destination;
import dev.lanewise.run.files.Obstacle;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.run.Training;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Profile.Phase;
import dev.lanewise.train.Way;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise train}: parses options and prints what the {@link Training} tells. */
@Command(name = "train", mixinStandardHelpOptions = true, sortOptions = false, abbreviateSynopsis = true,
        header = "Trains a network and saves it.", description = {
                "Prints a line an epoch and a summary on stdout; writes run.json, metrics.jsonl, model.safetensors, "
                        + "checkpoint.safetensors and report.html, a page to look at, to the run's directory. Ctrl-C keeps the last finished epoch."},
        footer = {"",
                "Examples, and the test accuracy on MNIST that each should give, within 0.1 %%:",
                "  lanewise train                                           98.27 %%",
                "  lanewise train --hidden 800 --epochs 20 --dropout 0.3    98.62 %%",
                "  lanewise train --hidden 800,800 --epochs 30 --dropout 0.4 --optimizer \\",
                "    adamw --weight-decay 0.05                              98.76 %%",
                "  lanewise train --resume runs/NAME --epochs 30 --schedule cosine", "",
                "Options also stand in files, @options.txt, with blanks or line ends between them."})
final class TrainCommand implements Callable<Integer> {
    /** What --resume lets change. */
    private static final Set<String> RESUMABLE = Set.of("--resume", "--data", "--train-images",
            "--train-labels", "--test-images", "--test-labels", "--epochs", "--schedule", "--early-stop",
            "--threads", "--dense", "--profile", "--target-accuracy", "--no-report",
            "-q", "--quiet", "--no-progress", "--tensorboard", "-o", "--serve", "--no-browser");

    /** Is in the sentence about a run that diverged, which ends with status {@link Main#FAILED}. */
    static final String DIVERGED = "the loss or a weight is no longer a number";

    private CommandSpec spec;
    private DataRecipe dataRecipe = DataRecipe.USUAL;
    private @Nullable Weights initial; // null: the seed decides
    private @Nullable String initialFile; // null: none, in this process or the first one

    @ParentCommand
    private Main main;

    @Option(names = "--threads", defaultValue = "auto", paramLabel = "N",
            converter = ThreadsConverter.class,
            description = "Number of threads, or auto: as many as the work of a step keeps busy, at most one a core "
                    + "and 16 (default: ${DEFAULT-VALUE}). The result does not depend on it.")
    private Threads threads;

    @Option(names = "--dense",
            description = "Computes with zero pixels too, which are else left out: slower, the same bits.")
    private boolean dense;

    @Option(names = "--profile",
            description = "Measures and prints which share of its time in the quickest epoch each phase takes, waiting at barriers "
                    + "being that of threads without work too, and, once several ways to divide a step between threads have been "
                    + "tried, how long a step takes in each at best, beside what it should take by what threads exchange.")
    private boolean profile;

    @Option(names = "--target-accuracy", paramLabel = "PERCENT",
            description = "Ends with status 3 if the final test accuracy, without test images that of --validation, is "
                    + "below this (default: none).")
    private @Nullable Double targetAccuracy;

    @Option(names = "--out", paramLabel = "DIR",
            description = "Directory to write the run to (default: runs/ and the time).")
    private @Nullable Path out;

    @Option(names = "--init", paramLabel = "FILE",
            description = "Begins with the weights of a run or a file, .safetensors, .onnx or .npz, and with its layers "
                    + "where none are named here (default: weights as --seed decides).")
    private @Nullable Path init;

    @Option(names = "--like", paramLabel = "RUN",
            description = "Begins anew with the recipe and the data of a run; what is named beside it takes the place of "
                    + "the run's (default: the usual recipe).")
    private @Nullable Path like;

    @Option(names = "--resume", paramLabel = "RUN",
            description = "Goes on with a run; --data (the same in another place), --epochs, --schedule (anew, for all "
                    + "epochs), --early-stop, --threads, --dense, --profile and --target-accuracy may change.")
    private @Nullable Path resume;

    @Option(names = {"-q", "--quiet"},
            description = "Prints the summary alone: neither a line an epoch nor how far it is.")
    private boolean quiet;

    @Option(names = "--tensorboard", paramLabel = "DIR",
            description = "Writes events for TensorBoard into this directory: figures and weights of every epoch, the "
                    + "confusion matrix (default: none).")
    private @Nullable Path tensorBoard;

    @Option(names = "-o", defaultValue = "text", paramLabel = "FORMAT", converter = OutputConverter.class,
            description = "How to print: text, or json, an object an epoch as in metrics.jsonl and one of the result, a line "
                    + "each (default: ${DEFAULT-VALUE}).")
    private Output output;

    @Option(names = "--no-progress", description = "Does not tell how far an epoch is.")
    private boolean noProgress;

    @Option(names = "--no-report", description = "Writes no report.html.")
    private boolean noReport;

    @Option(names = "--serve", arity = "0..1", fallbackValue = "0", paramLabel = "PORT",
            converter = ServeConverter.class,
            description = "Shows the page about the run in a browser while it trains, at this port or any that is free; for "
                    + "this machine alone (default: no page before the end).")
    private @Nullable Integer serve;

    @Option(names = "--no-browser", description = "With --serve: prints the address alone.")
    private boolean noBrowser;

    @Spec
    void setSpec(CommandSpec spec) {
        this.spec = spec;
        RecipeOptions.addTo(spec, DataRecipe.OPTIONS);
        RecipeOptions.addTo(spec, Recipe.OPTIONS);
    }

    /** A number of threads; null for auto. */
    record Threads(@Nullable Integer number) {
    }

    /** What is printed. */
    enum Output {
        TEXT, JSON
    }

    static final class OutputConverter implements ITypeConverter<Output> {
        @Override
        public Output convert(String value) {
            return switch (value) {
                case "text" -> Output.TEXT;
                case "json" -> Output.JSON;
                default -> throw new TypeConversionException("'%s' is not text or json".formatted(value));
            };
        }
    }

    static final class ThreadsConverter implements ITypeConverter<Threads> {
        private static final int MAX = 1024;

        @Override
        public Threads convert(String value) {
            if (value.equals("auto")) {
                return new Threads(null);
            }
            try {
                int threads = Digits.parseInt(value);
                if (threads >= 1 && threads <= MAX) {
                    return new Threads(threads);
                }
            } catch (NumberFormatException _) {
                // the same message
            }
            throw new TypeConversionException("'%s' is not auto or a number from 1 to %d".formatted(value, MAX));
        }
    }

    /** A port; 0, where none is named, is any that is free. */
    static final class ServeConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            return value.equals("0") ? Integer.valueOf(0) : new BrowserWindow.PortConverter().convert(value);
        }
    }

    @Override
    public Integer call() throws IOException {
        main.standStillIfEnding();
        ParseResult parsed = spec.commandLine().getParseResult();
        if (targetAccuracy != null && !isPercentage(targetAccuracy)) {
            throw new ParameterException(spec.commandLine(),
                    "--target-accuracy must be a percentage above 0 and up to 100, not " + targetAccuracy);
        }
        if (noBrowser && serve == null) {
            throw new ParameterException(spec.commandLine(),
                    "--no-browser is for --serve, which opens one; leave it out");
        }
        Recipe base = Recipe.USUAL;
        if (like != null && resume == null) {
            String config = config(like).toString();
            base = likeRun(like, config, parsed);
            dataRecipe = likeData(like, config, parsed);
        }
        dataRecipe = RecipeOptions.typed(parsed, dataRecipe, DataRecipe.OPTIONS, DataRecipe::with);
        if (init != null && resume == null) {
            initial = Formats.weights(RunDirectory.checkedModel(init));
            initialFile = init.toString();
        }
        Recipe recipe = resume == null
                ? RecipeOptions.resolve(
                        RecipeOptions.typed(parsed, initialLayers(parsed, base), Recipe.OPTIONS, Recipe::with),
                        spec.commandLine())
                : resumed(resume, parsed);
        if (out != null) {
            RunDirectory.requireFree(out);
        }
        if (tensorBoard != null) {
            Destination.require("--tensorboard", tensorBoard);
        }
        // Before the data are read: a port that cannot be had costs nobody a wait.
        try (LiveReport live = serve == null ? null : new LiveReport(serve, "--serve")) {
            return call(parsed, recipe, live);
        }
    }

    private int call(ParseResult parsed, Recipe recipe, @Nullable LiveReport live) throws IOException {
        main.standStillIfEnding();
        InfoCommand.warnOfScalars();
        DatasetPair data = data(parsed, recipe.get(Recipe.SEED));
        main.endRehearsal();
        main.standStillIfEnding();
        DataOption.tellClasses(data);
        if (targetAccuracy != null && data.test() == null && recipe.get(Recipe.VALIDATION) == 0) {
            throw new InputException("--target-accuracy %s needs images to judge by; hold some out with --validation, "
                    .formatted(targetAccuracy) + "or leave --test none out");
        }
        // The process ends when the interrupt is closed: last.
        try (Interrupt interrupt = Interrupt.asked(main); Training training = training(recipe, data)) {
            try (live) {
                return train(recipe, data, training, interrupt, live);
            }
        }
    }

    /** The recipe of --like, without what typed options stand in place of. */
    private static Recipe likeRun(Path like, String config, ParseResult parsed) throws IOException {
        Recipe recipe = Recipe.fromJson(config, like).unresolved();
        boolean named = isTyped(parsed, Recipe.LAYERS, Recipe.NET);
        if (named || isTyped(parsed, Recipe.HIDDEN, Recipe.ACTIVATION, Recipe.DROPOUT)) {
            recipe = recipe.without(Recipe.LAYERS, Recipe.NET);
        }
        if (named) {
            recipe = recipe.without(Recipe.HIDDEN, Recipe.ACTIVATION, Recipe.DROPOUT);
        }
        if (isTyped(parsed, Recipe.OPTIMIZER)) {
            recipe = recipe.without(Recipe.MOMENTUM, Recipe.RATE);
        }
        if (isTyped(parsed, Recipe.SCHEDULE)) {
            recipe = recipe.without(Recipe.WARMUP);
        }
        return isTyped(parsed, Recipe.SCHEDULE, Recipe.EPOCHS) ? recipe.without(Recipe.SCHEDULE_EPOCHS) : recipe;
    }

    /** The data of --like; the usual ones where others are typed. */
    private static DataRecipe likeData(Path like, String config, ParseResult parsed) throws IOException {
        return isTyped(parsed, DataRecipe.DATA)
                || isTyped(parsed, DataRecipe.FILES.toArray(dev.lanewise.run.Option<?>[]::new))
                        ? DataRecipe.USUAL
                        : DataRecipe.fromJson(config, like);
    }

    private static boolean isTyped(ParseResult parsed, dev.lanewise.run.Option<?>... options) {
        return Stream.of(options).anyMatch(option -> parsed.hasMatchedOption(RecipeOptions.name(option)));
    }

    private static JsonObject config(Path run) throws IOException {
        if (!(new RunDirectory(run).readRun().get("config") instanceof JsonObject config)) {
            throw RunDirectory.damaged(run, "config", null);
        }
        return config;
    }

    /** The recipe with the layers of --init, unless others are typed. */
    private Recipe initialLayers(ParseResult parsed, Recipe recipe) throws IOException {
        if (initial == null || like != null || !typedLayers(parsed).isEmpty()) {
            return recipe;
        }
        List<dev.lanewise.model.Spec> layers = initial.model().network().specs();
        if (!layers.getLast().kind().equals("dense")) {
            throw new InputException(
                    "--init %s: its last layer is '%s', and that of a training is dense; use another file"
                            .formatted(init, layers.getLast()));
        }
        return layers.size() == 1
                ? Recipe.USUAL.with(Recipe.HIDDEN, List.of())
                : Recipe.USUAL.with(Recipe.LAYERS, dev.lanewise.model.Spec.join(layers.subList(0, layers.size() - 1)));
    }

    /** The options of those that name layers that were typed. */
    private static List<String> typedLayers(ParseResult parsed) {
        return Stream.of(Recipe.HIDDEN, Recipe.ACTIVATION, Recipe.DROPOUT, Recipe.LAYERS, Recipe.NET)
                .map(RecipeOptions::name).filter(parsed::hasMatchedOption).toList();
    }

    /** A network that has the weights of --init; null: the seed decides. */
    private @Nullable Network initialNetwork(Recipe recipe, DatasetPair data) throws IOException {
        if (initial == null) {
            return null;
        }
        Network network;
        try {
            network = recipe.network(data.train().shape(), data.train().classes().size());
        } catch (IllegalArgumentException | ArithmeticException _) {
            return null; // the training will say what is wrong with it
        }
        List<String> typed = typedLayers(spec.commandLine().getParseResult());
        try {
            initial.copyTo(network);
        } catch (InputException e) {
            if (typed.isEmpty()) {
                throw e;
            }
            throw new InputException(
                    "--init %s has the weights of another network than %s (%s); leave %s out to train the "
                            .formatted(init, String.join(" ", typed), e.getMessage().replaceFirst(";[^;]*$", ""),
                                    String.join(" and ", typed))
                            + "network of --init, or --init to begin anew",
                    e);
        }
        return network;
    }

    private static boolean isPercentage(double number) {
        return number > 0 && number <= 100;
    }

    private DatasetPair data(ParseResult parsed, long seed) throws IOException {
        if (resume != null && !parsed.hasMatchedOption("--data") && !DataOption.hasFiles(dataRecipe)
                && !isThere(dataRecipe.get(DataRecipe.DATA))) {
            throw new InputException("%s: the data of this run are no longer in %s; say where they lie with --data"
                    .formatted(resume, dataRecipe.get(DataRecipe.DATA)));
        }
        DatasetPair whole = DataOption.read(dataRecipe);
        if (resume != null && !new RunDirectory(resume).isOn(whole)) {
            throw new InputException(("%s: --data %s is not what this run began on (digests in run.json); "
                    + "name the same data with --data, or start a new run")
                    .formatted(resume, dataRecipe.get(DataRecipe.DATA)));
        }
        main.standStillIfEnding();
        // From here on the same data by name: what auto has found now must not become something else on --resume.
        dataRecipe = DataOption.reference(dataRecipe, whole);
        return DataOption.take(dataRecipe, whole, seed);
    }

    private static boolean isThere(String name) {
        try {
            return NamedSet.of(name).isPresent() || Files.exists(Path.of(name));
        } catch (InvalidPathException _) { // of another system
            return false;
        }
    }

    /** The recipe of the run to resume, but for what may change and was typed. */
    private Recipe resumed(Path resume, ParseResult parsed) throws IOException {
        for (OptionSpec option : parsed.matchedOptions()) {
            if (!RESUMABLE.contains(option.longestName())) {
                throw new ParameterException(spec.commandLine(),
                        "--resume takes %s from the run; leave it out".formatted(option.longestName()));
            }
        }
        JsonObject config = config(resume);
        if (parsed.hasMatchedOption("--data") || DataOption.hasFiles(dataRecipe)) { // it may be damaged
            config.addProperty(DataRecipe.DATA.name(), dataRecipe.get(DataRecipe.DATA));
            DataRecipe.FILES.forEach(option -> config.addProperty(option.name(), dataRecipe.get(option)));
        }
        dataRecipe = DataRecipe.fromJson(config.toString(), resume);
        initialFile = config.get("init") instanceof JsonPrimitive name ? name.getAsString() : null;
        JsonElement target = config.get("target_accuracy");
        if (target != null && !target.isJsonNull() && !(target instanceof JsonPrimitive number && number.isNumber()
                && isPercentage(number.getAsDouble()))) {
            throw RunDirectory.damaged(resume, "target_accuracy", null);
        }
        if (targetAccuracy == null && target instanceof JsonPrimitive number) {
            targetAccuracy = number.getAsDouble();
        }
        Recipe before;
        try {
            before = Recipe.fromJson(config.toString(), resume).resolve();
        } catch (IllegalArgumentException e) {
            throw RunDirectory.damaged(resume, e.getMessage(), e);
        }
        if (parsed.hasMatchedOption("--early-stop") && before.get(Recipe.VALIDATION) == 0) {
            throw new ParameterException(spec.commandLine(),
                    "--early-stop needs held-out images to judge by, which this run does not have; leave it out");
        }
        if (new RunDirectory(resume).wasCutOff()) {
            System.err.printf("%s ended without finishing; it goes on from its last checkpoint%n", resume);
        }
        Recipe recipe = RecipeOptions.typed(parsed, before, List.of(Recipe.EPOCHS, Recipe.SCHEDULE, Recipe.EARLY_STOP),
                Recipe::with);
        recipe = parsed.hasMatchedOption("--schedule")
                ? recipe.with(Recipe.WARMUP, null).with(Recipe.SCHEDULE_EPOCHS, null)
                : before.with(Recipe.EARLY_STOP, recipe.get(Recipe.EARLY_STOP)).lasting(recipe.get(Recipe.EPOCHS));
        return RecipeOptions.resolve(recipe, spec.commandLine());
    }

    private Training training(Recipe recipe, DatasetPair data) throws IOException {
        Network network = initialNetwork(recipe, data);
        try {
            return new Training(recipe, data, new Training.Execution(threads.number(),
                    dense ? Mode.Zeros.MULTIPLIED : Mode.Zeros.LEFT_OUT_IF_FASTER, profile, null), network);
        } catch (ArithmeticException e) { // an array cannot be as large
            if (resume != null) {
                throw new InputException("%s: the network in run.json cannot be (%s); start a new run".formatted(resume,
                        e.getMessage()), e);
            }
            String words = recipe.get(Recipe.LAYERS);
            throw new InputException("a network of %s cannot be: %s; use narrower layers with %s".formatted(
                    words != null ? words : shape(recipe, data), e.getMessage(),
                    words != null ? "--layers" : "--hidden"), e);
        } catch (IllegalArgumentException | InputException e) {
            if (resume != null) {
                throw RunDirectory.damaged(resume, e.getMessage(), e);
            } else if (e instanceof IllegalArgumentException wrong) {
                throw RecipeOptions.wrongLayers(wrong, recipe, spec.commandLine());
            }
            throw new InputException("--" + e.getMessage(), e); // it begins with the name of an option
        }
    }

    private static String shape(Recipe recipe, DatasetPair data) {
        return Stream.concat(Stream.concat(Stream.of(data.train().shape().size()),
                recipe.get(Recipe.HIDDEN).stream()), Stream.of(data.train().classes().size()))
                .map(String::valueOf).collect(Collectors.joining("-"));
    }

    private int train(Recipe recipe, DatasetPair data, Training training, Interrupt interrupt,
            @Nullable LiveReport live)
            throws IOException {
        Map<String, @Nullable Object> about = new HashMap<>(dataRecipe.toMap()); // which takes null, for no target
        about.put("target_accuracy", targetAccuracy);
        about.put("init", initialFile);
        RunDirectory directory = resume != null
                ? new RunDirectory(resume)
                : out != null
                        ? RunDirectory.create(out)
                        : RunDirectory.createNamed(Path.of("runs"), LocalDateTime.now()
                                .format(DateTimeFormatter.ofPattern("uuuu-MM-dd_HH-mm-ss")));
        boolean begun = false;
        try {
            if (resume != null) {
                training.resume(directory.path(), about);
                if (training.position().epoch() > 0 && !directory.hasMetrics()) {
                    System.err.printf("%s has no metrics.jsonl: what it told of epochs 1 to %d is lost%n", resume,
                            training.position().epoch());
                }
                tellSchedule(recipe, training);
            } else {
                training.writeTo(directory.path(), about);
            }
            begun = true;
            if (!training.isIdle()) {
                tellNetwork(recipe, training);
            }
            int epochs = recipe.get(Recipe.EPOCHS);
            Training.End end;
            EpochLines lines = new EpochLines(training, epochs, interrupt, !quiet && !noProgress, metrics -> {
                if (!quiet) {
                    System.out.println(output == Output.JSON ? lastLine(directory) : EpochLines.line(metrics, epochs));
                }
            });
            try (lines; TensorBoard events = tensorBoard == null ? null : events(tensorBoard)) {
                lines.writeTo(events);
                serve(live, lines, directory, training);
                end = training.run(lines);
                Training.Result result = training.result();
                lines.end(result == null ? null : result.judgement());
            }
            int status = switch (end) {
                case CANCELLED -> {
                    System.err.printf("Interrupted after epoch %d of %d; go on with: lanewise train --resume %s%n",
                            training.position().epoch(), epochs, directory.path());
                    yield Main.INTERRUPTED;
                }
                case DIVERGED -> {
                    dev.lanewise.run.Option<@Nullable Double> option = Objects.requireNonNullElse(recipe.boldest(),
                            Recipe.RATE);
                    System.err.printf("lanewise: %s in epoch %d; %suse a smaller %s than %s%n", DIVERGED,
                            training.position().epoch() + 1,
                            resume == null ? "" : "start a new run and ", RecipeOptions.name(option),
                            recipe.get(option));
                    yield Main.FAILED;
                }
                case STOPPED_EARLY, FINISHED -> finished(end, recipe, data, training, directory, lines);
            };
            if (live != null && end == Training.End.CANCELLED) {
                live.hurry();
            }
            if ((!noReport || live != null) && !training.isIdle()) {
                report(recipe, data, directory, live);
            }
            if (output == Output.JSON) {
                JsonObject last = new JsonObject();
                last.addProperty("run", directory.path().toString());
                JsonObject run = directory.readRun();
                last.add("status", run.get("status"));
                last.add("result", run.get("result"));
                System.out.println(last);
            }
            return status;
        } catch (InputException e) {
            throw e;
        } catch (IOException e) { // the data is read: this is the run's directory
            throw notWritten(directory, e, begun);
        }
    }

    private int finished(Training.End end, Recipe recipe, DatasetPair data, Training training,
            RunDirectory directory, EpochLines lines) {
        Training.Result result = Objects.requireNonNull(training.result(), "it ended as it should");
        if (training.isIdle()) { // what there is to say of the run was said when it ended
            dev.lanewise.run.Option<?> reached = end == Training.End.FINISHED ? Recipe.EPOCHS : Recipe.EARLY_STOP;
            System.err.printf("Nothing is left to do in %s; go on with %s than %s%n", directory.path(),
                    end == Training.End.FINISHED ? "more --epochs" : "a larger --early-stop",
                    recipe.get(reached));
            return judge(result);
        }
        if (end == Training.End.STOPPED_EARLY && output == Output.TEXT) {
            System.out.printf("stopped early: no smaller validation loss for %d epochs%n",
                    training.position().epochsWithoutGain());
        }
        return summary(recipe, data, training, result, directory, lines);
    }

    private static String lastLine(RunDirectory directory) {
        try {
            return directory.lastMetrics();
        } catch (IOException e) { // just written
            throw new UncheckedIOException(e);
        }
    }

    private static TensorBoard events(Path tensorBoard) throws InputException {
        try {
            return new TensorBoard(tensorBoard);
        } catch (IOException e) {
            throw new InputException("--tensorboard %s: events cannot be written there (%s); name another directory"
                    .formatted(tensorBoard, InputException.reason(e)), e);
        }
    }

    /** Shows the page about the run from now on, if that is wanted. */
    private void serve(@Nullable LiveReport live, EpochLines lines, RunDirectory directory, Training training) {
        if (live == null) {
            return;
        }
        live.start(directory.path(), training.samples());
        lines.tell(live);
        System.err.printf("Watch at %s (until the training ends)%n", live.address());
        if (!noBrowser && BrowserWindow.open(live.address())) {
            live.expectBrowser();
        }
    }

    /** The page about the run, without which the run is as good. */
    private void report(Recipe recipe, DatasetPair data, RunDirectory directory,
            @Nullable LiveReport live) {
        try {
            RunReport report = RunReport.of(directory.path(), Model.read(directory.model()),
                    RunReport.Unseen.of(data, recipe), null);
            if (live != null) {
                live.end(report);
            }
            if (noReport) {
                return;
            }
            ReportPage.write(directory.report(), List.of(report));
            if (output == Output.TEXT) {
                System.out.printf("report          %s%n", directory.report());
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            System.err.printf("lanewise: %s was not written (%s); the run is whole without it, and "
                    + "'lanewise report %s' makes it%n", directory.report(),
                    e instanceof IOException failure ? InputException.reason(failure) : e.toString(), directory.path());
        }
    }

    /** A place that cannot be written to from the start is wrong input; a full disk, or what comes later, is not. */
    private static IOException notWritten(RunDirectory directory, IOException e, boolean begun) {
        Obstacle obstacle = Obstacle.of(directory.path(), e);
        String remedy = obstacle == Obstacle.GONE
                ? "it was moved or deleted in the meantime: go on with --resume and its new place, or start a new run"
                : Files.exists(directory.checkpoint())
                        ? "the last checkpoint is kept: %s and go on with --resume %s".formatted(obstacle.remedy(),
                                directory.path())
                        : "%s or name another directory with --out".formatted(obstacle.remedy());
        String sentence = "%s cannot be written to (%s); %s".formatted(directory.path(), InputException.reason(e),
                remedy);
        return begun || obstacle == Obstacle.FULL ? new IOException(sentence, e) : new InputException(sentence, e);
    }

    /** What becomes of the rate where a run goes on for another number of epochs. */
    private void tellSchedule(Recipe recipe, Training training) {
        ParseResult parsed = spec.commandLine().getParseResult();
        int epochs = recipe.get(Recipe.EPOCHS);
        int next = training.position().epoch() + 1;
        Integer planned = recipe.get(Recipe.SCHEDULE_EPOCHS);
        if (next > epochs || training.isIdle()) {
            return;
        }
        if (parsed.hasMatchedOption("--schedule")) {
            System.err.printf("The learning rate is planned anew, %s over all %d epochs: epoch %d begins with %s%n",
                    recipe.get(Recipe.SCHEDULE), epochs, next, training.rate(next));
        } else if (parsed.hasMatchedOption("--epochs") && planned != null) {
            System.err.printf("The learning rate stays planned for %d epochs, %s; --schedule plans it anew%n", planned,
                    epochs < planned
                            ? "of which %d are trained".formatted(epochs)
                            : "and at %s after them".formatted(training.rate(epochs)));
        }
    }

    /** The share of each phase; a parameter is updated with its gradient in one, unless all gradients are clipped first. */
    private static String phases(Recipe recipe, Map<Phase, Double> shares) {
        Map<String, Double> named = new LinkedHashMap<>();
        boolean together = recipe.get(Recipe.CLIP_NORM) == null;
        shares.forEach((phase, share) -> named.merge(
                together && (phase == Phase.GRADIENTS || phase == Phase.UPDATE)
                        ? "gradients and update"
                        : phase.toString(),
                share, Double::sum));
        return named.entrySet().stream().map(phase -> "%s %.1f %%".formatted(phase.getKey(), 100 * phase.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String text(Way way) {
        String measured = way.threads() == 1
                ? "%s %,.0f us".formatted(way.name(), 1e6 * way.seconds())
                : "%s on %d threads %,.0f us".formatted(way.name(), way.threads(), 1e6 * way.seconds());
        return Double.isNaN(way.predicted())
                ? measured
                : "%s (predicted %,.0f)".formatted(measured, 1e6 * way.predicted());
    }

    private void tellNetwork(Recipe recipe, Training training) {
        if (training.network().isForImages() && !quiet) {
            System.err.print(layers(training.network()));
        }
        int batch = recipe.get(Recipe.BATCH_SIZE);
        if (batch == 1 || training.samples() % batch == 1) { // of a single value, less its mean, nothing is left
            training.network().layers().stream().filter(BatchNorm.class::isInstance)
                    .filter(layer -> layer.output().height() * layer.output().width() == 1).findFirst()
                    .ifPresent(layer -> System.err.printf(
                            "lanewise: '%s' makes 0 of every number where a batch has one "
                                    + "image and that one place, as %s here; use another --batch-size than %d%n",
                            layer.spec(),
                            batch == 1 ? "all batches" : "the last batch of an epoch", batch));
        }
    }

    /** The layers of a network, what they make of an image, and what that takes. */
    private static String layers(Network network) {
        List<List<String>> rows = network.layers().stream().map(layer -> List.of(layer.spec().toString(),
                layer.output().toString(), "%,d".formatted(layer.trainedParameters()),
                "%,.0f".formatted(layer.multiplyAdds()))).toList();
        return new TextTable(List.of("layer", "output", "parameters", "multiply-adds"),
                List.of(false, false, true, true), rows).text()
                + "in all %,d parameters, %,.0f multiply-adds (%,.0f FLOPs) an image forward%n".formatted(
                        network.trainedParameters(), network.multiplyAdds(), 2 * network.multiplyAdds());
    }

    /** A network in a line: sizes say nothing of images, which have the number of parameters instead. */
    private static String named(Recipe recipe, Network network) {
        String words = Objects.requireNonNullElse(recipe.get(Recipe.NET), Objects.requireNonNullElseGet(
                recipe.get(Recipe.LAYERS),
                () -> recipe.get(Recipe.HIDDEN).isEmpty() ? "" : recipe.get(Recipe.ACTIVATION)));
        return network.isForImages()
                ? "%s, %,d parameters".formatted(words, network.trainedParameters())
                : words.isBlank() ? network.toString() : "%s, %s".formatted(network, words);
    }

    /** What may lead a training away from chance. */
    static String remedy(Recipe recipe) {
        dev.lanewise.run.Option<@Nullable Double> boldest = recipe.boldest();
        String optimizer = recipe.get(Recipe.OPTIMIZER);
        double rate = recipe.plan().baseRate();
        return boldest != null
                ? "a smaller %s than %s".formatted(RecipeOptions.name(boldest), recipe.get(boldest))
                : "%s or %s".formatted(optimizer.startsWith("adam") ? "more --epochs" : "--optimizer adam",
                        rate < Recipe.usualRate(optimizer)
                                ? "a larger --lr than " + rate
                                : "--lr " + (float) (rate / 10));
    }

    private int summary(Recipe recipe, DatasetPair data, Training training, Training.Result result,
            RunDirectory directory, EpochLines lines) {
        Evaluation judgement = result.judgement();
        if (output == Output.TEXT) {
            print(recipe, data, training, result, directory, lines);
        }
        Evaluation known = judgement != null ? judgement : training.fitted();
        if (known.isNoBetterThanOneClass()) {
            System.err.printf("lanewise: no better than always naming %s: try %s%n",
                    data.train().classes().get(known.mostFrequent()), remedy(recipe));
        }
        return judge(result);
    }

    /** The status: whether the target was reached. */
    private int judge(Training.Result result) {
        Evaluation judgement = result.judgement();
        if (targetAccuracy != null && judgement != null && 100 * judgement.accuracy() < targetAccuracy) {
            System.err.printf("lanewise: the target of %s %% was missed%n", targetAccuracy);
            return Main.TARGET_MISSED;
        }
        return 0;
    }

    private void print(Recipe recipe, DatasetPair data, Training training, Training.Result result,
            RunDirectory directory, EpochLines lines) {
        Evaluation judgement = result.judgement();
        if (!quiet) {
            System.out.println();
        }
        if (judgement != null) {
            System.out.println(
                    EvaluationTables.accuracy(result.test() != null ? "test" : "validation", judgement,
                            data.name()));
        }
        System.out.printf("network         %s, %s; seed %d%n", named(recipe, training.network()),
                recipe.get(Recipe.LOSS), recipe.get(Recipe.SEED));
        if (recipe.augmentation() != null) {
            System.out.printf("augmented       %s: the loss is of changed images, the accuracy of others as they are%n",
                    recipe.get(Recipe.AUGMENT));
        }
        if (initialFile != null) {
            System.out.printf("began with      the weights of %s%n", initialFile);
        }
        if (recipe.keepsBest()) {
            System.out.printf("kept            epoch %d of %d, the smallest validation loss, %.4f%n",
                    training.modelEpoch(), training.position().epoch(), training.position().bestValidationLoss());
        }
        System.out.print(lines.curves());
        System.out.printf("time            %.2f s training, %.2f s in all%n", training.trainSeconds(),
                result.wallSeconds());
        if (profile) {
            System.out.printf("profile         %s%n", phases(recipe, training.profile().shares()));
            System.out.printf("steps           %s%n", training.profile().steps().entrySet().stream()
                    .map(steps -> "%s %,d".formatted(steps.getKey(), steps.getValue()))
                    .collect(Collectors.joining(", ")));
            if (!training.ways().isEmpty()) {
                System.out.printf("a step at best  %s%n", training.ways().stream().map(TrainCommand::text)
                        .collect(Collectors.joining(", ")));
            }
        }
        System.out.printf("weights_sha256  %s%n", result.weightsSha256());
        System.out.printf("saved           %s%n", directory.model());
        if (data.name().equals("digits")) {
            System.out.println("NOTE: this was trained and tested on the BUILT-IN DIGITS, not on MNIST.");
        }
    }
}
