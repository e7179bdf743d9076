package dev.lanewise.run.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunDirectoryTest {
    @TempDir
    Path temp;

    /** Two that begin in one second. */
    @Test
    void directoriesOfOneNameAreOneForEach() throws IOException, InterruptedException, ExecutionException {
        Set<Path> paths = new HashSet<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<RunDirectory>> directories = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                directories.add(threads.submit(() -> RunDirectory.createNamed(temp.resolve("runs"), "now")));
            }
            for (Future<RunDirectory> directory : directories) {
                assertTrue(paths.add(directory.get().path()), () -> directory.resultNow() + " twice");
            }
        }
        assertTrue(paths.contains(temp.resolve("runs").resolve("now")));
        assertTrue(paths.contains(temp.resolve("runs").resolve("now_2")));
    }

    @Test
    void aFileInTheWayIsNamed() throws IOException {
        Path runs = Files.writeString(temp.resolve("runs"), "mine");
        String message = assertThrows(InputException.class, () -> RunDirectory.createNamed(runs, "now")).getMessage();
        assertEquals(runs.resolve("now") + ": the directory cannot be made (a file is in the way); "
                + "name another one", message);
    }

    /** Another directory may get the name of one that was moved away. */
    @Test
    void aDirectoryThatIsNoLongerTheOneThatWasTakenIsNoticed() throws IOException {
        Path run = Files.createDirectory(temp.resolve("r"));
        try (RunLock lock = RunLock.take(run)) {
            lock.check();
            Files.move(run, temp.resolve("old"));
            assertThrows(IOException.class, lock::check, "it has gone");
            Files.createDirectory(run);
            Files.createFile(run.resolve(".lock"));
            assertThrows(IOException.class, lock::check, "it is another one");
        }
    }

    /** Lines of another run between its own. */
    @Test
    void metricsOutOfOrderAreRefused() throws IOException {
        Files.writeString(temp.resolve("metrics.jsonl"), "{\"epoch\":1,\"seconds\":1}\n{\"epoch\":1,\"seconds\":1}\n");
        assertEquals(temp.resolve("metrics.jsonl") + " is damaged in line 2 (epoch 1); use another run",
                assertThrows(InputException.class, () -> new RunDirectory(temp).keepMetrics(2)).getMessage());
    }

    /** A sum of them would be written to run.json, which nobody could read again. */
    @ParameterizedTest
    @ValueSource(strings = {"\"seconds\":-1e999", "\"seconds\":1e999", "\"seconds\":NaN", "\"seconds\":-1",
            "\"seconds\":1e308", "\"seconds\":1,\"wall_seconds\":1e999", "\"seconds\":1,\"wall_seconds\":-0.5",
            "\"seconds\":1,\"train_loss\":1e999"})
    void timesThatAreNoneAreRefused(String json) throws IOException {
        Path metrics = Files.writeString(temp.resolve("metrics.jsonl"), "{\"epoch\":1,%s}%n".formatted(json));
        String message = assertThrows(InputException.class, () -> new RunDirectory(temp).keepMetrics(1)).getMessage();
        assertTrue(message.startsWith(metrics + " is damaged in line 1 (") && message.endsWith("; use another run"),
                message);
        assertEquals(message, new RunDirectory(temp).readMetrics(false).damage() + "; use another run");
    }

    /** Deleted while epochs 1 to 3 were trained, and written anew since. */
    @Test
    void metricsMayBeLostAndBeginLater() throws IOException {
        RunDirectory run = new RunDirectory(temp);
        assertEquals(List.of(), run.keepMetrics(3));
        Path metrics = Files.createFile(temp.resolve("metrics.jsonl"));
        assertEquals(List.of(), run.keepMetrics(3));
        Files.writeString(metrics, IntStream.rangeClosed(4, 6)
                .mapToObj("{\"epoch\":%1$d,\"seconds\":%1$d}%n"::formatted).collect(Collectors.joining()));
        assertEquals(List.of(4.0, 5.0), run.keepMetrics(5).stream().map(RunDirectory.Time::seconds).toList());
        assertEquals(2, Files.readAllLines(metrics).size(), "epoch 6 is trained again");
        for (int epochs : new int[]{3, 6}) {
            assertThrows(InputException.class, () -> run.keepMetrics(epochs));
        }
    }

    @Test
    void aRunIsCutOffIfItSaysRunningAndNobodyHasIt() throws IOException {
        RunDirectory run = new RunDirectory(temp);
        assertFalse(run.wasCutOff(), "there is no run");
        Files.writeString(temp.resolve("run.json"), "{\"status\":\"running\"}");
        assertTrue(run.wasCutOff());
        try (RunLock _ = RunLock.take(temp)) {
            assertFalse(run.wasCutOff(), "it is being trained");
        }
        assertTrue(run.wasCutOff());
        for (String other : List.of("\"finished\"", "\"interrupted\"", "\"failed\"", "null", "{}")) {
            Files.writeString(temp.resolve("run.json"), "{\"status\":%s}".formatted(other));
            assertFalse(run.wasCutOff(), other);
        }
    }

    @Test
    void whatCouldNotBeginLeavesNothing() throws IOException {
        for (String name : List.of("run.json", "model.safetensors", "checkpoint.safetensors", ".lock")) {
            Files.createFile(temp.resolve(name));
        }
        new RunDirectory(temp).clear();
        try (Stream<Path> left = Files.list(temp)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void aDirectoryIsTakenByOneAndFreeAfterIt() throws IOException {
        try (RunLock _ = RunLock.take(temp)) {
            String message = assertThrows(InputException.class, () -> RunLock.take(temp)).getMessage();
            assertTrue(message.matches("\\Q%s\\E: process %d, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d, is "
                    .formatted(temp, ProcessHandle.current().pid()) + "training this run; wait for its end or stop it"),
                    message);
            RunDirectory.requireFree(temp); // what was locked is no content
        }
        RunLock.take(temp).close();
        assertEquals(0, Files.size(temp.resolve(RunLock.NAME)));
    }

    /** A process that was killed lets go, and leaves its words. */
    @Test
    void wordsOfAProcessThatIsGoneDoNotCount() throws IOException {
        Files.writeString(temp.resolve(RunLock.NAME), "process 1, since ever, with many more words than there will be");
        try (RunLock _ = RunLock.take(temp)) {
            assertFalse(Files.readString(temp.resolve(RunLock.NAME)).contains("ever"));
        }
    }

    private Path run(String weightsSha256) throws IOException {
        Path run = Files.createDirectories(temp.resolve("run"));
        new Safetensors(Map.of(), List.of(new Safetensors.Tensor("w", List.of(2), new float[]{1, 2})))
                .write(run.resolve("model.safetensors"));
        Files.writeString(run.resolve("run.json"),
                "{\"result\": {\"weights_sha256\": \"%s\"}}".formatted(weightsSha256));
        return run;
    }

    @Test
    void aModelThatIsNotTheRunsIsRefused() throws IOException {
        // SHA-256 of 0000803f 00000040, by sha256sum
        Path run = run("b9c80b5adeca450753a16950c3cc655d271f7bef7a485bc83f112b72fef21d37");
        assertEquals(run.resolve("model.safetensors"), RunDirectory.checkedModel(run));
        Path other = run("0".repeat(64));
        assertTrue(assertThrows(InputException.class, () -> RunDirectory.checkedModel(other)).getMessage()
                .startsWith(
                        other.resolve("model.safetensors") + ": these are not the weights that the run ended with "));
        Path file = other.resolve("model.safetensors");
        assertEquals(file, RunDirectory.checkedModel(file), "a file that is named is meant");
        for (String unfinished : List.of("{}", "{\"result\": null}", "{\"result\": {}}")) {
            Files.writeString(other.resolve("run.json"), unfinished);
            assertEquals(file, RunDirectory.checkedModel(other), unfinished);
        }
    }
}
