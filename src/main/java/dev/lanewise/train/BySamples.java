package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.kernel.BalancedTask;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Stage;
import dev.lanewise.train.Profile.Phase;

/**
 * Two phases. First every worker takes his rows of the batch all the way: pixels to floats, forward, loss, backward, while they
 * are in his cache. Then every worker takes his parts of the parameters: gradients over the whole batch, and the update. Clipping
 * needs all gradients before the first update, and so a third phase. Shares follow the speeds of the workers; but what a
 * worker has changed of a weight, all others fetch.
 */
final class BySamples extends Division {
    private final int workers;
    private final BalancedTask rowsTask;
    private final BalancedTask partsTask;
    private final BalancedTask clippedTask;

    BySamples(Pipeline pipeline, Batches batches, Update update, Workers workers, Profile profile) {
        super(pipeline, batches, update, profile, 0);
        this.workers = workers.count();
        rowsTask = new BalancedTask(workers, this::rows);
        partsTask = new BalancedTask(workers, this::parts);
        clippedTask = new BalancedTask(workers, this::clipped);
    }

    /** The same for another team. */
    BySamples(BySamples other, Workers workers) {
        super(other);
        this.workers = workers.count();
        rowsTask = new BalancedTask(workers, this::rows);
        partsTask = new BalancedTask(workers, this::parts);
        clippedTask = new BalancedTask(workers, this::clipped);
    }

    @Override
    int workers() {
        return workers;
    }

    @Override
    String name() {
        return workers == 1 ? "one thread" : "by samples";
    }

    @Override
    int rounds() {
        return 2 + 2 * meetings.size() + (update.clips() ? 1 : 0);
    }

    /** What the others have changed of all parameters, and the gradients of their rows. */
    @Override
    double travelling(int rows) {
        double elements = 0;
        for (Stage stage : pipeline.stages()) {
            elements += rows * (double) stage.output().shape().size();
            for (Parameter parameter : stage.parameters()) {
                elements += parameter.size();
            }
        }
        return elements * Float.BYTES * (workers - 1) / workers;
    }

    @Override
    void forwardAndBackward() {
        runUpper(rowsTask);
    }

    @Override
    void update() {
        partsTask.run(Parts.COUNT, 1);
        if (update.clips()) {
            update.clip();
            clippedTask.run(Parts.COUNT, 1);
        }
    }

    private void rows(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        if (phase == 0 && from < to) {
            gather(worker, from, to);
        }
        upperPhase(worker, from, to);
    }

    private void parts(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        upperGradients(from, to);
        if (update.clips()) {
            update.storeGradients(upperShards, from, to);
            update.measure(from, to);
        }
        profile.lap(worker, Phase.GRADIENTS);
    }

    private void clipped(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        update.apply(upperShards, from, to);
        profile.lap(worker, Phase.UPDATE);
    }
}
