package dev.lanewise.run.files;

import dev.lanewise.data.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a run's directory for one process at a time. The system lets go of the lock when the process ends, however it
 * does; the file, which says who has it, stays: another process may be about to lock it.
 */
public final class RunLock implements AutoCloseable {
    static final String NAME = ".lock";
    /** The byte that is locked, far behind the content: Windows lets nobody read what is locked. */
    private static final long BYTE = Long.MAX_VALUE - 1;

    /**
     * Who has what in this process, by the directory. The system's lock is the whole process's, and goes when the process
     * closes the file, whichever way it had opened it: so it must not even look whether it has the lock.
     */
    private static final Map<Path, String> HELD = new ConcurrentHashMap<>();

    private final Path directory;
    private final FileChannel channel;
    private final Object key; // of the file; null where a system has none

    private RunLock(Path directory, FileChannel channel) throws IOException {
        this.directory = directory;
        this.channel = channel;
        key = key();
    }

    private Object key() throws IOException {
        return Files.readAttributes(directory.resolve(NAME), BasicFileAttributes.class).fileKey();
    }

    /**
     * Looks whether the directory of that name is still the one that was taken.
     *
     * @throws IOException if it has gone or another one has its name
     */
    public void check() throws IOException {
        if (!Objects.equals(key, key())) {
            throw new NoSuchFileException(directory.toString(), null, "another directory has this name now");
        }
    }

    /** Whether nobody has the directory; not where that cannot be told. */
    public static boolean isFree(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        if (HELD.containsKey(directory.toRealPath())) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                FileLock lock = channel.tryLock(BYTE, 1, true)) {
            return lock != null;
        } catch (NoSuchFileException _) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /**
     * Takes the directory.
     *
     * @throws InputException if another process, or another training of this one, has it
     */
    public static RunLock take(Path directory) throws IOException {
        Path key = directory.toRealPath();
        String holder = String.format(Locale.ROOT, "process %d, since %s,", ProcessHandle.current().pid(),
                LocalDateTime.now().format(DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT)));
        String before = HELD.putIfAbsent(key, holder);
        if (before != null) {
            throw taken(directory, before);
        }
        try {
            return new RunLock(key, lock(directory, holder));
        } catch (IOException e) {
            HELD.remove(key);
            throw e;
        }
    }

    private static FileChannel lock(Path directory, String holder) throws IOException {
        Path file = directory.resolve(NAME);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (isLocked(channel)) {
                throw taken(directory, Files.readString(file).strip());
            }
            channel.truncate(0).write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isLocked(FileChannel channel) {
        try {
            FileLock lock = channel.tryLock(BYTE, 1, false);
            return lock == null;
        } catch (IOException _) {
            return false; // a file system without locks: training there is not forbidden
        }
    }

    private static InputException taken(Path directory, String holder) {
        return new InputException("%s: %s is training this run; wait for its end or stop it"
                .formatted(directory, holder.isEmpty() ? "another process" : holder));
    }

    /** Lets go of the directory. */
    @Override
    public void close() {
        try (channel) {
            channel.truncate(0);
        } catch (IOException _) {
            // what it says is of no weight
        } finally {
            HELD.remove(directory);
        }
    }
}
