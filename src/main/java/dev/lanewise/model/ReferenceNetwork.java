package dev.lanewise.model;

import java.util.ArrayList;
import java.util.List;

/**
 * The formulas of {@link Network} once more, in double and as plain loops: forward, loss, and the analytic backward
 * pass. It is what {@link GradientCheck} trusts, after comparing its gradients with central differences.
 */
final class ReferenceNetwork {
    final Activation hiddenActivation;
    final Loss loss;
    final List<double[]> parameters = new ArrayList<>(); // W1 [in, out], b1 [out], W2, b2, ...
    final int[] widths; // inputs, hidden layers, classes

    /** With the weights of a float network of that architecture, in its order. */
    ReferenceNetwork(Architecture architecture, List<Parameter> parameters) {
        hiddenActivation = architecture.activation();
        loss = architecture.loss();
        widths = new int[architecture.hidden().size() + 2];
        widths[0] = architecture.inputs();
        for (int l = 0; l < architecture.hidden().size(); l++) {
            widths[l + 1] = architecture.hidden().get(l);
        }
        widths[widths.length - 1] = architecture.classes();
        parameters.forEach(parameter -> this.parameters.add(doubles(parameter.value(), parameter.size())));
    }

    static double[] doubles(float[] values, int n) {
        double[] doubles = new double[n];
        for (int i = 0; i < n; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    int layers() {
        return widths.length - 1;
    }

    private Activation activation(int layer) {
        return layer == layers() - 1 ? Activation.NONE : hiddenActivation;
    }

    /** All layers' outputs, [0] being the input; each [N, width]. */
    double[][] forward(double[] x, int rows) {
        double[][] a = new double[layers() + 1][];
        a[0] = x;
        for (int l = 0; l < layers(); l++) {
            int in = widths[l];
            int out = widths[l + 1];
            double[] w = parameters.get(2 * l);
            double[] b = parameters.get(2 * l + 1);
            a[l + 1] = new double[rows * out];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < out; j++) {
                    double z = b[j];
                    for (int k = 0; k < in; k++) {
                        z += a[l][i * in + k] * w[k * out + j];
                    }
                    a[l + 1][i * out + j] = switch (activation(l)) {
                        case NONE -> z;
                        case RELU -> Math.max(z, 0);
                        case SIGMOID -> 1 / (1 + Math.exp(-z));
                        case TANH -> Math.tanh(z);
                    };
                }
            }
        }
        return a;
    }

    /** What the loss makes of a row of logits: softmax or sigmoid. */
    double[] probabilities(double[] z, int row) {
        int classes = widths[widths.length - 1];
        double[] p = new double[classes];
        double logSum = logSum(z, row, classes);
        for (int j = 0; j < classes; j++) {
            double logit = z[row * classes + j];
            p[j] = loss == Loss.SQUARED_ERROR ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit - logSum);
        }
        return p;
    }

    /** ln(sum of e^z) over a row, its largest logit taken out first. */
    private static double logSum(double[] z, int row, int classes) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < classes; j++) {
            max = Math.max(max, z[row * classes + j]);
        }
        double sum = 0;
        for (int j = 0; j < classes; j++) {
            sum += Math.exp(z[row * classes + j] - max);
        }
        return max + Math.log(sum);
    }

    /** The loss of one row of logits. */
    double loss(double[] z, int row, int label) {
        double[] p = probabilities(z, row);
        if (loss == Loss.CROSS_ENTROPY) {
            return logSum(z, row, p.length) - z[row * p.length + label];
        }
        double squares = 0;
        for (int j = 0; j < p.length; j++) {
            double d = p[j] - (j == label ? 1 : 0);
            squares += d * d;
        }
        return squares / 2;
    }

    /** The batch's mean loss, from the last layer's outputs. */
    double meanLoss(double[] z, byte[] labels, int rows) {
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            sum += loss(z, i, labels[i]);
        }
        return sum / rows;
    }

    /** The gradient of the mean loss with respect to every parameter, in the order of {@link #parameters}. */
    List<double[]> gradients(double[] x, byte[] labels, int rows) {
        double[][] a = forward(x, rows);
        List<double[]> gradients = new ArrayList<>();
        double[] da = lossGradient(a[layers()], labels, rows);
        for (int l = layers() - 1; l >= 0; l--) {
            int in = widths[l];
            int out = widths[l + 1];
            double[] w = parameters.get(2 * l);
            double[] dw = new double[in * out];
            double[] db = new double[out];
            double[] dx = new double[rows * in];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < out; j++) {
                    double y = a[l + 1][i * out + j];
                    double dz = da[i * out + j] * switch (activation(l)) {
                        case NONE -> 1;
                        case RELU -> y > 0 ? 1 : 0;
                        case SIGMOID -> y * (1 - y);
                        case TANH -> 1 - y * y;
                    };
                    db[j] += dz;
                    for (int k = 0; k < in; k++) {
                        dw[k * out + j] += a[l][i * in + k] * dz;
                        dx[i * in + k] += dz * w[k * out + j];
                    }
                }
            }
            gradients.addFirst(db);
            gradients.addFirst(dw);
            da = dx;
        }
        return gradients;
    }

    /** The gradient of the mean loss with respect to the logits, [N, classes]. */
    double[] lossGradient(double[] z, byte[] labels, int rows) {
        int classes = widths[widths.length - 1];
        double[] dz = new double[rows * classes];
        for (int i = 0; i < rows; i++) {
            double[] p = probabilities(z, i);
            double weighted = 0; // sum of (p - y) p
            for (int j = 0; j < classes; j++) {
                weighted += (p[j] - (j == labels[i] ? 1 : 0)) * p[j];
            }
            for (int j = 0; j < classes; j++) {
                double d = p[j] - (j == labels[i] ? 1 : 0);
                dz[i * classes + j] = switch (loss) {
                    case CROSS_ENTROPY -> d;
                    case SQUARED_ERROR -> d * p[j] * (1 - p[j]);
                    case SOFTMAX_SQUARED_ERROR -> p[j] * (d - weighted);
                } / rows;
            }
        }
        return dz;
    }
}
