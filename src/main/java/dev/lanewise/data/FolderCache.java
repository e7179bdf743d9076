package dev.lanewise.data;

import dev.lanewise.data.FolderSource.Decoded;
import dev.lanewise.data.FolderSource.Pixels;
import dev.lanewise.kernel.Shape;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Decoded images of folders, a file for each folder and size in the user's cache directory. What is there is used only if the
 * folder's listing is what it was and the images have their digest; whatever else may be there, or go wrong, costs time alone.
 */
final class FolderCache {
    private static final long MAGIC = 0x6c616e6577697365L; // "lanewise"
    private static final int VERSION = 1;
    private static final int CHUNK = 1 << 18;
    private static final long MOST_BYTES = 2L << 30;
    /** File systems' clocks go in steps, of a few milliseconds or, where no time has a fraction of a second, up to two seconds. */
    private static final long FINE_STEP_MILLIS = 20;
    private static final long COARSE_STEP_MILLIS = 2000;

    private final Path directory;
    private final long mostBytes;

    FolderCache(Path directory) {
        this(directory, MOST_BYTES);
    }

    /** One that keeps at most so many bytes; the files that were not used for longest go first. */
    FolderCache(Path directory, long mostBytes) {
        this.directory = directory;
        this.mostBytes = mostBytes;
    }

    /**
     * What images are found by.
     *
     * @param place absolute
     * @param size null: as they are
     * @param listing of what is there, compared as it is
     */
    record Key(String place, Shape size, byte[] listing) {
        private String fileName() {
            return HexFormat.of().formatHex(IdxReader.newSha256()
                    .digest((place + '\n' + size).getBytes(StandardCharsets.UTF_8)));
        }
    }

    /**
     * Whether a file that changes from {@code start} on, milliseconds since 1970, gets a later time than {@code newest},
     * nanoseconds, so that the change will be noticed.
     */
    static boolean isSettled(long newest, long start) {
        boolean fine = newest % TimeUnit.SECONDS.toNanos(1) != 0;
        return TimeUnit.NANOSECONDS.toMillis(newest) + (fine ? FINE_STEP_MILLIS : COARSE_STEP_MILLIS) < start;
    }

    /** The images of that key, if they are here and whole. */
    Optional<Decoded> read(Key key, List<String> classes) {
        Path file = directory.resolve(key.fileName());
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readLong() != MAGIC || in.readInt() != VERSION
                    || in.readInt() != key.listing().length
                    || !Arrays.equals(in.readNBytes(key.listing().length), key.listing())) {
                return Optional.empty();
            }
            Shape shape = new Shape(in.readInt(), in.readInt(), in.readInt());
            int train = in.readInt();
            int test = in.readInt(); // -1: none
            long expected = ((long) train + Math.max(test, 0)) * (1 + shape.size());
            String digests = in.readUTF();
            if (train < 1 || test < -1 || expected > Files.size(file)) {
                return Optional.empty();
            }
            Decoded images = Decoded.of(shape, classes, pixels(in, train, shape),
                    test < 0 ? null : pixels(in, test, shape));
            if (in.read() >= 0 || !digests(images).equals(digests)) {
                return Optional.empty();
            }
            touch(file);
            return Optional.of(images);
        } catch (IOException | RuntimeException _) { // none, cut short, or of nonsense
            return Optional.empty();
        }
    }

    private static Pixels pixels(DataInputStream in, int count, Shape shape) throws IOException {
        Pixels pixels = new Pixels(new byte[Math.multiplyExact(count, shape.size())], new byte[count]);
        for (byte[] bytes : new byte[][]{pixels.labels(), pixels.pixels()}) {
            for (int at = 0; at < bytes.length; at += CHUNK) { // a read takes as much memory again outside of the heap
                in.readFully(bytes, at, Math.min(CHUNK, bytes.length - at));
            }
        }
        return pixels;
    }

    private static String digests(Decoded images) {
        return String.join(" ", images.files().stream().map(DatasetPair.SourceFile::sha256).toList());
    }

    private static void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
        } catch (IOException _) {
            // it will go sooner
        }
    }

    /** Keeps images. They are written aside and moved into place, so that no process ever sees a part of them. */
    void write(Key key, Decoded images) {
        Path partial = null;
        try {
            Files.createDirectories(directory);
            partial = Files.createTempFile(directory, null, null); // which the user alone may read
            try (DataOutputStream out = new DataOutputStream(
                    new BufferedOutputStream(Files.newOutputStream(partial)))) {
                out.writeLong(MAGIC);
                out.writeInt(VERSION);
                out.writeInt(key.listing().length);
                out.write(key.listing());
                out.writeInt(images.shape().height());
                out.writeInt(images.shape().width());
                out.writeInt(images.shape().channels());
                out.writeInt(images.train().labels().length);
                out.writeInt(images.test() == null ? -1 : images.test().labels().length);
                out.writeUTF(digests(images));
                write(out, images.train());
                if (images.test() != null) {
                    write(out, images.test());
                }
            }
            Path file = directory.resolve(key.fileName());
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            removeOldest();
        } catch (IOException | RuntimeException _) { // no room, or not to be written to
            delete(partial);
        }
    }

    private static void write(DataOutputStream out, Pixels pixels) throws IOException {
        for (byte[] bytes : new byte[][]{pixels.labels(), pixels.pixels()}) {
            for (int at = 0; at < bytes.length; at += CHUNK) {
                out.write(bytes, at, Math.min(CHUNK, bytes.length - at));
            }
        }
    }

    /** What a process left that ended while it wrote goes in its turn. */
    private void removeOldest() throws IOException {
        record Kept(Path file, long bytes, FileTime used) {
        }
        List<Kept> kept = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                kept.add(new Kept(file, Files.size(file), Files.getLastModifiedTime(file)));
            }
        }
        kept.sort(Comparator.comparing(Kept::used));
        long total = kept.stream().mapToLong(Kept::bytes).sum();
        for (Kept oldest : kept) {
            if (total <= mostBytes) {
                return;
            }
            delete(oldest.file());
            total -= oldest.bytes();
        }
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // in use, on Windows
        }
    }
}
