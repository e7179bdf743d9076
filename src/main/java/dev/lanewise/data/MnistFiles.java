package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Finds the four files of the MNIST database, compares them with the published ones and reads them as a
 * {@link DatasetPair}. Any data set in four such files is read too, with up to 256 classes.
 *
 * <p>A file may be gzipped, with {@code .gz} behind its name, and may have a dot before {@code idx} instead of a dash.
 */
public final class MnistFiles {
    private static final List<String> NAMES = Mnist.FILES.stream().map(DatasetPair.SourceFile::name).toList();

    /** What {@code --data} takes for a set, not for a directory of that name. */
    private static final Set<String> RESERVED = Set.of("auto", "mnist", BuiltInDigits.NAME);

    private MnistFiles() {
    }

    /** What {@link #verify} found for one file: whether it is the published one, and in words what it is. */
    public record Check(String name, boolean published, String finding) {
    }

    /** Whether these are, in the order of {@link Mnist#FILES}, the published files, whatever their names. */
    public static boolean isPublished(List<DatasetPair.SourceFile> files) {
        return haveDigestsOf(Mnist.FILES, files);
    }

    /**
     * Reads the four files of a directory. The pair is named {@code mnist} or {@code digits} if they are those sets, by
     * their digests, else as the directory is. Its classes are the ten digits, and further numbers up to the largest label of either part.
     *
     * @throws InputException if the directory lacks a file, a file is not what it should be or they do not fit together
     * @throws InterruptedIOException if the thread is interrupted while it waits
     */
    public static DatasetPair load(Path directory) throws IOException {
        requireDirectory(directory);
        List<String> missing = missing(directory);
        if (missing.size() == NAMES.size()) {
            throw new InputException("%s holds no data set: none of %s, with or without .gz; name another directory"
                    .formatted(directory, String.join(", ", NAMES)));
        }
        if (!missing.isEmpty()) {
            throw new InputException(incomplete(directory, missing));
        }
        Path[] files = NAMES.stream().map(name -> locate(directory, name).orElseThrow()).toArray(Path[]::new);
        IdxReader.Images trainImages;
        IdxReader.Labels trainLabels;
        IdxReader.Images testImages;
        IdxReader.Labels testLabels;
        try (ExecutorService readers = Executors.newFixedThreadPool(files.length)) {
            Future<IdxReader.Images> first = readers.submit(() -> IdxReader.images(files[0]));
            Future<IdxReader.Labels> second = readers.submit(() -> IdxReader.labels(files[1]));
            Future<IdxReader.Images> third = readers.submit(() -> IdxReader.images(files[2]));
            Future<IdxReader.Labels> fourth = readers.submit(() -> IdxReader.labels(files[3]));
            trainImages = result(first);
            trainLabels = result(second);
            testImages = result(third);
            testLabels = result(fourth);
        }
        if (trainImages.rows() != testImages.rows() || trainImages.columns() != testImages.columns()) {
            throw new InputException("%s has images of %d x %d pixels and %s of %d x %d; use files that belong together"
                    .formatted(files[0], trainImages.rows(), trainImages.columns(),
                            files[2].getFileName(), testImages.rows(), testImages.columns()));
        }
        List<String> classes = classes(trainLabels, testLabels);
        List<DatasetPair.SourceFile> sources = List.of(trainImages.source(), trainLabels.source(), testImages.source(),
                testLabels.source());
        return new DatasetPair(name(directory, sources), directory.toString(),
                dataset(files[0], trainImages, files[1], trainLabels, classes),
                dataset(files[2], testImages, files[3], testLabels, classes), sources);
    }

    /** What a set is, its bytes say; a directory of one's own that is called as a set is told from it by its parent. */
    private static String name(Path directory, List<DatasetPair.SourceFile> sources) {
        if (isPublished(sources)) {
            return "mnist";
        }
        if (haveDigestsOf(BuiltInDigits.FILES, sources)) {
            return BuiltInDigits.NAME;
        }
        Path path = directory.toAbsolutePath().normalize();
        int names = path.getNameCount();
        String name = String.valueOf(names == 0 ? path : path.getFileName());
        return !RESERVED.contains(name)
                ? name
                : names == 1 ? path.toString() : path.subpath(names - 2, names).toString();
    }

    private static boolean haveDigestsOf(List<DatasetPair.SourceFile> known, List<DatasetPair.SourceFile> files) {
        return files.stream().map(DatasetPair.SourceFile::sha256).toList()
                .equals(known.stream().map(DatasetPair.SourceFile::sha256).toList());
    }

    /**
     * Compares what a directory holds with the published files: a finding per file, in the order of {@link Mnist#FILES},
     * for a broken or missing one too.
     *
     * @throws InputException if the directory is none
     */
    public static List<Check> verify(Path directory) throws InputException {
        requireDirectory(directory);
        return Mnist.FILES.stream().map(published -> check(directory, published)).toList();
    }

    /**
     * The places where {@code --data auto} and {@code --data mnist} look, in this order: {@code data/mnist} in the
     * working directory, {@code $LANEWISE_DATA/mnist} if that is set, and the user's cache, to which downloads go.
     *
     * @throws InputException if {@code LANEWISE_DATA} is not a path
     */
    public static List<Path> places() throws InputException {
        return places(System.getenv(), System.getProperties());
    }

    static List<Path> places(Map<String, String> environment, Properties system) throws InputException {
        List<Path> places = new ArrayList<>();
        places.add(Path.of(system.getProperty("user.dir"), "data", "mnist"));
        chosen(environment).ifPresent(places::add);
        places.add(cache(environment, system));
        return List.copyOf(places);
    }

    /**
     * The first of the places that holds all four files; one that holds only some is passed over, except
     * {@code $LANEWISE_DATA/mnist}: somebody chose it, so going on elsewhere in silence would surprise.
     *
     * @throws InputException if {@code $LANEWISE_DATA/mnist} comes first and holds only some of the files
     */
    public static Optional<Path> find() throws InputException {
        return find(System.getenv(), System.getProperties());
    }

    static Optional<Path> find(Map<String, String> environment, Properties system) throws InputException {
        Optional<Path> chosen = chosen(environment);
        for (Path place : places(environment, system)) {
            List<String> missing = missing(place);
            if (missing.isEmpty()) {
                return Optional.of(place);
            }
            if (missing.size() < NAMES.size() && chosen.equals(Optional.of(place))) {
                throw new InputException(incomplete(place, missing));
            }
        }
        return Optional.empty();
    }

    /** The file of a directory that holds {@code name}, one of the four; gzip first, so that a download counts. */
    static Optional<Path> locate(Path directory, String name) {
        String dotted = name.replace("-idx", ".idx");
        for (String variant : List.of(name + ".gz", name, dotted + ".gz", dotted)) {
            Path file = directory.resolve(variant);
            if (Files.isRegularFile(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    private static List<String> missing(Path directory) {
        return NAMES.stream().filter(name -> locate(directory, name).isEmpty()).toList();
    }

    private static String incomplete(Path directory, List<String> missing) {
        List<String> present = new ArrayList<>(NAMES);
        present.removeAll(missing);
        return "%s holds %s but not %s; copy what is missing there, with or without .gz"
                .formatted(directory, String.join(" and ", present), String.join(" and ", missing));
    }

    private static void requireDirectory(Path directory) throws InputException {
        if (!Files.isDirectory(directory)) {
            throw new InputException(Files.exists(directory)
                    ? "%s is not a directory; name the directory that holds the four files".formatted(directory)
                    : "%s does not exist; check the path".formatted(directory));
        }
    }

    private static Dataset dataset(Path imageFile, IdxReader.Images images, Path labelFile, IdxReader.Labels labels,
            List<String> classes) throws InputException {
        if (images.count() != labels.values().length) {
            throw new InputException("%s has %d images but %s has %d labels; use files that belong together"
                    .formatted(imageFile, images.count(), labelFile.getFileName(), labels.values().length));
        }
        if (images.count() == 0) {
            throw new InputException("%s holds no images; use another file".formatted(imageFile));
        }
        return new Dataset(new Shape(images.rows(), images.columns(), 1), images.pixels(), labels.values(), classes);
    }

    /** A name for every label that occurs, and for the ten digits whether they occur or not. */
    private static List<String> classes(IdxReader.Labels... parts) {
        int largest = 0;
        for (IdxReader.Labels part : parts) {
            for (byte label : part.values()) {
                largest = Math.max(largest, label & 0xff);
            }
        }
        return largest < Mnist.CLASSES.size()
                ? Mnist.CLASSES
                : IntStream.rangeClosed(0, largest).mapToObj(String::valueOf).toList();
    }

    private static Check check(Path directory, DatasetPair.SourceFile published) {
        String name = published.name();
        Optional<Path> file = locate(directory, name);
        if (file.isEmpty()) {
            return new Check(name, false, "is missing from " + directory);
        }
        try {
            Path path = file.get();
            DatasetPair.SourceFile source = name.contains("images")
                    ? IdxReader.images(path).source()
                    : IdxReader.labels(path).source();
            String sha256 = source.sha256();
            return sha256.equals(published.sha256())
                    ? new Check(name, true, path + " is the published file")
                    : new Check(name, false, "%s is not the published file: SHA-256 %s instead of %s"
                            .formatted(path, sha256, published.sha256()));
        } catch (InputException e) {
            return new Check(name, false, e.getMessage());
        }
    }

    private static <T> T result(Future<T> future) throws IOException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while reading data");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private static Optional<Path> chosen(Map<String, String> environment) throws InputException {
        String root = environment.getOrDefault("LANEWISE_DATA", "");
        try {
            return root.isEmpty() ? Optional.empty() : Optional.of(Path.of(root, "mnist"));
        } catch (InvalidPathException e) {
            throw new InputException("LANEWISE_DATA is not a path (%s); set it to a directory or unset it"
                    .formatted(e.getMessage()), e);
        }
    }

    private static Path cache(Map<String, String> environment, Properties system) {
        Path home = Path.of(system.getProperty("user.home"));
        String os = system.getProperty("os.name").toLowerCase(Locale.ROOT);
        Path caches;
        if (os.startsWith("windows")) {
            caches = absolute(environment.get("LOCALAPPDATA"), home.resolve("AppData").resolve("Local"));
        } else if (os.startsWith("mac")) {
            caches = home.resolve("Library").resolve("Caches");
        } else {
            caches = absolute(environment.get("XDG_CACHE_HOME"), home.resolve(".cache"));
        }
        return caches.resolve("lanewise").resolve("mnist");
    }

    /** The path in an environment variable; the XDG specification says to pass over one that is not absolute. */
    private static Path absolute(String value, Path otherwise) {
        try {
            return value == null || value.isEmpty() || !Path.of(value).isAbsolute() ? otherwise : Path.of(value);
        } catch (InvalidPathException _) {
            return otherwise;
        }
    }
}
