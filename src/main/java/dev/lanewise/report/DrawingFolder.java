package dev.lanewise.report;

import dev.lanewise.data.InputException;
import dev.lanewise.data.PngWriter;
import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Drawings as PNG files in a folder for each class, as {@code train --data} takes them. */
final class DrawingFolder {
    /** What no file's name can hold on one system or another. */
    private static final String NO_LETTERS = "[/\\\\:*?\"<>|\\p{Cntrl}]|^\\.";

    private final Path place;
    private final Shape shape;

    /** For images of that shape; nothing is made before the first one. */
    DrawingFolder(Path place, Shape shape) throws InputException {
        if (place.toString().isEmpty()) {
            throw new InputException("--collect: the name of the directory is empty");
        }
        if (Files.exists(place) && !Files.isDirectory(place)) {
            throw new InputException("--collect %s: this is a file; name a directory".formatted(place));
        }
        Path present = place.toAbsolutePath();
        while (!Files.exists(present) && present.getParent() != null) {
            present = present.getParent();
        }
        if (!Files.isWritable(present)) {
            throw new InputException("--collect %s: nothing can be written to %s; name another directory".formatted(
                    place, present));
        }
        this.place = place;
        this.shape = shape;
    }

    /**
     * Writes an image under the first number that is free.
     *
     * @throws InputException if that cannot be
     */
    Path save(String className, byte[] pixels) throws IOException {
        byte[] png = PngWriter.png(shape, pixels);
        try {
            Path folder = Files.createDirectories(place.resolve(className.replaceAll(NO_LETTERS, "-")));
            for (int number = 1;; number++) {
                Path file = folder.resolve(number + ".png");
                try {
                    return Files.write(file, png, StandardOpenOption.CREATE_NEW); // of two servers one gets the name
                } catch (FileAlreadyExistsException _) {
                    // the next
                }
            }
        } catch (InvalidPathException e) {
            throw new InputException(InputException.reason(e), e);
        } catch (IOException e) {
            throw new InputException("%s: the drawing cannot be saved (%s); name another directory with --collect"
                    .formatted(place, InputException.reason(e)), e);
        }
    }
}
