package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import org.junit.jupiter.api.Test;

class PixelTableTest {
    private static PixelTable of(double... values) {
        PixelTable table = new PixelTable();
        for (double value : values) {
            table.add(value);
        }
        return table;
    }

    @Test
    void theLargestValueSaysWhatFullInkIs() {
        assertEquals(1, of(0, 0.25, 1).fullInk());
        assertEquals(1, of(0, 1).fullInk(), "black and white");
        assertEquals(16, of(0, 2).fullInk());
        assertEquals(16, of(16).fullInk());
        assertEquals(255, of(16.5).fullInk());
        assertEquals(255, of(255).fullInk());
        assertEquals(255, of(0, 0).fullInk(), "no ink is none on any scale");
        assertNull(of(17).note());
        assertEquals("values 0 to 16 scaled to 0 to 255", of(15).note());
    }

    @Test
    void tablesThatBelongTogetherHaveOneScale() {
        PixelTable both = of(0.5);
        assertTrue(both.isFractional());
        both.add(of(200));
        assertEquals(255, both.fullInk());
        assertTrue(both.isFractional());
        assertFalse(of(0, 200).isFractional());
    }

    /** What was divided by 255 and rounded to floats comes back as the byte that it was. */
    @Test
    void bytesThatWereScaledToOneComeBack() {
        byte[] whole = new byte[17];
        for (int value = 0; value < 256; value++) {
            assertEquals((byte) value, PixelTable.pixel(value / 255f, 1));
            assertEquals((byte) value, PixelTable.pixel(value, 255));
        }
        for (int i = 0; i <= 16; i++) {
            whole[i] = (byte) i;
        }
        PixelTable.scale(whole, 16);
        assertArrayEquals(new byte[]{0, 16, 32, 48, 64, 80, 96, 112, (byte) 128, (byte) 143, (byte) 159, (byte) 175,
                (byte) 191, (byte) 207, (byte) 223, (byte) 239, (byte) 255}, whole);
    }

    @Test
    void oneOrThreeChannelsMayComeFirst() {
        assertEquals(new Shape(28, 27, 1), PixelTable.shape(new int[]{5, 28, 27}));
        assertEquals(new Shape(28, 27, 1), PixelTable.shape(new int[]{5, 1, 28, 27}));
        assertEquals(new Shape(28, 27, 3), PixelTable.shape(new int[]{5, 3, 28, 27}));
        assertEquals(new Shape(28, 27, 3), PixelTable.shape(new int[]{5, 28, 27, 3}));
        assertEquals(new Shape(1, 27, 1), PixelTable.shape(new int[]{5, 1, 27, 1}));
        assertEquals(new Shape(2, 28, 27), PixelTable.shape(new int[]{5, 2, 28, 27}));
    }

    @Test
    void asManyPixelsAsASquareHasAreOne() {
        assertEquals(new Shape(28, 28, 1), PixelTable.shape(784));
        assertEquals(new Shape(1, 1, 1), PixelTable.shape(1));
        assertEquals(Shape.vector(783), PixelTable.shape(783));
    }
}
