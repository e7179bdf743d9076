package dev.lanewise.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The test of Mann and Whitney (1947), two-sided: how probable is it that two sets of timings, drawn from one
 * distribution, differ in rank as much as these? It asks nothing of that distribution; timings have long tails.
 */
final class RankTest {
    private static final Map<Long, double[]> DISTRIBUTIONS = new ConcurrentHashMap<>();

    private RankTest() {
    }

    /**
     * The probability, exact where no two values are equal. An equal pair counts as half, and the half is given away:
     * with ties the result is a little too large, never too small.
     *
     * @param x ascending
     * @param y ascending
     */
    static double probability(double[] x, double[] y) {
        double u = 0; // pairs in which x is larger
        for (double a : x) {
            for (double b : y) {
                u += a > b ? 1 : a == b ? 0.5 : 0;
            }
        }
        double[] probabilities = DISTRIBUTIONS.computeIfAbsent((long) x.length << 32 | y.length,
                _ -> distribution(x.length, y.length));
        double smaller = Math.min(u, (double) x.length * y.length - u);
        double tail = 0;
        for (int i = 0; i <= (int) Math.ceil(smaller); i++) {
            tail += probabilities[i];
        }
        return Math.min(1, 2 * tail);
    }

    /**
     * Probability of each u from 0 to n m. The largest of all values is one of the n with probability n / (n + m), and
     * is then above all m; else it changes nothing. Sums of positive terms alone, so the tails keep their digits.
     */
    static double[] distribution(int n, int m) {
        double[][] previous = new double[m + 1][];
        for (int i = 0; i <= n; i++) {
            double[][] row = new double[m + 1][];
            for (int j = 0; j <= m; j++) {
                row[j] = new double[i * j + 1];
                if (i == 0 || j == 0) {
                    row[j][0] = 1;
                    continue;
                }
                double largestIsX = (double) i / (i + j);
                double[] without = previous[j];
                for (int u = 0; u < without.length; u++) {
                    row[j][u + j] += largestIsX * without[u];
                }
                double[] withoutY = row[j - 1];
                for (int u = 0; u < withoutY.length; u++) {
                    row[j][u] += (1 - largestIsX) * withoutY[u];
                }
            }
            previous = row;
        }
        return previous[m];
    }
}
