package dev.lanewise.data;

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

/**
 * Reads the IDX format of the MNIST database, raw or gzipped; which of the two is told by the content, not by the name.
 *
 * <p>An IDX file is a magic number, one big-endian 32-bit size per dimension, and the data as unsigned bytes.
 * Everything the header says is checked, and no memory is taken on its word alone. Every
 * failure is an {@link InputException} that names the file.
 */
public final class IdxReader {
    static final int IMAGES_MAGIC = 0x00000803;
    static final int LABELS_MAGIC = 0x00000801;
    /** What is read and handed to the digest at a time: small enough that both threads start and end together. */
    private static final int CHUNK = 1 << 18;
    private static final int BUFFER = 1 << 16;
    static final long MOST_PACKED = 1032; // bytes that a byte of gzip can stand for
    static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private IdxReader() {
    }

    /** Images: {@code pixels} is {@code [count, rows, columns]}, unsigned bytes. */
    public record Images(int count, int rows, int columns, byte[] pixels, DatasetPair.SourceFile source) {
    }

    /** Labels: {@code values} is {@code [count]}, unsigned bytes. */
    public record Labels(byte[] values, DatasetPair.SourceFile source) {
    }

    /** What any IDX file holds: the sizes of its header and the data behind it. */
    private record Content(int[] sizes, byte[] data, DatasetPair.SourceFile source) {
    }

    /**
     * Reads a file of images, magic number 0x00000803; it may hold none.
     *
     * @throws InputException if the file cannot be read or is not exactly such a file
     */
    public static Images images(Path file) throws InputException {
        Content content = read(file, IMAGES_MAGIC);
        int[] sizes = content.sizes;
        return new Images(sizes[0], sizes[1], sizes[2], content.data, content.source);
    }

    /**
     * Reads a file of labels, magic number 0x00000801; it may hold none.
     *
     * @throws InputException if the file cannot be read or is not exactly such a file
     */
    public static Labels labels(Path file) throws InputException {
        Content content = read(file, LABELS_MAGIC);
        return new Labels(content.data, content.source);
    }

    /**
     * Whether the file, decompressed if it is gzip, starts as IDX images do.
     *
     * @throws InputException if the file cannot be read that far
     */
    public static boolean isIdx(Path file) throws InputException {
        return parse(file, in -> Arrays.equals(in.readNBytes(4), bytes(IMAGES_MAGIC)));
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

    private static Content read(Path file, int magic) throws InputException {
        return parse(file, in -> {
            int dimensions = magic & 0xff;
            byte[] header = in.readNBytes(4 + 4 * dimensions);
            checkMagic(file, header, magic);
            if (header.length < 4 + 4 * dimensions) {
                throw truncated(file, "its header has %d of %d bytes".formatted(header.length, 4 + 4 * dimensions));
            }
            int[] sizes = new int[dimensions];
            ByteBuffer.wrap(header, 4, 4 * dimensions).asIntBuffer().get(sizes);
            int expected = product(file, sizes);

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
            return new Content(sizes, data, new DatasetPair.SourceFile(
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

    static InputException tooLarge(Path file, OutOfMemoryError cause) {
        return new InputException(
                "%s does not fit in the memory of the JVM, %,d MiB; use a smaller file, or allow more with -Xmx"
                        .formatted(file, Runtime.getRuntime().maxMemory() >> 20),
                cause);
    }

    private static void checkMagic(Path file, byte[] header, int magic) throws InputException {
        String wanted = magic == IMAGES_MAGIC ? "images" : "labels";
        if (header.length == 0) {
            throw new InputException("%s is empty; copy or download it again".formatted(file));
        }
        if (isMarkup(header)) {
            throw new InputException("%s is a web page (HTML), not an IDX file of %s; download it again"
                    .formatted(file, wanted));
        }
        if (header.length < 4) {
            throw truncated(file, "it has %d bytes".formatted(header.length));
        }
        int found = ByteBuffer.wrap(header).getInt();
        if (found != magic) {
            String kind = found == IMAGES_MAGIC ? " (images)" : found == LABELS_MAGIC ? " (labels)" : "";
            throw new InputException("%s is no IDX file of %s: it starts with 0x%08x%s, not 0x%08x; use another file"
                    .formatted(file, wanted, found, kind, magic));
        }
    }

    /** Number of bytes that the sizes of a header announce: a count, which may be 0, times the sides of an image. */
    private static int product(Path file, int[] sizes) throws InputException {
        int count = sizes[0];
        boolean fits = count >= 0;
        long each = 1;
        for (int side : Arrays.copyOfRange(sizes, 1, sizes.length)) {
            fits &= side >= 1;
            each *= side;
        }
        if (!fits || each > MAX_ARRAY / Math.max(count, 1)) {
            throw new InputException("%s has a header of %s bytes of data, which cannot be; use another file"
                    .formatted(file, Arrays.stream(sizes).mapToObj(Integer::toUnsignedString)
                            .collect(Collectors.joining(" x "))));
        }
        return count * (int) each;
    }

    private static InputException truncated(Path file, String detail) {
        return new InputException("%s is cut short: %s; copy or download it again".formatted(file, detail));
    }

    interface Parser<T> {
        T parse(InputStream in) throws IOException;
    }

    /** Runs {@code parser} on the decompressed content; whatever goes wrong becomes a sentence. */
    static <T> T parse(Path file, Parser<T> parser) throws InputException {
        if (!Files.exists(file)) {
            throw new InputException("%s does not exist; check the path".formatted(file));
        }
        if (Files.isDirectory(file)) {
            throw new InputException("%s is a directory; name a file".formatted(file));
        }
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
            throw new InputException("%s cannot be read (%s); check its permissions".formatted(file, e), e);
        } catch (OutOfMemoryError e) {
            throw tooLarge(file, e);
        }
    }

    private static boolean startsAsGzip(InputStream in) throws IOException {
        in.mark(2);
        boolean gzip = Arrays.equals(in.readNBytes(2), new byte[]{0x1f, (byte) 0x8b});
        in.reset();
        return gzip;
    }

    private static byte[] bytes(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
