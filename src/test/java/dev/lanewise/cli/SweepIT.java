package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sweeps in processes of their own: killed, several at once, on what holds a few files alone. */
@DisabledOnOs(OS.WINDOWS)
class SweepIT {
    private static final int TRAININGS = 24;

    @TempDir
    static Path shared;
    private static Path data;
    private static String alone; // the table of a sweep that nothing disturbed, but for its seconds

    @TempDir
    Path temp;

    @BeforeAll
    static void sweepOnce() throws IOException {
        data = SmallData.write(shared.resolve("small"));
        alone = table(Child.run(shared, Child.java(), command(shared.resolve("alone"))).expect(0));
        assertEquals(TRAININGS + 1, alone.lines().count());
    }

    private static Object[] command(Path out, Object... more) {
        List<Object> command = new ArrayList<>(List.of("sweep", "--data", data, "--out", out, "--hidden", "8;16,8",
                "--lr", "0.02,0.05,0.1", "--seeds", "1..4", "--epochs", "6", "--no-report", "-o", "csv"));
        command.addAll(List.of(more));
        return command.toArray();
    }

    private static Child start(Path out, Object... more) throws IOException {
        List<Object> command = Child.java();
        command.addAll(List.of(command(out, more)));
        return Child.start(shared, Map.of(), command.toArray());
    }

    /** All but the seconds, which differ. */
    private static String table(Outcome outcome) {
        return outcome.out().replaceAll("(?m),[^,]*,([^,]*)$", ",$1");
    }

    private static Map<String, String> outcomes(Path out) throws IOException {
        Map<String, String> outcomes = new HashMap<>();
        Path directory = out.resolve("outcomes");
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.filter(file -> file.toString().endsWith(".json")).toList()) {
                    outcomes.put(file.getFileName().toString(), Files.readString(file));
                }
            }
        }
        return outcomes;
    }

    /** What an outcome says of its seconds tells whether it was trained again. */
    @Test
    void aSweepThatIsKilledThreeTimesLosesNothingAndRepeatsNothing() throws IOException, InterruptedException {
        Path out = temp.resolve("s");
        Map<String, String> before = Map.of();
        for (int kill = 1; kill <= 3; kill++) {
            try (Child child = start(out)) {
                while (outcomes(out).size() < Math.min(TRAININGS - 1, before.size() + 4)) {
                    Thread.sleep(2);
                }
                child.signal("KILL");
                child.outcome().expect(128 + 9);
            }
            Map<String, String> after = outcomes(out);
            for (Map.Entry<String, String> outcome : before.entrySet()) {
                assertEquals(outcome.getValue(), after.get(outcome.getKey()));
            }
            assertTrue(
                    after.size() >= before.size() + 4 && after.values().stream().allMatch(text -> text.endsWith("}\n")),
                    after::toString);
            before = after;
        }
        assertEquals(alone, table(Child.run(shared, Child.java(), command(out)).expect(0)));
        Map<String, String> end = outcomes(out);
        assertEquals(TRAININGS, end.size());
        before.forEach((name, text) -> assertEquals(text, end.get(name)));
    }

    @Test
    void ctrlCKeepsWhatIsDoneAndSaysHowToGoOn() throws IOException, InterruptedException {
        Path out = temp.resolve("s");
        try (Child child = start(out)) {
            while (outcomes(out).size() < 4) {
                Thread.sleep(2);
            }
            child.signal("TERM");
            Outcome ended = child.outcome().expect(143);
            assertTrue(ended.err().contains("the same command goes on"), ended::toString);
        }
        assertEquals(alone, table(Child.run(shared, Child.java(), command(out)).expect(0)));
    }

    /** Another process has all trainings for itself: the outcomes of these are missing, or their checks, or the chosen run. */
    @ParameterizedTest
    @ValueSource(strings = {"outcomes", "checks", "chosen"})
    void whoWaitsForAnotherProcessIsInterruptedAtOnce(String missing) throws IOException, InterruptedException {
        Path out = temp.resolve("s");
        if (!missing.equals("outcomes")) {
            Child.run(shared, Child.java(), command(out)).expect(0);
        }
        Files.createDirectories(out);
        if (missing.equals("checks")) {
            deleteFiles(out.resolve("checks"));
        }
        try (FileChannel claims = FileChannel.open(out.resolve(".claims"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE); FileLock _ = claims.lock(); Child child = start(out)) {
            child.awaitMessage("Sweep: ");
            Thread.sleep(500); // it looks twice
            assumeFalse(child.ignoresInterrupt(), "SIGINT is ignored here");
            child.signal("INT");
            Outcome ended = child.outcome().expect(130);
            assertTrue(ended.err().contains("the same command goes on"), ended::toString);
            assertFalse(ended.err().contains("ended before"), ended::toString);
        }
        assertEquals(alone, table(Child.run(shared, Child.java(), command(out)).expect(0)));
    }

    private static void deleteFiles(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    /** Each training is done by one of them: both tell the same seconds. */
    @Test
    void twoSweepsOnOneDirectoryShareTheWorkAndTellTheSame() throws IOException {
        Path out = temp.resolve("s");
        try (Child a = start(out); Child b = start(out)) {
            Outcome one = a.outcome().expect(0);
            assertEquals(one.out(), b.outcome().expect(0).out());
            assertEquals(alone, table(one));
        }
        assertEquals(TRAININGS, outcomes(out).size());
    }

    @Test
    void fourShardsAtOnceAreMergedByAnyLaterCall() throws IOException {
        Path out = temp.resolve("s");
        List<Child> shards = new ArrayList<>();
        try {
            for (int i = 1; i <= 4; i++) {
                shards.add(start(out, "--shard", i + "/4"));
            }
            for (Child shard : shards) {
                shard.outcome().expect(0);
            }
        } finally {
            for (Child shard : shards) {
                shard.close();
            }
        }
        Map<String, String> before = outcomes(out);
        assertEquals(TRAININGS, before.size());
        assertEquals(alone, table(Child.run(shared, Child.java(), command(out)).expect(0)));
        assertEquals(before, outcomes(out));
    }

    /** The examples of the help text, each line as a shell takes it. */
    @Test
    void theCommandLinesForClustersDoTheirParts() throws IOException {
        List<String> help = Child.run(shared, Child.java(), "sweep", "--help").out().lines().map(String::strip)
                .toList();
        Path space = Files.writeString(temp.resolve("space.txt"),
                "--data %s --hidden 4 --epochs 1 --seeds 1..8 --no-report".formatted(data));
        Path bin = Files.createDirectory(temp.resolve("bin"));
        Path launcher = bin.resolve("lanewise");
        Files.writeString(launcher,
                "#!/bin/sh\nexec \"%s\" --add-modules jdk.incubator.vector -cp \"%s\" dev.lanewise.cli.Start \"$@\"\n"
                        .formatted(Child.JAVA_HOME.resolve("bin").resolve("java"), Child.classes(Child.JAR)));
        assertTrue(launcher.toFile().setExecutable(true));
        Map<String, Map<String, String>> clusters = Map.of("SLURM_ARRAY_TASK_ID", Map.of("SLURM_ARRAY_TASK_ID", "3"),
                "JOB_COMPLETION_INDEX", Map.of("JOB_COMPLETION_INDEX", "2"), "'{}/8'", Map.of());
        for (Map.Entry<String, Map<String, String>> cluster : clusters.entrySet()) {
            String line = help.stream().filter(text -> text.contains(cluster.getKey())).findFirst().orElseThrow();
            Path out = temp.resolve("out" + cluster.getKey().length());
            // GNU parallel puts an argument in place of {}, and runs what it makes in a shell
            String shell = line.replaceFirst("^parallel ", "").replaceFirst(" ::: .*", "").replace("{}", "3")
                    .replace("DIR", out.toString()).replace("@space.txt", "@" + space);
            Map<String, String> environment = new HashMap<>(cluster.getValue());
            environment.put("PATH", bin + ":" + System.getenv("PATH"));
            Outcome part = Child.run(temp, environment, List.of("sh", "-c"), shell).expect(0);
            assertTrue(part.err().contains("part 3 of 8: its 1 trainings"), part::toString);
            assertEquals(1, outcomes(out).size());
        }
    }
}
