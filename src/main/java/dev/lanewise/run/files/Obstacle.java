package dev.lanewise.run.files;

import dev.lanewise.data.InputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** Why a directory took no more, told from the failure and from what is there now: each has another remedy. */
public enum Obstacle {
    /** The directory is not there any more, or another one has its name. */
    GONE("find out who moved or deleted it"),
    /** This user may not write there, or nobody may. */
    FORBIDDEN("make it writable"),
    /** The disk is full, or what the user may have of it is. */
    FULL("make room"),
    /** Something else: a file in the way, a disk that fails. */
    OTHER("see what is wrong there");

    private static final long LEAST_ROOM = 1 << 16; // bytes: less is a full disk, in whatever words the system says it

    private final String remedy;

    Obstacle(String remedy) {
        this.remedy = remedy;
    }

    /** What to do, as the second half of a sentence. */
    public String remedy() {
        return remedy;
    }

    /** What kept a file in that directory from being written. */
    public static Obstacle of(Path directory, IOException e) {
        if (isFull(e)) {
            return FULL;
        }
        if (e instanceof NoSuchFileException || !Files.isDirectory(directory)) {
            return GONE;
        }
        if (e instanceof AccessDeniedException || !Files.isWritable(directory)) {
            return FORBIDDEN;
        }
        return isFull(directory) ? FULL : OTHER;
    }

    /** Whether a failure tells of a full disk, as far as its words do. */
    public static boolean isFull(IOException e) {
        String reason = InputException.reason(e).toLowerCase(Locale.ROOT);
        return reason.contains("no space") || reason.contains("enough space") || reason.contains("quota");
    }

    private static boolean isFull(Path directory) {
        try {
            return Files.getFileStore(directory).getUsableSpace() < LEAST_ROOM;
        } catch (IOException _) {
            return false; // it does not tell
        }
    }
}
