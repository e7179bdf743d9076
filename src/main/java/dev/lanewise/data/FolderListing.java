package dev.lanewise.data;

import dev.lanewise.kernel.core.Digits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What lies in a folder of images, seen without opening a file: {@code train/CLASS/*} with or without {@code test/CLASS/*}, or
 * {@code CLASS/*} alone.
 */
final class FolderListing {
    private static final List<String> TRAIN = List.of("train", "training");
    private static final List<String> TEST = List.of("test", "testing");
    /** What file managers and archivers leave; what begins with a dot is passed over too. */
    private static final List<String> LITTER = List.of("thumbs.db", "desktop.ini", "__macosx");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    /** So many files of a class are looked at before it is said to have no images. */
    private static final int LOOK_AT = 16;

    private final List<String> classes;
    private final Part train;
    private final @Nullable Part test;
    private final byte[] bytes;
    private final long newest;

    FolderListing(List<String> classes, Part train, @Nullable Part test, byte[] bytes, long newest) {
        this.classes = classes;
        this.train = train;
        this.test = test;
        this.bytes = bytes;
        this.newest = newest;
    }

    /** The folders' names, in the order of their labels. */
    List<String> classes() {
        return classes;
    }

    /** Images to train on, or all there are. */
    Part train() {
        return train;
    }

    /** Images to test on; null where there is no folder for them. */
    @Nullable
    Part test() {
        return test;
    }

    /** {@link FileStates} of all files, behind the names of their folders. */
    byte[] bytes() {
        return bytes;
    }

    /** The latest change of a file, nanoseconds since 1970. */
    long newest() {
        return newest;
    }

    /** Files of one part. */
    record Part(Path place, List<ClassFolder> folders) {
        /** All files, by name over all classes and then by class: names that are numbered through come in their order. */
        List<ImageFile> files() {
            List<ImageFile> files = new ArrayList<>();
            for (ClassFolder folder : folders) {
                folder.names().forEach(name -> files.add(new ImageFile(folder, name)));
            }
            files.sort(Comparator.comparing(ImageFile::name, FolderListing::compare)
                    .thenComparingInt(file -> file.folder().label()));
            return files;
        }
    }

    /** A file and where it lies. */
    record ImageFile(ClassFolder folder, String name) {
        Path path() {
            return folder.path().resolve(name);
        }
    }

    /** The files of a class, in the directory's order. */
    static final class ClassFolder {
        private final Path path;
        private final int label;
        private final List<String> names;
        private final byte[] bytes;
        private final long newest;

        ClassFolder(Path path, int label, List<String> names, byte[] bytes, long newest) {
            this.path = path;
            this.label = label;
            this.names = names;
            this.bytes = bytes;
            this.newest = newest;
        }

        /** The folder. */
        Path path() {
            return path;
        }

        /** The number of the class. */
        int label() {
            return label;
        }

        /** The files, in the order of the directory. */
        List<String> names() {
            return names;
        }

        /** {@link FileStates} of the files. */
        byte[] bytes() {
            return bytes;
        }

        /** The latest change of one, nanoseconds since 1970. */
        long newest() {
            return newest;
        }

        static ClassFolder of(Path path, int label) throws IOException {
            List<String> names = new ArrayList<>();
            FileStates states = new FileStates();
            forEachChild(path, (file, name) -> {
                if (!states.add(name, file)) {
                    throw new InputException("%s is no file, and the folder of a class holds files alone; move it"
                            .formatted(file));
                }
                names.add(name);
                return true;
            });
            if (names.isEmpty()) {
                throw new InputException("%s holds no images; put some there or remove it".formatted(path));
            }
            return new ClassFolder(path, label, names, states.bytes(), states.newest());
        }
    }

    /** Whether there is an image in a folder here, or here itself, where {@link #of} says that it is out of place. */
    static boolean isOne(Path place) throws IOException {
        if (!Files.isDirectory(place)) {
            return false;
        }
        Path train = Objects.requireNonNullElse(part(place, TRAIN), place);
        for (Path folder : folders(train)) {
            if (image(folder) != null) {
                return true;
            }
        }
        return image(train) != null;
    }

    /** The name of an image among the first files of a folder; null: none. */
    private static @Nullable String image(Path folder) throws IOException {
        int[] seen = {0};
        @Nullable
        String[] found = {null};
        forEachChild(folder, (file, name) -> {
            if (Files.isRegularFile(file) && Files.isReadable(file) && ImageReader.isImage(file)) {
                found[0] = name;
            }
            return found[0] == null && ++seen[0] < LOOK_AT;
        });
        return found[0];
    }

    /**
     * Lists a folder.
     *
     * @throws InputException if its classes are none, too many or do not fit together, or one is empty
     */
    static FolderListing of(Path place) throws IOException {
        Path train = Objects.requireNonNullElse(part(place, TRAIN), place);
        Path test = train.equals(place) ? null : part(place, TEST);
        List<Path> trainFolders = folders(train);
        List<String> classes = names(trainFolders);
        if (classes.size() < 2 || classes.size() > Dataset.MAX_CLASSES) {
            throw new InputException(
                    "%s has folders for %d %s, not 2 to %d; put images into a folder for each class, %s say"
                            .formatted(train, classes.size(), classes.size() == 1 ? "class" : "classes",
                                    Dataset.MAX_CLASSES,
                                    train.resolve("CLASS").resolve(Objects.requireNonNullElse(image(train), "1.png"))));
        }
        List<Path> folders = new ArrayList<>(trainFolders);
        if (test != null) {
            List<Path> testFolders = folders(test);
            for (Path folder : testFolders) {
                if (!classes.contains(folder.getFileName().toString())) {
                    throw new InputException("%s is a class that %s does not have; rename or remove it"
                            .formatted(folder, train));
                }
            }
            if (testFolders.isEmpty()) {
                throw new InputException("%s holds no classes; make a folder for each class there or remove it"
                        .formatted(test));
            }
            folders.addAll(testFolders);
        }
        ClassFolder[] listed = new ClassFolder[folders.size()];
        Parallel.run(listed.length, i -> listed[i] = ClassFolder.of(folders.get(i),
                classes.indexOf(folders.get(i).getFileName().toString())));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (ClassFolder folder : listed) {
            bytes.writeBytes((folder.path().getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
            bytes.writeBytes(folder.bytes());
        }
        List<ClassFolder> all = Arrays.asList(listed);
        return new FolderListing(classes, new Part(train, all.subList(0, classes.size())),
                test == null ? null : new Part(test, all.subList(classes.size(), listed.length)), bytes.toByteArray(),
                all.stream().mapToLong(ClassFolder::newest).max().orElseThrow());
    }

    /** The folder of a part, where there is one that holds folders: a class may have its name. */
    private static @Nullable Path part(Path place, List<String> names) throws InputException {
        for (String name : names) {
            Path part = place.resolve(name);
            if (Files.isDirectory(part) && !folders(part).isEmpty()) {
                return part;
            }
        }
        return null;
    }

    /** The folders in a folder: by number where all are numbers, else by name. */
    private static List<Path> folders(Path place) throws InputException {
        List<Path> folders = new ArrayList<>();
        forEachChild(place, (child, _) -> !Files.isDirectory(child) || folders.add(child));
        Comparator<String> order = FolderListing::compare;
        if (names(folders).stream().allMatch(name -> NUMBER.matcher(name).matches())) {
            order = Comparator.<String>comparingLong(Digits::parseLong).thenComparing(order);
        }
        folders.sort(Comparator.comparing(folder -> folder.getFileName().toString(), order));
        return folders;
    }

    private static List<String> names(List<Path> paths) {
        return paths.stream().map(path -> path.getFileName().toString()).toList();
    }

    /** Looks at one thing in a directory; false: no more of them. */
    private interface Look {
        boolean at(Path child, String name) throws IOException;
    }

    private static void forEachChild(Path directory, Look look) throws InputException {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path child : stream) {
                String name = child.getFileName().toString();
                if (!name.startsWith(".") && !LITTER.contains(name.toLowerCase(Locale.ROOT))
                        && !look.at(child, name)) {
                    return;
                }
            }
        } catch (InputException e) {
            throw e;
        } catch (IOException | DirectoryIteratorException e) {
            IOException failure = e instanceof DirectoryIteratorException wrapper
                    ? Objects.requireNonNull(wrapper.getCause(), "it wraps one")
                    : (IOException) e;
            String what = failure instanceof FileSystemException inside ? inside.getFile() : directory.toString();
            throw new InputException(
                    "%s cannot be read (%s); check its permissions".formatted(what, InputException.reason(failure)), e);
        }
    }

    /** Names by code points: the same order everywhere. */
    static int compare(String a, String b) {
        int at = 0;
        int end = Math.min(a.length(), b.length());
        while (at < end && a.charAt(at) == b.charAt(at)) {
            at++;
        }
        return at == end ? a.length() - b.length() : rank(a.charAt(at)) - rank(b.charAt(at));
    }

    /** Surrogates stand for code points beyond all other characters. */
    private static int rank(char c) {
        return Character.isSurrogate(c) ? c + Character.MAX_VALUE : c;
    }
}
