package dev.lanewise.cli;

import dev.lanewise.data.CsvReader;
import dev.lanewise.data.DigitImage;
import dev.lanewise.data.IdxReader;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.kernel.Reductions;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Pipeline;
import dev.lanewise.report.TextTable;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.train.Evaluator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lanewise predict}. */
@Command(name = "predict", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Reads digits from images with a saved network.", description = {
                "PNG images of any size are scaled and centred as MNIST's digits were; dark ink on light paper is "
                        + "inverted. IDX files and CSV tables, with or without labels, gzipped or not, give a line per image. Each line has the file, the "
                        + "likeliest digit and its probability, and the next two.",
                ""})
final class PredictCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "RUN", description = "Directory of a run, or a model.safetensors.")
    private Path run;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "FILE",
            description = "PNG images, IDX files of images, CSV tables.")
    private List<Path> files;

    @Option(names = "--csv", description = "Prints ImageId,Label as Kaggle wants it: a line an image, counted from 1.")
    private boolean csv;

    @Override
    public Integer call() throws IOException {
        Path modelFile = EvalCommand.model(run);
        Model model = Model.read(modelFile);
        for (Path file : files) { // all, before the first result: a wrong name should not cost half a listing
            if (Files.isDirectory(file)) {
                throw new InputException("%s: this is a directory; name the images in it".formatted(file));
            }
            if (!Files.exists(file)) {
                throw new InputException("%s: there is no such file; check the path".formatted(file));
            }
        }
        Reader reader = new Reader(modelFile, model, csv);
        int status = 0;
        for (Path file : files) {
            try {
                if (DigitImage.isPng(file)) {
                    DigitImage image = DigitImage.read(file);
                    reader.requireFit(file, Mnist.SHAPE);
                    if (image.inverted()) {
                        System.err.printf("%s: dark ink on light paper, inverted%n", file);
                    }
                    reader.predict(file, image.pixels(), false);
                } else if (IdxReader.isIdx(file)) {
                    IdxReader.Images images = IdxReader.images(file);
                    reader.requireFit(file, new Shape(images.rows(), images.columns(), images.channels()));
                    reader.predict(file, images.pixels(), true);
                } else if (CsvReader.isCsv(file)) {
                    CsvReader.Images images = CsvReader.images(file, model.network().input().size());
                    if (images.note() != null) {
                        System.err.printf("%s: %s%n", file, images.note());
                    }
                    reader.requireFit(file, images.shape());
                    reader.predict(file, images.pixels(), true);
                } else {
                    throw new InputException(
                            "%s: neither a PNG nor an IDX file of images nor a CSV table; convert it to PNG"
                                    .formatted(file));
                }
            } catch (IOException e) { // the others may be good
                System.out.flush();
                status = Math.max(status, Main.status(e));
            }
        }
        return status;
    }

    /** The network at work, made for the first images that fit it. */
    private static final class Reader {
        private final Path modelFile;
        private final Model model;
        private final int features;
        private final boolean csv;
        private Pipeline pipeline; // null before the first images
        private int printed;

        Reader(Path modelFile, Model model, boolean csv) {
            this.csv = csv;
            this.modelFile = modelFile;
            this.model = model;
            features = model.network().input().size();
        }

        void requireFit(Path file, Shape shape) throws InputException {
            if (shape.size() != features) {
                throw new InputException("%s: images of %s do not fit this network, which takes %d pixels"
                        .formatted(file, shape, features));
            }
        }

        void predict(Path file, byte[] pixels, boolean numbered) throws InputException {
            if (pipeline == null) {
                pipeline = EvalCommand.atWork(modelFile, () -> new Pipeline(model.network(), Input.of(
                        model.network().input(), Evaluator.ROWS), Mode.evaluation(Tuning.SHORT)));
            }
            int classes = model.classes().size();
            float[] probabilities = new float[pipeline.capacity() * classes];
            int images = pixels.length / features;
            for (int first = 0; first < images; first += pipeline.capacity()) {
                int rows = Math.min(pipeline.capacity(), images - first);
                Pixels.toFloats(pixels, first * features, pipeline.input().values(), 0, rows * features);
                pipeline.forward(0, rows);
                pipeline.predict(probabilities, rows);
                for (int i = 0; i < rows; i++) {
                    if (csv) {
                        csv(probabilities, i * classes);
                        continue;
                    }
                    String name = numbered ? "%s[%d]".formatted(file, first + i) : file.toString();
                    System.out.println(line(name, probabilities, i * classes, model.classes()));
                }
            }
        }

        private void csv(float[] probabilities, int offset) {
            List<String> row = List.of(String.valueOf(++printed), model.classes().get(
                    Reductions.argmax(probabilities, offset, model.classes().size())));
            String table = new TextTable(List.of("ImageId", "Label"), List.of(true, true), List.of(row)).csv();
            System.out.print(printed == 1 ? table : table.substring(table.indexOf('\n') + 1));
        }
    }

    /** The three likeliest classes of one image. */
    private static String line(String name, float[] probabilities, int offset, List<String> classes) {
        StringBuilder line = new StringBuilder(name);
        IntStream.range(0, classes.size()).boxed()
                .sorted(Comparator.comparingDouble((Integer label) -> -probabilities[offset + label])).limit(3)
                .forEach(label -> line.append("  %s %6.2f %%".formatted(classes.get(label),
                        100 * probabilities[offset + label])));
        return line.toString();
    }
}
