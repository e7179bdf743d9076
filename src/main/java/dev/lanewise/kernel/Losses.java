package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;

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
        return softmaxCrossEntropy(Tuning.LONG, z, labels, from, to, classes, scale, dz, loss);
    }

    /** As above, by the kernel that suits a run of that length. */
    public static int softmaxCrossEntropy(Tuning tuning, float[] z, byte[] labels, int from, int to, int classes,
            float scale, float[] dz, float[] loss) {
        if (tuning == Tuning.SHORT) {
            return ScalarLosses.softmaxCrossEntropy(z, labels, from, to, classes, scale, dz, loss);
        }
        check(z, labels, from, to, classes, dz, loss);
        RowBlock block = RowBlock.ofThread();
        int right = 0;
        int rows;
        for (int first = from; first < to; first += rows) {
            rows = block.load(z, first * classes, to - first, classes);
            Softmax.softmax(block, scale);
            block.store(dz, first * classes);
            Elementwise.log(block.sum, 0, loss, first, rows);
            for (int i = 0; i < rows; i++) {
                int at = (first + i) * classes + labels[first + i];
                dz[at] -= scale;
                loss[first + i] -= z[at] - block.max[i];
                right += isRight(z, at - labels[first + i], labels[first + i], block.max[i], loss[first + i]) ? 1 : 0;
            }
        }
        return right;
    }

    /** Squared error of sigmoid: 1/2 |a - y|^2, a = sigmoid(z), y = onehot(label); dz = (a - y) a (1 - a). */
    public static int sigmoidSquaredError(float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        check(z, labels, from, to, classes, dz, loss);
        RowBlock block = RowBlock.ofThread();
        int right = 0;
        int rows;
        for (int first = from; first < to; first += rows) {
            rows = block.load(z, first * classes, to - first, classes);
            block.sigmoid();
            block.takeOut(labels, first);
            right += squaredError(block, z, labels, first, rows, classes, loss);
            block.sigmoidBackward(scale);
            block.putBack(labels, first);
            block.store(dz, first * classes);
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
        RowBlock block = RowBlock.ofThread();
        int right = 0;
        int rows;
        for (int first = from; first < to; first += rows) {
            rows = block.load(z, first * classes, to - first, classes);
            Softmax.softmax(block, 1f);
            block.takeOut(labels, first);
            right += squaredError(block, z, labels, first, rows, classes, loss);
            block.softmaxBackward(scale);
            block.putBack(labels, first);
            block.store(dz, first * classes);
        }
        return right;
    }

    /** Losses of a block from whose predictions the labels' were taken out, and the number of right samples. */
    private static int squaredError(RowBlock block, float[] z, byte[] labels, int first, int rows, int classes,
            float[] loss) {
        block.sumSquares();
        int right = 0;
        for (int i = 0; i < rows; i++) {
            float d = block.taken[i] - 1f;
            loss[first + i] = 0.5f * Math.fma(d, d, block.sum[i]);
            int row = (first + i) * classes;
            right += isRight(z, row, labels[first + i], block.max[i], loss[first + i]) ? 1 : 0;
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
    static boolean isRight(float[] z, int row, int label, float max, float loss) {
        for (int j = row; j < row + label; j++) {
            if (z[j] == max) {
                return false;
            }
        }
        return z[row + label] == max && !Float.isNaN(loss);
    }

    static void check(float[] z, byte[] labels, int from, int to, int classes, float[] dz, float[] loss) {
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
