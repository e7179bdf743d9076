package dev.lanewise.bench;

import dev.lanewise.kernel.Workers;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * What the machine can do at its best, measured in a few seconds: arithmetic and memory bandwidth.
 *
 * @param threads that it was measured on
 * @param fma fused multiply-adds, GFLOP/s in the best round
 * @param copy GB/s, likewise
 * @param triad GB/s, likewise
 */
public record Peaks(int threads, double fma, double copy, double triad) {
    private static final Measurement SHORT = new Measurement(0.4, 5, 0.02);
    private static final int TRIES = 3;

    /**
     * Measures one thread and then so many; both again, three times at most, while something seems to hold them up. The
     * best of all tries is what the machine can do.
     *
     * @param cores whole cores of the machine; 0 where that is not known
     */
    public static List<Peaks> measure(int threads, int cores) {
        return measure(threads, cores, Peaks::once);
    }

    static List<Peaks> measure(int threads, int cores, IntFunction<Peaks> once) {
        Peaks one = once.apply(1);
        if (threads == 1) {
            return List.of(one);
        }
        Peaks all = once.apply(threads);
        for (int tries = 1; tries < TRIES && all.areHeldUp(one, cores); tries++) {
            one = one.or(once.apply(1));
            all = all.or(once.apply(threads));
        }
        return List.of(one, all);
    }

    /** What a run's peaks reached in a quarter of their rounds; empty where it has none on so many threads. */
    public static Optional<Peaks> of(ResultFile file, int threads, int bits) {
        double[] rates = Stream.of("fma", "copy ", "triad ").flatMap(name -> file.results().stream()
                .filter(r -> r.group().equals("peak") && r.kernel().startsWith(name) && r.threads() == threads
                        && r.bits() == bits)
                .limit(1)).mapToDouble(Result::high).toArray();
        return rates.length == 3 ? Optional.of(new Peaks(threads, rates[0], rates[1], rates[2])) : Optional.empty();
    }

    /**
     * Whether something else must have used the cores or the memory meanwhile. Threads that share a core together do what
     * one does; all cores at once are slower than one alone, and little cores than large ones, but not by half.
     */
    public boolean areHeldUp(Peaks one, int cores) {
        return fma < Math.max(0.9, 0.45 * Math.min(threads, cores)) * one.fma || copy < 0.5 * one.copy
                || triad < 0.5 * one.triad;
    }

    private Peaks or(Peaks other) {
        return new Peaks(threads, Math.max(fma, other.fma), Math.max(copy, other.copy), Math.max(triad, other.triad));
    }

    private static Peaks once(int threads) {
        try (Workers team = new Workers(threads)) {
            double[] rates = SHORT.of(Kernels.peaks(team), (_, _) -> {
            }).stream().mapToDouble(sample -> (sample.kernel().equals("fma") ? sample.flops() : sample.bytes())
                    / Collections.min(sample.nanos())).toArray();
            return new Peaks(threads, rates[0], rates[1], rates[2]);
        }
    }
}
