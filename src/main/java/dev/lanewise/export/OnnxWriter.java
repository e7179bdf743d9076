package dev.lanewise.export;

import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Operation;
import dev.lanewise.model.Parameter;
import dev.lanewise.run.files.Protobuf;
import dev.lanewise.run.files.Safetensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the layers of a network as nodes of an ONNX graph, one after the other. What goes from layer to layer is [N, C, H, W], or
 * [N, features] from the first product on.
 */
final class OnnxWriter {
    private static final String BATCH = "N";
    static final String IMAGES = "images";

    private final Protobuf.Writer graph = new Protobuf.Writer();
    private final boolean int8;
    private String value = IMAGES; // that the next node takes
    private Shape shape;
    private boolean flat;

    /** @param int8 whether weights become bytes, which nodes in front of those that take them make floats of */
    OnnxWriter(String name, Shape input, boolean pixels, boolean int8) {
        this.int8 = int8;
        shape = input;
        flat = input.equals(Shape.vector(input.size()));
        graph.text(Onnx.Graph.NAME, name);
        graph.message(Onnx.Graph.INPUT, value(IMAGES, pixels ? Onnx.Type.UINT8 : Onnx.Type.FLOAT));
        if (pixels) {
            node("Cast", "pixels", List.of(), attribute("to", Onnx.Type.FLOAT.number));
            tensor("full", new float[]{255});
            node("Div", "scaled", List.of("full"));
        }
    }

    /** Adds a layer. */
    void add(Step step) {
        Shape output = step.layer().output();
        switch (step.operation()) {
            case Operation.Product product -> {
                flatten(step.name());
                Shape input = step.layer().input();
                int outputs = output.size();
                weights(product.weight().name(), Axes.productToRows(product.weight().value(), input, outputs,
                        Axes.CHANNELS_FIRST), outputs, input.size());
                tensor(product.bias().name(), product.bias().value(), outputs);
                shape = output;
                node("Gemm", step.name(), List.of(product.weight().name(), product.bias().name()),
                        attribute("transB", 1));
            }
            case Operation.Filters filters -> {
                List<Integer> sizes = filters.weight().shape(); // kh, kw, in, out
                unflatten(step.name());
                weights(filters.weight().name(), Axes.filtersToPlanes(filters.weight().value(), sizes.get(2), sizes
                        .get(3)), sizes.get(3), sizes.get(2), sizes.get(0), sizes.get(1));
                tensor(filters.bias().name(), filters.bias().value(), sizes.get(3));
                shape = output;
                node("Conv", step.name(), List.of(filters.weight().name(), filters.bias().name()),
                        attribute("kernel_shape", sizes.get(0), sizes.get(1)),
                        attribute("strides", filters.stride(), filters.stride()),
                        attribute("pads", filters.padding(), filters.padding(), filters.padding(), filters.padding()));
            }
            case Operation.Normalization normal -> {
                List<Parameter> parameters = List.of(normal.weight(), normal.bias(), normal.mean(), normal.variance());
                parameters.forEach(parameter -> tensor(parameter.name(), parameter.value(), parameter.size()));
                node("BatchNormalization", step.name(), parameters.stream().map(Parameter::name).toList(),
                        attribute("epsilon", (float) normal.epsilon()));
            }
            case Operation.Windows windows -> {
                unflatten(step.name());
                boolean whole = windows.height() == shape.height() && windows.width() == shape.width();
                shape = output;
                if (whole && !windows.largest()) {
                    node("GlobalAveragePool", step.name(), List.of());
                } else {
                    node(windows.largest() ? "MaxPool" : "AveragePool", step.name(), List.of(),
                            attribute("kernel_shape", windows.height(), windows.width()),
                            attribute("strides", windows.stride(), windows.stride()));
                }
            }
            case Operation.Function function -> node(switch (function) {
                case RELU -> "Relu";
                case SIGMOID -> "Sigmoid";
                case TANH -> "Tanh";
                case SOFTMAX -> "Softmax";
            }, step.name(), List.of());
        }
    }

    /** Ends the graph with one number a class, under this name. */
    Protobuf.Writer end(String name, Operation.@Nullable Function function) {
        flatten(name);
        if (function == null) {
            nodeInto(name, "Identity", name, List.of());
        } else if (function == Operation.Function.SOFTMAX) {
            nodeInto(name, "Softmax", name, List.of(), attribute("axis", 1));
        } else {
            nodeInto(name, "Sigmoid", name, List.of());
        }
        return graph.message(Onnx.Graph.OUTPUT, value(name, Onnx.Type.FLOAT));
    }

    private void flatten(String next) {
        if (!flat) {
            flat = true;
            node("Flatten", next + "_flatten", List.of(), attribute("axis", 1));
        }
    }

    private void unflatten(String next) {
        if (flat) {
            flat = false;
            String sizes = next + "_shape";
            byte[] raw = new byte[4 * Long.BYTES];
            ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).putLong(0).putLong(shape.channels())
                    .putLong(shape.height()).putLong(shape.width());
            tensor(sizes, Onnx.Type.INT64, raw, 4);
            node("Reshape", next + "_reshape", List.of(sizes));
        }
    }

    private void node(String type, String name, List<String> constants, Protobuf.Writer... attributes) {
        nodeInto(name + "_output", type, name, constants, attributes);
        graph.message(Onnx.Graph.VALUE, value(value, Onnx.Type.FLOAT));
    }

    private void nodeInto(String output, String type, String name, List<String> constants,
            Protobuf.Writer... attributes) {
        Protobuf.Writer node = new Protobuf.Writer().text(Onnx.Node.INPUT, value);
        constants.forEach(constant -> node.text(Onnx.Node.INPUT, constant));
        node.text(Onnx.Node.OUTPUT, output).text(Onnx.Node.NAME, name).text(Onnx.Node.TYPE, type);
        for (Protobuf.Writer attribute : attributes) {
            node.message(Onnx.Node.ATTRIBUTE, attribute);
        }
        graph.message(Onnx.Graph.NODE, node);
        value = output;
    }

    private static Protobuf.Writer attribute(String name, long value) {
        return new Protobuf.Writer().text(Onnx.Attribute.NAME, name).number(Onnx.Attribute.INT, value)
                .number(Onnx.Attribute.TYPE, 2);
    }

    private static Protobuf.Writer attribute(String name, float value) {
        return new Protobuf.Writer().text(Onnx.Attribute.NAME, name).single(Onnx.Attribute.FLOAT, value)
                .number(Onnx.Attribute.TYPE, 1);
    }

    private static Protobuf.Writer attribute(String name, long first, long... others) {
        Protobuf.Writer attribute = new Protobuf.Writer().text(Onnx.Attribute.NAME, name);
        attribute.number(Onnx.Attribute.INTS, first);
        for (long value : others) {
            attribute.number(Onnx.Attribute.INTS, value); // not packed: the type says so
        }
        return attribute.number(Onnx.Attribute.TYPE, 7);
    }

    /** A constant with so many outputs first: floats, or bytes with what makes floats of them. */
    private void weights(String name, float[] values, int... extents) {
        if (!int8) {
            tensor(name, values, extents);
            return;
        }
        Quantized quantized = Quantized.of(values, extents[0]);
        List<String> constants = List.of(name + "_int8", name + "_scale", name + "_zero");
        tensor(constants.get(0), Onnx.Type.INT8, quantized.bytes(), extents);
        tensor(constants.get(1), quantized.scales(), extents[0]);
        tensor(constants.get(2), Onnx.Type.INT8, new byte[extents[0]], extents[0]);
        Protobuf.Writer node = new Protobuf.Writer();
        constants.forEach(constant -> node.text(Onnx.Node.INPUT, constant));
        graph.message(Onnx.Graph.NODE, node.text(Onnx.Node.OUTPUT, name).text(Onnx.Node.NAME, name + "_floats")
                .text(Onnx.Node.TYPE, "DequantizeLinear").message(Onnx.Node.ATTRIBUTE, attribute("axis", 0)));
    }

    private void tensor(String name, float[] values, int... extents) {
        ByteBuffer raw = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES));
        Safetensors.forEachChunk(values, raw::put);
        tensor(name, Onnx.Type.FLOAT, raw.array(), extents);
    }

    private void tensor(String name, Onnx.Type type, byte[] raw, int... extents) {
        Protobuf.Writer tensor = new Protobuf.Writer();
        for (int extent : extents) {
            tensor.number(Onnx.Tensor.EXTENT, extent);
        }
        graph.message(Onnx.Graph.TENSOR, tensor.number(Onnx.Tensor.TYPE, type.number).text(Onnx.Tensor.NAME, name)
                .bytes(Onnx.Tensor.RAW, raw));
    }

    /** What a value is as it stands now. */
    private Protobuf.Writer value(String name, Onnx.Type type) {
        Protobuf.Writer extents = extent(new Protobuf.Writer(), new Protobuf.Writer().text(Onnx.Value.OPEN, BATCH));
        for (int extent : flat
                ? new int[]{shape.size()}
                : new int[]{shape.channels(), shape.height(), shape.width()}) {
            extent(extents, new Protobuf.Writer().number(Onnx.Value.NUMBER, extent));
        }
        Protobuf.Writer tensor = new Protobuf.Writer().number(Onnx.Value.ELEMENT, type.number)
                .message(Onnx.Value.SHAPE, extents);
        return new Protobuf.Writer().text(Onnx.Value.NAME, name).message(Onnx.Value.TYPE,
                new Protobuf.Writer().message(Onnx.Value.TENSOR, tensor));
    }

    private static Protobuf.Writer extent(Protobuf.Writer extents, Protobuf.Writer extent) {
        return extents.message(Onnx.Value.EXTENT, extent);
    }
}
