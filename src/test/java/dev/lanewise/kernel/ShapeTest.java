package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void sizeIsTheNumberOfElements() {
        assertEquals(784, new Shape(28, 28, 1).size());
        assertEquals(3072, new Shape(32, 32, 3).size());
        assertEquals(new Shape(1, 1, 128), Shape.vector(128));
        assertEquals(1 << 30, new Shape(1 << 15, 1 << 15, 1).size());
    }

    @Test
    void textLeavesOutWhatIsOne() {
        assertEquals("28 x 28", new Shape(28, 28, 1).toString());
        assertEquals("28 x 28 x 3", new Shape(28, 28, 3).toString());
        assertEquals("1 x 5", new Shape(1, 5, 1).toString());
        assertEquals("128", Shape.vector(128).toString());
    }

    @Test
    void shapesWithoutElementsOrWithTooManyAreRefused() {
        int[][] bad = {{0, 28, 1}, {28, -1, 1}, {28, 28, 0}, {1 << 16, 1 << 16, 1}, {1 << 15, 1 << 15, 2},
                {65536, 65536, 65536}};
        for (int[] shape : bad) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> new Shape(shape[0], shape[1], shape[2])).getMessage();
            assertEquals("a shape of %,d x %,d x %,d is not from 1 number to as many as fit into an array"
                    .formatted(shape[0], shape[1], shape[2]), message);
        }
    }
}
