package dev.lanewise.kernel.core;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether HotSpot has compiled a kernel. Until then its vectors are in boxes and it takes a thousand times as long as it will, for
 * half a second and more; so its callers use plain loops, while a daemon thread calls it on invented numbers until a call is fast.
 *
 * <p>Nothing here changes a bit of a result. With the system property {@code lanewise.rehearse} as {@code false}, kernels are used
 * from the first call on.
 */
public final class Readiness {
    static final boolean OFF = "false".equals(System.getProperty("lanewise.rehearse")); // for tests and benchmarks

    /** Nanoseconds that a call may take, and more for each vector that it calculates with: until then it takes five times that. */
    private static final double OF_CALL = 3000;
    private static final double OF_VECTOR = 20;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60); // then it remains with plain loops

    private static final int MOST = 64; // more at once are asked for again by a later call
    private static final ArrayBlockingQueue<Readiness> WAITING = new ArrayBlockingQueue<>(MOST);
    private static boolean running;
    private static volatile boolean failed; // a kernel's class cannot be initialised, for a width that is none, say

    private final Supplier<BooleanSupplier> rehearsal;
    private @Nullable BooleanSupplier call; // null before the first call and after the last
    private long end; // of the patience with it
    private boolean asked;
    private boolean ready; // read without a lock: who sees it late loses nothing

    /**
     * Of a kernel that is rehearsed when it is first asked for.
     *
     * @param rehearsal makes, on the thread that rehearses, what calls the kernel and tells whether it was fast
     */
    public Readiness(Supplier<BooleanSupplier> rehearsal) {
        this.rehearsal = rehearsal;
    }

    /**
     * Of a kernel that is fast in proportion to the vectors that a call calculates with.
     *
     * @param rehearsal makes the call, on the thread that rehearses
     */
    public Readiness(long vectors, Supplier<Runnable> rehearsal) {
        this(() -> {
            Runnable call = rehearsal.get();
            return () -> {
                long start = System.nanoTime();
                call.run();
                return spare(start, vectors) > 0;
            };
        });
    }

    /** Whether the kernel is compiled; has it compiled. Never where kernels are scalar. */
    public boolean isReady() {
        if (OFF || Species.SCALAR) {
            return !Species.SCALAR;
        }
        if (!asked) {
            ask(this);
        }
        if (failed) {
            Species.bits(); // throws what the other thread met
        }
        return ready;
    }

    /** Nanoseconds that a call that began then has left to be a fast one; less than 0 where it is slow. */
    public static double spare(long start, long vectors) {
        return OF_CALL + OF_VECTOR * vectors - (System.nanoTime() - start);
    }

    private static synchronized void ask(Readiness kernel) {
        if (!kernel.asked && WAITING.offer(kernel)) {
            kernel.asked = true;
            if (!running) {
                try {
                    Thread.ofPlatform().name("lanewise-rehearsal").daemon().start(Readiness::rehearseAll);
                    running = true;
                } catch (OutOfMemoryError _) { // no thread to be had: a later call asks again
                    WAITING.remove(kernel);
                    kernel.asked = false;
                }
            }
        }
    }

    /** Calls all that wait in turns: much of what is compiled for one of them, the others need too. */
    private static void rehearseAll() {
        for (Readiness next = next(); next != null; next = next()) {
            try {
                if (!next.rehearse()) {
                    next.asked = WAITING.offer(next);
                }
            } catch (LinkageError _) {
                failed = true;
            } catch (OutOfMemoryError _) {
                next.call = null;
                next.asked = false; // once there is room, a later call asks again
            } catch (RuntimeException | Error _) {
                next.call = null; // it remains with plain loops
            }
        }
    }

    private static synchronized @Nullable Readiness next() {
        Readiness next = WAITING.poll();
        running = next != null;
        return next;
    }

    /** Calls the kernel once; returns whether that was the last time. */
    private boolean rehearse() {
        if (call == null) {
            call = rehearsal.get();
            end = System.nanoTime() + PATIENCE;
        }
        ready = call.getAsBoolean();
        boolean over = ready || System.nanoTime() - end > 0;
        if (over) {
            call = null;
        }
        return over;
    }
}
