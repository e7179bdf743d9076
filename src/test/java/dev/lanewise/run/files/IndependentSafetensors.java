package dev.lanewise.run.files;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A second reader of safetensors files, written from the format's rules alone: 8 bytes of header length,
 * little-endian; a JSON object; then the data, to which offsets are relative. Strict: whatever breaks a rule throws.
 */
public final class IndependentSafetensors {
    /** Strings about the tensors. */
    public final Map<String, String> metadata = new LinkedHashMap<>();
    /** In the order of the header. */
    public final Map<String, float[]> tensors = new LinkedHashMap<>();
    /** By name. */
    public final Map<String, List<Long>> shapes = new LinkedHashMap<>();

    private final String json;
    private int at;

    /** Reads the bytes of a file. */
    @SuppressWarnings("unchecked")
    public IndependentSafetensors(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = Math.toIntExact(bytes.getLong());
        json = new String(file, 8, headerLength, StandardCharsets.UTF_8);
        require(json.charAt(0) == '{', "the header begins with {");
        Map<String, Object> header = (Map<String, Object>) value();
        require(json.substring(at).isBlank(), "only spaces follow the header's object");
        int data = 8 + headerLength;
        require(data % 8 == 0, "the data begins at a multiple of 8");
        boolean[] covered = new boolean[file.length - data];
        header.forEach((name, entry) -> {
            if (name.equals("__metadata__")) {
                ((Map<String, Object>) entry).forEach((key, value) -> metadata.put(key, (String) value));
                return;
            }
            Map<String, Object> fields = (Map<String, Object>) entry;
            require(fields.keySet().equals(Set.of("dtype", "shape", "data_offsets")), "fields " + fields);
            require(fields.get("dtype").equals("F32"), "dtype F32");
            List<Long> shape = (List<Long>) fields.get("shape");
            List<Long> offsets = (List<Long>) fields.get("data_offsets");
            int begin = Math.toIntExact(offsets.get(0));
            int end = Math.toIntExact(offsets.get(1));
            require(offsets.size() == 2 && end - begin == 4 * shape.stream().reduce(1L, Math::multiplyExact),
                    "offsets and shape of " + name);
            float[] floats = new float[(end - begin) / 4];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = Float.intBitsToFloat(bytes.getInt(data + begin + 4 * i));
            }
            for (int i = begin; i < end; i++) {
                require(!covered[i], "no byte belongs to two tensors");
                covered[i] = true;
            }
            tensors.put(name, floats);
            shapes.put(name, shape);
        });
        for (boolean byteCovered : covered) {
            require(byteCovered, "no holes");
        }
    }

    private static void require(boolean condition, String rule) {
        if (!condition) {
            throw new AssertionError("broken: " + rule);
        }
    }

    private char next() {
        return json.charAt(at++);
    }

    private void expect(char c) {
        require(next() == c, "expected %s at %d of %s".formatted(c, at - 1, json));
    }

    /** An object, array, string or whole number, written without spaces. */
    private Object value() {
        switch (json.charAt(at)) {
            case '{' -> {
                Map<String, Object> object = new LinkedHashMap<>();
                at++;
                while (json.charAt(at) != '}') {
                    if (!object.isEmpty()) {
                        expect(',');
                    }
                    String name = string();
                    expect(':');
                    require(object.put(name, value()) == null, name + " stands there once");
                }
                at++;
                return object;
            }
            case '[' -> {
                List<Object> array = new ArrayList<>();
                at++;
                while (json.charAt(at) != ']') {
                    if (!array.isEmpty()) {
                        expect(',');
                    }
                    array.add(value());
                }
                at++;
                return array;
            }
            case '"' -> {
                return string();
            }
            default -> {
                int from = at;
                while (Character.isDigit(json.charAt(at))) {
                    at++;
                }
                return Long.valueOf(json.substring(from, at));
            }
        }
    }

    private String string() {
        expect('"');
        StringBuilder text = new StringBuilder();
        for (char c = next(); c != '"'; c = next()) {
            require(c >= ' ', "control characters are escaped");
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escaped = next();
            switch (escaped) {
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case 'r' -> text.append('\r');
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'u' -> {
                    text.append((char) Integer.parseInt(json.substring(at, at + 4), 16));
                    at += 4;
                }
                default -> text.append(escaped);
            }
        }
        return text.toString();
    }
}
