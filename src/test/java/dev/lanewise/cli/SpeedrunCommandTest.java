package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpeedrunCommandTest {
    @TempDir
    private Path temp;

    /** Images with one inked row, whose place is the label plus {@code shift}. */
    private static Dataset bars(int size, int shift) {
        byte[] pixels = new byte[size * 100];
        byte[] labels = new byte[size];
        for (int i = 0; i < size; i++) {
            int row = (i + shift) % 10;
            Arrays.fill(pixels, i * 100 + row * 10, i * 100 + row * 10 + 10, (byte) 255);
            labels[i] = (byte) (i % 10);
        }
        return Dataset.of(new Shape(10, 10, 1), pixels, labels, Mnist.CLASSES);
    }

    @Test
    void eachSeedIsAProcessAndTheMediansAreOfWhatTheTableShows() throws IOException {
        Path data = SmallData.write(temp.resolve("bars"), bars(1000, 0), bars(50, 0));
        Outcome outcome = Outcome.of("speedrun", "--runs", 3, "--data", data).expect(0);
        List<String> lines = outcome.out().lines().toList();
        assertTrue(lines.getFirst().matches("seed +test % +in all s +training s"), outcome::toString);
        double[] total = new double[3];
        for (int seed = 1; seed <= 3; seed++) {
            String[] cells = lines.get(seed).strip().split(" +");
            assertEquals(String.valueOf(seed), cells[0]);
            assertEquals("100.00", cells[1]);
            total[seed - 1] = Double.parseDouble(cells[2]);
            assertTrue(total[seed - 1] > Double.parseDouble(cells[3]), outcome::toString);
        }
        Arrays.sort(total);
        assertEquals("98 % by 3 of 3", outcome.field("reached"));
        assertTrue(outcome.field("in all").startsWith("%.2f s in the median (%.2f to %.2f)"
                .formatted(total[1], total[0], total[2])), outcome::toString);
        assertTrue(outcome.field("recipe").startsWith("lanewise train --"), outcome::toString);
    }

    @Test
    void runsThatMissTheTargetAreStatus3() throws IOException {
        Path data = SmallData.write(temp.resolve("wrong"), bars(1000, 0), bars(50, 1));
        Outcome outcome = Outcome.of("speedrun", "--runs", 1, "--data", data).expect(Main.TARGET_MISSED);
        assertEquals("98 % by 0 of 1", outcome.field("reached"));
    }

    @Test
    void nothingIsLeftBehind() throws IOException {
        Path data = SmallData.write(temp.resolve("bars"), bars(1000, 0), bars(50, 0));
        Path tmp = Path.of(System.getProperty("java.io.tmpdir"));
        long before = speedruns(tmp);
        Outcome.of("speedrun", "--runs", 1, "--data", data).expect(0);
        assertEquals(before, speedruns(tmp));
    }

    private static long speedruns(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("lanewise-speedrun")).count();
        }
    }

    @Test
    void wrongUsageIsRefused() {
        Outcome.of("speedrun", "--target", "97").expectRefusal("--target 97", "98");
        Outcome.of("speedrun", "--runs", "0").expectRefusal("--runs", "0");
        Outcome.of("speedrun", "--data", temp.resolve("nowhere")).expectRefusal("nowhere");
    }
}
