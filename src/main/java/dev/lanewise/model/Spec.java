package dev.lanewise.model;

import dev.lanewise.kernel.core.Digits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.stream.Collectors;

/**
 * The description of a layer, a loss, an optimizer or a schedule in words: its kind and what it is given, such as
 * {@code dense 128} or {@code adam beta1=0.9}. It can be printed, saved, compared and built again.
 *
 * @param kind name in a {@link Registry}
 * @param arguments words behind the kind, in order
 */
public record Spec(String kind, List<String> arguments) {
    /** Checks that every word can be told from the next one. */
    public Spec {
        arguments = List.copyOf(arguments);
        if (kind.isEmpty()) {
            throw new IllegalArgumentException("words are missing before or behind a comma, or there are none");
        }
        if (!isWord(kind) || !arguments.stream().allMatch(Spec::isWord)) {
            throw new IllegalArgumentException("'%s %s' must be words with blanks between them, no commas"
                    .formatted(kind, String.join(" ", arguments)));
        }
    }

    private static boolean isWord(String text) {
        return !text.isEmpty() && text.chars().noneMatch(c -> Character.isWhitespace(c) || c == ',');
    }

    /** A description of these words; numbers become words as Java prints them. */
    public static Spec of(String kind, Object... arguments) {
        return new Spec(kind, Arrays.stream(arguments).map(Spec::word).toList());
    }

    /** The description that {@link #toString} gave. */
    public static Spec parse(String text) {
        StringTokenizer words = new StringTokenizer(text); // regular expressions would delay every start
        String kind = words.hasMoreTokens() ? words.nextToken() : "";
        List<String> arguments = new ArrayList<>();
        while (words.hasMoreTokens()) {
            arguments.add(words.nextToken());
        }
        return new Spec(kind, arguments);
    }

    /** Descriptions with commas between them; none of a blank text. */
    public static List<Spec> parseList(String text) {
        return text.isBlank() ? List.of() : Arrays.stream(text.split(",", -1)).map(Spec::parse).toList();
    }

    /** The inverse of {@link #parseList}. */
    public static String join(List<Spec> specs) {
        return specs.stream().map(Spec::toString).collect(Collectors.joining(", "));
    }

    /** Refuses any number of arguments but this. */
    public Spec requireArguments(int count, String form) {
        if (arguments.size() != count) {
            throw new IllegalArgumentException("'%s': write it as '%s'".formatted(this, form));
        }
        return this;
    }

    /** A whole number above 0, argument number {@code i} from 0. */
    public int positive(int i) {
        try {
            int value = Digits.parseInt(arguments.get(i));
            if (value >= 1) {
                return value;
            }
        } catch (NumberFormatException _) {
            // the same message
        }
        throw new IllegalArgumentException("'%s': %s is not a whole number above 0".formatted(this, arguments.get(i)));
    }

    /** A number, argument number {@code i} from 0. */
    public double number(int i) {
        return number(arguments.get(i));
    }

    private double number(String word) {
        try {
            return Double.parseDouble(word);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'%s': %s is not a number".formatted(this, word), e);
        }
    }

    /**
     * Numbers given by name, as in {@code beta1=0.9}, over the usual ones.
     *
     * @param usual all names with their usual values
     * @throws IllegalArgumentException for an argument that is not of that form or of another name
     */
    public Map<String, Double> options(Map<String, Double> usual) {
        Map<String, Double> options = new LinkedHashMap<>(usual);
        Set<String> named = new HashSet<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            String name = argument.substring(0, Math.max(0, equals));
            if (!usual.containsKey(name)) {
                throw new IllegalArgumentException("'%s': %s is not one of its options%s".formatted(this, argument,
                        usual.isEmpty()
                                ? ", it has none"
                                : usual.keySet().stream().map(option -> option + "=...")
                                        .collect(Collectors.joining(", ", ": ", ""))));
            }
            if (!named.add(name)) {
                throw new IllegalArgumentException("'%s' names %s twice".formatted(this, name));
            }
            options.put(name, number(argument.substring(equals + 1)));
        }
        return options;
    }

    /**
     * One of those numbers.
     *
     * @throws IllegalArgumentException as {@link #options} does, and for a name that is not among the usual ones
     */
    public double option(Map<String, Double> usual, String name) {
        Double value = options(usual).get(name);
        if (value == null) {
            throw new IllegalArgumentException("'%s': %s is not among its options, %s".formatted(this, name,
                    String.join(", ", usual.keySet())));
        }
        return value;
    }

    /** A description whose arguments are numbers by name; those that have their usual value are left out. */
    public static Spec ofOptions(String kind, Map<String, Double> options, Map<String, Double> usual) {
        return new Spec(kind, options.entrySet().stream().filter(option -> !option.getValue().equals(usual.get(
                option.getKey()))).map(option -> option.getKey() + "=" + word(option.getValue())).toList());
    }

    private static String word(Object argument) {
        return argument instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e9
                ? String.valueOf(number.longValue())
                : argument.toString();
    }

    /** The kind and its arguments with blanks between them. */
    @Override
    public String toString() {
        return arguments.isEmpty() ? kind : kind + " " + String.join(" ", arguments);
    }
}
