package dev.lanewise.run.files;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The form of run.json, which whoever reads it may take for granted: what is there has its type or is null. The configuration is
 * left to the recipe, and what describes the machine is only shown.
 */
final class RunForm {
    private static final List<String> PARTS = List.of("config", "network", "environment", "dataset", "result");

    private RunForm() {
    }

    /** Refuses another form by an IllegalArgumentException that names the place. */
    static void check(JsonObject run) {
        PARTS.forEach(part -> object(run, "", part));
        network(object(run, "", "network"));
        dataset(object(run, "", "dataset"));
        result(object(run, "", "result"));
    }

    private static void network(JsonObject network) {
        List.of("parameters", "multiply_adds", "flops").forEach(name -> number(network, "network.", name));
        for (JsonElement element : list(network, "network.", "layers")) {
            JsonObject layer = member(element, "network.layers");
            text(layer, "network.layers.", "layer");
            list(layer, "network.layers.", "output").forEach(extent -> whole("network.layers.output", extent));
            List.of("parameters", "multiply_adds").forEach(name -> number(layer, "network.layers.", name));
        }
    }

    private static void dataset(JsonObject dataset) {
        List.of("name", "origin").forEach(name -> text(dataset, "dataset.", name));
        for (String name : List.of("train_images", "test_images")) {
            if (isThere(dataset, name)) {
                whole("dataset." + name, dataset.get(name));
            }
        }
        for (JsonElement element : list(dataset, "dataset.", "files")) {
            JsonObject file = member(element, "dataset.files");
            List.of("name", "sha256").forEach(name -> text(file, "dataset.files.", name));
            number(file, "dataset.files.", "bytes");
        }
    }

    private static void result(JsonObject result) {
        for (String name : result.keySet()) {
            if (name.endsWith("_95")) {
                JsonArray bounds = list(result, "result.", name);
                if (isThere(result, name) && bounds.size() != 2) {
                    throw new IllegalArgumentException("result.%s has not two bounds".formatted(name));
                }
                for (JsonElement bound : bounds) {
                    if (!bound.isJsonNull()) { // a number that JSON has not was written as null
                        Json.real("result." + name, bound);
                    }
                }
            } else if (name.endsWith("_accuracy") || name.endsWith("_loss")) {
                number(result, "result.", name);
            } else if (name.endsWith("_seconds") && isThere(result, name)) {
                Json.seconds("result." + name, result.get(name));
            }
        }
        for (String name : List.of("epochs", "model_epoch")) {
            if (isThere(result, name)) {
                whole("result." + name, result.get(name));
            }
        }
        text(result, "result.", "weights_sha256");
        for (String name : List.of("profile", "steps", "step_time", "step_time_predicted")) {
            JsonObject figures = object(result, "result.", name);
            figures.keySet().forEach(figure -> number(figures, "result." + name + ".", figure));
        }
    }

    private static boolean isThere(JsonObject json, String name) {
        @Nullable
        JsonElement value = json.get(name);
        return value != null && !(value instanceof JsonNull);
    }

    private static JsonObject object(JsonObject json, String where, String name) {
        return isThere(json, name) ? member(json.get(name), where + name) : new JsonObject();
    }

    private static JsonObject member(JsonElement json, String name) {
        if (json instanceof JsonObject object) {
            return object;
        }
        throw new IllegalArgumentException("%s is no object".formatted(name));
    }

    private static JsonArray list(JsonObject json, String where, String name) {
        if (!isThere(json, name)) {
            return new JsonArray();
        }
        if (json.get(name) instanceof JsonArray array) {
            return array;
        }
        throw new IllegalArgumentException("%s%s is no list".formatted(where, name));
    }

    private static void text(JsonObject json, String where, String name) {
        if (isThere(json, name)) {
            Json.string(where + name, json.get(name));
        }
    }

    private static void number(JsonObject json, String where, String name) {
        if (isThere(json, name)) {
            Json.real(where + name, json.get(name));
        }
    }

    private static void whole(String name, JsonElement json) {
        Json.whole(name, json, 0, Long.MAX_VALUE);
    }
}
