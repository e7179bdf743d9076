package dev.lanewise.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The test of Mann and Whitney (1947), two-sided: how probable is it that two sets of timings, drawn from one
 * distribution, differ in rank as much as these? It asks nothing of that distribution; timings have long tails.
 */
final class RankTest {
    /** Pairs up to which all orders are counted: 100 rounds a side. That takes milliseconds, five times as many minutes. */
    static final int MOST_PAIRS = 10_000;

    private static final Map<Long, double[]> DISTRIBUTIONS = new ConcurrentHashMap<>();

    private RankTest() {
    }

    /**
     * The probability: of small samples exact where no two values are equal, of large ones by the normal distribution,
     * which calls what is most improbable a little more probable than it is. An equal pair counts as half.
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
        double pairs = (double) x.length * y.length;
        double smaller = Math.min(u, pairs - u);
        return Math.min(1, 2 * (pairs > MOST_PAIRS ? normalTail(x, y, smaller) : exactTail(x, y, smaller)));
    }

    /** What {@link #probability} is at least for so many values: that of all of one side before all of the other. */
    static double least(int n, int m) {
        double orders = 1; // n + m choose n
        for (int i = 1; i <= Math.min(n, m); i++) {
            orders *= (double) (n + m + 1 - i) / i;
        }
        return 2 / orders;
    }

    /** The half of a pair that is equal is given away: with ties the result is a little too large, never too small. */
    private static double exactTail(double[] x, double[] y, double smaller) {
        int larger = Math.max(x.length, y.length); // of one value and many, the other order would take much memory
        int other = Math.min(x.length, y.length);
        double[] probabilities = DISTRIBUTIONS.computeIfAbsent((long) larger << 32 | other,
                _ -> distribution(larger, other));
        double tail = 0;
        for (int i = 0; i <= (int) Math.ceil(smaller); i++) {
            tail += probabilities[i];
        }
        return tail;
    }

    /** The variance is less by what equal values take from it, and a whole step of u stands for the half before it. */
    private static double normalTail(double[] x, double[] y, double smaller) {
        double count = (double) x.length + y.length;
        double pairs = (double) x.length * y.length;
        double variance = pairs / 12 * (count + 1 - ties(x, y) / (count * (count - 1)));
        return variance <= 0 ? 1 : above((pairs / 2 - smaller - 0.5) / Math.sqrt(variance));
    }

    /** The sum of t^3 - t over the sets of t values that are equal. */
    private static double ties(double[] x, double[] y) {
        double sum = 0;
        int i = 0;
        int j = 0;
        while (i < x.length || j < y.length) {
            double value = j == y.length || i < x.length && x[i] < y[j] ? x[i] : y[j];
            double equal = 0;
            for (; i < x.length && x[i] == value; i++) {
                equal++;
            }
            for (; j < y.length && y[j] == value; j++) {
                equal++;
            }
            sum += equal * equal * equal - equal;
        }
        return sum;
    }

    /**
     * The part of the standard normal distribution above z. Simpson's rule on exp(-z t - t^2 / 2), which is what the density
     * is beyond z as a part of that at z: the tails keep their digits.
     */
    private static double above(double z) {
        if (z < 0) {
            return 1 - above(-z);
        }
        int steps = 2000;
        double width = 12 / Math.max(1, z / 3) / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double t = i * width;
            sum += Math.exp(-z * t - t * t / 2) * (i == 0 || i == steps ? 1 : i % 2 == 0 ? 2 : 4);
        }
        return sum * width / 3 * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
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
