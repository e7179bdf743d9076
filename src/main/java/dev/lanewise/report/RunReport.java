package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.train.Predictions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A run as its page tells of it.
 *
 * @param name of the run
 * @param json what run.json, metrics.jsonl and the model tell, and what the model makes of images
 */
public record RunReport(String name, JsonObject json) {
    /** Epochs that a curve shows; of more, every second one, or third, and so on. */
    private static final int MOST_EPOCHS = 1000;
    private static final String SAFE = "[A-Za-z0-9_@%+=:,./-]+"; // to a shell

    /**
     * Images to measure a model on that it has not learned from.
     *
     * @param part {@code test} or {@code validation}
     * @param data the set's name
     */
    public record Unseen(String part, String data, Dataset images) {
        /** The test images, else those that were held out to choose by; null without either. */
        public static @Nullable Unseen of(DatasetPair data, Recipe recipe) {
            if (data.test() != null) {
                return new Unseen("test", data.name(), data.test());
            }
            int[] held = Batches.Split.of(data.train().size(), recipe.get(Recipe.VALIDATION), recipe.get(Recipe.SEED))
                    .validation();
            return held.length == 0 ? null : new Unseen("validation", data.name(), data.train().subset(held));
        }
    }

    /** What its files tell: the recipe, the curves and the result. */
    public static RunReport of(Path directory) throws IOException {
        RunDirectory run = new RunDirectory(directory);
        JsonObject json = new JsonObject();
        Path name = directory.toAbsolutePath().normalize().getFileName();
        json.addProperty("name", name == null ? directory.toString() : name.toString());
        json.add("run", checked(run.readRun(), directory));
        JsonArray epochs = new JsonArray();
        RunDirectory.Told told = run
                .readMetrics(json.getAsJsonObject("run").get("status") instanceof JsonPrimitive status
                        && status.getAsString().equals("running"));
        List<JsonObject> metrics = told.epochs();
        int step = Math.ceilDiv(metrics.size(), MOST_EPOCHS);
        for (int i = 0; i < metrics.size(); i++) {
            if ((metrics.size() - 1 - i) % step == 0) { // the last one in any case
                epochs.add(metrics.get(i));
            }
        }
        json.add("epochs", epochs);
        json.addProperty("damage", told.damage());
        json.addProperty("command", command(json.getAsJsonObject("run"), directory));
        return new RunReport(json.get("name").getAsString(), json);
    }

    /** run.json, whose parts have the forms that a page takes for granted. */
    private static JsonObject checked(JsonObject run, Path directory) throws IOException {
        for (String part : List.of("config", "network", "environment", "dataset", "result")) {
            if (run.get(part) instanceof JsonNull) {
                run.remove(part); // as if nothing were said
            }
        }
        if (run.get("network") instanceof JsonObject network
                && !(network.get("layers") instanceof JsonArray layers && isOfLayers(layers))) {
            throw RunDirectory.damaged(directory, "network", null);
        }
        if (run.get("dataset") instanceof JsonObject dataset
                && !(dataset.get("files") instanceof JsonArray)) {
            throw RunDirectory.damaged(directory, "dataset", null);
        }
        return run;
    }

    private static boolean isOfLayers(JsonArray layers) {
        return layers.asList().stream().allMatch(element -> element instanceof JsonObject layer
                && layer.get("layer") instanceof JsonPrimitive && layer.get("output") instanceof JsonArray);
    }

    /** What is wrong with its metrics.jsonl, in a sentence without an end; null: nothing. */
    public @Nullable String damage() {
        return json.get("damage") instanceof JsonPrimitive damage ? damage.getAsString() : null;
    }

    /**
     * The same, and what its model makes of images, with some of them as pictures.
     *
     * @param model null: the run has none
     * @param unseen null: there are none
     * @param missing why there are none; null: the recipe wants none
     */
    public static RunReport of(Path directory, @Nullable Model model, @Nullable Unseen unseen,
            @Nullable String missing) throws IOException {
        RunReport report = of(directory);
        report.json.addProperty("missing", missing);
        if (model != null) {
            report.json.addProperty("sizes", model.network().isForImages() ? null : model.network().toString());
            report.json.add("weights", WeightPictures.of(model.network()));
        }
        if (model != null && unseen != null) {
            Predictions predictions = predictions(model, unseen.images);
            JsonObject evaluation = new EvaluationTables(predictions, unseen.part, unseen.data, model.classes()).json();
            evaluation.addProperty("part", unseen.part);
            report.json.add("evaluation", evaluation);
            report.json.add("pictures", Pictures.of(predictions, unseen.images));
        }
        return report;
    }

    private static Predictions predictions(Model model, Dataset images) {
        try (Workers workers = new Workers(Training.Execution.allThreads(), Tuning.forSamples(images.size()))) {
            return new Ensemble(List.of(model)).evaluate(images, workers).predictions();
        }
    }

    /** The recipe of a run, to be typed into a shell; null where run.json does not tell it. */
    private static @Nullable String command(JsonObject run, Path directory) throws IOException {
        if (!(run.get("config") instanceof JsonObject config)) {
            return null;
        }
        Recipe recipe = resolved(config, directory);
        List<String> words = new ArrayList<>(List.of("lanewise", "train"));
        words.addAll(DataRecipe.fromJson(config.toString(), directory).words());
        if (config.get("init") instanceof JsonPrimitive init) {
            words.addAll(List.of("--init", init.getAsString()));
        }
        words.addAll(recipe.words());
        return words.stream().map(RunReport::quoted).collect(Collectors.joining(" "));
    }

    private static Recipe resolved(JsonObject config, Path directory) throws IOException {
        Recipe recipe = Recipe.fromJson(config.toString(), directory);
        try {
            return recipe.resolve();
        } catch (IllegalArgumentException e) { // options that do not go together
            throw RunDirectory.damaged(directory, e.getMessage(), e);
        }
    }

    /** A word for a POSIX shell. */
    static String quoted(String word) {
        return word.matches(SAFE) ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
