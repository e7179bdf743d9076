package dev.lanewise.explain;

import dev.lanewise.explain.Page.Matrix;
import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.CrossEntropy;
import dev.lanewise.kernel.Softmax;
import java.util.ArrayList;
import java.util.List;

/** {@code explain softmax}: overflow, the Jacobian, and why its diagonal is not enough. */
public final class SoftmaxTopic {
    static final float[] Z = {2f, 1f, 0.5f};
    static final float[] BATCH = {2f, 1f, 0.5f, 1000f, 999f, 998.5f, -1000f, -1001f, 3f}; // [3, 3]
    static final int LABEL = 1;
    private static final int N = 3;

    private SoftmaxTopic() {
    }

    /** e^z / sum of e^z as it stands in the book, on the exp kernel. */
    static float[] naive(float[] z) {
        float[] p = new float[z.length];
        Elementwise.exp(z, 0, p, 0, z.length);
        float sum = 0f;
        for (float e : p) {
            sum += e;
        }
        for (int j = 0; j < p.length; j++) {
            p[j] /= sum;
        }
        return p;
    }

    static float[] stable(float[] z, int rows) {
        float[] p = new float[z.length];
        Softmax.softmax(z, 0, z.length / rows, p, 0, z.length / rows, rows, z.length / rows);
        return p;
    }

    /** J[i, j] = ds_i / dz_j = diag(s) - s s^T. */
    static float[] jacobian(float[] s) {
        int n = s.length;
        float[] jacobian = new float[n * n];
        for (int j = 0; j < n; j++) {
            jacobian[j * n + j] = s[j];
        }
        Gemm.sgemm(false, false, n, n, 1, -1f, s, 0, 1, s, 0, n, 1f, jacobian, 0, n);
        return jacobian;
    }

    /** dL/ds of the cross-entropy: -1 / s at the label, else 0. */
    static float[] lossGradient(float[] s) {
        float[] g = new float[s.length];
        g[LABEL] = -1f / s[LABEL];
        return g;
    }

    /** J^T g. */
    static float[] throughJacobian(float[] s, float[] g) {
        int n = s.length;
        float[] dz = new float[n];
        Gemm.sgemm(true, false, n, 1, n, 1f, jacobian(s), 0, n, g, 0, 1, 0f, dz, 0, 1);
        return dz;
    }

    /** The gradient of the logits as training computes it, in one go. */
    static float[] fused(float[] z) {
        float[] dz = new float[z.length];
        CrossEntropy.ofSoftmax(z, new byte[]{LABEL}, 0, 1, z.length, 1f, dz, new float[1]);
        return dz;
    }

    /** The mistake: s (1 - s) g, element by element. */
    static float[] diagonalOnly(float[] s, float[] g) {
        float[] dz = g.clone();
        Elementwise.sigmoidBackward(s, 0, dz, 0, dz.length);
        return dz;
    }

    /** The largest float whose exponential is still finite. */
    static float lastFiniteExponent() {
        float low = 0f;
        float high = 1000f;
        while (Math.nextUp(low) < high) {
            float middle = low + (high - low) / 2;
            float[] e = {middle};
            Elementwise.exp(e, 0, e, 0, 1);
            if (Float.isFinite(e[0])) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The screen. */
    public static Page page() {
        Page page = new Page("Softmax, why its exp overflows, and its Jacobian")
                .text("Softmax turns logits z into probabilities: s_i = e^z_i / (e^z_1 + ... + e^z_n). In short: "
                        + "subtract the "
                        + "largest logit before exp; the local gradient is a matrix, not a vector; with cross-entropy "
                        + "all of it comes to s - y.");
        float last = lastFiniteExponent();
        List<List<String>> rows = new ArrayList<>();
        for (float shift : new float[]{0f, 80f, 100f, 998f}) {
            float[] z = {Z[0] + shift, Z[1] + shift, Z[2] + shift};
            rows.add(List.of(vector(z, "%.1f"), vector(naive(z), "%.4f"), vector(stable(z, 1), "%.4f")));
        }
        page.section("Overflow")
                .table(List.of("logits z", "e^z / sum e^z", "stable"), rows)
                .text("A float ends at 3.4e38, which is e^%.4f: one logit above that makes e^z infinite, and "
                        + "infinity / infinity is NaN. Stable softmax subtracts the row's maximum first. "
                        + "e^(z-c) / sum e^(z-c) is the same number for every c, as e^-c cancels; with c = max z "
                        + "the largest "
                        + "exponential is e^0 = 1 and none can overflow.", last);
        float[] s = stable(Z, 1);
        float[] g = lossGradient(s);
        float[] full = throughJacobian(s, g);
        float[] fused = fused(Z);
        float[] diagonal = diagonalOnly(s, g);
        page.section("The local gradient is a matrix")
                .text("Every output depends on every logit, through the sum: ds_i/dz_j = s_i (1 - s_i) where i = j, "
                        + "-s_i s_j elsewhere. All of them together are the Jacobian:")
                .matrices(new Matrix("z", 1, N, Z), new Matrix("s = softmax(z)", 1, N, s),
                        new Matrix("J = diag(s) - s s^T", N, N, jacobian(s)))
                .text("With L = -ln s_%d, the cross-entropy of class %d (counted from 0), dL/ds is -1 / s_%d there "
                        + "and 0 "
                        + "elsewhere. The chain rule gives dL/dz = J^T dL/ds; multiplied out on paper it is s - y, "
                        + "y being "
                        + "1 at the class. Training computes s - y at once, which needs no division by s:", LABEL,
                        LABEL, LABEL)
                .matrices(new Matrix("g = dL/ds", 1, N, g), new Matrix("J^T g", 1, N, full),
                        new Matrix("s - y, fused as in training", 1, N, fused),
                        new Matrix("s (1 - s) g, the diagonal alone: WRONG", 1, N, diagonal))
                .text("Largest difference from s - y: through J %s, by the diagonal %s. The diagonal is right at "
                        + "the class "
                        + "and 0 elsewhere: the other logits are never pushed down. See --mistake diagonal-jacobian.",
                        Page.number(distance(full, fused)).strip(), Page.number(distance(diagonal, fused)).strip());
        page.section("A batch: row by row")
                .text("Each row is a sample with its own maximum and its own sum.")
                .matrices(new Matrix("Z", 3, N, BATCH), new Matrix("softmax(Z), each row sums to 1", 3, N,
                        stable(BATCH, 3)))
                .text("A logit far below the maximum underflows to probability 0, which is harmless: it is added to "
                        + "a sum "
                        + "of at least 1.");
        return page;
    }

    static float distance(float[] a, float[] b) {
        float largest = 0f;
        for (int j = 0; j < a.length; j++) {
            largest = Math.max(largest, Math.abs(a[j] - b[j]));
        }
        return largest;
    }

    static String vector(float[] values, String format) {
        StringBuilder text = new StringBuilder();
        for (float value : values) {
            text.append(text.isEmpty() ? "" : " ").append(format.formatted(value));
        }
        return text.toString();
    }
}
