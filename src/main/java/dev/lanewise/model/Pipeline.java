package dev.lanewise.model;

import dev.lanewise.kernel.Reductions;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.CacheSizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network at work: its stages one behind the other, labels, losses, and room for a batch. Nothing is allocated after
 * construction.
 *
 * <p>To train on a batch: fill {@link #input} and {@link #labels}; {@link #forward}, {@link #lossAndGradient} and
 * {@link #backward} for all rows, in any split of them between threads; then {@link #gradients}, in shares.
 */
public final class Pipeline {
    private static final int ROWS_LEAST = Layout.INTERLEAVED.group();
    private static final int ROWS_GRAIN = 3 * ROWS_LEAST; // also of those that are listed together
    private static final int ROWS_MOST = 5 * ROWS_GRAIN;

    private final Network network;
    private final Input input;
    private final List<Layer> layers;
    private final List<Stage> stages;
    private final Input output;
    private final Loss loss;
    private final Tuning tuning;
    private final int classes;
    private final int group;
    private final int rowsAtATime; // through all stages, so that what lies between these stays in L2
    private final float[] dz; // of the loss with respect to output, [N, classes]; empty where only outputs are wanted, as
    private final byte[] labels; // [N]
    private final float[] losses; // [N]

    /** Puts a network to work on what {@code input} holds. */
    public Pipeline(Network network, Input input, Mode mode) {
        if (!input.shape().equals(network.input())) {
            throw new IllegalArgumentException("samples of %s do not fit a network that takes %s"
                    .formatted(input.shape(), network.input()));
        }
        this.network = network;
        this.input = input;
        layers = inOrderOfWork(network.layers());
        List<Stage> stages = new ArrayList<>();
        Input x = input;
        for (Layer layer : layers) {
            boolean last = stages.size() == layers.size() - 1;
            stages.add(last ? ConvertedStage.toRows(layer, x, mode) : ConvertedStage.of(layer, x, mode));
            x = stages.getLast().output();
        }
        input.allocate(); // before threads could do so at the same time
        this.stages = List.copyOf(stages);
        group = group(network, mode);
        output = x;
        loss = mode.training() ? network.loss() : network.loss().forEvaluation();
        tuning = mode.tuning();
        classes = network.classes();
        rowsAtATime = mode.training() ? input.capacity() : mode.isOneByOne() ? 1 : rowsAtATime(network);
        int judged = mode.predicts() ? 0 : input.capacity();
        dz = output.hasGradient() ? output.gradient() : new float[judged * classes];
        labels = new byte[judged];
        losses = new float[judged];
    }

    /**
     * How many samples go through all layers together where nothing is trained: so many that what a layer reads and writes is
     * half of L2; of samples that go together, no fewer.
     */
    public static int rowsAtATime(Network network) {
        long most = network.layers().stream().mapToLong(layer -> (long) layer.input().size() + layer.output().size())
                .max().orElseThrow();
        long fitting = CacheSizes.here().l2() / 2 / (Float.BYTES * most);
        return Math.clamp(fitting / ROWS_GRAIN * ROWS_GRAIN, ROWS_LEAST, ROWS_MOST);
    }

    /** Samples that go through a network together: of images 16, unless each can go by itself. */
    public static int group(Network network, Mode mode) {
        boolean byRows = mode.isOneByOne()
                ? network.layers().stream().allMatch(layer -> ConvertedStage.accepts(layer, Layout.ROWS, mode))
                : !network.isForImages();
        return (byRows ? Layout.ROWS : Layout.INTERLEAVED).group();
    }

    /** The layers, some of them behind the next one where that makes less work. */
    private static List<Layer> inOrderOfWork(List<Layer> layers) {
        List<Layer> order = new ArrayList<>(layers);
        for (int l = 0; l + 1 < order.size(); l++) {
            Layer next = order.get(l + 1);
            Optional<Layer> behind = order.get(l).behind(next);
            if (behind.isPresent()) {
                order.set(l, next);
                order.set(l + 1, behind.get());
            }
        }
        return List.copyOf(order);
    }

    /** What is at work. */
    public Network network() {
        return network;
    }

    /** What goes in. */
    public Input input() {
        return input;
    }

    /** Rows that there is room for. */
    public int capacity() {
        return input.capacity();
    }

    /** Samples that only go together: splits of the rows begin at multiples of it. */
    public int group() {
        return group;
    }

    /** Where the right classes go, [capacity], unsigned. */
    public byte[] labels() {
        return labels;
    }

    /** The layers in the order of {@link #stages}: a relu comes behind the maximum that follows it, which gives the same bits. */
    public List<Layer> layers() {
        return layers;
    }

    /** The layers at work, in order. */
    public List<Stage> stages() {
        return stages;
    }

    /** The last layer's outputs (logits), [capacity, classes]. */
    public float[] logits() {
        return output.values();
    }

    /** The loss of each sample, [capacity], after {@link #lossAndGradient}. */
    public float[] losses() {
        return losses;
    }

    /** Begins a step, whose number decides what its forward drops. */
    public void begin(long step) {
        input.begin(step);
        for (int s = 0; s < stages.size(); s++) {
            stages.get(s).begin(step);
        }
    }

    /** Takes rows from to to - 1 of {@link #input} through all stages: all rows where a stage that trains {@linkplain Stage#summarizes sums} over them. */
    public void forward(int from, int to) {
        for (int first = from, end; first < to; first = end) {
            end = Math.min(to, first + rowsAtATime);
            for (int s = 0; s < stages.size(); s++) {
                stages.get(s).summarize(first, end);
                stages.get(s).forward(first, end);
            }
        }
    }

    /** Each row's loss, and its gradient times {@code scale}: 1 / N for that of the mean over N rows. */
    public void lossAndGradient(int from, int to, float scale) {
        loss.lossAndGradient(tuning, output.values(), labels, from, to, classes, scale, dz, losses);
    }

    /** Takes the gradients of rows from to to - 1 back through all stages. */
    public void backward(int from, int to) {
        for (int s = stages.size() - 1; s >= 0; s--) {
            stages.get(s).summarizeGradient(from, to);
            stages.get(s).backward(from, to);
        }
    }

    /** A share of every parameter's gradient, over rows 0 to rows - 1; see {@link Stage#gradients}. */
    public void gradients(int rows, int from, int to) {
        for (int s = 0; s < stages.size(); s++) {
            stages.get(s).gradients(rows, from, to);
        }
    }

    /** Tells all stages that the parameters have changed; see {@link Stage#parametersChanged}. */
    public void parametersChanged() {
        for (int s = 0; s < stages.size(); s++) {
            stages.get(s).parametersChanged();
        }
    }

    /** The whole way of a batch on one thread: forward, loss, backward, all gradients. Returns the mean loss. */
    public double pass(int rows) {
        parametersChanged();
        forward(0, rows);
        lossAndGradient(0, rows, 1f / rows);
        backward(0, rows);
        gradients(rows, 0, Parts.COUNT);
        return sumOfLosses(rows) / rows;
    }

    /** Multiply-adds of a training step, roughly: three products a layer, but two of the first, and the update. */
    public double multiplyAdds(int rows) {
        double sum = 0;
        double products = 2 * input.density();
        for (Layer layer : network.layers()) {
            sum += rows * products * layer.multiplyAdds();
            for (Parameter parameter : layer.parameters()) {
                sum += (parameter.decays() ? 1 : rows + 1) * (double) parameter.size();
            }
            products = 3;
        }
        return sum;
    }

    /** The losses of rows 0 to rows - 1 in sum: rows ascending, whoever computed them. */
    public double sumOfLosses(int rows) {
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            sum += losses[i];
        }
        return sum;
    }

    /** The class with the largest output in a row; the lower class of two equal ones. */
    public int predicted(int row) {
        return Reductions.argmax(output.values(), row * classes, classes);
    }

    /** What the network says of each class, rows 0 to rows - 1, to p [rows, classes]: softmax or sigmoid of the outputs. */
    public void predict(float[] p, int rows) {
        predict(0, rows, p, 0);
    }

    /**
     * What the network says of each class, rows from to to - 1, to p [to - from, classes] from an offset on: softmax or sigmoid of
     * the outputs.
     */
    public void predict(int from, int to, float[] p, int pOffset) {
        loss.predict(output.values(), from * classes, p, pOffset, to - from, classes);
    }
}
