package dev.lanewise.bench;

import dev.lanewise.kernel.Convolution;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.conv.Geometry;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Convolution in batches a microsecond, at the layers of networks for MNIST: the kernels of {@code bench conv}, checked as there
 * before they are timed. {@code gflops} is GFLOP/s, without the taps that lie in the padding; the peak beside it is
 * {@code FmaPeakBenchmark}'s score times 16 at 256 bits.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 5, jvmArgsPrepend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class ConvolutionBenchmark {
    /** Height x width x channels, kernel, padding, filters. */
    @Param({"28x28x1 5 0 6", "12x12x6 5 0 16", "28x28x1 3 0 32", "13x13x32 3 0 64", "26x26x32 3 0 64",
            "14x14x64 3 1 64"})
    private String layer;

    @Param({"32", "64", "128"})
    private int batch;

    @Param("1")
    private int threads;

    private Workers workers;
    private List<Kernel> kernels; // forward, input gradient, weight gradient
    private Convolution.PackedFilters filters;
    private float[] w;

    /** Operations, which JMH divides by the time. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Flops {
        /** Thousands of floating-point operations: in a microsecond, GFLOP/s. */
        public double gflops;
    }

    /** Makes the operands and checks the kernels on them. */
    @Setup
    public void setUp() {
        int[] sizes = Arrays.stream(layer.split("[x ]")).mapToInt(Integer::parseInt).toArray();
        Geometry geometry = new Geometry(sizes[0], sizes[1], sizes[2], sizes[3], sizes[3], 1, sizes[4], sizes[5]);
        workers = new Workers(threads);
        ImageKernels.Operands operands = ImageKernels.Operands.of(List.of(geometry), batch);
        filters = ImageKernels.of(geometry).packedFilters(true);
        w = operands.w;
        kernels = ImageKernels.convolution(workers, geometry, batch, operands);
        kernels.forEach(kernel -> kernel.check().get().ifPresent(wrong -> {
            throw new AssertionError(kernel.name() + ": " + wrong);
        }));
    }

    /** Ends the threads. */
    @TearDown
    public void tearDown() {
        workers.close();
    }

    private void time(int kernel, Flops counter) {
        kernels.get(kernel).call().run();
        counter.gflops += kernels.get(kernel).flops() / 1e3;
    }

    /** y from x. */
    @Benchmark
    public void forward(Flops counter) {
        time(0, counter);
    }

    /** dx from dy. */
    @Benchmark
    public void inputGradient(Flops counter) {
        time(1, counter);
    }

    /** dw from x and dy. */
    @Benchmark
    public void weightGradient(Flops counter) {
        time(2, counter);
    }

    /** The filters, in the order of both kernels that read them. */
    @Benchmark
    public void pack() {
        filters.pack(w, 0);
    }
}
