package dev.lanewise.cli;

import com.google.gson.JsonObject;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.MnistDownload;
import dev.lanewise.data.MnistFiles;
import dev.lanewise.data.Preparation;
import dev.lanewise.data.Sources;
import dev.lanewise.kernel.Shape;
import dev.lanewise.run.DataRecipe;
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

    /** What {@code --data} alone says. */
    static DataRecipe named(String name) throws InputException {
        try {
            return DataRecipe.of(name);
        } catch (IllegalArgumentException e) {
            throw new InputException("--" + e.getMessage(), e); // it begins with the name of the option
        }
    }

    /** The same for what a model is asked about: images are scaled where it learned from scaled ones. */
    static DataRecipe named(String name, Model model) throws InputException {
        DataRecipe recipe = named(name);
        if (model == null || model.preparation() != Preparation.SCALE) {
            return recipe;
        }
        Shape input = model.network().input();
        return recipe.with(DataRecipe.SIZE, input.height() + "x" + input.width());
    }

    /** Loads a data set and says on stderr which. */
    static DatasetPair load(DataRecipe recipe) throws IOException {
        String name = recipe.get(DataRecipe.DATA);
        DatasetPair read = switch (name) {
            case "auto" -> auto();
            case "mnist" -> mnist();
            case "digits" -> BuiltInDigits.generate();
            default -> Sources.read(Path.of(name), recipe.size());
        };
        requireSize(recipe, read);
        DatasetPair data = prepared(recipe, read);
        System.err.printf("Data: %s (%s), %,d training and %,d test images of %s%n", data.name(), data.origin(),
                data.train().size(), data.test().size(), data.train().shape());
        return data;
    }

    private static DatasetPair prepared(DataRecipe recipe, DatasetPair data) throws InputException {
        String word = recipe.get(DataRecipe.PREPARE);
        if (word == null) {
            return data;
        }
        if (Preparation.of(word) == Preparation.CENTRE && data.train().shape().channels() > 1) {
            throw new InputException("--prepare centre: %s has images in colour; use scale or none".formatted(
                    data.origin()));
        }
        return data.preparedBy(Preparation.of(word));
    }

    private static void requireSize(DataRecipe recipe, DatasetPair data) throws InputException {
        Shape size = recipe.size();
        Shape shape = data.train().shape();
        if (size != null && (size.height() != shape.height() || size.width() != shape.width())) {
            throw new InputException(
                    "--size %s: %s has images of %s, and only those of folders are scaled; leave it out"
                            .formatted(recipe.get(DataRecipe.SIZE), data.origin(), shape));
        }
    }

    /** How to load the same data again, from wherever: {@code mnist}, {@code digits} or an absolute path. */
    static DataRecipe reference(DataRecipe recipe, DatasetPair data) {
        String name = recipe.get(DataRecipe.DATA);
        return recipe.with(DataRecipe.DATA, switch (name) {
            case "auto" -> data.name();
            case "mnist", "digits" -> name;
            default -> Path.of(name).toAbsolutePath().normalize().toString();
        });
    }

    /**
     * What a model was trained on: from the run.json beside it, or the set's name.
     *
     * @throws InputException if that is a directory that a model file alone does not know
     */
    static DataRecipe of(Path runOrFile, Model model) throws IOException {
        Path run = Files.isDirectory(runOrFile) ? runOrFile : runOrFile.toAbsolutePath().getParent();
        if (Files.exists(run.resolve("run.json"))
                && new RunDirectory(run).readRun().get("config") instanceof JsonObject config && config.has("data")) {
            return DataRecipe.fromJson(config.toString(), run.resolve("run.json"));
        }
        String name = model.metadata().getOrDefault("data", "auto");
        if (!Set.of("auto", "mnist", "digits").contains(name)
                && (model.metadata().get("format").equals("lanewise 2") || !isPath(name))) {
            throw new InputException("%s was trained on %s, a data set of your own; say where it lies with --data"
                    .formatted(runOrFile, name));
        }
        return DataRecipe.of(name);
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
