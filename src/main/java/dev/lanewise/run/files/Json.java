package dev.lanewise.run.files;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.core.Digits;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Text and JSON that may be damaged, read with care: text is UTF-8, JSON is what RFC 8259 says, no name stands twice in an
 * object, and a whole number is exact or refused. What is wrong is said by an IllegalArgumentException in words for people.
 */
public final class Json {
    private static final long MOST_BYTES = 1L << 28; // a line for each of a million epochs
    private static final int MOST_DIGITS = 400; // of a number: what a double could need, far below what is slow
    private static final double MOST_SECONDS = 1e12; // 30,000 years
    private static final int DIGITS_OF_LONG = 18; // that every long has room for
    /** Numbers of 15 digits, which a double has exactly, and fractions, which are no whole numbers. */
    private static final Pattern SHORT = Pattern
            .compile("-?(\\d{1,6}\\.\\d{1,9}|0\\.\\d{1,20}|[1-9]\\.\\d{1,20}[eE]-[1-9]\\d?)");

    private Json() {
    }

    /**
     * The text of a file.
     *
     * @throws InputException if it is not UTF-8, or too large for what it should be
     */
    public static String text(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new InputException("%s: %d bytes are more than such a file ever has; use another one"
                    .formatted(file, Files.size(file)));
        }
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new InputException("%s: this is not text in UTF-8; save it as UTF-8, or use another one"
                    .formatted(file), e);
        }
    }

    /** The object that a text is. */
    public static JsonObject object(String text) {
        if (parse(text) instanceof JsonObject object) {
            return object;
        }
        throw new IllegalArgumentException("this is no object");
    }

    /** The value that a text is. */
    public static JsonElement parse(String text) {
        try (JsonReader in = new JsonReader(new StringReader(text))) {
            in.setStrictness(Strictness.STRICT);
            JsonElement value = value(in);
            if (in.peek() != JsonToken.END_DOCUMENT) {
                throw new IllegalArgumentException("something follows its end");
            }
            return value;
        } catch (IOException e) { // of the text's form: a StringReader has no others
            throw new IllegalArgumentException("this is not JSON", e);
        }
    }

    /** Its reader bounds the depth. */
    private static JsonElement value(JsonReader in) throws IOException {
        return switch (in.peek()) {
            case BEGIN_OBJECT -> members(in);
            case BEGIN_ARRAY -> elements(in);
            case NUMBER -> new JsonPrimitive(number(in.nextString()));
            case BOOLEAN -> new JsonPrimitive(in.nextBoolean());
            case NULL -> {
                in.nextNull();
                yield JsonNull.INSTANCE;
            }
            default -> new JsonPrimitive(in.nextString());
        };
    }

    /** Gson's own would let the last of two equal names win. */
    private static JsonObject members(JsonReader in) throws IOException {
        JsonObject object = new JsonObject();
        in.beginObject();
        while (in.hasNext()) {
            String name = in.nextName();
            if (object.has(name)) {
                throw new IllegalArgumentException("'%s' stands there twice".formatted(name));
            }
            object.add(name, value(in));
        }
        in.endObject();
        return object;
    }

    private static JsonArray elements(JsonReader in) throws IOException {
        JsonArray array = new JsonArray();
        in.beginArray();
        while (in.hasNext()) {
            array.add(value(in));
        }
        in.endArray();
        return array;
    }

    /** As a long or a double where that is the number: the class BigDecimal takes 80 ms of a cold start. */
    private static Number number(String digits) {
        if (digits.length() > MOST_DIGITS) {
            throw new IllegalArgumentException("a number of %d digits".formatted(digits.length()));
        }
        if (digits.length() <= DIGITS_OF_LONG && digits.chars().allMatch(c -> c == '-' || c >= '0' && c <= '9')) {
            return Long.valueOf(digits);
        }
        if (SHORT.matcher(digits).matches()) {
            return Double.valueOf(digits);
        }
        if (!Double.isFinite(Double.parseDouble(digits))) { // whoever reads it as a double would have infinity
            throw new IllegalArgumentException(digits + " is no number to compute with");
        }
        try {
            return new BigDecimal(digits);
        } catch (NumberFormatException e) { // of an exponent beyond 32 bits
            throw new IllegalArgumentException(digits + " is no number to compute with", e);
        }
    }

    /**
     * A whole number, which may be written as 4.0 or 4e0 too.
     *
     * @param name what it is, for the message
     */
    public static long whole(String name, @Nullable JsonElement json, long least, long most) {
        if (json instanceof JsonPrimitive number && number.isNumber()) {
            try {
                return inRange(name, number.getAsNumber() instanceof Long whole
                        ? whole
                        : number.getAsBigDecimal().longValueExact(), least, most);
            } catch (ArithmeticException | NumberFormatException e) { // a fraction, too many digits, or no number
                throw notWhole(name, json, least, most, e);
            }
        }
        throw notWhole(name, json == null || json.isJsonNull() ? null : json, least, most, null);
    }

    /** A whole number in decimal digits, as the metadata of a tensor file have it. */
    public static long whole(String name, @Nullable String digits, long least, long most) {
        try {
            return inRange(name, Digits.parseLong(Objects.requireNonNullElse(digits, "")), least, most);
        } catch (NumberFormatException e) {
            throw notWhole(name, digits, least, most, e);
        }
    }

    /** A number, which is finite. */
    public static double real(String name, @Nullable JsonElement json) {
        if (json instanceof JsonPrimitive number && number.isNumber() && Double.isFinite(number.getAsDouble())) {
            return number.getAsDouble();
        }
        throw new IllegalArgumentException("%s is not a number".formatted(name));
    }

    /** A time in seconds: none is below 0, and the sum of all of them is a number still. */
    public static double seconds(String name, @Nullable JsonElement json) {
        double seconds = real(name, json);
        if (!(seconds >= 0 && seconds <= MOST_SECONDS)) {
            throw new IllegalArgumentException("%s: %s is not a time".formatted(name, seconds));
        }
        return seconds;
    }

    /** A text. */
    public static String string(String name, @Nullable JsonElement json) {
        if (json instanceof JsonPrimitive text && text.isString()) {
            return text.getAsString();
        }
        throw new IllegalArgumentException("%s is not a text".formatted(name));
    }

    private static long inRange(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw notWhole(name, value, least, most, null);
        }
        return value;
    }

    private static IllegalArgumentException notWhole(String name, @Nullable Object found, long least, long most,
            @Nullable RuntimeException cause) {
        return new IllegalArgumentException("%s: %s is not a whole number from %d to %d"
                .formatted(name, found == null || found.equals("") ? "nothing" : found, least, most), cause);
    }

    /** A number for a file: JSON has no infinity, and what is not a number is null. */
    public static JsonElement number(double value) {
        return Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;
    }

    /** Makes null of all numbers in it that JSON does not have: a file with one could not be read again. */
    static void replaceInfinite(JsonElement json) {
        if (json instanceof JsonObject object) {
            for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
                replaceInfinite(entry.getValue());
                entry.setValue(orNull(entry.getValue()));
            }
        } else if (json instanceof JsonArray array) {
            for (int i = 0; i < array.size(); i++) {
                replaceInfinite(array.get(i));
                array.set(i, orNull(array.get(i)));
            }
        }
    }

    private static JsonElement orNull(JsonElement json) {
        return json instanceof JsonPrimitive value && value.isNumber() && !Double.isFinite(value.getAsDouble())
                ? JsonNull.INSTANCE
                : json;
    }
}
