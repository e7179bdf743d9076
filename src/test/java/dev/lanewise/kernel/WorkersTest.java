package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

// A test that hangs fails: it runs in a thread of its own, which is given up after the time-out.
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkersTest {
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    /** Counts the runs of each worker in one round. */
    private static int[] runs(Workers workers) {
        AtomicIntegerArray runs = new AtomicIntegerArray(workers.count());
        workers.run((worker, count) -> {
            assertEquals(workers.count(), count);
            runs.incrementAndGet(worker);
        });
        int[] counts = new int[runs.length()];
        Arrays.setAll(counts, runs::get);
        return counts;
    }

    private static void assertWorks(Workers workers) {
        int[] once = new int[workers.count()];
        Arrays.fill(once, 1);
        for (int round = 0; round < 20; round++) {
            assertEquals(Arrays.toString(once), Arrays.toString(runs(workers)));
        }
    }

    private static void busyWait(long nanos) {
        for (long end = System.nanoTime() + nanos; System.nanoTime() < end;) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 16})
    void everyWorkerRunsOnceARoundWithItsIndexOnItsOwnThread(int threads) {
        try (Workers workers = new Workers(threads)) {
            assertEquals(threads, workers.count());
            assertWorks(workers);
            Thread[] first = new Thread[threads];
            workers.run((worker, count) -> first[worker] = Thread.currentThread());
            assertSame(Thread.currentThread(), first[0], "the caller is worker 0");
            assertEquals(threads, Set.of(first).size(), "threads of their own");
            workers.run((worker, count) -> assertSame(first[worker], Thread.currentThread()));
        }
    }

    /** What the caller wrote before a round the workers see, and what they wrote the caller sees: no volatile here. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void writesPassFromTheCallerToTheWorkersAndBack(int threads) {
        try (Workers workers = new Workers(threads)) {
            int[] in = new int[1];
            int[] out = new int[threads];
            for (int round = 1; round <= 5_000; round++) {
                in[0] = round;
                workers.run((worker, count) -> out[worker] = in[0] + worker);
                for (int worker = 0; worker < threads; worker++) {
                    assertEquals(round + worker, out[worker], "worker " + worker);
                }
            }
        }
    }

    @Test
    void teamsBelowOneAreRefused() {
        Bits.assertRefused("threads", () -> new Workers(0).close(), 0);
        Bits.assertRefused("threads", () -> new Workers(-3).close(), -3);
    }

    @Test
    void sharesCoverEverythingOnceAtMultiplesOfTheGrain() {
        long seed = 1;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            int n = switch (i % 4) {
                case 0 -> random.nextInt(10);
                case 1 -> Integer.MAX_VALUE - random.nextInt(100);
                default -> random.nextInt(5_000);
            };
            int grain = 1 + random.nextInt(i % 3 == 0 ? 2 : 200);
            int count = 1 + random.nextInt(20);
            String label = "seed %d, n=%d grain=%d count=%d".formatted(seed, n, grain, count);
            assertEquals(0, Workers.share(n, grain, 0, count), label);
            assertEquals(n, Workers.share(n, grain, count, count), label);
            int grains = Math.ceilDiv(n, grain);
            for (int worker = 0; worker < count; worker++) {
                int from = Workers.share(n, grain, worker, count);
                int to = Workers.share(n, grain, worker + 1, count);
                assertTrue(from <= to, label);
                assertTrue(from % grain == 0 || from == n, label);
                assertTrue((long) to - from <= (long) Math.ceilDiv(grains, count) * grain, label + ": uneven");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void whatAnyWorkerThrowsReachesTheCallerAndTheTeamWorksOn(int threads) {
        try (Workers workers = new Workers(threads)) {
            for (int thrower = 0; thrower < threads; thrower++) {
                int index = thrower;
                for (Throwable thrown : new Throwable[]{new IllegalStateException("one"), new StackOverflowError("two"),
                        new AssertionError("three")}) {
                    AtomicInteger others = new AtomicInteger();
                    assertSame(thrown, assertThrows(Throwable.class, () -> workers.run((worker, count) -> {
                        if (worker == index) {
                            throwAny(thrown);
                        }
                        others.incrementAndGet();
                    })));
                    assertEquals(threads - 1, others.get(), "the others finish");
                    assertWorks(workers);
                }
            }
            RuntimeException all = new RuntimeException("all");
            assertSame(all, assertThrows(RuntimeException.class, () -> workers.run((worker, count) -> throwAny(all))));
            assertWorks(workers);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void throwAny(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void aCheckedExceptionArrivesAsACause() {
        try (Workers workers = new Workers(2)) {
            Exception checked = new Exception("checked");
            for (int thrower = 0; thrower < 2; thrower++) {
                int index = thrower;
                assertSame(checked, assertThrows(IllegalStateException.class, () -> workers.run((worker, count) -> {
                    if (worker == index) {
                        throwAny(checked);
                    }
                })).getCause());
            }
            assertWorks(workers);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void anInterruptedCallerFinishesTheRoundAndStaysInterrupted(int threads) {
        try (Workers workers = new Workers(threads)) {
            AtomicInteger finished = new AtomicInteger();
            Thread.currentThread().interrupt();
            workers.run((worker, count) -> {
                if (worker > 0) {
                    LockSupport.parkNanos(20_000_000);
                }
                finished.incrementAndGet();
            });
            assertEquals(threads, finished.get());
            assertTrue(Thread.currentThread().isInterrupted());
            assertWorks(workers);
            assertTrue(Thread.interrupted());
            Thread caller = Thread.currentThread();
            workers.run((worker, count) -> {
                if (worker == count - 1) {
                    LockSupport.parkNanos(10_000_000); // the caller waits by now
                    caller.interrupt();
                    LockSupport.parkNanos(10_000_000);
                }
                finished.incrementAndGet();
            });
            assertEquals(2 * threads, finished.get());
            assertTrue(Thread.interrupted());
            assertWorks(workers);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void anInterruptedWorkerWorksOn(int threads) {
        try (Workers workers = new Workers(threads)) {
            workers.run((worker, count) -> Thread.currentThread().interrupt());
            assertTrue(Thread.interrupted());
            assertWorks(workers);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void aTaskThatStartsARoundOnItsOwnTeamOrClosesItIsRefused(int threads) {
        try (Workers workers = new Workers(threads)) {
            Runnable close = workers::close;
            for (int nested = 0; nested < threads; nested++) {
                int index = nested;
                AtomicInteger inner = new AtomicInteger();
                assertThrows(IllegalStateException.class, () -> workers.run((worker, count) -> {
                    if (worker == index) {
                        workers.run((_, _) -> inner.incrementAndGet());
                    }
                }), "round by worker " + index);
                assertThrows(IllegalStateException.class, () -> workers.run((worker, count) -> {
                    if (worker == index) {
                        close.run();
                    }
                }), "close by worker " + index);
                assertEquals(0, inner.get());
                assertWorks(workers);
            }
        }
    }

    @Test
    void aTaskMayUseAnotherTeam() {
        try (Workers outer = new Workers(2); Workers inner = new Workers(3)) {
            AtomicInteger runs = new AtomicInteger();
            outer.run((worker, count) -> inner.run((_, _) -> runs.incrementAndGet()));
            assertEquals(6, runs.get());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void roundsAfterCloseAreRefusedAndASecondCloseDoesNothing(int threads) {
        Workers workers = new Workers(threads);
        assertWorks(workers);
        workers.close();
        workers.close();
        AtomicInteger runs = new AtomicInteger();
        assertThrows(IllegalStateException.class, () -> workers.run((_, _) -> runs.incrementAndGet()));
        assertEquals(0, runs.get());
        workers.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void closeEndsTheThreadsAndKeepsAnInterrupt(int threads) {
        for (int pause = 0; pause < 3; pause++) {
            Set<Thread> members = ConcurrentHashMap.newKeySet();
            Workers workers = new Workers(threads);
            workers.run((worker, count) -> members.add(Thread.currentThread()));
            members.remove(Thread.currentThread());
            assertEquals(threads - 1, members.size());
            LockSupport.parkNanos(pause * 5_000_000L); // spinning or parked
            Thread.currentThread().interrupt();
            workers.close();
            assertTrue(Thread.interrupted());
            for (Thread member : members) {
                assertFalse(member.isAlive(), member.getName());
            }
        }
    }

    /** A system may give a process no more threads. */
    @Test
    void aTeamThatCannotBeWholeEndsTheThreadsThatItHas() {
        List<Thread> started = new ArrayList<>();
        OutOfMemoryError thrown = assertThrows(OutOfMemoryError.class, () -> new Workers(5, Tuning.LONG, thread -> {
            if (started.size() == 2) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            started.add(thread);
            thread.start();
        }));
        assertEquals("unable to create native thread", thrown.getMessage());
        assertEquals(2, started.size());
        started.forEach(thread -> assertFalse(thread.isAlive(), thread::toString));
    }

    @Test
    void aTeamThatNeverWorkedCloses() {
        for (int i = 0; i < 200; i++) {
            new Workers(1 + i % 4).close();
        }
    }

    @Test
    void twoCallersTakeTurns() throws InterruptedException {
        try (Workers workers = new Workers(3)) {
            int rounds = 2_000;
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger runs = new AtomicInteger();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            CountDownLatch start = new CountDownLatch(2);
            Thread[] callers = new Thread[2];
            for (int i = 0; i < 2; i++) {
                int mine = 1 + 10 * i; // marks whose round it is
                callers[i] = new Thread(() -> {
                    try {
                        start.countDown();
                        start.await();
                        for (int round = 0; round < rounds; round++) {
                            workers.run((worker, count) -> {
                                int sum = inside.addAndGet(mine);
                                assertTrue(sum % mine == 0 && sum <= 3 * mine && sum > 0, "rounds overlap");
                                runs.incrementAndGet();
                                inside.addAndGet(-mine);
                            });
                            assertTrue(runs.get() > 0);
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                });
                callers[i].setDaemon(true);
                callers[i].start();
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertNull(failure.get());
            assertEquals(2 * rounds * 3, runs.get());
        }
    }

    @Test
    void thousandsOfRoundsWithMoreThreadsThanCoresEnd() {
        int threads = 3 * CORES + 1;
        try (Workers workers = new Workers(Math.min(threads, 64))) {
            AtomicInteger runs = new AtomicInteger();
            for (int round = 1; round <= 5_000; round++) {
                workers.run((worker, count) -> runs.incrementAndGet());
                assertEquals(round * workers.count(), runs.get());
            }
        }
    }

    /** Pauses about as long as the members spin, and about as long as they take to park: a wake-up lost would hang. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void noWakeUpIsLostWhateverThePauseBetweenRounds(int threads) {
        long seed = threads;
        SplittableRandom random = new SplittableRandom(seed);
        try (Workers workers = new Workers(threads)) {
            AtomicInteger runs = new AtomicInteger();
            for (int round = 1; round <= 12_000; round++) {
                int memberPause = random.nextInt(4) == 0 ? random.nextInt(60_000) : 0;
                workers.run((worker, count) -> {
                    if (worker > 0) {
                        busyWait(memberPause); // the caller spins, or parks
                    }
                    runs.incrementAndGet();
                });
                assertEquals(round * threads, runs.get(), "seed " + seed);
                busyWait(random.nextInt(round % 8 == 0 ? 100_000 : 30_000));
            }
        }
    }

    @Test
    void roundsAfterALongPauseWakeParkedMembers() {
        try (Workers workers = new Workers(2)) {
            for (int round = 0; round < 30; round++) {
                LockSupport.parkNanos(3_000_000);
                assertEquals("[1, 1]", Arrays.toString(runs(workers)));
            }
        }
    }
}
