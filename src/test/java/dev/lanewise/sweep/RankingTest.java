package dev.lanewise.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lanewise.run.Option;
import dev.lanewise.run.Recipe;
import dev.lanewise.train.Evaluation;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.stat.inference.TestUtils;
import org.junit.jupiter.api.Test;

class RankingTest {
    private static List<Outcome> outcomes(double rate, Double... accuracies) {
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < accuracies.length; i++) {
            Recipe recipe = Recipe.USUAL.with(Recipe.RATE, rate).seed(i + 1).resolve(Option::flag);
            outcomes.add(new Outcome("%032x".formatted(i), recipe, accuracies[i],
                    accuracies[i] == null ? null : Double.valueOf(1 - accuracies[i]), 1, 1,
                    accuracies[i] == null ? null : "w", List.of()));
        }
        return outcomes;
    }

    private static Ranking of(List<List<Outcome>> outcomes) {
        return Ranking.of(outcomes.stream().flatMap(List::stream).toList(), 1);
    }

    @Test
    void theMeanOverSeedsDecides() {
        Ranking ranking = of(List.of(outcomes(0.1, 0.9, 0.9), outcomes(0.2, 0.99, 0.85), outcomes(0.3, 0.8, 0.9)));
        assertEquals(List.of(0.2, 0.1, 0.3),
                ranking.rows().stream().map(row -> row.recipe().get(Recipe.RATE)).toList());
        Ranking.Row best = ranking.rows().getFirst();
        assertEquals(0.92, best.mean(), 1e-12);
        assertEquals(0.14 / Math.sqrt(2), best.spread(), 1e-12);
        assertEquals(0.92 - 12.706204736 * 0.07, best.interval().low(), 1e-8);
    }

    /** An accuracy is a share: an interval of two seeds may else reach beyond 100 %. */
    @Test
    void anIntervalEndsWhereSharesDo() {
        assertEquals(new Evaluation.Interval(0, 1), of(List.of(outcomes(0.1, 0.99, 0.5))).rows().getFirst().interval());
    }

    @Test
    void aRecipeWithFewerSeedsComesAfterThoseThatHaveAll() {
        Ranking ranking = Ranking.of(List.of(outcomes(0.1, 0.99), outcomes(0.2, 0.5, 0.6)).stream()
                .flatMap(List::stream).toList(), 2);
        assertEquals(List.of(0.2, 0.1), ranking.rows().stream().map(row -> row.recipe().get(Recipe.RATE)).toList());
        assertNull(ranking.comparison());
    }

    @Test
    void theModelIsThatOfTheFirstSeedThatHasOne() {
        Ranking ranking = of(List.of(outcomes(0.1, null, 0.9), outcomes(0.2, null, null)));
        assertEquals(2, ranking.rows().getFirst().model().recipe().get(Recipe.SEED));
        assertNull(ranking.rows().getLast().model());
    }

    @Test
    void aRecipeThatDivergedWithASeedComesLast() {
        Ranking ranking = of(List.of(outcomes(0.1, 0.99, null), outcomes(0.2, 0.5, 0.5), outcomes(0.3, null, null)));
        assertEquals(List.of(0.2, 0.1, 0.3),
                ranking.rows().stream().map(row -> row.recipe().get(Recipe.RATE)).toList());
        assertEquals(1, ranking.rows().get(1).diverged());
    }

    @Test
    void theBestIsComparedWithTheSecondSeedBySeed() {
        double[] a = {0.91, 0.93, 0.92, 0.94};
        double[] b = {0.90, 0.93, 0.90, 0.92};
        Ranking.Comparison found = of(List.of(outcomes(0.1, 0.91, 0.93, 0.92, 0.94),
                outcomes(0.2, 0.90, 0.93, 0.90, 0.92))).comparison();
        assertEquals(4, found.seeds());
        assertEquals(TestUtils.pairedTTest(a, b), found.probability(), 1e-9);
        assertEquals(0.0125, found.difference(), 1e-12);
        assertEquals(found.difference(), (found.interval().low() + found.interval().high()) / 2, 1e-12);
    }

    @Test
    void oneSeedOrOneRecipeTellsNoDifference() {
        assertNull(of(List.of(outcomes(0.1, 0.9), outcomes(0.2, 0.8))).comparison());
        assertNull(of(List.of(outcomes(0.1, 0.9, 0.8))).comparison());
        assertNull(of(List.of(outcomes(0.1, 0.9), outcomes(0.2, 0.8))).rows().getFirst().interval());
    }
}
