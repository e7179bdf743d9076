package dev.lanewise.kernel;

/**
 * The cross-entropy between labels and what softmax makes of the last layer's outputs z, [N, classes]; computed together
 * with its gradient with respect to z. Each method handles rows (samples) from to to - 1; labels [N] are the right classes,
 * as unsigned bytes.
 */
public final class CrossEntropy {
    private CrossEntropy() {
    }

    /**
     * loss = ln(sum of e^z) - z[label]; dz = scale (softmax(z) - onehot(label)). By log-sum-exp, so that the loss is finite
     * wherever a float can hold it. Sums over classes have the order of {@link Reductions}.
     *
     * @param scale multiplies the gradient: 1 / N for that of the mean
     * @param dz where the gradient goes, [N, classes], an array other than z
     * @param loss where each sample's loss goes, [N]
     */
    public static void ofSoftmax(float[] z, byte[] labels, int from, int to, int classes, float scale, float[] dz,
            float[] loss) {
        ofSoftmax(Tuning.LONG, z, labels, from, to, classes, scale, dz, loss);
    }

    /**
     * loss = ln(sum of e^z) - z[label]; dz = scale (softmax(z) - onehot(label)): {@link #ofSoftmax(float[], byte[], int, int, int,
     * float, float[], float[])}, to the same bits, by the kernel that suits the length of a run.
     *
     * @param tuning for how long a run
     */
    public static void ofSoftmax(Tuning tuning, float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        if (tuning == Tuning.SHORT) {
            ScalarCrossEntropy.ofSoftmax(z, labels, from, to, classes, scale, dz, loss);
            return;
        }
        LossArguments.check(z, labels, from, to, classes, dz, loss);
        RowBlock block = RowBlock.take();
        int rows;
        for (int first = from; first < to; first += rows) {
            rows = block.load(z, first * classes, classes, to - first, classes);
            Softmax.softmax(block, scale);
            block.store(dz, first * classes, classes);
            for (int i = 0; i < rows; i++) {
                int at = (first + i) * classes + (labels[first + i] & 0xff);
                dz[at] -= scale;
                loss[first + i] = ScalarMath.log(block.sum[i]) - (z[at] - block.max[i]); // no vectors: LAB 44
            }
        }
        block.giveBack();
    }

    /**
     * Turns the loss and gradient of {@link #ofSoftmax} into those of smoothed labels (Szegedy et al. 2016): the target is
     * {@code (1 - smoothing) * onehot(label) + smoothing / classes}. The loss grows by the sum of
     * {@code smoothing / classes * (z[label] - z[j])}, j ascending.
     *
     * @param smoothing from 0 to below 1
     */
    public static void smoothLabels(float[] z, byte[] labels, int from, int to, int classes, float scale,
            float smoothing, float[] dz, float[] loss) {
        LossArguments.check(z, labels, from, to, classes, dz, loss);
        if (!(smoothing >= 0 && smoothing < 1)) {
            throw new IllegalArgumentException("smoothing: from 0 to below 1, not %s".formatted(smoothing));
        }
        float each = smoothing / classes;
        for (int i = from; i < to; i++) {
            int at = i * classes;
            int label = labels[i] & 0xff;
            float correct = z[at + label];
            for (int j = at; j < at + classes; j++) {
                loss[i] = Math.fma(each, correct - z[j], loss[i]);
                dz[j] -= each * scale;
            }
            dz[at + label] += smoothing * scale;
        }
    }
}
