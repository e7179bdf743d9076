package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.bench.Bench;
import dev.lanewise.bench.Result;
import dev.lanewise.bench.ResultFile;
import dev.lanewise.bench.ResultsFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchPageTest {
    private final ResultFile results = ResultsFixture.file(1, 1, 3, 512, 256, 128);
    private final String page = BenchPage.of(results);

    @TempDir
    private Path temp;

    /** To three digits in the table, and all of them in the JSON. */
    @Test
    void theFiguresAreThoseOfTheJson() {
        JsonObject json = JsonParser.parseString(results.json()).getAsJsonObject();
        assertEquals(json, embedded(page));
        List<List<String>> rows = table(page);
        assertEquals(json.getAsJsonArray("results").size(), rows.size());
        for (int i = 0; i < rows.size(); i++) {
            JsonObject result = json.getAsJsonArray("results").get(i).getAsJsonObject();
            List<String> row = rows.get(i);
            assertEquals(result.get("kernel").getAsString(), row.get(1));
            assertEquals(result.get("threads").getAsString(), row.get(2));
            assertEquals(result.get("bits").getAsString(), row.get(3));
            int column = 5;
            for (String name : List.of("median", "low", "high")) {
                assertRounded(result.get(name).getAsDouble(), row.get(column++));
            }
            JsonElement share = result.get("share");
            if (share == null) {
                assertEquals("", row.get(9));
            } else {
                assertRounded(100 * share.getAsDouble(), row.get(9).replace(" %", ""));
            }
        }
    }

    private static void assertRounded(double value, String digits) {
        assertEquals(value, Double.parseDouble(digits), 0.0051 * value);
        assertTrue(digits.replace(".", "").replaceFirst("^0+", "").length() >= 3, digits);
    }

    @Test
    void theSummaryComesFirstAndObjectsHaveRows() {
        assertTrue(page.indexOf("id=\"summary\"") < page.indexOf("id=\"charts\""));
        assertTrue(page.indexOf("id=\"charts\"") < page.indexOf("id=\"environment\""));
        JsonObject environment = new JsonObject();
        JsonObject flags = new JsonObject();
        flags.addProperty("UseAVX", 3);
        environment.add("jvm_flags", flags);
        String nested = BenchPage.of(new ResultFile(results.format(), results.version(), null, null, environment,
                results.results(), List.of()));
        assertTrue(nested.contains("<tr><th>jvm_flags.UseAVX</th><td>3</td></tr>"));
        assertTrue(nested.contains("<tr><th>CPU</th><td>unknown</td></tr>"));
    }

    @Test
    void textOfTheResultsCannotBecomeMarkup() {
        assertFalse(page.contains("</script><b>"), "the command of these results ends a script element");
        assertTrue(page.contains("Test &lt;CPU&gt; &amp; Co"));
    }

    /** train and predict are in no roofline, as nobody counts their bytes. */
    @Test
    void everyGroupOfTheRooflineHasAColour() {
        assertTrue(page.contains("--c%d: ".formatted(Bench.TOPICS.size() - 2)));
    }

    @Test
    void nothingIsFetched() {
        assertTrue(page.contains("default-src 'none'"));
        Matcher reference = Pattern.compile("(?i)<(link|img|iframe|script[^>]* src|[^>]+ href)\\b[^>]*>")
                .matcher(page.replaceAll("(?s)<script>.*?</script>", ""));
        assertFalse(reference.find(), () -> reference.group());
        assertTrue(page.contains("Chart.js v"), "the chart library is in the page");
    }

    /** What a browser makes of it, in light and in dark, at three widths. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBrowserDrawsEveryChart(boolean dark) throws IOException, InterruptedException {
        String two = BenchPage.of(onTwoThreads(ResultsFixture.file(1, 1, 3, 512)));
        JsonObject seen = Browser.look(temp, dark, Map.of("widths", page, "two", two));
        assertEquals(6, seen.size());
        for (String view : seen.keySet()) {
            JsonObject looked = seen.getAsJsonObject(view);
            assertEquals(dark, looked.get("dark").getAsBoolean(), view);
            assertEquals(0, looked.get("overflow").getAsInt(), view + ": pixels beyond the window");
            assertEquals(new JsonArray(), looked.get("faint"), view);
            assertEquals(view.startsWith("two") ? 6 : 4, looked.getAsJsonObject("charts").size(),
                    view + ": gemm, elementwise, train, roofline");
        }
        chartsOfAGroupHaveOneScale(seen.getAsJsonObject("two 800"));
        JsonObject looked = seen.getAsJsonObject("widths 1600");
        assertEquals(
                table(page).stream().map(row -> row.stream().map(cell -> cell.replace("&lt;", "<")).toList()).toList(),
                looked.getAsJsonObject("tables").getAsJsonArray("results-table").asList().stream().skip(1)
                        .map(row -> row.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList())
                        .toList());
        List<String> written = looked.getAsJsonArray("written").asList().stream().map(JsonElement::getAsString)
                .toList();
        for (Result result : results.results()) {
            if (result.share() != null) {
                String value = ".* %s, %d %%".formatted(result.unit(), Math.round(100 * result.share()));
                assertTrue(written.stream().anyMatch(text -> text.matches(value)), () -> value + " in " + written);
            }
            if (result.bits() == 512 && result.flops() > 0 && result.bytes() > 0 && !result.group().equals("peak")) {
                assertTrue(written.contains(result.kernel()), "a name in the roofline: " + result.kernel());
            }
        }
        assertEquals(List.of(true, true, true, true), legends(looked), "three widths");
        assertEquals(List.of(false, false, false, true, false, true), legends(seen.getAsJsonObject("two 800")),
                "one series, and rooflines");
    }

    private static List<Boolean> legends(JsonObject looked) {
        return looked.getAsJsonObject("charts").asMap().values().stream()
                .map(chart -> chart.getAsJsonObject().get("legend").getAsBoolean()).toList();
    }

    /** The same with the products on two threads, and the peaks of both. */
    private static ResultFile onTwoThreads(ResultFile file) {
        ResultFile peaks = ResultsFixture.withPeaksOnTwoThreads(file, 2);
        List<Result> both = new ArrayList<>(peaks.results());
        file.results().stream().filter(r -> r.group().equals("gemm")).map(r -> new Result(r.group(), r.kernel(), 2,
                r.bits(), r.unit(), r.median(), r.low(), r.high(), r.share(), r.roof(), r.flops(), r.bytes(), r.nanos(),
                null, null, null, null, null, null, null, null)).forEach(both::add);
        return new ResultFile(file.format(), file.version(), file.created(), file.command(), file.environment(), both,
                List.of());
    }

    private static void chartsOfAGroupHaveOneScale(JsonObject looked) {
        List<Double> ends = looked.getAsJsonObject("charts").asMap().values().stream().map(JsonElement::getAsJsonObject)
                .filter(chart -> chart.get("title").getAsString().startsWith("gemm"))
                .map(chart -> chart.get("max").getAsDouble()).toList();
        assertEquals(2, ends.size());
        assertEquals(ends.getFirst(), ends.getLast());
        assertTrue(ends.getFirst() > 190, () -> "the peak of two threads is in both: " + ends);
    }

    private static JsonObject embedded(String html) {
        Matcher json = Pattern.compile("(?s)<script type=\"application/json\" id=\"results\">(.*?)</script>")
                .matcher(html);
        assertTrue(json.find());
        return JsonParser.parseString(json.group(1)).getAsJsonObject();
    }

    private static List<List<String>> table(String html) {
        Matcher table = Pattern.compile("(?s)id=\"results-table\">.*?<tbody>(.*?)</tbody>").matcher(html);
        assertTrue(table.find());
        List<List<String>> rows = new ArrayList<>();
        for (String row : table.group(1).split("</tr>")) {
            if (row.contains("<td")) {
                rows.add(Pattern.compile("<td[^>]*>(.*?)</td>").matcher(row).results().map(cell -> cell.group(1))
                        .toList());
            }
        }
        return rows;
    }
}
