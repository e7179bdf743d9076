package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.MannWhitneyUTest;
import org.apache.commons.statistics.inference.PValueMethod;
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
    void smallSamplesAgreeWithTheLibrarysExactTest() {
        long seed = 20261123;
        SplittableRandom random = new SplittableRandom(seed);
        for (int trial = 0; trial < 50; trial++) {
            double[] x = sample(random, random.nextInt(1, 60), 0, 0);
            double[] y = sample(random, random.nextInt(1, 60), 0.3 * random.nextDouble(), 0);
            double expected = library(x, y, PValueMethod.EXACT);
            assertEquals(1, RankTest.probability(x, y) / expected, 1e-9, "seed " + seed + ", trial " + trial);
            assertEquals(RankTest.probability(x, y), RankTest.probability(y, x), 1e-12, "seed " + seed);
        }
    }

    /** With equal values, which timings rounded to five digits have, and without; near one and far out in the tail. */
    @Test
    void largeSamplesAgreeWithTheLibrarysNormalApproximation() {
        long seed = 20261124;
        SplittableRandom random = new SplittableRandom(seed);
        for (int trial = 0; trial < 50; trial++) {
            int steps = trial % 2 == 0 ? 0 : 20;
            double[] x = sample(random, random.nextInt(101, 200), 0, steps);
            double[] y = sample(random, random.nextInt(100, 300), random.nextDouble(), steps);
            double expected = library(x, y, PValueMethod.ASYMPTOTIC);
            assertEquals(1, RankTest.probability(x, y) / expected, 1e-6, "seed " + seed + ", trial " + trial);
        }
    }

    @Test
    void whereTheNormalApproximationBeginsItIsTheExactTestsNeighbour() {
        SplittableRandom random = new SplittableRandom(5);
        for (double shift : new double[]{0.05, 0.1, 0.15}) {
            double[] x = sample(random, 100, 0, 0);
            double[] y = sample(random, 101, shift, 0);
            double[] shorter = Arrays.copyOf(y, 100);
            assertTrue(x.length * y.length > RankTest.MOST_PAIRS && x.length * shorter.length <= RankTest.MOST_PAIRS);
            assertEquals(library(x, y, PValueMethod.EXACT), RankTest.probability(x, y), 0.002);
            assertEquals(library(x, shorter, PValueMethod.EXACT), RankTest.probability(x, shorter), 1e-9);
        }
    }

    /** 20 JVMs a side, of 25 rounds: all orders of 500 and 500 would take gigabytes. */
    @Test
    void manyRoundsTakeNoTime() {
        double[] x = sample(new SplittableRandom(1), 500, 0, 0);
        double[] y = sample(new SplittableRandom(2), 500, 0.5, 0);
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
            assertEquals(1, RankTest.probability(x, x), 1e-9);
            assertTrue(RankTest.probability(x, y) < 1e-9);
            assertTrue(RankTest.probability(sample(new SplittableRandom(3), 10_000, 0, 0), new double[]{0.5}) > 0.1);
        });
    }

    @Test
    void theLeastProbabilityIsThatOfSamplesApart() {
        for (int n = 1; n <= 12; n++) {
            for (int m = 1; m <= 12; m++) {
                double[] low = IntStream.range(0, n).mapToDouble(i -> i).toArray();
                double[] high = IntStream.range(0, m).mapToDouble(i -> 100 + i).toArray();
                assertEquals(Math.min(1, RankTest.least(n, m)), RankTest.probability(low, high), 1e-12);
            }
        }
    }

    private static double[] sample(SplittableRandom random, int n, double shift, int steps) {
        return random.doubles(n).map(v -> v + shift).map(v -> steps == 0 ? v : Math.rint(v * steps)).sorted().toArray();
    }

    private static double library(double[] x, double[] y, PValueMethod method) {
        return MannWhitneyUTest.withDefaults().with(method).test(x, y).getPValue();
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
