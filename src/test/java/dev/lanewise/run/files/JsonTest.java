package dev.lanewise.run.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.InputException;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"4, 4", "-7, -7", "4.0, 4", "4e0, 4", "40e-1, 4", "9223372036854775807, 9223372036854775807",
            "-9223372036854775808, -9223372036854775808", "1.234567890123456789e18, 1234567890123456789",
            "9007199254740993.0, 9007199254740993", "900719925474099.3e1, 9007199254740993", "123456.000000000, 123456",
            "-0.0, 0"})
    void wholeNumbersAreExact(String json, long expected) {
        assertEquals(expected, Json.whole("n", Json.parse(json), Long.MIN_VALUE, Long.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"4.9", "4294967300", "1e308", "1e-400", "9223372036854775808", "18446744073709551620",
            "\"4\"", "true", "null", "[4]", "{}", "1e-2147483647", "-1", "101", "1.00000000000000000000001", "1.5e-7",
            "0.00000000000000000001"})
    void whatIsNoWholeNumberInRangeIsRefusedByName(String json) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> Json.whole("epochs", Json.parse(json), 0, 100)).getMessage();
        assertTrue(message.matches("epochs: .+ is not a whole number from 0 to 100"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "4.0", "+4", " 4", "٤", "four", "9223372036854775808", "-1", "101", "4\n", "--4", "-"})
    void digitsThatAreNoWholeNumberInRangeAreRefusedByName(String digits) {
        String message = assertThrows(IllegalArgumentException.class, () -> Json.whole("epoch", digits, 0, 100))
                .getMessage();
        assertTrue(message.startsWith("epoch: ") && message.endsWith(" is not a whole number from 0 to 100"), message);
        assertEquals(4, Json.whole("epoch", "4", 0, 100));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{} {}", "{a:1}", "{'a':1}", "[1,]", "[1;2]", "nul", "NaN", "Infinity", "01",
            "+1",
            "// {}\n{}", "\"\u0001\"", "{\"a\":1,\"a\":2}", "[{\"a\":{\"b\":1,\"b\":1}}]", "1e99999999999", "\"\\x\"",
            "1e309", "-1e999", "[1.0e999]", "{\"a\":1e2147483647}"})
    void whatIsNoJsonIsRefused(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> Json.parse(text)).getMessage();
        assertTrue(message.matches("this is not JSON|'.' stands there twice|.* is no number to compute with"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "-1e-300", "1e13", "1e308", "\"1\"", "null", "[1]"})
    void whatIsNoTimeIsRefusedByName(String json) {
        String message = assertThrows(IllegalArgumentException.class, () -> Json.seconds("seconds", Json.parse(json)))
                .getMessage();
        assertTrue(message.matches("seconds(: .+ is not a time| is not a number)"), message);
    }

    @Test
    void numbersOfOtherMakersAreFiniteToo() {
        for (double value : new double[]{Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> Json.real("loss", new JsonPrimitive(value)));
        }
        assertEquals(-1e308, Json.real("loss", Json.parse("-1e308")));
    }

    @Test
    void depthAndDigitsAreBounded() {
        for (String text : List.of("[".repeat(1_000_000), "{\"a\":".repeat(1_000_000), "1".repeat(1_000_000))) {
            assertThrows(IllegalArgumentException.class, () -> Json.parse(text));
        }
    }

    @Test
    void textIsUtf8AndOfABoundedSize() throws IOException {
        Path file = directory.resolve("text");
        Files.writeString(file, "größer ٣\n");
        assertEquals("größer ٣\n", Json.text(file));
        for (byte[] bytes : List.of("größer".getBytes(StandardCharsets.ISO_8859_1),
                "{}".getBytes(StandardCharsets.UTF_16),
                new byte[]{'a', (byte) 0xed, (byte) 0xa0, (byte) 0x80})) {
            Files.write(file, bytes);
            assertEquals(file + ": this is not text in UTF-8; save it as UTF-8, or use another one",
                    assertThrows(InputException.class, () -> Json.text(file)).getMessage());
        }
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength((1L << 28) + 1);
        }
        assertEquals(file + ": 268435457 bytes are more than such a file ever has; use another one",
                assertThrows(InputException.class, () -> Json.text(file)).getMessage());
    }

    /** The last step of a run can leave weights whose loss is none. */
    @Test
    void metricsWithoutANumberAreReadBack() throws IOException {
        RunDirectory run = new RunDirectory(directory);
        int epoch = 0;
        for (double loss : new double[]{Double.NaN, Double.POSITIVE_INFINITY, 0.5}) {
            run.append(new Metrics(++epoch, loss, new Evaluation(new int[][]{{1}}, loss), 0.9, 0.01, 2.5, 1), 3);
        }
        assertEquals(IntStream.rangeClosed(1, 3).mapToObj(i -> new RunDirectory.Time(i, 2.5, 3)).toList(),
                run.keepMetrics(3));
    }

    /** Of an epoch that took no time, say. */
    @Test
    void noFileOfARunHasANumberThatJsonHasNot() throws IOException {
        RunDirectory run = new RunDirectory(directory);
        run.append(new Metrics(1, 0.5, null, Double.NaN, Double.POSITIVE_INFINITY, 0, Double.POSITIVE_INFINITY), 3);
        assertEquals("{\"epoch\":1,\"train_loss\":0.5,\"test_accuracy\":null,\"learning_rate\":null,\"seconds\":0.0,"
                + "\"images_per_second\":null,\"wall_seconds\":3.0}", run.lastMetrics());
        JsonObject result = new JsonObject();
        JsonArray bounds = new JsonArray();
        bounds.add(Float.NEGATIVE_INFINITY);
        bounds.add(1);
        result.add("test_accuracy_95", bounds);
        result.addProperty("best_epoch_seconds", Double.POSITIVE_INFINITY);
        run.writeRun("finished", new JsonObject(), new JsonObject(), BuiltInDigits.generate(), result);
        assertEquals("{\"test_accuracy_95\":[null,1],\"best_epoch_seconds\":null}",
                run.readRun().get("result").toString());
    }

    /** Names in files are shown to people, on terminals that obey. */
    @Test
    void sentencesAreOneLineWithoutControl() {
        assertEquals("a?b?c?d?e 数?", new InputException("a\nb\u001bc\u2028d\u202ee 数\ud83d").getMessage());
        assertTrue(new InputException("x".repeat(1_000_000)).getMessage().length() < 5000);
    }
}
