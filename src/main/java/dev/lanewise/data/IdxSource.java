package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** IDX files in a directory, whose names say which holds what: images or labels, to train on or to test on. */
final class IdxSource implements Source {
    /** What a set's files hold, in the order in which they stand everywhere. */
    private static final List<String> ROLES = List.of("training images", "training labels", "test images",
            "test labels");
    private static final List<String> EXAMPLES = List.of("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
    private static final NamedSet.Layout PLAIN = new NamedSet.Layout(false, 0, 1);

    /** What was read, and the set by name that it is; null for one of somebody's own. */
    record Read(@Nullable NamedSet set, Stored stored) {
    }

    @Override
    public String description() {
        return "four IDX files such as train-images-idx3-ubyte, with or without .gz";
    }

    @Override
    public boolean recognises(Path place) throws IOException {
        return Files.isDirectory(place) && candidates(place).stream().anyMatch(files -> !files.isEmpty());
    }

    @Override
    public Stored read(Path place, @Nullable Shape size, Progress progress) throws IOException {
        List<Path> files = new ArrayList<>();
        List<String> present = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        List<List<Path>> candidates = candidates(place);
        for (int role = 0; role < ROLES.size(); role++) {
            List<Path> found = candidates.get(role);
            if (found.isEmpty()) {
                missing.add("%s (%s, say)".formatted(ROLES.get(role), EXAMPLES.get(role)));
                continue;
            }
            if (found.size() > 1) {
                throw new InputException(
                        "%s has more than one file of %s, %s and %s; move one away, or name the files one by one"
                                .formatted(place, ROLES.get(role), found.get(0).getFileName(),
                                        found.get(1).getFileName()))
                        .about("train_images");
            }
            files.add(found.getFirst());
            present.add(found.getFirst().getFileName().toString());
        }
        boolean withoutTest = candidates.get(2).isEmpty() && candidates.get(3).isEmpty();
        if (!missing.isEmpty() && !(withoutTest && files.size() == 2)) {
            throw new InputException("%s holds %s but no %s; copy what is missing there, with or without .gz"
                    .formatted(place, String.join(" and ", present), String.join(" and no ", missing)));
        }
        return read(files).stored();
    }

    @Override
    public Optional<Images> images(Path file, int features) throws IOException {
        return IdxReader.isIdx(file) ? Optional.of(IdxReader.images(file)) : Optional.empty();
    }

    /**
     * Files for each role, of which there should be one. Of one name, gzip comes before raw, so that a download counts, and
     * a dash before a dot ahead of {@code idx}.
     */
    private static List<List<Path>> candidates(Path directory) throws IOException {
        List<List<Path>> candidates = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(),
                new ArrayList<>());
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.filter(Files::isRegularFile).forEach(file -> names.add(file.getFileName().toString()));
        }
        Collections.sort(names);
        List<String> stems = new ArrayList<>();
        for (String name : names) {
            int role = role(name.toLowerCase(Locale.ROOT));
            String stem = SetFiles.stem(name);
            if (role >= 0 && !stems.contains(stem)) {
                Path file = SetFiles.locate(directory, stem).orElse(directory.resolve(name));
                if (name.contains("idx") || IdxReader.startsAsIdx(file)) {
                    stems.add(stem);
                    candidates.get(role).add(file);
                }
            }
        }
        return candidates;
    }

    /** Which of {@link #ROLES} a name tells of, the last words in it counting; -1 for none. */
    private static int role(String name) {
        int train = name.lastIndexOf("train");
        int test = Math.max(name.lastIndexOf("test"), name.lastIndexOf("t10k"));
        boolean labels = name.contains("labels");
        if (train == test || !labels && !name.contains("images") || name.endsWith(SetDownload.PART)) {
            return -1;
        }
        return (train > test ? 0 : 2) + (labels ? 1 : 0);
    }

    /**
     * Reads images and labels to train on and, where there are four files, to test on. If they are those of a set by name,
     * they are read as that set wants it.
     */
    static Read read(List<Path> files) throws IOException {
        return read(files, new PreparedCache());
    }

    static Read read(List<Path> files, PreparedCache cache) throws IOException {
        Stored stored = cache.read(files, kept -> {
            NamedSet set = set(files, kept.files()); // it may not have been known as that, or no longer is
            return Objects.equals(kept.classes(), set == null ? null : set.classes());
        }, () -> readFiles(files));
        return new Read(set(files, stored.files()), stored);
    }

    private static @Nullable NamedSet set(List<Path> files, List<DatasetPair.SourceFile> sources)
            throws InputException {
        return SetFiles.of(SetFiles.directory(files.getFirst()), sources);
    }

    private static Stored readFiles(List<Path> files) throws IOException {
        List<IdxReader.Content> contents = new ArrayList<>();
        try (ExecutorService readers = Executors.newFixedThreadPool(files.size())) {
            List<Future<IdxReader.Content>> futures = new ArrayList<>();
            for (int i = 0; i < files.size(); i++) {
                Path file = files.get(i);
                boolean images = i % 2 == 0;
                futures.add(readers.submit(() -> IdxReader.read(file, images)));
            }
            for (Future<IdxReader.Content> future : futures) {
                contents.add(result(future));
            }
        }
        List<DatasetPair.SourceFile> sources = contents.stream().map(IdxReader.Content::source).toList();
        NamedSet set = set(files, sources);
        NamedSet.Layout layout = set == null ? PLAIN : set.layout();
        Part train = part(files, contents, 0, layout);
        return new Stored(train, files.size() > 2 ? part(files, contents, 2, layout) : null,
                set == null ? null : set.classes(), set != null
                        ? set.prepared()
                        : Preparation.of(train),
                sources, IdxReader.note(contents.getFirst()));
    }

    private static Part part(List<Path> files, List<IdxReader.Content> contents, int first, NamedSet.Layout layout)
            throws InputException {
        Path imageFile = files.get(first);
        Path labelFile = files.get(first + 1);
        Images images = IdxReader.images(imageFile, contents.get(first));
        IdxReader.Labels labels = IdxReader.labels(labelFile, contents.get(first + 1), layout.labelColumns(),
                layout.firstLabel());
        if (images.count() != labels.values().length) {
            throw new InputException("%s has %d images but %s has %d labels; use files that belong together"
                    .formatted(imageFile, images.count(), labelFile.getFileName(), labels.values().length));
        }
        if (layout.transposed()) {
            transpose(images.pixels(), images.shape().height());
        }
        return new Part(imageFile, images.shape(), images.pixels(), labels.values());
    }

    /** Swaps rows and columns of square images of one channel, in place. */
    private static void transpose(byte[] pixels, int side) {
        for (int image = 0; image < pixels.length; image += side * side) {
            for (int row = 1; row < side; row++) {
                for (int column = 0; column < row; column++) {
                    int below = image + row * side + column;
                    int above = image + column * side + row;
                    byte pixel = pixels[below];
                    pixels[below] = pixels[above];
                    pixels[above] = pixel;
                }
            }
        }
    }

    private static <T> T result(Future<T> future) throws IOException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while reading data");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
