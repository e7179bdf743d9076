package dev.lanewise.run;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Polarity;
import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.core.Warmth;
import dev.lanewise.model.Input;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Samples;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.run.files.RunLock;
import dev.lanewise.run.files.Safetensors;
import dev.lanewise.system.Environment;
import dev.lanewise.train.Epoch;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Evaluator;
import dev.lanewise.train.Metrics;
import dev.lanewise.train.Plan;
import dev.lanewise.train.Profile;
import dev.lanewise.train.Trainer;
import dev.lanewise.train.Update;
import dev.lanewise.train.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A training session: takes a recipe and data, trains epoch by epoch, judges on held-out and on test images, where there are any, stops early,
 * and leaves a run directory that it can go on from.
 *
 * <pre>{@code
 * try (Training training = new Training(Recipe.mlp(128).epochs(10), data)) {
 *     training.run(epoch -> System.out.println(epoch.testAccuracy()));
 *     Model model = training.model();
 * }
 * }</pre>
 */
public final class Training implements AutoCloseable {
    /** Work of a step, in multiply-adds, that each thread must have to be worth the barriers (LAB 51). */
    private static final double WORK_OF_A_THREAD = 500_000;
    private static final int MOST_THREADS = 16;

    /**
     * What changes the time but no bit of the result.
     *
     * @param threads 1 or more; null: as many as the work of a step keeps busy, at most one a core and 16
     * @param zeros what becomes of pixels that are 0
     * @param profiled whether to measure where the time goes
     * @param tuning null: as the length of the run suggests
     * @param most threads, where their number is not named
     */
    public record Execution(@Nullable Integer threads, Mode.Zeros zeros, boolean profiled, @Nullable Tuning tuning,
            int most) {
        /** As many threads as the steps keep busy, zeros left out where that is faster, time not measured. */
        public static final Execution USUAL = new Execution(null, Mode.Zeros.LEFT_OUT_IF_FASTER, false, null);

        /** The execution of a training that has the machine for itself: up to a thread a core, 16 at most. */
        public Execution(@Nullable Integer threads, Mode.Zeros zeros, boolean profiled, @Nullable Tuning tuning) {
            this(threads, zeros, profiled, tuning, allThreads());
        }

        /**
         * The execution of one of several trainings at once.
         *
         * @param most threads, 1 or more, however much work a step is
         * @param tuning null: as the length of the run suggests
         */
        public static Execution beside(int most, @Nullable Tuning tuning) {
            if (most < 1) {
                throw new IllegalArgumentException("most: at least 1, not %d".formatted(most));
            }
            return new Execution(null, Mode.Zeros.LEFT_OUT_IF_FASTER, false, tuning, Math.min(most, allThreads()));
        }

        /** The most threads of a training whose number is not named: one a core, at most 16. */
        public static int allThreads() {
            return Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
        }

        private int threadsFor(double work) {
            return threads != null ? threads : Math.clamp((long) (work / WORK_OF_A_THREAD), 1, most);
        }
    }

    /** What a session tells while it runs: the end of every epoch, and more to who asks. */
    @FunctionalInterface
    public interface Events {
        /** An epoch begins. */
        default void begin(int epoch) {
        }

        /** After a step: samples of the epoch so far, their mean loss. */
        default void step(int samples, double meanLoss) {
        }

        /** An epoch is over and all that belongs to it is written. */
        void epoch(Metrics metrics);

        /** Whether to stop now. The run directory keeps all before the epoch at hand; the session is over. */
        default boolean isCancelled() {
            return false;
        }
    }

    /** How {@link #run} ended. */
    public enum End {
        /** All epochs are done. */
        FINISHED,
        /** The validation loss no longer fell. */
        STOPPED_EARLY,
        /** It was cancelled; the last finished epoch is kept. */
        CANCELLED,
        /** A loss or a weight is no longer a number; the last epoch that was good is kept. */
        DIVERGED
    }

    /**
     * What a session that ended as it should came to.
     *
     * @param test of the model on the test images; null without
     * @param validation of the model on the held-out images; null without, or where there are test images
     * @param wallSeconds of the run, from the start of its process; of all its processes where it was resumed
     * @param weightsSha256 digest of the model's parameters
     */
    public record Result(@Nullable Evaluation test, @Nullable Evaluation validation, double wallSeconds,
            String weightsSha256) {
        /** What a target is held against: the test, else the validation; null without either. */
        public @Nullable Evaluation judgement() {
            return test != null ? test : validation;
        }
    }

    private final Recipe recipe;
    private final @Nullable Network initial; // null: the weights begin as the seed decides
    private @Nullable String initialSha256; // of its parameters; null: the seed decided, in this process or the first one
    private final DatasetPair data;
    private final Execution execution;
    private final Model trained;
    private final Model judged; // after every epoch: trained, or its averages
    private final @Nullable Model best; // the judged one with the smallest validation loss so far; null: the last one is kept
    private final Update update;
    private final Checkpoint.Content content;
    private final Batches batches;
    private final Workers workers;
    private final Profile profile;
    private final Trainer trainer;
    private final Mode evaluation;
    private final @Nullable Evaluator test; // null: there are no test images
    private final Batches.Split split; // of the training images: to learn from, and held out to choose by
    private final @Nullable Evaluator validation; // null: nothing is held out
    private @Nullable RunDirectory directory; // null: nothing is written
    private @Nullable RunLock lock; // null: nothing is written
    private boolean idle; // a finished run with nothing left to do: nothing is written
    private Map<String, ?> about = Map.of();
    private List<Way> ways = List.of(); // when the run has ended as it should
    private @Nullable Result result; // null before the end
    private Checkpoint checkpoint = Checkpoint.START;
    private @Nullable Evaluation tested; // of the model as it stands; null: not yet, or no test images
    private boolean ended; // within an epoch: the weights are of no use
    private double trainSeconds;
    private double wallSecondsBefore; // of the processes that this one goes on from
    private double bestEpochSeconds = Double.POSITIVE_INFINITY;

    /**
     * A session before its first epoch.
     *
     * @throws IllegalArgumentException if options of the recipe do not fit together, naming them, or its layers do not fit
     *         the images
     * @throws InputException if the data have no image for a part that the recipe wants
     */
    public Training(Recipe recipe, DatasetPair data) throws InputException {
        this(recipe, data, Execution.USUAL);
    }

    /**
     * A session before its first epoch, with threads and more that change its time alone.
     *
     * @throws IllegalArgumentException if options of the recipe do not fit together, naming them, or its layers do not fit
     *         the images
     * @throws InputException if the data have no image for a part that the recipe wants
     */
    public Training(Recipe recipe, DatasetPair data, Execution execution) throws InputException {
        this(recipe, data, execution, null);
    }

    /**
     * A session before its first epoch, which begins with the weights of another network.
     *
     * @param initial whose parameters have the shapes of those of the recipe's network; null: as the seed decides
     * @throws IllegalArgumentException if options of the recipe do not fit together, naming them, its layers do not fit the
     *         images, or the other network does not fit its own
     * @throws InputException if the data have no image for a part that the recipe wants
     */
    public Training(Recipe recipe, DatasetPair data, Execution execution, @Nullable Network initial)
            throws InputException {
        recipe = recipe.resolve(); // here, on every way to a training
        this.initial = initial;
        initialSha256 = initial == null ? null : Model.sha256(initial);
        this.recipe = recipe;
        this.data = data;
        this.execution = execution;
        Dataset train = data.train();
        split = recipe.split(train.size());
        batches = new Batches(train, split.training(), recipe.get(Recipe.BATCH_SIZE));
        Warmth.begin((long) recipe.get(Recipe.EPOCHS) * batches.count());
        Update.Rule rule = recipe.update();
        trained = untrained();
        Model averages = rule.averageDecay() == null ? null : untrained();
        judged = averages == null ? trained : averages;
        best = recipe.keepsBest() && split.validation().length > 0 ? untrained() : null;
        update = new Update(rule, trained.network(), averages == null ? null : averages.network());
        content = new Checkpoint.Content(trained, update, averages, best);

        Tuning tuning = execution.tuning() != null
                ? execution.tuning()
                : Tuning.forSamples((long) recipe.get(Recipe.EPOCHS) * batches.samples());
        Pipeline pipeline = new Pipeline(trained.network(), Input.of(varied(train.samples()), batches.capacity()),
                Mode.training(recipe.get(Recipe.SEED), tuning).with(execution.zeros()));
        workers = new Workers(execution.threadsFor(pipeline.multiplyAdds(batches.capacity())), tuning);
        profile = execution.profiled() ? new Profile(workers.count()) : Profile.OFF;
        trainer = new Trainer(pipeline, batches, update, recipe.plan(), workers, profile);
        evaluation = Mode.evaluation(tuning).with(execution.zeros());
        test = data.test() == null ? null : tester(data.test(), judged);
        validation = split.validation().length == 0 ? null : on(split.validation(), judged);
    }

    /** The network that is trained, as it stands; {@link #model} gives the one to keep. */
    public Network network() {
        return trained.network();
    }

    /** The training images as the recipe changes them: by the epoch and their number, whatever their order. */
    private Samples varied(Samples images) {
        Samples.Variation variation = recipe.variation(images.shape(), batches.count());
        return variation == null ? images : images.varied(variation);
    }

    private Model untrained() {
        Dataset train = data.train();
        Network network = recipe.network(train.shape(), train.classes().size());
        if (initial != null) {
            Model.copy(initial, network);
        }
        return new Model(network, train.classes(),
                Map.of("prepare", data.prepared().word(), "ink", Polarity.of(train).word()));
    }

    private Evaluator tester(Dataset images, Model model) {
        return evaluator(model, images.samples(), new Batches(images, Evaluator.ROWS));
    }

    /** On some of the training images, as they are. */
    private Evaluator on(int[] images, Model model) {
        return evaluator(model, data.train().samples(),
                new Batches(data.train(), images, Evaluator.ROWS));
    }

    private Evaluator evaluator(Model model, Samples samples, Batches batches) {
        return new Evaluator(new Pipeline(model.network(), Input.of(samples, batches.capacity()), evaluation), batches,
                workers);
    }

    /**
     * Writes to a run directory of its own from now on, so that the run can be resumed from its first moment. Until this
     * session is closed, no other one writes there.
     *
     * @param path of a directory that is there and empty
     * @param about what run.json is to say beside the recipe: how the data are found again, say
     * @throws InputException if there is no such directory, something is in it, or another session has it
     */
    public void writeTo(Path path, Map<String, ?> about) throws IOException {
        if (!Files.exists(path)) {
            throw new InputException("%s: there is no such directory; make it first".formatted(path));
        }
        if (!Files.isDirectory(path)) {
            RunDirectory.requireFree(path); // which it is not
        }
        if (RunLock.isFree(path)) { // else it says who has the directory
            RunDirectory.requireFree(path); // before a lock is left among what is there
        }
        RunDirectory directory = open(path, about);
        RunDirectory.requireFree(path); // another one may have been quicker
        try {
            save(directory); // a full disk shows before the work
            writeRun("running", null);
        } catch (IOException e) {
            directory.clear(); // free for another try
            throw e;
        }
    }

    /**
     * Goes on where the run of that directory stands, and writes to it from now on; a run that has finished and has nothing
     * left to do stays as it is.
     *
     * @throws InputException if its files are damaged or do not fit the recipe, or another session has the directory
     */
    public void resume(Path path, Map<String, ?> about) throws IOException {
        new RunDirectory(path).readRun(); // before a lock is left where no run is
        RunDirectory directory = open(path, about);
        JsonObject run = directory.readRun();
        initialSha256 = run.get("config") instanceof JsonObject config
                && config.get("init_sha256") instanceof JsonPrimitive digest ? digest.getAsString() : null;
        checkpoint = Checkpoint.read(directory.checkpoint(), content);
        if (checkpoint.epoch() > recipe.get(Recipe.EPOCHS)) {
            throw new InputException("%s: %d epochs are done, more than %d; name at least as many"
                    .formatted(path, checkpoint.epoch(), recipe.get(Recipe.EPOCHS))).about("epochs");
        }
        String finished = RunDirectory.weightsSha256(run);
        directory.requireModel(finished);
        if (finished != null && !finished.equals(current().sha256())) {
            throw new InputException("%s: this is not the checkpoint that the run ended with (weights_sha256 in "
                    .formatted(directory.checkpoint()) + "run.json); use the run's own file");
        }
        for (RunDirectory.Time time : directory.keepMetrics(checkpoint.epoch())) {
            countTime(time.seconds());
            wallSecondsBefore = Double.isNaN(time.wallSeconds()) ? trainSeconds : time.wallSeconds();
        }
        idle = finished != null && (checkpoint.epoch() == recipe.get(Recipe.EPOCHS) || stopsEarly());
        writeRun("running", null);
    }

    private RunDirectory open(Path path, Map<String, ?> about) throws IOException {
        lock = RunLock.take(path);
        directory = new RunDirectory(path);
        this.about = about;
        return directory;
    }

    private void writeRun(String status, @Nullable JsonObject result) throws IOException {
        if (directory != null && !idle) {
            JsonObject config = recipe.json();
            config.addProperty("init_sha256", initialSha256);
            config.addProperty("threads", workers.count());
            config.addProperty("profile", execution.profiled());
            config.addProperty("dense", execution.zeros() == Mode.Zeros.MULTIPLIED);
            for (Map.Entry<String, ?> entry : about.entrySet()) {
                Object value = entry.getValue();
                config.add(entry.getKey(), value == null
                        ? JsonNull.INSTANCE
                        : value instanceof Number number
                                ? new JsonPrimitive(number)
                                : new JsonPrimitive(value.toString()));
            }
            directory.writeRun(status, config, networkJson(), data, result);
        }
    }

    /** The layers with what they make of a sample, how many numbers they train, and how much work they are. */
    private JsonObject networkJson() {
        JsonArray layers = new JsonArray();
        for (Layer layer : trained.network().layers()) {
            JsonObject json = new JsonObject();
            json.addProperty("layer", layer.spec().toString());
            JsonArray output = new JsonArray();
            IntStream.of(layer.output().height(), layer.output().width(), layer.output().channels())
                    .forEach(output::add);
            json.add("output", output);
            json.addProperty("parameters", layer.trainedParameters());
            json.addProperty("multiply_adds", (long) layer.multiplyAdds());
            layers.add(json);
        }
        JsonObject json = new JsonObject();
        json.add("layers", layers);
        json.addProperty("parameters", trained.network().trainedParameters());
        json.addProperty("multiply_adds", (long) trained.network().multiplyAdds());
        json.addProperty("flops", 2 * (long) trained.network().multiplyAdds());
        return json;
    }

    private void countTime(double seconds) {
        trainSeconds += seconds;
        bestEpochSeconds = Math.min(bestEpochSeconds, seconds);
    }

    /**
     * Trains the epochs that are left, judges the model and writes what became of it to the run directory, if there is one.
     *
     * @param events is told of every epoch, on this thread
     * @return how it ended
     * @throws IOException if the run directory cannot be written to
     */
    public End run(Events events) throws IOException {
        try {
            End end = train(events);
            switch (end) {
                case FINISHED, STOPPED_EARLY -> {
                    ways = execution.profiled() ? trainer.ways() : List.of(); // it measures the machine for some tenths of a second
                    result = new Result(tested(), data.test() == null ? validated() : null, wallSeconds(),
                            current().sha256());
                    writeRun("finished", json(result));
                }
                case CANCELLED -> writeRun("interrupted", null);
                case DIVERGED -> writeRun("failed", null);
            }
            return end;
        } catch (IOException | RuntimeException | Error e) { // out of memory, say: no run is running for ever
            try {
                writeRun("failed", null);
            } catch (IOException | RuntimeException | Error again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private double wallSeconds() {
        return wallSecondsBefore + Environment.secondsSinceStart();
    }

    private End train(Events events) throws IOException {
        while (checkpoint.epoch() < recipe.get(Recipe.EPOCHS)) {
            if (stopsEarly()) {
                return End.STOPPED_EARLY;
            }
            if (events.isCancelled()) {
                return End.CANCELLED;
            }
            switch (epoch(events)) {
                case Epoch.Stopped _ -> {
                    return End.CANCELLED;
                }
                case Epoch.Diverged _ -> {
                    return End.DIVERGED;
                }
                case Epoch.Done _ -> {
                }
            }
        }
        return End.FINISHED;
    }

    /**
     * Trains one more epoch; if it is done, judges the model and saves it.
     *
     * @throws IOException if the run directory cannot be written to
     * @throws IllegalStateException after an epoch that was cancelled or diverged
     */
    public Epoch epoch(Events events) throws IOException {
        if (ended) {
            throw new IllegalStateException("the session has ended within an epoch; resume its run with a new one");
        }
        int number = checkpoint.epoch() + 1;
        events.begin(number);
        long start = System.nanoTime();
        Epoch epoch = trainer.epoch(number, (samples, meanLoss) -> {
            events.step(samples, meanLoss);
            return !events.isCancelled();
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        if (epoch instanceof Epoch.Done done && isFinite()) {
            Evaluation validated = validation == null ? null : validation.evaluate();
            Evaluation judgement = test == null ? null : test.evaluate();
            if (isFinite(validated) && isFinite(judgement)) {
                events.epoch(finish(new Metrics(number, done.loss(), validated,
                        judgement == null ? null : judgement.accuracy(), update.rate(), seconds,
                        batches.samples() / seconds), judgement));
                return epoch;
            }
        }
        ended = true;
        return epoch instanceof Epoch.Done ? new Epoch.Diverged(batches.samples()) : epoch;
    }

    /** Whether all that would be saved is numbers. */
    private boolean isFinite() {
        for (Safetensors.Tensor tensor : content.tensors()) {
            if (!Elementwise.isFinite(tensor.data())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFinite(@Nullable Evaluation evaluation) {
        return evaluation == null || Double.isFinite(evaluation.loss());
    }

    /** What follows an epoch that was good: keeping and saving. */
    private Metrics finish(Metrics metrics, @Nullable Evaluation judgement) throws IOException {
        countTime(metrics.seconds());
        checkpoint = checkpoint.next(metrics);
        if (best == null || checkpoint.epochsWithoutGain() == 0) {
            tested = judgement;
            if (best != null) {
                best.copy(judged);
            }
        }
        if (directory != null && lock != null) {
            lock.check();
            directory.append(metrics, wallSeconds());
            save(directory);
        }
        return metrics;
    }

    /** The model first, the checkpoint last: what it says is there, is there. */
    private void save(RunDirectory directory) throws IOException {
        current().save(directory.model(), Map.of("data", data.name(), "epoch", String.valueOf(modelEpoch())));
        checkpoint.write(directory.checkpoint(), content);
    }

    private JsonObject json(Result result) {
        JsonObject json = new JsonObject();
        addResult(json, "test", result.test());
        if (result.validation() != null) {
            addResult(json, "validation", result.validation());
        }
        json.addProperty("epochs", checkpoint.epoch());
        json.addProperty("model_epoch", modelEpoch());
        if (checkpoint.epoch() > 0) {
            json.addProperty("best_epoch_seconds", bestEpochSeconds);
        }
        json.addProperty("train_seconds", trainSeconds);
        json.addProperty("wall_seconds", result.wallSeconds());
        json.addProperty("weights_sha256", result.weightsSha256());
        if (execution.profiled()) {
            JsonObject shares = new JsonObject();
            profile.shares().forEach((phase, share) -> shares.addProperty(phase.toString(), share));
            json.add("profile", shares);
            JsonObject steps = new JsonObject();
            profile.steps().forEach(steps::addProperty);
            json.add("steps", steps);
            JsonObject seconds = new JsonObject();
            JsonObject predicted = new JsonObject();
            for (Way way : ways) {
                seconds.addProperty(way.name(), way.seconds());
                if (!Double.isNaN(way.predicted())) {
                    predicted.addProperty(way.name(), way.predicted());
                }
            }
            json.add("step_time", seconds);
            json.add("step_time_predicted", predicted);
        }
        return json;
    }

    private static void addResult(JsonObject json, String part, @Nullable Evaluation evaluation) {
        JsonArray bounds = new JsonArray();
        if (evaluation != null) {
            bounds.add(evaluation.interval().low());
            bounds.add(evaluation.interval().high());
        }
        json.addProperty(part + "_accuracy", evaluation == null ? null : evaluation.accuracy());
        json.add(part + "_accuracy_95", evaluation == null ? JsonNull.INSTANCE : bounds);
        json.add(part + "_loss", evaluation == null ? JsonNull.INSTANCE : Json.number(evaluation.loss()));
    }

    private boolean stopsEarly() {
        Integer patience = recipe.get(Recipe.EARLY_STOP);
        return patience != null && checkpoint.epochsWithoutGain() >= patience;
    }

    /**
     * The trained network, or its averaged weights where the recipe wants them: of the epoch with the smallest validation
     * loss so far, or of the last one, as the recipe says. A copy: what is trained later does not change it.
     */
    public Model model() {
        return current().copy();
    }

    private Model current() {
        return best == null ? judged : best;
    }

    /** The epoch that the model is of. */
    public int modelEpoch() {
        return best == null ? checkpoint.epoch() : checkpoint.epoch() - checkpoint.epochsWithoutGain();
    }

    /** The learning rate that an epoch, from 1 to the last one, begins with. */
    public float rate(int epoch) {
        Plan plan = recipe.plan();
        return plan.schedule().rate(plan.baseRate(), (epoch - 1L) * batches.count(),
                (long) plan.epochs() * batches.count());
    }

    /** Whether this is a finished run that was resumed with nothing left to do; then nothing is written. */
    public boolean isIdle() {
        return idle;
    }

    /** The model's result on the test images; null without. */
    public @Nullable Evaluation tested() {
        if (tested == null && test != null && data.test() != null) { // before an epoch of this process was better
            tested = (best == null ? test : tester(data.test(), best)).evaluate();
        }
        return tested;
    }

    /** The model's result on the images held out to choose by; null without. */
    public @Nullable Evaluation validated() {
        return validation == null ? null : (best == null ? validation : on(split.validation(), best)).evaluate();
    }

    /** The model's result on the images that it learned from. */
    public Evaluation fitted() {
        return on(split.training(), current()).evaluate();
    }

    /** What the session came to; null before {@link #run} has ended as it should. */
    public @Nullable Result result() {
        return result;
    }

    /** Where the session stands: epochs done, and how the validation loss went. */
    public Checkpoint position() {
        return checkpoint;
    }

    /** The number of images of an epoch. */
    public int samples() {
        return batches.samples();
    }

    /** Seconds that all epochs took, those before a resumption included. */
    public double trainSeconds() {
        return trainSeconds;
    }

    /** Seconds of the quickest epoch; infinity before the first. */
    public double bestEpochSeconds() {
        return bestEpochSeconds;
    }

    /** Where the time of this process's epochs went; of nothing if that was not asked for. */
    public Profile profile() {
        return profile;
    }

    /**
     * How long a step took in each way to divide it between the threads, as tried, beside what it should take; empty before {@link #run}
     * has ended as it should, where that was not asked for, and where there is but one way, or was no trial yet.
     */
    public List<Way> ways() {
        return ways;
    }

    /** Ends the threads, and lets go of the run's directory. */
    @Override
    public void close() {
        workers.close();
        if (lock != null) {
            lock.close();
        }
    }
}
