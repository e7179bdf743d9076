package dev.lanewise.bench;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.data.InputException;
import dev.lanewise.run.files.Json;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A benchmark's results with what they depend on, as {@code --save} writes them.
 *
 * @param format {@link #FORMAT}
 * @param version {@link #VERSION}
 * @param created time in UTC; null: the file does not say
 * @param command the arguments that give these results; null likewise
 * @param environment machine, JVM, flags, version
 * @param results what was measured
 * @param refused kernels with wrong results, which were not timed
 */
public record ResultFile(String format, int version, @Nullable String created, @Nullable String command,
        JsonObject environment,
        List<Result> results, List<Refusal> refused) {
    /** What tells such a file from other JSON. */
    public static final String FORMAT = "lanewise-bench";
    /** Of the format; a reader refuses later ones. */
    public static final int VERSION = 1;

    private static final String AGAIN = "measure again with 'lanewise bench --save'";
    private static final Gson GSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .disableHtmlEscaping().create();

    /**
     * A kernel that was not timed.
     *
     * @param reason what was wrong with its result
     */
    public record Refusal(String kernel, int threads, int bits, String reason) {
    }

    /** What is to be known beside the figures, in sentences. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        for (Result r : results) {
            Double share = r.share();
            if (share != null && r.isAboveRoof()) {
                notes.add(String.format(Locale.ROOT,
                        "%s on %d threads at %d bits: %.0f %% of %s is more than can be; something else ran when that "
                                + "peak was measured: measure again when nothing does",
                        r.kernel(), r.threads(), r.bits(), 100 * share, r.roof()));
            }
        }
        if (results.stream().anyMatch(Result::isEffective)) {
            notes.add("rates and shares of train and predict are effective ones: the zeros of images count as if they "
                    + "were multiplied, and are left out where that is faster");
        }
        return notes;
    }

    /** The file's text: a line a result, so that two files can be compared by eye. */
    public String json() {
        JsonObject json = GSON.toJsonTree(this).getAsJsonObject();
        json.add("notes", GSON.toJsonTree(notes()));
        StringBuilder text = new StringBuilder("{\n");
        for (String name : json.keySet()) {
            JsonElement value = json.get(name);
            text.append(text.length() > 2 ? ",\n" : "").append(GSON.toJson(name)).append(": ");
            if (value.isJsonArray() && !value.getAsJsonArray().isEmpty()) {
                text.append("[\n").append(String.join(",\n",
                        value.getAsJsonArray().asList().stream().map(GSON::toJson).toList())).append("\n]");
            } else {
                text.append(GSON.toJson(value));
            }
        }
        return text.append("\n}\n").toString();
    }

    /**
     * Reads a file.
     *
     * @throws InputException saying what is wrong with it
     */
    public static ResultFile read(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new InputException("%s is a directory; name a file".formatted(path));
        }
        String text;
        try {
            text = Files.readString(path);
        } catch (CharacterCodingException e) {
            throw foreign(path, e);
        } catch (FileSystemException e) { // which names it
            throw e;
        } catch (IOException e) {
            throw new InputException("%s cannot be read (%s); %s".formatted(path, InputException.reason(e), AGAIN), e);
        }
        if (text.isBlank()) {
            throw new InputException("%s is empty; %s".formatted(path, AGAIN));
        }
        JsonElement json;
        try {
            json = Json.parse(text);
        } catch (IllegalArgumentException e) {
            if (text.contains("\"" + FORMAT + "\"")) {
                throw new InputException(
                        "%s is damaged: it begins as a benchmark's results but cannot be read to its end; %s"
                                .formatted(path, AGAIN),
                        e);
            }
            throw foreign(path, e);
        }
        if (!(json instanceof JsonObject object && object.get("format") instanceof JsonPrimitive format
                && format.getAsString().equals(FORMAT))) {
            throw foreign(path, null);
        }
        try {
            return parse(path, object);
        } catch (IllegalArgumentException e) {
            throw new InputException("%s is damaged (%s); %s".formatted(path, e.getMessage(), AGAIN), e);
        }
    }

    private static ResultFile parse(Path path, JsonObject json) throws InputException {
        long version = Json.whole("version", json.get("version"), 1, Integer.MAX_VALUE);
        if (version > VERSION) {
            throw new InputException(
                    "%s was written by a newer Lanewise (format %d, this one reads %d); update this one"
                            .formatted(path, version, VERSION));
        }
        if (!(json.get("environment") instanceof JsonObject environment)) {
            throw new IllegalArgumentException("environment is no object");
        }
        ResultFile file = new ResultFile(FORMAT, VERSION, text(json, "created"), text(json, "command"), environment,
                objects(json, "results").map(ResultFile::result).toList(),
                objects(json, "refused").map(ResultFile::refusal).toList());
        if (file.results.isEmpty()) {
            throw new InputException("%s has no results in it; %s".formatted(path, AGAIN));
        }
        Set<String> names = new HashSet<>();
        for (Result r : file.results) {
            if (!names.add(String.format(Locale.ROOT, "%s %d %d", r.kernel(), r.threads(), r.bits()))) {
                throw new InputException("%s is damaged: it has %s on %d threads at %d bits twice; %s"
                        .formatted(path, r.kernel(), r.threads(), r.bits(), AGAIN));
            }
        }
        return file;
    }

    private static Stream<JsonObject> objects(JsonObject json, String name) {
        return array(json, name).asList().stream().map(element -> {
            if (element instanceof JsonObject object) {
                return object;
            }
            throw new IllegalArgumentException("%s are not all objects".formatted(name));
        });
    }

    private static JsonArray array(JsonObject json, String name) {
        if (json.get(name) instanceof JsonArray array) {
            return array;
        }
        throw new IllegalArgumentException("%s is no list".formatted(name));
    }

    private static Result result(JsonObject r) {
        Result result = new Result(Json.string("group", r.get("group")), Json.string("kernel", r.get("kernel")),
                whole(r, "threads"), whole(r, "bits"), Json.string("unit", r.get("unit")),
                Json.real("median", r.get("median")), Json.real("low", r.get("low")), Json.real("high", r.get("high")),
                real(r, "share"), text(r, "roof"), Json.real("flops", r.get("flops")),
                Json.real("bytes", r.get("bytes")),
                array(r, "nanos").asList().stream().map(ResultFile::times).toList(), text(r, "net"),
                text(r, "hidden"),
                isThere(r, "batch") ? whole(r, "batch") : null, real(r, "epoch_s"), real(r, "test_accuracy"),
                isThere(r, "images") ? whole(r, "images") : null, real(r, "p50_ns"), real(r, "p99_ns"));
        if (!Result.UNITS.contains(result.unit())) {
            throw new IllegalArgumentException("%s is no unit".formatted(result.unit()));
        }
        if (!isAmount(result.work()) || result.nanos().isEmpty()) {
            throw new IllegalArgumentException("%s has no work or no times".formatted(result.kernel()));
        }
        return result.summarized();
    }

    private static List<Double> times(JsonElement jvm) {
        if (!(jvm instanceof JsonArray array) || array.isEmpty()) {
            throw new IllegalArgumentException("nanos: a JVM has no times");
        }
        List<Double> times = array.asList().stream().map(time -> Json.real("nanos", time)).toList();
        if (!times.stream().allMatch(ResultFile::isAmount)) {
            throw new IllegalArgumentException("nanos: a time is none");
        }
        return times;
    }

    private static Refusal refusal(JsonObject r) {
        return new Refusal(Json.string("kernel", r.get("kernel")), whole(r, "threads"), whole(r, "bits"),
                Json.string("reason", r.get("reason")));
    }

    private static int whole(JsonObject json, String name) {
        return (int) Json.whole(name, json.get(name), 1, Integer.MAX_VALUE);
    }

    private static boolean isThere(JsonObject json, String name) {
        return json.has(name) && !json.get(name).isJsonNull();
    }

    private static @Nullable Double real(JsonObject json, String name) {
        return isThere(json, name) ? Json.real(name, json.get(name)) : null;
    }

    private static @Nullable String text(JsonObject json, String name) {
        return isThere(json, name) ? Json.string(name, json.get(name)) : null;
    }

    /** Nanoseconds, operations or bytes of a call. */
    private static boolean isAmount(double value) {
        return value > 0 && value < 1e15;
    }

    private static InputException foreign(Path path, @Nullable Exception cause) {
        return new InputException("%s is not a benchmark's results; name a file that 'lanewise bench --save' wrote"
                .formatted(path), cause);
    }
}
