package dev.lanewise.export;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Network;
import dev.lanewise.report.TextTable;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Model;
import dev.lanewise.run.Option;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.WholeFile;
import dev.lanewise.train.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A page about a model in Markdown: what it is for, what it learned from, how well it does, how to get it again. */
final class CardFormat implements Format {
    @Override
    public String ending() {
        return "md";
    }

    @Override
    public String description() {
        return "a page about the model, in Markdown";
    }

    @Override
    public boolean wantsEvaluation() {
        return true;
    }

    @Override
    public void write(Subject subject, Options options, Path file) throws IOException {
        String text = text(subject);
        WholeFile.replace(file, partial -> Files.writeString(partial, text));
    }

    private static String text(Subject subject) {
        Model model = subject.model();
        Network network = model.network();
        JsonObject run = subject.json();
        JsonObject data = object(run, "dataset");
        StringBuilder text = new StringBuilder();
        text.append(format("# %s%n%n", TextTable.escape(subject.network())));
        text.append(format("A network for images of %s, which tells %d classes apart: %s.%n%n", network.input(),
                network.classes(), TextTable.escape(String.join(", ", model.classes()))));
        text.append("Input: pixels from 0 to 1, ").append(switch (model.ink()) {
            case LIGHT -> "light ink on a dark ground.";
            case DARK -> "dark ink on a light ground.";
            case NONE -> "any ground.";
        }).append(format(" Images are prepared by `%s`.%n", model.preparation().word()));
        text.append(format("%n## Network%n%n")).append(layers(network)).append(format(
                "%nLoss: `%s`. %,d parameters, %,d multiply-adds an image.%n", network.loss().spec(), network
                        .trainedParameters(),
                (long) network.multiplyAdds()));
        text.append(format("%n## Accuracy%n%n"));
        text.append(accuracy(subject, object(run, "result"), string(data, "name")));
        text.append(format("%n## Training%n%n"));
        text.append(run.isEmpty()
                ? format("Nothing is known of it but the name of the data: %s.%n", TextTable.escape(model.metadata()
                        .getOrDefault("data", "none")))
                : training(run, data));
        text.append(format("%n## File%n%n`weights_sha256` %s%n", model.sha256()));
        return text.toString();
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text.replace("%n", "\n"), values);
    }

    private static JsonObject object(JsonObject json, String name) {
        return json.get(name) instanceof JsonObject object ? object : new JsonObject();
    }

    private static String string(JsonObject json, String name) {
        return json.get(name) instanceof JsonPrimitive text ? TextTable.escape(text.getAsString()) : "";
    }

    private static boolean isThere(JsonObject json, String name) {
        return json.has(name) && !json.get(name).isJsonNull();
    }

    private static String layers(Network network) {
        List<List<String>> rows = new ArrayList<>();
        for (Layer layer : network.layers()) {
            rows.add(List.of(layer.spec().toString(), layer.output().toString(), String.valueOf(layer
                    .trainedParameters())));
        }
        return new TextTable(List.of("layer", "output", "parameters"), List.of(false, true, true), rows).markdown();
    }

    private static String accuracy(Subject subject, JsonObject result, String data) {
        Evaluation evaluation = subject.evaluation();
        if (evaluation == null) {
            return isThere(result, "test_accuracy")
                    ? format("%.2f %% of the test images of %s, as the run says.%n",
                            100 * Json.real("test_accuracy", result.get("test_accuracy")), data)
                    : format("Not measured on test images.%n");
        }
        List<List<String>> rows = new ArrayList<>();
        List<String> classes = subject.model().classes();
        for (int label = 0; label < classes.size(); label++) {
            rows.add(List.of(classes.get(label), String.valueOf(evaluation.actual(label)),
                    percent(evaluation.precision(label)), percent(evaluation.recall(label))));
        }
        return format("%.2f %% of %,d test images%s (95 %% interval %.2f to %.2f), loss %.4f.%n%n", 100 * evaluation
                .accuracy(), evaluation.total(), data.isEmpty() ? "" : " of " + data, 100 * evaluation.interval().low(),
                100 * evaluation.interval().high(), evaluation.loss())
                + new TextTable(List.of("class", "images", "precision", "recall"), List.of(false, true, true, true),
                        rows).markdown();
    }

    private static String percent(double share) {
        return Double.isNaN(share) ? "-" : format("%.2f %%", 100 * share);
    }

    private static String training(JsonObject run, JsonObject data) {
        StringBuilder text = new StringBuilder();
        text.append(format("Data: %s, %s training and %s test images.%n", string(data, "name"), string(data,
                "train_images"), string(data, "test_images")));
        text.append(format("%n"));
        List<List<String>> files = new ArrayList<>();
        if (data.get("files") instanceof JsonArray all) {
            for (JsonElement element : all) {
                if (element instanceof JsonObject file) {
                    files.add(List.of(plain(file.get("name")), plain(file.get("sha256"))));
                }
            }
            text.append(new TextTable(List.of("file", "sha256"), List.of(false, false), files).markdown());
        }
        List<List<String>> options = new ArrayList<>();
        JsonObject config = object(run, "config"); // what else is there tells of places on the machine that trained
        for (String name : Stream
                .concat(Recipe.OPTIONS.stream().map(Option::name),
                        Stream.of(DataRecipe.SIZE.name(), DataRecipe.LIMIT.name(), "init_sha256"))
                .toList()) {
            if (isThere(config, name)) {
                options.add(List.of(name, plain(config.get(name))));
            }
        }
        text.append(format("%nRecipe:%n%n")).append(new TextTable(List.of("option", "value"), List.of(false, false),
                options).markdown());
        JsonObject environment = object(run, "environment");
        text.append(format("%nLanewise %s (%s), %s, on %s.%n", string(environment, "version"), string(environment,
                "commit"), string(environment, "jdk"), string(environment, "cpu")));
        JsonObject result = object(run, "result");
        if (isThere(result, "train_seconds")) {
            text.append(format("Epochs: %s, in %.2f s.%n", string(result, "epochs"),
                    Json.seconds("train_seconds", result.get("train_seconds"))));
        }
        return text.toString();
    }

    private static String plain(JsonElement value) {
        return value instanceof JsonPrimitive text ? text.getAsString() : String.valueOf(value);
    }
}
