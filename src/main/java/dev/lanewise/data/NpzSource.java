package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** NumPy's archive of arrays with Keras' names: {@code x_train}, {@code y_train} and perhaps {@code x_test}, {@code y_test}. */
final class NpzSource implements Source {
    @Override
    public String description() {
        return "an .npz file with x_train, y_train, x_test and y_test";
    }

    @Override
    public boolean recognises(Path place) {
        return Files.isRegularFile(place) && place.toString().toLowerCase(Locale.ROOT).endsWith(".npz");
    }

    @Override
    public Stored read(Path place, @Nullable Shape size, Progress progress) throws IOException {
        return new PreparedCache().read(List.of(place),
                () -> NpzArchive.open(place, archive -> new Archive(place, archive).read()));
    }

    @Override
    public Optional<Images> images(Path file, int features) throws IOException {
        return recognises(file)
                ? Optional.of(NpzArchive.open(file, archive -> new Archive(file, archive).images(features)))
                : Optional.empty();
    }

    /** An archive that is open. */
    private static final class Archive {
        private final Path place;
        private final NpzArchive arrays;
        private final PixelTable values = new PixelTable();
        private final List<TextLabels> words = new ArrayList<>(); // of each array of labels that are words
        private final List<Integer> hotColumns = new ArrayList<>(); // of each array of one-hot labels

        Archive(Path place, NpzArchive arrays) {
            this.place = place;
            this.arrays = arrays;
        }

        Stored read() throws IOException {
            requireBoth("x_train", "y_train");
            boolean tested = arrays.has("x_test") || arrays.has("y_test");
            if (tested) {
                requireBoth("x_test", "y_test");
            }
            Part train = part("x_train", "y_train");
            Part test = tested ? part("x_test", "y_test") : null;
            scale("x_train", train);
            if (test != null) {
                scale("x_test", test);
            }
            int parts = tested ? 2 : 1;
            if (words.isEmpty()) {
                return new Stored(train, test, classes(parts), Preparation.of(train), arrays.sources(), values.note());
            }
            if (words.size() < parts) {
                throw new InputException(
                        "%s: of y_train and y_test one has words and the other numbers; save both alike"
                                .formatted(place));
            }
            List<String> classes = TextLabels.classes(words.getFirst(), test == null ? null : words.getLast());
            Part named = train.with(words.getFirst().among(classes));
            return new Stored(named, test == null ? null : test.with(words.getLast().among(classes)), classes,
                    Preparation.of(named), arrays.sources(), values.note());
        }

        /** One-hot rows say how many classes there are; null where some labels are numbers. */
        private @Nullable List<String> classes(int parts) {
            return hotColumns.size() < parts
                    ? null
                    : IntStream.range(0, Collections.max(hotColumns)).limit(Dataset.MAX_CLASSES)
                            .mapToObj(String::valueOf).toList();
        }

        /** Those of x_test, or of the only array that has images of so many pixels. */
        Images images(int features) throws IOException {
            String name = arrays.has("x_test") ? "x_test" : only(features);
            Part part = images(name);
            scale(name, part);
            return new Images(part.pixels().length / part.shape().size(), part.shape(), part.pixels(), values.note());
        }

        private String only(int features) throws IOException {
            List<String> names = new ArrayList<>();
            for (String name : arrays.names()) {
                try {
                    if (arrays.header(name, array -> array.shape().length > 1
                            && array.count() == (long) features * array.shape()[0])) {
                        names.add(name);
                    }
                } catch (InputException _) {
                    // objects, say: no images
                }
            }
            if (names.size() != 1) {
                throw new InputException("%s holds %s, and no x_test; save images of %d pixels in an array of this name"
                        .formatted(place, arrays.contents(), features));
            }
            return names.getFirst();
        }

        private void requireBoth(String x, String y) throws InputException {
            if (!arrays.has(x) || !arrays.has(y)) {
                throw new InputException("%s holds %s, and not %s and %s; save arrays of these names with numpy.savez"
                        .formatted(place, arrays.contents(), x, y));
            }
        }

        /** Without labels. */
        private Part images(String x) throws IOException {
            return arrays.array(x, array -> {
                Shape shape = shape(x, array.shape());
                values.add(array.shape());
                return new Part(place, shape, pixels(x, array, PixelTable.INK, values), new byte[0]);
            });
        }

        private Part part(String x, String y) throws IOException {
            Part images = images(x);
            byte[] labels = arrays.array(y, array -> labels(y, array));
            int count = images.pixels().length / images.shape().size();
            if (labels.length != count) {
                throw new InputException("%s: %s has %,d images and %s %,d labels; save arrays that belong together"
                        .formatted(place, x, count, y, labels.length));
            }
            return images.with(labels);
        }

        private Shape shape(String name, int[] extents) throws InputException {
            if (extents.length < 2 || extents.length > 4
                    || Arrays.stream(extents).anyMatch(extent -> extent == 0)) {
                throw new InputException(
                        "%s: %s has the shape %s; save images as [N, H, W], [N, H, W, C], [N, C, H, W] or [N, pixels]"
                                .formatted(place, name, Arrays.toString(extents)));
            }
            return extents.length == 2 ? PixelTable.shape(extents[1]) : PixelTable.shape(extents);
        }

        /** [N, H, W, C]. */
        private byte[] pixels(String name, NpyReader array, int fullInk, PixelTable table) throws IOException {
            return PixelTable.channelsLast(array.shape(), stored(name, array, fullInk, table));
        }

        private byte[] stored(String name, NpyReader array, int fullInk, PixelTable table) throws IOException {
            if (array.isBytes()) {
                byte[] bytes = array.bytes();
                int largest = 0;
                for (byte pixel : bytes) {
                    largest = Math.max(largest, pixel & 0xff);
                }
                table.add(largest);
                return bytes;
            }
            byte[] pixels = new byte[array.count()];
            int[] at = {0};
            array.read((chunk, n) -> {
                for (int i = 0; i < n; i++) {
                    double value = chunk[i];
                    if (!(value >= 0 && value <= PixelTable.INK)) {
                        throw new InputException("%s: %s has a pixel of %s; save numbers from 0 to 255, or from 0 to 1"
                                .formatted(place, name, value));
                    }
                    table.add(value);
                    pixels[at[0]++] = PixelTable.pixel(value, fullInk);
                }
            });
            return pixels;
        }

        private void scale(String name, Part part) throws IOException {
            int fullInk = values.fullInk();
            if (fullInk == PixelTable.INK) {
                return;
            }
            if (values.isFractional()) { // what was read is rounded
                byte[] scaled = arrays.array(name, array -> pixels(name, array, fullInk, new PixelTable()));
                System.arraycopy(scaled, 0, part.pixels(), 0, scaled.length);
            } else {
                PixelTable.scale(part.pixels(), fullInk);
            }
        }

        /**
         * Labels as numbers [N] or [N, 1], or as rows with a one where the class is [N, K]. Of words, which wait until all are
         * known, zeros.
         */
        private byte[] labels(String name, NpyReader array) throws IOException {
            int[] extents = array.shape();
            if (extents.length < 1 || extents.length > 2 || extents.length == 2 && extents[1] == 0) {
                throw new InputException("%s: %s has the shape %s; save labels as [N], [N, 1] or one-hot [N, classes]"
                        .formatted(place, name, Arrays.toString(extents)));
            }
            int columns = extents.length == 1 ? 1 : extents[1];
            byte[] labels = new byte[extents[0]];
            int[] at = {0};
            if (array.isText() && columns == 1) {
                int[] indices = new int[labels.length];
                Map<String, Integer> different = new LinkedHashMap<>();
                array.texts(text -> indices[at[0]++] = different.computeIfAbsent(text, _ -> different.size()));
                if (different.containsKey("")) {
                    throw new InputException("%s: %s has an empty label; name every class".formatted(place, name));
                }
                words.add(new TextLabels(place, indices, List.copyOf(different.keySet())));
                return labels;
            }
            double[] values = new double[array.count()];
            array.read((chunk, n) -> {
                System.arraycopy(chunk, 0, values, at[0], n);
                at[0] += n;
            });
            for (int i = 0; i < labels.length; i++) {
                double label = columns == 1 ? values[i] : hot(values, i * columns, columns);
                if (!(label >= 0 && label < Dataset.MAX_CLASSES) || label != Math.rint(label)) {
                    throw new InputException(columns == 1
                            ? "%s: %s has the label %s; save whole numbers from 0 to %d".formatted(place, name, label,
                                    Dataset.MAX_CLASSES - 1)
                            : "%s: row %d of %s is not one 1 among zeros, of at most %d; save labels as numbers"
                                    .formatted(place, i, name, Dataset.MAX_CLASSES));
                }
                labels[i] = (byte) label;
            }
            if (columns > 1) {
                hotColumns.add(columns);
            }
            return labels;
        }

        /** Where the one is; -1 where a row is not one-hot. */
        private static int hot(double[] values, int from, int columns) {
            int hot = -1;
            for (int j = 0; j < columns; j++) {
                if (values[from + j] == 1 && hot < 0) {
                    hot = j;
                } else if (values[from + j] != 0) {
                    return -1;
                }
            }
            return hot;
        }
    }
}
