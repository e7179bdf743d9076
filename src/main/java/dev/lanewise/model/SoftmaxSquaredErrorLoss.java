package dev.lanewise.model;

import dev.lanewise.kernel.ScalarSoftmax;
import dev.lanewise.kernel.SquaredError;
import dev.lanewise.kernel.Tuning;
import java.util.Optional;

/**
 * Squared error of softmax, 1/2 |a - onehot(label)|^2 with a = softmax(z). Its gradient goes through softmax's Jacobian:
 * a (d - sum of d a), d = a - y.
 */
public record SoftmaxSquaredErrorLoss() implements Loss {

    @Override
    public Spec spec() {
        return Spec.of("softmax-mse");
    }

    @Override
    public void lossAndGradient(Tuning tuning, float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        SquaredError.ofSoftmax(z, labels, from, to, classes, scale, dz, loss);
    }

    @Override
    public Optional<Operation.Function> output() {
        return Optional.of(Operation.Function.SOFTMAX);
    }

    @Override
    public void predict(float[] z, int zOffset, float[] p, int pOffset, int rows, int classes) {
        ScalarSoftmax.softmax(z, zOffset, classes, p, pOffset, classes, rows, classes); // a few numbers, and no vectors that are yet to be compiled
    }

    @Override
    public double reference(double[] z, int label, double[] dz) {
        double[] a = CrossEntropyLoss.softmax(z);
        double squares = 0;
        double weighted = 0; // sum of d a
        for (int j = 0; j < z.length; j++) {
            double d = a[j] - (j == label ? 1 : 0);
            squares += d * d;
            weighted += d * a[j];
        }
        for (int j = 0; j < z.length; j++) {
            dz[j] = a[j] * (a[j] - (j == label ? 1 : 0) - weighted);
        }
        return squares / 2;
    }
}
