package dev.lanewise.run.files;

import dev.lanewise.data.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;

/**
 * Keeps a run's directory for one process at a time. The system lets go of the lock when the process ends, however it
 * does; the file, which says who has it, stays: another process may be about to lock it.
 */
public final class RunLock implements AutoCloseable {
    static final String NAME = ".lock";
    /** The byte that is locked, far behind the content: Windows lets nobody read what is locked. */
    private static final long BYTE = Long.MAX_VALUE - 1;

    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the directory.
     *
     * @throws InputException if another process, or another training of this one, has it
     */
    public static RunLock take(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (isTaken(channel)) {
                String holder = Files.readString(file).strip();
                throw new InputException("%s: %s is training this run; wait for its end or stop it"
                        .formatted(directory, holder.isEmpty() ? "another process" : holder));
            }
            channel.truncate(0).write(ByteBuffer.wrap("process %d, since %s,".formatted(ProcessHandle.current().pid(),
                    LocalDateTime.now().format(DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss")))
                    .getBytes(StandardCharsets.UTF_8)));
            return new RunLock(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isTaken(FileChannel channel) {
        try {
            FileLock lock = channel.tryLock(BYTE, 1, false);
            return lock == null;
        } catch (OverlappingFileLockException _) {
            return true; // by this process
        } catch (IOException _) {
            return false; // a file system without locks: training there is not forbidden
        }
    }

    /** Lets go of the directory. */
    @Override
    public void close() {
        try (channel) {
            channel.truncate(0);
        } catch (IOException _) {
            // what it says is of no weight
        }
    }
}
