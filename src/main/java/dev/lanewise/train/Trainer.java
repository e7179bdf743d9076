package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Pipeline;

/** Trains a network on batches of a data set; {@link Step} knows who computes what. */
public final class Trainer {
    /** Told of every finished step but an epoch's last one; may end the epoch. */
    @FunctionalInterface
    public interface Listener {
        /** After {@code samples} of the epoch with that mean loss: whether to go on. */
        boolean step(int samples, double meanLoss);
    }

    private final Batches batches;
    private final Plan plan;
    private final Step step;

    /**
     * How long a run is, and how its learning rate and its order of samples come about.
     *
     * @param epochs of the whole run, those of a resumed one included
     * @param baseRate learning rate that the schedule scales, above 0
     * @param seed of the order of the samples
     */
    public record Plan(int epochs, Schedule schedule, double baseRate, long seed) {
        /** Checks the numbers. */
        public Plan {
            if (epochs < 1 || !(baseRate > 0 && baseRate < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("epochs: at least 1, not %d; baseRate: above 0 and finite, not %s"
                        .formatted(epochs, baseRate));
            }
        }
    }

    /**
     * A trainer of a network at work.
     *
     * @param pipeline in training mode, reading the samples that the batches are of
     * @param profile what measures where the time goes, or {@link Profile#OFF}
     */
    public Trainer(Pipeline pipeline, Batches batches, Update update, Plan plan, Workers workers, Profile profile) {
        if (batches.capacity() > pipeline.capacity()) {
            throw new IllegalArgumentException("batches of %d samples do not fit a pipeline of %d rows"
                    .formatted(batches.capacity(), pipeline.capacity()));
        }
        this.batches = batches;
        this.plan = plan;
        step = new Step(pipeline, batches, update, workers, profile);
    }

    /** Trains epoch number {@code epoch}, from 1 to the last of the plan. */
    public Epoch epoch(int epoch, Listener listener) {
        if (epoch < 1 || epoch > plan.epochs) {
            throw new IllegalArgumentException("epoch: from 1 to %d, not %d".formatted(plan.epochs, epoch));
        }
        batches.shuffle(plan.seed, epoch);
        step.open();
        try {
            double loss = 0;
            int samples = 0;
            for (int batch = 0; batch < batches.count(); batch++) {
                long number = (epoch - 1L) * batches.count() + batch;
                step.begin(batch, number, plan.schedule.rate(plan.baseRate, number, steps()));
                step.forwardAndBackward();
                step.update();
                loss += step.loss();
                samples += batches.size(batch);
                if (!Double.isFinite(loss)) {
                    return new Epoch.Diverged(samples);
                }
                if (!listener.step(samples, loss / samples) && samples < batches.samples()) {
                    return new Epoch.Stopped(samples);
                }
            }
            return new Epoch.Done(loss / samples);
        } finally {
            step.close();
        }
    }

    private long steps() {
        return (long) plan.epochs * batches.count();
    }
}
