package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class CrossEntropyTest {
    /** Against the formula in double: the target is 1 - s for the label and s / classes more for all. */
    @ParameterizedTest
    @ValueSource(floats = {0f, 0.1f, 0.5f})
    void smoothedLabelsAreTheTarget(float smoothing) {
        assertTarget(10, new byte[]{3, 0, 9}, smoothing);
        assertTarget(200, new byte[]{3, (byte) 199, (byte) 128}, smoothing);
    }

    private static void assertTarget(int classes, byte[] labels, float smoothing) {
        SplittableRandom random = new SplittableRandom(21);
        float[] z = Bits.uniform(random, 3 * classes, 5);
        float[] dz = new float[z.length];
        float[] loss = new float[3];
        CrossEntropy.ofSoftmax(z, labels, 0, 3, classes, 0.25f, dz, loss);
        CrossEntropy.smoothLabels(z, labels, 1, 3, classes, 0.25f, smoothing, dz, loss);
        for (int i = 0; i < 3; i++) {
            double s = i == 0 ? 0 : smoothing; // row 0 is left alone
            double sum = 0;
            for (int j = 0; j < classes; j++) {
                sum += Math.exp(z[i * classes + j]);
            }
            double expected = 0;
            for (int j = 0; j < classes; j++) {
                double target = s / classes + (j == (labels[i] & 0xff) ? 1 - s : 0);
                double a = Math.exp(z[i * classes + j]) / sum;
                expected -= target * Math.log(a);
                assertEquals(0.25 * (a - target), dz[i * classes + j], 1e-7);
            }
            assertEquals(expected, loss[i], 1e-5);
        }
    }

    @Test
    void ofHugeLogitsItIsTheirDistance() {
        float[] dz = new float[2];
        float[] loss = new float[1];
        CrossEntropy.ofSoftmax(new float[]{1e4f, -1e4f}, new byte[]{1}, 0, 1, 2, 1f, dz, loss);
        Bits.assertSame(2e4f, loss[0], "loss");
        Bits.assertSame(new float[]{1f, -1f}, dz, "gradient");
        CrossEntropy.ofSoftmax(new float[]{3e38f, 0f}, new byte[]{1}, 0, 1, 2, 1f, dz, loss);
        Bits.assertSame(3e38f, loss[0], "loss");
    }

    @Test
    void unusualLogitsHaveTheBitsOfTheScalarTwin() {
        float[] unusual = {0f, -0f, 1f, -100f, 90f, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, Float.NaN,
                Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        for (int classes : new int[]{1, 2, 10, 16, 20, 200}) {
            long seed = 31 + classes;
            SplittableRandom random = new SplittableRandom(seed);
            int n = 500;
            float[] z = new float[n * classes];
            for (int i = 0; i < z.length; i++) { // up to all of them in a row
                z[i] = unusual[random.nextInt(1 + i / classes % unusual.length)];
            }
            byte[] labels = LossesTest.labels(random, n, classes);
            float[] dz = new float[z.length];
            float[] loss = new float[n];
            CrossEntropy.ofSoftmax(z, labels, 0, n, classes, 0.3f, dz, loss);
            float[] dzOfTwin = new float[z.length];
            float[] lossOfTwin = new float[n];
            String label = "seed %d, classes %d".formatted(seed, classes);
            ScalarCrossEntropy.ofSoftmax(z, labels, 0, n, classes, 0.3f, dzOfTwin, lossOfTwin);
            Bits.assertSame(loss, lossOfTwin, label);
            Bits.assertSame(dz, dzOfTwin, label);
        }
    }

    @Test
    void smoothingOutsideItsRangeIsRefused() {
        float[] z = new float[2];
        for (float bad : new float[]{-0.1f, 1f, Float.NaN}) {
            Bits.assertRefused("smoothing",
                    () -> CrossEntropy.smoothLabels(z, new byte[1], 0, 1, 2, 1f, bad, new float[2], new float[1]));
        }
    }
}
