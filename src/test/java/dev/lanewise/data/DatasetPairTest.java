package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatasetPairTest {
    private static Dataset one(Shape shape, String... classes) {
        return Dataset.of(shape, new byte[shape.size()], new byte[1], List.of(classes));
    }

    private static void assertRefused(String message, Dataset train, Dataset test) {
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class,
                () -> new DatasetPair("pair", "a test", train, test, Preparation.NONE, List.of()));
        assertEquals(message, refusal.getMessage());
    }

    @Test
    void partsOfTheSameShapeAndClassesGoTogether() {
        Dataset train = one(new Shape(2, 3, 1), "a", "b");
        DatasetPair pair = new DatasetPair("pair", "a test", train, one(new Shape(2, 3, 1), "a", "b"), Preparation.NONE,
                List.of());
        assertEquals(train.shape(), pair.test().shape());
        assertEquals(train.classes(), pair.test().classes());
    }

    @Test
    void shapesThatDifferAreRefused() {
        assertRefused("training images of 2 x 3, test images of 3 x 2", one(new Shape(2, 3, 1), "a", "b"),
                one(new Shape(3, 2, 1), "a", "b"));
        assertRefused("training images of 2 x 3, test images of 2 x 3 x 3", one(new Shape(2, 3, 1), "a", "b"),
                one(new Shape(2, 3, 3), "a", "b"));
    }

    @Test
    void classesThatDifferAreRefused() {
        Shape shape = new Shape(2, 3, 1);
        assertRefused("training classes [a, b], test classes [b, a]", one(shape, "a", "b"), one(shape, "b", "a"));
        assertRefused("training classes [a, b], test classes [a, b, c]", one(shape, "a", "b"),
                one(shape, "a", "b", "c"));
    }
}
