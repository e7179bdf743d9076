package dev.lanewise.bench;

import dev.lanewise.kernel.Workers;
import java.util.Arrays;
import java.util.List;

/** What the machine can do at its best, measured in a few seconds: arithmetic and memory bandwidth. */
public final class Peaks {
    private static final Measurement SHORT = new Measurement(0.4, 5, 0.02);

    private Peaks() {
    }

    /** Fused multiply-adds, copy and triad on so many threads, each with its rate in the best round. */
    public static List<String> measure(int threads) {
        try (Workers team = new Workers(threads)) {
            return SHORT.of(Kernels.peaks(team), (_, _) -> {
            }).stream().map(Peaks::best).toList();
        }
    }

    private static String best(Measurement.Sample sample) {
        double nanos = Arrays.stream(sample.nanos()).min().orElseThrow();
        return sample.kernel().equals("fma")
                ? "fma %,.1f GFLOP/s".formatted(sample.flops() / nanos)
                : "%s %,.1f GB/s".formatted(sample.kernel().split(" ")[0], sample.bytes() / nanos);
    }
}
