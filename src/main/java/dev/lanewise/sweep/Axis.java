package dev.lanewise.sweep;

import dev.lanewise.kernel.core.Digits;
import dev.lanewise.run.Option;
import dev.lanewise.run.Recipe;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values that a sweep gives an option.
 *
 * @param values one or more, no two alike
 */
public record Axis<T>(Option<T> option, List<T> values) {
    private static final Pattern RANGE = Pattern.compile("(-?\\d{1,18})\\.\\.(-?\\d{1,18})");
    private static final int MOST = 100_000;

    /** Drops what is named twice. */
    public Axis {
        values = List.copyOf(new LinkedHashSet<>(values));
    }

    /**
     * The values of a text. What a training would take is one value; anything else is a list, with semicolons or, where there
     * are none, commas between the values, of which {@code 1..5} stands for five whole numbers.
     *
     * @throws IllegalArgumentException if a value is not allowed
     */
    public static <T> Axis<T> parse(Option<T> option, String text) {
        if (!text.contains(";")) {
            try {
                return new Axis<>(option, List.of(option.parse(text)));
            } catch (IllegalArgumentException _) {
                // then it is a list, or its part is wrong
            }
        }
        List<T> values = new ArrayList<>();
        for (String part : text.split(text.contains(";") ? ";" : ",", -1)) {
            Matcher range = RANGE.matcher(part.strip());
            if (range.matches()) {
                long first = Digits.parseLong(range.group(1));
                long last = Digits.parseLong(range.group(2));
                if (last < first) {
                    throw new IllegalArgumentException(
                            "%s goes down; write %d..%d".formatted(range.group(), last, first));
                }
                if (last - first >= MOST) {
                    throw new IllegalArgumentException("%s stands for more than %d numbers; name fewer"
                            .formatted(range.group(), MOST));
                }
                for (long number = first; number <= last; number++) {
                    values.add(option.parse(String.valueOf(number)));
                }
            } else if (part.isBlank()) {
                throw new IllegalArgumentException("a value is missing in '%s'".formatted(text));
            } else {
                values.add(option.parse(part.strip()));
            }
        }
        return new Axis<>(option, values);
    }

    /** Of each recipe one with each of the values. */
    List<Recipe> over(List<Recipe> recipes) {
        return recipes.stream().flatMap(recipe -> values.stream().map(value -> recipe.with(option, value))).toList();
    }
}
