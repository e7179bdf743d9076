package dev.lanewise.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The directory of a run, read back without the code that wrote it. */
record SmallRun(Path directory) {
    JsonObject json() throws IOException {
        return JsonParser.parseString(Files.readString(directory.resolve("run.json"))).getAsJsonObject();
    }

    String status() throws IOException {
        return json().get("status").getAsString();
    }

    JsonObject config() throws IOException {
        return json().getAsJsonObject("config");
    }

    JsonObject result() throws IOException {
        return json().getAsJsonObject("result");
    }

    String sha256() throws IOException {
        return result().get("weights_sha256").getAsString();
    }

    double accuracy() throws IOException {
        return result().get("test_accuracy").getAsDouble();
    }

    /** A line an epoch; none before the first. */
    List<JsonObject> metrics() throws IOException {
        Path metrics = directory.resolve("metrics.jsonl");
        return (Files.exists(metrics) ? Files.readAllLines(metrics) : List.<String>of()).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }

    /** The epoch that the checkpoint stands at. */
    int checkpointEpoch() throws IOException {
        return header("checkpoint.safetensors").getAsJsonObject("__metadata__").get("epoch").getAsInt();
    }

    /** The epoch that the model stands at. */
    int modelEpoch() throws IOException {
        return header("model.safetensors").getAsJsonObject("__metadata__").get("epoch").getAsInt();
    }

    List<Integer> shape(String tensor) throws IOException {
        JsonArray shape = header("model.safetensors").getAsJsonObject(tensor).getAsJsonArray("shape");
        return shape.asList().stream().map(extent -> extent.getAsInt()).toList();
    }

    /** SHA-256 of the data section of model.safetensors. */
    String sha256OfModelData() throws IOException {
        byte[] file = Files.readAllBytes(directory.resolve("model.safetensors"));
        return sha256(Arrays.copyOfRange(file, 8 + headerLength(file), file.length));
    }

    private JsonObject header(String name) throws IOException {
        byte[] file = Files.readAllBytes(directory.resolve(name));
        return JsonParser.parseString(new String(file, 8, headerLength(file), StandardCharsets.UTF_8))
                .getAsJsonObject();
    }

    private static int headerLength(byte[] file) {
        return Math.toIntExact(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The content of every file by its name. */
    static Map<String, String> content(Path directory) throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                content.put(directory.relativize(file).toString(), sha256(Files.readAllBytes(file)));
            }
        }
        return content;
    }

    static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
