package dev.lanewise.explain;

import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Reductions;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.model.Input;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Stage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** {@code explain digit}: one image through a trained network, forward and backward. */
public final class DigitTopic {
    private static final String INK = " .:-=+*#%@";
    private static final String TOWARDS = " .+#"; // a pixel's share of the largest, in thirds
    private static final String AWAY = " ,o0";
    private static final int BAR = 40;
    private static final Set<String> PIECEWISE_LINEAR = Set.of("dense", "relu", "dropout", "conv", "pool",
            "average-pool", "global-pool", "drop-channels");

    private final Network network;
    private final Pipeline pipeline;
    private final boolean hasWayBack; // statistics of a batch, which one image does not make, are not in the way
    private final float[] x; // the image, from 0 to 1
    private final int label;
    private final int answer;
    private final int runnerUp;
    private final float[] probabilities;

    /** One image after its way forward through a trained network. */
    DigitTopic(Network network, Dataset data, int image) {
        this.network = network;
        Input input = Input.withGradient(network.input(), 1);
        x = input.values();
        Pixels.toFloats(data.pixels(image), 0, x, 0, x.length);
        Pipeline training = new Pipeline(network.forEvaluation(), input, Mode.training(0, Tuning.LONG));
        hasWayBack = training.stages().stream().noneMatch(Stage::summarizes);
        pipeline = hasWayBack
                ? training
                : new Pipeline(network.forEvaluation(), input, Mode.evaluation(Tuning.LONG));
        label = data.label(image);
        pipeline.labels()[0] = (byte) label;
        pipeline.forward(0, 1);
        probabilities = new float[network.classes()];
        pipeline.predict(probabilities, 1);
        answer = Reductions.argmax(logits(), 0, probabilities.length);
        float[] others = logits().clone();
        others[answer] = Float.NEGATIVE_INFINITY;
        runnerUp = Reductions.argmax(others, 0, others.length);
    }

    /**
     * The screen for one image.
     *
     * @param classes their names, as the network knows them
     * @param name of the data set
     */
    public static Page page(Network network, List<String> classes, Dataset data, int image, String name) {
        DigitTopic topic = new DigitTopic(network, data, image);
        Page page = new Page("Test image %,d of %s, a %s, read as a %s".formatted(image, name,
                classes.get(topic.label), classes.get(topic.answer)));
        String answer = classes.get(topic.answer);
        String runnerUp = classes.get(topic.runnerUp);
        float[] allPushes = topic.hasWayBack ? topic.pushes() : new float[topic.x.length];
        float[] pushes = overChannels(allPushes, data.shape());
        float[] inks = overChannels(topic.x, data.shape());
        int columns = data.shape().width();
        String left = "%-" + Math.max(38, columns + 2) + "s%s"; // so that both pictures begin below their names
        List<String> lines = new ArrayList<>();
        lines.add(left.formatted("the image",
                topic.hasWayBack ? "pushed towards " + answer + " (. + #), away (, o 0)" : ""));
        for (int i = 0; i < data.shape().height(); i += 2) {
            StringBuilder ink = new StringBuilder();
            StringBuilder push = new StringBuilder();
            for (int j = 0; j < columns; j++) {
                int above = i * columns + j;
                int below = Math.min(i + 1, data.shape().height() - 1) * columns + j;
                ink.append(ink((inks[above] + inks[below]) / 2 / data.shape().channels()));
                push.append(push(pushes[above] + pushes[below], topic.strongest(pushes, columns)));
            }
            lines.add(left.formatted(ink, push));
        }
        page.lines(lines);
        if (!topic.hasWayBack) {
            topic.forward(page);
            topic.probabilities(page, classes);
            return page.text("The way back is left out: batch normalisation goes it by the mean and the variance of a "
                    + "batch, which one image does not make. Forward, it takes the running ones, as here.");
        }
        double sum = 0;
        for (float push : allPushes) {
            sum += push;
        }
        boolean piecewiseLinear = network.specs().stream().allMatch(spec -> PIECEWISE_LINEAR
                .contains(spec.kind()));
        page.text("Right: x * d(z%d - z%d)/dx, the logit of %s against that of the runner-up %s, taken back through "
                + "the network to the pixels (two rows to a line). The pixels sum to %+.2f of the %+.2f "
                + "between the two logits; %s", topic.answer, topic.runnerUp, answer, runnerUp, sum,
                topic.logits()[topic.answer] - topic.logits()[topic.runnerUp],
                piecewiseLinear
                        ? "with relu the rest is exactly the biases' share."
                        : "the rest is the biases' and the curvature's.");
        topic.forward(page);
        topic.probabilities(page, classes);
        topic.backward(page, classes.get(topic.label));
        return page;
    }

    /** The sum over the channels of each place. */
    private static float[] overChannels(float[] values, Shape shape) {
        float[] sums = new float[shape.height() * shape.width()];
        for (int i = 0; i < values.length; i++) {
            sums[i / shape.channels()] += values[i];
        }
        return sums;
    }

    private void forward(Page page) {
        if (network.isForImages()) {
            layers(page);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(layer("x", "pixels / 255", x));
        List<Layer> layers = pipeline.layers();
        int number = 0;
        String before = "x";
        for (int l = 0, end; l < layers.size(); l = end) {
            end = l + 1;
            String formula = layers.get(l).spec().toString();
            if (isDense(layers.get(l))) {
                number++;
                formula = "%s W%d + b%d".formatted(before, number, number);
                for (; end < layers.size() && layers.get(end).parameters().isEmpty(); end++) {
                    formula = "%s(%s)".formatted(layers.get(end).spec().kind(), formula);
                }
            }
            before = end == layers.size() ? "z" : "h" + number;
            Input output = pipeline.stages().get(end - 1).output();
            rows.add(layer(before, formula, output.sample(output.values(), 0)));
        }
        page.section("Forward, layer by layer (%s)".formatted(network))
                .table(List.of("layer", "formula", "units", "not 0", "smallest", "largest", "length"), rows);
    }

    /** What every layer makes of the image, where that has a shape. */
    @SuppressWarnings("ReferenceEquality") // whether a layer works in the place of the one before
    private void layers(Page page) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(range("pixels / 255", network.input().toString(), x));
        List<Layer> layers = pipeline.layers();
        StringBuilder words = new StringBuilder();
        for (int l = 0; l < layers.size(); l++) {
            Input output = pipeline.stages().get(l).output();
            words.append(layers.get(l).spec());
            if (l + 1 < layers.size() && pipeline.stages().get(l + 1).output().values() == output.values()) {
                words.append(", "); // the next one works in its place
                continue;
            }
            rows.add(range(words.toString(), output.shape().toString(), output.sample(output.values(), 0)));
            words.setLength(0);
        }
        page.section("Forward, layer by layer")
                .table(List.of("layer", "output", "not 0", "smallest", "largest", "length"), rows);
    }

    private static List<String> layer(String name, String formula, float[] values) {
        List<String> row = new ArrayList<>(range(name, String.valueOf(values.length), values));
        row.add(1, formula);
        return row;
    }

    private static List<String> range(String name, String size, float[] values) {
        float smallest = Float.POSITIVE_INFINITY;
        float largest = Float.NEGATIVE_INFINITY;
        int active = 0;
        for (float value : values) {
            smallest = Math.min(smallest, value);
            largest = Math.max(largest, value);
            active += value != 0 ? 1 : 0;
        }
        return List.of(name, size, String.valueOf(active), "%.3f".formatted(smallest),
                "%.3f".formatted(largest), "%.3f".formatted(norm(values)));
    }

    private void probabilities(Page page, List<String> classes) {
        List<String> lines = new ArrayList<>();
        boolean softmax = !network.loss().spec().kind().equals("mse");
        int width = classes.stream().mapToInt(String::length).reduce(5, Math::max);
        lines.add("%s    logit z   %s".formatted(" ".repeat(width - 5) + "class",
                softmax ? "p = softmax(z)" : "a = sigmoid(z)"));
        for (int j = 0; j < probabilities.length; j++) {
            String mark = j == label ? " <- label" : "";
            lines.add(
                    "%s%s  %9.4f  %8.4f %% %s%s".formatted(" ".repeat(width - classes.get(j).length()), classes.get(j),
                            logits()[j], 100 * probabilities[j],
                            "#".repeat(Math.round(BAR * probabilities[j])), mark));
        }
        page.section("What the network says").lines(lines);
    }

    private static boolean isDense(Layer layer) {
        return layer.spec().kind().equals("dense");
    }

    /** The gradients of this image's loss, as in a step of training with a batch of 1. */
    private void backward(Page page, String name) {
        double loss = pipeline.pass(1);
        List<List<String>> rows = new ArrayList<>();
        int number = 0;
        Input before = pipeline.input();
        Iterator<Layer> layers = pipeline.layers().iterator();
        for (Stage stage : pipeline.stages()) {
            Layer layer = layers.next();
            if (isDense(layer) || layer.spec().kind().equals("conv")) {
                number++;
                Parameter weight = stage.parameters().getFirst();
                Input output = stage.output();
                rows.addFirst(List.of(network.isForImages() ? layer.spec().toString() : String.valueOf(number),
                        number(norm(output.sample(output.gradient(), 0))), number(norm(weight.gradient())),
                        number(norm(stage.parameters().getLast().gradient())), number(norm(weight.value())),
                        number(norm(before.sample(before.gradient(), 0)))));
            }
            before = stage.output();
        }
        page.section("Backward: the loss %s, its label %s".formatted(number(loss), name))
                .table(List.of("layer", "|delta|", "|dL/dW|", "|dL/db|", "|W|", "|dL/dinput|"), rows)
                .text("Lengths. delta = dL/dz of the layer; the last one is %s. %s goes on to the layer below. A sure "
                        + "and right answer has next to no gradient: there is nothing left to learn from this image.",
                        switch (network.loss().spec().kind()) {
                            case "mse" -> "(a - y) a (1 - a)";
                            case "softmax-mse" -> "p (d - d.p), d = p - y";
                            default -> "p - y";
                        },
                        network.isForImages()
                                ? "How a convolution makes dL/dW, dL/db and dL/dinput of it, 'explain conv' shows; dL/dinput"
                                : "dL/dW = input^T delta, dL/db = delta, dL/dinput = delta W^T");
    }

    /** x * d(z[answer] - z[runner-up])/dx for every pixel. */
    float[] pushes() {
        float[] dz = pipeline.stages().getLast().output().gradient();
        Arrays.fill(dz, 0f);
        dz[answer] = 1f;
        dz[runnerUp] = -1f;
        pipeline.backward(0, 1);
        float[] pushes = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            pushes[i] = x[i] * pipeline.input().gradient()[i];
        }
        return pushes;
    }

    float[] logits() {
        return pipeline.logits();
    }

    int answer() {
        return answer;
    }

    int runnerUp() {
        return runnerUp;
    }

    private float strongest(float[] pushes, int columns) {
        float strongest = Float.MIN_NORMAL;
        for (int i = 0; i + columns < pushes.length; i++) {
            if (i / columns % 2 == 0) {
                strongest = Math.max(strongest, Math.abs(pushes[i] + pushes[i + columns]));
            }
        }
        return strongest;
    }

    private static char ink(float value) {
        return INK.charAt(Math.clamp((int) (value * INK.length()), 0, INK.length() - 1));
    }

    private static char push(float value, float strongest) {
        String ramp = value > 0 ? TOWARDS : AWAY;
        float share = Math.abs(value) / strongest;
        return ramp.charAt(share < 0.05f ? 0 : share < 0.25f ? 1 : share < 0.6f ? 2 : 3);
    }

    private static String number(double value) {
        return Page.number(value).strip();
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }
}
