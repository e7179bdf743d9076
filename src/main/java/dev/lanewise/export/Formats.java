package dev.lanewise.export;

import dev.lanewise.data.InputException;
import dev.lanewise.model.Network;
import dev.lanewise.model.Registry;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Safetensors;
import dev.lanewise.run.files.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * All kinds of files that models are written to and read from, by what their names end with.
 *
 * <pre>{@code
 * Formats.write(Subject.of(model), Options.USUAL, Path.of("model.onnx"));
 * Model read = Formats.read(Path.of("model.onnx"));
 * }</pre>
 */
public final class Formats {
    /** The formats by the endings of file names. */
    public static final Registry<Format> KINDS = new Registry<>("format", Format::ending,
            List.of(new OnnxFormat(), new SafetensorsFormat(), new NpzFormat(), new HeaderFormat(), new CardFormat()),
            ServiceLoader.load(Format.class));

    private Formats() {
    }

    /**
     * The format of a file.
     *
     * @throws InputException if there is none of that ending
     */
    public static Format of(Path file) throws InputException {
        return find(file).orElseThrow(() -> new InputException("%s: models are written to files that end with .%s; "
                .formatted(file, String.join(", .", KINDS.names())) + "name one"));
    }

    private static Optional<Format> find(Path file) {
        String name = file.toString();
        String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return KINDS.names().contains(ending) && name.contains(".")
                ? Optional.of(KINDS.kind(ending))
                : Optional.empty();
    }

    /** Whether a file of that name holds a model, as far as its ending tells. */
    public static boolean isModel(Path file) {
        return find(file).filter(Format::isRead).isPresent();
    }

    /**
     * Writes a model in the format that the file's name ends with; a failure leaves what was there.
     *
     * @throws InputException if there is no such format, the model has something that such a file cannot hold, or the file cannot
     *         be written
     */
    public static void write(Subject subject, Options options, Path file) throws IOException {
        try {
            of(file).write(subject, options, file);
        } catch (IOException e) {
            throw WholeFile.unwritable(file, "", e);
        }
    }

    /**
     * Reads a model from a file of any format.
     *
     * @throws InputException naming the file and what is wrong with it, or not understood
     */
    public static Model read(Path file) throws IOException {
        Optional<Format> format = find(file);
        return format.isEmpty() ? Model.read(file) : weights(file).model();
    }

    /**
     * Puts the weights of a file into a network whose layers have weights of the same shapes.
     *
     * @throws InputException naming the file and what does not fit
     */
    public static void initialize(Network network, Path file) throws IOException {
        weights(file).copyTo(network);
    }

    /**
     * What a file holds.
     *
     * @throws InputException naming the file and what is wrong with it
     */
    public static Weights weights(Path file) throws IOException {
        Safetensors.requireFile(file);
        Format format = find(file).orElseThrow(() -> new InputException(
                "%s: models are read from files that end with .%s; name one".formatted(file, KINDS.names().stream()
                        .filter(name -> KINDS.kind(name).isRead()).collect(Collectors.joining(", .")))));
        try {
            return format.read(file);
        } catch (OutOfMemoryError e) {
            throw tooLarge(file, e);
        }
    }

    static InputException tooLarge(Path file, OutOfMemoryError e) {
        return new InputException(
                "%s: it does not fit in the memory of the JVM, %,d MiB; use a smaller model, or allow more with -Xmx"
                        .formatted(file, Runtime.getRuntime().maxMemory() >> 20),
                e);
    }
}
