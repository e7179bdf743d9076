package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.export.Formats;
import dev.lanewise.export.Options;
import dev.lanewise.export.Subject;
import dev.lanewise.report.RunReport;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Model;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run.json of which one field is of another type, or missing: whoever reads it does, or says so in a sentence. */
class RunFieldsTest {
    private static final List<String> VALUES = List.of("\"x\"", "-1.5", "true", "null", "[null,1]", "{}");

    @TempDir
    private static Path temp;
    private static Path run;
    private static JsonObject whole;

    @BeforeAll
    static void train() throws IOException {
        Path data = SmallData.write(temp.resolve("data"), SmallData.TRAIN.subset(IntStream.range(0, 100).toArray()),
                SmallData.TEST.subset(IntStream.range(0, 50).toArray()));
        run = temp.resolve("run");
        Outcome.of("train", "--data", data, "--hidden", "3", "--epochs", 1, "--validation", 0.2, "--profile", "--out",
                run).expect(0);
        whole = new SmallRun(run).json();
    }

    /** Every run.json of which one place is another one, by what was done. */
    private static Map<String, JsonObject> others() {
        Map<String, JsonObject> others = new LinkedHashMap<>();
        for (List<Object> place : places(whole)) {
            for (String value : VALUES) {
                others.put(place + " = " + value, with(place, JsonParser.parseString(value)));
            }
            if (place.getLast() instanceof String) {
                others.put("without " + place, with(place, null));
            }
        }
        return others;
    }

    private static List<List<Object>> places(JsonElement json) {
        List<List<Object>> places = new ArrayList<>();
        Map<Object, JsonElement> members = new LinkedHashMap<>();
        if (json instanceof JsonObject object) {
            members.putAll(object.asMap());
        } else if (json instanceof JsonArray array && !array.isEmpty()) {
            members.put(0, array.get(0));
        }
        members.forEach((name, member) -> {
            places.add(List.of(name));
            for (List<Object> below : places(member)) {
                List<Object> place = new ArrayList<>(List.of(name));
                place.addAll(below);
                places.add(place);
            }
        });
        return places;
    }

    private static JsonObject with(List<Object> place, JsonElement value) {
        JsonObject copy = whole.deepCopy();
        JsonElement above = copy;
        for (Object name : place.subList(0, place.size() - 1)) {
            above = name instanceof Integer i
                    ? above.getAsJsonArray().get(i)
                    : above.getAsJsonObject().get(name.toString());
        }
        if (place.getLast() instanceof Integer i) {
            above.getAsJsonArray().set(i, value);
        } else if (value == null) {
            above.getAsJsonObject().remove(place.getLast().toString());
        } else {
            above.getAsJsonObject().add(place.getLast().toString(), value);
        }
        return copy;
    }

    private interface Reading {
        void read(Path run) throws IOException;
    }

    @Test
    void everyFieldMayBeOfAnotherType() throws IOException {
        Model model = Model.read(run.resolve("model.safetensors"));
        DatasetPair data = DataOption.read(DataOption.named(temp.resolve("data").toString()));
        Map<String, Reading> readings = new LinkedHashMap<>();
        readings.put("report", RunReport::of);
        readings.put("card", path -> Formats.write(new Subject(model, new RunDirectory(path).readRun().toString(),
                null), Options.USUAL, temp.resolve("x.md")));
        readings.put("metadata", path -> new Subject(model, new RunDirectory(path).readRun().toString(), null).about());
        readings.put("model", RunDirectory::checkedModel);
        readings.put("data", path -> new RunDirectory(path).isOn(data));
        readings.put("end", path -> new RunDirectory(path).hasEndedWith(whole.getAsJsonObject("result").get(
                "weights_sha256").getAsString()));
        readings.put("cut off", path -> new RunDirectory(path).wasCutOff());
        readings.put("recipe", path -> {
            String config = String.valueOf(new RunDirectory(path).readRun().get("config"));
            DataRecipe.fromJson(config, path);
            Recipe.fromJson(config, path);
        });
        readings.put("data of the run", path -> DataOption.of(path, model));
        List<String> wrong = new ArrayList<>();
        Map<String, JsonObject> others = others();
        for (Map.Entry<String, JsonObject> other : others.entrySet()) {
            Files.writeString(run.resolve("run.json"), other.getValue().toString());
            for (Map.Entry<String, Reading> reading : readings.entrySet()) {
                String found = "";
                try {
                    reading.getValue().read(run);
                } catch (InputException e) {
                    found = e.getMessage().contains(run.toString()) ? "" : e.getMessage();
                } catch (IOException | RuntimeException e) {
                    found = e + " at " + List.of(e.getStackTrace()).subList(0, Math.min(4, e.getStackTrace().length));
                }
                if (!found.isEmpty()) {
                    wrong.add("%s, %s: %s".formatted(reading.getKey(), other.getKey(), found));
                }
            }
        }
        Files.writeString(run.resolve("run.json"), whole.toString());
        assertEquals("", String.join("\n", wrong.subList(0, Math.min(20, wrong.size()))));
        assertTrue(others.size() > 500, others.size() + " files");
    }

    /** As a user meets it: what is not of the recipe once, of a type that is never right. */
    @Test
    void commandsRefuseItOrDoNotMind() throws IOException {
        int refused = 0;
        List<List<Object>> commands = List.of(List.of("train", "--no-report", "-q", "--resume", "RUN"),
                List.of("report", "RUN"), List.of("export", "RUN", temp.resolve("x.md")), List.of("eval", "RUN"),
                List.of("train", "--no-report", "-q", "--out", temp.resolve("other"), "--like", "RUN"));
        for (List<Object> place : places(whole)) {
            for (List<Object> command : place.size() > 1 && place.getFirst().equals("config")
                    ? commands.subList(0, 1)
                    : commands) {
                Path copy = temp.resolve("copy");
                deleteIfThere(copy);
                deleteIfThere(temp.resolve("other"));
                SmallRun.copy(run, copy);
                Files.writeString(copy.resolve("run.json"), with(place, new JsonArray()).toString());
                Outcome outcome = Outcome
                        .of(command.stream().map(word -> word.equals("RUN") ? copy : word).toArray());
                if (outcome.status() != 0) {
                    refused++;
                    outcome.expectRefusal(copy);
                }
            }
        }
        assertTrue(refused > 100, refused + " refused");
    }

    private static void deleteIfThere(Path directory) throws IOException {
        if (Files.exists(directory)) {
            for (Path file : SmallRun.content(directory).keySet().stream().map(directory::resolve).toList()) {
                Files.delete(file);
            }
            Files.delete(directory);
        }
    }
}
