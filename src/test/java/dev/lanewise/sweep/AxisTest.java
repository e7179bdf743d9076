package dev.lanewise.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.run.Recipe;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {
    @Test
    void commasAndSemicolonsStandBetweenValues() {
        assertEquals(List.of(0.03, 0.1), Axis.parse(Recipe.RATE, "0.03, 0.1,0.03").values());
        assertEquals(List.of(0.03, 0.1), Axis.parse(Recipe.RATE, "0.03;0.1").values());
        assertEquals(List.of(List.of(128), List.of(256, 128), List.of()),
                Axis.parse(Recipe.HIDDEN, "128;256,128;none").values());
        assertEquals(List.of("dense 9, relu", "dense 8"), Axis.parse(Recipe.LAYERS, "dense 9, relu; dense 8").values());
    }

    @Test
    void whatTrainTakesIsOneValue() {
        assertEquals(List.of(List.of(256, 128)), Axis.parse(Recipe.HIDDEN, "256,128").values());
        assertEquals(List.of("dense 9, relu"), Axis.parse(Recipe.LAYERS, "dense 9, relu").values());
        assertEquals(List.of("adam beta1=0.95", "sgd"), Axis.parse(Recipe.OPTIMIZER, "adam beta1=0.95,sgd").values());
    }

    @Test
    void twoPointsStandForWholeNumbers() {
        assertEquals(List.of(1L, 2L, 3L, 7L), Axis.parse(Recipe.SEED, "1..3,7").values());
        assertEquals(List.of(-1L, 0L), Axis.parse(Recipe.SEED, "-1..0").values());
        assertEquals(List.of(2, 3), Axis.parse(Recipe.EPOCHS, "2..3").values());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"0.1,x|not x", "0.1,|missing in '0.1,'", "0.1,,0.2|missing in '0.1,,0.2'",
            "''|missing in ''", ";|missing in ';'", "0.1,-1|not -1", "1..2..3|not 1..2..3"})
    void aBadValueAmongGoodOnesIsNamed(String text, String mentioned) {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Axis.parse(Recipe.RATE, text)).getMessage()
                .contains(mentioned));
    }

    @Test
    void aRangeThatFallsOrIsEndlessIsRefused() {
        assertEquals("5..1 goes down; write 1..5",
                assertThrows(IllegalArgumentException.class, () -> Axis.parse(Recipe.SEED, "5..1")).getMessage());
        assertEquals("1..1000000000 stands for more than 100000 numbers; name fewer", assertThrows(
                IllegalArgumentException.class, () -> Axis.parse(Recipe.SEED, "2, 1..1000000000")).getMessage());
        assertThrows(IllegalArgumentException.class, () -> Axis.parse(Recipe.EPOCHS, "0..2"));
    }
}
