package dev.lanewise.explain;

import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.GradientCheck;
import dev.lanewise.model.GradientCheck.Finding;
import dev.lanewise.model.Input;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Spec;
import dev.lanewise.train.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checks all that a training step computes: every parameter's gradient, the loss, and the optimizer's update.
 *
 * @param network whose parameters are drawn anew; layers that are for training only stand aside
 * @param rate learning rate, of all steps
 * @param mistake made in what is checked; null for none
 */
public record NetworkCheck(Network network, Optimizer optimizer, double rate, double weightDecay, long seed,
        @Nullable Mistake mistake) {
    /** Samples of the batch. */
    public static final int ROWS = 6;
    private static final int FEW_ROWS = 2;
    /** Elements of each parameter that are compared with differences, unless that would take long. */
    public static final int ELEMENTS = 100;
    /** At the least. */
    private static final int FEWEST = 10;
    /** Multiply-adds forward, of a sample, for all such elements of a parameter: seconds for a whole network. */
    private static final double WORK = 12e6;

    private static final int STEPS = 3;
    /** Measured: 1e-5 at most over all optimizers. */
    private static final double STEP_LIMIT = 1e-3;

    /** Takes the network as it judges. */
    public NetworkCheck {
        network = network.forEvaluation();
    }

    /** All findings, in the order of the network, then the loss, then the steps. */
    public List<Finding> findings() {
        return findings(_ -> {
        });
    }

    /** The same, telling now and then which share of the work is done. */
    public List<Finding> findings(DoubleConsumer share) {
        int rows = rows();
        RandomGenerator random = new SplitMix64(seed);
        network.initialize(seed);
        Pipeline pipeline = new Pipeline(Mistake.in(network, mistake), Input.withGradient(network.input(), rows),
                Mode.training(seed, Tuning.LONG));
        for (Parameter parameter : network.parameters()) {
            if (!parameter.decays()) { // a bias: 0 would hide that it is left out
                fill(parameter.value(), random);
            }
        }
        fill(pipeline.input().values(), random);
        for (int i = 0; i < rows; i++) {
            pipeline.labels()[i] = (byte) random.nextInt(network.classes());
        }
        pipeline.pass(rows);
        if (mistake != null) {
            mistake.spoil(network.parameters());
        }
        List<Finding> findings = new ArrayList<>(GradientCheck.network(network, pipeline.input().values(),
                pipeline.labels(), rows, elements(), seed, share));
        for (float scale : new float[]{3f, 1000f}) {
            findings.add(GradientCheck.loss(network.loss(), mistake == null
                    ? network.loss()
                    : mistake.in(
                            network.loss()),
                    rows, network.classes(), scale, seed));
        }
        for (Parameter parameter : network.parameters()) {
            if (parameter.isTrained()) { // no step moves running statistics
                findings.add(steps(parameter, random));
            }
        }
        return findings;
    }

    private int elements() {
        return Math.clamp((long) (WORK / network.multiplyAdds()), FEWEST, ELEMENTS);
    }

    /** Few where the network is large: units of relu and windows, of every sample, are kinks, and one is always near. */
    private int rows() {
        return network.multiplyAdds() * FEWEST > WORK ? FEW_ROWS : ROWS;
    }

    /** The network's sizes, the kinds of its layers without parameters, its loss. */
    private String title() {
        if (network.isForImages()) {
            return "a network of %d layers, %s".formatted(network.layers().size(), network.loss().spec());
        }
        String kinds = network.layers().stream().filter(layer -> layer.parameters().isEmpty())
                .map(layer -> layer.spec().kind() + ", ").distinct().collect(Collectors.joining());
        return "%s, %s%s".formatted(network, kinds, network.loss().spec());
    }

    /**
     * A page of findings, as {@code gradcheck} prints it.
     *
     * @param whole the network before layers stood aside
     */
    public Page page(List<Finding> findings, Network whole) {
        Page page = new Page("Gradient check of " + title());
        if (network.isForImages()) {
            page.text("%s. %,d parameters.", Spec.join(network.specs()), network.trainedParameters());
        }
        List<Spec> aside = whole.layers().stream().filter(Layer::isForTrainingOnly).map(Layer::spec).toList();
        if (!aside.isEmpty()) {
            page.text("Not checked: %s. It drops at random while a network trains, and is left out here.",
                    Spec.join(aside));
        }
        if (mistake != null) {
            page.text("Mistake, made on purpose: %s.", mistake.what());
        }
        table(page, findings);
        int kinks = findings.stream().mapToInt(Finding::kinks).sum();
        page.text(
                "formula: backpropagation in double, against differences: one number w moves by h = 0.0005, or a tenth or a hundredth of that where a kink is nearer, and "
                        + "2h to both sides, and dL/dw is (L(w-2h) - 8 L(w-h) + 8 L(w+h) - L(w+2h)) / 12h. kernels: the float "
                        + "code that trains, against the formula in double. Error: |a - b| / |b|, b being at least a "
                        + "thousandth of the largest. %s",
                kinks == 0
                        ? "No element is left out."
                        : "%d %s left out: within 2h a unit of relu turns on or off%s.".formatted(kinks,
                                kinks == 1 ? "element is" : "elements are",
                                network.isForImages() ? ", or another number is the largest of a window" : ""));
        if (elements() < ELEMENTS) {
            page.text("Of each parameter only %d elements are moved: a move takes the batch through the network four "
                    + "times, and that is much work here.", elements());
        }
        long failed = findings.stream().filter(finding -> !finding.passed()).count();
        return page.text(failed == 0
                ? "PASSED: all %d comparisons are within their limits.".formatted(findings.size())
                : "FAILED: %d of %d comparisons beyond the limit.".formatted(failed, findings.size()));
    }

    /** The findings as a table. */
    static void table(Page page, List<Finding> findings) {
        page.table(List.of("what", "checked", "elements", "kinks", "worst error", "limit", ""),
                findings.stream().map(finding -> List.of(finding.name(), finding.checked(),
                        finding.elements() + finding.kinks() == finding.of()
                                ? String.valueOf(finding.of())
                                : "%d of %d".formatted(finding.elements() + finding.kinks(), finding.of()),
                        String.valueOf(finding.kinks()), "%.1e".formatted(finding.worst()),
                        "%.0e".formatted(finding.limit()), finding.passed() ? "ok" : "FAIL")).toList());
    }

    /** A few steps of the optimizer from the parameter's value along random gradients, beside the rule in double. */
    private Finding steps(Parameter parameter, RandomGenerator random) {
        int n = parameter.size();
        double decay = parameter.decays() ? weightDecay : 0;
        float[] value = parameter.value().clone();
        float[] gradient = new float[n];
        float[][] state = new float[optimizer.states()][n];
        float[] coefficients = new float[Optimizer.COEFFICIENTS];
        double[] expected = new double[n];
        double[][] expectedState = new double[n][optimizer.states()];
        for (int i = 0; i < n; i++) {
            expected[i] = value[i];
        }
        for (int t = 0; t < STEPS; t++) {
            fill(gradient, random);
            float given = (float) rate;
            optimizer.prepare(t, mistake == null ? given : mistake.in(given), coefficients);
            optimizer.update(value, gradient, 0, state, 0, n, coefficients, (float) decay);
            for (int i = 0; i < n; i++) {
                expected[i] = optimizer.reference(expected[i], gradient[i], expectedState[i], t, rate, decay);
            }
        }
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < n; i++) {
            double start = parameter.value()[i];
            largest = Math.max(largest, Math.abs(expected[i] - start));
            // A float weight cannot move by less than its last bit, whatever the step.
            double rounding = 2.0 * STEPS * Math.ulp(parameter.value()[i]);
            worst = Math.max(worst, Math.max(0, Math.abs(value[i] - expected[i]) - rounding));
        }
        return new Finding(parameter.name() + " step", "kernels", n, n, 0, worst / largest, STEP_LIMIT);
    }

    private static void fill(float[] values, RandomGenerator random) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
    }
}
