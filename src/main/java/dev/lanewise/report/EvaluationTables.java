package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.run.files.Json;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Predictions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What networks made of a set of images, as text and for programs.
 *
 * @param data the set's name
 * @param part {@code test} or {@code validation}
 * @param classes their names, by label
 */
public record EvaluationTables(Predictions predictions, String part, String data, List<String> classes) {
    /** Classes that a matrix can show on a screen; of more, as many of their confusions are told. */
    private static final int MOST_IN_MATRIX = 20;

    private Evaluation evaluation() {
        return predictions.evaluation();
    }

    /** An accuracy with its interval, in a line. */
    public static String accuracy(String part, Evaluation evaluation, String data) {
        Evaluation.Interval interval = evaluation.interval();
        return String.format(Locale.ROOT, "%-15s %.2f %% of %,d images of %s (95 %% interval %.2f to %.2f)",
                part + " accuracy", 100 * evaluation.accuracy(), evaluation.total(), data, 100 * interval.low(),
                100 * interval.high());
    }

    /** A share as people read it; of nothing a dash. */
    public static String percent(double share) {
        return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    /** The figures of all images, a line each. */
    public String summary() {
        return String.format(Locale.ROOT,
                "%s%n%-15s %.4f%ntop-2 accuracy  %s%nmacro average   precision %s, recall %s, "
                        + "F1 %s%ncalibration     error %s: confidence %s in the mean, right in %s%n",
                accuracy(part, evaluation(), data), part + " loss", evaluation().loss(),
                percent(predictions.top2Accuracy()), percent(evaluation().macro(evaluation()::precision)),
                percent(evaluation().macro(evaluation()::recall)), percent(evaluation().macro(evaluation()::f1)),
                percent(predictions.calibration().error()), percent(predictions.calibration().confidence()),
                percent(evaluation().accuracy()));
    }

    /** A row a class, and the confusion matrix; of many classes, their most frequent confusions. */
    public String byClass() {
        List<List<String>> rows = new ArrayList<>();
        for (int label = 0; label < classes.size(); label++) {
            rows.add(List.of(classes.get(label), String.valueOf(evaluation().actual(label)),
                    percent(evaluation().precision(label)), percent(evaluation().recall(label)),
                    percent(evaluation().f1(label))));
        }
        String table = table(List.of("class", "images", "precision", "recall", "F1"), rows);
        return table + (classes.size() <= MOST_IN_MATRIX
                ? "%nconfusion: true class down, predicted class across%n%s".formatted(matrix())
                : confusions());
    }

    private String matrix() {
        List<String> header = new ArrayList<>(List.of(""));
        header.addAll(classes);
        List<List<String>> rows = new ArrayList<>();
        int[][] counts = evaluation().confusion();
        for (int label = 0; label < classes.size(); label++) {
            List<String> row = new ArrayList<>(List.of(classes.get(label)));
            row.addAll(counts(counts[label]));
            rows.add(row);
        }
        return table(header, rows);
    }

    private static List<String> counts(int[] row) {
        return Arrays.stream(row).mapToObj(String::valueOf).toList();
    }

    /** A pair of classes, and how many images of the one were taken for the other. */
    private record Confusion(int actual, int predicted, int images) {
    }

    private String confusions() {
        List<Confusion> confusions = new ArrayList<>();
        int[][] counts = evaluation().confusion();
        for (int i = 0; i < classes.size(); i++) {
            for (int j = 0; j < classes.size(); j++) {
                int images = counts[i][j];
                if (i != j && images > 0) {
                    confusions.add(new Confusion(i, j, images));
                }
            }
        }
        confusions.sort(Comparator.comparingInt(confusion -> -confusion.images));
        List<List<String>> rows = confusions.stream().limit(MOST_IN_MATRIX).map(confusion -> List.of(
                classes.get(confusion.actual), classes.get(confusion.predicted), String.valueOf(confusion.images),
                percent((double) confusion.images / evaluation().actual(confusion.actual)))).toList();
        return confusions.isEmpty()
                ? "%nconfusion: none%n".formatted()
                : String.format(Locale.ROOT,
                        "%nconfusion: the most frequent of %,d kinds; -o json and -o csv have the whole matrix%n%s",
                        confusions.size(), new TextTable(List.of("class", "taken for", "images", "of the class"),
                                List.of(false, false, true, true), rows).text());
    }

    /** A table with names on the left and numbers. */
    public static String table(List<String> header, List<List<String>> rows) {
        return new TextTable(header, IntStream.range(0, header.size()).mapToObj(column -> column > 0).toList(), rows)
                .text();
    }

    /**
     * A row a class: its figures, then how many of its images were taken for each class; at the end a row for all, with the
     * macro averages.
     */
    public String csv() {
        List<String> header = new ArrayList<>(List.of("class", "images", "precision", "recall", "f1", "top2_accuracy",
                "accuracy", "expected_calibration_error"));
        header.addAll(classes);
        List<List<String>> rows = new ArrayList<>();
        int[][] confusion = evaluation().confusion();
        int[] predicted = new int[classes.size()];
        for (int label = 0; label < classes.size(); label++) {
            int[] counts = confusion[label];
            rows.add(row(classes.get(label), evaluation().actual(label), counts, evaluation().precision(label),
                    evaluation().recall(label), evaluation().f1(label), predictions.top2Accuracy(label), Double.NaN,
                    Double.NaN));
            Arrays.setAll(predicted, other -> predicted[other] + counts[other]);
        }
        rows.add(row("(all)", evaluation().total(), predicted, evaluation().macro(evaluation()::precision),
                evaluation().macro(evaluation()::recall), evaluation().macro(evaluation()::f1),
                predictions.top2Accuracy(), evaluation().accuracy(), predictions.calibration().error()));
        return new TextTable(header, Collections.nCopies(header.size(), false), rows).csv();
    }

    private static List<String> row(String name, int images, int[] counts, double... shares) {
        List<String> row = new ArrayList<>(List.of(name, String.valueOf(images)));
        Arrays.stream(shares).mapToObj(share -> Double.isNaN(share) ? "" : String.valueOf(share)).forEach(row::add);
        row.addAll(counts(counts));
        return row;
    }

    /** All of it. */
    public JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("data", data);
        json.addProperty("images", evaluation().total());
        addAccuracy(json, evaluation());
        json.add("top2_accuracy", Json.number(predictions.top2Accuracy()));
        json.add("loss", Json.number(evaluation().loss()));
        JsonObject macro = new JsonObject();
        macro.add("precision", Json.number(evaluation().macro(evaluation()::precision)));
        macro.add("recall", Json.number(evaluation().macro(evaluation()::recall)));
        macro.add("f1", Json.number(evaluation().macro(evaluation()::f1)));
        json.add("macro", macro);
        addCalibration(json);
        JsonArray all = new JsonArray();
        JsonArray matrix = new JsonArray();
        int[][] counts = evaluation().confusion();
        for (int label = 0; label < classes.size(); label++) {
            JsonObject one = new JsonObject();
            one.addProperty("class", classes.get(label));
            one.addProperty("images", evaluation().actual(label));
            one.add("precision", Json.number(evaluation().precision(label)));
            one.add("recall", Json.number(evaluation().recall(label)));
            one.add("f1", Json.number(evaluation().f1(label)));
            one.add("top2_accuracy", Json.number(predictions.top2Accuracy(label)));
            all.add(one);
            JsonArray row = new JsonArray();
            Arrays.stream(counts[label]).forEach(row::add);
            matrix.add(row);
        }
        json.add("classes", all);
        json.add("confusion", matrix);
        return json;
    }

    /** The accuracy and the bounds of its interval. */
    public static void addAccuracy(JsonObject json, Evaluation evaluation) {
        json.add("accuracy", Json.number(evaluation.accuracy()));
        JsonArray bounds = new JsonArray();
        bounds.add(Json.number(evaluation.interval().low()));
        bounds.add(Json.number(evaluation.interval().high()));
        json.add("accuracy_95", bounds);
    }

    private void addCalibration(JsonObject json) {
        Predictions.Calibration calibration = predictions.calibration();
        json.add("expected_calibration_error", Json.number(calibration.error()));
        json.add("mean_confidence", Json.number(calibration.confidence()));
        JsonArray bins = new JsonArray();
        for (Predictions.Calibration.Bin bin : calibration.bins()) {
            JsonObject one = new JsonObject();
            one.addProperty("above", bin.low());
            one.addProperty("to", bin.high());
            one.addProperty("images", bin.images());
            one.add("confidence", Json.number(bin.confidence()));
            one.add("accuracy", Json.number(bin.accuracy()));
            bins.add(one);
        }
        json.add("calibration", bins);
    }
}
