package dev.lanewise.train;

import dev.lanewise.kernel.core.Choice;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.Mode;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** However a step is divided between workers, a run comes to the bits of one thread. */
@Tag("every-width")
class DivisionTest {
    private static void assertSameBits(Supplier<Setup> setups) {
        String expected = setups.get().train();
        for (int threads : new int[]{2, 3, 8, 64}) {
            for (String division : List.of("units", "samples")) {
                for (Mode.Zeros zeros : List.of(Mode.Zeros.MULTIPLIED, Mode.Zeros.LEFT_OUT)) {
                    Setup setup = setups.get();
                    setup.threads = threads;
                    setup.division = division;
                    setup.zeros = zeros;
                    assertEquals(expected, setup.train(), "%d threads, %s, %s".formatted(threads, division, zeros));
                }
            }
        }
    }

    /** Layers whose units are, and are not, a multiple of a vector, with and without functions that know samples alone. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
            "dense 100, relu, dense 10; sgd; ; ",
            "dense 33, tanh, dense 10; momentum; ; 0.9",
            "dense 128, relu, dropout 0.3, dense 70, sigmoid, dense 10; adam; ; ",
            "dense 70, relu, dense 50, relu, dropout 0.2, dense 40, tanh, dense 10; nesterov; 0.5; ",
            "dense 17, relu, dense 100, dense 10; sgd; 0.5; 0.9",
            "dense 100, relu, dense 90, relu, dense 10; sgd; ; 0.9",
            "dense 10; momentum; ; ",
            "conv 5 3x3 stride=2, relu, pool 2, dense 20, relu, dense 10; momentum; ; 0.9",
            "conv 3 5x5 padding=2 stride=3, batch-norm, relu, global-pool, dense 10; adam; 0.5; 0.9",
            "conv 9 5x5 stride=2, relu, drop-channels 0.3, pool 2, dropout 0.2, dense 10; adam; ; ",
            "pool 2, conv 4 3x3, batch-norm, tanh, average-pool 3 stride=2, dropout 0.1, dense 12, batch-norm, relu, dense 10; sgd; ; ",
    })
    void divisionsComeToTheSameBits(String layers, String optimizer, Double clip, Double ema) {
        assertSameBits(() -> {
            Setup setup = new Setup();
            setup.epochs = 1;
            setup.batchSize = 37;
            setup.layers = layers;
            setup.optimizer = optimizer;
            setup.clip = clip;
            setup.ema = ema;
            return setup;
        });
    }

    @ParameterizedTest
    @CsvSource({"dense1.weight", "dense2.weight", "dense1.bias"})
    void frozenParametersStayInEveryDivision(String frozen) {
        assertSameBits(() -> {
            Setup setup = new Setup();
            setup.epochs = 1;
            setup.layers = "dense 64, relu, dense 48, relu, dense 10";
            setup.frozen = List.of(frozen);
            return setup;
        });
    }

    /** Steps enough that every division is tried, some of them in the middle of an epoch. */
    @ParameterizedTest
    @CsvSource({"sgd, 100", "adam, 100", "momentum, 20"})
    void changingTheDivisionChangesNoBit(String optimizer, int hidden) {
        Supplier<Setup> setups = () -> {
            Setup setup = new Setup();
            setup.epochs = 3;
            setup.batchSize = 2;
            setup.layers = "dense %d, relu, dense 10".formatted(hidden);
            setup.optimizer = optimizer;
            setup.ema = 0.9;
            setup.zeros = Mode.Zeros.LEFT_OUT;
            return setup;
        };
        assertTrue(Setup.DIGITS.size() / 2 * 3 > Choice.FIRST + 3 * Choice.TRIAL);
        String expected = setups.get().train();
        for (int threads = 2; threads < 4; threads++) {
            Setup setup = setups.get();
            setup.threads = threads;
            assertEquals(expected, setup.train(), threads + " threads");
        }
    }

    /** A run that ends within an epoch leaves the parameters where they are kept. */
    @Test
    void stoppedEpochBringsTheParametersBack() {
        Setup alone = new Setup();
        alone.layers = "dense 64, relu, dense 10";
        Setup units = new Setup();
        units.layers = alone.layers;
        units.threads = 2;
        units.division = "units";
        try (Setup.Run one = alone.start(); Setup.Run two = units.start()) {
            for (Setup.Run run : List.of(one, two)) {
                assertEquals(new Epoch.Stopped(128), run.trainer.epoch(1, (samples, _) -> samples < 128));
            }
            for (int p = 0; p < 4; p++) {
                assertArrayEquals(one.network.parameters().get(p).value(), two.network.parameters().get(p).value());
            }
        }
    }
}
