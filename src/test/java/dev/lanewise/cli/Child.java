package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The program as a process of its own, its streams in files. */
final class Child implements AutoCloseable {
    static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
    static final Path BASE = Path.of(System.getProperty("basedir", System.getProperty("user.dir")));
    private static final Path ARCHIVE = BASE.resolve("target").resolve("tests.jsa"); // the build makes it
    static final Path JAR = BASE.resolve("target").resolve("lanewise.jar");
    /** What a person may have set, and what would change the runs here. */
    private static final List<String> FOREIGN = List.of("LANEWISE_DATA", "LANEWISE_JAVA_OPTS", "LANEWISE_LAUNCHER",
            "JAVA_TOOL_OPTIONS",
            "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CDPATH", "NO_COLOR");
    private static final int LIMIT_SECONDS = 60;

    private final Process process;
    private final Path out;
    private final Path err;
    private final List<String> command;

    private Child(ProcessBuilder builder) throws IOException {
        command = builder.command();
        out = Files.createTempFile("lanewise", ".out");
        err = Files.createTempFile("lanewise", ".err");
        process = builder.redirectOutput(out.toFile()).redirectError(err.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).start();
    }

    /** Starts a command in a directory, with these variables added to the environment. */
    static Child start(Path directory, Map<String, String> environment, Object... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(Arrays.stream(command).map(String::valueOf).toList())
                .directory(directory.toFile());
        FOREIGN.forEach(builder.environment()::remove);
        builder.environment().put("JAVA_HOME", JAVA_HOME.toString());
        builder.environment().putAll(environment);
        return new Child(builder);
    }

    /** The class path of a jar with its libraries beside it. */
    static String classes(Path jar) {
        return jar + ":" + jar.resolveSibling("lib") + "/*";
    }

    /** The command line that starts the jar, with these options for the JVM. */
    static List<Object> java(String... jvmOptions) {
        List<Object> command = new ArrayList<>(List.of(JAVA_HOME.resolve("bin").resolve("java")));
        if (Stream.of(jvmOptions).noneMatch(option -> option.startsWith("-XX:+Use") && option.endsWith("GC"))) {
            command.add("-XX:+UseSerialGC"); // as the launcher does
        }
        if (Files.exists(ARCHIVE)) { // as the launcher does: half a second less each time
            command.addAll(List.of("-XX:SharedArchiveFile=" + ARCHIVE, "-Xlog:disable",
                    "-Xlog:all=warning,cds*=off,aot*=off:stderr"));
        }
        command.addAll(List.of(jvmOptions));
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-cp", classes(JAR), "dev.lanewise.cli.Start"));
        return command;
    }

    /** Runs the jar to its end. */
    static Outcome run(Path directory, List<Object> java, Object... arguments) throws IOException {
        return run(directory, Map.of(), java, arguments);
    }

    static Outcome run(Path directory, Map<String, String> environment, List<Object> java, Object... arguments)
            throws IOException {
        List<Object> command = new ArrayList<>(java);
        command.addAll(List.of(arguments));
        try (Child child = start(directory, environment, command.toArray())) {
            return child.outcome();
        }
    }

    /** Waits for a line on stdout that starts so. */
    void awaitLine(String start) throws IOException {
        awaitLine(out, start);
    }

    /** Waits for a line on stderr that starts so. */
    void awaitMessage(String start) throws IOException {
        awaitLine(err, start);
    }

    private void awaitLine(Path stream, String start) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (Files.readAllLines(stream).stream().map(line -> line.replaceAll(" +", " "))
                .noneMatch(line -> line.startsWith(start))) {
            assertTrue(process.isAlive() && System.nanoTime() < end, () -> start + " did not come from " + this);
            pause();
        }
    }

    /** What came on stdout so far. */
    String out() throws IOException {
        return Files.readString(out);
    }

    /** Whether it inherited that SIGINT is ignored, as what a shell starts in the background does. */
    boolean ignoresInterrupt() throws IOException {
        Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
        return Files.exists(status) && Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }

    /** Waits until there is something in a directory whose name begins so. */
    void awaitFile(Path directory, String start) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            try (Stream<Path> files = Files.list(directory)) {
                if (files.anyMatch(file -> file.getFileName().toString().startsWith(start))) {
                    return;
                }
            }
            assertTrue(process.isAlive() && System.nanoTime() < end, () -> "no " + start + " of " + this);
            pause();
        }
    }

    /** Waits until the program has computed for a second: it is past reading its options then. */
    void awaitWork() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (process.info().totalCpuDuration().orElseThrow().toMillis() < 1500) {
            assertTrue(process.isAlive() && System.nanoTime() < end, () -> "no work of " + this);
            pause();
        }
    }

    /** Sends a signal; INT is what Ctrl-C sends. */
    void signal(String name) throws IOException {
        try {
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the end. */
    Outcome outcome() throws IOException {
        return outcome(LIMIT_SECONDS);
    }

    /** The same, where it takes long. */
    Outcome outcome(int seconds) throws IOException {
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                fail("no end of " + this);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Override
    public String toString() {
        try {
            return "%s%nstdout: %s%nstderr: %s".formatted(command, Files.readString(out), Files.readString(err));
        } catch (IOException e) {
            return command.toString();
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
