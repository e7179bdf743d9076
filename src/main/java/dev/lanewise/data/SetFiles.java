package dev.lanewise.data;

import dev.lanewise.data.NamedSet.PublishedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Finds the files of a {@link NamedSet}, and compares files with the published ones.
 *
 * <p>A file may be gzipped, with {@code .gz} behind its name, and may have a dot before {@code idx} instead of a dash. It is
 * the published one by SHA-256 of its decompressed bytes; where that is not published, by MD5 of the file as it is served.
 * {@link SetDownload} writes the SHA-256 of what it has so compared to {@code NAME.sha256} in the same directory, which
 * counts from then on: in place of a published one.
 */
public final class SetFiles {
    /** Small files first, which tell most sets of somebody's own from the published. */
    private static final int[] LABELS_FIRST = {1, 3, 0, 2};
    private static final long MOST_BYTES = 1L << 31; // decompressed, where the size is not published

    private SetFiles() {
    }

    /** What {@link #verify} found for one file: whether it is the published one, and in words what it is. */
    public record Check(String name, boolean published, String finding) {
    }

    /**
     * The set of which a directory holds the published files.
     *
     * @param directory that they lie in
     * @param read the files that were read, in the order of {@link NamedSet#files}, whatever their names
     * @return null if they are somebody's own
     */
    static @Nullable NamedSet of(Path directory, List<DatasetPair.SourceFile> read) throws InputException {
        for (NamedSet set : NamedSet.ALL) {
            if (set.files().size() == read.size() && isOf(set, directory, read)) {
                return set;
            }
        }
        return null;
    }

    private static boolean isOf(NamedSet set, Path directory, List<DatasetPair.SourceFile> read)
            throws InputException {
        Map<String, String> known = known(set, directory);
        for (int i : LABELS_FIRST) {
            PublishedFile file = set.files().get(i);
            String sha256 = known.get(file.name());
            if (!read.get(i).sha256().equals(sha256) && (sha256 != null || !hasMd5(directory, file))) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasMd5(Path directory, PublishedFile file) throws InputException {
        Optional<Path> there = file.md5() == null ? Optional.empty() : locate(directory, file.name());
        return there.isPresent() && md5(there.get()).equals(file.md5());
    }

    /** Digests by names, without {@code .gz}: the published ones, else those that were written down in the directory. */
    private static Map<String, String> known(NamedSet set, Path directory) throws InputException {
        Map<String, String> known = new HashMap<>();
        Path record = record(set, directory);
        if (set.files().getFirst().sha256() == null && Files.isRegularFile(record)) {
            try {
                for (String line : Files.readAllLines(record)) { // as sha256sum writes them
                    String[] words = line.split(" +[*]?", 2);
                    known.put(words[words.length - 1], words[0]);
                }
            } catch (IOException e) {
                throw new InputException("%s cannot be read (%s); delete it and run 'lanewise data fetch %s'"
                        .formatted(record, InputException.reason(e), set.name()), e);
            }
        }
        for (PublishedFile file : set.files()) {
            if (file.sha256() != null) {
                known.put(file.name(), file.sha256());
            }
        }
        return known;
    }

    private static Path record(NamedSet set, Path directory) {
        return directory.resolve(set.name() + ".sha256");
    }

    /** Writes down the digests of files that have been compared with what is published. */
    static void keepDigests(NamedSet set, Path directory) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (PublishedFile file : set.files()) {
            Path path = locate(directory, file.name()).orElseThrow();
            lines.append(IdxReader.sha256(path, MOST_BYTES)).append("  ").append(file.name()).append('\n');
        }
        Path aside = Files.createTempFile(directory, set.name(), SetDownload.PART);
        Files.writeString(aside, lines);
        Files.move(aside, record(set, directory), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Whether the digests of all files are published or written down. */
    static boolean areDigestsKnown(NamedSet set, Path directory) throws InputException {
        Map<String, String> known = known(set, directory);
        return set.files().stream().allMatch(file -> known.containsKey(file.name()));
    }

    /** Whether this is the published file, by what is known of its digests. */
    static boolean isPublished(NamedSet set, PublishedFile file, Path path) throws InputException {
        String known = known(set, directory(path)).get(file.name());
        return known == null || file.sha256() != null
                ? isAsServed(file, path)
                : IdxReader.sha256(path, MOST_BYTES).equals(known);
    }

    /** Whether this is the published file, by its published digest. */
    static boolean isAsServed(PublishedFile file, Path path) throws InputException {
        return file.sha256() != null
                // one byte more than expected is enough to make a longer file's digest another one
                ? IdxReader.sha256(path, file.bytes() + 1).equals(file.sha256())
                : file.md5() != null && md5(path).equals(file.md5());
    }

    static String md5(Path file) throws InputException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            byte[] buffer = new byte[1 << 16];
            for (int n; (n = in.read(buffer)) >= 0;) {
                md5.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(md5.digest());
        } catch (IOException e) {
            throw new InputException(
                    "%s cannot be read (%s); check its permissions".formatted(file, InputException.reason(e)), e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has MD5", e);
        }
    }

    /**
     * Reads a set from a directory.
     *
     * @throws InputException if a file is missing, or is not the published one
     */
    public static DatasetPair load(NamedSet set, Path directory) throws IOException {
        requireDirectory(directory);
        List<String> missing = missing(directory, set);
        if (!missing.isEmpty()) {
            throw new InputException(incomplete(directory, set, missing));
        }
        IdxSource.Read read = IdxSource.read(set.files().stream()
                .map(file -> locate(directory, file.name()).orElseThrow()).toList());
        if (!set.equals(read.set())) {
            throw new InputException(("%s: these are not the published %s files; fetch them anew, or use them as "
                    + "they are, by the name of their directory").formatted(directory, set.title()))
                    .about("data " + directory);
        }
        return Sources.pair(set.name(), directory.toString(), read.stored());
    }

    /**
     * Compares what a directory holds with a set's published files: a finding per file, in the order of
     * {@link NamedSet#files}, for a broken or missing one too.
     *
     * @throws InputException if the directory is none
     */
    public static List<Check> verify(NamedSet set, Path directory) throws InputException {
        requireDirectory(directory);
        List<Check> checks = new ArrayList<>();
        Map<String, String> known = known(set, directory);
        for (PublishedFile file : set.files()) {
            checks.add(check(set, directory, file, known.get(file.name())));
        }
        return checks;
    }

    /**
     * Compares what a directory holds with the published files of the set that it looks like most; of sets with equal names,
     * MNIST: a finding per file, for a broken or missing one too.
     *
     * @throws InputException if the directory is none
     */
    public static List<Check> verify(Path directory) throws InputException {
        requireDirectory(directory);
        int least = NamedSet.ALL.stream().mapToInt(set -> missing(directory, set).size()).min().orElseThrow();
        List<List<Check>> checks = new ArrayList<>();
        for (NamedSet set : NamedSet.ALL) {
            if (missing(directory, set).size() == least && (checks.isEmpty() || wrong(checks.getLast()) > 0)) {
                checks.add(verify(set, directory));
            }
        }
        return checks.stream().min(Comparator.comparingLong(SetFiles::wrong)).orElseThrow();
    }

    private static long wrong(List<Check> checks) {
        return checks.stream().filter(check -> !check.published()).count();
    }

    /**
     * The places where a set is looked for, in this order: {@code data/NAME} in the working directory,
     * {@code $LANEWISE_DATA/NAME} if that is set, and the user's cache, to which downloads go.
     *
     * @param name of the set, {@code mnist} say
     * @throws InputException if {@code LANEWISE_DATA} is not a path
     */
    public static List<Path> places(String name) throws InputException {
        return places(name, System.getenv(), System.getProperties());
    }

    static List<Path> places(String name, Map<String, String> environment, Properties system) throws InputException {
        List<Path> places = new ArrayList<>();
        places.add(Path.of(system.getProperty("user.dir"), "data", name));
        chosen(name, environment).ifPresent(places::add);
        places.add(cache(environment, system).resolve(name));
        return List.copyOf(places);
    }

    /**
     * The first of the places that holds all files of a set; one that holds only some is passed over, except that of
     * {@code $LANEWISE_DATA}: somebody chose it, so going on elsewhere in silence would surprise.
     *
     * @throws InputException if that comes first and holds only some of the files
     */
    public static Optional<Path> find(NamedSet set) throws InputException {
        return find(set, System.getenv(), System.getProperties());
    }

    static Optional<Path> find(NamedSet set, Map<String, String> environment, Properties system)
            throws InputException {
        Optional<Path> chosen = chosen(set.name(), environment);
        for (Path place : places(set.name(), environment, system)) {
            List<String> missing = missing(place, set);
            if (missing.isEmpty()) {
                return Optional.of(place);
            }
            if (missing.size() < set.files().size() && chosen.equals(Optional.of(place))) {
                throw new InputException(incomplete(place, set, missing));
            }
        }
        return Optional.empty();
    }

    /** The file of a directory that holds what {@code stem} names; gzip first, so that a download counts. */
    static Optional<Path> locate(Path directory, String stem) {
        String dotted = stem.replace("-idx", ".idx");
        for (String variant : List.of(stem + ".gz", stem, dotted + ".gz", dotted)) {
            Path file = directory.resolve(variant);
            if (Files.isRegularFile(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    /** The directory of a file. */
    static Path directory(Path file) {
        return file.toAbsolutePath().resolveSibling("");
    }

    /** A name as {@link #locate} takes it. */
    static String stem(String name) {
        return (name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name).replace(".idx", "-idx");
    }

    private static List<String> missing(Path directory, NamedSet set) {
        return set.files().stream().map(PublishedFile::name).filter(name -> locate(directory, name).isEmpty()).toList();
    }

    private static String incomplete(Path directory, NamedSet set, List<String> missing) {
        List<String> present = new ArrayList<>(set.files().stream().map(PublishedFile::name).toList());
        present.removeAll(missing);
        return "%s holds %snot %s; copy what is missing there, with or without .gz".formatted(directory,
                present.isEmpty() ? "" : String.join(" and ", present) + " but ", String.join(" and ", missing));
    }

    private static void requireDirectory(Path directory) throws InputException {
        if (!Files.isDirectory(directory)) {
            throw new InputException(Files.exists(directory)
                    ? "%s is not a directory; name the directory that holds the four files".formatted(directory)
                    : "%s does not exist; check the path".formatted(directory));
        }
    }

    private static Check check(NamedSet set, Path directory, PublishedFile file, @Nullable String known) {
        String name = file.name();
        Optional<Path> there = locate(directory, name);
        if (there.isEmpty()) {
            return new Check(name, false, "is missing from " + directory);
        }
        try {
            Path path = there.get();
            String sha256 = IdxReader.read(path, name.contains("images")).source().sha256();
            String right = known == null ? file.md5() : known;
            if (right == null) {
                return new Check(name, false,
                        ("%s cannot be compared, for only %s, which it comes from, has a published "
                                + "digest; run 'lanewise data fetch %s'")
                                .formatted(path,
                                        Objects.requireNonNull(set.archive(),
                                                "what has no digest comes from an archive").name(),
                                        set.name()));
            }
            String digest = known == null ? md5(path) : sha256;
            return digest.equals(right)
                    ? new Check(name, true, path + " is the published file")
                    : new Check(name, false, "%s is not the published file: %s %s instead of %s"
                            .formatted(path, known == null ? "MD5" : "SHA-256", digest, right));
        } catch (InputException e) {
            return new Check(name, false, e.getMessage());
        }
    }

    private static Optional<Path> chosen(String name, Map<String, String> environment) throws InputException {
        String root = environment.getOrDefault("LANEWISE_DATA", "");
        try {
            return root.isEmpty() ? Optional.empty() : Optional.of(Path.of(root, name));
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
    private static Path absolute(@Nullable String value, Path otherwise) {
        try {
            return value == null || value.isEmpty() || !Path.of(value).isAbsolute() ? otherwise : Path.of(value);
        } catch (InvalidPathException _) {
            return otherwise;
        }
    }
}
