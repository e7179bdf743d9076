package dev.lanewise.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Damage;
import dev.lanewise.data.InputException;
import dev.lanewise.data.NpzFile;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Protobuf;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files with networks that are damaged, or made to do harm: each is read, or refused by one sentence. */
class HostileFilesTest {
    private static final int FILES = Integer.getInteger("lanewise.damaged", 4000);
    private static final long MOST_NANOS = 5_000_000_000L;

    @TempDir
    Path temp;

    /** A graph of these nodes and tensors, from images of 2 x 2. */
    private final class Graph {
        private final Protobuf.Writer graph = new Protobuf.Writer();

        Graph() {
            Protobuf.Writer extents = new Protobuf.Writer();
            for (int extent : new int[]{-1, 1, 2, 2}) {
                extents.message(Onnx.Value.EXTENT, extent < 0
                        ? new Protobuf.Writer().text(Onnx.Value.OPEN, "N")
                        : new Protobuf.Writer().number(Onnx.Value.NUMBER, extent));
            }
            Protobuf.Writer tensor = new Protobuf.Writer().number(Onnx.Value.ELEMENT, 1)
                    .message(Onnx.Value.SHAPE, extents);
            graph.message(Onnx.Graph.INPUT, new Protobuf.Writer().text(Onnx.Value.NAME, "x").message(Onnx.Value.TYPE,
                    new Protobuf.Writer().message(Onnx.Value.TENSOR, tensor)));
            graph.message(Onnx.Graph.OUTPUT, new Protobuf.Writer().text(Onnx.Value.NAME, "y"));
        }

        /** From the last of these names and to the first, as in {@code "y = Gemm x W"}. */
        Graph node(String words) {
            String[] parts = words.split(" ");
            Protobuf.Writer node = new Protobuf.Writer().text(Onnx.Node.OUTPUT, parts[0]).text(Onnx.Node.TYPE, parts[2])
                    .text(Onnx.Node.NAME, "the " + parts[2]);
            for (int i = 3; i < parts.length; i++) {
                node.text(Onnx.Node.INPUT, parts[i]);
            }
            graph.message(Onnx.Graph.NODE, node);
            return this;
        }

        private Protobuf.Writer tensor(String name, long... shape) {
            Protobuf.Writer tensor = new Protobuf.Writer().text(Onnx.Tensor.NAME, name).number(Onnx.Tensor.TYPE, 1);
            for (long extent : shape) {
                tensor.number(Onnx.Tensor.EXTENT, extent);
            }
            return tensor;
        }

        Graph weights(String name, int floats, long... shape) {
            graph.message(Onnx.Graph.TENSOR, tensor(name, shape).bytes(Onnx.Tensor.RAW, floats(floats)));
            return this;
        }

        Graph bytes(String name, int bytes, long... shape) {
            Protobuf.Writer tensor = new Protobuf.Writer().text(Onnx.Tensor.NAME, name).number(Onnx.Tensor.TYPE, 3);
            for (long extent : shape) {
                tensor.number(Onnx.Tensor.EXTENT, extent);
            }
            byte[] raw = new byte[bytes];
            for (int i = 0; i < bytes; i++) {
                raw[i] = (byte) (i - 6);
            }
            graph.message(Onnx.Graph.TENSOR, tensor.bytes(Onnx.Tensor.RAW, raw));
            return this;
        }

        Graph outside(String name, String place, String offset, long... shape) {
            Protobuf.Writer tensor = tensor(name, shape).number(Onnx.Tensor.PLACE, 1);
            tensor.message(Onnx.Tensor.EXTERNAL, new Protobuf.Writer().text(Onnx.Entry.KEY, "location").text(
                    Onnx.Entry.VALUE, place));
            tensor.message(Onnx.Tensor.EXTERNAL, new Protobuf.Writer().text(Onnx.Entry.KEY, "offset").text(
                    Onnx.Entry.VALUE, offset));
            graph.message(Onnx.Graph.TENSOR, tensor);
            return this;
        }

        Path write() throws IOException {
            Path file = temp.resolve("made.onnx");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            new Protobuf.Writer().message(Onnx.Model.GRAPH, graph).writeTo(out);
            return Files.write(file, out.toByteArray());
        }

        void refused(String... words) throws IOException {
            Path file = write();
            InputException e = assertThrows(InputException.class, () -> Formats.read(file));
            for (String word : words) {
                assertTrue(e.getMessage().contains(word), e.getMessage());
            }
            assertTrue(isSentence(file, e.getMessage()), e.getMessage());
        }
    }

    private static byte[] floats(int n) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * n).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < n; i++) {
            bytes.putFloat(i * 0.25f);
        }
        return bytes.array();
    }

    private static boolean isSentence(Path file, String message) {
        return message.startsWith(file.toString()) && message.lines().count() == 1 && message.matches(".*; [a-z].*")
                && Stream.of("Exception", "java.", "dev.lanewise").noneMatch(message::contains);
    }

    private Graph classifier() {
        return new Graph().node("f = Flatten x").node("y = MatMul f W");
    }

    @Test
    void theSmallestNetworkIsRead() throws IOException {
        Model model = Formats.read(classifier().weights("W", 12, 4, 3).write());
        assertEquals("4-3", model.network().toString());
        assertEquals(2.75f, model.network().parameters().getFirst().value()[11]);
    }

    /** Along its usual axis, of the outputs of MatMul, and transposed; 0.25 i are the scales. */
    @Test
    void bytesWithScalesAreRead() throws IOException {
        Model model = Formats.read(new Graph().node("f = Flatten x").node("W = DequantizeLinear B S")
                .node("y = MatMul f W").bytes("B", 12, 4, 3).weights("S", 3, 3).write());
        assertArrayEquals(new float[]{0, -5 * 0.25f, -4 * 0.5f, 0, -2 * 0.25f, -0.5f, 0, 0.25f, 2 * 0.5f, 0, 4 * 0.25f,
                5 * 0.5f}, withoutSigns(model.network().parameters().getFirst().value()));
        model = Formats.read(new Graph().node("f = Flatten x").node("D = DequantizeLinear B S")
                .node("W = Transpose D").node("y = MatMul f W").bytes("B", 12, 3, 4).weights("S", 4, 4).write());
        assertEquals(-5 * 0.25f, model.network().parameters().getFirst().value()[3], "row 0, column 1 of B");
        new Graph().node("f = Flatten x").node("W = DequantizeLinear B S").node("y = MatMul f W").bytes("B", 11, 4, 3)
                .weights("S", 3, 3).refused("'B'");
    }

    private static float[] withoutSigns(float[] values) {
        float[] zeros = values.clone();
        for (int i = 0; i < zeros.length; i++) {
            zeros[i] += 0f; // -0 becomes +0
        }
        return zeros;
    }

    @Test
    void tensorsThatAreNotThereAreNotAllocated() throws IOException {
        classifier().weights("W", 2, 1L << 40).refused("weights of [1099511627776]");
        classifier().weights("W", 2, 4, 1L << 40).refused("more weights than the file");
        classifier().weights("W", 2, 4, 1 << 28).refused("more weights than the file");
        classifier().weights("W", 2, 4, 20).refused("'W' has 8 bytes", "[4, 20]");
        classifier().weights("W", 2, 4, -3).refused("weights", "-3");
        classifier().weights("W", 11, 4, 3).refused("'W' has 44 bytes", "[4, 3]");
        classifier().weights("W", 0, 4, 0).refused("weights of [4, 0]");
    }

    @Test
    void otherFilesAreReadBesideThisOneAlone() throws IOException {
        Files.write(temp.resolve("made.onnx.data"), floats(20));
        Model model = Formats.read(classifier().outside("W", "made.onnx.data", "32", 4, 3).write());
        assertEquals(8 * 0.25f, model.network().parameters().getFirst().value()[0]);
        Path secret = Files.write(temp.getParent().resolve("secret"), floats(12));
        try {
            for (String place : List.of("../secret", secret.toString(), "", ".", "none", "a/../../secret")) {
                classifier().outside("W", place, "0", 4, 3).refused("'W' lies in", "beside this one");
            }
            Files.createSymbolicLink(temp.resolve("link"), secret);
            classifier().outside("W", "link", "0", 4, 3).refused("'W' lies in 'link'");
        } finally {
            Files.delete(secret);
        }
        for (String offset : List.of("33", "-1", "9223372036854775807", "many")) {
            classifier().outside("W", "made.onnx.data", offset, 4, 3).refused("'W'");
        }
        classifier().outside("W", "made.onnx.data", "0", 4, 1L << 29).refused("'W'");
        classifier().outside("W", "made\u0000", "0", 4, 3).refused("'W'", "cannot be");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "a = Relu b; b = Relu a | the node 'the Relu' (Relu), it takes 'b', which no node before it makes",
            "a = Relu x; b = Relu x | it takes 'x', which another node has taken",
            "a = Relu x; b = Add a x | is no constant", "y = Gelu x | the node 'the Gelu' (Gelu), none of those",
            "a = Flatten x; b = Softmax a; c = Relu b | behind the probabilities",
            "a = Flatten x; b = MatMul a W | 'b', no output", "y = Relu x | no layer with weights",
            "a = Flatten x; y = Gemm a x | 'x' is no constant", "y = Conv x W | filters of [4, 3]",
            "y = BatchNormalization x W W W W | [4, 3] numbers for 1 channels", "y = MaxPool x | padding",
            "a = Reshape x W | keep the samples apart", "a = Transpose x | keep the samples apart",
            "a = Mul x W | scale of [4, 3]", "a = Gather W W | of constants", "a = Concat W | of constants",
            "w = DequantizeLinear W W | for bytes as they lie", "w = DequantizeLinear B | for bytes as they lie",
            "w = DequantizeLinear B W | scales of [4, 3] for bytes of [3, 4]",
            "w = DequantizeLinear B x | none of those", "y = DequantizeLinear x | none of those",
            "a = ReduceMean x | average of an image", "a = Squeeze x | axes"})
    void whatIsNotUnderstoodIsNamed(String nodes, String words) throws IOException {
        Graph graph = new Graph().weights("W", 12, 4, 3).bytes("B", 12, 3, 4);
        for (String node : nodes.split("; ")) {
            graph.node(node);
        }
        graph.refused(words.split(", "));
    }

    /** In no more time and memory than so many nodes deserve. */
    @Test
    void longChainsAreFine() throws IOException {
        Graph graph = new Graph().weights("W", 12, 4, 3).weights("V", 12, 3, 4);
        String constant = "V";
        for (int i = 0; i < 50_000; i++) {
            graph.node("t" + i + " = Transpose " + constant);
            constant = "t" + i;
        }
        String value = "x";
        for (int i = 0; i < 50_000; i++) {
            graph.node("v" + i + " = Identity " + value);
            value = "v" + i;
        }
        Path file = graph.node("f = Flatten " + value).node("m = MatMul f W").node("y = MatMul m " + constant).write();
        assertEquals("4-3-4", Formats.read(file).network().toString());
        Graph shared = new Graph().weights("W", 1_000_000, 1000, 1000).weights("V", 4000, 4, 1000)
                .node("f = Flatten x").node("a0 = MatMul f V");
        for (int i = 0; i < 100_000; i++) {
            shared.node("a" + (i + 1) + " = MatMul a" + i + " W");
        }
        shared.refused("more weights than the file");
    }

    @Test
    void emptyAndForeignFilesAreRefused() throws IOException {
        for (byte[] content : List.of(new byte[0], new byte[1000], "PK and more".getBytes(
                StandardCharsets.US_ASCII))) {
            for (String ending : List.of("onnx", "npz", "safetensors")) {
                Path file = Files.write(temp.resolve("model." + ending), content);
                InputException e = assertThrows(InputException.class, () -> Formats.read(file));
                assertTrue(isSentence(file, e.getMessage()), e.getMessage());
            }
        }
    }

    /** A file of each kind, damaged again and again; run in a JVM of 64 MiB. */
    static final class Mutations {
        private Mutations() {
        }

        public static void main(String[] args) throws IOException {
            Path temp = Path.of(args[0]);
            List<Path> files = new ArrayList<>();
            try (Stream<Path> all = Files.list(temp)) {
                all.filter(Formats::isModel).sorted().forEach(files::add);
            }
            List<byte[]> whole = new ArrayList<>();
            for (Path file : files) {
                Formats.read(file);
                whole.add(Files.readAllBytes(file));
            }
            int refused = 0;
            int wrong = 0;
            for (int seed = 0; seed < FILES && wrong < 10; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                int kind = seed % files.size();
                String ending = files.get(kind).toString().replaceAll(".*\\.", "");
                byte[] bytes = ending.equals("npz") && random.nextBoolean()
                        ? rezipped(whole.get(kind), random)
                        : Damage.of(whole.get(kind), random);
                Path file = Files.write(temp.resolve("damaged." + ending), bytes);
                long start = System.nanoTime();
                String found = "";
                try {
                    Formats.read(file);
                } catch (InputException e) {
                    refused++;
                    found = isSentence(file, e.getMessage()) ? "" : e.getMessage();
                } catch (IOException | RuntimeException | Error e) {
                    found = e + " at " + List.of(e.getStackTrace()).subList(0, Math.min(4, e.getStackTrace().length));
                }
                if (!found.isEmpty() || System.nanoTime() - start > MOST_NANOS) {
                    wrong++;
                    System.out.printf("seed %d, %s: %s (%d ms)%n", seed, files.get(kind), found,
                            (System.nanoTime() - start) / 1_000_000);
                }
            }
            System.out.printf("%d wrong, %s refused%n", wrong, refused > FILES / 3 ? "many" : String.valueOf(refused));
        }

        /** One of the arrays is damaged, and the archive's check sums are right. */
        private static byte[] rezipped(byte[] archive, SplittableRandom random) throws IOException {
            NpzFile damaged = new NpzFile();
            try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(archive))) {
                for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                    byte[] content = in.readAllBytes();
                    damaged.with(entry.getName().replace(".npy", ""),
                            random.nextInt(4) == 0 ? Damage.of(content, random) : content);
                }
            }
            return damaged.bytes(random.nextBoolean());
        }
    }

    @Test
    void mutatedFilesAreReadOrRefusedInASmallHeap() throws IOException, InterruptedException {
        Model model = Networks.model("conv 3 5x5, batch-norm, relu, pool 4, dense 10", "cross-entropy");
        for (String name : List.of("a.onnx", "b.npz", "c.safetensors")) {
            Formats.write(Subject.of(model), Options.USUAL, temp.resolve(name));
        }
        for (String name : List.of("torch-kept.onnx", "torch-mlp.onnx", "sklearn.onnx", "sklearn-linear.onnx",
                "keras.onnx")) {
            Files.copy(Path.of("src/test/resources/dev/lanewise/export").resolve(name), temp.resolve(name));
        }
        Path out = temp.resolve("out");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m", "-XX:+UseSerialGC", "-Dlanewise.damaged=" + FILES, "--add-modules", "jdk.incubator.vector",
                "-cp", System.getProperty("java.class.path"), Mutations.class.getName(), temp.toString())
                .redirectOutput(out.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        assertEquals(0, process.waitFor(), () -> read(out));
        assertEquals("0 wrong, many refused", read(out).strip());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
