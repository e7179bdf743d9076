package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.BalancedTask;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.sparse.SparseBatch;
import dev.lanewise.kernel.sparse.SparseRows;
import dev.lanewise.model.Network;
import dev.lanewise.model.Shares;
import dev.lanewise.train.Profile.Phase;

/**
 * Trains a network on batches of a data set.
 *
 * <p>A step has two phases, with one barrier after each. First every worker takes its rows of the batch all the way:
 * pixels to floats, forward, loss, backward, while they are in its cache. Then every worker takes its share of the
 * parameters, chunk by chunk: gradients over the whole batch, and the update. Clipping needs all gradients before the
 * first update, and so a third phase. Which worker does what changes no bit of the result.
 */
public final class Trainer {
    /** Told of every finished step; may end the training. */
    @FunctionalInterface
    public interface Listener {
        /**
         * After a batch.
         *
         * @param samples trained on in this epoch so far
         * @param meanLoss over them
         * @return whether to go on
         */
        boolean step(int samples, double meanLoss);
    }

    private static final int ROW_GRAIN = 4; // 8 fit register tiles better, 4 the speed of the workers: 1 to 3 % quicker

    private final Network network;
    private final Batches batches;
    private final Optimizer optimizer;
    private final Schedule schedule;
    private final double baseRate;
    private final long steps; // of the whole run
    private final int chunks; // of a worker's share of the parameters
    private final long seed;
    private final Workers workers;
    private final SparseBatch nonZeros; // of the batch; null: the network's input is dense
    private final int[] picked; // [rows] images of the batch
    private final BalancedTask samplesTask;
    private final BalancedTask parametersTask;
    private final BalancedTask clippedTask;

    private double warmUp;
    private Profile profile = Profile.OFF;

    private int batch;
    private int rows;
    private long step;
    private float rate;

    /**
     * A trainer for a run of {@code epochs} epochs.
     *
     * @param baseRate learning rate that the schedule scales
     * @param seed of the order of the samples
     * @param nonZeros the batches' data set, for a first layer that skips zero pixels: the same bits, faster where most
     *     are zero ({@link Network#takesSparse}); its first layer must be dense, of a vector at least; or null
     */
    public Trainer(Network network, Batches batches, Optimizer optimizer, Schedule schedule, double baseRate,
            int epochs, long seed, SparseRows nonZeros, Workers workers) {
        if (!(baseRate > 0 && baseRate < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("baseRate: above 0 and finite, not %s".formatted(baseRate));
        }
        if (batches.capacity() > network.capacity()) {
            throw new IllegalArgumentException("batches of %d samples do not fit a network of %d rows"
                    .formatted(batches.capacity(), network.capacity()));
        }
        if (batches.features() != network.inputs()) {
            throw new IllegalArgumentException("images of %d pixels do not fit a network of %d inputs"
                    .formatted(batches.features(), network.inputs()));
        }
        this.network = network;
        this.batches = batches;
        this.optimizer = optimizer;
        this.schedule = schedule;
        this.baseRate = baseRate;
        this.seed = seed;
        this.workers = workers;
        picked = new int[batches.capacity()];
        samplesTask = new BalancedTask(workers, this::samples);
        parametersTask = new BalancedTask(workers, this::parameters);
        clippedTask = new BalancedTask(workers, this::clipped);
        this.nonZeros = nonZeros == null ? null : network.sparseInput(nonZeros, batches.capacity());
        warmUp = schedule.usualWarmUp();
        chunks = optimizer.folds() ? 1 : Shares.chunks(network.parameters(), workers.count());
        steps = (long) epochs * batches.count();
    }

    /** A data set's non-zeros for a trainer of this network where they are few enough to be worth it, else null. */
    public static SparseRows nonZeros(Network network, Dataset data) {
        if (!network.takesSparse(0)) {
            return null;
        }
        SparseRows nonZeros = new SparseRows(data.images().bytes(), data.size(), data.shape().size());
        return network.takesSparse(nonZeros.density()) ? nonZeros : null;
    }

    /** Lets the learning rate rise for this share of the run, from 0 to below 1; see {@link Schedule}. */
    public Trainer warmUp(double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("share: from 0 to below 1, not %s".formatted(share));
        }
        warmUp = share;
        return this;
    }

    /** Measures from now on where the time goes, all workers'. */
    public Profile profile() {
        profile = new Profile(workers.count());
        return profile;
    }

    /**
     * Trains epoch number {@code epoch}, from 1, and returns the mean loss over its samples; NaN if the listener ended
     * it before the last batch (the network is then between two epochs: load the last checkpoint).
     */
    public double epoch(int epoch, Listener listener) {
        profile.start();
        batches.shuffle(seed, epoch);
        pack(0, Shares.ALL);
        profile.lap(0, Phase.DATA);
        double loss = 0;
        int samples = 0;
        boolean goOn = true;
        for (batch = 0; goOn && batch < batches.count(); batch++) {
            rows = batches.size(batch);
            step = (epoch - 1L) * batches.count() + batch;
            rate = schedule.rate(baseRate, step, steps, warmUp);
            network.begin(step);
            samplesTask.run(rows, ROW_GRAIN);
            parametersTask.run(Shares.ALL, 1);
            if (optimizer.clips()) {
                optimizer.clip();
                clippedTask.run(Shares.ALL, 1);
            }
            samples += rows;
            loss += batchLoss();
            goOn = listener.step(samples, loss / samples);
        }
        if (optimizer.folds()) {
            unpack(0, Shares.ALL);
        }
        profile.stop();
        return samples < batches.samples() ? Double.NaN : loss / samples;
    }

    /** The learning rate of the last step. */
    public float rate() {
        return rate;
    }

    private void samples(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        if (nonZeros == null) {
            batches.gather(batch, from, to, network.input(), network.labels());
        } else {
            batches.pick(batch, from, to, picked, network.labels());
            for (int i = from; i < to; i++) {
                nonZeros.set(i, picked[i]);
            }
        }
        profile.lap(worker, Phase.DATA);
        network.forward(nonZeros, from, to);
        profile.lap(worker, Phase.FORWARD);
        network.lossAndGradient(from, to, (optimizer.folds() ? -rate : 1f) / rows);
        profile.lap(worker, Phase.LOSS);
        network.backward(from, to);
        profile.lap(worker, Phase.BACKWARD);
    }

    private void parameters(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        for (int chunk = 0; chunk < chunks; chunk++) {
            chunk(worker, from + (to - from) * chunk / chunks, from + (to - from) * (chunk + 1) / chunks);
        }
        if (!optimizer.folds() && !optimizer.clips()) {
            pack(from, to);
            profile.lap(worker, Phase.UPDATE);
        }
    }

    private void chunk(int worker, int from, int to) {
        if (optimizer.folds()) {
            network.descend(nonZeros, rows, optimizer.keep(rate), from, to);
            profile.lap(worker, Phase.GRADIENTS);
            if (optimizer.averages()) {
                unpack(from, to);
                optimizer.average(step, from, to);
            }
        } else {
            network.gradients(nonZeros, rows, from, to);
            profile.lap(worker, Phase.GRADIENTS);
            if (optimizer.clips()) {
                optimizer.measure(from, to);
            } else {
                optimizer.step(step, rate, from, to);
            }
        }
        profile.lap(worker, Phase.UPDATE);
    }

    private void clipped(int worker, int from, int to) {
        profile.lap(worker, Phase.BARRIERS);
        optimizer.step(step, rate, from, to);
        pack(from, to);
        profile.lap(worker, Phase.UPDATE);
    }

    /** The first layer's weights go to where non-zeros are multiplied with them; plain descent then changes them there. */
    private void pack(int from, int to) {
        if (nonZeros != null) {
            network.pack(nonZeros, from, to);
        }
    }

    private void unpack(int from, int to) {
        if (nonZeros != null) {
            network.unpack(nonZeros, from, to);
        }
    }

    private double batchLoss() {
        double sum = 0; // rows ascending, whoever computed them
        for (int i = 0; i < rows; i++) {
            sum += network.losses()[i];
        }
        return sum;
    }
}
