package dev.lanewise.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C while something is to be left in order: the process stays until the work has noticed and closed this, ten
 * seconds at most. The JVM then ends with 128 + the signal's number, which is 130.
 */
final class Interrupt implements AutoCloseable {
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::await, "lanewise-interrupt");
    private volatile boolean requested;

    Interrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether the process is asked to end. */
    boolean requested() {
        return requested;
    }

    private void await() {
        requested = true;
        try {
            if (!closed.await(10, TimeUnit.SECONDS)) {
                System.err.println("lanewise: ended before the current step did");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // the process is ending, which is what the hook waited for
        }
    }
}
