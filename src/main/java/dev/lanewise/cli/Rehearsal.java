package dev.lanewise.cli;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Activation;
import dev.lanewise.model.CrossEntropyLoss;
import dev.lanewise.model.Dense;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Pipeline;
import dev.lanewise.train.ConstantSchedule;
import dev.lanewise.train.Momentum;
import dev.lanewise.train.Plan;
import dev.lanewise.train.Profile;
import dev.lanewise.train.Sgd;
import dev.lanewise.train.Trainer;
import dev.lanewise.train.Update;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Trains a small network on invented images, in a thread of its own while options and data are read, so that HotSpot has
 * compiled most kernels when training begins. It is of the usual kind (relu, cross-entropy, plain descent, zeros left
 * out), whatever will be trained (LAB 52). It changes no result.
 */
final class Rehearsal implements AutoCloseable {
    // What is interpreted takes a thousand times as long: enough for every kernel to be called, and little for each call.
    private static final int IMAGES = 24; // a worker's rows of a batch of 48
    private static final Shape SHAPE = new Shape(8, 8, 1);
    private static final int INKED = 20; // one pixel in so many
    private static final int HIDDEN = 192; // blocks of columns of every usual width
    static final int EPOCHS = 150; // of one step; more would keep the data waiting (LAB 52)

    private final Trainer.Listener listener;
    private final CompletableFuture<Void> finished;
    private @Nullable Thread thread;
    private volatile boolean ended;

    /** Begins, on a thread that does not keep the process alive. */
    Rehearsal() {
        this((_, _) -> true);
    }

    /** The same, and tells of every step on its thread. */
    Rehearsal(Trainer.Listener listener) {
        this.listener = listener;
        finished = CompletableFuture.runAsync(this::train,
                task -> thread = Thread.ofPlatform().name("rehearsal").daemon().start(task));
    }

    private void train() {
        SplitMix64 random = new SplitMix64(1);
        byte[] pixels = new byte[IMAGES * SHAPE.size()];
        byte[] labels = new byte[IMAGES];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextInt(INKED) == 0 ? (byte) random.nextInt(256) : 0;
        }
        for (int i = 0; i < IMAGES; i++) {
            labels[i] = (byte) random.nextInt(Mnist.CLASSES.size());
        }
        Dataset data = Dataset.of(SHAPE, pixels, labels, Mnist.CLASSES);
        Shape hidden = Shape.vector(HIDDEN);
        Network network = new Network(List.of(new Dense("dense1", SHAPE, HIDDEN),
                new Activation(Activation.Function.RELU, hidden), new Dense("dense2", hidden, Mnist.CLASSES.size())),
                new CrossEntropyLoss()).initialize(1); // without registries: it is to begin soon
        Tuning tuning = Tuning.SHORT; // like most runs
        Pipeline pipeline = new Pipeline(network, Input.of(data.samples(), IMAGES),
                Mode.training(1, tuning));
        try (Workers workers = new Workers(1, tuning)) {
            Batches batches = new Batches(data, IMAGES);
            Trainer[] trainers = new Trainer[2];
            for (int t = 0; t < 2; t++) { // the usual optimizer and the simplest
                trainers[t] = new Trainer(pipeline, batches,
                        new Update(new Update.Rule(t == 0 ? new Momentum(0.9, false) : new Sgd(), 1e-4), network, null),
                        new Plan(EPOCHS, new ConstantSchedule(0), 1e-3, 1), workers, Profile.OFF);
            }
            for (int epoch = 1; epoch <= EPOCHS && !ended; epoch++) {
                trainers[epoch % 2].epoch(epoch, listener);
            }
        }
    }

    /** Ends it after its current step, and waits for that. */
    @Override
    public void close() {
        end();
        await();
    }

    /** Lets it end after its current step. */
    void end() {
        ended = true;
    }

    /** What it runs on. */
    @Nullable
    Thread thread() {
        return thread;
    }

    /** Waits until it is over. */
    void await() {
        finished.join();
    }
}
