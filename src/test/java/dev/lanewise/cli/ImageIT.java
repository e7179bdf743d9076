package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code -Pimage} packs, unpacked into an empty directory, on a machine where there is no other Java. */
class ImageIT {
    private static final long MOST = 64L << 20; // bytes

    @TempDir
    private static Path temp;
    private static Map<String, String> noJava;

    @BeforeAll
    static void unpack() throws IOException {
        Path packed;
        try (Stream<Path> files = Files.list(Child.JAR.getParent())) {
            packed = files.filter(file -> file.getFileName().toString().matches("lanewise-linux-.*\\.tar\\.gz"))
                    .findFirst().orElseThrow();
        }
        assertTrue(Files.size(packed) < MOST, () -> packed + " has more than 64 MiB");
        run("tar", "-xzf", packed);
        Path tools = Files.createDirectory(temp.resolve("tools")); // those that the launcher uses
        for (String tool : List.of("dirname", "readlink", "find", "head", "mkdir")) {
            Path script = Files.writeString(tools.resolve(tool),
                    "#!/bin/sh\nPATH=/usr/bin:/bin exec %s \"$@\"\n".formatted(tool));
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        noJava = Map.of("PATH", tools.toString(), "JAVA_HOME", "", "HOME", temp.resolve("nobody").toString());
    }

    private static Outcome run(Object... command) throws IOException {
        return run(Map.of(), command);
    }

    private static Outcome run(Map<String, String> environment, Object... command) throws IOException {
        try (Child child = Child.start(temp, environment, command)) {
            return child.outcome().expect(0);
        }
    }

    private static Outcome lanewise(Object... arguments) throws IOException {
        Object[] command = new Object[arguments.length + 1];
        command[0] = temp.resolve("lanewise").resolve("lanewise");
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return run(noJava, command);
    }

    @Test
    void itRunsWithoutAnotherJava() throws IOException {
        String version = System.getProperty("lanewise.version");
        assertTrue(lanewise("--version").out().startsWith("lanewise " + version), "version");
        Outcome trained = lanewise("train", "--data", "digits", "--limit", 2000, "--epochs", 2, "--out", "run");
        assertTrue(trained.out().contains("weights_sha256"), trained::toString);
        assertTrue(Files.exists(temp.resolve("run").resolve("model.safetensors")));
        assertTrue(lanewise("eval", "run", "--wrong", "wrong").out().contains("%"), "eval, which writes PNG files");
        assertTrue(lanewise("bench", "--help").out().contains("bench"));
        assertFalse(lanewise("info").out().isEmpty());
    }

    @Test
    void itHasThePagesOfItsManual() throws IOException {
        Path pages = temp.resolve("lanewise").resolve("share").resolve("man").resolve("man1");
        assertTrue(Files.readString(pages.resolve("lanewise-train.1")).startsWith(".TH LANEWISE\\-TRAIN 1 "));
        assertTrue(Files.exists(pages.resolve("lanewise-data-fetch.1")));
    }

    @Test
    void itsArchiveOfClassesIsUsed() throws IOException {
        Path java = temp.resolve("lanewise").resolve("runtime").resolve("bin").resolve("java");
        assertEquals(0, run(noJava, java, "-Xshare:on", "-XX:+UseSerialGC", "-version").status());
    }
}
