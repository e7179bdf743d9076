package dev.lanewise.data;

import dev.lanewise.data.FolderListing.ImageFile;
import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A folder of image files with a folder for each class. The decoded images are kept in a {@link PreparedCache}, because opening
 * 70,000 files takes far longer than training on them.
 *
 * <p>The images are grey unless one of them has a pixel with colour; then grey ones get three equal channels.
 */
final class FolderSource implements Source {
    private final PreparedCache cache;

    /** With the user's cache. */
    FolderSource() {
        this(new PreparedCache());
    }

    FolderSource(PreparedCache cache) {
        this.cache = cache;
    }

    @Override
    public String description() {
        return "a folder for each class with PNG, JPEG, GIF or BMP images in it";
    }

    @Override
    public boolean recognises(Path place) throws IOException {
        return FolderListing.isOne(place);
    }

    @Override
    public Stored read(Path place, @Nullable Shape size, Progress progress) throws IOException {
        FolderListing listing = FolderListing.of(place);
        PreparedCache.Key key = new PreparedCache.Key(place.toAbsolutePath().normalize() + "\n" + size,
                listing.bytes(), listing.newest());
        return cache.read(key, () -> {
            Decoded images = decode(place, listing, size, progress);
            Shape shape = images.shape();
            Part train = part(listing.train(), shape, images.train());
            return new Stored(train,
                    listing.test() == null || images.test() == null
                            ? null
                            : part(listing.test(), shape, images.test()),
                    listing.classes(),
                    size != null ? Preparation.SCALE : Preparation.of(train), images.files());
        });
    }

    private static Part part(FolderListing.Part part, Shape shape, Pixels pixels) {
        return new Part(part.place(), shape, pixels.pixels(), pixels.labels());
    }

    /** Decoded images of both parts; {@code test} is null where there is none. */
    record Decoded(Shape shape, Pixels train, @Nullable Pixels test, List<DatasetPair.SourceFile> files) {
        static Decoded of(Shape shape, List<String> classes, Pixels train, @Nullable Pixels test) {
            List<DatasetPair.SourceFile> files = new ArrayList<>();
            files.add(train.file(test == null ? "images" : "train", shape, classes));
            if (test != null) {
                files.add(test.file("test", shape, classes));
            }
            return new Decoded(shape, train, test, files);
        }
    }

    /** Images of one part: [N, H, W, C] and [N], unsigned. */
    static final class Pixels {
        private final byte[] pixels;
        private final byte[] labels;

        Pixels(byte[] pixels, byte[] labels) {
            this.pixels = pixels;
            this.labels = labels;
        }

        /** [N, H, W, C]. */
        byte[] pixels() {
            return pixels;
        }

        /** [N]. */
        byte[] labels() {
            return labels;
        }

        /** Of all that decides what is learned from them, names of files not among it. */
        private DatasetPair.SourceFile file(String name, Shape shape, List<String> classes) {
            MessageDigest sha256 = IdxReader.newSha256();
            sha256.update(ByteBuffer.allocate(12).putInt(shape.height()).putInt(shape.width())
                    .putInt(shape.channels()).flip());
            for (String label : classes) {
                sha256.update((label + '\n').getBytes(StandardCharsets.UTF_8));
            }
            sha256.update(labels);
            sha256.update(pixels);
            return new DatasetPair.SourceFile(name, (long) labels.length + pixels.length,
                    HexFormat.of().formatHex(sha256.digest()));
        }
    }

    private static Decoded decode(Path place, FolderListing listing, @Nullable Shape size, Progress progress)
            throws IOException {
        List<ImageFile> train = listing.train().files();
        List<ImageFile> test = listing.test() == null ? List.of() : listing.test().files();
        int total = train.size() + test.size();
        Path first = train.getFirst().path();
        Shape shape = scaled(first, size).shape();
        try {
            while (true) {
                try {
                    AtomicInteger done = new AtomicInteger();
                    Decoder decoder = new Decoder(place, first, shape, size,
                            () -> progress.read(done.incrementAndGet(), total));
                    Pixels trainPixels = decoder.room(train);
                    Pixels testPixels = listing.test() == null ? null : decoder.room(test);
                    decoder.read(train, trainPixels);
                    if (testPixels != null) {
                        decoder.read(test, testPixels);
                    }
                    return Decoded.of(shape, listing.classes(), trainPixels, testPixels);
                } catch (ColourFound _) { // among grey ones: once more, with room for it
                    shape = new Shape(shape.height(), shape.width(), 3);
                }
            }
        } catch (OutOfMemoryError e) {
            throw tooLarge(place, e);
        }
    }

    private static ImageReader.Image scaled(Path file, @Nullable Shape size) throws IOException {
        ImageReader.Image image = ImageReader.read(file);
        return size == null ? image : Scaling.scale(image, size.height(), size.width());
    }

    static InputException tooLarge(Path place, @Nullable OutOfMemoryError cause) {
        return new InputException(
                ("the images of %s do not fit in the memory of the JVM, %,d MiB; scale them to a smaller size, "
                        + "or allow more with -Xmx").formatted(place, Runtime.getRuntime().maxMemory() >> 20),
                cause).about("size");
    }

    /** There is a colour where only grey was seen before. */
    private static final class ColourFound extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ColourFound() {
            super("colour", null, false, false);
        }
    }

    /** Reads files into arrays for images of one shape, that of the first file. */
    private record Decoder(Path place, Path first, Shape shape, @Nullable Shape size, Runnable afterEach) {
        Pixels room(List<ImageFile> files) throws InputException {
            long bytes = (long) files.size() * shape.size();
            if (bytes > Integer.MAX_VALUE - 8) {
                throw new InputException(
                        "%s: %,d images of %s take more than 2 GiB; use fewer, or scale them to a smaller size"
                                .formatted(place, files.size(), shape))
                        .about("size");
            }
            if (bytes > Runtime.getRuntime().maxMemory()) {
                throw tooLarge(place, null);
            }
            return new Pixels(new byte[(int) bytes], new byte[files.size()]);
        }

        void read(List<ImageFile> files, Pixels to) throws IOException {
            Parallel.run(files.size(), i -> {
                read(files.get(i).path(), to.pixels(), i * shape.size());
                to.labels()[i] = (byte) files.get(i).folder().label();
                afterEach.run();
            });
        }

        private void read(Path file, byte[] to, int offset) throws IOException {
            ImageReader.Image image = scaled(file, size);
            Shape found = image.shape();
            if (found.height() != shape.height() || found.width() != shape.width()) {
                throw new InputException("%s has %d x %d pixels and %s %d x %d; scale them all to one size, 28 x 28 say"
                        .formatted(file, found.height(), found.width(), first, shape.height(), shape.width()))
                        .about("size 28x28");
            }
            if (found.channels() > shape.channels()) {
                throw new ColourFound();
            }
            int times = shape.channels() / found.channels();
            if (times == 1) {
                System.arraycopy(image.pixels(), 0, to, offset, shape.size());
            } else {
                for (int i = 0; i < shape.size(); i++) {
                    to[offset + i] = image.pixels()[i / times];
                }
            }
        }
    }
}
