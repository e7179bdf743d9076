package dev.lanewise.sweep;

import dev.lanewise.data.InputException;
import dev.lanewise.run.files.Destination;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.Obstacle;
import dev.lanewise.run.files.WholeFile;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A directory with a file for each outcome, by its key, which is there as a whole or not at all. Any number of processes may
 * work on one directory: before a training begins it is claimed, by a lock on a byte of a file that stands for its key; the
 * system lets go of that when the process ends, however it does.
 */
public final class OutcomeFiles implements AutoCloseable {
    /** That a training is this process's until this is closed. */
    public interface Claim extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    private static final String OUTCOMES = "outcomes";
    private static final String CHECKS = "checks";
    private static final String CLAIMS = ".claims";
    private static final Set<String> OWN = Set.of(OUTCOMES, CHECKS, CLAIMS);
    private static final int KEY_BITS = 62; // of a position in a file
    private static final int HEX = 16;
    private static final long POLL = 300; // milliseconds

    private final Path directory;
    private final Path outcomes;
    private final Path checks;
    private final FileChannel claims;

    /**
     * Checks that outcomes may be kept there: in the directory of a sweep, in an empty one or in one that is to be made.
     *
     * @throws InputException if something else is there
     */
    public static void requireFree(Path directory) throws IOException {
        if (Files.isDirectory(directory.resolve(OUTCOMES))) {
            return;
        }
        try { // another process may be making them at this moment
            Destination.requireFree(directory, file -> OWN.contains(String.valueOf(file.getFileName())),
                    ", and no sweep has written there; name another one");
        } catch (InputException e) {
            throw e.about("out");
        }
    }

    /**
     * Opens a directory, which is made where it is missing.
     *
     * @throws InputException if it cannot be written to, or something else is there
     */
    public OutcomeFiles(Path directory) throws IOException {
        requireFree(directory);
        this.directory = directory;
        outcomes = directory.resolve(OUTCOMES);
        checks = directory.resolve(CHECKS);
        try {
            Files.createDirectories(outcomes);
            Files.createDirectories(checks);
            claims = FileChannel.open(directory.resolve(CLAIMS), StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            String sentence = "--out %s: outcomes cannot be kept there (%s); %s".formatted(directory,
                    InputException.reason(e),
                    Obstacle.isFull(e) ? Obstacle.FULL.remedy() : "name another directory");
            throw Obstacle.isFull(e) ? new IOException(sentence, e) : new InputException(sentence, e);
        }
    }

    /** Where it is. */
    public Path directory() {
        return directory;
    }

    Path file(String key) {
        return outcomes.resolve(key + ".json");
    }

    /**
     * The outcome of that key; null if there is none yet.
     *
     * @throws InputException if its file is damaged
     */
    public @Nullable Outcome read(String key) throws IOException {
        Path file = file(key);
        if (!Files.exists(file)) {
            return null;
        }
        Outcome outcome = Outcome.fromJson(text(file), file);
        if (!outcome.key().equals(key)) {
            throw new InputException("%s is the outcome of another training; delete it, and its training is done again"
                    .formatted(file));
        }
        return outcome;
    }

    /**
     * Keeps an outcome.
     *
     * @throws IOException saying what to do, if it cannot be written
     */
    void write(Outcome outcome) throws IOException {
        write(file(outcome.key()), outcome.toJson());
    }

    private void write(Path file, String text) throws IOException {
        try {
            WholeFile.replace(file, partial -> Files.writeString(partial, text + "\n"));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** That something could not be written here, and what to do. */
    public IOException unwritable(IOException e) {
        return new IOException("%s cannot be written to (%s); what is there is kept: %s and give the same command again"
                .formatted(directory, InputException.reason(e), Obstacle.of(directory, e).remedy()), e);
    }

    /** Takes a training for this process; null if another one, or another thread of this one, is at it. */
    @Nullable
    Claim claim(String key) throws IOException {
        try {
            long position = new BigInteger(key, HEX).shiftRight(4 * key.length() - KEY_BITS).longValueExact();
            FileLock lock = claims.tryLock(position, 1, false);
            return lock == null ? null : lock::release;
        } catch (OverlappingFileLockException _) {
            return null;
        } catch (IOException _) {
            return () -> {
                // a file system without locks: sweeping there is not forbidden
            };
        }
    }

    /** The same; waits for whoever is at it, as long as that is not cancelled, and gives null then. */
    public @Nullable Claim await(String key, BooleanSupplier isCancelled) throws IOException, InterruptedException {
        Claim claim = claim(key);
        while (claim == null && !isCancelled.getAsBoolean()) {
            Thread.sleep(POLL);
            claim = claim(key);
        }
        return claim;
    }

    /** The weights' digest of an outcome whose training was done once more; null if it was not, or if that is damaged. */
    @Nullable
    String readCheck(String key) throws IOException {
        Path file = checks.resolve(key);
        String digest = Files.exists(file) ? text(file).strip() : "";
        return digest.matches("[0-9a-f]{64}|null") ? digest : null;
    }

    private static String text(Path file) throws IOException {
        try {
            return Json.text(file);
        } catch (InputException e) { // no UTF-8
            throw Outcome.damaged(file, e);
        } catch (IOException e) {
            throw new InputException("%s cannot be read (%s); delete it, and its training is done again"
                    .formatted(file, InputException.reason(e)), e);
        }
    }

    /** Keeps that digest. */
    void writeCheck(String key, String weightsSha256) throws IOException {
        write(checks.resolve(key), weightsSha256);
    }

    @Override
    public void close() throws IOException {
        claims.close();
    }
}
