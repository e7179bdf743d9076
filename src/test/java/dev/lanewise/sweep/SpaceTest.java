package dev.lanewise.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.run.Recipe;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SpaceTest {
    private static final List<Axis<?>> AXES = List.of(Axis.parse(Recipe.RATE, "0.1,0.2"),
            Axis.parse(Recipe.HIDDEN, "4;8"), Axis.parse(Recipe.SEED, "5,6"));

    @Test
    void aGridHasEveryCombinationOnceASeed() {
        Space space = Space.grid(Recipe.USUAL, AXES);
        assertEquals(4, space.recipes().size());
        assertEquals(List.of(5L, 6L), space.seeds());
        assertEquals(8, new HashSet<>(space.trainings()).size());
        assertEquals(List.of(Recipe.HIDDEN, Recipe.RATE), Space.differing(space.recipes()));
    }

    /** The rate of an optimizer where none is named; what the optimizer does not use makes no recipe of its own. */
    @Test
    void recipesAreResolvedAndDistinct() {
        Space space = Space.grid(Recipe.USUAL, List.of(Axis.parse(Recipe.OPTIMIZER, "adam,momentum"),
                Axis.parse(Recipe.MOMENTUM, "0.8,0.9")));
        assertEquals(List.of("adam -", "momentum 0.8", "momentum 0.9"), space.recipes().stream()
                .map(recipe -> recipe.get(Recipe.OPTIMIZER) + " " + recipe.text(Recipe.MOMENTUM)).toList());
        assertEquals(List.of(0.001, 0.1, 0.1),
                space.recipes().stream().map(recipe -> recipe.get(Recipe.RATE)).toList());
    }

    @Test
    void valuesThatDoNotGoTogetherAreRefused() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Space.grid(Recipe.USUAL,
                List.of(Axis.parse(Recipe.LOSS, "cross-entropy,mse"), Axis.parse(Recipe.LABEL_SMOOTHING, "0.1"))))
                .getMessage().contains("--label-smoothing"));
    }

    @Test
    void whatIsDrawnIsTheSameEveryTime() {
        Space space = Space.grid(Recipe.USUAL, List.of(Axis.parse(Recipe.EPOCHS, "1..50")));
        Space drawn = space.shuffled().first(10);
        assertEquals(drawn, space.shuffled().first(10));
        assertNotEquals(space.first(10), drawn);
        assertEquals(10, Set.copyOf(drawn.recipes()).size());
        assertEquals(Set.copyOf(space.recipes()), Set.copyOf(space.shuffled().recipes()));
    }
}
