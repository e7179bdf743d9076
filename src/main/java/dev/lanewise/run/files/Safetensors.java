package dev.lanewise.run.files;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.lanewise.data.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Files of named float tensors in the safetensors format: the header's length (8 bytes, little-endian), a JSON header
 * with type, shape and offsets of each tensor, then the data, little-endian and row-major. The header is padded with
 * spaces so that the data begins at a multiple of 8.
 *
 * @param metadata strings about the tensors
 * @param tensors in the order of their data
 */
public record Safetensors(Map<String, String> metadata, List<Tensor> tensors) {
    /** A named array of the given shape, row-major. */
    public record Tensor(String name, List<Integer> shape, float[] data) {
    }

    private static final String METADATA = "__metadata__";
    /** The format's own bound, so that a header cannot ask for more memory than it is worth. */
    private static final int MAX_HEADER = 100_000_000;
    private static final int CHUNK = 1 << 12; // bytes written at a time: two files an epoch make no garbage to speak of
    private static final int MAX_FILE = Integer.MAX_VALUE - 8; // what an array can hold

    /** The tensor of that name. */
    public Optional<Tensor> tensor(String name) {
        return tensors.stream().filter(tensor -> tensor.name().equals(name)).findFirst();
    }

    /** Writes the file; a failure leaves what was there. */
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
            header.add(tensor.name(), entry);
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
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
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer floats = chunk.asFloatBuffer();
        for (int at = 0, n; at < data.length; at += n) {
            n = Math.min(data.length - at, CHUNK / Float.BYTES);
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

    /**
     * Reads a file. Nothing is allocated on the header's word: every claim is checked against the file's length.
     *
     * @throws InputException naming the file and what is wrong with it
     */
    public static Safetensors read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new InputException("%s: there is no such file".formatted(file));
        }
        if (Files.size(file) > MAX_FILE) {
            throw new InputException("%s: %d bytes are more than fit an array; use a smaller model"
                    .formatted(file, Files.size(file)));
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        long headerLength = bytes.remaining() < 8 ? -1 : bytes.getLong();
        if (headerLength < 2 || headerLength > MAX_HEADER) {
            throw new InputException("%s: this is not a safetensors file".formatted(file));
        }
        if (headerLength > bytes.remaining()) {
            throw cutShort(file, bytes.capacity(), 8 + headerLength);
        }
        byte[] json = new byte[(int) headerLength];
        bytes.get(json);
        ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        try {
            JsonObject header = JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
            Map<String, String> metadata = new LinkedHashMap<>();
            if (header.remove(METADATA) instanceof JsonObject strings) {
                strings.entrySet().forEach(entry -> metadata.put(entry.getKey(), entry.getValue().getAsString()));
            }
            return new Safetensors(metadata, tensors(file, header, data));
        } catch (JsonParseException | IllegalStateException | ClassCastException | UnsupportedOperationException
                | NumberFormatException | ArithmeticException | NullPointerException e) {
            // What Gson throws when the header is not JSON, or an entry is missing or of another type.
            throw new InputException("%s: the header is damaged; use another copy of the file".formatted(file), e);
        }
    }

    private static List<Tensor> tensors(Path file, JsonObject header, ByteBuffer data) throws InputException {
        record Entry(String name, List<Integer> shape, long begin, long end) {
        }
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonElement> field : header.entrySet()) {
            JsonObject entry = field.getValue().getAsJsonObject();
            String type = entry.get("dtype").getAsString();
            if (!type.equals("F32")) {
                throw new InputException("%s: %s is of type %s, and only F32 is supported"
                        .formatted(file, field.getKey(), type));
            }
            JsonArray offsets = entry.getAsJsonArray("data_offsets");
            if (offsets.size() != 2) {
                throw new IllegalStateException("data_offsets: %d numbers".formatted(offsets.size()));
            }
            // Exactly: Gson alone would take 1.5 for 1 and drop the upper half of a number beyond an int.
            List<Integer> shape = entry.getAsJsonArray("shape").asList().stream()
                    .map(extent -> extent.getAsBigDecimal().intValueExact())
                    .toList();
            entries.add(new Entry(field.getKey(), shape, offsets.get(0).getAsBigDecimal().longValueExact(),
                    offsets.get(1).getAsBigDecimal().longValueExact()));
        }
        entries.sort(Comparator.comparingLong(Entry::begin));
        long at = 0;
        for (Entry entry : entries) {
            long size = 4; // bytes
            for (int extent : entry.shape) {
                // Beyond any file, so that neither a negative nor a huge extent can pass for a small product.
                size = extent < 0 || size > Integer.MAX_VALUE ? Long.MAX_VALUE : size * extent;
            }
            if (entry.begin != at || entry.end < at || entry.end - at != size) {
                throw new InputException("%s: shape and place of %s do not agree; use another copy of the file"
                        .formatted(file, entry.name));
            }
            at = entry.end;
        }
        long length = data.limit();
        if (at > length) {
            throw cutShort(file, length, at);
        }
        if (at < length) {
            throw new InputException("%s: %d bytes follow the last tensor; use another copy of the file"
                    .formatted(file, length - at));
        }
        List<Tensor> tensors = new ArrayList<>();
        for (Entry entry : entries) {
            float[] values = new float[(int) ((entry.end - entry.begin) / 4)];
            data.slice((int) entry.begin, (int) (entry.end - entry.begin)).order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer().get(values);
            tensors.add(new Tensor(entry.name, entry.shape, values));
        }
        return tensors;
    }

    private static InputException cutShort(Path file, long found, long needed) {
        return new InputException("%s: the file is cut short, %d bytes of %d; use another copy of it"
                .formatted(file, found, needed));
    }
}
