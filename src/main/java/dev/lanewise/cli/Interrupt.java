package dev.lanewise.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ctrl-C, or another signal that ends the process, while something is to be left in order: the process stays until the
 * work has noticed and closed this, ten seconds at most. The JVM then ends with 128 + the signal's number: 130 for
 * Ctrl-C, 143 for kill, 129 where the terminal was closed.
 */
final class Interrupt implements AutoCloseable {
    private final CountDownLatch closed = new CountDownLatch(1);
    private final @Nullable String unfinished; // what is said in the end if it was requested; null: the work says more
    private final @Nullable Thread waiting; // null: the work asks
    private final Thread hook = new Thread(this::await, "lanewise-interrupt");
    private volatile boolean requested;

    private Interrupt(Main main, @Nullable String unfinished, @Nullable Thread waiting) {
        this.unfinished = unfinished;
        this.waiting = waiting;
        addHook(hook);
        main.answersForItself();
    }

    /** For work that asks whether it is {@link #requested}, and says itself what was interrupted. */
    static Interrupt asked(Main main) {
        return new Interrupt(main, null, null);
    }

    /** For work that asks whether it is requested; closing this says that the command was interrupted. */
    static Interrupt asked(Main main, String command) {
        return new Interrupt(main, command, null);
    }

    /** For work that waits on this thread and ends by an InterruptedException; closing this says so. */
    static Interrupt ofThisThread(Main main, String command) {
        return new Interrupt(main, command, Thread.currentThread());
    }

    /** Whether the process is asked to end. */
    boolean requested() {
        return requested;
    }

    private void await() {
        requested = true;
        if (waiting != null) {
            waiting.interrupt();
        }
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
        if (requested && unfinished != null) {
            System.err.printf("Interrupted before '%s' was done%n", unfinished); // now: the process ends at once after the next line
        }
        closed.countDown();
        removeHook(hook);
    }

    /** Has this thread run when the process ends, unless it does so already. */
    static void addHook(Thread hook) {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException _) {
            // the process is ending: whoever is asked about it has been told
        }
    }

    /** The contrary. */
    static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // the process is ending, and the hook has run or is running
        }
    }
}
