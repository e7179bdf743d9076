package dev.lanewise.kernel;

import com.sun.management.ThreadMXBean;
import dev.lanewise.OwnProcess;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Until C2 has compiled a kernel its vectors are objects; from then on a product must allocate nothing. */
class GemmAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int PRODUCTS = 50;

    /** Prints the bytes of warm products and their shape, a line each; of the shapes named, or of all. */
    public static void main(String[] names) {
        for (String shape : List.of("NN 128 128 784", "TN 784 128 64", "NT 64 100 128", "TT 50 70 90", "NN 64 10 128",
                "NT 64 128 10", "NN 2 100 300")) {
            for (int threads = 1; threads <= 2; threads++) {
                String name = shape + " on " + threads;
                if (names.length == 0 || List.of(names).contains(name)) {
                    System.out.println(bytes(threads, shape.split(" ")) + " " + name);
                }
            }
        }
    }

    private static long bytes(int threads, String[] shape) {
        boolean transA = shape[0].startsWith("T");
        boolean transB = shape[0].endsWith("T");
        int m = Integer.parseInt(shape[1]);
        int n = Integer.parseInt(shape[2]);
        int k = Integer.parseInt(shape[3]);
        float[] a = new float[m * k];
        float[] b = new float[k * n];
        float[] c = new float[m * n];
        try (Workers workers = new Workers(threads)) {
            long[] ids = new long[threads];
            workers.run((worker, _) -> ids[worker] = Thread.currentThread().threadId());
            long bytes = Long.MAX_VALUE;
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (bytes > 0 && System.nanoTime() < end) {
                long before = allocated(ids);
                for (int i = 0; i < PRODUCTS; i++) {
                    Gemm.sgemm(workers, transA, transB, m, n, k, 0.5f, a, 0, transA ? m : k, b, 0, transB ? k : n, 0.5f,
                            c, 0, n);
                    Gemm.sgemm(workers, transA, transB, m, n, k, 1f, a, 0, transA ? m : k, b, 0, transB ? k : n, 0f, c,
                            0, n);
                }
                bytes = allocated(ids) - before;
            }
            return bytes;
        }
    }

    @Test
    void warmProductsAllocateNothing() throws IOException {
        OwnProcess.assertNothingAllocated(GemmAllocationTest.class, 14);
    }

    private static long allocated(long[] ids) {
        long sum = 0;
        for (long id : ids) {
            sum += THREADS.getThreadAllocatedBytes(id); // that for an array of threads allocates itself
        }
        return sum;
    }
}
