package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Mnist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {
    private static final Pattern OPTION = Pattern.compile(" {2,6}(?:-\\w, )?(--[a-z-]+)[ =]");

    @TempDir
    Path temp;

    @Test
    void verifyTellsForeignFilesFromThePublished() throws IOException {
        Outcome outcome = Outcome.of("data", "verify", SmallData.write(temp.resolve("small"))).expect(Main.FAILED);
        List<String> lines = outcome.out().lines().toList();
        assertEquals(4, lines.size(), outcome::toString);
        for (int i = 0; i < 4; i++) {
            assertTrue(lines.get(i).startsWith("WRONG " + Mnist.FILES.get(i).name()), outcome::toString);
            assertTrue(lines.get(i).contains(Mnist.FILES.get(i).sha256()), outcome::toString);
        }
        assertEquals("", outcome.err());
    }

    @Test
    void verifyNamesWhatIsMissingOrBroken() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        Files.delete(data.resolve(SmallData.TRAIN_LABELS));
        Files.write(data.resolve(SmallData.TEST_IMAGES), new byte[]{0, 0, 8});
        List<String> lines = Outcome.of("data", "verify", data).expect(Main.FAILED).out().lines().toList();
        assertTrue(lines.get(1).contains("missing"), lines::toString);
        assertTrue(lines.get(2).contains("cut short"), lines::toString);
    }

    @Test
    void verifyRefusesADirectoryThatIsNone() {
        Outcome.of("data", "verify", temp.resolve("none")).expectRefusal(temp.resolve("none"));
    }

    @Test
    void helpOfEveryCommandIsOnStdout() {
        List<List<String>> commands = List.of(List.of(), List.of("train"), List.of("eval"), List.of("predict"),
                List.of("data"), List.of("data", "fetch"), List.of("data", "verify"), List.of("data", "list"),
                List.of("info"),
                List.of("bench"), List.of("bench", "compare"), List.of("speedrun"), List.of("gradcheck"),
                List.of("explain"));
        for (List<String> command : commands) {
            Object[] arguments = Stream.concat(command.stream(), Stream.of("--help"))
                    .toArray();
            Outcome outcome = Outcome.of(arguments).expect(0);
            String usage = "Usage: " + String.join(" ", "lanewise", String.join(" ", command)).strip();
            assertTrue(outcome.out().lines().anyMatch(line -> line.startsWith(usage)), outcome::toString);
            assertEquals("", outcome.err());
        }
        Outcome version = Outcome.of("--version").expect(0);
        assertTrue(version.out().matches("lanewise \\d+\\.\\d+\\.\\d+.*\\R"), version::toString);
    }

    @Test
    void trainHelpNamesEveryOptionInOrder() {
        assertEquals(List.of("--data", "--size", "--prepare", "--validation", "--hidden", "--activation", "--dropout",
                "--layers",
                "--loss",
                "--label-smoothing", "--epochs", "--batch-size", "--optimizer", "--momentum", "--lr", "--schedule",
                "--schedule-epochs", "--warmup", "--weight-decay", "--clip-norm", "--ema", "--early-stop", "--keep",
                "--seed", "--out", "--resume", "--target-accuracy", "--threads", "--dense", "--profile", "--help",
                "--version"), options("train"));
        assertEquals(List.of("--hidden", "--activation", "--layers", "--loss", "--optimizer", "--momentum", "--lr",
                "--weight-decay", "--seed", "--mistake", "--help", "--version"), options("gradcheck"));
    }

    private static List<String> options(String command) {
        String help = Outcome.of(command, "--help").expect(0).out();
        return help.lines().map(line -> OPTION.matcher(line)).filter(Matcher::lookingAt).map(option -> option.group(1))
                .toList();
    }
}
