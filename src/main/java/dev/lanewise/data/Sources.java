package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** All {@link Source}s, and what becomes of what they read: a {@link DatasetPair}. */
public final class Sources {
    private static final List<Source> ALL = List.of(new IdxSource(), new CsvSource(), new NpzSource(),
            new FolderSource());

    private Sources() {
    }

    /**
     * Reads a directory or file of one's own. The pair is named as the {@link NamedSet} that it is by its digests, else as the
     * place is.
     *
     * @param size that images are scaled to where they can be; null: as they are
     * @throws InputException if nothing can be read there, or what is there does not fit together
     */
    public static DatasetPair read(Path place, @Nullable Shape size) throws IOException {
        return read(place, size, Source.Progress.UNHEARD);
    }

    /**
     * Reads a directory or file of one's own, and tells how far it has come.
     *
     * @param size that images are scaled to where they can be; null: as they are
     * @param progress is told of the files that are read
     * @throws InputException if nothing can be read there, or what is there does not fit together
     */
    public static DatasetPair read(Path place, @Nullable Shape size, Source.Progress progress) throws IOException {
        if (!Files.exists(place)) {
            throw new InputException("%s does not exist; check the path".formatted(place));
        }
        for (Source source : ALL) {
            if (source.recognises(place)) {
                Source.Stored stored = source.read(place, size, progress);
                return pair(name(place, stored.files()),
                        stored.note() == null ? place.toString() : "%s, %s".formatted(place, stored.note()), stored);
            }
        }
        throw new InputException("%s holds no data set, which would be %s; name another place".formatted(place,
                ALL.stream().map(Source::description).collect(Collectors.joining(", or "))));
    }

    /**
     * Reads images to be recognised from an IDX file, a CSV table or NumPy's archive, with labels or without.
     *
     * @param features numbers of an image, where the file does not say what is one
     * @return empty if the file is none of these
     * @throws InputException if it cannot be read, or has other images
     */
    public static Optional<Images> images(Path file, int features) throws IOException {
        for (Source source : ALL) {
            Optional<Images> images = source.images(file, features);
            if (images.isPresent()) {
                return images;
            }
        }
        return Optional.empty();
    }

    /**
     * Reads IDX files: images and labels to train on and, in a longer list, images and labels to test on. The pair is named
     * as the first of them.
     *
     * @param idxFiles 2 or 4
     * @throws IllegalArgumentException for another number of files
     * @throws InputException if a file cannot be read, or they do not fit together
     */
    public static DatasetPair read(List<Path> idxFiles) throws IOException {
        if (idxFiles.size() != 2 && idxFiles.size() != 4) {
            throw new IllegalArgumentException(
                    "idxFiles: images and labels to train on, and perhaps to test on: 2 or 4 files, not %d"
                            .formatted(idxFiles.size()));
        }
        IdxSource.Read read = IdxSource.read(idxFiles);
        return pair(read.set() != null ? read.set().name() : ownName(idxFiles.getFirst()),
                idxFiles.getFirst().toString(), read.stored());
    }

    /** The parts with names for their classes, once they are seen to fit together. */
    static DatasetPair pair(String name, String origin, Source.Stored stored) throws InputException {
        Source.Part train = stored.train();
        Source.Part test = stored.test();
        if (test != null && !train.shape().equals(test.shape())) {
            throw new InputException("%s has images of %s and %s of %s; use parts that belong together".formatted(
                    train.place(), train.shape(), test.place().getFileName(), test.shape()));
        }
        List<String> classes = stored.classes() != null ? stored.classes() : numbers(train, test);
        if (classes.size() < 2) {
            throw new InputException("%s has images of one class, %s, and nothing to tell it from; add another class"
                    .formatted(train.place(), String.join("", classes)));
        }
        for (String label : classes) {
            if (!InputException.isLine(label)) {
                throw new InputException("%s has a class named '%s', with a sign that cannot be shown; rename it"
                        .formatted(train.place(), label));
            }
        }
        return new DatasetPair(name, origin, dataset(train, classes), test == null ? null : dataset(test, classes),
                stored.prepared(), stored.files());
    }

    private static Dataset dataset(Source.Part part, List<String> classes) throws InputException {
        if (part.labels().length == 0) {
            throw new InputException("%s holds no images; use another file".formatted(part.place()));
        }
        int largest = largest(part);
        if (largest >= classes.size()) {
            throw new InputException(
                    "%s has the label %d, and there are names for 0 to %d; use parts that belong together"
                            .formatted(part.place(), largest, classes.size() - 1));
        }
        return new Dataset(part.shape(), part.pixels(), part.labels(), classes);
    }

    /** A name for every label up to the largest, and for 1: images that are all of class 0 may be measured. */
    private static List<String> numbers(Source.Part train, Source.@Nullable Part test) {
        int largest = Math.max(Math.max(1, largest(train)), test == null ? 0 : largest(test));
        return IntStream.rangeClosed(0, largest).mapToObj(String::valueOf).toList();
    }

    private static int largest(Source.Part part) {
        int largest = 0;
        for (byte label : part.labels()) {
            largest = Math.max(largest, label & 0xff);
        }
        return largest;
    }

    /** What a set is, its bytes say; a place of one's own that is called as a set is told from it by its parent. */
    private static String name(Path place, List<DatasetPair.SourceFile> files) throws InputException {
        NamedSet set = SetFiles.of(place, files);
        return set != null ? set.name() : ownName(place);
    }

    private static String ownName(Path place) {
        Path path = place.toAbsolutePath().normalize();
        int names = path.getNameCount();
        String name = String.valueOf(names == 0 ? path : path.getFileName());
        return !name.equals("auto") && NamedSet.of(name).isEmpty()
                ? name
                : names == 1 ? path.toString() : path.subpath(names - 2, names).toString();
    }
}
