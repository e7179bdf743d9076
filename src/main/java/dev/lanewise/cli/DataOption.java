package dev.lanewise.cli;

import com.google.gson.JsonObject;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.data.NamedSet;
import dev.lanewise.data.Preparation;
import dev.lanewise.data.SetDownload;
import dev.lanewise.data.SetFiles;
import dev.lanewise.data.Sources;
import dev.lanewise.kernel.Shape;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Model;
import dev.lanewise.run.Option;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What {@code --data} means. */
final class DataOption {
    private static final String TUNNELING = "jdk.http.auth.tunneling.disabledSchemes";
    /** Classes that a line can name one by one. */
    private static final int MOST_NAMED = 10;
    /** Of more classes, the first ones that are named before the last. */
    private static final int FEW_NAMED = 3;

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
    static DataRecipe named(String name, @Nullable Model model) throws InputException {
        DataRecipe recipe = named(name);
        if (model == null || model.preparation() != Preparation.SCALE) {
            return recipe;
        }
        Shape input = model.network().input();
        return recipe.with(DataRecipe.SIZE, input.height() + "x" + input.width());
    }

    /** Loads a data set with test images and says on stderr which. */
    static DatasetPair load(DataRecipe recipe) throws IOException {
        return take(recipe, read(recipe), Recipe.USUAL.get(Recipe.SEED));
    }

    /** What a recipe takes of the data that lie where it says; says so on stderr. */
    static DatasetPair take(DataRecipe recipe, DatasetPair whole, long seed) throws IOException {
        DatasetPair data = recipe.take(whole, seed);
        Dataset train = data.train();
        System.err.printf("Data: %s, %,d training %simages of %s%s%s%n", title(data), train.size(),
                data.test() == null ? "" : "and %,d test ".formatted(data.test().size()), train.shape(),
                data.test() == null ? ", no test images" : "", ofClasses(train.classes()));
        if (whole.test() == null && data.test() != null) {
            System.err.printf("no test images: %,d of the %,d images are held out for the test%n",
                    data.test().size(), whole.train().size());
        }
        return data;
    }

    /** Which classes there are, unless they are the ten digits. */
    private static String ofClasses(List<String> classes) {
        if (classes.equals(Mnist.CLASSES)) {
            return "";
        }
        int named = classes.size() > MOST_NAMED ? FEW_NAMED : classes.size();
        return ", %d classes: %s%s".formatted(classes.size(), String.join(", ", classes.subList(0, named)),
                named < classes.size() ? ", ... " + classes.getLast() : "");
    }

    /** A set's name and where it comes from, once where that is the same. */
    static String title(DatasetPair data) {
        return data.origin().equals(data.name())
                ? data.name()
                : "%s (%s)".formatted(data.name(), data.origin());
    }

    /** Warns of classes that cannot be learned, and of classes of which nothing will be known. */
    static void tellClasses(DatasetPair data) {
        List<String> learned = classes(data.train(), false);
        if (learned.size() == 1) {
            System.err.printf(
                    "lanewise: all training images are of one class, %s; there is nothing to tell apart (in a table, "
                            + "the label is in the first column, or in one that a header names label)%n",
                    learned.getFirst());
            return;
        }
        List<String> missing = classes(data.train(), true);
        if (data.test() != null && missing.equals(classes(data.test(), true))) {
            tell("training or test", missing, data);
            return;
        }
        tell("training", missing, data);
        if (data.test() != null) {
            tell("test", classes(data.test(), true), data);
        }
    }

    private static void tell(String part, List<String> missing, DatasetPair data) {
        if (!missing.isEmpty()) {
            System.err.printf("lanewise: no %s images of %s%n", part, missing.size() <= MOST_NAMED
                    ? String.join(", ", missing)
                    : "%d of %d classes".formatted(missing.size(), data.train().classes().size()));
        }
    }

    /** The classes without images, or those with. */
    private static List<String> classes(Dataset part, boolean without) {
        int[] counts = part.counts();
        return IntStream.range(0, counts.length).filter(label -> (counts[label] == 0) == without)
                .mapToObj(part.classes()::get).toList();
    }

    /**
     * Loads what to measure a model on: the test images of its run, or of other data; where other data have none set apart,
     * all of their images.
     *
     * @param other data; null: what the model was trained on
     */
    static DatasetPair loadTest(Path runOrFile, Model model, @Nullable DataRecipe other) throws IOException {
        DataRecipe recipe = other == null ? of(runOrFile, model) : other;
        DatasetPair whole = read(recipe);
        if (other != null && isOfRun(runOrFile, whole)) { // another place alone
            recipe = of(runOrFile, model).with(DataRecipe.DATA, other.get(DataRecipe.DATA));
            for (Option<@Nullable String> option : DataRecipe.FILES) {
                recipe = recipe.with(option, other.get(option));
            }
        }
        if (recipe.get(DataRecipe.TEST).equals("none")) {
            throw new InputException((other == null
                    ? "%s: this run has no test images; name some with --data"
                    : "%s: this run has no test images, for it was trained on all of these; name others with --data")
                    .formatted(runOrFile));
        }
        if (other != null && whole.test() == null && recipe.get(DataRecipe.TEST_SPLIT) == null) {
            System.err.printf("Data: %s, all %,d images of %s, for none are set apart for the test%n",
                    title(whole), whole.train().size(), whole.train().shape());
            return new DatasetPair(whole.name(), whole.origin(), whole.train(), whole.train(), whole.prepared(),
                    whole.files());
        }
        return take(recipe.with(DataRecipe.LIMIT, null), whole, Recipe.USUAL.get(Recipe.SEED));
    }

    /** Of data that were loaded for a test: there are some. */
    static Dataset testImages(DatasetPair data) {
        return Objects.requireNonNull(data.test(), "data for a test");
    }

    private static boolean isOfRun(Path runOrFile, DatasetPair data) throws IOException {
        Path run = directory(runOrFile);
        return Files.exists(run.resolve("run.json")) && new RunDirectory(run).isOn(data);
    }

    private static Path directory(Path runOrFile) {
        return Files.isDirectory(runOrFile) ? runOrFile : runOrFile.toAbsolutePath().resolveSibling("");
    }

    /** The data that lie where a recipe says, all of them. */
    static DatasetPair read(DataRecipe recipe) throws IOException {
        String name = recipe.get(DataRecipe.DATA);
        Optional<NamedSet> set = NamedSet.of(name);
        DatasetPair read = hasFiles(recipe)
                ? Sources.read(files(recipe))
                : name.equals("auto")
                        ? auto()
                        : set.isPresent() ? named(set.get()) : own(Path.of(name), recipe.size());
        requireSize(recipe, read);
        return prepared(recipe, read);
    }

    private static DatasetPair own(Path place, @Nullable Shape size) throws IOException {
        try (Progress progress = new Progress("reading images")) {
            return Sources.read(place, size, (files, total) -> {
                if (progress.isDue()) {
                    progress.update(files, total, "%,d of %,d".formatted(files, total));
                }
            });
        }
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
                    "%s has images of %s, not of %s, and --size scales only those of folders; use other data"
                            .formatted(data.origin(), shape, recipe.get(DataRecipe.SIZE)));
        }
    }

    /**
     * How to take the same of the data again, from wherever: by a set's name, or absolute paths.
     *
     * @param data as they lie there
     */
    static DataRecipe reference(DataRecipe recipe, DatasetPair data) throws InputException {
        recipe = recipe.resolve(data);
        String name = recipe.get(DataRecipe.DATA);
        for (Option<@Nullable String> option : DataRecipe.FILES) {
            String file = recipe.get(option);
            recipe = file == null ? recipe : recipe.with(option, absolute(file));
        }
        return hasFiles(recipe)
                ? recipe
                : recipe.with(DataRecipe.DATA,
                        name.equals("auto") ? data.name() : NamedSet.of(name).isPresent() ? name : absolute(name));
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }

    /** Whether the data are single files. */
    static boolean hasFiles(DataRecipe recipe) {
        return DataRecipe.FILES.stream().anyMatch(option -> recipe.get(option) != null);
    }

    private static List<Path> files(DataRecipe recipe) throws InputException {
        if (!recipe.get(DataRecipe.DATA).equals(DataRecipe.DATA.usual())) {
            throw new InputException(
                    "--data and single files such as --train-images stand for the same; leave one out");
        }
        List<Option<@Nullable String>> present = DataRecipe.FILES.stream().filter(option -> recipe.get(option) != null)
                .toList();
        for (Option<@Nullable String> option : DataRecipe.FILES.subList(0, present.size() > 2 ? 4 : 2)) {
            if (!present.contains(option)) {
                throw new InputException(
                        "%s is missing beside %s; name images and labels, to train on and, if there are any, "
                                .formatted(RecipeOptions.name(option), RecipeOptions.name(present.getFirst()))
                                + "to test on");
            }
        }
        return present.stream().map(recipe::get).filter(Objects::nonNull).map(file -> Path.of(file)).toList();
    }

    /**
     * What a model was trained on: from the run.json beside it, or the set's name.
     *
     * @throws InputException if that is a directory that a model file alone does not know
     */
    static DataRecipe of(Path runOrFile, Model model) throws IOException {
        Path run = directory(runOrFile);
        if (Files.exists(run.resolve("run.json"))
                && new RunDirectory(run).readRun().get("config") instanceof JsonObject config && config.has("data")) {
            return DataRecipe.fromJson(config.toString(), run.resolve("run.json"));
        }
        String name = model.metadata().getOrDefault("data", "auto");
        if (!name.equals("auto") && NamedSet.of(name).isEmpty()
                && (!model.metadata().getOrDefault("format", "").equals("lanewise 1") || !isPath(name))) {
            throw new InputException("%s was trained on %s, a data set of your own; say where it lies with --data"
                    .formatted(runOrFile, name));
        }
        return DataRecipe.of(name);
    }

    /**
     * The images that a model learned from; none, and a word on stderr, where they are not on this machine, are not the same
     * any more, or nobody knows which they were.
     */
    static Optional<Dataset> learnedFrom(Path runOrFile, Model model) throws IOException {
        try {
            DataRecipe recipe = of(runOrFile, model);
            String name = recipe.get(DataRecipe.DATA);
            Optional<NamedSet> set = NamedSet.of(name.equals("auto") ? "mnist" : name);
            if (!hasFiles(recipe) && set.isPresent() && !set.get().isDrawn() && SetFiles.find(set.get()).isEmpty()) {
                throw new InputException("%s was not found".formatted(set.get().title())); // and is not worth a download
            }
            DatasetPair whole = read(recipe);
            Path run = directory(runOrFile);
            boolean known = Files.exists(run.resolve("run.json"));
            if (known && !new RunDirectory(run).isOn(whole) || !whole.train().shape().equals(model.network().input())
                    || !whole.train().classes().equals(model.classes())) {
                throw new InputException("%s is not what it was trained on".formatted(whole.origin()));
            }
            long seed = known
                    ? Recipe.fromJson(new RunDirectory(run).readRun().get("config").toString(), run).get(Recipe.SEED)
                    : Recipe.USUAL.get(Recipe.SEED);
            return Optional.of(take(recipe, whole, seed).train());
        } catch (InputException e) {
            System.err.printf("No training images will be shown: %s%n", Main.sentence(e));
            return Optional.empty();
        }
    }

    private static boolean isPath(String name) {
        try {
            return !Path.of(name).toString().isEmpty();
        } catch (InvalidPathException _) {
            return false;
        }
    }

    private static DatasetPair auto() throws IOException {
        NamedSet mnist = NamedSet.ALL.getFirst();
        Optional<Path> found = SetFiles.find(mnist);
        if (found.isPresent()) {
            return SetFiles.load(mnist, found.get());
        }
        Path downloaded;
        try {
            downloaded = download(mnist);
        } catch (InputException e) {
            System.err.println("MNIST was not found and could not be downloaded: " + Main.sentence(e));
            System.err.println("*** Using the BUILT-IN DIGITS instead: drawn by the program, not MNIST. ***");
            return BuiltInDigits.generate();
        }
        return SetFiles.load(mnist, downloaded);
    }

    private static DatasetPair named(NamedSet set) throws IOException {
        if (set.isDrawn()) {
            return BuiltInDigits.generate();
        }
        Optional<Path> found = SetFiles.find(set);
        return SetFiles.load(set, found.isPresent() ? found.get() : download(set));
    }

    private static Path download(NamedSet set) throws IOException {
        System.err.printf("%s was not found; downloading it%s%n", set.title(),
                set.archive() == null ? "" : " (half a gigabyte)");
        return fetch(set);
    }

    /** Downloads a set into the user's cache with a progress bar. */
    static Path fetch(NamedSet set) throws IOException {
        // Java does not tell a proxy a password on the way to an HTTPS host, unless it is told to; other programs do.
        if (System.getProperty(TUNNELING) == null) {
            System.setProperty(TUNNELING, "");
        }
        try (Progress progress = new Progress("downloading")) {
            return SetDownload.fetch(set, (file, bytes, total) -> progress.update(bytes, total, file,
                    "%,d KiB".formatted(bytes >> 10)));
        }
    }
}
