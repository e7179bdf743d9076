package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Against the JDK's generator of that algorithm, whose numbers earlier versions trained with. */
class SplitMix64Test {
    private static final long[] SEEDS = {0, 1, 2, 42, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x9e3779b97f4a7c15L};

    private interface Draw {
        Number from(RandomGenerator random);
    }

    private static void assertSame(Draw draw, String what) {
        SplittableRandom seeds = new SplittableRandom(5);
        for (int i = 0; i < 200; i++) {
            long seed = i < SEEDS.length ? SEEDS[i] : seeds.nextLong();
            SplitMix64 own = new SplitMix64(seed);
            SplittableRandom jdk = new SplittableRandom(seed);
            for (int n = 0; n < 200; n++) {
                assertEquals(draw.from(jdk), draw.from(own), "%s, seed %d, number %d".formatted(what, seed, n));
            }
        }
    }

    @Test
    void numbersAreThoseOfTheJdk() {
        assertSame(RandomGenerator::nextLong, "nextLong");
        assertSame(RandomGenerator::nextInt, "nextInt");
        assertSame(RandomGenerator::nextDouble, "nextDouble");
        assertSame(random -> random.nextInt(1 + (random.nextInt() & 7)) + random.nextLong() + random.nextInt(),
                "all in turns");
    }

    /** Just above 2^30 half of all draws are refused, which shows in all numbers after. */
    @Test
    void boundedNumbersAreThoseOfTheJdk() {
        int[] bounds = {1, 2, 3, 5, 7, 10, 16, 60_000, 1 << 20, (1 << 20) + 1, 1 << 30, (1 << 30) - 1, (1 << 30) + 1,
                (1 << 30) + 2, 1_500_000_001, Integer.MAX_VALUE - 1, Integer.MAX_VALUE};
        for (int bound : bounds) {
            assertSame(random -> random.nextInt(bound), "nextInt(" + bound + ")");
        }
    }

    @Test
    void theFirstNumbersOfSeedOneAreKnown() {
        SplitMix64 random = new SplitMix64(1);
        assertEquals(0x910a2dec89025cc1L, random.nextLong());
        assertEquals(0xbeeb8da1658eec67L, random.nextLong());
        assertEquals(0x910a2dec89025cc1L, SplitMix64.mix(1));
    }

    @Test
    void boundsBelowOneAreRefused() {
        Bits.assertRefused("bound", () -> new SplitMix64(1).nextInt(0), 0);
        Bits.assertRefused("bound", () -> new SplitMix64(1).nextInt(-3), -3);
    }
}
