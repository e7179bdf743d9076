package dev.lanewise.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Downloads the MNIST database into the user's cache. Mirrors are tried in turn, and a file counts only if its
 * decompressed bytes have the published digest; until then it lies under a temporary name.
 */
public final class MnistDownload {
    /** The host that published MNIST now answers 403; these hold copies. */
    private static final List<URI> MIRRORS = List.of(
            URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/"),
            URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/"),
            URI.create("https://azureopendatastorage.blob.core.windows.net/mnist/"));
    private static final int CONNECT_MILLIS = 5_000;
    private static final int READ_MILLIS = 20_000;
    /** The largest file has 10 MB; whatever a mirror sends, no more than this goes to the disk. */
    private static final long MOST_BYTES = 64L << 20;

    private final List<URI> mirrors;
    private final List<DatasetPair.SourceFile> expected;
    private final Path target;
    private final int connectMillis;
    private final int readMillis;
    private final long mostBytes;
    /** Mirrors that could not be reached or fell silent: waiting for them once is enough. */
    private final Set<URI> silent = new HashSet<>();

    MnistDownload(List<URI> mirrors, List<DatasetPair.SourceFile> expected, Path target, int connectMillis,
            int readMillis, long mostBytes) {
        this.mirrors = mirrors;
        this.expected = expected;
        this.target = target;
        this.connectMillis = connectMillis;
        this.readMillis = readMillis;
        this.mostBytes = mostBytes;
    }

    /** Told about every piece that arrives. */
    public interface Progress {
        /** {@code bytes} of the {@code total} of {@code file} are here; total is -1 where the mirror does not say. */
        void arrived(String file, long bytes, long total);
    }

    /** A mirror's answer that is of no use; the message says why in a few words. */
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    /**
     * Makes the last of {@link MnistFiles#places()}, the user's cache, hold the four files, and returns it. Files that
     * are there with the right digest are kept. The calling thread may be interrupted; it notices when the next piece
     * arrives or the read time-out of 20 s ends.
     *
     * @throws InputException if no mirror has a file, with the reason of each, or if the cache cannot be written to
     * @throws InterruptedIOException if the thread was interrupted; nothing unfinished is left behind
     */
    public static Path fetch(Progress progress) throws IOException {
        return new MnistDownload(MIRRORS, Mnist.FILES, MnistFiles.places().getLast(), CONNECT_MILLIS,
                READ_MILLIS, MOST_BYTES).run(progress);
    }

    Path run(Progress progress) throws IOException {
        for (DatasetPair.SourceFile file : expected) {
            if (!isPresent(file)) {
                stopIfInterrupted();
                fetchFile(file, progress);
            }
        }
        return target;
    }

    private boolean isPresent(DatasetPair.SourceFile file) {
        try {
            Optional<Path> present = MnistFiles.locate(target, file.name());
            return present.isPresent() && isRight(present.get(), file);
        } catch (InputException e) {
            return false; // what cannot be read is fetched again
        }
    }

    /** One byte more than expected is enough to make a longer file's digest another one. */
    private static boolean isRight(Path path, DatasetPair.SourceFile file) throws InputException {
        return IdxReader.sha256(path, file.bytes() + 1).equals(file.sha256());
    }

    private void fetchFile(DatasetPair.SourceFile file, Progress progress) throws IOException {
        String name = file.name() + ".gz";
        Path part = newPart(name);
        try {
            List<String> reasons = new ArrayList<>();
            for (URI mirror : mirrors) {
                String reason = "no answer before";
                if (!silent.contains(mirror)) {
                    try {
                        download(mirror, name, part, progress);
                        check(part, file);
                        Files.move(part, target.resolve(name), StandardCopyOption.ATOMIC_MOVE);
                        return;
                    } catch (IOException e) {
                        stopIfInterrupted();
                        reason = reason(e);
                    }
                }
                reasons.add(mirror.getAuthority() + ": " + reason);
            }
            throw new InputException("%s cannot be downloaded (%s); copy the MNIST files to %s or use --data digits"
                    .formatted(name, String.join("; ", reasons), target));
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private Path newPart(String name) throws InputException {
        try {
            Files.createDirectories(target);
            Path part = Files.createTempFile(target, name, ".part");
            part.toFile().deleteOnExit(); // Ctrl-C ends the process without passing through finally
            return part;
        } catch (IOException e) {
            throw new InputException("%s cannot be written to (%s); make it writable or copy the four MNIST files there"
                    .formatted(target, e), e);
        }
    }

    /**
     * Copies what a mirror has under {@code name} to {@code part}. HttpURLConnection, because its read time-out holds
     * for every read: that of java.net.http ends with the headers, so a body that stalls would be waited for forever.
     */
    private void download(URI mirror, String name, Path part, Progress progress) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) mirror.resolve(name).toURL().openConnection();
        connection.setConnectTimeout(connectMillis);
        connection.setReadTimeout(readMillis);
        connection.setUseCaches(false);
        connection.setRequestProperty("User-Agent", "lanewise");
        connection.setRequestProperty("Accept", "*/*");
        try {
            try {
                connection.connect();
            } catch (IOException e) {
                silent.add(mirror);
                throw e;
            }
            copy(connection, name, part, progress);
        } catch (SocketTimeoutException e) {
            silent.add(mirror);
            throw e;
        } finally {
            connection.disconnect();
        }
    }

    private void copy(HttpURLConnection connection, String name, Path part, Progress progress) throws IOException {
        int status = connection.getResponseCode(); // follows redirects, though not from https to http or back
        if (status != HttpURLConnection.HTTP_OK) {
            throw new Refused("status " + status);
        }
        long total = connection.getContentLengthLong();
        try (InputStream in = connection.getInputStream(); OutputStream out = Files.newOutputStream(part)) {
            byte[] buffer = new byte[1 << 16];
            int n = in.readNBytes(buffer, 0, 64);
            checkStart(buffer, n);
            for (long bytes = 0; n >= 0; n = in.read(buffer)) {
                bytes += n;
                if (bytes > mostBytes) {
                    throw new Refused("more than %d bytes".formatted(mostBytes));
                }
                out.write(buffer, 0, n);
                progress.arrived(name, bytes, total);
                stopIfInterrupted();
            }
        }
    }

    private static void checkStart(byte[] start, int length) throws Refused {
        if (length < 2 || start[0] != 0x1f || start[1] != (byte) 0x8b) {
            byte[] text = Arrays.copyOf(start, length);
            throw new Refused(IdxReader.isMarkup(text) ? "a web page in place of the file" : "not a gzip file");
        }
    }

    private static void check(Path part, DatasetPair.SourceFile file) throws Refused {
        boolean right;
        try {
            right = isRight(part, file);
        } catch (InputException e) {
            throw new Refused("a broken gzip file");
        }
        if (!right) {
            throw new Refused("another content than published");
        }
    }

    private static void stopIfInterrupted() throws InterruptedIOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("download interrupted");
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case Refused refused -> refused.getMessage();
            case UnknownHostException unknown -> "unknown host";
            case SocketTimeoutException late -> "timed out";
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
