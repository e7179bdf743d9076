package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeaksTest {
    private static final Peaks ONE = new Peaks(1, 100, 10, 10);

    @Test
    void whatIsHeldUpIsMeasuredAgainAndTheBestIsKept() {
        Deque<Peaks> measured = new ArrayDeque<>(List.of(ONE, new Peaks(2, 25, 12, 11), new Peaks(1, 90, 11, 9),
                new Peaks(2, 195, 11, 12)));
        assertEquals(List.of(new Peaks(1, 100, 11, 10), new Peaks(2, 195, 12, 12)),
                Peaks.measure(2, 2, _ -> measured.remove()));
        assertTrue(measured.isEmpty());
    }

    @Test
    void afterThreeTriesItIsLeftAtThat() {
        Deque<Integer> calls = new ArrayDeque<>();
        List<Peaks> peaks = Peaks.measure(2, 2, threads -> {
            calls.add(threads);
            return threads == 1 ? ONE : new Peaks(2, 25, 10, 10);
        });
        assertEquals(List.of(1, 2, 1, 2, 1, 2), List.copyOf(calls));
        assertTrue(peaks.getLast().areHeldUp(peaks.getFirst(), 2));
    }

    @Test
    void aQuietMachineIsMeasuredOnce() {
        assertEquals(List.of(ONE), Peaks.measure(1, 1, _ -> ONE));
        Deque<Peaks> measured = new ArrayDeque<>(List.of(ONE, new Peaks(8, 600, 30, 30)));
        assertEquals(2, Peaks.measure(8, 8, _ -> measured.remove()).size());
    }

    @Test
    void coresThatShareOrSlowDownAreNotBusy() {
        assertFalse(new Peaks(2, 98, 10, 10).areHeldUp(ONE, 1), "two threads of one core");
        assertFalse(new Peaks(2, 98, 10, 10).areHeldUp(ONE, 0), "nobody knows the cores");
        assertFalse(new Peaks(16, 450, 40, 40).areHeldUp(ONE, 8), "all cores at a lower clock");
        assertFalse(new Peaks(2, 190, 8, 8).areHeldUp(ONE, 2), "memory that one thread fills");
        assertTrue(new Peaks(16, 300, 40, 40).areHeldUp(ONE, 8));
        assertTrue(new Peaks(2, 25, 10, 10).areHeldUp(ONE, 0));
        assertTrue(new Peaks(2, 190, 4, 10).areHeldUp(ONE, 2));
        assertTrue(new Peaks(2, 190, 10, 4).areHeldUp(ONE, 2));
    }
}
