package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BalancedTaskTest {
    /** A team with a clock of its own: each unit of a worker takes so many microseconds, whatever the machine does. */
    private static final class Team implements AutoCloseable {
        final int[] units; // that each worker had in the last round
        final long[] micros;
        private final ThreadLocal<long[]> now = ThreadLocal.withInitial(() -> new long[1]);
        private final Workers workers;
        private final BalancedTask task;

        Team(long... micros) {
            this.micros = micros;
            units = new int[micros.length];
            workers = new Workers(micros.length);
            task = new BalancedTask(workers, this::run, () -> now.get()[0]);
        }

        private void run(int worker, int from, int to) {
            units[worker] = to - from;
            now.get()[0] += 1000 * micros[worker] * (to - from);
        }

        void rounds(int count, int n, int grain) {
            for (int round = 0; round < count; round++) {
                task.run(n, grain);
            }
        }

        @Override
        public void close() {
            workers.close();
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

    @Test
    void sharesAreEqualAtFirst() {
        try (Team team = new Team(1, 1000, 1, 1)) {
            team.rounds(1, 100, 1);
            assertArrayEquals(new int[]{25, 25, 25, 25}, team.units);
        }
    }

    @Test
    void whoTakesFourTimesAsLongForAUnitGetsAFifth() {
        try (Team team = new Team(1, 4)) {
            team.rounds(50, 500, 1);
            assertArrayEquals(new int[]{400, 100}, team.units);
        }
    }

    /** The thread may just have slept. */
    @Test
    void oneSlowRoundTakesATenthOfAShareAtMost() {
        try (Team team = new Team(1, 1_000_000)) {
            team.rounds(2, 1000, 1);
            assertEquals(450, team.units[1]);
        }
    }

    @Test
    void whoeverHadNothingToDoGetsWorkAgainOnceAsFast() {
        try (Team team = new Team(1, 1000)) {
            team.rounds(50, 8, 4);
            assertEquals(0, team.units[1]);
            team.micros[1] = 1;
            team.rounds(50, 500, 4);
            assertEquals(250, team.units[1], 4);
        }
    }

    /** Without a clock of the test's: the task of the production code gets its times from somewhere, too. */
    @Test
    void roundsAreMeasuredByTheMachinesClock() {
        int[] units = new int[2];
        try (Workers workers = new Workers(2)) {
            BalancedTask task = new BalancedTask(workers, (worker, from, to) -> {
                units[worker] = to - from;
                if (worker == 1) {
                    LockSupport.parkNanos(20_000_000);
                }
            });
            for (int round = 0; round < 200 && units[1] >= units[0]; round++) {
                task.run(500, 1);
            }
            assertTrue(units[1] < units[0], "the worker that sleeps has " + units[1] + " units");
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
