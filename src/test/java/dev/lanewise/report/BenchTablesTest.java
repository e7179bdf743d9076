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
        assertEquals(training.epochS().toString(), BenchTables.figures(file).rows().getLast().getLast());
    }
}
