package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A CSV table of images, or a directory with one to train on and perhaps one to test on. */
final class CsvSource implements Source {
    @Override
    public String description() {
        return "a CSV table such as train.csv, label first, or a directory with train.csv and test.csv";
    }

    @Override
    public boolean recognises(Path place) throws IOException {
        return Files.isDirectory(place) ? !tables(place, "train").isEmpty() : CsvReader.isCsv(place);
    }

    /** The tables of a directory that have this word in their names. */
    private static List<Path> tables(Path directory, String word) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> CsvReader.isCsv(file) && Files.isRegularFile(file)
                    && file.getFileName().toString().toLowerCase(Locale.ROOT).contains(word)).sorted().toList();
        }
    }

    @Override
    public Stored read(Path place, @Nullable Shape size, Progress progress) throws IOException {
        boolean isDirectory = Files.isDirectory(place);
        Path trainFile = Objects.requireNonNullElse(isDirectory ? only(place, "train") : null, place);
        Path testFile = isDirectory ? only(place, "test") : null;
        return new PreparedCache().read(testFile == null ? List.of(trainFile) : List.of(trainFile, testFile),
                () -> read(trainFile, testFile));
    }

    /** Reads a table to train on and one to test on; null: there is none. */
    private static Stored read(Path trainFile, @Nullable Path testFile) throws IOException {
        CompletableFuture<CsvReader.@Nullable Rows> reading = testFile == null
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.supplyAsync(() -> {
                    try {
                        return CsvReader.read(testFile, 0, PixelTable.INK);
                    } catch (InputException e) {
                        throw new CompletionException(e);
                    }
                });
        CsvReader.Rows train = CsvReader.read(trainFile, 0, PixelTable.INK);
        CsvReader.Rows test = result(reading);

        PixelTable values = new PixelTable();
        values.add(train.values());
        if (test != null) {
            values.add(test.values());
        }
        List<String> classes = TextLabels.classes(train.labels(), test == null ? null : test.labels());
        Part trainPart = part(train, classes, values.fullInk());
        List<DatasetPair.SourceFile> sources = new ArrayList<>(List.of(train.source()));
        if (test != null) {
            sources.add(test.source());
        }
        return new Stored(trainPart, test == null ? null : part(test, classes, values.fullInk()), classes,
                Preparation.of(trainPart), sources, values.note());
    }

    @Override
    public Optional<Images> images(Path file, int features) throws IOException {
        return CsvReader.isCsv(file) ? Optional.of(CsvReader.images(file, features)) : Optional.empty();
    }

    /** The only table with that word; null if there is none. */
    private static @Nullable Path only(Path directory, String word) throws IOException {
        List<Path> tables = tables(directory, word);
        if (tables.size() > 1) {
            throw new InputException("%s holds %s and %s; name one file, or keep one of them there".formatted(directory,
                    tables.get(0).getFileName(), tables.get(1).getFileName()));
        }
        return tables.isEmpty() ? null : tables.getFirst();
    }

    private static CsvReader.@Nullable Rows result(CompletableFuture<CsvReader.@Nullable Rows> reading)
            throws IOException {
        try {
            return reading.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private static Part part(CsvReader.Rows rows, @Nullable List<String> classes, int fullInk) throws InputException {
        return new Part(rows.file(), PixelTable.shape(rows.features()), rows.scaled(fullInk).pixels(),
                rows.labels().among(classes));
    }
}
