package dev.lanewise.report;

import dev.lanewise.data.InputException;
import dev.lanewise.data.PngWriter;
import dev.lanewise.kernel.Shape;
import dev.lanewise.run.files.Destination;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.stream.Stream;

/** Drawings as PNG files in a folder for each class, as {@code train --data} takes them. */
final class DrawingFolder {
    /** What no file's name can hold on one system or another. */
    private static final String NO_LETTERS = "[/\\\\:*?\"<>|\\p{Cntrl}]|^\\.";

    private final Path place;
    private final Shape shape;

    /** For images of that shape; nothing is made before the first one. */
    DrawingFolder(Path place, Shape shape) throws IOException {
        if (place.toString().isEmpty()) {
            throw new InputException("--collect: the name of the directory is empty");
        }
        Destination.require("--collect", place);
        try {
            Destination.requireFree(place, DrawingFolder::isOfImages,
                    ", and not of folders with images alone; name another one");
        } catch (InputException e) {
            throw e.about("collect");
        }
        this.place = place;
        this.shape = shape;
    }

    /** A class's folder, or what file systems keep beside it. */
    private static boolean isOfImages(Path there) {
        if (!Files.isDirectory(there)) {
            return isHidden(there);
        }
        try (Stream<Path> images = Files.list(there)) {
            return images.allMatch(file -> isHidden(file) || isImage(file));
        } catch (IOException _) {
            return false;
        }
    }

    private static boolean isImage(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).matches(".*\\.(png|jpe?g|gif|bmp)");
    }

    private static boolean isHidden(Path file) {
        return String.valueOf(file.getFileName()).startsWith(".");
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
