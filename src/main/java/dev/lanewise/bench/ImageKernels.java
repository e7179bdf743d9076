package dev.lanewise.bench;

import dev.lanewise.kernel.Convolution;
import dev.lanewise.kernel.Interleaved;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.conv.Geometry;
import dev.lanewise.model.Initializer;
import dev.lanewise.model.Input;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Layers;
import dev.lanewise.model.Layout;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Reference;
import dev.lanewise.model.Spec;
import dev.lanewise.model.Stage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * The kernels of convolutional networks, ready to be timed: convolutions at layers of the networks that have names, and one
 * with padding; max pooling and batch normalisation of what the first layer of {@code small} makes of a batch. Workers share
 * them as in training: by samples, the gradients of weights by taps.
 */
final class ImageKernels {
    /** Of lenet, small and example, and the one with padding: those of ConvolutionBenchmark. */
    static final List<Geometry> LAYERS = List.of(layer(28, 1, 5, 0, 6), layer(12, 6, 5, 0, 16), layer(28, 1, 3, 0, 32),
            layer(13, 32, 3, 0, 64), layer(26, 32, 3, 0, 64), layer(14, 64, 3, 1, 64));
    static final List<Geometry> QUICK_LAYERS = List.of(LAYERS.get(1), LAYERS.get(4));

    private static final int SAMPLES = 64; // the usual batch
    private static final Shape IMAGES = new Shape(26, 26, 32);
    /** Numbers that are pooled or normalised. */
    static final int ELEMENTS = SAMPLES * IMAGES.size();

    /** By which mean, deviation and slope of a channel may be off: each sums over the places of an image in float. */
    private static final double SUM_ERROR = 8 * IMAGES.height() * IMAGES.width() * Kernels.U;

    private final List<Geometry> layers;
    private final Operands operands;
    private final List<AtWork> others = List.of(
            new AtWork("pool 2", 0, new Cost(0.75, 5.25), new Cost(0.25, 5.25)), // with a byte for each place found
            new AtWork("batch-norm", SUM_ERROR, new Cost(7, 8), new Cost(9, 12)));

    /**
     * Arrays that convolutions share, as one runs at a time, at their beginnings. Numbers are sixteenths from -1 to 1: their products are multiples
     * of 2^-8, of which a float holds sums below 2^16 exactly, in whatever order. So results must be equal to the reference;
     * a bound for sums of ten thousands of numbers would not notice if one were missing.
     */
    static final class Operands {
        final float[] x;
        final float[] dy;
        final float[] w;
        final float[] bias;
        final float[] result; // what a kernel writes

        Operands(float[] x, float[] dy, float[] w, float[] bias, float[] result) {
            this.x = x;
            this.dy = dy;
            this.w = w;
            this.bias = bias;
            this.result = result;
        }

        /** With room for a batch of each layer. */
        static Operands of(List<Geometry> layers, int samples) {
            int groups = Interleaved.groups(samples);
            int inputs = most(layers, layer -> layer.inputAt(groups, 0, 0));
            int outputs = most(layers, layer -> layer.outputAt(groups, 0, 0));
            int weights = most(layers, layer -> layer.taps() * layer.filters());
            return new Operands(sixteenths(inputs, 1), sixteenths(outputs, 2), sixteenths(weights, 3),
                    sixteenths(most(layers, Geometry::filters), 4),
                    new float[Math.max(weights, Math.max(inputs, outputs))]);
        }

        private static int most(List<Geometry> layers, ToIntFunction<Geometry> elements) {
            return layers.stream().mapToInt(elements).max().orElseThrow();
        }

        private static float[] sixteenths(int n, long seed) {
            float[] values = Kernels.random(n, seed);
            for (int i = 0; i < n; i++) {
                values[i] = Math.round(16 * values[i]) / 16f;
            }
            return values;
        }
    }

    ImageKernels(boolean quick) {
        layers = quick ? QUICK_LAYERS : LAYERS;
        operands = Operands.of(layers, SAMPLES);
    }

    private static Geometry layer(int size, int channels, int kernel, int padding, int filters) {
        return new Geometry(size, size, channels, kernel, kernel, 1, padding, filters);
    }

    /** All of them on a team. */
    List<Kernel> on(Workers team) {
        List<Kernel> kernels = new ArrayList<>();
        layers.forEach(layer -> kernels.addAll(convolution(team, layer, SAMPLES, operands)));
        others.forEach(layer -> kernels.addAll(layer.on(team)));
        return kernels;
    }

    static Convolution of(Geometry g) {
        return new Convolution(new Shape(g.height(), g.width(), g.channels()), g.kernelHeight(), g.kernelWidth(),
                g.stride(), g.padding(), g.filters());
    }

    /** The three kernels of a convolution, on filters that are packed: forward, input gradient, weight gradient. */
    static List<Kernel> convolution(Workers team, Geometry g, int samples, Operands o) {
        Convolution convolution = of(g);
        Convolution.PackedFilters filters = convolution.packedFilters(true);
        filters.pack(o.w, 0);
        Convolution.Scratch[] scratch = new Convolution.Scratch[team.count()];
        Arrays.setAll(scratch, _ -> convolution.scratch());
        int groups = Interleaved.groups(samples);
        Runnable forward = Kernels.parallel(team, samples, (from, to) -> convolution.forward(o.x, filters, o.bias,
                o.result, from / Geometry.GROUP, Interleaved.groups(to)));
        Runnable inputGradient = Kernels.parallel(team, samples, (from, to) -> convolution.inputGradient(o.dy, filters,
                o.result, from / Geometry.GROUP, Interleaved.groups(to)));
        Workers.Task taps = (worker, count) -> {
            int tap = Workers.share(g.taps(), 1, worker, count);
            convolution.weightGradient(o.x, o.dy, groups, scratch[worker], tap,
                    Workers.share(g.taps(), 1, worker + 1, count), o.result, tap * g.filters());
        };
        ConvolutionReference reference = new ConvolutionReference(g, groups, o.x, o.w, o.bias, o.dy);
        int window = g.kernelHeight() * g.kernelWidth();
        return List.of(
                convolution(team, "forward", samples, reference, forward, () -> Kernels.check(forward, o.result,
                        reference.outputs(), g.filters() * Geometry.GROUP, g.taps(), exactly(reference::forward))),
                convolution(team, "input gradient", samples, reference, inputGradient,
                        () -> Kernels.check(inputGradient,
                                o.result, reference.inputs(), g.channels() * Geometry.GROUP, window * g.filters(),
                                exactly(reference::inputGradient))),
                convolution(team, "weight gradient", samples, reference, () -> team.run(taps), () -> Kernels.check(
                        () -> team.run(taps), o.result, g.taps(), g.filters(), reference.outputs() * Geometry.GROUP,
                        exactly(reference::weightGradient))));
    }

    private interface Element {
        double at(int row, int column);
    }

    private static Kernels.Matrix exactly(Element element) {
        return (row, column) -> new Kernels.Expected(element.at(row, column), 0);
    }

    private static Kernel convolution(Workers team, String name, int samples, ConvolutionReference reference,
            Runnable call,
            Supplier<Optional<String>> check) {
        Geometry g = reference.geometry();
        String layer = String.format(Locale.ROOT, "%d x %dx%dx%d conv %d %dx%d%s %s", samples, g.height(), g.width(),
                g.channels(),
                g.filters(), g.kernelHeight(), g.kernelWidth(), g.padding() > 0 ? " padding=" + g.padding() : "",
                name);
        int groups = reference.groups();
        double floats = (double) g.inputAt(groups, 0, 0) + g.outputAt(groups, 0, 0) + g.taps() * g.filters();
        return new Kernel("conv", layer, team.count(), 2 * Geometry.GROUP * groups * g.multiplyAdds(), 4 * floats,
                "fma", call, check);
    }

    /** What a number that comes in costs: operations, roughly, for the roofline's axis alone, and bytes. */
    private record Cost(double flops, double bytes) {
    }

    /** A layer that trains on a batch of images, all numbers from -1 to 1; the layer's formulas in double are the reference. */
    private static final class AtWork {
        private final Layer layer;
        private final Input x;
        private final Stage stage;
        private final double bound;
        private final Cost forward;
        private final Cost backward;

        /** The layer of those words, right to within a bound. */
        AtWork(String words, double bound, Cost forward, Cost backward) {
            Spec spec = Spec.parse(words);
            layer = Layers.KINDS.kind(spec.kind()).create(spec, spec.kind(), IMAGES);
            layer.initialize(new SplitMix64(1), Initializer.GLOROT);
            x = Input.withGradient(IMAGES, SAMPLES, Layout.INTERLEAVED);
            stage = layer.stage(x, Mode.training(1, Tuning.LONG));
            this.bound = bound;
            this.forward = forward;
            this.backward = backward;
            fill(x.values(), 1);
            fill(stage.output().gradient(), 2);
        }

        private static void fill(float[] values, long seed) {
            System.arraycopy(Kernels.random(values.length, seed), 0, values, 0, values.length);
        }

        List<Kernel> on(Workers team) {
            Runnable there = pass(team, stage::summarize, stage::forward);
            Runnable back = pass(team, stage::summarizeGradient, stage::backward);
            return List.of(
                    kernel(team, "forward", forward, there, () -> check(there, stage.output().values(), stage.output(),
                            reference().forward(rows(x, x.values()), SAMPLES))),
                    kernel(team, "backward", backward, back, () -> {
                        there.run(); // which leaves what the way back needs
                        return check(back, x.gradient(), x, gradient());
                    }));
        }

        private Runnable pass(Workers team, Kernels.Range sums, Kernels.Range samples) {
            Runnable first = Kernels.parallel(team, SAMPLES, sums);
            Runnable second = Kernels.parallel(team, SAMPLES, samples);
            return stage.summarizes() ? () -> {
                first.run();
                second.run();
            } : second;
        }

        private Kernel kernel(Workers team, String name, Cost cost, Runnable call, Supplier<Optional<String>> check) {
            return new Kernel("conv",
                    String.format(Locale.ROOT, "%d x %dx%dx%d %s %s", SAMPLES, IMAGES.height(), IMAGES.width(),
                            IMAGES.channels(), layer.spec(), name),
                    team.count(), cost.flops * ELEMENTS, cost.bytes * ELEMENTS,
                    "copy " + ELEMENTS, call, check);
        }

        private Reference reference() {
            return layer.reference().orElseThrow();
        }

        private double[] gradient() {
            Reference reference = reference();
            double[] images = rows(x, x.values());
            return reference.backward(images, reference.forward(images, SAMPLES),
                    rows(stage.output(), stage.output().gradient()), SAMPLES,
                    reference.parameters().stream().map(values -> new double[values.length]).toList());
        }

        /** What is interleaved, sample by sample. */
        private static double[] rows(Input batch, float[] values) {
            float[] rows = new float[values.length];
            Interleaved.toRows(values, rows, 0, SAMPLES, batch.shape().size(), 0, Interleaved.groups(SAMPLES));
            return Reference.doubles(rows);
        }

        private Optional<String> check(Runnable call, float[] result, Input batch, double[] expected) {
            int size = batch.shape().size();
            return Kernels.check(call, result, result.length, i -> {
                int sample = i / Geometry.GROUP / size * Geometry.GROUP + i % Geometry.GROUP;
                return expected[sample * size + i / Geometry.GROUP % size];
            }, _ -> bound);
        }
    }
}
