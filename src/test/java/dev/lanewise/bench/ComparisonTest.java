package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final int SEEDS = 20;

    @Test
    void twoRunsOfOneProgramAreTheSame() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Comparison comparison = compare(ResultsFixture.file(seed, 1, 3, 512),
                    ResultsFixture.file(seed + 1000, 1, 3, 512));
            assertEquals(Set.of(Comparison.Verdict.SAME), verdicts(comparison, 1), "seed " + seed);
            assertEquals(List.of(), comparison.slowerBy(0), "seed " + seed);
        }
    }

    @Test
    void whatIsSlowerByMoreThanTheNoiseIsFoundOnItsOwnKernelsAlone() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Comparison comparison = compare(ResultsFixture.file(seed, 1, 3, 512),
                    ResultsFixture.file(seed + 1000, 1.1, 3, 512));
            List<String> slower = comparison.slowerBy(0.05).stream().map(Comparison.Row::kernel).toList();
            assertEquals(List.of("NN128x512x784", "exp 16384", "784-30-10 batch 32"), slower, "seed " + seed);
            assertEquals(List.of(), comparison.slowerBy(0.15), "seed " + seed);
            Comparison other = compare(ResultsFixture.file(seed, 1.1, 3, 512),
                    ResultsFixture.file(seed + 9, 1, 3, 512));
            assertEquals(List.of(), other.slowerBy(0), "seed " + seed);
            assertTrue(verdicts(other, 1).contains(Comparison.Verdict.FASTER), "seed " + seed);
        }
    }

    /** Rounds of one JVM are told apart by the rank test long before two JVMs of one program agree. */
    @Test
    void aSmallDifferenceBetweenSingleJvmsIsNotOne() {
        ResultFile before = ResultsFixture.file(1, 1, 1, 512);
        ResultFile after = ResultsFixture.file(2, 1.035, 1, 512);
        Result a = before.results().get(3);
        Result b = after.results().get(3);
        assertTrue(RankTest.probability(a.costs(), b.costs()) < 1e-4);
        assertEquals(Set.of(Comparison.Verdict.SAME), verdicts(compare(before, after), 1));
    }

    @Test
    void widthsOfOneFileAreColumnsAndMeetTheirOwnInTheNext() {
        Comparison comparison = compare(ResultsFixture.file(1, 1, 3, 128, 512),
                ResultsFixture.file(2, 1, 3, 256, 128));
        assertEquals(List.of("a 512", "a 128", "b 256", "b 128"),
                comparison.columns().stream().map(Comparison.Column::label).toList());
        assertEquals(List.of(0, 0, 0, 1), comparison.columns().stream().map(Comparison.Column::base).toList());
        assertEquals(Set.of(Comparison.Verdict.SAME), verdicts(comparison, 3));
        Comparison.Row fma = comparison.rows().getFirst(); // a quarter of the operations in the same time
        assertEquals("fma", fma.kernel());
        assertEquals(0.25, fma.cells().get(1).ratio(), 0.02);
    }

    @Test
    void aKernelThatOneFileLacksIsLeftEmpty() {
        ResultFile whole = ResultsFixture.file(1, 1, 3, 512);
        ResultFile part = new ResultFile(whole.format(), whole.version(), whole.created(), whole.command(),
                whole.environment(), whole.results().subList(0, 3), List.of());
        Comparison.Row row = compare(whole, part).rows().get(3);
        assertNull(row.cells().get(1));
        assertEquals(Comparison.Verdict.BASE, compare(part, whole).rows().get(3).cells().get(1).verdict());
    }

    private static Comparison compare(ResultFile a, ResultFile b) {
        Map<String, ResultFile> files = new LinkedHashMap<>();
        files.put("a", a);
        files.put("b", b);
        return Comparison.of(files);
    }

    private static Set<Comparison.Verdict> verdicts(Comparison comparison, int column) {
        return comparison.rows().stream().map(row -> row.cells().get(column).verdict()).collect(Collectors.toSet());
    }
}
