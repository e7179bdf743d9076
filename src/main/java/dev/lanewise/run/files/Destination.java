package dev.lanewise.report;

import dev.lanewise.data.InputException;
import java.nio.file.Files;
import java.nio.file.Path;

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
}
