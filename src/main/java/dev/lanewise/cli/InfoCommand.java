package dev.lanewise.cli;

import dev.lanewise.bench.FmaChains;
import dev.lanewise.system.Machine;
import dev.lanewise.bench.Peaks;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.VectorWidth;
import dev.lanewise.kernel.core.Species;
import dev.lanewise.kernel.core.CacheSizes;
import dev.lanewise.system.Environment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lanewise info}. */
@Command(name = "info", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Shows what speed depends on, and whether the Vector API is compiled to SIMD.", description = "")
final class InfoCommand implements Runnable {
    // C2 has compiled the loop after 0.3 s on a free core, and the probe ends then; on a busy one it may take seconds,
    // and a verdict before that would be wrong. Where the flags have told already, a glance is enough.
    private static final double PROBE_SECONDS = 8;
    private static final double GLANCE_SECONDS = 0.3;

    @Option(names = "--measure", description = "Measures arithmetic and memory bandwidth too, in ten seconds.")
    private boolean measure;

    @Override
    public void run() {
        line("cpu", Machine.cpu());
        int cores = Machine.physicalCores();
        line("cores", "%s%d logical for this process".formatted(cores == 0 ? "" : cores + " physical, ",
                Runtime.getRuntime().availableProcessors()));
        CacheSizes caches = CacheSizes.here();
        line("caches", "L1d %s, L2 %s, L3 %s (%s)".formatted(size(caches.l1()), size(caches.l2()), size(caches.l3()),
                caches.source()));
        line("memory", size(Machine.memory()));
        line("os", Machine.os());
        line("jdk", Environment.jdk());
        line("gc", Machine.garbageCollector());
        Map<String, String> flags = Machine.flags();
        line("flags", flags.entrySet().stream().map(flag -> flag.getKey() + "=" + flag.getValue())
                .collect(Collectors.joining(" ")));
        line("options", String.join(" ", Machine.options()));
        line("vectors", "%d bits, %s".formatted(VectorWidth.bits(), VectorWidth.reason()));
        line("fma", switch (flags.getOrDefault("UseFMA", "")) {
            case "true" -> "yes";
            case "false" -> "no: Math.fma is emulated, thousands of times slower";
            default -> "not known";
        });
        line("gemm", VectorWidth.obstacle().isPresent() ? "scalar loops" : Gemm.blocking());
        Optional<String> obstacle = VectorWidth.obstacle();
        FmaChains.Probe probe = Species.isPresent()
                ? FmaChains.probe(obstacle.isPresent() ? GLANCE_SECONDS : PROBE_SECONDS)
                : null;
        line("vector api", probe == null
                ? "NOT compiled to SIMD; the module is missing"
                : "%s; a vector FMA takes %.3g ns and allocates %.0f bytes (SIMD: below %.0f ns, 0 bytes)"
                        .formatted(obstacle.isEmpty() && probe.isSimd() ? "compiled to SIMD" : "NOT compiled to SIMD",
                                probe.nanosPerFma(), probe.bytesPerFma(), FmaChains.Probe.MOST_NANOS));
        if (obstacle.isPresent()) {
            System.out.println(warning(obstacle.get()));
        } else if (probe != null && !probe.isSimd()) {
            System.out
                    .println("*** The Vector API is NOT compiled to SIMD instructions here, as measured; no flag tells "
                            + "why. Use HotSpot with its C2 compiler. ***");
        }
        if (measure) {
            List<Peaks> peaks = Peaks.measure(Runtime.getRuntime().availableProcessors(), cores);
            for (Peaks p : peaks) {
                line(p.threads() == 1 ? "one thread" : p.threads() + " threads",
                        "fma %,.1f GFLOP/s, copy %,.1f GB/s, triad %,.1f GB/s".formatted(p.fma(), p.copy(), p.triad()));
            }
            busy(peaks.getFirst(), peaks.getLast(), cores).ifPresent(System.out::println);
        }
    }

    /** A loud line where measuring was disturbed, each time that it was tried. */
    static Optional<String> busy(Peaks one, Peaks all, int cores) {
        return all.areHeldUp(one, cores)
                ? Optional
                        .of(("*** The machine is busy: %d threads reach %.2f times the fma and %.2f times the copy of "
                                + "one. What is measured now is too low; measure again when nothing else runs. ***")
                                .formatted(all.threads(), all.fma() / one.fma(), all.copy() / one.copy()))
                : Optional.empty();
    }

    /** Tells on stderr, before what takes a while, of scalar kernels; not where the library has told already. */
    static void warnOfScalars() {
        if (Species.isPresent()) {
            VectorWidth.obstacle().ifPresent(obstacle -> System.err.println(warning(obstacle)));
        }
    }

    private static String warning(String obstacle) {
        return ("*** The Vector API is NOT compiled to SIMD instructions here: %s. "
                + "Scalar kernels are used, slow ones. ***").formatted(obstacle);
    }

    private static void line(String name, String value) {
        System.out.printf("%-11s %s%n", name, value.isEmpty() ? "not known" : value);
    }

    private static String size(long bytes) {
        return bytes < 1 << 20
                ? "%d KiB".formatted(bytes >> 10)
                : bytes < 1L << 30
                        ? "%s MiB".formatted(bytes % (1 << 20) == 0
                                ? String.valueOf(bytes >> 20)
                                : "%.1f".formatted(bytes / 0x1p20))
                        : "%.1f GiB".formatted(bytes / 0x1p30);
    }
}
