package dev.lanewise.export;

import dev.lanewise.data.InputException;
import dev.lanewise.export.OnnxFile.Node;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** What stands in an ONNX graph beside the chain of layers: constants, and vectors of sizes that are computed from the batch. */
final class OnnxConstants {
    /** In a vector of sizes: as many samples as there are. */
    static final long BATCH = Long.MIN_VALUE;
    private static final int MOST_SIZES = 8; // in a vector of them

    /** An array that does not depend on the input. */
    static final class Constant {
        private static final float[] NONE = {};

        private final long[] shape;
        private final OnnxFile.@Nullable Tensor tensor; // null: the given ones are its numbers
        private final float[] given;
        private final boolean transposed;
        private final @Nullable Scales scales; // of a tensor of bytes; null: its numbers are what it holds

        Constant(long[] shape, OnnxFile.@Nullable Tensor tensor, float[] given, boolean transposed,
                @Nullable Scales scales) {
            this.shape = shape;
            this.tensor = tensor;
            this.given = given;
            this.transposed = transposed;
            this.scales = scales;
        }

        /** As it lies, with scales for a tensor of bytes. */
        Constant(OnnxFile.Tensor tensor, @Nullable Scales scales) {
            this(tensor.shape(), tensor, NONE, false, scales);
        }

        /** Its extents. */
        long[] shape() {
            return shape;
        }

        /** Whether the tensor's rows are its columns. */
        boolean transposed() {
            return transposed;
        }

        /** A matrix whose rows are its columns. */
        Constant turned() {
            return new Constant(new long[]{shape[1], shape[0]}, tensor, given, !transposed, scales);
        }

        long size() {
            return tensor == null ? given.length : tensor.size();
        }

        boolean isOf(long... extents) {
            return Arrays.equals(shape, extents);
        }
    }

    /** What numbers of a tensor mean: (number - zero) times scale. */
    static final class Scales {
        private final float[] scale; // one for all or for each along an axis
        private final float[] zero; // likewise, as many
        private final int inner; // elements behind the axis

        Scales(float[] scale, float[] zero, int inner) {
            this.scale = scale;
            this.zero = zero;
            this.inner = inner;
        }

        void apply(float[] numbers) {
            for (int i = 0; i < numbers.length; i++) {
                int at = i / inner % scale.length;
                numbers[i] = (numbers[i] - zero[at]) * scale[at];
            }
        }
    }

    private final OnnxFile file;
    private final Map<String, Constant> constants = new HashMap<>();
    private final Map<String, long[]> sizes = new HashMap<>();
    private long budget; // numbers that the network may still have: a file cannot stand for many times its size

    OnnxConstants(OnnxFile file) {
        this.file = file;
        budget = file.bytes();
        file.tensors().forEach((name, tensor) -> constants.put(name, new Constant(tensor, null)));
    }

    /** Whether a value is a constant or sizes, or left out. */
    boolean isKnown(String name) {
        return constants.containsKey(name) || sizes.containsKey(name) || name.isEmpty();
    }

    /** Keeps the shape of a value of the chain, without the batch's extent, as sizes of that name. */
    void putShape(String name, long[] extents) {
        sizes.put(name, LongStream.concat(LongStream.of(BATCH), Arrays.stream(extents)).toArray());
    }

    /** A node beside the chain: constants in another form, and vectors of sizes. */
    void compute(Node node, String type) throws IOException {
        String output = node.outputs().getFirst();
        Constant first = node.inputs().isEmpty() ? null : constants.get(node.inputs().getFirst());
        long[] firstSizes = node.inputs().isEmpty() ? null : sizes(node.inputs().getFirst());
        switch (type) {
            case "Constant" -> {
                OnnxFile.Tensor tensor = node.tensor("value");
                if (tensor != null) {
                    constants.put(output, new Constant(tensor, null));
                } else if (node.wholes("value_ints") != null && node.wholes("value_ints").length > 0) {
                    sizes.put(output, node.wholes("value_ints"));
                } else if (!Float.isNaN(node.real("value_float", Float.NaN)) && node.whole("value_int", -9) == -9) {
                    constants.put(output, new Constant(new long[0], null, new float[]{node.real("value_float", 0)},
                            false, null));
                } else {
                    sizes.put(output, new long[]{node.whole("value_int", 0)});
                }
            }
            case "Identity", "Cast" -> {
                if (first != null) {
                    constants.put(output, first);
                } else if (firstSizes != null) {
                    sizes.put(output, firstSizes);
                } else {
                    throw file.notUnderstood(node, "it takes nothing");
                }
            }
            case "Transpose" -> {
                if (first == null || first.shape.length != 2
                        || node.wholes("perm") != null && !Arrays.equals(node.wholes("perm"), new long[]{1, 0})) {
                    throw file.notUnderstood(node, "of constants it is for matrices");
                }
                constants.put(output, first.turned());
            }
            case "DequantizeLinear" -> constants.put(output, dequantized(node, first));
            case "Unsqueeze", "Squeeze" -> {
                if (firstSizes == null) {
                    throw file.notUnderstood(node, "of constants it is for sizes");
                }
                sizes.put(output, firstSizes);
            }
            case "Gather" -> {
                long[] places = node.inputs().size() < 2 ? null : sizes(node.inputs().get(1));
                if (firstSizes == null || places == null || places.length != 1
                        || places[0] >= firstSizes.length || places[0] < -firstSizes.length) {
                    throw file.notUnderstood(node, "of constants it is for one size");
                }
                sizes.put(output, new long[]{firstSizes[Math.floorMod(places[0], firstSizes.length)]});
            }
            case "Concat" -> {
                LongStream joined = LongStream.empty();
                for (String input : node.inputs()) {
                    if (sizes(input) == null) {
                        throw file.notUnderstood(node, "of constants it is for sizes");
                    }
                    joined = LongStream.concat(joined, Arrays.stream(sizes(input)));
                }
                long[] all = joined.limit(MOST_SIZES + 1).toArray();
                if (all.length > MOST_SIZES) { // lists that grow from node to node would fill the memory
                    throw file.notUnderstood(node, "of constants it is for a few sizes");
                }
                sizes.put(output, all);
            }
            default -> throw file.notUnderstood(node, "of constants");
        }
    }

    /** A tensor of bytes with its scales, one or as many as an axis has. */
    private Constant dequantized(Node node, @Nullable Constant bytes) throws IOException {
        Constant scale = constant(node, 1);
        Constant zero = constant(node, 2);
        if (bytes == null || bytes.tensor == null || !bytes.tensor.isBytes() || bytes.transposed || scale == null) {
            throw file.notUnderstood(node, "of constants it is for bytes as they lie");
        }
        long axis = node.whole("axis", 1);
        axis = axis < 0 ? axis + bytes.shape.length : axis;
        boolean single = scale.size() == 1 && scale.shape.length <= 1;
        if (!single && (axis < 0 || axis >= bytes.shape.length || !scale.isOf(bytes.shape[(int) axis]))
                || zero != null && !Arrays.equals(zero.shape, scale.shape)
                || node.whole("block_size", 0) != 0) {
            throw file.notUnderstood(node, "scales of %s for bytes of %s".formatted(Arrays.toString(scale.shape),
                    Arrays.toString(bytes.shape)));
        }
        long inner = single ? 1 : Arrays.stream(bytes.shape).skip(axis + 1).reduce(1, (a, b) -> a * b);
        return new Constant(bytes.tensor, new Scales(floats(scale),
                zero == null ? new float[(int) scale.size()] : floats(zero), Math.toIntExact(Math.max(1, inner))));
    }

    /** A vector of sizes, computed or constant; null if it is none. */
    long @Nullable [] sizes(String name) throws IOException {
        if (sizes.containsKey(name)) {
            return sizes.get(name);
        }
        Constant constant = constants.get(name);
        return constant == null || constant.tensor == null || !constant.tensor.isWhole() || constant.size() > MOST_SIZES
                ? null
                : constant.tensor.wholes();
    }

    /** Texts, or whole numbers as texts; none where that is no constant of them. */
    List<String> names(String name) throws IOException {
        Constant constant = constants.get(name);
        if (constant == null || constant.tensor == null) {
            return List.of();
        }
        return constant.tensor.isWhole()
                ? Arrays.stream(constant.tensor.wholes()).mapToObj(String::valueOf).toList()
                : constant.tensor.texts();
    }

    /** The constant that a node takes in that place; null where it takes none. */
    @Nullable
    Constant constant(Node node, int input) throws InputException {
        if (input >= node.inputs().size() || node.inputs().get(input).isEmpty()) {
            return null;
        }
        Constant constant = constants.get(node.inputs().get(input));
        if (constant == null) {
            throw file.notUnderstood(node, "'%s' is no constant".formatted(node.inputs().get(input)));
        }
        return constant;
    }

    /** The same where there must be one. */
    Constant required(Node node, int input) throws InputException {
        Constant constant = constant(node, input);
        if (constant == null) {
            throw file.notUnderstood(node, "it takes no weights");
        }
        return constant;
    }

    /** The numbers of a constant, in an array of their own. */
    float[] floats(Constant constant) throws IOException {
        budget -= constant.tensor != null && constant.tensor.isExternal() ? 0 : constant.size();
        if (budget < 0) {
            throw file.refusal("its network has more weights than the file");
        }
        if (constant.tensor == null) {
            return constant.given.clone();
        }
        float[] floats = constant.tensor.floats();
        if (constant.scales != null) {
            constant.scales.apply(floats);
        }
        if (!constant.transposed) {
            return floats;
        }
        int rows = (int) constant.shape[0];
        int columns = (int) constant.shape[1];
        float[] turned = new float[floats.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                turned[i * columns + j] = floats[j * rows + i];
            }
        }
        return turned;
    }
}
