package dev.lanewise.kernel;

import dev.lanewise.kernel.conv.Geometry;
import dev.lanewise.kernel.conv.ScalarConvolution;
import java.util.Arrays;
import java.util.SplittableRandom;
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
 * Convolution in batches a microsecond, at the layers of networks for MNIST. All three kernels are compared with their scalar
 * twins before they are timed. {@code gflops} is GFLOP/s, without the taps that lie in the padding; the peak beside it is
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

    private Geometry geometry;
    private Convolution convolution;
    private Convolution.PackedFilters filters;
    private Convolution.Scratch[] scratch;
    private Workers workers;
    private int groups;
    private double flops; // of a batch
    private float[] x;
    private float[] w;
    private float[] bias;
    private float[] y;
    private float[] dy;
    private float[] dx;
    private float[] dw;

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
        geometry = new Geometry(sizes[0], sizes[1], sizes[2], sizes[3], sizes[3], 1, sizes[4], sizes[5]);
        convolution = new Convolution(new Shape(sizes[0], sizes[1], sizes[2]), sizes[3], sizes[3], 1, sizes[4],
                sizes[5]);
        groups = Interleaved.groups(batch);
        SplittableRandom random = new SplittableRandom(1);
        x = random(random, geometry.inputAt(groups, 0, 0));
        dy = random(random, geometry.outputAt(groups, 0, 0));
        w = random(random, geometry.taps() * geometry.filters());
        bias = random(random, geometry.filters());
        y = new float[dy.length];
        dx = new float[x.length];
        dw = new float[w.length];
        filters = convolution.packedFilters(true);
        filters.pack(w, 0);
        workers = new Workers(threads);
        scratch = new Convolution.Scratch[threads];
        Arrays.setAll(scratch, i -> convolution.scratch());
        flops = 2.0 * Interleaved.GROUP * groups * geometry.channels() * geometry.filters()
                * inside(sizes[0], geometry.outputHeight()) * inside(sizes[1], geometry.outputWidth());
        check();
    }

    /** Rows of windows that are no padding. */
    private int inside(int size, int outputs) {
        int count = 0;
        for (int i = 0; i < outputs; i++) {
            int first = i - geometry.padding();
            count += Math.min(size, first + geometry.kernelHeight()) - Math.max(0, first);
        }
        return count;
    }

    private static float[] random(SplittableRandom random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
        return values;
    }

    private void check() {
        forwardOn(workers);
        float[] expected = new float[y.length];
        ScalarConvolution.forward(geometry, x, w, bias, expected, 0, groups);
        same("y", expected, y);
        inputGradientOn(workers);
        expected = new float[dx.length];
        ScalarConvolution.inputGradient(geometry, dy, w, expected, 0, groups);
        same("dx", expected, dx);
        weightGradientOn(workers);
        expected = new float[dw.length];
        ScalarConvolution.weightGradient(geometry, x, dy, groups, 0, geometry.taps(), expected, 0);
        same("dw", expected, dw);
    }

    private static void same(String name, float[] expected, float[] actual) {
        int at = Arrays.mismatch(expected, actual);
        if (at >= 0) {
            throw new AssertionError("%s: element %d is %s instead of %s".formatted(name, at, actual[at], expected[at]));
        }
    }

    private void forwardOn(Workers team) {
        team.run((worker, count) -> convolution.forward(x, filters, bias, y, Workers.share(groups, 1, worker, count),
                Workers.share(groups, 1, worker + 1, count)));
    }

    private void inputGradientOn(Workers team) {
        team.run((worker, count) -> convolution.inputGradient(dy, filters, dx, Workers.share(groups, 1, worker, count),
                Workers.share(groups, 1, worker + 1, count)));
    }

    private void weightGradientOn(Workers team) {
        team.run((worker, count) -> {
            int from = Workers.share(geometry.taps(), 1, worker, count);
            convolution.weightGradient(x, dy, groups, scratch[worker], from,
                    Workers.share(geometry.taps(), 1, worker + 1, count), dw, from * geometry.filters());
        });
    }

    /** Ends the threads. */
    @TearDown
    public void tearDown() {
        workers.close();
    }

    /** y from x. */
    @Benchmark
    public void forward(Flops counter) {
        forwardOn(workers);
        counter.gflops += flops / 1e3;
    }

    /** dx from dy. */
    @Benchmark
    public void inputGradient(Flops counter) {
        inputGradientOn(workers);
        counter.gflops += flops / 1e3;
    }

    /** dw from x and dy. */
    @Benchmark
    public void weightGradient(Flops counter) {
        weightGradientOn(workers);
        counter.gflops += flops / 1e3;
    }

    /** The filters, in the order of both kernels that read them. */
    @Benchmark
    public void pack() {
        filters.pack(w, 0);
    }
}
