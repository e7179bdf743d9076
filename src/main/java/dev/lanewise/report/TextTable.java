package dev.lanewise.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A table as text.
 *
 * @param header the columns' names
 * @param numeric which columns hold numbers, to be aligned on the right
 * @param rows cells, as many as the header has
 */
public record TextTable(List<String> header, List<Boolean> numeric, List<List<String>> rows) {
    /** What a terminal would obey, or would end a line or turn it round: cells have names from files. */
    private static final String NO_TEXT = "[\\p{Cc}\\p{Zl}\\p{Zp}\\u202a-\\u202e\\u2066-\\u2069]";

    /** Columns aligned by blanks, for people. */
    public String text() {
        int[] widths = new int[header.size()];
        List<List<String>> all = withHeader().stream().map(row -> row.stream().map(TextTable::shown).toList()).toList();
        for (List<String> row : all) {
            for (int c = 0; c < widths.length; c++) {
                widths[c] = Math.max(widths[c], row.get(c).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < widths.length; c++) {
                String blanks = " ".repeat(widths[c] - row.get(c).length());
                line.append(numeric.get(c) ? blanks + row.get(c) : row.get(c) + blanks).append("  ");
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** For a README. */
    public String markdown() {
        StringBuilder text = new StringBuilder();
        appendMarkdown(text, escaped(header));
        appendMarkdown(text, numeric.stream().map(number -> number ? "---:" : "---").toList());
        rows.forEach(row -> appendMarkdown(text, escaped(row)));
        return text.toString();
    }

    private static void appendMarkdown(StringBuilder text, List<String> row) {
        text.append("| ").append(String.join(" | ", row)).append(" |\n");
    }

    private static List<String> escaped(List<String> row) {
        return row.stream().map(cell -> escape(cell.strip())).toList();
    }

    private static String shown(String text) {
        return text.replaceAll(NO_TEXT, "?");
    }

    /** What Markdown would take for its own, taken as it is; in place of what is no text, question marks. */
    public static String escape(String text) {
        return shown(text).replaceAll("[\\\\*_|<>\\[\\]`]", "\\\\$0");
    }

    /** For programs: RFC 4180, but lines end in a line feed. */
    public String csv() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : withHeader()) {
            text.append(String.join(",", row.stream().map(TextTable::quoted).toList())).append('\n');
        }
        return text.toString();
    }

    private static String quoted(String cell) {
        return cell.matches("(?s).*[\",\n].*") ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
    }

    private List<List<String>> withHeader() {
        List<List<String>> all = new ArrayList<>();
        all.add(header);
        all.addAll(rows);
        return all;
    }
}
