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
 * Finds the four files of the MNIST database and compares them with the published ones.
 *
 * <p>A file may be gzipped, with {@code .gz} behind its name, and may have a dot before {@code idx} instead of a dash.
 */
public final class MnistFiles {
    private static final List<String> NAMES = Mnist.FILES.stream().map(DatasetPair.SourceFile::name).toList();

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
     * Reads a directory of one's own that holds such files, as {@link Sources#read} does.
     *
     * @throws InputException if the directory lacks a file, a file is not what it should be or they do not fit together
     * @throws InterruptedIOException if the thread is interrupted while it waits
     */
    public static DatasetPair load(Path directory) throws IOException {
        requireDirectory(directory);
        return Sources.read(directory, null);
    }

    /** The four files of a directory, in the order of {@link Mnist#FILES}. */
    static List<Path> locate(Path directory) throws InputException {
        List<String> missing = missing(directory);
        if (!missing.isEmpty()) {
            throw new InputException(incomplete(directory, missing));
        }
        return NAMES.stream().map(name -> locate(directory, name).orElseThrow()).toList();
    }

    static boolean haveDigestsOf(List<DatasetPair.SourceFile> known, List<DatasetPair.SourceFile> files) {
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
        places.add(cache(environment, system).resolve("mnist"));
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

    static List<String> missing(Path directory) {
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

    private static Optional<Path> chosen(Map<String, String> environment) throws InputException {
        String root = environment.getOrDefault("LANEWISE_DATA", "");
        try {
            return root.isEmpty() ? Optional.empty() : Optional.of(Path.of(root, "mnist"));
        } catch (InvalidPathException e) {
            throw new InputException("LANEWISE_DATA is not a path (%s); set it to a directory or unset it"
                    .formatted(e.getMessage()), e);
        }
    }

    /** The program's own directory among the user's caches. */
    static Path cache() {
        return cache(System.getenv(), System.getProperties());
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
        return caches.resolve("lanewise");
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
