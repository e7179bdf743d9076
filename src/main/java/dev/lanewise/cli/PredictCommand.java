package dev.lanewise.cli;

import dev.lanewise.data.ImageReader;
import dev.lanewise.data.Images;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Polarity;
import dev.lanewise.data.Preparation;
import dev.lanewise.data.Preparer;
import dev.lanewise.data.Sources;
import dev.lanewise.cli.PredictionList.Likely;
import dev.lanewise.data.Preparer.Prepared;
import dev.lanewise.export.Formats;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.Predictor;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise predict}. */
@Command(name = "predict", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Tells what is on images, with a saved network.", description = {
                "Each line has the file, the likeliest class and its probability, and the next two. IDX files, CSV "
                        + "tables and NumPy's archives (x_test, or their only images) give a line per image.",
                "",
                "PNG, JPEG, GIF and BMP images are prepared as the network's own were. For digits like MNIST's that "
                        + "means: shadows and ruled lines are left out, thin strokes are thickened, the ink is "
                        + "scaled and centred, and dark ink on light paper is turned into light ink on black. For "
                        + "others, the whole image is scaled, and inverted if its ground is light and the network's "
                        + "dark. An image that has the network's size and ground is taken as it is. --show prints "
                        + "what the network saw.",
                "",
                "Several runs answer together, by the mean of their probabilities; each sees the image prepared in its "
                        + "own way. They must be for images of the same size and the same classes.",
                ""})
final class PredictCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "RUN...",
            description = "Directories of runs, or files with a model: .safetensors, .onnx or .npz.")
    private Path run;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "FILE",
            description = "Behind the runs: images, IDX files of images, CSV tables, NumPy's archives (.npz), directories with images, "
                    + "patterns such as '*.jpg', or - for one of these files on standard input.")
    private List<String> files;

    @Option(names = "--split", description = "Finds several digits in an image; prints where each is, from left to "
            + "right, and what they make together. Digits must not touch.")
    private boolean split;

    @Option(names = "--show", description = "Prints what the network saw below each line.")
    private boolean show;

    @Option(names = "--prepare", paramLabel = "HOW", converter = PreparationConverter.class,
            description = "centre: finds the ink, scales and centres it; scale: scales the whole image; none: takes "
                    + "images of the right size alone (default: as the network was trained).")
    private @Nullable Preparation preparation;

    @Option(names = "--recursive", description = "Takes images in directories below the named ones too.")
    private boolean recursive;

    @Option(names = "--csv", description = "Prints ImageId,Label as Kaggle wants it: a line an image, counted from 1.")
    private boolean kaggle;

    @Option(names = "--top", defaultValue = "3", paramLabel = "K",
            description = "How many classes to tell of an image, the likeliest first (default: ${DEFAULT-VALUE}).")
    private int top;

    @Option(names = "-o", defaultValue = "plain", paramLabel = "FORMAT", converter = FormatConverter.class,
            description = "How to print: plain, json or csv (default: ${DEFAULT-VALUE}).")
    private PredictionList.Format format;

    @Spec
    private CommandSpec spec;

    private int photographs;
    private int inverted; // of them
    private final Set<String> inks = new LinkedHashSet<>(); // of those, as some member took them
    private @Nullable String crowded; // the first with several digits; null: none

    static final class FormatConverter implements ITypeConverter<PredictionList.Format> {
        @Override
        public PredictionList.Format convert(String value) {
            for (PredictionList.Format format : PredictionList.Format.values()) {
                if (format != PredictionList.Format.KAGGLE && format.name().toLowerCase(Locale.ROOT).equals(value)) {
                    return format;
                }
            }
            throw new TypeConversionException("'%s' is not plain, json or csv".formatted(value));
        }
    }

    static final class PreparationConverter implements ITypeConverter<Preparation> {
        @Override
        public Preparation convert(String value) {
            try {
                return Preparation.of(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    @Override
    public Integer call() throws IOException {
        if (kaggle) {
            if (format != PredictionList.Format.PLAIN || split) {
                throw new ParameterException(spec.commandLine(),
                        "--csv is a format of its own; leave out -o and --split");
            }
            format = PredictionList.Format.KAGGLE;
        }
        if (show && format != PredictionList.Format.PLAIN) {
            throw new ParameterException(spec.commandLine(), "--show goes with the plain listing; leave out -o");
        }
        if (top < 1) {
            throw new ParameterException(spec.commandLine(), "--top must be 1 or more, not " + top);
        }
        ImageFiles.requireNames(files);
        List<Path> runs = new ArrayList<>(List.of(run));
        List<String> words = new ArrayList<>(files);
        while (!words.isEmpty() && ImageFiles.isRun(words.getFirst())) {
            runs.add(Path.of(words.removeFirst()));
        }
        if (!ImageFiles.isRun(run.toString()) && files.stream().anyMatch(ImageFiles::isRun)) {
            throw new ParameterException(spec.commandLine(),
                    "%s is no run or model, and %s is one: name runs first, and "
                            .formatted(run, files.stream().filter(ImageFiles::isRun).findFirst().orElseThrow())
                            + "the images behind them");
        }
        if (words.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "FILE is missing behind the runs; name images");
        }
        List<Path> models = EvalCommand.models(runs);
        Ensemble ensemble = Ensemble.read(models, Formats::read);
        // All, before the first result: a wrong name should not cost half a listing.
        List<Path> images = ImageFiles.named(words, recursive);
        int status = 0;
        String doubts;
        try (Reader reader = new Reader(models, ensemble);
                PredictionList list = new PredictionList(format, split, top)) {
            for (Path file : images) {
                try {
                    if (file.equals(ImageFiles.STANDARD_INPUT)) {
                        readInput(reader, list);
                    } else {
                        read(file, file.toString(), reader, list);
                    }
                } catch (IOException e) { // the others may be good
                    System.out.flush();
                    status = Math.max(status, Main.status(e));
                }
            }
            doubts = list.doubts();
        }
        if (inverted > 0) {
            System.err.printf("%,d of %,d images inverted: %s%n", inverted, photographs, String.join(", ", inks));
        }
        if (crowded != null) {
            System.err.printf("several digits seem to be in %s: --split reads them%n", crowded);
        }
        System.err.print(doubts);
        return status;
    }

    private void readInput(Reader reader, PredictionList list) throws IOException {
        Path kept = ImageFiles.keepInput();
        try {
            read(kept, ImageFiles.STANDARD_INPUT.toString(), reader, list);
        } catch (InputException e) {
            throw new InputException(e.getMessage().replace(kept.toString(), "standard input"), e);
        } finally {
            Files.delete(kept);
        }
    }

    /** @param name of the file in the list */
    private void read(Path file, String name, Reader reader, PredictionList list) throws IOException {
        if (ImageReader.isImage(file)) {
            List<Preparer> preparers = preparers(reader);
            Predictor predictor = reader.predictor();
            ImageReader.Image image = Preparer.read(file);
            List<List<List<Prepared>>> seen = new ArrayList<>(); // by each member
            for (Preparer preparer : preparers) {
                seen.add(split ? preparer.split(image, file) : List.of(List.of(preparer.prepare(image, file))));
            }
            photographs++;
            List<String> turned = IntStream.range(0, seen.size())
                    .filter(i -> seen.get(i).getFirst().getFirst().inverted())
                    .mapToObj(i -> preparers.get(i).ink() == Polarity.DARK
                            ? "light ink on dark paper"
                            : "dark ink on light paper")
                    .toList();
            inverted += turned.isEmpty() ? 0 : 1;
            inks.addAll(turned);
            List<List<Prepared>> lines = seen.getFirst();
            crowded = crowded == null && lines.getFirst().getFirst().several() ? name : crowded;
            List<List<List<Likely>>> answers = new ArrayList<>();
            for (int line = 0; line < lines.size(); line++) {
                List<List<Likely>> answer = new ArrayList<>();
                for (int i = 0; i < lines.get(line).size(); i++) {
                    answer.add(reader.predict(predictor, pixels(seen, line, i)));
                }
                answers.add(answer);
            }
            String text = split ? text(answers) : null;
            int number = 0;
            for (int line = 0; line < lines.size(); line++) {
                for (int i = 0; i < lines.get(line).size(); i++) {
                    list.add(split ? "%s[%d]".formatted(name, number++) : name,
                            split ? lines.get(line).get(i).box() : null, answers.get(line).get(i), text);
                    showDistinct(pixels(seen, line, i), reader.shape());
                }
            }
            if (text != null) {
                list.total(name, text);
            }
            return;
        }
        Images images = Sources.images(file, reader.shape().size()).orElseThrow(() -> new InputException(
                "%s: neither a PNG, JPEG, GIF or BMP image nor an IDX file of images nor a CSV table nor NumPy's archive; "
                        .formatted(file) + "convert it to PNG"));
        if (images.note() != null) {
            System.err.printf("%s: %s%n", name, images.note());
        }
        readAll(file, name, images, reader, list);
    }

    /** Images that are as the network's own were. */
    private void readAll(Path file, String name, Images images, Reader reader, PredictionList list)
            throws InputException {
        reader.requireFit(file, images.shape());
        Predictor predictor = reader.predictor();
        int size = images.shape().size();
        for (int first = 0; first < images.count(); first += predictor.capacity()) {
            int rows = Math.min(predictor.capacity(), images.count() - first);
            List<List<Likely>> answers = reader.predict(predictor, images.pixels(), first, rows);
            for (int i = 0; i < rows; i++) {
                list.add("%s[%d]".formatted(name, first + i), null, answers.get(i), null);
                int from = (first + i) * size;
                show(Arrays.copyOfRange(images.pixels(), from, from + size), images.shape());
            }
        }
    }

    /** Digits make a number, and names a list. */
    private static String text(List<List<List<Likely>>> lines) {
        boolean letters = lines.stream().flatMap(List::stream)
                .allMatch(answer -> answer.getFirst().name().length() == 1);
        return lines.stream().map(line -> line.stream().map(answer -> answer.getFirst().name())
                .collect(Collectors.joining(letters ? "" : " "))).collect(Collectors.joining(" "));
    }

    /** What the members saw, once where that is the same. */
    private void showDistinct(List<byte[]> seen, Shape shape) {
        for (int i = 0; i < seen.size(); i++) {
            byte[] pixels = seen.get(i);
            if (seen.subList(0, i).stream().noneMatch(earlier -> Arrays.equals(earlier, pixels))) {
                show(pixels, shape);
            }
        }
    }

    private void show(byte[] pixels, Shape shape) {
        if (show) {
            System.out.print(Shades.of(pixels, shape, Shades.canEncode(System.out.charset())));
        }
    }

    /** What the members see of one of the digits. */
    private static List<byte[]> pixels(List<List<List<Prepared>>> seen, int line, int i) {
        return seen.stream().map(lines -> lines.get(line).get(i).pixels()).toList();
    }

    private List<Preparer> preparers(Reader reader) throws InputException {
        List<Preparer> preparers = new ArrayList<>();
        for (int i = 0; i < reader.models.size(); i++) {
            Model model = reader.ensemble.members().get(i);
            try {
                preparers.add(new Preparer(reader.shape(), preparation != null ? preparation : model.preparation(),
                        model.ink()));
            } catch (IllegalArgumentException e) {
                throw new InputException("%s: %s".formatted(reader.models.get(i), e.getMessage()), e);
            }
        }
        return preparers;
    }

    /** The networks at work. */
    private static final class Reader implements AutoCloseable {
        private final List<Path> models;
        private final Ensemble ensemble;
        private @Nullable Predictor predictor; // null before the first images that fit

        Reader(List<Path> models, Ensemble ensemble) {
            this.models = models;
            this.ensemble = ensemble;
        }

        /** With the buffers, which are made before the first images. */
        Predictor predictor() throws InputException {
            if (predictor == null) {
                predictor = EvalCommand.atWork(models,
                        () -> new Predictor(ensemble, Training.Execution.allThreads(), Tuning.SHORT));
            }
            return predictor;
        }

        @Override
        public void close() {
            if (predictor != null) {
                predictor.close();
            }
        }

        Shape shape() {
            return ensemble.input();
        }

        void requireFit(Path file, Shape shape) throws InputException {
            if (shape.size() != shape().size()) {
                throw new InputException("%s: images of %s do not fit this network, which takes %d pixels"
                        .formatted(file, shape, shape().size()));
            }
        }

        /** The likeliest classes of some images that all members see as they are, no more than are computed at a time. */
        List<List<Likely>> predict(Predictor predictor, byte[] pixels, int first, int rows) {
            float[] probabilities = predictor.predict(pixels, first, rows);
            return IntStream.range(0, rows)
                    .mapToObj(i -> likeliest(probabilities, i * ensemble.classes().size())).toList();
        }

        /** The same of one image, as each member sees it. */
        List<Likely> predict(Predictor predictor, List<byte[]> prepared) {
            return likeliest(predictor.predict(prepared, 0, 1), 0);
        }

        private List<Likely> likeliest(float[] probabilities, int offset) {
            List<String> classes = ensemble.classes();
            return IntStream.range(0, classes.size())
                    .mapToObj(label -> new Likely(classes.get(label), probabilities[offset + label]))
                    .sorted(Comparator.comparingDouble(likely -> -likely.probability())).toList();
        }
    }
}
