package dev.lanewise.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Times kernels inside one JVM. Each is checked first, and again once it has been compiled; warmed up for a stretch of
 * wall clock, however many calls that makes, and longer while it still allocates; then all of them take turns, round by
 * round, so that whatever else the machine does meets all alike.
 *
 * @param warmUpSeconds of each kernel; at least one call is made
 * @param rounds that each kernel is timed in
 * @param roundSeconds that a round of a kernel lasts, of as many calls as fit; at least one
 */
record Measurement(double warmUpSeconds, int rounds, double roundSeconds) {
    static final Measurement QUICK = new Measurement(0.5, 11, 0.005);
    static final Measurement FULL = new Measurement(1, 25, 0.01);

    /**
     * What one JVM saw of a kernel; its components are those of {@link Kernel}.
     *
     * @param nanos of a call, a number a round, rounded; empty if the kernel was refused
     * @param refused what was wrong with its result; null if it was right
     * @param training what a training came to; null of all else
     * @param predicted what else is known of predicting; null of all else
     */
    record Sample(String group, String kernel, int threads, double flops, double bytes, @Nullable String roof,
            List<Double> nanos, @Nullable String refused, TrainBench.@Nullable Outcome training,
            PredictBench.@Nullable Outcome predicted) {
        Sample {
            nanos = nanos.stream().map(Result::round).toList();
        }

        static Sample of(Kernel k, double[] nanos) {
            return new Sample(k.group(), k.name(), k.threads(), k.flops(), k.bytes(), k.roof(),
                    Arrays.stream(nanos).boxed().toList(), null, null,
                    null);
        }

        static Sample refused(Kernel k, String why) {
            return new Sample(k.group(), k.name(), k.threads(), k.flops(), k.bytes(), k.roof(), List.of(), why,
                    null, null);
        }

        Sample with(PredictBench.Outcome outcome) {
            return new Sample(group, kernel, threads, flops, bytes, roof, nanos, refused, training, outcome);
        }
    }

    /**
     * Checks and times.
     *
     * @param progress told how many of how many steps are done, a step being a kernel's warm-up or round
     */
    List<Sample> of(List<Kernel> kernels, BiConsumer<Integer, Integer> progress) {
        List<Sample> samples = new ArrayList<>();
        List<Kernel> right = new ArrayList<>();
        for (Kernel kernel : kernels) {
            kernel.check().get().ifPresentOrElse(wrong -> samples.add(Sample.refused(kernel, wrong)),
                    () -> right.add(kernel));
        }
        int steps = right.size() * (rounds + 1);
        int[] calls = new int[right.size()];
        for (int k = 0; k < right.size(); k++) {
            calls[k] = warmUp(right.get(k).call());
            progress.accept(k + 1, steps);
        }
        double[][] nanos = new double[right.size()][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int k = 0; k < right.size(); k++) {
                right.get(k).call().run(); // its data is in the caches again, where the kernel before has left its own
                nanos[k][round] = time(right.get(k).call(), calls[k]);
            }
            progress.accept((round + 2) * right.size(), steps);
        }
        for (int k = 0; k < right.size(); k++) {
            Kernel kernel = right.get(k);
            double[] measured = nanos[k];
            Optional<String> wrong = kernel.check().get();
            samples.add(wrong.map(why -> Sample.refused(kernel, why + ", once compiled"))
                    .orElseGet(() -> Sample.of(kernel, measured)));
        }
        return samples;
    }

    /**
     * Runs until the time is over and returns how many calls a round takes, judged by the fastest stretch. On a busy
     * machine C2 may need longer than that. No kernel allocates once it is compiled, and vectors that are not compiled
     * do; so what still allocates gets up to ten times as long.
     */
    private int warmUp(Runnable call) {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long start = System.nanoTime();
        long end = start + (long) (warmUpSeconds * 1e9);
        long latest = start + (long) (10 * warmUpSeconds * 1e9);
        long allocated;
        double best = Double.POSITIVE_INFINITY;
        int calls = 1;
        do {
            allocated = thread.getCurrentThreadAllocatedBytes();
            best = Math.min(best, time(call, calls));
            allocated = thread.getCurrentThreadAllocatedBytes() - allocated;
            calls = (int) Math.clamp(0.1 * roundSeconds * 1e9 / best, 1, 1 << 20);
        } while (System.nanoTime() < (allocated == 0 ? end : latest));
        return (int) Math.clamp(roundSeconds * 1e9 / best, 1, 1 << 24);
    }

    private static double time(Runnable call, int calls) {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            call.run();
        }
        return (double) (System.nanoTime() - start) / calls;
    }
}
