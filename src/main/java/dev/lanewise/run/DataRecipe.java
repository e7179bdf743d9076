package dev.lanewise.run;

import com.google.gson.JsonObject;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.NamedSet;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Preparation;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.RunDirectory;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which images are trained on and tested on: where they lie, and what is taken of them. A value, as a {@link Recipe} is;
 * {@link #with} gives another one.
 */
public final class DataRecipe {
    private static final int MAX_SIDE = 1024;
    /** Of the images, where none are set apart for the test. */
    private static final double USUAL_SPLIT = 0.1;

    /**
     * Where the images lie: the name of a set, such as {@code mnist} or {@code digits}, or the path of a directory or
     * file; {@code auto} by default, which is MNIST or, where that cannot be had, the built-in digits.
     */
    public static final Option<String> DATA = Option.words("data", "auto", "DATA", DataRecipe::checkPlace,
            "What to train on (default: {usual}):",
            "auto    MNIST, found or fetched, else digits",
            "mnist   MNIST or nothing", "digits  images drawn by the program",
            "NAME    another set, as 'lanewise data list' shows",
            "DIR     IDX files with train or test, images or labels in their names,",
            "        a folder of images for each class, or train.csv and test.csv",
            "FILE    a table, .csv, or NumPy's archive, .npz")
            .of(() -> NamedSet.ALL.stream().map(NamedSet::name).toList());
    /**
     * The path of an IDX file of images to train on, in place of {@link #DATA}; null by default. {@link
     * #TRAIN_LABELS} goes with it.
     */
    public static final Option<@Nullable String> TRAIN_IMAGES = Option.words("train_images", "FILE",
            DataRecipe::checkPlace,
            "IDX file of images to train on, in place of --data (default: none).");
    /** The path of an IDX file with the labels of {@link #TRAIN_IMAGES}; null by default. */
    public static final Option<@Nullable String> TRAIN_LABELS = Option.words("train_labels", "FILE",
            DataRecipe::checkPlace,
            "IDX file of their labels (default: none).");
    /**
     * The path of an IDX file of images to test on, beside {@link #TRAIN_IMAGES}; null by default. {@link
     * #TEST_LABELS} goes with it.
     */
    public static final Option<@Nullable String> TEST_IMAGES = Option.words("test_images", "FILE",
            DataRecipe::checkPlace,
            "IDX file of images to test on (default: none).");
    /** The path of an IDX file with the labels of {@link #TEST_IMAGES}; null by default. */
    public static final Option<@Nullable String> TEST_LABELS = Option.words("test_labels", "FILE",
            DataRecipe::checkPlace,
            "IDX file of their labels (default: none).");

    /** The options that name IDX files: images and labels to train on, then images and labels to test on. */
    public static final List<Option<@Nullable String>> FILES = List.of(TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES,
            TEST_LABELS);

    /**
     * What images in folders are scaled to, height and width from 1 to 1,024 pixels, such as {@code 28x28}; null, the
     * default, where all are of one size already.
     */
    public static final Option<@Nullable String> SIZE = Option.words("size", "HxW", DataRecipe::parseSize,
            "Scales images in folders to this height and width,",
            "28x28 say (default: none; all are of one size).");
    /**
     * How the images were made what they are, and how others are prepared for a network that learned from them: a
     * {@link Preparation}'s word, {@code centre}, {@code scale} or {@code none}; null, the default, for {@code
     * centre} where they look like MNIST's, else {@code scale}.
     */
    public static final Option<@Nullable String> PREPARE = Option.words("prepare", "HOW", Preparation::of,
            "What predict does with an image before the network sees it:",
            "centre  finds the ink, scales and centres it",
            "scale   scales the whole image",
            "none    takes images of the right size alone",
            "(default: centre for images like MNIST's, else scale).");

    /**
     * Which images are tested on: {@code auto}, the default, for those of the data, else a share of the others, or
     * {@code none}.
     */
    public static final Option<String> TEST = Option.words("test", "auto", "WHICH", DataRecipe::checkTest,
            "Test images (default: {usual}):", "auto    those of the data, else a share of the others",
            "none    no test images");
    /**
     * The share of the images, of each class in proportion, that is held out for the test where the data have no test
     * images, above 0 and below 1, always the same ones whatever the seed; null, the default, for 0.1.
     */
    public static final Option<@Nullable Double> TEST_SPLIT = Option.real("test_split", "SHARE", "above 0 and below 1",
            share -> share > 0 && share < 1,
            "Share of the images, of each class in proportion, that is held out where the data have no test images; "
                    + "always the same ones, whatever --seed (default: " + USUAL_SPLIT + ").");
    /**
     * The number of images to train on, 1 or more, each class in proportion, drawn by the seed of the training; null,
     * the default, for all.
     */
    public static final Option<@Nullable Integer> LIMIT = Option.integer("limit", 1, Integer.MAX_VALUE, "N",
            "Trains on N of the training images, of each class in proportion, drawn by --seed (default: all).");

    /** All options of a recipe for data, in the order in which people and files are told of them. */
    public static final List<Option<?>> OPTIONS = List.of(DATA, TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS,
            SIZE, PREPARE, TEST, TEST_SPLIT, LIMIT);

    /** The recipe in which every option has its default. */
    public static final DataRecipe USUAL = new DataRecipe(Settings.USUAL);

    private final Settings settings;

    private DataRecipe(Settings settings) {
        this.settings = settings;
    }

    /**
     * The usual recipe for a set or a place.
     *
     * @param place a set's name, or the path of a directory or file
     * @throws IllegalArgumentException if it is neither
     */
    public static DataRecipe of(String place) {
        return USUAL.with(DATA, place);
    }

    /** The value of an option: what it was given, else its default, which is null for some. */
    public <T extends @Nullable Object> T get(Option<T> option) {
        return settings.get(option);
    }

    /**
     * The recipe with another value of an option.
     *
     * @param value null where the option's default is null
     * @throws IllegalArgumentException naming the option and what its value must be
     */
    public <T extends @Nullable Object> DataRecipe with(Option<T> option, T value) {
        return new DataRecipe(settings.with(option, value));
    }

    /** The height and width that images are scaled to; null: they are taken as they are. */
    public @Nullable Shape size() {
        String size = get(SIZE);
        return size == null ? null : parseSize(size);
    }

    private static Shape parseSize(String text) {
        Matcher sides = Pattern.compile("([1-9][0-9]{0,3})x([1-9][0-9]{0,3})").matcher(text);
        if (sides.matches()) {
            int height = Digits.parseInt(sides.group(1));
            int width = Digits.parseInt(sides.group(2));
            if (height <= MAX_SIDE && width <= MAX_SIDE) {
                return new Shape(height, width, 1);
            }
        }
        if (text.matches("[1-9][0-9]{0,2}")) {
            throw new IllegalArgumentException(
                    "'%s' is one side; write height and width, %1$sx%1$s say".formatted(text));
        }
        throw new IllegalArgumentException("'%s' is not a height and a width from 1x1 to %dx%d, such as 28x28"
                .formatted(text, MAX_SIDE, MAX_SIDE));
    }

    /**
     * With the share that is held out of these data, which the usual recipe leaves open.
     *
     * @param data as they lie there
     * @throws InputException if a share is named and nothing can be held out, for the data have test images or want none
     */
    public DataRecipe resolve(DatasetPair data) throws InputException {
        boolean none = get(TEST).equals("none");
        if (get(TEST_SPLIT) == null) {
            return none || data.test() != null ? this : with(TEST_SPLIT, USUAL_SPLIT);
        }
        if (none) {
            throw new InputException(
                    "a test split of %s holds images out for a test, and no test is wanted; leave one of the two out"
                            .formatted(get(TEST_SPLIT)))
                    .about("test_split", "test none");
        }
        if (data.test() != null) {
            throw new InputException("%s has %,d test images of its own; leave the test split of %s out"
                    .formatted(data.name(), data.test().size(), get(TEST_SPLIT)))
                    .about("test_split " + get(TEST_SPLIT));
        }
        return this;
    }

    /**
     * What this takes of the data: images held out for the test, or none, and as many others as wanted. Nothing is copied
     * where all are taken as they are.
     *
     * @param data as they lie there
     * @param seed of the training, by which a part of the training images is drawn
     * @throws InputException if there are not as many
     */
    public DatasetPair take(DatasetPair data, long seed) throws InputException {
        DataRecipe resolved = resolve(data);
        Double share = resolved.get(TEST_SPLIT);
        DatasetPair taken = share != null
                ? data.holdOut(share)
                : resolved.get(TEST).equals("none") ? data.withoutTest() : data;
        Integer limit = get(LIMIT);
        return limit == null ? taken : taken.limit(limit, seed);
    }

    private static void checkTest(String which) {
        if (!List.of("auto", "none").contains(which)) {
            throw new IllegalArgumentException("'%s' is not auto or none".formatted(which));
        }
    }

    private static void checkPlace(String place) {
        try {
            if (Path.of(place).toString().isEmpty()) {
                throw new IllegalArgumentException("'' is not a path; name a directory");
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(InputException.reason(e), e);
        }
    }

    /**
     * The arguments with which the command line program takes these data, a flag and a value in turn: those of all options that
     * are not as usual, so that people can repeat it there.
     */
    public List<String> words() {
        return OPTIONS.stream().filter(option -> !Objects.equals(get(option), option.usual()))
                .flatMap(option -> Settings.words(option, get(option)).stream()).toList();
    }

    /** All options by their names, as run.json has them. */
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        OPTIONS.forEach(option -> map.put(option.name(), get(option)));
        return map;
    }

    /**
     * What run.json tells under config, as text; what it does not name is as usual.
     *
     * @param source for the message
     * @throws InputException if a value is of no use
     */
    public static DataRecipe fromJson(String text, Object source) throws InputException {
        JsonObject config;
        try {
            config = Json.object(text);
        } catch (IllegalArgumentException e) {
            throw damaged(source, e.getMessage(), e);
        }
        Settings settings = Settings.USUAL;
        for (Option<?> option : OPTIONS) {
            try {
                settings = settings.take(option, config);
                if (option == DATA && (!config.has(DATA.name()) || config.get(DATA.name()).isJsonNull())) {
                    throw new IllegalArgumentException("is missing");
                }
            } catch (IllegalStateException | IllegalArgumentException | UnsupportedOperationException e) {
                throw option == DATA
                        ? damaged(source, option.name(), e)
                        : RunDirectory.damaged(source, option.name(), e);
            }
        }
        return new DataRecipe(settings);
    }

    private static InputException damaged(Object source, @Nullable String what, Exception cause) {
        return new InputException(
                "%s: the configuration in run.json is damaged (%s); say where the images lie"
                        .formatted(source, what),
                cause).about("data");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DataRecipe recipe && toMap().equals(recipe.toMap());
    }

    @Override
    public int hashCode() {
        return toMap().hashCode();
    }

    @Override
    public String toString() {
        return toMap().toString();
    }
}
