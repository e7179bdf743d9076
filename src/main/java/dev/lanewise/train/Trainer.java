package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Pipeline;
import java.util.List;

/** Trains a network on batches of a data set, step by step, on a team of threads. */
public final class Trainer {
    /** Told of every finished step; may end the epoch before its last one. */
    @FunctionalInterface
    public interface Listener {
        /** After {@code samples} of the epoch with that mean loss: whether to go on. */
        boolean step(int samples, double meanLoss);
    }

    private final Batches batches;
    private final Plan plan;
    private final Step step;

    /**
     * A trainer of a network at work.
     *
     * @param pipeline in training mode, reading the samples that the batches are of
     * @param profile what measures where the time goes, or {@link Profile#OFF}
     */
    public Trainer(Pipeline pipeline, Batches batches, Update update, Plan plan, Workers workers, Profile profile) {
        this(pipeline, batches, update, plan, workers, profile, System.getProperty("lanewise.plan", ""));
    }

    /** The same by a division of its steps that is forced, {@code units} or {@code samples}, for tests and measurements. */
    Trainer(Pipeline pipeline, Batches batches, Update update, Plan plan, Workers workers, Profile profile,
            String division) {
        if (batches.capacity() > pipeline.capacity()) {
            throw new IllegalArgumentException("batches of %d samples do not fit a pipeline of %d rows"
                    .formatted(batches.capacity(), pipeline.capacity()));
        }
        this.batches = batches;
        this.plan = plan;
        step = new Step(pipeline, batches, update, workers, profile, division);
    }

    /** The ways to divide a step that were tried, with their times; none where there is but one, or before the first trials. */
    public List<Way> ways() {
        return step.ways();
    }

    /** Trains epoch number {@code epoch}, from 1 to the last of the plan. */
    public Epoch epoch(int epoch, Listener listener) {
        if (epoch < 1 || epoch > plan.epochs()) {
            throw new IllegalArgumentException("epoch: from 1 to %d, not %d".formatted(plan.epochs(), epoch));
        }
        batches.shuffle(plan.seed(), epoch);
        step.open();
        try {
            double loss = 0;
            int samples = 0;
            for (int batch = 0; batch < batches.count(); batch++) {
                long number = (epoch - 1L) * batches.count() + batch;
                step.begin(batch, number, plan.rate(number, batches.count()));
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
}
