package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.bench.Result;
import dev.lanewise.bench.ResultFile;
import dev.lanewise.bench.ResultsFixture;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchTablesTest {
    private final ResultFile file = ResultsFixture.file(1, 1, 3, 512);

    @Test
    void timeAndRateAreOfTheSameRound() {
        List<List<String>> rows = BenchTables.figures(file).rows();
        for (int i = 0; i < rows.size(); i++) {
            Result result = file.results().get(i);
            double work = result.unit().equals("GFLOP/s") ? result.flops() : result.bytes();
            double seconds = Double.parseDouble(rows.get(i).get(4));
            assertEquals(1, result.median() * 1e9 * seconds / work, 1e-3, result.kernel());
        }
    }

    @Test
    void sharesOfTrainAreCalledEffectiveAndNoOthers() {
        for (List<String> row : BenchTables.of(file).rows()) {
            assertEquals(row.getFirst().contains("batch"), row.getLast().contains(" of fma (effective)"),
                    row::toString);
        }
    }

    @Test
    void theBestEpochIsNamedBesideTheMedian() {
        Result training = file.results().getLast();
        List<String> row = BenchTables.of(file).rows().getLast();
        assertTrue(row.getLast().endsWith(", best epoch %.1f ms".formatted(1e3 * training.epochS())), row::toString);
        assertEquals(training.epochS().toString(), BenchTables.figures(file).rows().getLast().get(12));
    }

    @Test
    void predictionsHaveImagesASecondAndLatencies() {
        ResultFile predicted = ResultsFixture.withPredictions(file);
        List<List<String>> rows = BenchTables.of(predicted).rows();
        String one = rows.get(rows.size() - 2).getLast();
        assertTrue(one.contains(" of fma (effective), 9") && one.endsWith(" images/s, p50 1010 ns, p99 1310 ns"), one);
        assertTrue(rows.getLast().getLast().endsWith(" images/s"), rows::toString);
        List<String> header = BenchTables.figures(predicted).header();
        List<String> figures = BenchTables.figures(predicted).rows().get(rows.size() - 2);
        assertEquals(List.of("images_per_s", "p50_s", "p99_s"), header.subList(13, 16));
        assertEquals(List.of("1.0100e-06", "1.3100e-06"), figures.subList(14, 16));
        Result result = predicted.results().get(rows.size() - 2);
        assertEquals(1e9 / result.medianNanos(), Double.parseDouble(figures.get(13)), 100);
        assertTrue(BenchPage.of(predicted).contains("<td class=\"number\">1.01 us</td>"));
    }
}
