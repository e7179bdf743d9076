package dev.lanewise.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class QuantizedTest {
    @Test
    void noWeightMovesByMoreThanHalfOfItsOutputsScale() {
        SplittableRandom random = new SplittableRandom(1);
        float[] weights = new float[7 * 100];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) ((random.nextDouble() - 0.5) * (1 + i / 100));
        }
        Quantized quantized = Quantized.of(weights, 7);
        for (int i = 0; i < weights.length; i++) {
            float scale = quantized.scales()[i / 100];
            assertEquals(weights[i], quantized.bytes()[i] * scale, 0.501 * scale);
        }
        for (int output = 0; output < 7; output++) {
            int largest = 0;
            for (int i = output * 100; i < output * 100 + 100; i++) {
                largest = Math.max(largest, Math.abs(quantized.bytes()[i]));
            }
            assertEquals(127, largest, "of output " + output);
        }
    }

    @Test
    void zerosStayZerosAndExtremesStayNumbers() {
        Quantized quantized = Quantized.of(new float[]{0, 0, -3, 0, 1e-45f, 3e38f}, 3);
        assertArrayEquals(new byte[]{0, 0, -127, 0, 0, 127}, quantized.bytes());
        for (float scale : quantized.scales()) {
            assertTrue(scale > 0 && Float.isFinite(scale));
        }
    }
}
