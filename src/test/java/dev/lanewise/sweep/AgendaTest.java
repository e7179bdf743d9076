package dev.lanewise.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.run.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AgendaTest {
    private static Space space(int recipes, int epochs, String seeds) {
        return Space.grid(Recipe.USUAL, List.of(Axis.parse(Recipe.BATCH_SIZE, "1.." + recipes),
                Axis.parse(Recipe.EPOCHS, String.valueOf(epochs)), Axis.parse(Recipe.SEED, seeds)));
    }

    private static Outcome outcome(Recipe recipe, double accuracy) {
        return new Outcome("%08x".formatted(recipe.hashCode()), recipe, accuracy, 1 - accuracy, 1, 1, "w", List.of());
    }

    /** What is trained where one thread takes one after the other. */
    private static List<Recipe> all(Agenda agenda, ToDoubleFunction<Recipe> accuracy) {
        List<Recipe> done = new ArrayList<>();
        for (Recipe next = agenda.next(); next != null; next = agenda.next()) {
            done.add(next);
            agenda.told(outcome(next, accuracy.applyAsDouble(next)));
        }
        assertTrue(agenda.isIdle());
        assertEquals(0, agenda.left());
        return done;
    }

    private static Map<Integer, Long> byEpochs(List<Recipe> recipes) {
        return recipes.stream().collect(Collectors.groupingBy(recipe -> recipe.get(Recipe.EPOCHS), TreeMap::new,
                Collectors.counting()));
    }

    @Test
    void aListIsDoneInItsOrder() {
        List<Recipe> trainings = space(3, 2, "1..2").trainings();
        assertEquals(trainings, all(Agenda.of(trainings), _ -> 0.5));
    }

    /** The larger the batch the better: the last ones that come are the best, so that no early one rises in vain twice. */
    @Test
    void oneInEtaRisesAndTheBestGetsAllEpochs() {
        List<Recipe> done = all(Agenda.halving(space(64, 16, "1"), 4, null),
                recipe -> 1 - recipe.get(Recipe.BATCH_SIZE) / 100.0);
        assertEquals(Map.of(1, 64L, 4, 16L, 16, 4L), byEpochs(done));
        assertEquals(List.of(1, 2, 3, 4), done.stream().filter(recipe -> recipe.get(Recipe.EPOCHS) == 16)
                .map(recipe -> recipe.get(Recipe.BATCH_SIZE)).sorted().toList());
    }

    @Test
    void whatRisesIsKnownToBeAmongTheBestWhenItDoes() {
        Agenda agenda = Agenda.halving(space(8, 4, "1"), 4, null);
        List<Recipe> first = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            first.add(agenda.next());
        }
        assertNull(agenda.next(), "nothing is known");
        agenda.told(outcome(first.get(0), 0.5));
        agenda.told(outcome(first.get(1), 0.7));
        agenda.told(outcome(first.get(2), 0.6));
        assertNull(agenda.next(), "a quarter of three is none");
        agenda.told(outcome(first.get(3), 0.4));
        assertEquals(first.get(1).epochs(4), agenda.next());
        assertNull(agenda.next(), "it rises once");
    }

    @Test
    void thoseThatReachTheTopAreTrainedWithAllSeeds() {
        List<Recipe> done = all(Agenda.halving(space(16, 4, "1..3"), 4, null),
                recipe -> 1 - recipe.get(Recipe.BATCH_SIZE) / 100.0);
        assertEquals(Map.of(1, 16L, 4, 12L), byEpochs(done));
        assertEquals(16, done.stream().filter(recipe -> recipe.get(Recipe.SEED) != 1).count() + 8);
    }

    /** Also where every recipe is better than all before it, which is the dearest order. */
    @Test
    void aBudgetIsKept() {
        for (int budget : new int[]{2, 5, 40}) {
            List<Recipe> done = all(Agenda.halving(space(500, 64, "1"), 4, budget),
                    recipe -> recipe.get(Recipe.BATCH_SIZE) / 1000.0);
            int epochs = done.stream().mapToInt(recipe -> recipe.get(Recipe.EPOCHS)).sum();
            assertTrue(epochs <= 64 * budget, budget + ": " + epochs);
            assertTrue(byEpochs(done).get(64) >= 1);
        }
    }

    @Test
    void fewRecipesHaveAWinnerToo() {
        assertEquals(Map.of(1, 3L, 4, 1L, 16, 1L), byEpochs(all(Agenda.halving(space(3, 16, "1"), 4, null), _ -> 0.5)));
    }

    @Test
    void whatCannotBeHalvedIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Agenda.halving(space(4, 3, "1"), 4, null));
        assertThrows(IllegalArgumentException.class, () -> Agenda.halving(space(4, 16, "1"), 4, 1));
        assertThrows(IllegalArgumentException.class, () -> Agenda.halving(Space.grid(Recipe.USUAL,
                List.of(Axis.parse(Recipe.EPOCHS, "8,16"))), 4, null));
    }
}
