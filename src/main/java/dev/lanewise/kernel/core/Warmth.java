package dev.lanewise.kernel.core;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Has HotSpot compile a kernel when a training first uses it much, and waits for that. Until C2 has compiled it, its vectors are in boxes, and it
 * takes a thousand times as long as it will. C2 compiles what has been called thousands of times: where all those calls calculate,
 * it compiles the kernel's loop by itself beforehand, and most methods of the Vector API one by one. So here few of
 * the calls calculate, enough for C2 to know what there is to compile, and all others return at once.
 *
 * <p>Nothing here changes a bit of a result. With the system property {@code lanewise.warm} as {@code false}, kernels become warm as
 * they are used: for a JVM whose options have it compile them early.
 */
public final class Warmth {
    /** How a kernel is called: with so many steps of its loop, or with fewer than 0, whereupon it returns at once. */
    @FunctionalInterface
    public interface Kernel {
        /**
         * Calls it.
         *
         * @param continued whether sums begin with what is in the result, where they can: in turns, so that both are compiled
         */
        void call(int steps, boolean continued);
    }

    /** The steps of a call that calculates. */
    public static final int STEPS = 16;

    private static final long WORTHWHILE = 16; // steps of a training; a shorter one is over before its kernels are compiled
    private static final int USES = 16; // before: what is used less is not worth waiting for
    private static final int CALLS = 300; // for each that calculates
    private static final long PAUSE = 50_000; // nanoseconds, longer by that each time: C2 is to have the core
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);

    /** Not where a kernel did not become fast in time: without C2, or on a busy machine, the next would not either. */
    private static boolean allowed = !Readiness.OFF && !"false".equals(System.getProperty("lanewise.warm"));
    private static boolean begun;

    private int uses;
    private boolean cold = true; // read without a lock, as the other: who sees it late loses little

    /** One each for so many kernels. */
    public static Warmth[] many(int count) {
        return Stream.generate(Warmth::new).limit(count).toArray(Warmth[]::new);
    }

    /** A training of so many steps begins: if they are many, kernels are warmed from now on. */
    public static void begin(long steps) {
        begun |= steps >= WORTHWHILE;
    }

    /** Whether the kernel is to be warmed before this use. */
    public boolean isCold() {
        return cold && begun && allowed && ++uses > USES;
    }

    /**
     * Calls the kernel until it is fast.
     *
     * @param vectors that a call with {@link #STEPS} calculates with
     */
    public void warm(long vectors, Kernel kernel) {
        cold = false;
        long begin = System.nanoTime();
        long start;
        boolean slow;
        int round = 0;
        do {
            for (int i = 0; i < CALLS; i++) {
                kernel.call(-1, false);
            }
            LockSupport.parkNanos(++round * PAUSE);
            start = System.nanoTime();
            kernel.call(STEPS, (round & 1) != 0);
            slow = Readiness.spare(start, vectors) < 0;
        } while (slow && start - begin < PATIENCE);
        allowed &= !slow;
    }
}
