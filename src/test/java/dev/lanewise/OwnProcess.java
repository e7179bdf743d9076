package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.core.Species;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a test's program in a process of its own; so asserts that cases allocate nothing once warm: what C2 inlines, and so keeps in registers,
 * depends on what has run before. A case that allocates after the others runs once more alone, as a user's would.
 *
 * <p>For that the process runs {@code main} of a class with the names of the cases to run, or none for all, which prints for each
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
        return start(ProcessBuilder.Redirect.DISCARD, main, List.of("-Dlanewise.rehearse=false", width()), cases)
                .inputReader().readAllLines();
    }

    /** The option for vectors as wide as those of this test. */
    public static String width() {
        return "-D" + Species.PROPERTY + "=" + Species.bits();
    }

    /** What a class's main method prints, with such options of the JVM and no others; it must end with status 0. */
    public static List<String> output(Class<?> main, String... options) throws IOException, InterruptedException {
        Process process = start(ProcessBuilder.Redirect.INHERIT, main, List.of(options));
        List<String> lines = process.inputReader().readAllLines();
        assertEquals(0, process.waitFor(), lines::toString);
        return lines;
    }

    private static Process start(ProcessBuilder.Redirect errors, Class<?> main, List<String> options,
            String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(errors).start();
    }
}
