package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.math3.stat.inference.MannWhitneyUTest;
import org.junit.jupiter.api.Test;

class RankTestTest {
    /** All ways to choose who ranks where, counted one by one. */
    @Test
    void theDistributionIsThatOfAllOrders() {
        for (int n = 1; n <= 6; n++) {
            for (int m = 1; m <= 6; m++) {
                double[] counts = new double[n * m + 1];
                int orders = 0;
                for (int set = 0; set < 1 << (n + m); set++) {
                    if (Integer.bitCount(set) == n) {
                        int u = 0;
                        for (int x = 0; x < n + m; x++) {
                            u += (set >> x & 1) == 0 ? 0 : x - Integer.bitCount(set & ((1 << x) - 1));
                        }
                        counts[u]++;
                        orders++;
                    }
                }
                double[] distribution = RankTest.distribution(n, m);
                for (int u = 0; u < counts.length; u++) {
                    assertEquals(counts[u] / orders, distribution[u], 1e-12, n + " and " + m);
                }
            }
        }
    }

    @Test
    void largeSamplesAgreeWithTheNormalApproximation() {
        long seed = 20261123;
        SplittableRandom random = new SplittableRandom(seed);
        for (int trial = 0; trial < 50; trial++) {
            double shift = random.nextDouble();
            double[] x = random.doubles(75).sorted().toArray();
            double[] y = random.doubles(60).map(v -> v + shift * 0.3).sorted().toArray();
            double expected = new MannWhitneyUTest().mannWhitneyUTest(x, y);
            double actual = RankTest.probability(x, y);
            assertEquals(expected, actual, 0.006, "seed " + seed);
            assertEquals(actual, RankTest.probability(y, x), 1e-12, "seed " + seed);
        }
    }

    @Test
    void sampleApartIsTheLeastProbable() {
        double[] low = {1, 2, 3, 4, 5};
        double[] high = {6, 7, 8, 9, 10};
        assertEquals(2.0 / 252, RankTest.probability(low, high), 1e-15);
        assertEquals(1, RankTest.probability(low, low));
        double[] many = new double[75];
        Arrays.setAll(many, i -> i);
        double p = RankTest.probability(many, Arrays.stream(many).map(v -> v + 100).toArray());
        assertTrue(p > 0 && p < 1e-40, () -> "p is " + p);
    }

    /** Uniform under the null hypothesis: at most 1 % of the samples are called different at 1 %. */
    @Test
    void noiseIsSeldomCalledADifference() {
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        int called = 0;
        for (int trial = 0; trial < 2000; trial++) {
            double[] x = random.doubles(11).sorted().toArray();
            double[] y = random.doubles(11).sorted().toArray();
            called += RankTest.probability(x, y) < 0.01 ? 1 : 0;
        }
        assertTrue(called > 2 && called < 35, called + " of 2000, seed " + seed);
    }
}
