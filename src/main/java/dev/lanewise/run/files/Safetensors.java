package dev.lanewise.run.files;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lanewise.data.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files of named float tensors in the safetensors format: the header's length (8 bytes, little-endian), a JSON header
 * with type, shape and offsets of each tensor, then the data, little-endian and row-major. The header is padded with
 * spaces so that the data begins at a multiple of 8.
 *
 * @param metadata strings about the tensors
 * @param tensors in the order of their data
 */
public record Safetensors(Map<String, String> metadata, List<Tensor> tensors) {
    /** The types that the format has. */
    public enum Type {
        F64(8), F32(4), F16(2), BF16(2), I64(8), I32(4), I16(2), I8(1), U64(8), U32(4), U16(2), U8(1), BOOL(
                1), F8_E4M3(1), F8_E5M2(1);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        /** Whether it is read. */
        public boolean isRead() {
            return compareTo(I64) < 0;
        }

        private float read(ByteBuffer bytes) {
            return switch (this) {
                case F64 -> (float) bytes.getDouble();
                case F16 -> Float.float16ToFloat(bytes.getShort());
                case BF16 -> Float.intBitsToFloat(bytes.getShort() << 16);
                default -> bytes.getFloat();
            };
        }
    }

    /** A named array of the given shape, row-major. */
    public static final class Tensor {
        private final String name;
        private final List<Integer> shape;
        private final float[] data;

        /** Of this data, which are not copied. */
        public Tensor(String name, List<Integer> shape, float[] data) {
            this.name = name;
            this.shape = shape;
            this.data = data;
        }

        /** What it is called. */
        public String name() {
            return name;
        }

        /** Its extents. */
        public List<Integer> shape() {
            return shape;
        }

        /** The numbers, row-major; the array itself, which reading fills in. */
        public float[] data() {
            return data;
        }
    }

    /**
     * What a file says that it holds, all of it checked against the file's length, before any of it is read.
     *
     * @param metadata strings about the tensors
     * @param entries in the order of their data
     * @param data where the first tensor begins in the file
     */
    public record Header(Path file, Map<String, String> metadata, List<Entry> entries, long data) {
        /**
         * Reads tensors, of F32, F16, BF16 or F64, into arrays of the same names and shapes.
         *
         * @throws InputException if one is missing or of another type or shape, before any is read
         */
        public void readInto(List<Tensor> targets) throws IOException {
            List<Entry> sources = new ArrayList<>();
            for (Tensor target : targets) {
                Entry source = entries.stream().filter(entry -> entry.name.equals(target.name)).findFirst()
                        .orElseThrow(() -> new InputException("%s: the tensor %s is missing; use another file"
                                .formatted(file, target.name)));
                if (!source.shape.equals(target.shape)) {
                    throw new InputException("%s: the tensor %s is %s instead of %s; use another file"
                            .formatted(file, target.name, source.shape, target.shape));
                }
                if (!source.type.isRead()) {
                    throw new InputException(
                            "%s: %s is of type %s, and only F32, F16, BF16 and F64 are read; use another file"
                                    .formatted(file, source.name, source.type));
                }
                sources.add(source);
            }
            try (FileChannel channel = FileChannel.open(file)) {
                ByteBuffer chunk = ByteBuffer.allocate(READ_CHUNK).order(ByteOrder.LITTLE_ENDIAN);
                for (int t = 0; t < sources.size(); t++) {
                    read(channel, sources.get(t), targets.get(t).data, chunk);
                }
            }
        }

        private void read(FileChannel channel, Entry source, float[] into, ByteBuffer chunk) throws IOException {
            int bytes = source.type.bytes;
            for (int at = 0, n; at < into.length; at += n) {
                n = Math.min(into.length - at, READ_CHUNK / bytes);
                readAll(file, channel, data + source.begin + (long) bytes * at, chunk.clear().limit(n * bytes));
                if (source.type == Type.F32) {
                    chunk.flip().asFloatBuffer().get(into, at, n);
                    continue;
                }
                chunk.flip();
                for (int i = 0; i < n; i++) {
                    into[at + i] = source.type.read(chunk);
                }
            }
        }
    }

    /** A tensor as the header describes it; its place is relative to the first one's. */
    public record Entry(String name, Type type, List<Integer> shape, long begin, long end) {
        /** Number of elements. */
        public long size() {
            return (end - begin) / type.bytes;
        }
    }

    private static final String METADATA = "__metadata__";
    /** The format's own bound, so that a header cannot ask for more memory than it is worth. */
    private static final int MAX_HEADER = 100_000_000;
    private static final int CHUNK = 1 << 15; // bytes written at a time: two files an epoch make no garbage to speak of
    private static final int READ_CHUNK = 1 << 16;
    private static final int MAX_FLOATS = Integer.MAX_VALUE - 8; // what an array can hold

    /** The tensor of that name. */
    public Optional<Tensor> tensor(String name) {
        return tensors.stream().filter(tensor -> tensor.name().equals(name)).findFirst();
    }

    /**
     * Writes the file; a failure leaves what was there.
     *
     * @throws IllegalArgumentException if this is nothing that {@link #read} would take: two tensors of a name, say
     */
    public void write(Path file) throws IOException {
        JsonObject header = new JsonObject();
        JsonObject strings = new JsonObject();
        metadata.forEach(strings::addProperty);
        header.add(METADATA, strings);
        long end = 0;
        for (Tensor tensor : tensors) {
            JsonObject entry = new JsonObject();
            entry.addProperty("dtype", "F32");
            JsonArray shape = new JsonArray();
            tensor.shape().forEach(shape::add);
            entry.add("shape", shape);
            JsonArray offsets = new JsonArray();
            offsets.add(end);
            end += 4L * tensor.data().length;
            offsets.add(end);
            entry.add("data_offsets", offsets);
            if (tensor.shape().stream().anyMatch(extent -> extent < 0)
                    || bytes(tensor.shape(), Float.BYTES) != 4L * tensor.data().length) {
                throw new IllegalArgumentException("'%s' has %d elements for the shape %s".formatted(tensor.name(),
                        tensor.data().length, tensor.shape()));
            }
            if (header.has(tensor.name())) {
                throw new IllegalArgumentException("'%s' stands there twice".formatted(tensor.name()));
            }
            header.add(tensor.name(), entry);
        }
        byte[] json = utf8(header.toString());
        if (json.length > MAX_HEADER) {
            throw new IllegalArgumentException("names and texts of %d bytes are too long".formatted(json.length));
        }
        int padded = (json.length + 7) / 8 * 8;
        WholeFile.replace(file, partial -> {
            try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer start = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
                start.putLong(padded).put(json);
                while (start.hasRemaining()) {
                    start.put((byte) ' ');
                }
                writeAll(channel, start.flip());
                for (Tensor tensor : tensors) {
                    forEachChunk(tensor.data(), chunk -> writeAll(channel, chunk));
                }
            }
        });
    }

    /** Takes some bytes. */
    @FunctionalInterface
    public interface Sink<E extends Exception> {
        /** Takes all that remains in the buffer, which is used again. */
        void accept(ByteBuffer chunk) throws E;
    }

    /** The floats as they stand in a file, little-endian, some at a time. */
    public static <E extends Exception> void forEachChunk(float[] data, Sink<E> sink) throws E {
        int most = Math.min(data.length, CHUNK / Float.BYTES);
        ByteBuffer chunk = ByteBuffer.allocate(most * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer floats = chunk.asFloatBuffer();
        for (int at = 0, n; at < data.length; at += n) {
            n = Math.min(data.length - at, most);
            floats.put(0, data, at, n);
            sink.accept(chunk.position(0).limit(n * Float.BYTES));
        }
    }

    private static void writeAll(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** SHA-256 of a file's data section, in lower-case hex; that of nothing where there is none. */
    static String sha256OfData(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] length = in.readNBytes(Long.BYTES);
            if (length.length == Long.BYTES) {
                in.skip(ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
            }
            new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** A digest to begin with. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has SHA-256
        }
    }

    private static byte[] utf8(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) { // half of a pair, which would be written as a question mark
            throw new IllegalArgumentException("a name or a text is not Unicode", e);
        }
    }

    /**
     * Reads a whole file.
     *
     * @throws InputException naming the file and what is wrong with it
     */
    public static Safetensors read(Path file) throws IOException {
        Header header = header(file);
        List<Tensor> tensors = header.entries.stream()
                .map(entry -> new Tensor(entry.name, entry.shape, new float[Math.toIntExact(entry.size())])).toList();
        header.readInto(tensors);
        return new Safetensors(header.metadata, tensors);
    }

    /**
     * Checks that a model's file is there.
     *
     * @throws InputException if it is not, or a directory is in its place
     */
    public static void requireFile(Path file) throws InputException {
        if (Files.isDirectory(file)) {
            throw new InputException("%s: this is a directory; name a model's file, such as model.safetensors in a run"
                    .formatted(file.toString().isEmpty() ? "." : file));
        }
        if (!Files.isRegularFile(file)) {
            throw new InputException("%s: there is no such file; check the path".formatted(file));
        }
    }

    /**
     * Reads a file's header alone. Nothing is allocated on its word: every claim is checked against the file's length.
     *
     * @throws InputException naming the file and what is wrong with it
     */
    public static Header header(Path file) throws IOException {
        requireFile(file);
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            if (size == 0) {
                throw new InputException("%s: this file is empty; use another copy of it".formatted(file));
            }
            long length = -1;
            if (size >= 8) {
                ByteBuffer start = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
                readAll(file, channel, 0, start);
                length = start.getLong(0);
            }
            if (length < 2 || length > MAX_HEADER) {
                throw new InputException("%s: this is not a safetensors file; use another one".formatted(file));
            }
            if (length > size - 8) {
                throw cutShort(file, size, 8 + length);
            }
            ByteBuffer json = ByteBuffer.allocate((int) length);
            readAll(file, channel, 8, json);
            return check(file, json.array(), 8 + length, size - 8 - length);
        } catch (OutOfMemoryError e) {
            throw new InputException("%s: its header does not fit in memory; use another file".formatted(file), e);
        }
    }

    private static void readAll(Path file, FileChannel channel, long from, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into, from + into.position()) < 0) { // it has become shorter since
                throw cutShort(file, channel.size(), from + into.limit());
            }
        }
    }

    /** The header in JSON, of a file whose data have that place and length. */
    private static Header check(Path file, byte[] json, long at, long length) throws InputException {
        try {
            if (json.length > MAX_HEADER || json[0] != '{') {
                throw new IllegalArgumentException("it does not begin with { or is too long");
            }
            JsonObject header = Json.object(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json))
                    .toString());
            Map<String, String> metadata = new LinkedHashMap<>();
            JsonElement about = header.remove(METADATA);
            if (about != null) {
                strings(about).forEach((key, value) -> metadata.put(key, Json.string(key, value)));
            }
            List<Entry> entries = new ArrayList<>();
            for (Map.Entry<String, JsonElement> field : header.entrySet()) {
                entries.add(entry(file, field.getKey(), field.getValue()));
            }
            // An empty tensor stands before the one that begins at the same place.
            entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
            checkPlaces(file, entries, length);
            return new Header(file, metadata, List.copyOf(entries), at);
        } catch (CharacterCodingException e) {
            throw damaged(file, "this is not UTF-8", e);
        } catch (IllegalArgumentException e) {
            throw damaged(file, e.getMessage(), e);
        }
    }

    private static InputException damaged(Path file, @Nullable String why, @Nullable Exception cause) {
        return new InputException("%s: the header is damaged (%s); use another copy of the file".formatted(file, why),
                cause);
    }

    private static Map<String, JsonElement> strings(JsonElement about) {
        if (about instanceof JsonObject object) {
            return object.asMap();
        }
        throw new IllegalArgumentException("%s is no object".formatted(METADATA));
    }

    private static Entry entry(Path file, String name, JsonElement json) throws InputException {
        if (!(json instanceof JsonObject entry)) {
            throw new IllegalArgumentException("%s is no object".formatted(name));
        }
        String type = Json.string("dtype of " + name, entry.get("dtype"));
        Type known = Arrays.stream(Type.values()).filter(each -> each.name().equals(type)).findFirst()
                .orElseThrow(() -> new InputException("%s: %s is of type %s, which is not known; use another file"
                        .formatted(file, name, type)));
        List<Long> shape = numbers("shape of " + name, entry.get("shape"), Integer.MAX_VALUE);
        List<Long> offsets = numbers("data_offsets of " + name, entry.get("data_offsets"), Long.MAX_VALUE);
        if (offsets.size() != 2) {
            throw new IllegalArgumentException("data_offsets of %s: %d numbers instead of 2".formatted(name,
                    offsets.size()));
        }
        return new Entry(name, known, shape.stream().map(Long::intValue).toList(), offsets.get(0), offsets.get(1));
    }

    private static List<Long> numbers(String name, JsonElement json, long most) {
        if (json instanceof JsonArray array) {
            return array.asList().stream().map(number -> Json.whole(name, number, 0, most)).toList();
        }
        throw new IllegalArgumentException("%s: no list of numbers".formatted(name));
    }

    /** One tensor behind the other, without holes, to the end of the file. */
    private static void checkPlaces(Path file, List<Entry> entries, long length) throws InputException {
        long at = 0;
        for (Entry entry : entries) {
            if (entry.begin != at || entry.end - at != bytes(entry.shape, entry.type.bytes)) {
                throw new InputException("%s: shape and place of %s do not agree; use another copy of the file"
                        .formatted(file, entry.name));
            }
            at = entry.end;
        }
        if (at > length) {
            throw cutShort(file, length, at);
        }
        if (at < length) {
            throw new InputException("%s: %d bytes follow the last tensor; use another copy of the file"
                    .formatted(file, length - at));
        }
        for (Entry entry : entries) {
            if (entry.size() > MAX_FLOATS) {
                throw new InputException("%s: %s has %d elements, more than fit an array; use a smaller model"
                        .formatted(file, entry.name, entry.size()));
            }
        }
    }

    /** Of a tensor; beyond any file where the product is, and 0 where one extent is, whatever the others are. */
    private static long bytes(List<Integer> shape, int ofElement) {
        long bytes = shape.contains(0) ? 0 : ofElement;
        for (int extent : shape) {
            bytes = bytes > Long.MAX_VALUE >> 32 ? Long.MAX_VALUE : bytes * extent;
        }
        return bytes;
    }

    private static InputException cutShort(Path file, long found, long needed) {
        return new InputException("%s: the file is cut short, %d bytes of %d; use another copy of it"
                .formatted(file, found, needed));
    }
}
