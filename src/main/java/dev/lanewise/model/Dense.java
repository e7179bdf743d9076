package dev.lanewise.model;

import dev.lanewise.kernel.Bias;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.sparse.SparseBatch;
import java.util.List;

/** A fully connected layer: y = activation(x W + b), W [in, out], b [out]. */
public final class Dense implements Layer {
    private final int inputs;
    private final int outputs;
    private final Activation activation;
    private final Parameter weight; // [in, out]
    private final Parameter bias; // [out]

    /** A layer with weights and bias 0; see {@link Initializer}. */
    public Dense(String name, int inputs, int outputs, Activation activation) {
        if (inputs < 1 || outputs < 1) {
            throw new IllegalArgumentException("%s: %d inputs and %d outputs".formatted(name, inputs, outputs));
        }
        this.inputs = inputs;
        this.outputs = outputs;
        this.activation = activation;
        weight = Parameter.zeros(name + ".weight", true, inputs, outputs);
        bias = Parameter.zeros(name + ".bias", false, outputs);
    }

    @Override
    public int inputs() {
        return inputs;
    }

    @Override
    public int outputs() {
        return outputs;
    }

    /** What is applied to x W + b. */
    public Activation activation() {
        return activation;
    }

    /** The weights, [in, out]. */
    public Parameter weight() {
        return weight;
    }

    /** The bias, [out]. */
    public Parameter bias() {
        return bias;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }

    @Override
    public void forward(float[] x, float[] y, int from, int to) {
        int rows = to - from;
        int at = from * outputs;
        Gemm.sgemm(false, false, rows, outputs, inputs, 1f, x, from * inputs, inputs, weight.value(), 0, outputs,
                0f, y, at, outputs);
        activate(y, at, rows);
    }

    /** Packs a share of the weights, as they are now, for {@link #forward(SparseBatch, float[], int, int)}. */
    void pack(SparseBatch x, int from, int to) {
        x.pack(Shares.row(weight, from), Shares.row(weight, to), 0, outputs, weight.value());
    }

    /** The inverse of {@link #pack}, after {@link #descend(SparseBatch, float[], int, float, int, int)}. */
    void unpack(SparseBatch x, int from, int to) {
        x.unpack(Shares.row(weight, from), Shares.row(weight, to), 0, outputs, weight.value());
    }

    /** {@link #forward(float[], float[], int, int)} of rows kept as their non-zeros, with packed weights. */
    void forward(SparseBatch x, float[] y, int from, int to) {
        x.list(from, to);
        x.multiply(from, to, 0, outputs, y);
        activate(y, from * outputs, to - from);
    }

    private void activate(float[] y, int at, int rows) {
        Bias.add(bias.value(), y, at, rows, outputs);
        activation.forward(y, at, rows * outputs);
    }

    /** Turns dy into dz = dy * activation'(z); dx = dz W^T. */
    @Override
    public void backward(float[] x, float[] y, float[] dy, float[] dx, int from, int to) {
        int rows = to - from;
        activation.backward(y, dy, from * outputs, rows * outputs);
        if (dx != null) {
            Gemm.sgemm(false, true, rows, inputs, outputs, 1f, dy, from * outputs, outputs, weight.value(), 0, outputs,
                    0f, dx, from * inputs, inputs);
        }
    }

    /** dW = x^T dz for some rows of W; db = the sum of dz's rows for some columns. */
    @Override
    public void gradients(float[] x, float[] dz, int rows, int from, int to) {
        product(x, dz, rows, 0f, weight.gradient(), from, to);
        biasGradient(dz, rows, 0f, bias.gradient(), from, to);
    }

    /** {@link #gradients(float[], float[], int, int, int)} of rows kept as their non-zeros. */
    void gradients(SparseBatch x, float[] dz, int rows, int from, int to) {
        int first = Shares.row(weight, from);
        int end = Shares.row(weight, to);
        x.listColumns(rows, first, end);
        x.gradient(rows, first, end, 0, outputs, dz, weight.gradient());
        biasGradient(dz, rows, 0f, bias.gradient(), from, to);
    }

    /** W = keep W + x^T dz, b += the sum of dz's rows: each element's chain begins with what it was. */
    @Override
    public void descend(float[] x, float[] dz, int rows, float keep, int from, int to) {
        product(x, dz, rows, keep, weight.value(), from, to);
        biasGradient(dz, rows, 1f, bias.value(), from, to);
    }

    /** {@link #descend(float[], float[], int, float, int, int)} of rows kept as their non-zeros: of packed weights. */
    void descend(SparseBatch x, float[] dz, int rows, float keep, int from, int to) {
        int first = Shares.row(weight, from);
        int end = Shares.row(weight, to);
        x.listColumns(rows, first, end);
        x.descend(rows, first, end, 0, outputs, dz, keep);
        biasGradient(dz, rows, 1f, bias.value(), from, to);
    }

    private void product(float[] x, float[] dz, int rows, float beta, float[] w, int from, int to) {
        int first = Shares.row(weight, from);
        int end = Shares.row(weight, to);
        Gemm.sgemm(true, false, end - first, outputs, rows, 1f, x, first, inputs, dz, 0, outputs,
                beta, w, first * outputs, outputs);
    }

    private void biasGradient(float[] dz, int rows, float beta, float[] b, int from, int to) {
        Bias.gradient(dz, rows, outputs, Shares.row(bias, from), Shares.row(bias, to), beta, b);
    }
}
