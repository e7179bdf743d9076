package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.OwnProcess;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.DatasetPair;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a library user's first training does, in a process of its own without the tests' options. */
class FirstEpochTest {
    private static final List<Recipe> RECIPES = List.of(Recipe.mlp(200, 48), Recipe.USUAL.with(Recipe.NET, "lenet"),
            Recipe.USUAL.with(Recipe.NET, "small"));

    @Test
    void hasTheSameBitsWhereKernelsAreWarmedAndWhereNot() throws Exception {
        List<String> warmed = OwnProcess.output(FirstEpochTest.class, OwnProcess.width());
        assertEquals(RECIPES.size(), warmed.size(), warmed::toString);
        assertEquals(warmed,
                OwnProcess.output(FirstEpochTest.class, OwnProcess.width(), "-Dlanewise.warm=false"));
    }

    /** Trains and prints the weights' digests. */
    public static void main(String[] args) throws Exception {
        DatasetPair data = DatasetPair.of("digits", BuiltInDigits.draw(1, 600), BuiltInDigits.draw(2, 40));
        for (Recipe recipe : RECIPES) {
            try (Training training = new Training(recipe.with(Recipe.BATCH_SIZE, 32).epochs(1).seed(1), data)) {
                training.run(_ -> {
                });
                System.out.println(training.model().sha256());
            }
        }
    }
}
