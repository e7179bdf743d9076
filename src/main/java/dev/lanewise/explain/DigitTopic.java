package dev.lanewise.explain;

import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Dense;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** {@code explain digit}: one image through a trained network, forward and backward. */
public final class DigitTopic {
    private static final String INK = " .:-=+*#%@";
    private static final String TOWARDS = " .+#"; // a pixel's share of the largest, in thirds
    private static final String AWAY = " ,o0";
    private static final int BAR = 40;

    private final Architecture architecture;
    private final Chain chain;
    private final int features;
    private final int answer;
    private final int runnerUp;
    private final float[] probabilities;

    /**
     * One image after its way forward.
     *
     * @param parameters of the trained network
     */
    DigitTopic(Architecture architecture, List<Parameter> parameters, Dataset data, int image) {
        this.architecture = architecture;
        features = data.shape().size();
        chain = new Chain(architecture, 1, null);
        for (int p = 0; p < parameters.size(); p++) {
            float[] value = parameters.get(p).value();
            System.arraycopy(value, 0, chain.parameters().get(p).value(), 0, value.length);
        }
        Pixels.toFloats(data.pixels(image), 0, chain.y[0], 0, features);
        chain.labels[0] = (byte) data.label(image);
        chain.forward(1);
        int classes = architecture.classes();
        probabilities = new float[classes];
        architecture.loss().predict(chain.logits(), probabilities, 1, classes);
        answer = largest(chain.logits(), -1);
        runnerUp = largest(chain.logits(), answer);
    }

    /**
     * The screen for one image.
     *
     * @param parameters of the trained network
     * @param name of the data set
     */
    public static Page page(Architecture architecture, List<Parameter> parameters, Dataset data, int image,
            String name) {
        DigitTopic topic = new DigitTopic(architecture, parameters, data, image);
        Page page = new Page("Test image %,d of %s, a %d, read as a %d".formatted(image, name,
                data.label(image), topic.answer));
        float[] pushes = topic.pushes();
        List<String> lines = new ArrayList<>();
        lines.add("%-38s%s".formatted("the image", "pushed towards " + topic.answer + " (. + #), away (, o 0)"));
        int height = data.shape().height();
        int width = data.shape().width();
        for (int i = 0; i < height; i += 2) {
            StringBuilder ink = new StringBuilder();
            StringBuilder push = new StringBuilder();
            for (int j = 0; j < width; j++) {
                int above = i * width + j;
                int below = Math.min(i + 1, height - 1) * width + j;
                ink.append(ink((topic.chain.y[0][above] + topic.chain.y[0][below]) / 2));
                push.append(push(pushes[above] + pushes[below], topic.strongest(pushes, width)));
            }
            lines.add("%-38s%s".formatted(ink, push));
        }
        page.lines(lines);
        double sum = 0;
        for (float push : pushes) {
            sum += push;
        }
        page.text("Right: x * d(z%d - z%d)/dx, the logit of %d against that of the runner-up %d, taken back through "
                + "the network to the pixels (two rows to a line). The pixels sum to %+.2f of the %+.2f "
                + "between the two logits; %s", topic.answer, topic.runnerUp, topic.answer, topic.runnerUp, sum,
                topic.chain.logits()[topic.answer] - topic.chain.logits()[topic.runnerUp],
                switch (architecture.activation()) {
                    case RELU, NONE -> "with relu the rest is exactly the biases' share.";
                    case SIGMOID, TANH -> "the rest is the biases' and the curvature's.";
                });
        topic.forward(page);
        topic.probabilities(page);
        topic.backward(page);
        return page;
    }

    private void forward(Page page) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(layer("x", "pixels / 255", chain.y[0], features));
        for (int l = 0; l < chain.layers.size(); l++) {
            Dense layer = chain.layers.get(l);
            String before = l == 0 ? "x" : "h" + l;
            boolean last = l == chain.layers.size() - 1;
            String sum = "%s W%d + b%d".formatted(before, l + 1, l + 1);
            rows.add(layer(last ? "z" : "h" + (l + 1), last
                    ? sum
                    : "%s(%s)".formatted(layer.activation().name().toLowerCase(Locale.ROOT), sum), chain.y[l + 1],
                    layer.outputs()));
        }
        page.section("Forward, layer by layer (%s)".formatted(architecture))
                .table(List.of("layer", "formula", "units", "not 0", "smallest", "largest", "length"), rows);
    }

    private static List<String> layer(String name, String formula, float[] values, int n) {
        float smallest = Float.POSITIVE_INFINITY;
        float largest = Float.NEGATIVE_INFINITY;
        int active = 0;
        for (int i = 0; i < n; i++) {
            smallest = Math.min(smallest, values[i]);
            largest = Math.max(largest, values[i]);
            active += values[i] != 0 ? 1 : 0;
        }
        return List.of(name, formula, String.valueOf(n), String.valueOf(active), "%.3f".formatted(smallest),
                "%.3f".formatted(largest), "%.3f".formatted(norm(values)));
    }

    private void probabilities(Page page) {
        List<String> lines = new ArrayList<>();
        boolean softmax = architecture.loss() != Loss.SQUARED_ERROR;
        lines.add("class    logit z   %s".formatted(softmax ? "p = softmax(z)" : "a = sigmoid(z)"));
        for (int j = 0; j < probabilities.length; j++) {
            String mark = j == chain.labels[0] ? " <- label" : "";
            lines.add("%5d  %9.4f  %8.4f %% %s%s".formatted(j, chain.logits()[j], 100 * probabilities[j],
                    "#".repeat(Math.round(BAR * probabilities[j])), mark));
        }
        page.section("What the network says").lines(lines);
    }

    /** The gradients of this image's loss, as in a step of training with a batch of 1. */
    private void backward(Page page) {
        double loss = chain.step(1);
        List<List<String>> rows = new ArrayList<>();
        for (int l = chain.layers.size() - 1; l >= 0; l--) {
            Dense layer = chain.layers.get(l);
            rows.add(List.of(String.valueOf(l + 1), number(norm(chain.dy[l + 1])),
                    number(norm(layer.weight().gradient())), number(norm(layer.bias().gradient())),
                    number(norm(layer.weight().value())), number(norm(chain.dy[l]))));
        }
        page.section("Backward: the loss %s, its label %d".formatted(number(loss), chain.labels[0]))
                .table(List.of("layer", "|delta|", "|dL/dW|", "|dL/db|", "|W|", "|dL/dinput|"), rows)
                .text("Lengths. delta = dL/dz of the layer; the last one is %s. dL/dW = input^T delta, dL/db = delta, "
                        + "dL/dinput = delta W^T goes on to the layer below. A sure and right answer has next to no "
                        + "gradient: there is nothing left to learn from this image.",
                        switch (architecture.loss()) {
                            case CROSS_ENTROPY -> "p - y";
                            case SQUARED_ERROR -> "(a - y) a (1 - a)";
                            case SOFTMAX_SQUARED_ERROR -> "p (d - d.p), d = p - y";
                        });
    }

    /** x * d(z[answer] - z[runner-up])/dx for every pixel. */
    float[] pushes() {
        float[] dz = chain.dy[chain.layers.size()];
        Arrays.fill(dz, 0f);
        dz[answer] = 1f;
        dz[runnerUp] = -1f;
        chain.backward(1);
        float[] pushes = new float[features];
        for (int i = 0; i < features; i++) {
            pushes[i] = chain.y[0][i] * chain.dy[0][i];
        }
        return pushes;
    }

    float[] logits() {
        return chain.logits();
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

    private static int largest(float[] values, int butFor) {
        int best = -1;
        for (int j = 0; j < values.length; j++) {
            if (j != butFor && (best < 0 || values[j] > values[best])) {
                best = j;
            }
        }
        return Math.max(best, 0);
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
