package dev.lanewise.run;

import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values of {@link Option}s. A value itself; {@link #with} gives another one.
 *
 * @param named those that were given
 */
record Settings(Map<Option<?>, @Nullable Object> named) {
    static final Settings USUAL = new Settings(Map.of());

    @SuppressWarnings({"unchecked", "NullAway"}) // with puts nothing else there
    <T extends @Nullable Object> T get(Option<T> option) {
        return named.containsKey(option) ? (T) named.get(option) : option.usual();
    }

    /** Throws IllegalArgumentException, naming the option, for a value that it does not allow. */
    <T extends @Nullable Object> Settings with(Option<T> option, T value) {
        try {
            option.check(value, value);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage()); // of words it is a sentence of its own
            throw new IllegalArgumentException(option + (message.startsWith("must ") ? " " : ": ") + message, e);
        }
        Map<Option<?>, @Nullable Object> changed = new LinkedHashMap<>(named);
        changed.put(option, value instanceof List<?> list ? List.copyOf(list) : value);
        return new Settings(changed);
    }

    /** The words of a command line that name a value. */
    static List<String> words(Option<?> option, @Nullable Object value) {
        String text = Option.text(value);
        return text.startsWith("-") ? List.of(option.flag() + "=" + text) : List.of(option.flag(), text);
    }

    /** With the value that JSON has for an option, if it has one that is not the usual. */
    <T extends @Nullable Object> Settings take(Option<T> option, JsonObject json) {
        T value = option.fromJson(json.get(option.name()));
        return value == null || value.equals(option.usual()) ? this : with(option, value);
    }
}
