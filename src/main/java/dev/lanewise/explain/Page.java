package dev.lanewise.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a command explains, block by block, for a terminal of 80 columns or as Markdown. ASCII alone. */
public final class Page {
    /** How a page is written. */
    public enum Format {
        /** At most 80 columns of plain text. */
        PLAIN,
        /** Markdown. */
        MD
    }

    private static final int WIDTH = 80;

    private sealed interface Block {
    }

    private record Heading(String text, boolean title) implements Block {
    }

    private record Text(String text) implements Block {
    }

    private record Lines(List<String> lines) implements Block {
    }

    private record Table(List<String> header, List<List<String>> rows) implements Block {
    }

    private final List<Block> blocks = new ArrayList<>();

    /** A page of that title. */
    public Page(String title) {
        blocks.add(new Heading(title, true));
    }

    /** Begins a section. */
    public Page section(String heading) {
        blocks.add(new Heading(heading, false));
        return this;
    }

    /** A paragraph from a format and its arguments, wrapped where it must be. */
    @SuppressWarnings("AnnotateFormatMethod") // its annotation is no dependency of this module
    public Page text(String format, Object... args) {
        blocks.add(new Text(format.formatted(args)));
        return this;
    }

    /** Lines that stay as they are; at most 76 columns. */
    public Page lines(List<String> lines) {
        blocks.add(new Lines(List.copyOf(lines)));
        return this;
    }

    /** Matrices under their names, formulas and shapes. */
    public Page matrices(Matrix... matrices) {
        return lines(Arrays.stream(matrices).flatMap(matrix -> matrix.lines().stream()).toList());
    }

    /** Columns under their headings; the first is aligned left, and so are others of words. */
    public Page table(List<String> header, List<List<String>> rows) {
        blocks.add(new Table(List.copyOf(header), List.copyOf(rows)));
        return this;
    }

    /**
     * A matrix as it is written on paper.
     *
     * @param formula such as {@code z1 = x W1 + b1}
     * @param values row-major, [rows, cols]
     */
    public record Matrix(String formula, int rows, int cols, float[] values) {
        List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add("%-45s [%d, %d]".formatted(formula, rows, cols));
            for (int i = 0; i < rows; i++) {
                StringBuilder line = new StringBuilder(" ");
                for (int j = 0; j < cols; j++) {
                    line.append(' ').append(number(values[i * cols + j]));
                }
                lines.add(line.toString());
            }
            return lines;
        }
    }

    /** Nine columns: four decimals where they show something, else an exponent. */
    static String number(double value) {
        double magnitude = Math.abs(value);
        boolean plain = value == 0 || magnitude >= 1e-3 && magnitude < 1000 || !Double.isFinite(value);
        return (plain ? "%9.4f" : magnitude == Math.rint(magnitude) && magnitude < 1e6 ? "%9.0f" : "%9.2e")
                .formatted(value);
    }

    /** The page in a format, ending with a line break. */
    public String in(Format format) {
        StringBuilder out = new StringBuilder();
        for (Block block : blocks) {
            if (!out.isEmpty()) {
                out.append('\n');
            }
            switch (format) {
                case PLAIN -> plain(block, out);
                case MD -> markdown(block, out);
            }
        }
        return out.toString();
    }

    private static void plain(Block block, StringBuilder out) {
        switch (block) {
            case Heading(String text, boolean title) ->
                out.append(text).append('\n').append((title ? "=" : "-").repeat(text.length())).append('\n');
            case Text(String text) -> wrap(text, out);
            case Lines(List<String> lines) -> lines.forEach(line -> out.append(("  " + line).stripTrailing())
                    .append('\n'));
            case Table(List<String> header, List<List<String>> rows) -> {
                int[] widths = new int[header.size()];
                boolean[] left = left(header, rows);
                for (int c = 0; c < widths.length; c++) {
                    widths[c] = header.get(c).length();
                    for (List<String> row : rows) {
                        widths[c] = Math.max(widths[c], row.get(c).length());
                    }
                }
                row(header, widths, left, out);
                rows.forEach(row -> row(row, widths, left, out));
            }
        }
    }

    private static boolean[] left(List<String> header, List<List<String>> rows) {
        boolean[] left = new boolean[header.size()];
        for (int c = 0; c < left.length; c++) {
            String first = rows.getFirst().get(c);
            left[c] = c == 0 || !first.equals("NaN") && Character.isLetter(first.charAt(0));
        }
        return left;
    }

    private static void row(List<String> cells, int[] widths, boolean[] left, StringBuilder out) {
        StringBuilder line = new StringBuilder();
        for (int c = 0; c < widths.length; c++) {
            String padding = " ".repeat(widths[c] - cells.get(c).length());
            line.append("  ").append(left[c] ? cells.get(c) + padding : padding + cells.get(c));
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }

    private static void wrap(String text, StringBuilder out) {
        int column = 0;
        for (String word : text.split(" ")) {
            if (column > 0 && column + 1 + word.length() > WIDTH) {
                out.append('\n');
                column = 0;
            }
            if (column > 0) {
                out.append(' ');
                column++;
            }
            out.append(word);
            column += word.length();
        }
        out.append('\n');
    }

    private static void markdown(Block block, StringBuilder out) {
        switch (block) {
            case Heading(String text, boolean title) -> out.append(title ? "# " : "## ").append(text).append('\n');
            case Text(String text) -> out.append(escape(text)).append('\n');
            case Lines(List<String> lines) -> {
                out.append("```text\n");
                lines.forEach(line -> out.append(line.stripTrailing()).append('\n'));
                out.append("```\n");
            }
            case Table(List<String> header, List<List<String>> rows) -> {
                cells(header, out);
                for (boolean left : left(header, rows)) {
                    out.append(left ? "| --- " : "| ---: ");
                }
                out.append("|\n");
                rows.forEach(row -> cells(row, out));
            }
        }
    }

    private static void cells(List<String> cells, StringBuilder out) {
        cells.forEach(cell -> out.append("| ").append(escape(cell.strip())).append(' '));
        out.append("|\n");
    }

    /** What Markdown would take for its own. */
    private static String escape(String text) {
        return text.replaceAll("[\\\\*_|<>\\[\\]`]", "\\\\$0");
    }
}
