package dev.lanewise.kernel.gemm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PlainGemmTest {
    @Test
    void bitsAreThoseOfTheThreeLoops() {
        long seed = 20261129;
        SplittableRandom random = new SplittableRandom(seed);
        PlainGemm plain = new PlainGemm();
        for (int i = 0; i < 300; i++) {
            int m = random.nextInt(12);
            int n = i % 10 == 0 ? random.nextInt(500, 1100) : random.nextInt(40);
            int k = random.nextInt(i % 7 == 0 ? 200 : 20);
            boolean transA = random.nextBoolean();
            boolean transB = random.nextBoolean();
            float alpha = random.nextBoolean() ? 1f : -1.3f;
            float beta = new float[]{0f, 1f, 0.7f}[random.nextInt(3)];
            int lda = Math.max(1, transA ? m : k) + random.nextInt(3);
            int ldb = Math.max(1, transB ? k : n) + random.nextInt(3);
            int ldc = Math.max(1, n) + random.nextInt(3);
            float[] a = numbers(random, 5 + lda * (transA ? k : m));
            float[] b = numbers(random, 3 + ldb * (transB ? n : k));
            float[] c = numbers(random, 2 + ldc * m);
            float[] expected = c.clone();
            ScalarGemm.sgemm(transA, transB, m, n, k, alpha, a, 5, lda, b, 3, ldb, beta, expected, 2, ldc);
            Operand x = new Operand();
            Operand y = new Operand();
            Operand z = new Operand();
            x.set(a, 5, lda, transA);
            y.set(b, 3, ldb, transB);
            z.set(c, 2, ldc, false);
            plain.multiply(m, n, k, alpha, x, y, beta, z);
            assertArrayEquals(expected, c, "seed %d, product %d: m %d, n %d, k %d, %b %b".formatted(seed, i, m, n, k,
                    transA, transB));
        }
    }

    private static float[] numbers(SplittableRandom random, int n) {
        float[] numbers = new float[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1);
        }
        return numbers;
    }
}
