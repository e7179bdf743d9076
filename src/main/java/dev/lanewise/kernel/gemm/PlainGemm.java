package dev.lanewise.kernel.gemm;

/**
 * Multiplies by loops without the Vector API, which HotSpot compiles within a tenth of a second: for products before the
 * tiles are compiled, and where they never are. The bits are those of {@link ScalarGemm}.
 *
 * <p>C2 makes SIMD of a loop alone where all its arrays are read and written at the same index: only then does it know that no
 * iteration reads what another has written. So each row of a block of B is an array of its own, and so is a part of a row of
 * C: five times as fast, which pays for the copies.
 */
final class PlainGemm {
    private static final int COLUMNS = 512; // of a block of B, which is to be in L2; four of its rows are in L1
    private static final int STEPS = 64;

    private final float[][] rows = new float[STEPS][COLUMNS];
    private final float[] sums = new float[COLUMNS];

    /** C = alpha op(A) op(B) + beta C. */
    void multiply(int m, int n, int k, float alpha, Operand a, Operand b, float beta, Operand c) {
        for (int i = 0; i < m; i++) {
            scale(n, beta, c.data, c.at(i, 0));
        }
        for (int j = 0; j < n; j += COLUMNS) { // blocks of columns
            int columns = Math.min(COLUMNS, n - j);
            for (int p = 0; p < k; p += STEPS) { // blocks of k
                int steps = Math.min(STEPS, k - p);
                copy(b, p, steps, j, columns);
                for (int i = 0; i < m; i++) { // rows
                    int cAt = c.at(i, j);
                    System.arraycopy(c.data, cAt, sums, 0, columns);
                    row(columns, steps, alpha, a.data, a.at(i, p), a.transposed ? a.ld : 1);
                    System.arraycopy(sums, 0, c.data, cAt, columns);
                }
            }
        }
    }

    private static void scale(int n, float beta, float[] c, int cAt) {
        for (int j = 0; j < n; j++) {
            c[cAt + j] = beta == 0f ? 0f : beta * c[cAt + j];
        }
    }

    private void copy(Operand b, int p0, int steps, int j0, int columns) {
        for (int p = 0; p < steps; p++) {
            int from = b.at(p0 + p, j0);
            if (b.transposed) {
                gather(b.data, from, b.ld, rows[p], columns);
            } else {
                System.arraycopy(b.data, from, rows[p], 0, columns);
            }
        }
    }

    private static void gather(float[] b, int from, int step, float[] row, int columns) {
        for (int j = 0, at = from; j < columns; j++, at += step) {
            row[j] = b[at];
        }
    }

    /** Adds the products of a row of a block of A to the sums. */
    private void row(int columns, int steps, float alpha, float[] a, int aAt, int step) {
        int p = 0;
        for (; p < steps - 3; p += 4) {
            int from = aAt + p * step;
            four(columns, alpha * a[from], rows[p], alpha * a[from + step], rows[p + 1], alpha * a[from + 2 * step],
                    rows[p + 2], alpha * a[from + 3 * step], rows[p + 3], sums);
        }
        for (; p < steps; p++) {
            one(columns, alpha * a[aAt + p * step], rows[p], sums);
        }
    }

    /** sums += x0 y0 + x1 y1 + x2 y2 + x3 y3, in this order. */
    static void four(int columns, float x0, float[] y0, float x1, float[] y1, float x2, float[] y2, float x3,
            float[] y3, float[] sums) {
        for (int j = 0; j < columns; j++) {
            sums[j] = Math.fma(x3, y3[j], Math.fma(x2, y2[j], Math.fma(x1, y1[j], Math.fma(x0, y0[j], sums[j]))));
        }
    }

    /** sums += x y. */
    static void one(int columns, float x, float[] y, float[] sums) {
        for (int j = 0; j < columns; j++) {
            sums[j] = Math.fma(x, y[j], sums[j]);
        }
    }
}
