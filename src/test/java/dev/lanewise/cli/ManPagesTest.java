package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine;

class ManPagesTest {
    @TempDir
    private static Path temp;
    private static Map<String, String> pages;

    @BeforeAll
    static void write() throws IOException {
        ManPages.main(new String[]{temp.resolve("made").toString()});
        pages = new TreeMap<>();
        try (Stream<Path> files = Files.list(temp.resolve("made"))) {
            for (Path file : files.toList()) {
                pages.put(file.getFileName().toString(), Files.readString(file, StandardCharsets.US_ASCII));
            }
        }
    }

    @Test
    void everyCommandHasAPageWithAllItsOptions() {
        Set<String> named = new TreeSet<>();
        expectPages(Main.withAllCommands(), named);
        assertEquals(named, pages.keySet());
        assertTrue(named.containsAll(List.of("lanewise.1", "lanewise-train.1", "lanewise-bench-compare.1")),
                named::toString);
    }

    private static void expectPages(CommandLine command, Set<String> named) {
        String file = command.getCommandSpec().qualifiedName("-") + ".1";
        named.add(file);
        for (OptionSpec option : command.getCommandSpec().options()) {
            String tag = Stream.of(option.names()).map(name -> "\\fB" + name.replace("-", "\\-") + "\\fR")
                    .collect(Collectors.joining(", ", "\n.TP\n", ""));
            assertEquals(!option.hidden(), pages.get(file).contains(tag), () -> file + " and " + tag);
        }
        for (CommandLine below : command.getSubcommands().values()) {
            String name = below.getCommandSpec().qualifiedName("-");
            assertTrue(pages.get(file).contains("\n\\fB%s\\fR(1)\n".formatted(name.replace("-", "\\-"))), name);
            expectPages(below, named);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "--help", "-h", "a b"})
    void wordsThatAreNoDirectoryAreRefused(String words) throws IOException {
        String[] args = words.equals("a b") ? words.split(" ") : new String[]{words};
        assertEquals("lanewise: name one directory for the pages, and nothing else%n".formatted(), told(2, args));
        assertFalse(Files.exists(Path.of("lanewise.1")) || Files.exists(Path.of("--help")));
    }

    /** No page, half of one or some of all. */
    @Test
    void aFullDiskLeavesWhatWasThere() throws IOException {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full), "no /dev/full here");
        Path directory = Files.createDirectory(temp.resolve("full"));
        Path old = Files.writeString(directory.resolve("lanewise.1"), "old");
        Files.createSymbolicLink(directory.resolve("lanewise-export.1"), full);
        String message = told(1, directory.toString());
        assertTrue(message.startsWith("lanewise: " + directory + ": No space left on device; no page was added"),
                message);
        assertEquals(Set.of("lanewise.1", "lanewise-export.1"), Set.of(directory.toFile().list()));
        assertFalse(Files.readString(old).isEmpty());
        assertTrue(told(2, old.toString()).contains("a file is in the way"));
    }

    private static String told(int status, String... args) {
        return Outcome.told(status, () -> ManPages.run(args));
    }

    @Test
    void aPageSaysWhatTheHelpSays() {
        String page = pages.get("lanewise-train.1");
        Stream.of(".SS Network\n.TP\n\\fB\\-\\-hidden\\fR=\\fIN\\fR[,\\fIN\\fR...]\nWidths of the hidden layers;",
                "\n.SS Steps\n", "\n.SS Help\n", "(default: 128)",
                "\n.TP\n\\fBbatch\\-norm\\fR\nmomentum=0.1 epsilon=1e\\-5\n",
                "\n.SH EXAMPLES\n", "  lanewise train                                           98.27 %\n",
                "\\-\\-optimizer \\e\n",
                "\n.SH SEE ALSO\n\\fBlanewise\\fR(1)\n")
                .forEach(part -> assertTrue(page.contains(part), () -> part + " in " + page));
        assertTrue(pages.get("lanewise.1").contains("\n.SH EXIT STATUS\n.TP\n\\fB0\\fR\ndone\n"));
        assertTrue(pages.get("lanewise-data-fetch.1")
                .contains("\n.SH SEE ALSO\n\\fBlanewise\\-data\\fR(1),\n\\fBlanewise\\fR(1)\n"));
    }

    @Test
    void whatRoffWouldTakeForItsOwnIsEscaped() {
        assertEquals("\\&.csv", ManPages.escaped(".csv"));
        assertEquals("a\n\\&.b", ManPages.escaped("a\n.b"));
        assertEquals("\\(aqa\\(aq", ManPages.escaped("'a'"));
        assertEquals("\\-\\-seed \\e", ManPages.escaped("--seed \\"));
        assertEquals("\\(ha\\(ti\\(ga", ManPages.escaped("^~`"));
        pages.forEach((name, page) -> page.lines().forEach(line -> assertTrue(
                line.matches("\\.((TH|SH|SS|B) .*|TP|PP|IP|RS|RE|EX|EE|br|sp)|[^.'].*"), () -> name + ": " + line)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"groff -ww -man -Tutf8 -z", "mandoc -T lint -W warning"})
    void whatShowsPagesFindsNoFault(String program) throws IOException {
        List<String> words = List.of(program.split(" "));
        Assumptions.assumeTrue(Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(place -> Files.isExecutable(Path.of(place, words.getFirst()))),
                words.getFirst() + " is missing");
        Object[] command = Stream.concat(words.stream(), pages.keySet().stream().map(temp.resolve("made")::resolve))
                .toArray();
        try (Child child = Child.start(temp, Map.of(), command)) {
            assertEquals(new Outcome(0, "", ""), child.outcome());
        }
    }
}
