package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All buffers are there when a pipeline is made. If a stage allocated one at its first step, two workers could allocate it
 * at a time, and what one of them writes would be lost.
 */
class BuffersTest {
    private static final int WIDTH = 128;
    private static final int CAPACITY = 1 << 16; // a buffer of that width has 32 MiB
    private static final long INTERPRETED = 16L << 20; // bytes: vectors are objects until they are compiled

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theFirstStepAllocatesNone(boolean training) {
        Network network = Network.of(Shape.vector(4), Spec.parseList("dense %d, relu, dense 1, dense %d"
                .formatted(WIDTH, WIDTH)), new CrossEntropyLoss()).initialize(1);
        Pipeline pipeline = new Pipeline(network, Input.of(network.input(), CAPACITY),
                training ? Mode.training(1, Tuning.LONG) : Mode.evaluation(Tuning.LONG));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        pipeline.parametersChanged();
        pipeline.begin(0);
        pipeline.forward(0, 1);
        pipeline.lossAndGradient(0, 1, 1f);
        int predicted = pipeline.predicted(0);
        if (training) {
            pipeline.backward(0, 1);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < INTERPRETED, allocated + " bytes, for class " + predicted);
    }
}
