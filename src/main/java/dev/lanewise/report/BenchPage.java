package dev.lanewise.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lanewise.bench.ResultFile;
import java.util.List;
import java.util.Map;

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
        StringBuilder rows = new StringBuilder();
        row(rows, "command", results.command());
        row(rows, "time", results.created());
        for (Map.Entry<String, JsonElement> entry : environment.entrySet()) {
            JsonElement value = entry.getValue();
            row(rows, entry.getKey(), value.isJsonPrimitive() ? value.getAsString() : value.toString());
        }
        results.notes().forEach(note -> row(rows, "note", note));
        results.refused().forEach(refusal -> row(rows, "REFUSED " + refusal.kernel(), refusal.reason()));
        return Template.page("bench.html", Map.of("cpu", Template.escaped(cpu(environment)), "environment",
                rows.toString(), "table", table(BenchTables.figures(results)), "results",
                Template.json(results.json())));
    }

    private static String cpu(JsonObject environment) {
        return environment.get("cpu") == null ? "unknown CPU" : environment.get("cpu").getAsString();
    }

    private static void row(StringBuilder rows, String name, String value) {
        rows.append("<tr><th>").append(Template.escaped(name)).append("</th><td>").append(Template.escaped(value))
                .append("</td></tr>\n");
    }

    private static String table(TextTable table) {
        StringBuilder html = new StringBuilder("<thead><tr>");
        table.header().forEach(name -> html.append("<th>").append(Template.escaped(name)).append("</th>"));
        html.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : table.rows()) {
            html.append("<tr>");
            row.forEach(cell -> html.append("<td>").append(Template.escaped(cell)).append("</td>"));
            html.append("</tr>\n");
        }
        return html.append("</tbody>").toString();
    }
}
