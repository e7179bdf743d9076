package dev.lanewise.kernel;

/**
 * The specification of {@link CrossEntropy}: one sample at a time, the same bits. Short runs are done with it: it is slower
 * but compiled in no time.
 */
public final class ScalarCrossEntropy {
    // Compiled in no time: LAB 39.
    private ScalarCrossEntropy() {
    }

    /** See {@link CrossEntropy#ofSoftmax}. */
    public static void ofSoftmax(float[] z, byte[] labels, int from, int to, int classes, float scale, float[] dz,
            float[] loss) {
        LossArguments.check(z, labels, from, to, classes, dz, loss);
        for (int i = from; i < to; i++) {
            int row = i * classes;
            float max = ScalarSoftmax.max(z, row, classes);
            ScalarSoftmax.exps(z, row, classes, max, dz, row);
            float sum = ScalarReductions.sum(dz, row, classes);
            for (int j = row; j < row + classes; j++) {
                dz[j] = dz[j] / sum * scale;
            }
            int at = row + (labels[i] & 0xff);
            dz[at] -= scale;
            loss[i] = ScalarMath.log(sum) - (z[at] - max);
        }
    }
}
