package dev.lanewise.run;

import com.google.gson.JsonObject;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Preparation;
import dev.lanewise.kernel.Shape;
import dev.lanewise.run.files.Json;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which images are trained on and tested on: where they lie, and what is taken of them. A value, as a {@link Recipe} is;
 * {@link #with} gives another one.
 */
public final class DataRecipe {
    private static final int MAX_SIDE = 1024;

    /** A set's name or a place. */
    public static final Option<String> DATA = Option.words("data", "auto", "DATA", DataRecipe::checkPlace,
            "What to train on (default: {usual}):",
            "auto    MNIST, found or fetched, else digits",
            "mnist   MNIST or nothing", "digits  images drawn by the program",
            "DIR     four IDX files named like MNIST's,",
            "        or a folder of images for each class");
    /** What images of a folder are scaled to. */
    public static final Option<String> SIZE = Option.words("size", null, "HxW", DataRecipe::parseSize,
            "Scales images in folders to this height and width,",
            "28x28 say (default: none; all are of one size).");
    /** How the images were made what they are, as a {@link Preparation}'s word. */
    public static final Option<String> PREPARE = Option.words("prepare", null, "HOW", Preparation::of,
            "What predict does with an image before the network sees it:",
            "centre  finds the ink, scales and centres it",
            "scale   scales the whole image",
            "none    takes images of the right size alone",
            "(default: centre for images like MNIST's, else scale).");

    /** All options, in the order of a help text. */
    public static final List<Option<?>> OPTIONS = List.of(DATA, SIZE, PREPARE);

    /** What {@code lanewise train} uses without options. */
    public static final DataRecipe USUAL = new DataRecipe(Settings.USUAL);

    private final Settings settings;

    private DataRecipe(Settings settings) {
        this.settings = settings;
    }

    /** A set's name, or the path of a directory or file. */
    public static DataRecipe of(String place) {
        return USUAL.with(DATA, place);
    }

    /** The value of an option. */
    public <T> T get(Option<T> option) {
        return settings.get(option);
    }

    /**
     * The recipe with another value.
     *
     * @throws IllegalArgumentException naming the option
     */
    public <T> DataRecipe with(Option<T> option, T value) {
        return new DataRecipe(settings.with(option, value));
    }

    /** The height and width that images are scaled to; null: they are taken as they are. */
    public Shape size() {
        return get(SIZE) == null ? null : parseSize(get(SIZE));
    }

    private static Shape parseSize(String text) {
        Matcher sides = Pattern.compile("([1-9][0-9]{0,3})x([1-9][0-9]{0,3})").matcher(text);
        if (sides.matches()) {
            int height = Integer.parseInt(sides.group(1));
            int width = Integer.parseInt(sides.group(2));
            if (height <= MAX_SIDE && width <= MAX_SIDE) {
                return new Shape(height, width, 1);
            }
        }
        throw new IllegalArgumentException("'%s' is not a height and a width from 1x1 to %dx%d, such as 28x28"
                .formatted(text, MAX_SIDE, MAX_SIDE));
    }

    private static void checkPlace(String place) {
        try {
            if (Path.of(place).toString().isEmpty()) {
                throw new IllegalArgumentException("'' is not a path; name a directory");
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path (%s)".formatted(e.getMessage()), e);
        }
    }

    /** All options by their names, as run.json has them. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
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
                throw damaged(source, option.name(), e);
            }
        }
        return new DataRecipe(settings);
    }

    private static InputException damaged(Object source, String what, Exception cause) {
        return new InputException(
                "%s: the configuration in run.json is damaged (%s); say where they lie with --data"
                        .formatted(source, what),
                cause);
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
