package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.InputException;
import dev.lanewise.report.BenchTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResultFileTest {
    @TempDir
    private Path temp;

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        ResultFile file = ResultsFixture.file(1, 1, 3, 512, 128);
        assertEquals(file.json(), read(file.json()).json());
        ResultFile withNet = ResultsFixture.withNet(file);
        Result lenet = read(withNet.json()).results().getLast();
        assertEquals(withNet.results().getLast().toString().replaceAll("\\[\\[D@\\w+", ""),
                lenet.toString().replaceAll("\\[\\[D@\\w+", ""));
        assertEquals("lenet", lenet.net());
        assertNull(lenet.hidden());
    }

    /** Any value of a file may have become any other: it is refused in a sentence, or compared in finite figures. */
    @Test
    void aDamagedValueIsRefusedOrHarmless() throws IOException {
        String json = ResultsFixture.withRounds(ResultsFixture.file(1, 1, 1, 512), "peak", 2).json();
        List<String> values = List.of("NaN", "Infinity", "-1", "0", "1e-320", "1e14", "1e999", "2.5", "null", "\"x\"",
                "\"\"", "[]", "[[]]", "[null]", "{}", "true");
        int refused = 0;
        for (int seed = 0; seed < 1000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            JsonObject file = JsonParser.parseString(json).getAsJsonObject();
            JsonElement value = JsonParser.parseString(values.get(random.nextInt(values.size())));
            replaceOne(file, value, random);
            ResultFile read;
            try {
                read = read(file.toString());
            } catch (InputException e) {
                assertTrue(e.getMessage().matches(".*bench\\.json .{10,}"), e::getMessage);
                refused++;
                continue;
            }
            Map<String, ResultFile> files = new LinkedHashMap<>();
            files.put("a", ResultsFixture.file(2, 1, 1, 512));
            files.put("b", read);
            Comparison comparison = Comparison.of(files);
            comparison.unknown();
            String table = BenchTables.of(comparison).text();
            assertFalse(table.matches("(?s).*(NaN|Infinity|null) ?[G%].*"), "seed " + seed + "\n" + table);
        }
        assertTrue(refused > 300 && refused < 1000, refused + " refused");
    }

    /** Gson by itself would cut it, or take a text for it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"threads | 1.9", "threads | 4294967297", "threads | \"1\"", "bits | 512.5",
            "unit | 3", "kernel | 7", "flops | \"800000\"", "share | \"0.5\"", "batch | 32.5", "epoch_s | true",
            "share | 0.5, \"share\": 0.6", "bits | 0x200"})
    void aValueThatIsNotExactlyWhatItShouldBeIsDamage(String name, String value) throws IOException {
        String json = ResultsFixture.file(1, 1, 1, 512).json();
        String damaged = json.replaceFirst("\"%s\":[^,}]*".formatted(name), "\"%s\":%s".formatted(name, value));
        assertNotEquals(json, damaged);
        assertTrue(assertThrows(InputException.class, () -> read(damaged)).getMessage()
                .startsWith(temp.resolve("bench.json") + " is damaged"));
    }

    /** A training that leaves zeros out may be above, and to the precision that is shown everything may. */
    @Test
    void aShareAboveThePeakIsToldBesideTheFiguresAndInTheFile() throws IOException {
        String effective = "rates and shares of train and predict are effective ones: ";
        ResultFile calm = ResultsFixture.file(1, 1, 1, 512);
        assertEquals(1, calm.notes().size());
        assertTrue(calm.notes().getFirst().startsWith(effective));
        assertEquals(List.of(), ResultsFixture.without(calm, "784-30-10 batch 32", List.of()).notes());
        String json = calm.json();
        for (String share : List.of("1.12", "1.004")) {
            ResultFile busy = read(json.replaceAll("(\"group\":\"(gemm|train)\".*?\"share\":)[^,]*", "$1" + share));
            assertEquals(share.equals("1.12")
                    ? List.of(
                            "NN128x512x784 on 1 threads at 512 bits: 112 % of fma is more than can be; something else "
                                    + "ran when that peak was measured: measure again when nothing does",
                            calm.notes().getFirst())
                    : calm.notes(), busy.notes());
            assertEquals(busy.notes(), JsonParser.parseString(busy.json()).getAsJsonObject().getAsJsonArray("notes")
                    .asList().stream().map(JsonElement::getAsString).toList());
        }
    }

    @Test
    void aFileWithoutResultsOrWithOneTwiceIsRefused() throws IOException {
        JsonObject file = JsonParser.parseString(ResultsFixture.file(1, 1, 1, 512).json()).getAsJsonObject();
        JsonArray results = file.getAsJsonArray("results");
        results.add(results.get(0));
        assertTrue(refusal(file).contains("fma on 1 threads at 512 bits twice"), refusal(file));
        file.add("results", new JsonArray());
        assertTrue(refusal(file).contains("has no results"), refusal(file));
    }

    /** Older files have the rate of the best epoch there, which lies outside of the quartiles. */
    @Test
    void theRatesAreThoseOfTheTimings() throws IOException {
        ResultFile file = ResultsFixture.file(1, 1, 3, 512);
        String json = file.json().replaceAll("\"median\":[^,]*", "\"median\":1e9");
        assertEquals(file.json(), read(json).json());
        for (Result result : file.results()) {
            assertTrue(result.low() <= result.median() && result.median() <= result.high(), result::toString);
        }
    }

    private ResultFile read(String json) throws IOException {
        return ResultFile.read(Files.writeString(temp.resolve("bench.json"), json));
    }

    private String refusal(JsonObject file) {
        return assertThrows(InputException.class, () -> read(file.toString())).getMessage();
    }

    /** Goes down to a random place, more often than not to the bottom. */
    private static void replaceOne(JsonElement within, JsonElement value, SplittableRandom random) {
        List<String> names = within.isJsonObject() ? List.copyOf(within.getAsJsonObject().keySet()) : List.of();
        int size = within.isJsonObject() ? names.size() : within.getAsJsonArray().size();
        int at = random.nextInt(size);
        JsonElement next = within.isJsonObject()
                ? within.getAsJsonObject().get(names.get(at))
                : within.getAsJsonArray().get(at);
        boolean deeper = next.isJsonObject() && next.getAsJsonObject().size() > 0
                || next.isJsonArray() && !next.getAsJsonArray().isEmpty();
        if (deeper && random.nextInt(5) > 0) {
            replaceOne(next, value, random);
        } else if (within.isJsonObject()) {
            within.getAsJsonObject().add(names.get(at), value);
        } else {
            within.getAsJsonArray().set(at, value);
        }
    }
}
