package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.core.Species;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Asserts in a process of its own that cases allocate nothing once warm: what C2 inlines, and so keeps in registers,
 * depends on what has run before. A case that allocates after the others runs once more alone, as a user's would.
 *
 * <p>The process runs {@code main} of a class with the names of the cases to run, or none for all, which prints for each
 * the bytes and the name.
 */
public final class OwnProcess {
    private OwnProcess() {
    }

    /** Runs all cases of a class. */
    public static void assertNothingAllocated(Class<?> main, int atLeast) throws IOException {
        List<String> lines = run(main);
        assertTrue(lines.size() >= atLeast, () -> "cases: " + lines);
        for (String line : lines) {
            if (!line.startsWith("0 ")) {
                String name = line.substring(line.indexOf(' ') + 1);
                List<String> expected = List.of("0 " + name);
                List<String> found = run(main, name);
                for (int again = 0; again < 2 && !found.equals(expected); again++) { // what C2 inlines is a matter of the process
                    found = run(main, name);
                }
                assertEquals(expected, found, "bytes, warm and alone");
            }
        }
    }

    private static List<String> run(Class<?> main, String... cases) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "-Dlanewise.rehearse=false", "-D" + Species.PROPERTY + "=" + Species.bits(),
                "-cp",
                System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(cases));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        return process.inputReader().readAllLines();
    }
}
