package dev.lanewise.kernel.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.Bits;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("every-width")
class PixelsTest {
    private static byte[] allValues() {
        byte[] x = new byte[256];
        for (int i = 0; i < 256; i++) {
            x[i] = (byte) i;
        }
        return x;
    }

    @Test
    void allValuesAreTheProductWithTheRoundedReciprocal() {
        float[] y = new float[256];
        Pixels.toFloats(allValues(), 0, y, 0, 256);
        for (int i = 0; i < 256; i++) {
            Bits.assertSame((float) (i * (double) (float) (1 / 255.0)), y[i], "value " + i);
            assertEquals(i / 255.0, y[i], 1e-7, "value " + i);
        }
    }

    @Test
    void blackIsZeroAndWhiteIsOneExactly() {
        float[] y = new float[2];
        Pixels.toFloats(new byte[]{0, (byte) 255}, 0, y, 0, 2);
        Bits.assertSame(new float[]{0f, 1f}, y, "pixels");
    }

    @Test
    void anyLengthAndOffsetTouchesItsOwnElementsAlone() {
        byte[] x = allValues();
        float[] all = new float[256];
        Pixels.toFloats(x, 0, all, 0, 256);
        for (int n = 0; n <= 70; n++) {
            float[] y = new float[100];
            Arrays.fill(y, 7f);
            float[] expected = y.clone();
            System.arraycopy(all, 150, expected, 11, n);
            Pixels.toFloats(x, 150, y, 11, n);
            Bits.assertSame(expected, y, n + " pixels");
        }
    }

    @Test
    void prefetchChangesNothingAndStaysWithinTheArray() {
        byte[] x = allValues();
        Pixels.prefetch(x, 0, 256);
        Pixels.prefetch(x, 255, 1);
        Pixels.prefetch(x, 256, 0);
        assertArrayEquals(allValues(), x);
        Bits.assertRefused("x", () -> Pixels.prefetch(x, 200, 57), 200, 57, 256);
    }

    @Test
    void wrongArgumentsAreRefusedByName() {
        byte[] x = new byte[5];
        float[] y = new float[5];
        Bits.assertRefused("n", () -> Pixels.toFloats(x, 0, y, 0, -1), -1);
        Bits.assertRefused("x", () -> Pixels.toFloats(x, 3, y, 0, 3), 3, 5);
        Bits.assertRefused("y", () -> Pixels.toFloats(x, 0, y, -1, 3), -1, 5);
    }
}
