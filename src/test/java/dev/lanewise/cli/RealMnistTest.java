package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the program is for, on the real data where they are found: the accuracy, and the bits that never change. */
class RealMnistTest {
    private static final double LEAST_ACCURACY = 0.98;

    @TempDir
    Path temp;

    private void assertTrains(String options, String sha256) throws IOException {
        String root = System.getenv("LANEWISE_DATA");
        assumeTrue(root != null && Files.isDirectory(Path.of(root, "mnist")),
                "real MNIST not found: set LANEWISE_DATA to the directory that holds mnist/");
        List<Object> arguments = new ArrayList<>(List.of("train", "--data", Path.of(root, "mnist"), "--out",
                temp.resolve("run")));
        arguments.addAll(List.of(options.split(" ")));
        Outcome outcome = Outcome.of(arguments.toArray()).expect(0);
        SmallRun run = new SmallRun(temp.resolve("run"));
        assertTrue(run.accuracy() >= LEAST_ACCURACY, outcome::toString);
        assertEquals(sha256, outcome.field("weights_sha256"));
        assertEquals(sha256, run.sha256OfModelData());
    }

    @Test
    void theUsualRecipeReaches98PercentAndItsBits() throws IOException {
        assertTrains("--seed 1", "8ae7e7733b18efbce80cb6f2b6493c13c0a46353e561ecf2b8bcfd1e37b11f57");
    }

    @Test
    void theRecipeOfSpeedrunReaches98PercentAndItsBits() throws IOException {
        assertTrains("--hidden 192 --batch-size 48 --epochs 3 --optimizer sgd --lr 1 --label-smoothing 0.05 --seed 1",
                "1e48f86ed18ead96778acc3abb4a5621617b930a2e75f9f4640770e9972780a9");
    }
}
