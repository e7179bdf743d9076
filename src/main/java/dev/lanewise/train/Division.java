package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Stage;
import dev.lanewise.train.Profile.Phase;

/** A way to divide a training step between workers: phases, with a barrier after each. None changes a bit of the result. */
abstract class Division {
    static final int ROW_GRAIN = 4; // small enough to suit the speeds of the workers (LAB 54)

    final Pipeline pipeline;
    final Batches batches;
    final Update update;
    final Profile profile;
    int batch;
    int rows;

    private final int[] samples; // [capacity], of the batch

    Division(Pipeline pipeline, Batches batches, Update update, Profile profile) {
        this.pipeline = pipeline;
        this.batches = batches;
        this.update = update;
        this.profile = profile;
        samples = new int[pipeline.capacity()];
    }

    /** Bytes that a worker fetches from the others' caches in a step of so many rows, roughly. */
    abstract double travelling(int rows);

    /** Takes the parameters from where they are kept. */
    abstract void open();

    /** Takes a batch of the epoch through the network and back. */
    final void forwardAndBackward(int batch) {
        this.batch = batch;
        rows = batches.size(batch);
        forwardAndBackward();
    }

    abstract void forwardAndBackward();

    /** Computes all gradients and changes all parameters. */
    abstract void update();

    /** Brings the parameters back to where they are kept. */
    abstract void close();

    /** Gathers some rows of the batch. */
    final void gather(int worker, int from, int to) {
        batches.pick(batch, from, to, samples, pipeline.labels());
        pipeline.input().gather(samples, from, to);
        profile.lap(worker, Phase.DATA);
    }

    /** Takes some rows through the stages from number {@code first} on and back to there. */
    final void forwardAndBackward(int worker, int first, int from, int to) {
        int end = pipeline.stages().size();
        for (int s = first; s < end; s++) {
            pipeline.stages().get(s).forward(from, to);
        }
        profile.lap(worker, Phase.FORWARD);
        pipeline.lossAndGradient(from, to, (update.addsGradients() ? -update.rate() : 1f) / rows);
        profile.lap(worker, Phase.LOSS);
        for (int s = end - 1; s >= first; s--) {
            pipeline.stages().get(s).backward(from, to);
        }
        profile.lap(worker, Phase.BACKWARD);
    }

    /** The gradients, or plain descent, of parts of the parameters of the stages from number {@code first} on. */
    final void gradients(int first, int from, int to) {
        for (int s = first; s < pipeline.stages().size(); s++) {
            Stage stage = pipeline.stages().get(s);
            if (update.addsGradients()) {
                stage.descend(rows, update.decayFactor(), from, to);
            } else {
                stage.gradients(rows, from, to);
            }
        }
    }

    /** Tells the stages from number {@code first} on that parts of their parameters have changed. */
    final void parametersChanged(int first, int from, int to) {
        for (int s = first; s < pipeline.stages().size(); s++) {
            pipeline.stages().get(s).parametersChanged(from, to);
        }
    }

    /** Brings back parts that the stages from number {@code first} on have changed elsewhere. */
    final void updateParameters(int first, int from, int to) {
        for (int s = first; s < pipeline.stages().size(); s++) {
            pipeline.stages().get(s).updateParameters(from, to);
        }
    }
}
