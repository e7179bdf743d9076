package dev.lanewise.model;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.SquaredError;
import dev.lanewise.kernel.Tuning;
import java.util.Optional;

/** Squared error of sigmoid, 1/2 |a - onehot(label)|^2 with a = sigmoid(z); its gradient is (a - y) a (1 - a). */
public record SigmoidSquaredErrorLoss() implements Loss {

    @Override
    public Spec spec() {
        return Spec.of("mse");
    }

    @Override
    public void lossAndGradient(Tuning tuning, float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        SquaredError.ofSigmoid(z, labels, from, to, classes, scale, dz, loss);
    }

    @Override
    public Optional<Operation.Function> output() {
        return Optional.of(Operation.Function.SIGMOID);
    }

    @Override
    public void predict(float[] z, int zOffset, float[] p, int pOffset, int rows, int classes) {
        Elementwise.sigmoid(z, zOffset, p, pOffset, rows * classes);
    }

    @Override
    public double reference(double[] z, int label, double[] dz) {
        double squares = 0;
        for (int j = 0; j < z.length; j++) {
            double a = 1 / (1 + Math.exp(-z[j]));
            double d = a - (j == label ? 1 : 0);
            squares += d * d;
            dz[j] = d * a * (1 - a);
        }
        return squares / 2;
    }
}
