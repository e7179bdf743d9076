import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Draws the README's chart of epochs from their table: {@code java src/doc/EpochsChart.java TABLE.csv > src/doc/epochs.svg}. */
final class EpochsChart {
    private static final int WIDTH = 720;
    private static final int LEFT = 130; // of the bars
    private static final int WORDS = 230; // behind the bars
    private static final int BAR = 14;
    private static final int ROW = 22;
    private static final int TOP = 34;

    private EpochsChart() {
    }

    /** A row of the table: network, batch, seconds an epoch, spread, the fastest peer, its seconds. */
    private record Epochs(String network, String batch, double seconds, String peer, double peerSeconds) {
        static Epochs of(String line) {
            String[] cells = line.split(",");
            return new Epochs(cells[0], cells[1], Double.parseDouble(cells[2]), cells[4], Double.parseDouble(cells[5]));
        }

        double times() {
            return peerSeconds / seconds;
        }
    }

    public static void main(String[] args) throws IOException {
        List<Epochs> rows = Files.readAllLines(Path.of(args[0])).stream().skip(1).map(Epochs::of).toList();
        double most = Math.ceil(2 * rows.stream().mapToDouble(Epochs::times).max().orElseThrow()) / 2;
        double unit = (WIDTH - LEFT - WORDS) / most;
        int height = TOP + ROW * rows.size() + 8;
        StringBuilder svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%1$d" height="%2$d" role="img">
                <title>Epochs of MNIST: how many times as fast as the fastest of the other programs</title>
                <style>
                text { font: 13px sans-serif; fill: #1f2328 }
                .bar { fill: #0969da }
                .one { stroke: #1f2328; stroke-dasharray: 4 3 }
                @media (prefers-color-scheme: dark) {
                  text { fill: #e6edf3 }
                  .bar { fill: #4493f8 }
                  .one { stroke: #e6edf3 }
                }
                </style>
                <text x="0" y="16">hidden units, batch</text>
                """.formatted(WIDTH, height));
        line(svg, "<text x=\"%.0f\" y=\"16\" text-anchor=\"middle\">as fast as the fastest peer</text>", LEFT + unit);
        for (int i = 0; i < rows.size(); i++) {
            Epochs row = rows.get(i);
            int y = TOP + i * ROW;
            line(svg, "<text x=\"0\" y=\"%d\">%s, %s</text>", y + 12, row.network(), row.batch());
            line(svg, "<rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", LEFT, y, unit * row.times(), BAR);
            line(svg, "<text x=\"%.1f\" y=\"%d\">%.2f &#215; %s</text>", LEFT + unit * Math.max(1, row.times()) + 6, y + 12, row.times(),
                    row.peer());
        }
        line(svg, "<line class=\"one\" x1=\"%.1f\" x2=\"%1$.1f\" y1=\"%d\" y2=\"%d\"/>", LEFT + unit, TOP - 10, height);
        System.out.print(svg.append("</svg>\n"));
    }

    private static void line(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
