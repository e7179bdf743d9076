package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.bench.Bench;
import dev.lanewise.bench.ResultFile;
import dev.lanewise.bench.ResultsFixture;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchPageTest {
    private static final List<String> BROWSERS = List.of("chromium", "chromium-browser", "chromium-headless-shell",
            "google-chrome", "google-chrome-stable");

    private final ResultFile results = ResultsFixture.file(1, 1, 3, 512, 256, 128);
    private final String page = BenchPage.of(results);

    @TempDir
    private Path temp;

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
            assertEquals(result.get("median").getAsDouble(), Double.parseDouble(row.get(5)));
            assertEquals(result.get("low").getAsDouble(), Double.parseDouble(row.get(6)));
            assertEquals(result.get("high").getAsDouble(), Double.parseDouble(row.get(7)));
            JsonElement share = result.get("share");
            assertEquals(share == null ? "" : share.getAsString(), row.get(9));
        }
    }

    @Test
    void textOfTheResultsCannotBecomeMarkup() {
        assertFalse(page.contains("</script><b>"), "the command of these results ends a script element");
        assertTrue(page.contains("Test &lt;CPU&gt; &amp; Co"));
    }

    /** train is in no roofline, as nobody counts its bytes. */
    @Test
    void everyGroupOfTheRooflineHasAColour() {
        assertTrue(page.contains("--c%d: ".formatted(Bench.TOPICS.size() - 1)));
    }

    @Test
    void nothingIsFetched() {
        assertTrue(page.contains("default-src 'none'"));
        Matcher reference = Pattern.compile("(?i)<(link|img|iframe|script[^>]* src|[^>]+ href)\\b[^>]*>")
                .matcher(page.replaceAll("(?s)<script>.*?</script>", ""));
        assertFalse(reference.find(), () -> reference.group());
        assertTrue(page.contains("Chart.js v"), "the chart library is in the page");
    }

    /** What a browser makes of it: every chart drawn, no error, the table as it was written. */
    @Test
    void aBrowserDrawsEveryChart() throws IOException, InterruptedException {
        String script = "<script>\n\"use strict\";";
        String watched = "<script>window.onerror = m => { document.body.dataset.error = m; };</script>" + script;
        Path file = Files.writeString(temp.resolve("page.html"), page.replace(script, watched));
        String dom = browse("--dump-dom", file.toUri().toString());
        assertFalse(dom.contains("data-error"), () -> dom.substring(0, Math.min(2000, dom.length())));
        Matcher charts = Pattern.compile("<body[^>]* data-charts=\"(\\d+)\"").matcher(dom);
        assertTrue(charts.find(), () -> dom.substring(0, Math.min(2000, dom.length())));
        assertEquals(4, Integer.parseInt(charts.group(1)), "gemm, elementwise, train, roofline");
        assertEquals(table(page), table(dom));
        assertEquals(embedded(page), embedded(dom));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bothThemesHaveContrastAndColour(boolean dark) throws IOException, InterruptedException {
        Path file = Files.writeString(temp.resolve("page.html"), page);
        Path picture = temp.resolve("page.png");
        browse("--blink-settings=preferredColorScheme=" + (dark ? 0 : 1), "--hide-scrollbars",
                "--window-size=1000,900", "--screenshot=" + picture, file.toUri().toString());
        BufferedImage image = ImageIO.read(picture.toFile());
        int background = brightness(image.getRGB(3, 3));
        assertTrue(dark ? background < 60 : background > 230, "background " + background);
        int ink = 0;
        int bars = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = image.getRGB(x, y);
                ink += Math.abs(brightness(rgb) - background) > 150 ? 1 : 0;
                bars += Math.abs((rgb >> 16 & 255) - (rgb & 255)) > 60 ? 1 : 0; // red and blue apart: a colour
            }
        }
        assertTrue(ink > 1000, "text: " + ink + " pixels");
        assertTrue(bars > 10_000, "bars: " + bars + " pixels");
    }

    private static int brightness(int rgb) {
        return ((rgb >> 16 & 255) + (rgb >> 8 & 255) + (rgb & 255)) / 3;
    }

    private String browse(String... arguments) throws IOException, InterruptedException {
        Optional<Path> browser = Stream.of(System.getenv("PATH").split(File.pathSeparator)).flatMap(
                directory -> BROWSERS.stream().map(name -> Path.of(directory, name))).filter(Files::isExecutable)
                .findFirst();
        assumeTrue(browser.isPresent(), "no Chromium on the PATH, under any of the names " + BROWSERS);
        List<String> command = new ArrayList<>(List.of(browser.get().toString(), "--headless", "--no-sandbox",
                "--disable-gpu", "--user-data-dir=" + temp.resolve("profile")));
        command.addAll(Arrays.asList(arguments));
        Path out = temp.resolve("out");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the browser does not end");
        assertEquals(0, process.exitValue());
        return Files.readString(out, StandardCharsets.UTF_8);
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
            if (row.contains("<td>")) {
                rows.add(Pattern.compile("<td>(.*?)</td>").matcher(row).results().map(cell -> cell.group(1)).toList());
            }
        }
        return rows;
    }
}
