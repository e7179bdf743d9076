package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * Trains a small network of the same kind on invented images, in a thread of its own while the data are read, so that
 * HotSpot has compiled the kernels when training begins: a fresh process that trains for six epochs takes 1.66 instead of
 * 2.12 s on two cores, with the launcher's options for the compiler. It changes no result.
 */
public final class Rehearsal implements AutoCloseable {
    private static final int IMAGES = 64; // a worker's rows of a usual batch: the same tiles, the same blocks of rows
    private static final int SIDE = 10; // few pixels and few of them inked: what is interpreted is soon over
    private static final int INKED = 20; // one in so many
    private static final int WIDTH = 128; // of the widest hidden layers: more takes the same paths for longer
    private static final int EPOCHS = 60; // of one step: enough for the compiler to be told of every kernel

    private final CompletableFuture<Void> finished;
    private volatile boolean ended;

    /**
     * Begins, on a thread that does not keep the process alive.
     *
     * @param hidden widths of the network that is to be trained, as its activation and loss
     * @param dense whether its first layer will not skip zeros
     */
    public Rehearsal(List<Integer> hidden, Activation activation, Loss loss, Optimizer.Rule rule, boolean dense) {
        Architecture small = new Architecture(SIDE * SIDE,
                hidden.stream().map(width -> Math.min(width, WIDTH)).toList(), Dataset.CLASSES, activation, loss);
        finished = CompletableFuture.runAsync(() -> train(small, rule, dense),
                Thread.ofPlatform().name("rehearsal").daemon()::start);
    }

    private void train(Architecture architecture, Optimizer.Rule rule, boolean dense) {
        SplittableRandom random = new SplittableRandom(1);
        byte[] pixels = new byte[IMAGES * architecture.inputs()];
        byte[] labels = new byte[IMAGES];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextInt(INKED) == 0 ? (byte) random.nextInt(256) : 0;
        }
        for (int i = 0; i < IMAGES; i++) {
            labels[i] = (byte) random.nextInt(architecture.classes());
        }
        Dataset data = new Dataset(SIDE, SIDE, pixels, labels);
        Network network = Network.of(architecture, IMAGES).initialize(1);
        Optimizer optimizer = new Optimizer(rule, network.parameters(), 0.9, 0);
        try (Workers workers = new Workers(1)) {
            Trainer trainer = new Trainer(network, new Batches(data, IMAGES), optimizer, Schedule.CONSTANT, 1e-3,
                    EPOCHS, 1, dense ? null : Trainer.nonZeros(network, data), workers);
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
