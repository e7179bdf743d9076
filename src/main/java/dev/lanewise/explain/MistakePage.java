package dev.lanewise.explain;

import dev.lanewise.data.Batches;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.CrossEntropyLoss;
import dev.lanewise.model.GradientCheck.Finding;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Spec;
import dev.lanewise.train.Momentum;
import dev.lanewise.train.Sgd;
import dev.lanewise.train.Update;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A mistake made on purpose: what the gradient check says, and the training curve beside that of the right code. */
public final class MistakePage {
    static final int EPOCHS = 8;
    private static final int BATCH = 32;
    private static final float RATE = 0.02f;
    private static final double MOMENTUM = 0.9;

    private MistakePage() {
    }

    /** Mean losses by epoch, the share of unseen images read right, and the step (from 1) of the first NaN, or 0. */
    static final class Curve {
        private final double[] losses;
        private final double[] accuracies;
        private final int firstNaN;

        Curve(double[] losses, double[] accuracies, int firstNaN) {
            this.losses = losses;
            this.accuracies = accuracies;
            this.firstNaN = firstNaN;
        }

        /** The mean loss of each epoch. */
        double[] losses() {
            return losses;
        }

        /** The share of unseen images read right after each. */
        double[] accuracies() {
            return accuracies;
        }

        /** The step, from 1, of the first NaN; 0 without one. */
        int firstNaN() {
            return firstNaN;
        }
    }

    /** The check of a small network with the mistake. */
    static List<Finding> check(Mistake mistake) {
        return networkCheck(mistake).findings();
    }

    private static NetworkCheck networkCheck(Mistake mistake) {
        Network network = Network.of(Shape.vector(4), Spec.parseList("dense 5, tanh, dense 3"), new CrossEntropyLoss());
        return new NetworkCheck(network, new Sgd(), RATE, 0, 1, mistake);
    }

    /** Trains on built-in digits; a mistake of null is none. */
    static Curve train(@Nullable Mistake mistake, boolean rawPixels) {
        Dataset train = BuiltInDigits.draw(1, 1024);
        Dataset test = BuiltInDigits.draw(2, 500);
        Network network = Mistake.in(network(rawPixels), mistake).initialize(1);
        Pipeline pipeline = pipeline(network, train, BATCH, Mode.training(1, Tuning.LONG));
        Pipeline tested = pipeline(network, test, test.size(), Mode.evaluation(Tuning.LONG));
        float rate = mistake == null ? rate(rawPixels) : mistake.in(rate(rawPixels));
        Update update = new Update(new Update.Rule(new Momentum(MOMENTUM, false), 0), network, null);
        Batches batches = new Batches(train, BATCH);
        double[] losses = new double[EPOCHS];
        double[] accuracies = new double[EPOCHS];
        int step = 0;
        int firstNaN = 0;
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            batches.shuffle(1, epoch + 1);
            for (int batch = 0; batch < batches.count(); batch++) {
                int rows = gather(batches, batch, pipeline, rawPixels);
                double loss = pipeline.pass(rows);
                if (mistake != null) {
                    mistake.spoil(network.parameters());
                }
                step++;
                firstNaN = firstNaN == 0 && Double.isNaN(loss) ? step : firstNaN;
                losses[epoch] += loss * rows / train.size();
                update.begin(step - 1L, rate);
                update.apply(0, Parts.COUNT);
            }
            accuracies[epoch] = accuracy(tested, test, rawPixels);
        }
        return new Curve(losses, accuracies, firstNaN);
    }

    private static Network network(boolean rawPixels) {
        return Network.of(Mnist.SHAPE, Spec.parseList((rawPixels ? "" : "dense 32, relu, ") + "dense "
                + Mnist.CLASSES.size()), new CrossEntropyLoss());
    }

    private static Pipeline pipeline(Network network, Dataset data, int capacity, Mode mode) {
        return new Pipeline(network, Input.of(data.samples(), capacity),
                mode.with(Mode.Zeros.MULTIPLIED));
    }

    /** Raw pixels are 255 times as large, and so are the gradients. */
    private static float rate(boolean rawPixels) {
        return rawPixels ? RATE / 255 : RATE;
    }

    /** Fills in a batch and returns its size. */
    private static int gather(Batches batches, int batch, Pipeline pipeline, boolean rawPixels) {
        int rows = batches.size(batch);
        int[] samples = new int[rows];
        batches.pick(batch, 0, rows, samples, pipeline.labels());
        pipeline.input().gather(samples, 0, rows);
        float[] x = pipeline.input().values();
        for (int i = 0; rawPixels && i < rows * pipeline.input().shape().size(); i++) {
            x[i] *= 255f;
        }
        return rows;
    }

    private static double accuracy(Pipeline pipeline, Dataset test, boolean rawPixels) {
        gather(new Batches(test, test.size()), 0, pipeline, rawPixels);
        pipeline.forward(0, test.size());
        int right = 0;
        for (int i = 0; i < test.size(); i++) {
            right += pipeline.predicted(i) == test.label(i) ? 1 : 0;
        }
        return (double) right / test.size();
    }

    /** The screen. */
    public static Page page(Mistake mistake) {
        Page page = new Page("Mistake: " + mistake).text("%s.", sentence(mistake.what()));
        page.section("The gradient check (4-5-3, tanh, cross-entropy, sgd)");
        List<Finding> findings = check(mistake);
        NetworkCheck.table(page, findings);
        page.text("%s", switch (mistake) {
            case NO_MAX_SHIFT -> "At ordinary logits all is right, which is why this mistake lives long. At logits of "
                    + "hundreds e^z is infinite and the gradient NaN.";
            case NO_BIAS_UPDATE -> "The weights are right. An error of exactly 1 is the mark of a gradient that is 0: "
                    + "|0 - b| / |b|.";
            case MSE_DELTA_FOR_CROSS_ENTROPY -> "The loss and every layer below it fail: a wrong delta at the end is "
                    + "carried back to all of them.";
            case NO_LEARNING_RATE -> "Every gradient is right: the check of gradients cannot see it. The check of the "
                    + "steps can: each is %.0f times as long as the rule with the rate %s says.".formatted(1 / RATE,
                            Page.number(RATE).strip());
            case DIAGONAL_JACOBIAN -> "The loss and every layer below it fail: a wrong delta at the end is carried "
                    + "back to all of them. An error of 1 in the loss: logits that should be pushed down are left "
                    + "alone.";
        });
        boolean raw = mistake == Mistake.NO_MAX_SHIFT;
        page.section("The training curve, right and mistaken")
                .text("%s cross-entropy, rate %s, momentum 0.9, batches of 32, 1,024 built-in digits; accuracy on 500 "
                        + "others.",
                        raw
                                ? network(true) + ", pixels from 0 to 255 instead of 0 to 1, so that logits are large;"
                                : network(false) + ", relu,",
                        Page.number(rate(raw)).strip());
        Curve right = train(null, raw);
        Curve mistaken = train(mistake, raw);
        List<List<String>> rows = new ArrayList<>();
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            rows.add(List.of(String.valueOf(epoch + 1), "%.4f".formatted(right.losses[epoch]),
                    "%.1f %%".formatted(100 * right.accuracies[epoch]), "%.4f".formatted(mistaken.losses[epoch]),
                    "%.1f %%".formatted(100 * mistaken.accuracies[epoch])));
        }
        page.table(List.of("epoch", "loss", "accuracy", "mistaken loss", "accuracy"), rows);
        String firstNaN = mistaken.firstNaN == 0
                ? ""
                : "The first NaN comes in step %d of %d. ".formatted(mistaken.firstNaN, EPOCHS * 1024 / BATCH);
        return page.text("%s%s", firstNaN, switch (mistake) {
            case NO_MAX_SHIFT -> "One NaN in a batch reaches every weight in one step, and none comes back.";
            case NO_BIAS_UPDATE -> "The curve hardly betrays it: the weights make up for what the biases lack. Do not "
                    + "wait for the curve, check the gradient.";
            case MSE_DELTA_FOR_CROSS_ENTROPY -> "It learns, more slowly, as if the rate were too small: the factor "
                    + "a (1 - a) starves the samples that are most wrong. Only the check names the cause.";
            case NO_LEARNING_RATE ->
                "A step %.0f times too long leaps over the valley: the loss stays at or above that of "
                        .formatted(1 / RATE) + "guessing, ln 10 = 2.3026. A loss like that says: lower the rate.";
            case DIAGONAL_JACOBIAN -> "Every sample pushes the logit of its class up and none pushes one down, so "
                    + "logits of the wrong classes grow as well, until the right one's probability is rounded to 0 "
                    + "and dL/ds = -1/0. The curve shows that something is wrong, the check shows where.";
        });
    }

    private static String sentence(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
