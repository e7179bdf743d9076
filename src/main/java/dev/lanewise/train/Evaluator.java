package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.kernel.BalancedTask;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Pipeline;

/** Measures a network on labelled images; changes nothing in it. */
public final class Evaluator {
    /** Rows with which evaluation is quick, whatever the batch size of the training. */
    public static final int ROWS = 256;

    private final Pipeline pipeline;
    private final Batches batches;
    private final int[] samples; // [capacity], of the batch
    private final BalancedTask forwardTask;

    private int batch;
    private int rows;

    /**
     * An evaluator.
     *
     * @param pipeline in evaluation mode, reading the samples that the batches are of
     * @param batches of at most as many samples as the pipeline has room for
     */
    public Evaluator(Pipeline pipeline, Batches batches, Workers workers) {
        if (batches.capacity() > pipeline.capacity()) {
            throw new IllegalArgumentException("batches of %d samples do not fit a pipeline of %d rows"
                    .formatted(batches.capacity(), pipeline.capacity()));
        }
        this.pipeline = pipeline;
        this.batches = batches;
        samples = new int[pipeline.capacity()];
        forwardTask = new BalancedTask(workers, this::forward);
    }

    /** Measures the network as it is now. */
    public Evaluation evaluate() {
        return evaluate(null);
    }

    /**
     * The same, and adds what the network says of each class to sums of several networks' answers.
     *
     * @param sums [samples, classes], in the order of the batches; null: there are none
     */
    public Evaluation evaluate(double[] sums) {
        int classes = pipeline.network().classes();
        float[] p = sums == null ? null : new float[pipeline.capacity() * classes];
        int at = 0;
        int[][] confusion = new int[classes][classes];
        double loss = 0;
        pipeline.parametersChanged();
        for (batch = 0; batch < batches.count(); batch++) {
            rows = batches.size(batch);
            forwardTask.run(rows, pipeline.group());
            for (int i = 0; i < rows; i++) {
                confusion[pipeline.labels()[i] & 0xff][pipeline.predicted(i)]++;
                loss += pipeline.losses()[i];
            }
            if (sums != null) {
                pipeline.predict(p, rows);
                for (int i = 0; i < rows * classes; i++) {
                    sums[at++] += p[i];
                }
            }
        }
        return new Evaluation(confusion, loss / batches.samples());
    }

    private void forward(int worker, int from, int to) {
        if (from == to) {
            return;
        }
        batches.pick(batch, from, to, samples, pipeline.labels());
        pipeline.input().gather(samples, from, to);
        pipeline.forward(from, to);
        pipeline.lossAndGradient(from, to, 1f / rows);
    }
}
