package dev.lanewise.run.files;

import dev.lanewise.data.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A directory that something will be written to, checked before the work. */
public final class Destination {
    private Destination() {
    }

    /**
     * Requires a directory that can be written to, or one that can be made; makes nothing.
     *
     * @param option that names it
     * @throws InputException if it is a file, or lies where nothing can be written
     */
    public static void require(String option, Path directory) throws InputException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new InputException("%s %s: this is a file; name a directory".formatted(option, directory));
        }
        Path present = directory.toAbsolutePath();
        while (!Files.exists(present) && present.getParent() != null) {
            present = present.getParent();
        }
        if (!Files.isDirectory(present) || !Files.isWritable(present)) {
            throw new InputException("%s %s: nothing can be written to %s; name another directory".formatted(option,
                    directory, present));
        }
    }

    /**
     * Requires that nothing is there but what is of the same kind: files of others would lie among what is written, and be taken
     * for it or lost with it.
     *
     * @param isOwn whether something in the directory is no obstacle
     * @param remedy what to do, as the second half of a sentence
     * @throws InputException if there is something else, or a file of that name
     */
    public static void requireFree(Path directory, Predicate<Path> isOwn, String remedy) throws IOException {
        if (Files.isDirectory(directory)) {
            try (Stream<Path> content = Files.list(directory)) {
                if (!content.allMatch(isOwn)) {
                    throw new InputException("%s: the directory is not empty%s".formatted(directory, remedy));
                }
            }
        } else if (Files.exists(directory)) {
            throw new InputException("%s: this is a file; name a directory".formatted(directory));
        }
    }
}
