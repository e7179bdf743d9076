package dev.lanewise.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.InputException;
import dev.lanewise.run.files.Protobuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * ONNX graphs of every operator that is understood, of which one part is missing or of another form: each is read, or refused
 * by a sentence.
 */
class OnnxPartsTest {
    /** Outputs, operator, inputs and attributes of each node; x is an image of 2 x 2, f what is flat. */
    private static final Map<String, String> GRAPHS = graphs();

    @TempDir
    Path temp;

    private static Map<String, String> graphs() {
        Map<String, String> graphs = new LinkedHashMap<>();
        String flat = "f = Flatten x axis=1; ";
        String end = "; y = MatMul f W";
        graphs.put("Gemm", flat + "y = Gemm f W B alpha=1.0 beta=1.0 transA=0 transB=0");
        graphs.put("Gemm of one output", flat + "z = Gemm f W1 B1; y = Sigmoid z");
        graphs.put("MatMul", flat + "z = MatMul f W; y = Add z B");
        graphs.put("Constant", "k = Constant value=tensor; f = Reshape x k" + end);
        graphs.put("Constant of ints", "k = Constant value_ints=[-1,4]; f = Reshape x k" + end);
        graphs.put("Constant of an int", flat + "k = Constant value_int=2; g = Add f h; h = Constant value_float=0.5"
                .replace("g = Add f h; ", "") + "; g = Mul f h; y = MatMul g W");
        graphs.put("Shape", "s = Shape x; k = Gather s I axis=0; u = Unsqueeze k axes=[0]; r = Concat u M axis=0; "
                + "f = Reshape x r allowzero=0" + end);
        graphs.put("Cast", "s = Shape x; k = Gather s I; c = Cast k to=7; q = Squeeze c axes=[0]; r = Concat q M; "
                + "i = Identity r; f = Reshape x i" + end);
        graphs.put("Cast of the value", "c = Cast x to=1; f = Flatten c; d = Dropout f ratio=0.5; y = MatMul d W");
        graphs.put("Transpose", "t = Transpose x perm=[0,2,3,1]; f = Flatten t" + end);
        graphs.put("Transpose of weights", flat + "w = Transpose V perm=[1,0]; y = MatMul f w");
        graphs.put("DequantizeLinear", flat + "w = DequantizeLinear Q S Z axis=1 block_size=0; y = MatMul f w");
        graphs.put("DequantizeLinear of one scale", flat + "w = DequantizeLinear Q S1; y = MatMul f w");
        graphs.put("Squeeze", "u = Unsqueeze x A; q = Squeeze u A; f = Flatten q" + end);
        graphs.put("Squeeze of attributes", "u = Unsqueeze x axes=[1]; q = Squeeze u axes=[1]; f = Flatten q" + end);
        graphs.put("Reshape", "f = Reshape x shape=[-1,4]" + end);
        graphs.put("Sub and Div", "a = Sub x H; b = Div a H; f = Flatten b" + end);
        graphs.put("Scaler", flat + "g = ai.onnx.ml/Scaler f offset=[0.5] scale=[2.0]; y = MatMul g W");
        graphs.put("LinearClassifier",
                flat + "l,p = ai.onnx.ml/LinearClassifier f coefficients=[1.0,2.0,3.0,4.0,5.0,6.0,"
                        + "7.0,8.0] intercepts=[0.5,0.5] post_transform='SOFTMAX' classlabels_ints=[3,4]; "
                        + "n = ai.onnx.ml/Normalizer p norm='L1'; y = ai.onnx.ml/ZipMap n classlabels_int64s=[3,4]");
        graphs.put("ArgMax", flat + "z = MatMul f W; p = Softmax z axis=1; a = ArgMax p axis=1; "
                + "y = ai.onnx.ml/ArrayFeatureExtractor T a");
        graphs.put("ZipMap", flat + "z = MatMul f W; p = LogSoftmax z axis=-1; "
                + "y = ai.onnx.ml/ZipMap p classlabels_strings=['a','b','c']");
        graphs.put("Conv", "c = Conv x F C kernel_shape=[2,2] strides=[1,1] pads=[0,0,0,0] dilations=[1,1] group=1 "
                + "auto_pad='NOTSET'; r = Relu c; g = Flatten r; y = MatMul g P");
        graphs.put("Conv without a frame", "c = Conv x E auto_pad='SAME_UPPER'; m = MaxPool c kernel_shape=[2,2] "
                + "strides=[2,2] pads=[0,0,0,0] ceil_mode=0; t = Tanh m; g = Flatten t; y = MatMul g P");
        graphs.put("AveragePool", "c = AveragePool x kernel_shape=[1,1] strides=[1,1] auto_pad='VALID'; f = Flatten c"
                + end);
        graphs.put("GlobalAveragePool", "c = Conv x E pads=[1,1,1,1]; m = GlobalAveragePool c; g = Flatten m; "
                + "y = MatMul g P");
        graphs.put("ReduceMean", "c = Conv x E pads=[1,1,1,1]; g = ReduceMean c axes=[2,3] keepdims=0; y = MatMul g P");
        graphs.put("ReduceMean of constants", "c = Conv x E pads=[1,1,1,1]; m = ReduceMean c R; g = Flatten m; "
                + "y = MatMul g P");
        graphs.put("BatchNormalization", "c = Conv x E pads=[1,1,1,1]; n = BatchNormalization c C C C C epsilon=1e-5 "
                + "training_mode=0; m = GlobalAveragePool n; g = Flatten m; y = MatMul g P");
        return graphs;
    }

    private record Node(List<String> outputs, String type, List<String> inputs, Map<String, String> attributes) {
        static Node of(String words) {
            String[] parts = words.split(" ");
            List<String> rest = Arrays.asList(parts).subList(3, parts.length);
            Map<String, String> attributes = new LinkedHashMap<>();
            rest.stream().filter(part -> part.contains("="))
                    .forEach(part -> attributes.put(part.replaceFirst("=.*", ""), part.replaceFirst("[^=]*=", "")));
            return new Node(List.of(parts[0].split(",")), parts[2],
                    rest.stream().filter(part -> !part.contains("=")).toList(), attributes);
        }

        Protobuf.Writer message() {
            Protobuf.Writer message = new Protobuf.Writer();
            outputs.forEach(output -> message.text(Onnx.Node.OUTPUT, output));
            inputs.forEach(input -> message.text(Onnx.Node.INPUT, input));
            message.text(Onnx.Node.TYPE, type.replaceFirst(".*/", ""));
            if (type.contains("/")) {
                message.text(Onnx.Node.DOMAIN, type.replaceFirst("/.*", ""));
            }
            attributes.forEach((name, value) -> message.message(Onnx.Node.ATTRIBUTE, attribute(name, value)));
            return message;
        }

        private static Protobuf.Writer attribute(String name, String value) {
            Protobuf.Writer attribute = new Protobuf.Writer().text(Onnx.Attribute.NAME, name);
            if (value.equals("tensor")) {
                return attribute.message(Onnx.Attribute.TENSOR, Tensor.wholes(-1, 4).message(""));
            }
            boolean list = value.startsWith("[");
            for (String one : value.replaceAll("[\\[\\]]", "").split(",")) {
                if (one.startsWith("'")) {
                    attribute.text(list ? Onnx.Attribute.STRINGS : Onnx.Attribute.STRING, one.replace("'", ""));
                } else if (one.contains(".") || one.contains("e")) {
                    attribute.single(list ? Onnx.Attribute.FLOATS : Onnx.Attribute.FLOAT, Float.parseFloat(one));
                } else if (!one.isEmpty()) {
                    attribute.number(list ? Onnx.Attribute.INTS : Onnx.Attribute.INT, Long.parseLong(one));
                }
            }
            return attribute;
        }

        /** The same without one of its parts, or with another in its place. */
        List<Node> others() {
            List<Node> others = new ArrayList<>();
            for (List<String> fewer : others(inputs)) {
                others.add(new Node(outputs, type, fewer, attributes));
            }
            others(outputs).forEach(fewer -> others.add(new Node(fewer, type, inputs, attributes)));
            for (String name : attributes.keySet()) {
                for (String value : List.of("", "[]", "0", "-1", "[0]", "[-1]", "[1,2,3,4,5]", "[-9223372036854775808]",
                        "9223372036854775807", "[9223372036854775807,9223372036854775807]", "'?'", "['?','?']", "1e30",
                        "[1e30]", "tensor")) {
                    Map<String, String> changed = new LinkedHashMap<>(attributes);
                    if (value.isEmpty()) {
                        changed.remove(name);
                    } else {
                        changed.put(name, value);
                    }
                    others.add(new Node(outputs, type, inputs, changed));
                }
            }
            return others;
        }

        private static List<List<String>> others(List<String> names) {
            List<List<String>> others = new ArrayList<>(
                    IntStream.range(0, names.size()).mapToObj(n -> names.subList(0, n)).toList());
            for (int i = 0; i < names.size(); i++) {
                for (String name : List.of("", "nothing", "x", "T", "W", "O")) {
                    List<String> changed = new ArrayList<>(names);
                    changed.set(i, name);
                    others.add(changed);
                }
                List<String> fewer = new ArrayList<>(names);
                fewer.remove(i);
                others.add(fewer);
            }
            return others;
        }
    }

    private record Tensor(Onnx.Type type, long[] shape, byte[] raw) {
        static Tensor wholes(long... values) {
            ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
            Arrays.stream(values).forEach(raw::putLong);
            return new Tensor(Onnx.Type.INT64, new long[]{values.length}, raw.array());
        }

        static Tensor floats(long... shape) {
            return new Tensor(Onnx.Type.FLOAT, shape, raw(shape, 4));
        }

        private static byte[] raw(long[] shape, int bytes) {
            return new byte[bytes * (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        }

        Protobuf.Writer message(String name) {
            Protobuf.Writer message = new Protobuf.Writer().text(Onnx.Tensor.NAME, name)
                    .number(Onnx.Tensor.TYPE, type.number).bytes(Onnx.Tensor.RAW, raw);
            Arrays.stream(shape).forEach(extent -> message.number(Onnx.Tensor.EXTENT, extent));
            return message;
        }

        /** Of other types, shapes and numbers. */
        List<Tensor> others() {
            List<Tensor> others = new ArrayList<>(List.of(wholes(), wholes(-1), wholes(0), wholes(Long.MIN_VALUE),
                    wholes(Long.MAX_VALUE, Long.MAX_VALUE), wholes(1, 2, 3, 4, 5, 6, 7, 8, 9), floats(), floats(0),
                    floats(1), floats(1, 1), floats(4), floats(1, 1, 1, 1, 1), new Tensor(type, shape, new byte[0]),
                    new Tensor(Onnx.Type.STRING, shape, raw), new Tensor(type, new long[0], raw),
                    new Tensor(type, new long[]{-1}, raw), new Tensor(type, new long[]{Long.MAX_VALUE, 4}, raw),
                    new Tensor(Onnx.Type.INT64, new long[0], new byte[8]),
                    new Tensor(Onnx.Type.INT8, new long[0], new byte[1])));
            long[] turned = shape.clone();
            for (int i = 0; i < shape.length; i++) {
                turned[i] = shape[shape.length - 1 - i];
            }
            others.add(new Tensor(type, turned, raw));
            return others;
        }
    }

    private static Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("W", Tensor.floats(4, 3));
        tensors.put("V", Tensor.floats(3, 4));
        tensors.put("B", Tensor.floats(3));
        tensors.put("W1", Tensor.floats(4, 1));
        tensors.put("B1", Tensor.floats(1));
        tensors.put("Q", new Tensor(Onnx.Type.INT8, new long[]{4, 3}, new byte[12]));
        tensors.put("S", Tensor.floats(3));
        tensors.put("Z", Tensor.floats(3));
        tensors.put("S1", Tensor.floats(1));
        tensors.put("H", new Tensor(Onnx.Type.FLOAT, new long[]{1}, new byte[]{0, 0, 0, 0x40}));
        tensors.put("F", Tensor.floats(2, 1, 2, 2));
        tensors.put("E", Tensor.floats(2, 1, 3, 3));
        tensors.put("C", Tensor.floats(2));
        tensors.put("P", Tensor.floats(2, 3));
        tensors.put("T", Tensor.wholes(7, 8, 9));
        tensors.put("I", Tensor.wholes(0));
        tensors.put("M", Tensor.wholes(4));
        tensors.put("A", Tensor.wholes(1));
        tensors.put("R", Tensor.wholes(2, 3));
        tensors.put("O", Tensor.floats());
        return tensors;
    }

    private static List<Node> nodes(String graph) {
        return Arrays.stream(graph.split("; ")).map(Node::of).toList();
    }

    /** What is wrong with the answer to such a file; empty: nothing. */
    private String wrong(List<Node> nodes, Map<String, Tensor> tensors, boolean mustBeRead) throws IOException {
        Protobuf.Writer graph = new Protobuf.Writer();
        Protobuf.Writer extents = new Protobuf.Writer()
                .message(Onnx.Value.EXTENT, new Protobuf.Writer().text(Onnx.Value.OPEN, "N"));
        for (int extent : new int[]{1, 2, 2}) {
            extents.message(Onnx.Value.EXTENT, new Protobuf.Writer().number(Onnx.Value.NUMBER, extent));
        }
        Protobuf.Writer type = new Protobuf.Writer().message(Onnx.Value.TENSOR, new Protobuf.Writer()
                .number(Onnx.Value.ELEMENT, 1).message(Onnx.Value.SHAPE, extents));
        graph.message(Onnx.Graph.INPUT, new Protobuf.Writer().text(Onnx.Value.NAME, "x").message(Onnx.Value.TYPE,
                type));
        graph.message(Onnx.Graph.OUTPUT, new Protobuf.Writer().text(Onnx.Value.NAME, "y"));
        nodes.forEach(node -> graph.message(Onnx.Graph.NODE, node.message()));
        tensors.forEach((name, tensor) -> graph.message(Onnx.Graph.TENSOR, tensor.message(name)));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Protobuf.Writer().message(Onnx.Model.GRAPH, graph).writeTo(out);
        Path file = Files.write(temp.resolve("made.onnx"), out.toByteArray());
        try {
            Formats.read(file);
            return "";
        } catch (InputException e) {
            boolean sentence = e.getMessage().startsWith(file.toString()) && e.getMessage().matches(".*; [a-z].*")
                    && !e.getMessage().contains("Exception") && !e.getMessage().contains("java.");
            return sentence && !mustBeRead ? "" : e.getMessage();
        } catch (RuntimeException | Error e) {
            return e + " at " + List.of(e.getStackTrace()).subList(0, Math.min(4, e.getStackTrace().length));
        }
    }

    @Test
    void whatIsMissingOrOfAnotherFormIsToldInASentence() throws IOException {
        Set<String> wrong = new LinkedHashSet<>();
        int made = 0;
        for (Map.Entry<String, String> graph : GRAPHS.entrySet()) {
            List<Node> nodes = nodes(graph.getValue());
            assertEquals("", wrong(nodes, tensors(), true), graph.getKey());
            for (int i = 0; i < nodes.size(); i++) {
                for (Node other : nodes.get(i).others()) {
                    List<Node> changed = new ArrayList<>(nodes);
                    changed.set(i, other);
                    made++;
                    String found = wrong(changed, tensors(), false);
                    if (!found.isEmpty()) {
                        wrong.add(graph.getKey() + ", " + other + ": " + found);
                    }
                }
            }
            for (String name : tensors().keySet()) {
                if (nodes.stream().noneMatch(node -> node.inputs.contains(name))) {
                    continue;
                }
                Map<String, Tensor> without = tensors();
                List<Tensor> others = without.get(name).others();
                without.remove(name);
                made++;
                String missing = wrong(nodes, without, false);
                if (!missing.isEmpty()) {
                    wrong.add(graph.getKey() + ", without " + name + ": " + missing);
                }
                for (Tensor other : others) {
                    Map<String, Tensor> changed = tensors();
                    changed.put(name, other);
                    made++;
                    String found = wrong(nodes, changed, false);
                    if (!found.isEmpty()) {
                        wrong.add("%s, %s of type %s, shape %s: %s".formatted(graph.getKey(), name, other.type,
                                Arrays.toString(other.shape), found));
                    }
                }
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(made > 2000, made + " files");
    }

    /** Alone in a graph, with nothing of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"Shape", "Constant", "Identity", "Cast", "Transpose", "DequantizeLinear", "Unsqueeze",
            "Squeeze", "Gather", "Concat", "Dropout", "Flatten", "Reshape", "Add", "Sub", "Mul", "Div",
            "ai.onnx.ml/Scaler", "Gemm", "MatMul", "ai.onnx.ml/LinearClassifier", "ai.onnx.ml/Normalizer",
            "ai.onnx.ml/ZipMap", "ai.onnx.ml/ArrayFeatureExtractor", "ArgMax", "Conv", "MaxPool", "AveragePool",
            "GlobalAveragePool", "ReduceMean", "BatchNormalization", "Relu", "Sigmoid", "Tanh", "Softmax",
            "LogSoftmax"})
    void anOperatorWithoutItsPartsIsRefused(String type) throws IOException {
        for (List<String> inputs : List.of(List.<String>of(), List.of(""), List.of("", ""), List.of("x"),
                List.of("x", ""), List.of("", "x"), List.of("x", "x"), List.of("W"), List.of("W", ""))) {
            for (List<String> outputs : List.of(List.<String>of(), List.of(""), List.of("y"))) {
                for (String next : List.of("", "; z = Identity y", "; z = Reshape x y", "; z = Concat y y",
                        "; z = Gather y y")) {
                    List<Node> nodes = new ArrayList<>(List.of(new Node(outputs, type, inputs, Map.of())));
                    if (!next.isEmpty()) {
                        nodes.add(Node.of(next.substring(2)));
                    }
                    assertEquals("", wrong(nodes, tensors(), false), () -> nodes.toString());
                }
            }
        }
    }

    /** Sizes of which every node makes twice as many. */
    @Test
    void aListThatDoublesIsRefusedSoon() throws IOException {
        List<Node> nodes = new ArrayList<>();
        String last = "I";
        for (int i = 0; i < 60; i++) {
            nodes.add(new Node(List.of("c" + i), "Concat", List.of(last, last), Map.of()));
            last = "c" + i;
        }
        assertEquals("", wrong(nodes, tensors(), false));
    }
}
