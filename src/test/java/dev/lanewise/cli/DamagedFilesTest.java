package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.sun.management.ThreadMXBean;
import dev.lanewise.bench.ResultFile;
import dev.lanewise.bench.ResultsFixture;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.IdxReader;
import dev.lanewise.data.ImageReader;
import dev.lanewise.data.Preparer;
import dev.lanewise.data.Preparation;
import dev.lanewise.data.Polarity;
import dev.lanewise.data.Mnist;
import dev.lanewise.data.InputException;
import dev.lanewise.data.NpzFile;
import dev.lanewise.data.Sources;
import dev.lanewise.Damage;
import dev.lanewise.export.Formats;
import dev.lanewise.export.Options;
import dev.lanewise.export.Subject;
import dev.lanewise.kernel.Shape;
import dev.lanewise.run.Checkpoints;
import dev.lanewise.run.Model;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.train.Update;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files of every kind that the program reads, damaged at random: each is read, or refused by one sentence that names it, soon
 * and without taking memory for it. {@code -Dlanewise.damaged=50000} tries more of them.
 */
class DamagedFilesTest {
    private static final int FILES = Integer.getInteger("lanewise.damaged", 3000);
    private static final long MOST_BYTES = 400L << 20; // an image of 16 megapixels, decoded and averaged
    private static final long MOST_NANOS = 10_000_000_000L;
    @TempDir
    Path temp;

    private interface Reading {
        void read(Path file) throws IOException;
    }

    private record Kind(byte[] whole, String name, Reading reading) {
    }

    private Map<String, Kind> kinds() throws IOException {
        byte[] images = SmallData.idx(0x803, Arrays.copyOf(SmallData.pixels(SmallData.TEST), 3 * 784), 3, 28, 28);
        byte[] labels = SmallData.idx(0x801, new byte[]{3, 1, 4}, 3);
        Path run = temp.resolve("run");
        Outcome.of("train", "--data", SmallData.write(temp.resolve("small")), "--epochs", 2, "--hidden", "3,2",
                "--optimizer", "adam", "--validation", 0.2, "--out", run).expect(0);
        Path scratch = Files.createDirectory(temp.resolve("scratch"));
        Recipe recipe = Recipe.mlp(3, 2).with(Recipe.OPTIMIZER, "adam");
        Model trained = new Model(recipe.network(SmallData.TEST.shape(), 10), SmallData.TEST.classes(), Map.of());
        Update update = new Update(recipe.update(), trained.network(), null);
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put("images", new Kind(images, "images", IdxReader::images));
        kinds.put("labels", new Kind(labels, "labels", IdxReader::labels));
        kinds.put("packed", new Kind(SmallData.gzip(images), "images.gz", IdxReader::images));
        kinds.put("what is inside", new Kind(images, "images.gz", file -> {
            Files.write(file, SmallData.gzip(Files.readAllBytes(file)));
            IdxReader.images(file);
        }));
        for (String format : List.of("png", "jpg", "gif", "bmp")) {
            kinds.put(format, new Kind(image(format), "image." + format, DamagedFilesTest::readImage));
        }
        kinds.put("png with right checksums", new Kind(image("png"), "image.png", file -> {
            Files.write(file, withChecksums(Files.readAllBytes(file)));
            readImage(file);
        }));
        kinds.put("csv", new Kind(csv(), "table.csv", DamagedFilesTest::readSet));
        kinds.put("csv with names", new Kind(("label,a,b,c,d\n" + "one,0,.5,1,0.25\n\"two\",1,0,0.5,1e-1\n".repeat(9))
                .getBytes(StandardCharsets.UTF_8), "names.csv", DamagedFilesTest::readSet));
        NpzFile npz = new NpzFile().with("x_train", Arrays.copyOf(SmallData.pixels(SmallData.TEST), 6 * 784), 6, 28, 28)
                .with("y_train", new byte[]{0, 1, 2, 0, 1, 2}, 6);
        kinds.put("npz", new Kind(npz.bytes(true), "arrays.npz", DamagedFilesTest::readSet));
        kinds.put("npz of floats, stored", new Kind(npz.bytes(false), "stored.npz", DamagedFilesTest::readSet));
        kinds.put("array of an npz",
                new Kind(NpzFile.npy(1, ">f4", new int[]{6, 2, 2}, NpzFile.values(">f4", new double[24])), "array.npz",
                        file -> readSet(new NpzFile().with("x_train", Files.readAllBytes(file))
                                .with("y_train", new byte[]{0, 1, 2, 0, 1, 2}, 6).write(file))));
        Files.createDirectories(temp.resolve("folders/a"));
        Files.write(Files.createDirectories(temp.resolve("folders/b")).resolve("b.png"), image("png"));
        for (String format : List.of("png", "jpg", "gif", "bmp")) {
            kinds.put("folders with " + format, new Kind(image(format), "folders/a/image." + format,
                    DamagedFilesTest::readFolders));
        }
        for (String name : List.of("model.onnx", "arrays.safetensors", "weights.npz")) {
            Path exported = scratch.resolve(name);
            Formats.write(Subject.of(trained), Options.USUAL, exported);
            kinds.put(name, new Kind(Files.readAllBytes(exported), name, Formats::read));
        }
        kinds.put("model", new Kind(Files.readAllBytes(run.resolve("model.safetensors")), "model.safetensors",
                Model::read));
        kinds.put("checkpoint", new Kind(Files.readAllBytes(run.resolve("checkpoint.safetensors")),
                "checkpoint.safetensors", file -> Checkpoints.read(file, trained, update)));
        kinds.put("run.json", new Kind(Files.readAllBytes(run.resolve("run.json")), "scratch/run.json", file -> {
            JsonObject json = new RunDirectory(scratch).readRun();
            if (json.get("config") instanceof JsonObject config) {
                DataRecipe.fromJson(config.toString(), file);
                Recipe.fromJson(config.toString(), file);
            }
        }));
        kinds.put("metrics.jsonl", new Kind(Files.readAllBytes(run.resolve("metrics.jsonl")), "scratch/metrics.jsonl",
                _ -> new RunDirectory(scratch).keepMetrics(2)));
        kinds.put("results of bench", new Kind(ResultsFixture.file(1, 1, 2, 256).json().getBytes(
                StandardCharsets.UTF_8), "bench.json", ResultFile::read));
        return kinds;
    }

    /** As train does. */
    private static void readSet(Path file) throws IOException {
        Sources.read(file, null);
    }

    /** The damaged image is the only one of its class. */
    private static void readFolders(Path file) throws IOException {
        try {
            Sources.read(file.getParent().getParent(), new Shape(4, 4, 1));
        } finally {
            Files.delete(file);
        }
    }

    private static byte[] csv() {
        StringBuilder table = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            table.append(SmallData.TEST.label(i));
            for (int j = 0; j < 784; j++) {
                table.append(',').append(SmallData.TEST.pixels(i)[j] & 0xff);
            }
            table.append('\n');
        }
        return table.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] image(String format) throws IOException {
        BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, 28, 28, BuiltInDigits.draw(1, 1).pixels(0));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(image, format, bytes), format);
        return bytes.toByteArray();
    }

    /** As predict does. */
    private static void readImage(Path file) throws IOException {
        if (ImageReader.isImage(file)) {
            new Preparer(Mnist.SHAPE, Preparation.CENTRE, Polarity.LIGHT).prepare(file);
        } else if (IdxReader.isIdx(file)) {
            IdxReader.images(file);
        }
    }

    /** So that damage is met by what is behind the checksums. */
    private static byte[] withChecksums(byte[] png) {
        ByteBuffer chunks = ByteBuffer.wrap(png);
        CRC32 crc = new CRC32();
        for (int at = 8; at + 12 <= png.length;) {
            long length = Integer.toUnsignedLong(chunks.getInt(at));
            if (length > png.length - at - 12) {
                break;
            }
            crc.reset();
            crc.update(png, at + 4, 4 + (int) length);
            chunks.putInt(at + 8 + (int) length, (int) crc.getValue());
            at += 12 + (int) length;
        }
        return png;
    }

    @Test
    void damagedFilesAreReadOrRefusedByASentence() throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Map<String, Kind> kinds = kinds();
        for (Kind kind : kinds.values()) {
            kind.reading.read(Files.write(temp.resolve(kind.name), kind.whole)); // whole, it is fine
        }
        int refused = 0;
        List<String> wrong = new ArrayList<>();
        List<String> names = List.copyOf(kinds.keySet());
        for (int seed = 0; seed < FILES && wrong.size() < 10; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String name = names.get(seed % names.size());
            Kind kind = kinds.get(name);
            Path file = Files.write(temp.resolve(kind.name), Damage.of(kind.whole, random));
            long allocated = threads.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            String found = "";
            try {
                kind.reading.read(file);
            } catch (InputException e) {
                refused++;
                found = isSentence(e.getMessage()) ? "" : e.getMessage();
            } catch (IOException | RuntimeException | Error e) {
                found = e + " at " + List.of(e.getStackTrace()).subList(0, Math.min(3, e.getStackTrace().length));
            }
            long nanos = System.nanoTime() - start;
            allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
            if (!found.isEmpty() || nanos > MOST_NANOS || allocated > MOST_BYTES) {
                wrong.add("seed %d, %s: %s (%d ns, %d bytes)".formatted(seed, name, found, nanos, allocated));
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(refused > FILES / 2, refused + " refused");
        System.out.printf("%d of %d damaged files refused%n", refused, FILES);
    }

    /** It names the file, says what to do behind a semicolon, and no word of Java. */
    private boolean isSentence(String message) {
        return message.contains(temp.toString()) && message.lines().count() == 1 && message.matches(".*; [a-z].*")
                && Stream.of("Exception", "java.", "dev.lanewise", "For input string", "No enum", "Cannot invoke")
                        .noneMatch(message::contains);
    }
}
