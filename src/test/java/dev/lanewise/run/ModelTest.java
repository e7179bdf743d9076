package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.Input;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Spec;
import dev.lanewise.run.files.IndependentSafetensors;
import dev.lanewise.run.files.Safetensors;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {
    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("model.safetensors");
    }

    private static Model model(Shape input, String layers, String loss, String... classes) {
        return new Model(Network.of(input, Spec.parseList(layers), Loss.of(Spec.parse(loss))).initialize(8),
                List.of(classes), Map.of());
    }

    private static Model small() {
        return model(Shape.vector(5), "dense 4, tanh, dense 3, tanh, dense 2", "mse", "0", "1");
    }

    /** What "lanewise 1" said of the same network. */
    private static Map<String, String> smallInFormat1() {
        return new LinkedHashMap<>(Map.of("format", "lanewise 1", "inputs", "5", "hidden", "4,3", "classes", "2",
                "activation", "tanh", "loss", "mse"));
    }

    private static float[] predictions(Network network) {
        Pipeline pipeline = new Pipeline(network, Input.of(network.input(), 1), Mode.evaluation(Tuning.SHORT));
        for (int i = 0; i < network.input().size(); i++) {
            pipeline.input().values()[i] = i;
        }
        pipeline.forward(0, 1);
        float[] p = new float[network.classes()];
        pipeline.predict(p, 1);
        return p;
    }

    private static void assertSame(Model expected, Model read) {
        assertEquals(expected.network().input(), read.network().input());
        assertEquals(expected.network().specs(), read.network().specs());
        assertEquals(expected.network().loss().spec(), read.network().loss().spec());
        assertEquals(expected.classes(), read.classes());
        for (int p = 0; p < expected.network().parameters().size(); p++) {
            Parameter parameter = expected.network().parameters().get(p);
            assertEquals(parameter.name(), read.network().parameters().get(p).name());
            assertArrayEquals(parameter.value(), read.network().parameters().get(p).value());
        }
        assertArrayEquals(predictions(expected.network()), predictions(read.network()));
    }

    static List<Arguments> networks() {
        List<Arguments> all = new ArrayList<>();
        for (String activation : List.of("relu", "sigmoid", "tanh")) {
            for (String loss : List.of("cross-entropy", "cross-entropy smoothing=0.1", "mse", "softmax-mse")) {
                for (String layers : List.of("dense 2", "dense 4, %1$s, dense 3, %1$s, dense 2",
                        "%1$s, dense 4, dropout 0.25, %1$s, dense 2, %1$s")) {
                    all.add(Arguments.of(layers.formatted(activation), loss));
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("networks")
    void modelIsReadAsItWasWritten(String layers, String loss) throws IOException {
        Model model = model(new Shape(5, 1, 3), layers, loss, "a", "b");
        model.write(file(), Map.of("data", "digits"));
        Model read = Model.read(file());
        assertSame(model, read);
        assertEquals("digits", read.metadata().get("data"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b", "say \"cheese\"", "[\"x\"]", "back\\slash", "", " ", "größer als", "数字٣𝟛",
            "two\nlines\tand\u0001", "</script>", "it's", "\u2028", "null"})
    void classNamesAreKeptWhateverIsInThem(String name) throws IOException {
        Model model = model(Shape.vector(3), "dense 3", "cross-entropy", name, "0", "other " + name);
        model.write(file(), Map.of());
        assertEquals(List.of(name, "0", "other " + name), Model.read(file()).classes());
        assertEquals(List.of("dense1.weight", "dense1.bias"),
                List.copyOf(new IndependentSafetensors(Files.readAllBytes(file())).tensors.keySet()));
    }

    @Test
    void aModelOfManyClassesIsReadAsItWasWritten() throws IOException {
        String[] names = new String[256];
        Arrays.setAll(names, i -> "class " + i);
        Model model = model(new Shape(2, 2, 3), "dense 256", "cross-entropy", names);
        model.write(file(), Map.of());
        assertSame(model, Model.read(file()));
    }

    @Test
    void namesThatAreNotAsManyAsTheOutputsAreRefused() {
        Network network = small().network();
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> new Model(network, List.of("one"), Map.of()));
        assertEquals("classes: 1 names for 2 outputs", e.getMessage());
    }

    @Test
    void digestIsThatOfTheFilesDataSection() throws IOException, NoSuchAlgorithmException {
        Model model = small();
        model.write(file(), Map.of());
        byte[] bytes = Files.readAllBytes(file());
        int data = 4 * (5 * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2);
        byte[] digest = MessageDigest.getInstance("SHA-256")
                .digest(Arrays.copyOfRange(bytes, bytes.length - data, bytes.length));
        assertEquals(HexFormat.of().formatHex(digest), model.sha256());
        model.network().parameters().getLast().value()[1] = -0f; // it was +0
        assertNotEquals(HexFormat.of().formatHex(digest), model.sha256());
    }

    @Test
    void independentReaderSeesNamesShapesAndWeights() throws IOException {
        Model model = small();
        model.write(file(), Map.of("data", "digits"));
        IndependentSafetensors read = new IndependentSafetensors(Files.readAllBytes(file()));
        assertEquals("{dense1.weight=[5, 4], dense1.bias=[4], dense2.weight=[4, 3], dense2.bias=[3], "
                + "dense3.weight=[3, 2], dense3.bias=[2]}", read.shapes.toString());
        for (Parameter parameter : model.network().parameters()) {
            assertArrayEquals(parameter.value(), read.tensors.get(parameter.name()));
        }
        assertEquals(Map.of("format", "lanewise 2", "input", "1 1 5", "layers",
                "dense 4, tanh, dense 3, tanh, dense 2", "loss", "mse", "classes", "[\"0\",\"1\"]", "prepare", "none",
                "ink", "none",
                "data", "digits"), read.metadata);
    }

    /** As predict prepares images for it. */
    @Test
    void onlyWhatTakesImagesLikeMnistsIsSaidToTakeThemCentred() throws IOException {
        model(Mnist.SHAPE, "dense 10", "cross-entropy", Mnist.CLASSES.toArray(String[]::new)).write(file(), Map.of());
        assertEquals("centre", Model.read(file()).metadata().get("prepare"));
        model(new Shape(1, 1, 784), "dense 2", "cross-entropy", "a", "b").write(file(), Map.of());
        assertEquals("none", Model.read(file()).metadata().get("prepare"));
    }

    @Test
    void theSameModelIsTheSameBytes() throws IOException {
        small().write(file(), Map.of("a", "1", "b", "2", "c", "3"));
        byte[] bytes = Files.readAllBytes(file());
        small().write(file(), Map.of("c", "3", "a", "1", "b", "2"));
        assertArrayEquals(bytes, Files.readAllBytes(file()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"'' | dense 2", "4,3 | dense 4, tanh, dense 3, tanh, dense 2"})
    void modelsOfTheFirstFormatAreStillRead(String hidden, String layers) throws IOException {
        Model model = model(Shape.vector(5), layers, "mse", "0", "1");
        Map<String, String> metadata = smallInFormat1();
        metadata.put("hidden", hidden);
        metadata.put("data", "/somewhere/digits");
        new Safetensors(metadata, model.tensors()).write(file());
        Model read = Model.read(file());
        assertSame(model, read);
        assertEquals("/somewhere/digits", read.metadata().get("data"));
    }

    @Test
    void modelsOfTheFirstFormatWithoutActivationAreLinear() throws IOException {
        Model model = model(Shape.vector(5), "dense 4, dense 3, dense 2", "mse", "0", "1");
        Map<String, String> metadata = smallInFormat1();
        metadata.put("activation", "none");
        new Safetensors(metadata, model.tensors()).write(file());
        assertSame(model, Model.read(file()));
    }

    @Test
    void aFirstFormatsModelOfMnistTakesItsImages() throws IOException {
        Model model = model(Mnist.SHAPE, "dense 10", "cross-entropy", Mnist.CLASSES.toArray(String[]::new));
        new Safetensors(Map.of("format", "lanewise 1", "inputs", "784", "hidden", "", "classes", "10", "activation",
                "relu", "loss", "cross-entropy"), model.tensors()).write(file());
        assertSame(model, Model.read(file()));
    }

    /** They may be of a jar that is missing. */
    @ParameterizedTest
    @CsvSource({"layers, swish", "loss, hinge"})
    void unknownKindsAreNamed(String key, String value) throws IOException {
        Map<String, String> metadata = small().metadata(Map.of());
        metadata.put(key, value);
        new Safetensors(metadata, small().tensors()).write(file());
        assertTrue(
                refusal().matches("\\w+ '%s' is not one of .*; use another file, or put the jar .*".formatted(value)),
                this::refusal);
    }

    private String refusal() {
        String message = assertThrows(InputException.class, () -> Model.read(file())).getMessage();
        assertTrue(message.startsWith(file() + ": "), message);
        assertFalse(message.contains("\n") || message.contains("null") || message.contains("Exception"), message);
        return message.substring((file() + ": ").length());
    }

    @Test
    void fileOfAnotherProgramIsRefused() throws IOException {
        for (Map<String, String> metadata : List.of(Map.<String, String>of(), Map.of("format", "pt"),
                Map.of("format", "lanewise 3"))) {
            new Safetensors(metadata, small().tensors()).write(file());
            assertEquals("this is not a model that Lanewise wrote, or a newer one; use another file", refusal());
        }
    }

    private void assertDamaged(Map<String, String> metadata, String why) throws IOException {
        new Safetensors(metadata, small().tensors()).write(file());
        assertEquals("the network's description is damaged (%s); use another file".formatted(why), refusal());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "input | five | input: five is not a whole number from 1 to 2147483647",
            "input | 5 | input: 5 is not height, width, channels",
            "input | 1 1 5 1 | input: 1 1 5 1 is not height, width, channels",
            "input | 1  1 5 | input: nothing is not a whole number from 1 to 2147483647",
            "input | 1 1 0 | input: 0 is not a whole number from 1 to 2147483647",
            "input | 1 1 ٥ | input: ٥ is not a whole number from 1 to 2147483647",
            "input | 1 1 +5 | input: +5 is not a whole number from 1 to 2147483647",
            "input | 1 1 4294967301 | input: 4294967301 is not a whole number from 1 to 2147483647",
            "input | 1 1 -5 | input: -5 is not a whole number from 1 to 2147483647",
            "input | 1 1 6 | 6-4-3-2 has more weights than the file",
            "input | 65536 65536 65536 | a shape of 65,536 x 65,536 x 65,536 is not from 1 number to as many as fit into an array",
            "input | 1 1 2147483647 | it has more weights than the file",
            "layers | `` | layers: there must be at least one",
            "layers | dense | 'dense': write it as 'dense UNITS'",
            "layers | dense 4 3 | 'dense 4 3': write it as 'dense UNITS'",
            "layers | dense four | 'dense four': four is not a whole number above 0",
            "layers | dense 0 | 'dense 0': 0 is not a whole number above 0",
            "layers | dense 4,, dense 2 | words are missing before or behind a comma, or there are none",
            "layers | relu 3, dense 2 | 'relu 3': write it as 'relu'",
            "layers | dropout 1, dense 2 | dropout: a probability from 0 to below 1, not 1.0",
            "layers | dense 2000000000, dense 2000000000, dense 2 | it has more weights than the file",
            "layers | dense 40000000, dense 2 | 5-40000000-2 has more weights than the file",
            "layers | dense 4, tanh, dense 4 | classes: 2 names for 4 outputs",
            "classes | [\"0\"] | classes: 1 names for 2 outputs",
            "classes | `` | classes: this is not JSON",
            "classes | [\"0\",null] | classes: a name is not a text",
    })
    void damagedDescriptionIsRefused(String key, String value, String why) throws IOException {
        Map<String, String> metadata = small().metadata(Map.of());
        metadata.put(key, value);
        assertDamaged(metadata, why);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "loss | mse 3 | 'mse 3'", "loss | cross-entropy smoothing=7 | smoothing", "loss | `` | words are missing",
            "classes | 3 | classes", "classes | {\"0\":\"1\"} | classes", "classes | [[\"0\"],[\"1\"]] | classes",
            "classes | [\"0\",\"1\" | classes"})
    void damagedWordsAreRefused(String key, String value, String mentioned) throws IOException {
        Map<String, String> metadata = small().metadata(Map.of());
        metadata.put(key, value);
        new Safetensors(metadata, small().tensors()).write(file());
        String message = refusal();
        assertTrue(message.startsWith("the network's description is damaged (") && message.contains(
                mentioned), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "inputs | five | inputs: five is not a whole number from 1 to 2147483647",
            "inputs | 0 | inputs: 0 is not a whole number from 1 to 2147483647",
            "inputs | 6 | 6-4-3-2 has more weights than the file",
            "hidden | 4;3 | 'dense 4;3': 4;3 is not a whole number above 0",
            "hidden | 4,-3 | 'dense -3': -3 is not a whole number above 0",
            "hidden | 4,,3 | 'dense ' must be words with blanks between them, no commas",
            "hidden | 2000000000,2000000000 | it has more weights than the file",
            "hidden | 40000000 | 5-40000000-2 has more weights than the file",
            "classes | 2147483647 | classes: 2147483647 is not a whole number from 1 to 256",
            "classes | -1 | classes: -1 is not a whole number from 1 to 256",
            "activation | re lu | 're lu ' must be words with blanks between them, no commas",
            "activation | dense | 'dense': write it as 'dense UNITS'",
    })
    void damagedDescriptionOfTheFirstFormatIsRefused(String key, String value, String why) throws IOException {
        Map<String, String> metadata = smallInFormat1();
        metadata.put(key, value);
        assertDamaged(metadata, why);
    }

    @ParameterizedTest
    @CsvSource({"activation, swish", "loss, hinge"})
    void unknownKindsOfTheFirstFormatAreNamed(String key, String value) throws IOException {
        Map<String, String> metadata = smallInFormat1();
        metadata.put(key, value);
        new Safetensors(metadata, small().tensors()).write(file());
        assertTrue(refusal().matches("\\w+ '%s' is not one of .*".formatted(value)), this::refusal);
    }

    static Stream<Arguments> keys() {
        return Stream.concat(Stream.of("input", "layers", "loss", "classes").map(key -> Arguments.of(2, key)),
                Stream.of("inputs", "hidden", "classes", "activation", "loss").map(key -> Arguments.of(1, key)));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void missingDescriptionIsRefused(int format, String key) throws IOException {
        Map<String, String> metadata = format == 1 ? smallInFormat1() : small().metadata(Map.of());
        metadata.remove(key);
        assertDamaged(metadata, key + " is missing");
    }

    /** Descriptions of gigabytes over a file of 200 bytes. */
    @Test
    void nothingIsAllocatedOnTheDescriptionsWord() throws IOException {
        List<Map<String, String>> descriptions = new ArrayList<>();
        for (String layers : List.of("dense 400000000, dense 2", "dense 2000000000, dense 2",
                "dense 4, dense 500000000, dense 1, dense 2",
                String.join(", ", Collections.nCopies(1000, "dense 40000")) + ", dense 2")) {
            Map<String, String> metadata = small().metadata(Map.of());
            metadata.put("layers", layers);
            descriptions.add(metadata);
        }
        Map<String, String> wide = small().metadata(Map.of());
        wide.put("input", "10000 10000 10");
        descriptions.add(wide);
        for (String hidden : List.of("400000000", "2000000000", "4,500000000,1")) {
            Map<String, String> metadata = smallInFormat1();
            metadata.put("hidden", hidden);
            descriptions.add(metadata);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (Map<String, String> metadata : descriptions) {
            new Safetensors(metadata, small().tensors()).write(file());
            long before = threads.getCurrentThreadAllocatedBytes();
            String message = refusal();
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 4 << 20, () -> "%d bytes for: %s".formatted(allocated, message));
        }
    }

    @Test
    void missingTensorIsRefusedByName() throws IOException {
        List<Safetensors.Tensor> tensors = new ArrayList<>(small().tensors());
        tensors.add(tensors.remove(3).name().equals("dense2.bias")
                ? new Safetensors.Tensor("other", List.of(3), new float[3])
                : null);
        new Safetensors(small().metadata(Map.of()), tensors).write(file());
        assertEquals("the tensor dense2.bias is missing; use another file", refusal());
    }

    @Test
    void tensorOfAnotherShapeIsRefusedByName() throws IOException {
        List<Safetensors.Tensor> tensors = new ArrayList<>(small().tensors());
        tensors.set(2, new Safetensors.Tensor("dense2.weight", List.of(3, 4), new float[12]));
        new Safetensors(small().metadata(Map.of()), tensors).write(file());
        assertEquals("the tensor dense2.weight is [3, 4] instead of [4, 3]; use another file", refusal());
    }

    /** Each image by a pipeline of its own, which has room for it alone. */
    @ParameterizedTest
    @ValueSource(strings = {"dense 9, relu, dense 3", "conv 4 3x3, relu, pool 2, dense 3"})
    void predictsOneImageAsAmongMany(String layers) {
        Model model = model(new Shape(6, 5, 1), layers, "cross-entropy", "a", "b", "c");
        int size = model.network().input().size();
        byte[] pixels = new byte[37 * size];
        new SplittableRandom(3).nextBytes(pixels);
        float[] numbers = new float[pixels.length];
        float[] expected = new float[37 * 3];
        Pipeline alone = new Pipeline(model.network(), Input.of(model.network().input(), 1),
                Mode.evaluation(Tuning.SHORT));
        for (int image = 0; image < 37; image++) {
            for (int i = image * size; i < (image + 1) * size; i++) {
                numbers[i] = (pixels[i] & 0xff) * (1f / 255f);
            }
            System.arraycopy(numbers, image * size, alone.input().values(), 0, size);
            alone.forward(0, 1);
            float[] p = new float[3];
            alone.predict(p, 1);
            System.arraycopy(p, 0, expected, image * 3, 3);
            assertArrayEquals(p, model.predict(Arrays.copyOfRange(pixels, image * size, (image + 1) * size)));
        }
        assertArrayEquals(expected, model.predict(pixels));
        assertArrayEquals(expected, model.predict(numbers));
        assertEquals(0, model.predict(new byte[0]).length);
        assertEquals("pixels: 31 are no whole number of images of 6 x 5",
                assertThrows(IllegalArgumentException.class, () -> model.predict(new byte[31])).getMessage());
    }

    @Test
    void aFileThatWouldBeReadAsAnotherFormatIsNotWritten() {
        for (String name : List.of("model.onnx", "model.npz")) {
            Path file = Path.of(name);
            assertEquals(name + ": a model is written as .safetensors; name it so, or export it",
                    assertThrows(InputException.class, () -> small().write(file)).getMessage());
            assertFalse(Files.exists(file));
        }
    }

    @Test
    void namesAndMetadataCannotBeChanged() {
        List<String> names = new ArrayList<>(List.of("a", "b"));
        Model model = new Model(small().network(), names, Map.of());
        names.set(0, "c");
        assertEquals(List.of("a", "b"), model.classes());
        assertThrows(UnsupportedOperationException.class, () -> model.metadata().put("data", "other"));
    }
}
