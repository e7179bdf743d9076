package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.kernel.BalancedTask;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Pipeline;
import dev.lanewise.train.Profile.Phase;

/**
 * The plan of a training step: which worker does what, and where they wait for each other.
 *
 * <p>A step has two phases, with one barrier after each. First every worker takes its rows of the batch all the way: pixels
 * to floats, forward, loss, backward, while they are in its cache. Then every worker takes its share of the parameters,
 * chunk by chunk: gradients over the whole batch, and the update. Clipping needs all gradients before the first update, and
 * so a third phase. Which worker does what changes no bit of the result.
 */
final class Step {
    private static final int ROW_GRAIN = 4; // small enough to suit the speeds of the workers (LAB 54)

    private final Pipeline pipeline;
    private final Batches batches;
    private final Update update;
    private final Profile profile;
    private final int chunks; // of a worker's share of the parameters
    private final int[] samples; // [capacity], of the batch
    private final BalancedTask rowsTask;
    private final BalancedTask partsTask;
    private final BalancedTask clippedTask;

    private int batch;
    private int rows;

    Step(Pipeline pipeline, Batches batches, Update update, Workers workers, Profile profile) {
        this.pipeline = pipeline;
        this.batches = batches;
        this.update = update;
        this.profile = profile;
        samples = new int[pipeline.capacity()];
        rowsTask = new BalancedTask(workers, this::rows);
        partsTask = new BalancedTask(workers, this::parts);
        clippedTask = new BalancedTask(workers, this::clipped);
        chunks = update.addsGradients() ? 1 : Parts.chunks(pipeline.network().parameters(), workers.count());
    }

    /** Begins an epoch: packed copies are of the parameters as they are. */
    void open() {
        profile.start();
        pipeline.parametersChanged(0, Parts.COUNT);
        profile.lap(0, Phase.DATA);
    }

    /** Begins step number {@code step} of the run, on a batch of the epoch. */
    void begin(int batch, long step, float rate) {
        this.batch = batch;
        rows = batches.size(batch);
        pipeline.begin(step);
        update.begin(step, rate);
    }

    /** Takes the batch through the network and back. */
    void forwardAndBackward() {
        rowsTask.run(rows, ROW_GRAIN);
    }

    /** Computes all gradients and changes all parameters. */
    void update() {
        partsTask.run(Parts.COUNT, 1);
        if (update.clips()) {
            update.clip();
            clippedTask.run(Parts.COUNT, 1);
        }
    }

    /** The sum of the losses of the batch's samples. */
    double loss() {
        return pipeline.sumOfLosses(rows);
    }

    /** Ends an epoch: the parameters are where they are kept. */
    void close() {
        if (update.addsGradients()) {
            pipeline.updateParameters(0, Parts.COUNT);
        }
        profile.stop();
    }

    private void rows(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        batches.pick(batch, from, to, samples, pipeline.labels());
        pipeline.input().gather(samples, from, to);
        profile.lap(worker, Phase.DATA);
        pipeline.forward(from, to);
        profile.lap(worker, Phase.FORWARD);
        pipeline.lossAndGradient(from, to, (update.addsGradients() ? -update.rate() : 1f) / rows);
        profile.lap(worker, Phase.LOSS);
        pipeline.backward(from, to);
        profile.lap(worker, Phase.BACKWARD);
    }

    private void parts(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        for (int chunk = 0; chunk < chunks; chunk++) {
            chunk(worker, from + (to - from) * chunk / chunks, from + (to - from) * (chunk + 1) / chunks);
        }
        if (!update.addsGradients() && !update.clips()) {
            pipeline.parametersChanged(from, to);
            profile.lap(worker, Phase.UPDATE);
        }
    }

    private void chunk(int worker, int from, int to) {
        if (update.addsGradients()) {
            pipeline.descend(rows, update.decayFactor(), from, to);
            profile.lap(worker, Phase.GRADIENTS);
            if (update.averages()) {
                pipeline.updateParameters(from, to);
                update.average(from, to);
            }
        } else {
            pipeline.gradients(rows, from, to);
            profile.lap(worker, Phase.GRADIENTS);
            if (update.clips()) {
                update.measure(from, to);
            } else {
                update.apply(from, to);
            }
        }
        profile.lap(worker, Phase.UPDATE);
    }

    private void clipped(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        update.apply(from, to);
        pipeline.parametersChanged(from, to);
        profile.lap(worker, Phase.UPDATE);
    }
}
