package dev.lanewise.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.model.Network;
import dev.lanewise.run.Recipe;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What softmax, bias, loss, conv and digit print, beside BigDecimal and commons-math3. */
class TopicsTest {
    private static final MathContext DIGITS = new MathContext(60);

    /** e^x by its series, x halved until it is small. */
    private static BigDecimal exp(BigDecimal x) {
        BigDecimal small = x.divide(new BigDecimal(1 << 20), DIGITS);
        BigDecimal term = BigDecimal.ONE;
        BigDecimal sum = BigDecimal.ONE;
        for (int n = 1; n < 12; n++) {
            term = term.multiply(small, DIGITS).divide(new BigDecimal(n), DIGITS);
            sum = sum.add(term, DIGITS);
        }
        for (int i = 0; i < 20; i++) {
            sum = sum.multiply(sum, DIGITS);
        }
        return sum;
    }

    private static BigDecimal[] softmax(float[] z) {
        BigDecimal[] exps = new BigDecimal[z.length];
        BigDecimal sum = BigDecimal.ZERO;
        for (int j = 0; j < z.length; j++) {
            exps[j] = exp(new BigDecimal(z[j]));
            sum = sum.add(exps[j]);
        }
        for (int j = 0; j < z.length; j++) {
            exps[j] = exps[j].divide(sum, DIGITS);
        }
        return exps;
    }

    @Test
    void theStableSoftmaxIsExactToOneUlpWhereTheNaiveOneIsNaN() {
        for (float shift : new float[]{0f, 80f, 100f, 998f}) {
            float[] z = {SoftmaxTopic.Z[0] + shift, SoftmaxTopic.Z[1] + shift, SoftmaxTopic.Z[2] + shift};
            float[] stable = SoftmaxTopic.stable(z, 1);
            BigDecimal[] expected = softmax(z);
            for (int j = 0; j < 3; j++) {
                BigDecimal error = new BigDecimal(stable[j]).subtract(expected[j]).abs();
                assertTrue(error.compareTo(new BigDecimal(Math.ulp(stable[j]))) <= 0, z[j] + ": " + stable[j]);
                assertEquals(shift > 88, Float.isNaN(SoftmaxTopic.naive(z)[j]), Arrays.toString(z));
            }
        }
        float last = SoftmaxTopic.lastFiniteExponent();
        assertEquals(88.7228, last, 1e-4);
        assertFalse(Float.isNaN(SoftmaxTopic.naive(new float[]{last, 0f})[0]));
        assertTrue(Float.isNaN(SoftmaxTopic.naive(new float[]{Math.nextUp(last), 0f})[0]));
    }

    @Test
    void theJacobianCarriesTheGradientToSMinusY() {
        double[] p = Arrays.stream(softmax(SoftmaxTopic.Z)).mapToDouble(BigDecimal::doubleValue).toArray();
        RealVector s = MatrixUtils.createRealVector(p);
        RealMatrix jacobian = MatrixUtils.createRealDiagonalMatrix(p).subtract(s.outerProduct(s));
        float[] single = SoftmaxTopic.stable(SoftmaxTopic.Z, 1);
        float[] g = SoftmaxTopic.lossGradient(single);
        double[] expectedG = new double[3];
        expectedG[SoftmaxTopic.LABEL] = -1 / p[SoftmaxTopic.LABEL];
        double[] expected = jacobian.transpose().operate(expectedG);
        for (int j = 0; j < 3; j++) {
            for (int i = 0; i < 3; i++) {
                assertEquals(jacobian.getEntry(i, j), SoftmaxTopic.jacobian(single)[i * 3 + j], 1e-7);
            }
            assertEquals(expected[j], SoftmaxTopic.throughJacobian(single, g)[j], 3e-7);
            assertEquals(expected[j], SoftmaxTopic.fused(SoftmaxTopic.Z)[j], 1e-7);
            assertEquals(p[j] * (1 - p[j]) * expectedG[j], SoftmaxTopic.diagonalOnly(single, g)[j], 3e-7);
        }
        assertTrue(
                SoftmaxTopic.distance(SoftmaxTopic.diagonalOnly(single, g), SoftmaxTopic.fused(SoftmaxTopic.Z)) > 0.6);
    }

    @Test
    void aBiasVectorAndAColumnOfOnesAreTheSameBits() {
        BiasTopic.Vector vector = BiasTopic.Vector.compute();
        BiasTopic.Ones ones = BiasTopic.Ones.compute();
        assertArrayEquals(vector.z, ones.z);
        assertArrayEquals(vector.dW, Arrays.copyOf(ones.dW, 4));
        assertArrayEquals(vector.db, Arrays.copyOfRange(ones.dW, 4, 6));
        RealMatrix x = MatrixUtils.createRealMatrix(new double[][]{{0.5, -1, 1}, {2, 0.3, 1}, {-0.7, 1.1, 1}});
        RealMatrix delta = MatrixUtils.createRealMatrix(new double[][]{{0.25, -0.5}, {-0.1, 0.7}, {0.35, 0.15}});
        RealMatrix expected = x.transpose().multiply(delta);
        for (int i = 0; i < 6; i++) {
            assertEquals(expected.getEntry(i / 2, i % 2), ones.dW[i], 1e-6);
        }
        assertTrue(BiasTopic.page().in(Page.Format.PLAIN).contains("z: the same to the last bit. Gradients: the same"));
    }

    @Test
    void logSumExpIsExactWhereTheLogarithmOfAProbabilityIsNot() {
        for (float top : new float[]{5f, 50f, 100f, 104f, 200f}) {
            float[] z = {0f, top};
            double expected = top + Math.log1p(Math.exp(-top));
            assertEquals(expected, LossTopic.logSumExp(z, 0), Math.ulp((float) expected));
            double naive = LossTopic.logOfProbability(z, 0);
            assertEquals(top > 103.97, Double.isInfinite(naive));
            assertEquals(top < 90, Math.abs(naive - expected) < 1e-4, top + ": " + naive);
        }
    }

    @Test
    void oneHotAndIndexLabelsGiveTheSameLossAndGradient() {
        String page = LossTopic.page().in(Page.Format.PLAIN);
        List<String> lines = page.lines().toList();
        for (String pair : new String[]{"L = -sum_j y_j ln p_j, one-hot>L = -ln p[label], by index",
                "dL/dz = p - y, one-hot>dL/dz = p, less 1 at the label, by index"}) {
            List<List<String>> found = Arrays.stream(pair.split(">")).map(name -> {
                int at = 0;
                while (!lines.get(at).strip().startsWith(name)) {
                    at++;
                }
                return lines.subList(at + 1, at + (name.startsWith("L") ? 2 : 3));
            }).toList();
            assertEquals(found.get(0), found.get(1));
        }
        double[] p = Arrays.stream(softmax(Arrays.copyOf(LossTopic.Z, 3))).mapToDouble(BigDecimal::doubleValue)
                .toArray();
        assertTrue(page.contains("%9.4f %9.4f %9.4f".formatted(p[0] - 1, p[1], p[2])), page);
        assertTrue(page.contains("%9.4f".formatted(-Math.log(p[0]))), page);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-entropy", "mse", "softmax-mse"})
    void pixelsAndBiasesOfAReluNetworkSumToTheDifferenceOfTwoLogits(String loss) {
        Dataset data = BuiltInDigits.draw(5, 20);
        Network network = Recipe.mlp(12, 9).with(Recipe.LOSS, loss).with(Recipe.DROPOUT, 0.5).seed(4)
                .network(data.shape(), 10); // biases 0: the pixels' share is all
        for (int image = 0; image < data.size(); image++) {
            DigitTopic topic = new DigitTopic(network, data, image);
            double sum = 0;
            for (float push : topic.pushes()) {
                sum += push;
            }
            assertEquals(topic.logits()[topic.answer()] - topic.logits()[topic.runnerUp()], sum, 1e-4);
            String page = DigitTopic.page(network, data.classes(), data, image, "digits").in(Page.Format.PLAIN);
            assertTrue(page.startsWith("Test image %d of digits, a %d, read as a %d\n".formatted(image,
                    data.label(image), topic.answer())), page);
        }
    }

    /** Through relu, windows and dropped channels too: biases are 0. */
    @Test
    void pixelsOfAConvolutionalNetworkSumToTheDifferenceOfTwoLogits() {
        Dataset data = BuiltInDigits.draw(5, 8);
        Network network = Recipe.USUAL.with(Recipe.LAYERS, "conv 4 3x3, relu, drop-channels 0.3, pool 2, "
                + "conv 5 3x3 padding=1, relu, average-pool 3, dropout 0.5").seed(4).network(data.shape(), 10);
        for (int image = 0; image < data.size(); image++) {
            DigitTopic topic = new DigitTopic(network, data, image);
            double sum = 0;
            for (float push : topic.pushes()) {
                sum += push;
            }
            assertEquals(topic.logits()[topic.answer()] - topic.logits()[topic.runnerUp()], sum, 1e-4);
        }
    }

    /** The page's row of a layer whose samples lie interleaved is of the one image, as the formula in double has it. */
    @Test
    void aLayersRowIsOfTheImageAlone() {
        Dataset data = BuiltInDigits.draw(5, 3);
        Network network = Recipe.USUAL.with(Recipe.LAYERS, "conv 4 3x3, pool 2").seed(4).network(data.shape(), 10);
        double[] x = new double[784];
        for (int i = 0; i < x.length; i++) {
            x[i] = (data.pixels(2)[i] & 0xff) / 255.0;
        }
        double[] y = network.layers().getFirst().reference().orElseThrow().forward(x, 1);
        String row = "conv 4 3x3 26 x 26 x 4 %d %.3f %.3f ".formatted(Arrays.stream(y).filter(v -> v != 0).count(),
                Arrays.stream(y).min().orElseThrow(), Arrays.stream(y).max().orElseThrow());
        String page = DigitTopic.page(network, data.classes(), data, 2, "digits").in(Page.Format.PLAIN).replaceAll(" +",
                " ");
        assertTrue(page.contains(row), row + " in " + page);
    }

    /** Beside sums written out anew, in double, and not as convolutions. */
    @Test
    void aConvolutionsGradientsAreWhereItsTermsCameFrom() {
        double[] y = new double[9];
        double[] dw = new double[9];
        double[] dx = new double[25];
        double db = 0;
        for (int out = 0; out < 9; out++) {
            y[out] = ConvTopic.B;
            db += ConvTopic.DY[out];
            for (int tap = 0; tap < 9; tap++) {
                int at = (out / 3 + tap / 3) * 5 + out % 3 + tap % 3;
                y[out] += (double) ConvTopic.X[at] * ConvTopic.W[tap];
                dw[tap] += (double) ConvTopic.X[at] * ConvTopic.DY[out];
                dx[at] += (double) ConvTopic.W[tap] * ConvTopic.DY[out];
            }
        }
        assertNear(y, ConvTopic.forward(ConvTopic.X, ConvTopic.W, ConvTopic.B));
        assertNear(dw, ConvTopic.weightGradient(ConvTopic.X, ConvTopic.DY));
        assertNear(dw, ConvTopic.correlate(ConvTopic.X, 5, ConvTopic.DY, 3));
        assertNear(new double[]{db}, ConvTopic.biasGradient(ConvTopic.DY));
        assertNear(dx, ConvTopic.inputGradient(ConvTopic.W, ConvTopic.DY));
        assertNear(dx, ConvTopic.correlate(ConvTopic.framed(ConvTopic.DY, 3, 2), 7, ConvTopic.flipped(ConvTopic.W), 3));
    }

    private static void assertNear(double[] expected, float[] actual) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 5e-7);
        }
    }

    @Test
    void theConvolutionsPageShowsTheTermsOfAnOutputAndSmallDifferences() {
        String page = ConvTopic.page().in(Page.Format.PLAIN);
        float shown = ConvTopic.forward(ConvTopic.X, ConvTopic.W, ConvTopic.B)[ConvTopic.SHOWN_ROW * 3
                + ConvTopic.SHOWN_COLUMN];
        List<String> terms = page.lines().filter(line -> line.matches("  x\\[\\d, \\d\\] w.*")).toList();
        assertEquals(9, terms.size());
        assertTrue(terms.getLast().endsWith("  %.4f".formatted(shown)), terms::toString);
        List<String> checks = page.lines().filter(line -> line.matches("  dL/d[wbx] +\\d.*")).toList();
        assertEquals(3, checks.size(), page);
        for (String check : checks) {
            String[] words = check.strip().split(" +");
            assertTrue(Double.parseDouble(words[2]) < 5e-7 && Double.parseDouble(words[3]) < 1e-6, check);
        }
    }

    @Test
    void maxPoolingSendsItsGradientToTheFirstOfTheLargest() {
        List<float[]> pooled = ConvTopic.pooled();
        assertArrayEquals(new float[]{3, 2, 5, 0}, pooled.get(0));
        float[] expected = new float[16];
        expected[1] = 0.1f;
        expected[2] = 0.2f; // of three twos
        expected[8] = 0.3f; // of two fives
        expected[10] = 0.4f;
        assertArrayEquals(expected, pooled.get(1));
    }
}
