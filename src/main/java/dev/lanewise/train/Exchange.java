package dev.lanewise.train;

import dev.lanewise.kernel.Workers;
import java.util.Arrays;

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
    private static final int WARM_UP = 1_000; // turns during which HotSpot compiles
    private static final int TURNS = 301; // of which the median counts
    private static final int ROUNDS = 50; // of a turn's barriers

    /** Measures it in some tenths of a second; by one thread, while no worker runs. */
    static Exchange measure(Workers team) {
        int[][] own = new int[team.count()][INTS];
        int[] sums = new int[team.count() * LINE];
        Workers.Task change = (worker, _) -> change(own[worker]);
        Workers.Task readOwn = (worker, _) -> sums[worker * LINE] += sum(own[worker]);
        Workers.Task readNext = (worker, count) -> sums[worker * LINE] += sum(own[(worker + 1) % count]);
        double[] barrier = new double[TURNS];
        double[] near = new double[TURNS];
        double[] far = new double[TURNS];
        for (int i = -WARM_UP; i < TURNS; i++) {
            int turn = Math.max(0, i);
            barrier[turn] = seconds(team, ROUNDS, (_, _) -> {
            });
            team.run(change);
            near[turn] = seconds(team, 1, readOwn) + seconds(team, 1, change);
            far[turn] = seconds(team, 1, readNext) + seconds(team, 1, change);
        }
        return new Exchange(median(barrier),
                Math.max(0, median(far) - median(near)) / Integer.BYTES / INTS);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
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
