package dev.lanewise.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.export.Formats;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.report.TextTable;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.run.Training;
import dev.lanewise.train.Evaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise eval}. */
@Command(name = "eval", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Measures a saved network on the test images of a data set.", description = {
                "Prints accuracy with its 95 %% interval, precision and recall per class, and the confusion matrix; of more "
                        + "than 20 classes, the most frequent confusions. Of several runs, that of the mean of their "
                        + "probabilities, and each run's own accuracy (text and json). They must be for images of the "
                        + "same size and the same classes.",
                ""})
final class EvalCommand implements Callable<Integer> {
    /** Classes that a matrix can show on a screen; of more, as many of their confusions are told. */
    private static final int MOST_IN_MATRIX = 20;

    @Parameters(paramLabel = "RUN", arity = "1..*",
            description = "Directories of runs, or files with a model: .safetensors, .onnx or .npz.")
    private List<Path> runs;

    @Option(names = "--data", paramLabel = "DATA",
            description = "Data set: auto, a name as in 'lanewise data list', or a place (default: what the first network was trained on); "
                    + "where none of its images are set apart for a test, all are measured.")
    private String dataName;

    @Option(names = "-o", defaultValue = "text", paramLabel = "FORMAT", converter = FormatConverter.class,
            description = "How to print: text, json or csv (default: ${DEFAULT-VALUE}).")
    private Format format;

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
        Ensemble.Result result;
        try (Workers workers = new Workers(Training.Execution.allThreads(), Tuning.forSamples(data.test().size()))) {
            result = atWork(files, () -> ensemble.evaluate(data.test(), workers));
        }
        System.out.print(switch (format) {
            case TEXT -> text(result, data.name(), model.classes());
            case JSON -> json(result, data.name(), model.classes());
            case CSV -> csv(result.together(), model.classes());
        });
        return 0;
    }

    /** The models of runs. */
    static List<Path> models(List<Path> runs) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path run : runs) {
            files.add(model(run));
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
        if (data.test().shape().size() != model.network().input().size()) {
            throw new InputException("%s takes images of %s, and %s has images of %s; use --data with others".formatted(
                    file, model.network().input(), data.name(), data.test().shape()));
        }
        List<String> asked = data.test().classes();
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

    private String text(Ensemble.Result result, String data, List<String> classes) {
        Evaluation evaluation = result.together();
        StringBuilder text = new StringBuilder();
        text.append("%s%ntest loss       %.4f%n%n".formatted(TrainCommand.accuracy("test", evaluation, data),
                evaluation.loss()));
        if (runs.size() > 1) {
            text.append(table(List.of("run", "accuracy"), IntStream.range(0, runs.size()).mapToObj(
                    i -> List.of(runs.get(i).toString(), percent(result.alone().get(i).accuracy()))).toList()))
                    .append(System.lineSeparator());
        }
        List<List<String>> rows = new ArrayList<>();
        for (int label = 0; label < classes.size(); label++) {
            rows.add(List.of(classes.get(label), String.valueOf(evaluation.actual(label)),
                    percent(evaluation.precision(label)), percent(evaluation.recall(label)),
                    percent(f1(evaluation, label))));
        }
        text.append(table(List.of("class", "images", "precision", "recall", "F1"), rows));
        return text.append(classes.size() <= MOST_IN_MATRIX
                ? "%nconfusion: true class down, predicted class across%n%s".formatted(matrix(evaluation, classes))
                : confusions(evaluation, classes)).toString();
    }

    private static String matrix(Evaluation evaluation, List<String> classes) {
        List<String> header = new ArrayList<>(List.of(""));
        header.addAll(classes);
        List<List<String>> rows = new ArrayList<>();
        for (int label = 0; label < classes.size(); label++) {
            List<String> row = new ArrayList<>(List.of(classes.get(label)));
            row.addAll(counts(evaluation, label));
            rows.add(row);
        }
        return table(header, rows);
    }

    private static List<String> counts(Evaluation evaluation, int label) {
        return Arrays.stream(evaluation.confusion()[label]).mapToObj(String::valueOf).toList();
    }

    /** A pair of classes, and how many images of the one were taken for the other. */
    private record Confusion(int actual, int predicted, int images) {
    }

    private static String confusions(Evaluation evaluation, List<String> classes) {
        List<Confusion> confusions = new ArrayList<>();
        for (int i = 0; i < classes.size(); i++) {
            for (int j = 0; j < classes.size(); j++) {
                int images = evaluation.confusion()[i][j];
                if (i != j && images > 0) {
                    confusions.add(new Confusion(i, j, images));
                }
            }
        }
        confusions.sort(Comparator.comparingInt(confusion -> -confusion.images));
        List<List<String>> rows = confusions.stream().limit(MOST_IN_MATRIX).map(confusion -> List.of(
                classes.get(confusion.actual), classes.get(confusion.predicted), String.valueOf(confusion.images),
                percent((double) confusion.images / evaluation.actual(confusion.actual)))).toList();
        return confusions.isEmpty()
                ? "%nconfusion: none%n".formatted()
                : "%nconfusion: the most frequent of %,d kinds; -o json and -o csv have the whole matrix%n%s".formatted(
                        confusions.size(), new TextTable(List.of("class", "taken for", "images", "of the class"),
                                List.of(false, false, true, true), rows).text());
    }

    /** A table with names on the left and numbers. */
    private static String table(List<String> header, List<List<String>> rows) {
        return new TextTable(header, IntStream.range(0, header.size()).mapToObj(column -> column > 0).toList(), rows)
                .text();
    }

    /** A row a class: its figures, then how many of its images were taken for each class. */
    private static String csv(Evaluation evaluation, List<String> classes) {
        List<String> header = new ArrayList<>(List.of("class", "images", "precision", "recall", "f1"));
        header.addAll(classes);
        List<List<String>> rows = new ArrayList<>();
        for (int label = 0; label < classes.size(); label++) {
            List<String> row = new ArrayList<>(List.of(classes.get(label), String.valueOf(evaluation.actual(label))));
            for (double share : figures(evaluation, label)) {
                row.add(Double.isNaN(share) ? "" : String.valueOf(share));
            }
            row.addAll(counts(evaluation, label));
            rows.add(row);
        }
        return new TextTable(header, Collections.nCopies(header.size(), false), rows).csv();
    }

    private String json(Ensemble.Result result, String data, List<String> classes) {
        Evaluation evaluation = result.together();
        JsonObject json = new JsonObject();
        json.addProperty("data", data);
        json.addProperty("images", evaluation.total());
        addAccuracy(json, evaluation);
        json.add("loss", Json.number(evaluation.loss()));
        JsonArray all = new JsonArray();
        JsonArray matrix = new JsonArray();
        for (int label = 0; label < classes.size(); label++) {
            JsonObject one = new JsonObject();
            one.addProperty("class", classes.get(label));
            one.addProperty("images", evaluation.actual(label));
            double[] figures = figures(evaluation, label);
            one.add("precision", Json.number(figures[0]));
            one.add("recall", Json.number(figures[1]));
            one.add("f1", Json.number(figures[2]));
            all.add(one);
            JsonArray row = new JsonArray();
            Arrays.stream(evaluation.confusion()[label]).forEach(row::add);
            matrix.add(row);
        }
        json.add("classes", all);
        json.add("confusion", matrix);
        if (runs.size() > 1) {
            JsonArray members = new JsonArray();
            for (int i = 0; i < runs.size(); i++) {
                JsonObject member = new JsonObject();
                member.addProperty("run", runs.get(i).toString());
                addAccuracy(member, result.alone().get(i));
                members.add(member);
            }
            json.add("members", members);
        }
        return json + "\n";
    }

    private static void addAccuracy(JsonObject json, Evaluation evaluation) {
        json.addProperty("accuracy", evaluation.accuracy());
        JsonArray bounds = new JsonArray();
        bounds.add(evaluation.interval().low());
        bounds.add(evaluation.interval().high());
        json.add("accuracy_95", bounds);
    }

    private static double[] figures(Evaluation evaluation, int label) {
        return new double[]{evaluation.precision(label), evaluation.recall(label), f1(evaluation, label)};
    }

    /** The harmonic mean of precision and recall; NaN where one of them is, or both are 0. */
    private static double f1(Evaluation evaluation, int label) {
        double precision = evaluation.precision(label);
        double recall = evaluation.recall(label);
        return 2 * precision * recall / (precision + recall);
    }

    private static String percent(double share) {
        return Double.isNaN(share) ? "-" : "%.2f %%".formatted(100 * share);
    }
}
