package dev.lanewise.data;

import java.io.IOException;

/**
 * A file or directory of the user's that cannot be used. The message is one sentence that names it, says what is wrong
 * and what to do; the command line prints it and exits with status 2.
 */
public final class InputException extends IOException {
    private static final long serialVersionUID = 1L;

    /** An exception with the sentence to show. */
    public InputException(String message) {
        super(message);
    }

    /** An exception with the sentence to show and what led to it. */
    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
