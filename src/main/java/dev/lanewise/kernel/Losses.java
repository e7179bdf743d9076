package dev.lanewise.kernel;

/**
 * Losses fused with the function that makes predictions of the last layer's outputs z, [N, classes]. Each method
 * handles rows from to to - 1, writes the loss of every sample to loss [N] and scale times its gradient with respect to
 * z to dz [N, classes]; labels [N] are the right classes, 0 to classes - 1.
 */
public final class Losses {
    private Losses() {
    }

    /**
     * Cross-entropy of softmax: ln(sum of e^z) - z[label]; dz = softmax(z) - onehot(label). By log-sum-exp, so that the
     * loss is finite wherever a float can hold it.
     */
    public static void softmaxCrossEntropy(float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        check(z, labels, from, to, classes, dz, loss);
        for (int i = from; i < to; i++) {
            int at = i * classes;
            float max = Softmax.max(z, at, classes);
            for (int j = at; j < at + classes; j++) {
                dz[j] = z[j] - max;
            }
            float correct = dz[at + labels[i]];
            Elementwise.exp(dz, at, dz, at, classes);
            float sum = Softmax.sum(dz, at, classes);
            loss[i] = ScalarMath.log(sum) - correct;
            for (int j = at; j < at + classes; j++) {
                dz[j] = dz[j] / sum * scale;
            }
            dz[at + labels[i]] -= scale;
        }
    }

    /** Squared error of sigmoid: 1/2 |a - y|^2, a = sigmoid(z), y = onehot(label); dz = (a - y) a (1 - a). */
    public static void sigmoidSquaredError(float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        check(z, labels, from, to, classes, dz, loss);
        Elementwise.sigmoid(z, from * classes, dz, from * classes, (to - from) * classes);
        for (int i = from; i < to; i++) {
            float squares = 0f;
            for (int j = 0; j < classes; j++) {
                float a = dz[i * classes + j];
                float d = a - (j == labels[i] ? 1f : 0f);
                squares = Math.fma(d, d, squares);
                dz[i * classes + j] = d * (a * (1f - a)) * scale;
            }
            loss[i] = 0.5f * squares;
        }
    }

    /**
     * Squared error of softmax: 1/2 |a - y|^2, a = softmax(z), y = onehot(label). Through the Jacobian diag(a) - a a^T:
     * dz = a (d - sum of d a), d = a - y.
     */
    public static void softmaxSquaredError(float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] loss) {
        check(z, labels, from, to, classes, dz, loss);
        Softmax.softmax(z, from * classes, dz, from * classes, to - from, classes);
        for (int i = from; i < to; i++) {
            float squares = 0f;
            float weighted = 0f;
            for (int j = 0; j < classes; j++) {
                float a = dz[i * classes + j];
                float d = a - (j == labels[i] ? 1f : 0f);
                squares = Math.fma(d, d, squares);
                weighted = Math.fma(d, a, weighted);
            }
            for (int j = 0; j < classes; j++) {
                float a = dz[i * classes + j];
                float d = a - (j == labels[i] ? 1f : 0f);
                dz[i * classes + j] = a * (d - weighted) * scale;
            }
            loss[i] = 0.5f * squares;
        }
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
