package dev.lanewise.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.explain.MistakePage.Curve;
import dev.lanewise.model.GradientCheck.Finding;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The curves do what the texts beside them say. */
class MistakePageTest {
    private static final int LAST = MistakePage.EPOCHS - 1;

    @ParameterizedTest
    @EnumSource(Mistake.class)
    void theCheckFailsAndTheCurveIsAsTheTextSays(Mistake mistake) {
        assertTrue(MistakePage.check(mistake).stream().anyMatch(finding -> !finding.passed()));
        assertTrue(MistakePage.check(null).stream().allMatch(Finding::passed));
        boolean raw = mistake == Mistake.NO_MAX_SHIFT;
        Curve right = MistakePage.train(null, raw);
        Curve wrong = MistakePage.train(mistake, raw);
        assertTrue(right.accuracies()[LAST] > 0.75 && right.firstNaN() == 0, () -> "" + right.accuracies()[LAST]);
        switch (mistake) {
            case NO_MAX_SHIFT, DIAGONAL_JACOBIAN -> {
                assertTrue(wrong.firstNaN() > 0 && Double.isNaN(wrong.losses()[LAST]));
                assertEquals(0.1, wrong.accuracies()[LAST], 1e-9);
            }
            case NO_BIAS_UPDATE -> assertEquals(right.losses()[LAST], wrong.losses()[LAST], 0.05);
            case MSE_DELTA_FOR_CROSS_ENTROPY -> {
                for (int epoch = 0; epoch <= LAST; epoch++) {
                    assertTrue(wrong.losses()[epoch] > 1.2 * right.losses()[epoch], "epoch " + epoch);
                }
                assertTrue(wrong.losses()[LAST] < 1);
            }
            case NO_LEARNING_RATE -> {
                for (double loss : wrong.losses()) {
                    assertTrue(loss > Math.log(10), () -> "" + loss);
                }
            }
        }
    }
}
