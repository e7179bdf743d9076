package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
            List<String> slower = comparison.slowerBy(0.05).stream().map(found -> found.row().kernel()).toList();
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
        ResultFile part = ResultsFixture.without(whole, "NN128x512x784", List.of());
        Comparison.Row row = compare(whole, part).rows().get(3);
        assertNull(row.cells().get(1));
        assertEquals(Comparison.Verdict.BASE, compare(part, whole).rows().getLast().cells().get(1).verdict());
    }

    /** One from before networks had names. */
    @Test
    void anOldFileIsComparedByWhatItHas() {
        ResultFile old = ResultsFixture.file(1, 1, 3, 512);
        Comparison comparison = compare(old, ResultsFixture.withNet(ResultsFixture.file(2, 1, 3, 512)));
        assertEquals(List.of("784-30-10 batch 32", "784-lenet-10 batch 32"), comparison.rows().stream()
                .filter(row -> row.group().equals("train")).map(Comparison.Row::kernel).toList());
        assertEquals(Comparison.Verdict.SAME, comparison.rows().get(5).cells().get(1).verdict());
        assertEquals(List.of("cannot tell about 784-lenet-10 batch 32 on 1 threads: missing in a at 512 bits"),
                comparison.unknown());
    }

    @Test
    void aFileIsNotSlowerThanItselfWhateverItsWidths() {
        for (int[] widths : new int[][]{{512}, {512, 128}, {128, 256, 512}}) {
            ResultFile file = ResultsFixture.file(3, 1, 3, widths);
            Comparison comparison = compare(file, file);
            assertEquals(List.of(), comparison.slowerBy(0), Arrays.toString(widths));
            assertEquals(List.of(), comparison.unknown(), Arrays.toString(widths));
        }
        assertEquals(List.of(), compare(ResultsFixture.file(3, 1, 3, 512), ResultsFixture.file(3, 1, 3, 512, 128))
                .slowerBy(0), "a width that the first file lacks");
    }

    @Test
    void whatIsMissingOrWrongInEitherFileIsUnknown() {
        ResultFile whole = ResultsFixture.file(1, 1, 3, 512, 128);
        ResultFile part = ResultsFixture.without(whole, "exp 16384", List.of());
        String kernel = "cannot tell about exp 16384 on 1 threads: ";
        assertEquals(List.of(kernel + "missing in b at 512 bits", kernel + "missing in b at 128 bits"),
                compare(whole, part).unknown());
        assertEquals(List.of(kernel + "missing in a at 512 bits", kernel + "missing in a at 128 bits"),
                compare(part, whole).unknown());
        ResultFile narrow = ResultsFixture.file(1, 1, 3, 128);
        ResultFile refused = ResultsFixture.without(narrow, "exp 16384",
                List.of(new ResultFile.Refusal("exp 16384", 1, 128, "element 0 is 1")));
        List<String> wrong = List.of(kernel + "wrong in b at 128 bits and not timed");
        assertEquals(wrong, compare(narrow, refused).unknown());
        assertEquals(List.of(wrong.getFirst().replace(" b ", " a ")), compare(refused, narrow).unknown());
        assertEquals(List.of(wrong.getFirst().replace(" b ", " a "), wrong.getFirst()),
                compare(refused, refused).unknown(), "wrong in both, so that there is no row");
        assertEquals(List.of("cannot tell about 512 bits: b has nothing of that width"),
                compare(whole, narrow).unknown());
        assertEquals(List.of(), compare(narrow, whole).unknown(), "a width that the first file lacks");
    }

    /** Three rounds a side differ as much as these by chance in one of ten: nothing could be shown. */
    @Test
    void tooFewRoundsAreNoProofThatATrainingIsAsFast() {
        for (double slowness : new double[]{1, 10}) {
            ResultFile before = ResultsFixture.withRounds(ResultsFixture.file(1, 1, 1, 512), "train", 3);
            ResultFile after = ResultsFixture.withRounds(ResultsFixture.file(2, slowness, 1, 512), "train", 3);
            Comparison comparison = compare(before, after);
            assertEquals(Comparison.Verdict.TOO_FEW, comparison.rows().getLast().cells().get(1).verdict());
            assertEquals(List.of("cannot tell about 784-30-10 batch 32 on 1 threads: too few rounds in a and b at "
                    + "512 bits; measure both with more --jvms"), comparison.unknown());
        }
    }

    /** In a table of a thousand comparisons, of as many JVMs as one likes. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 20})
    void theEpochsThatAreTimedAreEnoughToTell(int jvms) {
        int epochs = TrainBench.timedEpochs(jvms);
        assertTrue(1000 * RankTest.least(epochs * jvms, epochs * jvms) < 0.01, () -> epochs + " epochs");
        ResultFile before = ResultsFixture.withRounds(ResultsFixture.file(1, 1, jvms, 512), "train", epochs);
        ResultFile after = ResultsFixture.withRounds(ResultsFixture.file(2, 1.1, jvms, 512), "train", epochs);
        assertEquals(Comparison.Verdict.SLOWER, compare(before, after).rows().getLast().cells().get(1).verdict());
        assertEquals(List.of(), compare(before, before).unknown());
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
