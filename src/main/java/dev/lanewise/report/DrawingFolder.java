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
        Destination.require("--collect", place);
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
            Path folder = Files.createDirectories(place.resolve(plain(className)));
            for (int number = 1;; number++) {
                Path file = folder.resolve(number + ".png");
                try {
                    return Files.write(file, png, StandardOpenOption.CREATE_NEW); // of two servers one gets the name
                } catch (FileAlreadyExistsException _) {
                    // the next
                } catch (IOException e) { // half an image would be in the way of a training
                    Files.deleteIfExists(file);
                    throw e;
                }
            }
        } catch (InvalidPathException e) {
            throw new InputException(InputException.reason(e), e);
        } catch (IOException e) {
            throw new InputException("%s: the drawing cannot be saved (%s); name another directory with --collect"
                    .formatted(place, InputException.reason(e)), e);
        }
    }

    /** A class's name as a directory's; where letters are replaced, one that no other class has. */
    private static String plain(String className) {
        String plain = className.replaceAll(NO_LETTERS, "-");
        return plain.equals(className) ? plain : plain + "-" + Integer.toHexString(className.hashCode());
    }
}
