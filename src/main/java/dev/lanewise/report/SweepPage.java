package dev.lanewise.report;

import dev.lanewise.run.files.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A sweep as an HTML page, which holds all that it shows and fetches nothing. */
public final class SweepPage {
    private SweepPage() {
    }

    /** The page. */
    public static String of(SweepTables tables) {
        return Template.page("sweep.html", Map.of("text", Template.escaped(tables.text()), "sweep",
                Template.json(tables.json().toString())));
    }

    /** Writes the page; a failure leaves what was there. */
    public static void write(Path file, SweepTables tables) throws IOException {
        byte[] page = of(tables).getBytes(StandardCharsets.UTF_8);
        WholeFile.replace(file, partial -> Files.write(partial, page));
    }
}
