package dev.lanewise.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** NumPy's archive of named arrays, {@code .npz}, which may be damaged: what it says is checked before anything is allocated on its word. */
public final class NpzArchive {
    private static final String NPY = ".npy";

    private final Path place;
    private final ZipFile zip;
    private final List<DatasetPair.SourceFile> sources = new ArrayList<>();

    /** Reads something. */
    @FunctionalInterface
    public interface Reading<S, T> {
        /** Reads it. */
        T read(S from) throws IOException;
    }

    private NpzArchive(Path place, ZipFile zip) {
        this.place = place;
        this.zip = zip;
    }

    /**
     * Reads something of an archive, which is open meanwhile.
     *
     * @throws InputException naming the file and what is wrong with it
     */
    public static <T> T open(Path place, Reading<NpzArchive, T> reading) throws IOException {
        IdxReader.requirePresent(place);
        if (!Files.isReadable(place)) {
            throw new InputException("%s cannot be read (permission denied); check its permissions".formatted(place));
        }
        try (ZipFile zip = new ZipFile(place.toFile())) {
            return reading.read(new NpzArchive(place, zip));
        } catch (InputException e) {
            throw e;
        } catch (ZipException e) {
            throw new InputException(String.valueOf(e.getMessage()).contains("encrypted")
                    ? "%s is encrypted; save it without a password".formatted(place)
                    : "%s is damaged: %s; copy or download it again".formatted(place, e.getMessage()), e);
        } catch (IOException e) {
            throw new InputException(
                    "%s cannot be read (%s); copy or download it again".formatted(place,
                            e instanceof EOFException ? "it ends too early" : InputException.reason(e)),
                    e);
        } catch (OutOfMemoryError e) {
            throw IdxReader.tooLarge(place, e);
        }
    }

    /** The arrays' names, in their order. */
    public List<String> names() {
        return zip.stream().map(ZipEntry::getName).filter(name -> name.endsWith(NPY))
                .map(name -> name.substring(0, name.length() - NPY.length())).toList();
    }

    /** What there is, for a message. */
    String contents() {
        return zip.size() == 0
                ? "nothing"
                : zip.stream().map(ZipEntry::getName).limit(8).collect(Collectors.joining(", "));
    }

    boolean has(String array) {
        return zip.getEntry(array + NPY) != null;
    }

    /** Names and digests of the arrays that were read, each once. */
    List<DatasetPair.SourceFile> sources() {
        return sources;
    }

    /** Reads an array's header alone. */
    <T extends @Nullable Object> T header(String name, Reading<NpyReader, T> reading) throws IOException {
        ZipEntry entry = zip.getEntry(name + NPY);
        try (InputStream in = zip.getInputStream(entry)) {
            return reading.read(new NpyReader("%s: %s".formatted(place, name), in, entry.getSize()));
        }
    }

    /** Reads an array, and its digest unless it was read before. */
    <T> T array(String name, Reading<NpyReader, T> reading) throws IOException {
        ZipEntry entry = zip.getEntry(name + NPY);
        if (entry.getSize() > IdxReader.MOST_PACKED * Math.max(1, entry.getCompressedSize())) {
            throw new InputException("%s: %s is damaged: %,d bytes cannot come of %,d; copy or download it again"
                    .formatted(place, name, entry.getSize(), entry.getCompressedSize()));
        }
        CRC32 crc = new CRC32();
        T read;
        DatasetPair.SourceFile source;
        try (HashedStream in = new HashedStream(new CheckedInputStream(zip.getInputStream(entry), crc))) {
            read = reading.read(new NpyReader("%s: %s".formatted(place, name), in, entry.getSize()));
            source = in.source(entry.getName());
        }
        if (crc.getValue() != entry.getCrc()) {
            throw new InputException("%s: %s is damaged: its check sum is wrong; copy or download it again"
                    .formatted(place, name));
        }
        if (!sources.contains(source)) {
            sources.add(source);
        }
        return read;
    }

    /** The extents of an array of numbers, the outermost first; none of a single number; null of an array of texts. */
    public int @Nullable [] shape(String name) throws IOException {
        return header(name, array -> array.isText() ? null : array.shape());
    }

    /** The numbers of an array as floats. */
    public float[] floats(String name) throws IOException {
        return array(name, array -> {
            float[] floats = new float[array.count()];
            int[] at = {0};
            array.read((chunk, n) -> {
                for (int i = 0; i < n; i++) {
                    floats[at[0]++] = (float) chunk[i];
                }
            });
            return floats;
        });
    }

    /**
     * The text that an array holds.
     *
     * @throws InputException if it holds numbers, or more than one text
     */
    public String text(String name) throws IOException {
        return array(name, array -> {
            if (!array.isText() || array.count() != 1) {
                throw new InputException("%s: %s is not one text; save a text".formatted(place, name));
            }
            StringBuilder text = new StringBuilder();
            array.texts(text::append);
            return text.toString();
        });
    }
}
