package dev.lanewise.data;

import java.util.List;

/**
 * A data set as it is published: a part to train on and a part to test on, with where both came from.
 *
 * @param name {@code mnist}, {@code digits} or the directory's name
 * @param origin for people: the directory, or how the images were made
 * @param files what was read, with SHA-256 of the decompressed bytes
 */
public record DatasetPair(String name, String origin, Dataset train, Dataset test, List<SourceFile> files) {
    /** One file of a data set: its name without {@code .gz}, its decompressed size and SHA-256 in lower-case hex. */
    public record SourceFile(String name, long bytes, String sha256) {
    }
}
