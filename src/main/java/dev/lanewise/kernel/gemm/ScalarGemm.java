package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Check;

/**
 * Specifies the matrix multiply in three loops: the same arguments and the same bits as {@code kernel.Gemm}, for tests to compare
 * with.
 */
public final class ScalarGemm {
    private ScalarGemm() {
    }

    /** C = chain over k ascending of alpha op(A) op(B), started from beta C. */
    public static void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset,
            int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc) {
        check(transA, transB, m, n, k, a, aOffset, lda, b, bOffset, ldb, c, cOffset, ldc);
        for (int i = 0; i < m; i++) {
            int row = cOffset + i * ldc;
            for (int j = 0; j < n; j++) {
                c[row + j] = beta == 0f ? 0f : beta * c[row + j];
            }
            for (int p = 0; p < k; p++) {
                float x = alpha * a[aOffset + (transA ? p * lda + i : i * lda + p)];
                for (int j = 0; j < n; j++) {
                    float y = b[bOffset + (transB ? j * ldb + p : p * ldb + j)];
                    c[row + j] = Math.fma(x, y, c[row + j]);
                }
            }
        }
    }

    /** Refuses arguments that do not fit, by name. */
    public static void check(boolean transA, boolean transB, int m, int n, int k, float[] a, int aOffset, int lda,
            float[] b, int bOffset, int ldb, float[] c, int cOffset, int ldc) {
        Check.size("m", m);
        Check.size("n", n);
        Check.size("k", k);
        Check.matrix("a", a.length, aOffset, transA ? k : m, transA ? m : k, lda);
        Check.matrix("b", b.length, bOffset, transB ? n : k, transB ? k : n, ldb);
        Check.matrix("c", c.length, cOffset, m, n, ldc);
    }
}
