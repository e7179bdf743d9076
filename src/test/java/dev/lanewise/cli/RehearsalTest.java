package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RehearsalTest {
    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void itRunsToItsEndOnAThreadThatKeepsNoProcessAlive() throws InterruptedException {
        AtomicInteger steps = new AtomicInteger();
        Rehearsal rehearsal = new Rehearsal((_, _) -> steps.incrementAndGet() > 0);
        rehearsal.await();
        assertEquals(Rehearsal.EPOCHS, steps.get(), "epochs of one step");
        assertTrue(rehearsal.thread().isDaemon());
        rehearsal.thread().join();
    }

    /** The test lets it go on from its first step only when it has been told to end. */
    @Test
    void itEndsAfterTheStepInWhichItIsTold() throws InterruptedException {
        AtomicInteger steps = new AtomicInteger();
        CountDownLatch inFirstStep = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        Rehearsal rehearsal = new Rehearsal((_, _) -> {
            steps.incrementAndGet();
            inFirstStep.countDown();
            awaitUninterrupted(told);
            return true;
        });
        awaitUninterrupted(inFirstStep);
        assertTrue(rehearsal.thread().isAlive());
        rehearsal.end();
        told.countDown();
        rehearsal.await();
        assertEquals(1, steps.get());
        rehearsal.thread().join();
    }

    /** Nothing computes any more once it is closed, whenever that is. */
    @Test
    void closedItComputesNoMore() throws InterruptedException {
        AtomicInteger steps = new AtomicInteger();
        Rehearsal rehearsal = new Rehearsal((_, _) -> steps.incrementAndGet() > 0);
        rehearsal.close();
        int before = steps.get();
        rehearsal.thread().join();
        assertEquals(before, steps.get());
    }

    @Test
    void whatGoesWrongIsThrownWhereItIsAwaited() {
        Rehearsal rehearsal = new Rehearsal((_, _) -> {
            throw new IllegalStateException("on purpose");
        });
        assertEquals("on purpose", assertThrows(CompletionException.class, rehearsal::await).getCause().getMessage());
    }
}
