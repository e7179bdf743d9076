package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.bench.Peaks;
import dev.lanewise.bench.ResultFile;
import dev.lanewise.bench.ResultsFixture;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Shape;
import dev.lanewise.system.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /** In this JVM, whose messages are seen here. */
    @Test
    void trainingsOfNetworksThatFitTheImagesAreMeasured() throws IOException {
        Dataset digits = SmallData.TRAIN;
        byte[] top = new byte[digits.size() * 64]; // eight by eight pixels from the middle
        byte[] pixels = digits.pixels();
        for (int i = 0; i < top.length; i++) {
            top[i] = pixels[i / 64 * 784 + (10 + i / 8 % 8) * 28 + 10 + i % 8];
        }
        Dataset tiny = Dataset.of(new Shape(8, 8, 1), top, digits.labels(), digits.classes());
        for (Dataset images : List.of(digits, tiny)) {
            int size = images.shape().size();
            Path data = SmallData.write(temp.resolve("data" + size), images, images);
            Path samples = temp.resolve("samples");
            Outcome outcome = Outcome.of("bench", "train", "--quick", "--jvms", 3, "--threads", 1, "--data", data,
                    "--measure-here", samples).expect(0);
            List<String> notes = outcome.messages().stream().filter(line -> line.startsWith("Note: ")).toList();
            List<String> kernels = JsonParser.parseString(Files.readString(samples)).getAsJsonArray().asList().stream()
                    .map(sample -> sample.getAsJsonObject().get("kernel").getAsString())
                    .filter(kernel -> kernel.contains("batch")).toList();
            List<String> perceptrons = List.of(size + "-30-10 batch 128", size + "-128-10 batch 128");
            assertEquals(perceptrons, kernels.subList(0, 2));
            assertEquals(size == 64 ? List.of() : List.of("784-lenet-10 batch 128"),
                    kernels.subList(2, kernels.size()));
            assertEquals(size == 64
                    ? List.of("Note: train leaves out lenet, for which images of 8 x 8 are too small")
                    : List.of(), notes);
        }
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
    @CsvSource({"TERM,143", "INT,130"})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no signals")
    void aSignalLeavesNothingBehind(String signal, int status) throws IOException, InterruptedException {
        Path self = Path.of("/proc", "self", "status");
        assumeFalse(signal.equals("INT") && Files.exists(self)
                && Files.readString(self).matches("(?s).*SigIgn:\\s+\\w*[2367abef]\n.*"),
                "in the background of a shell");
        List<String> command = new ArrayList<>(
                Machine.java(List.of("--add-modules=jdk.incubator.vector", "-Djava.io.tmpdir=" + temp)));
        command.addAll(List.of(Main.class.getName(), "bench", "gemm", "--shapes", "8x8x8", "--threads", "1"));
        Process bench = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<ProcessHandle> children = List.of();
        try {
            long end = System.nanoTime() + 30_000_000_000L;
            while (children.isEmpty() && bench.isAlive() && System.nanoTime() < end) {
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
