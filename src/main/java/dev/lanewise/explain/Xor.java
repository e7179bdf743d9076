package dev.lanewise.explain;

import dev.lanewise.explain.Page.Matrix;
import dev.lanewise.kernel.Bias;
import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.Input;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.kernel.CrossEntropy;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Spec;
import dev.lanewise.train.Sgd;
import dev.lanewise.train.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code explain xor}: four samples through a network of 3-5-1 sigmoid units. */
public final class Xor {
    static final float[] X = {1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0}; // [4, 3]
    static final float[] Y = {1, 1, 0, 0}; // [4, 1]
    static final int IN = 3;
    static final int HIDDEN = 5;
    static final float RATE = 2f;
    static final int STEPS = 2000;
    static final int COPIES = 25;
    private static final long SEED = 1;
    private static final float DECAY = 0.001f;
    private static final List<Integer> SHOWN = List.of(0, 10, 50, 100, 200, 500, 1000, STEPS);
    private static final float SURE = 10f; // a logit

    private Xor() {
    }

    /** Which delta starts the way back. */
    enum Cost {
        /** -y ln a - (1 - y) ln(1 - a): delta = a - y. */
        CROSS_ENTROPY("dense 5, sigmoid, dense 1"), // it takes the logit, sigmoid and all
        /** 1/2 (a - y)^2: delta = (a - y) a (1 - a). */
        SQUARED_ERROR("dense 5, sigmoid, dense 1, sigmoid");

        private final String layers;

        Cost(String layers) {
            this.layers = layers;
        }

        String layers() {
            return layers;
        }
    }

    /**
     * How to train.
     *
     * @param mean whether gradients are divided by the number of samples, m
     * @param copies how often the four samples are in the batch
     */
    record Recipe(Cost cost, float rate, boolean mean, int copies, boolean biases, float decay, boolean decayBiases) {
        static final Recipe PLAIN = new Recipe(Cost.CROSS_ENTROPY, RATE, true, 1, true, 0f, false);

        Recipe with(Cost other) {
            return new Recipe(other, rate, mean, copies, biases, decay, decayBiases);
        }

        Recipe withRate(float other, boolean mean) {
            return new Recipe(cost, other, mean, copies, biases, decay, decayBiases);
        }

        Recipe withCopies(int other) {
            return new Recipe(cost, rate, mean, other, biases, decay, decayBiases);
        }

        Recipe withoutBiases() {
            return new Recipe(cost, rate, mean, copies, false, decay, decayBiases);
        }

        Recipe withDecay(float other, boolean ofBiases) {
            return new Recipe(cost, rate, mean, copies, biases, other, ofBiases);
        }
    }

    /** A network in training; all of it but the loss is that of {@code train}. */
    static final class Training {
        private final Recipe recipe;
        private final int m;
        private final Pipeline pipeline;
        private final Update update;

        Training(Recipe recipe) {
            this.recipe = recipe;
            m = 4 * recipe.copies;
            Network network = Network.of(Shape.vector(IN), Spec.parseList(recipe.cost.layers()),
                    new OneOutputLoss(recipe.cost, recipe.mean ? 1f : m)).initialize(SEED);
            for (Parameter parameter : network.parameters()) {
                boolean bias = !parameter.decays();
                parameter.setTrained(!bias || recipe.biases).setDecays(!bias || recipe.decayBiases);
            }
            update = new Update(new Update.Rule(new Sgd(), recipe.decay), network, null);
            pipeline = new Pipeline(network, Input.of(network.input(), m), Mode.training(SEED, Tuning.LONG));
            for (int i = 0; i < m; i++) {
                System.arraycopy(X, i % 4 * IN, pipeline.input().values(), i * IN, IN);
                pipeline.labels()[i] = (byte) Y[i % 4];
            }
        }

        /** Lets every output be sure of a 1, whatever the sample. */
        Training sure() {
            parameter(3).value()[0] = SURE;
            pipeline.parametersChanged();
            return this;
        }

        /** Forward and all gradients, with the mean loss. */
        double forward() {
            return pipeline.pass(m);
        }

        /** One step along the gradients. */
        void step(int step) {
            update.begin(step, recipe.rate);
            update.apply(0, Parts.COUNT);
        }

        Parameter parameter(int i) {
            return pipeline.network().parameters().get(i);
        }

        /** The outputs a of the four samples. */
        float[] outputs() {
            float[] a = Arrays.copyOf(pipeline.logits(), 4);
            if (recipe.cost == Cost.CROSS_ENTROPY) {
                Elementwise.sigmoid(a, 0, a, 0, 4);
            }
            return a;
        }

        /** Length of all weights, biases left out. */
        double weightNorm() {
            return norm(parameter(0).value(), parameter(2).value());
        }

        /** Length of all biases. */
        double biasNorm() {
            return norm(parameter(1).value(), parameter(3).value());
        }

        Training run(int steps) {
            for (int step = 0; step < steps; step++) {
                forward();
                step(step);
            }
            forward();
            return this;
        }

        double loss() {
            return forward();
        }
    }

    /**
     * A loss of a single output.
     *
     * @param factor of the gradient: 1 for that of the mean loss, m for that of the sum
     */
    private record OneOutputLoss(Cost cost, float factor) implements Loss {
        @Override
        public Spec spec() {
            return Spec.of("one-output");
        }

        @Override
        public void lossAndGradient(Tuning tuning, float[] z, byte[] labels, int from, int to, int classes,
                float scale, float[] dz, float[] loss) {
            Xor.cost(cost, z, labels, factor * scale, dz, loss);
        }

        @Override
        public void predict(float[] z, int zOffset, float[] p, int pOffset, int rows, int classes) {
            Elementwise.sigmoid(z, zOffset, p, pOffset, rows);
        }

        @Override
        public double reference(double[] z, int label, double[] dz) {
            throw new UnsupportedOperationException("the page compares with paper, not with double");
        }
    }

    /**
     * The loss of each sample and the gradient of what the output layer gives out. Cross-entropy with one output is
     * softmax's with the logits 0 and z: e^z / (e^0 + e^z) = sigmoid(z).
     */
    private static void cost(Cost cost, float[] out, byte[] labels, float scale, float[] delta, float[] losses) {
        int m = labels.length;
        if (cost == Cost.SQUARED_ERROR) {
            for (int i = 0; i < m; i++) {
                float d = out[i] - labels[i];
                losses[i] = 0.5f * d * d;
                delta[i] = d * scale; // the layer's backward multiplies by a (1 - a)
            }
            return;
        }
        float[] pairs = new float[2 * m];
        for (int i = 0; i < m; i++) {
            pairs[2 * i + 1] = out[i];
        }
        float[] dPairs = new float[2 * m];
        CrossEntropy.ofSoftmax(pairs, labels, 0, m, 2, scale, dPairs, losses);
        for (int i = 0; i < m; i++) {
            delta[i] = dPairs[2 * i + 1];
        }
    }

    /** The first sample forward and backward, every matrix with its formula, in the order of the computation. */
    static List<Matrix> paper() {
        Training start = new Training(Recipe.PLAIN);
        float[] w1 = start.parameter(0).value();
        float[] w2 = start.parameter(2).value();
        float[] b1 = start.parameter(1).value();
        float[] b2 = start.parameter(3).value();
        float[] x = Arrays.copyOf(X, IN);
        float[] z1 = new float[HIDDEN];
        Gemm.sgemm(false, false, 1, HIDDEN, IN, 1f, x, 0, IN, w1, 0, HIDDEN, 0f, z1, 0, HIDDEN);
        Bias.add(b1, z1, 0, HIDDEN, 1, HIDDEN);
        float[] h = new float[HIDDEN];
        Elementwise.sigmoid(z1, 0, h, 0, HIDDEN);
        float[] z2 = new float[1];
        Gemm.sgemm(false, false, 1, 1, HIDDEN, 1f, h, 0, HIDDEN, w2, 0, 1, 0f, z2, 0, 1);
        Bias.add(b2, z2, 0, 1, 1, 1);
        float[] a = new float[1];
        Elementwise.sigmoid(z2, 0, a, 0, 1);
        float[] loss = new float[1];
        float[] delta2 = new float[1];
        cost(Cost.CROSS_ENTROPY, z2, new byte[]{(byte) Y[0]}, 1f, delta2, loss);

        float[] dW2 = new float[HIDDEN];
        Gemm.sgemm(true, false, HIDDEN, 1, 1, 1f, h, 0, HIDDEN, delta2, 0, 1, 0f, dW2, 0, 1);
        float[] db2 = new float[1];
        Bias.gradient(delta2, 0, 1, 1, 1, 0f, db2, 0);
        float[] dh = new float[HIDDEN];
        Gemm.sgemm(false, true, 1, HIDDEN, 1, 1f, delta2, 0, 1, w2, 0, 1, 0f, dh, 0, HIDDEN);
        float[] delta1 = dh.clone();
        Elementwise.sigmoidBackward(h, 0, delta1, 0, HIDDEN);
        float[] dW1 = new float[IN * HIDDEN];
        Gemm.sgemm(true, false, IN, HIDDEN, 1, 1f, x, 0, IN, delta1, 0, HIDDEN, 0f, dW1, 0, HIDDEN);
        float[] db1 = new float[HIDDEN];
        Bias.gradient(delta1, 0, HIDDEN, 1, HIDDEN, 0f, db1, 0);
        float[] moved = w2.clone();
        new Sgd().update(moved, dW2, 0, new float[0][], 0, HIDDEN, new float[]{RATE}, 0f);
        return List.of(
                new Matrix("x", 1, IN, x), new Matrix("W1", IN, HIDDEN, w1), new Matrix("b1", 1, HIDDEN, b1),
                new Matrix("z1 = x W1 + b1", 1, HIDDEN, z1), new Matrix("h = sigmoid(z1)", 1, HIDDEN, h),
                new Matrix("W2^T", 1, HIDDEN, w2), new Matrix("b2", 1, 1, b2),
                new Matrix("z2 = h W2 + b2", 1, 1, z2), new Matrix("a = sigmoid(z2)", 1, 1, a),
                new Matrix("L = -y ln a - (1 - y) ln(1 - a)", 1, 1, loss),
                new Matrix("delta2 = dL/dz2 = a - y", 1, 1, delta2),
                new Matrix("(dL/dW2)^T = (h^T delta2)^T", 1, HIDDEN, dW2),
                new Matrix("dL/db2 = delta2", 1, 1, db2),
                new Matrix("dL/dh = delta2 W2^T", 1, HIDDEN, dh),
                new Matrix("delta1 = dL/dz1 = dL/dh * h * (1 - h)", 1, HIDDEN, delta1),
                new Matrix("dL/dW1 = x^T delta1", IN, HIDDEN, dW1),
                new Matrix("dL/db1 = delta1", 1, HIDDEN, db1),
                new Matrix("new W2^T = (W2 - %.0f dL/dW2)^T".formatted(RATE), 1, HIDDEN, moved));
    }

    /** What is compared with the plain recipe, by the name of its row. */
    static Map<String, Recipe> variants() {
        Recipe plain = Recipe.PLAIN;
        Map<String, Recipe> variants = new LinkedHashMap<>();
        variants.put("1/m, rate %.0f, biases".formatted(RATE), plain);
        variants.put("biases not updated", plain.withoutBiases());
        variants.put("no 1/m, rate %.1f".formatted(RATE / 4), plain.withRate(RATE / 4, false));
        variants.put("no 1/m, rate %.0f".formatted(RATE), plain.withRate(RATE, false));
        variants.put("no 1/m, no rate", plain.withRate(1f, false));
        variants.put("1/m, samples %d times".formatted(COPIES), plain.withCopies(COPIES));
        variants.put("no 1/m, no rate, %d times".formatted(COPIES), plain.withRate(1f, false).withCopies(COPIES));
        variants.put("decay %.3f of weights".formatted(DECAY), plain.withDecay(DECAY, false));
        variants.put("decay %.3f of biases too".formatted(DECAY), plain.withDecay(DECAY, true));
        return variants;
    }

    /** The screen. */
    public static Page page() {
        Page page = new Page("Backpropagation on four samples")
                .text("In short. Which delta: a - y with cross-entropy, (a - y) a (1 - a) with squared error. 1/m "
                        + "makes "
                        + "a gradient that does not grow with the number of samples. The learning rate says how far a "
                        + "step goes; the gradient only says which way. Biases are updated like weights; weight decay "
                        + "leaves them out. The numbers follow.")
                .section("The network")
                .text("x = 1 0 1, 1 1 0, 1 1 1, 1 0 0 has the targets y = 1, 1, 0, 0: the exclusive or of its last two "
                        + "numbers. 3 inputs, 5 hidden units, 1 output, all sigmoid. Rows are samples. * multiplies "
                        + "element by element, x^T is the transpose; W2 is [5, 1], printed lying.");
        List<Matrix> paper = paper();
        page.section("One sample forward: x = 1 0 1, y = 1").matrices(paper.subList(0, 10).toArray(Matrix[]::new));
        page.section("The same sample backward").matrices(paper.subList(10, paper.size()).toArray(Matrix[]::new))
                .text("Each layer does three things: turns dL/da into delta = dL/dz by its local derivative, keeps "
                        + "dL/dW = input^T delta and dL/db = delta (summed over samples), hands dL/dinput = delta W^T "
                        + "on. dL/dh uses W2 as it was forward: all gradients first, then all updates.");
        training(page);
        deltas(page);
        saturation(page);
        variants(page);
        return page;
    }

    private static void training(Page page) {
        Recipe squaredError = Recipe.PLAIN.with(Cost.SQUARED_ERROR);
        List<Training> trained = List.of(new Training(Recipe.PLAIN), new Training(squaredError),
                new Training(squaredError.withRate(4 * RATE, true)));
        page.section("Training: cross-entropy beside squared error")
                .text("All four samples a step, mean gradient, rate %.0f; on the right four times that. Shown are the "
                        + "outputs a, whose targets are 1 1 0 0.", RATE)
                .table(List.of("step", "cross-entropy", "squared error", "squared, rate %.0f".formatted(4 * RATE)),
                        progress(trained))
                .text("For the first hundred steps every output lies near 0.5, where the sigmoid is steepest: a (1 - a) "
                        + "is 1/4 there, its largest value, and so the delta of squared error a quarter of the other one. "
                        + "That is a matter of the rate: with four times the rate it starts as cross-entropy does.");
    }

    private static void saturation(Page page) {
        Recipe squaredError = Recipe.PLAIN.with(Cost.SQUARED_ERROR).withRate(4 * RATE, true);
        List<Training> trained = List.of(new Training(Recipe.PLAIN).sure(), new Training(squaredError).sure());
        page.section("Sure and wrong: a start at which the rate does not help")
                .text("The same two once more, but with b2 = %.0f at the start: every output is next to 1, and two of "
                        + "them are wrong. Their a (1 - a) is %s, and that is what squared error multiplies its delta "
                        + "with.", SURE, Page.number(outputDerivative()).strip())
                .table(List.of("step", "cross-entropy, rate %.0f".formatted(RATE),
                        "squared, rate %.0f".formatted(4 * RATE)), progress(trained))
                .text("The sigmoid is saturated: flat, so that its derivative all but vanishes just where the output is "
                        + "most wrong. Cross-entropy's delta has no such factor and leaves at once.");
    }

    /** a (1 - a) of an output that is sure. */
    static double outputDerivative() {
        float[] a = {SURE};
        Elementwise.sigmoid(a, 0, a, 0, 1);
        return a[0] * (1.0 - a[0]);
    }

    /** The outputs of several at some of their steps. */
    private static List<List<String>> progress(List<Training> trained) {
        List<List<String>> rows = new ArrayList<>();
        for (int step = 0; step <= STEPS; step++) {
            List<String> row = new ArrayList<>(List.of(String.valueOf(step)));
            for (Training training : trained) {
                training.forward();
                row.add(outputs(training, "%.2f"));
                training.step(step);
            }
            if (SHOWN.contains(step)) {
                rows.add(row);
            }
        }
        return rows;
    }

    private static void deltas(Page page) {
        List<List<String>> rows = new ArrayList<>();
        for (float z : new float[]{-8, -4, -2, 0, 2, 4}) {
            float[] a = new float[1];
            Elementwise.sigmoid(new float[]{z}, 0, a, 0, 1);
            float[] crossEntropy = new float[1];
            cost(Cost.CROSS_ENTROPY, new float[]{z}, new byte[]{1}, 1f, crossEntropy, new float[1]);
            float[] squaredError = new float[1];
            cost(Cost.SQUARED_ERROR, a, new byte[]{1}, 1f, squaredError, new float[1]);
            Elementwise.sigmoidBackward(a, 0, squaredError, 0, 1);
            rows.add(List.of("%.0f".formatted(z), Page.number(a[0]), Page.number(crossEntropy[0]),
                    Page.number(squaredError[0])));
        }
        page.section("Which delta?")
                .text("delta = dL/dz = dL/da da/dz, and da/dz = a (1 - a) for the sigmoid. Cross-entropy has "
                        + "dL/da = (a - y) / (a (1 - a)): the factor cancels, delta = a - y. The squared error "
                        + "1/2 (a - y)^2 has dL/da = a - y: the factor stays, delta = (a - y) a (1 - a). For a target "
                        + "of 1:")
                .table(List.of("z", "a", "a - y", "(a - y) a (1 - a)"), rows)
                .text("The worse the output, the larger a - y; the other delta all but vanishes where the output is "
                        + "sure and wrong. Mixing them up: --mistake mse-delta-for-cross-entropy.");
    }

    private static void variants(Page page) {
        List<List<String>> rows = new ArrayList<>();
        variants().forEach((name, recipe) -> {
            Training training = new Training(recipe).run(STEPS);
            rows.add(List.of(name, "%.4f".formatted(training.loss()), outputs(training, "%.3f"),
                    "%.2f".formatted(training.weightNorm()), "%.2f".formatted(training.biasNorm())));
        });
        page.section("Biases, 1/m, the learning rate, weight decay")
                .text("Cross-entropy, targets 1 1 0 0, %d steps of w = w - rate * gradient. |W| and |b| are the "
                        + "lengths of all weights and "
                        + "all biases.", STEPS)
                .table(List.of("variant", "loss", "outputs", "|W|", "|b|"), rows)
                .text("Biases are parameters like any other: db is delta summed over the samples. Here x begins with "
                        + "a constant 1, so the first row of W1 is a bias already and little is lost without b1.")
                .text("1/m makes the gradient that of the mean loss: the same steps with 4 samples and with each of "
                        + "them "
                        + "%d times. The sum is m times as large: without 1/m the rate must be divided by m, %.1f "
                        + "instead of %.0f here. No rate at all is a rate of 1: by luck that suits 4 samples, and with "
                        + "%d it shoots every output to 1 and stays there.", COPIES, RATE / 4, RATE, 4 * COPIES)
                .text("Decay adds decay * w to the gradient of a weight, which keeps |W| small at the price of some "
                        + "loss. "
                        + "Biases are left out: they shift a unit and cannot make it steep.");
    }

    private static String outputs(Training training, String format) {
        StringBuilder text = new StringBuilder();
        for (float a : training.outputs()) {
            text.append(text.isEmpty() ? "" : " ").append(format.formatted(a));
        }
        return text.toString();
    }

    private static double norm(float[]... arrays) {
        double squares = 0;
        for (float[] values : arrays) {
            for (float value : values) {
                squares += (double) value * value;
            }
        }
        return Math.sqrt(squares);
    }
}
