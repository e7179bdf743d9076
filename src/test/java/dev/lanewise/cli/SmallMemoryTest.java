package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Mnist;
import dev.lanewise.data.NpzFile;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small files that stand for more than a JVM of 64 MiB has room for: one sentence each. */
class SmallMemoryTest {
    @TempDir
    Path temp;

    private Path model() throws IOException {
        Path file = temp.resolve("small.safetensors");
        new Model(Network.of(Mnist.SHAPE, Spec.parseList("dense 10"), Loss.of(Spec.of("mse"))), Mnist.CLASSES, Map.of())
                .write(file, Map.of());
        return file;
    }

    private Outcome predict(Path model, Path file) throws IOException, InterruptedException {
        return run("predict", model.toString(), file.toString());
    }

    private Outcome run(String... arguments) throws IOException, InterruptedException {
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-XX:+UseSerialGC",
                "--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        return new Outcome(process.waitFor(), Files.readString(out), Files.readString(err));
    }

    /** The JVM that it starts has the heap that somebody named, and no more. */
    @Test
    void aBenchmark() throws IOException, InterruptedException {
        Outcome outcome = run("bench", "softmax", "--quick", "--threads", "1");
        String progress = "bench softmax: vectors of ";
        new Outcome(outcome.status(), outcome.out(), outcome.err().replaceAll("(?m)^" + progress + ".*\n", ""))
                .expectRefusal("heap of 6", "MiB", "-Xmx", "--threads 1");
        assertTrue(outcome.err().contains(progress), outcome::toString);
    }

    @Test
    void aFewBytesOfGzipThatUnpackToAHundredMegabytes() throws IOException, InterruptedException {
        Path file = temp.resolve("bomb.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(SmallData.idx(0x803, new byte[0], 130_000, 28, 28));
            for (int i = 0; i < 130; i++) {
                out.write(new byte[784_000]);
            }
        }
        predict(model(), file).expectRefusal(file, "does not fit in the memory of the JVM", "MiB", "-Xmx");
    }

    /** Its description is right, and its data are a hole in the file. */
    @Test
    void aModelOfAGigabyte() throws IOException, InterruptedException {
        Path file = temp.resolve("large.safetensors");
        String tensor = "\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}";
        int units = 400_000;
        long weights = 784L * 4 * units;
        String header = "{\"__metadata__\":{\"format\":\"lanewise 2\",\"input\":\"28 28 1\",\"layers\":\"dense 400000\","
                + "\"loss\":\"mse\",\"classes\":\"[" + "\\\"a\\\",".repeat(units - 1) + "\\\"a\\\"]\"},"
                + tensor.formatted("dense1.weight", "[784,400000]", 0, weights) + ","
                + tensor.formatted("dense1.bias", "[400000]", weights, weights + 4L * units) + "}";
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
            sparse.write(json);
            sparse.setLength(8 + json.length + weights + 4L * units);
        }
        predict(file, temp.resolve("none.png")).expectRefusal(file, "its weights do not fit in the memory of the JVM",
                "MiB", "-Xmx");
    }

    /** Forty kilobytes of NumPy's archive that unpack to the weights of a network of 40 MB, which need room twice. */
    @Test
    void anArchiveOfWeightsThatUnpacksToFortyMegabytes() throws IOException, InterruptedException {
        Path file = temp.resolve("bomb.npz");
        int units = 13_000;
        String words = "{\"format\":\"pt\",\"layout\":\"torch\",\"input\":\"28 28 1\",\"layers\":\"dense %d, dense 10\","
                .formatted(units) + "\"loss\":\"mse\",\"classes\":\"[" + "\\\"a\\\",".repeat(9) + "\\\"a\\\"]\"}";
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            out.putNextEntry(new ZipEntry("metadata.npy"));
            out.write(NpzFile.texts(ByteOrder.LITTLE_ENDIAN, words.length(), words));
            Map<String, int[]> arrays = Map.of("fc1.weight", new int[]{units, 784}, "fc1.bias", new int[]{units},
                    "fc2.weight", new int[]{10, units}, "fc2.bias", new int[]{10});
            for (Map.Entry<String, int[]> array : arrays.entrySet()) {
                out.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
                out.write(NpzFile.npy(1, "<f4", array.getValue(), new byte[0]));
                byte[] row = new byte[4 * (array.getValue().length == 1 ? 1 : array.getValue()[1])];
                for (int i = 0; i < array.getValue()[0]; i++) {
                    out.write(row);
                }
            }
        }
        predict(file, temp.resolve("none.png")).expectRefusal(file, "fit in the memory of the JVM", "MiB", "-Xmx");
    }

    @Test
    void anImageOfSixteenMegapixelsOfEightBytes() throws IOException, InterruptedException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(png);
        out.writeLong(0x89504e470d0a1a0aL);
        chunk(out, "IHDR", ByteBuffer.allocate(13).putInt(4000).putInt(4000).put((byte) 16).put((byte) 6).array());
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        try (OutputStream packed = new DeflaterOutputStream(rows)) {
            for (int y = 0; y < 4000; y++) {
                packed.write(new byte[1 + 4000 * 8]); // no filter, transparent black
            }
        }
        chunk(out, "IDAT", rows.toByteArray());
        chunk(out, "IEND", new byte[0]);
        Path file = Files.write(temp.resolve("large.png"), png.toByteArray());
        predict(model(), file).expectRefusal(file, "does not fit in memory");
    }

    private static void chunk(DataOutputStream out, String type, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(type.getBytes(StandardCharsets.US_ASCII));
        crc.update(content);
        out.writeInt(content.length);
        out.writeBytes(type);
        out.write(content);
        out.writeInt((int) crc.getValue());
    }
}
