package dev.lanewise.cli;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Samples;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.run.Training;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Evaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lanewise eval}. */
@Command(name = "eval", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Measures a saved network on the test images of a data set.", description = {
                "Prints accuracy with its 95 %% interval, precision and recall per class, and the confusion matrix.",
                ""})
final class EvalCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "Directory of a run, or a model.safetensors.")
    private Path run;

    @Option(names = "--data", paramLabel = "DATA",
            description = "Data set: auto, mnist, digits or a directory (default: what the network was trained on).")
    private String dataName;

    @Override
    public Integer call() throws IOException {
        Path file = RunDirectory.checkedModel(run);
        Model model = Model.read(file);
        DatasetPair data = DataOption
                .load(dataName != null ? DataOption.named(dataName, model) : DataOption.of(run, model));
        requireFit(file, model, data);
        Dataset test = data.test();
        Evaluation evaluation;
        Tuning tuning = Tuning.forSamples(test.size());
        try (Workers workers = new Workers(Training.Execution.allThreads(), tuning)) {
            Pipeline pipeline = atWork(file, () -> new Pipeline(model.network(),
                    Input.of(new Samples(test.images(), model.network().input()), Evaluator.ROWS),
                    Mode.evaluation(tuning)));
            evaluation = new Evaluator(pipeline, new Batches(test, Evaluator.ROWS), workers).evaluate();
        }
        print(evaluation, data.name(), model.classes());
        return 0;
    }

    /** Refuses data that the model cannot be asked about. */
    static void requireFit(Path file, Model model, DatasetPair data) throws InputException {
        if (data.test().shape().size() != model.network().input().size()) {
            throw new InputException("%s takes %d pixels, and %s has images of %s; use --data with others".formatted(
                    file, model.network().input().size(), data.name(), data.test().shape()));
        }
        if (data.test().classes().size() != model.classes().size()) {
            throw new InputException("%s tells %d classes apart, and %s has %d; use --data with others"
                    .formatted(file, model.classes().size(), data.name(), data.test().classes().size()));
        }
    }

    /** A network at work, or a sentence where its buffers are more than an array or the memory holds. */
    static Pipeline atWork(Path file, Supplier<Pipeline> pipeline) throws InputException {
        try {
            return pipeline.get();
        } catch (ArithmeticException | OutOfMemoryError e) {
            throw new InputException(
                    "%s: the network does not fit in the memory of the JVM, %,d MiB; use a smaller one, or allow more with -Xmx"
                            .formatted(file, Runtime.getRuntime().maxMemory() >> 20),
                    e);
        }
    }

    private static void print(Evaluation evaluation, String data, List<String> classes) {
        Evaluation.Interval interval = evaluation.interval();
        System.out.printf("test accuracy   %.2f %% of %,d images of %s (95 %% interval %.2f to %.2f)%n",
                100 * evaluation.accuracy(), evaluation.total(), data, 100 * interval.low(), 100 * interval.high());
        System.out.printf("test loss       %.4f%n%n", evaluation.loss());
        System.out.println("class   images   precision   recall       F1");
        int[][] confusion = evaluation.confusion();
        for (int digit = 0; digit < confusion.length; digit++) {
            double precision = evaluation.precision(digit);
            double recall = evaluation.recall(digit);
            int images = 0;
            for (int count : confusion[digit]) {
                images += count;
            }
            System.out.printf("%5s %8d  %10s %8s %8s%n", classes.get(digit), images, percent(precision),
                    percent(recall),
                    percent(2 * precision * recall / (precision + recall)));
        }
        System.out.printf("%nconfusion: true class down, predicted class across%n     ");
        for (int digit = 0; digit < confusion.length; digit++) {
            System.out.printf("%6s", classes.get(digit));
        }
        System.out.println();
        for (int digit = 0; digit < confusion.length; digit++) {
            System.out.printf("%5s", classes.get(digit));
            for (int count : confusion[digit]) {
                System.out.printf("%6d", count);
            }
            System.out.println();
        }
    }

    private static String percent(double share) {
        return Double.isNaN(share) ? "-" : "%.2f %%".formatted(100 * share);
    }
}
