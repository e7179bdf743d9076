package dev.lanewise.cli;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** A data set that a network learns in a fraction of a second, as IDX files. */
final class SmallData {
    static final Dataset TRAIN = BuiltInDigits.draw(1, 600);
    static final Dataset TEST = BuiltInDigits.draw(2, 200);
    static final String TRAIN_IMAGES = "train-images-idx3-ubyte.gz";
    static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
    static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
    static final String TEST_LABELS = "t10k-labels-idx1-ubyte.gz";

    private SmallData() {
    }

    /** Writes the four files, two of them gzipped, and returns the directory. */
    static Path write(Path directory) throws IOException {
        return write(directory, TRAIN, TEST);
    }

    static Path write(Path directory, Dataset train, Dataset test) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve(TRAIN_IMAGES), gzip(images(train)));
        Files.write(directory.resolve(TRAIN_LABELS), labels(train));
        Files.write(directory.resolve(TEST_IMAGES), images(test));
        Files.write(directory.resolve(TEST_LABELS), gzip(labels(test)));
        return directory;
    }

    static byte[] images(Dataset data) {
        return idx(0x803, pixels(data), data.size(), data.shape().height(), data.shape().width());
    }

    static byte[] labels(Dataset data) {
        return idx(0x801, data.labels(), data.size());
    }

    /** A copy of all images, one after the other. */
    static byte[] pixels(Dataset data) {
        return data.pixels();
    }

    /** An IDX file of this magic number, these sizes, whether they are true or not, and this data. */
    static byte[] idx(int magic, byte[] data, int... sizes) {
        ByteBuffer file = ByteBuffer.allocate(4 + 4 * sizes.length + data.length).putInt(magic);
        for (int size : sizes) {
            file.putInt(size);
        }
        return file.put(data).array();
    }

    static byte[] gzip(byte[] content) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(compressed)) {
            out.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }
}
