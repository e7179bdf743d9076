package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.lanewise.export.Formats;
import dev.lanewise.report.TextTable;
import dev.lanewise.run.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code export}, and what takes what it wrote: {@code eval}, {@code predict} and {@code train --init}. */
class ExportCommandTest {
    @TempDir
    static Path temp;
    private static Path data;
    private static Path run;

    @BeforeAll
    static void trainOnce() throws IOException {
        data = SmallData.write(temp.resolve("small"));
        run = temp.resolve("run");
        Outcome.of("train", "--data", data, "--epochs", 2, "--hidden", "16,8", "--dropout", 0.1, "--out", run)
                .expect(0);
    }

    private static Path exported(String name, Object... options) {
        Path file = temp.resolve(name);
        Outcome outcome = Outcome.of(Stream.concat(Stream.of("export", run, file), Stream.of(options)).toArray())
                .expect(0);
        assertTrue(outcome.out().startsWith(file + ": ") && outcome.out().matches("(?s).*, [\\d,]+ bytes\\R"),
                outcome::toString);
        assertEquals(List.of(), outcome.messages());
        return file;
    }

    private static List<String> accuracies(Object model) {
        return List.of(Outcome.of("eval", model, "--data", data).expect(0).out().split("\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.onnx", "b.onnx --pixels --output logits --fold", "c.npz", "d.npz --layout lanewise",
            "e.safetensors", "f.SAFETENSORS --layout lanewise"})
    void evalAndPredictTakeWhatItWrote(String words) throws IOException {
        List<Object> options = new ArrayList<>(List.of(words.split(" ")));
        Path file = exported(String.valueOf(options.removeFirst()), options.toArray());
        assertEquals(accuracies(run), accuracies(file));
        Path images = data.resolve(SmallData.TEST_IMAGES);
        assertEquals(Outcome.of("predict", run, images).expect(0).out(),
                Outcome.of("predict", file, images).expect(0).out());
        assertEquals(new SmallRun(run).sha256(), Formats.read(file).sha256());
    }

    /** As good as the network, but not the same; and read by train too. */
    @Test
    void weightsAsBytesAreTakenAsWell() throws IOException {
        Path whole = exported("whole.onnx");
        Path bytes = exported("bytes.onnx", "--int8", "--fold");
        assertTrue(Files.size(bytes) < 0.4 * Files.size(whole), () -> bytes + " is large");
        assertNotEquals(Formats.read(whole).sha256(), Formats.read(bytes).sha256());
        double expected = accuracy(run);
        assertEquals(expected, accuracy(bytes), 1, "in points");
        Outcome.of("train", "--data", data, "--epochs", 1, "--hidden", "16,8", "--init", bytes, "--no-report", "--out",
                temp.resolve("from-bytes")).expect(0);
        Outcome.of("export", run, temp.resolve("a.npz"), "--int8").expectRefusal("--int8 is for .onnx");
    }

    private static double accuracy(Path model) {
        return Double.parseDouble(accuracies(model).getFirst().replaceFirst("test accuracy *([\\d.]+) %.*", "$1"));
    }

    @Test
    void anEnsembleHasMembersOfAllKinds() {
        Path onnx = exported("member.onnx");
        Path images = data.resolve(SmallData.TEST_IMAGES);
        assertEquals(Outcome.of("predict", run, images).expect(0).out(),
                Outcome.of("predict", run, onnx, images).expect(0).out());
    }

    @Test
    void aModelInAnyFormatIsExportedAgain() throws IOException {
        Path onnx = exported("first.onnx", "--pixels");
        Path header = temp.resolve("second.h");
        Outcome.of("export", onnx, header).expect(0);
        assertTrue(Files.readString(header).contains("second_forward(const float x[784], float out[10])"));
    }

    @Test
    void thePageTellsWhatIsKnown() throws IOException {
        Path page = exported("MODEL.md");
        String text = Files.readString(page);
        JsonObject result = new SmallRun(run).result();
        assertTrue(text.contains("%.2f %% of 200 test images of small (95 %% interval"
                .formatted(100 * result.get("test_accuracy").getAsDouble())), text);
        assertTrue(text.contains("`weights_sha256` " + new SmallRun(run).sha256()), text);
        assertTrue(text.contains("| dense 16 | 16 | 12560 |") && text.contains("| batch\\_size | 64 |")
                && text.contains(SmallData.TRAIN_LABELS) && text.contains("| class | images | precision | recall |"),
                text);
        assertFalse(text.contains(temp.toString()), "no place of this machine");
    }

    /** By the name of --net, else by the layers; class names that a terminal would obey are not passed on. */
    @Test
    void aNetworkForImagesIsNamedByMoreThanItsSizes() throws IOException {
        for (String[] net : new String[][]{{"--net", "lenet", "lenet"}, {"--layers", "conv 3 5x5, relu, pool 4",
                "conv 3 5x5, relu, pool 4, dense 10"}}) {
            Path images = temp.resolve(net[2].substring(0, 4) + " of images");
            Outcome.of("train", "--data", data, "--epochs", 1, net[0], net[1], "--out", images).expect(0);
            Path page = temp.resolve("net.md");
            Outcome.of("export", images, page).expect(0);
            assertTrue(Files.readString(page).startsWith("# " + net[2] + "\n"), Files.readString(page));
            Path header = temp.resolve("net.h");
            Outcome.of("export", images, header).expect(0);
            assertTrue(Files.readString(header).startsWith("/* net, by Lanewise: " + net[2] + ", cross-entropy.\n"));
        }
        assertEquals("a?\\_b?", TextTable.escape("a\u001b_b\u202e"));
        assertFalse(new TextTable(List.of("x"), List.of(false), List.of(List.of("a\u0007\nb"))).markdown()
                .contains("\u0007"));
        assertEquals("x\na??b\n", new TextTable(List.of("x"), List.of(false), List.of(List.of("a\u0007\nb"))).text());
    }

    @Test
    void weightsOfAnotherNetworkThanTheOneThatIsTyped() {
        continued("no", run, "--hidden", 5).expectRefusal("--init " + run, "--hidden", "leave --hidden out");
    }

    /** Without its run or its data a model is described as far as it knows itself. */
    @Test
    void thePageOfAModelAloneSaysWhatItLacks() throws IOException {
        Path alone = Files.copy(run.resolve("model.safetensors"), temp.resolve("alone.safetensors"));
        Path page = temp.resolve("alone.md");
        Outcome outcome = Outcome.of("export", alone, page).expect(0);
        assertTrue(outcome.err().contains("Without an evaluation: "), outcome::toString);
        assertTrue(Files.readString(page).contains("Not measured on test images."));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"x.pt | .onnx, .safetensors, .npz, .h, .md", "x | .onnx",
            "x.npz --pixels | --pixels is for .onnx and .h",
            "x.h --layout torch | --layout is for .safetensors and .npz",
            "x.md --fold | --fold is for .onnx and .safetensors and .npz and .h",
            "x.onnx --output classes | 'classes' is not probabilities or logits",
            "x.npz --layout keras | 'keras' is not torch or lanewise", "none/x.onnx | cannot be written",
            "run/model.safetensors | a run's own file", "run/checkpoint.safetensors | a run's own file"})
    void wrongUseIsRefused(String words, String sentence) throws IOException {
        Map<String, String> before = SmallRun.content(temp);
        List<Object> all = new ArrayList<>(List.of("export", run));
        String[] parts = words.split(" ");
        all.add(temp.resolve(parts[0]));
        all.addAll(List.of(parts).subList(1, parts.length));
        Outcome.of(all.toArray()).expectRefusal(sentence.strip());
        assertEquals(before, SmallRun.content(temp));
    }

    @Test
    void formatsThatAreOnlyWrittenAreNotRead() {
        Path header = exported("only.h");
        Outcome.of("eval", header, "--data", data).expectRefusal(header, ".h files are written, not read");
        Outcome.of("train", "--init", header, "--data", data, "--out", temp.resolve("no"))
                .expectRefusal(header, ".h files are written, not read");
    }

    private static Outcome continued(String out, Object init, Object... options) {
        return Outcome.of(Stream
                .concat(Stream.of("train", "--data", data, "--epochs", 1, "--lr", 1e-30, "--momentum", 0,
                        "--weight-decay", 0, "--out", temp.resolve(out), "--init", init), Stream.of(options))
                .toArray());
    }

    /** Its layers are those of the file, and, by steps of nothing, its weights stay what they were. */
    @ParameterizedTest
    @ValueSource(strings = {"run", "i.onnx", "i.npz", "i.safetensors"})
    void trainBeginsWithTheWeights(String name) throws IOException {
        Path init = name.equals("run") ? run : exported(name);
        continued("from-" + name, init).expect(0);
        SmallRun continued = new SmallRun(temp.resolve("from-" + name));
        assertEquals(new SmallRun(run).sha256(), continued.sha256());
        assertEquals(new SmallRun(run).sha256(), continued.config().get("init_sha256").getAsString());
        assertEquals(init.toString(), continued.config().get("init").getAsString());
        String layers = continued.config().get("layers").getAsString();
        assertEquals(name.endsWith("onnx")
                ? "dense 16, relu, dense 8, relu"
                : "dense 16, relu, dropout 0.1, dense 8, relu, dropout 0.1", layers);
    }

    @Test
    void trainTakesTypedLayersThatFit() throws IOException {
        Path onnx = exported("typed.onnx");
        continued("typed", onnx, "--hidden", "16,8", "--dropout", 0.3, "--validation", 0.1)
                .expect(0);
        assertEquals(new SmallRun(run).sha256(), new SmallRun(temp.resolve("typed")).sha256());
        continued("other", onnx, "--hidden", "16,9").expectRefusal(onnx,
                "dense2.weight [16, 8] where the network has dense2.weight [16, 9]");
        continued("other", exported("typed.npz"), "--hidden", "16").expectRefusal(
                "no array that is left for the layer 'dense 10'");
        continued("other", onnx, "--net", "lenet").expectRefusal(onnx,
                "where the network has conv1.weight [5, 5, 1, 6]");
        assertFalse(Files.exists(temp.resolve("other")), "nothing is left of what could not begin");
    }

    @Test
    void aRunThatBeganSoIsResumedAsOne() throws IOException {
        continued("resumed", run).expect(0);
        Outcome.of("train", "--resume", temp.resolve("resumed"), "--init", run).expectRefusal("--resume takes --init");
        Outcome.of("train", "--resume", temp.resolve("resumed"), "--epochs", 2).expect(0);
        SmallRun resumed = new SmallRun(temp.resolve("resumed"));
        assertEquals(new SmallRun(run).sha256(), resumed.config().get("init_sha256").getAsString());
        assertEquals(run.toString(), resumed.config().get("init").getAsString());
        Outcome.of("train", "--data", data, "--epochs", 1, "--hidden", "16,8", "--out", temp.resolve("anew")).expect(0);
        assertTrue(new SmallRun(temp.resolve("anew")).config().get("init_sha256").isJsonNull());
        assertNotEquals(new SmallRun(run).sha256(), new SmallRun(temp.resolve("anew")).sha256());
    }

    @Test
    void convolutionsAreTrainedOn() throws IOException {
        Path first = temp.resolve("conv");
        Outcome.of("train", "--data", data, "--epochs", 1, "--layers", "conv 4 5x5, batch-norm, relu, pool 4", "--out",
                first).expect(0);
        Path onnx = temp.resolve("conv.onnx");
        Outcome.of("export", first, onnx).expect(0);
        continued("conv-on", onnx).expect(0);
        SmallRun on = new SmallRun(temp.resolve("conv-on"));
        assertEquals(new SmallRun(first).sha256(), on.config().get("init_sha256").getAsString());
        assertEquals("conv 4 5x5, batch-norm, relu, pool 4", on.config().get("layers").getAsString());
        Model model = Formats.read(onnx);
        assertEquals(new SmallRun(first).sha256(), model.sha256());
        assertEquals(accuracies(first), accuracies(onnx));
    }
}
