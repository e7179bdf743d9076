package dev.lanewise.model;

import dev.lanewise.kernel.Bias;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
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

        /** db, or with beta 1 and a gradient times minus the learning rate the new b itself. */
        void biasGradient(int rows, float beta, float[] into, int from, int to) {
            if (bias.isTrained()) {
                int first = Parts.row(bias, from);
                Bias.gradient(y.gradient(), first, outputs, rows, Parts.row(bias, to) - first, beta, into, first);
            }
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
            Bias.add(bias.value(), y.values(), from * outputs, outputs, to - from, outputs);
        }

        /** dx = dy W^T. */
        @Override
        public void backward(int from, int to) {
            if (x.gradient() != null) {
                Gemm.sgemm(tuning, false, true, to - from, inputs, outputs, 1f, y.gradient(), from * outputs, outputs,
                        weight.value(), 0, outputs, 0f, x.gradient(), from * inputs, inputs);
            }
        }

        /** dW = x^T dy for some rows of W. */
        @Override
        public void gradients(int rows, int from, int to) {
            if (weight.isTrained()) {
                weightGradient(rows, 0f, weight.gradient(), from, to);
            }
            if (bias.isTrained()) {
                biasGradient(rows, 0f, bias.gradient(), from, to);
            }
        }

        /** W = decayFactor W + x^T dy: each element's chain begins with what it was. */
        @Override
        public void descend(int rows, float decayFactor, int from, int to) {
            if (weight.isTrained()) {
                weightGradient(rows, weight.decays() ? decayFactor : 1f, weight.value(), from, to);
            }
            biasGradient(rows, bias.decays() ? decayFactor : 1f, bias.value(), from, to);
        }

        private void weightGradient(int rows, float beta, float[] into, int from, int to) {
            int first = Parts.row(weight, from);
            int end = Parts.row(weight, to);
            Gemm.sgemm(tuning, true, false, end - first, outputs, rows, 1f, x.values(), first, inputs,
                    y.gradient(), 0, outputs, beta, into, first * outputs, outputs);
        }

        @Override
        public Optional<SplitStage> split(int owners) {
            return Optional.of(new SplitOnAll(this, owners));
        }
    }

    /** The layer at work on the non-zeros of a batch of images, with a packed copy of W. */
    private final class OnNonZeros extends Work {
        private final SparseBatch nonZeros;

        OnNonZeros(Input x, SparseBatch nonZeros, Mode mode) {
            super(x, mode);
            this.nonZeros = nonZeros;
        }

        @Override
        public void forward(int from, int to) {
            nonZeros.list(from, to);
            nonZeros.multiply(from, to, y.values());
            Bias.add(bias.value(), y.values(), from * outputs, outputs, to - from, outputs);
        }

        @Override
        public void backward(int from, int to) {
            // nobody needs the gradient of images
        }

        @Override
        public void gradients(int rows, int from, int to) {
            if (weight.isTrained()) {
                nonZeros.listColumns(rows, Parts.row(weight, from), Parts.row(weight, to));
                nonZeros.gradient(rows, Parts.row(weight, from), Parts.row(weight, to), y.gradient(),
                        weight.gradient());
            }
            if (bias.isTrained()) {
                biasGradient(rows, 0f, bias.gradient(), from, to);
            }
        }

        /** Changes the packed copy; {@link #updateParameters} brings it back to W. */
        @Override
        public void descend(int rows, float decayFactor, int from, int to) {
            if (weight.isTrained()) {
                nonZeros.listColumns(rows, Parts.row(weight, from), Parts.row(weight, to));
                nonZeros.descend(rows, Parts.row(weight, from), Parts.row(weight, to), y.gradient(),
                        weight.decays() ? decayFactor : 1f);
            }
            biasGradient(rows, bias.decays() ? decayFactor : 1f, bias.value(), from, to);
        }

        @Override
        public void parametersChanged(int from, int to) {
            nonZeros.pack(Parts.row(weight, from), Parts.row(weight, to), weight.value());
        }

        @Override
        public void updateParameters(int from, int to) {
            nonZeros.unpack(Parts.row(weight, from), Parts.row(weight, to), weight.value());
        }

        @Override
        public Optional<SplitStage> split(int owners) {
            return Optional.of(new SplitOnNonZeros(this, owners));
        }
    }

    /** What both split stages have in common: whose units are whose, and the bias. */
    private abstract class Split implements SplitStage {
        final Work work;
        final int[] units; // [owners + 1]
        final Shard[] weights; // [owners]
        final Shard[] biases; // [owners]

        Split(Work work, int owners) {
            this.work = work;
            units = new int[owners + 1];
            Arrays.setAll(units, owner -> SplitStage.unit(outputs, owner, owners));
            weights = new Shard[owners];
            biases = new Shard[owners];
        }

        @Override
        public boolean readsAllUnits() {
            return true;
        }

        @Override
        public List<Shard> shards(int owner) {
            if (weights[owner] == null) {
                weights[owner] = weightShard(owner);
                biases[owner] = Shard.columns(bias, 1, outputs, units[owner], units[owner + 1]);
            }
            return List.of(weights[owner], biases[owner]);
        }

        abstract Shard weightShard(int owner);

        @Override
        public void forward(int rows, int owner) {
            if (units[owner] == units[owner + 1]) {
                return; // with more owners than work
            }
            multiply(rows, owner);
            Bias.add(biases[owner].value(), work.y.values(), units[owner], outputs, rows,
                    units[owner + 1] - units[owner]);
        }

        abstract void multiply(int rows, int owner);

        @Override
        public void gradients(int rows, int owner) {
            if (weight.isTrained() && units[owner] < units[owner + 1]) {
                weightGradient(rows, owner);
            }
            if (bias.isTrained()) {
                biasGradient(rows, 0f, biases[owner].gradient(), owner);
            }
        }

        abstract void weightGradient(int rows, int owner);

        @Override
        public void descend(int rows, float decayFactor, int owner) {
            if (weight.isTrained() && units[owner] < units[owner + 1]) {
                descendWeights(rows, weight.decays() ? decayFactor : 1f, owner);
            }
            if (bias.isTrained()) {
                biasGradient(rows, bias.decays() ? decayFactor : 1f, biases[owner].value(), owner);
            }
        }

        abstract void descendWeights(int rows, float kept, int owner);

        private void biasGradient(int rows, float beta, float[] into, int owner) {
            Bias.gradient(work.y.gradient(), units[owner], outputs, rows, units[owner + 1] - units[owner], beta, into,
                    0);
        }
    }

    /** {@link OnAll} for owners of units: each has his columns of W side by side. */
    private final class SplitOnAll extends Split {
        SplitOnAll(Work work, int owners) {
            super(work, owners);
        }

        @Override
        Shard weightShard(int owner) {
            return Shard.columns(weight, inputs, outputs, units[owner], units[owner + 1]);
        }

        @Override
        void multiply(int rows, int owner) {
            int unit = units[owner];
            int n = units[owner + 1] - unit;
            Gemm.sgemm(work.tuning, false, false, rows, n, inputs, 1f, work.x.values(), 0, inputs,
                    weights[owner].value(), 0, n, 0f, work.y.values(), unit, outputs);
        }

        /** dx = dy W^T: each element's chain goes on from one owner's columns to the next one's. */
        @Override
        public void backward(int rows, int unit, int endUnit) {
            if (work.x.gradient() == null || unit == endUnit) {
                return;
            }
            for (int owner = 0; owner < weights.length; owner++) {
                int n = units[owner + 1] - units[owner];
                if (n > 0) {
                    Gemm.sgemm(work.tuning, false, true, rows, endUnit - unit, n, 1f, work.y.gradient(), units[owner],
                            outputs, weights[owner].value(), unit * n, n, units[owner] == 0 ? 0f : 1f,
                            work.x.gradient(), unit, inputs);
                }
            }
        }

        @Override
        void weightGradient(int rows, int owner) {
            product(rows, owner, 0f, weights[owner].gradient());
        }

        @Override
        void descendWeights(int rows, float kept, int owner) {
            product(rows, owner, kept, weights[owner].value());
        }

        private void product(int rows, int owner, float beta, float[] into) {
            int unit = units[owner];
            int n = units[owner + 1] - unit;
            Gemm.sgemm(work.tuning, true, false, inputs, n, rows, 1f, work.x.values(), 0, inputs, work.y.gradient(),
                    unit, outputs, beta, into, 0, n);
        }
    }

    /** {@link OnNonZeros} for owners of units: each has his columns of W packed, for good. */
    private final class SplitOnNonZeros extends Split {
        private final SparseBatch nonZeros;

        SplitOnNonZeros(OnNonZeros work, int owners) {
            super(work, owners);
            nonZeros = new SparseBatch(work.nonZeros, units, work.tuning);
        }

        @Override
        Shard weightShard(int owner) {
            Shard shard = new Shard(weight, new Shard.Layout() {
                @Override
                public int size() {
                    return nonZeros.panelSize(owner);
                }

                @Override
                public void load(float[] whole, float[] shard) {
                    nonZeros.pack(owner, 0, inputs, whole, shard);
                }

                @Override
                public void store(float[] shard, float[] whole) {
                    nonZeros.unpack(owner, 0, inputs, shard, whole);
                }
            });
            nonZeros.setPanels(owner, shard.value());
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
        void multiply(int rows, int owner) {
            nonZeros.multiply(owner, 0, rows, work.y.values());
        }

        @Override
        public void backward(int rows, int unit, int endUnit) {
            // nobody needs the gradient of images
        }

        @Override
        public void prepareGradients(int rows, int from, int to) {
            if (weight.isTrained()) {
                nonZeros.listColumns(rows, Parts.row(weight, from), Parts.row(weight, to));
            }
        }

        @Override
        void weightGradient(int rows, int owner) {
            nonZeros.gradientOfPanels(owner, rows, 0, inputs, work.y.gradient(), weights[owner].gradient());
        }

        @Override
        void descendWeights(int rows, float kept, int owner) {
            nonZeros.descend(owner, rows, 0, inputs, work.y.gradient(), kept);
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
