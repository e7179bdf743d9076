package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PredictionsTest {
    /** Four images and three classes; of class 2 there is none. */
    private static final Predictions BY_HAND = of(new float[]{
            0.8f, 0.1f, 0.1f, // a 0, predicted 0
            0.3f, 0.3f, 0.4f, // a 1, predicted 2; 0 is as probable as it, and comes first
            0.6f, 0.4f, 0.0f, // a 1, predicted 0
            0.0f, 1.0f, 0.0f}, // a 1, predicted 1
            new int[]{0, 2, 0, 1}, new int[]{0, 1, 1, 1});

    private static Predictions of(float[] probabilities, int[] predicted, int[] labels) {
        int classes = labels.length == 0 ? 3 : probabilities.length / labels.length;
        int[][] confusion = new int[classes][classes];
        for (int i = 0; i < labels.length; i++) {
            confusion[labels[i]][predicted[i]]++;
        }
        return new Predictions(new Evaluation(confusion, 0.5), probabilities, predicted, labels);
    }

    @Test
    void theSecondGuessCounts() {
        assertEquals(3 / 4.0, BY_HAND.top2Accuracy());
        assertEquals(1, BY_HAND.top2Accuracy(0));
        assertEquals(2 / 3.0, BY_HAND.top2Accuracy(1));
        assertEquals(Double.NaN, BY_HAND.top2Accuracy(2));
        assertEquals(Double.NaN, of(new float[0], new int[0], new int[0]).top2Accuracy());
    }

    @Test
    void mistakesComeByConfidenceAndDoubtByItsContrary() {
        assertArrayEquals(new int[]{2, 1}, BY_HAND.mistakes());
        assertArrayEquals(new int[]{1, 2, 0, 3}, BY_HAND.byDoubt());
    }

    /** Confidences 0.8 and 1 right, 0.4 and 0.6 wrong, each alone in its bin. */
    @Test
    void calibrationByHand() {
        Predictions.Calibration calibration = BY_HAND.calibration();
        assertEquals(15, calibration.bins().size());
        assertEquals((0.2 + 0 + 0.4 + 0.6) / 4, calibration.error(), 1e-7);
        assertEquals((0.8 + 0.4 + 0.6 + 1) / 4, calibration.confidence(), 1e-7);
        Predictions.Calibration.Bin last = calibration.bins().getLast();
        assertEquals(new Predictions.Calibration.Bin(14 / 15.0, 1, 1, 1, 1), last);
        assertEquals(0, calibration.bins().getFirst().images());
        assertTrue(Double.isNaN(calibration.bins().getFirst().accuracy()));
    }

    @Test
    void binsEndAtTheirUpperBound() {
        float third = (float) (5 / 15.0); // a hair above
        Predictions two = of(new float[]{third, 0.2f, 0, 0}, new int[]{0, 0}, new int[]{0, 0});
        assertEquals(1, two.calibration().bins().get(5).images());
        assertEquals(1, two.calibration().bins().get(0).images(), "0 is in the first");
    }

    /** What is as sure as it is right has no error, however sure. */
    @Test
    void theErrorOfTheWellCalibratedIsZero() {
        int[] labels = new int[100];
        int[] predicted = new int[100];
        float[] p = new float[200];
        for (int i = 0; i < 100; i++) {
            p[2 * i] = 0.75f;
            p[2 * i + 1] = 0.25f;
            labels[i] = i < 75 ? 0 : 1;
        }
        assertEquals(0, of(p, predicted, labels).calibration().error(), 1e-12);
    }
}
