package dev.lanewise.model;

import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.kernel.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Is this gradient the derivative of that function? Answers for whole networks, losses and single layers, those of the
 * library and a user's own, by moving one number at a time and watching the loss (five-point central differences).
 *
 * <p>An error is |a - b| / max(|b|, a thousandth of the largest element of b): relative, but not where a gradient is
 * next to nothing; for a network, b is every parameter. For a loss that floor is a thousandth of 1 / rows, and of 1 for its values.
 */
public final class GradientCheck {
    private static final double FLOOR = 1e-3;

    /** Of differences in double: the formula's own error is about STEP^4, rounding gives 1e-16 / STEP. */
    private static final double STEP = 5e-4;
    /** A step so much smaller is taken where the function has a kink within reach, and a third one. */
    private static final double[] SHORTENED = {1, 0.1, 0.01};
    private static final double DOUBLE_LIMIT = 1e-6;
    /** Of float gradients beside double ones; measured: at most 1.2e-4 of dense layers, 1.3e-3 where few samples are normalised. */
    private static final double FLOAT_LIMIT = 3e-3;

    /** Of differences of a float function, whose outputs are only good to 6e-8. */
    private static final double FLOAT_STEP = 1.0 / 32;
    private static final double FLOAT_DIFFERENCE_LIMIT = 1e-2;
    private static final int[] HALF_STEPS = {-4, -2, -1, 1, 2, 4}; // the offsets of a step and of half of it, which share two

    private static final double[] OFFSETS = {-2, -1, 1, 2}; // in steps
    private static final double[] FACTORS = {1, -8, 8, -1}; // over 12 steps

    /**
     * What became of one comparison.
     *
     * @param name of the parameter, the loss or the step
     * @param checked {@code formula} in double against differences, {@code kernels} in float against the formula in
     *        double, a {@code layer} in float against differences, or its {@code calls} against each other
     * @param elements compared
     * @param of elements that there are
     * @param kinks elements left out because the function has a kink (relu's) within reach of the differences
     * @param worst largest error, or elements that differ between calls; not a number where one failed
     * @param limit above which the check fails
     */
    public record Finding(String name, String checked, int elements, int of, int kinks, double worst, double limit) {
        /** Whether the error is a number within the limit and no more lies at kinks than beside them. */
        public boolean passed() {
            return worst <= limit && kinks <= elements;
        }
    }

    private GradientCheck() {
    }

    /**
     * Checks the gradients that any code has computed for a batch: for every parameter, the formulas in double against
     * central differences of the mean loss, and the given gradients against the formulas.
     *
     * @param network whose parameters have the gradients of the mean loss; every layer has a {@link Layer#reference}
     * @param x the samples, [rows, inputs]
     * @param labels the right classes, [rows]
     * @param elements at most so many of each parameter are compared with differences, drawn from the seed
     */
    public static List<Finding> network(Network network, float[] x, byte[] labels, int rows, int elements, long seed) {
        return network(network, x, labels, rows, elements, seed, _ -> {
        });
    }

    /**
     * Checks the gradients that any code has computed for a batch as {@link #network(Network, float[], byte[], int, int, long)}
     * does, telling how far it is.
     *
     * @param share is given the share of the elements that are compared, again and again
     */
    public static List<Finding> network(Network network, float[] x, byte[] labels, int rows, int elements, long seed,
            DoubleConsumer share) {
        ReferenceNetwork reference = new ReferenceNetwork(network);
        double[] input = Reference.doubles(Arrays.copyOf(x, rows * network.input().size()));
        List<double[]> formulas = reference.gradients(input, labels, rows);
        List<double[]> outputs = reference.forward(input, rows);
        int[] pieces = reference.pieces(input, outputs, rows);
        double floor = FLOOR * formulas.stream().mapToDouble(GradientCheck::largest).max().orElse(0);
        RandomGenerator random = new SplitMix64(seed);
        List<Finding> findings = new ArrayList<>();
        double compared = 0;
        double all = network.parameters().stream().mapToInt(parameter -> Math.min(elements, parameter.size())).sum();
        for (int p = 0; p < network.parameters().size(); p++) {
            Parameter parameter = network.parameters().get(p);
            double[] formula = formulas.get(p);
            double[] values = reference.parameters().get(p);
            int layer = reference.layer(p);
            int[] sample = sample(values.length, elements, random);
            double worst = 0;
            int kinks = 0;
            for (int i : sample) {
                share.accept(compared++ / all);
                double difference = Double.NaN;
                for (int shorter = 0; shorter < SHORTENED.length && Double.isNaN(difference); shorter++) {
                    difference = difference(reference, values, i, STEP * SHORTENED[shorter],
                            () -> reference.forward(layer, outputs, input, rows), input, labels, rows,
                            pieces);
                }
                if (Double.isNaN(difference)) {
                    kinks++;
                } else {
                    worst = Math.max(worst, error(formula[i], difference, floor));
                }
            }
            findings.add(new Finding(parameter.name(), "formula", sample.length - kinks, values.length,
                    kinks, worst, DOUBLE_LIMIT));
            findings.add(new Finding(parameter.name(), "kernels", formula.length, formula.length, 0,
                    worst(parameter.gradient(), formula, floor), FLOAT_LIMIT));
        }
        return findings;
    }

    /** The derivative of the mean loss with respect to a value, from its differences; NaN where these lie across a kink. */
    private static double difference(ReferenceNetwork reference, double[] values, int i, double step,
            Supplier<List<double[]>> forward, double[] input, byte[] labels, int rows, int[] pieces) {
        double at = values[i];
        double difference = 0;
        boolean kink = false;
        for (int o = 0; o < OFFSETS.length && !kink; o++) {
            values[i] = at + OFFSETS[o] * step;
            List<double[]> outputs = forward.get();
            difference += FACTORS[o] * reference.meanLoss(outputs.getLast(), labels, rows);
            kink = !Arrays.equals(pieces, reference.pieces(input, outputs, rows));
        }
        values[i] = at;
        return kink ? Double.NaN : difference / (12 * step);
    }

    /**
     * Checks a loss on rows of random logits, values and gradients, against the formulas in double.
     *
     * @param loss whose formula counts
     * @param tested what is checked: {@code loss} itself, or another one that should compute it
     * @param classes outputs of the network
     * @param scale logits are drawn between -scale and scale
     */
    public static Finding loss(Loss loss, Loss tested, int rows, int classes, float scale, long seed) {
        RandomGenerator random = new SplitMix64(seed);
        float[] z = uniform(rows * classes, scale, random);
        byte[] labels = new byte[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = (byte) random.nextInt(classes);
        }
        float[] dz = new float[rows * classes];
        float[] losses = new float[rows];
        tested.lossAndGradient(Tuning.LONG, z, labels, 0, rows, classes, 1f / rows, dz, losses);
        double[] expected = new double[rows];
        double[] gradient = ReferenceNetwork.loss(loss, Reference.doubles(z), labels, rows, expected);
        String name = String.format(Locale.ROOT, "loss, |z| < %.0f", scale);
        // Where outputs are sure, a squared error's gradients are next to nothing beside 1 / rows, what others have.
        double worst = Math.max(worst(dz, gradient, FLOOR / rows), worst(losses, expected, FLOOR));
        return new Finding(name, "kernels", z.length + rows, z.length + rows, 0, worst, FLOAT_LIMIT);
    }

    /**
     * Checks a layer's stage, {@code backward} and {@code gradients}, against differences of its {@code forward}, on random
     * inputs and a random linear loss: a finding for the input {@code x} and one for every parameter. As everything is
     * float, the limit is 1 %; mistakes in a derivative are far larger. An element whose differences at two step sizes
     * disagree lies at a kink and is left out.
     *
     * <p>Then the calls that a training makes: rows and parts in pieces, twice, in buffers that are not empty, with and without
     * a gradient of x, and in the place of x. A finding for each says how many elements are not, to the last bit, those of one
     * call in new buffers, or were written to by a call that was for others.
     *
     * @param layer whose parameters hold the values to check at
     * @param rows samples
     */
    public static List<Finding> layer(Layer layer, int rows, long seed) {
        RandomGenerator random = new SplitMix64(seed);
        Input input = Input.withGradient(layer.input(), rows);
        Mode mode = Mode.training(seed, Tuning.LONG);
        Stage stage = ConvertedStage.toRows(layer, input, mode);
        float[] x = input.values();
        System.arraycopy(uniform(x.length, 1f, random), 0, x, 0, x.length);
        float[] y = stage.output().values();
        float[] slopes = uniform(y.length, 1f, random); // the loss is the sum of slopes * y
        System.arraycopy(slopes, 0, stage.output().gradient(), 0, slopes.length);
        Runnable forward = () -> {
            stage.parametersChanged();
            stage.begin(0);
            stage.summarize(0, rows);
            stage.forward(0, rows);
        };
        forward.run();
        stage.summarizeGradient(0, rows);
        stage.backward(0, rows);
        stage.gradients(rows, 0, Parts.COUNT);
        List<Finding> findings = new ArrayList<>();
        Kinks kinks = i -> layer.reference().isPresent() && isAtKink(layer.reference().get(), x, rows, i);
        findings.add(differences("x", x, input.gradient(), forward, y, slopes, kinks));
        for (Parameter parameter : layer.parameters().stream().filter(Parameter::isTrained).toList()) {
            findings.add(differences(parameter.name(), parameter.value(), parameter.gradient(), forward, y, slopes,
                    _ -> false));
        }
        findings.addAll(new StageCheck(layer, mode, rows, x.clone(), slopes, seed).findings());
        return findings;
    }

    /** Whether a function is known to have a kink within reach of the differences of an element. */
    private interface Kinks {
        boolean at(int element);
    }

    private static boolean isAtKink(Reference reference, float[] x, int rows, int element) {
        double[] at = Reference.doubles(x);
        at[element] = x[element] + OFFSETS[0] * FLOAT_STEP;
        int[] pieces = reference.pieces(at, rows);
        at[element] = x[element] - OFFSETS[0] * FLOAT_STEP;
        return !Arrays.equals(pieces, reference.pieces(at, rows));
    }

    private static Finding differences(String name, float[] values, float[] gradient, Runnable forward, float[] y,
            float[] slopes, Kinks known) {
        double[] wide = new double[values.length];
        double[] narrow = new double[values.length];
        double[] losses = new double[HALF_STEPS.length];
        for (int i = 0; i < values.length; i++) {
            float at = values[i];
            for (int o = 0; o < losses.length; o++) {
                values[i] = (float) (at + HALF_STEPS[o] * FLOAT_STEP / 2);
                forward.run();
                losses[o] = 0;
                for (int j = 0; j < y.length; j++) {
                    losses[o] += (double) slopes[j] * y[j];
                }
            }
            values[i] = at;
            wide[i] = difference(losses, 0, 1, 4, 5) / (12 * FLOAT_STEP);
            narrow[i] = difference(losses, 1, 2, 3, 4) / (6 * FLOAT_STEP);
        }
        forward.run();
        double floor = 10 * FLOOR * Math.max(largest(narrow), largest(Reference.doubles(gradient)));
        double worst = 0;
        int kinks = 0;
        for (int i = 0; i < values.length; i++) {
            if (known.at(i) || error(wide[i], narrow[i], floor) > FLOAT_DIFFERENCE_LIMIT / 2) {
                kinks++;
            } else {
                worst = Math.max(worst, error(gradient[i], narrow[i], floor));
            }
        }
        return new Finding(name, "layer", values.length - kinks, values.length, kinks, worst,
                FLOAT_DIFFERENCE_LIMIT);
    }

    private static double difference(double[] losses, int... at) {
        double difference = 0;
        for (int o = 0; o < at.length; o++) {
            difference += FACTORS[o] * losses[at[o]];
        }
        return difference;
    }

    /** The largest error of all elements. */
    private static double worst(float[] actual, double[] expected, double floor) {
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, error(actual[i], expected[i], floor));
        }
        return worst;
    }

    /** NaN if one of them is; Math.max hands it on. */
    private static double error(double actual, double expected, double floor) {
        double difference = Math.abs(actual - expected);
        return difference == 0 ? 0 : difference / Math.max(Math.abs(expected), floor);
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    private static float[] uniform(int n, float limit, RandomGenerator random) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) (limit * (2 * random.nextDouble() - 1));
        }
        return values;
    }

    /** At most count different numbers from 0 to n - 1, ascending. */
    private static int[] sample(int n, int count, RandomGenerator random) {
        if (n <= count) {
            int[] all = new int[n];
            Arrays.setAll(all, i -> i);
            return all;
        }
        return IntStream.generate(() -> random.nextInt(n)).distinct().limit(count).sorted().toArray();
    }
}
