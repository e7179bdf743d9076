package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.Json;
import dev.lanewise.sweep.Axis;
import dev.lanewise.sweep.Outcome;
import dev.lanewise.sweep.Ranking;
import dev.lanewise.sweep.Space;
import dev.lanewise.sweep.Sweep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SweepPageTest {
    private static final JsonObject RUN = Json
            .object("""
                    {"status": "finished", "result": {"test_accuracy": 0.95, "test_accuracy_95": [0.94, 0.96], "weights_sha256": "w0"}}""");

    @TempDir
    Path temp;

    /** Of eight recipes with two seeds each the first is the best; the last one has diverged. */
    private static SweepTables tables(String again) {
        Space space = Space.grid(Recipe.USUAL.epochs(3), List.of(Axis.parse(Recipe.RATE, "0.1,0.2"),
                Axis.parse(Recipe.HIDDEN, "16;8,4"), Axis.parse(Recipe.OPTIMIZER, "momentum,adam beta1=0.95"),
                Axis.parse(Recipe.SEED, "1,2")));
        List<Outcome> outcomes = new ArrayList<>();
        for (Recipe recipe : space.trainings()) {
            int i = outcomes.size();
            double accuracy = 0.95 - 0.01 * (i % 8) - 0.003 * (i / 8) * (i % 3);
            boolean diverged = i % 8 == 7;
            outcomes.add(new Outcome("%032x".formatted(i), recipe, diverged ? null : Double.valueOf(accuracy),
                    diverged ? null : Double.valueOf(1 - accuracy), 3, 1.5, diverged ? null : "w" + i,
                    List.of(new Outcome.Figures(1, 0.9, accuracy - 0.1), new Outcome.Figures(0.5, 0.6, accuracy))));
        }
        return new SweepTables(Ranking.of(outcomes, 2), outcomes, List.of(new Sweep.Check(outcomes.get(1), again)),
                Path.of("</script><b>"), RUN,
                List.of(Recipe.HIDDEN, Recipe.OPTIMIZER, Recipe.RATE, Recipe.SEED), DataRecipe.USUAL, 6000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBrowserDrawsAxesAndCurves(boolean dark) throws IOException, InterruptedException {
        JsonObject seen = Browser.look(temp, dark, Map.of("sweep", SweepPage.of(tables("w1"))));
        for (String view : seen.keySet()) {
            JsonObject looked = seen.getAsJsonObject(view);
            assertEquals(dark, looked.get("dark").getAsBoolean(), view);
            assertEquals(0, looked.get("overflow").getAsInt(), view + ": pixels beyond the window");
            assertEquals(new JsonArray(), looked.get("faint"), view);
            assertFalse(looked.get("hacked").getAsBoolean());
            assertEquals(3, looked.getAsJsonObject("charts").size(), view);
        }
        JsonObject looked = seen.getAsJsonObject("sweep 1600");
        List<String> written = looked.getAsJsonArray("written").asList().stream().map(JsonElement::getAsString)
                .toList();
        assertTrue(written.containsAll(List.of("hidden", "16", "8,4", "lr", "0.1", "0.2", "adam beta1=0.95")),
                written::toString);
        assertEquals(9, looked.getAsJsonObject("tables").getAsJsonArray("recipes").size(),
                "a header and eight recipes");
    }

    @Test
    void nothingOfASweepBecomesMarkup() {
        String page = SweepPage.of(tables("w1"));
        assertFalse(page.contains("</script><b>"));
        assertTrue(page.contains("chosen    &lt;/script&gt;&lt;b&gt;"));
    }

    @Test
    void otherWeightsAreToldInWords() {
        assertEquals(List.of(), tables("w1").wrong());
        assertTrue(tables("w1").text()
                .contains("1 of 16 trainings once more, and the best as 'train' does it: the same weights"));
        List<String> wrong = tables("another").wrong();
        assertEquals(1, wrong.size());
        assertTrue(wrong.getFirst().contains("w1") && wrong.getFirst().contains("another"), wrong::toString);
        assertTrue(tables("another").text().contains("NOT the same weights"));
    }

    @Test
    void aRecipeThatDivergedIsTheLastRow() {
        List<String> lines = tables("w1").text().lines().limit(9).toList();
        assertTrue(lines.getLast().contains("2 diverged"), lines::toString);
        assertTrue(tables("w1").csv().lines().toList().getLast().endsWith(",diverged"));
    }
}
