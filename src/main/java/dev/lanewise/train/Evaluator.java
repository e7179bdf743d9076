package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Network;

/** Measures a network on labelled images; changes nothing in it but its buffers. */
public final class Evaluator {
    /** A network's capacity with which evaluation is quick, whatever the batch size of the training. */
    public static final int ROWS = 256;

    private final Network network;
    private final Workers workers;
    private final Workers.Task forwardTask = this::forward;

    private Batches batches;
    private int batch;
    private int rows;

    /** An evaluator that works in the network's buffers, as many rows at a time as they hold. */
    public Evaluator(Network network, Workers workers) {
        this.network = network;
        this.workers = workers;
    }

    /** On a whole data set. */
    public Evaluation evaluate(Dataset data) {
        return evaluate(new Batches(data, network.capacity()));
    }

    /** On the samples of batches no larger than the network's buffers. */
    public Evaluation evaluate(Batches batches) {
        if (batches.features() != network.inputs() || batches.capacity() > network.capacity()) {
            throw new IllegalArgumentException("batches [%d, %d] do not fit a network of [%d, %d]".formatted(
                    batches.capacity(), batches.features(), network.capacity(), network.inputs()));
        }
        this.batches = batches;
        int classes = network.classes();
        int[][] confusion = new int[classes][classes];
        double loss = 0;
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
        batches.gather(batch, from, to, network.input(), network.labels());
        network.forward(from, to);
        network.lossAndGradient(from, to, rows);
    }
}
