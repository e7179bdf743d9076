package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
        assertEquals(weights, paste(json.getAsJsonObject("chosen").get("command").getAsString()));
        assertEquals(60, json.getAsJsonObject("chosen").get("held_out_images").getAsInt());
        assertTrue(json.get("best_against_second").isJsonNull());
        assertTrue(json.getAsJsonObject("checked").get("same_weights").getAsBoolean());
        assertEquals(0.1, best.getAsJsonObject("recipe").get("validation").getAsDouble());
    }

    /** The weights that a command gives, as it is. */
    private String paste(String command) {
        List<Object> words = new ArrayList<>(
                Arrays.asList((Object[]) command.replaceFirst("^lanewise ", "").split(" ")));
        words.addAll(List.of("--out", temp.resolve("pasted" + command.hashCode())));
        return Outcome.of(words.toArray()).expect(0).field("weights_sha256");
    }

    private static String weights(Outcome told) throws IOException {
        return JsonParser.parseString(Files.readString(Path.of(told.field("chosen")).resolve("run.json")))
                .getAsJsonObject().getAsJsonObject("result").get("weights_sha256").getAsString();
    }

    /** Usual values too: 0.1 is that of momentum, 1 that of a seed. */
    @Test
    void whatIsSweptIsNamedAndTheBestCommandGivesItsWeights() throws IOException {
        Outcome told = sweep("--hidden 4 --lr 0.0001,0.1 --weight-decay 0.0001 --seeds 1,2 --epochs 2 --limit 300 "
                + "--no-report").expect(0);
        String best = told.field("best");
        for (String words : List.of("--lr 0.1", "--seed 1", "--limit 300", "--validation 0.1", "--data " + data)) {
            assertTrue(best.contains(words), told::toString);
        }
        assertEquals(weights(told), paste(best));
        assertEquals("30 held-out images, others with each seed", told.field("by"));
        assertTrue(told.err().contains(", 300 training and 200 test images"), told::toString);
        Outcome drawn = sweep("--lr 0.1,0.1001 --hidden 4;5 --random 1 --epochs 1 --no-report").expect(0);
        assertTrue(drawn.out().startsWith("hidden"), drawn::toString);
        assertTrue(drawn.out().lines().findFirst().orElseThrow().contains(" lr "), drawn::toString);
        assertTrue(drawn.field("best").contains("--lr 0.1"), drawn::toString);
    }

    @Test
    void theBeginningTellsWhatIsAListAndWhatIsNot() {
        Outcome told = sweep("--hidden 4,5,6 --lr 0.05,0.1 --seeds 1,2 --epochs 1 --no-report").expect(0);
        assertTrue(told.err().contains("Sweep: 2 recipes, 2 seeds, 4 trainings; --lr has 2 values; the same for all: "
                + "--hidden 4,5,6 --epochs 1\n"), told::toString);
    }

    @Test
    void aChosenRunThatIsNotWholeIsMadeAnew() throws IOException {
        String words = "--hidden 4 --lr 0.05,0.1 --epochs 1 --no-report";
        Outcome first = sweep(words).expect(0);
        Path model = Path.of(first.field("chosen")).resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(model);
        assertEquals(first.field("chosen"), sweep(words).expect(0).field("chosen"));
        bytes[bytes.length - 1] ^= 1;
        Files.write(model, bytes);
        Outcome second = sweep(words).expect(0);
        assertEquals(first.field("chosen") + "_2", second.field("chosen"));
        Outcome.of("eval", second.field("chosen")).expect(0);
        Files.delete(Path.of(second.field("chosen")).resolve("model.safetensors"));
        assertEquals(first.field("chosen") + "_3", sweep(words).expect(0).field("chosen"));
    }

    @Test
    void aChosenRunThatTellsOfItselfWronglyIsMadeAnew() throws IOException {
        String words = "--hidden 4 --lr 0.05,0.1 --epochs 1 --no-report";
        String chosen = sweep(words).expect(0).field("chosen");
        String whole = Files.readString(Path.of(chosen).resolve("run.json"));
        int number = 1;
        for (String damaged : List.of("", whole.substring(0, whole.length() / 2), "[]",
                whole.replace("\"test_accuracy\": ", "\"test_accuracy\": \"x\", \"y\": "),
                whole.replace("\"test_accuracy_95\": [", "\"test_accuracy_95\": [null, "),
                whole.replace("\"config\": {", "\"config\": 3, \"x\": {"))) {
            Files.writeString(Path.of(chosen).resolve("run.json"), damaged);
            String anew = sweep(words).expect(0).field("chosen");
            assertEquals(chosen.replaceFirst("_\\d$", "") + "_" + ++number, anew);
            assertEquals(anew, sweep(words).expect(0).field("chosen"));
            chosen = anew;
        }
    }

    /** In the middle of the chosen run, and of the page, behind the table. */
    @Test
    void aDiskThatIsFullBehindTheOutcomesIsOneSentence() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "/dev/full is needed");
        String words = "--hidden 4 --lr 0.05,0.1 --epochs 1";
        Outcome first = sweep(words).expect(0);
        Path chosen = Path.of(first.field("chosen"));
        try (Stream<Path> files = Files.list(chosen)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Path lock = Files.createSymbolicLink(chosen.resolve(".lock"), full);
        sweep(words).expectFailure(temp.resolve("s"), "No space left on device",
                "make room and give the same command again");
        Files.delete(lock);
        Path page = Files.createSymbolicLink(temp.resolve("s").resolve("sweep.html.partial"), full);
        Outcome told = sweep(words);
        assertEquals(1, told.status());
        assertTrue(told.err().contains("make room and give the same command again"), told::toString);
        assertEquals(first.out(), told.out() + "report    %s%n".formatted(temp.resolve("s").resolve("sweep.html")));
        assertFalse(Files.exists(page, LinkOption.NOFOLLOW_LINKS));
        assertEquals(first.out(), sweep(words).expect(0).out());
    }

    @Test
    void aDirectoryInTheWayOfThePageIsSeenBeforeTheData() throws IOException {
        Files.createDirectories(temp.resolve("s").resolve("outcomes"));
        Path page = Files.createDirectories(temp.resolve("s").resolve("sweep.html"));
        Outcome refused = sweep("--hidden 4 --epochs 1").expectRefusal(page, "--no-report");
        assertFalse(refused.err().contains(".partial") || refused.err().contains("Data: "), refused::toString);
        sweep("--hidden 4 --epochs 1 --no-report").expect(0);
    }

    @Test
    void aDirectoryWithOtherFilesIsRefusedBeforeTheData() throws IOException {
        Path other = Files.createFile(Files.createDirectories(temp.resolve("s")).resolve("letter.txt"));
        Outcome refused = sweep("--hidden 4 --epochs 1").expectRefusal(temp.resolve("s"), "not empty", "(--out)");
        assertFalse(refused.err().contains("Data: "), refused::toString);
        assertEquals(List.of(other.getFileName().toString()), List.of(temp.resolve("s").toFile().list()));
    }

    @Test
    void whatWasAskedOfTheTestIsWhatIsTold() {
        String words = "--hidden 4 --lr 0.05,0.1 --epochs 1 --no-report";
        Outcome none = sweep(words + " --test none").expect(0);
        assertTrue(none.field("no test").contains("--test none was asked for"), none::toString);
        Outcome tested = sweep(words).expect(0);
        assertTrue(tested.field("test").contains("this call scored no other recipe"), tested::toString);
        assertTrue(sweep(words + " --test none").expect(0).out().contains("no test "));
    }

    @Test
    void aBestThatKnowsNothingIsWarnedOf() {
        Outcome told = sweep("--hidden 4 --lr 1e-20,1e-19 --epochs 1 --no-report").expect(0);
        assertTrue(told.err().contains("the best is no better than always naming"), told::toString);
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
        assertTrue(seeds.field("halving").startsWith("4 recipes with 1 epoch, "), seeds::toString);
        assertEquals(4, seeds.out().lines().filter(line -> line.matches(" *0.* 1 +1 +[0-9.]+ +- .*")).count(),
                "the first rung has one seed");
        assertTrue(seeds.out().lines().skip(1).findFirst().orElseThrow().matches(" *0.* 4 +2 .*"), seeds::toString);
    }

    @Test
    void withoutTestImagesThereIsNoTest() {
        Outcome told = sweep("--hidden 4 --epochs 1 --test none --limit 200 --no-report").expect(0);
        assertTrue(told.field("no test").startsWith("--test none was asked for"), told::toString);
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
            "--on spark://nobody:1|--on 'spark://nobody:1'", "-o xml|'xml'", "--lr 0.1,,0.2|missing in '0.1,,0.2'",
            "--lr _|--lr", "--hidden ;|--hidden", "--seeds 1..1000000000|name fewer", "--out=|--out", "--on=|--on ''",
            "--validation 0.1,0.9999|--validation 0.9999", "--validation 0.1,0.0001|--validation 1.0E-4",
            "--hidden 4;65536,65536|65536 x 65536", "--batch-size 64 --layers relu;conv_8_99x99|--layers"})
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

    /** A range that ends too early, and one in which nothing is learned. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--to 0.1|larger --to", "--to 1e-5|did not clearly fall",
            "--from 1000 --to 1000000|smaller --from than 1000", "--from 1e-30 --to 1e-20|larger --to than 1.0E-20",
            "--from 0.2 --to 1000|smaller --from than 0.2", "--from 1e-30 --to 1e6 --steps 60|more --steps than 60"})
    void lrFindSuggestsNothingWhereTheLossTellsNothing(String range, String mentioned) {
        List<Object> arguments = new ArrayList<>(List.of("lr-find", "--data", data, "--hidden", "16"));
        arguments.addAll(List.of((Object[]) range.split(" ")));
        Outcome told = Outcome.of(arguments.toArray()).expect(0);
        assertTrue(told.field("suggestion").matches("none: .*" + mentioned + ".*"), told::toString);
        arguments.addAll(List.of("-o", "json"));
        Outcome json = Outcome.of(arguments.toArray()).expect(0);
        assertTrue(JsonParser.parseString(json.out()).getAsJsonObject().get("suggestion").isJsonNull(), json::toString);
        assertTrue(json.err().contains("no suggestion: "), json::toString);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--steps 1|--steps", "--from 0|--from", "--from 1 --to 0.1|--to",
            "--from nan|--from", "--from inf|--from", "--from=-1|--from", "--from 1e-31|--from", "--from=|--from",
            "--to 1e7|--to", "--to NaN|--to", "--validation 0.9999|--validation 0.9999",
            "--hidden 65536,65536|65536 x 65536",
            "--layers conv_8_99x99|--layers", "--hidden x|--hidden"})
    void lrFindRefusesWhatCannotBe(String words, String mentioned) {
        List<Object> arguments = new ArrayList<>(List.of("lr-find", "--data", data));
        Stream.of(words.split(" ")).map(word -> word.replace('_', ' ')).forEach(arguments::add);
        Outcome.of(arguments.toArray()).expectRefusal(mentioned);
    }
}
