package dev.lanewise.kernel.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    private static Choice<String> choice(List<String> ways) {
        return new Choice<>(ways, way -> way.equals("two threads") ? 2 : 1);
    }

    /** Steps of each way, when they take so long. */
    private static Map<String, Integer> steps(Choice<String> choice, int steps, Map<String, Long> nanos) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < steps; i++) {
            counts.merge(choice.current(), 1, Integer::sum);
            choice.took(nanos.get(choice.current()));
        }
        return counts;
    }

    @Test
    void onlyWayIsNeverLeft() {
        Choice<String> choice = choice(List.of("one"));
        assertEquals(Map.of("one", 10_000), steps(choice, 10_000, Map.of("one", 5L)));
    }

    @Test
    void firstIsUsedUntilTheFirstTrialsAndThenTheFastest() {
        Choice<String> choice = choice(List.of("one", "two", "three"));
        Map<String, Long> nanos = Map.of("one", 100L, "two", 50L, "three", 70L);
        assertEquals(Map.of("one", Choice.FIRST), steps(choice, Choice.FIRST, nanos));
        assertEquals(Map.of("two", Choice.TRIAL, "three", Choice.TRIAL), steps(choice, 2 * Choice.TRIAL, nanos));
        assertEquals(Map.of("two", Choice.FIRST), steps(choice, Choice.FIRST, nanos));
    }

    @Test
    void whatIsHardlyFasterDoesNotTakeThePlace() {
        Choice<String> choice = choice(List.of("one", "two"));
        Map<String, Integer> counts = steps(choice, 20_000, Map.of("one", 100L, "two", 97L));
        assertTrue(counts.get("two") < 10 * Choice.TRIAL, counts.toString());
    }

    @Test
    void hopelessOneIsTriedForOneStep() {
        Choice<String> choice = choice(List.of("one", "two"));
        assertEquals(Map.of("one", 399, "two", 1), steps(choice, 400, Map.of("one", 100L, "two", 1000L)));
    }

    /** As on a machine where another program begins and ends. */
    @Test
    void choiceFollowsTheMachine() {
        Choice<String> choice = choice(List.of("two threads", "one thread"));
        Map<String, Long> quiet = Map.of("two threads", 60_000L, "one thread", 100_000L);
        Map<String, Long> busy = Map.of("two threads", 150_000L, "one thread", 100_000L);
        steps(choice, 1000, quiet);
        assertEquals("two threads", choice.current());
        steps(choice, 2 * Choice.LONGEST, busy);
        assertEquals("one thread", choice.current());
        steps(choice, 2 * Choice.LONGEST, quiet);
        assertEquals("two threads", choice.current());
        assertTrue(steps(choice, 20_000, quiet).get("one thread") < 20_000 / 100, "trials are few");
    }

    @Test
    void singleSlowStepDecidesNothing() {
        Choice<String> choice = choice(List.of("one", "two"));
        Map<String, Long> nanos = Map.of("one", 100L, "two", 80L);
        for (int i = 0; i < 5_000; i++) {
            choice.took(i % 10 == 0 ? 350L : nanos.get(choice.current()));
        }
        assertEquals("two", choice.current());
    }

    /** Each time they are woken, both begin on one processor. */
    @Test
    void threadsAreGivenTimeToWakeUp() {
        Choice<String> choice = choice(List.of("one thread", "two threads"));
        Map<String, Long> nanos = Map.of("one thread", 170_000L, "two threads", 130_000L);
        steps(choice, Choice.FIRST, nanos);
        for (int i = 0; i < 12; i++) {
            assertEquals("two threads", choice.current());
            choice.took(i % 2 == 0 ? 400_000L : 900_000L);
        }
        steps(choice, Choice.TRIAL, nanos);
        assertEquals(Map.of("two threads", 200), steps(choice, 200, nanos));
    }

    /** A trial fits between two turns of another program on the same processor. */
    @Test
    void aWayThatIsSlowerThanItsTrialIsLeft() {
        Choice<String> choice = choice(List.of("two threads", "one thread"));
        Map<String, Long> trial = Map.of("two threads", 60_000L, "one thread", 100_000L);
        long slow = 150_000;
        int onTwo = 0;
        for (int i = 0; i < 50_000; i++) { // seven steps of each half second are quick, as it happens those of the trials
            boolean two = choice.current().equals("two threads");
            choice.took(!two ? 100_000 : choice.isOnTrial() ? trial.get("two threads") : slow);
            onTwo += two ? 1 : 0;
        }
        assertTrue(onTwo < 50_000 / 5, onTwo + " steps on two threads");
    }

    /** What slows both is no reason for fewer threads, nor are steps that are slow now and then. */
    @Test
    void whatIsSlowLikewiseOnFewerThreadsIsNotLeft() {
        SplittableRandom random = new SplittableRandom(1);
        for (double slower : new double[]{2, 5}) {
            Choice<String> choice = choice(List.of("two threads", "one thread"));
            int onTwo = 0;
            for (int i = 0; i < 100_000; i++) {
                boolean two = choice.current().equals("two threads");
                boolean disturbed = i % 5_000 < 1_000 && i > 1_000 || random.nextInt(100) < 2;
                choice.took((long) ((two ? 60_000 : 100_000) * (disturbed ? slower : 1)));
                onTwo += two ? 1 : 0;
            }
            assertTrue(onTwo > 80_000, onTwo + " steps on two threads, %s times slower".formatted(slower));
        }
    }

    /** Steps of a tenth of a second, and a disturbance of a second every two minutes. */
    @Test
    void longStepsReturnToMoreThreadsSoon() {
        Choice<String> choice = choice(List.of("two threads", "one thread"));
        double seconds = 0;
        double onTwo = 0;
        while (seconds < 3_600) {
            boolean two = choice.current().equals("two threads");
            long nanos = (two ? 100_000_000L : 180_000_000L) * (seconds % 120 > 119 ? 2 : 1);
            choice.took(nanos);
            seconds += nanos / 1e9;
            onTwo += two ? nanos / 1e9 : 0;
        }
        assertTrue(onTwo > 0.85 * seconds, onTwo + " seconds on two threads");
    }

    @Test
    void theLeastCostIsOfTheBestTrial() {
        Choice<String> choice = choice(List.of("one", "two"));
        assertEquals(Double.POSITIVE_INFINITY, choice.least("one"));
        steps(choice, 2 * Choice.FIRST, Map.of("one", 60L, "two", 70L));
        steps(choice, 4 * Choice.FIRST, Map.of("one", 50L, "two", 90L));
        assertEquals(50, choice.least("one"));
        assertEquals(70, choice.least("two"));
    }

    @Test
    void theTimeToWakeUpHasAnEnd() {
        Choice<String> choice = choice(List.of("one thread", "two threads"));
        Map<String, Long> nanos = Map.of("one thread", 170_000L, "two threads", 200_000L);
        long steps = Choice.SETTLING / nanos.get("two threads");
        Map<String, Integer> counts = steps(choice, 2 * Choice.FIRST, nanos);
        assertTrue(counts.get("two threads") >= steps && counts.get("two threads") < steps + 3 * Choice.TRIAL,
                counts::toString);
        assertEquals("one thread", choice.current());
    }
}
