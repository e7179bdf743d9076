package dev.lanewise.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.explain.Page.Matrix;
import dev.lanewise.explain.Xor.Cost;
import dev.lanewise.explain.Xor.Recipe;
import dev.lanewise.explain.Xor.Training;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.analysis.function.Sigmoid;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealMatrixChangingVisitor;
import org.apache.commons.math3.linear.DefaultRealMatrixChangingVisitor;
import org.junit.jupiter.api.Test;

/** The four samples once more, in double with commons-math3. */
class XorTest {
    private static RealMatrix matrix(Matrix matrix) {
        return matrix(matrix.rows, matrix.cols, matrix.values);
    }

    private static RealMatrix matrix(int rows, int cols, float[] values) {
        RealMatrix result = new Array2DRowRealMatrix(rows, cols);
        for (int i = 0; i < rows * cols; i++) {
            result.setEntry(i / cols, i % cols, values[i]);
        }
        return result;
    }

    private static RealMatrix each(RealMatrix m, RealMatrixChangingVisitor visitor) {
        RealMatrix copy = m.copy();
        copy.walkInRowOrder(visitor);
        return copy;
    }

    private static RealMatrix sigmoid(RealMatrix z) {
        return each(z, new DefaultRealMatrixChangingVisitor() {
            @Override
            public double visit(int row, int column, double value) {
                return new Sigmoid().value(value);
            }
        });
    }

    /** dh * h * (1 - h). */
    private static RealMatrix throughSigmoid(RealMatrix dh, RealMatrix h) {
        return each(dh, new DefaultRealMatrixChangingVisitor() {
            @Override
            public double visit(int row, int column, double value) {
                double a = h.getEntry(row, column);
                return value * a * (1 - a);
            }
        });
    }

    private static void assertMatrix(RealMatrix expected, Matrix actual) {
        assertEquals(expected.getRowDimension() * expected.getColumnDimension(), actual.values.length);
        for (int i = 0; i < actual.values.length; i++) {
            assertEquals(expected.getEntry(i / actual.cols, i % actual.cols), actual.values[i], 2e-7,
                    actual.formula);
        }
    }

    @Test
    void everyMatrixOnPaperIsThatOfCommonsMath() {
        List<Matrix> paper = Xor.paper();
        Map<String, Matrix> named = new HashMap<>();
        paper.forEach(matrix -> named.put(matrix.formula.split(" =|, ")[0], matrix));
        assertEquals(18, named.size(), named.keySet()::toString);
        RealMatrix x = matrix(named.get("x"));
        assertArrayEquals(new double[]{1, 0, 1}, x.getRow(0));
        RealMatrix w1 = matrix(named.get("W1"));
        RealMatrix w2 = matrix(named.get("W2^T")).transpose();
        RealMatrix z1 = x.multiply(w1).add(matrix(named.get("b1")));
        assertMatrix(z1, named.get("z1"));
        RealMatrix h = sigmoid(z1);
        assertMatrix(h, named.get("h"));
        RealMatrix z2 = h.multiply(w2).add(matrix(named.get("b2")));
        assertMatrix(z2, named.get("z2"));
        double a = sigmoid(z2).getEntry(0, 0);
        assertMatrix(new Array2DRowRealMatrix(new double[]{a}), named.get("a"));
        assertMatrix(new Array2DRowRealMatrix(new double[]{-Math.log(a)}), named.get("L"));
        RealMatrix delta2 = new Array2DRowRealMatrix(new double[]{a - 1});
        assertMatrix(delta2, named.get("delta2"));
        RealMatrix dW2 = h.transpose().multiply(delta2);
        assertMatrix(dW2.transpose(), named.get("(dL/dW2)^T"));
        assertMatrix(delta2, named.get("dL/db2"));
        RealMatrix dh = delta2.multiply(w2.transpose());
        assertMatrix(dh, named.get("dL/dh"));
        RealMatrix delta1 = throughSigmoid(dh, h);
        assertMatrix(delta1, named.get("delta1"));
        assertMatrix(x.transpose().multiply(delta1), named.get("dL/dW1"));
        assertMatrix(delta1, named.get("dL/db1"));
        assertMatrix(w2.subtract(dW2.scalarMultiply(Xor.RATE)).transpose(), named.get("new W2^T"));
    }

    /** Gradient descent in double from the same weights; returns the outputs. */
    private static double[] train(Cost cost, int steps) {
        Map<String, Matrix> start = new HashMap<>();
        Xor.paper().forEach(matrix -> start.put(matrix.formula, matrix));
        RealMatrix x = matrix(4, 3, Xor.X);
        RealMatrix y = matrix(4, 1, Xor.Y);
        RealMatrix ones = matrix(4, 1, new float[]{1, 1, 1, 1});
        RealMatrix w1 = matrix(start.get("W1"));
        RealMatrix b1 = matrix(start.get("b1"));
        RealMatrix w2 = matrix(start.get("W2^T")).transpose();
        RealMatrix b2 = matrix(start.get("b2"));
        for (int step = 0;; step++) {
            RealMatrix h = sigmoid(x.multiply(w1).add(ones.multiply(b1)));
            RealMatrix a = sigmoid(h.multiply(w2).add(ones.multiply(b2)));
            if (step == steps) {
                return a.getColumn(0);
            }
            RealMatrix d = a.subtract(y).scalarMultiply(0.25 * Xor.RATE);
            RealMatrix delta2 = cost == Cost.CROSS_ENTROPY ? d : throughSigmoid(d, a);
            RealMatrix delta1 = throughSigmoid(delta2.multiply(w2.transpose()), h);
            w2 = w2.subtract(h.transpose().multiply(delta2));
            b2 = b2.subtract(ones.transpose().multiply(delta2));
            w1 = w1.subtract(x.transpose().multiply(delta1));
            b1 = b1.subtract(ones.transpose().multiply(delta1));
        }
    }

    @Test
    void trainingIsThatOfCommonsMath() {
        for (Cost cost : Cost.values()) {
            for (int steps : new int[]{0, 1, 50, Xor.STEPS}) {
                double[] expected = train(cost, steps);
                float[] outputs = new Training(Recipe.PLAIN.with(cost)).run(steps).outputs();
                for (int i = 0; i < 4; i++) {
                    assertEquals(expected[i], outputs[i], 1e-4, cost + " after " + steps); // measured: 4e-6
                }
            }
        }
    }

    @Test
    void withCrossEntropyAllFourOutputsAreWithinATwentiethOfTheirTargets() {
        Training training = new Training(Recipe.PLAIN).run(Xor.STEPS);
        for (int i = 0; i < 4; i++) {
            assertEquals(Xor.Y[i], training.outputs()[i], 0.05f);
        }
        assertEquals(1.9e-3, training.loss(), 1e-4);
    }

    /** At 0.5 the derivative of the sigmoid is at its largest, a quarter: that is what the rate makes up for. */
    @Test
    void squaredErrorStartsSlowerAndAtFourTimesTheRateAsCrossEntropyDoes() {
        Recipe squaredError = Recipe.PLAIN.with(Cost.SQUARED_ERROR);
        double crossEntropy = worst(new Training(Recipe.PLAIN).run(200));
        double slow = worst(new Training(squaredError).run(200));
        double fast = worst(new Training(squaredError.withRate(4 * Xor.RATE, true)).run(200));
        assertTrue(crossEntropy < 0.15 && slow > 0.45 && fast < 0.2, crossEntropy + ", " + slow + " and " + fast);
        float[] first = new Training(Recipe.PLAIN).run(10).outputs();
        float[] same = new Training(squaredError.withRate(4 * Xor.RATE, true)).run(10).outputs();
        for (int i = 0; i < 4; i++) {
            assertEquals(first[i], same[i], 0.01);
        }
    }

    /** From a start that is sure and wrong, no rate helps: the derivative is next to 0. */
    @Test
    void squaredErrorStaysWhereItIsSureAndWrongAndCrossEntropyLeaves() {
        assertEquals(0.25, new Sigmoid().value(0) * (1 - new Sigmoid().value(0)));
        assertEquals(new Sigmoid().value(10) * (1 - new Sigmoid().value(10)), Xor.outputDerivative(), 1e-7);
        double crossEntropy = worst(new Training(Recipe.PLAIN).sure().run(200));
        double squaredError = worst(new Training(Recipe.PLAIN.with(Cost.SQUARED_ERROR).withRate(4 * Xor.RATE, true))
                .sure().run(200));
        assertTrue(crossEntropy < 0.1 && squaredError > 0.99, crossEntropy + " and " + squaredError);
    }

    private static double worst(Training training) {
        double worst = 0;
        for (int i = 0; i < 4; i++) {
            worst = Math.max(worst, Math.abs(training.outputs()[i] - Xor.Y[i]));
        }
        return worst;
    }

    @Test
    void theVariantsDoWhatTheTextSays() {
        Map<String, Training> trained = new HashMap<>();
        Xor.variants().forEach((name, recipe) -> trained.put(name, new Training(recipe).run(Xor.STEPS)));
        Training plain = trained.get("1/m, rate 2, biases");
        // A quarter is a power of two: dividing the rate by m instead of the gradient leaves every bit as it was.
        assertArrayEquals(plain.outputs(), trained.get("no 1/m, rate 0.5").outputs());
        for (int i = 0; i < 4; i++) {
            assertEquals(plain.outputs()[i], trained.get("1/m, samples 25 times").outputs()[i], 1e-4);
            assertTrue(trained.get("no 1/m, no rate, 25 times").outputs()[i] > 0.99);
        }
        assertEquals(0, trained.get("biases not updated").biasNorm());
        assertTrue(trained.get("biases not updated").loss() < 0.01);
        Training decayed = trained.get("decay 0.001 of weights");
        assertTrue(decayed.weightNorm() < plain.weightNorm() && decayed.loss() > plain.loss());
        assertTrue(decayed.biasNorm() > trained.get("decay 0.001 of biases too").biasNorm());
    }
}
