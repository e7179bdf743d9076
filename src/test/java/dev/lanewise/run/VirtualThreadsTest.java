package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Gemm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Thousands of virtual threads that multiply and ask models, all of them alive until the last one is done: what each would
 * keep for itself does not fit in a small heap. In a process of its own.
 */
class VirtualThreadsTest {
    private static final int THREADS = 10_000;
    private static final int M = 16;
    private static final int N = 64;
    private static final int K = 512;

    @Test
    void shareTheirWorkingMemory() throws IOException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m", "-XX:+ExitOnOutOfMemoryError",
                "--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"),
                VirtualThreadsTest.class.getName()).redirectErrorStream(true).start();
        List<String> lines = process.inputReader().readAllLines();
        assertEquals(THREADS + " of " + THREADS, lines.getLast(), lines::toString);
    }

    /** Of a process of its own: says how many threads got the bits that one thread alone gets. */
    public static void main(String[] args) {
        List<Model> models = List.of(model(Recipe.mlp(128)), model(Recipe.USUAL.with(Recipe.NET, "lenet")));
        Dataset digits = BuiltInDigits.draw(1, 100);
        float[][] expected = new float[digits.size()][];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = answers(models, digits, i);
        }
        AtomicInteger same = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(THREADS);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < THREADS; i++) {
                int image = i % digits.size();
                threads.execute(() -> {
                    try {
                        if (Arrays.equals(expected[image], answers(models, digits, image))) {
                            same.incrementAndGet();
                        }
                    } finally {
                        all.countDown();
                    }
                    await(all);
                });
            }
        }
        System.out.println(same + " of " + THREADS);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Model model(Recipe recipe) {
        return new Model(recipe.network(Mnist.SHAPE, Mnist.CLASSES.size()), Mnist.CLASSES, Map.of());
    }

    /** A product, and what each model says of an image as bytes and as numbers. */
    private static float[] answers(List<Model> models, Dataset digits, int image) {
        float[] a = numbers(image, M * K);
        float[] b = numbers(-image, K * N);
        float[] answers = new float[M * N + models.size() * 2 * Mnist.CLASSES.size()];
        Gemm.sgemm(false, true, M, N, K, 1f, a, 0, K, b, 0, K, 0f, answers, 0, N);
        int at = M * N;
        byte[] pixels = digits.pixels(image);
        float[] numbers = new float[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            numbers[i] = (pixels[i] & 0xff) * (1f / 255f);
        }
        for (Model model : models) {
            for (float[] p : List.of(model.predict(pixels), model.predict(numbers))) {
                System.arraycopy(p, 0, answers, at, p.length);
                at += p.length;
            }
        }
        return answers;
    }

    private static float[] numbers(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = random.nextFloat() - 0.5f;
        }
        return numbers;
    }
}
