package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Splits a repeated task by the speed that each worker of a team showed in earlier rounds, because cores can differ by a
 * factor of two: by their kind, or by what runs on their other hardware thread. With equal shares the slowest would hold up
 * all. Units may differ in cost, as long as the costly ones stay in their places.
 */
public final class BalancedTask {
    /** What each worker runs. */
    @FunctionalInterface
    public interface Share {
        /** Units from to to - 1, which may be none. */
        void run(int worker, int from, int to);
    }

    private static final double RATE = 0.4; // of the way to the measured speeds: LAB 41
    private static final double MOST = 0.25; // by which a round calls a share wrong: the thread may just have slept
    private static final int PADDING = 16; // longs between two workers' times: two cache lines

    private final Workers workers;
    private final Share share;
    private final LongSupplier clock; // nanoseconds
    private final Workers.Task timed = this::timed;
    private final double[] shares; // [workers], in sum 1
    private final int[] bounds; // [workers + 1], units of this round
    private final long[] nanos; // [workers, PADDING], what this round took

    /** A task for this team, shared equally at first. */
    public BalancedTask(Workers workers, Share share) {
        this(workers, share, System::nanoTime);
    }

    /** As above, by another clock, which each worker asks before and after its share. */
    BalancedTask(Workers workers, Share share, LongSupplier clock) {
        this.workers = workers;
        this.share = share;
        this.clock = clock;
        shares = new double[workers.count()];
        Arrays.fill(shares, 1.0 / shares.length);
        bounds = new int[shares.length + 1];
        nanos = new long[shares.length * PADDING];
    }

    /** A round over units 0 to n - 1, as of {@link Workers#run}; shares begin at multiples of {@code grain}, from 1. */
    public void run(int n, int grain) {
        Check.size("n", n);
        if (grain < 1) {
            throw new IllegalArgumentException("grain: at least 1, not %d".formatted(grain));
        }
        cut(n, grain);
        workers.run(timed);
        if (shares.length > 1) {
            adapt();
        }
    }

    private void timed(int worker, int count) {
        long start = clock.getAsLong();
        share.run(worker, bounds[worker], bounds[worker + 1]);
        nanos[worker * PADDING] = clock.getAsLong() - start;
    }

    private void cut(int n, int grain) {
        int grains = Math.ceilDiv(n, grain);
        double at = 0;
        for (int worker = 1; worker < shares.length; worker++) {
            at += shares[worker - 1];
            bounds[worker] = (int) Math.min(n, Math.rint(at * grains) * grain);
        }
        bounds[shares.length] = n;
    }

    private void adapt() {
        double speeds = 0;
        for (int worker = 0; worker < shares.length; worker++) {
            speeds += speed(worker);
        }
        double sum = 0;
        for (int worker = 0; worker < shares.length; worker++) {
            double most = MOST * shares[worker];
            double wrong = speed(worker) / speeds - shares[worker];
            // Who had nothing to do may be fast by now.
            shares[worker] += RATE * (bounds[worker] == bounds[worker + 1] ? most : Math.clamp(wrong, -most, most));
            sum += shares[worker];
        }
        for (int worker = 0; worker < shares.length; worker++) {
            shares[worker] /= sum;
        }
    }

    /** Units of this round a nanosecond. */
    private double speed(int worker) {
        return (bounds[worker + 1] - bounds[worker]) / (double) Math.max(1, nanos[worker * PADDING]);
    }
}
