package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.kernel.BalancedTask;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Shard;
import dev.lanewise.model.SplitStage;
import dev.lanewise.model.Stage;
import dev.lanewise.train.Profile.Phase;
import java.util.ArrayList;
import java.util.List;

/**
 * A way to divide a training step between workers: phases, with a barrier after each. None changes a bit of the result.
 *
 * <p>The upper stages, all or some, are at work for a single owner: the team shares them by samples and by parts.
 */
abstract class Division {
    private static final int ROW_GRAIN = 4; // small enough to suit the speeds of the workers (LAB 54)

    final Pipeline pipeline;
    final Batches batches;
    final Update update;
    final Profile profile;
    final int first; // number of the first of the upper stages
    final List<SplitStage> upper;
    final List<Shard> upperShards;
    final List<Integer> meetings = new ArrayList<>(); // numbers among the upper stages of those that sum over the batch
    int batch;
    int rows;
    int phase; // of the upper stages

    private final int[] samples; // [capacity], of the batch

    /** A division whose upper stages are those from number {@code first} on. */
    Division(Pipeline pipeline, Batches batches, Update update, Profile profile, int first) {
        this.pipeline = pipeline;
        this.batches = batches;
        this.update = update;
        this.profile = profile;
        this.first = first;
        upper = new ArrayList<>();
        upperShards = new ArrayList<>();
        for (Stage stage : pipeline.stages().subList(first, pipeline.stages().size())) {
            upper.add(stage.split(1, update).orElseThrow());
            upperShards.addAll(upper.getLast().shards(0));
            if (upper.getLast().summarizes()) {
                meetings.add(upper.size() - 1);
            }
        }
        update.add(upperShards);
        samples = new int[pipeline.capacity()];
    }

    /** Another way for the same shards of upper stages. */
    Division(Division other) {
        pipeline = other.pipeline;
        batches = other.batches;
        update = other.update;
        profile = other.profile;
        first = other.first;
        upper = other.upper;
        upperShards = other.upperShards;
        meetings.addAll(other.meetings);
        samples = other.samples;
    }

    /** Rows that stay together where workers share a batch. */
    final int rowGrain() {
        return Math.max(ROW_GRAIN, pipeline.group());
    }

    /** What it is called: {@code by units}. */
    abstract String name();

    /** Workers that it is divided between. */
    abstract int workers();

    /** Rounds of a step, after each of which all wait for the last. */
    abstract int rounds();

    /** Bytes that a worker fetches from the others' caches in a step of so many rows, roughly. */
    abstract double travelling(int rows);

    /** Takes the parameters from where they are kept. */
    void open() {
        update.load(upperShards, 0, Parts.COUNT);
    }

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
    void close() {
        update.store(upperShards, 0, Parts.COUNT);
    }

    /** Gathers some samples of the batch. */
    final void gather(int worker, int from, int to) {
        batches.pick(batch, from, to, samples, pipeline.labels());
        pipeline.input().gather(samples, from, to);
        profile.lap(worker, Phase.DATA);
    }

    /**
     * Takes the batch through the upper stages, to the loss and back, by a task that calls {@link #upperPhase}: in one phase, or in
     * two more for every stage that sums over the batch, before it goes forward and before it goes back.
     */
    final void runUpper(BalancedTask task) {
        for (phase = 0; phase <= 2 * meetings.size(); phase++) {
            task.run(rows, rowGrain());
        }
    }

    /** Some samples in this phase of the upper stages; none where a batch has fewer groups than workers. */
    final void upperPhase(int worker, int from, int to) {
        if (from == to) {
            return;
        }
        int turn = meetings.size(); // the phase of the loss
        if (phase <= turn) {
            int end = phase == turn ? upper.size() : meetings.get(phase);
            forward(worker, from, to, phase == 0 ? 0 : meetings.get(phase - 1), end);
        }
        if (phase == turn) {
            pipeline.lossAndGradient(from, to, 1f / rows);
            profile.lap(worker, Phase.LOSS);
        }
        if (phase >= turn) {
            int before = 2 * turn - phase; // meetings that are still ahead
            backward(worker, from, to, phase == turn ? upper.size() - 1 : meetings.get(before),
                    before == 0 ? 0 : meetings.get(before - 1) + 1);
            if (before > 0) {
                upper.get(meetings.get(before - 1)).summarizeGradient(from, to);
            }
        }
    }

    private void forward(int worker, int from, int to, int begin, int end) {
        for (int s = begin; s < end; s++) {
            if (s > begin || phase == 0) {
                upper.get(s).prepare(from, to);
            }
            upper.get(s).forward(from, to, 0);
        }
        if (end < upper.size()) {
            upper.get(end).prepare(from, to);
            upper.get(end).summarize(from, to);
        }
        profile.lap(worker, Phase.FORWARD);
    }

    private void backward(int worker, int from, int to, int begin, int end) {
        for (int s = begin; s >= end; s--) {
            upper.get(s).backward(from, to, 0, inputs(first + s));
        }
        profile.lap(worker, Phase.BACKWARD);
    }

    /** Elements of a sample that stage number {@code s} reads. */
    final int inputs(int s) {
        return (s == 0 ? pipeline.input() : pipeline.stages().get(s - 1).output()).shape().size();
    }

    /** The gradients of parts of the upper stages' parameters, and the update unless it has to wait for clipping. */
    final void upperGradients(int from, int to) {
        for (int s = 0; s < upper.size(); s++) {
            upper.get(s).prepareGradients(rows, from, to);
            upper.get(s).gradients(rows, 0, from, to);
        }
    }
}
