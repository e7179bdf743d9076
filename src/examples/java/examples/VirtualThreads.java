package examples;

import dev.lanewise.kernel.Gemm;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Powers of a matrix on 1,000 virtual threads: each has the bits that one thread alone gets. */
final class VirtualThreads {
    private static final int N = 64;
    private static final int THREADS = 1000;

    private VirtualThreads() {
    }

    public static void main(String[] args) {
        float[] a = new float[N * N]; // [N, N], a rotation in each pair of coordinates
        for (int i = 0; i < N; i += 2) {
            a[i * N + i] = a[(i + 1) * N + i + 1] = (float) Math.cos(i);
            a[i * N + i + 1] = (float) Math.sin(i);
            a[(i + 1) * N + i] = (float) -Math.sin(i);
        }
        float[] expected = power(a, 10);
        AtomicInteger same = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < THREADS; i++) {
                threads.execute(() -> {
                    if (Arrays.equals(expected, power(a, 10))) {
                        same.incrementAndGet();
                    }
                });
            }
        }
        System.out.println(same + " of " + THREADS + " the same");
    }

    private static float[] power(float[] a, int exponent) {
        float[] product = a.clone();
        float[] next = new float[N * N];
        for (int i = 1; i < exponent; i++) {
            Gemm.sgemm(false, false, N, N, N, 1f, product, 0, N, a, 0, N, 0f, next, 0, N); // next = product a
            float[] previous = product;
            product = next;
            next = previous;
        }
        return product;
    }
}
