package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.kernel.BalancedTask;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Shard;
import dev.lanewise.model.SplitStage;
import dev.lanewise.model.Stage;
import dev.lanewise.train.Profile.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Every worker owns units of the lower stages for the whole run: he multiplies with the columns of the weights that make them,
 * computes their gradients and changes them, so that they stay in his cache, and only the batch travels. The last layer, and
 * what cannot be split by units, goes by samples. The phases of a step:
 * <ol>
 * <li>samples: gather the batch;
 * <li>owners: their units of a layer and of the functions behind it; once for each layer;
 * <li>samples: the upper stages forward, the loss, and back;
 * <li>owners: the gradient of their units' outputs, by the layer above; once for each layer but the uppermost;
 * <li>owners: gradients and update of their columns, and of parts of the upper stages' parameters.
 * </ol>
 * Clipping needs all gradients before the first update, and so two phases more.
 */
final class ByUnits extends Division {
    private final Workers workers;
    private final int owners;
    private final List<SplitStage> lower;
    private final List<Integer> layers; // numbers of the stages that read all units; of the first one anyway
    private final List<List<Shard>> shards = new ArrayList<>(); // [owners], of the lower stages
    private final BalancedTask gatherTask;
    private final BalancedTask upperTask;
    private final Workers.Task ownTask = this::own;
    private final Workers.Task loadTask = this::load;
    private final Workers.Task forwardTask = this::forward;
    private final Workers.Task backwardTask = this::backward;
    private final Workers.Task updateTask = this::update;
    private final Workers.Task measureTask = this::measure;
    private final Workers.Task clippedTask = this::clipped;
    private int layer; // of a phase

    private ByUnits(Pipeline pipeline, Batches batches, Update update, Workers workers, Profile profile,
            List<SplitStage> lower) {
        super(pipeline, batches, update, profile, lower.size());
        this.workers = workers;
        this.lower = lower;
        owners = workers.count();
        layers = new ArrayList<>();
        for (int s = 0; s < lower.size(); s++) {
            if (s == 0 || lower.get(s).readsAllUnits()) {
                layers.add(s);
            }
        }
        for (int owner = 0; owner < owners; owner++) {
            shards.add(new ArrayList<>());
        }
        gatherTask = new BalancedTask(workers, this::gatherAndPrepare);
        upperTask = new BalancedTask(workers, this::upper);
    }

    /** This way for a network whose lower stages can be split by units; empty for others. */
    static Optional<ByUnits> of(Pipeline pipeline, Batches batches, Update update, Workers workers, Profile profile) {
        List<Stage> stages = pipeline.stages();
        int last = stages.size() - 1;
        while (last > 0 && stages.get(last).parameters().isEmpty()) {
            last--;
        }
        List<SplitStage> lower = new ArrayList<>();
        boolean parameters = false;
        for (Stage stage : stages.subList(0, last)) {
            Optional<SplitStage> split = stage.split(workers.count(), update);
            if (split.isEmpty()) {
                break;
            }
            lower.add(split.get());
            parameters |= !stage.parameters().isEmpty();
        }
        return parameters
                ? Optional.of(new ByUnits(pipeline, batches, update, workers, profile, lower))
                : Optional.empty();
    }

    @Override
    int workers() {
        return workers.count();
    }

    @Override
    String name() {
        return "by units";
    }

    @Override
    int rounds() {
        return 2 + 2 * layers.size() + 2 * meetings.size() + (update.clips() ? 2 : 0);
    }

    /**
     * What the others have prepared of the samples, their units' outputs and gradients, and their columns of what a way back
     * multiplies with.
     */
    @Override
    double travelling(int rows) {
        double elements = 0;
        for (int s = 0; s < pipeline.stages().size(); s++) {
            Stage stage = pipeline.stages().get(s);
            elements += 2.0 * rows * stage.output().shape().size();
            for (Parameter parameter : stage.parameters()) {
                elements += s > 0 ? parameter.size() : 0;
            }
        }
        return (elements * Float.BYTES + rows * lower.getFirst().prepared()) * (owners - 1) / owners;
    }

    @Override
    void open() {
        super.open();
        workers.run(ownTask);
        workers.run(loadTask); // when the update knows all shards: it is asked for them without a lock
    }

    private void own(int owner, int count) {
        List<Shard> own = shards.get(owner);
        if (own.isEmpty()) { // by the owner's thread, so that the memory is near his core
            lower.forEach(stage -> own.addAll(stage.shards(owner)));
            update.add(own);
        }
    }

    private void load(int owner, int count) {
        update.load(shards.get(owner), 0, Parts.COUNT);
    }

    @Override
    void forwardAndBackward() {
        gatherTask.run(rows, rowGrain());
        for (layer = 0; layer < layers.size(); layer++) {
            workers.run(forwardTask);
        }
        runUpper(upperTask);
        for (layer = layers.size() - 1; layer > 0; layer--) {
            workers.run(backwardTask);
        }
    }

    @Override
    void update() {
        workers.run(updateTask);
        if (update.clips()) {
            workers.run(measureTask);
            update.clip();
            workers.run(clippedTask);
        }
    }

    @Override
    void close() {
        super.close();
        workers.run((owner, _) -> update.store(shards.get(owner), 0, Parts.COUNT));
    }

    private void gatherAndPrepare(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        gather(worker, from, to);
        lower.getFirst().prepare(from, to);
        profile.lap(worker, Phase.FORWARD);
    }

    private void forward(int owner, int count) {
        profile.lap(owner, Phase.BARRIERS);
        int end = layer + 1 < layers.size() ? layers.get(layer + 1) : lower.size();
        for (int s = layers.get(layer); s < end; s++) {
            lower.get(s).forward(0, rows, owner);
        }
        profile.lap(owner, Phase.FORWARD);
    }

    private void upper(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        if (phase == 0) {
            lower.getFirst().prepareGradients(rows, part(worker), part(worker + 1));
            profile.lap(worker, Phase.GRADIENTS);
        }
        upperPhase(worker, from, to);
        if (phase == 2 * meetings.size()) {
            for (int s = lower.size() - 1; s > layers.getLast(); s--) { // the functions behind the last layer
                lower.get(s).backward(from, to, 0, inputs(s));
            }
            profile.lap(worker, Phase.BACKWARD);
        }
    }

    /** Where a worker's parts of what has no owner begin. */
    private int part(int worker) {
        return Parts.COUNT * worker / owners;
    }

    /** The owner's units of what goes into a layer: from the layer's own way back to the functions before it. */
    private void backward(int owner, int count) {
        profile.lap(owner, Phase.BARRIERS);
        int units = inputs(layers.get(layer));
        for (int s = layers.get(layer); s > layers.get(layer - 1); s--) {
            lower.get(s).backward(0, rows, SplitStage.unit(units, owner, owners),
                    SplitStage.unit(units, owner + 1, owners));
        }
        profile.lap(owner, Phase.BACKWARD);
    }

    private void update(int owner, int count) {
        profile.lap(owner, Phase.BARRIERS);
        for (int s = 0; s < lower.size(); s++) {
            lower.get(s).gradients(rows, owner, 0, Parts.COUNT);
        }
        upperGradients(part(owner), part(owner + 1));
        if (update.clips()) {
            update.storeGradients(shards.get(owner), 0, Parts.COUNT);
            update.storeGradients(upperShards, part(owner), part(owner + 1));
        }
        profile.lap(owner, Phase.GRADIENTS);
    }

    private void measure(int worker, int count) {
        profile.lap(worker, Phase.BARRIERS);
        update.measure(part(worker), part(worker + 1));
        profile.lap(worker, Phase.UPDATE);
    }

    private void clipped(int owner, int count) {
        profile.lap(owner, Phase.BARRIERS);
        update.apply(shards.get(owner), 0, Parts.COUNT);
        update.apply(upperShards, part(owner), part(owner + 1));
        profile.lap(owner, Phase.UPDATE);
    }
}
