package dev.lanewise.cli;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Workers;
import dev.lanewise.report.RunDirectory;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Evaluator;
import dev.lanewise.train.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lanewise eval}. */
@Command(name = "eval", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Measures a saved network on the test images of a data set.", description = {
                "Prints accuracy with its 95 %% interval, precision and recall per class, and the confusion matrix.",
                ""})
final class EvalCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "Directory of a run, or a model.safetensors")
    private Path run;

    @Option(names = "--data", paramLabel = "DATA",
            description = "auto, mnist, digits or a directory (default: what the network was trained on)")
    private String dataName;

    @Override
    public Integer call() throws IOException {
        Path file = RunDirectory.model(run);
        ModelFile model = ModelFile.read(file, Evaluator.ROWS);
        DatasetPair data = DataOption.load(dataName != null ? dataName : model.metadata().getOrDefault("data", "auto"));
        Dataset test = data.test();
        if (test.shape().size() != model.architecture().inputs()) {
            throw new InputException("%s takes %d pixels, and %s has images of %s; use --data with others"
                    .formatted(file, model.architecture().inputs(), data.name(), test.shape()));
        }
        if (test.classes().size() != model.architecture().classes()) {
            throw new InputException("%s tells %d classes apart, and %s has %d; use --data with others"
                    .formatted(file, model.architecture().classes(), data.name(), test.classes().size()));
        }
        Evaluation evaluation;
        try (Workers workers = new Workers(TrainOptions.defaultThreads())) {
            evaluation = new Evaluator(model.network(), test, workers).evaluate();
        }
        print(evaluation, data.name());
        return 0;
    }

    private static void print(Evaluation evaluation, String data) {
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
            System.out.printf("%5d %8d  %10s %8s %8s%n", digit, images, percent(precision), percent(recall),
                    percent(2 * precision * recall / (precision + recall)));
        }
        System.out.printf("%nconfusion: true class down, predicted class across%n     ");
        for (int digit = 0; digit < confusion.length; digit++) {
            System.out.printf("%6d", digit);
        }
        System.out.println();
        for (int digit = 0; digit < confusion.length; digit++) {
            System.out.printf("%5d", digit);
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
