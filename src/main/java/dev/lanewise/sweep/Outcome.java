package dev.lanewise.sweep;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.lanewise.data.InputException;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import dev.lanewise.run.files.Json;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a training came to.
 *
 * @param key of recipe and data
 * @param validation of the model on the held-out images: the share read right; null where the training diverged
 * @param loss likewise
 * @param epochs that were trained
 * @param seconds that they took, with what was evaluated after each
 * @param weightsSha256 digest of the model's parameters; null where the training diverged
 * @param curve an element an epoch
 */
public record Outcome(String key, Recipe recipe, @Nullable Double validation, @Nullable Double loss, int epochs,
        double seconds,
        @Nullable String weightsSha256, List<Figures> curve) {
    /** Of an epoch the loss in training, the loss and the share read right of the held-out images. */
    public record Figures(double loss, double validationLoss, double validation) {
    }

    /**
     * Trains a recipe on the calling thread, and on others where its steps are large.
     *
     * @return null if it was cancelled
     */
    public static @Nullable Outcome of(Recipe recipe, TrainingData data, Training.Execution execution,
            BooleanSupplier isCancelled) throws IOException {
        List<Figures> curve = new ArrayList<>();
        long start = System.nanoTime();
        try (Training training = new Training(recipe, data.of(recipe.get(Recipe.SEED)), execution)) {
            Training.End end = training.run(new Training.Events() {
                @Override
                public void epoch(Metrics metrics) {
                    Evaluation held = heldOut(metrics.validation());
                    curve.add(new Figures(metrics.trainLoss(), held.loss(), held.accuracy()));
                }

                @Override
                public boolean isCancelled() {
                    return isCancelled.getAsBoolean();
                }
            });
            double seconds = (System.nanoTime() - start) / 1e9;
            String key = data.key(recipe);
            return switch (end) {
                case CANCELLED -> null;
                case DIVERGED -> new Outcome(key, recipe, null, null, curve.size(), seconds, null, curve);
                case FINISHED, STOPPED_EARLY -> {
                    Training.Result result = Objects.requireNonNull(training.result(), "it ended as it should");
                    Evaluation held = heldOut(result.validation());
                    yield new Outcome(key, recipe, held.accuracy(), held.loss(), curve.size(), seconds,
                            result.weightsSha256(), curve);
                }
            };
        }
    }

    private static Evaluation heldOut(@Nullable Evaluation validation) {
        if (validation == null) {
            throw new IllegalArgumentException("recipe: a sweep chooses by held-out images, and it holds out none");
        }
        return validation;
    }

    /** Whether this one's model is better: it reads more held-out images right, or as many with a smaller loss. */
    public boolean isBetterThan(Outcome other) {
        return validation != null && (other.validation == null || validation > other.validation
                || validation.equals(other.validation) && finalLoss() < other.finalLoss());
    }

    private double finalLoss() {
        return loss == null ? Double.POSITIVE_INFINITY : loss;
    }

    /** As a JSON object, in a line. */
    public String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("key", key);
        json.add("recipe", Json.object(recipe.toJson()));
        json.addProperty("validation_accuracy", validation);
        json.addProperty("validation_loss", loss);
        json.addProperty("epochs", epochs);
        json.addProperty("seconds", seconds);
        json.addProperty("weights_sha256", weightsSha256);
        JsonArray epochs = new JsonArray();
        for (Figures figures : curve) {
            JsonArray epoch = new JsonArray();
            epoch.add(Json.number(figures.loss));
            epoch.add(Json.number(figures.validationLoss));
            epoch.add(Json.number(figures.validation));
            epochs.add(epoch);
        }
        json.add("curve", epochs);
        return json.toString();
    }

    /**
     * The outcome that {@link #toJson} gave.
     *
     * @param source for the message
     * @throws InputException if it is damaged
     */
    public static Outcome fromJson(String text, Object source) throws InputException {
        try {
            JsonObject json = Json.object(text);
            boolean diverged = json.get("weights_sha256") instanceof JsonNull;
            List<Figures> curve = new ArrayList<>();
            for (JsonElement epoch : json.getAsJsonArray("curve")) {
                JsonArray figures = epoch.getAsJsonArray();
                curve.add(new Figures(Json.real("curve", figures.get(0)), Json.real("curve", figures.get(1)),
                        Json.real("curve", figures.get(2))));
            }
            return new Outcome(Json.string("key", json.get("key")),
                    Recipe.fromJson(String.valueOf(json.get("recipe")), source),
                    diverged ? null : Double.valueOf(share(json.get("validation_accuracy"))),
                    diverged ? null : Double.valueOf(Json.real("validation_loss", json.get("validation_loss"))),
                    (int) Json.whole("epochs", json.get("epochs"), 0, Integer.MAX_VALUE),
                    Json.seconds("seconds", json.get("seconds")),
                    diverged ? null : Json.string("weights_sha256", json.get("weights_sha256")), curve);
        } catch (InputException | RuntimeException e) { // of JSON of any other form, or another recipe
            throw damaged(source, e);
        }
    }

    private static double share(JsonElement json) {
        double share = Json.real("validation_accuracy", json);
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("validation_accuracy: " + share);
        }
        return share;
    }

    static InputException damaged(Object source, @Nullable Exception cause) {
        return new InputException("%s is damaged; delete it, and its training is done again".formatted(source), cause);
    }
}
