package dev.lanewise.kernel;

/**
 * Half the squared error between one-hot labels and what sigmoid or softmax makes of the last layer's outputs z,
 * [N, classes]; computed together with its gradient with respect to z. Arguments are those of {@link CrossEntropy}.
 */
public final class SquaredError {
    private SquaredError() {
    }

    /** loss = 1/2 |a - y|^2, a = sigmoid(z), y = onehot(label); dz = scale (a - y) a (1 - a). */
    public static void ofSigmoid(float[] z, byte[] labels, int from, int to, int classes, float scale, float[] dz,
            float[] loss) {
        LossArguments.check(z, labels, from, to, classes, dz, loss);
        RowBlock block = RowBlock.take();
        int rows;
        for (int first = from; first < to; first += rows) {
            rows = block.load(z, first * classes, classes, to - first, classes);
            block.sigmoid();
            block.takeOut(labels, first);
            losses(block, first, rows, loss);
            block.sigmoidBackward(scale);
            block.putBack(labels, first);
            block.store(dz, first * classes, classes);
        }
        block.giveBack();
    }

    /**
     * loss = 1/2 |a - y|^2, a = softmax(z), y = onehot(label). Through the Jacobian diag(a) - a a^T:
     * dz = scale a (d - sum of d a), d = a - y.
     */
    public static void ofSoftmax(float[] z, byte[] labels, int from, int to, int classes, float scale, float[] dz,
            float[] loss) {
        LossArguments.check(z, labels, from, to, classes, dz, loss);
        RowBlock block = RowBlock.take();
        int rows;
        for (int first = from; first < to; first += rows) {
            rows = block.load(z, first * classes, classes, to - first, classes);
            Softmax.softmax(block, 1f);
            block.takeOut(labels, first);
            losses(block, first, rows, loss);
            block.softmaxBackward(scale);
            block.putBack(labels, first);
            block.store(dz, first * classes, classes);
        }
        block.giveBack();
    }

    /** Losses of a block from whose predictions the labels' were taken out. */
    private static void losses(RowBlock block, int first, int rows, float[] loss) {
        block.sumSquares();
        for (int i = 0; i < rows; i++) {
            float d = block.taken[i] - 1f;
            loss[first + i] = 0.5f * Math.fma(d, d, block.sum[i]);
        }
    }
}
