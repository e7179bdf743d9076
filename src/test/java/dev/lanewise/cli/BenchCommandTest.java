package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.bench.ResultFile;
import dev.lanewise.bench.ResultsFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
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
            assertEquals(2, result.nanos().length);
            assertEquals(128, result.bits());
            assertTrue(result.median() > 0.01 && result.median() < 1e4, result::toString);
        });
        assertTrue(results.results().get(3).share() > 0.01 && results.results().get(3).share() < 1.3,
                () -> results.results().get(3).toString());
        assertTrue(Files.readString(html).contains("TN8x8x8"));
        assertEquals(json.get("command").getAsString().split(" ")[1], "bench");
        Outcome.of("bench", "compare", save, "--fail-slower", "1%").expect(0);
    }

    @Test
    void wrongUsageIsRefused() {
        Outcome.of("bench", "gemn").expectRefusal("'gemn'", "gemm");
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
        assertEquals(List.of("lanewise: NN128x512x784 on 1 threads is slower by more than 5 %",
                "lanewise: exp 16384 on 1 threads is slower by more than 5 %",
                "lanewise: 784-30-10 batch 32 on 1 threads is slower by more than 5 %"), slower.messages());
        Outcome.of("bench", "compare", before, after, "--fail-slower", "30").expect(0);
        Outcome.of("bench", "compare", after, before, "--fail-slower", "0.5%").expect(0);
        Outcome table = Outcome.of("bench", "compare", before, after, "-o", "md").expect(0);
        assertTrue(table.out().startsWith("| kernel | threads | before | after |\n| --- | ---: | ---: | ---: |\n"),
                table::toString);
        assertTrue(table.out().contains("(-17 %)"), table::toString);
        assertTrue(table.out().contains("(~)"), table::toString);
    }

    private Path write(String name, ResultFile file) throws IOException {
        return Files.writeString(temp.resolve(name + ".json"), file.json());
    }

    @Test
    void infoSaysWhatWasFound() {
        Outcome outcome = Outcome.of("info").expect(0);
        for (String field : List.of("cpu", "cores", "memory", "os", "jdk", "gc", "options", "vectors", "fma", "gemm")) {
            assertFalse(outcome.field(field).isBlank(), outcome::toString);
        }
        assertTrue(outcome.field("vector api").startsWith("compiled to SIMD;"), outcome::toString);
        assertFalse(outcome.out().contains("***"), outcome::toString);
    }
}
