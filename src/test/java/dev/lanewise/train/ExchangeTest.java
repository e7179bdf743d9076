package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Workers;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExchangeTest {
    @Test
    void barriersAndBytesCostTime() {
        for (int threads = 1; threads <= Runtime.getRuntime().availableProcessors(); threads++) {
            try (Workers team = new Workers(threads)) {
                Exchange.measure(team).ifPresent(exchange -> { // empty on a machine that is busy
                    assertTrue(exchange.barrier() > 0 && exchange.barrier() < 0.1, exchange::toString);
                    assertTrue(exchange.fetching() >= 0 && exchange.fetching() < 1e-6, exchange::toString);
                });
            }
        }
    }

    @Test
    void moreThreadsThanProcessorsAreNotMeasured() {
        try (Workers team = new Workers(Runtime.getRuntime().availableProcessors() + 1)) {
            assertEquals(Optional.empty(), Exchange.measure(team));
        }
    }

    /** Two rounds by samples, six by units; half of the parameters, and what the units make of a batch of eight. */
    @Test
    void aStepOnTwoThreadsIsHalfOfItAndWhatTheyExchange() {
        Setup setup = new Setup();
        setup.layers = "dense 64, relu, dense 32, relu, dense 10";
        setup.batchSize = 8;
        setup.threads = 2;
        int outputs = 2 * 64 + 2 * 32 + 10;
        int upper = 64 * 32 + 32 + 32 * 10 + 10;
        int parameters = 784 * 64 + 64 + upper;
        try (Setup.Run run = setup.start()) {
            Division samples = new BySamples(run.pipeline, run.batches, run.update, run.workers, Profile.OFF);
            Division units = ByUnits.of(run.pipeline, run.batches, run.update, run.workers, Profile.OFF).orElseThrow();
            Division alone = new BySamples(new BySamples(run.pipeline, run.batches, run.update, run.workers,
                    Profile.OFF), new Workers(1));
            Exchange exchange = new Exchange(1e-3, 1e-6);
            assertEquals(0.5, exchange.step(alone, 8, 0.5));
            assertEquals(0.25 + 2e-3 + 1e-6 * 4 * (8 * outputs + parameters) / 2, exchange.step(samples, 8, 0.5),
                    1e-9);
            assertEquals(0.25 + 6e-3 + 1e-6 * 4 * (8 * 2 * outputs + upper) / 2, exchange.step(units, 8, 0.5), 1e-9);
        }
    }
}
