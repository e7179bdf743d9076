package dev.lanewise.explain;

import dev.lanewise.model.Architecture;
import dev.lanewise.model.GradientCheck;
import dev.lanewise.model.GradientCheck.Finding;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Shares;
import dev.lanewise.train.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Checks all that a training step computes: every parameter's gradient, the loss, and the optimizer's update.
 *
 * @param rule of the optimizer
 * @param rate learning rate, of all steps
 * @param mistake made in what is checked; null for none
 */
public record NetworkCheck(Architecture architecture, Optimizer.Rule rule, double rate, double momentum,
        double weightDecay, long seed, Mistake mistake) {
    /** Samples of the batch. */
    public static final int ROWS = 6;
    /** Elements of each parameter that are compared with differences. */
    public static final int ELEMENTS = 100;

    private static final int STEPS = 3;
    /** Measured: 1e-5 at most over all optimizers. */
    private static final double STEP_LIMIT = 1e-3;

    /** All findings, in the order of the network, then the loss, then the steps. */
    public List<Finding> findings() {
        SplittableRandom random = new SplittableRandom(seed);
        Chain chain = new Chain(architecture, ROWS, mistake).initialize(seed);
        for (Parameter parameter : chain.parameters()) {
            if (!parameter.decays()) { // a bias: 0 would hide that it is left out
                fill(parameter.value(), random);
            }
        }
        fill(chain.y[0], random);
        for (int i = 0; i < ROWS; i++) {
            chain.labels[i] = (byte) random.nextInt(architecture.classes());
        }
        chain.step(ROWS);
        List<Finding> findings = new ArrayList<>(GradientCheck.network(architecture, chain.parameters(), chain.y[0],
                chain.labels, ROWS, ELEMENTS, seed));
        for (float scale : new float[]{3f, 1000f}) {
            findings.add(GradientCheck.loss(architecture.loss(), mistake == null
                    ? architecture.loss()::gradient
                    : mistake.in(architecture.loss()), ROWS, architecture.classes(), scale, seed));
        }
        for (Parameter parameter : chain.parameters()) {
            findings.add(steps(parameter, random));
        }
        return findings;
    }

    /** A page of findings, as {@code gradcheck} prints it. */
    public Page page(List<Finding> findings) {
        Page page = new Page("Gradient check of %s, %s, %s".formatted(architecture,
                architecture.activation().name().toLowerCase(Locale.ROOT), architecture.loss()));
        if (mistake != null) {
            page.text("Mistake, made on purpose: %s.", mistake.what());
        }
        table(page, findings);
        int kinks = findings.stream().mapToInt(Finding::kinks).sum();
        page.text("formula: backpropagation in double, against differences: one number w moves by h = 0.0005 and "
                + "2h to both sides, and dL/dw is (L(w-2h) - 8 L(w-h) + 8 L(w+h) - L(w+2h)) / 12h. kernels: the float "
                + "code that trains, against the formula in double. Error: |a - b| / |b|, b being at least a "
                + "thousandth of the largest. %s",
                kinks == 0
                        ? "No element lies at a kink of relu."
                        : "%d %s left out: within 2h a unit of relu turns on or off.".formatted(kinks,
                                kinks == 1 ? "element is" : "elements are"));
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
    private Finding steps(Parameter original, SplittableRandom random) {
        Parameter parameter = new Parameter(original.name(), original.shape(), original.value().clone(),
                new float[original.size()], original.decays());
        Optimizer optimizer = new Optimizer(rule, List.of(parameter), momentum, weightDecay);
        int n = parameter.size();
        double[] w = IntStream.range(0, n).mapToDouble(i -> parameter.value()[i]).toArray();
        double[][] state = new double[2][n];
        for (int t = 0; t < STEPS; t++) {
            fill(parameter.gradient(), random);
            float given = (float) rate;
            optimizer.step(t, mistake == null ? given : mistake.in(given), 0, Shares.ALL);
            for (int i = 0; i < n; i++) {
                w[i] -= step(t + 1, w[i], parameter.gradient()[i], state, i, parameter.decays() ? weightDecay : 0);
            }
        }
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < n; i++) {
            double start = original.value()[i];
            largest = Math.max(largest, Math.abs(w[i] - start));
            // A float weight cannot move by less than its last bit, whatever the step.
            double rounding = 2.0 * STEPS * Math.ulp(original.value()[i]);
            worst = Math.max(worst, Math.max(0, Math.abs(parameter.value()[i] - w[i]) - rounding));
        }
        return new Finding(parameter.name() + " step", "kernels", n, n, 0, worst / largest, STEP_LIMIT);
    }

    /** What is subtracted from w in step t (from 1). */
    private double step(int t, double w, double g, double[][] state, int i, double decay) {
        double gradient = rule == Optimizer.Rule.ADAMW ? g : g + decay * w;
        return switch (rule) {
            case SGD -> rate * gradient;
            case MOMENTUM -> rate * (state[0][i] = momentum * state[0][i] + gradient);
            case NESTEROV -> {
                state[0][i] = momentum * state[0][i] + gradient;
                yield rate * (gradient + momentum * state[0][i]);
            }
            case ADAM, ADAMW -> {
                state[0][i] = 0.9 * state[0][i] + 0.1 * gradient;
                state[1][i] = 0.999 * state[1][i] + 0.001 * gradient * gradient;
                double m = state[0][i] / (1 - Math.pow(0.9, t));
                double v = state[1][i] / (1 - Math.pow(0.999, t));
                yield rate * (m / (Math.sqrt(v) + 1e-8) + (rule == Optimizer.Rule.ADAMW ? decay * w : 0));
            }
        };
    }

    private static void fill(float[] values, SplittableRandom random) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
    }
}
