package dev.lanewise.export;

import dev.lanewise.data.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** A kind of file that a model can be written to; a service, so that a jar can bring formats of its own. */
public interface Format {
    /** What names of such files end with, without the dot: {@code onnx}. */
    String ending();

    /** What it is, for a list: {@code ONNX, for most other programs}. */
    String description();

    /** Names of the {@link Options} that it takes. */
    default Set<String> options() {
        return Set.of();
    }

    /** Whether it makes use of an evaluation of the model. */
    default boolean wantsEvaluation() {
        return false;
    }

    /**
     * Writes a model; a failure leaves what was there.
     *
     * @throws InputException if the model has something that such a file cannot hold
     */
    void write(Subject subject, Options options, Path file) throws IOException;

    /** Whether such files can be read. */
    default boolean isRead() {
        return false;
    }

    /**
     * Reads what a file holds.
     *
     * @throws InputException naming the file and what is wrong with it, or not understood
     */
    default Weights read(Path file) throws IOException {
        throw new InputException("%s: .%s files are written, not read; use another file".formatted(file, ending()));
    }
}
