package dev.lanewise.run;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.run.files.Json;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.NonNull;
import org.jspecify.annotations.Nullable;

/**
 * One setting of a {@link Recipe}: its name, its usual value, what is allowed, and how it is written as text and as JSON.
 * {@link Recipe} and {@link DataRecipe} have the options there are.
 *
 * @param <T> type of its value, which may be null where the usual one is
 */
public final class Option<T extends @Nullable Object> {
    /** Stands for the usual value in a description. */
    private static final String USUAL = "{usual}";

    private final String name;
    private final T usual;
    private final String label;
    private final List<String> description;
    private final String range;
    private final Predicate<@NonNull T> allowed;
    private final Function<String, @NonNull T> parser;
    private final Function<@NonNull T, JsonElement> writer;
    private final Function<JsonElement, @NonNull T> reader;
    private final Supplier<List<String>> choices;

    private Option(String name, T usual, String label, String range, Predicate<@NonNull T> allowed,
            Function<String, @NonNull T> parser, Function<@NonNull T, JsonElement> writer,
            Function<JsonElement, @NonNull T> reader, List<String> description) {
        this(name, usual, label, range, allowed, parser, writer, reader, description, List::of);
    }

    private Option(String name, T usual, String label, String range, Predicate<@NonNull T> allowed,
            Function<String, @NonNull T> parser, Function<@NonNull T, JsonElement> writer,
            Function<JsonElement, @NonNull T> reader, List<String> description, Supplier<List<String>> choices) {
        this.name = name;
        this.usual = usual;
        this.label = label;
        this.range = range;
        this.allowed = allowed;
        this.parser = parser;
        this.writer = writer;
        this.reader = reader;
        this.description = description;
        this.choices = choices;
    }

    /** The same, whose words are one of these, or begin with one. */
    Option<T> of(Supplier<List<String>> words) {
        return new Option<>(name, usual, label, range, allowed, parser, writer, reader, description, words);
    }

    /** The same with a usual value. */
    private Option<@NonNull T> usually(@NonNull T value) {
        return new Option<>(name, value, label, range, allowed, parser, writer, reader, description);
    }

    static Option<@Nullable Integer> integer(String name, int least, int most, String label, String... description) {
        return new Option<@Nullable Integer>(name, null, label, "from " + least + " to " + most,
                value -> value >= least && value <= most, Digits::parseInt, JsonPrimitive::new,
                json -> (int) Json.whole(name, json, least, most), List.of(description));
    }

    static Option<Integer> integer(String name, Integer usual, int least, int most, String label,
            String... description) {
        return integer(name, least, most, label, description).usually(usual);
    }

    static Option<Long> number(String name, long usual, String label, String... description) {
        return new Option<>(name, usual, label, "a whole number", _ -> true, Digits::parseLong, JsonPrimitive::new,
                json -> Json.whole(name, json, Long.MIN_VALUE, Long.MAX_VALUE), List.of(description));
    }

    static Option<@Nullable Double> real(String name, String label, String range, Predicate<Double> allowed,
            String... description) {
        return new Option<@Nullable Double>(name, null, label, range, allowed, Double::valueOf, JsonPrimitive::new,
                json -> Json.real(name, json), List.of(description));
    }

    static Option<Double> real(String name, Double usual, String label, String range, Predicate<Double> allowed,
            String... description) {
        return real(name, label, range, allowed, description).usually(usual);
    }

    /** Words that {@code check} refuses by an IllegalArgumentException if they are wrong. */
    static Option<@Nullable String> words(String name, String label, Consumer<String> check, String... description) {
        return new Option<@Nullable String>(name, null, label, "", text -> {
            check.accept(text);
            return true;
        }, text -> text, JsonPrimitive::new, json -> Json.string(name, json), List.of(description));
    }

    static Option<String> words(String name, String usual, String label, Consumer<String> check,
            String... description) {
        return words(name, label, check, description).usually(usual);
    }

    /** Whole numbers with commas between them, or the word {@code none}. */
    static Option<List<Integer>> integers(String name, List<Integer> usual, int most, String label,
            String... description) {
        return new Option<>(name, usual, label,
                "whole numbers from 1 to " + most + " such as 128 or 800,800, or none",
                values -> values.stream().allMatch(value -> value != null && value >= 1 && value <= most),
                text -> text.equals("none")
                        ? List.of()
                        : Arrays.stream(text.split(",", -1)).map(part -> Digits.parseInt(part.strip())).toList(),
                values -> {
                    JsonArray array = new JsonArray();
                    values.forEach(array::add);
                    return array;
                }, json -> json.getAsJsonArray().asList().stream()
                        .map(value -> (int) Json.whole(name, value, 1, most)).toList(),
                List.of(description));
    }

    /** The name, as messages and run.json have it: {@code batch_size}. */
    public String name() {
        return name;
    }

    /** The value where nothing is said; null where that depends on other options, or is nothing. */
    public T usual() {
        return usual;
    }

    /** The name that the command line program gives it: {@code --batch-size}. */
    public String flag() {
        return "--" + name.replace('_', '-');
    }

    /** The usual value as text, in the form that {@link #parse} takes; {@code null} where there is none. */
    public String usualText() {
        return text(usual);
    }

    /** A value as {@link #parse} takes it. */
    static String text(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.isEmpty() ? "none" : String.join(",", list.stream().map(String::valueOf).toList());
        }
        return value instanceof Double number ? text((double) number) : String.valueOf(value);
    }

    /** Plain digits. By hand where they are few, as the class BigDecimal takes 80 ms of a cold start. */
    private static String text(double number) {
        String text = Double.toString(number).replaceFirst("\\.0(?=E|$)", "");
        int exponent = text.indexOf('E');
        if (exponent < 0) {
            return text;
        }
        int zeros = -Digits.parseInt(text.substring(exponent + 1)) - 1;
        return number < 0 || zeros < 0
                ? new BigDecimal(text).toPlainString()
                : "0." + "0".repeat(zeros) + text.substring(0, exponent).replace(".", "");
    }

    /** The words that a value is, or begins with, where there are such: {@code sgd}, {@code momentum} and so on. */
    public List<String> choices() {
        return choices.get();
    }

    /** The word that stands for the value where its use is explained: {@code RATE}. */
    public String label() {
        return label;
    }

    /**
     * What the option is for, and its usual value: lines of the help text of the command line program, which names other options
     * by their flags.
     */
    public List<String> description() {
        return description.stream().map(line -> line.replace(USUAL, usualText())).toList();
    }

    /**
     * The value that a text stands for: {@code 800,800}, {@code 0.1} or {@code adam beta1=0.95}, say.
     *
     * @throws IllegalArgumentException saying what it must be, without the option's name
     */
    public T parse(String text) {
        T value;
        try {
            value = parser.apply(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be %s, not %s".formatted(range, text), e);
        }
        return check(value, text);
    }

    /** Refuses a value that is not allowed, and null where something is usual. */
    T check(T value, @Nullable Object shown) {
        if (value == null && usual != null) {
            throw new IllegalArgumentException("must not be null; the usual value is " + usualText());
        }
        if (value != null && !allowed.test(value)) {
            throw new IllegalArgumentException("must be %s, not %s".formatted(range, shown));
        }
        return value;
    }

    JsonElement toJson(@Nullable T value) {
        return value == null ? JsonNull.INSTANCE : writer.apply(value);
    }

    /** From JSON of any kind; throws one of the unchecked exceptions of Gson, of numbers or of {@link #parse}. */
    @Nullable
    T fromJson(@Nullable JsonElement json) {
        if (json == null || json.isJsonNull()) {
            return null;
        }
        return check(reader.apply(json), json);
    }

    @Override
    public String toString() {
        return name;
    }
}
