package dev.lanewise.model;

import dev.lanewise.kernel.Bias;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Pool;
import dev.lanewise.kernel.gemm.RowProduct;
import dev.lanewise.kernel.sparse.SparseBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** A fully connected layer, {@code dense 128}: y = x W + b, W [in, out], b [out]. */
public final class Dense implements Layer {

    private final Shape input;
    private final int inputs;
    private final int outputs;
    private final Parameter weight; // [in, out]
    private final Parameter bias; // [out]

    /** A layer with weights and biases 0 that reads any shape as a vector. */
    public Dense(String name, Shape input, int outputs) {
        if (outputs < 1) {
            throw new IllegalArgumentException("%s: %d inputs and %d outputs".formatted(name, input.size(), outputs));
        }
        this.input = input;
        this.inputs = input.size();
        this.outputs = outputs;
        weight = Parameter.weight(name + ".weight", inputs, outputs);
        bias = Parameter.bias(name + ".bias", outputs);
    }

    @Override
    public Shape input() {
        return input;
    }

    @Override
    public Shape output() {
        return Shape.vector(outputs);
    }

    /** The weights, [in, out]. */
    public Parameter weight() {
        return weight;
    }

    /** The biases, [out]. */
    public Parameter bias() {
        return bias;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }

    @Override
    public Spec spec() {
        return Spec.of("dense", outputs);
    }

    @Override
    public Optional<Operation> operation() {
        return Optional.of(new Operation.Product(weight, bias));
    }

    @Override
    public void initialize(RandomGenerator random, Initializer suiting) {
        suiting.fill(weight.value(), inputs, outputs, random);
        Arrays.fill(bias.value(), 0f);
    }

    @Override
    public Initializer suits(Initializer behind) {
        return Initializer.GLOROT;
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        if (mode.isOneByOne()) {
            return new OneByOne(x, mode);
        }
        return x.nonZeros(outputs, mode).<Stage>map(nonZeros -> new OnNonZeros(x, nonZeros, mode))
                .orElseGet(() -> new OnAll(x, mode));
    }

    @Override
    public Optional<Reference> reference() {
        return Optional.of(new InDouble());
    }

    /** What both stages have in common: the output and the bias. */
    private abstract class Work implements Stage {
        final Input x;
        final Input y;
        final Tuning tuning;

        Work(Input x, Mode mode) {
            this.x = x;
            tuning = mode.tuning();
            y = Input.output(x, Dense.this.output(), mode, /* overwritable= */ true);
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public List<Parameter> parameters() {
            return Dense.this.parameters();
        }

        /** As it trains, with one owner. */
        @Override
        public void gradients(int rows, int from, int to) {
            SplitStage training = split(1,
                    (shard, at, end, g, shift) -> System.arraycopy(g, at + shift, shard.gradient(),
                            at, end - at))
                    .orElseThrow();
            List<Shard> shards = training.shards(0);
            training.prepareGradients(rows, from, to);
            training.gradients(rows, 0, from, to);
            for (Shard shard : shards) {
                if (shard.parameter().isTrained()) {
                    shard.store(shard.gradient(), shard.parameter().gradient(), from, to);
                }
            }
        }

        /** db of elements that begin at {@code unit}, from so many rows of dy. */
        final void biasGradient(int rows, int unit, int endUnit, float[] into, int at) {
            Bias.gradient(y.gradient(), unit, outputs, rows, endUnit - unit, 0f, into, at);
        }

        final void addBias(int from, int to) {
            Bias.add(bias.value(), y.values(), from * outputs, outputs, to - from, outputs);
        }
    }

    /** The layer at work on all elements of its input. */
    private final class OnAll extends Work {
        OnAll(Input x, Mode mode) {
            super(x, mode);
            x.values();
        }

        @Override
        public void forward(int from, int to) {
            Gemm.sgemm(tuning, false, false, to - from, outputs, inputs, 1f, x.values(), from * inputs, inputs,
                    weight.value(), 0, outputs, 0f, y.values(), from * outputs, outputs);
            addBias(from, to);
        }

        /** dx = dy W^T. */
        @Override
        public void backward(int from, int to) {
            if (x.hasGradient()) {
                Gemm.sgemm(tuning, false, true, to - from, inputs, outputs, 1f, y.gradient(), from * outputs, outputs,
                        weight.value(), 0, outputs, 0f, x.gradient(), from * inputs, inputs);
            }
        }

        @Override
        public Optional<SplitStage> split(int owners, GradientSink sink) {
            return Optional.of(new SplitOnAll(this, owners, sink));
        }
    }

    /** The layer at work on rows that come one at a time. */
    private final class OneByOne extends Work {
        private Pool<RowProduct> products; // with W packed

        OneByOne(Input x, Mode mode) {
            super(x, mode);
            x.values();
            parametersChanged();
        }

        @Override
        public void parametersChanged() {
            products = new Pool<>(() -> {
                RowProduct mine = new RowProduct(inputs, outputs);
                mine.pack(weight.value());
                return mine;
            });
        }

        @Override
        public void forward(int from, int to) {
            RowProduct mine = products.take();
            for (int i = from; i < to; i++) {
                mine.multiply(x.values(), i * inputs, y.values(), i * outputs);
            }
            products.give(mine);
            addBias(from, to);
        }

        @Override
        public void backward(int from, int to) {
            // prediction has no way back
        }
    }

    /** The layer at work on the non-zeros of a batch of images, with a packed copy of W. */
    private final class OnNonZeros extends Work {
        private final SparseBatch nonZeros;
        private float[] panels = {}; // until there are parameters to pack

        OnNonZeros(Input x, SparseBatch nonZeros, Mode mode) {
            super(x, mode);
            this.nonZeros = nonZeros;
        }

        @Override
        public void forward(int from, int to) {
            if (x.isSparse(outputs, from, to)) {
                nonZeros.list(from, to);
                nonZeros.multiply(0, from, to, panels, y.values());
            } else {
                Gemm.sgemm(tuning, false, false, to - from, outputs, inputs, 1f, x.floats(from, to), from * inputs,
                        inputs, weight.value(), 0, outputs, 0f, y.values(), from * outputs, outputs);
            }
            addBias(from, to);
        }

        @Override
        public void backward(int from, int to) {
            // nobody needs the gradient of images
        }

        @Override
        public void parametersChanged() {
            if (panels.length == 0) {
                panels = nonZeros.isRowMajor()
                        ? weight.value()
                        : new float[Check.elements(weight.name(),
                                List.of(nonZeros.panels(0) * nonZeros.stride(), inputs))];
            }
            if (!nonZeros.isRowMajor()) {
                nonZeros.pack(0, 0, inputs, weight.value(), panels);
            }
        }

        @Override
        public Optional<SplitStage> split(int owners, GradientSink sink) {
            return Optional.of(new SplitOnNonZeros(this, owners, sink));
        }
    }

    /** What both stages have in common as they train: whose units are whose, and the bias. */
    private abstract class Split implements SplitStage {
        final Work work;
        final int owners;
        final GradientSink sink;
        final int[] units; // [owners + 1]
        final Shard[] weights; // [owners]
        private final Shard[] biases; // [owners]

        Split(Work work, int owners, GradientSink sink) {
            this.work = work;
            this.owners = owners;
            this.sink = sink;
            units = new int[owners + 1];
            Arrays.setAll(units, owner -> SplitStage.unit(outputs, owner, owners));
            weights = new Shard[owners];
            biases = new Shard[owners];
        }

        @Override
        public List<Shard> shards(int owner) {
            if (weights[owner] == null) {
                weights[owner] = weights(owner);
                biases[owner] = owners == 1
                        ? Shard.whole(bias)
                        : Shard.columns(bias, 1, units[owner], units[owner + 1]);
            }
            return List.of(weights[owner], biases[owner]);
        }

        abstract Shard weights(int owner);

        @Override
        public void forward(int from, int to, int owner) {
            int n = units[owner + 1] - units[owner];
            if (n > 0) { // none with more owners than work
                multiply(from, to, owner);
                Bias.add(biases[owner].value(), work.y.values(), from * outputs + units[owner], outputs, to - from, n);
            }
        }

        abstract void multiply(int from, int to, int owner);

        @Override
        public void gradients(int rows, int owner, int from, int to) {
            Shard shard = biases[owner];
            if (bias.isTrained()) {
                int first = shard.element(0, from);
                int end = shard.element(0, to);
                work.biasGradient(rows, units[owner] + first, units[owner] + end, shard.gradient(), first);
                sink.take(shard, first, end, shard.gradient(), 0);
            }
            int first = Parts.row(weight, from);
            int end = Parts.row(weight, to);
            if (weight.isTrained() && first < end && units[owner] < units[owner + 1]) {
                weightGradient(rows, owner, first, end);
            }
        }

        /** Of rows from to to - 1 of W. */
        abstract void weightGradient(int rows, int owner, int from, int to);
    }

    /** {@link OnAll} as it trains: of several owners each has his columns of W side by side. */
    private final class SplitOnAll extends Split {
        private static final int CHUNK = 192 * 800; // elements of dW at a time: 600 KiB, for each of which dy is packed anew (LAB 74)
        private static final int TILES = 24; // rows that tiles of 6 fill, and those of 8 (LAB 72)
        private static final Pool<float[]> GRADIENTS = new Pool<>(() -> new float[0]);

        SplitOnAll(Work work, int owners, GradientSink sink) {
            super(work, owners, sink);
        }

        @Override
        Shard weights(int owner) {
            return owners == 1 ? Shard.whole(weight) : Shard.columns(weight, inputs, units[owner], units[owner + 1]);
        }

        @Override
        void multiply(int from, int to, int owner) {
            int unit = units[owner];
            int n = units[owner + 1] - unit;
            Gemm.sgemm(work.tuning, false, false, to - from, n, inputs, 1f, work.x.values(), from * inputs, inputs,
                    weights[owner].value(), 0, n, 0f, work.y.values(), from * outputs + unit, outputs);
        }

        /** dx = dy W^T: each element's chain goes on from one owner's columns to the next one's. */
        @Override
        public void backward(int from, int to, int unit, int endUnit) {
            if (!work.x.hasGradient() || unit == endUnit) {
                return;
            }
            for (int owner = 0; owner < owners; owner++) {
                int n = units[owner + 1] - units[owner];
                if (n > 0) {
                    Gemm.sgemm(work.tuning, false, true, to - from, endUnit - unit, n, 1f, work.y.gradient(),
                            from * outputs + units[owner], outputs, weights[owner].value(), unit * n, n,
                            units[owner] == 0 ? 0f : 1f, work.x.gradient(), from * inputs + unit, inputs);
                }
            }
        }

        /** dW = x^T dy, some rows at a time. */
        @Override
        void weightGradient(int rows, int owner, int from, int to) {
            int unit = units[owner];
            int n = units[owner + 1] - unit;
            int chunk = Math.max(TILES, CHUNK / n / TILES * TILES);
            float[] g = GRADIENTS.take();
            if (g.length < Math.min(chunk, inputs) * n) {
                g = new float[Math.min(chunk, inputs) * n];
            }
            for (int first = from, end; first < to; first = end) {
                end = Math.min(to, first + chunk);
                Gemm.sgemm(work.tuning, true, false, end - first, n, rows, 1f, work.x.values(), first, inputs,
                        work.y.gradient(), unit, outputs, 0f, g, 0, n);
                sink.take(weights[owner], first * n, end * n, g, -first * n);
            }
            GRADIENTS.give(g);
        }
    }

    /** {@link OnNonZeros} as it trains: every owner has his columns of W packed. */
    private final class SplitOnNonZeros extends Split {
        private final SparseBatch nonZeros;
        private final SparseBatch.Sink[] sinks; // [owners]

        SplitOnNonZeros(OnNonZeros work, int owners, GradientSink sink) {
            super(work, owners, sink);
            sinks = new SparseBatch.Sink[owners];
            nonZeros = owners == 1 ? work.nonZeros : new SparseBatch(work.nonZeros, units, work.tuning);
        }

        @Override
        Shard weights(int owner) {
            Shard shard = nonZeros.isRowMajor()
                    ? Shard.whole(weight)
                    : new Shard(weight, nonZeros.panels(owner), inputs, nonZeros.stride(),
                            (whole, panels, from, to) -> nonZeros.pack(owner, from, to, whole, panels),
                            (whole, panels, from, to) -> nonZeros.unpack(owner, from, to, panels, whole));
            sinks[owner] = (from, to, g, shift) -> sink.take(shard, from, to, g, shift);
            return shard;
        }

        @Override
        public double prepared() {
            return nonZeros.listed() * work.x.density() * inputs;
        }

        @Override
        public void prepare(int from, int to) {
            nonZeros.list(from, to);
        }

        @Override
        void multiply(int from, int to, int owner) {
            nonZeros.multiply(owner, from, to, weights[owner].value(), work.y.values());
        }

        @Override
        public void backward(int from, int to, int unit, int endUnit) {
            // nobody needs the gradient of images
        }

        @Override
        public void prepareGradients(int rows, int from, int to) {
            if (weight.isTrained()) {
                nonZeros.listColumns(rows, Parts.row(weight, from), Parts.row(weight, to));
            }
        }

        @Override
        void weightGradient(int rows, int owner, int from, int to) {
            nonZeros.gradient(owner, rows, from, to, work.y.gradient(), sinks[owner]);
        }
    }

    /** The formulas in double. */
    private final class InDouble implements Reference {
        private final double[] w = Reference.doubles(weight.value());
        private final double[] b = Reference.doubles(bias.value());

        @Override
        public List<double[]> parameters() {
            return List.of(w, b);
        }

        @Override
        public double[] forward(double[] x, int rows) {
            double[] y = new double[rows * outputs];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < outputs; j++) {
                    double sum = b[j];
                    for (int k = 0; k < inputs; k++) {
                        sum += x[i * inputs + k] * w[k * outputs + j];
                    }
                    y[i * outputs + j] = sum;
                }
            }
            return y;
        }

        @Override
        public double[] backward(double[] x, double[] y, double[] dy, int rows, List<double[]> gradients) {
            double[] dx = new double[rows * inputs];
            double[] dw = gradients.get(0);
            double[] db = gradients.get(1);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < outputs; j++) {
                    double d = dy[i * outputs + j];
                    db[j] += d;
                    for (int k = 0; k < inputs; k++) {
                        dw[k * outputs + j] += x[i * inputs + k] * d;
                        dx[i * inputs + k] += d * w[k * outputs + j];
                    }
                }
            }
            return dx;
        }
    }
}
