package dev.lanewise.report;

import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Result;
import dev.lanewise.bench.ResultFile;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Benchmark results as tables. */
public final class BenchTables {
    private BenchTables() {
    }

    /** A row a result, as people read it. */
    public static TextTable of(ResultFile file) {
        List<List<String>> rows = new ArrayList<>();
        for (Result r : file.results()) {
            String training = r.epochS() == null || r.testAccuracy() == null
                    ? ""
                    : String.format(Locale.ROOT, ", test %.2f %%, best epoch %s", 100 * r.testAccuracy(),
                            time(1e9 * r.epochS()));
            rows.add(List.of(r.kernel(), String.valueOf(r.threads()), String.valueOf(r.bits()), time(r.medianNanos()),
                    rate(r), String.format(Locale.ROOT, "%.1f %%", 100 * (r.high() - r.low()) / r.median()),
                    r.share() == null
                            ? ""
                            : String.format(Locale.ROOT, "%.0f %% of %s%s%s", 100 * r.share(), r.roof(),
                                    r.isEffective() ? " (effective)" : "", training + predicting(r))));
        }
        return new TextTable(List.of("kernel", "threads", "bits", "time", "rate", "spread", "share"),
                List.of(false, true, true, true, true, true, false), rows);
    }

    private static String predicting(Result r) {
        return r.images() == null
                ? ""
                : String.format(Locale.ROOT, ", %,.0f images/s", r.imagesPerSecond())
                        + (r.p50Ns() == null || r.p99Ns() == null
                                ? ""
                                : ", p50 " + time(r.p50Ns()) + ", p99 " + time(r.p99Ns()));
    }

    /** A row a result, in full digits. */
    public static TextTable figures(ResultFile file) {
        List<List<String>> rows = new ArrayList<>();
        for (Result r : file.results()) {
            rows.add(List.of(r.group(), r.kernel(), String.valueOf(r.threads()), String.valueOf(r.bits()),
                    String.format(Locale.ROOT, "%.4e", r.medianNanos() / 1e9), String.valueOf(r.median()),
                    String.valueOf(r.low()),
                    String.valueOf(r.high()), r.unit(), r.share() == null ? "" : String.valueOf(r.share()),
                    r.roof() == null ? "" : r.roof(), r.testAccuracy() == null ? "" : r.testAccuracy().toString(),
                    r.epochS() == null ? "" : r.epochS().toString(),
                    Objects.toString(r.imagesPerSecond(), ""),
                    r.p50Ns() == null ? "" : String.format(Locale.ROOT, "%.4e", r.p50Ns() / 1e9),
                    r.p99Ns() == null ? "" : String.format(Locale.ROOT, "%.4e", r.p99Ns() / 1e9)));
        }
        return new TextTable(List.of("group", "kernel", "threads", "bits", "seconds", "median", "low", "high", "unit",
                "share", "roof", "test_accuracy", "epoch_s", "images_per_s", "p50_s", "p99_s"),
                Collections.nCopies(16, false), rows);
    }

    /** A row a result, for people who compare: numbers of three digits. */
    static TextTable rounded(ResultFile file) {
        List<List<String>> rows = new ArrayList<>();
        for (Result r : file.results()) {
            Double images = r.imagesPerSecond();
            rows.add(List.of(r.group(), r.kernel(), String.valueOf(r.threads()), String.valueOf(r.bits()),
                    threeOfTime(r.medianNanos()), three(r.median()), three(r.low()), three(r.high()), r.unit(),
                    r.share() == null ? "" : three(100 * r.share()) + " %", r.roof() == null ? "" : r.roof(),
                    r.testAccuracy() == null ? "" : three(100 * r.testAccuracy()) + " %",
                    r.epochS() == null ? "" : threeOfTime(1e9 * r.epochS()),
                    images == null ? "" : three(images),
                    r.p50Ns() == null ? "" : threeOfTime(r.p50Ns()),
                    r.p99Ns() == null ? "" : threeOfTime(r.p99Ns())));
        }
        return new TextTable(List.of("group", "kernel", "threads", "bits", "time", "median", "low", "high", "unit",
                "share", "of", "test accuracy", "best epoch", "images/s", "p50", "p99"),
                List.of(false, false, true, true, true, true, true, true, false, true, false, true, true, true, true,
                        true),
                rows);
    }

    /** Three digits at least: {@code 0.0123}, {@code 2.00}, {@code 12300}. */
    private static String three(double value) {
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(3));
        int decimals = Math.max(0, 3 - rounded.precision() + rounded.scale());
        return rounded.setScale(decimals, RoundingMode.UNNECESSARY).toPlainString();
    }

    private static String threeOfTime(double nanos) {
        return nanos < 999.5
                ? three(nanos) + " ns"
                : nanos < 999.5e3
                        ? three(nanos / 1e3) + " us"
                        : nanos < 999.5e6 ? three(nanos / 1e6) + " ms" : three(nanos / 1e9) + " s";
    }

    /** A row a kernel, the columns of the comparison after it. */
    public static TextTable of(Comparison comparison) {
        List<String> header = new ArrayList<>(List.of("kernel", "threads"));
        List<Boolean> numeric = new ArrayList<>(List.of(false, true));
        for (Comparison.Column column : comparison.columns()) {
            header.add(column.label());
            numeric.add(true);
        }
        List<List<String>> rows = new ArrayList<>();
        for (Comparison.Row row : comparison.rows()) {
            List<String> cells = new ArrayList<>(List.of(row.kernel(), String.valueOf(row.threads())));
            for (Comparison.Cell cell : row.cells()) {
                cells.add(cell == null ? "-" : rate(cell.result()) + switch (cell.verdict()) {
                    case BASE -> "";
                    case SAME -> " (~)";
                    case TOO_FEW -> " (?)";
                    case FASTER, SLOWER -> String.format(Locale.ROOT, " (%+.0f %%)", 100 * (cell.ratio() - 1));
                });
            }
            rows.add(cells);
        }
        return new TextTable(header, numeric, rows);
    }

    private static String rate(Result result) {
        return String.format(Locale.ROOT, "%,.1f %s", result.median(), result.unit());
    }

    private static String time(double nanos) {
        return nanos < 1e4
                ? String.format(Locale.ROOT, "%.0f ns", nanos)
                : nanos < 1e7
                        ? String.format(Locale.ROOT, "%.1f us", nanos / 1e3)
                        : nanos < 1e9
                                ? String.format(Locale.ROOT, "%.1f ms", nanos / 1e6)
                                : String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
    }
}
