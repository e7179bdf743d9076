package dev.lanewise.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.GradientCheck.Finding;
import dev.lanewise.model.Loss;
import dev.lanewise.train.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkCheckTest {
    private static NetworkCheck check(Architecture architecture, Optimizer.Rule rule, Mistake mistake) {
        return new NetworkCheck(architecture, rule, 0.1, 0.9, 1e-2, 1, mistake);
    }

    static List<Architecture> architectures() {
        List<Architecture> all = new ArrayList<>();
        for (Activation activation : List.of(Activation.RELU, Activation.SIGMOID, Activation.TANH)) {
            for (Loss loss : Loss.values()) {
                for (List<Integer> hidden : List.<List<Integer>>of(List.of(), List.of(20), List.of(20, 15),
                        List.of(20, 15, 12))) {
                    all.add(new Architecture(30, hidden, 10, activation, loss));
                }
            }
        }
        return all;
    }

    /** Names of what fails, without what is wrong with it. */
    private static Set<String> failures(List<Finding> findings) {
        return findings.stream().filter(finding -> !finding.passed()).map(Finding::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void rightNetworksPassWithEveryOptimizer(Architecture architecture) {
        for (Optimizer.Rule rule : Optimizer.Rule.values()) {
            List<Finding> findings = check(architecture, rule, null).findings();
            assertEquals(Set.of(), failures(findings), findings::toString);
            assertEquals(6 * (architecture.hidden().size() + 1) + 2, findings.size());
        }
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void everyMistakeIsFoundWhereItIs(Architecture architecture) {
        Set<String> weights = new TreeSet<>();
        Set<String> biases = new TreeSet<>();
        for (int l = 1; l <= architecture.hidden().size() + 1; l++) {
            weights.add("dense" + l + ".weight");
            biases.add("dense" + l + ".bias");
        }
        for (Mistake mistake : Mistake.values()) {
            if (!mistake.losses().contains(architecture.loss())) {
                continue;
            }
            Set<String> expected = new TreeSet<>();
            switch (mistake) {
                case NO_MAX_SHIFT -> expected.add("loss, |z| < 1000");
                case NO_BIAS_UPDATE -> expected.addAll(biases);
                case NO_LEARNING_RATE -> {
                    weights.forEach(name -> expected.add(name + " step"));
                    biases.forEach(name -> expected.add(name + " step"));
                }
                case MSE_DELTA_FOR_CROSS_ENTROPY, DIAGONAL_JACOBIAN -> {
                    expected.addAll(weights);
                    expected.addAll(biases);
                    expected.addAll(List.of("loss, |z| < 3", "loss, |z| < 1000"));
                }
            }
            Set<String> failures = failures(check(architecture, Optimizer.Rule.SGD, mistake).findings());
            if (architecture.loss() == Loss.SOFTMAX_SQUARED_ERROR) {
                expected.remove("loss, |z| < 1000"); // s is 0 or 1 there, and so both Jacobians are 0
                failures.remove("loss, |z| < 1000");
            }
            assertEquals(expected, failures, () -> mistake + " in " + architecture);
        }
    }

    @ParameterizedTest
    @EnumSource(Optimizer.Rule.class)
    void aStepOfAWrongLengthOrWithoutDecayIsFound(Optimizer.Rule rule) {
        Architecture architecture = new Architecture(5, List.of(4), 3, Activation.TANH, Loss.CROSS_ENTROPY);
        List<Finding> wrong = new NetworkCheck(architecture, rule, 0.99, 0.9, 0, 1, Mistake.NO_LEARNING_RATE)
                .findings(); // 1 instead of 0.99
        assertEquals(Set.of("dense1.weight step", "dense1.bias step", "dense2.weight step", "dense2.bias step"),
                failures(wrong));
        assertTrue(wrong.stream().filter(finding -> finding.name().endsWith("step"))
                .allMatch(finding -> Math.abs(finding.worst() - 1 / 99.0) < 1e-3), wrong::toString);
    }

    @Test
    void kinksAreCountedAndSaid() {
        Architecture architecture = new Architecture(784, List.of(128, 128), 10, Activation.RELU, Loss.CROSS_ENTROPY);
        NetworkCheck check = check(architecture, Optimizer.Rule.SGD, null);
        List<Finding> findings = check.findings();
        int kinks = findings.stream().mapToInt(Finding::kinks).sum();
        assertTrue(kinks > 0, findings::toString);
        assertTrue(findings.stream().filter(finding -> finding.kinks() > 0)
                .allMatch(finding -> finding.elements() + finding.kinks() == NetworkCheck.ELEMENTS));
        String page = check.page(findings).in(Page.Format.MD);
        assertTrue(page.contains(" " + kinks + " element"), page);
    }
}
