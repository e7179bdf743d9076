package dev.lanewise.run.files;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.system.Environment;
import dev.lanewise.train.Metrics;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

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
            throw new InputException("--out %s: the directory cannot be made (%s); name another one"
                    .formatted(path, reason(e)), e);
        }
        return new RunDirectory(path);
    }

    /**
     * Checks that a run may be written there, which is worth doing before the work.
     *
     * @throws InputException if something is there already
     */
    public static void requireFree(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            try (Stream<Path> content = Files.list(path)) {
                if (content.findAny().isPresent()) {
                    throw new InputException(
                            "--out %s: the directory is not empty; name another one, or go on with --resume %s"
                                    .formatted(path, path));
                }
            }
        } else if (Files.exists(path)) {
            throw new InputException("--out %s: this is a file; name a directory".formatted(path));
        }
    }

    /** The model of a run, or the file itself where one is named. */
    public static Path model(Path runOrFile) {
        return Files.isDirectory(runOrFile) ? new RunDirectory(runOrFile).model() : runOrFile;
    }

    /** Where the weights are. */
    public Path model() {
        return path.resolve("model.safetensors");
    }

    /** Where the last checkpoint is. */
    public Path checkpoint() {
        return path.resolve("checkpoint.safetensors");
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
    public void writeRun(String status, JsonObject config, DatasetPair data, JsonObject result) throws IOException {
        JsonObject dataset = new JsonObject();
        dataset.addProperty("name", data.name());
        dataset.addProperty("origin", data.origin());
        dataset.addProperty("train_images", data.train().size());
        dataset.addProperty("test_images", data.test().size());
        dataset.add("files", files(data));
        JsonObject run = new JsonObject();
        run.addProperty("status", status);
        run.add("config", config);
        run.add("environment", Environment.json());
        run.add("dataset", dataset);
        run.add("result", result == null ? JsonNull.INSTANCE : result);
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
     * Reads run.json.
     *
     * @throws InputException if this is not the directory of a run
     */
    public JsonObject readRun() throws IOException {
        if (!Files.isRegularFile(run())) {
            throw new InputException(
                    "%s: there is no run here (no run.json); name the directory of a run".formatted(path));
        }
        try {
            return Json.object(Json.text(run()));
        } catch (IllegalArgumentException e) {
            throw new InputException("%s: run.json is damaged (%s); use another run".formatted(run(), e.getMessage()),
                    e);
        }
    }

    /** Appends an epoch's line to metrics.jsonl. */
    public void append(Metrics metrics) throws IOException {
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
        Files.writeString(metrics(), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /**
     * Drops the lines of epochs after the given one, those that a resumed run trains again, and returns the seconds of
     * the others.
     *
     * @throws InputException if metrics.jsonl does not have a line of each
     */
    public List<Double> keepMetrics(int epochs) throws IOException {
        List<String> lines = Files.exists(metrics()) ? Json.text(metrics()).lines().toList() : List.of();
        List<Double> seconds = new ArrayList<>();
        for (String line : lines.subList(0, Math.min(epochs, lines.size()))) {
            seconds.add(seconds(line, seconds.size() + 1));
        }
        if (seconds.size() < epochs) {
            throw new InputException("%s has %d of %d epochs; use another run"
                    .formatted(metrics(), seconds.size(), epochs));
        }
        String kept = String.join("", lines.stream().limit(epochs).map(line -> line + "\n").toList());
        WholeFile.replace(metrics(), file -> Files.writeString(file, kept));
        return seconds;
    }

    private double seconds(String line, int number) throws InputException {
        try {
            return Json.real("seconds", Json.object(line).get("seconds"));
        } catch (IllegalArgumentException e) {
            throw new InputException("%s is damaged in line %d (%s); use another run".formatted(metrics(), number,
                    e.getMessage()), e);
        }
    }

    /** What the operating system says of a failure, without the path that the caller names. */
    public static String reason(IOException e) {
        if (e instanceof FileSystemException failure) {
            return failure.getReason() != null ? failure.getReason() : switch (failure) {
                case AccessDeniedException _ -> "permission denied";
                case NoSuchFileException _ -> "no such file or directory";
                case FileAlreadyExistsException _ -> "a file is in the way";
                default -> failure.getClass().getSimpleName();
            };
        }
        return e.getMessage() != null ? e.getMessage() : e.getClass().getSimpleName();
    }
}
