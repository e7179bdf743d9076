package dev.lanewise.kernel;

import java.util.random.RandomGenerator;

/**
 * The project's random numbers: SplitMix64 (Steele, Lea and Flood 2014), a 64-bit counter whose values are mixed. The
 * algorithm is written out here, so that a seed gives the same numbers whatever the JDK.
 */
public final class SplitMix64 implements RandomGenerator {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L; // what the counter grows by: 2^64 / golden ratio, odd

    private long counter;

    /** A generator that begins at this seed. */
    public SplitMix64(long seed) {
        counter = seed;
    }

    /** Begins again at another seed. */
    public void reseed(long seed) {
        counter = seed;
    }

    /** The 64-bit finalizer (variant 13 of Stafford, "Better bit mixing", 2011) after one step of the counter. */
    public static long mix(long counter) {
        long z = counter + GOLDEN_GAMMA;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    @Override
    public long nextLong() {
        long value = mix(counter);
        counter += GOLDEN_GAMMA;
        return value;
    }

    /** 32 bits by a finalizer of their own (variant 4 of Stafford), not a half of {@link #nextLong}. */
    @Override
    public int nextInt() {
        counter += GOLDEN_GAMMA;
        long z = (counter ^ counter >>> 33) * 0x62a9d9ed799705f5L;
        return (int) ((z ^ z >>> 28) * 0xcb24d0a5c88c35b3L >>> 32);
    }

    /** Uniform from 0 to bound - 1: a remainder, drawn again where the last, incomplete run of remainders was hit. */
    @Override
    public int nextInt(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound: at least 1, not %d".formatted(bound));
        }
        int value = nextInt();
        if ((bound & bound - 1) == 0) {
            return value & bound - 1;
        }
        int bits = value >>> 1;
        while (true) {
            int remainder = bits % bound;
            if (bits + (bound - 1) - remainder >= 0) { // else it overflows: beyond the last whole run
                return remainder;
            }
            bits = nextInt() >>> 1;
        }
    }

    /** Uniform from 0 to below 1, a multiple of 2^-53. */
    @Override
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }
}
