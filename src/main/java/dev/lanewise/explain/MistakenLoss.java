package dev.lanewise.explain;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.ScalarMath;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Spec;

/** A loss whose values or gradients are computed with one of the mistakes of losses. */
record MistakenLoss(Loss loss, Mistake mistake) implements Loss {
    @Override
    public Spec spec() {
        return loss.spec();
    }

    @Override
    public void lossAndGradient(Tuning tuning, float[] z, byte[] labels, int from, int to, int classes, float scale,
            float[] dz, float[] losses) {
        if (mistake == Mistake.NO_MAX_SHIFT) {
            noMaxShift(z, labels, from, to, classes, scale, dz, losses);
            return;
        }
        loss.lossAndGradient(tuning, z, labels, from, to, classes, scale, dz, losses); // dz = (p - y) scale
        float[] p = new float[to * classes];
        loss.predict(z, p, to, classes);
        if (mistake == Mistake.DIAGONAL_JACOBIAN) {
            for (int i = from; i < to; i++) { // dL/dp: what the Jacobian should carry back to z
                for (int j = 0; j < classes; j++) {
                    float y = j == (labels[i] & 0xff) ? 1f : 0f;
                    float a = p[i * classes + j];
                    dz[i * classes + j] = scale * (loss.spec().kind().equals("cross-entropy") ? -y / a : a - y);
                }
            }
        }
        Elementwise.sigmoidBackward(p, from * classes, dz, from * classes, (to - from) * classes);
    }

    private static void noMaxShift(float[] z, byte[] labels, int from, int to, int classes, float scale, float[] dz,
            float[] losses) {
        for (int i = from; i < to; i++) {
            int at = i * classes;
            int label = at + (labels[i] & 0xff);
            Elementwise.exp(z, at, dz, at, classes);
            float sum = 0f;
            for (int j = at; j < at + classes; j++) {
                sum += dz[j];
            }
            for (int j = at; j < at + classes; j++) {
                dz[j] /= sum;
            }
            losses[i] = -ScalarMath.log(dz[label]);
            for (int j = at; j < at + classes; j++) {
                dz[j] *= scale;
            }
            dz[label] -= scale;
        }
    }

    @Override
    public void predict(float[] z, int zOffset, float[] p, int pOffset, int rows, int classes) {
        loss.predict(z, zOffset, p, pOffset, rows, classes);
    }

    @Override
    public double reference(double[] z, int label, double[] dz) {
        return loss.reference(z, label, dz);
    }
}
