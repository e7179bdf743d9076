package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Species;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
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
 * What memory and caches can do, the limit of kernels with little arithmetic, after STREAM (McCalpin 1995): copy moves
 * 8 bytes an element, triad 12, in nanoseconds an array of {@code size} floats.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 5, jvmArgsPrepend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class BandwidthBenchmark {
    private static final VectorSpecies<Float> S = Species.FLOATS;

    @Param({"2048", "32768", "1048576", "16777216"})
    private int size;

    private float[] a;
    private float[] b;
    private float[] c;

    /** Touches all pages. */
    @Setup
    public void setUp() {
        a = new float[size];
        b = new float[size];
        c = new float[size];
        Arrays.fill(a, 1f);
        Arrays.fill(b, 2f);
        Arrays.fill(c, 3f);
    }

    /** a = b, vector by vector. */
    @Benchmark
    public void copy() {
        for (int i = 0; i < size; i += S.length()) {
            FloatVector.fromArray(S, b, i).intoArray(a, i);
        }
    }

    /** a = b + 3 c. */
    @Benchmark
    public void triad() {
        FloatVector three = FloatVector.broadcast(S, 3f);
        for (int i = 0; i < size; i += S.length()) {
            FloatVector.fromArray(S, c, i).fma(three, FloatVector.fromArray(S, b, i)).intoArray(a, i);
        }
    }

    /** a = 1 a: what is read is written, so that no line is read only to be overwritten. */
    @Benchmark
    public void scaleInPlace() {
        for (int i = 0; i < size; i += S.length()) {
            FloatVector.fromArray(S, a, i).mul(1f).intoArray(a, i);
        }
    }
}
