package dev.lanewise.explain;

import dev.lanewise.report.TextTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

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
        TextTable asText() {
            return new TextTable(header, IntStream.range(0, header.size()).mapToObj(this::isNumeric).toList(), rows);
        }

        private boolean isNumeric(int column) {
            String first = rows.getFirst().get(column);
            return column > 0 && (first.equals("NaN") || !Character.isLetter(first.charAt(0)));
        }
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

    /** A matrix as it is written on paper. */
    public static final class Matrix {
        final String formula; // such as {@code z1 = x W1 + b1}
        final int rows;
        final int cols;
        final float[] values; // row-major, [rows, cols]

        /** One of these values, [rows, cols], which are not copied. */
        public Matrix(String formula, int rows, int cols, float[] values) {
            this.formula = formula;
            this.rows = rows;
            this.cols = cols;
            this.values = values;
        }

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
            case Table table ->
                table.asText().text().lines().forEach(line -> out.append("  ").append(line).append('\n'));
        }
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
            case Text(String text) -> out.append(TextTable.escape(text)).append('\n');
            case Lines(List<String> lines) -> {
                out.append("```text\n");
                lines.forEach(line -> out.append(line.stripTrailing()).append('\n'));
                out.append("```\n");
            }
            case Table table -> out.append(table.asText().markdown());
        }
    }
}
