package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.OwnProcess;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Bits;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Spec;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class PredictorTest {
    private static final Dataset DIGITS = BuiltInDigits.draw(3, 600);
    private static final int MEASURED = 20; // calls
    private static final byte[] PIXELS = DIGITS.pixels();

    private static Ensemble of(String layers) {
        Network network = Network
                .of(Mnist.SHAPE, Spec.parseList(layers + ", dense 10"), Loss.of(Spec.parse("cross-entropy")))
                .initialize(4);
        SplitMix64 random = new SplitMix64(5); // biases and statistics that are not all alike
        for (Parameter parameter : network.parameters()) {
            for (int i = 0; i < parameter.size() && parameter.shape().size() == 1; i++) {
                parameter.value()[i] += 0.1f * random.nextFloat();
            }
        }
        return new Ensemble(List.of(new Model(network, Mnist.CLASSES, Map.of())));
    }

    /** As evaluation has it, batch by batch and layer by layer on one thread. */
    private static float[] evaluated(Ensemble ensemble, int threads) {
        try (Workers workers = new Workers(threads, Tuning.LONG)) {
            return ensemble.evaluate(DIGITS, workers).predictions().probabilities();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dense 128, relu", "dense 100, tanh, dropout 0.2, dense 20, relu", "dense 15, sigmoid",
            "dense 200, relu, dense 130, relu", "conv 32 3x3, relu, pool 2, conv 64 3x3, relu, pool 2, dropout 0.5",
            "conv 6 5x5, relu, pool 2, conv 16 5x5, relu, pool 2, dense 120, relu, dense 84, relu",
            "conv 5 3x3 padding=1, batch-norm, relu, average-pool 2, drop-channels 0.1, conv 17 2x3 stride=2, tanh, pool 3 stride=1",
            "conv 32 3x3 padding=1, relu, pool 2, conv 32 3x3 padding=1, relu, pool 4",
            "batch-norm, conv 20 3x3, batch-norm, relu, conv 4 1x1, global-pool"})
    void hasTheBitsOfAnEvaluationForAnyBatchAndThreads(String layers) {
        Ensemble ensemble = of(layers);
        float[] expected = evaluated(ensemble, 1);
        Bits.assertSame(expected, evaluated(ensemble, 3), "3 threads");
        for (int threads = 1; threads <= 3; threads++) {
            for (Tuning tuning : Tuning.values()) {
                try (Predictor predictor = new Predictor(ensemble, threads, tuning)) {
                    for (int batch : new int[]{1, 2, 5, 13, 17, 100, 601}) {
                        for (int first = 0; first < 600; first += batch) {
                            int rows = Math.min(batch, 600 - first);
                            rows = batch == 1 && first > 20 ? 0 : rows; // it takes its time
                            Bits.assertSame(Arrays.copyOfRange(expected, first * 10, (first + rows) * 10),
                                    predictor.predict(PIXELS, first, rows),
                                    "%d from %d on %d threads".formatted(rows, first, threads));
                        }
                    }
                }
            }
        }
    }

    /** Then products with all pixels are faster than with the non-zeros, of some images or of all. */
    @Test
    void imagesWithoutZerosHaveTheSameBitsToo() {
        Ensemble ensemble = of("dense 128, relu");
        byte[] pixels = PIXELS.clone();
        for (int i = 0; i < 300 * 784; i++) {
            pixels[i] = (byte) (pixels[i] == 0 ? 1 + i % 5 : pixels[i]);
        }
        Dataset images = Dataset.of(Mnist.SHAPE, pixels, new byte[600], Mnist.CLASSES);
        try (Workers workers = new Workers(1, Tuning.LONG); Predictor predictor = new Predictor(ensemble)) {
            float[] expected = ensemble.evaluate(images, workers).predictions().probabilities();
            Bits.assertSame(expected, predictor.predict(pixels, 0, 600), "all");
            for (int i = 0; i < 600; i += 7) {
                Bits.assertSame(Arrays.copyOfRange(expected, i * 10, i * 10 + 10), predictor.predict(pixels, i, 1),
                        "image " + i);
            }
        }
    }

    /** A product that leaves out zeros must not lose that 0 times infinity is no number. */
    @Test
    void weightsThatAreNotFiniteAreMultipliedWithZerosToo() {
        Network network = Network.of(Shape.vector(2), Spec.parseList("dense 3"), Loss.of(Spec.parse("mse")));
        network.parameters().getFirst().value()[0] = Float.POSITIVE_INFINITY;
        try (Predictor predictor = new Predictor(
                new Ensemble(List.of(new Model(network, List.of("a", "b", "c"), Map.of()))))) {
            assertTrue(Float.isNaN(predictor.predict(new byte[2], 0, 1)[0]));
        }
    }

    private static boolean teamRuns() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().matches("lanewise-\\d+"));
    }

    @Test
    void aTeamIsStartedWhenThereIsWorkForIt() {
        assertFalse(teamRuns());
        try (Predictor predictor = new Predictor(of("dense 128, relu"), 2, Tuning.LONG)) {
            predictor.predict(PIXELS, 0, 1);
            predictor.predict(PIXELS, 0, 16);
            assertFalse(teamRuns(), "for a few images");
            predictor.predict(PIXELS, 0, 600);
            assertTrue(teamRuns(), "for many");
        }
        assertFalse(teamRuns(), "and ended");
    }

    /** Prints the bytes that a warm call allocates, 0 where they are fewer than an array's, and the case; of those named, or of all. */
    public static void main(String[] names) {
        for (int rows : new int[]{1, 16, 256}) {
            String name = rows + " images";
            if (names.length == 0 || List.of(names).contains(name)) {
                System.out.println(bytes(rows) + " " + name);
            }
        }
    }

    private static long bytes(int rows) {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Predictor predictor = new Predictor(of("dense 128, relu"), 1, Tuning.LONG)) {
            List<byte[]> pixels = Collections.singletonList(PIXELS);
            float[] p = new float[rows * 10];
            long least = Long.MAX_VALUE;
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20); // which compiling takes on a busy machine
            long array = 56; // bytes of the answers to one image
            while (least >= MEASURED * array && System.nanoTime() < end) {
                for (int call = 0; call < 20_000 / rows; call++) {
                    predictor.predict(pixels, 0, rows, p);
                }
                long before = thread.getCurrentThreadAllocatedBytes();
                for (int call = 0; call < MEASURED; call++) {
                    predictor.predict(pixels, 0, rows, p);
                }
                least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
            }
            return least < MEASURED * array ? 0 : least / MEASURED;
        }
    }

    @Test
    void noBufferIsAllocated() throws IOException {
        OwnProcess.assertNothingAllocated(PredictorTest.class, 3);
    }

    @Test
    void severalMembersAreAskedWithoutMixing() {
        Ensemble both = new Ensemble(List.of(of("dense 128, relu").members().getFirst(),
                of("conv 6 5x5, relu, pool 2").members().getFirst()));
        try (Predictor predictor = new Predictor(both, 2, Tuning.LONG)) {
            float[] many = predictor.predict(PIXELS, 0, 600);
            float[] one = predictor.predict(PIXELS, 7, 1);
            assertArrayEquals(Arrays.copyOfRange(many, 70, 80), one);
        }
    }

    /** Images that come fast enough, one by one: each is shared as soon as that is faster, or at least tried. */
    @Test
    void aTeamThatIsAwakeSharesAnImage() {
        Ensemble ensemble = of("conv 32 3x3, relu, pool 2");
        try (Predictor alone = new Predictor(ensemble); Predictor together = new Predictor(ensemble, 2, Tuning.LONG)) {
            float[] expected = alone.predict(PIXELS, 3, 1);
            assertFalse(teamRuns());
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!teamRuns() && System.nanoTime() < end) {
                float[] wrong = null;
                for (int i = 0; i < 1000; i++) {
                    float[] answers = together.predict(PIXELS, 3, 1);
                    wrong = Arrays.equals(expected, answers) ? wrong : answers;
                }
                assertNull(wrong);
            }
            assertTrue(teamRuns());
            for (int i = 0; i < 50; i++) {
                assertArrayEquals(expected, together.predict(PIXELS, 3, 1));
            }
        }
    }

    @Test
    void anImageNowAndThenWakesNobody() throws InterruptedException {
        try (Predictor predictor = new Predictor(of("conv 32 3x3, relu, pool 2"), 2, Tuning.LONG)) {
            for (int i = 0; i < 400; i++) {
                predictor.predict(PIXELS, 3, 1);
                Thread.sleep(0, 100_000);
            }
            assertFalse(teamRuns());
        }
    }
}
