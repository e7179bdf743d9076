package dev.lanewise.data;

import java.util.List;

/**
 * A data set as it is published: a part to train on and a part to test on, with where both came from.
 *
 * @param name {@code mnist}, {@code digits} or the directory's name
 * @param origin for people: the directory, or how the images were made
 * @param train what is trained on
 * @param test other images of the same shape and classes; null where there are none
 * @param prepared how the images were made what they are, and others are for a network that learned from these
 * @param files what was read, with SHA-256 of the decompressed bytes
 */
public record DatasetPair(String name, String origin, Dataset train, Dataset test, Preparation prepared,
        List<SourceFile> files) {
    /** Checks that both parts have the same shape and classes. */
    public DatasetPair {
        if (test != null && !train.shape().equals(test.shape())) {
            throw new IllegalArgumentException("training images of %s, test images of %s"
                    .formatted(train.shape(), test.shape()));
        }
        if (test != null && !train.classes().equals(test.classes())) {
            throw new IllegalArgumentException("training classes %s, test classes %s"
                    .formatted(train.classes(), test.classes()));
        }
        files = List.copyOf(files);
    }

    /** The same images, with another word on how they were made what they are. */
    public DatasetPair preparedBy(Preparation preparation) {
        return new DatasetPair(name, origin, train, test, preparation, files);
    }

    /** One file of a data set: its name without {@code .gz}, its decompressed size and SHA-256 in lower-case hex. */
    public record SourceFile(String name, long bytes, String sha256) {
    }
}
