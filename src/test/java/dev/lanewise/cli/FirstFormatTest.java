package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.run.files.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that Lanewise 0.1 left: files of the format "lanewise 1", and a run.json that knows no layers in words. */
class FirstFormatTest {
    @TempDir
    static Path shared;
    private static Path data;

    @TempDir
    Path temp;

    @BeforeAll
    static void writeData() throws IOException {
        data = SmallData.write(shared.resolve("small"));
    }

    /** Trains "whole" and leaves in "cut" what a kill after two of four epochs would leave. */
    private Outcome wholeAndCut(String options) {
        List<Object> arguments = new ArrayList<>(List.of("train", "--data", data, "--epochs", 4, "--batch-size", 50,
                "--out", temp.resolve("whole")));
        arguments.addAll(List.of(options.split(" ")));
        return Outcome.watching(line -> {
            if (line.startsWith("epoch 2/")) {
                try {
                    SmallRun.copy(temp.resolve("whole"), temp.resolve("cut"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }, arguments.toArray()).expect(0);
    }

    /** Writes the files of a run anew as Lanewise 0.1 wrote them: the tensors are the same. */
    private static void toFirstFormat(Path run) throws IOException {
        JsonObject json = new SmallRun(run).json();
        JsonObject config = json.getAsJsonObject("config");
        for (String later : List.of("layers", "keep", "schedule_epochs")) {
            config.remove(later);
        }
        Files.writeString(run.resolve("run.json"), json.toString());
        JsonArray hidden = config.getAsJsonArray("hidden");
        for (String name : List.of("model.safetensors", "checkpoint.safetensors")) {
            Safetensors content = Safetensors.read(run.resolve(name));
            Map<String, String> metadata = new LinkedHashMap<>();
            metadata.put("format", "lanewise 1");
            metadata.put("inputs", "784");
            metadata.put("hidden", hidden.asList().stream().map(width -> width.getAsString())
                    .collect(Collectors.joining(",")));
            metadata.put("classes", "10");
            metadata.put("activation", config.get("activation").getAsString());
            metadata.put("loss", config.get("loss").getAsString());
            for (String key : List.of("best_validation_loss", "epoch", "epochs_without_gain", "optimizer")) {
                if (content.metadata().containsKey(key)) {
                    metadata.put(key, content.metadata().get(key));
                }
            }
            if (name.startsWith("model")) {
                metadata.put("data", config.get("data").getAsString()); // as it was typed, made absolute
            }
            new Safetensors(metadata, content.tensors()).write(run.resolve(name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--hidden 8 --optimizer sgd --lr 0.1",
            "--hidden 9,7 --activation tanh --loss mse --optimizer adam --validation 0.2 --keep last",
            "--hidden none --loss softmax-mse --optimizer nesterov --lr 0.01",
            "--hidden 8 --activation sigmoid --optimizer momentum --dropout 0.2 --label-smoothing 0.1 --ema 0.9 "
                    + "--clip-norm 1 --warmup 0.2"})
    void aRunIsResumedToTheWeightsOfOneThatNeverStopped(String options) throws IOException {
        Outcome whole = wholeAndCut(options);
        Path cut = temp.resolve("cut");
        String evaluated = Outcome.of("eval", cut).expect(0).out();
        Path image = Files.write(temp.resolve("images.idx"), SmallData.images(SmallData.TEST));
        String predicted = Outcome.of("predict", cut, image).expect(0).out();
        String explained = Outcome.of("explain", "digit", 3, "--run", cut).expect(0).out();
        toFirstFormat(cut);
        assertEquals(evaluated, Outcome.of("eval", cut).expect(0).out());
        assertEquals(predicted, Outcome.of("predict", cut, image).expect(0).out());
        assertEquals(explained, Outcome.of("explain", "digit", 3, "--run", cut).expect(0).out());

        Outcome resumed = Outcome.of("train", "--resume", cut).expect(0);
        assertTrue(resumed.out().startsWith("epoch 3/4 "), resumed::toString);
        assertEquals(new SmallRun(temp.resolve("whole")).sha256(), new SmallRun(cut).sha256());
        assertEquals(whole.field("test accuracy"), resumed.field("test accuracy"));
        assertEquals("lanewise 2",
                Safetensors.read(cut.resolve("model.safetensors")).metadata().get("format"), "written anew");
    }

    /** It said where its data lay, and so it is enough alone. */
    @Test
    void aModelFileWithoutItsRunIsEvaluatedOnTheDataThatItNames() throws IOException {
        wholeAndCut("--hidden 8");
        Path cut = temp.resolve("cut");
        toFirstFormat(cut);
        Path alone = Files.copy(cut.resolve("model.safetensors"), temp.resolve("alone.safetensors"));
        assertEquals(Outcome.of("eval", cut).expect(0).out(), Outcome.of("eval", alone).expect(0).out());
    }
}
