package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the IDX format of the MNIST database, raw or gzipped; which of the two is told by the content, not by the name.
 *
 * <p>An IDX file is a magic number (two zeros, the type of the data, the number of dimensions), one big-endian 32-bit size
 * per dimension, and the data: unsigned bytes, or larger numbers, which become such. Everything the header says is checked, and no memory is taken on its word alone. Every
 * failure is an {@link InputException} that names the file.
 */
public final class IdxReader {
    static final int IMAGES_MAGIC = 0x00000803;
    static final int LABELS_MAGIC = 0x00000801;
    static final int UNSIGNED_BYTE = 0x08;
    /** What is read and handed to the digest at a time: small enough that both threads start and end together. */
    private static final int CHUNK = 1 << 18;
    private static final int MOST_DIMENSIONS = 4;
    private static final int BUFFER = 1 << 16;
    static final long MOST_PACKED = 1032; // bytes that a byte of gzip can stand for
    static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private IdxReader() {
    }

    /** Labels: {@code values} is {@code [count]}, unsigned bytes. */
    public static final class Labels {
        private final byte[] values;
        private final DatasetPair.SourceFile source;

        /** Labels of these values, which are not copied. */
        public Labels(byte[] values, DatasetPair.SourceFile source) {
            this.values = values;
            this.source = source;
        }

        /** The labels, [count], unsigned bytes; the array itself. */
        public byte[] values() {
            return values;
        }

        /** The file that they are from. */
        public DatasetPair.SourceFile source() {
            return source;
        }
    }

    /** What any IDX file holds: the sizes of its header and the data behind it, as they are stored. */
    static final class Content {
        private final int type;
        private final int[] sizes;
        private final byte[] data;
        private final DatasetPair.SourceFile source;

        Content(int type, int[] sizes, byte[] data, DatasetPair.SourceFile source) {
            this.type = type;
            this.sizes = sizes;
            this.data = data;
            this.source = source;
        }

        /** Of the numbers, as the header has it. */
        int type() {
            return type;
        }

        /** Of the dimensions. */
        int[] sizes() {
            return sizes;
        }

        /** The numbers as they are stored. */
        byte[] data() {
            return data;
        }

        /** The file with its digest. */
        DatasetPair.SourceFile source() {
            return source;
        }
    }

    /** How images are taken, for people; null: as they are. */
    static @Nullable String note(Content content) {
        return PixelTable.isChannelsFirst(content.sizes) ? PixelTable.CHANNELS_FIRST : null;
    }

    /**
     * Reads a file of images, [N, features], which are images of one row, [N, H, W], [N, H, W, C] or, with one or three
     * channels, [N, C, H, W]; it may hold none.
     *
     * @throws InputException if the file cannot be read or is not exactly such a file
     */
    public static Images images(Path file) throws InputException {
        return images(file, read(file, true));
    }

    static Images images(Path file, Content content) throws InputException {
        int[] sizes = content.sizes;
        byte[] pixels = content.type == UNSIGNED_BYTE ? content.data : IdxNumbers.pixels(file, content);
        Shape shape = sizes.length == 2 ? new Shape(1, sizes[1], 1) : PixelTable.shape(sizes);
        return new Images(sizes[0], shape, PixelTable.channelsLast(sizes, pixels), note(content));
    }

    /**
     * Reads a file of labels, [N] or [N, 1]; it may hold none.
     *
     * @throws InputException if the file cannot be read or is not exactly such a file
     */
    public static Labels labels(Path file) throws InputException {
        return labels(file, read(file, false), 1, 0);
    }

    /**
     * The labels of a file.
     *
     * @param columns numbers of a label, the class first
     * @param first the label that becomes 0
     */
    static Labels labels(Path file, Content content, int columns, int first) throws InputException {
        int[] sizes = content.sizes;
        int found = sizes.length == 1 ? 1 : sizes[1];
        if (found != columns) {
            throw new InputException("%s has %d numbers a label, not %d; use a file with one class an image"
                    .formatted(file, found, columns));
        }
        byte[] values = content.type == UNSIGNED_BYTE && columns == 1 && first == 0
                ? content.data
                : IdxNumbers.labels(file, content, columns, first);
        return new Labels(values, content.source);
    }

    /**
     * Whether the file, decompressed if it is gzip, starts as IDX images do.
     *
     * @throws InputException if the file cannot be read that far
     */
    public static boolean isIdx(Path file) throws InputException {
        return parse(file, in -> {
            byte[] start = in.readNBytes(4);
            return isMagic(start) && start[3] >= 2 && start[3] <= MOST_DIMENSIONS;
        });
    }

    /** Whether the file starts as one of images or labels; false also where it cannot be read. */
    static boolean startsAsIdx(Path file) {
        try {
            return parse(file, in -> isMagic(in.readNBytes(4)));
        } catch (InputException _) {
            return false;
        }
    }

    private static boolean isMagic(byte[] start) {
        return start.length == 4 && start[0] == 0 && start[1] == 0
                && (start[2] == UNSIGNED_BYTE || IdxNumbers.bytes(start[2]) > 0);
    }

    /**
     * SHA-256, in lower-case hex, of the file's bytes after decompression. No more than {@code limit} bytes are
     * looked at, so that no file can keep this busy for long; one with more has the digest of what was seen.
     */
    static String sha256(Path file, long limit) throws InputException {
        return parse(file, in -> {
            MessageDigest sha256 = newSha256();
            byte[] buffer = new byte[CHUNK];
            long left = limit;
            for (int n; left > 0 && (n = in.read(buffer, 0, (int) Math.min(buffer.length, left))) >= 0; left -= n) {
                sha256.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(sha256.digest());
        });
    }

    /** Whether these first bytes look like a page of markup, which servers send in place of a missing file. */
    static boolean isMarkup(byte[] start) {
        return new String(start, StandardCharsets.ISO_8859_1).stripLeading().startsWith("<");
    }

    /** Reads images or labels; the numbers are still as they are stored. */
    static Content read(Path file, boolean images) throws InputException {
        return parse(file, in -> {
            byte[] magic = in.readNBytes(4);
            checkMagic(file, magic, images);
            int type = magic[2];
            int dimensions = magic[3];
            byte[] header = Arrays.copyOf(magic, 4 + 4 * dimensions);
            int there = 4 + in.readNBytes(header, 4, 4 * dimensions);
            if (there < header.length) {
                throw truncated(file, "its header has %d of %d bytes".formatted(there, header.length));
            }
            int[] sizes = new int[dimensions];
            ByteBuffer.wrap(header, 4, 4 * dimensions).asIntBuffer().get(sizes);
            int expected = product(file, sizes, type == UNSIGNED_BYTE ? 1 : IdxNumbers.bytes(type));

            // The digest follows the reading on another thread, each chunk after the one before. The four gzip files
            // of MNIST in a fresh JVM on two cores of a Zen 4: 210 ms, and 265 ms with the digest taken by this thread.
            MessageDigest sha256 = newSha256();
            sha256.update(header);
            CompletableFuture<Void> hashed = CompletableFuture.completedFuture(null);
            byte[] data = new byte[room(file, header.length, expected, in instanceof GZIPInputStream)];
            int filled = 0;
            while (filled < expected) {
                if (filled == data.length) {
                    data = Arrays.copyOf(data, (int) Math.min(expected, 2L * filled));
                }
                int n = in.readNBytes(data, filled, Math.min(CHUNK, data.length - filled));
                if (n == 0) {
                    throw truncated(file, "its header announces %d bytes of data and %d are there"
                            .formatted(expected, filled));
                }
                byte[] chunk = data;
                int from = filled;
                hashed = hashed.thenRunAsync(() -> sha256.update(chunk, from, n));
                filled += n;
            }
            if (in.read() >= 0) { // also makes the gzip stream check its CRC
                throw new InputException("%s has more data than the %d bytes of its header; copy or download it again"
                        .formatted(file, expected));
            }
            hashed.join();
            return new Content(type, sizes, data, new DatasetPair.SourceFile(
                    file.getFileName().toString().replaceFirst("\\.gz$", ""), (long) header.length + expected,
                    HexFormat.of().formatHex(sha256.digest())));
        });
    }

    /** How many bytes to begin with; refuses those that cannot come, or would have no room. */
    private static int room(Path file, int header, int expected, boolean packed) throws IOException {
        long size = Files.size(file);
        if (packed && expected > MOST_PACKED * size) {
            throw truncated(file, "its header announces %d bytes of data, more than %d bytes of gzip can hold"
                    .formatted(expected, size));
        }
        if (!packed && expected > size - header) {
            throw truncated(file, "its header announces %d bytes of data and %d are there".formatted(expected,
                    size - header));
        }
        if (expected > Runtime.getRuntime().maxMemory()) {
            throw tooLarge(file, null);
        }
        // Eight times the file holds gzipped MNIST (ratio 5) at once; whatever is packed tighter grows by doubling.
        return (int) Math.min(expected, Math.max(CHUNK, 8 * size));
    }

    static InputException tooLarge(Path file, @Nullable OutOfMemoryError cause) {
        return new InputException(
                "%s does not fit in the memory of the JVM, %,d MiB; use a smaller file, or allow more with -Xmx"
                        .formatted(file, Runtime.getRuntime().maxMemory() >> 20),
                cause);
    }

    private static void checkMagic(Path file, byte[] magic, boolean images) throws InputException {
        String wanted = images ? "images" : "labels";
        if (magic.length == 0) {
            throw new InputException("%s is empty; copy or download it again".formatted(file));
        }
        if (isMarkup(magic)) {
            throw new InputException("%s is a web page (HTML), not an IDX file of %s; download it again"
                    .formatted(file, wanted));
        }
        if (magic.length < 4) {
            throw truncated(file, "it has %d bytes".formatted(magic.length));
        }
        int dimensions = magic[3];
        boolean isIdx = isMagic(magic);
        if (!isIdx || dimensions < (images ? 2 : 1) || dimensions > (images ? MOST_DIMENSIONS : 2)) {
            String kind = !isIdx
                    ? magic[0] == 0 && magic[1] == 0 ? " (a type that IDX does not have)" : ""
                    : dimensions == 1
                            ? " (labels)"
                            : dimensions == 3 || dimensions == MOST_DIMENSIONS
                                    ? " (images)"
                                    : " (" + dimensions + " dimensions)";
            throw new InputException("%s is no IDX file of %s: it starts with 0x%08x%s, not with one such as 0x%08x; "
                    .formatted(file, wanted, ByteBuffer.wrap(magic).getInt(), kind,
                            images ? IMAGES_MAGIC : LABELS_MAGIC)
                    + "use another file");
        }
    }

    /** Number of bytes that a header announces: a count, which may be 0, times the sides of an image, of so many each. */
    private static int product(Path file, int[] sizes, int bytes) throws InputException {
        int count = sizes[0];
        boolean fits = count >= 0;
        long each = bytes;
        for (int side : Arrays.copyOfRange(sizes, 1, sizes.length)) {
            fits &= side >= 1 && each <= MAX_ARRAY;
            each *= side;
        }
        if (!fits || each > MAX_ARRAY / Math.max(count, 1)) {
            throw new InputException("%s has a header of %s%s bytes of data, which cannot be; use another file"
                    .formatted(file, Arrays.stream(sizes).mapToObj(Integer::toUnsignedString)
                            .collect(Collectors.joining(" x ")), bytes == 1 ? "" : " x " + bytes));
        }
        return count * (int) each;
    }

    private static InputException truncated(Path file, String detail) {
        return new InputException("%s is cut short: %s; copy or download it again".formatted(file, detail));
    }

    interface Parser<T> {
        T parse(InputStream in) throws IOException;
    }

    /** Refuses a path without a file in a sentence. */
    static void requirePresent(Path file) throws InputException {
        if (!Files.exists(file)) {
            throw new InputException("%s does not exist; check the path".formatted(file));
        }
        if (Files.isDirectory(file)) {
            throw new InputException("%s is a directory; name a file".formatted(file));
        }
    }

    /** Runs {@code parser} on the decompressed content; whatever goes wrong becomes a sentence. */
    static <T> T parse(Path file, Parser<T> parser) throws InputException {
        requirePresent(file);
        requireFile(file);
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER);
                InputStream in = startsAsGzip(raw) ? new GZIPInputStream(raw, BUFFER) : raw) {
            return parser.parse(in);
        } catch (InputException e) {
            throw e;
        } catch (EOFException e) {
            throw truncated(file, "its gzip stream has no end");
        } catch (ZipException e) {
            throw new InputException("%s is damaged: %s; copy or download it again".formatted(file, e.getMessage()), e);
        } catch (IOException e) {
            throw new InputException(
                    "%s cannot be read (%s); check its permissions".formatted(file, InputException.reason(e)), e);
        } catch (OutOfMemoryError e) {
            throw tooLarge(file, e);
        }
    }

    /** A pipe gives what it has once, and waits for ever where nobody writes to it; files are opened several times. */
    static void requireFile(Path file) throws InputException {
        if (!Files.isRegularFile(file)) {
            throw new InputException("%s is a pipe or a device; copy what comes from it to a file, and name that"
                    .formatted(file));
        }
    }

    private static boolean startsAsGzip(InputStream in) throws IOException {
        in.mark(2);
        boolean gzip = Arrays.equals(in.readNBytes(2), new byte[]{0x1f, (byte) 0x8b});
        in.reset();
        return gzip;
    }

    static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
