package dev.lanewise.cli;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.export.Format;
import dev.lanewise.export.Formats;
import dev.lanewise.export.Options;
import dev.lanewise.export.Subject;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.Training;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.train.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise export}. */
@Command(name = "export", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Writes a saved network for other programs.", description = {
                "What the file's name ends with decides:", "",
                ".onnx         for most programs that run networks",
                ".safetensors  tensors for PyTorch and others", ".npz          arrays for NumPy",
                ".h            a header for C99: weights and a function",
                ".md           a page about the model, with its accuracy", "",
                "Images are [N, C, H, W] with numbers from 0 to 1, in C [H, W, C]. eval, predict and train --init read .onnx, "
                        + ".safetensors and .npz, those of other programs too.",
                ""},
        footer = {"", "Examples:", "  lanewise export runs/NAME model.onnx --fold",
                "  lanewise export runs/NAME model.onnx --pixels --output logits",
                "  lanewise export runs/NAME small.onnx --fold --int8",
                "  lanewise export runs/NAME weights.npz --layout lanewise"})
final class ExportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "RUN", description = "Directory of a run, or a file with a model.")
    private Path run;

    @Parameters(index = "1", paramLabel = "FILE", description = "Where to write.")
    private Path file;

    @Option(names = "--fold", description = "Makes batch normalisation a part of the layer before it.")
    private boolean fold;

    @Option(names = "--pixels",
            description = "Lets the network take bytes and divide them by 255 itself; for .onnx and .h.")
    private boolean pixels;

    @Option(names = "--output", defaultValue = "probabilities", paramLabel = "WHAT", converter = OutputConverter.class,
            description = "What the network gives: probabilities, or logits, the last layer's numbers; for .onnx and .h "
                    + "(default: ${DEFAULT-VALUE}).")
    private Output output;

    @Option(names = "--int8",
            description = "Weights as bytes with a scale for each output: a quarter of the size; for .onnx.")
    private boolean int8;

    @Option(names = "--layout", defaultValue = "torch", paramLabel = "LAYOUT", converter = LayoutConverter.class,
            description = "Names and shapes in .safetensors and .npz: torch, as in fc1.weight [out, in] and conv1.weight "
                    + "[out, in, height, width]; or lanewise, as in a run's own file (default: ${DEFAULT-VALUE}).")
    private Options.Layout layout;

    @Spec
    private CommandSpec spec;

    /** What an exported network gives. */
    enum Output {
        PROBABILITIES, LOGITS
    }

    static final class OutputConverter implements ITypeConverter<Output> {
        @Override
        public Output convert(String value) {
            return named(value, Output.values());
        }
    }

    static final class LayoutConverter implements ITypeConverter<Options.Layout> {
        @Override
        public Options.Layout convert(String value) {
            return named(value, Options.Layout.values());
        }
    }

    private static <T extends Enum<T>> T named(String value, T[] choices) {
        return Arrays.stream(choices).filter(choice -> choice.name().toLowerCase(Locale.ROOT).equals(value)).findFirst()
                .orElseThrow(() -> new TypeConversionException("'%s' is not %s".formatted(value, Arrays.stream(choices)
                        .map(choice -> choice.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(" or ")))));
    }

    @Override
    public Integer call() throws IOException {
        Format format = Formats.of(file);
        for (String option : List.of(Options.FOLD, Options.PIXELS, Options.OUTPUT, Options.INT8, Options.LAYOUT)) {
            if (spec.commandLine().getParseResult().hasMatchedOption("--" + option)
                    && !format.options().contains(option)) {
                throw new ParameterException(spec.commandLine(), "--%s is for %s; leave it out for %s".formatted(option,
                        Formats.KINDS.names().stream().filter(name -> Formats.KINDS.kind(name).options().contains(
                                option)).map(name -> "." + name).collect(Collectors.joining(" and ")),
                        file));
            }
        }
        Path from = EvalCommand.model(run);
        requireNotOfARun(from);
        Model model = Formats.read(from);
        RunDirectory directory = new RunDirectory(run);
        String json = Files.isDirectory(run) && directory.hasRun() ? directory.readRun().toString() : null;
        Subject subject = new Subject(model, json, format.wantsEvaluation() ? evaluation(from, model) : null);
        Formats.write(subject, new Options(fold, pixels, output == Output.LOGITS, layout, int8), file);
        System.out.printf("%s: %s, %,d bytes%n", file, format.description(), Files.size(file));
        return 0;
    }

    /** What is exported must not become what it is made of, nor the state that a run goes on from. */
    private void requireNotOfARun(Path from) throws IOException {
        OutputFile.check(file);
        if (Files.exists(file) && Files.isSameFile(file, from)) {
            throw new InputException("%s is what is exported; name another file".formatted(file));
        }
    }

    /** On the test images that the model's run had; null where these are not to be had. */
    private @Nullable Evaluation evaluation(Path from, Model model) throws IOException {
        DatasetPair data;
        try {
            data = DataOption.loadTest(run, model, null);
            EvalCommand.requireFit(from, model, data);
        } catch (InputException e) {
            System.err.printf("Without an evaluation: %s%n", Main.sentence(e));
            return null;
        }
        Dataset test = DataOption.testImages(data);
        try (Workers workers = new Workers(Training.Execution.allThreads(), Tuning.forSamples(test.size()))) {
            return EvalCommand.atWork(List.of(from),
                    () -> new Ensemble(List.of(model)).evaluate(test, workers).together());
        }
    }
}
