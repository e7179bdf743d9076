package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps on Apache Spark, two workers on this machine; needs what -Pspark builds. */
class SparkIT {
    private static final Path SPARK = Child.BASE.resolve("target").resolve("spark");
    private static final String EXECUTOR = "CoarseGrainedExecutorBackend";
    private static final int TRAININGS = 24;
    private static final int LIMIT_SECONDS = 300; // five JVMs that compile at once

    @TempDir
    Path temp;

    private Map<String, String> environment() {
        return Map.of("SPARK_HOME", SPARK.toString(), "SPARK_SCALA_VERSION", "2.13");
    }

    private List<Object> command(Path data, String out, Object... more) {
        List<Object> command = new ArrayList<>(List.of("sweep", "--data", data, "--out", temp.resolve(out), "--hidden",
                "8;16,8", "--lr", "0.02,0.05,0.1", "--seeds", "1..4", "--epochs", "40", "--no-report", "-o", "csv"));
        command.addAll(List.of(more));
        return command;
    }

    private static String table(Outcome outcome) {
        return outcome.out().replaceAll("(?m),[^,]*,([^,]*)$", ",$1");
    }

    /** The table of a sweep in one process. */
    private String alone(Path data) throws IOException {
        List<Object> command = Child.java();
        command.addAll(command(data, "alone"));
        try (Child child = Child.start(temp, Map.of(), command.toArray())) {
            return table(child.outcome(LIMIT_SECONDS).expect(0));
        }
    }

    private long outcomes(String out) throws IOException {
        Path directory = temp.resolve(out).resolve("outcomes");
        try (Stream<Path> files = Files.isDirectory(directory) ? Files.list(directory) : Stream.empty()) {
            return files.filter(file -> file.toString().endsWith(".json")).count();
        }
    }

    private static Stream<ProcessHandle> executors() throws IOException {
        return ProcessHandle.current().descendants()
                .filter(process -> process.info().commandLine().orElse("").contains(EXECUTOR));
    }

    @Test
    void anExecutorThatIsLostChangesNoBit() throws IOException, InterruptedException {
        Path data = SmallData.write(temp.resolve("small"));
        String alone = alone(data);
        assertEquals(TRAININGS + 1, alone.lines().count());
        List<Object> java = new ArrayList<>(List.of(Child.JAVA_HOME.resolve("bin").resolve("java"), "--add-modules",
                "jdk.incubator.vector", "-cp", String.join(":", Child.classes(Child.JAR),
                        Child.BASE.resolve("target").resolve("lanewise-spark.jar").toString(),
                        SPARK.resolve("jars") + "/*"),
                "dev.lanewise.cli.Main"));
        java.addAll(command(data, "spark", "--on", "local-cluster[2,1,1024]"));
        try (Child child = Child.start(temp, environment(), java.toArray())) {
            while (outcomes("spark") < 3) {
                Thread.sleep(5);
            }
            List<ProcessHandle> running = executors().toList();
            assertEquals(2, running.size(), running::toString);
            running.getFirst().destroyForcibly();
            assertEquals(alone, table(child.outcome(LIMIT_SECONDS).expect(0)), child::toString);
            assertTrue(!running.getFirst().isAlive());
        }
        assertEquals(TRAININGS, outcomes("spark"));
        assertEquals(0, executors().count());
    }

    @Test
    void sparkSubmitTrainsTheSame() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        String alone = alone(data);
        List<Object> submit = new ArrayList<>(List.of(Child.JAVA_HOME.resolve("bin").resolve("java"), "--add-modules",
                "jdk.incubator.vector", "-cp", SPARK.resolve("jars") + "/*", "org.apache.spark.deploy.SparkSubmit",
                "--master", "local-cluster[2,1,1024]", "--class", "dev.lanewise.cli.Main", "--jars",
                libraries() + Child.BASE.resolve("target").resolve("lanewise-spark.jar"), Child.JAR));
        submit.addAll(command(data, "submitted", "--on", "submit"));
        try (Child child = Child.start(temp, environment(), submit.toArray())) {
            assertEquals(alone, table(child.outcome(LIMIT_SECONDS).expect(0)));
        }
    }

    private static String libraries() throws IOException {
        try (Stream<Path> all = Files.list(Child.JAR.resolveSibling("lib"))) {
            return all.map(library -> library + ",").collect(Collectors.joining());
        }
    }
}
