package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Species;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.apache.commons.math3.util.FastMath;
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
 * y = f(x) in nanoseconds an array of {@code size} floats, 8 bytes an element moved: this project, the JDK's own vector
 * functions, {@code Math} and commons-math3's {@code FastMath} one element at a time. Results are compared before they
 * are timed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 5, jvmArgsPrepend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class ElementwiseBenchmark {
    private static final VectorSpecies<Float> S = Species.FLOATS;

    /** What is computed. */
    public enum Function {
        /** e^x. */
        EXP(x -> Math.exp(x)),
        /** Natural logarithm. */
        LOG(x -> Math.log(x)),
        /** 1 / (1 + e^-x). */
        SIGMOID(x -> 1 / (1 + Math.exp(-x))),
        /** Hyperbolic tangent. */
        TANH(x -> Math.tanh(x)),
        /** max(x, 0). */
        RELU(x -> Math.max(x, 0));

        private final DoubleUnaryOperator exact;

        Function(DoubleUnaryOperator exact) {
            this.exact = exact;
        }
    }

    @Param
    private Function function;

    /** In the first, second and third cache and in memory. */
    @Param({"2048", "32768", "1048576", "16777216"})
    private int size;

    private float[] x;
    private float[] y;

    /** Draws x from -8 to 8, for log above 0, and checks every contestant. */
    @Setup
    public void setUp() {
        SplittableRandom random = new SplittableRandom(1);
        x = new float[size];
        y = new float[size];
        for (int i = 0; i < size; i++) {
            x[i] = (float) (function == Function.LOG ? 8 * (1 - random.nextDouble()) : 16 * random.nextDouble() - 8);
        }
        lanewise();
        check("lanewise");
        jdkVectors();
        check("jdkVectors");
        javaMath();
        check("javaMath");
        fastMath();
        check("fastMath");
    }

    private void check(String name) {
        for (int i = 0; i < size; i++) {
            double exact = function.exact.applyAsDouble(x[i]);
            if (!(Math.abs(y[i] - exact) <= 4 * Math.ulp((float) exact))) {
                throw new AssertionError("%s: %s of %s is %s instead of %s".formatted(name, function, x[i], y[i],
                        exact));
            }
        }
    }

    /** {@link Elementwise}. */
    @Benchmark
    public void lanewise() {
        switch (function) {
            case EXP -> Elementwise.exp(x, 0, y, 0, size);
            case LOG -> Elementwise.log(x, 0, y, 0, size);
            case SIGMOID -> Elementwise.sigmoid(x, 0, y, 0, size);
            case TANH -> Elementwise.tanh(x, 0, y, 0, size);
            case RELU -> Elementwise.relu(x, 0, y, 0, size);
        }
    }

    /** The JDK's {@code lanewise(EXP)} and so on: native code behind a call. */
    @Benchmark
    public void jdkVectors() {
        switch (function) {
            case EXP -> {
                for (int i = 0; i < size; i += S.length()) {
                    FloatVector.fromArray(S, x, i).lanewise(VectorOperators.EXP).intoArray(y, i);
                }
            }
            case LOG -> {
                for (int i = 0; i < size; i += S.length()) {
                    FloatVector.fromArray(S, x, i).lanewise(VectorOperators.LOG).intoArray(y, i);
                }
            }
            case SIGMOID -> {
                FloatVector one = FloatVector.broadcast(S, 1f);
                for (int i = 0; i < size; i += S.length()) {
                    FloatVector e = FloatVector.fromArray(S, x, i).neg().lanewise(VectorOperators.EXP);
                    one.div(e.add(one)).intoArray(y, i);
                }
            }
            case TANH -> {
                for (int i = 0; i < size; i += S.length()) {
                    FloatVector.fromArray(S, x, i).lanewise(VectorOperators.TANH).intoArray(y, i);
                }
            }
            case RELU -> {
                for (int i = 0; i < size; i += S.length()) {
                    FloatVector.fromArray(S, x, i).max(0f).intoArray(y, i);
                }
            }
        }
    }

    /** {@code Math}, in double. */
    @Benchmark
    public void javaMath() {
        switch (function) {
            case EXP -> {
                for (int i = 0; i < size; i++) {
                    y[i] = (float) Math.exp(x[i]);
                }
            }
            case LOG -> {
                for (int i = 0; i < size; i++) {
                    y[i] = (float) Math.log(x[i]);
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < size; i++) {
                    y[i] = (float) (1 / (1 + Math.exp(-x[i])));
                }
            }
            case TANH -> {
                for (int i = 0; i < size; i++) {
                    y[i] = (float) Math.tanh(x[i]);
                }
            }
            case RELU -> {
                for (int i = 0; i < size; i++) {
                    y[i] = Math.max(x[i], 0f);
                }
            }
        }
    }

    /** commons-math3, in double; it has nothing for relu but max. */
    @Benchmark
    public void fastMath() {
        switch (function) {
            case EXP -> {
                for (int i = 0; i < size; i++) {
                    y[i] = (float) FastMath.exp(x[i]);
                }
            }
            case LOG -> {
                for (int i = 0; i < size; i++) {
                    y[i] = (float) FastMath.log(x[i]);
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < size; i++) {
                    y[i] = (float) (1 / (1 + FastMath.exp(-x[i])));
                }
            }
            case TANH -> {
                for (int i = 0; i < size; i++) {
                    y[i] = (float) FastMath.tanh(x[i]);
                }
            }
            case RELU -> {
                for (int i = 0; i < size; i++) {
                    y[i] = FastMath.max(x[i], 0f);
                }
            }
        }
    }
}
