package dev.lanewise.data;

import dev.lanewise.data.NamedSet.Archive;
import dev.lanewise.data.NamedSet.PublishedFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Downloads a {@link NamedSet} into the user's cache. Mirrors are tried in turn, and a file counts only if it has the
 * published digest; until then it lies under a name that ends in {@code .part}, and a download that was cut off goes on
 * from what is there.
 */
public final class SetDownload {
    /** What the name of an unfinished file ends in. */
    static final String PART = ".part";
    private static final int CONNECT_MILLIS = 5_000;
    private static final int READ_MILLIS = 20_000;
    /** The largest file has 30 MB and the archive 0.6 GB; whatever a mirror sends, no more goes to the disk. */
    private static final long MOST_BYTES = 64L << 20;
    private static final long MOST_ARCHIVE_BYTES = 1L << 30;
    private static final String OTHER = "another content than published";
    private static final int NOT_SATISFIABLE = 416; // status
    /** How often a mirror is asked for a file that it does not finish. */
    private static final int TRIES = 3;
    /** Where the lock of an unfinished file is: behind its data, which on some systems could not be read else. */
    private static final long LOCK = Long.MAX_VALUE - 1;

    private final NamedSet set;
    private final Path caches;
    private final Path target;
    private final Map<String, String> environment;
    private final int connectMillis;
    private final int readMillis;
    private final long mostBytes;
    /** Mirrors that could not be reached or fell silent: waiting for them once is enough. */
    private final Set<String> silent = new HashSet<>();

    SetDownload(NamedSet set, Path caches, Map<String, String> environment, int connectMillis, int readMillis,
            long mostBytes) {
        this.set = set;
        this.caches = caches;
        this.target = caches.resolve(set.name());
        this.environment = environment;
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
     * Makes the last of {@link SetFiles#places}, the user's cache, hold the files of a set, and returns it. Files that are
     * there with the right digest are kept. The calling thread may be interrupted; it notices when the next piece arrives
     * or the read time-out of 20 s ends.
     *
     * @throws InputException if no mirror has a file, with the reason of each, or if the cache cannot be written to
     * @throws InterruptedIOException if the thread was interrupted; the next download goes on from what has arrived
     */
    public static Path fetch(NamedSet set, Progress progress) throws IOException {
        return new SetDownload(set, SetFiles.cache(), System.getenv(), CONNECT_MILLIS,
                READ_MILLIS, set.archive() == null ? MOST_BYTES : MOST_ARCHIVE_BYTES).run(progress);
    }

    Path run(Progress progress) throws IOException {
        if (set.isDrawn()) {
            throw new InputException(
                    "%s are drawn by the program, so there is nothing to fetch; use them by their name, %s"
                            .formatted(set.title(), set.name()))
                    .about("data " + set.name());
        }
        List<PublishedFile> absent = set.files().stream().filter(file -> !isPresent(file)).toList();
        Archive published = set.archive();
        if (published != null && !absent.isEmpty()) {
            takeOut(absent, archive(published, progress), published.folder());
        } else {
            for (PublishedFile file : absent) {
                fetch(target, file.name() + ".gz", part -> SetFiles.isAsServed(file, part), progress);
            }
        }
        if (set.files().getFirst().sha256() == null && (!absent.isEmpty() || !SetFiles.areDigestsKnown(set, target))) {
            try {
                SetFiles.keepDigests(set, target);
            } catch (InputException e) {
                throw e;
            } catch (IOException e) {
                throw notWritten(target, e);
            }
        }
        return target;
    }

    private boolean isPresent(PublishedFile file) {
        try {
            Optional<Path> present = SetFiles.locate(target, file.name());
            return present.isPresent() && SetFiles.isPublished(set, file, present.get());
        } catch (InputException _) {
            return false; // what cannot be read is fetched again
        }
    }

    /** The archive, wherever it has been put; else it is fetched. */
    private Path archive(Archive archive, Progress progress) throws IOException {
        Path directory = caches.resolve(archive.place());
        Set<Path> places = new LinkedHashSet<>(SetFiles.places(archive.place()));
        places.add(directory);
        for (Path place : places) {
            Path file = place.resolve(archive.name());
            if (Files.isRegularFile(file) && SetFiles.md5(file).equals(archive.md5())) {
                return file;
            }
        }
        return fetch(directory, archive.name(), part -> SetFiles.md5(part).equals(archive.md5()), progress);
    }

    private void takeOut(List<PublishedFile> files, Path archive, String folder) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            Files.createDirectories(target);
            for (PublishedFile file : files) {
                String name = file.name() + ".gz";
                ZipEntry entry = zip.getEntry(folder + name);
                if (entry == null) {
                    throw new InputException("%s does not hold %s; delete it and run 'lanewise data fetch %s' again"
                            .formatted(archive, folder + name, set.name()));
                }
                stopIfInterrupted();
                Path part = target.resolve(name + PART);
                try (InputStream in = zip.getInputStream(entry)) {
                    Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
                    Files.move(part, target.resolve(name), StandardCopyOption.ATOMIC_MOVE);
                } finally {
                    Files.deleteIfExists(part);
                }
            }
        } catch (InputException | InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw new InputException(
                    "the files of %s cannot be taken out of %s to %s (%s); make room there, or delete the "
                            .formatted(set.title(), archive, target, reason(e)) + "archive and fetch it again",
                    e);
        }
    }

    /** Whether a file that has arrived is the right one. */
    private interface Check {
        boolean isRight(Path part) throws InputException;
    }

    private Path fetch(Path directory, String name, Check check, Progress progress) throws IOException {
        stopIfInterrupted();
        Path part = directory.resolve(name + PART);
        try (FileChannel out = open(part)) {
            List<String> reasons = new ArrayList<>();
            for (String mirror : set.mirrors()) {
                String reason = silent.contains(mirror)
                        ? "no answer before"
                        : ask(mirror, name, out, part, check, progress);
                if (reason == null) {
                    Path file = directory.resolve(name);
                    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
                    return file;
                }
                reasons.add(URI.create(mirror).getAuthority() + ": " + reason);
            }
            if (out.size() == 0) {
                Files.delete(part);
            }
            throw new InputException("%s cannot be downloaded (%s); %s to %s or use the built-in digits".formatted(name,
                    String.join("; ", reasons),
                    set.archive() == null ? "copy the %s files".formatted(set.title()) : "copy it", directory))
                    .about("data digits");
        }
    }

    /** Asks one mirror, again where it cuts a file off; returns why it is of no use, or null where all is there. */
    private @Nullable String ask(String mirror, String name, FileChannel out, Path part, Check check, Progress progress)
            throws IOException {
        String reason = OTHER;
        for (int i = 0; i < TRIES; i++) {
            Transfer transfer = new Transfer(mirror, name, part, out, progress);
            try {
                transfer.run();
                if (isRight(check, part)) {
                    return null;
                }
                out.truncate(0);
                if (!transfer.continued) { // else its start may have been another mirror's
                    return OTHER;
                }
            } catch (InputException e) {
                throw e;
            } catch (IOException e) {
                stopIfInterrupted();
                reason = reason(e);
                if (e instanceof Refused || e instanceof SocketTimeoutException || transfer.arrived == 0) {
                    return reason;
                }
            }
        }
        return reason;
    }

    private static boolean isRight(Check check, Path part) {
        try {
            return check.isRight(part);
        } catch (InputException _) {
            return false; // no gzip file to its end
        }
    }

    /** An unfinished file, for this process alone. */
    private static FileChannel open(Path part) throws InputException {
        Path directory = SetFiles.directory(part);
        try {
            Files.createDirectories(directory);
            FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                if (out.tryLock(LOCK, 1, false) != null && Files.exists(part)) { // else its owner has just moved it
                    return out;
                }
            } catch (OverlappingFileLockException _) {
                // by this process
            }
            out.close();
        } catch (IOException e) {
            throw notWritten(directory, e);
        }
        throw new InputException("%s is being downloaded already; wait for the end of that".formatted(part));
    }

    /**
     * Copies what a mirror has of a file behind what is there. HttpURLConnection, because its read time-out holds for every
     * read: that of java.net.http ends with the headers, so a body that stalls would be waited for forever.
     */
    private final class Transfer {
        private final String mirror;
        private final Path part;
        private final String name;
        private final FileChannel out;
        private final Progress progress;
        private boolean continued; // what is there
        private long arrived; // by this transfer

        Transfer(String mirror, String name, Path part, FileChannel out, Progress progress) {
            this.mirror = mirror;
            this.part = part;
            this.name = name;
            this.out = out;
            this.progress = progress;
        }

        void run() throws IOException {
            long there = out.size();
            HttpURLConnection connection = new Proxies(environment).open(URI.create(mirror).resolve(name));
            connection.setConnectTimeout(connectMillis);
            connection.setReadTimeout(readMillis);
            connection.setUseCaches(false);
            connection.setRequestProperty("User-Agent", "lanewise");
            connection.setRequestProperty("Accept", "*/*");
            if (there > 0) {
                connection.setRequestProperty("Range", "bytes=" + there + "-");
            }
            try {
                try {
                    connection.connect();
                } catch (IOException e) {
                    silent.add(mirror);
                    throw e;
                }
                copy(connection, there);
            } catch (SocketTimeoutException e) {
                silent.add(mirror);
                throw e;
            } finally {
                connection.disconnect();
            }
        }

        private void copy(HttpURLConnection connection, long there) throws IOException {
            int status = connection.getResponseCode(); // follows redirects, though not from https to http or back
            String range = String.valueOf(connection.getHeaderField("Content-Range"));
            boolean partial = status == HttpURLConnection.HTTP_PARTIAL;
            continued = there > 0 && partial && range.startsWith("bytes " + there + "-");
            if (there > 0 && !continued && (partial || status == NOT_SATISFIABLE)) { // more is here than there
                out.truncate(0);
                run();
                return;
            }
            if (status != HttpURLConnection.HTTP_OK && !continued) {
                throw new Refused("status " + status);
            }
            long bytes = continued ? there : 0;
            long length = connection.getContentLengthLong();
            long total = length < 0 ? -1 : bytes + length;
            try (InputStream in = connection.getInputStream()) {
                byte[] buffer = new byte[1 << 16];
                int n = in.readNBytes(buffer, 0, 64);
                if (!continued) {
                    checkStart(buffer, n);
                    out.truncate(0);
                }
                out.position(bytes);
                for (; n >= 0; n = read(in, buffer, bytes, total)) {
                    bytes += n;
                    arrived += n;
                    if (bytes > mostBytes) {
                        out.truncate(0);
                        throw new Refused("more than %d bytes".formatted(mostBytes));
                    }
                    write(ByteBuffer.wrap(buffer, 0, n));
                    progress.arrived(name, bytes, total);
                    stopIfInterrupted();
                }
            }
        }

        /** The next piece; -1 behind the last one. */
        private static int read(InputStream in, byte[] buffer, long bytes, long total) throws IOException {
            try {
                return in.read(buffer);
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) { // the stream knows how long it should be
                throw new IOException("cut off after %d of %s bytes".formatted(bytes, total < 0 ? "more" : total), e);
            }
        }

        private void write(ByteBuffer bytes) throws InputException, InterruptedIOException {
            try {
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
            } catch (IOException e) {
                stopIfInterrupted();
                throw notWritten(SetFiles.directory(part), e);
            }
        }

        private void checkStart(byte[] start, int length) throws Refused {
            boolean zip = !name.endsWith(".gz");
            if (length < 2 || start[0] != (zip ? 'P' : 0x1f) || start[1] != (zip ? 'K' : (byte) 0x8b)) {
                byte[] text = Arrays.copyOf(start, length);
                throw new Refused(IdxReader.isMarkup(text)
                        ? "a web page in place of the file"
                        : zip ? "not a zip file" : "not a gzip file");
            }
        }
    }

    /** No mirror's fault. The cause tells whether the disk is full. */
    private static InputException notWritten(Path directory, IOException e) {
        return new InputException(
                "%s cannot be written to (%s); make room there, make it writable, or copy the files there"
                        .formatted(directory, reason(e)),
                e);
    }

    private static void stopIfInterrupted() throws InterruptedIOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("download interrupted");
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case UnknownHostException unknown -> "unknown host";
            case SocketTimeoutException late -> "timed out";
            case AccessDeniedException denied -> "permission denied";
            case FileAlreadyExistsException file -> "a file is in the way";
            case FileSystemException failure when failure.getReason() != null -> failure.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
