package dev.lanewise.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.MnistDownload;
import dev.lanewise.data.MnistFiles;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** What {@code --data} means. */
final class DataOption {
    private DataOption() {
    }

    /**
     * Loads a data set and says on stderr which.
     *
     * @param name {@code auto}, {@code mnist}, {@code digits} or a directory
     */
    static DatasetPair load(String name) throws IOException {
        DatasetPair data = switch (name) {
            case "auto" -> auto();
            case "mnist" -> mnist();
            case "digits" -> BuiltInDigits.generate();
            default -> {
                if (name.isEmpty()) {
                    throw new InputException("--data '' is not a path; name a directory");
                }
                yield MnistFiles.load(Path.of(name));
            }
        };
        System.err.printf("Data: %s (%s), %,d training and %,d test images of %s%n", data.name(), data.origin(),
                data.train().size(), data.test().size(), data.train().shape());
        return data;
    }

    /** How to load the same data again, from wherever: {@code mnist}, {@code digits} or an absolute path. */
    static String reference(String name, DatasetPair data) {
        return switch (name) {
            case "auto" -> data.name();
            case "mnist", "digits" -> name;
            default -> Path.of(name).toAbsolutePath().normalize().toString();
        };
    }

    /**
     * What a model was trained on, as {@link #load} takes it: from the run.json beside it, or the set's name.
     *
     * @throws InputException if that is a directory that a model file alone does not know
     */
    static String of(Path runOrFile, Model model) throws IOException {
        Path run = Files.isDirectory(runOrFile) ? runOrFile : runOrFile.toAbsolutePath().getParent();
        if (Files.exists(run.resolve("run.json"))
                && new RunDirectory(run).readRun().get("config") instanceof JsonObject config && config.has("data")) {
            if (isPlace(config.get("data"))) {
                return config.get("data").getAsString();
            }
            throw new InputException("%s: the configuration is damaged (data); say where they lie with --data"
                    .formatted(run.resolve("run.json")));
        }
        String name = model.metadata().getOrDefault("data", "auto");
        if (!Set.of("auto", "mnist", "digits").contains(name)
                && (model.metadata().get("format").equals("lanewise 2") || !isPath(name))) {
            throw new InputException("%s was trained on %s, a data set of your own; say where it lies with --data"
                    .formatted(runOrFile, name));
        }
        return name;
    }

    /** Whether this can be what run.json has under data: a name or a path. */
    static boolean isPlace(JsonElement data) {
        return data instanceof JsonPrimitive text && text.isString() && isPath(text.getAsString());
    }

    private static boolean isPath(String name) {
        try {
            return !Path.of(name).toString().isEmpty();
        } catch (InvalidPathException _) {
            return false;
        }
    }

    private static DatasetPair auto() throws IOException {
        try {
            return mnist();
        } catch (Unreachable e) {
            System.err.println("MNIST was not found and could not be downloaded: " + e.getMessage());
            System.err.println("*** Using the BUILT-IN DIGITS instead: drawn by the program, not MNIST. ***");
            return BuiltInDigits.generate();
        }
    }

    private static DatasetPair mnist() throws IOException {
        Optional<Path> found = MnistFiles.find();
        Path directory = found.isPresent() ? found.get() : download();
        DatasetPair data = MnistFiles.load(directory);
        if (!MnistFiles.isPublished(data.files())) {
            throw new InputException(("%s: these are not the published MNIST files; see 'lanewise data verify', "
                    + "or use them as they are with --data %s").formatted(directory, directory));
        }
        return data;
    }

    private static Path download() throws IOException {
        System.err.println("MNIST was not found; downloading it");
        try {
            return fetch();
        } catch (InputException e) {
            throw new Unreachable(e);
        }
    }

    /** Downloads MNIST into the user's cache with a progress bar. */
    static Path fetch() throws IOException {
        try (Progress progress = new Progress("downloading")) {
            return MnistDownload.fetch((file, bytes, total) -> progress.update(bytes, total, file,
                    "%,d KiB".formatted(bytes >> 10)));
        }
    }

    /** MNIST is nowhere to be had: the case in which the built-in digits help. */
    private static final class Unreachable extends IOException {
        private static final long serialVersionUID = 1L;

        Unreachable(InputException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
