package dev.lanewise.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.export.Formats;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.report.EvaluationTables;
import dev.lanewise.report.WrongImages;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise eval}. */
@Command(name = "eval", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Measures a saved network on the test images of a data set.", description = {
                "Prints accuracy with its 95 %% interval, top-2 accuracy, macro averages, the expected calibration error "
                        + "(of confidence in 15 bins), precision, recall and F1 per class, and the confusion matrix; of "
                        + "more than 20 classes, the most frequent confusions. Of several runs, that of the mean of their "
                        + "probabilities, and each run's own accuracy (text and json). They must be for images of the "
                        + "same size and the same classes.",
                ""})
final class EvalCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", arity = "1..*",
            description = "Directories of runs, or files with a model: .safetensors, .onnx or .npz.")
    private List<Path> runs;

    @Option(names = "--data", paramLabel = "DATA",
            description = "Data set: auto, a name as in 'lanewise data list', or a place (default: what the first network was trained on); "
                    + "where none of its images are set apart for a test, all are measured.")
    private @Nullable String dataName;

    @Option(names = "-o", defaultValue = "text", paramLabel = "FORMAT", converter = FormatConverter.class,
            description = "How to print: text, json or csv (default: ${DEFAULT-VALUE}).")
    private Format format;

    @Option(names = "--wrong", paramLabel = "DIR",
            description = "Writes the images that are predicted wrong to a directory, PNG files and wrong.csv.")
    private @Nullable Path wrong;

    /** How results are printed. */
    enum Format {
        TEXT, JSON, CSV
    }

    static final class FormatConverter implements ITypeConverter<Format> {
        @Override
        public Format convert(String value) {
            return Arrays.stream(Format.values()).filter(format -> format.name().equalsIgnoreCase(value)).findFirst()
                    .orElseThrow(() -> new TypeConversionException("'%s' is not text, json or csv".formatted(value)));
        }
    }

    private CommandSpec spec;

    @Spec
    void setSpec(CommandSpec spec) {
        this.spec = spec;
        RecipeOptions.addTo(spec, DataRecipe.FILES);
    }

    @Override
    public Integer call() throws IOException {
        List<Path> files = models(runs);
        Ensemble ensemble = Ensemble.read(files, Formats::read);
        Model model = ensemble.members().getFirst();
        DataRecipe typed = RecipeOptions.typed(spec.commandLine().getParseResult(),
                dataName != null ? DataOption.named(dataName, model) : DataRecipe.USUAL, DataRecipe.FILES,
                DataRecipe::with);
        if (typed.get(DataRecipe.TEST_IMAGES) != null && typed.get(DataRecipe.TEST_LABELS) != null
                && typed.get(DataRecipe.TRAIN_IMAGES) == null && typed.get(DataRecipe.TRAIN_LABELS) == null) {
            typed = typed.with(DataRecipe.TRAIN_IMAGES, typed.get(DataRecipe.TEST_IMAGES)) // all there is
                    .with(DataRecipe.TRAIN_LABELS, typed.get(DataRecipe.TEST_LABELS))
                    .with(DataRecipe.TEST_IMAGES, null).with(DataRecipe.TEST_LABELS, null);
        }
        DatasetPair data = DataOption.loadTest(runs.getFirst(), model,
                dataName != null || DataOption.hasFiles(typed) ? typed : null);
        requireFit(files.getFirst(), model, data);
        Dataset test = DataOption.testImages(data);
        if (wrong != null) {
            WrongImages.requireFree(wrong);
        }
        Ensemble.Result result;
        try (Workers workers = new Workers(Training.Execution.allThreads(), Tuning.forSamples(test.size()))) {
            result = atWork(files, () -> ensemble.evaluate(test, workers));
        }
        EvaluationTables tables = new EvaluationTables(result.predictions(), "test", data.name(), model.classes());
        System.out.print(switch (format) {
            case TEXT -> tables.summary() + System.lineSeparator() + members(result) + tables.byClass();
            case JSON -> json(tables, result);
            case CSV -> tables.csv();
        });
        if (wrong != null) {
            int images = WrongImages.write(wrong, result.predictions(), test, model.classes());
            System.err.printf("%s: %,d wrong images and wrong.csv%n", wrong, images);
        }
        return 0;
    }

    /** The accuracy of each of several runs, a row each. */
    private String members(Ensemble.Result result) {
        return runs.size() == 1
                ? ""
                : EvaluationTables.table(List.of("run", "accuracy"), IntStream.range(0, runs.size()).mapToObj(i -> List
                        .of(runs.get(i).toString(), EvaluationTables.percent(result.alone().get(i).accuracy())))
                        .toList()) + System.lineSeparator();
    }

    private String json(EvaluationTables tables, Ensemble.Result result) {
        JsonObject json = tables.json();
        if (runs.size() > 1) {
            JsonArray members = new JsonArray();
            for (int i = 0; i < runs.size(); i++) {
                JsonObject member = new JsonObject();
                member.addProperty("run", runs.get(i).toString());
                EvaluationTables.addAccuracy(member, result.alone().get(i));
                members.add(member);
            }
            json.add("members", members);
        }
        return json + "\n";
    }

    /** The models of runs, each of which may be named once: a mean with one of them twice is of others than it seems. */
    static List<Path> models(List<Path> runs) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path run : runs) {
            Path file = model(run);
            for (Path other : files) {
                if (Files.isSameFile(file, other)) {
                    throw new InputException("%s is named twice; name each run once".formatted(run));
                }
            }
            files.add(file);
        }
        return files;
    }

    /** The model of a run, or the file itself; says of a run that was cut off that it has not finished. */
    static Path model(Path run) throws IOException {
        Path file = RunDirectory.checkedModel(run);
        if (new RunDirectory(run).wasCutOff()) {
            System.err.printf("%s ended without finishing; go on with: lanewise train --resume %s%n", run, run);
        }
        return file;
    }

    /** Refuses data that the model cannot be asked about. */
    static void requireFit(Path file, Model model, DatasetPair data) throws InputException {
        if (data.train().shape().size() != model.network().input().size()) {
            throw new InputException("%s takes images of %s, and %s has images of %s; use --data with others".formatted(
                    file, model.network().input(), data.name(), data.train().shape()));
        }
        List<String> asked = data.train().classes();
        if (asked.size() > model.classes().size() || asked.size() < model.classes().size() && !isNumbered(asked)) {
            throw new InputException("%s tells %d classes apart, and %s has %d; use --data with others"
                    .formatted(file, model.classes().size(), data.name(), asked.size()));
        }
        if (!asked.equals(model.classes()) && !isNumbered(asked) && !isNumbered(model.classes())) {
            int label = IntStream.range(0, asked.size()).filter(i -> !asked.get(i).equals(model.classes().get(i)))
                    .findFirst().orElseThrow();
            throw new InputException(
                    "%s knows class %d as %s, and %s as %s; use --data with the same classes".formatted(
                            file, label, model.classes().get(label), data.name(), asked.get(label)));
        }
    }

    /** Whether classes have no other names than their numbers. */
    private static boolean isNumbered(List<String> classes) {
        return IntStream.range(0, classes.size()).allMatch(i -> classes.get(i).equals(String.valueOf(i)));
    }

    /** Networks at work, or a sentence where their buffers are more than an array or the memory holds. */
    static <T> T atWork(List<Path> models, Supplier<T> work) throws InputException {
        String file = models.stream().map(Path::toString).collect(Collectors.joining(", "));
        try {
            return work.get();
        } catch (ArithmeticException e) { // an array cannot be as large
            throw new InputException("%s: %s; use a smaller network".formatted(file, e.getMessage()), e);
        } catch (OutOfMemoryError e) {
            throw new InputException(
                    "%s: the network does not fit in the memory of the JVM, %,d MiB; use a smaller one, or allow more with -Xmx"
                            .formatted(file, Runtime.getRuntime().maxMemory() >> 20),
                    e);
        }
    }
}
