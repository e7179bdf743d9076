package dev.lanewise.kernel;

/**
 * Losses fused with the function that makes predictions of the last layer's outputs z, [N, classes]. Each method
 * handles rows from to to - 1, writes the loss of every sample to loss [N] and scale times its gradient with respect to
 * z to dz [N, classes]; labels [N] are the right classes, 0 to classes - 1. What it returns is the number of samples
 * whose label has the largest output: the lower class of two equal ones, and none where the loss is NaN. z and dz are
 * different arrays. Sums over classes have the order of {@link Reductions}.
 */
public final class Losses {
    private Losses() {
    }

    /**
     * Cross-entropy of softmax: ln(sum of e^z) - z[label]; dz = softmax(z) - onehot(label). By log-sum-exp, so that the
     * loss is finite wherever a float can hold it.
     */
    public static int softmaxCrossEntropy(float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        check(z, labels, from, to, classes, dz, loss);
        int right = 0;
        int block = Softmax.blockRows(to - from, classes);
        for (int first = from; first < to; first += block) {
            int rows = Math.min(block, to - first);
            int at = first * classes;
            Softmax.subtractMax(z, at, dz, at, rows, classes);
            Elementwise.exp(dz, at, dz, at, rows * classes);
            Softmax.divideBySum(dz, at, rows, classes, scale, loss, first);
            Elementwise.log(loss, first, loss, first, rows);
            for (int i = first; i < first + rows; i++) {
                int row = i * classes;
                dz[row + labels[i]] -= scale;
                float max = Reductions.max(z, row, classes);
                loss[i] -= z[row + labels[i]] - max;
                right += isRight(z, row, classes, max, labels[i], loss[i]) ? 1 : 0;
            }
        }
        return right;
    }

    /** Squared error of sigmoid: 1/2 |a - y|^2, a = sigmoid(z), y = onehot(label); dz = (a - y) a (1 - a). */
    public static int sigmoidSquaredError(float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        check(z, labels, from, to, classes, dz, loss);
        int right = 0;
        int block = Softmax.blockRows(to - from, classes);
        for (int first = from; first < to; first += block) {
            int last = Math.min(to, first + block);
            Elementwise.sigmoid(z, first * classes, dz, first * classes, (last - first) * classes);
            for (int i = first; i < last; i++) {
                int at = i * classes;
                float a = dz[at + labels[i]];
                float d = a - 1f;
                dz[at + labels[i]] = 0f;
                loss[i] = 0.5f * Math.fma(d, d, Reductions.dot(dz, at, dz, at, classes));
                for (int j = at; j < at + classes; j++) {
                    dz[j] = dz[j] * (dz[j] * (1f - dz[j])) * scale;
                }
                dz[at + labels[i]] = d * (a * (1f - a)) * scale;
                float max = Reductions.max(z, at, classes);
                right += isRight(z, at, classes, max, labels[i], loss[i]) ? 1 : 0;
            }
        }
        return right;
    }

    /**
     * Squared error of softmax: 1/2 |a - y|^2, a = softmax(z), y = onehot(label). Through the Jacobian diag(a) - a a^T:
     * dz = a (d - sum of d a), d = a - y.
     */
    public static int softmaxSquaredError(float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        check(z, labels, from, to, classes, dz, loss);
        int right = 0;
        int block = Softmax.blockRows(to - from, classes);
        for (int first = from; first < to; first += block) {
            int last = Math.min(to, first + block);
            Softmax.softmax(z, first * classes, dz, first * classes, last - first, classes);
            for (int i = first; i < last; i++) {
                int at = i * classes;
                float a = dz[at + labels[i]];
                float d = a - 1f;
                dz[at + labels[i]] = 0f;
                float others = Reductions.dot(dz, at, dz, at, classes);
                loss[i] = 0.5f * Math.fma(d, d, others);
                float weighted = Math.fma(d, a, others);
                for (int j = at; j < at + classes; j++) {
                    dz[j] = dz[j] * (dz[j] - weighted) * scale;
                }
                dz[at + labels[i]] = a * (d - weighted) * scale;
                float max = Reductions.max(z, at, classes);
                right += isRight(z, at, classes, max, labels[i], loss[i]) ? 1 : 0;
            }
        }
        return right;
    }

    /**
     * Turns the loss and gradient of {@link #softmaxCrossEntropy} into those of smoothed labels (Szegedy et al. 2016):
     * the target is {@code (1 - smoothing) * onehot(label) + smoothing / classes}. The loss grows by the sum of
     * {@code smoothing / classes * (z[label] - z[j])}, j ascending.
     *
     * @param smoothing from 0 to below 1
     */
    public static void smoothLabels(float[] z, byte[] labels, int from, int to, int classes, float scale,
            float smoothing, float[] dz, float[] loss) {
        check(z, labels, from, to, classes, dz, loss);
        if (!(smoothing >= 0 && smoothing < 1)) {
            throw new IllegalArgumentException("smoothing: from 0 to below 1, not %s".formatted(smoothing));
        }
        float each = smoothing / classes;
        for (int i = from; i < to; i++) {
            int at = i * classes;
            float correct = z[at + labels[i]];
            for (int j = at; j < at + classes; j++) {
                loss[i] = Math.fma(each, correct - z[j], loss[i]);
                dz[j] -= each * scale;
            }
            dz[at + labels[i]] += smoothing * scale;
        }
    }

    /** Whether the label is the first class with the largest output; not where the loss is NaN. */
    private static boolean isRight(float[] z, int row, int classes, float max, int label, float loss) {
        return Reductions.indexOf(z, row, classes, max) == label && !Float.isNaN(loss);
    }

    private static void check(float[] z, byte[] labels, int from, int to, int classes, float[] dz, float[] loss) {
        Check.size("classes", classes);
        Check.fromTo(from, to, "labels", labels.length);
        Check.range("loss", loss.length, 0, to);
        Check.matrix("z", z.length, 0, to, classes, Math.max(1, classes));
        Check.matrix("dz", dz.length, 0, to, classes, Math.max(1, classes));
        for (int i = from; i < to; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new IllegalArgumentException(
                        "labels: %d of sample %d is not 0 to %d".formatted(labels[i], i, classes - 1));
            }
        }
    }
}
