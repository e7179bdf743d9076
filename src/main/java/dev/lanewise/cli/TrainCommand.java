package dev.lanewise.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.VectorWidth;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.sparse.SparseRows;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.report.Environment;
import dev.lanewise.report.RunDirectory;
import dev.lanewise.train.Checkpoint;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Evaluator;
import dev.lanewise.train.Metrics;
import dev.lanewise.train.ModelFile;
import dev.lanewise.train.Optimizer;
import dev.lanewise.train.Profile;
import dev.lanewise.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code lanewise train}. */
@Command(name = "train", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Trains a network and saves it.", description = {
                "Prints a line an epoch and a summary on stdout; writes run.json, metrics.jsonl, model.safetensors",
                "and checkpoint.safetensors to the run's directory. Ctrl-C keeps the last finished epoch.", ""},
        footer = {"",
                "Examples:", "  lanewise train", "  lanewise train --hidden 800,800 --epochs 20 --out runs/large",
                "  lanewise train --resume runs/large --epochs 30"})
final class TrainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Mixin
    private TrainOptions options;

    private RunDirectory directory;
    private DatasetPair data;
    private Architecture architecture;
    private Network network; // evaluated and saved
    private Network trained; // the same, or with dropout, smoothed labels, raw weights where those are averaged
    private Optimizer optimizer;
    private Checkpoint checkpoint = Checkpoint.START;
    private Profile profile; // null: not asked for
    private Evaluation tested; // of the network as it stands
    private double trainSeconds;
    private double bestEpochSeconds = Double.POSITIVE_INFINITY;

    @Override
    public Integer call() throws IOException {
        JsonObject resumed = null;
        if (options.resume != null) {
            resumed = new RunDirectory(options.resume).readRun();
            options.resume(resumed, spec.commandLine().getParseResult());
        }
        options.check(spec.commandLine().getParseResult());
        if (options.out != null) {
            RunDirectory.requireFree(options.out);
        }
        VectorWidth.obstacle().ifPresent(obstacle -> System.err.println(InfoCommand.warning(obstacle)));
        data = DataOption.load(options.data);
        main.endRehearsal();
        // From here on the same data by name: what auto has found now must not become something else on --resume.
        options.data = DataOption.reference(options.data, data);
        if (resumed != null && !(resumed.get("dataset") instanceof JsonObject before
                && RunDirectory.files(data).equals(before.get("files")))) {
            throw new InputException("%s: --data %s is no longer what this run began on; start a new run"
                    .formatted(options.resume, options.data));
        }

        Dataset train = data.train();
        Batches.Split split = Batches.Split.of(train.size(), options.validation, options.seed);
        if (split.training().length == 0 || options.validation > 0 && split.validation().length == 0) {
            throw new InputException("--validation %s: no image is left on one side of %d"
                    .formatted(options.validation, train.size()));
        }
        Batches batches = new Batches(train, split.training(), options.batchSize);
        architecture = new Architecture(train.shape().size(), options.hidden.widths(), train.classes().size(),
                options.activation,
                options.loss);
        try {
            prepare(batches.capacity());
        } catch (ArithmeticException | OutOfMemoryError e) {
            throw new InputException(
                    "a network of %s does not fit in memory; use narrower layers with --hidden".formatted(architecture),
                    e);
        }
        SparseRows nonZeros = options.dense ? null : Trainer.nonZeros(trained, data.train());
        options.threads = options.threads.resolve(workOfAStep(batches.capacity(), nonZeros));
        directory = options.resume != null
                ? new RunDirectory(options.resume)
                : RunDirectory.create(options.out != null ? options.out : nameByTime());
        try {
            openRun();
            return train(split, batches, nonZeros);
        } catch (InputException e) {
            throw e;
        } catch (IOException e) { // the data is read: this is the run's directory
            String remedy = Files.exists(directory.checkpoint())
                    ? "the last checkpoint is kept: make room and go on with --resume " + directory.path()
                    : "make room or name another directory with --out";
            throw new InputException("%s cannot be written to (%s); %s".formatted(directory.path(),
                    RunDirectory.reason(e), remedy), e);
        }
    }

    private void prepare(int batchSize) {
        network = Network.of(architecture, Math.max(batchSize, Evaluator.ROWS)).initialize(options.seed);
        trained = network;
        if (options.dropout > 0 || options.labelSmoothing > 0) {
            trained = network.regularized(batchSize, options.dropout, options.labelSmoothing, options.seed);
        }
        optimizer = new Optimizer(options.optimizer, network.parameters(), options.momentum, options.weightDecay);
        if (options.clipNorm != null) {
            optimizer.clipTo(options.clipNorm);
        }
        if (options.ema != null) {
            network = Network.of(architecture, Evaluator.ROWS);
            optimizer.averageInto(network.parameters(), options.ema);
        }
    }

    /** Multiply-adds of three products a layer, but two of the first, and an update of each parameter. */
    private double workOfAStep(int batchSize, SparseRows nonZeros) {
        double work = 0;
        for (Parameter parameter : network.parameters()) {
            boolean first = parameter.name().equals(network.parameters().getFirst().name());
            double products = !parameter.decays() ? 1 : !first ? 3 : nonZeros == null ? 2 : 2 * nonZeros.density();
            work += (batchSize * products + 1) * parameter.size();
        }
        return work;
    }

    private int train(Batches.Split split, Batches batches, SparseRows nonZeros) throws IOException {
        try (Workers workers = new Workers(options.threads.number()); Interrupt interrupt = new Interrupt()) {
            Trainer trainer = new Trainer(trained, batches, optimizer, options.schedule, options.rate, options.epochs,
                    options.seed, nonZeros, workers).warmUp(options.warmup);
            profile = options.profile ? trainer.profile() : null;
            Evaluator test = new Evaluator(network, new Batches(data.test(), network.capacity()),
                    options.dense ? null : Trainer.nonZeros(network, data.test()), workers);
            Evaluator validation = split.validation().length == 0
                    ? null
                    : new Evaluator(network, new Batches(data.train(), split.validation(), network.capacity()),
                            nonZeros, workers);
            while (checkpoint.epoch() < options.epochs && !stopsEarly()) {
                if (interrupt.requested() || !trainEpoch(trainer, validation, test, batches, interrupt)) {
                    writeRun("interrupted", null);
                    System.err.printf("Interrupted after epoch %d of %d; go on with: lanewise train --resume %s%n",
                            checkpoint.epoch(), options.epochs, directory.path());
                    return Main.INTERRUPTED;
                }
            }
            if (tested == null) { // a resumed run that had finished
                tested = test.evaluate();
            }
            return finish(tested);
        }
    }

    /** Of all epochs. */
    private long samples(Batches batches) {
        return (long) options.epochs * batches.samples();
    }

    /** One epoch with all that follows; false if it was interrupted, and then nothing of it is kept. */
    private boolean trainEpoch(Trainer trainer, Evaluator validation, Evaluator test, Batches batches,
            Interrupt interrupt) throws IOException {
        int epoch = checkpoint.epoch() + 1;
        long total = samples(batches);
        long before = (epoch - 1L) * batches.samples();
        double loss;
        double seconds;
        try (Progress progress = new Progress("epoch %d/%d".formatted(epoch, options.epochs), " images", before, total,
                trainSeconds)) {
            long start = System.nanoTime();
            loss = trainer.epoch(epoch, (samples, mean) -> {
                if (progress.isDue()) {
                    progress.update(before + samples, total, "%,.0f images/s  loss %.4f"
                            .formatted(samples / secondsSince(start), mean));
                }
                return !interrupt.requested();
            });
            seconds = secondsSince(start);
        }
        if (Double.isNaN(loss) && interrupt.requested()) {
            return false;
        }
        if (!Double.isFinite(loss)) {
            writeRun("failed", null);
            throw new InputException("the loss is no longer a number in epoch %d; use a smaller --lr than %s"
                    .formatted(epoch, options.rate));
        }
        trainSeconds += seconds;
        bestEpochSeconds = Math.min(bestEpochSeconds, seconds);
        Evaluation validated = validation == null ? null : validation.evaluate();
        tested = test.evaluate();
        Metrics metrics = new Metrics(epoch, loss, validated, tested.accuracy(), trainer.rate(), seconds,
                batches.samples() / seconds);
        checkpoint = checkpoint.next(metrics);
        directory.append(metrics);
        save();
        System.out.printf("epoch %d/%d  loss %.4f  %stest %.2f %%  %.2f s  %,.0f images/s%n", epoch, options.epochs,
                loss, validated == null ? "" : "validation %.2f %%  ".formatted(100 * validated.accuracy()),
                100 * tested.accuracy(), seconds, metrics.imagesPerSecond());
        return true;
    }

    private static double secondsSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e9;
    }

    private boolean stopsEarly() {
        return options.earlyStop != null && checkpoint.epochsWithoutGain() >= options.earlyStop;
    }

    private void openRun() throws IOException {
        if (options.resume != null) {
            checkpoint = Checkpoint.read(directory.checkpoint(), trained, optimizer);
            for (double seconds : directory.keepMetrics(checkpoint.epoch())) {
                trainSeconds += seconds;
                bestEpochSeconds = Math.min(bestEpochSeconds, seconds);
            }
        } else {
            save(); // so that a run can be resumed from its first moment, and a full disk shows before the work
        }
        writeRun("running", null);
    }

    private static Path nameByTime() {
        String time = LocalDateTime.now().format(DateTimeFormatter.ofPattern("uuuu-MM-dd_HH-mm-ss"));
        Path path = Path.of("runs", time);
        for (int i = 2; Files.exists(path); i++) {
            path = Path.of("runs", time + "_" + i);
        }
        return path;
    }

    /** The model first, the checkpoint last: what it says is there, is there. */
    private void save() throws IOException {
        ModelFile.write(directory.model(), architecture, network,
                Map.of("data", options.data, "epoch", String.valueOf(checkpoint.epoch())));
        checkpoint.write(directory.checkpoint(), architecture, trained, optimizer);
    }

    private int finish(Evaluation test) throws IOException {
        String sha256 = ModelFile.sha256(network);
        Evaluation.Interval interval = test.interval();
        JsonObject result = new JsonObject();
        result.addProperty("test_accuracy", test.accuracy());
        JsonArray bounds = new JsonArray();
        bounds.add(interval.low());
        bounds.add(interval.high());
        result.add("test_accuracy_95", bounds);
        result.addProperty("test_loss", test.loss());
        result.addProperty("epochs", checkpoint.epoch());
        if (checkpoint.epoch() > 0) {
            result.addProperty("best_epoch_seconds", bestEpochSeconds);
        }
        result.addProperty("train_seconds", trainSeconds);
        result.addProperty("wall_seconds", Environment.secondsSinceStart());
        result.addProperty("weights_sha256", sha256);
        if (profile != null) {
            JsonObject shares = new JsonObject();
            profile.shares().forEach((phase, share) -> shares.addProperty(name(phase), share));
            result.add("profile", shares);
        }
        writeRun("finished", result);

        if (stopsEarly() && checkpoint.epoch() < options.epochs) {
            System.out.printf("stopped early: no smaller validation loss for %d epochs%n",
                    checkpoint.epochsWithoutGain());
        }
        System.out.printf("%ntest accuracy   %.2f %% of %,d images of %s (95 %% interval %.2f to %.2f)%n",
                100 * test.accuracy(), test.total(), data.name(), 100 * interval.low(), 100 * interval.high());
        System.out.printf("network         %s, %s, %s; seed %d%n", architecture,
                options.activation.name().toLowerCase(Locale.ROOT), options.loss, options.seed);
        System.out.printf("time            %.2f s training, %.2f s in all%n", trainSeconds,
                result.get("wall_seconds").getAsDouble());
        if (profile != null) {
            System.out.printf("profile         %s%n", String.join(", ", profile.shares().entrySet().stream()
                    .map(phase -> "%s %.1f %%".formatted(name(phase.getKey()), 100 * phase.getValue())).toList()));
        }
        System.out.printf("weights_sha256  %s%n", sha256);
        System.out.printf("saved           %s%n", directory.model());
        if (data.name().equals("digits")) {
            System.out.println("NOTE: this was trained and tested on the BUILT-IN DIGITS, not on MNIST.");
        }
        if (options.targetAccuracy != null && 100 * test.accuracy() < options.targetAccuracy) {
            System.err.printf("lanewise: the target of %s %% was missed%n", options.targetAccuracy);
            return Main.TARGET_MISSED;
        }
        return 0;
    }

    private static String name(Profile.Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }

    private void writeRun(String status, JsonObject result) throws IOException {
        directory.writeRun(status, options.toJson(), data, result);
    }
}
