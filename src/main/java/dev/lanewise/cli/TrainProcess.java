package dev.lanewise.cli;

import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.system.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code lanewise train} as a process of its own, started as people start it; what it leaves is gone when this is closed. */
final class TrainProcess implements AutoCloseable {
    private final Path directory;
    private @Nullable Process process; // null before its start

    /** Nothing yet but a directory for it. */
    TrainProcess(String purpose) throws IOException {
        directory = Files.createTempDirectory("lanewise-" + purpose);
    }

    /** Starts it, with these words behind {@code train} and these variables in its environment. */
    Process start(List<String> words, Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>(launcher());
        command.add("train");
        command.addAll(words);
        command.addAll(List.of("--no-report", "--out", directory.resolve("run").toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(directory.resolve("stdout").toFile())
                .redirectError(directory.resolve("stderr").toFile());
        builder.environment().putAll(environment);
        process = builder.start();
        return process;
    }

    /** How this program was started, up to its arguments. */
    private static List<String> launcher() {
        String launcher = System.getenv("LANEWISE_LAUNCHER");
        if (launcher != null) {
            return List.of(launcher);
        }
        List<String> java = new ArrayList<>(Machine.java(Machine.options()));
        java.add(Main.class.getName());
        return java;
    }

    /** Its run. */
    RunDirectory run() {
        return new RunDirectory(directory.resolve("run"));
    }

    /** What it has said on stderr. */
    String messages() throws IOException {
        return Files.readString(directory.resolve("stderr"));
    }

    @Override
    public void close() throws IOException {
        if (process != null) {
            process.destroy();
            process.onExit().join(); // it may still write
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
