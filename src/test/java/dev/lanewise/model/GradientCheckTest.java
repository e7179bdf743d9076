package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.GradientCheck.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Single layers and losses; {@link GradientTest} checks networks. */
class GradientCheckTest {
    private static Dense dense(Activation activation) {
        Dense layer = new Dense("dense", 6, 5, activation);
        SplittableRandom random = new SplittableRandom(3);
        Initializer.HE.initialize(layer, random);
        for (int j = 0; j < 5; j++) {
            layer.bias().value()[j] = random.nextFloat() - 0.5f;
        }
        return layer;
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void aRightLayerPasses(Activation activation) {
        List<Finding> findings = GradientCheck.layer(dense(activation), 4, 7);
        assertEquals(List.of("x", "dense.weight", "dense.bias"), findings.stream().map(Finding::name).toList());
        assertTrue(findings.stream().allMatch(Finding::passed), findings::toString);
    }

    /** y = x^2 k, with what its backward makes of the derivative 2 x k. */
    private record Square(Parameter parameter, float factor, boolean summed) implements Layer {
        @Override
        public int inputs() {
            return 3;
        }

        @Override
        public int outputs() {
            return 3;
        }

        @Override
        public List<Parameter> parameters() {
            return List.of(parameter);
        }

        @Override
        public void forward(float[] x, float[] y, int from, int to) {
            for (int i = 3 * from; i < 3 * to; i++) {
                y[i] = x[i] * x[i] * parameter.value()[i % 3];
            }
        }

        @Override
        public void backward(float[] x, float[] y, float[] dy, float[] dx, int from, int to) {
            for (int i = 3 * from; i < 3 * to; i++) {
                dx[i] = factor * x[i] * parameter.value()[i % 3] * dy[i];
            }
        }

        @Override
        public void gradients(float[] x, float[] dy, int rows, int from, int to) {
            Arrays.fill(parameter.gradient(), 0f);
            for (int i = 0; i < 3 * (summed ? rows : 1); i++) {
                parameter.gradient()[i % 3] += x[i] * x[i] * dy[i];
            }
        }
    }

    private static List<String> failed(float factor, boolean summed) {
        Parameter k = Parameter.zeros("k", true, 3);
        k.value()[0] = 0.5f;
        k.value()[1] = -1.5f;
        k.value()[2] = 2f;
        return GradientCheck.layer(new Square(k, factor, summed), 4, 11).stream()
                .filter(finding -> !finding.passed()).map(Finding::name).toList();
    }

    @Test
    void aLayerOfOnesOwnIsJudgedByItsForward() {
        assertEquals(List.of(), failed(2f, true));
        assertEquals(List.of("x"), failed(1f, true), "2 forgotten");
        assertEquals(List.of("x"), failed(2.1f, true), "5 % off");
        assertEquals(List.of("k"), failed(2f, false), "only the first sample");
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void lossesPassAndAForeignOneFails(Loss loss) {
        for (float scale : new float[]{0.1f, 3f, 1000f}) {
            Finding finding = GradientCheck.loss(loss, loss::gradient, 8, 10, scale, 5);
            assertTrue(finding.passed(), finding::toString);
        }
        for (Loss other : Loss.values()) {
            if (other != loss) {
                assertFalse(GradientCheck.loss(loss, other::gradient, 8, 10, 3f, 5).passed(), other::toString);
            }
        }
    }

    static List<Architecture> small() {
        List<Architecture> all = new ArrayList<>();
        for (Activation activation : Activation.values()) {
            for (Loss loss : Loss.values()) {
                all.add(new Architecture(3, List.of(4), 3, activation, loss));
            }
        }
        return all;
    }

    /** The formulas in double, beside automatic differentiation by commons-math3. */
    @ParameterizedTest
    @MethodSource("small")
    void theReferenceIsWhatAutomaticDifferentiationFinds(Architecture architecture) {
        int rows = 3;
        Network network = GradientTest.network(architecture, rows);
        ReferenceNetwork reference = new ReferenceNetwork(architecture, network.parameters());
        double[] x = ReferenceNetwork.doubles(network.input(), rows * 3);
        List<double[]> expected = reference.gradients(x, network.labels(), rows);
        int free = reference.parameters.stream().mapToInt(values -> values.length).sum();
        List<DerivativeStructure[]> variables = new ArrayList<>();
        int index = 0;
        for (double[] values : reference.parameters) {
            DerivativeStructure[] variable = new DerivativeStructure[values.length];
            for (int i = 0; i < values.length; i++) {
                variable[i] = new DerivativeStructure(free, 1, index++, values[i]);
            }
            variables.add(variable);
        }
        DerivativeStructure mean = new DerivativeStructure(free, 1, 0.0);
        for (int row = 0; row < rows; row++) {
            DerivativeStructure[] a = new DerivativeStructure[3];
            for (int k = 0; k < 3; k++) {
                a[k] = new DerivativeStructure(free, 1, x[row * 3 + k]);
            }
            a = layer(a, variables.get(0), variables.get(1), architecture.activation());
            a = layer(a, variables.get(2), variables.get(3), Activation.NONE);
            mean = mean.add(loss(a, network.labels()[row], architecture.loss()).divide(rows));
        }
        assertEquals(mean.getValue(), reference.meanLoss(reference.forward(x, rows)[2], network.labels(), rows), 1e-12);
        double[] derivatives = mean.getAllDerivatives(); // the value, then each first derivative
        int at = 1;
        for (double[] gradient : expected) {
            for (double element : gradient) {
                assertEquals(derivatives[at++], element, 1e-13);
            }
        }
    }

    private static DerivativeStructure[] layer(DerivativeStructure[] x, DerivativeStructure[] w,
            DerivativeStructure[] b, Activation activation) {
        DerivativeStructure[] y = new DerivativeStructure[b.length];
        for (int j = 0; j < b.length; j++) {
            DerivativeStructure z = b[j];
            for (int k = 0; k < x.length; k++) {
                z = z.add(x[k].multiply(w[k * b.length + j]));
            }
            y[j] = switch (activation) {
                case NONE -> z;
                case RELU -> z.getValue() > 0 ? z : z.multiply(0.0);
                case SIGMOID -> z.negate().exp().add(1).reciprocal();
                case TANH -> z.tanh();
            };
        }
        return y;
    }

    private static DerivativeStructure loss(DerivativeStructure[] z, int label, Loss loss) {
        DerivativeStructure sum = z[0].multiply(0.0);
        for (DerivativeStructure logit : z) {
            sum = sum.add(logit.exp());
        }
        if (loss == Loss.CROSS_ENTROPY) {
            return sum.log().subtract(z[label]);
        }
        DerivativeStructure squares = z[0].multiply(0.0);
        for (int j = 0; j < z.length; j++) {
            DerivativeStructure p = loss == Loss.SQUARED_ERROR
                    ? z[j].negate().exp().add(1).reciprocal()
                    : z[j].exp().divide(sum);
            squares = squares.add(p.subtract(j == label ? 1 : 0).pow(2));
        }
        return squares.multiply(0.5);
    }
}
