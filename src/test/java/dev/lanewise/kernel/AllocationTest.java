package dev.lanewise.kernel;

import com.sun.management.ThreadMXBean;
import dev.lanewise.OwnProcess;
import dev.lanewise.kernel.core.ByteMatrix;
import dev.lanewise.kernel.sparse.SparseBatch;
import dev.lanewise.kernel.sparse.SparseRows;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Once C2 has compiled it, no kernel allocates: it keeps its vectors in registers and its scratch from call to call. */
@Tag("every-width")
class AllocationTest {
    private static final int CALLS = 100;
    private static final long PATIENCE = 8_000_000_000L; // nanoseconds until C2 must have compiled a kernel
    private static final int ROWS = 64;
    private static final int CLASSES = 10;
    private static final int COLUMNS = 196; // of an image

    /** Prints the bytes that a warm call allocates and the kernel's name, a line each; of those named, or of all. */
    public static void main(String[] names) {
        try (Workers team = new Workers(2)) {
            kernels(team).forEach((name, kernel) -> {
                if (names.length == 0 || List.of(names).contains(name)) {
                    System.out.println(bytes(kernel) + " " + name);
                }
            });
        }
    }

    private static long bytes(Runnable kernel) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + PATIENCE;
        long bytes;
        do {
            bytes = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                kernel.run();
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - bytes;
        } while (bytes > 0 && System.nanoTime() < end);
        return Math.ceilDiv(bytes, CALLS);
    }

    @Test
    void warmKernelsAllocateNothing() throws IOException {
        OwnProcess.assertNothingAllocated(AllocationTest.class, 20);
    }

    private static Map<String, Runnable> kernels(Workers team) {
        Map<String, Runnable> kernels = new TreeMap<>();
        SplittableRandom random = new SplittableRandom(1);
        int n = ROWS * CLASSES;
        float[] z = Bits.uniform(random, n, 5);
        float[] y = new float[n];
        float[] loss = new float[ROWS];
        byte[] labels = LossesTest.labels(random, ROWS, CLASSES);
        kernels.put("cross-entropy", () -> CrossEntropy.ofSoftmax(z, labels, 0, ROWS, CLASSES, 1f, y, loss));
        kernels.put("cross-entropy of short runs",
                () -> CrossEntropy.ofSoftmax(Tuning.SHORT, z, labels, 0, ROWS, CLASSES, 1f, y, loss));
        kernels.put("cross-entropy of short runs, 40 classes",
                () -> CrossEntropy.ofSoftmax(Tuning.SHORT, z, labels, 0, ROWS / 4, 4 * CLASSES, 1f, y, loss));
        kernels.put("smoothed labels",
                () -> CrossEntropy.smoothLabels(z, labels, 0, ROWS, CLASSES, 1f, 0.1f, y, loss));
        kernels.put("squared error of sigmoid", () -> SquaredError.ofSigmoid(z, labels, 0, ROWS, CLASSES, 1f, y, loss));
        kernels.put("squared error of softmax", () -> SquaredError.ofSoftmax(z, labels, 0, ROWS, CLASSES, 1f, y, loss));
        kernels.put("softmax", () -> Softmax.softmax(z, 0, CLASSES, y, 0, CLASSES, ROWS, CLASSES));
        kernels.put("log-softmax", () -> Softmax.logSoftmax(z, 0, CLASSES, y, 0, CLASSES, ROWS, CLASSES));
        kernels.put("argmax", () -> Reductions.argmax(z, 0, n));
        kernels.put("dot", () -> Reductions.dot(z, 0, y, 0, n));
        kernels.put("bias", () -> Bias.add(loss, y, 0, CLASSES, ROWS, CLASSES));
        kernels.put("dropout", () -> {
            for (int row = 0; row < ROWS; row++) {
                DropoutMask.apply(z, row * CLASSES, y, row * CLASSES, CLASSES, DropoutMask.key(1, 2, 3, row), 0.5f);
            }
        });
        kernels.put("exp", () -> Elementwise.exp(z, 0, y, 0, n));
        kernels.put("sigmoid", () -> Elementwise.sigmoid(z, 0, y, 0, n));
        kernels.put("tanh", () -> Elementwise.tanh(z, 0, y, 0, n));
        kernels.put("relu", () -> Elementwise.relu(z, 0, y, 0, n));
        kernels.put("backward of relu, sigmoid, tanh", () -> {
            Elementwise.reluBackward(z, 0, y, 0, n);
            Elementwise.sigmoidBackward(z, 0, y, 0, n);
            Elementwise.tanhBackward(z, 0, y, 0, n);
        });
        optimizers(kernels, random);
        convolutions(kernels, random);
        for (Tuning tuning : Tuning.values()) {
            sparse(kernels, random, 30, tuning);
            sparse(kernels, random, 200, tuning);
        }
        BalancedTask task = new BalancedTask(team, (worker, from, to) -> {
        });
        kernels.put("a round of a team", () -> task.run(100, 1));
        return kernels;
    }

    private static void convolutions(Map<String, Runnable> kernels, SplittableRandom random) {
        for (int[] s : new int[][]{{10, 10, 6, 3, 17}, {12, 12, 1, 5, 6}, {9, 9, 1, 3, 9}}) {
            Shape shape = new Shape(s[0], s[1], s[2]);
            Convolution convolution = new Convolution(shape, s[3], s[3], 1, 1, s[4]);
            float[] x = Bits.uniform(random, 16 * shape.size(), 1);
            float[] y = new float[16 * convolution.output().size()];
            float[] w = Bits.uniform(random, convolution.taps() * s[4], 1);
            float[] bias = new float[s[4]];
            Convolution.PackedFilters filters = convolution.packedFilters(true);
            Convolution.Scratch scratch = convolution.scratch();
            kernels.put("convolution " + Arrays.toString(s), () -> {
                filters.pack(w, 0);
                convolution.forward(x, filters, bias, y, 0, 1);
                convolution.weightGradient(x, y, 1, scratch, 0, convolution.taps(), w, 0);
                convolution.inputGradient(y, filters, x, 0, 1);
                Channels.sum(y, convolution.output(), 1, 0, s[4], bias, 0);
            });
        }
        Pooling pooling = new Pooling(new Shape(9, 9, 3), 2, 2, 2);
        float[] images = Bits.uniform(random, 16 * pooling.input().size(), 1);
        float[] pooled = new float[16 * pooling.output().size()];
        byte[] found = new byte[pooled.length];
        kernels.put("pooling", () -> {
            pooling.max(images, pooled, found, 0, 1);
            pooling.maxGradient(pooled, found, images, 0, 1);
            pooling.average(images, pooled, 0, 1);
            pooling.averageGradient(pooled, images, 0, 1);
        });
    }

    private static void optimizers(Map<String, Runnable> kernels, SplittableRandom random) {
        int n = 1000;
        float[] g = Bits.uniform(random, n, 1);
        float[] w = new float[n];
        float[] m = new float[n];
        float[] v = new float[n];
        kernels.put("sgd", () -> Updates.sgd(w, g, 0, 0, n, 1e-6f, 1e-4f));
        kernels.put("momentum", () -> Updates.momentum(w, g, 0, v, 0, n, 1e-6f, 0.9f, 1e-4f));
        kernels.put("nesterov", () -> Updates.nesterov(w, g, 0, v, 0, n, 1e-6f, 0.9f, 1e-4f));
        kernels.put("adam", () -> Updates.adam(w, g, 0, m, v, 0, n, 1e-6f, 0.9f, 0.999f, 1e-8f, 0f, 0.999f));
        kernels.put("moving average", () -> Updates.movingAverage(w, m, 0, n, 0.99f));
        kernels.put("sum of squares", () -> Updates.sumOfSquares(g, 0, n));
    }

    private static void sparse(Map<String, Runnable> kernels, SplittableRandom random, int n, Tuning tuning) {
        byte[] bytes = new byte[ROWS * COLUMNS];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = random.nextDouble() < 0.2 ? (byte) random.nextInt(256) : 0;
        }
        SparseBatch batch = new SparseBatch(new SparseRows(new ByteMatrix(bytes, ROWS, COLUMNS)), ROWS, n, tuning);
        float[] w = Bits.uniform(random, COLUMNS * n, 1);
        float[] y = new float[ROWS * n];
        float[] dz = Bits.uniform(random, ROWS * n, 1e-6);
        float[] panels = new float[batch.panels(0) * batch.stride() * COLUMNS];
        float[] g = panels.clone();
        SparseBatch.Sink sink = (from, to, piece, shift) -> System.arraycopy(piece, from + shift, g, from, to - from);
        kernels.put("sparse step, n = %d, %s".formatted(n, tuning), () -> {
            for (int i = 0; i < ROWS; i++) {
                batch.set(i, ROWS - 1 - i);
            }
            batch.list(0, ROWS);
            batch.multiply(0, 0, ROWS, panels, y);
            batch.listColumns(ROWS, 0, COLUMNS);
            batch.gradient(0, ROWS, 0, COLUMNS, dz, sink);
            batch.unpack(0, 0, COLUMNS, g, w);
            batch.pack(0, 0, COLUMNS, w, panels);
        });
    }
}
