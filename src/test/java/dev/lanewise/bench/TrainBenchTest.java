package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.Preparation;
import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrainBenchTest {
    private static DatasetPair pair(Dataset train, Dataset test) {
        return new DatasetPair("own", "a test", train, test, Preparation.NONE, List.of());
    }

    private static Measurement.Sample epoch(DatasetPair data, TrainBench.Configuration configuration)
            throws IOException {
        return TrainBench.run(data, List.of(configuration), List.of(1), 1, (_, _) -> {
        }).getFirst();
    }

    /** The names of multilayer perceptrons are those in result files of older versions. */
    @Test
    void aTrainingIsNamedByItsNetworkAndItsBatch() throws IOException {
        DatasetPair digits = pair(BuiltInDigits.draw(1, 640), BuiltInDigits.draw(2, 100));
        Measurement.Sample mlp = epoch(digits, new TrainBench.Configuration(null, List.of(30, 20), 32));
        assertEquals("784-30-20-10 batch 32", mlp.kernel());
        assertEquals(new TrainBench.Outcome(null, "30-20", 32, mlp.training().testAccuracy()), mlp.training());
        Measurement.Sample net = epoch(digits, TrainBench.Configuration.of("lenet", 16));
        assertEquals("784-lenet-10 batch 16", net.kernel());
        assertEquals(new TrainBench.Outcome("lenet", null, 16, net.training().testAccuracy()), net.training());
        assertTrue(net.nanos().getFirst() > 0 && net.flops() > mlp.flops(), net::toString);
    }

    @Test
    void aNetworkThatDoesNotFitIsLeftOut() {
        Dataset tiny = Dataset.of(new Shape(8, 8, 1), new byte[128], new byte[2], List.of("a", "b"));
        assertEquals(List.of("lenet", "small"), new Bench(List.of("train"), null, List.of(1), List.of(128), false, 1)
                .leftOut(tiny));
        assertTrue(TrainBench.Configuration.of("example", 64).fits(tiny));
        assertFalse(TrainBench.Configuration.of("lenet", 64).fits(tiny));
    }

    /** Of noise, brighter than digits by far and an image at a time, through six layers. */
    @Test
    void aTrainingThatDivergesIsRefused() throws IOException {
        byte[] noise = new byte[64 * 28 * 28 * 3];
        new Random(1).nextBytes(noise);
        byte[] labels = new byte[64];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (byte) (i * 7 % 5);
        }
        Dataset images = Dataset.of(new Shape(28, 28, 3), noise, labels, List.of("a", "b", "c", "d", "e"));
        Measurement.Sample sample = epoch(pair(images, images),
                new TrainBench.Configuration(null, List.of(50, 50, 50, 50, 50), 1));
        assertEquals("its loss is no longer a number", sample.refused());
        assertEquals(0, sample.nanos().size());
        assertNull(sample.training());
    }
}
