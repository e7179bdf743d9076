package dev.lanewise.model;

import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.model.GradientCheck.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Whether a layer's stage keeps what training relies on, whatever it computes: rows and parts in any split and order, in
 * buffers that hold anything, again and again, with and without a gradient of x, in the place of x or not, give the bits of
 * one pass over everything in new buffers; and nothing is written to outside of what was asked for.
 */
final class StageCheck {
    private static final int SPARE = 3; // rows that there is room for beyond the batch: the last batch is smaller
    private static final int PIECES = 4; // that rows and parts are cut into

    private final Layer layer;
    private final Mode mode;
    private final int rows;
    private final int inputs;
    private final int outputs;
    private final float[] samples; // [rows, inputs]
    private final float[] slopes; // [rows, outputs], the gradient of y
    private final RandomGenerator random;
    private final Pass expected;

    /** A check of a layer on these samples, with this gradient of what comes out. */
    StageCheck(Layer layer, Mode mode, int rows, float[] samples, float[] slopes, long seed) {
        this.layer = layer;
        this.mode = mode;
        this.rows = rows;
        this.samples = samples;
        this.slopes = slopes;
        inputs = layer.input().size();
        outputs = layer.output().size();
        random = new SplitMix64(seed);
        Input x = Input.withGradient(layer.input(), rows);
        expected = new Pass(x, ConvertedStage.toRows(layer, x, mode), samples, slopes);
        expected.run(0, 0f, List.of(new Range(0, rows)), List.of(new Range(0, Parts.COUNT)));
    }

    private record Range(int from, int to) {
    }

    /** One for each way that a stage is put to work in a training. */
    List<Finding> findings() {
        int capacity = rows + SPARE;
        return List.of(finding("in pieces", Input.withGradient(layer.input(), capacity)),
                finding("without the gradient of x", Input.of(layer.input(), capacity)),
                finding("in the place of x",
                        Input.output(Input.of(layer.input(), capacity), layer.input(), mode,
                                /* overwritable= */ true)));
    }

    /** The stage is first used with other samples and parameters, then twice as it was for what is expected. */
    private Finding finding(String name, Input x) {
        List<float[]> values = layer.parameters().stream().map(parameter -> parameter.value().clone()).toList();
        int of = expected.y.length + (!x.hasGradient() ? 0 : expected.dx.length)
                + values.stream().mapToInt(value -> value.length).sum();
        try {
            for (Parameter parameter : layer.parameters()) {
                System.arraycopy(uniform(parameter.size()), 0, parameter.value(), 0, parameter.size());
            }
            Stage stage = ConvertedStage.toRows(layer, x, mode);
            run(new Pass(x, stage, uniform(samples.length), uniform(slopes.length)), 1);
            restore(values);
            int wrong = 0;
            for (int time = 0; time < 2; time++) {
                wrong += run(new Pass(x, stage, samples, slopes), 0).wrong();
            }
            return new Finding(name, "calls", of, of, 0, wrong, 0);
        } catch (RuntimeException e) { // of a layer that somebody wrote: any
            restore(values);
            return new Finding("%s (%s)".formatted(name, e), "calls", 0, of, 0, Double.NaN, 0);
        }
    }

    private void restore(List<float[]> values) {
        for (int p = 0; p < values.size(); p++) {
            System.arraycopy(values.get(p), 0, layer.parameters().get(p).value(), 0, values.get(p).length);
        }
    }

    private Pass run(Pass pass, long step) {
        pass.run(step, Float.NaN, pieces(rows, layer.accepts(Layout.ROWS) ? 1 : Layout.INTERLEAVED.group()),
                pieces(Parts.COUNT, 1));
        return pass;
    }

    /** From 0 to n, in any order; cut at multiples of {@code grain}. */
    private List<Range> pieces(int n, int grain) {
        int[] cuts = IntStream.concat(IntStream.of(0, n),
                random.ints(PIECES - 1, 0, n).map(cut -> cut / grain * grain)).sorted().distinct().toArray();
        List<Range> pieces = new ArrayList<>();
        for (int i = 1; i < cuts.length; i++) {
            pieces.add(new Range(cuts[i - 1], cuts[i]));
        }
        Collections.shuffle(pieces, random);
        return pieces;
    }

    private float[] uniform(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        return values;
    }

    /** Elements that differ in bits. */
    private static int differences(float[] a, float[] b) {
        return (int) IntStream.range(0, a.length)
                .filter(i -> Float.floatToIntBits(a[i]) != Float.floatToIntBits(b[i])).count();
    }

    /** What a call must leave alone of an array: all but some elements, which hold a mark meanwhile. */
    private static final class Fence {
        private static final float MARK = 4711.5f;

        private final float[] array;
        private final int from;
        private final int to;
        private final float[] before;

        Fence(float[] array, int from, int to, float[] before) {
            this.array = array;
            this.from = from;
            this.to = to;
            this.before = before;
        }

        static Fence around(float[] array, int from, int to) {
            Fence fence = new Fence(array, from, to, array.clone());
            Arrays.fill(array, 0, from, MARK);
            Arrays.fill(array, to, array.length, MARK);
            return fence;
        }

        /** How many elements have lost their mark; they are again what they were. */
        int takeDown() {
            int strayed = 0;
            for (int i = 0; i < array.length; i++) {
                if (i < from || i >= to) {
                    strayed += array[i] == MARK ? 0 : 1;
                    array[i] = before[i];
                }
            }
            return strayed;
        }
    }

    /** A batch forward and backward, and the gradients; keeps what came out. */
    private final class Pass {
        private final Input x;
        private final Stage stage;
        private final float[] samples;
        private final float[] slopes;
        private final float[] y = new float[rows * outputs];
        private final float[] dx = new float[rows * inputs];
        private final List<float[]> gradients = new ArrayList<>();
        private int strayed; // elements that a call wrote to and was not asked for

        Pass(Input x, Stage stage, float[] samples, float[] slopes) {
            this.x = x;
            this.stage = stage;
            this.samples = samples;
            this.slopes = slopes;
        }

        /** A worker takes rows all the way before others have begun; the gradients follow when all rows have come back. */
        void run(long step, float dirt, List<Range> rowRanges, List<Range> partRanges) {
            for (float[] buffer : new float[][]{x.values(), stage.output().values(), stage.output().gradient()}) {
                Arrays.fill(buffer, dirt);
            }
            if (x.hasGradient()) {
                Arrays.fill(x.gradient(), dirt);
            }
            layer.parameters().forEach(parameter -> Arrays.fill(parameter.gradient(), dirt));
            stage.parametersChanged();
            stage.begin(step);
            if (stage.summarizes()) {
                inTurns(rowRanges, dirt);
            } else {
                rowRanges.forEach(range -> forwardAndBackward(range, dirt));
            }
            partRanges.forEach(this::gradients);
            layer.parameters().stream().filter(Parameter::isTrained)
                    .forEach(parameter -> gradients.add(parameter.gradient().clone()));
            if (!isOverwritable(x)) {
                strayed += differences(samples, x.values());
            }
        }

        @SuppressWarnings("ReferenceEquality") // whether there is one array for two
        private boolean isOverwritable(Input input) {
            return Input.inPlace(input, mode).values() == input.values();
        }

        /** All wait for each other where the stage sums over the batch. */
        private void inTurns(List<Range> ranges, float dirt) {
            ranges.forEach(this::takeSamples);
            ranges.forEach(range -> stage.summarize(range.from, range.to));
            ranges.forEach(range -> forward(range, dirt));
            ranges.forEach(range -> stage.summarizeGradient(range.from, range.to));
            ranges.forEach(this::backward);
        }

        private void forwardAndBackward(Range range, float dirt) {
            takeSamples(range);
            forward(range, dirt);
            backward(range);
        }

        private void takeSamples(Range range) {
            int from = range.from * inputs;
            System.arraycopy(samples, from, x.values(), from, range.to * inputs - from);
        }

        private void forward(Range range, float dirt) {
            Input out = stage.output();
            int from = range.from * outputs;
            int to = range.to * outputs;
            within(List.of(Fence.around(out.values(), from, to)), () -> stage.forward(range.from, range.to));
            System.arraycopy(out.values(), from, y, from, to - from);
            if (Float.isNaN(dirt) && isOverwritable(out)) { // as the next stage does, which works in its place
                Arrays.fill(out.values(), from, to, dirt);
            }
            System.arraycopy(slopes, from, out.gradient(), from, to - from);
        }

        private void backward(Range range) {
            int from = range.from * inputs;
            int to = range.to * inputs;
            if (!x.hasGradient()) {
                stage.backward(range.from, range.to);
            } else {
                within(List.of(Fence.around(x.gradient(), from, to)), () -> stage.backward(range.from, range.to));
                System.arraycopy(x.gradient(), from, dx, from, to - from);
            }
        }

        private void gradients(Range range) {
            within(layer.parameters().stream().map(parameter -> Fence.around(parameter.gradient(),
                    Parts.element(parameter, range.from), Parts.element(parameter, range.to))).toList(),
                    () -> stage.gradients(rows, range.from, range.to));
        }

        private void within(List<Fence> fences, Runnable call) {
            call.run();
            fences.forEach(fence -> strayed += fence.takeDown());
        }

        /** Elements that are not what is expected, or were written to by a call that should not have done so. */
        int wrong() {
            int wrong = strayed + differences(expected.y, y)
                    + (!x.hasGradient() ? 0 : differences(expected.dx, dx));
            for (int p = 0; p < gradients.size(); p++) {
                wrong += differences(expected.gradients.get(p), gradients.get(p));
            }
            return wrong;
        }
    }
}
