package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static Architecture of(int inputs, List<Integer> hidden, int classes) {
        return new Architecture(inputs, hidden, classes, Activation.RELU, Loss.CROSS_ENTROPY);
    }

    @Test
    void isWrittenAsItsWidths() {
        assertEquals("784-128-10", of(784, List.of(128), 10).toString());
        assertEquals("784-10", of(784, List.of(), 10).toString());
        assertEquals("4-3-2-1", of(4, List.of(3, 2), 1).toString());
    }

    @Test
    void widthsBelowOneAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> of(0, List.of(), 1));
        assertThrows(IllegalArgumentException.class, () -> of(1, List.of(), 0));
        IllegalArgumentException zero = assertThrows(IllegalArgumentException.class, () -> of(7, List.of(3, 0), 2));
        assertEquals("widths 7, [3, 0], 2: each must be at least 1", zero.getMessage());
    }

    @Test
    void hiddenWidthsAreCopied() {
        List<Integer> hidden = new ArrayList<>(List.of(5));
        Architecture architecture = of(2, hidden, 3);
        hidden.set(0, 9);
        assertEquals(List.of(5), architecture.hidden());
    }
}
