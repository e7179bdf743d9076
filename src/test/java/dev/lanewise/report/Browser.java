package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.Chromium;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pages in headless Chromium, several at several widths in one start, in light or in dark. */
public final class Browser {
    private static final int[] WIDTHS = {400, 800, 1600};

    private Browser() {
    }

    /** Fails where an open page shows less than it should: beyond the window, faint, in the other theme, or the console says anything. */
    public static void assertShown(Chromium.Page page, boolean dark) throws IOException {
        JsonObject seen = JsonParser.parseString(page.evaluate("(() => {" + script()
                + "return JSON.stringify({ faint: faint(window), dark: luminance(ground(window, document.body)) < 0.1,"
                + " overflow: document.documentElement.scrollWidth - innerWidth }); })()").getAsString())
                .getAsJsonObject();
        String view = page.evaluate("document.title + ' ' + innerWidth").getAsString();
        assertEquals(0, seen.get("overflow").getAsInt(), view + ": pixels beyond the window");
        assertEquals(new JsonArray(), seen.get("faint"), view);
        assertEquals(dark, seen.get("dark").getAsBoolean(), view);
        assertEquals(List.of(), page.messages(), view);
    }

    /** Looks so at a page in light and in dark in windows of three widths. */
    public static void assertShown(Chromium browser, String address, Consumer<Chromium.Page> prepare)
            throws IOException {
        for (boolean dark : new boolean[]{false, true}) {
            for (int width : WIDTHS) {
                try (Chromium.Page page = browser.open(address, width, 900, dark)) {
                    prepare.accept(page);
                    assertShown(page, dark);
                }
            }
        }
    }

    private static String script() throws IOException {
        try (InputStream in = Browser.class.getResourceAsStream("look.js")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /**
     * What a browser makes of pages: of each by {@code name width} its {@code overflow} (pixels beyond the window), {@code
     * faint} (texts whose contrast is below 4.5), {@code charts} (the series by the canvas), {@code written} (texts in charts), {@code
     * cells} (of the matrix), {@code clicked} (what a click on a field shows), {@code tables} (by id), {@code text}, {@code hacked}.
     * Fails where the console says anything, as it does where a page wants something of the network.
     *
     * @param temp a directory for the browser
     * @param pages HTML by name
     */
    public static JsonObject look(Path temp, boolean dark, Map<String, String> pages)
            throws IOException, InterruptedException {
        StringBuilder frames = new StringBuilder();
        pages.forEach((name, page) -> {
            String watched = page.replaceFirst("<style>", "<script>window.written = []; window.hacked = false;\n"
                    + "const fill = CanvasRenderingContext2D.prototype.fillText;\n"
                    + "CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {\n"
                    + "written.push(String(text)); return fill.call(this, text, ...more); };</script>\n<style>");
            for (int width : WIDTHS) {
                frames.append(
                        "<iframe name=\"%s %d\" style=\"border:0;height:900px;width:%dpx\" srcdoc=\"%s\"></iframe>\n"
                                .formatted(name, width, width, Template.escaped(watched)));
            }
        });
        Path file = Files.writeString(temp.resolve("look.html"), "<!DOCTYPE html><meta charset=\"utf-8\"><script>"
                + script() + "</script><body>" + frames);
        Matcher seen = Pattern.compile("<pre>([^<]*)</pre>").matcher(dom(temp, dark, file));
        assertTrue(seen.find(), "the browser has not finished");
        return JsonParser.parseString(new String(Base64.getDecoder().decode(seen.group(1)), StandardCharsets.UTF_8))
                .getAsJsonObject();
    }

    private static String dom(Path temp, boolean dark, Path file) throws IOException, InterruptedException {
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        Process process = new ProcessBuilder(Chromium.program().toString(), "--headless", "--no-sandbox",
                "--disable-gpu",
                "--user-data-dir=" + temp.resolve("profile"), "--enable-logging=stderr",
                "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1), "--dump-dom", file.toUri().toString())
                .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertTrue(process.waitFor(180, TimeUnit.SECONDS), "the browser does not end");
        assertEquals(0, process.exitValue());
        assertEquals(List.of(), Files.readString(err, StandardCharsets.ISO_8859_1).lines()
                .filter(line -> line.contains("CONSOLE")).toList());
        return Files.readString(out, StandardCharsets.UTF_8);
    }
}
