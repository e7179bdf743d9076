package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfCosineTest {
    private static void check(double x) {
        assertEquals(StrictMath.sin(x), HalfCosine.sine(x), 0.0, () -> "sin " + Double.toHexString(x));
        assertEquals(StrictMath.cos(x), HalfCosine.cosine(x), 0.0, () -> "cos " + Double.toHexString(x));
    }

    @Test
    void sineAndCosineHaveTheBitsOfStrictMath() {
        int points = 1_000_000;
        SplittableRandom random = new SplittableRandom(13);
        for (int i = 0; i <= points; i++) {
            check(Math.PI / 4 * i / points);
            check(Math.PI / 4 * random.nextDouble());
            check(Math.scalb(random.nextDouble(0.5, 0.78), -random.nextInt(60))); // as many near 0
        }
        for (double edge : new double[]{0, Double.MIN_VALUE, 0x1p-27, 0.3, 0.78125, Math.PI / 4}) {
            for (double x = edge, n = 0; n < 1000 && x >= 0; n++, x = Math.nextDown(x)) {
                check(x);
            }
            for (double x = edge, n = 0; n < 1000 && x <= Math.PI / 4; n++, x = Math.nextUp(x)) {
                check(x);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0.25, 0.8535533905932737", "0.5, 0.5", "0.75, 0.14644660940672624", "1, 0"})
    void fallsFromOneToZero(double progress, double value) {
        assertEquals(value, HalfCosine.at(progress), 1e-15);
    }
}
