package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.bench.ResultFile;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Benchmark results as one HTML page: charts drawn by Chart.js, which the page holds, from the results' JSON, which it
 * holds too; tables that need no script. It fetches nothing.
 */
public final class BenchPage {
    private BenchPage() {
    }

    /** The page. */
    public static String of(ResultFile results) {
        JsonObject environment = results.environment();
        StringBuilder summary = new StringBuilder();
        row(summary, "CPU", text(environment, "cpu"));
        row(summary, "JDK", text(environment, "jdk"));
        row(summary, "commit", text(environment, "commit"));
        row(summary, "date", results.created() == null ? "unknown" : results.created());
        row(summary, "command", results.command() == null ? "unknown" : results.command());
        results.notes().forEach(note -> row(summary, "note", note));
        results.refused().forEach(refusal -> row(summary, "REFUSED " + refusal.kernel(), refusal.reason()));
        StringBuilder rows = new StringBuilder();
        rows(rows, "", environment);
        return Template.page("bench.html", Map.of("cpu", Template.escaped(text(environment, "cpu")), "summary",
                summary.toString(), "environment", rows.toString(), "table", table(BenchTables.rounded(results)),
                "results", Template.json(results.json())));
    }

    private static String text(JsonObject environment, String name) {
        return environment.get(name) instanceof JsonPrimitive value ? value.getAsString() : "unknown";
    }

    /** A row a value; the members of an object behind its name. */
    private static void rows(StringBuilder rows, String prefix, JsonObject values) {
        for (Map.Entry<String, JsonElement> entry : values.entrySet()) {
            switch (entry.getValue()) {
                case JsonObject object -> rows(rows, prefix + entry.getKey() + ".", object);
                case JsonArray array -> rowOf(rows, prefix + entry.getKey(), array.asList().stream()
                        .map(value -> value.isJsonPrimitive() ? value.getAsString() : value.toString())
                        .map(word -> "<span class=\"word\">" + Template.escaped(word) + "</span>")
                        .collect(Collectors.joining(" ")));
                case JsonPrimitive value -> row(rows, prefix + entry.getKey(), value.getAsString());
                default -> row(rows, prefix + entry.getKey(), "-");
            }
        }
    }

    private static void row(StringBuilder rows, String name, String value) {
        rowOf(rows, name, Template.escaped(value));
    }

    private static void rowOf(StringBuilder rows, String name, String html) {
        rows.append("<tr><th>").append(Template.escaped(name)).append("</th><td>").append(html).append("</td></tr>\n");
    }

    /** Without the columns in which nothing stands. */
    private static String table(TextTable table) {
        int[] columns = IntStream.range(0, table.header().size())
                .filter(c -> table.rows().stream().anyMatch(row -> !row.get(c).isEmpty())).toArray();
        StringBuilder html = new StringBuilder("<thead>");
        cells(html, "th", table.header(), columns, table.numeric());
        html.append("</thead>\n<tbody>\n");
        table.rows().forEach(row -> cells(html, "td", row, columns, table.numeric()));
        return html.append("</tbody>").toString();
    }

    private static void cells(StringBuilder html, String tag, List<String> row, int[] columns, List<Boolean> numeric) {
        html.append("<tr>");
        for (int c : columns) {
            html.append('<').append(tag).append(numeric.get(c) ? " class=\"number\">" : ">")
                    .append(Template.escaped(row.get(c))).append("</").append(tag).append('>');
        }
        html.append("</tr>\n");
    }
}
