package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class OptionTest {
    @Test
    void numbersAreWrittenInPlainDigits() {
        Random random = new Random(17);
        DoubleStream numbers = DoubleStream.concat(
                DoubleStream.of(0, 1, -1, 0.1, 1e-3, 1e-4, 1.25e-5, -1e-4, 9.999999e-4, 1e7, 1.5e7, 123.456, 1e-300,
                        1e300, 100),
                DoubleStream.generate(() -> random.nextGaussian() * Math.pow(10, random.nextInt(-12, 12)))
                        .limit(10_000));
        numbers.forEach(number -> assertEquals(
                number == 0 ? "0" : BigDecimal.valueOf(number).stripTrailingZeros().toPlainString(),
                Option.text(number),
                "seed 17"));
    }
}
