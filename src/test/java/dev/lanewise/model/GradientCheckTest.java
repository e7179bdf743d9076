package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.model.GradientCheck.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Single layers and losses; {@link GradientTest} checks networks. */
class GradientCheckTest {
    private static <L extends Layer> L drawn(L layer) {
        SplittableRandom random = new SplittableRandom(3);
        layer.initialize(random, Initializer.HE);
        layer.parameters().stream().filter(p -> !p.decays()).forEach(p -> Perceptron.fill(p.value(), random));
        return layer;
    }

    private static final List<String> CALLS = List.of("in pieces", "without the gradient of x", "in the place of x");

    private static List<String> concat(List<String> a, List<String> b) {
        return Stream.concat(a.stream(), b.stream()).toList();
    }

    @Test
    void aRightDenseLayerPasses() {
        List<Finding> findings = GradientCheck.layer(drawn(new Dense("dense", Shape.vector(6), 5)), 4, 7);
        assertEquals(concat(List.of("x", "dense.weight", "dense.bias"), CALLS),
                findings.stream().map(Finding::name).toList());
        assertTrue(findings.stream().allMatch(Finding::passed), findings::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"relu", "sigmoid", "tanh", "dropout 0.4"})
    void aRightLayerWithoutParametersPasses(String description) {
        Spec spec = Spec.parse(description);
        Layer layer = Layers.KINDS.kind(spec.kind()).create(spec, spec.kind() + "1", Shape.vector(5));
        List<Finding> findings = GradientCheck.layer(layer, 4, 7);
        assertEquals(concat(List.of("x"), CALLS), findings.stream().map(Finding::name).toList());
        assertTrue(findings.stream().allMatch(Finding::passed), findings::toString);
    }

    private static List<String> failed(float factor, boolean summed) {
        Parameter k = Parameter.weight("k", 3);
        k.value()[0] = 0.5f;
        k.value()[1] = -1.5f;
        k.value()[2] = 2f;
        return GradientCheck.layer(new SquareLayer(k, factor, summed), 4, 11).stream()
                .filter(finding -> !finding.passed()).map(Finding::name).toList();
    }

    @Test
    void aLayerOfOnesOwnIsJudgedByItsForward() {
        assertEquals(List.of(), failed(2f, true));
        assertEquals(List.of("x"), failed(1f, true), "2 forgotten");
        assertEquals(List.of("x"), failed(2.1f, true), "5 % off");
        assertEquals(List.of("k"), failed(2f, false), "only the first sample");
    }

    /** Their derivatives are right, and a training with them is not. */
    @ParameterizedTest
    @CsvSource({"ADDS_TO_GRADIENTS, in pieces", "FORWARD_IGNORES_FROM, in pieces", "FORWARD_IGNORES_TO, in pieces",
            "BACKWARD_IGNORES_FROM, in pieces", "BACKWARD_ADDS_TO_DX, in pieces", "GRADIENTS_IGNORE_PARTS, in pieces",
            "GRADIENTS_SUM_ALL_ROOM, in pieces", "DX_TAKEN_FOR_GRANTED, without the gradient of x",
            "X_CHANGED, in pieces", "Y_NEEDED_LATER, in pieces",
            "X_NEEDED_LATER, in the place of x"})
    void layersThatWreckATrainingFailByTheirCalls(FaultyLayer.Fault fault, String failing) {
        List<Finding> right = GradientCheck.layer(FaultyLayer.of(FaultyLayer.Fault.NONE), 5, 11);
        assertTrue(right.stream().allMatch(Finding::passed), right::toString);
        FaultyLayer layer = FaultyLayer.of(fault);
        float[] values = layer.k().value().clone();
        List<Finding> findings = GradientCheck.layer(layer, 5, 11);
        assertTrue(findings.stream().limit(2).allMatch(Finding::passed), findings::toString);
        assertTrue(findings.stream().anyMatch(finding -> finding.name().startsWith(failing) && !finding.passed()),
                findings::toString);
        assertArrayEquals(values, layer.k().value(), "parameters are as they were");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-entropy", "cross-entropy smoothing=0.1", "mse", "softmax-mse"})
    void lossesPassAndAForeignOneFails(String name) {
        Loss loss = Loss.of(Spec.parse(name));
        for (float scale : new float[]{0.1f, 3f, 1000f}) {
            Finding finding = GradientCheck.loss(loss, loss, 8, 10, scale, 5);
            assertTrue(finding.passed(), finding::toString);
        }
        for (String other : Perceptron.LOSSES) {
            if (!other.equals(name)) {
                assertFalse(GradientCheck.loss(loss, Loss.of(Spec.of(other)), 8, 10, 3f, 5).passed(), other);
            }
        }
    }

    @Test
    void aNetworkWithALayerOfOnesOwnIsRefusedWhereNobodyWroteItsFormulas() {
        Network network = new Network(List.of(new SquareLayer(Parameter.weight("k", 3), 2f, true)),
                new CrossEntropyLoss());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> GradientCheck.network(network, new float[3], new byte[1], 1, 10, 1));
        assertEquals("square has no formulas in double (Layer.reference); check it with GradientCheck.layer",
                e.getMessage());
    }

    static Stream<Perceptron> small() {
        return Perceptron.all(3, 4, 3);
    }

    /** The formulas in double, beside automatic differentiation by commons-math3. */
    @ParameterizedTest
    @MethodSource("small")
    void theReferenceIsWhatAutomaticDifferentiationFinds(Perceptron perceptron) {
        int rows = 3;
        Pipeline pipeline = perceptron.atWork(rows, 6);
        ReferenceNetwork reference = new ReferenceNetwork(pipeline.network());
        double[] x = Reference.doubles(pipeline.input().values());
        List<double[]> expected = reference.gradients(x, pipeline.labels(), rows);
        int free = reference.parameters().stream().mapToInt(values -> values.length).sum();
        List<DerivativeStructure[]> variables = new ArrayList<>();
        int index = 0;
        for (double[] values : reference.parameters()) {
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
            a = layer(a, variables.get(0), variables.get(1), perceptron.activation());
            a = layer(a, variables.get(2), variables.get(3), "none");
            mean = mean.add(loss(a, pipeline.labels()[row], perceptron.loss()).divide(rows));
        }
        assertEquals(mean.getValue(), reference.meanLoss(reference.forward(x, rows).getLast(), pipeline.labels(),
                rows), 1e-12);
        double[] derivatives = mean.getAllDerivatives(); // the value, then each first derivative
        int at = 1;
        for (double[] gradient : expected) {
            for (double element : gradient) {
                assertEquals(derivatives[at++], element, 1e-13);
            }
        }
    }

    private static DerivativeStructure[] layer(DerivativeStructure[] x, DerivativeStructure[] w,
            DerivativeStructure[] b, String activation) {
        DerivativeStructure[] y = new DerivativeStructure[b.length];
        for (int j = 0; j < b.length; j++) {
            DerivativeStructure z = b[j];
            for (int k = 0; k < x.length; k++) {
                z = z.add(x[k].multiply(w[k * b.length + j]));
            }
            y[j] = switch (activation) {
                case "none" -> z;
                case "relu" -> z.getValue() > 0 ? z : z.multiply(0.0);
                case "sigmoid" -> z.negate().exp().add(1).reciprocal();
                case "tanh" -> z.tanh();
                default -> throw new AssertionError(activation);
            };
        }
        return y;
    }

    private static DerivativeStructure loss(DerivativeStructure[] z, int label, String loss) {
        DerivativeStructure sum = z[0].multiply(0.0);
        for (DerivativeStructure logit : z) {
            sum = sum.add(logit.exp());
        }
        if (loss.equals("cross-entropy")) {
            return sum.log().subtract(z[label]);
        }
        DerivativeStructure squares = z[0].multiply(0.0);
        for (int j = 0; j < z.length; j++) {
            DerivativeStructure p = loss.equals("mse")
                    ? z[j].negate().exp().add(1).reciprocal()
                    : z[j].exp().divide(sum);
            squares = squares.add(p.subtract(j == label ? 1 : 0).pow(2));
        }
        return squares.multiply(0.5);
    }
}
