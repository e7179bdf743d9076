package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A way in which labelled images are stored: four IDX files, a folder a class, a table. One class each, in the list of {@link Sources}.
 */
public interface Source {
    /** What such a place is, in a few words for messages: {@code four IDX files named like MNIST's}. */
    String description();

    /** Whether a directory or file that exists is stored so, by its names and first bytes. */
    boolean recognises(Path place) throws IOException;

    /**
     * Reads all that is stored in a place.
     *
     * @param size that images are scaled to where this can scale; null: as they are, all of one size
     * @param progress is told of what takes long
     * @throws InputException naming the file that is not what it should be
     */
    Stored read(Path place, @Nullable Shape size, Progress progress) throws IOException;

    /** How far reading has come. */
    interface Progress {
        /** Nobody listens. */
        Progress UNHEARD = (_, _) -> {
        };

        /** So many files of all are read; called from several threads. */
        void read(int files, int total);
    }

    /**
     * Reads images to be recognised, with labels or without.
     *
     * @param features numbers of an image, where the file does not say what is one
     * @return empty if the file is not of this kind
     * @throws InputException naming the file if it is, but not as it should be
     */
    default Optional<Images> images(Path file, int features) throws IOException {
        return Optional.empty();
    }

    /**
     * What was read.
     *
     * @param test null where nothing is set apart for tests
     * @param classes by label; null: the labels' own numbers
     * @param prepared how the images were made what they are
     * @param files with SHA-256, which tells two data sets apart
     * @param note what people should know of how it was read; null: nothing
     */
    record Stored(Part train, @Nullable Part test, @Nullable List<String> classes, Preparation prepared,
            List<DatasetPair.SourceFile> files, @Nullable String note) {
        Stored(Part train, @Nullable Part test, @Nullable List<String> classes, Preparation prepared,
                List<DatasetPair.SourceFile> files) {
            this(train, test, classes, prepared, files, null);
        }
    }

    /** Images and labels of one part. */
    final class Part {
        private final Path place;
        private final Shape shape;
        private final byte[] pixels;
        private final byte[] labels;

        /** A part of these pixels, [N, H, W, C], and labels, [N], which are not copied. */
        public Part(Path place, Shape shape, byte[] pixels, byte[] labels) {
            this.place = place;
            this.shape = shape;
            this.pixels = pixels;
            this.labels = labels;
        }

        /** Where they come from, for messages. */
        public Path place() {
            return place;
        }

        /** The shape of each image, [H, W, C]. */
        public Shape shape() {
            return shape;
        }

        /** The pixels, [N, H, W, C], unsigned bytes; the array itself. */
        public byte[] pixels() {
            return pixels;
        }

        /** The labels, [N], unsigned bytes; the array itself. */
        public byte[] labels() {
            return labels;
        }

        /** These images with labels. */
        Part with(byte[] known) {
            return new Part(place, shape, pixels, known);
        }
    }
}
