package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.Shape;
import org.junit.jupiter.api.Test;

class SamplesTest {
    private static final byte[] PIXELS = {0, 51, 102, (byte) 153, (byte) 204, (byte) 255, 0, 51};

    private static float[] gathered(Samples samples, int... numbers) {
        Input input = Input.of(samples, numbers.length);
        float[] values = input.values();
        input.gather(numbers, 0, numbers.length);
        return values;
    }

    @Test
    void bytesBecomeSamples() {
        Samples samples = new Samples(PIXELS, new Shape(2, 2, 1));
        assertEquals(2, samples.size());
        assertArrayEquals(new float[]{0.8f, 1f, 0f, 0.2f, 0f, 0.2f, 0.4f, 0.6f}, gathered(samples, 1, 0), 1e-6f);
    }

    @Test
    void samplesVaryAndTakeOtherShapes() {
        Samples samples = new Samples(PIXELS, new Shape(2, 2, 1));
        Samples varied = samples.varied((_, number, images, offset, out, outOffset) -> {
            System.arraycopy(images, offset, out, outOffset, 4);
            out[outOffset] = (byte) (255 * number);
        });
        assertArrayEquals(new float[]{1f, 1f, 0f, 0.2f}, gathered(varied, 1), 1e-6f);
        assertArrayEquals(new float[]{0.8f, 1f, 0f, 0.2f}, gathered(samples, 1), 1e-6f);
        assertEquals(Shape.vector(4), varied.reshaped(Shape.vector(4)).shape());
        assertArrayEquals(new float[]{1f, 1f, 0f, 0.2f}, gathered(varied.reshaped(Shape.vector(4)), 1), 1e-6f);
    }

    @Test
    void whatIsOfNoShapeIsRefused() {
        assertEquals("pixels: 8 bytes are no whole number of samples of 1 x 3",
                assertThrows(IllegalArgumentException.class, () -> new Samples(PIXELS, new Shape(1, 3, 1)))
                        .getMessage());
        Samples samples = new Samples(PIXELS, new Shape(2, 2, 1));
        assertThrows(IllegalArgumentException.class, () -> samples.reshaped(Shape.vector(8)));
    }
}
