package dev.lanewise.kernel;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.commons.math3.util.FastMath;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Row kernels on 8000 floats, in nanoseconds an element; {@code javaMath} and {@code fastMath} are plain softmax. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(SoftmaxBenchmark.SIZE)
@Fork(value = 5, jvmArgsPrepend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class SoftmaxBenchmark {
    static final int SIZE = 8000;

    @Param({"10", "1000"})
    private int cols;

    private int rows;
    private float[] x;
    private float[] y;
    private float[] losses;
    private byte[] labels;

    /** Draws logits from -8 to 8 and compares the contestants. */
    @Setup
    public void setUp() {
        SplittableRandom random = new SplittableRandom(1);
        rows = SIZE / cols;
        x = new float[SIZE];
        losses = new float[rows];
        labels = new byte[rows];
        for (int i = 0; i < SIZE; i++) {
            x[i] = (float) (16 * random.nextDouble() - 8);
        }
        for (int i = 0; i < rows; i++) {
            labels[i] = (byte) random.nextInt(Math.min(cols, 128));
        }
        y = new float[SIZE];
        javaMath();
        float[] expected = y.clone();
        lanewise();
        compare(expected);
        fastMath();
        compare(expected);
    }

    private void compare(float[] expected) {
        for (int i = 0; i < SIZE; i++) {
            if (!(Math.abs(y[i] - expected[i]) <= 1e-5f * expected[i])) {
                throw new AssertionError("element %d is %s instead of %s".formatted(i, y[i], expected[i]));
            }
        }
    }

    /** {@link Softmax#softmax}. */
    @Benchmark
    public void lanewise() {
        Softmax.softmax(x, 0, cols, y, 0, cols, rows, cols);
    }

    /** {@link Softmax#logSoftmax}. */
    @Benchmark
    public void logSoftmax() {
        Softmax.logSoftmax(x, 0, cols, y, 0, cols, rows, cols);
    }

    /** {@link CrossEntropy#ofSoftmax}: losses and gradients. */
    @Benchmark
    public void crossEntropy() {
        CrossEntropy.ofSoftmax(x, labels, 0, rows, cols, 0.01f, y, losses);
    }

    /** {@link SquaredError#ofSoftmax}. */
    @Benchmark
    public void softmaxSquaredError() {
        SquaredError.ofSoftmax(x, labels, 0, rows, cols, 0.01f, y, losses);
    }

    /** {@link SquaredError#ofSigmoid}. */
    @Benchmark
    public void sigmoidSquaredError() {
        SquaredError.ofSigmoid(x, labels, 0, rows, cols, 0.01f, y, losses);
    }

    /** {@code Math.exp}. */
    @Benchmark
    public void javaMath() {
        for (int at = 0; at < SIZE; at += cols) {
            float max = max(at);
            double sum = 0;
            for (int j = at; j < at + cols; j++) {
                y[j] = (float) Math.exp(x[j] - max);
                sum += y[j];
            }
            for (int j = at; j < at + cols; j++) {
                y[j] /= (float) sum;
            }
        }
    }

    /** {@code FastMath.exp} of commons-math3. */
    @Benchmark
    public void fastMath() {
        for (int at = 0; at < SIZE; at += cols) {
            float max = max(at);
            double sum = 0;
            for (int j = at; j < at + cols; j++) {
                y[j] = (float) FastMath.exp(x[j] - max);
                sum += y[j];
            }
            for (int j = at; j < at + cols; j++) {
                y[j] /= (float) sum;
            }
        }
    }

    private float max(int at) {
        float max = x[at];
        for (int j = at + 1; j < at + cols; j++) {
            max = Math.max(max, x[j]);
        }
        return max;
    }
}
