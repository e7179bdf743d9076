package dev.lanewise.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.data.InputException;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Loss;
import dev.lanewise.train.Optimizer;
import dev.lanewise.train.Schedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The options of {@code train}: what is typed, what run.json keeps, and what a resumed run takes from there. */
final class TrainOptions {
    // The defaults were chosen on 10,000 held-out training images, seeds 11 and 12 (--validation 0.1667): one-cycle at
    // 0.1 98.0 %, cosine at 0.1 97.9 %, at 0.05 97.7 %; batches of 32 98.0 %, of 128 97.7 %; 15 epochs 98.0 %.

    /** What --resume lets change. */
    private static final Set<String> RESUMABLE = Set.of("--resume", "--epochs", "--threads", "--dense",
            "--profile", "--target-accuracy");

    @Option(names = "--data", defaultValue = "auto", paramLabel = "DATA", description = {
            "What to train on (default: ${DEFAULT-VALUE}):",
            "auto    MNIST, found or downloaded; else the built-in digits",
            "mnist   MNIST or nothing", "digits  images drawn by the program",
            "DIR     a directory with four IDX files named like MNIST's"})
    String data;

    @Option(names = "--hidden", defaultValue = "128", paramLabel = "N[,N...]", converter = HiddenConverter.class,
            description = "Widths of the hidden layers, or none for a linear classifier (default: ${DEFAULT-VALUE})")
    Hidden hidden;

    @Option(names = "--activation", defaultValue = "relu", paramLabel = "NAME", converter = ActivationConverter.class,
            description = "Of the hidden layers: relu, sigmoid or tanh (default: ${DEFAULT-VALUE})")
    Activation activation;

    @Option(names = "--loss", defaultValue = "cross-entropy", paramLabel = "NAME", converter = LossConverter.class,
            description = {
                    "cross-entropy  of softmax outputs (default)", "mse            squared error of sigmoid outputs",
                    "softmax-mse    squared error of softmax outputs"})
    Loss loss;

    @Option(names = "--optimizer", defaultValue = "momentum", paramLabel = "NAME", converter = RuleConverter.class,
            description = "sgd, momentum, nesterov, adam or adamw (default: ${DEFAULT-VALUE})")
    Optimizer.Rule optimizer;

    @Option(names = "--momentum", defaultValue = "0.9", paramLabel = "M",
            description = "Of the optimizers momentum and nesterov, from 0 to below 1 (default: ${DEFAULT-VALUE})")
    double momentum;

    @Option(names = "--lr", paramLabel = "RATE",
            description = "Learning rate (default: 0.1; 0.001 for adam and adamw)")
    Double rate;

    @Option(names = "--schedule", defaultValue = "one-cycle", paramLabel = "NAME", converter = ScheduleConverter.class,
            description = "Of the learning rate: constant, step, cosine or one-cycle (default: ${DEFAULT-VALUE})")
    Schedule schedule;

    @Option(names = "--warmup", paramLabel = "SHARE",
            description = "Share of the run for which the rate rises first (default: 0; 0.3 for one-cycle)")
    Double warmup;

    @Option(names = "--weight-decay", defaultValue = "0.0001", paramLabel = "D",
            description = "Pulls weights, not biases, towards 0 (default: ${DEFAULT-VALUE})")
    double weightDecay;

    @Option(names = "--dropout", defaultValue = "0", paramLabel = "P",
            description = "Drop each hidden unit with this probability while training (default: ${DEFAULT-VALUE})")
    double dropout;

    @Option(names = "--label-smoothing", defaultValue = "0", paramLabel = "SHARE",
            description = "Of the labels, spread over all classes; for cross-entropy (default: ${DEFAULT-VALUE})")
    double labelSmoothing;

    @Option(names = "--clip-norm", paramLabel = "NORM",
            description = "Scale the gradients of a step down to this norm over all of them")
    Double clipNorm;

    @Option(names = "--ema", paramLabel = "DECAY", description = {
            "Evaluate and save an exponential moving average of the weights instead of the",
            "last ones; it keeps this share of itself a step, such as 0.999"})
    Double ema;

    @Option(names = "--batch-size", defaultValue = "64", paramLabel = "N",
            description = "Images a step (default: ${DEFAULT-VALUE})")
    int batchSize;

    @Option(names = "--epochs", defaultValue = "10", paramLabel = "N",
            description = "Passes over the training images (default: ${DEFAULT-VALUE})")
    int epochs;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Decides everything random: initial weights, order, split (default: ${DEFAULT-VALUE})")
    long seed;

    @Option(names = "--threads", defaultValue = "auto", paramLabel = "N", converter = ThreadsConverter.class,
            description = {"Threads, or auto: as many as the work of a step keeps busy, at most one a core and 16",
                    "(default: ${DEFAULT-VALUE}); the result does not depend on them"})
    Threads threads;

    @Option(names = "--dense",
            description = "Compute with zero pixels too, which are else left out; slower, the result is the same")
    boolean dense;

    @Option(names = "--profile", description = "Measure and print which share of the time each phase of a step takes")
    boolean profile;

    @Option(names = "--validation", defaultValue = "0", paramLabel = "SHARE",
            description = "Share of the training images to hold out, such as 0.1 (default: ${DEFAULT-VALUE})")
    double validation;

    @Option(names = "--early-stop", paramLabel = "N",
            description = "End after N epochs without a smaller validation loss; needs --validation")
    Integer earlyStop;

    @Option(names = "--target-accuracy", paramLabel = "PERCENT",
            description = "Exit with status 3 if the final test accuracy is below this")
    Double targetAccuracy;

    @Option(names = "--out", paramLabel = "DIR",
            description = "Directory to write the run to (default: runs/ and the time)")
    Path out;

    @Option(names = "--resume", paramLabel = "RUN",
            description = "Go on with a run; --epochs, --threads, --dense, --profile and --target-accuracy may change")
    Path resume;

    /** Widths of hidden layers; a type of its own, as the converter of one argument must not be split. */
    record Hidden(List<Integer> widths) {
        /** From run.json. Throws TypeConversionException as for what is typed. */
        static Hidden of(JsonArray widths) {
            List<String> typed = widths.asList().stream().map(JsonElement::getAsString).toList();
            return new HiddenConverter().convert(typed.isEmpty() ? "none" : String.join(",", typed));
        }
    }

    /** A number of threads; null until auto has become one. */
    record Threads(Integer number) {
        static final Threads AUTO = new Threads(null);

        /**
         * Work of a step, in multiply-adds, that each thread must have to be worth the barriers. 784-30-10 has 0.34
         * million on MNIST at batch 32, 784-128-10 has 1.44. On two Zen 4 cores a second thread
         * changed their epochs from 0.089 to 0.083 s and from 0.202 to 0.159 s when the machine was quiet, but to 0.50
         * and 0.60 s when it was not: so it is taken from 1 million on only. Coarse; one pair of runs each.
         */
        private static final double WORK = 500_000;

        /** This number or, for auto, what the work of a step keeps busy. */
        Threads resolve(double work) {
            return number != null
                    ? this
                    : new Threads(Math.clamp((long) (work / WORK), 1, defaultThreads()));
        }
    }

    /** One a core, at most 16. */
    static int defaultThreads() {
        return Math.min(16, Runtime.getRuntime().availableProcessors());
    }

    /** What suits an optimizer. */
    static double defaultRate(Optimizer.Rule optimizer) {
        return switch (optimizer) {
            case SGD, MOMENTUM, NESTEROV -> 0.1;
            case ADAM, ADAMW -> 0.001;
        };
    }

    /** Checks what the optimizer's step takes. */
    static void checkSteps(double rate, double momentum, double weightDecay, CommandLine commandLine) {
        if (!(rate > 0 && rate <= 1e6)) {
            throw new ParameterException(commandLine, "--lr must be above 0 and a number, not " + rate);
        }
        if (!(momentum >= 0 && momentum < 1)) {
            throw new ParameterException(commandLine, "--momentum must be from 0 to below 1, not " + momentum);
        }
        if (!(weightDecay >= 0 && weightDecay <= 1e6)) {
            throw new ParameterException(commandLine, "--weight-decay must be 0 or more, not " + weightDecay);
        }
    }

    /** Checks every value and fills in the defaults that depend on others; messages name the option. */
    void check(ParseResult parsed) {
        Consumer<String> refuse = message -> {
            throw new ParameterException(parsed.commandSpec().commandLine(), message);
        };
        if (rate == null) {
            rate = defaultRate(optimizer);
        }
        if (warmup == null) {
            warmup = schedule.usualWarmUp();
        }
        checkSteps(rate, momentum, weightDecay, parsed.commandSpec().commandLine());
        if (!(warmup >= 0 && warmup < 1)) {
            refuse.accept("--warmup must be a share from 0 to below 1, not " + warmup);
        }
        if (!(dropout >= 0 && dropout <= 0.99)) {
            refuse.accept("--dropout must be a probability from 0 to 0.99, not " + dropout);
        }
        if (dropout > 0 && hidden.widths.isEmpty()) {
            refuse.accept("--dropout needs hidden units to drop; name their number with --hidden");
        }
        if (!(labelSmoothing >= 0 && labelSmoothing <= 0.99)) {
            refuse.accept("--label-smoothing must be a share from 0 to 0.99, not " + labelSmoothing);
        }
        if (labelSmoothing > 0 && loss != Loss.CROSS_ENTROPY) {
            refuse.accept("--label-smoothing is for the loss cross-entropy, not for " + loss);
        }
        if (clipNorm != null && !(clipNorm > 0 && clipNorm <= 1e6)) {
            refuse.accept("--clip-norm must be above 0 and a number, not " + clipNorm);
        }
        if (ema != null && !(ema > 0 && ema <= 0.999999)) {
            refuse.accept("--ema must be above 0 and at most 0.999999, not " + ema);
        }
        if (!(validation >= 0 && validation < 1)) {
            refuse.accept("--validation must be a share from 0 to below 1, not " + validation);
        }
        if (batchSize < 1 || batchSize > 65_536) {
            refuse.accept("--batch-size must be from 1 to 65536, not " + batchSize);
        }
        if (epochs < 1 || epochs > 1_000_000) {
            refuse.accept("--epochs must be from 1 to 1000000, not " + epochs);
        }
        if (earlyStop != null && (earlyStop < 1 || validation == 0)) {
            refuse.accept(earlyStop < 1
                    ? "--early-stop must be 1 or more, not " + earlyStop
                    : "--early-stop needs held-out images to judge by; add --validation 0.1");
        }
        if (targetAccuracy != null && !(targetAccuracy > 0 && targetAccuracy <= 100)) {
            refuse.accept("--target-accuracy must be a percentage above 0 and up to 100, not " + targetAccuracy);
        }
    }

    /** Everything but --out and --resume, as used. */
    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("data", data);
        JsonArray widths = new JsonArray();
        hidden.widths.forEach(widths::add);
        json.add("hidden", widths);
        json.addProperty("activation", activation.name().toLowerCase(Locale.ROOT));
        json.addProperty("loss", loss.toString());
        json.addProperty("optimizer", optimizer.toString());
        json.addProperty("momentum", momentum);
        json.addProperty("lr", rate);
        json.addProperty("schedule", schedule.toString());
        json.addProperty("warmup", warmup);
        json.addProperty("weight_decay", weightDecay);
        json.addProperty("dropout", dropout);
        json.addProperty("label_smoothing", labelSmoothing);
        json.addProperty("clip_norm", clipNorm);
        json.addProperty("ema", ema);
        json.addProperty("batch_size", batchSize);
        json.addProperty("epochs", epochs);
        json.addProperty("seed", seed);
        json.addProperty("threads", threads.number);
        json.addProperty("dense", dense);
        json.addProperty("profile", profile);
        json.addProperty("validation", validation);
        json.addProperty("early_stop", earlyStop);
        json.addProperty("target_accuracy", targetAccuracy);
        return json;
    }

    /**
     * Takes over the configuration of the run to resume, but for what may change and was typed.
     *
     * @throws InputException if it is damaged
     */
    void resume(JsonObject run, ParseResult parsed) throws InputException {
        for (OptionSpec option : parsed.matchedOptions()) {
            if (!RESUMABLE.contains(option.longestName())) {
                throw new ParameterException(parsed.commandSpec().commandLine(),
                        "--resume takes %s from the run; leave it out".formatted(option.longestName()));
            }
        }
        try {
            JsonObject json = run.getAsJsonObject("config");
            data = json.get("data").getAsString();
            hidden = Hidden.of(json.getAsJsonArray("hidden"));
            activation = new ActivationConverter().convert(json.get("activation").getAsString());
            loss = new LossConverter().convert(json.get("loss").getAsString());
            optimizer = new RuleConverter().convert(json.get("optimizer").getAsString());
            momentum = json.get("momentum").getAsDouble();
            rate = json.get("lr").getAsDouble();
            schedule = new ScheduleConverter().convert(json.get("schedule").getAsString());
            warmup = json.get("warmup").getAsDouble();
            weightDecay = json.get("weight_decay").getAsDouble();
            dropout = json.get("dropout").getAsDouble();
            labelSmoothing = json.get("label_smoothing").getAsDouble();
            clipNorm = number(json.get("clip_norm"));
            ema = number(json.get("ema"));
            batchSize = json.get("batch_size").getAsInt();
            seed = json.get("seed").getAsLong();
            validation = json.get("validation").getAsDouble();
            earlyStop = json.get("early_stop") instanceof JsonPrimitive value
                    ? Integer.valueOf(value.getAsInt())
                    : null;
            if (!parsed.hasMatchedOption("--epochs")) {
                epochs = json.get("epochs").getAsInt();
            }
            if (!parsed.hasMatchedOption("--target-accuracy")) {
                targetAccuracy = number(json.get("target_accuracy"));
            }
        } catch (NullPointerException | ClassCastException | IllegalStateException | NumberFormatException
                | UnsupportedOperationException | TypeConversionException e) {
            throw new InputException("%s: the configuration in run.json is damaged; start a new run".formatted(resume),
                    e);
        }
    }

    /** A number that may be missing. */
    private static Double number(JsonElement value) {
        return value == null || value.isJsonNull() ? null : Double.valueOf(value.getAsDouble());
    }

    static <T> T named(String name, List<T> choices) {
        return choices.stream().filter(choice -> choice.toString().equalsIgnoreCase(name)).findFirst()
                .orElseThrow(() -> new TypeConversionException("'%s' is not one of %s".formatted(name,
                        String.join(", ",
                                choices.stream().map(choice -> choice.toString().toLowerCase(Locale.ROOT)).toList()))));
    }

    static final class HiddenConverter implements ITypeConverter<Hidden> {
        private static final int MAX = 65_536;

        @Override
        public Hidden convert(String value) {
            if (value.equals("none")) {
                return new Hidden(List.of());
            }
            return new Hidden(List.of(value.split(",", -1)).stream().map(HiddenConverter::width).toList());
        }

        private static int width(String value) {
            try {
                int width = Integer.parseInt(value.strip());
                if (width >= 1 && width <= MAX) {
                    return width;
                }
            } catch (NumberFormatException _) {
                // the same message
            }
            throw new TypeConversionException(
                    "'%s' is not a width from 1 to %d; write 128, or 800,800, or none".formatted(value, MAX));
        }
    }

    static final class ThreadsConverter implements ITypeConverter<Threads> {
        private static final int MAX = 256;

        @Override
        public Threads convert(String value) {
            if (value.equals("auto")) {
                return Threads.AUTO;
            }
            try {
                int threads = Integer.parseInt(value);
                if (threads >= 1 && threads <= MAX) {
                    return new Threads(threads);
                }
            } catch (NumberFormatException _) {
                // the same message
            }
            throw new TypeConversionException("'%s' is not auto or a number from 1 to %d".formatted(value, MAX));
        }
    }

    static final class ActivationConverter implements ITypeConverter<Activation> {
        @Override
        public Activation convert(String value) {
            return named(value, List.of(Activation.RELU, Activation.SIGMOID, Activation.TANH));
        }
    }

    static final class LossConverter implements ITypeConverter<Loss> {
        @Override
        public Loss convert(String value) {
            return named(value, List.of(Loss.values()));
        }
    }

    static final class RuleConverter implements ITypeConverter<Optimizer.Rule> {
        @Override
        public Optimizer.Rule convert(String value) {
            return named(value, List.of(Optimizer.Rule.values()));
        }
    }

    static final class ScheduleConverter implements ITypeConverter<Schedule> {
        @Override
        public Schedule convert(String value) {
            return named(value, List.of(Schedule.values()));
        }
    }
}
