package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EpochLinesTest {
    private static final Evaluation HALF = new Evaluation(new int[][]{{500, 500}, {500, 500}}, 0.69315);

    @Test
    void linesOfARunHaveTheirFiguresBelowEachOther() {
        String first = EpochLines.line(new Metrics(9, 1.23456, null, 0.0912, 0.1, 2.163, 27_797), 10);
        String second = EpochLines.line(new Metrics(10, 0.1, null, 1.0, 0.1, 12.3, 1_221_548), 10);
        assertEquals("epoch  9/10  loss 1.2346  test  9.12 %    2.16 s     27,797 images/s", first);
        assertEquals("epoch 10/10  loss 0.1000  test 100.00 %   12.30 s  1,221,548 images/s", second);
    }

    @Test
    void linesFitInto80Columns() {
        for (Double test : new Double[]{null, 0.98}) {
            for (Evaluation validation : new Evaluation[]{null, HALF}) {
                String line = EpochLines.line(new Metrics(100, 0.5, validation, test, 0.1, 123.4, 1_000_000), 100);
                assertTrue(line.length() <= 80, line);
                assertEquals(validation != null, line.contains("  validation 0.6932, 50.00 %"), line);
            }
        }
    }

    @Test
    void curvesGoFromTheFirstEpochToTheLast() {
        List<Metrics> all = new ArrayList<>();
        for (int epoch = 1; epoch <= 8; epoch++) {
            all.add(new Metrics(epoch, 9 - epoch, null, epoch / 10.0, 0.1, 1, 1));
        }
        assertEquals("""
                loss            \u2588\u2587\u2586\u2585\u2584\u2583\u2582\u2581  8.0000 to 1.0000
                accuracy        \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588  10.00 to 80.00 %
                """, EpochLines.curves(all, StandardCharsets.UTF_8));
        assertEquals("", EpochLines.curves(all, StandardCharsets.US_ASCII), "bars are no ASCII");
        assertEquals("", EpochLines.curves(all.subList(0, 2), StandardCharsets.UTF_8), "two epochs are no curve");
    }

    @Test
    void longRunsAndLevelOnesHaveCurvesToo() {
        List<Metrics> all = new ArrayList<>();
        for (int epoch = 1; epoch <= 1000; epoch++) {
            all.add(new Metrics(epoch, 0.25, HALF, null, 0.1, 1, 1));
        }
        String curves = EpochLines.curves(all, StandardCharsets.UTF_8);
        assertEquals("loss            " + "\u2581".repeat(40) + "  0.2500 to 0.2500",
                curves.lines().findFirst().orElseThrow());
        curves.lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }
}
