package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

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

    /**
     * What a data set is found by.
     *
     * @param place absolute, and what else tells it from others
     * @param files names and states of all that is read, compared as they are
     * @param newest the latest change of one of them, nanoseconds since 1970
     */
    record Key(String place, byte[] files, long newest) {
        private String fileName() {
            return HexFormat.of().formatHex(IdxReader.newSha256().digest(place.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** What is kept of a few files, or is read of them; small ones are always read. */
    Source.Stored read(List<Path> files, Reading reading) throws IOException {
        FileStates states = new FileStates();
        StringBuilder place = new StringBuilder();
        try {
            for (Path file : files) {
                states.add(file.toString(), Files.readAttributes(file, BasicFileAttributes.class));
                place.append(file.toAbsolutePath().normalize()).append('\n');
            }
        } catch (IOException _) {
            return reading.read(); // which will say it
        }
        return states.size() < WORTH_KEEPING
                ? reading.read()
                : read(new Key(place.toString(), states.bytes(), states.newest()), reading);
    }

    /** What is kept by that key, or is read now. */
    Source.Stored read(Key key, Reading reading) throws IOException {
        long start = System.currentTimeMillis();
        Optional<Source.Stored> kept = read(key);
        if (kept.isPresent()) {
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
        try (Arena arena = Arena.ofConfined(); FileChannel channel = FileChannel.open(file)) {
            ByteBuffer in = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena).asByteBuffer();
            CRC32C checksum = new CRC32C();
            checksum.update(in.slice(0, in.limit() - Long.BYTES));
            if (in.getLong(in.limit() - Long.BYTES) != checksum.getValue() || in.getLong() != MAGIC
                    || in.getInt() != VERSION || !Arrays.equals(bytes(in), key.files())) {
                return Optional.empty();
            }
            Source.Stored stored = stored(in);
            if (in.remaining() != Long.BYTES) {
                return Optional.empty();
            }
            touch(file);
            return Optional.of(stored);
        } catch (IOException | RuntimeException | InternalError _) { // none, of nonsense, or cut short meanwhile
            return Optional.empty();
        }
    }

    private static Source.Stored stored(ByteBuffer in) {
        String note = isNext(in) ? string(in) : null;
        Preparation prepared = Preparation.of(string(in));
        List<String> classes = null;
        if (isNext(in)) {
            classes = new ArrayList<>();
            for (int left = in.getInt(); left > 0; left--) {
                classes.add(string(in));
            }
        }
        List<DatasetPair.SourceFile> files = new ArrayList<>();
        for (int left = in.getInt(); left > 0; left--) {
            files.add(new DatasetPair.SourceFile(string(in), in.getLong(), string(in)));
        }
        Source.Part train = part(in);
        return new Source.Stored(train, isNext(in) ? part(in) : null, classes, prepared, files, note);
    }

    private static Source.Part part(ByteBuffer in) {
        Path place = Path.of(string(in));
        Shape shape = new Shape(in.getInt(), in.getInt(), in.getInt());
        byte[] labels = bytes(in);
        return new Source.Part(place, shape, bytes(in), labels);
    }

    /** Whether there is something that may be missing. */
    private static boolean isNext(ByteBuffer in) {
        return in.get() != 0;
    }

    private static String string(ByteBuffer in) {
        return new String(bytes(in), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(ByteBuffer in) {
        int length = in.getInt();
        if (length > in.remaining()) { // before memory is taken for it
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
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
            Files.createDirectories(directory);
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
            removeOldest();
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
