package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Tuning;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LossTest {
    @Test
    void namesAreThoseOfTheCommandLine() {
        assertEquals(List.of("cross-entropy", "mse", "softmax-mse"), Losses.KINDS.names());
        assertEquals(new CrossEntropyLoss(), loss("cross-entropy"));
        assertEquals(new SigmoidSquaredErrorLoss(), loss("mse"));
        assertEquals(new SoftmaxSquaredErrorLoss(), loss("softmax-mse"));
    }

    private static Loss loss(String description) {
        return Loss.of(Spec.parse(description));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-entropy", "cross-entropy smoothing=0.1", "mse", "softmax-mse"})
    void descriptionIsWhatItWasMadeFrom(String description) {
        assertEquals(description, loss(description).spec().toString());
    }

    @Test
    void unknownNameIsRefusedWithTheKnownOnes() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> loss("hinge"));
        assertEquals("loss 'hinge' is not one of cross-entropy, mse, softmax-mse", e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void badSmoothingIsRefused(double bad) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new CrossEntropyLoss(bad));
        assertEquals("smoothing: a share from 0 to below 1, not " + bad, e.getMessage());
    }

    @Test
    void otherLossesTakeNoSmoothing() {
        for (String other : List.of("mse", "softmax-mse")) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> loss(other + " smoothing=0.1"));
            assertEquals("'%s smoothing=0.1': write it as '%s'".formatted(other, other), e.getMessage());
        }
    }

    /** Regularization is for training: evaluation compares with the labels as they are. */
    @Test
    void evaluationDoesNotSmooth() {
        assertEquals(new CrossEntropyLoss(), new CrossEntropyLoss(0.2).forEvaluation());
        assertEquals(new SigmoidSquaredErrorLoss(), new SigmoidSquaredErrorLoss().forEvaluation());
    }

    /** Outputs 0: softmax says 1/4 of each of four classes, sigmoid 1/2. */
    @ParameterizedTest
    @CsvSource({"cross-entropy, 1.3862943611, 0.25, -0.75", // ln 4; p; p - 1
            "mse, 0.5, 0.125, -0.125", // 4 (1/2)^2 / 2; 1/2 * 1/4
            "softmax-mse, 0.375, 0.0625, -0.1875"}) // (3/16 + 9/16) / 2; sum of d p is 0: p d
    void valuesByHand(String name, double value, double wrong, double right) {
        float[] dz = new float[8];
        float[] losses = new float[2];
        loss(name).lossAndGradient(Tuning.LONG, new float[8], new byte[]{0, 2}, 1, 2, 4, 1f, dz, losses);
        assertEquals(value, losses[1], 1e-6);
        assertEquals(0f, losses[0], "the row before is not touched");
        for (int j = 0; j < 4; j++) {
            assertEquals(0f, dz[j]);
            assertEquals(j == 2 ? right : wrong, dz[4 + j], 1e-7);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-entropy", "mse", "softmax-mse"})
    void stayFiniteAtLargeOutputsAndAreSmallWhenRight(String name) {
        Loss loss = loss(name);
        float[] z = {-1e4f, 1e4f, -1e4f};
        float[] dz = new float[3];
        float[] losses = new float[1];
        loss.lossAndGradient(Tuning.LONG, z, new byte[]{1}, 0, 1, 3, 1f, dz, losses);
        assertEquals(0f, losses[0]);
        loss.lossAndGradient(Tuning.LONG, z, new byte[]{0}, 0, 1, 3, 1f, dz, losses);
        assertTrue(losses[0] >= 1 && losses[0] <= 2e4f, () -> name + " of a wrong answer: " + losses[0]);
        for (float d : dz) {
            assertTrue(Float.isFinite(d));
        }
    }

    @Test
    void predictionsAreSoftmaxOrSigmoid() {
        float[] z = {0f, (float) Math.log(3)};
        for (String name : List.of("cross-entropy", "softmax-mse", "mse")) {
            float[] p = new float[2];
            loss(name).predict(z, p, 1, 2);
            assertEquals(name.equals("mse") ? 0.5 : 0.25, p[0], 1e-6);
            assertEquals(0.75, p[1], 1e-6); // 3 / (1 + 3) for both
        }
    }
}
