package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that {@code report}, {@code draw}, {@code export} and {@code data show} write. */
class OutputFileTest {
    @TempDir
    static Path temp;
    private static Path data;
    private static Path run;

    @BeforeAll
    static void trainOnce() throws IOException {
        data = SmallData.write(temp.resolve("small"));
        run = temp.resolve("run");
        Outcome.of("train", "--data", data, "--epochs", 1, "--hidden", 8, "--limit", 100, "--out", run).expect(0);
    }

    private static Outcome write(String command, Path file) {
        List<Object> words = new ArrayList<>(switch (command) {
            case "export" -> List.of("export", run, file);
            case "data show" -> List.of("data", "show", "--data", data, "-o", file);
            default -> List.of(command, run, "-o", file);
        });
        return Outcome.of(words.toArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"report", "draw", "export", "data show"})
    void aRunsOwnFilesAreNotOverwritten(String command) throws IOException {
        for (String name : List.of("run.json", "metrics.jsonl", "model.safetensors", "checkpoint.safetensors")) {
            byte[] before = Files.readAllBytes(run.resolve(name));
            write(command, run.resolve(name)).expectRefusal(run.resolve(name).toString(), name.equals("run.json")
                    || command.equals("export") ? "name" : "run's own");
            assertArrayEquals(before, Files.readAllBytes(run.resolve(name)), name);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"report", "draw", "data show"})
    void otherFilesAreNotTakenForPages(String command) throws IOException {
        Path table = Files.writeString(temp.resolve("data.csv"), "1,2,3");
        write(command, table).expectRefusal(table.toString(), command.equals("data show") ? ".png" : ".html");
        assertEquals("1,2,3", Files.readString(table));
    }

    @ParameterizedTest
    @ValueSource(strings = {"report", "draw", "export", "data show"})
    void aMissingDirectoryIsNamed(String command) {
        Path file = temp.resolve("nowhere").resolve("x" + ending(command));
        write(command, file).expectRefusal(file.toString(), "no directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"report", "draw", "data show"})
    void theRootIsNoFile(String command) {
        Path root = temp.toAbsolutePath().getRoot();
        write(command, root).expectRefusal(root.toString(), "cannot be written");
    }

    private static String ending(String command) {
        return switch (command) {
            case "export" -> ".onnx";
            case "data show" -> ".png";
            default -> ".html";
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"report", "draw", "export", "data show"})
    @DisabledOnOs(OS.WINDOWS)
    void linksAreFollowedAndDevicesWrittenTo(String command) throws IOException {
        Path file = Files.writeString(temp.resolve(command.charAt(0) + "real"), "");
        Path link = Files.createSymbolicLink(temp.resolve(command.charAt(0) + "link" + ending(command)), file);
        write(command, link).expect(0);
        assertTrue(Files.isSymbolicLink(link) && Files.size(file) > 100, "what it leads to is written");
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full) && !Files.isRegularFile(full), "/dev/full is needed");
        Path device = Files.createSymbolicLink(temp.resolve(command.charAt(0) + "full" + ending(command)), full);
        write(command, device).expectFailure(device.toString());
        assertFalse(Files.isRegularFile(full), "it is still a device");
    }

    @Test
    void aPageThatIsWrittenAgainIsReplaced() throws IOException {
        Path page = Files.writeString(temp.resolve("again.html"), "old");
        write("report", page).expect(0);
        assertTrue(Files.size(page) > 10_000);
    }
}
