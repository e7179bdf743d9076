package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every function of {@link Elementwise} on all 2^32 floats: the largest error against double precision, the share of
 * correctly rounded values, that it never falls from one float to the next, and that SIMD and scalar bits agree. That
 * takes minutes, so it is not among the tests that every build runs; its name keeps it out:
 *
 * <pre>./mvnw -Dquick test-compile surefire:test@default-test -Dtest=AllFloats</pre>
 */
class AllFloats {
    private static final int CHUNK = 1 << 16;

    private interface Simd {
        void run(float[] x, int xOffset, float[] y, int yOffset, int n);
    }

    private interface Scalar {
        float of(float x);
    }

    enum Function {
        EXP(1.0, Elementwise::exp, ScalarMath::exp, Math::exp), //
        LOG(1.0, Elementwise::log, ScalarMath::log, Math::log), //
        SIGMOID(2.0, Elementwise::sigmoid, ScalarMath::sigmoid, x -> 1 / (1 + Math.exp(-x))), //
        TANH(2.0, Elementwise::tanh, ScalarMath::tanh, Math::tanh);

        private final double limit;
        private final Simd simd;
        private final Scalar scalar;
        private final DoubleUnaryOperator exact;

        Function(double limit, Simd simd, Scalar scalar, DoubleUnaryOperator exact) {
            this.limit = limit;
            this.simd = simd;
            this.scalar = scalar;
            this.exact = exact;
        }
    }

    /** What was found on a run of floats in ascending order. */
    private record Finding(double worst, float where, long rounded, long numbers, long falls, float fall, long differ,
            float first, float last) {
        /** Joins with the run above. */
        Finding and(Finding above) {
            boolean falls = last > above.first;
            return new Finding(Math.max(worst, above.worst), above.worst > worst ? above.where : where,
                    rounded + above.rounded, numbers + above.numbers, this.falls + above.falls + (falls ? 1 : 0),
                    this.falls > 0 ? fall : above.fall, differ + above.differ, first, above.last);
        }
    }

    @ParameterizedTest
    @EnumSource
    void errorOrderAndBitsOfEveryFloat(Function function) {
        // Integers ascending from -2^31 stand for -NaN, -infinity, ... -0, 0, ... infinity, NaN.
        List<Finding> findings = IntStream.range(0, (int) ((1L << 32) / CHUNK)).parallel()
                .mapToObj(chunk -> check(function, Integer.MIN_VALUE + chunk * CHUNK)).toList();
        Finding all = findings.stream().reduce(Finding::and).orElseThrow();
        String summary = String.format(Locale.ROOT,
                "%s: at most %.4f ULP, at %s (%a); %.2f %% of %,d numbers correctly rounded; %d falls (%a); %d differ",
                function, all.worst, all.where, all.where, 100.0 * all.rounded / all.numbers, all.numbers, all.falls,
                all.fall, all.differ);
        System.out.println(summary);
        assertTrue(all.worst <= function.limit && all.falls == 0 && all.differ == 0, summary);
    }

    private static Finding check(Function function, int from) {
        float[] x = new float[CHUNK];
        float[] y = new float[CHUNK];
        for (int i = 0; i < CHUNK; i++) {
            int ordered = from + i;
            x[i] = Float.intBitsToFloat(ordered < 0 ? ~ordered | 0x80000000 : ordered);
        }
        function.simd.run(x, 0, y, 0, CHUNK);
        double worst = 0;
        float where = 0f;
        long rounded = 0;
        long numbers = 0;
        long falls = 0;
        float fall = 0f;
        long differ = 0;
        float before = Float.NaN;
        float first = Float.NaN;
        for (int i = 0; i < CHUNK; i++) {
            if (Float.floatToIntBits(y[i]) != Float.floatToIntBits(function.scalar.of(x[i]))) {
                differ++;
            }
            double exact = function.exact.applyAsDouble(x[i]);
            if (Double.isNaN(exact)) {
                differ += Float.isNaN(y[i]) ? 0 : 1;
                continue;
            }
            numbers++;
            rounded += y[i] == (float) exact ? 1 : 0;
            double error = ScalarMathTest.ulps(y[i], exact);
            if (!(error <= worst)) {
                worst = error;
                where = x[i];
            }
            if (before > y[i]) {
                falls++;
                fall = x[i];
            }
            first = Float.isNaN(first) ? y[i] : first;
            before = y[i];
        }
        return new Finding(worst, where, rounded, numbers, falls, fall, differ, first, before);
    }
}
