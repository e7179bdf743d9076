package dev.lanewise.report;

import dev.lanewise.Chromium;
import dev.lanewise.bench.ResultFile;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** The pictures of README.md, from pages that a run has left: {@code src/doc/README.md} has the commands. */
final class Screens {
    private static final int COLOURS = 128; // of a picture: small, and no eye sees the difference
    private static final int DISTANCE = 100; // of two of them, squared: a frequent colour's many shades leave room for a rare one
    /** What is left of a report: its head, two curves and the matrix. */
    private static final String PARTS = """
            document.querySelectorAll("main > section").forEach(section => {
              if (!["head", "tiles", "learning"].includes(section.id) && !section.querySelector(".heat")) { section.remove(); }
            });
            document.querySelectorAll("#learning .chart-box ~ .chart-box ~ .chart-box, #all-epochs, #cell").forEach(e => e.remove());
            0""";
    /** What is left of a bench page: its head and the products. */
    private static final String CHARTS = """
            document.querySelectorAll("#charts > h2").forEach(title => {
              const parts = [title, title.nextElementSibling, title.nextElementSibling.nextElementSibling];
              if (!title.textContent.startsWith("gemm")) { parts.forEach(e => e.remove()); }
            });
            for (let e = document.getElementById("charts").nextElementSibling; e; e = next) {
              var next = e.nextElementSibling;
              if (e.tagName !== "SCRIPT") { e.remove(); }
            }
            0""";
    /** Lines of a terminal that are shown, and what they are shown in: pixels of a letter and of a line. */
    private static final int LINES = 46;
    private static final int LETTER = 8;
    private static final int LINE = 17;

    private Screens() {
    }

    /** Takes report.html, a page to draw on, results of bench, what a terminal showed, and the directory to write to. */
    public static void main(String[] args) throws IOException {
        Path out = Path.of(args[4]);
        Files.writeString(out.resolve("explain.svg"), terminal(Files.readAllLines(Path.of(args[3]))));
        try (Chromium browser = Chromium.start(Files.createTempDirectory("screens"))) {
            try (Chromium.Page page = browser.open(Path.of(args[0]).toUri().toString(), 900, 600, false)) {
                page.evaluate(PARTS);
                save(page, out.resolve("report.png"));
            }
            try (Chromium.Page page = browser.open(Path.of(args[1]).toUri().toString(), 900, 600, false)) {
                page.drag(points(100, 170, 130, 140, 165, 150, 170, 185, 140, 240, 95, 320, 140, 318, 195, 315));
                page.drag(points(300, 140, 290, 190, 285, 220, 330, 225, 370, 222));
                page.drag(points(345, 150, 342, 230, 338, 330));
                page.await("characters.length === 2 && !reading");
                save(page, out.resolve("draw.png"));
            }
            Path bench = Files.writeString(Files.createTempFile("bench", ".html"),
                    BenchPage.of(ResultFile.read(Path.of(args[2]))));
            try (Chromium.Page page = browser.open(bench.toUri().toString(), 900, 600, false)) {
                page.evaluate(CHARTS);
                save(page, out.resolve("bench.png"));
            }
        }
    }

    /** Text as a terminal shows it, light or dark as the reader's page is. */
    private static String terminal(List<String> text) {
        List<String> lines = text.subList(0, Math.min(LINES, text.size()));
        int width = LETTER * (4 + lines.stream().mapToInt(String::length).max().orElse(0));
        int height = LINE * (2 + lines.size());
        StringBuilder svg = new StringBuilder(
                """
                        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %1$d %2$d">
                        <style>
                        rect { fill: #f5f7f9; } text { fill: #1d2733; font: 13px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; }
                        @media (prefers-color-scheme: dark) { rect { fill: #1c232b; } text { fill: #e6ebf0; } }
                        </style>
                        <rect width="%1$d" height="%2$d" rx="8"/>
                        """
                        .formatted(width, height));
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                svg.append("<text x=\"%d\" y=\"%d\" xml:space=\"preserve\">%s</text>%n".formatted(2 * LETTER,
                        LINE * (i + 2),
                        Template.escaped(lines.get(i))));
            }
        }
        return svg.append("</svg>\n").toString();
    }

    private static double[][] points(double... numbers) {
        double[][] points = new double[numbers.length / 2][];
        for (int i = 0; i < points.length; i++) {
            points[i] = new double[]{numbers[2 * i], numbers[2 * i + 1]};
        }
        return points;
    }

    private static void save(Chromium.Page page, Path file) throws IOException {
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(0), 500)))");
        page.screenshot(file);
        ImageIO.write(reduced(ImageIO.read(file.toFile())), "png", file.toFile());
    }

    /** In the most frequent colours, the others as the nearest of them. */
    private static BufferedImage reduced(BufferedImage image) {
        int width = image.getWidth();
        int[] pixels = image.getRGB(0, 0, width, image.getHeight(), null, 0, width);
        Map<Integer, Integer> counts = new HashMap<>();
        for (int pixel : pixels) {
            counts.merge(pixel, 1, Integer::sum);
        }
        List<Integer> most = new ArrayList<>();
        counts.keySet().stream().sorted(Comparator.<Integer>comparingInt(c -> -counts.get(c)).thenComparingInt(c -> c))
                .filter(colour -> most.stream().allMatch(other -> distance(colour, other) > DISTANCE)).limit(COLOURS)
                .forEach(most::add);
        int[] palette = most.stream().mapToInt(colour -> colour).toArray();
        BufferedImage reduced = new BufferedImage(width, image.getHeight(), BufferedImage.TYPE_BYTE_INDEXED,
                new IndexColorModel(8, palette.length, palette, 0, false, -1, 0));
        Map<Integer, Integer> nearest = new HashMap<>();
        for (int i = 0; i < pixels.length; i++) {
            int colour = nearest.computeIfAbsent(pixels[i], pixel -> nearest(pixel, palette));
            reduced.getRaster().setSample(i % width, i / width, 0, colour);
        }
        return reduced;
    }

    private static int nearest(int pixel, int[] palette) {
        int best = 0;
        for (int i = 0; i < palette.length; i++) {
            if (distance(pixel, palette[i]) < distance(pixel, palette[best])) {
                best = i;
            }
        }
        return best;
    }

    private static int distance(int a, int b) {
        int sum = 0;
        for (int shift = 0; shift < 24; shift += 8) {
            int difference = (a >> shift & 0xff) - (b >> shift & 0xff);
            sum += difference * difference;
        }
        return sum;
    }
}
