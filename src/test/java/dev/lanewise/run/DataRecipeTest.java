package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Preparation;
import java.util.List;
import org.junit.jupiter.api.Test;

class DataRecipeTest {
    private static final Dataset TRAIN = BuiltInDigits.draw(1, 300);
    private static final Dataset TEST = BuiltInDigits.draw(2, 100);

    private static DatasetPair pair(Dataset test) {
        return new DatasetPair("pair", "a test", TRAIN, test, Preparation.CENTRE, List.of());
    }

    @Test
    void theUsualRecipeCopiesNothing() throws InputException {
        DatasetPair pair = pair(TEST);
        assertSame(pair, DataRecipe.USUAL.take(pair, 1));
        assertSame(pair, DataRecipe.USUAL.with(DataRecipe.LIMIT, 300).take(pair, 1));
        assertEquals(DataRecipe.USUAL, DataRecipe.USUAL.resolve(pair));
        assertSame(TRAIN, DataRecipe.USUAL.with(DataRecipe.TEST, "none").take(pair, 1).train());
    }

    @Test
    void withoutATestATenthIsHeldOutAndTold() throws InputException {
        DataRecipe resolved = DataRecipe.USUAL.resolve(pair(null));
        assertEquals(0.1, resolved.get(DataRecipe.TEST_SPLIT));
        DatasetPair taken = DataRecipe.USUAL.with(DataRecipe.LIMIT, 50).take(pair(null), 1);
        assertEquals(30, taken.test().size());
        assertEquals(50, taken.train().size());
        assertNull(DataRecipe.USUAL.with(DataRecipe.TEST, "none").take(pair(null), 1).test());
    }

    @Test
    void aRecipeComesBackFromRunJson() throws InputException {
        DataRecipe recipe = DataRecipe.of("some.csv").with(DataRecipe.TEST_SPLIT, 0.25).with(DataRecipe.LIMIT, 50);
        assertEquals(recipe, DataRecipe.fromJson(new Gson().toJson(recipe.toMap()), "run.json"));
        assertEquals(DataRecipe.of("mnist"), DataRecipe.fromJson("{\"data\": \"mnist\"}", "of an older version"));
    }

    @Test
    void nonsenseInRunJsonIsBlamedOnItsWord() {
        for (String config : List.of("\"test_split\": 1.5", "\"limit\": 0", "\"limit\": \"all\"",
                "\"test\": \"some\"")) {
            InputException refusal = assertThrows(InputException.class,
                    () -> DataRecipe.fromJson("{\"data\": \"mnist\", " + config + "}", "run.json"));
            String word = config.substring(1, config.indexOf("\":"));
            assertTrue(refusal.getMessage().contains("(" + word), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("start a new run"), refusal.getMessage());
        }
    }
}
