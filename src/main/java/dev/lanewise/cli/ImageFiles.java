package dev.lanewise.cli;

import dev.lanewise.data.IdxReader;
import dev.lanewise.data.ImageReader;
import dev.lanewise.data.InputException;
import dev.lanewise.export.Formats;
import dev.lanewise.run.files.RunDirectory;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** The files that words on the command line name: files, directories of images, patterns that no shell has expanded. */
final class ImageFiles {
    static final Path STANDARD_INPUT = Path.of("-");
    private static final int START = 512; // bytes that tell what standard input is

    private ImageFiles() {
    }

    /** Refuses words that cannot be names of files in this locale. */
    static void requireNames(List<String> words) throws InputException {
        for (String word : words) {
            try {
                if (!isPattern(word) && Path.of(word).toString().isEmpty()) {
                    throw new InputException("'' is no file; name one");
                }
            } catch (InvalidPathException e) {
                throw new InputException(InputException.reason(e), e);
            }
        }
    }

    /** Whether a word names a run or a model, and not images; an archive of NumPy's is taken for images. */
    static boolean isRun(String word) {
        return !isPattern(word) && (!word.endsWith(".npz") && Formats.isModel(Path.of(word))
                || new RunDirectory(Path.of(word)).isPresent());
    }

    /**
     * All files, in the order of the words; those of a directory or pattern sorted.
     *
     * @param recursive whether directories below are looked into
     * @throws InputException for a word that names nothing
     */
    static List<Path> named(List<String> words, boolean recursive) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String word : words) {
            if (word.equals("-")) {
                files.add(STANDARD_INPUT);
            } else if (isPattern(word)) {
                files.addAll(matching(word));
            } else {
                Path file = Path.of(word);
                if (Files.isDirectory(file)) {
                    files.addAll(within(file, recursive));
                } else if (Files.exists(file)) {
                    files.add(file);
                } else {
                    throw new InputException("%s: there is no such file; check the path".formatted(word));
                }
            }
        }
        return files;
    }

    /** Standard input as a file, to be deleted, whose name tells a table or an archive as its own would. */
    static Path keepInput() throws IOException {
        BufferedInputStream in = new BufferedInputStream(System.in);
        in.mark(START);
        String start = new String(in.readNBytes(START), StandardCharsets.ISO_8859_1);
        in.reset();
        Path file = Files.createTempFile("lanewise", start.startsWith("PK")
                ? ".npz"
                : start.matches("(?s)\\x1f\\x8b.*|[\\t\\r\\n\\x20-\\xff]*") ? ".csv" : ""); // gzip, or text
        Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        return file;
    }

    /** Windows has no path with an asterisk; elsewhere a file may really be called so. */
    private static boolean isPattern(String word) {
        if (!word.matches(".*[*?\\[{].*")) {
            return false;
        }
        try {
            return !Files.exists(Path.of(word));
        } catch (InvalidPathException _) {
            return true;
        }
    }

    private static List<Path> matching(String pattern) throws IOException {
        int name = Math.max(pattern.lastIndexOf('/'), pattern.lastIndexOf(FileSystems.getDefault().getSeparator())) + 1;
        Path directory = Path.of(pattern.substring(0, name));
        List<Path> found;
        try (Stream<Path> files = Files.list(name == 0 ? Path.of(".") : directory)) {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern.substring(name));
            found = files.map(Path::getFileName).filter(matcher::matches).map(directory::resolve)
                    .filter(Files::isRegularFile).sorted().toList();
        } catch (PatternSyntaxException | IOException e) {
            throw new InputException("%s: no file has such a name; check the path".formatted(pattern), e);
        }
        if (found.isEmpty()) {
            throw new InputException("%s: no file has such a name; check the path".formatted(pattern));
        }
        return found;
    }

    /** Images, told by their content; what is none is passed over, and what cannot be read is not, so that it is told. */
    private static List<Path> within(Path directory, boolean recursive) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory, recursive ? Integer.MAX_VALUE : 1)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                if (!Files.isReadable(file) || ImageReader.isImage(file) || IdxReader.isIdx(file)) {
                    found.add(file);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (found.isEmpty()) {
            throw new InputException("%s: there are no images in this directory; %s".formatted(directory,
                    recursive ? "name another one" : "name another one, or look below it with --recursive"));
        }
        return found;
    }
}
