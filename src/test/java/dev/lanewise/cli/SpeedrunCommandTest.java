package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpeedrunCommandTest {
    @TempDir
    private Path temp;

    /** Images with one inked row, whose place is the label plus {@code shift}. */
    private static Dataset bars(int size, int shift) {
        byte[] pixels = new byte[size * 784];
        byte[] labels = new byte[size];
        for (int i = 0; i < size; i++) {
            int from = i * 784 + (4 + 2 * ((i + shift) % 10)) * 28;
            Arrays.fill(pixels, from, from + 28, (byte) 255);
            labels[i] = (byte) (i % 10);
        }
        return Dataset.of(Mnist.SHAPE, pixels, labels, Mnist.CLASSES);
    }

    @Test
    void eachSeedIsAProcessThatLeavesNothingAndTheMediansAreOfWhatTheTableShows() throws IOException {
        Path data = SmallData.write(temp.resolve("bars"), bars(1000, 0), bars(50, 0));
        Path tmp = Path.of(System.getProperty("java.io.tmpdir"));
        long before = speedruns(tmp);
        Outcome outcome = Outcome.of("speedrun", "--runs", 3, "--data", data).expect(0);
        assertEquals(before, speedruns(tmp));
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

    @ParameterizedTest
    @ValueSource(strings = {"99", "99.5"})
    void higherTargetsHaveRecipesOfConvolutions(String target) throws IOException {
        Path data = SmallData.write(temp.resolve("digits")); // too few to learn all from
        Outcome outcome = Outcome.of("speedrun", "--target", target, "--runs", 1, "--data", data)
                .expect(Main.TARGET_MISSED);
        assertEquals(target + " % by 0 of 1", outcome.field("reached"));
        String recipe = outcome.field("recipe");
        assertTrue(recipe.startsWith("lanewise train --layers \"conv "), outcome::toString);
        // As it stands there, it can be given to a shell.
        Matcher words = Pattern.compile("\"([^\"]*)\"|(\\S+)").matcher(recipe.substring("lanewise ".length()));
        List<Object> arguments = words.results()
                .map(word -> (Object) (word.group(1) != null ? word.group(1) : word.group(2)))
                .collect(Collectors.toCollection(ArrayList::new));
        arguments.addAll(List.of("--data", data, "--out", temp.resolve("run"), "--seed", 1));
        Outcome.of(arguments.toArray()).expect(0);
        assertEquals("%.2f".formatted(100 * new SmallRun(temp.resolve("run")).accuracy()),
                outcome.out().lines().toList().get(1).strip().split(" +")[1]);
    }

    private static long speedruns(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("lanewise-speedrun")).count();
        }
    }

    @Test
    void wrongUsageIsRefused() {
        for (String target : List.of("97", "100", "98.0", "99,5", "best", "")) {
            Outcome.of("speedrun", "--target", target).expectRefusal("--target " + target, "98, 99, 99.5");
        }
        Outcome.of("speedrun", "--runs", "0").expectRefusal("--runs", "0");
        Outcome.of("speedrun", "--data", temp.resolve("nowhere")).expectRefusal("nowhere");
    }
}
