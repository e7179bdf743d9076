package dev.lanewise.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.InputException;
import dev.lanewise.data.NpzArchive;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.CrossEntropyLoss;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks that other programs wrote (foreign.py beside them), and the answers that these give. */
class ForeignFilesTest {
    private static final Path FILES = Path.of("src", "test", "resources", "dev", "lanewise", "export");
    private static final int IMAGES = 20;
    private static final String CONVOLUTIONAL = "conv 4 3x3 padding=1, batch-norm, relu, pool 2, conv 6 2x3, tanh, dense 10";

    private static float[] array(String name) throws IOException {
        return NpzArchive.open(FILES.resolve("answers.npz"), archive -> archive.floats(name));
    }

    private static byte[] images() throws IOException {
        float[] pixels = array("images");
        byte[] bytes = new byte[pixels.length];
        IntStream.range(0, bytes.length).forEach(i -> bytes[i] = (byte) pixels[i]);
        return bytes;
    }

    private static void assertAnswers(String name, Model model) throws IOException {
        assertEquals(new Shape(8, 8, 1), model.network().input());
        OnnxRuntimeTest.assertSame(array(name), Networks.predict(model, images(), IMAGES), 10);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "torch-folded | conv 4 3x3 padding=1, relu, pool 2, conv 6 2x3, tanh, dense 10",
            "torch-kept | " + CONVOLUTIONAL, "torch-mlp | dense 12, sigmoid, dense 12, relu, dense 10",
            "sklearn | dense 12, tanh, dense 10", "sklearn-linear | dense 10",
            "keras | conv 4 3x3 padding=1, batch-norm epsilon=0.001, relu, pool 2, conv 6 2x3, tanh, dense 10"})
    void onnx(String name, String layers) throws IOException {
        Model model = Formats.read(FILES.resolve(name + ".onnx"));
        assertEquals(layers, Spec.join(model.network().specs()));
        assertEquals(List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"), model.classes());
        assertAnswers(name, model);
    }

    private static Model initialized(String layers, String file) throws IOException {
        Network network = Network.of(new Shape(8, 8, 1), Spec.parseList(layers), new CrossEntropyLoss()).initialize(1);
        Formats.initialize(network, FILES.resolve(file));
        return new Model(network, IntStream.range(0, network.classes()).mapToObj(String::valueOf).toList(), Map.of());
    }

    /** Weights of bfloat16, biases of float16, and a counter that nobody needs. */
    @Test
    void safetensorsOfPyTorch() throws IOException {
        assertAnswers("torch.safetensors", initialized(CONVOLUTIONAL, "torch.safetensors"));
    }

    @Test
    void arraysOfScikitLearn() throws IOException {
        assertAnswers("sklearn", initialized("dense 12, tanh, dropout 0.5, dense 10", "sklearn.npz"));
    }

    @Test
    void onnxIntoANetworkOfTheSameShapes() throws IOException {
        assertAnswers("torch-kept", initialized("conv 4 3x3 padding=1, batch-norm, relu, pool 2, drop-channels 0.1, "
                + "conv 6 2x3, tanh, dense 10", "torch-kept.onnx"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "torch-mlp.onnx | dense 13, relu, dense 10 | dense1.weight [64, 12] where the network has dense1.weight [64, 13]",
            "torch-mlp.onnx | dense 12, relu, dense 12, relu, dense 10, relu, dense 10 | no more weights where the network has dense4.weight",
            "sklearn.npz | dense 13, tanh, dense 10 | no array that is left for the layer 'dense 13', which takes weights of [64, 13]",
            "sklearn.npz | dense 12, tanh, dense 10, dense 10 | no array that is left for the layer 'dense 10'",
            "torch.safetensors | conv 4 3x3 padding=1, pool 2, conv 6 2x3, dense 10 | the array 'bn1.",
            "answers.npz | dense 10 | its name does not tell"})
    void whatDoesNotFitIsNamed(String file, String layers, String words) {
        InputException e = assertThrows(InputException.class, () -> initialized(layers, file));
        assertTrue(e.getMessage().startsWith(FILES.resolve(file).toString()) && e.getMessage().contains(words),
                e.getMessage());
    }

    /** What lies between layers, weights do not tell. */
    @Test
    void weightsAloneAreNoNetwork() {
        InputException e = assertThrows(InputException.class, () -> Formats.read(FILES.resolve("sklearn.npz")));
        assertEquals(List.of("init", "net", "layers", "hidden"), e.settings(), e::getMessage);
    }

    @Test
    void lossesAreTold() throws IOException {
        assertEquals(Loss.of(Spec.of("cross-entropy")).spec(), Formats.read(FILES.resolve("keras.onnx")).network()
                .loss().spec());
    }
}
