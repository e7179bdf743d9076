package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A step of plain descent moves weights by the rate times the gradient of the whole batch, however small that is. */
@Tag("every-width")
class PlainDescentTest {
    private static Setup setup(int batch, double rate, Mode.Zeros zeros) {
        SplittableRandom random = new SplittableRandom(batch);
        Shape shape = new Shape(8, 8, 1);
        byte[] pixels = new byte[batch * shape.size()];
        byte[] labels = new byte[batch];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : 0);
        }
        for (int i = 0; i < batch; i++) {
            labels[i] = (byte) random.nextInt(10);
        }
        Setup setup = new Setup();
        setup.data = Dataset.of(shape, pixels, labels, Mnist.CLASSES);
        setup.batchSize = batch;
        setup.layers = "dense 24, tanh, dense 10";
        setup.optimizer = "sgd";
        setup.schedule = "constant";
        setup.decay = 0;
        setup.rate = rate;
        setup.epochs = 1;
        setup.zeros = zeros;
        return setup;
    }

    private static List<float[]> values(Setup.Run run) {
        List<float[]> values = new ArrayList<>();
        for (Parameter parameter : run.network.parameters()) {
            values.add(parameter.value().clone());
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 1000, 8192})
    void stepIsTheRateTimesTheGradientInDouble(int batch) {
        for (Mode.Zeros zeros : new Mode.Zeros[]{Mode.Zeros.LEFT_OUT, Mode.Zeros.MULTIPLIED}) {
            for (double rate : new double[]{1e-6, 1e-4, 1e-2, 1}) {
                try (Setup.Run run = setup(batch, rate, zeros).start()) {
                    List<float[]> before = values(run);
                    List<double[]> gradients = run.doubleGradients();
                    run.trainer.epoch(1, Setup.ON);
                    for (int p = 0; p < before.size(); p++) {
                        float[] after = run.network.parameters().get(p).value();
                        double largest = 0;
                        for (double g : gradients.get(p)) {
                            largest = Math.max(largest, Math.abs(rate * g));
                        }
                        for (int i = 0; i < after.length; i++) {
                            double step = rate * gradients.get(p)[i];
                            double limit = 1e-5 * largest + 0.51 * Math.ulp(after[i]);
                            assertTrue(Math.abs(before.get(p)[i] - step - after[i]) <= limit,
                                    "batch %d, rate %s, %s, %s %d"
                                            .formatted(batch, rate, zeros, run.network.parameters().get(p).name(), i));
                        }
                    }
                }
            }
        }
    }

    /** Momentum of 0 is plain descent: the loss of a run at a small rate falls as far. */
    @Test
    void smallStepsAreNotLost() {
        double[] losses = new double[2];
        for (int o = 0; o < 2; o++) {
            Setup setup = setup(4096, 1e-5, Mode.Zeros.LEFT_OUT);
            setup.optimizer = o == 0 ? "sgd" : "momentum momentum=0";
            setup.epochs = 20;
            try (Setup.Run run = setup.start()) {
                for (int epoch = 1; epoch <= 20; epoch++) {
                    losses[o] = run.loss(epoch);
                }
            }
        }
        assertEquals(losses[1], losses[0], 1e-9);
    }

    /** What decay leaves of a small weight may underflow to -0: the same bits whether zeros are left out or not. */
    @Test
    void weightsThatVanishHaveTheSameBits() {
        List<String> digests = new ArrayList<>();
        for (int threads = 1; threads < 4; threads++) {
            for (Mode.Zeros zeros : new Mode.Zeros[]{Mode.Zeros.LEFT_OUT, Mode.Zeros.MULTIPLIED}) {
                Setup setup = new Setup();
                setup.optimizer = "sgd";
                setup.schedule = "constant";
                setup.rate = 1;
                setup.decay = 0.9;
                setup.batchSize = 10;
                setup.epochs = 4; // 200 steps: 0.1^200 is far below the smallest float
                setup.threads = threads;
                setup.zeros = zeros;
                digests.add(setup.train());
            }
        }
        assertEquals(1, digests.stream().distinct().count(), digests::toString);
    }
}
