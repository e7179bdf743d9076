package dev.lanewise.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Names, sizes, times and keys of files as bytes: others where one was added, removed, renamed, replaced, rewritten or touched.
 * What escapes is what the file system itself does not note: bytes that are written through a memory map after it was seen
 * and before they are flushed; and, where it has no time of change (Windows), a file rewritten in place, at its old length,
 * that was given its old time back.
 */
final class FileStates {
    private static final boolean HAS_CHANGE_TIME = FileSystems.getDefault().supportedFileAttributeViews()
            .contains("unix");

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ByteBuffer state = ByteBuffer.allocate(40);
    private long size;
    private long newest = Long.MIN_VALUE;

    /** Adds a file, seen without opening it, and returns whether it is a regular one. */
    boolean add(String name, Path path) throws IOException {
        BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
        long modified = file.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        long created = file.creationTime().to(TimeUnit.NANOSECONDS);
        // Unlike the others, nobody sets it.
        long changed = HAS_CHANGE_TIME
                ? ((FileTime) Files.getAttribute(path, "unix:ctime")).to(TimeUnit.NANOSECONDS)
                : modified;
        size += file.size();
        newest = Math.max(newest, Math.max(Math.max(modified, changed), created));
        bytes.writeBytes(name.getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(
                state.clear().putInt(-1).putLong(file.size()).putLong(modified).putLong(changed).putLong(created)
                        .putInt(Objects.hashCode(file.fileKey())).array()); // UTF-8 has no byte of -1: names end there
        return file.isRegularFile();
    }

    /** All of them. */
    byte[] bytes() {
        return bytes.toByteArray();
    }

    /** Bytes of all files together. */
    long size() {
        return size;
    }

    /** The latest change of one, nanoseconds since 1970. */
    long newest() {
        return newest;
    }
}
