package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.Activation;
import dev.lanewise.model.Loss;
import dev.lanewise.train.Optimizer.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RehearsalTest {
    private static boolean running() {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> thread.getName().equals("rehearsal"));
    }

    /** await throws what went wrong. */
    @ParameterizedTest
    @EnumSource(Rule.class)
    void everyKindOfNetworkIsRehearsedToTheEnd(Rule rule) {
        for (List<Integer> hidden : List.of(List.<Integer>of(), List.of(1), List.of(800, 30))) {
            for (Activation activation : List.of(Activation.RELU, Activation.SIGMOID, Activation.TANH)) {
                for (Loss loss : Loss.values()) {
                    new Rehearsal(hidden, activation, loss, rule, hidden.size() == 1).await();
                }
            }
        }
    }

    @Test
    void closedItLeavesNoThreadBehind() throws InterruptedException {
        new Rehearsal(List.of(128), Activation.RELU, Loss.CROSS_ENTROPY, Rule.SGD, false).close();
        for (long end = System.nanoTime() + 10_000_000_000L; running();) {
            assertTrue(System.nanoTime() < end, "still running 10 s after it was closed");
            Thread.sleep(1);
        }
    }
}
