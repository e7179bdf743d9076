package dev.lanewise.train;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where the time of a training's quickest epoch goes: every worker's time, phase by phase. Earlier epochs wait for the JVM's
 * compiler. Switched off, a lap costs one branch on a constant.
 */
public final class Profile {
    /** What a worker does at a time. */
    public enum Phase {
        /** Shuffling; gathering a batch's pixels and labels. */
        DATA,
        /** Forward through all layers. */
        FORWARD,
        /** Losses and their gradients. */
        LOSS,
        /** Backward through all layers. */
        BACKWARD,
        /** The gradients of the parameters, and the optimizer's step unless gradients are clipped. */
        GRADIENTS,
        /** The norm of gradients that are clipped, and the optimizer's step after it. */
        UPDATE,
        /** Starting a round, waiting for its last worker, and what one thread does while the others wait. */
        BARRIERS;

        /** {@code barriers}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Measures nothing. */
    public static final Profile OFF = new Profile(0);

    private static final int PADDING = 16; // longs between two workers' times: two cache lines

    private final int workers; // 0: off
    private final Map<String, Long> steps = new TreeMap<>(); // of this epoch
    private final long[] last; // [workers, PADDING], the time of a worker's last lap
    private final long[] nanos; // [workers, PADDING], by phase, of this epoch
    private Map<String, Long> quickestSteps = Map.of();
    private Map<Phase, Double> quickest = Map.of(); // empty: no epoch is over

    /** A profile of a team of so many threads. */
    public Profile(int workers) {
        this.workers = workers;
        last = new long[workers * PADDING];
        nanos = new long[workers * PADDING];
    }

    /** Begins an epoch, and every worker's first lap; by one thread, while no worker runs. */
    void start() {
        if (workers > 0) {
            steps.clear();
            Arrays.fill(nanos, 0);
            Arrays.fill(last, System.nanoTime());
        }
    }

    /** Ends a worker's lap, which was spent in that phase, and begins the next. */
    void lap(int worker, Phase phase) {
        if (workers > 0) {
            long now = System.nanoTime();
            nanos[at(worker, phase)] += now - last[worker * PADDING];
            last[worker * PADDING] = now;
        }
    }

    @SuppressWarnings("EnumOrdinal") // an array in the workers' own cache lines, where a map would share and box
    private static int at(int worker, Phase phase) {
        return worker * PADDING + phase.ordinal();
    }

    /** Ends an epoch, and every worker's last lap, spent waiting; by one thread, while no worker runs. */
    void stop() {
        for (int worker = 0; worker < workers; worker++) {
            lap(worker, Phase.BARRIERS);
        }
        long count = steps.values().stream().mapToLong(Long::longValue).sum();
        if (count == 0) {
            return;
        }
        Map<Phase, Double> seconds = new EnumMap<>(Phase.class);
        for (Phase phase : Phase.values()) {
            long sum = 0;
            for (int worker = 0; worker < workers; worker++) {
                sum += nanos[at(worker, phase)];
            }
            seconds.put(phase, sum / 1e9 / workers / count);
        }
        if (quickest.isEmpty() || sum(seconds) < sum(quickest)) {
            quickest = seconds;
            quickestSteps = new TreeMap<>(steps);
        }
    }

    private static double sum(Map<Phase, Double> seconds) {
        return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Counts a step of the division of that name; by one thread. */
    void step(String division) {
        if (workers > 0) {
            steps.merge(division, 1L, Long::sum);
        }
    }

    /** The steps of the quickest epoch that each way to divide them between workers was used for, by its name. */
    public Map<String, Long> steps() {
        return Collections.unmodifiableMap(quickestSteps);
    }

    /** The share of each phase in the time of the quickest epoch, 0 to 1; empty before the first. */
    public Map<Phase, Double> shares() {
        Map<Phase, Double> shares = new EnumMap<>(Phase.class);
        quickest.forEach((phase, seconds) -> shares.put(phase, seconds / sum(quickest)));
        return shares;
    }
}
