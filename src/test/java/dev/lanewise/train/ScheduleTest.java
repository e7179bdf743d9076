package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.Spec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static Schedule schedule(String description) {
        return Schedule.of(Spec.parse(description));
    }

    @ParameterizedTest
    @CsvSource({"constant, 0, 0.2", "constant, 500, 0.2", "constant, 999, 0.2",
            "step, 0, 0.2", "step, 499, 0.2", "step, 500, 0.02", "step, 749, 0.02", "step, 750, 0.002",
            "step, 999, 0.002",
            "cosine, 0, 0.2", "cosine, 250, 0.17071067811865476", "cosine, 500, 0.1",
            "cosine, 750, 0.029289321881345254", "cosine, 999, 4.9348e-7",
            "one-cycle, 0, 0.008", "one-cycle, 150, 0.104", "one-cycle, 300, 0.2", "one-cycle, 650, 0.1000004",
            "one-cycle, 999, 1.80707e-6"})
    void ratesOfAThousandStepsFromABaseOfAFifth(String name, long step, double rate) {
        assertEquals(rate, schedule(name).rate(0.2, step, 1000), 1e-4 * rate);
    }

    @Test
    void oneCyclePeaksAtTheBaseRateAfterThreeTenthsAndFallsFromThere() {
        float before = 0;
        for (int step = 0; step < 1000; step++) {
            float rate = schedule("one-cycle").rate(0.2, step, 1000);
            assertTrue(step <= 300 ? rate > before : rate < before, "step " + step);
            assertTrue(rate <= 0.2f && rate > 0);
            before = rate;
        }
    }

    @Test
    void cosineFallsAllTheWayAndStaysAboveZero() {
        float before = Float.MAX_VALUE;
        for (int step = 0; step < 1000; step++) {
            float rate = schedule("cosine").rate(0.2, step, 1000);
            assertTrue(rate < before && rate > 0, "step " + step);
            before = rate;
        }
    }

    /** In a line from a 25th of the base rate, then as without; one-cycle's own rise takes as long as told. */
    @ParameterizedTest
    @CsvSource({"constant, 0, 0.008", "constant, 100, 0.104", "constant, 200, 0.2", "constant, 999, 0.2",
            "step, 100, 0.104", "step, 499, 0.2", "step, 500, 0.02",
            "cosine, 0, 0.008", "cosine, 100, 0.104", "cosine, 200, 0.2", "cosine, 600, 0.1", "cosine, 999, 7.7106e-7",
            "one-cycle, 0, 0.008", "one-cycle, 100, 0.104", "one-cycle, 200, 0.2", "one-cycle, 600, 0.1000004"})
    void warmUpOfAFifth(String name, long step, double rate) {
        assertEquals(rate, schedule(name + " warmup=0.2").rate(0.2, step, 1000), 1e-4 * rate);
    }

    /** Half a cosine at its end is the square of what is left of a quarter turn, here to 12 digits. */
    @Test
    void lastRateOfALongRunHasAllItsDigits() {
        double rest = Math.PI / 2 / 1_000_000;
        float rate = schedule("cosine").rate(0.2, 999_999, 1_000_000);
        assertEquals((float) (0.2 * rest * rest), rate, Math.ulp(rate));
    }

    @Test
    void runOfOneStepStartsAtTheStart() {
        assertEquals(0.5f, schedule("constant").rate(0.5, 0, 1));
        assertEquals(0.5f, schedule("step").rate(0.5, 0, 1));
        assertEquals(0.5f, schedule("cosine").rate(0.5, 0, 1));
        assertEquals(0.02f, schedule("one-cycle").rate(0.5, 0, 1));
    }

    @Test
    void namesAreThoseOfTheCommandLine() {
        assertEquals(List.of("constant", "step", "cosine", "one-cycle"), Schedules.KINDS.names().subList(0, 4));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> schedule("zigzag"));
        assertTrue(e.getMessage().startsWith("schedule 'zigzag' is not one of constant, step, cosine, one-cycle"),
                e::getMessage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"constant", "step", "cosine", "one-cycle", "constant warmup=0.25", "step warmup=0.25",
            "cosine warmup=0.25", "one-cycle warmup=0.25 start-divisor=10 end-divisor=100", "one-cycle warmup=0"})
    void descriptionIsWhatItWasMadeFrom(String description) {
        Schedule schedule = schedule(description);
        assertEquals(description, schedule.spec().toString());
        assertEquals(schedule, Schedule.of(schedule.spec()));
    }

    @Test
    void oneCyclesDivisorsAreOfTheBaseRateAndOfItsStart() {
        Schedule schedule = schedule("one-cycle warmup=0.5 start-divisor=10 end-divisor=100");
        assertEquals(0.02f, schedule.rate(0.2, 0, 1000));
        assertEquals(0.2f, schedule.rate(0.2, 500, 1000));
        assertEquals(2e-4f, schedule.rate(0.2, 999_999, 1_000_000), 1e-7f);
    }

    @Test
    void usualOptionsAreKnown() {
        for (String name : List.of("constant", "step", "cosine")) {
            assertEquals(Map.of("warmup", 0.0), Schedules.KINDS.kind(name).options());
        }
        assertEquals("{warmup=0.3, start-divisor=25.0, end-divisor=10000.0}",
                Schedules.KINDS.kind("one-cycle").options().toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "constant warmup=1 | warmup: from 0 to below 1, not 1.0",
            "step warmup=-0.1 | warmup: from 0 to below 1, not -0.1",
            "cosine warmup=NaN | warmup: from 0 to below 1, not NaN",
            "one-cycle warmup=2 | warmup: from 0 to below 1, not 2.0",
            "one-cycle start-divisor=0.5 | start-divisor, end-divisor: 1 or more, not 0.5 and 10000.0",
            "one-cycle end-divisor=NaN | start-divisor, end-divisor: 1 or more, not 25.0 and NaN",
            "cosine cycles=3 | 'cosine cycles=3': cycles=3 is not one of its options: warmup=...",
    })
    void badOptionsAreRefused(String description, String message) {
        assertEquals(message,
                assertThrows(IllegalArgumentException.class, () -> schedule(description)).getMessage());
    }
}
