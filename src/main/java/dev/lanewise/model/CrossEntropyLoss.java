package dev.lanewise.model;

import dev.lanewise.kernel.CrossEntropy;
import dev.lanewise.kernel.ScalarSoftmax;
import dev.lanewise.kernel.Tuning;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Cross-entropy of softmax, -ln softmax(z)[label]; its gradient with respect to z is softmax(z) - target. The target is
 * onehot(label) or, smoothed, {@code (1 - smoothing) onehot(label) + smoothing / classes} (Szegedy et al. 2016).
 *
 * @param smoothing share of the label that is spread over all classes, from 0 to below 1
 */
public record CrossEntropyLoss(double smoothing) implements Loss {
    private static final Map<String, Double> USUAL = Map.of("smoothing", 0.0);

    /** Without smoothing. */
    public CrossEntropyLoss() {
        this(0);
    }

    /** As described, {@code cross-entropy smoothing=0.1}. */
    static CrossEntropyLoss of(Spec spec) {
        return new CrossEntropyLoss(spec.option(USUAL, "smoothing"));
    }

    /** Refuses a share out of its range with an IllegalArgumentException. */
    public CrossEntropyLoss {
        if (!(smoothing >= 0 && (float) smoothing < 1)) {
            throw new IllegalArgumentException("smoothing: a share from 0 to below 1, not %s".formatted(smoothing));
        }
    }

    @Override
    public Spec spec() {
        return Spec.ofOptions("cross-entropy", Map.of("smoothing", smoothing), USUAL);
    }

    @Override
    public void lossAndGradient(Tuning tuning, float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        CrossEntropy.ofSoftmax(tuning, z, labels, from, to, classes, scale, dz, loss);
        if (smoothing > 0) {
            CrossEntropy.smoothLabels(z, labels, from, to, classes, scale, (float) smoothing, dz, loss);
        }
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
    public Loss forEvaluation() {
        return new CrossEntropyLoss();
    }

    @Override
    public double reference(double[] z, int label, double[] dz) {
        double max = Arrays.stream(z).max().orElseThrow();
        double logSum = max + Math.log(Arrays.stream(z).map(v -> Math.exp(v - max)).sum());
        double loss = 0;
        for (int j = 0; j < z.length; j++) {
            double target = (j == label ? 1 - smoothing : 0) + smoothing / z.length;
            loss += target * (logSum - z[j]);
            dz[j] = Math.exp(z[j] - logSum) - target;
        }
        return loss;
    }

    /** softmax(z) in double. */
    static double[] softmax(double[] z) {
        double max = Arrays.stream(z).max().orElseThrow();
        double[] p = Arrays.stream(z).map(v -> Math.exp(v - max)).toArray();
        double sum = Arrays.stream(p).sum();
        return Arrays.stream(p).map(v -> v / sum).toArray();
    }
}
