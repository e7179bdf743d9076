package dev.lanewise.train;

import dev.lanewise.kernel.Workers;
import java.util.Arrays;
import java.util.Optional;

/**
 * What it costs the threads of a team to work together on this machine: from it and the time that a step takes on one thread
 * follows what it should take on all of them.
 *
 * @param barrier seconds that a round takes in which nobody does anything
 * @param fetching seconds that a byte costs which one core reads after another has changed it, and which that one then changes
 *     again; beyond what its own bytes cost a core
 */
record Exchange(double barrier, double fetching) {
    private static final int INTS = 1 << 15; // 128 KiB of each thread, which fit every L2
    private static final int LINE = 16; // ints of a cache line, of which one is touched
    private static final long WARM_UP = 250_000_000; // nanoseconds in which HotSpot compiles
    private static final long LONGEST = 400_000_000; // nanoseconds, with that
    private static final int TURNS = 301; // at most, of which the median counts
    private static final int FEWEST = 21;
    private static final int ROUNDS = 10; // of a turn's barriers

    /**
     * Measures it in four tenths of a second; by one thread, while no worker runs. Empty where that does not suffice, and of more threads
     * than processors.
     */
    static Optional<Exchange> measure(Workers team) {
        if (team.count() > Runtime.getRuntime().availableProcessors()) {
            return Optional.empty();
        }
        int[][] own = new int[team.count()][INTS];
        int[] sums = new int[team.count() * LINE];
        Workers.Task change = (worker, _) -> change(own[worker]);
        Workers.Task readOwn = (worker, _) -> sums[worker * LINE] += sum(own[worker]);
        Workers.Task readNext = (worker, count) -> sums[worker * LINE] += sum(own[(worker + 1) % count]);
        double[] barrier = new double[TURNS];
        double[] near = new double[TURNS];
        double[] far = new double[TURNS];
        int turn = 0;
        long start = System.nanoTime();
        for (long nanos = 0; turn < TURNS && nanos < LONGEST; nanos = System.nanoTime() - start) {
            barrier[turn] = seconds(team, ROUNDS, (_, _) -> {
            });
            team.run(change);
            near[turn] = seconds(team, 1, readOwn) + seconds(team, 1, change);
            far[turn] = seconds(team, 1, readNext) + seconds(team, 1, change);
            turn += nanos < WARM_UP ? 0 : 1;
        }
        return turn < FEWEST
                ? Optional.empty()
                : Optional.of(new Exchange(median(barrier, turn),
                        Math.max(0, median(far, turn) - median(near, turn)) / Integer.BYTES / INTS));
    }

    private static double median(double[] values, int count) {
        Arrays.sort(values, 0, count);
        return values[count / 2];
    }

    /** Seconds that a step of so many rows takes if it takes {@code alone} on one thread. */
    double step(Division division, int rows, double alone) {
        return division.workers() == 1
                ? alone
                : alone / division.workers() + division.rounds() * barrier
                        + division.travelling(rows) * fetching;
    }

    private static double seconds(Workers team, int rounds, Workers.Task task) {
        long start = System.nanoTime();
        for (int round = 0; round < rounds; round++) {
            team.run(task);
        }
        return (System.nanoTime() - start) / 1e9 / rounds;
    }

    private static void change(int[] values) {
        for (int i = 0; i < values.length; i += LINE) {
            values[i]++;
        }
    }

    private static int sum(int[] values) {
        int sum = 0;
        for (int i = 0; i < values.length; i += LINE) {
            sum += values[i];
        }
        return sum;
    }
}
