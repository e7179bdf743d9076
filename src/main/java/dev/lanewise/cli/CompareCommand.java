package dev.lanewise.cli;

import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.ResultFile;
import dev.lanewise.data.InputException;
import dev.lanewise.report.BenchTables;
import dev.lanewise.report.TextTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise bench compare}. */
@Command(name = "compare", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Puts saved results side by side: CPUs, vector widths, or before and after a change.", description = {
                "Each column is compared with the first file, at the same vector width where it has that; the widths "
                        + "of the first file are compared with its widest. A difference is shown where three things "
                        + "say so:",
                "- the rank test of Mann and Whitney, two-sided, on all rounds: p below 1 %%, corrected for the number "
                        + "of comparisons by Holm's method;",
                "- no JVM of one side is as fast as one of the other;",
                "- the medians differ by more than 2 %% (5 %% where a side has fewer than three JVMs).",
                "Else the cell has a '~': no difference was shown; or a '?': so few rounds were taken that none could "
                        + "be.",
                "",
                "--fail-slower looks at other files than the first, width by width. The status is 3, with a line that "
                        + "says why, if a kernel is slower by more than that, and also if that cannot be told: where a "
                        + "kernel or a width is missing in one file, was wrong and not timed, or has a '?'. Else it "
                        + "is 0.",
                ""})
final class CompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE",
            description = "Files that 'lanewise bench --save' wrote; the base first.")
    private List<Path> files;

    @Option(names = "--fail-slower", paramLabel = "PERCENT", converter = PercentConverter.class,
            description = "Ends with status 3 if a kernel is slower than the base by more than this, such as 5%%, or "
                    + "if that cannot be told (default: no limit).")
    private @Nullable Double failSlower;

    @Option(names = "-o", defaultValue = "table", paramLabel = "FORMAT", converter = BenchCommand.FormatConverter.class,
            description = "How to print: table, csv or md (default: ${DEFAULT-VALUE}).")
    private BenchCommand.Format format;

    @Override
    public Integer call() throws IOException {
        if (format == BenchCommand.Format.JSON) {
            throw new ParameterException(spec.commandLine(), "-o json is what 'bench' writes; choose table, csv or md");
        }
        if (failSlower != null && files.size() < 2) {
            throw new ParameterException(spec.commandLine(),
                    "--fail-slower: name two files or more, the base first; with one there is nothing to compare");
        }
        Map<String, ResultFile> results = new LinkedHashMap<>();
        for (Path file : files) {
            Path base = file.getFileName();
            boolean unique = base != null
                    && files.stream().filter(other -> base.equals(other.getFileName())).count() == 1;
            String name = unique ? base.toString().replaceFirst("\\.json$", "") : file.toString();
            if (results.put(name, ResultFile.read(file)) != null) {
                throw new InputException("%s is given twice; name different files".formatted(file));
            }
        }
        Comparison comparison = Comparison.of(results);
        TextTable table = BenchTables.of(comparison);
        System.out.print(switch (format) {
            case MD -> table.markdown();
            case CSV -> table.csv();
            default -> table.text();
        });
        if (failSlower == null) {
            return 0;
        }
        List<Comparison.Slower> slower = comparison.slowerBy(failSlower);
        for (Comparison.Slower found : slower) {
            System.err.printf("lanewise: %s is slower by more than %s %% in %s%n", found.row(),
                    "%.3f".formatted(100 * failSlower).replaceFirst("\\.?0+$", ""), found.column().label());
        }
        List<String> unknown = comparison.unknown();
        unknown.forEach(sentence -> System.err.println("lanewise: " + sentence));
        return slower.isEmpty() && unknown.isEmpty() ? 0 : Main.TARGET_MISSED;
    }

    /** {@code 5%} or {@code 5} to 0.05. */
    static final class PercentConverter implements ITypeConverter<Double> {
        @Override
        public Double convert(String value) {
            String number = value.endsWith("%") ? value.substring(0, value.length() - 1).strip() : value;
            if (!number.matches("\\d{1,4}(\\.\\d{1,6})?")) {
                throw new TypeConversionException("'%s' is no percentage; write one such as 5%%".formatted(value));
            }
            return Double.parseDouble(number) / 100;
        }
    }
}
