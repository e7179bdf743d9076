package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import dev.lanewise.Chromium;
import dev.lanewise.data.BuiltInDigits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged jar in a process of its own: what a JVM's flags, signals and environment do to it. */
class CommandLineIT {
    @TempDir
    static Path shared;
    private static Path data;
    private static Path trained;
    private static int widest; // bits of a vector without flags

    @TempDir
    Path temp;

    @BeforeAll
    static void writeData() throws IOException {
        data = SmallData.write(shared.resolve("small"));
        trained = shared.resolve("trained");
        Child.run(shared, Child.java(), "train", "--data", data, "--hidden", "4", "--epochs", "1", "--out", trained)
                .expect(0);
        widest = Integer.parseInt(
                Child.run(shared, Child.java(), "info").expect(0).field("vectors").split(" ")[0]);
    }

    private SmallRun run(String name) {
        return new SmallRun(temp.resolve(name));
    }

    /** Libraries beside the jar that are all gone, or all but the parser of options. */
    @Test
    void missingLibrariesAreNamedWithWhatToDo() throws IOException {
        Path jar = Files.copy(Child.JAR, temp.resolve("lanewise.jar"));
        List<Object> java = List.of(Child.JAVA_HOME.resolve("bin").resolve("java"), "--add-modules",
                "jdk.incubator.vector", "-cp", Child.classes(jar), "dev.lanewise.cli.Start");
        Child.run(temp, java, "train").expectRefusal("picocli", "remove target/lanewise.jar and run again");
        Path lib = Files.createDirectory(temp.resolve("lib"));
        try (Stream<Path> all = Files.list(Child.JAR.resolveSibling("lib"))) {
            for (Path library : all.filter(file -> file.getFileName().toString().startsWith("picocli")).toList()) {
                Files.copy(library, lib.resolve(library.getFileName()));
            }
        }
        Child.run(temp, java, "train").expectRefusal("com.google.gson", "remove target/lanewise.jar and run again");
    }

    @Test
    void theWeightsDoNotDependOnVectorWidthOrCompiler() throws IOException {
        Path tiny = SmallData.write(temp.resolve("tiny"), BuiltInDigits.draw(3, 60), BuiltInDigits.draw(4, 20));
        List<Object> train = List.of("train", "--data", tiny, "--hidden", "5", "--activation", "tanh", "--optimizer",
                "adam", "--batch-size", "25", "--epochs", "2", "--out");
        Map<String, List<Object>> flags = Map.of(
                "interpreter", Child.java("-Xint"),
                "c1", Child.java("-XX:TieredStopAtLevel=1"),
                "scalar", Child.java("-XX:+UnlockExperimentalVMOptions", "-XX:-EnableVectorSupport"),
                "missing",
                List.of(Child.JAVA_HOME.resolve("bin").resolve("java"), "-XX:+UseSerialGC", "-cp",
                        Child.classes(Child.JAR), "dev.lanewise.cli.Start"),
                "128", Child.java("-Dlanewise.vectorBits=128"),
                "256", Child.java("-Dlanewise.vectorBits=256"));
        Outcome standard = start("standard", Child.java(), train).expect(0);
        int bits = run("standard").json().getAsJsonObject("environment").get("vector_bits").getAsInt();
        for (Map.Entry<String, List<Object>> other : flags.entrySet()) {
            String name = other.getKey();
            if (name.equals("256") && bits < 256) {
                start(name, other.getValue(), train).expectRefusal("lanewise.vectorBits");
                continue;
            }
            Outcome outcome = start(name, other.getValue(), train).expect(0);
            assertEquals(standard.field("weights_sha256"), outcome.field("weights_sha256"), name);
            JsonObject environment = run(name).json().getAsJsonObject("environment");
            assertTrue(environment.get("flags").toString().contains(other.getValue().get(1).toString()),
                    environment::toString);
            boolean vectors = name.matches("\\d+");
            assertEquals(vectors ? 0 : 1,
                    outcome.err().lines().filter(line -> line.contains("The Vector API is")).count(),
                    outcome::toString);
            if (vectors) {
                assertEquals(name, environment.get("vector_bits").getAsString());
            }
        }
    }

    /** Each flag, the width it leaves, and whether the Vector API is then compiled to SIMD. */
    @ParameterizedTest
    @CsvSource({"-Xint, 0, false", "-XX:TieredStopAtLevel=1, 0, false",
            "-XX:+UnlockExperimentalVMOptions -XX:-EnableVectorSupport, 0, false", "-XX:-UseFMA, 0, false",
            "-XX:UseAVX=2, 256, true", "-XX:UseAVX=1, 128, true", "-XX:MaxVectorSize=16, 128, true"})
    void infoTellsUnderAnyFlagWhetherVectorsAreSimd(String flags, int bits, boolean simd) throws IOException {
        assumeTrue(bits <= widest
                && (!flags.contains("AVX") || System.getProperty("os.arch").equals("amd64")),
                "x86-64 with vectors of %d bits is needed".formatted(bits));
        Outcome outcome = Child.run(temp, Child.java(flags.split(" ")), "info").expect(0);
        assertTrue(outcome.field("vector api").startsWith(simd ? "compiled to SIMD;" : "NOT compiled to SIMD;"),
                outcome::toString);
        assertEquals(simd ? 0 : 1, outcome.out().lines().filter(line -> line.startsWith("***")).count(),
                outcome::toString);
        if (simd) {
            assertTrue(outcome.field("vectors").startsWith(bits + " bits"), outcome::toString);
        }
    }

    private Outcome start(String name, List<Object> java, List<Object> train) throws IOException {
        List<Object> arguments = new ArrayList<>(train);
        arguments.add(temp.resolve(name));
        return Child.run(temp, java, arguments.toArray());
    }

    @Test
    void aVectorWidthThatCannotBeIsOneSentence() throws IOException {
        Child.run(temp, Child.java("-Dlanewise.vectorBits=100"), "train", "--data", data, "--out", temp.resolve("r"))
                .expectRefusal("lanewise.vectorBits", "100");
    }

    @Test
    void wallSecondsCountFromTheStartOfTheProcess() throws IOException {
        // More than once: the system may tell the start in whole seconds.
        for (int i = 0; i < 3; i++) {
            long start = System.nanoTime();
            Child.run(temp, Child.java(), "train", "--data", data, "--hidden", "none", "--epochs", "1", "--out",
                    temp.resolve("r" + i)).expect(0);
            double elapsed = (System.nanoTime() - start) / 1e9;
            double told = run("r" + i).result().get("wall_seconds").getAsDouble();
            assertTrue(told > 0.3 * elapsed && told < elapsed + 0.1, () -> told + " s told of " + elapsed);
        }
    }

    /** Building the program, say, before it becomes the JVM. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void wallSecondsAreNotThoseOfALauncher() throws IOException {
        List<Object> command = new ArrayList<>(List.of("sh", "-c", "sleep 3; exec \"$0\" \"$@\""));
        command.addAll(Child.java());
        long start = System.nanoTime();
        Child.run(temp, command, "train", "--data", data, "--hidden", "none", "--epochs", "1", "--out",
                temp.resolve("r")).expect(0);
        double elapsed = (System.nanoTime() - start) / 1e9;
        double told = run("r").result().get("wall_seconds").getAsDouble();
        assertTrue(told > 0 && told < elapsed - 2.9, () -> told + " s told of " + elapsed);
    }

    /** German has commas for points, Turkish an I without a dot, Persian digits of its own. */
    @Test
    void whatIsWrittenIsTheSameInEveryLanguage() throws IOException {
        Map<String, String> english = inLanguage("en", "US");
        for (String locale : List.of("de DE", "tr TR", "fa IR")) {
            assertEquals(english, inLanguage(locale.split(" ")[0], locale.split(" ")[1]), locale);
        }
    }

    /** What commands print and what a run's files hold, but for times. */
    private Map<String, String> inLanguage(String language, String country) throws IOException {
        List<Object> java = Child.java("-Duser.language=" + language, "-Duser.country=" + country);
        Path directory = Files.createDirectory(temp.resolve(language));
        Map<String, String> written = new TreeMap<>();
        for (String command : List.of("train --data DATA --hidden 8,INF --epochs 1 --activation sigmoid --optimizer "
                + "ADAMW --out r", "train --data DATA --hidden 8 --epochs 1 --activation sigmoid --out r", "eval r",
                "predict r DATA/t10k-images-idx3-ubyte", "bench compare CPU")) {
            Outcome outcome = Child.run(directory, java, (Object[]) command.replace("DATA", data.toString())
                    .replace("CPU", Child.BASE.resolve("jmh/results/cpus/amd-epyc-zen5-512.json").toString())
                    .split(" "));
            written.put(command, outcome.status() + "\n" + withoutTimes(outcome.out()) + outcome.messages());
        }
        for (String name : List.of("model.safetensors", "checkpoint.safetensors")) {
            written.put(name, SmallRun.sha256(Files.readAllBytes(directory.resolve("r").resolve(name))));
        }
        for (String name : List.of("run.json", "metrics.jsonl")) {
            String text = Files.readString(directory.resolve("r").resolve(name));
            assertTrue(text.chars().allMatch(c -> c < 128), text);
            written.put(name, withoutTimes(text).replaceAll(".*user\\.(language|country).*\n", ""));
        }
        return written;
    }

    private static String withoutTimes(String text) {
        return text.replaceAll(" *[0-9.,]+ (s|images/s)\\b", "").replaceAll(
                "\"(\\w*seconds|images_per_second)\": ?[0-9.E-]+", "");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void ctrlCLeavesARunThatCanBeReadAndResumed() throws IOException {
        Object[] options = {"--hidden", "128,128", "--batch-size", "8", "--schedule", "constant", "--seed", "4"};
        Outcome outcome = interrupted("cut", options);
        int epochs = run("cut").checkpointEpoch();
        assertTrue(outcome.messages().getLast()
                .matches("Interrupted after epoch %d of 100000; .*--resume .*cut".formatted(epochs)),
                outcome::toString);

        Child.run(temp, Child.java(), "eval", temp.resolve("cut")).expect(0);
        int all = epochs + 2;
        Child.run(temp, Child.java(), "train", "--resume", temp.resolve("cut"), "--epochs", all).expect(0);
        assertEquals("finished", run("cut").status());
        List<Object> whole = new ArrayList<>(List.of("train", "--data", data, "--epochs", all, "--out",
                temp.resolve("whole")));
        whole.addAll(List.of(options));
        Child.run(temp, Child.java(), whole.toArray()).expect(0);
        assertEquals(run("whole").sha256(), run("cut").sha256());
        assertEquals(run("whole").accuracy(), run("cut").accuracy());
        assertEquals(all, run("cut").metrics().size());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void ctrlCEndsEpochsOfOneBatchToo() throws IOException {
        interrupted("cut", "--hidden", "4", "--batch-size", "600");
    }

    /** kill, and a terminal that was closed. */
    @ParameterizedTest
    @CsvSource({"TERM, 143", "HUP, 129"})
    @DisabledOnOs(OS.WINDOWS)
    void otherSignalsLeaveTheSame(String signal, int status) throws IOException {
        ended(signal, status, "cut", List.of("--hidden", "4"));
    }

    /** A download from a host that takes the call and says nothing, and work that takes longer than anybody waits. */
    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    @DisabledOnOs(OS.WINDOWS)
    void aSignalBeforeTheDataAreReadIsOneLineAndLeavesNothing(String signal, int status) throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            silent.setSoTimeout(30_000);
            String port = String.valueOf(silent.getLocalPort());
            List<Object> command = Child.java("-Dhttps.proxyHost=127.0.0.1", "-Dhttps.proxyPort=" + port,
                    "-Duser.home=" + temp);
            command.addAll(List.of("train", "--data", "mnist", "--out", temp.resolve("r")));
            try (Child child = Child.start(temp, nowhere(), command.toArray())) {
                assumeFalse(signal.equals("INT") && child.ignoresInterrupt(), "SIGINT is ignored here");
                silent.accept().close();
                silent.accept();
                child.signal(signal);
                assertEquals(List.of("MNIST was not found; downloading it", "Interrupted before training began"),
                        child.outcome().expect(status).messages());
            }
        }
        assertFalse(Files.exists(temp.resolve("r")));
        List<Object> check = Child.java();
        check.addAll(List.of("gradcheck", "--hidden", "1000,1000"));
        try (Child child = Child.start(temp, Map.of(), check.toArray())) {
            child.awaitWork();
            child.signal(signal);
            assertEquals(List.of("Interrupted before 'gradcheck' was done"), child.outcome().expect(status).messages());
        }
    }

    /**
     * Ctrl-C typed at a terminal while a bar moves: the terminal's driver sends the signal, to whatever the program has
     * made of it by then.
     */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void ctrlCAtATerminalLeavesTheSameAndNoHalfABar() throws IOException {
        Path tmux = Stream.of("/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux").map(Path::of)
                .filter(Files::isExecutable).findFirst().orElse(null);
        assumeTrue(tmux != null, "tmux is needed: a terminal");
        List<Object> train = Child.java("-Dlanewise.terminal=true");
        train.addAll(List.of("train", "--data", "digits", "--hidden", "1024,1024", "--out", temp.resolve("cut")));
        Path script = Files.writeString(temp.resolve("session.sh"), """
                %s
                echo "status $?"
                sleep 60
                """.formatted(train.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "))));
        Path socket = temp.resolve("tmux");
        try {
            tmux(tmux, socket, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "bash", "-i", "-m",
                    script);
            awaitScreen(tmux, socket, "epoch 1/10 \\[.*\\] +\\d+ %  loss \\d\\.\\d{4}  [\\d,]+ images/s");
            tmux(tmux, socket, "send-keys", "C-c");
            List<String> screen = awaitScreen(tmux, socket, "status 130");
            assertEquals("interrupted", run("cut").status(), screen::toString);
            assertTrue(String.join("", screen).contains("Interrupted after epoch 0 of 10; go on with: lanewise train "
                    + "--resume " + run("cut").directory()), screen::toString);
            assertFalse(screen.stream().anyMatch(line -> line.contains("images/s")), screen::toString);
        } finally {
            tmux(tmux, socket, "kill-server");
        }
    }

    private static List<String> awaitScreen(Path tmux, Path socket, String line) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            List<String> screen = tmux(tmux, socket, "capture-pane", "-p");
            if (screen.stream().anyMatch(shown -> shown.matches(line))) {
                return screen;
            }
            assertTrue(System.nanoTime() < end, () -> line + " is not on " + screen);
        }
    }

    private static List<String> tmux(Path tmux, Path socket, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(tmux.toString(), "-S", socket.toString()));
        Stream.of(arguments).map(String::valueOf).forEach(command::add);
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        return process.inputReader().readAllLines();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void speedrunEndsItsChildAndLeavesNothing() throws IOException {
        List<Object> command = Child.java("-Djava.io.tmpdir=" + temp);
        command.addAll(List.of("speedrun", "--data", "digits"));
        try (Child child = Child.start(temp, Map.of(), command.toArray())) {
            child.awaitFile(temp, "lanewise-speedrun");
            child.signal("TERM");
            Outcome outcome = child.outcome().expect(143);
            assertEquals(List.of("Interrupted before 'speedrun' was done"), outcome.messages());
        }
        try (Stream<Path> left = Files.list(temp)) {
            assertEquals(List.of(), left.filter(file -> !file.getFileName().toString().startsWith("hsperf")).toList());
        }
    }

    /** The page says so, and asks nobody any more. */
    @ParameterizedTest
    @CsvSource({"INT, 130, ended, This run was interrupted: ", "KILL, 137, gone, no longer answers"})
    @DisabledOnOs(OS.WINDOWS)
    void aSignalEndsThePageOfATraining(String signal, int status, String state, String notice)
            throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        List<Object> command = Child.java();
        command.addAll(List.of("train", "--data", data, "--epochs", "100000", "--hidden", "4", "--out",
                temp.resolve("cut"), "--serve", port, "--no-browser"));
        try (Chromium browser = Chromium.start(temp.resolve("profile"));
                Child child = Child.start(temp, Map.of(), command.toArray())) {
            child.awaitLine("epoch 3/");
            assumeFalse(signal.equals("INT") && child.ignoresInterrupt(), "SIGINT is ignored here");
            try (Chromium.Page page = browser.open("http://127.0.0.1:" + port + "/", 800, 900, false)) {
                page.await("runs[0].epochs.length > 3");
                child.signal(signal);
                child.outcome().expect(status);
                page.await("live.state === '" + state + "'");
                String text = page.evaluate("document.body.innerText").getAsString();
                assertTrue(text.contains(notice), text);
                int requests = page.requests().size();
                Thread.sleep(4000); // in which an EventSource would have asked again
                assertEquals(requests, page.requests().size());
                assertEquals(signal.equals("KILL") ? 1 : 0, page.messages().size(), page.messages()::toString);
            }
        }
    }

    /** To end by a signal is its usual end. */
    @ParameterizedTest
    @CsvSource({"draw RUN, Draw, INT, 130", "draw RUN, Draw, TERM, 143", "report --serve RUN, See the runs, INT, 130"})
    @DisabledOnOs(OS.WINDOWS)
    void aSignalEndsWhatServesPagesWithoutAWord(String words, String verb, String signal, int status)
            throws IOException {
        List<Object> command = Child.java();
        command.addAll(List.of(words.replace("RUN", trained.toString()).split(" ")));
        command.add("--no-browser");
        try (Child child = Child.start(temp, Map.of(), command.toArray())) {
            child.awaitLine(verb + " at http://127.0.0.1:");
            assumeFalse(signal.equals("INT") && child.ignoresInterrupt(), "SIGINT is ignored here");
            child.signal(signal);
            assertEquals(List.of(), child.outcome().expect(status).messages());
        }
    }

    /** Full disks and closed pipes: what was not written must not count as done. */
    @ParameterizedTest
    @ValueSource(strings = {"--help", "help train", "--version", "data list", "explain bias -o md", "info",
            "gradcheck --hidden 4", "train --data DATA --hidden 4 --epochs 1 --out out", "eval RUN --data DATA",
            "predict RUN DATA/t10k-images-idx3-ubyte", "draw RUN -o page.html", "bench compare BENCH"})
    @DisabledOnOs(OS.WINDOWS)
    void outputThatCannotBeWrittenIsStatus1(String arguments) throws IOException {
        assumeTrue(Files.isWritable(Path.of("/dev/full")), "/dev/full is needed");
        String bench = "jmh/results/cpus/" + Stream.of(Child.BASE.resolve("jmh/results/cpus").toFile().list())
                .filter(file -> file.endsWith(".json")).sorted().findFirst().orElseThrow();
        String words = arguments.replace("DATA", data.toString()).replace("RUN", trained.toString()).replace("BENCH",
                Child.BASE.resolve(bench).toString());
        for (String target : List.of(">/dev/full", ">&-")) {
            Outcome outcome = Child.run(Files.createTempDirectory(temp, "at"), List.of("sh", "-c",
                    "\"$@\" " + words + " " + target, "sh"), Child.java().toArray());
            assertEquals(List.of("lanewise: standard output took not all of the results; see that what it leads to is "
                    + "open and has room"), outcome.expect(Main.FAILED).messages().stream()
                            .filter(message -> !message.contains(" are below 50 %")).toList());
        }
    }

    @Test
    void aPathThatTheLocaleCannotEncodeIsOneSentence() throws IOException {
        Map<String, String> c = Map.of("LC_ALL", "C");
        assumeTrue(Child.run(temp, c, Child.java("-XshowSettings:properties"), "--version").err()
                .contains("sun.jnu.encoding = ANSI_X3.4-1968"), "a system whose locale C is ASCII is needed");
        List<Object> sh = List.of("sh", "-c", "d=$(printf '\\303\\244'); mkdir -p \"$d\"; \"$@\" \"$d\"", "sh");
        for (List<String> command : List.of(List.of("eval"), List.of("train", "--data"), List.of("train", "--out"),
                List.of("predict", "x"), List.of("data", "verify"))) {
            List<Object> words = Child.java();
            words.addAll(command);
            Child.run(temp, c, sh, words.toArray()).expectRefusal("LC_ALL=C.UTF-8");
        }
        Child.run(temp, c, List.of("sh", "-c", "d=$(printf '\\303\\244'); mkdir -p \"$d\"; cd \"$d\"; \"$@\"", "sh"),
                Stream.concat(Child.java().stream(), Stream.of("data", "list")).toArray())
                .expectRefusal("LC_ALL=C.UTF-8");
    }

    /** Wherever it happens. */
    @Test
    void aHeapThatIsTooSmallIsOneSentence() throws IOException {
        for (String arguments : List.of("train --data digits --out out", "train --data DATA --hidden 30000 --out out",
                "train --data DATA --batch-size 60000 --hidden 4096,4096,4096 --out out", "eval RUN --data digits",
                "gradcheck --hidden 20000")) {
            List<Object> words = new ArrayList<>(Stream.of(arguments.split(" ")).map(word -> (Object) switch (word) {
                case "DATA" -> data;
                case "RUN" -> trained;
                default -> word;
            }).toList());
            Outcome outcome = Child.run(Files.createTempDirectory(temp, "at"), Child.java("-Xmx40m",
                    "-XX:+UseSerialGC"), words.toArray()).expect(Main.WRONG_INPUT);
            assertEquals(1, outcome.messages().size(), outcome::toString);
            assertTrue(outcome.messages().getFirst().matches("lanewise: this does not fit in the heap of \\d+ MiB; "
                    + ".*LANEWISE_JAVA_OPTS=-Xmx.*"), outcome::toString);
        }
    }

    /** Trains until the first line of an epoch, then interrupts; checks what every interrupted run must leave. */
    private Outcome interrupted(String name, Object... options) throws IOException {
        return ended("INT", Main.INTERRUPTED, name, List.of(options));
    }

    private Outcome ended(String signal, int status, String name, List<Object> options) throws IOException {
        List<Object> command = Child.java();
        command.addAll(List.of("train", "--data", data, "--epochs", "100000", "--out", temp.resolve(name)));
        command.addAll(options);
        try (Child child = Child.start(temp, Map.of(), command.toArray())) {
            child.awaitLine("epoch 1/");
            assumeFalse(signal.equals("INT") && child.ignoresInterrupt(),
                    "SIGINT is ignored here: the tests run in the background");
            long start = System.nanoTime();
            child.signal(signal);
            Outcome outcome = child.outcome().expect(status);
            double seconds = (System.nanoTime() - start) / 1e9;
            assertTrue(seconds < 8, () -> seconds + " s to the end of " + child);
            SmallRun run = run(name);
            int epochs = run.checkpointEpoch();
            assertEquals("interrupted", run.status(), outcome::toString);
            assertTrue(epochs >= 1);
            assertEquals(epochs, run.modelEpoch());
            assertEquals(epochs, run.metrics().size());
            assertEquals(epochs, outcome.out().lines().filter(line -> line.startsWith("epoch ")).count());
            assertEquals(Set.of(".lock", "checkpoint.safetensors", "metrics.jsonl", "model.safetensors", "report.html",
                    "run.json"),
                    SmallRun.content(run.directory()).keySet());
            return outcome;
        }
    }

    @Test
    void withoutMnistAutoUsesTheBuiltInDigitsAndSaysSoLoudly() throws IOException {
        Outcome outcome = Child.run(temp, nowhere(), offline(), "train", "--epochs", "1", "--hidden", "none", "--out",
                temp.resolve("r")).expect(0);
        assertTrue(outcome.err().contains("BUILT-IN DIGITS"), outcome::toString);
        assertTrue(outcome.out().contains("BUILT-IN DIGITS, not on MNIST"), outcome::toString);
        assertTrue(outcome.out().contains("10,000 images of digits"), outcome::toString);
        assertEquals("digits", run("r").config().get("data").getAsString());
        assertEquals("digits", run("r").json().getAsJsonObject("dataset").get("name").getAsString());
    }

    @Test
    void withoutMnistTheCommandsThatNeedItFail() throws IOException {
        Outcome train = Child.run(temp, nowhere(), offline(), "train", "--data", "mnist", "--out", temp.resolve("r"));
        train.expect(Main.WRONG_INPUT);
        assertTrue(train.err().contains("--data digits"), train::toString);
        assertFalse(train.err().contains("\tat "), train::toString);
        assertFalse(Files.exists(temp.resolve("r")));
        Outcome fetch = Child.run(temp, nowhere(), offline(), "data", "fetch").expect(Main.WRONG_INPUT);
        assertEquals("", fetch.out());
        assertFalse(fetch.err().contains("\tat "), fetch::toString);
        Child.run(temp, nowhere(), offline(), "data", "verify").expectRefusal("lanewise data fetch");
        Child.run(temp, nowhere(), offline(), "data", "verify", "kmnist").expectRefusal("lanewise data fetch kmnist");
        Child.run(temp, nowhere(), offline(), "data", "fetch", "emnist-letters").expectRefusal("gzip.zip",
                "copy it to " + temp.resolve("cache/lanewise/emnist"));
        try (Stream<Path> left = Files.walk(temp)) {
            assertEquals(List.of(), left.filter(Files::isRegularFile).toList());
        }
    }

    @Test
    void dataListShowsWhereItLooked() throws IOException {
        Outcome outcome = Child.run(temp, nowhere(), offline(), "data", "list").expect(0);
        for (String place : List.of("data/mnist", "none/mnist", "cache/lanewise/mnist")) {
            assertTrue(outcome.out().contains(temp.toRealPath().resolve(place).toString())
                    || outcome.out().contains(temp.resolve(place).toString()), () -> place + " in " + outcome);
        }
        assertTrue(outcome.out().contains("not found"), outcome::toString);
    }

    @Test
    void aDigitIsExplainedByTheNewestRunOrElseByASmallNetwork() throws IOException {
        List<Object> explain = List.of("explain", "digit", "7", "--data", data);
        Outcome small = Child.run(temp, Child.java(), explain.toArray()).expect(0);
        assertTrue(small.err().contains("no run in runs/ yet") && small.out().contains("(784-32-10)"), small::toString);
        for (String name : List.of("4", "6", "5")) {
            start("runs/" + name, Child.java(), List.of("train", "--data", data, "--hidden", name, "--epochs", "1",
                    "--out")).expect(0);
        }
        Files.createDirectory(temp.resolve("runs/empty"));
        Files.setLastModifiedTime(run("runs/6").directory().resolve("model.safetensors"),
                FileTime.from(Instant.now().plusSeconds(60)));
        Outcome newest = Child.run(temp, Child.java(), explain.toArray()).expect(0);
        assertTrue(newest.out().contains("(784-6-10)"), newest::toString);
        assertTrue(newest.err().contains(Path.of("runs", "6") + ", the newest run"), newest::toString);
    }

    /** Places that hold no data set. */
    private Map<String, String> nowhere() {
        return Map.of("LANEWISE_DATA", temp.resolve("none").toString(), "XDG_CACHE_HOME",
                temp.resolve("cache").toString());
    }

    /** A JVM that reaches no host: its proxy refuses at once. */
    private List<Object> offline() {
        return Child.java("-Dhttps.proxyHost=127.0.0.1", "-Dhttps.proxyPort=1", "-Dhttp.proxyHost=127.0.0.1",
                "-Dhttp.proxyPort=1", "-Duser.home=" + temp);
    }
}
