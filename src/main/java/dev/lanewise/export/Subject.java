package dev.lanewise.export;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Json;
import dev.lanewise.train.Evaluation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is exported.
 *
 * @param model the network with its weights
 * @param run the text of its run.json; null: none is known
 * @param evaluation of the model on test images; null: none was made
 */
public record Subject(Model model, @Nullable String run, @Nullable Evaluation evaluation) {
    private static final List<String> OF_MODEL = List.of("data", "epoch"); // what a model file tells beside the network

    /** A model of which nothing else is known. */
    public static Subject of(Model model) {
        return new Subject(model, null, null);
    }

    /** The model as it is to be written. */
    Model model(Options options) {
        return options.fold() ? Folding.folded(model) : model;
    }

    /** run.json; empty where none is known. */
    JsonObject json() {
        return run == null ? new JsonObject() : Json.object(run);
    }

    /** The network in a line: sizes say nothing of images, which have the name or the layers of the recipe instead. */
    String network() {
        if (!model.network().isForImages()) {
            return model.network().toString();
        }
        return json().get("config") instanceof JsonObject config && config.get("net") instanceof JsonPrimitive net
                && net.getAsString().matches("[\\w-]+")
                        ? net.getAsString()
                        : Spec.join(model.network().specs());
    }

    /** What should be known about the model beside its network, by name: digests, and the accuracy that its run came to. */
    public Map<String, String> about() {
        Map<String, String> about = new LinkedHashMap<>();
        for (String key : OF_MODEL) {
            if (model.metadata().containsKey(key)) {
                about.put(key, model.metadata().get(key));
            }
        }
        about.put("weights_sha256", model.sha256());
        JsonObject json = json();
        if (json.get("result") instanceof JsonObject result
                && result.get("test_accuracy") instanceof JsonPrimitive share) {
            about.put("test_accuracy", share.getAsString());
        }
        if (json.get("dataset") instanceof JsonObject data && data.get("files") instanceof JsonArray files) {
            JsonObject digests = new JsonObject();
            for (JsonElement element : files) {
                if (element instanceof JsonObject file) {
                    digests.add(
                            String.valueOf(file.get("name") instanceof JsonPrimitive name ? name.getAsString() : ""),
                            file.get("sha256"));
                }
            }
            about.put("data_sha256", digests.toString());
        }
        return about;
    }
}
