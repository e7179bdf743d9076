package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
    @TempDir
    Path temp;

    private List<String> completed(String line) throws IOException {
        Path script = temp.resolve("script");
        Files.writeString(script, Outcome.of("completion", "bash").expect(0).out() + """
                COMP_WORDS=(%s)
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _complete_lanewise lanewise
                echo "${COMPREPLY[@]}"
                """.formatted(line));
        try (Child bash = Child.start(temp, Map.of(), "bash", script)) {
            return Arrays.asList(bash.outcome().expect(0).out().strip().split(" "));
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void bashCompletesCommandsAndOptions() throws IOException {
        assertEquals(List.of("train"), completed("lanewise tra"));
        assertEquals(List.of("--hidden"), completed("lanewise train --hid"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void bashCompletesWordsThatAnOptionTakes() throws IOException {
        assertEquals(List.of("lenet"), completed("lanewise train --net len"));
        assertEquals(List.of("adam", "adamw"), completed("lanewise train --optimizer ad"));
        assertEquals(List.of("json"), completed("lanewise eval runs/A -o j"));
        assertEquals(List.of("zsh"), completed("lanewise completion z"));
        assertEquals(List.of("fashion-mnist"), completed("lanewise data fetch fa"));
    }

    @Test
    void zshTakesWhatBashTakes() {
        assertEquals(Outcome.of("completion", "bash").out(), Outcome.of("completion", "zsh").expect(0).out());
    }

    @Test
    void fishKnowsEveryCommandAndOption() {
        List<String> lines = Outcome.of("completion", "fish").expect(0).out().lines().toList();
        assertTrue(lines.contains("complete -c lanewise -n __fish_use_subcommand -f -a train "
                + "-d 'Trains a network and saves it.'"), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith(
                "complete -c lanewise -n '__fish_seen_subcommand_from train' -s q -l quiet -d 'Prints ")),
                lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith(
                "complete -c lanewise -n '__fish_seen_subcommand_from train' -l hidden -r -d 'Widths ")),
                lines::toString);
    }

    @Test
    void anotherShellIsRefused() {
        Outcome.of("completion", "ksh").expectRefusal("ksh", "fish");
    }
}
