package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.SparseBatch;
import dev.lanewise.kernel.SparseRows;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Network;

/** Measures a network on labelled images; changes nothing in it but its buffers. */
public final class Evaluator {
    /** A network's capacity with which evaluation is quick, whatever the batch size of the training. */
    public static final int ROWS = 256;

    private final Network network;
    private final Batches batches;
    private final SparseBatch nonZeros; // of the batch; null: the network's input is dense
    private final Workers workers;
    private final Workers.Task forwardTask = this::forward;

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
        this.nonZeros = nonZeros == null ? null : network.sparseInput(nonZeros, batches.capacity());
        this.workers = workers;
    }

    /** Measures the network as it is now. */
    public Evaluation evaluate() {
        int classes = network.classes();
        int[][] confusion = new int[classes][classes];
        double loss = 0;
        if (nonZeros != null) {
            network.pack(nonZeros, 0, 1);
        }
        for (batch = 0; batch < batches.count(); batch++) {
            rows = batches.size(batch);
            workers.run(forwardTask);
            for (int i = 0; i < rows; i++) {
                confusion[network.labels()[i]][network.predicted(i)]++;
                loss += network.losses()[i];
            }
        }
        return new Evaluation(confusion, loss / batches.samples());
    }

    private void forward(int worker, int count) {
        int from = Workers.share(rows, 1, worker, count);
        int to = Workers.share(rows, 1, worker + 1, count);
        if (nonZeros == null) {
            batches.gather(batch, from, to, network.input(), network.labels());
        } else {
            batches.gather(batch, from, to, nonZeros, network.labels());
        }
        network.forward(nonZeros, from, to);
        network.lossAndGradient(from, to, 1f / rows);
    }
}
