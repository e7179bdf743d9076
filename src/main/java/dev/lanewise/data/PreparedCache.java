package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What was read of data sets, ready to use, in the user's cache directory: a file for each place, or two where images were
 * scaled. It is used only if the files that were read are as they were by their names, sizes, times and keys, and if it is
 * whole by its checksum; whatever else may be there, or go wrong, costs time alone. So one reading unpacks, parses and takes
 * SHA-256, and those after it do not.
 */
final class PreparedCache {
    private static final long MAGIC = 0x6c616e6577697365L; // "lanewise"
    private static final int VERSION = 2;
    private static final int CHUNK = 1 << 18;
    private static final long MOST_BYTES = 2L << 30;
    /** What is left of a disk is for others. */
    private static final long SPARE_BYTES = 512L << 20;
    /** Files of fewer bytes are read as quickly as what would be kept of them. */
    private static final long WORTH_KEEPING = 1 << 20;
    /** File systems' clocks go in steps, of a few milliseconds or, where no time has a fraction of a second, up to two seconds. */
    private static final long FINE_STEP_MILLIS = 20;
    private static final long COARSE_STEP_MILLIS = 2000;

    private final Path directory;
    private final long mostBytes;

    /** The user's. */
    PreparedCache() {
        this(SetFiles.cache().resolve("prepared"));
    }

    PreparedCache(Path directory) {
        this(directory, MOST_BYTES);
    }

    /** One that keeps at most so many bytes; the files that were not used for longest go first. */
    PreparedCache(Path directory, long mostBytes) {
        this.directory = directory;
        this.mostBytes = mostBytes;
    }

    /** Reads a data set. */
    interface Reading {
        /** Does it. */
        Source.Stored read() throws IOException;
    }

    /** Judges what is kept by what may have changed beside the files. */
    interface Judgement {
        /** Whether it may be used. */
        boolean holds(Source.Stored kept) throws IOException;
    }

    /** What a data set is found by. */
    static final class Key {
        private final String place; // absolute, and what else tells it from others
        private final byte[] files;
        private final long newest;

        Key(String place, byte[] files, long newest) {
            this.place = place;
            this.files = files;
            this.newest = newest;
        }

        /** Names and states of all that is read, compared as they are. */
        byte[] files() {
            return files;
        }

        /** The latest change of one of them, nanoseconds since 1970. */
        long newest() {
            return newest;
        }

        private String fileName() {
            return HexFormat.of().formatHex(IdxReader.newSha256().digest(place.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** What is kept of a few files, or is read of them; small ones are always read. */
    Source.Stored read(List<Path> files, Reading reading) throws IOException {
        return read(files, _ -> true, reading);
    }

    /** The same, if what is kept is still what a reading would give. */
    Source.Stored read(List<Path> files, Judgement judgement, Reading reading) throws IOException {
        FileStates states = new FileStates();
        StringBuilder place = new StringBuilder();
        try {
            for (Path file : files) {
                states.add(file.toString(), file);
                place.append(file.toAbsolutePath().normalize()).append('\n');
            }
        } catch (IOException _) {
            return reading.read(); // which will say it
        }
        return states.size() < WORTH_KEEPING
                ? reading.read()
                : read(new Key(place.toString(), states.bytes(), states.newest()), judgement, reading);
    }

    /** What is kept by that key, or is read now. */
    Source.Stored read(Key key, Reading reading) throws IOException {
        return read(key, _ -> true, reading);
    }

    private Source.Stored read(Key key, Judgement judgement, Reading reading) throws IOException {
        long start = System.currentTimeMillis();
        Optional<Source.Stored> kept = read(key);
        if (kept.isPresent() && judgement.holds(kept.get())) {
            return kept.get();
        }
        Source.Stored stored = reading.read();
        if (isSettled(key.newest(), start)) {
            write(key, stored);
        }
        return stored;
    }

    /**
     * Whether a file that changes from {@code start} on, milliseconds since 1970, gets a later time than {@code newest},
     * nanoseconds, so that the change will be noticed.
     */
    static boolean isSettled(long newest, long start) {
        boolean fine = newest % TimeUnit.SECONDS.toNanos(1) != 0;
        return TimeUnit.NANOSECONDS.toMillis(newest) + (fine ? FINE_STEP_MILLIS : COARSE_STEP_MILLIS) < start;
    }

    /** The data set of that key, if it is here and whole. */
    Optional<Source.Stored> read(Key key) {
        Path file = directory.resolve(key.fileName());
        if (!Files.isRegularFile(file)) { // a pipe would be waited for
            return Optional.empty();
        }
        CRC32C checksum = new CRC32C();
        try (DataInputStream in = new DataInputStream(
                new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file)), checksum))) {
            long size = Files.size(file);
            if (in.readLong() != MAGIC || in.readInt() != VERSION || !Arrays.equals(bytes(in, size), key.files())) {
                return Optional.empty();
            }
            Source.Stored stored = stored(in, size);
            long found = checksum.getValue();
            if (in.readLong() != found || in.read() >= 0) {
                return Optional.empty();
            }
            touch(file);
            return Optional.of(stored);
        } catch (IOException | RuntimeException _) { // none, cut short, or of nonsense
            return Optional.empty();
        }
    }

    private static Source.Stored stored(DataInputStream in, long size) throws IOException {
        String note = in.readBoolean() ? string(in, size) : null;
        Preparation prepared = Preparation.of(string(in, size));
        List<String> classes = null;
        if (in.readBoolean()) {
            classes = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                classes.add(string(in, size));
            }
        }
        List<DatasetPair.SourceFile> files = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            files.add(new DatasetPair.SourceFile(string(in, size), in.readLong(), string(in, size)));
        }
        Source.Part train = part(in, size);
        return new Source.Stored(train, in.readBoolean() ? part(in, size) : null, classes, prepared, files, note);
    }

    private static Source.Part part(DataInputStream in, long size) throws IOException {
        Path place = Path.of(string(in, size));
        Shape shape = new Shape(in.readInt(), in.readInt(), in.readInt());
        byte[] labels = bytes(in, size);
        return new Source.Part(place, shape, bytes(in, size), labels);
    }

    private static String string(DataInputStream in, long size) throws IOException {
        return new String(bytes(in, size), StandardCharsets.UTF_8);
    }

    /** What follows its length; nothing takes memory for more than a file of that size can hold. */
    private static byte[] bytes(DataInputStream in, long size) throws IOException {
        int length = in.readInt();
        if (length > size) {
            throw new StreamCorruptedException();
        }
        byte[] bytes = new byte[length];
        for (int at = 0; at < length; at += CHUNK) { // a read takes as much memory again outside of the heap
            in.readFully(bytes, at, Math.min(CHUNK, length - at));
        }
        return bytes;
    }

    private static void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
        } catch (IOException _) {
            // it will go sooner
        }
    }

    /** Keeps a data set. It is written aside and moved into place, so that no process ever sees a part of it. */
    void write(Key key, Source.Stored stored) {
        Path partial = null;
        try {
            long bytes = Stream.of(stored.train(), stored.test()).filter(Objects::nonNull)
                    .mapToLong(part -> part.pixels().length + (long) part.labels().length).sum();
            Files.createDirectories(directory);
            removeOldest(bytes);
            if (bytes > mostBytes || Files.getFileStore(directory).getUsableSpace() < bytes + SPARE_BYTES) {
                return;
            }
            partial = Files.createTempFile(directory, null, null); // which the user alone may read
            CRC32C checksum = new CRC32C();
            try (DataOutputStream out = new DataOutputStream(
                    new CheckedOutputStream(new BufferedOutputStream(Files.newOutputStream(partial)), checksum))) {
                out.writeLong(MAGIC);
                out.writeInt(VERSION);
                write(out, key.files());
                write(out, stored);
                out.writeLong(checksum.getValue());
            }
            Path file = directory.resolve(key.fileName());
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException _) { // no room, or not to be written to
            delete(partial);
        }
    }

    private static void write(DataOutputStream out, Source.Stored stored) throws IOException {
        out.writeBoolean(stored.note() != null);
        if (stored.note() != null) {
            write(out, stored.note());
        }
        write(out, stored.prepared().word());
        out.writeBoolean(stored.classes() != null);
        if (stored.classes() != null) {
            out.writeInt(stored.classes().size());
            for (String name : stored.classes()) {
                write(out, name);
            }
        }
        out.writeInt(stored.files().size());
        for (DatasetPair.SourceFile file : stored.files()) {
            write(out, file.name());
            out.writeLong(file.bytes());
            write(out, file.sha256());
        }
        write(out, stored.train());
        out.writeBoolean(stored.test() != null);
        if (stored.test() != null) {
            write(out, stored.test());
        }
    }

    private static void write(DataOutputStream out, Source.Part part) throws IOException {
        write(out, part.place().toString());
        out.writeInt(part.shape().height());
        out.writeInt(part.shape().width());
        out.writeInt(part.shape().channels());
        write(out, part.labels());
        write(out, part.pixels());
    }

    private static void write(DataOutputStream out, String string) throws IOException {
        write(out, string.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        for (int at = 0; at < bytes.length; at += CHUNK) { // a write takes as much memory again outside of the heap
            out.write(bytes, at, Math.min(CHUNK, bytes.length - at));
        }
    }

    /** Makes room. What a process left that ended while it wrote goes after an hour, which no writing takes. */
    private void removeOldest(long room) throws IOException {
        record Kept(Path file, long bytes, long used) {
        }
        List<Kept> kept = new ArrayList<>();
        long now = System.currentTimeMillis();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                BasicFileAttributes found;
                try {
                    found = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                } catch (IOException _) { // another process has removed it
                    continue;
                }
                long used = found.lastModifiedTime().toMillis();
                if (file.toString().endsWith(".tmp") && used < now - TimeUnit.HOURS.toMillis(1)) {
                    delete(file);
                } else {
                    kept.add(new Kept(file, found.size(), used));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        kept.sort(Comparator.comparingLong(Kept::used));
        long total = room + kept.stream().mapToLong(Kept::bytes).sum();
        for (Kept oldest : kept) {
            if (total <= mostBytes || room > mostBytes) {
                return;
            }
            delete(oldest.file());
            total -= oldest.bytes();
        }
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // in use, on Windows
        }
    }
}
