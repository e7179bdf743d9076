package dev.lanewise.explain;

import dev.lanewise.explain.Page.Matrix;
import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.CrossEntropy;
import dev.lanewise.kernel.Softmax;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.CrossEntropyLoss;
import dev.lanewise.model.Loss;
import dev.lanewise.model.SigmoidSquaredErrorLoss;
import dev.lanewise.model.SoftmaxSquaredErrorLoss;
import java.util.List;

/** {@code explain loss}: labels one-hot or as indices; cross-entropy by log-sum-exp. */
public final class LossTopic {
    static final float[] Z = {2f, 1f, 0.1f, -1f, 3f, 0.5f}; // [2, 3]
    static final byte[] LABELS = {0, 2};
    static final float[] FAR = {0f, 200f};
    private static final int ROWS = 2;
    private static final int CLASSES = 3;

    private LossTopic() {
    }

    /** -sum over j of y_j ln p_j for each row. */
    static float[] oneHotLoss(float[] logP, float[] y, int rows) {
        int classes = y.length / rows;
        float[] loss = new float[rows];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < classes; j++) {
                loss[i] = Math.fma(-y[i * classes + j], logP[i * classes + j], loss[i]);
            }
        }
        return loss;
    }

    static float[] oneHot(byte[] labels, int classes) {
        float[] y = new float[labels.length * classes];
        for (int i = 0; i < labels.length; i++) {
            y[i * classes + labels[i]] = 1f;
        }
        return y;
    }

    /** -ln of a probability that has been rounded to a float before: what log-sum-exp avoids. */
    static float logOfProbability(float[] z, int label) {
        float[] p = new float[z.length];
        Softmax.softmax(z, 0, z.length, p, 0, z.length, 1, z.length);
        Elementwise.log(p, 0, p, 0, p.length);
        return -p[label];
    }

    static float logSumExp(float[] z, int label) {
        float[] loss = new float[1];
        CrossEntropy.ofSoftmax(z, new byte[]{(byte) label}, 0, 1, z.length, 1f, new float[z.length], loss);
        return loss[0];
    }

    /** The screen. */
    public static Page page() {
        float[] p = new float[Z.length];
        Softmax.softmax(Z, 0, CLASSES, p, 0, CLASSES, ROWS, CLASSES);
        float[] logP = new float[Z.length];
        Softmax.logSoftmax(Z, 0, CLASSES, logP, 0, CLASSES, ROWS, CLASSES);
        float[] y = oneHot(LABELS, CLASSES);
        float[] loss = new float[ROWS];
        float[] dz = new float[Z.length];
        CrossEntropy.ofSoftmax(Z, LABELS, 0, ROWS, CLASSES, 1f, dz, loss);
        float[] minus = new float[Z.length];
        for (int i = 0; i < minus.length; i++) {
            minus[i] = p[i] - y[i];
        }
        Page page = new Page("The loss: one-hot or index labels, log-sum-exp, which delta")
                .text("In short: index and one-hot labels give the same loss and the same gradient; take the logarithm "
                        + "of the sum of exponentials, not of a probability; every loss has its own delta.")
                .section("A label is a row of y or the place of its 1")
                .matrices(new Matrix("z, two samples, three classes", ROWS, CLASSES, Z),
                        new Matrix("p = softmax(z)", ROWS, CLASSES, p),
                        new Matrix("y, one-hot; as indices: 0 and 2", ROWS, CLASSES, y),
                        new Matrix("L = -sum_j y_j ln p_j, one-hot", 1, ROWS, oneHotLoss(logP, y, ROWS)),
                        new Matrix("L = -ln p[label], by index", 1, ROWS, loss),
                        new Matrix("dL/dz = p - y, one-hot", ROWS, CLASSES, minus),
                        new Matrix("dL/dz = p, less 1 at the label, by index", ROWS, CLASSES, dz))
                .text("All terms of the sum but one are multiplied by 0, so the index is enough: nothing is lost but "
                        + "zeros. One-hot rows are needed where a label is a mixture.");
        List<List<String>> rows = List.of(5f, 50f, 100f, 104f, 200f).stream().map(top -> {
            float[] z = {0f, top};
            return List.of("0 %.0f".formatted(top), Page.number(logOfProbability(z, 0)), Page.number(logSumExp(z, 0)));
        }).toList();
        page.section("Cross-entropy by log-sum-exp")
                .text("-ln p[label] = ln(sum_j e^z_j) - z[label], and ln(sum_j e^z_j) = max + ln(sum_j e^(z_j - "
                        + "max)). No "
                        + "exponential overflows and no probability is rounded to 0 before its logarithm is taken. "
                        + "Two logits, label 0:")
                .table(List.of("z", "-ln(softmax(z)[0])", "log-sum-exp"), rows)
                .text("Below e^-103.97 a float is 0 and its logarithm -infinity; just above, p is subnormal and has "
                        + "lost digits. Log-sum-exp stays exact.");
        List<List<String>> deltas = List.of(-6f, -3f, 0f, 3f).stream().map(top -> {
            float[] z = {top, 0f};
            return List.of("%.0f 0".formatted(top), first(new CrossEntropyLoss(), z),
                    first(new SoftmaxSquaredErrorLoss(), z), first(new SigmoidSquaredErrorLoss(), z));
        }).toList();
        return page.section("Each loss has its own delta")
                .text("dL/dz of the first of two logits, label 0, by the three losses of 'train':")
                .table(List.of("z", "cross-entropy p - y", "softmax-mse p (d - d.p)", "mse d a (1 - a)"), deltas)
                .text("d = p - y or, for mse, a - y with a = sigmoid(z). Both squared errors carry the derivative "
                        + "of their "
                        + "output function, which is next to 0 where the network is sure and wrong. Mixing them up: "
                        + "--mistake mse-delta-for-cross-entropy.");
    }

    private static String first(Loss loss, float[] z) {
        float[] dz = new float[2];
        loss.lossAndGradient(Tuning.LONG, z, new byte[]{0}, 0, 1, 2, 1f, dz, new float[1]);
        return Page.number(dz[0]);
    }
}
