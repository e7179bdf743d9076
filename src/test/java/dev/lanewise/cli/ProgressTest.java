package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bar, on a stream that stands for a terminal, and with a clock of its own. */
class ProgressTest {
    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private long now;

    private Progress progress(IntSupplier columns) {
        return new Progress("epoch 3/10", new PrintStream(written, true, StandardCharsets.UTF_8), columns, () -> now);
    }

    private String written() {
        return written.toString(StandardCharsets.UTF_8);
    }

    /** What a terminal would show of one line, with what was left by longer texts before. */
    private String screen() {
        StringBuilder line = new StringBuilder();
        int column = 0;
        for (char c : written().toCharArray()) {
            if (c == '\r') {
                column = 0;
            } else {
                assertTrue(c >= ' ' && c < 127, "not of one column: " + (int) c);
                line.replace(column, Math.min(column + 1, line.length()), String.valueOf(c));
                column++;
            }
        }
        return line.toString().stripTrailing();
    }

    private String drawn(int columns, long done, long total) {
        written.reset();
        Progress progress = progress(() -> columns);
        now += SECOND;
        progress.update(done, total, "loss 0.1234", "123,456 images/s");
        return screen();
    }

    @Test
    void aBarTellsTheShareOfItsTaskWithTheMessageBehindIt() {
        assertEquals("epoch 3/10 [=============              ]  50 %  loss 0.1234  123,456 images/s",
                drawn(80, 29_999, 59_998));
        assertTrue(drawn(120, 60_000, 60_000).startsWith("epoch 3/10 [" + "=".repeat(50) + "] 100 %  loss"),
                this::written);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            59 | epoch 3/10 [====  ]  75 %  loss 0.1234  123,456 images/s
            58 | epoch 3/10 [===  ]  75 %  loss 0.1234  123,456 images/s
            57 | epoch 3/10 [================      ]  75 %  loss 0.1234
            42 | epoch 3/10 [=====  ]  75 %  loss 0.1234
            40 | epoch 3/10 [===  ]  75 %  loss 0.1234
            39 | epoch 3/10 [============     ]  75 %
            20 | epoch 3/10   75 %
            11 | epoch 3/
            3  | ''
            """)
    void aNarrowTerminalGetsAShorterBarAndFewerDetailsAndNeverHalfAFigure(int columns, String line) {
        assertEquals(line, drawn(columns, 3, 4));
        assertTrue(line.length() + 2 < columns, "no room for ^C");
    }

    /** The longest texts that train, speedrun, bench and data fetch show. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"epoch 1000/1000 | loss 12.3456, 1,234,567 images/s", "speedrun | 123.45 s",
            "512 bits | ''", "downloading | train-images-idx3-ubyte.gz, 9,680 KiB"})
    void everyCommandFitsEveryTerminalAndKeepsItsFiguresWhole(String task, String words) {
        String[] details = words.isEmpty() ? new String[0] : words.split(", ");
        for (int columns : new int[]{40, 80, 120}) {
            for (long done = 0; done <= 1000; done++) {
                written.reset();
                try (Progress progress = new Progress(task, new PrintStream(written, true, StandardCharsets.UTF_8),
                        () -> columns, () -> now)) {
                    now += SECOND;
                    progress.update(done, 1000, details);
                    String line = screen();
                    assertTrue(line.length() < columns - 2, line + ": no room for ^C before the last column");
                    String share = "%3d %%".formatted(done / 10);
                    List<String> rests = IntStream.rangeClosed(0, details.length).mapToObj(n -> share
                            + Arrays.stream(details).limit(n).map("  "::concat).collect(Collectors.joining())).toList();
                    String rest = line.replaceFirst("\\Q%s\\E \\[=* *\\]  ?".formatted(task), "");
                    assertTrue(rests.stream().anyMatch(whole -> whole.strip().equals(rest.strip())), line);
                    assertTrue(columns == 40 || rest.endsWith(rests.getLast().strip()),
                            line + ": there is room for all");
                }
            }
        }
    }

    @Test
    void withoutATotalThereIsNoBarAndNoShare() {
        assertEquals("epoch 3/10  loss 0.1234  123,456 images/s", drawn(80, 3, -1));
        assertEquals("epoch 3/10  loss 0.1234  123,456 images/s", drawn(80, 0, 0));
    }

    @Test
    void whatIsDrawnOverIsGoneAndTheLineIsEmptyInTheEnd() {
        Progress progress = progress(() -> 80);
        for (String message : new String[]{"a long message", "short", ""}) {
            now += SECOND;
            progress.update(1, -1, message);
            assertEquals(("epoch 3/10  " + message).strip(), screen());
        }
        written.writeBytes("^C".getBytes(StandardCharsets.US_ASCII)); // what the terminal itself shows
        progress.close();
        assertEquals("", screen());
        assertTrue(written().endsWith("\r"));
        int length = written.size();
        now += SECOND;
        progress.update(1, 2, "too late");
        progress.close();
        assertEquals(length, written.size());
    }

    /** Short tasks flicker otherwise, and drawing costs time. */
    @Test
    void itIsDrawnFiveTimesASecondAtMostAndAsksForTheWidthEachTime() {
        int[] asked = {0};
        Progress progress = progress(() -> {
            asked[0]++;
            return 80;
        });
        for (int i = 0; i < 1000; i++) {
            now += SECOND / 1000;
            boolean due = progress.isDue();
            int before = written.size();
            progress.update(i, 1000, "");
            assertEquals(due, written.size() > before);
        }
        assertEquals(5, asked[0]);
        progress.close();
        written.reset();
        progress(() -> 80).close();
        assertEquals("", written());
    }

    @Test
    void whereNothingCanBeWrittenOverThereIsALineEveryTenSeconds() {
        try (Progress progress = progress(null)) {
            now += 9 * SECOND;
            assertFalse(progress.isDue());
            progress.update(1, 4, "first");
            assertEquals("", written());
            now += SECOND;
            progress.update(1, 4, "second");
            progress.update(2, 4, "third");
            now += 10 * SECOND;
            progress.update(3, 4, "fourth");
        }
        assertEquals("epoch 3/10   25 %  second\nepoch 3/10   75 %  fourth\n",
                written().replace(System.lineSeparator(), "\n"));
    }

    @Test
    void dumbTerminalsAndNoColorGetNoBar() {
        assertTrue(Progress.canMove(Map.of("TERM", "xterm-256color")));
        assertTrue(Progress.canMove(Map.of("NO_COLOR", "")));
        assertFalse(Progress.canMove(Map.of("TERM", "dumb")));
        assertFalse(Progress.canMove(Map.of("TERM", "xterm", "NO_COLOR", "1")));
    }

    /** A terminal that does not know its size says 0 0. */
    @ParameterizedTest
    @CsvSource({"24 120, 90, 120", "24 40, , 40", "0 0, 90, 90", "0 0, , 80", "'', 132, 132", "'', many, 80",
            "stty: error, -1, 80", "'24 100\n', , 100"})
    void theTerminalKnowsItsWidthElseTheEnvironmentElseItIsTheUsualOne(String size, String variable, int columns) {
        assertEquals(columns, Progress.columns(size.replace("\\n", "\n"),
                variable == null ? Map.of() : Map.of("COLUMNS", variable)));
    }
}
