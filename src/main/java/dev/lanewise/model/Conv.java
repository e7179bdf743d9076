package dev.lanewise.model;

import dev.lanewise.kernel.Channels;
import dev.lanewise.kernel.Convolution;
import dev.lanewise.kernel.Interleaved;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Pool;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A convolutional layer, {@code conv 32 3x3 padding=1}: 32 filters of 3 x 3 over all channels of an image, and a bias each.
 * Weights are [kernel height, kernel width, in, out], biases [out].
 */
public final class Conv implements Layer {
    private static final Map<String, Double> OPTIONS = Map.of("stride", 1.0, "padding", 0.0);
    private static final double SHARED = 1e5; // multiply-adds of an image that take longer than two workers' agreement

    private final Convolution convolution;
    private final Spec spec;
    private final int padding;
    private final int stride;
    private final Parameter weight; // [kh, kw, in, out]
    private final Parameter bias; // [out]

    /** The layer that words describe, with weights and biases 0. */
    Conv(Spec spec, String name, Shape input) {
        if (spec.arguments().size() < 2) {
            throw new IllegalArgumentException(
                    "'%s': write it as 'conv FILTERS HEIGHTxWIDTH', with stride=N or padding=N "
                            .formatted(spec) + "behind it if need be");
        }
        int filters = spec.positive(0);
        Window window = Window.parse(spec, spec.arguments().get(1));
        stride = Window.option(spec, 2, OPTIONS, "stride");
        padding = Window.option(spec, 2, OPTIONS, "padding");
        convolution = Window.fitting(spec,
                () -> new Convolution(input, window.height(), window.width(), stride, padding,
                        filters));
        this.spec = spec;
        weight = Parameter.weight(name + ".weight", window.height(), window.width(), input.channels(), filters)
                .setGrain(convolution.tapsTogether());
        bias = Parameter.bias(name + ".bias", filters);
    }

    @Override
    public Shape input() {
        return convolution.input();
    }

    @Override
    public Shape output() {
        return convolution.output();
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }

    @Override
    public Spec spec() {
        return spec;
    }

    @Override
    public Optional<Operation> operation() {
        return Optional.of(new Operation.Filters(weight, bias, stride, padding));
    }

    @Override
    public void initialize(RandomGenerator random, Initializer suiting) {
        int places = weight.shape().get(0) * weight.shape().get(1);
        suiting.fill(weight.value(), places * weight.shape().get(2), places * weight.shape().get(3), random);
        Arrays.fill(bias.value(), 0f);
    }

    @Override
    public Initializer suits(Initializer behind) {
        return Initializer.GLOROT;
    }

    @Override
    public boolean accepts(Layout layout) {
        return layout == Layout.INTERLEAVED;
    }

    @Override
    public boolean predictsRows() {
        return convolution.takesOne();
    }

    @Override
    public double multiplyAdds() {
        return (double) weight.size() * output().height() * output().width();
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        return x.layout() == Layout.ROWS ? new OneByOne(x, mode) : new Work(x, mode);
    }

    @Override
    public Optional<Reference> reference() {
        return Optional.of(new InDouble());
    }

    /** What a worker has of his own: filters in the kernels' order, which he packs again in every step. */
    private final class Own {
        private final Convolution.PackedFilters filters;
        private final Convolution.Scratch scratch = convolution.scratch();
        private int version; // of the weights that are packed; 0: none

        Own(boolean backward) {
            filters = convolution.packedFilters(backward);
        }
    }

    private final class Work implements Stage {
        private final Input x;
        private final Input y;
        private final Pool<Own> own;
        private int version = 1; // of the weights

        Work(Input x, Mode mode) {
            this.x = x;
            y = Input.output(x, Conv.this.output(), mode, /* overwritable= */ true);
            own = new Pool<>(() -> new Own(x.hasGradient()));
            x.values();
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public List<Parameter> parameters() {
            return Conv.this.parameters();
        }

        @Override
        public void begin(long step) {
            version++;
        }

        @Override
        public void parametersChanged() {
            version++;
        }

        @Override
        public void forward(int from, int to) {
            Own mine = packed();
            convolution.forward(x.values(), mine.filters, bias.value(), y.values(), from / Interleaved.GROUP,
                    Interleaved.groups(to));
            own.give(mine);
        }

        @Override
        public void backward(int from, int to) {
            if (x.hasGradient()) {
                Own mine = packed();
                convolution.inputGradient(y.gradient(), mine.filters, x.gradient(), from / Interleaved.GROUP,
                        Interleaved.groups(to));
                own.give(mine);
            }
        }

        /** With the weights as they are now. */
        private Own packed() {
            Own mine = own.take();
            if (mine.version != version) {
                mine.filters.pack(weight.value(), 0);
                mine.version = version;
            }
            return mine;
        }

        @Override
        public void gradients(int rows, int from, int to) {
            int groups = Interleaved.groups(rows);
            int tap = Parts.row(weight, from);
            Own mine = own.take();
            convolution.weightGradient(x.values(), y.gradient(), groups, mine.scratch, tap,
                    Parts.row(weight, to), weight.gradient(), tap * bias.size());
            own.give(mine);
            int filter = Parts.element(bias, from);
            Channels.sum(y.gradient(), Conv.this.output(), groups, filter, Parts.element(bias, to), bias.gradient(),
                    filter);
        }
    }

    /** The layer at work on images that come one at a time. */
    private final class OneByOne implements Stage {
        private final Input x;
        private final Input y;
        private final Tuning tuning;
        private Pool<Convolution.One> ones; // with the filters packed

        OneByOne(Input x, Mode mode) {
            this.x = x;
            tuning = mode.tuning();
            y = Input.output(x, Conv.this.output(), mode, /* overwritable= */ true);
            x.values();
            parametersChanged();
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public void parametersChanged() {
            ones = new Pool<>(() -> {
                Convolution.One mine = convolution.one();
                mine.pack(weight.value());
                return mine;
            });
        }

        @Override
        public void forward(int from, int to) {
            for (int i = from; i < to; i++) {
                forwardShare(i, 0, 1);
            }
        }

        @Override
        public boolean sharesOne() {
            return multiplyAdds() >= SHARED;
        }

        @Override
        public void forwardShare(int row, int worker, int workers) {
            Convolution.One mine = ones.take();
            convolution.forwardOne(tuning, x.values(), x.offset(row), mine, bias.value(), y.values(), y.offset(row),
                    worker, workers);
            ones.give(mine);
        }

        @Override
        public void backward(int from, int to) {
            // prediction has no way back
        }
    }

    /** The formulas, place by place. */
    private final class InDouble implements Reference {
        private final double[] w = Reference.doubles(weight.value());
        private final double[] b = Reference.doubles(bias.value());
        private final int filters = bias.size();
        private final int channels = input().channels();

        @Override
        public List<double[]> parameters() {
            return List.of(w, b);
        }

        /** Told of all products of an element of x at a tap: the first of the filters' elements of y, and of their weights. */
        private interface Products {
            void of(int y, int x, int w);
        }

        private void products(int rows, Products products) {
            for (int i = 0; i < rows * output().height() * output().width(); i++) {
                int column = i % output().width() * stride - padding;
                int row = i / output().width() % output().height() * stride - padding;
                int sample = i / output().width() / output().height();
                for (int tap = 0; tap < weight.rows(); tap++) {
                    int h = row + tap / channels / weight.shape().get(1);
                    int v = column + tap / channels % weight.shape().get(1);
                    if (h >= 0 && h < input().height() && v >= 0 && v < input().width()) {
                        int at = ((sample * input().height() + h) * input().width() + v) * channels + tap % channels;
                        products.of(i * filters, at, tap * filters);
                    }
                }
            }
        }

        @Override
        public double[] forward(double[] x, int rows) {
            double[] y = new double[rows * output().size()];
            Arrays.setAll(y, i -> b[i % filters]);
            products(rows, (i, j, k) -> {
                for (int f = 0; f < filters; f++) {
                    y[i + f] += x[j] * w[k + f];
                }
            });
            return y;
        }

        @Override
        public double[] backward(double[] x, double[] y, double[] dy, int rows, List<double[]> gradients) {
            double[] dx = new double[x.length];
            double[] dw = gradients.getFirst();
            products(rows, (i, j, k) -> {
                for (int f = 0; f < filters; f++) {
                    dx[j] += dy[i + f] * w[k + f];
                    dw[k + f] += dy[i + f] * x[j];
                }
            });
            for (int i = 0; i < rows * output().size(); i++) {
                gradients.getLast()[i % filters] += dy[i];
            }
            return dx;
        }
    }
}
