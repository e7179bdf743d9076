package dev.lanewise.cli;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Pipeline;
import dev.lanewise.report.SweepPage;
import dev.lanewise.report.SweepTables;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.sweep.Agenda;
import dev.lanewise.sweep.Axis;
import dev.lanewise.sweep.Embedded;
import dev.lanewise.sweep.Engine;
import dev.lanewise.sweep.Outcome;
import dev.lanewise.sweep.OutcomeFiles;
import dev.lanewise.sweep.Ranking;
import dev.lanewise.sweep.Space;
import dev.lanewise.sweep.Sweep;
import dev.lanewise.sweep.TrainingData;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise sweep}. */
@Command(name = "sweep", mixinStandardHelpOptions = true, sortOptions = false, abbreviateSynopsis = true,
        header = "Trains many recipes on the same data and tells which is the best.", description = {
                "Every option of a recipe takes a list: commas between the values, as in --lr 0.03,0.1, or semicolons where "
                        + "a value has commas of its own, as in --hidden '128;256,128'; 1..5 stands for whole numbers. All "
                        + "combinations are trained, one a core, in one process; weights are those that 'lanewise train' "
                        + "gives for the recipe alone, to the last bit, and some are trained once more to see that.",
                "",
                "The best is chosen by held-out training images; only its model sees the test images, once. A file an outcome "
                        + "is kept: the same command goes on where it was, whatever ended it, and another one takes what "
                        + "it has in common. Several processes may share a directory."},
        footer = {"", "Examples:",
                "  lanewise sweep --lr 0.03,0.1,0.3 --hidden '128;256,128' --seeds 1..5",
                "  lanewise sweep @space.txt --random 50",
                "  lanewise sweep @space.txt --epochs 64 --asha --budget 40",
                "", "On several machines that share a directory; once more without --shard trains",
                "what is missing and tells the result:", "  Slurm, in a script for sbatch --array=1-8:",
                "    lanewise sweep @space.txt --out DIR --shard $SLURM_ARRAY_TASK_ID/8",
                "  Kubernetes, in an indexed job of 8 completions, by sh -c:",
                "    lanewise sweep @space.txt --out DIR --shard $((JOB_COMPLETION_INDEX + 1))/8",
                "  GNU parallel:",
                "    parallel lanewise sweep @space.txt --out DIR --shard '{}/8' ::: $(seq 8)"})
final class SweepCommand implements Callable<Integer> {
    private static final int MOST_JOBS = 256;
    private static final double USUAL_VALIDATION = 0.1;
    private static final int OUTCOMES_OF_A_CHECK = 100; // one of so many is trained once more

    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Option(names = "--random", paramLabel = "N",
            description = "Takes N of the combinations, always the same ones (default: all).")
    private @Nullable Integer random;

    @Option(names = "--asha", arity = "0..1", fallbackValue = "4", paramLabel = "ETA",
            description = "Trains each recipe for few epochs first; of those with as many epochs one in ETA, 4 where it is not "
                    + "named, is trained with ETA times as many (asynchronous successive halving). Of several seeds the "
                    + "first one decides. Its schedule ends with a training, so that a short one may be the best "
                    + "(default: all have all epochs).")
    private @Nullable Integer eta;

    @Option(names = "--budget", paramLabel = "N",
            description = "With --asha: what it may cost, in trainings with all epochs; as many of the recipes are taken "
                    + "(default: all recipes).")
    private @Nullable Integer budget;

    @Option(names = "--out", defaultValue = "sweeps", paramLabel = "DIR",
            description = "Directory to keep outcomes in, of any number of sweeps (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--jobs", paramLabel = "N",
            description = "Trainings at once (default: one a core). A training takes several threads where fewer are left, "
                    + "and its steps are large.")
    private @Nullable Integer jobs;

    @Option(names = "--shard", paramLabel = "I/N", converter = ShardConverter.class,
            description = "Does part I of N alone, and tells no result (default: all).")
    private @Nullable Shard shard;

    @Option(names = "--on", paramLabel = "MASTER",
            description = "Trains on Apache Spark: spark://HOST:PORT, local-cluster[2,1,1024], or submit where spark-submit "
                    + "says it (default: this machine).")
    private @Nullable String on;

    @Option(names = "-o", defaultValue = "text", paramLabel = "FORMAT", converter = EvalCommand.FormatConverter.class,
            description = "How to print: text, a row a recipe; json; or csv, a row a training (default: ${DEFAULT-VALUE}).")
    private EvalCommand.Format format;

    @Option(names = "--no-report", description = "Writes no sweep.html.")
    private boolean noReport;

    @Option(names = "--no-progress", description = "Does not tell how far it is.")
    private boolean noProgress;

    /** A part of all trainings. */
    record Shard(int number, int count) {
    }

    static final class ShardConverter implements ITypeConverter<Shard> {
        @Override
        public Shard convert(String value) {
            String[] parts = value.split("/", -1);
            try {
                Shard shard = new Shard(Digits.parseInt(parts[0]), Digits.parseInt(parts[parts.length - 1]));
                if (parts.length == 2 && shard.number >= 1 && shard.number <= shard.count) {
                    return shard;
                }
            } catch (NumberFormatException _) {
                // the same message
            }
            throw new TypeConversionException("'%s' is not a part of all, such as 1/4 to 4/4".formatted(value));
        }
    }

    @picocli.CommandLine.Spec
    void setSpec(CommandSpec spec) {
        this.spec = spec;
        RecipeOptions.addTo(spec, DataRecipe.OPTIONS);
        RecipeOptions.addAxesTo(spec, Recipe.OPTIONS, Map.of(Recipe.VALIDATION,
                "Share of the training images to hold out and to choose by (default: 0.1).", Recipe.SEED,
                "Decides everything random; every recipe is trained with each of several (default: 1)."));
    }

    private void refuse(boolean wrong, String sentence) {
        if (wrong) {
            throw new ParameterException(spec.commandLine(), sentence);
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        refuse(random != null && random < 1, "--random must be at least 1, not %d".formatted(random));
        refuse(eta != null && eta < 2, "--asha: one in at least 2 rises, not in %d".formatted(eta));
        refuse(budget != null && eta == null, "--budget is what --asha may cost; leave it out, or name both");
        refuse(budget != null && budget < 1, "--budget must be at least 1, not %d".formatted(budget));
        refuse(jobs != null && (jobs < 1 || jobs > MOST_JOBS),
                "--jobs must be from 1 to %d, not %d".formatted(MOST_JOBS, jobs));
        refuse(shard != null && eta != null,
                "--asha chooses among all recipes, not among those of a shard; leave --shard out, and give the same command "
                        + "on each machine");
        refuse(!noReport && Files.isDirectory(page()),
                "--out %s: a directory is in the way of %s; move it, or add --no-report".formatted(out, page()));
        if (on != null) {
            kind(on); // before the data are read
        }
        OutcomeFiles.requireFree(out);
        List<Axis<?>> axes = RecipeOptions.axes(spec.commandLine().getParseResult(), Recipe.OPTIONS);
        Space space = space(axes);
        DataRecipe dataRecipe = RecipeOptions.typed(spec.commandLine().getParseResult(), DataRecipe.USUAL,
                DataRecipe.OPTIONS, DataRecipe::with);
        Agenda agenda = agenda(space);
        InfoCommand.warnOfScalars();
        DatasetPair whole = DataOption.read(dataRecipe);
        dataRecipe = DataOption.reference(dataRecipe, whole);
        DataOption.tellClasses(DataOption.take(dataRecipe, whole, space.seeds().getFirst()));
        DatasetPair data = dataRecipe.with(DataRecipe.LIMIT, null).take(whole, 0);
        TrainingData images = new TrainingData(data, dataRecipe.get(DataRecipe.LIMIT));
        requireFit(space, images);
        try (Interrupt interrupt = Interrupt.asked(main); OutcomeFiles files = new OutcomeFiles(out)) {
            tellSpace(space, axes);
            List<Outcome> outcomes = train(agenda, space, images, files, interrupt);
            if (interrupt.requested()) {
                return interrupted(outcomes.size());
            }
            if (shard != null) {
                System.err.printf(
                        "part %d of %d: its %,d trainings are in %s; the same command without --shard tells the "
                                + "result%n",
                        shard.number, shard.count, outcomes.size(), out);
                return 0;
            }
            // Of halving, a short training is a recipe too; it may be the best if it has all seeds.
            Ranking ranking = Ranking.of(outcomes, space.seeds().size());
            return tell(ranking, outcomes, images, files, new Chosen(dataRecipe, whole), swept(axes), interrupt);
        }
    }

    private static List<dev.lanewise.run.Option<?>> swept(List<Axis<?>> axes) {
        return axes.stream().filter(axis -> axis.values().size() > 1).<dev.lanewise.run.Option<?>>map(Axis::option)
                .toList();
    }

    /** How much there is to train, and what was taken for a list and what for one value. */
    private void tellSpace(Space space, List<Axis<?>> axes) {
        String varied = axes.stream().filter(axis -> axis.values().size() > 1 && axis.option() != Recipe.SEED)
                .map(axis -> "%s has %,d values".formatted(axis.option().flag(), axis.values().size()))
                .collect(Collectors.joining(", "));
        String fixed = axes.stream().filter(axis -> axis.values().size() == 1)
                .map(axis -> "%s %s".formatted(axis.option().flag(),
                        space.recipes().getFirst().text(axis.option())))
                .collect(Collectors.joining(" "));
        int recipes = space.recipes().size();
        int seeds = space.seeds().size();
        long trainings = (long) recipes * seeds;
        System.err.printf("Sweep: %,d %s, %,d %s%s; %s%s%n", recipes, recipes == 1 ? "recipe" : "recipes", seeds,
                seeds == 1 ? "seed" : "seeds",
                eta != null
                        ? ", by successive halving"
                        : trainings == 1 ? ", 1 training" : ", %,d trainings".formatted(trainings),
                varied.isEmpty() ? "no option has several values" : varied,
                fixed.isEmpty() ? "" : "; the same for all: " + fixed);
    }

    private Space space(List<Axis<?>> axes) {
        Space space;
        try {
            space = Space.grid(Recipe.USUAL.with(Recipe.VALIDATION, USUAL_VALIDATION), axes);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        refuse(space.recipes().stream().anyMatch(recipe -> recipe.get(Recipe.VALIDATION) == 0),
                "--validation 0 leaves no images to choose by; leave it out, or name a share");
        Space drawn = random == null && eta == null ? space : space.shuffled();
        return random == null ? drawn : drawn.first(random);
    }

    private Agenda agenda(Space space) {
        if (eta != null) {
            try {
                return Agenda.halving(space, eta, budget);
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), e.getMessage(), e);
            }
        }
        List<Recipe> trainings = space.trainings();
        Shard part = shard;
        return Agenda.of(part == null
                ? trainings
                : IntStream.range(0, trainings.size()).filter(i -> i % part.count == part.number - 1)
                        .mapToObj(trainings::get).toList());
    }

    /** Divides the images and makes what multiplies in each way, before the first training: what does not fit shows at once. */
    private void requireFit(Space space, TrainingData images) throws IOException {
        Dataset train = images.of(space.seeds().getFirst()).train();
        Set<List<?>> seen = new HashSet<>();
        for (Recipe recipe : space.recipes()) {
            if (seen.add(List.of(recipe.get(Recipe.VALIDATION)))) {
                RecipeOptions.made(recipe, spec.commandLine(), () -> recipe.split(train.size()));
            }
            if (seen.add(List.of(recipe.layers(), recipe.get(Recipe.LOSS), recipe.get(Recipe.BATCH_SIZE)))) {
                RecipeOptions.made(recipe, spec.commandLine(),
                        () -> new Pipeline(recipe.network(train.shape(), train.classes().size()),
                                Input.of(train.samples(),
                                        Math.min(recipe.get(Recipe.BATCH_SIZE), train.size())),
                                Mode.training(recipe.get(Recipe.SEED), Tuning.SHORT)));
            }
        }
    }

    private List<Outcome> train(Agenda agenda, Space space, TrainingData images, OutcomeFiles files,
            Interrupt interrupt) throws IOException, InterruptedException {
        long samples = space.trainings().stream().mapToLong(recipe -> recipe.get(Recipe.EPOCHS)).sum()
                * images.all().train().size();
        long start = System.nanoTime();
        try (Engine engine = engine(images, Tuning.forSamples(samples));
                Progress progress = new Progress("sweep")) {
            return new Sweep(agenda, images, files, engine, state -> {
                if (!noProgress && progress.isDue()) {
                    progress.update(state.done(), state.done() + state.left(), words(state, start));
                }
            }, interrupt::requested).run();
        } catch (OutOfMemoryError e) {
            if (Main.isOfThreads(e)) {
                throw e;
            }
            throw new InputException(Main.tooLarge(
                    "train fewer at once with --jobs, smaller networks or batches; what is done is kept"), e);
        }
    }

    private static String[] words(Sweep.State state, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        String best = state.best() == null || state.best().validation() == null
                ? "no best"
                : "best %.2f %%".formatted(100 * state.best().validation());
        return new String[]{"%,d of %,d".formatted(state.done(), state.done() + state.left()), best,
                "%d running".formatted(state.running())
                        + (state.elsewhere() == 0 ? "" : ", %d elsewhere".formatted(state.elsewhere())),
                state.trained() == 0 ? "" : time(seconds / state.trained() * state.left()) + " left"};
    }

    private static String time(double seconds) {
        return seconds < 100
                ? "%.0f s".formatted(seconds)
                : seconds < 6000 ? "%.0f min".formatted(seconds / 60) : "%.1f h".formatted(seconds / 3600);
    }

    private Engine engine(TrainingData images, Tuning tuning) throws InputException {
        if (on == null) {
            return new Embedded(images, jobs != null ? jobs : Runtime.getRuntime().availableProcessors(), tuning);
        }
        return kind(on).open(on, images);
    }

    private static Engine.Kind kind(String on) throws InputException {
        for (Engine.Kind kind : ServiceLoader.load(Engine.Kind.class)) {
            if (kind.takes(on)) {
                return kind;
            }
        }
        throw new InputException(
                "--on '%s': nothing here knows that; for Apache Spark put lanewise-spark.jar and Spark's jars on the class path "
                        .formatted(on) + "(LANEWISE_CLASSPATH), or use spark-submit");
    }

    private int interrupted(int outcomes) {
        System.err.printf("Interrupted with %,d trainings done, which are kept in %s; the same command goes on%n",
                outcomes, out);
        return Main.INTERRUPTED;
    }

    /** How to train the recipe that is chosen, and to score it on the test images. */
    private record Chosen(DataRecipe dataRecipe, DatasetPair whole) {
        /**
         * The run of its first seed, trained now or before; its data have test images, where there are any. Null if it was
         * cancelled while another process was at it.
         */
        @Nullable
        RunDirectory run(Outcome outcome, OutcomeFiles files, Interrupt interrupt)
                throws IOException, InterruptedException {
            String name = "chosen-" + outcome.key().substring(0, 8);
            try (OutcomeFiles.Claim claim = files.await(outcome.key(), interrupt::requested)) {
                for (int number = 1; claim != null; number++) { // what is damaged, or was tested otherwise, is left as it is
                    RunDirectory run = new RunDirectory(
                            files.directory().resolve(number == 1 ? name : name + "_" + number));
                    if (isAsWanted(run) && run.hasEndedWith(outcome.weightsSha256())
                            || train(outcome.recipe(), run, interrupt)) {
                        return run;
                    }
                }
                return null;
            } catch (IOException e) {
                throw e instanceof InputException ? e : files.unwritable(e);
            }
        }

        /** Whether a run's data, those for the test too, are the ones that are wanted now. */
        private boolean isAsWanted(RunDirectory run) throws IOException {
            try {
                if (!run.hasRun() || !run.isOn(whole)) {
                    return false;
                }
                DataRecipe before = DataRecipe.fromJson(String.valueOf(run.readRun().get("config")), run.path());
                return Stream.of(DataRecipe.TEST, DataRecipe.TEST_SPLIT, DataRecipe.PREPARE)
                        .allMatch(option -> Objects.equals(before.get(option), dataRecipe.get(option)));
            } catch (InputException _) { // damaged
                return false;
            }
        }

        /** Begins the run, or goes on with it; false if something else is there. */
        private boolean train(Recipe recipe, RunDirectory run, Interrupt interrupt) throws IOException {
            Map<String, @Nullable Object> about = new HashMap<>(dataRecipe.toMap()); // which takes null
            about.put("target_accuracy", null);
            about.put("init", null);
            try (Training training = new Training(recipe, dataRecipe.take(whole, recipe.get(Recipe.SEED)))) {
                boolean goesOn = isAsWanted(run) && RunDirectory.weightsSha256(run.readRun()) == null;
                try {
                    if (goesOn) {
                        training.resume(run.path(), about);
                    } else {
                        RunDirectory.requireFree(run.path());
                    }
                } catch (InputException _) {
                    return false;
                }
                if (!goesOn) {
                    Files.createDirectories(run.path());
                    training.writeTo(run.path(), about);
                }
                training.run(new Training.Events() {
                    @Override
                    public void epoch(Metrics metrics) {
                        // the run's own file has them
                    }

                    @Override
                    public boolean isCancelled() {
                        return interrupt.requested();
                    }
                });
            }
            return true;
        }
    }

    /** What train says of a model, if it holds for the best. */
    private static void warnOfChance(Ranking.Row best, int[] heldOut, List<String> classes) {
        int total = Arrays.stream(heldOut).sum();
        int most = IntStream.range(0, heldOut.length).reduce((a, b) -> heldOut[b] > heldOut[a] ? b : a).orElseThrow();
        if (Evaluation.isNoBetter(best.mean(), total, heldOut[most] / (double) total)) {
            System.err.printf("lanewise: the best is no better than always naming %s: try %s%n", classes.get(most),
                    TrainCommand.remedy(best.recipe()));
        }
    }

    private Path page() {
        return out.resolve("sweep.html");
    }

    private void write(Path page, SweepTables tables, OutcomeFiles files) throws IOException {
        try {
            SweepPage.write(page, tables);
        } catch (IOException e) {
            throw files.unwritable(e);
        }
        if (format == EvalCommand.Format.TEXT) {
            System.out.printf("report    %s%n", page);
        }
    }

    private int tell(Ranking ranking, List<Outcome> outcomes, TrainingData images, OutcomeFiles files, Chosen chosen,
            List<dev.lanewise.run.Option<?>> swept, Interrupt interrupt) throws IOException, InterruptedException {
        Outcome best = ranking.rows().getFirst().model();
        if (best == null) {
            System.err.println(
                    "lanewise: in every training that might be chosen the loss or a weight ended as no number; "
                            + "use a smaller --lr");
            return Main.FAILED;
        }
        List<Sweep.Check> checks = Sweep.check(outcomes, Math.ceilDiv(outcomes.size(), OUTCOMES_OF_A_CHECK), images,
                files, interrupt::requested);
        RunDirectory run = interrupt.requested() ? null : chosen.run(best, files, interrupt);
        if (run == null || interrupt.requested()) {
            return interrupted(outcomes.size());
        }
        int[] heldOut = images.heldOut(best.recipe());
        SweepTables tables = new SweepTables(ranking, outcomes, checks, run.path(), run.readRun(), swept,
                chosen.dataRecipe, Arrays.stream(heldOut).sum());
        System.out.print(switch (format) {
            case TEXT -> tables.text();
            case JSON -> tables.json() + "\n";
            case CSV -> tables.csv();
        });
        warnOfChance(ranking.rows().getFirst(), heldOut, images.all().train().classes());
        List<String> wrong = tables.wrong();
        wrong.forEach(sentence -> System.err.println("lanewise: " + sentence));
        if (!noReport) {
            write(page(), tables, files);
        }
        return wrong.isEmpty() ? 0 : Main.FAILED;
    }
}
