package dev.lanewise.run.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that are replaced as a whole. */
public final class WholeFile {
    /** Writes a file's content. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything to this file. */
        void writeTo(Path file) throws IOException;
    }

    private WholeFile() {
    }

    /** Writes the content under another name and moves it into place, so that a failure leaves what was there. */
    public static void replace(Path file, Content content) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try {
            content.writeTo(partial);
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }
}
