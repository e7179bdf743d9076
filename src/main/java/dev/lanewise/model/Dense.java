package dev.lanewise.model;

import dev.lanewise.kernel.Bias;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.sparse.SparseBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** A fully connected layer, {@code dense 128}: y = x W + b, W [in, out], b [out]. */
public final class Dense implements Layer {

    private static final int UNIT_GRAIN = 16; // units of an owner: whole cache lines of a row of W

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

        @Override
        public void forward(int from, int to) {
            forward(from, to, 0, outputs);
        }

        @Override
        public void gradients(int rows, int from, int to) {
            gradients(rows, from, to, 0, outputs);
        }

        void addBias(int from, int to, int unit, int endUnit) {
            if (endUnit - unit == outputs) {
                Bias.add(bias.value(), y.values(), from * outputs, to - from, outputs);
                return;
            }
            for (int at = from * outputs; at < to * outputs; at += outputs) {
                for (int j = unit; j < endUnit; j++) {
                    y.values()[at + j] += bias.value()[j];
                }
            }
        }

        /** db, or with beta 1 and a gradient times minus the learning rate the new b itself. */
        void biasGradient(int rows, float beta, float[] into, int from, int to, int unit, int endUnit) {
            if (bias.isTrained()) {
                int first = Math.max(Parts.row(bias, from), unit);
                Bias.gradient(y.gradient(), rows, outputs, first, Math.max(first, Math.min(Parts.row(bias, to),
                        endUnit)), beta, into);
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
        public int unit(int share, int shares) {
            return Workers.share(outputs, UNIT_GRAIN, share, shares);
        }

        @Override
        public void forward(int from, int to, int unit, int endUnit) {
            Gemm.sgemm(tuning, false, false, to - from, endUnit - unit, inputs, 1f, x.values(), from * inputs, inputs,
                    weight.value(), unit, outputs, 0f, y.values(), from * outputs + unit, outputs);
            addBias(from, to, unit, endUnit);
        }

        @Override
        public void backward(int from, int to) {
            backward(from, to, 0, inputs);
        }

        /** dx = dy W^T. */
        @Override
        public void backward(int from, int to, int unit, int endUnit) {
            if (x.gradient() != null) {
                Gemm.sgemm(tuning, false, true, to - from, endUnit - unit, outputs, 1f, y.gradient(), from * outputs,
                        outputs, weight.value(), unit * outputs, outputs, 0f, x.gradient(), from * inputs + unit,
                        inputs);
            }
        }

        /** dW = x^T dy for some rows and columns of W. */
        @Override
        public void gradients(int rows, int from, int to, int unit, int endUnit) {
            if (weight.isTrained()) {
                weightGradient(rows, 0f, weight.gradient(), from, to, unit, endUnit);
            }
            if (bias.isTrained()) {
                biasGradient(rows, 0f, bias.gradient(), from, to, unit, endUnit);
            }
        }

        /** W = decayFactor W + x^T dy: each element's chain begins with what it was. */
        @Override
        public void descend(int rows, float decayFactor, int from, int to) {
            if (weight.isTrained()) {
                weightGradient(rows, weight.decays() ? decayFactor : 1f, weight.value(), from, to, 0, outputs);
            }
            biasGradient(rows, bias.decays() ? decayFactor : 1f, bias.value(), from, to, 0, outputs);
        }

        private void weightGradient(int rows, float beta, float[] into, int from, int to, int unit, int endUnit) {
            int first = Parts.row(weight, from);
            int end = Parts.row(weight, to);
            Gemm.sgemm(tuning, true, false, end - first, endUnit - unit, rows, 1f, x.values(), first, inputs,
                    y.gradient(), unit, outputs, beta, into, first * outputs + unit, outputs);
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
        public int unit(int share, int shares) {
            return nonZeros.unit(share, shares);
        }

        @Override
        public void prepare(int from, int to) {
            nonZeros.list(from, to);
        }

        @Override
        public void forward(int from, int to) {
            prepare(from, to);
            forward(from, to, 0, outputs);
        }

        @Override
        public void forward(int from, int to, int unit, int endUnit) {
            nonZeros.multiply(from, to, unit, endUnit, y.values());
            addBias(from, to, unit, endUnit);
        }

        @Override
        public void backward(int from, int to) {
            // nobody needs the gradient of images
        }

        @Override
        public void gradients(int rows, int from, int to, int unit, int endUnit) {
            if (weight.isTrained()) {
                nonZeros.listColumns(rows, Parts.row(weight, from), Parts.row(weight, to));
                nonZeros.gradient(rows, Parts.row(weight, from), Parts.row(weight, to), unit, endUnit, y.gradient(),
                        weight.gradient());
            }
            if (bias.isTrained()) {
                biasGradient(rows, 0f, bias.gradient(), from, to, unit, endUnit);
            }
        }

        /** Changes the packed copy; {@link #updateParameters} brings it back to W. */
        @Override
        public void descend(int rows, float decayFactor, int from, int to) {
            if (weight.isTrained()) {
                nonZeros.listColumns(rows, Parts.row(weight, from), Parts.row(weight, to));
                nonZeros.descend(rows, Parts.row(weight, from), Parts.row(weight, to), 0, outputs, y.gradient(),
                        weight.decays() ? decayFactor : 1f);
            }
            biasGradient(rows, bias.decays() ? decayFactor : 1f, bias.value(), from, to, 0, outputs);
        }

        @Override
        public void parametersChanged(int from, int to) {
            nonZeros.pack(Parts.row(weight, from), Parts.row(weight, to), 0, outputs, weight.value());
        }

        @Override
        public void updateParameters(int from, int to) {
            nonZeros.unpack(Parts.row(weight, from), Parts.row(weight, to), 0, outputs, weight.value());
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
