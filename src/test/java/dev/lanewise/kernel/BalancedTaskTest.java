package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BalancedTaskTest {
    /** Units that each worker had in the last round, each unit of a worker taking so many microseconds. */
    private static final class Team {
        private final int[] units;
        private final int[] micros;
        private final BalancedTask task;

        Team(Workers workers, int... micros) {
            units = new int[micros.length];
            this.micros = micros;
            task = new BalancedTask(workers, this::run);
        }

        private void run(int worker, int from, int to) {
            units[worker] = to - from;
            long end = System.nanoTime() + 1000L * (to - from) * micros[worker];
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void sharesCoverAllUnitsOnceAtMultiplesOfTheGrain(int threads) {
        long seed = 1;
        SplittableRandom random = new SplittableRandom(seed);
        int[] done = new int[1000];
        int[] grain = new int[1];
        int[] bad = new int[threads];
        try (Workers workers = new Workers(threads)) {
            BalancedTask task = new BalancedTask(workers, (worker, from, to) -> {
                bad[worker] += from % grain[0] == 0 || from == to ? 0 : 1;
                for (int unit = from; unit < to; unit++) {
                    done[unit]++;
                }
            });
            for (int round = 0; round < 300; round++) {
                int n = random.nextInt(round % 3 == 0 ? 10 : done.length + 1);
                grain[0] = 1 + random.nextInt(20);
                Arrays.fill(done, 0);
                task.run(n, grain[0]);
                int[] expected = new int[done.length];
                Arrays.fill(expected, 0, n, 1);
                assertArrayEquals(expected, done,
                        "seed %d, round %d: n=%d grain=%d".formatted(seed, round, n, grain[0]));
            }
            assertEquals(0, Arrays.stream(bad).sum());
        }
    }

    /** Of a worker that takes four times as long for a unit: a fifth, if nothing else runs on the machine. */
    @Test
    void slowerWorkerGetsLess() {
        try (Workers workers = new Workers(2)) {
            Team team = new Team(workers, 1, 4);
            int sum = 0;
            for (int round = 0; round < 200; round++) {
                team.task.run(500, 1);
                sum += round < 100 ? 0 : team.units[1];
            }
            assertTrue(sum > 100 && sum < 100 * 200, "units of the slower worker in 100 rounds of 500: " + sum);
        }
    }

    @Test
    void whoeverHadNothingToDoGetsWorkAgainOnceAsFast() {
        try (Workers workers = new Workers(2)) {
            Team team = new Team(workers, 1, 1000);
            for (int round = 0; round < 50; round++) {
                team.task.run(8, 4);
            }
            assertEquals(0, team.units[1]);
            team.micros[1] = 1;
            int sum = 0;
            for (int round = 0; round < 200; round++) {
                team.task.run(500, 4);
                sum += team.units[1];
            }
            assertTrue(sum > 200 * 50, "units in 200 rounds of 500: " + sum);
        }
    }

    @Test
    void roundsOfNegativeSizeOrWithoutAGrainAreRefused() {
        try (Workers workers = new Workers(1)) {
            BalancedTask task = new BalancedTask(workers, (worker, from, to) -> fail());
            Bits.assertRefused("n", () -> task.run(-1, 1), -1);
            Bits.assertRefused("grain", () -> task.run(5, 0), 0);
        }
    }
}
