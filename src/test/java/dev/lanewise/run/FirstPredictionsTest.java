package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.OwnProcess;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Mnist;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a library user's first predictions do, in a process of its own without the tests' options. */
class FirstPredictionsTest {
    private static final long END = System.nanoTime() + TimeUnit.SECONDS.toNanos(120); // for a busy machine; 2 s are usual
    private static final int IMAGES = 40;

    @Test
    void haveTheSameBitsBeforeKernelsAreCompiledAndAfter() throws Exception {
        assertEquals(List.of("false, then batches"), OwnProcess.output(FirstPredictionsTest.class, OwnProcess.width()));
    }

    @Test
    void useKernelsAtOnceWithoutRehearsal() throws Exception {
        assertEquals(List.of("true, then batches"),
                OwnProcess.output(FirstPredictionsTest.class, "-Dlanewise.rehearse=false"));
    }

    /** Predicts until batches are taken, and prints whether they were so at once and what came of it. */
    public static void main(String[] args) throws InterruptedException {
        Network network = Network.of(Mnist.SHAPE, Spec.parseList(
                "conv 33 3x3, relu, pool 2, conv 5 2x2, batch-norm, relu, pool 3, dense 40, relu, dense 10"),
                Loss.of(Spec.parse("cross-entropy"))).initialize(4);
        Model model = new Model(network, Mnist.CLASSES, Map.of());
        byte[] pixels = Arrays.copyOf(BuiltInDigits.draw(3, IMAGES).pixels(), IMAGES * Mnist.SHAPE.size());
        String first = model.takesBatches() + ", then ";
        float[] expected = model.predict(pixels);
        for (boolean last = false; !last;) {
            last = model.takesBatches(); // once more with them
            float[] alone = model.predict(Arrays.copyOf(pixels, Mnist.SHAPE.size()));
            if (!Arrays.equals(model.predict(pixels), expected)
                    || !Arrays.equals(alone, Arrays.copyOf(expected, alone.length))) {
                System.out.println(first + "other bits");
                return;
            }
            if (System.nanoTime() > END) {
                System.out.println(first + "never batches");
                return;
            }
            Thread.sleep(1); // leaves the cores to the compiler
        }
        System.out.println(first + "batches");
    }
}
