package dev.lanewise.kernel.core;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Which of several ways to do a step is used: at first the one that is predicted to be fastest, then, tried for a few steps now
 * and then, the one that is. So a machine that becomes busy gets fewer threads, and more when it is quiet again. As no
 * way changes a bit, nor does the choice.
 *
 * @param <D> the ways
 */
public final class Choice<D> {
    /** Steps of each way, of which the median counts: LAB 56. */
    public static final int TRIAL = 7;
    /** Steps before the first trials, in which HotSpot compiles. */
    public static final int FIRST = 250;
    /** Most steps between two rounds of trials. */
    public static final int LONGEST = 4_000;
    /**
     * Nanoseconds of steps whose mean is held against the trials. Where two programs share a processor each has it for milliseconds, so
     * that a trial may see but one of them.
     */
    static final long WATCH = 20_000_000;
    private static final int SLOW = 3; // such means in a row that make it leave its place: a single one may be another program's
    private static final long WARM_UP = 500_000_000; // nanoseconds of steps in which HotSpot's compiler is the other program
    private static final int GOOD = 10; // such means in a row that were good, after which a way is trusted again
    private static final double PATIENCE = 25_000_000; // nanoseconds until the next trials, when a way has been left for the first time
    private static final double LONGEST_PATIENCE = 1_000_000_000; // and at most
    private static final int NONE = -1;
    private static final double GAIN = 0.95; // of the time of the one in use: what another must not exceed to take its place
    private static final double HOPELESS = 4; // times as long: no second step of that

    /**
     * Nanoseconds that threads are given to wake up, in a round of trials. A system that wakes one often lets it begin on the
     * processor of the thread that waits for it, and takes milliseconds to notice: LAB 75.
     */
    static final long SETTLING = 10_000_000;

    private final List<D> ways;
    private final ToIntFunction<? super D> threads;
    private final double[] costs; // nanoseconds a step, from the latest trials, or as watched since
    private final double[] least; // of all trials
    private final long[] steps = new long[TRIAL]; // nanoseconds, of this trial
    private int inUse;
    private int tried; // number of the way that works; that in use between trials
    private int taken; // steps of this trial
    private int left = FIRST; // steps until the next trials
    private int interval = FIRST;
    private long warmUp = WARM_UP;
    private long watched; // nanoseconds, of steps of the way in use
    private int watchedSteps;
    private int wayLeft = NONE; // since the latest trials, for fewer threads
    private double patience = PATIENCE; // nanoseconds until the next trials, when a way has been left
    private int good; // means in a row of more threads that were not worse
    private int slow; // means in a row that were worse than another way's cost
    private long settling = SETTLING; // what is left of it in this round

    /**
     * A choice between these, the first of which is used first.
     *
     * @param threads on which a way is done
     */
    public Choice(List<D> ways, ToIntFunction<? super D> threads) {
        this.ways = ways;
        this.threads = threads;
        costs = new double[ways.size()];
        least = new double[ways.size()];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
    }

    /** Nanoseconds of a step of that way in the best of its trials; infinite before the first. */
    public double least(D way) {
        return least[ways.indexOf(way)];
    }

    /** The ways, the one that was used first in front. */
    public List<D> ways() {
        return ways;
    }

    /** What is to do the next step. */
    public D current() {
        return ways.get(tried);
    }

    /** Whether {@link #current} is tried on threads that may just have been woken. */
    public boolean isSettling() {
        return settling > 0 && threads.applyAsInt(ways.get(tried)) > threads.applyAsInt(ways.get(inUse));
    }

    /** Whether the next step counts for a trial. */
    boolean isOnTrial() {
        return left <= TRIAL;
    }

    /** Told how long a step of {@link #current} took. */
    public void took(long nanos) {
        if (ways.size() == 1) {
            return;
        }
        if (!isOnTrial()) {
            left--;
            watch(nanos);
            return;
        }
        steps[taken++] = nanos;
        boolean hopeless = tried != inUse && nanos > HOPELESS * costs[inUse];
        if (taken < TRIAL && !hopeless) {
            return;
        }
        Arrays.sort(steps, 0, taken);
        costs[tried] = hopeless ? nanos : steps[taken / 2];
        if (!hopeless) {
            least[tried] = Math.min(least[tried], costs[tried]);
        }
        if (isSettling() && costs[tried] > costs[inUse]) {
            for (int i = 0; i < taken; i++) {
                settling -= steps[i];
            }
            taken = 0;
            return;
        }
        taken = 0;
        int next = tried == inUse ? 0 : tried + 1;
        tried = next == inUse ? next + 1 : next;
        if (tried == ways.size()) {
            decide();
        }
    }

    /**
     * Leaves the way in use for one on fewer threads, if it turns out slower than that was for longer than a trial lasts; and returns, if
     * that turns out no faster for as long.
     */
    private void watch(long nanos) {
        if (warmUp > 0) {
            warmUp -= nanos;
            return;
        }
        watched += nanos;
        watchedSteps++;
        if (interval == FIRST || watched < WATCH) {
            return;
        }
        costs[inUse] = (double) watched / watchedSteps;
        watched = 0;
        watchedSteps = 0;
        int best = best(threads.applyAsInt(ways.get(inUse)) - 1, wayLeft);
        slow = best == inUse ? 0 : slow + 1;
        good = best == inUse && inUse != wayLeft && threads.applyAsInt(ways.get(inUse)) > 1 ? good + 1 : 0;
        if (good == GOOD) {
            patience = PATIENCE;
        }
        if (slow == SLOW) {
            wayLeft = best == wayLeft ? NONE : inUse;
            use(best);
            if (wayLeft != NONE) {
                left = Math.min(left, (int) Math.clamp(patience / costs[best], 4 * TRIAL, LONGEST));
                patience = Math.min(LONGEST_PATIENCE, 2 * patience);
            }
        }
    }

    private void use(int way) {
        if (way != inUse) {
            watched = 0;
            watchedSteps = 0;
            slow = 0;
        }
        inUse = way;
        tried = way;
    }

    private void decide() {
        use(best(Integer.MAX_VALUE, NONE));
        wayLeft = NONE;
        interval = Math.min(LONGEST, 2 * interval);
        left = interval;
        settling = SETTLING;
    }

    /** The one in use, or that other one, or another one on at most so many threads, if it is clearly better. */
    private int best(int mostThreads, int other) {
        int best = inUse;
        for (int d = 0; d < costs.length; d++) {
            if (costs[d] < costs[best] && costs[d] < GAIN * costs[inUse]
                    && (d == other || threads.applyAsInt(ways.get(d)) <= mostThreads)) {
                best = d;
            }
        }
        return best;
    }
}
