package dev.lanewise.kernel.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class DigitsTest {
    @Test
    void wholeNumbersAreReadAsTheyAreWritten() {
        for (long value : List.of(0L, 7L, -12L, Long.MAX_VALUE, Long.MIN_VALUE)) {
            assertEquals(value, Digits.parseLong(String.valueOf(value)));
        }
        for (int value : List.of(0, 42, -1, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
            assertEquals(value, Digits.parseInt(String.valueOf(value)));
        }
    }

    @Test
    void otherScriptsAndWhatIsNoNumberAreRefused() {
        for (String text : List.of("\u0661\u0662", "1\u0662", "\u06f3", "\uff11", "", "-", "+", "+5", "--1", "1-", " 1",
                "1.0",
                "0x1", "9223372036854775808")) {
            assertThrows(NumberFormatException.class, () -> Digits.parseLong(text), text);
            assertThrows(NumberFormatException.class, () -> Digits.parseInt(text), text);
        }
        assertThrows(NumberFormatException.class, () -> Digits.parseInt("2147483648"));
        assertThrows(NumberFormatException.class, () -> Digits.parseInt("-2147483649"));
    }
}
