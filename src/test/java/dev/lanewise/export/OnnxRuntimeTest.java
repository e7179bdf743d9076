package dev.lanewise.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Reductions;
import dev.lanewise.kernel.Shape;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is exported, run by ONNX Runtime: the same answers, and the words that belong to them. */
class OnnxRuntimeTest {
    private static final double MOST_OFF = 1e-5;

    @TempDir
    Path temp;

    /** What ONNX Runtime makes of images, [rows, classes]. */
    static float[] run(Path file, Shape shape, byte[] pixels, int rows) throws OrtException {
        byte[] ordered = new byte[rows * shape.size()];
        float[] units = new float[ordered.length];
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < shape.channels(); c++) {
                for (int place = 0; place < shape.height() * shape.width(); place++) {
                    int at = row * shape.size() + c * shape.height() * shape.width() + place;
                    ordered[at] = pixels[row * shape.size() + place * shape.channels() + c];
                    units[at] = (ordered[at] & 0xff) / 255f;
                }
            }
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString(), new OrtSession.SessionOptions())) {
            String name = session.getInputNames().iterator().next();
            TensorInfo info = (TensorInfo) session.getInputInfo().get(name).getInfo();
            long[] extents = info.getShape();
            assertEquals(-1, extents[0], "any number of images");
            extents[0] = rows;
            try (OnnxTensor images = info.type == OnnxJavaType.UINT8
                    ? OnnxTensor.createTensor(environment, ByteBuffer.wrap(ordered), extents, OnnxJavaType.UINT8)
                    : OnnxTensor.createTensor(environment, FloatBuffer.wrap(units), extents);
                    OrtSession.Result result = session.run(Map.of(name, images))) {
                float[][] answers = (float[][]) result.get(0).getValue();
                float[] all = new float[rows * answers[0].length];
                for (int row = 0; row < rows; row++) {
                    System.arraycopy(answers[row], 0, all, row * answers[row].length, answers[row].length);
                }
                return all;
            }
        }
    }

    static void assertSame(float[] expected, float[] found, int classes) {
        assertEquals(expected.length, found.length);
        for (int at = 0; at < expected.length; at += classes) {
            assertEquals(Reductions.argmax(expected, at, classes), Reductions.argmax(found, at, classes),
                    "class of image " + at / classes);
            for (int j = 0; j < classes; j++) {
                assertEquals(expected[at + j], found[at + j], MOST_OFF, "image " + at / classes);
            }
        }
    }

    static List<Arguments> networks() {
        List<Arguments> all = new ArrayList<>();
        for (String layers : Networks.LAYERS) {
            for (boolean pixels : new boolean[]{false, true}) {
                all.add(Arguments.of(layers, pixels ? "mse" : "cross-entropy smoothing=0.1", pixels));
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("networks")
    void givesTheSameProbabilities(String layers, String loss, boolean pixels) throws IOException, OrtException {
        Model model = Networks.model(layers, loss);
        float[] expected = Networks.predict(model, Networks.pixels(), 1000);
        for (boolean fold : new boolean[]{false, true}) {
            Path file = temp.resolve("model.onnx");
            Formats.write(Subject.of(model), new Options(fold, pixels, false, Options.Layout.TORCH), file);
            assertSame(expected, run(file, Mnist.SHAPE, Networks.pixels(), 1000), 10);
            Model read = Formats.read(file);
            assertSame(expected, Networks.predict(read, Networks.pixels(), 1000), 10);
            assertEquals(model.classes(), read.classes());
            assertEquals(loss.split(" ")[0], read.network().loss().spec().kind());
            assertEquals("centre", read.preparation().word());
            assertEquals("light", read.ink().word());
            if (!fold) {
                assertEquals(model.sha256(), read.sha256(), "the very weights");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void givesLogits(String layers, String loss, boolean pixels) throws IOException, OrtException {
        Model model = Networks.model(layers, loss);
        Path file = temp.resolve("model.onnx");
        Formats.write(Subject.of(model), new Options(true, pixels, true, Options.Layout.TORCH), file);
        float[] logits = run(file, Mnist.SHAPE, Networks.pixels(), 100);
        float[] p = new float[logits.length];
        model.network().loss().predict(logits, p, 100, 10);
        assertSame(Networks.predict(model, Networks.pixels(), 100), p, 10);
        assertSame(p, Networks.predict(Formats.read(file), Networks.pixels(), 100), 10);
    }

    /** What is lost when weights become bytes is lost for all readers alike. */
    @ParameterizedTest
    @MethodSource("networks")
    void takesWeightsAsBytes(String layers, String loss, boolean pixels) throws IOException, OrtException {
        Model model = Networks.model(layers, loss);
        Path file = temp.resolve("int8.onnx");
        Formats.write(Subject.of(model), new Options(true, pixels, false, Options.Layout.TORCH, true), file);
        Model read = Formats.read(file);
        float[] found = Networks.predict(read, Networks.pixels(), 200);
        assertSame(found, run(file, Mnist.SHAPE, Networks.pixels(), 200), 10);
        float[] exact = Networks.predict(model, Networks.pixels(), 200);
        for (int i = 0; i < exact.length; i++) {
            assertEquals(exact[i], found[i], 0.05, "probability " + i);
        }
        assertNotEquals(model.sha256(), read.sha256());
        Path again = temp.resolve("again.onnx"); // bytes times a scale are bytes times a scale
        Formats.write(Subject.of(read), new Options(true, pixels, false, Options.Layout.TORCH, true), again);
        assertSame(found, Networks.predict(Formats.read(again), Networks.pixels(), 200), 10);
    }

    @Test
    void aFileOfBytesIsAQuarter() throws IOException {
        Model model = Networks.model("dense 128, relu, dense 10", "cross-entropy");
        Path whole = temp.resolve("whole.onnx");
        Path bytes = temp.resolve("bytes.onnx");
        Formats.write(Subject.of(model), Options.USUAL, whole);
        Formats.write(Subject.of(model), new Options(false, false, false, Options.Layout.TORCH, true), bytes);
        double share = (double) Files.size(bytes) / Files.size(whole);
        assertTrue(share > 0.24 && share < 0.28, () -> "a share of " + share);
    }

    /** One output with a sigmoid tells two classes apart. */
    @Test
    void oneOutputBecomesTwoClasses() throws IOException, OrtException {
        Model one = Networks.model("dense 16, relu, dense 1", "mse");
        Path file = temp.resolve("one.onnx");
        Formats.write(Subject.of(one), Options.USUAL, file);
        Model two = Formats.read(file);
        assertEquals(List.of("0", "1"), two.classes());
        float[] expected = run(file, Mnist.SHAPE, Networks.pixels(), 100);
        float[] found = Networks.predict(two, Networks.pixels(), 100);
        for (int i = 0; i < 100; i++) {
            assertEquals(expected[i], found[2 * i + 1], MOST_OFF);
            assertEquals(1 - expected[i], found[2 * i], MOST_OFF);
        }
        Formats.write(Subject.of(one), new Options(false, false, true, Options.Layout.TORCH), file);
        String message = assertThrows(InputException.class, () -> Formats.read(file)).getMessage();
        assertTrue(message.contains(file.toString()) && message.contains("one output and no Sigmoid"), message);
        Formats.write(Subject.of(Networks.model("conv 1 5x5, global-pool", "mse")), Options.USUAL, file);
        message = assertThrows(InputException.class, () -> Formats.read(file)).getMessage();
        assertTrue(message.contains("not that of a product"), message);
    }

    /** Channels lie first there and last here, before a first product and behind convolutions. */
    @ParameterizedTest
    @MethodSource("colourNetworks")
    void takesImagesInColour(String layers) throws IOException, OrtException {
        Shape shape = new Shape(9, 7, 3);
        Model model = Networks.model(shape, layers, "cross-entropy");
        byte[] pixels = new byte[50 * shape.size()];
        new SplittableRandom(1).nextBytes(pixels);
        Path file = temp.resolve("colour.onnx");
        Formats.write(Subject.of(model), Options.USUAL, file);
        float[] expected = Networks.predict(model, pixels, 50);
        assertSame(expected, run(file, shape, pixels, 50), model.classes().size());
        Model read = Formats.read(file);
        assertEquals(shape, read.network().input());
        assertEquals(model.sha256(), read.sha256());
    }

    static List<String> colourNetworks() {
        return List.of("dense 4", "dense 8, relu, dense 4", "conv 5 3x3, relu, pool 2x1 stride=2, dense 4",
                "batch-norm, conv 5 2x3 padding=1, relu, global-pool, dense 3");
    }

    @Test
    void tellsWhatItIs() throws IOException, OrtException {
        Model model = Networks.model("conv 4 3x3, relu, pool 2, dense 10", "cross-entropy");
        Path file = temp.resolve("model.onnx");
        String run = "{\"result\":{\"test_accuracy\":0.9833},\"dataset\":{\"files\":[{\"name\":\"a\",\"sha256\":\"0f\"}]}}";
        Formats.write(new Subject(model, run, null), Options.USUAL, file);
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString(),
                new OrtSession.SessionOptions())) {
            Map<String, String> about = session.getMetadata().getCustomMetadata();
            assertEquals("0.9833", about.get("test_accuracy"));
            assertEquals("{\"a\":\"0f\"}", about.get("data_sha256"));
            assertEquals(model.sha256(), about.get("weights_sha256"));
            assertEquals("digits", about.get("data"));
            assertTrue(about.get("classes").startsWith("[\"class 0\",\"class 1\""), about::toString);
            assertTrue(session.getMetadata().getProducerName().startsWith("lanewise"));
            assertEquals(List.of("images"), List.copyOf(session.getInputNames()));
            assertEquals(List.of("probabilities"), List.copyOf(session.getOutputNames()));
            assertEquals("[-1, 1, 28, 28]", Arrays.toString(((TensorInfo) session.getInputInfo().get("images")
                    .getInfo()).getShape()));
        }
        assertEquals(new Ensemble(List.of(model)).input(), Formats.read(file).network().input());
    }
}
