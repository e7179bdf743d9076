package dev.lanewise.data;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file or directory of the user's that cannot be used. The message is one sentence that names it, says what is wrong
 * and what to do, ready to be shown.
 */
public final class InputException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int MOST = 4000; // characters: a name in a file can have millions

    private String[] settings = {};

    /** An exception with the sentence to show. */
    public InputException(String message) {
        super(line(message));
    }

    /** An exception with the sentence to show and what led to it. */
    public InputException(String message, @Nullable Throwable cause) {
        super(line(message), cause);
    }

    /** The sentence: there always is one. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /**
     * Says which settings what is to be done is about, with a value where it helps: {@code size} or {@code prepare scale}.
     * Messages name none, because each program has its own words for them and may add these.
     *
     * @return this
     */
    public InputException about(String... names) {
        settings = names.clone();
        return this;
    }

    /** What {@link #about} was told, here or of the {@code InputException} that led to this one. */
    public List<String> settings() {
        return settings.length == 0 && getCause() instanceof InputException cause
                ? cause.settings()
                : List.of(settings);
    }

    /**
     * Why a text is no path, in a sentence. In a locale without UTF-8 the JVM reads other letters than ASCII's as question
     * marks, and can name no such file.
     */
    public static String reason(InvalidPathException e) {
        return e.getInput().chars().allMatch(c -> c < 128)
                ? "'%s' is no path here (%s)".formatted(e.getInput(), e.getReason())
                : "'%s' cannot be the name of a file in this locale; set LC_ALL=C.UTF-8".formatted(e.getInput());
    }

    /** What the operating system says of a failure, without the path that the caller names. */
    public static String reason(IOException e) {
        if (e instanceof FileSystemException failure) {
            return failure.getReason() != null ? failure.getReason() : switch (failure) {
                case AccessDeniedException _ -> "permission denied";
                case NoSuchFileException _ -> "no such file or directory";
                case FileAlreadyExistsException _ -> "a file is in the way";
                default -> failure.getClass().getSimpleName();
            };
        }
        return e.getMessage() != null ? e.getMessage() : e.getClass().getSimpleName();
    }

    /** Names and values in it come from files: no line ends there, and nothing that a terminal would obey. */
    private static String line(String message) {
        return message.codePoints().limit(MOST).map(c -> isShown(c) ? c : '?').collect(StringBuilder::new,
                StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    /** Whether a text can be printed as it is. */
    static boolean isLine(String text) {
        return text.codePoints().allMatch(InputException::isShown);
    }

    private static boolean isShown(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                false;
            default -> true;
        };
    }
}
