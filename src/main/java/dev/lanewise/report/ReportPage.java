package dev.lanewise.report;

import com.google.gson.JsonArray;
import dev.lanewise.run.files.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One run, or several beside each other, as an HTML page, which holds all that it shows and fetches nothing. */
public final class ReportPage {
    private static final String POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
            + "img-src data:";

    private ReportPage() {
    }

    /** The page. */
    public static String of(List<RunReport> runs) {
        return page(runs, POLICY, "");
    }

    /** The page of a run that trains, for a {@link LiveReport}. */
    static String live(RunReport run) {
        return page(List.of(run), POLICY + "; connect-src 'self'", Template.resource("report-live.js"));
    }

    private static String page(List<RunReport> runs, String policy, String live) {
        JsonArray json = new JsonArray();
        runs.forEach(run -> json.add(run.json()));
        String title = runs.size() == 1 ? runs.getFirst().name() : runs.size() + " runs";
        return Template.page("report.html", Map.of("title", Template.escaped(title), "policy", policy, "runs",
                Template.json(json.toString()), "live", live));
    }

    /** Writes the page; a failure leaves what was there. */
    public static void write(Path file, List<RunReport> runs) throws IOException {
        byte[] page = of(runs).getBytes(StandardCharsets.UTF_8); // which takes half a character too
        WholeFile.replace(file, partial -> Files.write(partial, page));
    }
}
