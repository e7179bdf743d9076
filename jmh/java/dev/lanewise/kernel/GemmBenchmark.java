package dev.lanewise.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Matrix multiply in microseconds a product: this project, OpenBLAS, MKL and plain loops. Every product is compared
 * with the chain that {@link Gemm} defines before it is timed. A product of m x n x k is 2 m n k floating-point
 * operations.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 5, jvmArgsPrepend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-Dlanewise.rehearse=false"})
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class GemmBenchmark {
    /** Whether A and B are transposed (N or T), then m x n x k. */
    @Param({"NN32x30x784", "NN32x128x784", "NN32x512x784", "NN32x800x784", "NN128x30x784", "NN128x128x784",
            "NN128x512x784", "NN128x800x784", "NN512x30x784", "NN512x128x784", "NN512x512x784", "NN512x800x784",
            "NN128x10x128", "NN128x800x800", "NT128x800x800", "NT128x128x10", "TN784x30x32", "TN784x128x32",
            "TN784x512x32", "TN784x800x32", "TN784x30x128", "TN784x128x128", "TN784x512x128", "TN784x800x128",
            "TN784x30x512", "TN784x128x512", "TN784x512x512", "TN784x800x512", "TN800x800x128", "NN64x64x64",
            "NN256x256x256", "NN512x512x512", "NN1024x1024x1024", "NN2048x2048x2048", "NN37x129x501"})
    private String shape;

    @Param("1")
    private int threads;

    /** Whether environment variables may keep the peers from their kernels for this CPU; else such a run is refused. */
    @Param("false")
    private boolean limitedPeers;

    private boolean transA;
    private boolean transB;
    private int m;
    private int n;
    private int k;
    private float[] a;
    private float[] b;
    private float[] c;
    private Workers workers;
    private Arena arena;
    private MemorySegment nativeA;
    private MemorySegment nativeB;
    private MemorySegment nativeC;
    private NativeBlasBenchmark openBlas;
    private NativeBlasBenchmark mkl;

    /** Makes the operands and checks every contestant on them. */
    @Setup
    public void setUp() {
        if (!limitedPeers && !NativeBlasBenchmark.limits().isEmpty()) {
            throw new IllegalStateException("the peers would not run at their best: unset %s, or say -p limitedPeers=true"
                    .formatted(String.join(" and ", NativeBlasBenchmark.limits())));
        }
        transA = shape.charAt(0) == 'T';
        transB = shape.charAt(1) == 'T';
        String[] sizes = shape.substring(2).split("x");
        m = Integer.parseInt(sizes[0]);
        n = Integer.parseInt(sizes[1]);
        k = Integer.parseInt(sizes[2]);
        SplittableRandom random = new SplittableRandom(1);
        a = random(random, m * k);
        b = random(random, k * n);
        c = new float[m * n];
        workers = new Workers(threads);
        arena = Arena.ofShared();
        nativeA = copy(arena, a);
        nativeB = copy(arena, b);
        nativeC = copy(arena, c);
        openBlas = NativeBlasBenchmark.openBlas(threads);
        mkl = NativeBlasBenchmark.mkl(threads);
        System.out.println("# Peers: " + openBlas.kernels() + "; " + mkl.kernels());

        lanewise();
        check("lanewise", c, 0);
        double bound = 2 * k * Math.ulp(1f) * k; // far above the rounding of k terms of at most 1, far below an error
        plainLoops();
        check("plainLoops", c, bound);
        openBlas();
        check("openBlas", nativeC.toArray(ValueLayout.JAVA_FLOAT), bound);
        nativeC.fill((byte) 0);
        mkl();
        check("mkl", nativeC.toArray(ValueLayout.JAVA_FLOAT), bound);
    }

    /** Compares a thousand elements, the corners among them, with the chain that defines them. */
    private void check(String name, float[] actual, double bound) {
        SplittableRandom random = new SplittableRandom(2);
        for (int sample = 0; sample < 1000; sample++) {
            int i = sample < 4 ? sample / 2 * (m - 1) : random.nextInt(m);
            int j = sample < 4 ? sample % 2 * (n - 1) : random.nextInt(n);
            float expected = chain(transA, transB, m, n, k, a, b, i, j);
            if (!(Math.abs(expected - actual[i * n + j]) <= bound)) {
                throw new AssertionError("%s: element (%d, %d) is %s instead of %s"
                        .formatted(name, i, j, actual[i * n + j], expected));
            }
        }
    }

    /** Element (i, j) of op(A) op(B) as {@link Gemm} defines it. */
    static float chain(boolean transA, boolean transB, int m, int n, int k, float[] a, float[] b, int i, int j) {
        float sum = 0f;
        for (int p = 0; p < k; p++) {
            sum = Math.fma(transA ? a[p * m + i] : a[i * k + p], transB ? b[j * k + p] : b[p * n + j], sum);
        }
        return sum;
    }

    /** Numbers from -1 to 1. */
    static float[] random(SplittableRandom random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
        return values;
    }

    /** The same in native memory, aligned to cache lines. */
    static MemorySegment copy(Arena arena, float[] values) {
        MemorySegment segment = arena.allocate(4L * values.length, 64);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
        return segment;
    }

    private int lda() {
        return transA ? m : k;
    }

    private int ldb() {
        return transB ? k : n;
    }

    /** Ends the threads. */
    @TearDown
    public void tearDown() {
        workers.close();
        arena.close();
    }

    /** {@link Gemm}. */
    @Benchmark
    public void lanewise() {
        Gemm.sgemm(workers, transA, transB, m, n, k, 1f, a, 0, lda(), b, 0, ldb(), 0f, c, 0, n);
    }

    /** OpenBLAS on native memory, aligned to cache lines. */
    @Benchmark
    public void openBlas() {
        openBlas.sgemm(transA, transB, m, n, k, nativeA, lda(), nativeB, ldb(), nativeC, n);
    }

    /** MKL on native memory, aligned to cache lines. */
    @Benchmark
    public void mkl() {
        mkl.sgemm(transA, transB, m, n, k, nativeA, lda(), nativeB, ldb(), nativeC, n);
    }

    /** Three loops, the inner one along rows of B and C for C2 to vectorise; on one thread. */
    @Benchmark
    public void plainLoops() {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                c[i * n + j] = 0f;
            }
            for (int p = 0; p < k; p++) {
                float x = transA ? a[p * m + i] : a[i * k + p];
                for (int j = 0; j < n; j++) {
                    c[i * n + j] += x * (transB ? b[j * k + p] : b[p * n + j]);
                }
            }
        }
    }
}
