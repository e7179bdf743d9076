package dev.lanewise.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Names, sizes, times and keys of files as bytes: others where one was added, removed, renamed, replaced, rewritten or touched.
 * A file rewritten in place, at its old length, and given its old time back is not noticed.
 */
final class FileStates {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ByteBuffer state = ByteBuffer.allocate(32);
    private long size;
    private long newest = Long.MIN_VALUE;

    /** Adds a file, seen without opening it. */
    void add(String name, BasicFileAttributes file) {
        long modified = file.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        long created = file.creationTime().to(TimeUnit.NANOSECONDS);
        size += file.size();
        newest = Math.max(newest, Math.max(modified, created));
        bytes.writeBytes(name.getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(state.clear().putInt(-1).putLong(file.size()).putLong(modified).putLong(created)
                .putInt(Objects.hashCode(file.fileKey())).array()); // UTF-8 has no byte of -1: names end there
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
