package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Until C2 has compiled a kernel its vectors are objects; from then on a product must allocate nothing. */
class GemmAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int PRODUCTS = 50;

    @ParameterizedTest
    @CsvSource({"false, false, 128, 128, 784", "true, false, 784, 128, 64", "false, true, 64, 100, 128",
            "true, true, 50, 70, 90", "false, false, 64, 10, 128", "false, true, 64, 128, 10",
            "false, false, 2, 100, 300"})
    void warmProductsAllocateNothing(boolean transA, boolean transB, int m, int n, int k) {
        assertNothingAllocated(1, transA, transB, m, n, k);
        assertNothingAllocated(2, transA, transB, m, n, k);
    }

    private static void assertNothingAllocated(int threads, boolean transA, boolean transB, int m, int n, int k) {
        float[] a = new float[m * k];
        float[] b = new float[k * n];
        float[] c = new float[m * n];
        try (Workers workers = new Workers(threads)) {
            long[] ids = new long[threads];
            workers.run((worker, _) -> ids[worker] = Thread.currentThread().threadId());
            long bytes = Long.MAX_VALUE;
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (bytes > 0 && System.nanoTime() < end) {
                long before = allocated(ids);
                for (int i = 0; i < PRODUCTS; i++) {
                    Gemm.sgemm(workers, transA, transB, m, n, k, 0.5f, a, 0, transA ? m : k, b, 0, transB ? k : n, 0.5f,
                            c,
                            0, n);
                    Gemm.sgemm(workers, transA, transB, m, n, k, 1f, a, 0, transA ? m : k, b, 0, transB ? k : n, 0f, c,
                            0,
                            n);
                }
                bytes = allocated(ids) - before;
            }
            assertEquals(0, bytes, "bytes that %d products on %d threads allocate".formatted(2 * PRODUCTS, threads));
        }
    }

    private static long allocated(long[] ids) {
        long sum = 0;
        for (long id : ids) {
            sum += THREADS.getThreadAllocatedBytes(id); // that for an array of threads allocates itself
        }
        return sum;
    }
}
