package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, in a home of its own whose name has a blank; mostly with a JDK that only says how it was started. */
@DisabledOnOs(OS.WINDOWS)
class LauncherIT {
    @TempDir
    Path temp;
    private Path home;
    private Path launcher;

    @BeforeEach
    void makeHome() throws IOException {
        temp = temp.toRealPath();
        home = Files.createDirectories(temp.resolve("a home"));
        launcher = script(home.resolve("lanewise"), Files.readString(Child.BASE.resolve("lanewise")));
        Files.createDirectory(home.resolve("target"));
        Files.createFile(home.resolve("target").resolve("lanewise.jar"));
    }

    private static Path script(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A JDK of that version; its java prints its path and its arguments in brackets. */
    private Path fakeJdk(String directory, String version) throws IOException {
        Path jdk = temp.resolve(directory);
        script(jdk.resolve("bin").resolve("java"), """
                #!/bin/sh
                case "$*" in *ArchiveClassesAtExit*) exit 1 ;; esac
                echo "java %s"
                printf '[%%s]\\n' "$@"
                """.formatted(jdk));
        Files.writeString(jdk.resolve("release"), """
                IMPLEMENTOR="Somebody"
                JAVA_RUNTIME_VERSION="%s+9"
                JAVA_VERSION="%s"
                """.formatted(version, version));
        return jdk;
    }

    /** The same, with a compiler. */
    private Path fakeCompilingJdk(String directory) throws IOException {
        Path jdk = fakeJdk(directory, "25.0.1");
        script(jdk.resolve("bin").resolve("javac"), "#!/bin/sh\n");
        return jdk;
    }

    /** Sources to build, and a build that says where it runs and writes the jar after a while. */
    private void makeSources(double seconds) throws IOException {
        Files.delete(home.resolve("target").resolve("lanewise.jar"));
        Files.writeString(Files.createDirectories(home.resolve("src/main/java")).resolve("A.java"), "");
        Files.writeString(home.resolve("pom.xml"), "");
        script(home.resolve("mvnw"), """
                #!/bin/sh
                echo "building in $PWD with $JAVA_HOME, home ${HOME:?}"
                sleep %s
                echo jar >target/lanewise.jar
                """.formatted(seconds));
    }

    /** Makes the launcher look for JDKs below the temporary directory instead of in the machine's folders. */
    private void hideJdksOfThisMachine() throws IOException {
        String original = Files.readString(launcher);
        String hidden = original.replaceAll("(?<=[ \\t])/(?=usr/|opt/|Library/)", temp + "/");
        assertNotEquals(original, hidden);
        script(launcher, hidden);
    }

    /** Without any Java of this machine: no HOME, and on the PATH only the tools that the script uses. */
    private Map<String, String> bare(String javaHome) throws IOException {
        Path tools = Files.createDirectories(temp.resolve("tools"));
        for (String tool : List.of("dirname", "readlink", "find", "head", "touch", "mkdir", "rmdir", "sleep", "rm")) {
            script(tools.resolve(tool), "#!/bin/sh\nPATH=/usr/bin:/bin exec %s \"$@\"\n".formatted(tool));
        }
        return new HashMap<>(
                Map.of("PATH", tools.toString(), "HOME", temp.resolve("nobody").toString(), "JAVA_HOME", javaHome));
    }

    private Outcome launch(Map<String, String> environment, Object... command) throws IOException {
        try (Child child = Child.start(temp, environment, command)) {
            return child.outcome();
        }
    }

    @Test
    void itRunsTheProgram() throws IOException {
        copyProgram();
        Outcome outcome = launch(Map.of(), launcher, "--version").expect(0);
        assertTrue(outcome.out().startsWith("lanewise "), outcome::toString);
        assertEquals(List.of(), outcome.messages());
        launch(Map.of(), launcher, "train", "--lr", "NaN").expectRefusal("--lr");
    }

    @Test
    void argumentsPassUnharmed() throws IOException {
        Path jdk = fakeJdk("jdk", "25.0.1");
        String[] arguments = {"train", "--out", "a b", "", "*", "$HOME", "\"", "it's", "a\\b", "--", "-x"};
        Object[] command = new Object[arguments.length + 1];
        command[0] = launcher;
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Outcome outcome = launch(Map.of("JAVA_HOME", jdk.toString()), command).expect(0);
        List<String> passed = outcome.out().lines().toList();
        assertEquals("java " + jdk, passed.getFirst());
        int main = passed.indexOf("[dev.lanewise.cli.Start]");
        Path target = home.resolve("target");
        assertEquals(List.of("[-cp]", "[%s:%s]".formatted(target.resolve("lanewise.jar"), target.resolve("lib/*.jar"))),
                passed.subList(main - 2, main));
        assertEquals(Arrays.stream(arguments).map(argument -> "[" + argument + "]").toList(),
                passed.subList(main + 1, passed.size()));
        assertEquals(List.of("[--add-modules]", "[jdk.incubator.vector]"), passed.subList(1, 3));
        assertTrue(passed.contains("[-Dlanewise.terminal=false]"), passed::toString);
    }

    /** speedrun starts it again. */
    @Test
    void theProgramIsToldWhereTheLauncherIs() throws IOException {
        Path jdk = fakeJdk("jdk", "25.0.1");
        script(jdk.resolve("bin").resolve("java"), "#!/bin/sh\necho \"$LANEWISE_LAUNCHER\"\n");
        assertEquals(launcher + "\n", launch(Map.of("JAVA_HOME", jdk.toString()), launcher, "info").expect(0).out());
    }

    private static List<Path> archives(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.filter(file -> file.toString().endsWith(".jsa")).toList();
        }
    }

    private static Path archive(Path place) throws IOException {
        List<Path> archives = archives(place);
        assertEquals(1, archives.size(), archives::toString);
        return archives.getFirst();
    }

    /** Written before the first training, used by every command; a Java or a jar that is another has one of its own. */
    @Test
    void classesAreKeptInAnArchive() throws IOException {
        copyProgram();
        Path target = home.resolve("target");
        Path data = SmallData.write(temp.resolve("small"));
        launch(Map.of(), launcher, "info").expect(0);
        assertEquals(List.of(), archives(target));
        for (String run : List.of("makes it", "uses it")) {
            Outcome outcome = launch(Map.of(), launcher, "train", "--data", data, "--epochs", 1, "--out",
                    temp.resolve(run)).expect(0);
            assertTrue(outcome.out().startsWith("epoch 1/1 "), outcome::toString);
            assertEquals(List.of(), outcome.messages());
        }
        Path archive = archive(target);
        assertTrue(Files.size(archive) > 1_000_000);
        FileTime written = Files.getLastModifiedTime(archive);
        assertEquals(Set.of(archive.getFileName().toString(), "build.lock", "lanewise.jar", "lib"), names(target));

        Path log = temp.resolve("classes");
        Path more = Files.createDirectories(temp.resolve("more classes"));
        launch(Map.of("LANEWISE_JAVA_OPTS", "-Xlog:class+load:file=" + log, "LANEWISE_CLASSPATH", more.toString()),
                launcher, "train", "--data", data, "--epochs", 1, "--out", temp.resolve("tells")).expect(0);
        assertEquals(List.of(), Files.readAllLines(log).stream()
                .filter(line -> line.contains(" picocli.") && !line.contains("source: shared objects file")).toList());
        assertEquals(written, Files.getLastModifiedTime(archive(target)));

        Files.setLastModifiedTime(target.resolve("lanewise.jar"),
                FileTime.fromMillis(System.currentTimeMillis() - 5_000));
        Files.setLastModifiedTime(archive, FileTime.fromMillis(System.currentTimeMillis() - 10_000));
        launch(Map.of(), launcher, "train", "--data", data, "--epochs", 1, "--out", temp.resolve("again")).expect(0);
        assertTrue(Files.getLastModifiedTime(archive(target)).compareTo(written) > 0, "is of an older jar");
    }

    /** An archive of the user's own would conflict with it. */
    @Test
    void anArchiveOfTheUsersOwnTakesItsPlace() throws IOException {
        Map<String, String> environment = new HashMap<>(Map.of("JAVA_HOME", fakeJdk("jdk", "25.0.1").toString()));
        Path archive = home.resolve("target").resolve("lanewise-25.0.1+9.jsa");
        Files.writeString(archive, "classes");
        Files.setLastModifiedTime(archive, FileTime.fromMillis(System.currentTimeMillis() + 5_000));
        for (String command : List.of("train", "info")) {
            assertTrue(
                    launch(environment, launcher, command).out().contains("[-XX:SharedArchiveFile=" + archive + "]"));
        }
        environment.put("LANEWISE_JAVA_OPTS", "-XX:ArchiveClassesAtExit=mine");
        script(temp.resolve("jdk/bin/java"), "#!/bin/sh\nprintf '[%s]' \"$@\"");
        Outcome outcome = launch(environment, launcher, "train").expect(0);
        assertTrue(outcome.out().contains("[-XX:ArchiveClassesAtExit=mine]"), outcome::toString);
        assertFalse(outcome.out().contains("SharedArchiveFile"), outcome::toString);
    }

    /** A full disk below the program, say: no training fails for it, and none tries again. */
    @Test
    void trainingGoesOnWhereTheArchiveCannotBeWritten() throws IOException {
        Map<String, String> environment = Map.of("JAVA_HOME", fakeJdk("jdk", "25.0.1").toString());
        Outcome outcome = launch(environment, launcher, "train").expect(0);
        assertFalse(outcome.out().contains("SharedArchiveFile"), outcome::toString);
        assertEquals("", outcome.err());
        Path archive = archive(home.resolve("target"));
        assertEquals(0, Files.size(archive));
        FileTime written = Files.getLastModifiedTime(archive);
        launch(environment, launcher, "train").expect(0);
        assertEquals(written, Files.getLastModifiedTime(archive));
    }

    /** As where another user has built, or made the last archive. */
    @Test
    void trainingGoesOnWhereTheLockIsAnothers() throws IOException {
        Map<String, String> environment = Map.of("JAVA_HOME", fakeJdk("jdk", "25.0.1").toString());
        Files.createDirectory(home.resolve("target/build.lock")); // which nobody can write to
        Outcome outcome = launch(environment, launcher, "train").expect(0);
        assertEquals("", outcome.err());
        assertEquals(List.of(), archives(home.resolve("target")));
    }

    /** Nothing is trained then, nothing is left, and the next start makes it. */
    @Test
    void aSignalWhileTheArchiveIsMadeEndsAll() throws IOException, InterruptedException {
        Path jdk = fakeJdk("jdk", "25.0.1");
        script(jdk.resolve("bin").resolve("java"), """
                #!/bin/sh
                case "$*" in *ArchiveClassesAtExit*) echo >"%s"; sleep 1; exit 1 ;; esac
                echo trained
                """.formatted(temp.resolve("begun")));
        for (String shell : List.of("sh", "bash")) {
            Files.deleteIfExists(temp.resolve("begun"));
            try (Child child = Child.start(temp, Map.of("JAVA_HOME", jdk.toString()), shell, launcher, "train")) {
                while (!Files.exists(temp.resolve("begun"))) {
                    Thread.sleep(10);
                }
                child.signal("TERM");
                Outcome outcome = child.outcome().expect(143);
                assertEquals("", outcome.out());
            }
            assertEquals(Set.of("build.lock", "lanewise.jar"), names(home.resolve("target")));
        }
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    /** Of the incubator's module, which a shell that starts would show each time. */
    @Test
    void whatComputesNothingDoesNotWarn() throws IOException {
        copyProgram();
        for (List<String> arguments : List.of(List.<String>of(), List.of("--help"), List.of("--version"),
                List.of("completion", "zsh"))) {
            List<Object> command = new ArrayList<>(List.of(launcher));
            command.addAll(arguments);
            assertEquals("", launch(Map.of(), command.toArray()).err().replaceFirst("(?s)^Usage.*", ""),
                    arguments::toString);
        }
    }

    @Test
    void jvmOptionsOfTheEnvironmentArePassed() throws IOException {
        Path jdk = fakeJdk("jdk", "25.0.1");
        List<String> passed = launch(Map.of("JAVA_HOME", jdk.toString(), "LANEWISE_JAVA_OPTS", "-Xint  -Dx=y"),
                launcher, "info").expect(0).out().lines().toList();
        int classes = passed.indexOf("[-cp]");
        assertEquals(List.of("[-Xint]", "[-Dx=y]"), passed.subList(classes - 2, classes));
    }

    @Test
    void itIsFoundThroughSymbolicLinksFromAnywhere() throws IOException {
        Path jdk = fakeJdk("jdk", "25.0.1");
        Path bin = Files.createDirectories(temp.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("absolute"), launcher);
        Files.createSymbolicLink(bin.resolve("relative"), Path.of("../a home/lanewise"));
        Files.createSymbolicLink(bin.resolve("twice"), Path.of("relative"));
        Map<String, String> environment = Map.of("JAVA_HOME", jdk.toString());
        String jar = "[%s:%s]".formatted(home.resolve("target").resolve("lanewise.jar"),
                home.resolve("target/lib/*.jar"));
        for (String link : List.of("absolute", "relative", "twice")) {
            Outcome outcome = launch(environment, bin.resolve(link), "info").expect(0);
            assertTrue(outcome.out().lines().anyMatch(jar::equals), outcome::toString);
        }
        Outcome outcome = launch(environment, "bin/twice", "info").expect(0);
        assertTrue(outcome.out().lines().anyMatch(jar::equals), outcome::toString);
    }

    @Test
    void cdpathDoesNotLeadItAstray() throws IOException {
        Path jdk = fakeJdk("jdk", "25.0.1");
        Files.createDirectories(temp.resolve("elsewhere").resolve("a home"));
        Outcome outcome = launch(Map.of("JAVA_HOME", jdk.toString(), "CDPATH", temp.resolve("elsewhere").toString()),
                "sh", "a home/lanewise", "info").expect(0);
        assertTrue(outcome.out().contains("[" + home.resolve("target").resolve("lanewise.jar") + ":"),
                outcome::toString);
    }

    @Test
    void withoutAnyJdkItSaysWhatIsNeeded() throws IOException {
        hideJdksOfThisMachine();
        launch(bare(""), launcher, "train").expectRefusal("JDK 25", "JAVA_HOME", "no JDK");
        launch(bare(temp.resolve("nothing there").toString()), launcher, "train").expectRefusal("JDK 25");
    }

    @Test
    void anOldJdkIsNamedAndNotUsed() throws IOException {
        hideJdksOfThisMachine();
        Path old = fakeJdk("old", "17.0.1");
        Path older = fakeJdk("usr/lib/jvm/older", "21");
        Outcome outcome = launch(bare(old.toString()), launcher, "train").expect(Main.WRONG_INPUT);
        assertTrue(outcome.err().startsWith("lanewise: a JDK 25 or later is needed"), outcome::toString);
        assertTrue(outcome.err().contains(old + " (Java 17)"), outcome::toString);
        assertTrue(outcome.err().contains(older + " (Java 21)"), outcome::toString);
        assertEquals("", outcome.out());
    }

    @Test
    void aNewJdkIsFoundInTheUsualPlacesAndJavaHomeComesFirst() throws IOException {
        hideJdksOfThisMachine();
        Map<String, String> environment = bare(fakeJdk("old", "17.0.1").toString());
        fakeJdk("usr/lib/jvm/a", "24.0.2");
        Path installed = fakeJdk("usr/lib/jvm/b", "26");
        assertTrue(launch(environment, launcher, "info").expect(0).out().startsWith("java " + installed + "\n"));

        Path sdkman = fakeJdk("nobody/.sdkman/candidates/java/25.0.1-tem", "25.0.1");
        Files.delete(installed.resolve("release"));
        assertTrue(launch(environment, launcher, "info").expect(0).out().startsWith("java " + sdkman + "\n"));

        Path onPath = fakeJdk("on the path", "25-ea");
        Path bin = Files.createDirectories(temp.resolve("linked"));
        Files.createSymbolicLink(bin.resolve("java"), Path.of("../on the path/bin/java"));
        environment.put("PATH", bin + ":" + environment.get("PATH"));
        assertTrue(launch(environment, launcher, "info").expect(0).out().startsWith("java " + onPath + "\n"));

        Path chosen = fakeJdk("chosen", "25");
        environment.put("JAVA_HOME", chosen.toString());
        assertTrue(launch(environment, launcher, "info").expect(0).out().startsWith("java " + chosen + "\n"));
    }

    @Test
    void withoutJarAndSourcesItSaysSo() throws IOException {
        Files.delete(home.resolve("target").resolve("lanewise.jar"));
        launch(Map.of(), launcher, "train").expectRefusal("lanewise.jar");
    }

    @Test
    void itBuildsWhenTheJarIsMissingOrOlderThanTheSources() throws IOException {
        Path jdk = fakeCompilingJdk("jdk");
        Map<String, String> environment = Map.of("JAVA_HOME", jdk.toString());
        makeSources(0);
        Path source = home.resolve("src/main/java/A.java");
        String built = "building in %s with %s".formatted(home, jdk);

        Outcome first = launch(environment, launcher, "info").expect(0);
        assertTrue(first.err().contains(built), first::toString);
        assertFalse(first.out().contains("building"), "stdout is for results");
        Outcome second = launch(environment, launcher, "info").expect(0);
        assertEquals("", second.err());
        Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 5_000));
        assertTrue(launch(environment, launcher, "info").expect(0).err().contains(built));

        script(home.resolve("mvnw"), "#!/bin/sh\necho broken\nexit 1\n");
        Outcome failed = launch(environment, launcher, "info").expect(Main.FAILED);
        assertEquals("", failed.out());
        assertTrue(failed.err().contains("broken") && failed.err().contains("the build failed"), failed::toString);
    }

    /** One of them builds, the other two wait for it. */
    @Test
    void startsAtTheSameTimeBuildOnce() throws IOException {
        String waitsWithFlock = Files.readString(launcher);
        for (boolean flock : new boolean[]{true, false}) {
            Path jdk = fakeCompilingJdk("jdk");
            makeSources(1);
            script(launcher, flock ? waitsWithFlock : waitsWithFlock.replace("command -v flock", "false"));
            List<Child> children = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                children.add(Child.start(temp, Map.of("JAVA_HOME", jdk.toString()), launcher, "info"));
            }
            StringBuilder messages = new StringBuilder();
            for (Child child : children) {
                messages.append(child.outcome().expect(0).err());
                child.close();
            }
            assertEquals(1, messages.toString().lines().filter(line -> line.startsWith("building in")).count(),
                    messages::toString);
            assertTrue(messages.toString().contains("Waiting for another build of Lanewise"), messages::toString);
            assertFalse(Files.exists(home.resolve("target/build.lock.d")), "a lock is left");
        }
    }

    @Test
    void aRuntimeWithoutACompilerRunsButIsNotChosenToBuildWith() throws IOException {
        hideJdksOfThisMachine();
        Path runtime = fakeJdk("runtime", "25.0.1");
        Map<String, String> environment = bare(runtime.toString());
        launch(environment, launcher, "info").expect(0);

        makeSources(0);
        Outcome refused = launch(environment, launcher, "info").expect(Main.WRONG_INPUT);
        assertTrue(refused.err().contains(runtime + " (Java 25, which cannot compile)"), refused::toString);
        Path jdk = fakeCompilingJdk("usr/lib/jvm/jdk");
        Outcome outcome = launch(environment, launcher, "info").expect(0);
        assertTrue(outcome.err().contains("with " + jdk), outcome::toString);
    }

    @Test
    void itRunsAndBuildsWithoutAHome() throws IOException {
        hideJdksOfThisMachine();
        makeSources(0);
        Path jdk = fakeCompilingJdk("usr/lib/jvm/jdk");
        Outcome outcome = launch(bare(""), "/usr/bin/env", "-u", "HOME", launcher, "info").expect(0);
        assertTrue(outcome.out().startsWith("java " + jdk + "\n"), outcome::toString);
    }

    /** HotSpot refuses to start with two. */
    @Test
    void aCollectorOfTheEnvironmentTakesThePlaceOfTheUsualOne() throws IOException {
        Path jdk = fakeJdk("jdk", "25.0.1");
        String usual = "[-XX:+UseSerialGC]";
        for (String variable : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")) {
            assertFalse(launch(Map.of("JAVA_HOME", jdk.toString(), variable, "-Dx=y -XX:+UseG1GC"), launcher, "info")
                    .expect(0).out().contains(usual), variable);
            assertTrue(launch(Map.of("JAVA_HOME", jdk.toString(), variable, "-Dx=y"), launcher, "info").expect(0)
                    .out().contains(usual), variable);
        }
        copyProgram();
        assertTrue(launch(Map.of("JAVA_TOOL_OPTIONS", "-XX:+UseG1GC"), launcher, "info").expect(0).field("gc")
                .startsWith("G1"));
    }

    private void copyProgram() throws IOException {
        Files.copy(Child.JAR, home.resolve("target").resolve("lanewise.jar"), StandardCopyOption.REPLACE_EXISTING);
        SmallRun.copy(Child.JAR.resolveSibling("lib"), home.resolve("target").resolve("lib"));
    }

    /** Java takes the one for the end of a path, the other for the end of an archive's name. */
    @Test
    void aPlaceInWhichJavaFindsNoClassesIsRefused() throws IOException {
        for (String name : List.of("a:b", "wow!")) {
            Path place = Files.createDirectories(temp.resolve(name));
            Path moved = script(place.resolve("lanewise"), Files.readString(launcher));
            launch(Map.of(), moved, "info").expectRefusal(place, "move or rename");
        }
    }

    /** As most containers are: the JVM could not even read the name. */
    @Test
    void filesWithLettersOfAnyLanguageAreReadInTheLocaleC() throws IOException {
        copyProgram();
        Path data = SmallData.write(temp.resolve("data"));
        String session = """
                run=$(printf 'a run \\303\\237')
                "$1" train --data "$2" --epochs 1 --hidden 4 --out "$run" && "$1" eval "$run" && rm -r "$run"
                """;
        for (String locale : List.of("C", "")) {
            launch(Map.of("LC_ALL", locale, "LC_CTYPE", "", "LANG", ""), "sh", "-c", session, "sh", launcher, data)
                    .expect(0);
        }
    }

    /** What is tuned for one system is tuned for the other. */
    @Test
    void bothLaunchersGiveTheSameOptions() throws IOException {
        assertEquals(options(Child.BASE.resolve("lanewise")), options(Child.BASE.resolve("lanewise.cmd")));
        assertTrue(options(Child.BASE.resolve("lanewise")).contains("-XX:CICompilerCount=4"));
    }

    private static Set<String> options(Path launcher) throws IOException {
        return Pattern.compile("-X[\\w:+]+[^\\s\"}]*")
                .matcher(Files.readString(launcher).replaceAll("(?m)^ *(#|rem) .*",
                        ""))
                .results().map(MatchResult::group).filter(option -> !option.contains("Archive")
                        && !option.startsWith("-Xshare") && !option.startsWith("-Xlog") && !option.contains("*GC"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** With delayed expansion an exclamation mark would be lost from every argument. */
    @Test
    void theLauncherForWindowsExpandsNothingTwice() throws IOException {
        assertFalse(Files.readString(Child.BASE.resolve("lanewise.cmd")).contains("enabledelayedexpansion"));
    }
}
