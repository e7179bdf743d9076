package dev.lanewise.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.NamedSet;
import dev.lanewise.data.NpzArchive;
import dev.lanewise.data.SetFiles;
import dev.lanewise.data.Sources;
import dev.lanewise.kernel.Shape;
import dev.lanewise.run.Model;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a program that uses the library is told of a file that is not there, or is something else: what it is and what to do. */
class FileMessagesTest {
    private static final Model MODEL = new Model(Recipe.mlp(3).network(new Shape(2, 2, 1), 2), List.of("a", "b"),
            Map.of());
    private static final String DIRECTORY = ": this is a directory; name a model's file, such as model.safetensors in a run";

    @TempDir
    private Path temp;

    private static void assertRefused(String sentence, Executable executable) {
        assertEquals(sentence, assertThrows(InputException.class, executable).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"safetensors", "onnx", "npz", "h", "md"})
    void placesThatTakeNoFileAreNamed(String ending) throws IOException {
        Path missing = temp.resolve("missing");
        assertRefused("%s cannot be written (there is no directory %s); make it or name another file"
                .formatted(missing.resolve("m." + ending), missing), () -> write(missing.resolve("m." + ending)));
        Path directory = Files.createDirectory(temp.resolve("m." + ending));
        assertRefused("%s cannot be written (a directory is in the way); name another file".formatted(directory),
                () -> write(directory));
        Path file = Files.createFile(temp.resolve("file"));
        assertRefused("%s cannot be written (there is no directory %s); make it or name another file"
                .formatted(file.resolve("m." + ending), file), () -> write(file.resolve("m." + ending)));
        assertFalse(Files.exists(missing));
    }

    private static void write(Path file) throws IOException {
        Formats.write(Subject.of(MODEL), Options.USUAL, file);
    }

    @Test
    void aModelIsWrittenToAFile() {
        Path file = temp.resolve("missing").resolve("m");
        assertRefused("%s cannot be written (there is no directory %s); make it or name another file".formatted(file,
                file.getParent()), () -> MODEL.write(file));
        assertRefused("%s cannot be written (a directory is in the way); name another file".formatted(temp),
                () -> MODEL.write(temp));
    }

    @Test
    void aModelIsReadFromAFile() throws IOException {
        Path missing = temp.resolve("missing.safetensors");
        assertRefused(missing + ": there is no such file; check the path", () -> Model.read(missing));
        assertRefused("." + DIRECTORY, () -> Model.read(Path.of(".")));
        assertRefused("." + DIRECTORY, () -> Model.read(Path.of("")));
        assertRefused(temp + DIRECTORY, () -> Formats.read(temp));
        Path empty = Files.createFile(temp.resolve("empty.safetensors"));
        assertRefused(empty + ": this file is empty; use another copy of it", () -> Model.read(empty));
        assertRefused(empty + ": this file is empty; use another copy of it", () -> Formats.read(empty));
        Path other = Files.createFile(temp.resolve("model.txt"));
        String sentence = assertThrows(InputException.class, () -> Formats.weights(other)).getMessage();
        assertEquals(other + ": models are read from files that end with .onnx, .safetensors, .npz",
                sentence.replaceAll("[,;](?! \\.(safe|npz)).*", ""));
    }

    @Test
    void aRunIsWrittenToADirectory() throws IOException {
        DatasetPair data = DatasetPair.of("some", BuiltInDigits.draw(1, 20), null);
        Path missing = temp.resolve("missing");
        Path file = Files.createFile(temp.resolve("file"));
        try (Training training = new Training(Recipe.mlp(2), data)) {
            assertRefused(missing + ": there is no such directory; make it first",
                    () -> training.writeTo(missing, Map.of()));
            assertRefused(file + ": this is a file; name a directory", () -> training.writeTo(file, Map.of()));
        }
    }

    @Test
    void dataAreReadFromFiles() {
        Path missing = temp.resolve("missing.npz");
        assertRefused(missing + " does not exist; check the path",
                () -> NpzArchive.open(missing, NpzArchive::names));
        assertRefused(temp + " is a directory; name a file", () -> NpzArchive.open(temp, NpzArchive::names));
        for (int files : new int[]{0, 1, 3}) {
            assertThrows(IllegalArgumentException.class, () -> Sources.read(Collections.nCopies(files, missing)));
        }
        String sentence = assertThrows(InputException.class, () -> SetFiles.load(NamedSet.of("mnist").orElseThrow(),
                temp)).getMessage();
        assertFalse(sentence.contains("holds  but"), sentence);
    }
}
