package dev.lanewise.run.files;

import dev.lanewise.data.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are replaced as a whole and are on the disk, not on their way to it, when the call returns. */
public final class WholeFile {
    /** Writes a file's content. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything to this file. */
        void writeTo(Path file) throws IOException;
    }

    private WholeFile() {
    }

    /**
     * Writes the content under another name and moves it into place, so that a failure leaves what was there. A link is
     * followed; what is no file, such as a device, is written to.
     */
    public static void replace(Path named, Content content) throws IOException {
        Path file = Files.isSymbolicLink(named) && Files.exists(named) ? named.toRealPath() : named;
        if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            content.writeTo(file);
            return;
        }
        if (Files.isDirectory(file)) {
            throw new FileSystemException(named.toString(), null, "a directory is in the way");
        }
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try {
            content.writeTo(partial);
            try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                channel.force(true); // before it gets its name: a name without content is worse than none
            }
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            throw partial.toString().equals(e.getFile()) ? of(named, e) : e;
        } finally {
            Files.deleteIfExists(partial);
        }
        forceDirectory(file);
    }

    /** The same failure, of the file that the caller knows. */
    private static FileSystemException of(Path named, FileSystemException e) {
        String file = named.toString();
        FileSystemException same = switch (e) {
            case NoSuchFileException _ -> new NoSuchFileException(file, null, e.getReason());
            case AccessDeniedException _ -> new AccessDeniedException(file, null, e.getReason());
            default -> new FileSystemException(file, null, InputException.reason(e));
        };
        same.initCause(e);
        return same;
    }

    /**
     * Why a file cannot be written and what to do, in a sentence.
     *
     * @param how another file is named, with a blank before it; empty where that needs no words
     */
    public static InputException unwritable(Path file, String how, IOException e) {
        if (e instanceof InputException told) {
            return told;
        }
        Path directory = file.toAbsolutePath().resolveSibling("");
        boolean inDirectory = Files.isDirectory(directory);
        return new InputException("%s cannot be written (%s); %sname another file%s".formatted(file,
                inDirectory ? InputException.reason(e) : "there is no directory " + directory,
                Obstacle.isFull(e) ? "make room or " : inDirectory ? "" : "make it or ", how), e);
    }

    /** Appends a line. */
    static void append(Path file, String line) throws IOException {
        boolean made = !Files.exists(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        if (made) {
            forceDirectory(file);
        }
    }

    /** A file's name stands in its directory. */
    private static void forceDirectory(Path file) {
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        } catch (IOException _) {
            // Windows opens no directory; there the move itself is lasting
        }
    }
}
