package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepCommandTest {
    @TempDir
    static Path shared;
    private static Path data;

    @TempDir
    Path temp;

    @BeforeAll
    static void writeData() throws IOException {
        data = SmallData.write(shared.resolve("small"));
    }

    private Outcome sweep(String words, Object... more) {
        List<Object> arguments = new ArrayList<>(List.of("sweep", "--data", data, "--out", temp.resolve("s")));
        arguments.addAll(Arrays.asList(words.split(" ")));
        arguments.addAll(List.of(more));
        return Outcome.of(arguments.toArray());
    }

    private long outcomes() throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve("s").resolve("outcomes"))) {
            return files.count();
        }
    }

    @Test
    void aTableTellsTheBestAndWhetherItIsBetter() throws IOException {
        Outcome told = sweep("--hidden 4;8,4 --lr 0.001,0.1 --seeds 1..3 --epochs 2").expect(0);
        List<String> lines = told.out().lines().toList();
        assertTrue(lines.getFirst().matches("hidden +lr +seeds +validation % +spread +95 % interval +seconds"),
                told::toString);
        assertEquals(4, lines.stream().filter(line -> line.matches(" *(4|8,4) +0.*")).count(), told::toString);
        assertTrue(told.field("best").contains("--lr ") || told.field("best").contains("--hidden "), told::toString);
        assertTrue(told.field("against").contains("paired t test over 3 seeds"), told::toString);
        assertEquals("1 of 12 trainings once more, and the best as 'train' does it: the same weights",
                told.field("checked"));
        assertEquals(12, outcomes());
        assertTrue(Files.readString(temp.resolve("s").resolve("sweep.html")).contains("id=\"sweep\""));
        Outcome.of("eval", told.field("chosen")).expect(0);
    }

    @Test
    void theBestOneIsWhatTrainGives() throws IOException {
        JsonObject json = JsonParser.parseString(sweep("--hidden 4 --lr 0.05,0.1 --epochs 2 -o json").expect(0).out())
                .getAsJsonObject();
        JsonObject best = json.getAsJsonArray("recipes").get(0).getAsJsonObject();
        String weights = best.getAsJsonArray("trainings").get(0).getAsJsonObject().get("weights_sha256").getAsString();
        List<Object> command = new ArrayList<>(Arrays.asList((Object[]) json.getAsJsonObject("chosen").get("command")
                .getAsString().replace("lanewise ", "").split(" ")));
        command.addAll(List.of("--data", data, "--out", temp.resolve("alone")));
        assertEquals(weights, Outcome.of(command.toArray()).expect(0).field("weights_sha256"));
        assertTrue(json.get("best_against_second").isJsonNull());
        assertTrue(json.getAsJsonObject("checked").get("same_weights").getAsBoolean());
        assertEquals(0.1, best.getAsJsonObject("recipe").get("validation").getAsDouble());
    }

    @Test
    void theSameCommandTrainsNothingAgain() throws IOException {
        String words = "--hidden 4 --lr 0.05,0.1 --epochs 1 --no-report -o csv";
        String first = sweep(words).expect(0).out();
        assertEquals(first, sweep(words).expect(0).out(), "seconds too are those of before");
        assertFalse(Files.exists(temp.resolve("s").resolve("sweep.html")));
        assertEquals(3, first.lines().count());
        sweep("--hidden 4 --lr 0.05,0.1,0.2 --epochs 1 --no-report").expect(0);
        assertEquals(3, outcomes());
    }

    @Test
    void shardsAreMergedByTheNextCall() throws IOException {
        String words = "--hidden 4 --lr 0.05,0.1,0.2 --seeds 1..2 --epochs 1 --no-report -o csv";
        for (int i = 1; i <= 4; i++) {
            Outcome shard = sweep(words, "--shard", i + "/4").expect(0);
            assertEquals("", shard.out());
            assertTrue(shard.err().contains("part %d of 4".formatted(i)), shard::toString);
        }
        assertEquals(6, outcomes());
        String merged = sweep(words).expect(0).out();
        Path whole = temp.resolve("whole");
        String alone = sweep(words, "--out", whole).expect(2).err();
        assertTrue(alone.contains("--out"), alone);
        assertEquals(7, merged.lines().count());
    }

    @Test
    void halvingRanksRecipesThatHaveAllSeeds() {
        Outcome told = sweep("--hidden 4 --lr 0.01,0.02,0.05,0.1 --batch-size 16,32 --epochs 4 --asha --no-report")
                .expect(0);
        assertTrue(told.field("halving").matches("8 recipes with 1 epoch, [2-4] recipes with 4 epochs"),
                told::toString);
        assertTrue(told.out().lines().findFirst().orElseThrow().contains("epochs"), "short trainings are ranked too");
        Outcome seeds = sweep("--hidden 4 --lr 0.01,0.02,0.05,0.1 --epochs 4 --seeds 1,2 --asha --no-report").expect(0);
        assertTrue(seeds.field("best").contains("--epochs 4"), seeds::toString);
    }

    @Test
    void withoutTestImagesThereIsNoTest() {
        Outcome told = sweep("--hidden 4 --epochs 1 --test none --limit 200 --no-report").expect(0);
        assertEquals("the data have no test images", told.field("no test"));
        assertTrue(told.field("against").contains("there is one recipe"), told::toString);
    }

    @Test
    void allDivergedIsAFailureInWords() {
        sweep("--hidden 4 --epochs 1 --lr 1000000 --optimizer sgd --no-report").expectFailure("--lr");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--lr 0.1,x|--lr", "--hidden 4;x|--hidden", "--seeds 5..1|--seeds",
            "--net lenet,foo|'foo'", "--validation 0.1,0|--validation 0", "--shard 5/4|'5/4'", "--shard 1|'1'",
            "--asha 1|--asha", "--asha 4 --epochs 2|--epochs", "--budget 3|--asha", "--asha 2 --budget 0|--budget",
            "--asha 2 --shard 1/2|--shard", "--random 0|--random", "--jobs 0|--jobs",
            "--loss mse,cross-entropy --label-smoothing 0.1|--label-smoothing", "--layers conv_8_99x99|--layers",
            "--on spark://nobody:1|--on spark://nobody:1", "-o xml|'xml'"})
    void whatIsWrongIsOneSentenceBeforeAnyTraining(String words, String mentioned) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("sweep", "--data", data, "--out", temp.resolve("s")));
        Stream.of(words.split(" ")).map(word -> word.replace('_', ' ')).forEach(arguments::add);
        Outcome.of(arguments.toArray()).expectRefusal(mentioned);
        assertTrue(!Files.exists(temp.resolve("s")) || outcomes() == 0);
    }

    @Test
    void aPlaceThatIsNoDirectoryIsRefused() throws IOException {
        Files.writeString(temp.resolve("s"), "");
        sweep("--hidden 4 --epochs 1").expectRefusal(temp.resolve("s"), "--out");
    }

    @Test
    void lrFindSuggestsARateThatLearns() {
        Outcome told = Outcome.of("lr-find", "--data", data, "--hidden", "16").expect(0);
        double rate = Double.parseDouble(told.field("suggestion").replace("--lr ", ""));
        assertTrue(rate > 1e-4 && rate < 0.5, told::toString);
        Outcome csv = Outcome.of("lr-find", "--data", data, "--hidden", "16", "-o", "csv").expect(0);
        assertTrue(csv.out().startsWith("learning_rate,loss,smoothed\n1.0E-6,"), csv::toString);
        JsonObject json = JsonParser.parseString(Outcome.of("lr-find", "--data", data, "--hidden", "16", "-o", "json")
                .expect(0).out()).getAsJsonObject();
        assertEquals(rate, json.get("suggestion").getAsDouble());
        assertEquals(csv.out().lines().count() - 1, json.getAsJsonArray("steps").size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--steps 1|--steps", "--from 0|--from", "--from 1 --to 0.1|--to",
            "--layers conv_8_99x99|--layers", "--hidden x|--hidden"})
    void lrFindRefusesWhatCannotBe(String words, String mentioned) {
        List<Object> arguments = new ArrayList<>(List.of("lr-find", "--data", data));
        Stream.of(words.split(" ")).map(word -> word.replace('_', ' ')).forEach(arguments::add);
        Outcome.of(arguments.toArray()).expectRefusal(mentioned);
    }
}
