package dev.lanewise.bench;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.lanewise.data.InputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A benchmark's results with what they depend on, as {@code --save} writes them.
 *
 * @param format {@link #FORMAT}
 * @param version {@link #VERSION}
 * @param created time in UTC
 * @param command the arguments that give these results
 * @param environment machine, JVM, flags, version
 * @param results what was measured
 * @param refused kernels with wrong results, which were not timed
 */
public record ResultFile(String format, int version, String created, String command, JsonObject environment,
        List<Result> results, List<Refusal> refused) {
    /** What tells such a file from other JSON. */
    public static final String FORMAT = "lanewise-bench";
    /** Of the format; a reader refuses later ones. */
    public static final int VERSION = 1;

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

    /** The file's text: a line a result, so that two files can be compared by eye. */
    public String json() {
        JsonObject json = GSON.toJsonTree(this).getAsJsonObject();
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
        }
        if (text.isBlank()) {
            throw new InputException("%s is empty; write it again with 'lanewise bench --save'".formatted(path));
        }
        try {
            return parse(path, text);
        } catch (JsonParseException | IllegalArgumentException | IllegalStateException
                | UnsupportedOperationException e) { // what Gson throws at a value of another type
            if (text.contains("\"" + FORMAT + "\"")) {
                throw new InputException(
                        "%s is damaged: it begins as a benchmark's results but cannot be read to its end"
                                .formatted(path),
                        e);
            }
            throw foreign(path, e);
        }
    }

    private static ResultFile parse(Path path, String text) throws InputException {
        JsonElement json = JsonParser.parseString(text);
        if (!json.isJsonObject() || json.getAsJsonObject().get("format") == null
                || !json.getAsJsonObject().get("format").isJsonPrimitive()
                || !json.getAsJsonObject().get("format").getAsString().equals(FORMAT)) {
            throw foreign(path, null);
        }
        JsonElement version = json.getAsJsonObject().get("version");
        if (version != null && version.getAsInt() > VERSION) {
            throw new InputException(
                    "%s was written by a newer Lanewise (format %d, this one reads %d); update this one"
                            .formatted(path, version.getAsInt(), VERSION));
        }
        ResultFile file = GSON.fromJson(json, ResultFile.class);
        if (file.version < 1 || file.environment == null || file.results == null || file.refused == null
                || !file.results.stream().allMatch(ResultFile::isWhole)
                || !file.refused.stream().allMatch(ResultFile::isWhole)) {
            throw new InputException("%s is damaged: a part of its results is missing or no number".formatted(path));
        }
        if (file.results.isEmpty()) {
            throw new InputException("%s has no results in it; write it again with 'lanewise bench --save'"
                    .formatted(path));
        }
        Set<String> names = new HashSet<>();
        for (Result r : file.results) {
            if (!names.add("%s %d %d".formatted(r.kernel(), r.threads(), r.bits()))) {
                throw new InputException("%s is damaged: it has %s on %d threads at %d bits twice"
                        .formatted(path, r.kernel(), r.threads(), r.bits()));
            }
        }
        return new ResultFile(file.format, file.version, file.created, file.command, file.environment,
                file.results.stream().map(Result::summarized).toList(), file.refused);
    }

    private static boolean isWhole(Result r) {
        return r != null && r.group() != null && r.kernel() != null && Result.UNITS.contains(r.unit())
                && r.threads() > 0 && r.bits() > 0 && isAmount(r.work()) && r.nanos() != null && r.nanos().length > 0
                && Arrays.stream(r.nanos()).allMatch(Objects::nonNull)
                && Arrays.stream(r.nanos()).allMatch(jvm -> jvm.length > 0)
                && Arrays.stream(r.nanos()).flatMapToDouble(Arrays::stream).allMatch(ResultFile::isAmount);
    }

    private static boolean isWhole(Refusal r) {
        return r != null && r.kernel() != null && r.reason() != null && r.threads() > 0 && r.bits() > 0;
    }

    /** Nanoseconds, operations or bytes of a call. */
    private static boolean isAmount(double value) {
        return value > 0 && value < 1e15;
    }

    private static InputException foreign(Path path, Exception cause) {
        return new InputException("%s is not a benchmark's results, which 'lanewise bench --save' writes"
                .formatted(path), cause);
    }
}
