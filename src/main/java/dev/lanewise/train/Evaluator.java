package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.BalancedTask;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.sparse.SparseBatch;
import dev.lanewise.kernel.sparse.SparseRows;
import dev.lanewise.model.Network;
import dev.lanewise.model.Shares;

/** Measures a network on labelled images; changes nothing in it but its buffers. */
public final class Evaluator {
    /** A network's capacity with which evaluation is quick, whatever the batch size of the training. */
    public static final int ROWS = 256;

    private final Network network;
    private final Batches batches;
    private final SparseBatch nonZeros; // of the batch; null: the network's input is dense
    private final int[] picked; // [rows] images of the batch
    private final BalancedTask forwardTask;

    private int batch;
    private int rows;

    /** An evaluator on all images of a data set; zeros are left out where that is faster. */
    public Evaluator(Network network, Dataset data, Workers workers) {
        this(network, new Batches(data, network.capacity()), Trainer.nonZeros(network, data), workers);
    }

    /**
     * An evaluator that works in the network's buffers.
     *
     * @param batches of at most as many samples as the buffers hold
     * @param nonZeros as for {@link Trainer}; or null
     */
    public Evaluator(Network network, Batches batches, SparseRows nonZeros, Workers workers) {
        if (batches.features() != network.inputs() || batches.capacity() > network.capacity()) {
            throw new IllegalArgumentException("batches [%d, %d] do not fit a network of [%d, %d]".formatted(
                    batches.capacity(), batches.features(), network.capacity(), network.inputs()));
        }
        this.network = network;
        this.batches = batches;
        picked = new int[batches.capacity()];
        this.nonZeros = nonZeros == null ? null : network.sparseInput(nonZeros, batches.capacity());
        forwardTask = new BalancedTask(workers, this::forward);
    }

    /** Measures the network as it is now. */
    public Evaluation evaluate() {
        int classes = network.classes();
        int[][] confusion = new int[classes][classes];
        double loss = 0;
        if (nonZeros != null) {
            network.pack(nonZeros, 0, Shares.ALL);
        }
        for (batch = 0; batch < batches.count(); batch++) {
            rows = batches.size(batch);
            forwardTask.run(rows, 1);
            for (int i = 0; i < rows; i++) {
                confusion[network.labels()[i]][network.predicted(i)]++;
                loss += network.losses()[i];
            }
        }
        return new Evaluation(confusion, loss / batches.samples());
    }

    private void forward(int worker, int from, int to) {
        if (nonZeros == null) {
            batches.gather(batch, from, to, network.input(), network.labels());
        } else {
            batches.pick(batch, from, to, picked, network.labels());
            for (int i = from; i < to; i++) {
                nonZeros.set(i, picked[i]);
            }
        }
        network.forward(nonZeros, from, to);
        network.lossAndGradient(from, to, 1f / rows);
    }
}
