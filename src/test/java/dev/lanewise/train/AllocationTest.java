package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.OwnProcess;
import dev.lanewise.model.Mode;
import dev.lanewise.train.Setup.Run;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Once C2 has compiled them, steps allocate nothing, on any of their threads; see the kernels' own test. */
@Tag("every-width")
class AllocationTest {
    private static final long PATIENCE = 60_000_000_000L; // nanoseconds until C2 must have compiled a step
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** What differs from the usual in a name, for the report. */
    private record Case(String name, Setup setup) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case with(String name, Consumer<Setup> change) {
        Setup setup = new Setup();
        setup.batchSize = 20; // 25 steps an epoch
        setup.epochs = 1_000_000;
        setup.rate = 1e-5;
        change.accept(setup);
        return new Case(name, setup);
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (String optimizer : List.of("sgd", "momentum", "nesterov", "adam", "adamw")) {
            for (Mode.Zeros zeros : List.of(Mode.Zeros.LEFT_OUT, Mode.Zeros.MULTIPLIED)) {
                cases.add(with(optimizer + ", " + zeros, setup -> {
                    setup.optimizer = optimizer;
                    setup.zeros = zeros;
                }));
            }
        }
        for (String schedule : List.of("constant warmup=0.5", "step", "cosine", "one-cycle")) {
            cases.add(with(schedule, setup -> setup.schedule = schedule));
        }
        cases.add(with("clipping", setup -> setup.clip = 1e-3));
        cases.add(with("clipping of plain descent", setup -> {
            setup.clip = 1e-3;
            setup.optimizer = "sgd";
        }));
        cases.add(with("average", setup -> setup.ema = 0.99));
        cases.add(with("average of plain descent", setup -> {
            setup.ema = 0.99;
            setup.optimizer = "sgd";
            setup.zeros = Mode.Zeros.LEFT_OUT;
        }));
        cases.add(with("dropout", setup -> setup.layers = "dense 24, tanh, dropout 0.5, dense 10"));
        cases.add(with("label smoothing", setup -> setup.loss = "cross-entropy smoothing=0.1"));
        cases.add(with("squared error of sigmoid", setup -> {
            setup.loss = "mse";
            setup.layers = "dense 24, sigmoid, dense 10";
        }));
        cases.add(with("squared error of softmax", setup -> setup.loss = "softmax-mse"));
        cases.add(with("profile", setup -> setup.profiled = true));
        cases.add(with("two threads", setup -> setup.threads = 2));
        cases.add(with("two threads, all of it", setup -> {
            setup.threads = 2;
            setup.optimizer = "adamw";
            setup.zeros = Mode.Zeros.LEFT_OUT;
            setup.clip = 1e-3;
            setup.ema = 0.99;
            setup.layers = "dense 24, relu, dropout 0.5, dense 10";
            setup.loss = "cross-entropy smoothing=0.1";
            setup.schedule = "one-cycle";
        }));
        cases.add(with("convolution, two threads", setup -> {
            setup.threads = 2;
            setup.layers = "conv 6 5x5 stride=2, batch-norm, relu, pool 2, conv 16 3x3, relu, average-pool 2, dense 24, relu, dense 10";
            setup.variation = true;
        }));
        return cases;
    }

    /** Adds up what some threads have allocated between an epoch's first step and its last; makes nothing itself. */
    private static final class Meter implements Trainer.Listener {
        private final long[] threads;
        private final int last;
        private long bytes;

        Meter(long[] threads, int last) {
            this.threads = threads;
            this.last = last;
        }

        private long allocated() {
            long sum = 0;
            for (int i = 0; i < threads.length; i++) {
                sum += THREADS.getThreadAllocatedBytes(threads[i]);
            }
            return sum;
        }

        @Override
        public boolean step(int samples, double meanLoss) {
            if (samples == 20) {
                bytes = -allocated();
            } else if (samples == last) {
                bytes += allocated();
            }
            return true;
        }
    }

    @Test
    void meterSeesASmallArray() {
        Meter meter = new Meter(new long[]{Thread.currentThread().threadId()}, 40);
        meter.step(20, 0);
        int[] made = new int[4];
        meter.step(40, 0);
        assertTrue(meter.bytes >= made.length * 4L, () -> meter.bytes + " bytes");
    }

    /** Prints the bytes of 24 warm steps and the case's name, a line each; of the cases named, or of all. */
    public static void main(String[] names) {
        for (Case tested : cases()) {
            if (names.length == 0 || List.of(names).contains(tested.toString())) {
                System.out.println(bytes(tested) + " " + tested);
            }
        }
    }

    private static long bytes(Case tested) {
        List<Thread> before = List.copyOf(Thread.getAllStackTraces().keySet());
        try (Run run = tested.setup.start()) {
            Stream<Thread> team = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> !before.contains(thread) && thread.getName().startsWith("lanewise-"));
            Meter meter = new Meter(Stream.concat(Stream.of(Thread.currentThread()), team).mapToLong(Thread::threadId)
                    .toArray(), Setup.DIGITS.size());
            if (meter.threads.length != tested.setup.threads) {
                throw new AssertionError(Arrays.toString(meter.threads));
            }
            long end = System.nanoTime() + PATIENCE;
            int epoch = 1;
            do {
                run.trainer.epoch(epoch++, meter);
            } while (meter.bytes > 0 && System.nanoTime() < end);
            return meter.bytes;
        }
    }

    @Test
    void warmStepsAllocateNothing() throws IOException {
        OwnProcess.assertNothingAllocated(AllocationTest.class, 20);
    }
}
