package dev.lanewise.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.InputException;
import dev.lanewise.data.NpzArchive;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks as named arrays, and back. */
class ArraysTest {
    @TempDir
    Path temp;

    static List<Arguments> files() {
        List<Arguments> all = new ArrayList<>();
        for (String layers : Networks.LAYERS) {
            for (Options.Layout layout : Options.Layout.values()) {
                all.add(Arguments.of(layers, layout, "safetensors"));
                all.add(Arguments.of(layers, layout, "npz"));
            }
        }
        return all;
    }

    /** What goes out and comes back is the same, to the bit. */
    @ParameterizedTest
    @MethodSource("files")
    void comesBackAsItWas(String layers, Options.Layout layout, String ending) throws IOException {
        Model model = Networks.model(layers, "cross-entropy smoothing=0.1");
        Path file = temp.resolve("model." + ending);
        Formats.write(Subject.of(model), new Options(false, false, false, layout), file);
        byte[] written = Files.readAllBytes(file);
        Model read = Formats.read(file);
        assertEquals(model.sha256(), read.sha256());
        assertEquals(model.network().specs(), read.network().specs());
        assertEquals(model.classes(), read.classes());
        assertEquals("digits", read.metadata().get("data"));
        Network network = Networks.model(layers, "mse").network().initialize(8);
        Formats.initialize(network, file);
        assertEquals(model.sha256(), Model.sha256(network));
        Formats.write(Subject.of(model), new Options(false, false, false, layout), file);
        assertArrayEquals(written, Files.readAllBytes(file), "the same bytes");
    }

    /** Batch normalisation goes into the layer before it, or stays where there is none with weights. */
    @ParameterizedTest
    @MethodSource("files")
    void isFolded(String layers, Options.Layout layout, String ending) throws IOException {
        Model model = Networks.model(layers, "cross-entropy");
        Path file = temp.resolve("folded." + ending);
        Formats.write(Subject.of(model), new Options(true, false, false, layout), file);
        Model read = Formats.read(file);
        assertEquals(layers.contains("relu, batch-norm") ? 1 : 0,
                read.network().specs().stream().filter(spec -> spec.kind().equals("batch-norm")).count());
        OnnxRuntimeTest.assertSame(Networks.predict(model, Networks.pixels(), 100),
                Networks.predict(read, Networks.pixels(), 100), 10);
    }

    @Test
    void hasPyTorchsNamesAndShapes() throws IOException {
        Model model = Networks.model(new Shape(6, 5, 3),
                "conv 4 3x2, batch-norm, relu, conv 5 1x1, pool 2, dense 7, relu, dense 3",
                "cross-entropy");
        Path file = temp.resolve("torch.safetensors");
        Formats.write(Subject.of(model), Options.USUAL, file);
        Safetensors read = Safetensors.read(file);
        assertEquals("pt", read.metadata().get("format"));
        assertEquals(List.of("conv1.weight [4, 3, 3, 2]", "conv1.bias [4]", "bn1.weight [4]", "bn1.bias [4]",
                "bn1.running_mean [4]", "bn1.running_var [4]", "conv2.weight [5, 4, 1, 1]", "conv2.bias [5]",
                "fc1.weight [7, 20]", "fc1.bias [7]", "fc2.weight [3, 7]", "fc2.bias [3]"),
                read.tensors().stream().map(tensor -> tensor.name() + " " + tensor.shape()).toList());
        float[] own = model.network().parameters().getFirst().value(); // [3, 2, 3, 4]
        float[] torch = read.tensors().getFirst().data();
        assertEquals(own[((1 * 2 + 1) * 3 + 2) * 4 + 3], torch[((3 * 3 + 2) * 3 + 1) * 2 + 1]);
        float[] rows = read.tensor("fc1.weight").orElseThrow().data(); // its input is [2, 2, 5] here, [5, 2, 2] there
        float[] dense = model.network().parameters().get(8).value();
        assertEquals(dense[((1 * 2 + 0) * 5 + 3) * 7 + 6], rows[6 * 20 + (3 * 2 + 1) * 2 + 0]);
        Path npz = temp.resolve("torch.npz");
        Formats.write(Subject.of(model), Options.USUAL, npz);
        assertArrayEquals(rows, NpzArchive.<float[]>open(npz, archive -> archive.floats("fc1.weight")));
        assertTrue(NpzArchive.<String>open(npz, archive -> archive.text("metadata"))
                .contains("\"layers\":\"conv 4 3x2"));
    }

    /** Without a word about the network, a matrix with its biases is a linear classifier. */
    @Test
    void oneMatrixIsAClassifier() throws IOException {
        Model model = Networks.model("dense 10", "cross-entropy");
        Path file = temp.resolve("linear.safetensors");
        new Safetensors(Map.of(), NamedArrays.torch(model.network(), file)).write(file);
        Model read = Formats.read(file);
        assertEquals(List.of(Spec.of("dense", 10)), read.network().specs());
        assertEquals(model.sha256(), read.sha256());
    }

    @Test
    void layersThatOthersDoNotKnowStayInTheirOwnLayout() throws IOException {
        Model model = Networks.model("dense 12, prelu, dense 10", "cross-entropy");
        for (String name : List.of("model.onnx", "model.h", "model.npz", "model.safetensors")) {
            Path file = temp.resolve(name);
            InputException e = assertThrows(InputException.class,
                    () -> Formats.write(Subject.of(model), Options.USUAL, file));
            assertTrue(e.getMessage().contains("'prelu'") && e.settings().contains("layout lanewise"),
                    e.getMessage());
        }
        for (String name : List.of("model.npz", "model.safetensors")) {
            Path file = temp.resolve(name);
            Formats.write(Subject.of(model), new Options(false, false, false, Options.Layout.LANEWISE), file);
            assertEquals(model.sha256(), Formats.read(file).sha256());
        }
    }
}
