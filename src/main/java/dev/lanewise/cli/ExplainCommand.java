package dev.lanewise.cli;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.explain.BiasTopic;
import dev.lanewise.explain.ConvTopic;
import dev.lanewise.explain.DigitTopic;
import dev.lanewise.explain.LossTopic;
import dev.lanewise.explain.Mistake;
import dev.lanewise.explain.MistakePage;
import dev.lanewise.explain.Page;
import dev.lanewise.explain.SoftmaxTopic;
import dev.lanewise.explain.Xor;
import dev.lanewise.export.Formats;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Model;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise explain}. */
@Command(name = "explain", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "TOPIC", sortOptions = false,
        header = "Backpropagation on the kernels that train: formulas beside their numbers.", footer = {"",
                "Examples:", "  lanewise explain xor", "  lanewise explain xor --mistake no-learning-rate",
                "  lanewise explain digit 7 --run runs/NAME", "  lanewise explain softmax -o md"})
final class ExplainCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a topic is missing: xor, softmax, bias, loss, conv or digit");
    }

    /** The options of every topic but digit. */
    static final class Options {
        @Spec(Spec.Target.MIXEE)
        private CommandSpec spec;

        @Option(names = "--mistake", paramLabel = "NAME", converter = MistakeConverter.class,
                description = "Shows how the gradient check and the training curve betray a mistake of this topic.")
        private @Nullable Mistake mistake;

        @Option(names = "-o", defaultValue = "plain", paramLabel = "FORMAT", converter = FormatConverter.class,
                description = "How to print: plain or md (default: ${DEFAULT-VALUE}).")
        private Page.Format format;

        private int print(Supplier<Page> page) {
            if (mistake != null && !mistake.concerns(spec.name())) {
                throw new ParameterException(spec.commandLine(), "--mistake %s belongs to another topic: explain %s"
                        .formatted(mistake, String.join(" or explain ", mistake.topics())));
            }
            System.out.print((mistake != null ? MistakePage.page(mistake) : page.get()).in(format));
            return 0;
        }
    }

    @Command(name = "xor", mixinStandardHelpOptions = true, header = "A small network on paper and in training.",
            description = {"Which delta is right? What are 1/m and the learning rate for? Are biases updated?",
                    "Mistakes: no-bias-update, mse-delta-for-cross-entropy, no-learning-rate"})
    int xor(@Mixin Options options) {
        return options.print(Xor::page);
    }

    @Command(name = "softmax", mixinStandardHelpOptions = true, header = "Overflow, the Jacobian, p - y.",
            description = {"Why does exp overflow? What is the local gradient of softmax?",
                    "Mistakes: no-max-shift, diagonal-jacobian"})
    int softmax(@Mixin Options options) {
        return options.print(SoftmaxTopic::page);
    }

    @Command(name = "bias", mixinStandardHelpOptions = true, header = "A vector, or a column of ones.",
            description = {"Where does the bias stand, and what is its gradient?", "Mistakes: no-bias-update"})
    int bias(@Mixin Options options) {
        return options.print(BiasTopic::page);
    }

    @Command(name = "loss", mixinStandardHelpOptions = true, header = "Labels, log-sum-exp, deltas.",
            description = {"One-hot or index? Why log-sum-exp? Which delta belongs to which loss?",
                    "Mistakes: mse-delta-for-cross-entropy, no-max-shift"})
    int loss(@Mixin Options options) {
        return options.print(LossTopic::page);
    }

    @Command(name = "conv", mixinStandardHelpOptions = true, sortOptions = false,
            header = "A convolution forward and backward, by hand.",
            description = "What is the gradient of a filter, what that of the image? Where does max pooling send its own?")
    int conv(@Option(names = "-o", defaultValue = "plain", paramLabel = "FORMAT", converter = FormatConverter.class,
            description = "How to print: plain or md (default: ${DEFAULT-VALUE}).") Page.Format format) {
        System.out.print(ConvTopic.page().in(format));
        return 0;
    }

    @Command(name = "digit", mixinStandardHelpOptions = true, sortOptions = false,
            header = "One test image through a trained network, forward and backward.",
            description = "What does each layer make of it, and which pixels decided?")
    int digit(
            @Parameters(paramLabel = "N", description = "Number of the test image, from 0.") int image,
            @Option(names = "--run", paramLabel = "RUN", description = "Directory of a run, or a file with a model "
                    + "(default: the newest in runs/, or else a small network trained now, in a few seconds).") @Nullable Path run,
            @Option(names = "--data", paramLabel = "DATA",
                    description = "Data set: auto, a name as in 'lanewise data list', or a place (default: the network's).") @Nullable String dataName,
            @Option(names = "-o", defaultValue = "plain", paramLabel = "FORMAT", converter = FormatConverter.class,
                    description = "How to print: plain or md (default: ${DEFAULT-VALUE}).") Page.Format format)
            throws IOException {
        Path directory = run;
        if (run == null) {
            directory = newestRun().orElse(null);
            System.err.println(directory != null
                    ? "Network: %s, the newest run; --run names another".formatted(directory)
                    : "Network: no run in runs/ yet, so a small one is trained for this page; see 'lanewise train'");
        }
        Path file = directory == null ? null : EvalCommand.model(directory);
        Model model = file == null ? null : Formats.read(file);
        DatasetPair data = directory != null && model != null
                ? DataOption.loadTest(directory, model,
                        dataName == null ? null : DataOption.named(dataName, model))
                : DataOption.load(dataName != null ? DataOption.named(dataName) : DataRecipe.USUAL);
        Dataset test = DataOption.testImages(data);
        if (image < 0 || image >= test.size()) {
            throw new InputException("%d: %s has the test images 0 to %d; name one of them".formatted(image,
                    data.name(), test.size() - 1));
        }
        if (file == null || model == null) {
            model = small(data);
        } else {
            EvalCommand.requireFit(file, model, data);
        }
        System.out.print(DigitTopic.page(model.network(), model.classes(), test, image, data.name()).in(format));
        return 0;
    }

    /** The run whose model was written last. */
    private static Optional<Path> newestRun() throws IOException {
        Path runs = Path.of("runs");
        if (!Files.isDirectory(runs)) {
            return Optional.empty();
        }
        try (Stream<Path> directories = Files.list(runs)) {
            return directories.filter(directory -> Files.isRegularFile(RunDirectory.model(directory)))
                    .max((a, b) -> Long.compare(modified(a), modified(b)));
        }
    }

    private static long modified(Path run) {
        return RunDirectory.model(run).toFile().lastModified();
    }

    /** A small network after two epochs. */
    private static Model small(DatasetPair data) throws IOException {
        Recipe recipe = Recipe.mlp(32).with(Recipe.BATCH_SIZE, 32).epochs(2);
        try (Training training = new Training(recipe, data, Training.Execution.USUAL)) {
            training.run(_ -> {
            });
            return training.model();
        }
    }

    private static <T extends Enum<T>> T named(String value, T[] choices) {
        return Arrays.stream(choices).filter(choice -> name(choice).equals(value)).findFirst()
                .orElseThrow(() -> new TypeConversionException("'%s' is not one of %s".formatted(value,
                        String.join(", ", Arrays.stream(choices).map(ExplainCommand::name).toList()))));
    }

    private static String name(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static final class MistakeConverter implements ITypeConverter<Mistake> {
        @Override
        public Mistake convert(String value) {
            return named(value, Mistake.values());
        }
    }

    static final class FormatConverter implements ITypeConverter<Page.Format> {
        @Override
        public Page.Format convert(String value) {
            return named(value, Page.Format.values());
        }
    }
}
