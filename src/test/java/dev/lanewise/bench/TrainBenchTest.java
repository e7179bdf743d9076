package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.Preparation;
import dev.lanewise.kernel.Shape;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrainBenchTest {
    private static DatasetPair pair(Dataset train, Dataset test) {
        return new DatasetPair("own", "a test", train, test, Preparation.NONE, List.of());
    }

    private static Measurement.Sample sample(DatasetPair data, String nets, TrainBench.Trained trained) {
        TrainBench bench = new TrainBench(data, TrainBench.Configuration.all(nets));
        return bench.sample(bench.works().getFirst(), 1, trained);
    }

    /** The names of multilayer perceptrons are those in result files of older versions. */
    @Test
    void aTrainingIsNamedByItsNetworkAndItsBatch() {
        DatasetPair digits = pair(BuiltInDigits.draw(1, 640), BuiltInDigits.draw(2, 100));
        TrainBench.Trained trained = new TrainBench.Trained(List.of(9.0, 8.0, 7.0, 0.5, 0.25), 0.875);
        Measurement.Sample mlp = sample(digits, "30-20:32", trained);
        assertEquals("784-30-20-10 batch 32", mlp.kernel());
        assertEquals(new TrainBench.Outcome(null, "30-20", 32, 0.875), mlp.training());
        assertEquals(List.of(0.5e9, 0.25e9), mlp.nanos());
        Measurement.Sample net = sample(digits, "lenet:16", trained);
        assertEquals("784-lenet-10 batch 16", net.kernel());
        assertEquals(new TrainBench.Outcome("lenet", null, 16, 0.875), net.training());
        assertTrue(net.flops() > mlp.flops(), net::toString);
    }

    @Test
    void aNetworkThatDoesNotFitIsLeftOut() {
        Dataset tiny = Dataset.of(new Shape(8, 8, 1), new byte[128], new byte[2], List.of("a", "b"));
        TrainBench bench = new TrainBench(pair(tiny, tiny),
                TrainBench.Configuration.all("lenet:32,16:2,lenet:64,small:128,example:64"));
        assertEquals(Set.of("lenet", "small"), bench.leftOut());
        assertEquals(List.of("64-16-2 batch 2", "64-example-2 batch 64"),
                bench.works().stream().map(TrainBench.Work::name).toList());
    }

    @Test
    void aTrainingThatLearnsNothingIsRefused() {
        byte[] labels = {0, 0, 0, 1};
        Dataset images = Dataset.of(new Shape(8, 8, 1), new byte[4 * 64], labels, List.of("a", "b"));
        TrainBench.Trained poor = new TrainBench.Trained(List.of(1.0, 1.0), 0.5);
        Measurement.Sample refused = sample(pair(images, images), "16:2", poor);
        assertEquals("test accuracy of 50.0 %", refused.refused());
        assertEquals(List.of(), refused.nanos());
        assertNull(sample(pair(images, images), "16:2", new TrainBench.Trained(List.of(1.0, 1.0), 0.75)).refused());
        DatasetPair digits = new DatasetPair("digits", "a test", BuiltInDigits.draw(1, 20), BuiltInDigits.draw(2, 20),
                Preparation.NONE, List.of());
        assertEquals("test accuracy of 50.0 %", sample(digits, "16:2", poor).refused());
        Measurement.Sample diverged = sample(digits, "16:2", TrainBench.Trained.DIVERGED);
        assertEquals("its loss is no longer a number", diverged.refused());
        assertEquals(List.of(), diverged.nanos());
        assertNull(diverged.training());
    }
}
