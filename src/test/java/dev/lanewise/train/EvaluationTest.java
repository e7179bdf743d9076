package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.commons.math3.stat.interval.ConfidenceInterval;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluationTest {
    /** Of class 2 nothing was predicted; of class 3 there is no image. */
    private static final Evaluation BY_HAND = new Evaluation(new int[][]{
            {5, 1, 0, 0},
            {2, 7, 0, 1},
            {3, 1, 0, 0},
            {0, 0, 0, 0}}, 0.5);

    private static Evaluation of(int correct, int total) {
        return new Evaluation(new int[][]{{correct, total - correct}, {0, 0}}, 0);
    }

    @Test
    void countsByHand() {
        assertEquals(20, BY_HAND.total());
        assertEquals(12, BY_HAND.correct());
        assertEquals(0.6, BY_HAND.accuracy());
    }

    @Test
    void precisionIsOfTheColumnAndRecallOfTheRow() {
        assertEquals(5.0 / 10, BY_HAND.precision(0));
        assertEquals(5.0 / 6, BY_HAND.recall(0));
        assertEquals(7.0 / 9, BY_HAND.precision(1));
        assertEquals(7.0 / 10, BY_HAND.recall(1));
    }

    @Test
    void shareOfNothingIsNaN() {
        assertEquals(Double.NaN, BY_HAND.precision(2));
        assertEquals(0.0, BY_HAND.recall(2));
        assertEquals(0.0, BY_HAND.precision(3));
        assertEquals(Double.NaN, BY_HAND.recall(3));
        assertEquals(Double.NaN, of(0, 0).accuracy());
    }

    @Test
    void f1IsTheHarmonicMean() {
        assertEquals(2 * 0.5 * (5.0 / 6) / (0.5 + 5.0 / 6), BY_HAND.f1(0), 1e-15);
        assertEquals(Double.NaN, BY_HAND.f1(2));
        assertEquals(Double.NaN, BY_HAND.f1(3));
    }

    /** Each class that has images counts alike; a precision of nothing is 0. */
    @Test
    void macroAveragesAreOfTheClassesThatHaveImages() {
        assertEquals((5.0 / 6 + 0.7 + 0) / 3, BY_HAND.macro(BY_HAND::recall), 1e-15);
        assertEquals((0.5 + 7.0 / 9 + 0) / 3, BY_HAND.macro(BY_HAND::precision), 1e-15);
        assertEquals(Double.NaN, of(0, 0).macro(label -> 1));
    }

    @Test
    void chanceIsTheShareOfTheMostFrequentClassAsFarAsTheImagesTell() {
        assertEquals(1, BY_HAND.mostFrequent());
        assertEquals(0.5, BY_HAND.largestShare());
        assertTrue(BY_HAND.isNoBetterThanOneClass(), "60 % of 20 images may be 50 %");
        assertFalse(new Evaluation(new int[][]{{90, 10}, {20, 80}}, 0).isNoBetterThanOneClass());
        assertFalse(new Evaluation(new int[][]{{1, 0}, {0, 1}}, 0).isNoBetterThanOneClass(), "few, and all right");
        assertFalse(of(3, 20).isNoBetterThanOneClass(), "of one class, naming it always is the best");
    }

    /** The first four are published: Newcombe 1998, "Two-sided confidence intervals for the single proportion". */
    @ParameterizedTest
    @CsvSource({"81, 263, 0.2553, 0.3662", "15, 148, 0.0624, 0.1605", "0, 20, 0, 0.1611", "1, 29, 0.0061, 0.1718",
            "9800, 10000, 0.97707, 0.98257", "20, 20, 0.8389, 1"})
    void intervalIsWilsons(int correct, int total, double low, double high) {
        Evaluation.Interval interval = of(correct, total).interval();
        double rounding = total == 10000 ? 5.1e-6 : 5.1e-5;
        assertEquals(low, interval.low(), rounding);
        assertEquals(high, interval.high(), rounding);
    }

    @Test
    void intervalIsThatOfCommonsMathAndLiesBetweenZeroAndOne() {
        for (int total : new int[]{1, 2, 7, 50, 999, 10_000}) {
            for (int correct = 0; correct <= total; correct += Math.max(1, total / 97)) {
                String which = correct + " of " + total;
                ConfidenceInterval expected = new WilsonScoreInterval().createInterval(total, correct, 0.95);
                Evaluation.Interval interval = of(correct, total).interval();
                assertEquals(expected.getLowerBound(), interval.low(), 1e-9, which);
                assertEquals(expected.getUpperBound(), interval.high(), 1e-9, which);
                assertTrue(interval.low() >= -1e-15 && interval.high() <= 1 + 1e-15, which);
            }
        }
    }
}
