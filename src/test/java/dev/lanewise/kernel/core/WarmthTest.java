package dev.lanewise.kernel.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class WarmthTest {
    @Test
    void callsUntilACallIsFast() {
        List<Integer> calls = new ArrayList<>();
        int[] slow = {3};
        new Warmth().warm(0, (steps, _) -> {
            calls.add(steps);
            if (steps > 0 && slow[0]-- > 0) {
                LockSupport.parkNanos(5_000_000);
            }
        });
        long real = calls.stream().filter(steps -> steps == Warmth.STEPS).count();
        assertTrue(real >= 4, () -> "slow three times: " + real);
        assertEquals(-1, calls.getFirst());
        assertTrue(calls.stream().filter(steps -> steps == -1).count() >= 100 * real, "most return at once");
    }

    @Test
    void givesUpOnAKernelThatStaysSlow() {
        long begin = System.nanoTime();
        new Warmth().warm(0, (steps, _) -> {
            if (steps > 0) {
                LockSupport.parkNanos(50_000_000);
            }
        });
        assertTrue(System.nanoTime() - begin < 10e9, "half a second, on a machine that is not busy");
    }

    @Test
    void nothingIsWarmedWhereKernelsAreUsedAtOnce() { // as in these tests
        Warmth.begin(1_000);
        Warmth warmth = new Warmth();
        for (int i = 0; i < 100; i++) {
            assertFalse(warmth.isCold());
        }
    }
}
