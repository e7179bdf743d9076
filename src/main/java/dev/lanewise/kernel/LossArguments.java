package dev.lanewise.kernel;

import dev.lanewise.kernel.core.Check;

/** Checks the arguments that all losses have. */
final class LossArguments {
    private LossArguments() {
    }

    /** z and dz hold rows to to - 1, loss their losses; the labels of rows from to to - 1 are classes. */
    static void check(float[] z, byte[] labels, int from, int to, int classes, float[] dz, float[] loss) {
        Check.size("classes", classes);
        Check.fromTo(from, to, "labels", labels.length);
        Check.range("loss", loss.length, 0, to);
        Check.matrix("z", z.length, 0, to, classes, Math.max(1, classes));
        Check.matrix("dz", dz.length, 0, to, classes, Math.max(1, classes));
        for (int i = from; i < to; i++) {
            if ((labels[i] & 0xff) >= classes) {
                throw new IllegalArgumentException(
                        "labels: %d of sample %d is not 0 to %d".formatted(labels[i] & 0xff, i, classes - 1));
            }
        }
    }
}
