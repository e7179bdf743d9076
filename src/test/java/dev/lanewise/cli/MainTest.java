package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
    private static final List<String> COMMANDS = List.of("train", "eval", "predict", "draw", "report", "export",
            "sweep", "lr-find", "gradcheck",
            "explain",
            "data",
            "speedrun", "bench", "info");

    @TempDir
    Path temp;

    /** What picocli fills in may be null where it need not be typed and has no default; else the compiler is told that it is not. */
    @Test
    void optionsWithoutADefaultMayBeNull() {
        List<Field> fields = new ArrayList<>();
        addNullable(Main.withAllCommands(), fields);
        assertTrue(fields.size() > 30, fields::toString);
    }

    private static void addNullable(CommandLine command, List<Field> fields) {
        for (CommandLine.Model.ArgSpec word : command.getCommandSpec().args()) {
            if (word.userObject() instanceof Field field && !field.getType().isPrimitive()) {
                boolean nullable = !word.required() && word.defaultValue() == null;
                assertEquals(nullable, field.getAnnotatedType().isAnnotationPresent(Nullable.class), field::toString);
                fields.addAll(nullable ? List.of(field) : List.of());
            }
        }
        command.getSubcommands().values().forEach(below -> addNullable(below, fields));
    }

    @Test
    void nothingShowsWhereToBegin() {
        Outcome asked = Outcome.of().expect(0);
        assertEquals("", asked.err());
        List<String> commands = asked.out().lines().filter(line -> line.startsWith("  lanewise ")).toList();
        assertEquals(3, commands.size(), asked::toString);
        commands.forEach(line -> assertTrue(COMMANDS.contains(line.strip().split(" ")[1]), line));
        asked.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }

    @Test
    void helpShowsWhatThereIs() {
        Outcome asked = Outcome.of("--help").expect(0);
        for (String command : COMMANDS) {
            assertTrue(asked.out().lines().anyMatch(line -> line.startsWith("  " + command + " ")), asked::toString);
        }
        assertEquals(asked, Outcome.of("help"));
        assertEquals("", asked.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "eval", "predict", "draw", "report", "export", "sweep", "lr-find",
            "gradcheck", "explain", "data",
            "speedrun",
            "bench",
            "info",
            "explain digit", "data fetch", "bench compare"})
    void helpOnACommandIsThatOfItsOption(String command) {
        Outcome asked = Outcome.of((Object[]) (command + " --help").split(" ")).expect(0);
        assertTrue(asked.out().contains("Usage: lanewise " + command), asked::toString);
        assertEquals(asked, Outcome.of((Object[]) ("help " + command).split(" ")));
    }

    /** No line is broken a second time by a terminal of 80 columns. */
    @ParameterizedTest
    @ValueSource(
            strings = {"train", "eval", "predict", "draw", "report", "export", "sweep", "lr-find",
                    "gradcheck", "explain", "explain xor",
                    "explain digit", "data",
                    "data verify", "speedrun", "bench", "bench compare", "info"})
    void helpIsOfWholeSentencesAndFitsATerminal(String command) {
        List<String> lines = Outcome.of((Object[]) (command + " --help").split(" ")).out().lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            assertTrue(lines.get(i).length() <= 80, lines.get(i));
            assertFalse(lines.get(i).matches("[a-z]+") && !lines.get(i - 1).isEmpty(), "broken twice: " + lines.get(i));
        }
        int first = IntStream.range(0, lines.size()).filter(i -> lines.get(i).startsWith("  -h, --help")).findFirst()
                .orElseThrow();
        assertTrue(lines.get(first + 1).startsWith("  -V, --version"), "help comes last: " + lines);
        assertTrue(lines.subList(first + 2, lines.size()).stream().noneMatch(line -> line.startsWith("      --")),
                () -> "help comes last: " + lines);
    }

    /** In groups, and each with what holds without it. */
    @Test
    void everyOptionOfTrainIsInAGroupAndNamesItsDefault() {
        String help = Outcome.of("train", "--help").out();
        List<String> groups = help.lines().filter(line -> line.matches("[A-Z]\\w+:")).toList();
        assertEquals(List.of("Data:", "Network:", "Steps:", "Run:"), groups);
        assertTrue(help.split("\\R\\R  -h, --help")[0].contains("--resume"), help);
        List<String> options = List
                .of(help.substring(help.indexOf("Data:"), help.indexOf("  -h, ")).split("(?m)^      --"));
        for (String option : options.subList(1, options.size())) {
            boolean isSwitch = option
                    .matches("(?s)(dense|profile|no-report|no-progress|no-browser|resume|layers|net).*");
            assertEquals(!isSwitch, option.replaceAll("\\s+", " ").contains("(default: "), option);
        }
    }

    @Test
    void helpOnWhatIsNoCommandIsRefused() {
        Outcome.of("help", "trian").expectRefusal("'trian'", "train");
        Outcome.of("trian", "--help").expectRefusal("'trian'", "train");
    }

    /** To picocli it means arguments in a file. */
    @Test
    void aFileWhoseNameBeginsWithAnAtIsAFile() throws IOException {
        Path image = Files.writeString(temp.resolve("@7.png"), "--help");
        String argument = Path.of("").toAbsolutePath().relativize(image).toString();
        Outcome.of("predict", "no-run", "@" + argument).expectRefusal("no-run");
        Outcome.of("data", "verify", "@" + image).expectRefusal("@" + image);
    }

    @Test
    void aFileOfOptionsThatCannotBeReadIsNamed() throws IOException {
        Path inner = Files.createDirectory(temp.resolve("inner"));
        Path file = Files.writeString(temp.resolve("options.txt"), "--epochs 1 @" + inner);
        for (String command : List.of("train", "sweep")) {
            Outcome.of(command, "@" + temp).expectRefusal(temp, "this is a directory; name a file of options");
            Outcome.of(command, "@" + file).expectRefusal(inner, "this is a directory; name a file of options");
            Path failing = Path.of("/proc/self/mem");
            if (Files.isReadable(failing)) {
                Outcome.of(command, "@" + failing).expectRefusal(failing, "cannot be read (");
            }
        }
    }

    /** Of what a command, another thread or a stream throws. */
    private static String sentence(int status, Throwable thrown) {
        String text = Outcome.told(status, () -> Main.status(thrown));
        assertEquals(1, text.lines().count(), text);
        return text;
    }

    @Test
    void tooFewThreadsAndTooLittleMemoryAreDifferentSentences() {
        String threads = sentence(Main.FAILED, new OutOfMemoryError("unable to create native thread: possibly out of "
                + "memory or process/resource limits reached"));
        assertTrue(threads.contains("--threads") && threads.contains("ulimit -u"), threads);
        OutOfMemoryError heap = new OutOfMemoryError("Java heap space");
        for (Throwable thrown : List.of(heap, new OutOfMemoryError(), new CompletionException(heap),
                new CommandLine.ExecutionException(new CommandLine(new Main()), "in a method", heap))) {
            String memory = sentence(Main.WRONG_INPUT, thrown);
            assertTrue(memory.contains(" MiB") && memory.contains("LANEWISE_JAVA_OPTS=-Xmx"), memory);
            assertFalse(memory.contains("--threads"), memory);
        }
    }

    /** The JVM writes its archive of classes after that, and crashes where a lambda is met meanwhile. */
    @Test
    @Timeout(30)
    void aTrainingStandsStillBeforeASignalEndsTheProcess() throws InterruptedException {
        Main main = Main.of("train");
        Thread work = Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                main.standStillIfEnding();
            }
        });
        main.tellUnfinished();
        while (work.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
        LockSupport.unpark(work);
        Thread.sleep(10);
        assertTrue(work.isAlive());
    }

    /** What was typed is wrong input; what the system could not do is a failure. */
    @Test
    void failuresOfTheSystemAreNotWrongInput() {
        for (IOException failure : List.of(new IOException("No space left on device"),
                new FileSystemException("/tmp/x", null, "No space left on device"),
                new FileSystemException("/tmp/x", null, "Disk quota exceeded"),
                new IOException("Input/output error"))) {
            sentence(Main.FAILED, failure);
        }
        IOException full = new IOException("No space left on device");
        sentence(Main.FAILED, new InputException("/cache cannot be written to; make room there", full));
        sentence(Main.WRONG_INPUT, new InputException("/cache cannot be written to; make it writable",
                new IOException("/workspace (Permission denied)")));
        for (IOException wrong : List.of(new AccessDeniedException("/root/x"), new NoSuchFileException("/x"),
                new NotDirectoryException("/x"))) {
            assertTrue(sentence(Main.WRONG_INPUT, wrong).contains("x: "));
        }
    }

    @Test
    void whatIsWrappedOnItsWayIsSaidAllTheSame() {
        InputException wrong = new InputException("x.png is cut short; copy it again");
        for (Throwable thrown : List.of(wrong, new UncheckedIOException(wrong), new CompletionException(wrong))) {
            assertEquals("lanewise: " + wrong.getMessage(), sentence(Main.WRONG_INPUT, thrown).strip());
        }
    }
}
