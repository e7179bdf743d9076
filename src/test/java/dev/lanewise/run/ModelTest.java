package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.data.InputException;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelFileTest {
    @TempDir
    Path directory;

    private static final Architecture SMALL = new Architecture(5, List.of(4, 3), 2, Activation.TANH,
            Loss.SQUARED_ERROR);

    private Path file() {
        return directory.resolve("model.safetensors");
    }

    static Stream<Architecture> architectures() {
        return Stream.of(Activation.values()).flatMap(activation -> Stream.of(Loss.values())
                .flatMap(loss -> Stream.of(List.<Integer>of(), List.of(4, 3))
                        .map(hidden -> new Architecture(5, hidden, 2, activation, loss))));
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void networkIsReadAsItWasWritten(Architecture architecture) throws IOException {
        Network network = Network.of(architecture, 3).initialize(8);
        ModelFile.write(file(), architecture, network, Map.of("data", "digits"));
        ModelFile read = ModelFile.read(file(), 7);
        assertEquals(architecture, read.architecture());
        assertEquals("digits", read.metadata().get("data"));
        assertEquals(7, read.network().capacity());
        for (int p = 0; p < network.parameters().size(); p++) {
            Parameter expected = network.parameters().get(p);
            assertEquals(expected.name(), read.network().parameters().get(p).name());
            assertArrayEquals(expected.value(), read.network().parameters().get(p).value());
        }
        for (int i = 0; i < 5; i++) {
            network.input()[i] = i;
            read.network().input()[i] = i;
        }
        network.forward(0, 1);
        read.network().forward(0, 1);
        assertArrayEquals(network.probabilities(1), read.network().probabilities(1), architecture.toString());
    }

    @Test
    void digestIsThatOfTheFilesDataSection() throws IOException, NoSuchAlgorithmException {
        Network network = Network.of(SMALL, 1).initialize(8);
        ModelFile.write(file(), SMALL, network, Map.of());
        byte[] bytes = Files.readAllBytes(file());
        int data = 4 * (5 * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2);
        byte[] digest = MessageDigest.getInstance("SHA-256")
                .digest(Arrays.copyOfRange(bytes, bytes.length - data, bytes.length));
        assertEquals(HexFormat.of().formatHex(digest), ModelFile.sha256(network));
        network.parameters().getLast().value()[1] = -0f; // it was +0
        assertNotEquals(HexFormat.of().formatHex(digest), ModelFile.sha256(network));
    }

    @Test
    void independentReaderSeesNamesShapesAndWeights() throws IOException {
        Network network = Network.of(SMALL, 1).initialize(8);
        ModelFile.write(file(), SMALL, network, Map.of());
        IndependentSafetensors read = new IndependentSafetensors(Files.readAllBytes(file()));
        assertEquals("{dense1.weight=[5, 4], dense1.bias=[4], dense2.weight=[4, 3], dense2.bias=[3], "
                + "dense3.weight=[3, 2], dense3.bias=[2]}", read.shapes.toString());
        for (Parameter parameter : network.parameters()) {
            assertArrayEquals(parameter.value(), read.tensors.get(parameter.name()));
        }
        assertEquals(Map.of("format", "lanewise 1", "inputs", "5", "hidden", "4,3", "classes", "2",
                "activation", "tanh", "loss", "mse"), read.metadata);
    }

    private void assertRefused(String message) {
        InputException e = assertThrows(InputException.class, () -> ModelFile.read(file(), 1));
        assertEquals(file() + ": " + message, e.getMessage());
    }

    @Test
    void fileOfAnotherProgramIsRefused() throws IOException {
        List<Safetensors.Tensor> tensors = ModelFile.tensors(Network.of(SMALL, 1));
        for (Map<String, String> metadata : List.of(Map.<String, String>of(), Map.of("format", "pt"),
                Map.of("format", "lanewise 2"))) {
            new Safetensors(metadata, tensors).write(file());
            assertRefused("this is not a model that Lanewise wrote, or a newer one");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "inputs | five | For input string: \"five\"",
            "inputs | 0 | widths 0, [4, 3], 2: each must be at least 1",
            "inputs | 6 | 6-4-3-2 has more weights than the file",
            "hidden | 4;3 | For input string: \"4;3\"",
            "hidden | 4,-3 | widths 5, [4, -3], 2: each must be at least 1",
            "hidden | 2000000000,2000000000 | 5-2000000000-2000000000-2 has more weights than the file",
            "classes | 2147483647 | 5-4-3-2147483647 has more weights than the file",
            "activation | swish | No enum constant dev.lanewise.model.Activation.SWISH",
            "loss | hinge | loss: hinge is not one of [cross-entropy, mse, softmax-mse]",
    })
    void damagedDescriptionIsRefused(String key, String value, String why) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>(ModelFile.metadata(SMALL, Map.of()));
        metadata.put(key, value);
        new Safetensors(metadata, ModelFile.tensors(Network.of(SMALL, 1))).write(file());
        assertRefused("the network's description is damaged (%s); use another file".formatted(why));
    }

    @ParameterizedTest
    @CsvSource({"inputs", "hidden", "classes", "activation", "loss"})
    void missingDescriptionIsRefused(String key) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>(ModelFile.metadata(SMALL, Map.of()));
        metadata.remove(key);
        new Safetensors(metadata, ModelFile.tensors(Network.of(SMALL, 1))).write(file());
        InputException e = assertThrows(InputException.class, () -> ModelFile.read(file(), 1));
        assertEquals(file() + ": the network's description is damaged (",
                e.getMessage().substring(0, e.getMessage().indexOf('(') + 1));
    }

    @Test
    void missingTensorIsRefusedByName() throws IOException {
        List<Safetensors.Tensor> tensors = new ArrayList<>(ModelFile.tensors(Network.of(SMALL, 1)));
        tensors.remove(3);
        new Safetensors(ModelFile.metadata(SMALL, Map.of()), tensors).write(file());
        assertRefused("the tensor dense2.bias is missing; use another file");
    }

    @Test
    void tensorOfAnotherShapeIsRefusedByName() throws IOException {
        List<Safetensors.Tensor> tensors = new ArrayList<>(ModelFile.tensors(Network.of(SMALL, 1)));
        tensors.set(2, new Safetensors.Tensor("dense2.weight", List.of(3, 4), new float[12]));
        new Safetensors(ModelFile.metadata(SMALL, Map.of()), tensors).write(file());
        assertRefused("the tensor dense2.weight is [3, 4] instead of [4, 3]; use another file");
    }
}
