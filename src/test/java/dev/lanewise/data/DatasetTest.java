package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DatasetTest {
    private static final Shape SHAPE = new Shape(1, 2, 3);
    private static final List<String> CLASSES = List.of("cat", "dog");

    /** Two images of two pixels in three channels. */
    private static Dataset twoInColour() {
        return Dataset.of(SHAPE, new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, (byte) 255}, new byte[]{1, 0}, CLASSES);
    }

    private static List<String> names(int n) {
        return IntStream.range(0, n).mapToObj(i -> "class " + i).toList();
    }

    private static void assertRefused(String message, byte[] pixels, byte[] labels, List<String> classes) {
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class,
                () -> Dataset.of(SHAPE, pixels, labels, classes));
        assertEquals(message, refusal.getMessage());
    }

    @Test
    void imagesAndLabelsComeBackAsGiven() {
        Dataset data = twoInColour();
        assertEquals(2, data.size());
        assertEquals(SHAPE, data.shape());
        assertEquals(CLASSES, data.classes());
        assertArrayEquals(new byte[]{1, 2, 3, 4, 5, 6}, data.pixels(0));
        assertArrayEquals(new byte[]{7, 8, 9, 10, 11, (byte) 255}, data.pixels(1));
        assertEquals(1, data.label(0));
        assertEquals(0, data.label(1));
        assertArrayEquals(new byte[]{1, 0}, data.labels());
    }

    @Test
    void imagesLieOneAfterTheOtherWithChannelsInnermost() {
        Dataset data = twoInColour();
        assertEquals(2, data.samples().size());
        assertEquals(SHAPE, data.samples().shape());
        assertArrayEquals(new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, (byte) 255}, data.pixels());
    }

    @Test
    void whatIsDoneToTheGivenArraysAfterwardsChangesNothing() {
        byte[] pixels = {1, 2, 3, 4, 5, 6};
        byte[] labels = {1};
        List<String> classes = new ArrayList<>(CLASSES);
        Dataset data = Dataset.of(SHAPE, pixels, labels, classes);
        pixels[0] = 9;
        labels[0] = 0;
        classes.set(1, "horse");
        assertArrayEquals(new byte[]{1, 2, 3, 4, 5, 6}, data.pixels(0));
        assertEquals(1, data.label(0));
        assertEquals(CLASSES, data.classes());
    }

    @Test
    void whatIsDoneToTheReceivedArraysChangesNothing() {
        Dataset data = twoInColour();
        data.pixels(0)[0] = 9;
        data.pixels()[0] = 9;
        data.labels()[0] = 0;
        assertThrows(UnsupportedOperationException.class, () -> data.classes().set(1, "horse"));
        assertEquals(1, data.pixels(0)[0]);
        assertEquals(1, data.label(0));
    }

    @Test
    void twoHundredAndFiftySixClassesAreToldApart() {
        byte[] pixels = new byte[256];
        byte[] labels = new byte[256];
        for (int i = 0; i < 256; i++) {
            labels[i] = (byte) (255 - i);
        }
        Dataset data = Dataset.of(new Shape(1, 1, 1), pixels, labels, names(256));
        for (int i = 0; i < 256; i++) {
            assertEquals(255 - i, data.label(i));
        }
        assertEquals("class 255", data.classes().get(data.label(0)));
    }

    @Test
    void noImagesAreADataSetToo() {
        Dataset none = Dataset.of(SHAPE, new byte[0], new byte[0], CLASSES);
        assertEquals(0, none.size());
        assertEquals(0, none.samples().size());
        assertEquals(0, none.pixels().length);
    }

    @Test
    void fewerThanTwoAndMoreThan256ClassesAreRefused() {
        assertRefused("classes: from 2 to 256, not 0", new byte[0], new byte[0], List.of());
        assertRefused("classes: from 2 to 256, not 1", new byte[6], new byte[1], List.of("cat"));
        assertRefused("classes: from 2 to 256, not 257", new byte[6], new byte[1], names(257));
    }

    @Test
    void pixelsThatDoNotFitTheLabelsAreRefused() {
        assertRefused("2 labels need 12 pixels, not 11", new byte[11], new byte[2], CLASSES);
        assertRefused("0 labels need 0 pixels, not 6", new byte[6], new byte[0], CLASSES);
    }

    @Test
    void aLabelWithoutAClassIsRefusedWithItsImage() {
        assertRefused("label 2 of image 1 is not 0 to 1", new byte[12], new byte[]{1, 2}, CLASSES);
        assertRefused("label 255 of image 0 is not 0 to 1", new byte[12], new byte[]{-1, 0}, CLASSES);
        assertRefused("label 255 of image 0 is not 0 to 254", new byte[6], new byte[]{-1}, names(255));
    }

    @Test
    void anImageBeyondTheLastIsRefused() {
        Dataset data = twoInColour();
        assertThrows(IndexOutOfBoundsException.class, () -> data.label(2));
        assertThrows(IndexOutOfBoundsException.class, () -> data.pixels(2));
        assertThrows(IndexOutOfBoundsException.class, () -> data.pixels(-1));
    }
}
