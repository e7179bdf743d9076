package dev.lanewise.cli;

import dev.lanewise.data.InputException;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.run.files.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** A file that a user names for a command to write. */
final class OutputFile {
    private OutputFile() {
    }

    /**
     * Refuses names by which something else would be lost: those of a run's own files, and other endings than these.
     *
     * @param endings {@code .html}; none: any
     */
    static void check(Path file, String... endings) throws InputException {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (new RunDirectory(file.toAbsolutePath().resolveSibling("")).owns(file)) {
            throw new InputException("%s is a run's own file; name another one".formatted(file));
        }
        if (endings.length > 0 && Arrays.stream(endings).noneMatch(name::endsWith) && isPlain(file)) {
            throw new InputException("%s: what is written here ends with %s; name such a file".formatted(file,
                    String.join(" or ", endings)));
        }
    }

    private static boolean isPlain(Path file) {
        return !Files.exists(file) || Files.isRegularFile(file);
    }

    /** Writes what {@code -o} names as a whole; a failure leaves what was there. */
    static void write(Path file, WholeFile.Content content) throws IOException {
        try {
            WholeFile.replace(file, content);
        } catch (IOException e) {
            throw WholeFile.unwritable(file, " with -o", e);
        }
    }
}
