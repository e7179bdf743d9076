package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RehearsalTest {
    private static boolean running() {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> thread.getName().equals("rehearsal"));
    }

    private static void awaitNoThread() throws InterruptedException {
        for (long end = System.nanoTime() + 10_000_000_000L; running();) {
            assertTrue(System.nanoTime() < end, "still running after 10 s");
            Thread.sleep(1);
        }
    }

    /** await throws what went wrong. */
    @Test
    void itRunsToItsEnd() throws InterruptedException {
        new Rehearsal().await();
        awaitNoThread();
    }

    @Test
    void closedItLeavesNoThreadBehind() throws InterruptedException {
        Rehearsal rehearsal = new Rehearsal();
        assertTrue(running());
        rehearsal.close();
        awaitNoThread();
    }
}
