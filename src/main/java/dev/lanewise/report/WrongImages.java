package dev.lanewise.report;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.InputException;
import dev.lanewise.data.PngWriter;
import dev.lanewise.run.files.Destination;
import dev.lanewise.run.files.WholeFile;
import dev.lanewise.train.Predictions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The images that networks predict wrong, as PNG files of their own size, with a table, {@code wrong.csv}. */
public final class WrongImages {
    private static final int MOST_OF_A_NAME = 40; // characters of a class in the name of a file

    private WrongImages() {
    }

    /**
     * Checks that they may be written there, which is worth doing before the work.
     *
     * @throws InputException if something is there already
     */
    public static void requireFree(Path directory) throws IOException {
        Destination.require("--wrong", directory);
        try {
            Destination.requireFree(directory, _ -> false, "; name another one");
        } catch (InputException e) {
            throw e.about("wrong");
        }
    }

    /**
     * Writes them, the most confident mistake first in the table.
     *
     * @param images that the predictions are of, in their order
     * @param classes names, by label
     * @return how many there are
     */
    public static int write(Path directory, Predictions predictions, Dataset images, List<String> classes)
            throws IOException {
        List<List<String>> rows = new ArrayList<>();
        boolean made = !Files.exists(directory, LinkOption.NOFOLLOW_LINKS);
        try {
            Files.createDirectories(directory);
            for (int image : predictions.mistakes()) {
                int label = predictions.labels()[image];
                int predicted = predictions.predicted()[image];
                String file = "%s-as-%s_%s.png".formatted(plain(classes.get(label)), plain(classes.get(predicted)),
                        image);
                rows.add(List.of(file, String.valueOf(image), classes.get(label), classes.get(predicted),
                        String.valueOf(predictions.confidence(image)),
                        String.valueOf(predictions.probability(image, label))));
                Files.write(directory.resolve(file), PngWriter.png(images.shape(), images.pixels(image)));
            }
            List<String> header = List.of("file", "image", "class", "predicted", "confidence",
                    "probability_of_the_class");
            byte[] csv = new TextTable(header, Collections.nCopies(header.size(), false), rows).csv()
                    .getBytes(StandardCharsets.UTF_8);
            WholeFile.replace(directory.resolve("wrong.csv"), partial -> Files.write(partial, csv));
        } catch (IOException e) {
            remove(directory, rows, made);
            throw new InputException(
                    "--wrong %s cannot be written to (%s); nothing is left there; name another directory".formatted(
                            directory,
                            InputException.reason(e)),
                    e);
        }
        return rows.size();
    }

    /** Half of the images look like all of them: what was written goes away again, as far as that can be. */
    private static void remove(Path directory, List<List<String>> rows, boolean made) {
        try {
            for (List<String> row : rows) {
                Files.deleteIfExists(directory.resolve(row.getFirst()));
            }
            if (made) {
                Files.deleteIfExists(directory);
            }
        } catch (IOException _) {
            // the first failure is what is told
        }
    }

    /** A class's name without what file systems do not take. */
    private static String plain(String name) {
        String plain = name.replaceAll("[^\\p{L}\\p{M}\\p{Nd}]+", "-");
        return plain.substring(0, plain.offsetByCodePoints(0,
                Math.min(MOST_OF_A_NAME, plain.codePointCount(0, plain.length()))));
    }
}
