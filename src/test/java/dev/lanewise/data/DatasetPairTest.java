package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.params.ParameterizedTest;

class DatasetPairTest {
    private static final List<Integer> PINNED = List.of(1, 11, 14, 27, 28, 33, 34, 39);

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

    /** Images that carry their number in two pixels. */
    private static DatasetPair numbered(int images, Dataset test) {
        byte[] pixels = new byte[2 * images];
        byte[] labels = new byte[images];
        for (int i = 0; i < images; i++) {
            pixels[2 * i] = (byte) (i >> 8);
            pixels[2 * i + 1] = (byte) i;
            labels[i] = (byte) (i * i % 3); // twice as many ones as zeros, no twos
        }
        return new DatasetPair("pair", "a test", Dataset.of(new Shape(1, 2, 1), pixels, labels, List.of("a", "b", "c")),
                test, Preparation.NONE, List.of());
    }

    private static List<Integer> numbers(Dataset data) {
        return IntStream.range(0, data.size())
                .mapToObj(i -> ((data.pixels(i)[0] & 0xff) << 8) + (data.pixels(i)[1] & 0xff)).toList();
    }

    @Test
    void heldOutImagesAreOfEveryClassAndNotTrainedOn() throws InputException {
        DatasetPair whole = numbered(300, null);
        DatasetPair split = whole.holdOut(0.2);
        assertArrayEquals(new int[]{20, 40, 0}, split.test().counts());
        assertArrayEquals(new int[]{80, 160, 0}, split.train().counts());
        List<Integer> all = new ArrayList<>(numbers(split.train()));
        all.addAll(numbers(split.test()));
        assertEquals(numbers(whole.train()), all.stream().sorted().toList());
        for (Dataset part : List.of(split.train(), split.test())) {
            List<Integer> numbers = numbers(part);
            for (int i = 0; i < part.size(); i++) {
                assertEquals(whole.train().label(numbers.get(i)), part.label(i), "its own label");
            }
        }
        assertEquals(numbers(split.test()), numbers(whole.holdOut(0.2).test()), "always the same");
        assertNotEquals(IntStream.range(0, 60).map(i -> 5 * i).boxed().toList(), numbers(split.test()));
    }

    /** A rule that changed would put images that a run was trained on into its test. */
    @Test
    void whichImagesAreHeldOutIsPinned() throws InputException {
        assertEquals(PINNED, numbers(numbered(40, null).holdOut(0.2).test()));
    }

    @Test
    void oneImageOfEachClassCannotBeHeldOut() {
        InputException refusal = assertThrows(InputException.class, () -> numbered(2, null).holdOut(0.5));
        assertEquals(List.of("test none"), refusal.settings());
    }

    @Test
    void aLimitTakesTheClassesInProportionAndLeavesTheTestAlone() throws InputException {
        Dataset test = numbered(9, null).train();
        DatasetPair whole = numbered(300, test);
        DatasetPair part = whole.limit(30, 5);
        assertArrayEquals(new int[]{10, 20, 0}, part.train().counts());
        assertSame(test, part.test());
        assertEquals(numbers(part.train()), numbers(whole.limit(30, 5).train()));
        assertNotEquals(numbers(part.train()), numbers(whole.limit(30, 6).train()));
        assertSame(whole, whole.limit(300, 5), "nothing is copied where all are taken");
        InputException refusal = assertThrows(InputException.class, () -> whole.limit(1, 5));
        assertTrue(refusal.getMessage().contains("2 classes"), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, 2, -0.1, Double.NaN})
    void aShareThatIsNoneIsRefused(double share) {
        assertEquals("share: above 0 and below 1, not " + share, assertThrows(IllegalArgumentException.class,
                () -> numbered(40, null).holdOut(share)).getMessage());
    }
}
