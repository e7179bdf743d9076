package dev.lanewise.kernel;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BiasTest {
    private static final int[] ROWS = {0, 1, 2, 7, 33};
    private static final int[] COLS = {0, 1, 3, 10, 16, 17, 67, 1000};

    @Test
    void addsToEveryRowAndNothingElse() {
        long seed = 1;
        SplittableRandom random = new SplittableRandom(seed);
        for (int rows : ROWS) {
            for (int cols : COLS) {
                for (int offset : new int[]{0, 5}) {
                    int ld = Math.max(1, cols) + random.nextInt(3);
                    float[] bias = Bits.spread(random, cols + random.nextInt(3));
                    float[] y = Bits.spread(random, offset + rows * ld + 4);
                    float[] expected = y.clone();
                    for (int i = 0; i < rows * cols; i++) {
                        int at = offset + i / cols * ld + i % cols;
                        expected[at] = y[at] + bias[i % cols];
                    }
                    Bias.add(bias, y, offset, ld, rows, cols);
                    Bits.assertSame(expected, y, "seed %d, %d x %d at %d".formatted(seed, rows, cols, offset));
                }
            }
        }
    }

    @Test
    void gradientSumsRowsAscendingInItsColumnsAlone() {
        long seed = 2;
        SplittableRandom random = new SplittableRandom(seed);
        float[] betas = {0f, 1f, -0.3f};
        for (int rows : ROWS) {
            for (int cols : COLS) {
                float[] dy = Bits.spread(random, rows * cols + 3);
                float beta = betas[random.nextInt(3)];
                for (int from = 0; from <= cols; from += 1 + cols / 5) {
                    int to = from + random.nextInt(cols - from + 1);
                    float[] dBias = Bits.spread(random, cols + 2);
                    float[] expected = dBias.clone();
                    for (int j = from; j < to; j++) {
                        float sum = beta == 0f ? 0f : beta * dBias[j];
                        for (int i = 0; i < rows; i++) {
                            sum += dy[i * cols + j];
                        }
                        expected[j] = sum;
                    }
                    Bias.gradient(dy, from, Math.max(1, cols), rows, to - from, beta, dBias, from);
                    Bits.assertSame(expected, dBias, "seed %d, %d x %d, %d to %d, beta %s".formatted(seed, rows, cols,
                            from, to, beta));
                }
            }
        }
    }

    @Test
    void gradientWithABetaOfZeroDoesNotReadWhatWasThere() {
        float[] dBias = {Float.NaN};
        Bias.gradient(new float[]{2f, 3f}, 0, 1, 2, 1, 0f, dBias, 0);
        Bits.assertSame(5f, dBias[0], "sum");
    }

    /** 2^24 + 1 - 2^24 is 0 from the top down and 1 in any other order. */
    @Test
    void theOrderOfTheSumIsFromTheFirstRowToTheLast() {
        float[] dy = {0x1p24f, 1f, -0x1p24f};
        float[] dBias = new float[1];
        Bias.gradient(dy, 0, 1, 3, 1, 0f, dBias, 0);
        Bits.assertSame(0f, dBias[0], "sum");
    }

    @Test
    void wrongArgumentsAreRefusedByName() {
        float[] six = new float[6];
        Bits.assertRefused("rows", () -> Bias.add(six, six, 0, 3, -1, 3), -1);
        Bits.assertRefused("cols", () -> Bias.add(six, six, 0, 3, 1, -3), -3);
        Bits.assertRefused("bias", () -> Bias.add(new float[2], six, 0, 3, 2, 3), 3, 2);
        Bits.assertRefused("y", () -> Bias.add(six, six, 1, 3, 2, 3), 6, 7);
        Bits.assertRefused("yOffset", () -> Bias.add(six, six, -1, 3, 1, 3), -1);
        Bits.assertRefused("ldy", () -> Bias.add(six, six, 0, 2, 1, 3), 3, 2);
        Bits.assertRefused("y", () -> Bias.add(new float[65536], six, 0, 65536, 65536, 65536), 65536, 6);

        Bits.assertRefused("rows", () -> Bias.gradient(six, 0, 3, -2, 3, 0f, six, 0), -2);
        Bits.assertRefused("cols", () -> Bias.gradient(six, 0, 3, 2, -3, 0f, six, 0), -3);
        Bits.assertRefused("dy", () -> Bias.gradient(new float[5], 0, 3, 2, 3, 0f, six, 0), 6, 5);
        Bits.assertRefused("dyOffset", () -> Bias.gradient(six, -1, 3, 2, 3, 0f, six, 0), -1);
        Bits.assertRefused("lddy", () -> Bias.gradient(six, 0, 2, 2, 3, 0f, six, 0), 3, 2);
        Bits.assertRefused("dBias", () -> Bias.gradient(six, 0, 3, 2, 3, 0f, new float[2], 0), 3, 2);
        Bits.assertRefused("dBias", () -> Bias.gradient(six, 0, 3, 2, 3, 0f, six, 4), 3, 4);
        Bits.assertRefused("dy", () -> Bias.gradient(six, 0, 65536, 65536, 3, 0f, six, 0), 65536, 6);
    }
}
