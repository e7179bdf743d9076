package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.bench.Peaks;
import dev.lanewise.bench.Result;
import dev.lanewise.bench.ResultFile;
import dev.lanewise.bench.ResultsFixture;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.system.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BenchCommandTest {
    @TempDir
    private Path temp;

    /** JVMs are started, a page and a file written, and what is printed is what is saved. */
    @Test
    void aRunPrintsAndSavesTheSameFigures() throws IOException {
        Path save = temp.resolve("a.json");
        Path html = temp.resolve("a.html");
        Outcome outcome = Outcome.of("bench", "gemm", "--quick", "--jvms", 2, "--shapes", "NN37x29x50,TN8x8x8",
                "--threads", "1", "--bits", "128", "-o", "json", "--save", save, "--html", html).expect(0);
        assertEquals(Files.readString(save), outcome.out());
        JsonObject json = JsonParser.parseString(outcome.out()).getAsJsonObject();
        assertEquals(1, json.get("version").getAsInt());
        ResultFile results = ResultFile.read(save);
        assertEquals(List.of("fma", "copy 16777216", "triad 16777216", "NN37x29x50", "TN8x8x8"),
                results.results().stream().map(result -> result.kernel()).toList());
        results.results().forEach(result -> {
            assertEquals(2, result.nanos().size());
            assertEquals(128, result.bits());
            assertTrue(result.median() > 0.01 && result.median() < 1e4, result::toString);
        });
        assertTrue(results.results().get(3).share() > 0.01 && results.results().get(3).share() < 1.3,
                () -> results.results().get(3).toString());
        assertTrue(Files.readString(html).contains("TN8x8x8"));
        assertEquals(json.get("command").getAsString().split(" ")[1], "bench");
        Path copy = Files.copy(save, temp.resolve("b.json"));
        Outcome.of("bench", "compare", save, copy, "--fail-slower", "1%").expect(0);
    }

    /** Each in a process of its own; one of noise, an image at a time through six layers, diverges. */
    @Test
    void trainingsOfNetworksThatFitTheImagesAreMeasured() throws IOException {
        byte[] noise = new byte[64 * 8 * 8];
        new Random(1).nextBytes(noise);
        byte[] labels = new byte[64];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (byte) (i * 7 % 5);
        }
        Dataset images = Dataset.of(new Shape(8, 8, 1), noise, labels, Mnist.CLASSES);
        Path data = SmallData.write(temp.resolve("data"), images, images);
        Path save = temp.resolve("a.json");
        Outcome outcome = Outcome.of("bench", "train", "--quick", "--threads", "2", "--data", data, "--nets",
                "9-8:16,lenet:64," + "50-".repeat(30) + "50:1", "--bits", "128", "--save", save).expect(Main.FAILED);
        ResultFile results = ResultFile.read(save);
        List<Result> trained = results.results().stream().filter(result -> result.group().equals("train")).toList();
        assertEquals(List.of(2), trained.stream().map(Result::threads).toList());
        for (Result result : trained) {
            assertEquals("64-9-8-5 batch 16", result.kernel());
            assertEquals(1, result.nanos().size());
            assertEquals(11, result.nanos().getFirst().size());
            assertTrue(result.share() > 0 && result.testAccuracy() > 0.2, result::toString);
        }
        assertEquals(List.of("its loss is no longer a number"),
                results.refused().stream().map(ResultFile.Refusal::reason).toList());
        assertTrue(outcome.messages().contains("Note: train leaves out lenet, for which images of 8 x 8 are too small"),
                outcome::toString);
    }

    @Test
    void whatBenchTakesAsThreadsTrainTakes() {
        Outcome.of("bench", "train", "--threads", "1025").expectRefusal("--threads 1025", "1024");
        assertEquals(1024, new TrainCommand.ThreadsConverter().convert("1024").number());
    }

    /** By the launcher where there is one, with narrower vectors on top of its options; nothing is left. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher here is a shell's")
    void aTrainingIsStartedAsPeopleStartIt() throws IOException, InterruptedException {
        Path told = temp.resolve("told");
        Path launcher = Files.writeString(temp.resolve("lanewise"), "#!/bin/sh\necho \"$_JAVA_OPTIONS $*\" >>'" + told
                + "'\necho 'lanewise: no room' >&2\nexit 2\n");
        assertTrue(launcher.toFile().setExecutable(true));
        Path tmp = Files.createDirectory(temp.resolve("tmp"));
        List<String> command = new ArrayList<>(Machine.java(List.of("--add-modules=jdk.incubator.vector",
                "-Djava.io.tmpdir=" + tmp)));
        command.addAll(List.of(Main.class.getName(), "bench", "train", "--quick", "--threads", "1", "--data", "digits",
                "--nets", "16-8:32", "--bits", "128"));
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(temp.resolve("err").toFile());
        builder.environment().put("LANEWISE_LAUNCHER", launcher.toString());
        builder.environment().put("_JAVA_OPTIONS", "-Dmine=1");
        Process bench = builder.start();
        assertEquals(2, bench.waitFor());
        assertTrue(Files.readString(temp.resolve("err")).endsWith("lanewise: no room\n"),
                Files.readString(temp.resolve("err")));
        assertTrue(Files.readString(told)
                .matches("-Dmine=1 -XX:MaxVectorSize=16 -Dlanewise.vectorBits=128 train --data "
                        + "digits --hidden 16,8 --optimizer sgd --schedule constant --weight-decay 0 --batch-size 32 "
                        + "--epochs 14 --threads 1 --no-report --out \\S+\n"),
                Files.readString(told));
        assertEquals(List.of(), entries(tmp));
    }

    /** In this JVM, whose messages are seen here: a model of small images, checked before it is timed. */
    @Test
    void predictionsOfAModelAreMeasured() throws IOException {
        Path data = SmallData.write(temp.resolve("data"), SmallData.TRAIN, SmallData.TEST);
        Outcome.of("train", "--data", data, "--hidden", "16", "--epochs", 1, "--out", temp.resolve("run"),
                "--no-report")
                .expect(0);
        Path samples = temp.resolve("samples");
        Outcome.of("bench", "predict", temp.resolve("run"), "--quick", "--threads", 2, "--measure-here", samples)
                .expect(0);
        List<JsonObject> predicted = JsonParser.parseString(Files.readString(samples)).getAsJsonArray().asList()
                .stream().map(sample -> sample.getAsJsonObject())
                .filter(sample -> sample.get("group").getAsString().equals("predict")).toList();
        assertEquals(List.of("784-16-10 predict 1", "784-16-10 predict 16", "784-16-10 predict 256"),
                predicted.stream().map(sample -> sample.get("kernel").getAsString()).toList());
        JsonObject one = predicted.getFirst().getAsJsonObject("predicted");
        double p50 = one.get("p50Ns").getAsDouble();
        assertTrue(p50 > 10 && p50 <= one.get("p99Ns").getAsDouble(), one::toString);
        assertFalse(predicted.getLast().getAsJsonObject("predicted").has("p50Ns"), "of several images");
        Outcome.of("bench", "gemm", temp.resolve("run")).expectRefusal("RUN is for predict, not for gemm");
        Outcome.of("bench", "predict", temp.resolve("no")).expectRefusal(temp.resolve("no"));
    }

    /** What was measured is printed all the same. */
    @Test
    void aFileThatCannotBeWrittenAfterAllIsAFailure() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "/dev/full is needed");
        Path save = temp.resolve("a.json");
        Files.createSymbolicLink(temp.resolve("a.json.partial"), full);
        Outcome outcome = Outcome
                .of("bench", "gemm", "--quick", "--shapes", "NN8x8x8", "--threads", "1", "--save", save)
                .expect(Main.FAILED);
        assertEquals("lanewise: --save %s cannot be written (No space left on device); make room and measure again"
                .formatted(save), outcome.messages().getLast());
        assertTrue(outcome.out().contains("NN8x8x8"), outcome::toString);
    }

    @Test
    void wrongUsageIsRefused() {
        Outcome.of("bench", "gemn").expectRefusal("'gemn'", "gemm", "conv");
        Outcome.of("bench", "gemm", "--shapes", "1x2").expectRefusal("--shapes", "'1x2'");
        for (String nets : List.of("128", "128:0", "128:64:2", "0:64", "128--2:64", "best64", "foo:64", "lenet:", "")) {
            Outcome.of("bench", "train", "--nets", "lenet:64," + nets).expectRefusal(
                    "--nets: '" + nets + "' is no network and batch size, such as 128:64", "lenet, small");
        }
        Outcome.of("bench", "gemm", "--nets", "128:64").expectRefusal("--nets is for train, not for gemm");
        Outcome.of("bench", "train", "--data", "digits", "--nets", "65536-65536:1")
                .expectRefusal("--nets 65536-65536:1");
        Outcome.of("bench", "softmax", "--shapes", "1x2x3").expectRefusal("--shapes", "softmax");
        Outcome.of("bench", "gemm", "--threads", "0").expectRefusal("--threads 0");
        Outcome.of("bench", "gemm", "--threads", "1,x").expectRefusal("--threads 1,x");
        Outcome.of("bench", "gemm", "--bits", "64").expectRefusal("--bits 64");
        Outcome.of("bench", "gemm", "--jvms", "0").expectRefusal("--jvms");
        Outcome.of("bench", "gemm", "-o", "xml").expectRefusal("xml", "table");
        Outcome.of("bench", "gemm", "--save", temp).expectRefusal("--save", temp, "directory");
        Outcome.of("bench", "gemm", "--html", temp.resolve("no/where")).expectRefusal("--html", temp.resolve("no"));
        Outcome.of("bench", "train", "--quick", "--data", temp.resolve("none")).expect(Main.WRONG_INPUT);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"''|is empty", "'  \n'|is empty", "not JSON|is not a benchmark's results",
            "[{\"jmhVersion\":\"1.37\"}]|is not a benchmark's results", "{\"format\":1}|is not a benchmark's results",
            "{\"format\":\"other\",\"version\":1}|is not a benchmark's results",
            "{\"format\":\"lanewise-bench\",\"version\":2}|newer Lanewise",
            "{\"format\":\"lanewise-bench\"}|is damaged", "{\"format\":\"lanewise-bench\",\"version\":1}|is damaged",
            "{\"format\":\"lanewise-bench\",\"version\":\"x\"}|is damaged",
            "{\"format\":\"lanewise-bench\",\"version\":1,\"environment\":{},\"refused\":[],\"results\":[{}]}"
                    + "|is damaged",
            "{\"format\":\"lanewise-bench\",\"version\":1,\"environment\":{},\"refused\":[],\"results\":3}|is damaged"})
    void aFileThatIsNoResultGetsOneSentence(String content, String part) throws IOException {
        Path good = write("good", ResultsFixture.file(1, 1, 3, 512));
        Path bad = Files.writeString(temp.resolve("bad.json"), content);
        Outcome.of("bench", "compare", good, bad).expectRefusal(bad, part);
        Outcome.of("bench", "compare", bad, good).expectRefusal(bad, part);
    }

    /** A disk that fails has no name in what the system says. */
    @Test
    void aFileThatFailsIsNamed() {
        Path failing = Path.of("/proc/self/mem");
        assumeTrue(Files.isReadable(failing), "no such file here");
        Outcome.of("bench", "compare", failing).expectRefusal(failing, "cannot be read (");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.9, 0.999})
    void aTruncatedFileIsDamaged(double share) throws IOException {
        String whole = ResultsFixture.file(1, 1, 3, 512).json();
        Path bad = Files.writeString(temp.resolve("bad.json"), whole.substring(0, (int) (share * whole.length())));
        Outcome.of("bench", "compare", bad).expectRefusal(bad, "damaged");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "0", "\"x\"", "null", "1e300", "[]"})
    void aTimeThatIsNoneIsDamage(String time) throws IOException {
        String whole = ResultsFixture.file(1, 1, 1, 512).json();
        Path bad = Files.writeString(temp.resolve("bad.json"),
                whole.replaceFirst("\"nanos\":\\[\\[[^,]*,", "\"nanos\":[[" + time + ","));
        Outcome.of("bench", "compare", bad).expectRefusal(bad, "damaged");
    }

    @Test
    void whatCannotBeReadIsNamed() throws IOException {
        Path binary = Files.write(temp.resolve("binary"), new byte[]{(byte) 0xff, (byte) 0xfe, 0, 1});
        Outcome.of("bench", "compare", binary).expectRefusal(binary, "is not a benchmark's results");
        Outcome.of("bench", "compare", temp.resolve("none.json")).expectRefusal(temp.resolve("none.json"),
                "no such file");
        Outcome.of("bench", "compare", temp).expectRefusal(temp, "directory");
        Path good = write("good", ResultsFixture.file(1, 1, 3, 512));
        Outcome.of("bench", "compare", good, good).expectRefusal(good, "twice");
        Outcome.of("bench", "compare", good, "--fail-slower", "much").expectRefusal("'much'");
    }

    @Test
    void aSlowerKernelIsNamedAndGivesStatus3() throws IOException {
        Path before = write("before", ResultsFixture.file(1, 1, 3, 512));
        Path after = write("after", ResultsFixture.file(2, 1.2, 3, 512));
        Outcome slower = Outcome.of("bench", "compare", before, after, "--fail-slower", "5%")
                .expect(Main.TARGET_MISSED);
        assertEquals(List.of("lanewise: NN128x512x784 on 1 threads is slower by more than 5 % in after",
                "lanewise: exp 16384 on 1 threads is slower by more than 5 % in after",
                "lanewise: 784-30-10 batch 32 on 1 threads is slower by more than 5 % in after"), slower.messages());
        Outcome.of("bench", "compare", before, after, "--fail-slower", "30").expect(0);
        Outcome.of("bench", "compare", after, before, "--fail-slower", "0.5%").expect(0);
        Outcome table = Outcome.of("bench", "compare", before, after, "-o", "md").expect(0);
        assertTrue(table.out().startsWith("| kernel | threads | before | after |\n| --- | ---: | ---: | ---: |\n"),
                table::toString);
        assertTrue(table.out().contains("(-17 %)"), table::toString);
        assertTrue(table.out().contains("(~)"), table::toString);
    }

    /** What cannot be compared cannot be said to be as fast. */
    @Test
    void whatCannotBeComparedGivesStatus3() throws IOException {
        ResultFile whole = ResultsFixture.file(1, 1, 3, 512);
        Path before = write("before", whole);
        Path part = write("part", ResultsFixture.without(whole, "exp 16384", List.of()));
        assertEquals(List.of("lanewise: cannot tell about exp 16384 on 1 threads: missing in part at 512 bits"),
                Outcome.of("bench", "compare", before, part, "--fail-slower", "5%").expect(Main.TARGET_MISSED)
                        .messages());
        Outcome.of("bench", "compare", before, part).expect(0);
        Path wrong = write("wrong", ResultsFixture.without(whole, "exp 16384",
                List.of(new ResultFile.Refusal("exp 16384", 1, 512, "element 0 is 1"))));
        assertEquals(
                List.of("lanewise: cannot tell about exp 16384 on 1 threads: wrong in wrong at 512 bits and not timed"),
                Outcome.of("bench", "compare", before, wrong, "--fail-slower", "5%").expect(Main.TARGET_MISSED)
                        .messages());
        Path few = write("few", ResultsFixture.withRounds(ResultsFixture.file(2, 10, 1, 512), "train", 3));
        Path base = write("base", ResultsFixture.withRounds(ResultsFixture.file(1, 1, 1, 512), "train", 3));
        Outcome told = Outcome.of("bench", "compare", base, few, "--fail-slower", "5000").expect(Main.TARGET_MISSED);
        assertEquals(List.of("lanewise: cannot tell about 784-30-10 batch 32 on 1 threads: too few rounds in base and "
                + "few at 512 bits; measure both with more --jvms"), told.messages());
        assertTrue(told.out().contains("(?)"), told::toString);
        Outcome.of("bench", "compare", before, "--fail-slower", "5%").expectRefusal("--fail-slower", "two files");
    }

    private Path write(String name, ResultFile file) throws IOException {
        return Files.writeString(temp.resolve(name + ".json"), file.json());
    }

    /** Neither the JVM that measures for it nor what both have written, whoever else gets the signal. */
    @ParameterizedTest
    @CsvSource({"TERM,143,gemm,false", "INT,130,gemm,false", "TERM,143,train,true"})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no signals")
    void aSignalLeavesNothingBehind(String signal, int status, String topic, boolean training)
            throws IOException, InterruptedException {
        Path self = Path.of("/proc", "self", "status");
        assumeFalse(signal.equals("INT") && Files.exists(self)
                && Files.readString(self).matches("(?s).*SigIgn:\\s+\\w*[2367abef]\n.*"),
                "in the background of a shell");
        List<String> command = new ArrayList<>(
                Machine.java(List.of("--add-modules=jdk.incubator.vector", "-Djava.io.tmpdir=" + temp)));
        command.addAll(List.of(Main.class.getName(), "bench", topic, "--threads", "1", "--quick"));
        command.addAll(training ? List.of("--data", "digits", "--nets", "800-800:8") : List.of("--shapes", "8x8x8"));
        Process bench = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<ProcessHandle> children = List.of();
        try {
            long end = System.nanoTime() + 30_000_000_000L;
            while ((children.isEmpty() || training && entries(temp).stream().noneMatch(Files::isDirectory))
                    && bench.isAlive() && System.nanoTime() < end) {
                Thread.sleep(5);
                children = bench.descendants().toList();
            }
            assertEquals(1, children.size(), "JVMs that measure");
            assertEquals(1, entries(temp).size(), "files of theirs");
            String pid = String.valueOf(bench.pid());
            assertEquals(0, new ProcessBuilder("kill", "-" + signal, pid).inheritIO().start().waitFor());
            assertTrue(bench.waitFor(20, TimeUnit.SECONDS), "it goes on");
            assertEquals(status, bench.exitValue());
            assertFalse(children.getFirst().isAlive(), "the JVM that measures goes on");
            assertEquals(List.of(), entries(temp));
        } finally {
            children.forEach(ProcessHandle::destroyForcibly);
            bench.destroyForcibly();
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    @Test
    void aBusyMachineIsNamedAmongTheResultsToo() {
        ResultFile one = ResultsFixture.file(1, 1, 1, 512, 128);
        assertEquals(List.of(), BenchCommand.busy(one, 2));
        assertEquals(List.of(), BenchCommand.busy(ResultsFixture.withPeaksOnTwoThreads(one, 1.9), 2));
        List<String> busy = BenchCommand.busy(ResultsFixture.withPeaksOnTwoThreads(one, 0.25), 2);
        assertEquals(2, busy.size(), "a line a width");
        assertTrue(busy.getFirst().contains("2 threads reach 0.25 times the fma"), busy::toString);
    }

    @Test
    void aBusyMachineIsNamed() {
        Peaks one = new Peaks(1, 100, 10, 10);
        assertEquals(Optional.empty(), InfoCommand.busy(one, one, 1));
        assertEquals(Optional.empty(), InfoCommand.busy(one, new Peaks(2, 195, 11, 11), 2));
        String line = InfoCommand.busy(one, new Peaks(2, 25, 9, 11), 2).orElseThrow();
        assertTrue(line.contains("machine is busy: 2 threads reach 0.25 times the fma and 0.90 times the copy"), line);
    }

    @Test
    void infoSaysWhatWasFound() {
        Outcome outcome = Outcome.of("info").expect(0);
        for (String field : List.of("cpu", "cores", "memory", "os", "jdk", "gc", "options", "vectors", "fma", "gemm",
                "caches")) {
            assertFalse(outcome.field(field).isBlank(), outcome::toString);
        }
        assertTrue(outcome.field("caches").matches("L1d .*, L2 .*, L3 .* \\((sysfs|getconf|sysctl|assumed)\\)"),
                outcome::toString);
        assertTrue(outcome.field("vector api").startsWith("compiled to SIMD;"), outcome::toString);
        assertFalse(outcome.out().contains("***"), outcome::toString);
    }
}
