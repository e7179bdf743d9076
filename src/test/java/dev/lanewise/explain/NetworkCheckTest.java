package dev.lanewise.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.GradientCheck.Finding;
import dev.lanewise.model.Losses;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Recipe;
import dev.lanewise.train.Optimizer;
import dev.lanewise.train.Optimizers;
import dev.lanewise.train.Sgd;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkCheckTest {
    /** Every kind of optimizer with its usual numbers. */
    static List<Optimizer> optimizers() {
        return Optimizers.KINDS.names().stream().map(name -> Optimizer.of(Spec.of(name))).toList();
    }

    private static NetworkCheck check(Recipe recipe, Optimizer optimizer, Mistake mistake) {
        return new NetworkCheck(recipe.network(Shape.vector(30), 10), optimizer, 0.1, 1e-2, 1, mistake);
    }

    static List<Recipe> recipes() {
        List<Recipe> all = new ArrayList<>();
        for (String activation : List.of("relu", "sigmoid", "tanh")) {
            for (String loss : Losses.KINDS.names()) {
                for (int[] hidden : new int[][]{{}, {20}, {20, 15}, {20, 15, 12}}) {
                    all.add(Recipe.mlp(hidden).with(Recipe.ACTIVATION, activation).with(Recipe.LOSS, loss));
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
    @MethodSource("recipes")
    void rightNetworksPassWithEveryOptimizer(Recipe recipe) {
        for (Optimizer optimizer : optimizers()) {
            List<Finding> findings = check(recipe, optimizer, null).findings();
            assertEquals(Set.of(), failures(findings), findings::toString);
            assertEquals(6 * (recipe.get(Recipe.HIDDEN).size() + 1) + 2, findings.size());
        }
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void everyMistakeIsFoundWhereItIs(Recipe recipe) {
        Set<String> weights = new TreeSet<>();
        Set<String> biases = new TreeSet<>();
        for (int l = 1; l <= recipe.get(Recipe.HIDDEN).size() + 1; l++) {
            weights.add("dense" + l + ".weight");
            biases.add("dense" + l + ".bias");
        }
        for (Mistake mistake : Mistake.values()) {
            if (!mistake.losses().contains(recipe.get(Recipe.LOSS))) {
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
            Set<String> failures = failures(check(recipe, new Sgd(), mistake).findings());
            if (recipe.get(Recipe.LOSS).equals("softmax-mse")) {
                expected.remove("loss, |z| < 1000"); // s is 0 or 1 there, and so both Jacobians are 0
                failures.remove("loss, |z| < 1000");
            }
            assertEquals(expected, failures, () -> mistake + " in " + recipe);
        }
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void aStepOfAWrongLengthOrWithoutDecayIsFound(Optimizer optimizer) {
        Network network = Recipe.mlp(4).with(Recipe.ACTIVATION, "tanh").network(Shape.vector(5), 3);
        List<Finding> wrong = new NetworkCheck(network, optimizer, 0.99, 0, 1, Mistake.NO_LEARNING_RATE)
                .findings(); // 1 instead of 0.99
        assertEquals(Set.of("dense1.weight step", "dense1.bias step", "dense2.weight step", "dense2.bias step"),
                failures(wrong));
        assertTrue(wrong.stream().filter(finding -> finding.name().endsWith("step"))
                .allMatch(finding -> Math.abs(finding.worst() - 1 / 99.0) < 1e-3), wrong::toString);
    }

    @Test
    void kinksAreCountedAndSaid() {
        NetworkCheck check = new NetworkCheck(Recipe.mlp(4).network(Shape.vector(5), 3), new Sgd(), 0.1, 1e-2, 1, null);
        String page = check.page(List.of(new Finding("w", "formula", 97, 200, 2, 0, 1e-6),
                new Finding("b", "formula", 9, 10, 1, 0, 1e-6)), check.network()).in(Page.Format.MD);
        assertTrue(page.contains(" 3 elements are left out"), page);
    }

    @Test
    void itTellsHowFarItIs() {
        NetworkCheck check = new NetworkCheck(Recipe.mlp(4).network(Shape.vector(5), 3), new Sgd(), 0.1, 1e-2, 1, null);
        List<Double> shares = new ArrayList<>();
        assertEquals(check.findings(), check.findings(shares::add));
        assertEquals(5 * 4 + 4 + 4 * 3 + 3, shares.size());
        for (int i = 0; i < shares.size(); i++) {
            assertEquals((double) i / shares.size(), shares.get(i), 1e-12);
        }
    }
}
