package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * Trains a small network on invented images, in a thread of its own while options and data are read, so that HotSpot has
 * compiled most kernels when training begins. It is of the usual kind (relu, cross-entropy, plain descent, zeros left
 * out), whatever will be trained: begun only when the options are known, it made a cold start of 3.8 s last 4.1 s on two
 * cores of Zen 3. It changes no result.
 */
public final class Rehearsal implements AutoCloseable {
    // What is interpreted takes a thousand times as long: enough for every kernel to be called, and little for each call.
    private static final int IMAGES = 24; // a worker's rows of a batch of 48
    private static final int SIDE = 8;
    private static final int INKED = 20; // one pixel in so many
    private static final int HIDDEN = 192; // blocks of columns of every usual width
    private static final int EPOCHS = 150; // of one step; 400 kept the data waiting, for 3 % of a cold start

    private final CompletableFuture<Void> finished;
    private volatile boolean ended;

    /** Begins, on a thread that does not keep the process alive. */
    public Rehearsal() {
        finished = CompletableFuture.runAsync(this::train, Thread.ofPlatform().name("rehearsal").daemon()::start);
    }

    private void train() {
        SplittableRandom random = new SplittableRandom(1);
        byte[] pixels = new byte[IMAGES * SIDE * SIDE];
        byte[] labels = new byte[IMAGES];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextInt(INKED) == 0 ? (byte) random.nextInt(256) : 0;
        }
        for (int i = 0; i < IMAGES; i++) {
            labels[i] = (byte) random.nextInt(Mnist.CLASSES.size());
        }
        Dataset data = Dataset.of(new Shape(SIDE, SIDE, 1), pixels, labels, Mnist.CLASSES);
        Network network = Network
                .of(new Architecture(SIDE * SIDE, List.of(HIDDEN), Mnist.CLASSES.size(), Activation.RELU,
                        Loss.CROSS_ENTROPY), IMAGES)
                .initialize(1);
        Optimizer optimizer = new Optimizer(Optimizer.Rule.SGD, network.parameters(), 0, 1e-4);
        try (Workers workers = new Workers(1)) {
            Trainer trainer = new Trainer(network, new Batches(data, IMAGES), optimizer, Schedule.CONSTANT, 1e-3,
                    EPOCHS, 1, Trainer.nonZeros(network, data), workers);
            for (int epoch = 1; epoch <= EPOCHS && !ended; epoch++) {
                trainer.epoch(epoch, (samples, loss) -> true);
            }
        }
    }

    /** Ends it after its current step. */
    @Override
    public void close() {
        ended = true;
        await();
    }

    /** Waits until it is over. */
    void await() {
        finished.join();
    }
}
