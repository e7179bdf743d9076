package dev.lanewise.export;

import com.google.gson.JsonArray;
import dev.lanewise.data.InputException;
import dev.lanewise.export.OnnxFile.Node;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Layers;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Operation;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a network of an ONNX graph that is a chain of layers. It follows one value from the input on, node by node: its shape as
 * Lanewise has it, [H, W, C], the order in which its axes lie in the file, and its extents there. Constants beside it become weights
 * when a node takes them; vectors of sizes, which some programs compute from the batch, are computed too. What is not understood
 * is named.
 */
final class OnnxReader {
    private static final String LEARNING = "ai.onnx.ml/"; // the domain of scikit-learn's operators
    private static final double OF_BYTES = 1.0 / 16; // an input that is scaled down further holds bytes
    private static final double EXACT = 1e-6; // a scale nearer to 1 is 1, rounded

    private final OnnxFile file;
    private final OnnxConstants constants;
    private final Map<String, long[]> extentsBefore = new HashMap<>(); // of all values that the chain has had
    private final Set<String> tail = new HashSet<>(); // what is made of the answer, for its readers

    private String value; // that the next node should take
    private long batch; // -1: open
    private Shape shape;
    private List<Axes> order; // of the value's numbers, outermost first
    private long[] extents; // in the file, without the batch's
    private boolean transposed; // before the first layer

    private float[] scale = {1}; // of the input: of all numbers, of each channel or of each number
    private float[] shift = {0};
    private boolean bytes; // the input's type

    private final List<Layer> layers = new ArrayList<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private Operation.@Nullable Function answer; // null: not yet
    private List<String> classes = List.of(); // names that the file tells

    /** Begins with the input. */
    OnnxReader(OnnxFile file) throws InputException {
        this.file = file;
        constants = new OnnxConstants(file);
        if (file.inputs().size() != 1) {
            throw file.refusal("it has %d inputs, and a network has one".formatted(file.inputs().size()));
        }
        OnnxFile.Value input = file.inputs().getFirst();
        value = input.name();
        bytes = input.type() == Onnx.Type.UINT8;
        long[] told = input.shape();
        if (told == null || told.length < 2 || Arrays.stream(told).skip(1).anyMatch(extent -> extent < 1)) {
            throw file.refusal("the input '%s' has no size of its own, as in [N, 1, 28, 28]".formatted(value));
        }
        batch = told[0];
        enter(Arrays.copyOfRange(told, 1, told.length));
    }

    /** The network that the graph describes. */
    Model model() throws IOException {
        for (Node node : file.nodes()) {
            read(node);
        }
        if (file.outputs().stream().noneMatch(output -> output.equals(value) || tail.contains(output))) {
            throw file.refusal("its last understood value is '%s', and that is no output".formatted(value));
        }
        return named(network());
    }

    /** The input as a file has it, without the batch's extent: numbers that stand in a row are those of a square image if they can be. */
    private void enter(long[] extents) throws InputException {
        this.extents = extents;
        order = Axes.CHANNELS_FIRST;
        if (extents.length == 1) {
            long side = Math.round(Math.sqrt(extents[0]));
            shape = side * side == extents[0] ? shape(side, side, 1) : shape(1, 1, extents[0]);
        } else if (extents.length == 2) {
            shape = shape(extents[0], extents[1], 1);
        } else if (extents.length == 3) {
            boolean channelsLast = areChannels(extents[2]) && !areChannels(extents[0]);
            shape = channelsLast
                    ? shape(extents[0], extents[1], extents[2])
                    : shape(extents[1], extents[2], extents[0]);
            order = channelsLast ? List.of(Axes.HEIGHT, Axes.WIDTH, Axes.CHANNELS) : order;
        } else {
            throw file.refusal("the input has %d extents beside the batch's".formatted(extents.length));
        }
    }

    private static boolean areChannels(long extent) {
        return extent == 1 || extent == 3 || extent == 4;
    }

    private Shape shape(long height, long width, long channels) throws InputException {
        if (Math.max(height, Math.max(width, channels)) > Integer.MAX_VALUE
                || height * width > Integer.MAX_VALUE / channels) {
            throw file.refusal("%d x %d x %d numbers of a sample are too many".formatted(height, width, channels));
        }
        return new Shape((int) height, (int) width, (int) channels);
    }

    private void read(Node node) throws IOException {
        List<String> inputs = node.inputs();
        String type = node.domain().isEmpty() || node.domain().equals("ai.onnx")
                ? node.type()
                : node.domain() + "/" + node.type();
        extentsBefore.put(value, extents);
        if (node.outputs().isEmpty()) {
            throw file.notUnderstood(node, "it has no output");
        }
        if (inputs.stream().anyMatch(tail::contains)) {
            if (type.equals(LEARNING + "ArrayFeatureExtractor")) {
                classes = constants.names(inputs.getFirst());
            }
            tail.addAll(node.outputs());
        } else if (type.equals("Shape") && !inputs.isEmpty() && extentsBefore.containsKey(inputs.getFirst())) {
            constants.putShape(node.outputs().getFirst(), extentsBefore.get(inputs.getFirst()));
        } else if (inputs.contains(value)) {
            follow(node, type);
        } else if (inputs.stream().allMatch(constants::isKnown)) {
            constants.compute(node, type);
        } else {
            String unknown = inputs.stream().filter(input -> !constants.isKnown(input)).findFirst().orElseThrow();
            throw file.notUnderstood(node, extentsBefore.containsKey(unknown)
                    ? "it takes '%s', which another node has taken".formatted(unknown)
                    : "it takes '%s', which no node before it makes".formatted(unknown));
        }
    }

    /** A node that takes the chain's value, and makes the next one of it. */
    private void follow(Node node, String type) throws IOException {
        if (answer != null
                && !Set.of("Identity", "Cast", "ArgMax", "Reshape", "Flatten", "Squeeze", LEARNING + "ZipMap",
                        LEARNING + "Normalizer").contains(type)) {
            throw file.notUnderstood(node, "behind the probabilities");
        }
        if (type.equals("ArgMax") || type.equals(LEARNING + "ZipMap")) {
            List<String> labels = labels(node, "classlabels_strings", "classlabels_int64s");
            classes = labels.isEmpty() ? classes : labels;
            tail.addAll(node.outputs());
            return; // others may take the value too
        }
        switch (type) {
            case "Identity", "Dropout" -> {
                // nothing, once it is trained
            }
            case "Cast" -> {
                Onnx.Type to = Onnx.Type.of(node.whole("to", 0));
                if (to != Onnx.Type.FLOAT && to != Onnx.Type.DOUBLE && to != Onnx.Type.FLOAT16
                        && to != Onnx.Type.BFLOAT16) {
                    throw file.notUnderstood(node, "to other numbers than floats");
                }
            }
            case "Flatten" -> {
                if (node.whole("axis", 1) != 1 && node.whole("axis", 1) != -extents.length) {
                    throw file.notUnderstood(node, "axis " + node.whole("axis", 1));
                }
                extents = new long[]{shape.size()};
            }
            case "Reshape" -> reshape(node);
            case "Squeeze", "Unsqueeze" -> squeeze(node, type.equals("Squeeze"));
            case "Transpose" -> transpose(node);
            case "Add", "Sub", "Mul", "Div" -> arithmetic(node, type);
            case LEARNING + "Scaler" -> {
                scale(node, array(node.reals("offset")), -1, 0);
                scale(node, array(node.reals("scale")), 0, 1);
            }
            case "Gemm", "MatMul" -> product(node, type);
            case LEARNING + "LinearClassifier" -> linearClassifier(node);
            case LEARNING + "Normalizer" -> {
                if (answer == null || !node.text("norm", "MAX").equals("L1")) {
                    throw file.notUnderstood(node, "of other numbers than probabilities");
                }
            }
            case "Conv" -> filters(node);
            case "MaxPool" -> windows(node, "pool");
            case "AveragePool" -> windows(node, "average-pool");
            case "GlobalAveragePool" -> globalPool();
            case "ReduceMean" -> reduce(node);
            case "BatchNormalization" -> normalization(node);
            case "Relu", "Sigmoid", "Tanh" -> add(Spec.of(type.toLowerCase(Locale.ROOT)));
            case "Softmax", "LogSoftmax" -> {
                if (extents.length != 1 || node.whole("axis", -1) != -1 && node.whole("axis", -1) != 1) {
                    throw file.notUnderstood(node, "over another axis than the classes");
                }
                answer = Operation.Function.SOFTMAX;
            }
            default -> throw file.notUnderstood(node, "this operator is none of those that Lanewise has");
        }
        value = node.outputs().get(type.equals(LEARNING + "LinearClassifier") ? 1 : 0);
    }

    private static float[] array(List<Float> list) {
        float[] array = new float[list.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = list.get(i);
        }
        return array;
    }

    private static List<String> labels(Node node, String texts, String numbers) {
        long[] wholes = node.wholes(numbers);
        return wholes == null || wholes.length == 0
                ? node.texts(texts)
                : Arrays.stream(wholes).mapToObj(String::valueOf).toList();
    }

    private void reshape(Node node) throws IOException {
        long[] wanted = node.inputs().size() < 2 ? node.wholes("shape") : constants.sizes(node.inputs().get(1));
        if (wanted == null || wanted.length < 2 && answer == null || wanted.length < 1
                || wanted[0] != OnnxConstants.BATCH && wanted[0] != -1 && wanted[0] != 0 && wanted[0] != batch) {
            throw file.notUnderstood(node, "it does not keep the samples apart");
        }
        long[] after = Arrays.copyOfRange(wanted, 1, wanted.length);
        long known = 1;
        int open = -1;
        for (int i = 0; i < after.length; i++) {
            after[i] = after[i] == 0 && i < extents.length ? extents[i] : after[i];
            if (after[i] == -1 && open < 0) {
                open = i;
            } else if (after[i] < 1 || after[i] > shape.size()) {
                throw file.notUnderstood(node, "to " + Arrays.toString(wanted));
            } else {
                known = Math.min(known * after[i], Integer.MAX_VALUE);
            }
        }
        if (open >= 0) {
            after[open] = shape.size() / known;
            known *= after[open];
        }
        if (known != shape.size()) {
            throw file.notUnderstood(node, "%d numbers to %s".formatted(shape.size(), Arrays.toString(after)));
        }
        if (groups(after) != null) {
            extents = after;
        } else if (layers.isEmpty() && !transposed && scale.length == 1) {
            enter(after);
        } else {
            throw file.notUnderstood(node, "it mixes rows, columns and channels");
        }
    }

    /** The axes that each of these extents holds, in order; null where one holds a part of an axis. Axes of 1 are anywhere. */
    private @Nullable List<List<Axes>> groups(long[] extents) {
        List<Axes> left = new ArrayList<>(order);
        left.removeIf(axis -> axis.extent(shape) == 1);
        List<List<Axes>> groups = new ArrayList<>();
        for (long extent : extents) {
            List<Axes> group = new ArrayList<>();
            long held = 1;
            while (held < extent && !left.isEmpty()) {
                held *= left.getFirst().extent(shape);
                group.add(left.removeFirst());
            }
            if (held != extent) {
                return null;
            }
            groups.add(group);
        }
        return left.isEmpty() ? groups : null;
    }

    private void transpose(Node node) throws InputException {
        long[] permutation = node.wholes("perm");
        List<List<Axes>> groups = groups(extents);
        if (permutation == null || permutation.length != extents.length + 1 || permutation[0] != 0 || groups == null
                || Arrays.stream(permutation).distinct().count() != permutation.length
                || Arrays.stream(permutation).anyMatch(axis -> axis < 0 || axis > extents.length)) {
            throw file.notUnderstood(node, "it does not keep the samples apart");
        }
        if (scale.length > 1) {
            throw file.notUnderstood(node, "behind scales of single numbers");
        }
        long[] before = extents;
        extents = Arrays.stream(permutation).skip(1).map(axis -> before[(int) axis - 1]).toArray();
        List<Axes> turned = new ArrayList<>();
        Arrays.stream(permutation).skip(1).forEach(axis -> turned.addAll(groups.get((int) axis - 1)));
        Axes.CHANNELS_FIRST.stream().filter(axis -> !turned.contains(axis)).forEach(turned::add); // axes of 1
        order = turned;
        transposed = true;
    }

    private void squeeze(Node node, boolean away) throws IOException {
        long[] axes = node.inputs().size() < 2 ? node.wholes("axes") : constants.sizes(node.inputs().get(1));
        List<Long> changed = new ArrayList<>(Arrays.stream(extents).boxed().toList());
        int rank = extents.length + 1 + (away || axes == null ? 0 : axes.length);
        boolean fits = axes != null && axes.length <= 3;
        long[] sorted = fits
                ? Arrays.stream(axes).map(axis -> axis < 0 ? axis + rank : axis)
                        .map(axis -> away ? -axis : axis).sorted().map(Math::abs).toArray()
                : new long[0];
        for (long axis : sorted) {
            int at = Math.clamp(axis - 1, -1, Integer.MAX_VALUE);
            if (away && at >= 0 && at < changed.size() && changed.get(at) == 1) {
                changed.remove(at);
            } else if (!away && at >= 0 && at <= changed.size()) {
                changed.add(at, 1L);
            } else {
                fits = false;
            }
        }
        if (!fits) {
            throw file.notUnderstood(node, "axes %s of %s".formatted(Arrays.toString(axes), Arrays.toString(extents)));
        }
        extents = changed.stream().mapToLong(Long::longValue).toArray();
    }

    /** Constants that are added or multiplied: as biases behind a layer with weights, or as a scale of the input. */
    private void arithmetic(Node node, String type) throws IOException {
        int place = node.inputs().getFirst().equals(value) ? 1 : 0;
        OnnxConstants.Constant constant = constants.required(node, place);
        if (place == 0 && (type.equals("Sub") || type.equals("Div"))) {
            throw file.notUnderstood(node, "the constant stands first");
        }
        if (!layers.isEmpty()) {
            Parameter bias = switch (layers.getLast().operation().orElseThrow()) {
                case Operation.Product product -> product.bias();
                case Operation.Filters filters -> filters.bias();
                default -> null;
            };
            if (bias == null || !type.equals("Add") || constant.size() != bias.size()
                    || Arrays.stream(constant.shape()).filter(extent -> extent != 1).count() > 1
                    || extents.length != 1 && (constant.shape().length < 3
                            || constant.shape()[constant.shape().length - 3] != bias.size())) {
                throw file.notUnderstood(node, "only biases of layers with weights are added");
            }
            addTo(bias, constants.floats(constant));
            return;
        }
        long size = constant.size();
        boolean fits = size == 1
                || extents.length == 1 && size == extents[0]
                || extents.length == 3 && size == shape.channels() && order.equals(Axes.CHANNELS_FIRST)
                        && constant.shape().length >= 3 && constant.shape()[constant.shape().length - 3] == size;
        if (!fits) {
            throw file.notUnderstood(node,
                    "a scale of %s for an input of %s".formatted(Arrays.toString(constant.shape()),
                            Arrays.toString(extents)));
        }
        float[] numbers = constants.floats(constant);
        switch (type) {
            case "Add" -> scale(node, numbers, 1, 0);
            case "Sub" -> scale(node, numbers, -1, 0);
            case "Mul" -> scale(node, numbers, 0, 1);
            default -> scale(node, numbers, 0, -1);
        }
    }

    /**
     * Changes the scale of the input.
     *
     * @param sign of what is added; 0: nothing is
     * @param power of what is multiplied, 1 or -1; 0: nothing is
     */
    private void scale(Node node, float[] numbers, int sign, int power) throws InputException {
        if (!layers.isEmpty() || numbers.length == 0) {
            throw file.notUnderstood(node, "it scales what is not the input");
        }
        int n = Math.max(numbers.length, scale.length);
        if (numbers.length != n && numbers.length != 1 || scale.length != n && scale.length != 1) {
            throw file.notUnderstood(node, "%d scales for %d numbers".formatted(numbers.length, n));
        }
        float[] factor = new float[n];
        float[] summand = new float[n];
        for (int i = 0; i < n; i++) {
            double number = numbers[numbers.length == 1 ? 0 : i];
            double by = power == 0 ? 1 : power > 0 ? number : 1 / number;
            factor[i] = (float) (scale[scale.length == 1 ? 0 : i] * by);
            summand[i] = (float) (shift[shift.length == 1 ? 0 : i] * by + sign * number);
        }
        scale = factor;
        shift = summand;
    }

    private static void addTo(Parameter bias, float[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            bias.value()[i] += numbers[i];
        }
    }

    /** Adds a layer that words describe. */
    private Layer add(Spec spec) throws InputException {
        String kind = spec.kind();
        Layer layer = Layers.KINDS.kind(kind).create(spec, kind + counts.merge(kind, 1, Integer::sum), shape);
        layers.add(layer);
        if (!shape.equals(layer.output())) {
            shape = layer.output();
            order = Axes.CHANNELS_FIRST;
            extents = layer.operation().orElseThrow() instanceof Operation.Product
                    ? new long[]{shape.size()}
                    : new long[]{shape.channels(), shape.height(), shape.width()};
        }
        return layer;
    }

    private void product(Node node, String type) throws IOException {
        OnnxConstants.Constant weight = constants.required(node, 1);
        boolean gemm = type.equals("Gemm");
        boolean outputsFirst = gemm && node.whole("transB", 0) != 0;
        if (!node.inputs().getFirst().equals(value) || weight.shape().length != 2 || extents.length != 1
                || weight.shape()[outputsFirst ? 1 : 0] != shape.size() || weight.shape()[outputsFirst ? 0 : 1] < 1) {
            throw file.notUnderstood(node, "weights of %s for an input of %s".formatted(Arrays.toString(weight.shape()),
                    Arrays.toString(extents)));
        }
        if (gemm && (node.real("alpha", 1) != 1 || node.real("beta", 1) != 1 || node.whole("transA", 0) != 0)) {
            throw file.notUnderstood(node, "alpha, beta or transA");
        }
        OnnxConstants.Constant bias = gemm ? constants.constant(node, 2) : null;
        long outputs = weight.shape()[outputsFirst ? 0 : 1];
        if (bias != null && (bias.size() != outputs
                || bias.shape().length > 0 && bias.shape()[bias.shape().length - 1] != outputs)) {
            throw file.notUnderstood(node,
                    "biases of %s for %d outputs".formatted(Arrays.toString(bias.shape()), outputs));
        }
        float[] rows = constants.floats(outputsFirst
                ? weight
                : weight.turned());
        product(rows, (int) outputs, bias == null ? new float[(int) outputs] : constants.floats(bias));
    }

    /** @param rows [out, in], the inputs in the file's order */
    private void product(float[] rows, int outputs, float[] biases) throws InputException {
        int inputs = shape.size();
        boolean first = layers.isEmpty();
        if (first) {
            toUnits();
        }
        for (int j = 0; first && j < outputs; j++) {
            double sum = 0;
            for (int i = 0; i < inputs; i++) {
                int scaled = scale.length == 1 ? 0 : scale.length == inputs ? i : i / (inputs / scale.length);
                sum += (double) shift[scaled] * rows[j * inputs + i];
                rows[j * inputs + i] *= scale[scaled];
            }
            biases[j] = (float) (biases[j] + sum);
        }
        Shape input = shape;
        List<Axes> axes = order;
        Operation.Product product = (Operation.Product) add(Spec.of("dense", outputs)).operation().orElseThrow();
        Axes.productFromRows(rows, input, outputs, axes, product.weight().value());
        addTo(product.bias(), biases);
    }

    /** Lanewise's networks take numbers from 0 to 1; a file's may take bytes, and scale them. */
    private void toUnits() {
        boolean scaledDown = true;
        for (float factor : scale) {
            scaledDown &= Math.abs(factor) < OF_BYTES;
        }
        for (int i = 0; (bytes || scaledDown) && i < scale.length; i++) {
            double factor = scale[i] * 255.0;
            scale[i] = Math.abs(factor - 1) < EXACT ? 1 : (float) factor;
        }
    }

    private void linearClassifier(Node node) throws IOException {
        float[] rows = array(node.reals("coefficients"));
        float[] biases = array(node.reals("intercepts"));
        String transform = node.text("post_transform", "NONE");
        if (node.outputs().size() != 2 || extents.length != 1 || biases.length == 0
                || rows.length != (long) biases.length * shape.size()
                || !transform.equals("NONE") && !transform.equals("SOFTMAX")) {
            throw file.notUnderstood(node, "%d coefficients and %d intercepts for an input of %s, and %s behind them"
                    .formatted(rows.length, biases.length, Arrays.toString(extents), transform));
        }
        product(rows, biases.length, biases);
        answer = transform.equals("SOFTMAX") ? Operation.Function.SOFTMAX : null;
        classes = labels(node, "classlabels_strings", "classlabels_ints");
        tail.add(node.outputs().getFirst());
    }

    /** What is for images wants the channels first. */
    private void requireImage(Node node) throws InputException {
        if (extents.length == 3 && layers.isEmpty()) {
            shape = shape(extents[1], extents[2], extents[0]);
            order = Axes.CHANNELS_FIRST;
        }
        List<Axes> here = order.stream().filter(axis -> axis.extent(shape) > 1).toList();
        List<Axes> usual = Axes.CHANNELS_FIRST.stream().filter(axis -> axis.extent(shape) > 1).toList();
        if (!here.equals(usual)
                || !Arrays.equals(extents, new long[]{shape.channels(), shape.height(), shape.width()})) {
            throw file.notUnderstood(node, "its input is %s, not [C, H, W]".formatted(Arrays.toString(extents)));
        }
    }

    private void requireUnscaled(Node node) throws InputException {
        if (layers.isEmpty()) {
            toUnits();
            if (scale.length != 1 || scale[0] != 1 || shift[0] != 0) {
                throw file.notUnderstood(node, "behind a scaled input");
            }
        }
    }

    /** Rows and columns of a window; -1 where they differ and must not. */
    private static long side(long @Nullable [] both, long usual) {
        return both == null ? usual : both.length == 2 && both[0] == both[1] ? both[0] : -1;
    }

    private void filters(Node node) throws IOException {
        requireImage(node);
        OnnxConstants.Constant weight = constants.required(node, 1);
        OnnxConstants.Constant bias = constants.constant(node, 2);
        if (weight.shape().length != 4 || weight.shape()[1] != shape.channels() || weight.transposed()
                || Arrays.stream(weight.shape()).anyMatch(extent -> extent < 1)
                || node.whole("group", 1) != 1 || side(node.wholes("dilations"), 1) != 1
                || bias != null && !bias.isOf(weight.shape()[0])) {
            throw file.notUnderstood(node,
                    "filters of %s for an input of %s; groups and dilations are not taken".formatted(
                            Arrays.toString(weight.shape()), Arrays.toString(extents)));
        }
        long stride = side(node.wholes("strides"), 1);
        long[] pads = node.wholes("pads") == null ? new long[4] : node.wholes("pads");
        if (node.text("auto_pad", "NOTSET").startsWith("SAME")) {
            long sum = weight.shape()[2] - 1;
            pads = stride == 1 && weight.shape()[2] == weight.shape()[3] && sum % 2 == 0
                    ? new long[]{sum / 2, sum / 2, sum / 2, sum / 2}
                    : new long[]{-1};
        }
        if (stride < 1 || pads.length != 4 || Arrays.stream(pads).distinct().count() != 1 || pads[0] < 0) {
            throw file.notUnderstood(node,
                    "strides of %s and a padding of %s; each must be the same everywhere".formatted(
                            Arrays.toString(node.wholes("strides")), Arrays.toString(pads)));
        }
        List<Object> words = new ArrayList<>(List.of(weight.shape()[0], weight.shape()[2] + "x" + weight.shape()[3]));
        if (stride != 1) {
            words.add("stride=" + stride);
        }
        if (pads[0] != 0) {
            words.add("padding=" + pads[0]);
        }
        float[] planes = constants.floats(weight);
        float[] biases = bias == null ? new float[(int) weight.shape()[0]] : constants.floats(bias);
        if (layers.isEmpty()) {
            toUnits();
            scale(node, planes, biases, pads[0] != 0);
        }
        int inputs = shape.channels();
        Operation.Filters filters = (Operation.Filters) add(spec(node, "conv", words)).operation().orElseThrow();
        Axes.filtersFromPlanes(planes, inputs, biases.length, filters.weight().value());
        addTo(filters.bias(), biases);
    }

    /** The scale of the input goes into the first filters; a shift does where no zeros stand around the image. */
    private void scale(Node node, float[] planes, float[] biases, boolean padded) throws InputException {
        int channels = shape.channels();
        if (scale.length != 1 && scale.length != channels
                || padded && IntStream.range(0, shift.length).anyMatch(i -> shift[i] != 0)) {
            throw file.notUnderstood(node, "padding of a shifted input");
        }
        int taps = planes.length / channels / Math.max(1, biases.length);
        for (int j = 0; j < biases.length; j++) {
            double sum = 0;
            for (int i = 0; i < channels * taps; i++) {
                int scaled = scale.length == 1 ? 0 : i / taps;
                int at = j * channels * taps + i;
                sum += (double) shift[scaled] * planes[at];
                planes[at] *= scale[scaled];
            }
            biases[j] = (float) (biases[j] + sum);
        }
    }

    /** Words that a file's numbers make may be none that a layer takes. */
    private Spec spec(Node node, String kind, List<Object> words) throws InputException {
        try {
            return Spec.of(kind, words.toArray());
        } catch (IllegalArgumentException e) {
            throw file.notUnderstood(node, e.getMessage());
        }
    }

    private void windows(Node node, String kind) throws InputException {
        requireImage(node);
        requireUnscaled(node);
        long[] window = node.wholes("kernel_shape");
        long[] pads = node.wholes("pads");
        long stride = side(node.wholes("strides"), 1);
        if (window == null || window.length != 2 || stride < 1 || side(node.wholes("dilations"), 1) != 1
                || pads != null && Arrays.stream(pads).anyMatch(pad -> pad != 0) || node.whole("ceil_mode", 0) != 0
                || node.text("auto_pad", "NOTSET").startsWith("SAME") && (shape.height() % stride != 0
                        || shape.width() % stride != 0 || side(window, 0) != stride)) {
            throw file.notUnderstood(node, "padding, dilation, ceil_mode or strides that differ");
        }
        List<Object> words = new ArrayList<>(List.of(window[0] == window[1]
                ? String.valueOf(window[0])
                : window[0] + "x" + window[1]));
        if (stride != window[0]) {
            words.add("stride=" + stride);
        }
        add(spec(node, kind, words));
    }

    private void globalPool() throws InputException {
        add(Spec.of("global-pool"));
    }

    private void reduce(Node node) throws IOException {
        long[] axes = node.inputs().size() < 2 ? node.wholes("axes") : constants.sizes(node.inputs().get(1));
        List<Axes> reduced = new ArrayList<>();
        List<List<Axes>> groups = groups(extents);
        if (axes != null && groups != null && extents.length == 3) {
            for (long axis : axes) {
                long positive = axis < 0 ? axis + extents.length + 1 : axis;
                if (positive >= 1 && positive <= extents.length) {
                    reduced.addAll(groups.get((int) positive - 1));
                }
            }
        }
        if (axes == null || axes.length != 2 || reduced.contains(Axes.CHANNELS)
                || reduced.size() != IntStream.of(shape.height(), shape.width()).filter(side -> side > 1).count()
                || layers.isEmpty()) {
            throw file.notUnderstood(node, "it is taken for the average of an image");
        }
        globalPool();
        if (node.whole("keepdims", 1) == 0) {
            extents = new long[]{shape.size()};
        }
    }

    private void normalization(Node node) throws IOException {
        if (extents.length == 1 && layers.isEmpty()) {
            shape = Shape.vector(shape.size());
        }
        if (extents.length != 1 || shape.channels() != shape.size()) {
            requireImage(node);
        }
        requireUnscaled(node);
        if (node.whole("training_mode", 0) != 0) {
            throw file.notUnderstood(node, "it is in training");
        }
        List<float[]> numbers = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            OnnxConstants.Constant constant = constants.required(node, i);
            if (!constant.isOf(shape.channels())) {
                throw file.notUnderstood(node, "%s numbers for %d channels".formatted(Arrays.toString(constant.shape()),
                        shape.channels()));
            }
            numbers.add(constants.floats(constant));
        }
        String epsilon = String.valueOf(node.real("epsilon", 1e-5f));
        List<Object> words = epsilon.equals("1.0E-5") ? List.of() : List.of("epsilon=" + epsilon);
        List<Parameter> parameters = add(spec(node, "batch-norm", words)).parameters();
        for (int i = 0; i < parameters.size(); i++) {
            System.arraycopy(numbers.get(i), 0, parameters.get(i).value(), 0, numbers.get(i).length);
        }
    }

    private Network network() throws InputException {
        if (layers.stream().noneMatch(layer -> layer.trainedParameters() > 0)) {
            throw file.refusal("it has no layer with weights");
        }
        if (answer == null && layers.getLast().operation().orElse(null) == Operation.Function.SIGMOID) {
            layers.removeLast();
            answer = Operation.Function.SIGMOID;
        }
        if (layers.getLast().output().size() == 1) {
            twoClasses();
        }
        return new Network(layers, loss());
    }

    /** One number that a sigmoid makes a probability of is the second of two classes, of which the first one's number is 0. */
    private void twoClasses() throws InputException {
        Layer last = layers.getLast();
        if (answer != Operation.Function.SIGMOID) {
            throw file.refusal("it has one output and no Sigmoid behind it, which is no class; "
                    + "write one with Sigmoid, for two classes, or with an output for each class");
        }
        if (!(last.operation().orElse(null) instanceof Operation.Product one)) {
            throw file
                    .refusal("its one output is not that of a product (Gemm); write one with an output for each class");
        }
        layers.removeLast();
        Layer both = Layers.KINDS.kind("dense").create(Spec.of("dense", 2), "dense" + counts.get("dense"),
                last.input());
        Operation.Product two = (Operation.Product) both.operation().orElseThrow();
        for (int i = 0; i < one.weight().size(); i++) {
            two.weight().value()[2 * i + 1] = one.weight().value()[i];
        }
        two.bias().value()[1] = one.bias().value()[0];
        layers.add(both);
        answer = Operation.Function.SOFTMAX; // e^z / (e^0 + e^z) is sigmoid(z)
    }

    /** The loss that the file names, if it makes such probabilities; else one that does. */
    private Loss loss() {
        try {
            Loss loss = Loss.of(Spec.parse(file.metadata().getOrDefault("loss", "")));
            if (answer == null || answer.equals(loss.output().orElse(null))) {
                return loss;
            }
        } catch (IllegalArgumentException _) {
            // another program's word, or none
        }
        return Loss.of(Spec.of(answer == Operation.Function.SIGMOID ? "mse" : "cross-entropy"));
    }

    /** With names for the classes: those that the metadata have, or other nodes. */
    private Model named(Network network) throws InputException {
        List<String> names = classes.size() == network.classes()
                ? classes
                : IntStream.range(0, network.classes()).mapToObj(String::valueOf).toList();
        if (file.metadata().containsKey("classes")
                && Json.parse(file.metadata().get("classes")) instanceof JsonArray array) {
            names = array.size() == 1 && names.size() == 2 // of a network with one output
                    ? names
                    : array.asList().stream().map(name -> Json.string("a name", name)).toList();
        }
        Map<String, String> about = new LinkedHashMap<>(file.metadata());
        about.remove("format");
        Model model = new Model(network, names, about);
        model.preparation(); // which refuses a word that it does not know
        model.ink();
        return model;
    }
}
