package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LossTest {
    @ParameterizedTest
    @CsvSource({"cross-entropy, CROSS_ENTROPY", "mse, SQUARED_ERROR", "softmax-mse, SOFTMAX_SQUARED_ERROR"})
    void namesAreThoseOfTheCommandLine(String name, Loss loss) {
        assertEquals(loss, Loss.of(name));
        assertEquals(name, loss.toString());
    }

    @Test
    void unknownNameIsRefusedWithTheKnownOnes() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Loss.of("hinge"));
        assertEquals("loss: hinge is not one of [cross-entropy, mse, softmax-mse]", e.getMessage());
    }

    /** Outputs 0: softmax says 1/4 of each of four classes, sigmoid 1/2. */
    @ParameterizedTest
    @CsvSource({"CROSS_ENTROPY, 1.3862943611, 0.25, -0.75", // ln 4; p; p - 1
            "SQUARED_ERROR, 0.5, 0.125, -0.125", // 4 (1/2)^2 / 2; 1/2 * 1/4
            "SOFTMAX_SQUARED_ERROR, 0.375, 0.0625, -0.1875"}) // (3/16 + 9/16) / 2; sum of d p is 0: p d
    void valuesByHand(Loss loss, double value, double wrong, double right) {
        float[] dz = new float[8];
        float[] losses = new float[2];
        loss.gradient(new float[8], new byte[]{0, 2}, 1, 2, 4, 1f, dz, losses);
        assertEquals(value, losses[1], 1e-6);
        assertEquals(0f, losses[0], "the row before is not touched");
        for (int j = 0; j < 4; j++) {
            assertEquals(0f, dz[j]);
            assertEquals(j == 2 ? right : wrong, dz[4 + j], 1e-7);
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void stayFiniteAtLargeOutputsAndAreSmallWhenRight(Loss loss) {
        float[] z = {-1e4f, 1e4f, -1e4f};
        float[] dz = new float[3];
        float[] losses = new float[1];
        loss.gradient(z, new byte[]{1}, 0, 1, 3, 1f, dz, losses);
        assertEquals(0f, losses[0]);
        loss.gradient(z, new byte[]{0}, 0, 1, 3, 1f, dz, losses);
        assertTrue(losses[0] >= 1 && losses[0] <= 2e4f, () -> loss + " of a wrong answer: " + losses[0]);
        for (float d : dz) {
            assertTrue(Float.isFinite(d));
        }
    }

    @Test
    void predictionsAreSoftmaxOrSigmoid() {
        float[] z = {0f, (float) Math.log(3)};
        for (Loss loss : List.of(Loss.CROSS_ENTROPY, Loss.SOFTMAX_SQUARED_ERROR, Loss.SQUARED_ERROR)) {
            float[] p = new float[2];
            loss.predict(z, p, 1, 2);
            assertEquals(loss == Loss.SQUARED_ERROR ? 0.5 : 0.25, p[0], 1e-6);
            assertEquals(0.75, p[1], 1e-6); // 3 / (1 + 3) for both
        }
    }
}
