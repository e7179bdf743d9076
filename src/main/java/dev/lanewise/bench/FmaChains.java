package dev.lanewise.bench;

import com.sun.management.ThreadMXBean;
import dev.lanewise.kernel.VectorWidth;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Ten independent chains of fused multiply-adds in registers: enough to keep two FMA units of four or five cycles'
 * latency busy, and few enough for the 16 registers of x86 below AVX-512 (12 chains halved the peak at 128 bits).
 * Their rate is the peak that the kernels are measured against; what a vector FMA costs, and whether it allocates,
 * tells whether the Vector API is compiled to SIMD instructions.
 */
public final class FmaChains {
    static final int CHAINS = 10;
    private static final boolean SCALAR = VectorWidth.obstacle().isPresent();
    /**
     * What was seen.
     *
     * @param nanosPerFma of one vector FMA
     * @param bytesPerFma allocated
     */
    public record Probe(double nanosPerFma, double bytesPerFma) {
        /** A SIMD FMA takes a nanosecond or less on any CPU above 1 GHz; a call of the Java method 10 and more. */
        public static final double MOST_NANOS = 3;

        /** Whether this is what SIMD instructions must give. */
        public boolean isSimd() {
            return nanosPerFma <= MOST_NANOS && bytesPerFma == 0;
        }
    }

    private FmaChains() {
    }

    /** Floating-point operations of {@link #run} for an even number of steps. */
    static double flops(int steps) {
        return 2.0 * CHAINS * steps * (SCALAR ? 1 : VectorWidth.bits() / Float.SIZE);
    }

    /**
     * Runs the chains for an even number of steps: vectors where they are compiled, else floats. The result is to be
     * kept from being dead code.
     */
    static float run(int steps) {
        return SCALAR ? floats(steps) : Lanes.run(steps);
    }

    /** Runs vector chains, of a Vector API that is there, until they are fast, at most for so long, and returns the best that was seen. */
    public static Probe probe(double seconds) {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        double nanos = Double.POSITIVE_INFINITY;
        double bytes = 0;
        float sum = 0;
        int steps = 2; // longer once it is fast: without FMA instructions one step takes milliseconds
        do {
            long allocated = thread.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            sum += Lanes.run(steps);
            long time = System.nanoTime() - start;
            allocated = thread.getCurrentThreadAllocatedBytes() - allocated;
            double each = (double) time / steps / CHAINS;
            if (each < nanos) {
                nanos = each;
                bytes = (double) allocated / steps / CHAINS;
            }
            if (time < 100_000 && steps < 10_000) {
                steps *= 2;
            }
        } while (System.nanoTime() < end && !(steps >= 10_000 && nanos <= Probe.MOST_NANOS && bytes == 0));
        if (Float.isNaN(sum)) {
            throw new AssertionError("chains of small numbers");
        }
        return new Probe(nanos, bytes);
    }

    private static float floats(int steps) {
        float x = 0.999f;
        float y = 0.001f;
        float c0 = x;
        float c1 = x;
        float c2 = x;
        float c3 = x;
        float c4 = x;
        float c5 = x;
        float c6 = x;
        float c7 = x;
        float c8 = x;
        float c9 = x;
        for (int i = 0; i < steps; i++) {
            c0 = Math.fma(x, y, c0);
            c1 = Math.fma(x, y, c1);
            c2 = Math.fma(x, y, c2);
            c3 = Math.fma(x, y, c3);
            c4 = Math.fma(x, y, c4);
            c5 = Math.fma(x, y, c5);
            c6 = Math.fma(x, y, c6);
            c7 = Math.fma(x, y, c7);
            c8 = Math.fma(x, y, c8);
            c9 = Math.fma(x, y, c9);
        }
        return c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9;
    }

    private static final class Lanes {
        private static final VectorSpecies<Float> S = VectorSpecies.of(float.class,
                VectorShape.forBitSize(VectorWidth.bits()));
        private static final float[] FACTORS = factors();

        private Lanes() {
        }

        private static float[] factors() {
            float[] factors = new float[2 * S.length()];
            Arrays.fill(factors, 0.01f);
            return factors;
        }

        static float run(int steps) {
            FloatVector c0 = FloatVector.fromArray(S, FACTORS, 0);
            FloatVector c1 = c0;
            FloatVector c2 = c0;
            FloatVector c3 = c0;
            FloatVector c4 = c0;
            FloatVector c5 = c0;
            FloatVector c6 = c0;
            FloatVector c7 = c0;
            FloatVector c8 = c0;
            FloatVector c9 = c0;
            // The chains go through the addend: C2 has the instruction that overwrites it, and else copies a register a time.
            // The factors are loaded anew, which the FMA units do not notice: with two registers that stay the same, Zen 5 had
            // half the rate in a JVM in three, for as long as it ran. A stride that C2 does not know keeps it from unrolling: it
            // then writes all steps of two chains, all of the next two, and so on, far apart for the CPU to overlap.
            int two = 2 * Integer.signum(steps);
            for (int i = 0; i < steps; i += two) {
                FloatVector y = FloatVector.fromArray(S, FACTORS, i & S.length());
                FloatVector z = FloatVector.fromArray(S, FACTORS, i & S.length() ^ S.length());
                c0 = y.fma(z, c0);
                c1 = y.fma(z, c1);
                c2 = y.fma(z, c2);
                c3 = y.fma(z, c3);
                c4 = y.fma(z, c4);
                c5 = y.fma(z, c5);
                c6 = y.fma(z, c6);
                c7 = y.fma(z, c7);
                c8 = y.fma(z, c8);
                c9 = y.fma(z, c9);
                c0 = y.fma(z, c0);
                c1 = y.fma(z, c1);
                c2 = y.fma(z, c2);
                c3 = y.fma(z, c3);
                c4 = y.fma(z, c4);
                c5 = y.fma(z, c5);
                c6 = y.fma(z, c6);
                c7 = y.fma(z, c7);
                c8 = y.fma(z, c8);
                c9 = y.fma(z, c9);
            }
            return c0.add(c1).add(c2).add(c3).add(c4).add(c5).add(c6).add(c7).add(c8).add(c9).lane(0);
        }
    }
}
