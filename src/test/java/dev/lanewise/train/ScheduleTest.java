package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {
    @ParameterizedTest
    @CsvSource({"CONSTANT, 0, 0.2", "CONSTANT, 500, 0.2", "CONSTANT, 999, 0.2",
            "STEP, 0, 0.2", "STEP, 499, 0.2", "STEP, 500, 0.02", "STEP, 749, 0.02", "STEP, 750, 0.002",
            "STEP, 999, 0.002",
            "COSINE, 0, 0.2", "COSINE, 250, 0.17071067811865476", "COSINE, 500, 0.1",
            "COSINE, 750, 0.029289321881345254", "COSINE, 999, 4.9348e-7",
            "ONE_CYCLE, 0, 0.008", "ONE_CYCLE, 150, 0.104", "ONE_CYCLE, 300, 0.2", "ONE_CYCLE, 650, 0.1000004",
            "ONE_CYCLE, 999, 1.80707e-6"})
    void ratesOfAThousandStepsFromABaseOfAFifth(Schedule schedule, long step, double rate) {
        assertEquals(rate, schedule.rate(0.2, step, 1000), 1e-4 * rate);
    }

    @Test
    void oneCyclePeaksAtTheBaseRateAfterThreeTenthsAndFallsFromThere() {
        float before = 0;
        for (int step = 0; step < 1000; step++) {
            float rate = Schedule.ONE_CYCLE.rate(0.2, step, 1000);
            assertTrue(step <= 300 ? rate > before : rate < before, "step " + step);
            assertTrue(rate <= 0.2f && rate > 0);
            before = rate;
        }
    }

    @Test
    void cosineFallsAllTheWayAndStaysAboveZero() {
        float before = Float.MAX_VALUE;
        for (int step = 0; step < 1000; step++) {
            float rate = Schedule.COSINE.rate(0.2, step, 1000);
            assertTrue(rate < before && rate > 0, "step " + step);
            before = rate;
        }
    }

    /** In a line from a 25th of the base rate, then as without; one-cycle's own rise takes as long as told. */
    @ParameterizedTest
    @CsvSource({"CONSTANT, 0, 0.008", "CONSTANT, 100, 0.104", "CONSTANT, 200, 0.2", "CONSTANT, 999, 0.2",
            "STEP, 100, 0.104", "STEP, 499, 0.2", "STEP, 500, 0.02",
            "COSINE, 0, 0.008", "COSINE, 100, 0.104", "COSINE, 200, 0.2", "COSINE, 600, 0.1", "COSINE, 999, 7.7106e-7",
            "ONE_CYCLE, 0, 0.008", "ONE_CYCLE, 100, 0.104", "ONE_CYCLE, 200, 0.2", "ONE_CYCLE, 600, 0.1000004"})
    void warmUpOfAFifth(Schedule schedule, long step, double rate) {
        assertEquals(rate, schedule.rate(0.2, step, 1000, 0.2), 1e-4 * rate);
    }

    /** Half a cosine at its end is the square of what is left of a quarter turn, here to 12 digits. */
    @Test
    void lastRateOfALongRunHasAllItsDigits() {
        double rest = Math.PI / 2 / 1_000_000;
        float rate = Schedule.COSINE.rate(0.2, 999_999, 1_000_000);
        assertEquals((float) (0.2 * rest * rest), rate, Math.ulp(rate));
    }

    @Test
    void aRateMakesNoMoreGarbageThanOneSmallArray() {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (Schedule schedule : Schedule.values()) {
            float sum = 0;
            long before = thread.getCurrentThreadAllocatedBytes();
            for (int step = 0; step < 10_000; step++) {
                sum += schedule.rate(0.2, step, 10_000);
            }
            long allocated = thread.getCurrentThreadAllocatedBytes() - before;
            assertTrue(sum > 0 && allocated <= 10_000 * 32 + 4096, schedule + ": " + allocated + " bytes");
        }
    }

    @Test
    void runOfOneStepStartsAtTheStart() {
        assertEquals(0.5f, Schedule.CONSTANT.rate(0.5, 0, 1));
        assertEquals(0.5f, Schedule.STEP.rate(0.5, 0, 1));
        assertEquals(0.5f, Schedule.COSINE.rate(0.5, 0, 1));
        assertEquals(0.02f, Schedule.ONE_CYCLE.rate(0.5, 0, 1));
    }

    @Test
    void namesAreThoseOfTheCommandLine() {
        assertEquals("[constant, step, cosine, one-cycle]", List.of(Schedule.values()).toString());
    }
}
