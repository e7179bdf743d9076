package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Pixels;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Kernels that memory limits, in nanoseconds an array of {@code size} floats. Bytes an element read and written: sgd 12
 * (w read and written, g read), momentum and nesterov 20, adam 28, pixels 5, biasAdd 8, biasGradient 4,
 * axpy 12, dot 8.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 5, jvmArgsPrepend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class UpdateBenchmark {
    private static final int COLS = 128;

    @Param({"2048", "32768", "1048576", "16777216"})
    private int size;

    private float[] w;
    private float[] g;
    private float[] v;
    private float[] m;
    private float[] bias;
    private byte[] bytes;

    /** Draws the arrays. */
    @Setup
    public void setUp() {
        SplittableRandom random = new SplittableRandom(1);
        w = new float[size];
        g = new float[size];
        v = new float[size];
        m = new float[size];
        bias = new float[COLS];
        bytes = new byte[size];
        random.nextBytes(bytes);
        for (int i = 0; i < size; i++) {
            w[i] = (float) random.nextDouble() - 0.5f;
            g[i] = (float) random.nextDouble() - 0.5f;
            v[i] = (float) random.nextDouble();
        }
    }

    /** {@link Updates#sgd}. */
    @Benchmark
    public void sgd() {
        Updates.sgd(w, g, 0, 0, size, 1e-6f, 1e-4f);
    }

    /** {@link Updates#momentum}. */
    @Benchmark
    public void momentum() {
        Updates.momentum(w, g, 0, v, 0, size, 1e-6f, 0.9f, 1e-4f);
    }

    /** {@link Updates#nesterov}. */
    @Benchmark
    public void nesterov() {
        Updates.nesterov(w, g, 0, v, 0, size, 1e-6f, 0.9f, 1e-4f);
    }

    /** {@link Updates#adam}; AdamW is the same with other constants. */
    @Benchmark
    public void adam() {
        Updates.adam(w, g, 0, m, v, 0, size, 1e-6f, 0.9f, 0.999f, 1e-8f, 0f, 0.9999f);
    }

    /** {@link Pixels#toFloats}. */
    @Benchmark
    public void pixels() {
        Pixels.toFloats(bytes, 0, w, 0, size);
    }

    /** {@link Elementwise#axpy}. */
    @Benchmark
    public void axpy() {
        Elementwise.axpy(1e-6f, g, 0, w, 0, size);
    }

    /** {@link Reductions#dot}. */
    @Benchmark
    public float dot() {
        return Reductions.dot(g, 0, w, 0, size);
    }

    /** {@link Bias#add} to rows of 128. */
    @Benchmark
    public void biasAdd() {
        Bias.add(bias, w, 0, COLS, size / COLS, COLS);
    }

    /** {@link Bias#gradient} of rows of 128. */
    @Benchmark
    public void biasGradient() {
        Bias.gradient(g, 0, COLS, size / COLS, COLS, 0f, bias, 0);
    }
}
