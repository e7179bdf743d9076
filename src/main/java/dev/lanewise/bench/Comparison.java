package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Results side by side: a row a kernel, a column a file and vector width. Each column is compared with the first file's
 * of the same width, or with the first column where that has none.
 *
 * <p>A difference is called one if all of these say so: the two-sided rank test of Mann and Whitney on the rounds at
 * 1 %, after Holm's correction for the number of comparisons in the table; the JVMs' medians, which do not overlap
 * (rounds of one JVM share its compiled code and its memory's layout, so that they alone would call two runs of one
 * program different); and a ratio of the medians of more than 2 %, or 5 % where a side has fewer than three JVMs.
 *
 * <p>That nothing is slower is asked of other files than the first at widths that the first has, and is known only where
 * both sides have a kernel, and rounds enough for the test to tell.
 */
public final class Comparison {
    private static final double SIGNIFICANCE = 0.01;
    private static final double LEAST = 0.02;
    private static final double LEAST_WITH_FEW_JVMS = 0.05;

    /** What a comparison found. */
    public enum Verdict {
        /** Compared with nothing. */
        BASE,
        /** No difference was shown: what there is may be noise. */
        SAME,
        /** Faster than the base. */
        FASTER,
        /** Slower than the base. */
        SLOWER,
        /** So few rounds that, whatever they were, no difference would have been shown. */
        TOO_FEW
    }

    /**
     * A file at one width.
     *
     * @param name of the file
     * @param file what it holds
     * @param label the name, with the width where the file has several
     * @param base the column that it is compared with; itself where there is none
     */
    public record Column(String name, ResultFile file, String label, int bits, int base) {
    }

    /**
     * A kernel in a column.
     *
     * @param ratio of its rate to the base's; 1 for the base
     * @param probability of the rank test, corrected; 1 for the base
     */
    public record Cell(Result result, double ratio, double probability, Verdict verdict) {
    }

    /**
     * A kernel.
     *
     * @param cells by column; null where a column does not have it
     */
    public record Row(String group, String kernel, int threads, List<@Nullable Cell> cells) {
        @Override
        public String toString() {
            return on(kernel, threads);
        }
    }

    /** A kernel that is slower than the base in a column. */
    public record Slower(Row row, Column column) {
    }

    private final Map<String, ResultFile> files;
    private final List<Column> columns;
    private final List<Row> rows;

    private Comparison(Map<String, ResultFile> files, List<Column> columns, List<Row> rows) {
        this.files = files;
        this.columns = columns;
        this.rows = rows;
    }

    /** Files, the base first, by name. */
    public static Comparison of(Map<String, ResultFile> files) {
        List<Column> columns = columns(files);
        Map<String, @Nullable Result[]> kernels = new LinkedHashMap<>(); // results by column
        for (int c = 0; c < columns.size(); c++) {
            for (Result result : columns.get(c).file().results()) {
                if (result.bits() == columns.get(c).bits()) {
                    String key = String.format(Locale.ROOT, "%s %s %d %s", result.group(), result.kernel(),
                            result.threads(),
                            result.unit());
                    kernels.computeIfAbsent(key, _ -> new @Nullable Result[columns.size()])[c] = result;
                }
            }
        }
        List<Row> rows = new ArrayList<>();
        for (@Nullable
        Result[] results : kernels.values()) {
            List<@Nullable Cell> cells = new ArrayList<>();
            for (int c = 0; c < results.length; c++) {
                int base = columns.get(c).base();
                if (results[c] == null) {
                    cells.add(null);
                } else if (base == c || results[base] == null) {
                    cells.add(new Cell(results[c], 1, 1, Verdict.BASE));
                } else {
                    cells.add(compare(results[base], results[c]));
                }
            }
            Result any = Arrays.stream(results).filter(Objects::nonNull).findFirst().orElseThrow();
            rows.add(new Row(any.group(), any.kernel(), any.threads(), cells));
        }
        correct(columns, rows);
        return new Comparison(files, columns, rows);
    }

    /** The columns. */
    public List<Column> columns() {
        return columns;
    }

    /** The rows, as the files have them. */
    public List<Row> rows() {
        return rows;
    }

    /** What another file than the first has significantly slower at the same width, by more than this share. */
    public List<Slower> slowerBy(double share) {
        List<Slower> slower = new ArrayList<>();
        for (int c = 0; c < columns.size(); c++) {
            Column column = columns.get(c);
            Column base = columns.get(column.base());
            for (Row row : rows) {
                Cell cell = row.cells().get(c);
                if (!column.name().equals(base.name()) && column.bits() == base.bits() && cell != null
                        && cell.verdict() == Verdict.SLOWER && 1 / cell.ratio() - 1 > share) {
                    slower.add(new Slower(row, column));
                }
            }
        }
        return slower;
    }

    /** Of what it cannot be told whether it is slower than in the first file, and why: a sentence a reason. */
    public List<String> unknown() {
        Map<String, List<String>> kernels = new LinkedHashMap<>(); // by reason
        files.forEach((name, file) -> file.refused().forEach(refusal -> note(kernels,
                String.format(Locale.ROOT, "wrong in %s at %d bits and not timed", name, refusal.bits()),
                on(refusal.kernel(), refusal.threads()))));
        String first = columns.getFirst().name();
        for (String other : files.keySet()) {
            for (Column base : columns) {
                if (!base.name().equals(first) || other.equals(first)) {
                    continue;
                }
                Optional<Column> column = columns.stream()
                        .filter(found -> found.name().equals(other) && found.bits() == base.bits()).findFirst();
                if (column.isEmpty()) {
                    note(kernels, "%s has nothing of that width".formatted(other), base.bits() + " bits");
                } else {
                    rows.forEach(row -> unknown(row, base, column.get())
                            .ifPresent(why -> note(kernels, why, row.toString())));
                }
            }
        }
        return kernels.entrySet().stream()
                .map(entry -> "cannot tell about %s: %s".formatted(String.join(", ", entry.getValue()), entry.getKey()))
                .toList();
    }

    private Optional<String> unknown(Row row, Column first, Column other) {
        Cell base = row.cells().get(columns.indexOf(first));
        Cell cell = row.cells().get(columns.indexOf(other));
        if (base != null && cell != null) {
            return cell.verdict() != Verdict.TOO_FEW
                    ? Optional.empty()
                    : Optional.of(String.format(Locale.ROOT,
                            "too few rounds in %s and %s at %d bits; measure both with more --jvms", first.name(),
                            other.name(), first.bits()));
        }
        Column lacking = base == null ? first : other;
        return base == null && cell == null || isRefused(lacking, row)
                ? Optional.empty()
                : Optional.of(String.format(Locale.ROOT, "missing in %s at %d bits", lacking.name(), first.bits()));
    }

    private static void note(Map<String, List<String>> kernels, String reason, String kernel) {
        kernels.computeIfAbsent(reason, _ -> new ArrayList<>()).add(kernel);
    }

    private static String on(String kernel, int threads) {
        return String.format(Locale.ROOT, "%s on %d threads", kernel, threads);
    }

    private static boolean isRefused(Column column, Row row) {
        return column.file().refused().stream().anyMatch(refusal -> refusal.kernel().equals(row.kernel())
                && refusal.threads() == row.threads() && refusal.bits() == column.bits());
    }

    private static List<Column> columns(Map<String, ResultFile> files) {
        List<Column> columns = new ArrayList<>();
        int ofFirstFile = 0;
        for (Map.Entry<String, ResultFile> entry : files.entrySet()) {
            List<Integer> widths = entry.getValue().results().stream().map(Result::bits).distinct()
                    .sorted(Comparator.reverseOrder()).toList();
            for (int bits : widths) {
                int base = ofFirstFile == 0 ? 0 : base(columns.subList(0, ofFirstFile), bits);
                String label = widths.size() == 1
                        ? entry.getKey()
                        : String.format(Locale.ROOT, "%s %d", entry.getKey(), bits);
                columns.add(new Column(entry.getKey(), entry.getValue(), label, bits, base));
            }
            if (ofFirstFile == 0) {
                ofFirstFile = columns.size();
            }
        }
        return columns;
    }

    private static int base(List<Column> first, int bits) {
        for (int c = 0; c < first.size(); c++) {
            if (first.get(c).bits() == bits) {
                return c;
            }
        }
        return 0;
    }

    /** Told apart by all but the correction for many comparisons. */
    private static Cell compare(Result base, Result result) {
        double ratio = base.medianCost() / result.medianCost();
        double least = Math.min(base.nanos().size(), result.nanos().size()) < 3 ? LEAST_WITH_FEW_JVMS : LEAST;
        double[] before = base.jvmCosts();
        double[] after = result.jvmCosts();
        Verdict verdict = Verdict.SAME;
        if (ratio > 1 + least && after[after.length - 1] < before[0]) {
            verdict = Verdict.FASTER;
        } else if (1 / ratio > 1 + least && after[0] > before[before.length - 1]) {
            verdict = Verdict.SLOWER;
        }
        return new Cell(result, ratio, RankTest.probability(base.costs(), result.costs()), verdict);
    }

    /** Holm (1979): the i-th smallest of n is multiplied by n - i + 1, and is not less than those before it. */
    private static void correct(List<Column> columns, List<Row> rows) {
        record Place(List<@Nullable Cell> row, int column, Cell cell, Cell base) {
            double least() {
                return RankTest.least(rounds(cell), rounds(base));
            }

            private static int rounds(Cell cell) {
                return cell.result().costs().length;
            }
        }
        List<Place> places = new ArrayList<>();
        for (Row row : rows) {
            for (int c = 0; c < row.cells().size(); c++) {
                Cell cell = row.cells().get(c);
                Cell base = row.cells().get(columns.get(c).base());
                if (cell != null && base != null && cell.verdict() != Verdict.BASE) {
                    places.add(new Place(row.cells(), c, cell, base));
                }
            }
        }
        places.sort(Comparator.comparingDouble(place -> place.cell().probability()));
        double largest = 0;
        for (int i = 0; i < places.size(); i++) {
            Place place = places.get(i);
            Cell cell = place.cell();
            largest = Math.clamp(cell.probability() * (places.size() - i), largest, 1);
            Verdict verdict = largest < SIGNIFICANCE
                    ? cell.verdict()
                    : place.least() * places.size() < SIGNIFICANCE ? Verdict.SAME : Verdict.TOO_FEW;
            place.row().set(place.column(), new Cell(cell.result(), cell.ratio(), largest, verdict));
        }
    }
}
