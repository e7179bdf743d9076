package dev.lanewise.run.files;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.system.Environment;
import dev.lanewise.train.Metrics;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a run: {@code run.json} (configuration, environment, data set, result), {@code metrics.jsonl} (an
 * object an epoch), {@code model.safetensors} (the weights) and {@code checkpoint.safetensors} (what {@code --resume}
 * goes on from). Every file is replaced as a whole, so that an interrupted run can be read and resumed.
 */
public record RunDirectory(Path path) {
    private static final Gson PRETTY = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls()
            .create();

    /**
     * Makes the directory, its parents too.
     *
     * @throws InputException if something is there already
     */
    public static RunDirectory create(Path path) throws IOException {
        requireFree(path);
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw notMade(path, e);
        }
        return new RunDirectory(path);
    }

    /** Makes a directory of that name in another one; where it is taken, with a number behind it. */
    public static RunDirectory createNamed(Path parent, String name) throws IOException {
        Path path = parent.resolve(name);
        try {
            Files.createDirectories(parent);
            for (int i = 2;; i++) {
                try {
                    return new RunDirectory(Files.createDirectory(path)); // of two processes, one gets it
                } catch (FileAlreadyExistsException _) {
                    path = parent.resolve(name + "_" + i);
                }
            }
        } catch (IOException e) {
            throw notMade(path, e);
        }
    }

    /** That run.json cannot be gone on from, and which of its words is to blame. */
    public static InputException damaged(Object source, @Nullable String what, @Nullable Exception cause) {
        return new InputException("%s: the configuration in run.json is damaged (%s); start a new run"
                .formatted(source, what), cause);
    }

    /** A place that cannot be written to is wrong input; a full disk is not. */
    private static IOException notMade(Path path, IOException e) {
        boolean full = Obstacle.isFull(e);
        String sentence = "%s: the directory cannot be made (%s); %sname another one".formatted(path,
                InputException.reason(e), full ? Obstacle.FULL.remedy() + " or " : "");
        return full ? new IOException(sentence, e) : new InputException(sentence, e).about("out");
    }

    /**
     * Checks that a run may be written there, which is worth doing before the work.
     *
     * @throws InputException if something is there already
     */
    public static void requireFree(Path path) throws IOException {
        try {
            Destination.requireFree(path, file -> file.endsWith(RunLock.NAME),
                    "; name another one, or resume the run that lies there");
        } catch (InputException e) {
            throw Files.isDirectory(path) ? e.about("out", "resume " + path) : e.about("out");
        }
    }

    /** The model of a run, or the file itself where one is named. */
    public static Path model(Path runOrFile) {
        return Files.isDirectory(runOrFile) ? new RunDirectory(runOrFile).model() : runOrFile;
    }

    /**
     * The same; the model of a run that has finished must be the one that it ended with.
     *
     * @throws InputException if it is another one
     */
    public static Path checkedModel(Path runOrFile) throws IOException {
        RunDirectory directory = new RunDirectory(runOrFile);
        if (directory.hasRun()) {
            directory.requireModel(weightsSha256(directory.readRun()));
        } else if (!Files.exists(directory.model())) {
            directory.refuseIfRunsAreInside();
        }
        return model(runOrFile);
    }

    /** Where the directory that all runs are in was named in place of one. */
    private void refuseIfRunsAreInside() throws IOException {
        if (!Files.isDirectory(path)) {
            return;
        }
        List<Path> runs;
        try (Stream<Path> inside = Files.list(path)) {
            runs = inside.filter(directory -> new RunDirectory(directory).hasRun()).sorted().toList();
        }
        if (!runs.isEmpty()) {
            throw new InputException("%s: there is no run here, but %s; name one, %s say".formatted(path,
                    runs.size() == 1 ? "one is in it" : "%d are in it".formatted(runs.size()), runs.getLast()));
        }
    }

    /** Whether a run was begun and never ended, and no process is at it: it was killed, or its machine was. */
    public boolean wasCutOff() throws IOException {
        return hasRun() && readRun().get("status") instanceof JsonPrimitive status
                && status.getAsString().equals("running") && RunLock.isFree(path);
    }

    /** The digest of the weights that a run came to; null before its end. */
    public static @Nullable String weightsSha256(JsonObject run) {
        return run.get("result") instanceof JsonObject result
                && result.get("weights_sha256") instanceof JsonPrimitive digest ? digest.getAsString() : null;
    }

    /**
     * Compares the weights in the model's file, where there is one, with a digest, where there is one.
     *
     * @throws InputException if they differ
     */
    public void requireModel(@Nullable String weightsSha256) throws IOException {
        if (weightsSha256 != null && Files.isRegularFile(model())
                && !weightsSha256.equals(Safetensors.sha256OfData(model()))) {
            throw new InputException(
                    "%s: these are not the weights that the run ended with (weights_sha256 in run.json); "
                            .formatted(model()) + "use the run's own file, or name this one instead of the run");
        }
    }

    /** Whether a run has ended here with weights of that digest, its model's file is there and has them, and it tells its test. */
    public boolean hasEndedWith(@Nullable String weightsSha256) throws IOException {
        return weightsSha256 != null && hasRun() && weightsSha256.equals(weightsSha256(readRun()))
                && tellsTest(readRun().getAsJsonObject("result"))
                && Files.isRegularFile(model())
                && weightsSha256.equals(Safetensors.sha256OfData(model()));
    }

    private static boolean tellsTest(JsonObject result) {
        JsonElement accuracy = result.get("test_accuracy");
        return accuracy instanceof JsonNull || isNumber(accuracy)
                && result.get("test_accuracy_95") instanceof JsonArray bounds && bounds.size() == 2
                && isNumber(bounds.get(0)) && isNumber(bounds.get(1));
    }

    private static boolean isNumber(JsonElement json) {
        return json instanceof JsonPrimitive value && value.isNumber();
    }

    /** Whether a run has told of itself here. */
    public boolean hasRun() {
        return Files.isRegularFile(run());
    }

    /** When run.json was written, in milliseconds since 1970; 0 where it is missing. */
    public long lastWritten() throws IOException {
        return hasRun() ? Files.getLastModifiedTime(run()).toMillis() : 0;
    }

    /** Whether a run or a model is here. */
    public boolean isPresent() {
        return hasRun() || Files.isRegularFile(model());
    }

    /** Whether anything is here that a run leaves, be it the half of it. */
    public boolean hasTraces() {
        return isPresent() || Files.isRegularFile(metrics()) || Files.isRegularFile(checkpoint());
    }

    /** Where the weights are. */
    public Path model() {
        return path.resolve("model.safetensors");
    }

    /** Where the last checkpoint is. */
    public Path checkpoint() {
        return path.resolve("checkpoint.safetensors");
    }

    /** Where the page about the run is. */
    public Path report() {
        return path.resolve("report.html");
    }

    private Path metrics() {
        return path.resolve("metrics.jsonl");
    }

    private Path run() {
        return path.resolve("run.json");
    }

    /**
     * Writes run.json.
     *
     * @param status {@code running}, {@code finished}, {@code interrupted} or {@code failed}
     * @param config every option as used
     * @param result null before the end
     */
    public void writeRun(String status, JsonObject config, JsonObject network, DatasetPair data,
            @Nullable JsonObject result) throws IOException {
        JsonObject dataset = new JsonObject();
        dataset.addProperty("name", data.name());
        dataset.addProperty("origin", data.origin());
        dataset.addProperty("train_images", data.train().size());
        dataset.addProperty("test_images", data.test() == null ? 0 : data.test().size());
        dataset.add("files", files(data));
        JsonObject run = new JsonObject();
        run.addProperty("status", status);
        run.add("config", config);
        run.add("network", network);
        run.add("environment", Environment.json());
        run.add("dataset", dataset);
        run.add("result", result == null ? JsonNull.INSTANCE : result);
        Json.replaceInfinite(run);
        String json = PRETTY.toJson(run) + "\n";
        WholeFile.replace(run(), file -> Files.writeString(file, json));
    }

    /** Names, sizes and digests, as run.json has them under dataset. */
    public static JsonArray files(DatasetPair data) {
        JsonArray files = new JsonArray();
        for (DatasetPair.SourceFile source : data.files()) {
            JsonObject file = new JsonObject();
            file.addProperty("name", source.name());
            file.addProperty("bytes", source.bytes());
            file.addProperty("sha256", source.sha256());
            files.add(file);
        }
        return files;
    }

    /**
     * Reads run.json, whose parts have the types that they are written with, or are null.
     *
     * @throws InputException if it is damaged, or this is not the directory of a run
     */
    public JsonObject readRun() throws IOException {
        if (!hasRun()) {
            refuseIfRunsAreInside();
            throw new InputException(
                    "%s: there is no run here (no run.json); name the directory of a run".formatted(path));
        }
        try {
            JsonObject run = Json.object(Json.text(run()));
            RunForm.check(run);
            return run;
        } catch (IllegalArgumentException e) {
            throw new InputException("%s: run.json is damaged (%s); use another run".formatted(run(), e.getMessage()),
                    e);
        }
    }

    /** Whether a file here is one that the run would be lost without, or not be the same; its page is not. */
    public boolean owns(Path file) {
        Path name = path.resolve(String.valueOf(file.getFileName()));
        return (hasRun() || isPresent())
                && List.of(run(), metrics(), model(), checkpoint(), path.resolve(RunLock.NAME)).contains(name);
    }

    /** Deletes what a session has written that could not begin. */
    public void clear() throws IOException {
        for (Path file : List.of(run(), model(), checkpoint(), path.resolve(RunLock.NAME))) {
            Files.deleteIfExists(file);
        }
    }

    /**
     * Whether run.json tells of the same data, wherever they lie now.
     *
     * @throws InputException if it does not tell of data
     */
    public boolean isOn(DatasetPair data) throws IOException {
        try {
            return readRun().getAsJsonObject("dataset").getAsJsonArray("files").asList().stream()
                    .map(file -> file.getAsJsonObject().get("sha256").getAsString()).toList()
                    .equals(data.files().stream().map(DatasetPair.SourceFile::sha256).toList());
        } catch (IllegalStateException | ClassCastException | NullPointerException | UnsupportedOperationException e) {
            throw new InputException("%s: run.json is damaged (dataset); use another run".formatted(run()), e);
        }
    }

    /**
     * Appends an epoch's line to metrics.jsonl.
     *
     * @param wallSeconds that the run has taken so far, all of its processes
     */
    public void append(Metrics metrics, double wallSeconds) throws IOException {
        JsonObject line = new JsonObject();
        line.addProperty("epoch", metrics.epoch());
        line.add("train_loss", Json.number(metrics.trainLoss()));
        if (metrics.validation() != null) {
            line.add("validation_loss", Json.number(metrics.validation().loss()));
            line.addProperty("validation_accuracy", metrics.validation().accuracy());
        }
        line.addProperty("test_accuracy", metrics.testAccuracy());
        line.addProperty("learning_rate", metrics.learningRate());
        line.addProperty("seconds", metrics.seconds());
        line.addProperty("images_per_second", metrics.imagesPerSecond());
        line.addProperty("wall_seconds", wallSeconds);
        Json.replaceInfinite(line);
        WholeFile.append(metrics(), line.toString());
    }

    /**
     * What metrics.jsonl tells.
     *
     * @param epochs a line each, one after the other, up to the first that is damaged
     * @param damage what is wrong with that one, in a sentence without an end; null: nothing
     */
    public record Told(List<JsonObject> epochs, @Nullable String damage) {
    }

    /**
     * The lines of metrics.jsonl; none where it is missing. One that another process is still writing is left out.
     *
     * @param grows whether another process may be writing
     */
    public Told readMetrics(boolean grows) throws IOException {
        List<JsonObject> epochs = new ArrayList<>();
        try {
            String text = hasMetrics() ? Json.text(metrics()) : "";
            String whole = text.substring(0, text.lastIndexOf('\n') + 1);
            int last = 0;
            for (String line : (grows ? whole : text).lines().toList()) {
                int number = epochs.size() + 1;
                Time time = time(line, number);
                if (number > 1 && time.epoch() != last + 1) {
                    throw damaged(number, "epoch %d".formatted(time.epoch()), null);
                }
                epochs.add(figures(line, number));
                last = time.epoch();
            }
            return new Told(epochs, null);
        } catch (InputException e) {
            return new Told(epochs, e.getMessage().replaceFirst(";[^;]*$", ""));
        }
    }

    /** A line's object, all of whose values are numbers or null. */
    private JsonObject figures(String line, int number) throws InputException {
        JsonObject object = Json.object(line);
        for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
            if (!entry.getValue().isJsonNull() && !isNumber(entry.getValue())) {
                throw damaged(number, entry.getKey(), null);
            }
        }
        return object;
    }

    /** The last line of metrics.jsonl, as it stands there; there must be one. */
    public String lastMetrics() throws IOException {
        String text = Json.text(metrics()).stripTrailing();
        return text.substring(text.lastIndexOf('\n') + 1);
    }

    /** Whether there is a line of any epoch. */
    public boolean hasMetrics() throws IOException {
        return Files.exists(metrics()) && Files.size(metrics()) > 0;
    }

    /**
     * The time that an epoch took.
     *
     * @param epoch from 1
     * @param seconds of training
     * @param wallSeconds of the run until then, all of its processes; NaN where an older version did not tell
     */
    public record Time(int epoch, double seconds, double wallSeconds) {
    }

    /**
     * Drops the lines of epochs after the given one, those that a resumed run trains again, and returns the times of the
     * others: of all epochs, or of the last ones where the file was deleted and written anew.
     *
     * @throws InputException if metrics.jsonl has lines, and not those of epochs one after the other up to this one
     */
    public List<Time> keepMetrics(int epochs) throws IOException {
        List<String> lines = hasMetrics() ? Json.text(metrics()).lines().toList() : List.of();
        List<Time> times = new ArrayList<>();
        int last = 0;
        for (int i = 0; i < lines.size() && last < epochs; i++) {
            Time time = time(lines.get(i), i + 1);
            if (i > 0 && time.epoch() != last + 1 || time.epoch() > epochs) {
                throw damaged(i + 1, "epoch %d".formatted(time.epoch()), null);
            }
            times.add(time);
            last = time.epoch();
        }
        if (last < epochs && !lines.isEmpty()) {
            throw new InputException("%s has %d of %d epochs; use another run".formatted(metrics(), last, epochs));
        }
        if (lines.size() > times.size()) {
            String kept = String.join("", lines.stream().limit(times.size()).map(line -> line + "\n").toList());
            WholeFile.replace(metrics(), file -> Files.writeString(file, kept));
        }
        return times;
    }

    private Time time(String line, int number) throws InputException {
        try {
            JsonObject object = Json.object(line);
            double seconds = Json.seconds("seconds", object.get("seconds"));
            double wallSeconds = object.has("wall_seconds")
                    ? Json.seconds("wall_seconds", object.get("wall_seconds"))
                    : Double.NaN;
            return new Time((int) Json.whole("epoch", object.get("epoch"), 1, Integer.MAX_VALUE), seconds, wallSeconds);
        } catch (IllegalArgumentException e) {
            throw damaged(number, e.getMessage(), e);
        }
    }

    private InputException damaged(int line, @Nullable String why, @Nullable RuntimeException cause) {
        return new InputException("%s is damaged in line %d (%s); use another run".formatted(metrics(), line, why),
                cause);
    }
}
