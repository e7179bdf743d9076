package dev.lanewise.kernel;

/** The specification of {@link Gemm}: three loops, the same arguments, the same bits. */
public final class ScalarGemm {
    private ScalarGemm() {
    }

    /** C = chain over k ascending of alpha op(A) op(B), started from beta C; see {@link Gemm#sgemm}. */
    public static void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, float[] a, int aOffset,
            int lda, float[] b, int bOffset, int ldb, float beta, float[] c, int cOffset, int ldc) {
        Gemm.check(transA, transB, m, n, k, a, aOffset, lda, b, bOffset, ldb, c, cOffset, ldc);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                int at = cOffset + i * ldc + j;
                float sum = beta == 0f ? 0f : beta * c[at];
                for (int p = 0; p < k; p++) {
                    float x = a[aOffset + (transA ? p * lda + i : i * lda + p)];
                    float y = b[bOffset + (transB ? j * ldb + p : p * ldb + j)];
                    sum = Math.fma(alpha * x, y, sum);
                }
                c[at] = sum;
            }
        }
    }
}
