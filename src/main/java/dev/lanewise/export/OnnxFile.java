package dev.lanewise.export;

import dev.lanewise.data.InputException;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.run.files.Protobuf;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an ONNX file holds, of what is needed to understand a chain of layers. Nothing is allocated on its word: the numbers of a
 * tensor are decoded when they are asked for, after its shape has been compared with the bytes that are there.
 *
 * @param bytes of the file
 * @param nodes in their order
 * @param tensors by name
 * @param inputs that are no tensors
 */
record OnnxFile(Path path, long bytes, Map<String, String> metadata, List<Node> nodes, Map<String, Tensor> tensors,
        List<Value> inputs, List<String> outputs) {
    /** An operator at work. */
    record Node(String name, String type, String domain, List<String> inputs, List<String> outputs,
            Map<String, Attribute> attributes) {
        /** How it is called in a message. */
        @Override
        public String toString() {
            return name.isEmpty() ? "the node " + type : "the node '%s' (%s)".formatted(name, type);
        }

        long whole(String attribute, long usual) {
            Attribute found = attributes.get(attribute);
            return found == null ? usual : found.whole;
        }

        float real(String attribute, float usual) {
            Attribute found = attributes.get(attribute);
            return found == null ? usual : found.real;
        }

        String text(String attribute, String usual) {
            Attribute found = attributes.get(attribute);
            return found == null ? usual : new String(found.text, StandardCharsets.UTF_8);
        }

        /** Null where it is not there. */
        long @Nullable [] wholes(String attribute) {
            Attribute found = attributes.get(attribute);
            return found == null ? null : found.wholes.stream().mapToLong(Long::longValue).toArray();
        }

        List<Float> reals(String attribute) {
            Attribute found = attributes.get(attribute);
            return found == null ? List.of() : found.reals;
        }

        List<String> texts(String attribute) {
            Attribute found = attributes.get(attribute);
            return found == null
                    ? List.of()
                    : found.texts.stream().map(text -> new String(text, StandardCharsets.UTF_8)).toList();
        }

        @Nullable
        Tensor tensor(String attribute) {
            Attribute found = attributes.get(attribute);
            return found == null ? null : found.tensor;
        }
    }

    /** A constant of a node: one of its fields, by its type. */
    private static final class Attribute {
        private long whole;
        private float real;
        private byte[] text = {};
        private @Nullable Tensor tensor;
        private final List<Long> wholes = new ArrayList<>();
        private final List<Float> reals = new ArrayList<>();
        private final List<byte[]> texts = new ArrayList<>();
    }

    /** An input: its extents, the batch first, of which open ones are -1; null where they are not told. */
    static final class Value {
        private final String name;
        private final Onnx.@Nullable Type type;
        private final long @Nullable [] shape;

        Value(String name, Onnx.@Nullable Type type, long @Nullable [] shape) {
            this.name = name;
            this.type = type;
            this.shape = shape;
        }

        /** What nodes call it. */
        String name() {
            return name;
        }

        /** The type of its numbers; null where it is not told, or not known. */
        Onnx.@Nullable Type type() {
            return type;
        }

        /** Its extents, the batch first, of which open ones are -1; null where they are not told. */
        long @Nullable [] shape() {
            return shape;
        }
    }

    /** Reads a file. */
    static OnnxFile read(Path path) throws IOException {
        byte[] content = Files.readAllBytes(path);
        try {
            return model(path, content.length, new Protobuf.Reader(ByteBuffer.wrap(content)));
        } catch (IllegalArgumentException e) {
            throw new InputException("%s: this is no ONNX file, or it is damaged (%s); use another copy of the file"
                    .formatted(path, e.getMessage()), e);
        }
    }

    /** Why there is no network in it. */
    InputException refusal(String why) {
        return new InputException("%s: %s; export a chain of layers without branches".formatted(path, why));
    }

    /** That a node is the reason. */
    InputException notUnderstood(Node node, @Nullable String why) {
        return refusal("%s is not understood (%s)".formatted(node, why));
    }

    private static OnnxFile model(Path path, long bytes, Protobuf.Reader in) {
        OnnxFile file = new OnnxFile(path, bytes, new LinkedHashMap<>(), new ArrayList<>(), new LinkedHashMap<>(),
                new ArrayList<>(), new ArrayList<>());
        boolean hasGraph = false;
        while (in.next()) {
            switch (in.field()) {
                case Onnx.Model.GRAPH -> {
                    hasGraph = true;
                    file.addGraph(in.message());
                }
                case Onnx.Model.METADATA -> file.addEntry(in.message(), file.metadata);
                default -> {
                    // producer, versions: operators are judged one by one
                }
            }
        }
        if (!hasGraph) {
            throw new IllegalArgumentException("it has no graph");
        }
        file.inputs.removeIf(input -> file.tensors.containsKey(input.name)); // as older programs list them
        return file;
    }

    private void addEntry(Protobuf.Reader in, Map<String, String> entries) {
        String key = "";
        String value = "";
        while (in.next()) {
            switch (in.field()) {
                case Onnx.Entry.KEY -> key = in.text();
                case Onnx.Entry.VALUE -> value = in.text();
                default -> {
                    // not of use here, as below
                }
            }
        }
        entries.put(key, value);
    }

    private void addGraph(Protobuf.Reader in) {
        while (in.next()) {
            switch (in.field()) {
                case Onnx.Graph.NODE -> nodes.add(node(in.message()));
                case Onnx.Graph.TENSOR -> {
                    Tensor tensor = new Tensor(in.message());
                    tensors.put(tensor.name, tensor);
                }
                case Onnx.Graph.INPUT -> inputs.add(value(in.message()));
                case Onnx.Graph.OUTPUT -> outputs.add(value(in.message()).name);
                default -> {
                }
            }
        }
    }

    private Node node(Protobuf.Reader in) {
        String name = "";
        String type = "";
        String domain = "";
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        while (in.next()) {
            switch (in.field()) {
                case Onnx.Node.INPUT -> inputs.add(in.text());
                case Onnx.Node.OUTPUT -> outputs.add(in.text());
                case Onnx.Node.NAME -> name = in.text();
                case Onnx.Node.TYPE -> type = in.text();
                case Onnx.Node.DOMAIN -> domain = in.text();
                case Onnx.Node.ATTRIBUTE -> addAttribute(in.message(), attributes);
                default -> {
                }
            }
        }
        return new Node(name, type, domain, List.copyOf(inputs), List.copyOf(outputs), attributes);
    }

    private void addAttribute(Protobuf.Reader in, Map<String, Attribute> attributes) {
        String name = "";
        Attribute attribute = new Attribute();
        while (in.next()) {
            switch (in.field()) {
                case Onnx.Attribute.NAME -> name = in.text();
                case Onnx.Attribute.FLOAT -> attribute.real = in.single();
                case Onnx.Attribute.INT -> attribute.whole = in.number();
                case Onnx.Attribute.STRING -> attribute.text = array(in.bytes());
                case Onnx.Attribute.TENSOR -> attribute.tensor = new Tensor(in.message());
                case Onnx.Attribute.FLOATS -> addFloats(in, attribute.reals);
                case Onnx.Attribute.INTS -> in.numbers(attribute.wholes::add);
                case Onnx.Attribute.STRINGS -> attribute.texts.add(array(in.bytes()));
                default -> {
                }
            }
        }
        attributes.put(name, attribute);
    }

    private static void addFloats(Protobuf.Reader in, List<Float> floats) {
        if (in.isBytes()) {
            for (ByteBuffer packed = in.bytes(); packed.remaining() >= Float.BYTES;) {
                floats.add(packed.getFloat());
            }
        } else {
            floats.add(in.single());
        }
    }

    private static byte[] array(ByteBuffer bytes) {
        byte[] array = new byte[bytes.remaining()];
        bytes.get(array);
        return array;
    }

    private Value value(Protobuf.Reader in) {
        String name = "";
        Onnx.Type type = null;
        List<Long> extents = null;
        while (in.next()) {
            if (in.field() == Onnx.Value.NAME) {
                name = in.text();
            } else if (in.field() == Onnx.Value.TYPE) {
                for (Protobuf.Reader of = in.message(); of.next();) {
                    if (of.field() == Onnx.Value.TENSOR) {
                        for (Protobuf.Reader tensor = of.message(); tensor.next();) {
                            if (tensor.field() == Onnx.Value.ELEMENT) {
                                type = Onnx.Type.of(tensor.number());
                            } else if (tensor.field() == Onnx.Value.SHAPE) {
                                extents = extents(tensor.message());
                            }
                        }
                    }
                }
            }
        }
        return new Value(name, type, extents == null ? null : extents.stream().mapToLong(Long::longValue).toArray());
    }

    private static List<Long> extents(Protobuf.Reader in) {
        List<Long> extents = new ArrayList<>();
        while (in.next()) {
            if (in.field() == Onnx.Value.EXTENT) {
                long extent = -1;
                for (Protobuf.Reader dimension = in.message(); dimension.next();) {
                    if (dimension.field() == Onnx.Value.NUMBER) {
                        extent = dimension.number();
                    }
                }
                extents.add(extent);
            }
        }
        return extents;
    }

    /** A constant array, whose numbers are still as they stand in the file. */
    final class Tensor {
        private String name = "";
        private long type;
        private boolean external;
        private @Nullable ByteBuffer raw; // null: in fields of their own
        private final List<Long> extents = new ArrayList<>();
        private final List<ByteBuffer> packed = new ArrayList<>(); // numbers of a field, of the type's form
        private final List<String> texts = new ArrayList<>();
        private final Map<String, String> place = new LinkedHashMap<>(); // of external data

        private Tensor(Protobuf.Reader in) {
            while (in.next()) {
                switch (in.field()) {
                    case Onnx.Tensor.NAME -> name = in.text();
                    case Onnx.Tensor.TYPE -> type = in.number();
                    case Onnx.Tensor.PLACE -> external = in.number() == 1;
                    case Onnx.Tensor.EXTERNAL -> addEntry(in.message(), place);
                    case Onnx.Tensor.RAW -> raw = in.bytes();
                    case Onnx.Tensor.EXTENT -> in.numbers(extents::add);
                    case Onnx.Tensor.FLOATS, Onnx.Tensor.INT32S, Onnx.Tensor.INT64S, Onnx.Tensor.DOUBLES -> {
                        if (!in.isBytes()) {
                            throw new IllegalArgumentException("numbers of a tensor are not packed");
                        }
                        packed.add(in.bytes());
                    }
                    case Onnx.Tensor.STRINGS -> texts.add(new String(array(in.bytes()), StandardCharsets.UTF_8));
                    default -> {
                    }
                }
            }
        }

        String name() {
            return name;
        }

        long[] shape() {
            return extents.stream().mapToLong(Long::longValue).toArray();
        }

        /** Texts, where it holds texts. */
        List<String> texts() {
            return texts;
        }

        /** Whether its numbers lie in another file. */
        boolean isExternal() {
            return external;
        }

        boolean isWhole() {
            return type == Onnx.Type.INT64.number || type == Onnx.Type.INT32.number;
        }

        boolean isBytes() {
            return type == Onnx.Type.INT8.number || type == Onnx.Type.UINT8.number;
        }

        /** Number of elements; as large as can be where that is more than an array holds. */
        long size() {
            long size = 1;
            for (long extent : extents) {
                size = extent < 0 || size > Integer.MAX_VALUE ? Long.MAX_VALUE : size * Math.min(extent, 1L << 31);
            }
            return extents.contains(0L) ? 0 : size;
        }

        private InputException refusal(String why) {
            return new InputException(
                    "%s: the tensor '%s' %s; use another copy of the file".formatted(path, name, why));
        }

        /** The numbers as floats. */
        float[] floats() throws IOException {
            Numbers numbers = numbers();
            float[] floats = new float[(int) size()];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) numbers.next();
            }
            return floats;
        }

        /** The numbers as whole ones. */
        long[] wholes() throws IOException {
            Numbers numbers = numbers();
            if (numbers.type != Onnx.Type.INT64 && numbers.type != Onnx.Type.INT32) {
                throw refusal("is not of whole numbers where they are needed");
            }
            long[] wholes = new long[(int) size()];
            for (int i = 0; i < wholes.length; i++) {
                wholes[i] = numbers.nextWhole();
            }
            return wholes;
        }

        private Numbers numbers() throws IOException {
            Onnx.Type known = Onnx.Type.of(type);
            if (known == null || known.bytes == 0) {
                throw refusal("has numbers of type %d, which is not understood".formatted(type));
            }
            long size = size();
            if (raw == null && !external) {
                Numbers numbers = new Numbers(known, packed, true);
                if (numbers.count() != size) {
                    throw refusal("has %d numbers, which are not those of its shape %s".formatted(numbers.count(),
                            extents));
                }
                return numbers;
            }
            if (size > Integer.MAX_VALUE - 8) {
                throw refusal("has the shape %s, of more numbers than an array holds".formatted(extents));
            }
            ByteBuffer bytes = external || raw == null ? external(size * known.bytes) : raw;
            if (bytes.remaining() != size * known.bytes) {
                throw refusal("has %d bytes, which are not the %s of its shape %s".formatted(bytes.remaining(), known,
                        extents));
            }
            return new Numbers(known, List.of(bytes), false);
        }

        /** What another file holds, which must lie beside this one or below. */
        private ByteBuffer external(long bytes) throws IOException {
            String location = place.getOrDefault("location", "");
            Path directory = path.toAbsolutePath().resolveSibling("").toRealPath();
            try {
                Path other = directory.resolve(location).normalize();
                if (location.isEmpty() || !other.startsWith(directory) || !Files.isRegularFile(other)
                        || !other.toRealPath().startsWith(directory)) {
                    throw refusal("lies in '%s', which is no file beside this one".formatted(location));
                }
                try (RandomAccessFile in = new RandomAccessFile(other.toFile(), "r")) {
                    long offset = Digits.parseLong(place.getOrDefault("offset", "0"));
                    if (offset < 0 || bytes > Integer.MAX_VALUE - 8 || bytes > in.length() - offset) {
                        throw refusal("has %d bytes from %d in '%s', which has %d".formatted(bytes, offset, location,
                                in.length()));
                    }
                    byte[] content = new byte[(int) bytes];
                    in.seek(offset);
                    in.readFully(content);
                    return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
                }
            } catch (NumberFormatException | InvalidPathException e) {
                throw new InputException(
                        "%s: the tensor '%s' lies in '%s', which cannot be (%s); use another copy of the file"
                                .formatted(path, name, location, e.getMessage()),
                        e);
            }
        }
    }

    /** Goes through the numbers of a tensor, which lie as bytes or in the packed field of their type. */
    private static final class Numbers {
        private final Onnx.Type type;
        private final boolean inField; // small types as varints there
        private final List<ByteBuffer> pieces;
        private int piece;
        private ByteBuffer at = ByteBuffer.allocate(0);

        Numbers(Onnx.Type type, List<ByteBuffer> pieces, boolean inField) {
            this.type = type;
            this.pieces = pieces.stream().map(bytes -> bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN)).toList();
            this.inField = inField && type != Onnx.Type.FLOAT && type != Onnx.Type.DOUBLE;
        }

        long count() {
            long count = 0;
            for (ByteBuffer bytes : pieces) {
                if (!inField) {
                    if (bytes.remaining() % type.bytes != 0) {
                        throw new IllegalArgumentException("numbers of a tensor end in the middle of one");
                    }
                    count += bytes.remaining() / type.bytes;
                    continue;
                }
                for (int i = 0; i < bytes.remaining(); i++) {
                    count += bytes.get(i) >= 0 ? 1 : 0; // the last byte of each
                }
            }
            return count;
        }

        private ByteBuffer here() {
            while (!at.hasRemaining()) {
                at = pieces.get(piece++);
            }
            return at;
        }

        double next() {
            return switch (type) {
                case FLOAT -> here().getFloat();
                case DOUBLE -> here().getDouble();
                case FLOAT16 -> Float.float16ToFloat((short) nextWhole());
                case BFLOAT16 -> Float.intBitsToFloat((int) nextWhole() << 16);
                default -> nextWhole();
            };
        }

        long nextWhole() {
            if (inField) {
                return Protobuf.Reader.varint(here());
            }
            return switch (type) {
                case UINT8, BOOL -> here().get() & 0xff;
                case INT8 -> here().get();
                case UINT16, FLOAT16, BFLOAT16 -> here().getShort() & 0xffff;
                case INT16 -> here().getShort();
                case INT32 -> here().getInt();
                case UINT32 -> Integer.toUnsignedLong(here().getInt());
                default -> here().getLong();
            };
        }
    }
}
