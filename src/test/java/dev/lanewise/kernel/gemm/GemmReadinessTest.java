package dev.lanewise.kernel.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.OwnProcess;
import dev.lanewise.kernel.Gemm;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a library user's first products do, in a process of its own without the test's options. */
class GemmReadinessTest {
    private static final int[][] SIZES = {{100, 300, 784}, {1, 10, 128}, {33, 10, 40}, {5, 3, 2}, {64, 64, 64}};
    private static final long END = System.nanoTime() + TimeUnit.SECONDS.toNanos(120); // for a busy machine; 3 s are usual

    @Test
    void productsAreTheSameBeforeTilesAreCompiledAndAfter() throws Exception {
        List<String> lines = OwnProcess.output(GemmReadinessTest.class, OwnProcess.width());
        assertEquals(4 * SIZES.length, lines.size(), lines::toString);
        assertTrue(lines.getFirst().startsWith("plain, then tiles: "), lines::toString);
        // Others may find their tiles compiled: those of a kind before, or while this thread waited for a core.
        assertTrue(lines.stream().allMatch(line -> line.startsWith("plain, then ") || line.startsWith("tiles: ")),
                lines::toString);
    }

    /** Multiplies until all kinds have reached the last level, and prints a line a kind. */
    public static void main(String[] args) throws InterruptedException {
        for (int[] size : SIZES) {
            for (int transposed = 0; transposed < 4; transposed++) {
                check(size[0], size[1], size[2], (transposed & 2) != 0, (transposed & 1) != 0);
            }
        }
    }

    private static void check(int m, int n, int k, boolean transA, boolean transB) throws InterruptedException {
        float[] a = numbers(m * k);
        float[] b = numbers(k * n);
        float[] expected = new float[m * n];
        int lda = transA ? m : k;
        int ldb = transB ? k : n;
        ScalarGemm.sgemm(transA, transB, m, n, k, 1f, a, 0, lda, b, 0, ldb, 0f, expected, 0, n);
        boolean plain = GemmReadiness.of(transA, transB, m, n, k) == GemmReadiness.PLAIN;
        int level = GemmReadiness.PLAIN;
        for (boolean last = false; !last;) {
            last = level == GemmReadiness.LONG; // once more with that
            float[] c = new float[m * n];
            Gemm.sgemm(transA, transB, m, n, k, 1f, a, 0, lda, b, 0, ldb, 0f, c, 0, n);
            if (!Arrays.equals(expected, c)) {
                System.out.println("other bits at level " + level);
                return;
            }
            level = GemmReadiness.of(transA, transB, m, n, k);
            if (System.nanoTime() > END) {
                System.out.println("still at level " + level + ": " + m + " x " + n + " x " + k);
                return;
            }
            Thread.sleep(1); // leaves the cores to the compiler
        }
        System.out.println((plain ? "plain, then tiles: " : "tiles: ") + m + " x " + n + " x " + k);
    }

    private static float[] numbers(int n) {
        float[] numbers = new float[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = (float) Math.sin(i * 1.37);
        }
        return numbers;
    }
}
